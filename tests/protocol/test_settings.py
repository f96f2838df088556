"""What the literature does not give, a site fills in, whole, in its unit and within what is possible, or
nothing begins."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.plain_protocols import BOOK, plain

from myelos import shapes
from myelos.findings import Refused
from myelos.protocol.loading import load_protocol, read_protocol, shipped_protocols
from myelos.protocol.settings import SettingValue, amount, edition_in_force, resolve, unfit, unsettled
from myelos.protocol.trial import Bound
from myelos.quantities import Amount

TRIAL = load_protocol("honmou-phase2")
TODAY = date(2026, 4, 1)
SIGNED = {"origin": "made up for a test", "signed_by": "inv-1", "at": datetime(2026, 1, 1, tzinfo=UTC)}

# Made-up site settings: no recommendation, and no number of any product.
FILLED = {
    "marrow-total": "60 mL",
    "most-lots": "1 lots",
    "most-passages": "3 passages",
    "viability-least": "70 %",
    "cd73-least": "90 %",
    "cd105-least": "90 %",
    "cd34-most": "5 %",
    "cd45-most": "5 %",
    "endotoxin-most": "0.5 EU/mL",
    "abnormal-karyotype-most": "0 %",
    "storage-low": "-196 degC",
    "storage-high": "-150 degC",
    "shelf-life": "90 d",
    "thaw-window": "60 min",
    "match-window": "30 min",
    "weight-age": "7 d",
    "count-age": "90 d",
}


def filled(**changes: str) -> dict[str, SettingValue]:
    amounts = {**FILLED, **{key.replace("_", "-"): each for key, each in changes.items()}}
    return {key: SettingValue(value=Amount.of(each), **SIGNED) for key, each in amounts.items()}


def codes(settings: dict[str, SettingValue]) -> list[tuple[str, str | None]]:
    found = unsettled(TRIAL, settings)
    for finding in found:
        assert BOOK.tell(finding)
        assert BOOK.tell(finding, "ja")
    return [(finding.code.removeprefix("protocol."), finding.place.column) for finding in found]


def test_the_settings_of_this_test_are_those_of_the_protocol() -> None:
    """The made-up values above fill every setting and no other."""
    assert set(FILLED) == {setting.id for setting in TRIAL.settings}
    assert codes(filled()) == []


@pytest.mark.parametrize("name", shipped_protocols())
def test_nothing_is_filled_until_a_site_does(name: str) -> None:
    """No shipped protocol has a default: with no settings, every one is told as open."""
    protocol = load_protocol(name)
    found = unsettled(protocol, {})
    assert [finding.code for finding in found] == ["protocol.setting-not-filled"] * len(protocol.settings)
    if protocol.settings:
        with pytest.raises(Refused) as caught:
            resolve(protocol, {}, TODAY)
        assert caught.value.findings == found


@given(st.sets(st.sampled_from(sorted(FILLED)), min_size=1))
def test_limits_lack_whatever_is_not_filled(gone: set[str]) -> None:
    """Whichever settings are left open, exactly those are told, and there are no limits."""
    settings = {key: each for key, each in filled().items() if key not in gone}
    assert codes(settings) == [
        ("setting-not-filled", f"settings.{setting.id}") for setting in TRIAL.settings if setting.id in gone
    ]
    with pytest.raises(Refused):
        resolve(TRIAL, settings, TODAY)


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("viability-least", "0.7 fold", "setting-wrong-unit"),
        ("shelf-life", "2160 h", "setting-wrong-unit"),
        ("viability-least", "101 %", "setting-out-of-bounds"),
        ("viability-least", "-1 %", "setting-out-of-bounds"),
        ("storage-low", "-300 degC", "setting-out-of-bounds"),
        ("storage-high", "4 degC", "setting-out-of-bounds"),
        ("most-lots", "0 lots", "setting-out-of-bounds"),
        ("most-passages", "2.5 passages", "setting-not-whole"),
        ("thaw-window", "-1 min", "setting-out-of-bounds"),
    ],
)
def test_a_value_that_cannot_be_is_refused(setting: str, value: str, code: str) -> None:
    """Another unit, beyond what is physically possible, a part of a passage: told, not taken."""
    assert codes(filled(**{setting: value})) == [(code, f"settings.{setting}")]
    assert [finding.code for finding in unfit(TRIAL, setting, Amount.of(value))] == [f"protocol.{code}"]


def test_the_bounds_themselves_are_possible() -> None:
    """Bounds are inclusive: 0 % and 100 % are odd, and possible."""
    assert codes(filled(**{"cd34-most": "100 %", "viability-least": "0 %", "most-lots": "1 lots"})) == []


def test_a_name_that_is_no_setting_is_told_with_the_nearest() -> None:
    """A misspelt setting does not pass as one that was filled."""
    settings = filled()
    settings["shelf-lif"] = settings.pop("shelf-life")
    found = unsettled(TRIAL, settings)
    assert [(each.code, each.params.get("near")) for each in found] == [
        ("protocol.setting-not-filled", None),
        ("protocol.no-such-setting", "shelf-life"),
    ]


def test_limits_that_cross_are_told_once_all_are_filled() -> None:
    """A freezer whose lowest temperature lies above its highest is no freezer."""
    crossed = filled(**{"storage-low": "-100 degC", "storage-high": "-150 degC"})
    assert codes(crossed) == [("limits-crossed", "settings.storage-high")]


def test_limits_may_meet_in_one_value() -> None:
    """A freezer that is to be kept at exactly one temperature is a freezer."""
    assert codes(filled(**{"storage-low": "-150 degC", "storage-high": "-150 degC"})) == []


def test_what_is_possible_is_told_with_what_is_not() -> None:
    """The finding has the bounds in it, and a dash where there is none."""
    for setting, value, bounds in (
        ("cd34-most", "101 %", ("0 %", "100 %")),
        ("endotoxin-most", "-1 EU/mL", ("0 EU/mL", "-")),
        ("shelf-life", "36501 d", ("0 d", "36500 d")),
    ):
        (finding,) = unfit(TRIAL, setting, Amount.of(value))
        assert (finding.params["least"], finding.params["most"]) == bounds


def test_all_that_is_wrong_with_settings_is_told_at_once() -> None:
    """Three settings wrong in three ways: three findings."""
    settings = filled(**{"viability-least": "170 %", "shelf-life": "3 min"})
    del settings["thaw-window"]
    assert sorted(code for code, _ in codes(settings)) == [
        "setting-not-filled",
        "setting-out-of-bounds",
        "setting-wrong-unit",
    ]


def test_limits_are_the_protocols_with_the_sites_in_their_places() -> None:
    """Every number of the limits comes from the protocol or from the site, none from the code."""
    limits = resolve(TRIAL, filled(), TODAY)
    assert TRIAL.product is not None
    assert (limits.most_passages, limits.most_infusions) == (3, 1)
    assert [str(each) for each in (limits.shelf_life, limits.thaw_window, limits.match_window)] == [
        "90 d",
        "60 min",
        "30 min",
    ]
    assert [str(each) for each in (limits.storage_low, limits.storage_high)] == ["-196 degC", "-150 degC"]
    assert (limits.dose, limits.infusion) == (TRIAL.product.dose, TRIAL.product.infusion)
    assert (limits.conditional_release, limits.conditional_release_role) == (True, "qualified-person")
    rows = {row.id: row for row in limits.editions[0].specifications}
    assert {key: str(row.low or row.high or row.allowed) for key, row in rows.items()} == {
        "viability": "70 %",
        "cd73": "90 %",
        "cd105": "90 %",
        "cd34": "5 %",
        "cd45": "5 %",
        "endotoxin": "0.5 EU/mL",
        "karyotype": "0 %",
        "mycoplasma": "('negative',)",
        "sterility": "('negative',)",
    }
    assert [key for key, row in rows.items() if row.may_be_pending] == ["sterility"]
    assert shapes.faults(limits) == []


def test_the_edition_in_force_is_the_last_whose_day_has_come() -> None:
    """A second edition holds from its civil date on, the first until the day before; a lot keeps its own."""
    whole = plain()
    first = whole["product"]["editions"][0]
    whole["product"]["editions"].append({**first, "id": "2", "valid_from": date(2026, 4, 2)})
    protocol = read_protocol(whole)
    assert protocol.product is not None
    days = (date(2026, 4, 1), date(2026, 4, 2), date(2030, 1, 1))
    assert [edition_in_force(protocol.product, day).id for day in days] == ["1", "2", "2"]
    limits = resolve(protocol, filled(), days[0])
    assert (limits.edition_in_force, [each.id for each in limits.editions]) == ("1", ["1", "2"])


def test_before_the_first_edition_nothing_is_in_force() -> None:
    """No edition is taken ahead of its day."""
    assert TRIAL.product is not None
    with pytest.raises(Refused) as caught:
        resolve(TRIAL, filled(), date(2013, 11, 30))
    assert [finding.code for finding in caught.value.findings] == ["protocol.no-edition-in-force"]


def test_a_trial_that_gives_no_cells_has_no_limits() -> None:
    """Asking for them is a fault of the caller, not of the data."""
    with pytest.raises(ValueError, match="gives no cells"):
        resolve(load_protocol("post-market-comparison"), {}, TODAY)


def test_an_amount_of_the_protocol_needs_no_setting() -> None:
    """A limit that is given is taken as it is; one that is not is a KeyError until it is filled."""
    assert str(amount(Bound(amount=Amount.of("480 mL")), {})) == "480 mL"
    with pytest.raises(KeyError):
        amount(Bound(setting="shelf-life"), {})
