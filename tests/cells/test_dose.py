"""The dose: windows by weight, times by flow, and no cell delivered that was not there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from myelos.cells.dose import (
    Basis,
    Delivered,
    Dose,
    DoseRule,
    DoseWindow,
    InfusionRule,
    check_dose,
    check_duration,
    check_infusion,
    delivered,
    dose_window,
    infusion_minutes,
    least_weight,
)
from myelos.findings import Finding, Phrasebook, Place, Refused, Severity
from myelos.quantities import Amount
from myelos.shapes import faults, plain, read

AT = datetime(2027, 3, 20, 9, tzinfo=UTC)
ML = Amount.of

HONMOU = {
    "basis": "total",
    "basis_source": "reading made for this test: the source says cells",
    "low": "0.5e8 cells",
    "high": "2.0e8 cells",
    "range_source": "med.nipro.co.jp/reg_stemirac_product (protocol_facts.json)",
    "per_kg": "3.34e6 cells/kg",
    "per_kg_source": "med.nipro.co.jp/reg_stemirac_product (protocol_facts.json)",
}
RULE = read(DoseRule, HONMOU)
FLOW = read(
    InfusionRule,
    {
        "flow_low": "0.7 mL/min",
        "flow_high": "1.0 mL/min",
        "flow_source": "med.nipro.co.jp/reg_stemirac_product (protocol_facts.json)",
        "dilution_least": "3 fold",
        "dilution_source": "med.nipro.co.jp/reg_stemirac_product (protocol_facts.json)",
    },
)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes of findings without the room; every one can be said in both languages."""
    book = Phrasebook("myelos.cells")
    assert all(book.tell(each, language) for each in findings for language in ("en", "ja"))
    return [each.code.removeprefix("cells.") for each in findings]


@pytest.mark.requirement("PRD-03")
@pytest.mark.parametrize(
    ("weight", "lowest", "highest"),
    [
        ("50 kg", 50_000_000, 167_000_000),
        ("80 kg", 50_000_000, 200_000_000),
        ("15 kg", 50_000_000, 50_100_000),
    ],
)
def test_prd_03_the_window_at_a_weight(weight: str, lowest: int, highest: int) -> None:
    """0.5e8 to 2.0e8 cells, at most 3.34e6 per kg: at 50 kg 1.67e8, from 59.9 kg the range alone."""
    assert dose_window(RULE, Amount.of(weight)) == DoseWindow(Basis.TOTAL, lowest, highest)


@pytest.mark.requirement("PRD-03")
def test_prd_03_there_is_no_dose_under_the_least_weight() -> None:
    """Under 14.97 kg none; exactly, the least weight is 5000/334 kg, and a milligram less has no dose."""
    assert least_weight(RULE) == Fraction(5000, 334)
    assert round(float(least_weight(RULE)), 2) == 14.97
    for weight in ("14 kg", "14.97 kg", "0 kg", "14.970059 kg"):
        none = dose_window(RULE, Amount.of(weight), Place(column="weight"))
        assert isinstance(none, Finding)
        assert codes((none,)) == ["dose-impossible"]
        assert none.place == Place(column="weight")
    assert dose_window(RULE, ML("14.970060 kg")) == DoseWindow(Basis.TOTAL, 50_000_000, 50_000_000)


amounts = st.decimals(0, 10**9, allow_nan=False, places=3)


@given(amounts, amounts, amounts, st.decimals(0, 300, places=6))
def test_prd_03_every_number_in_the_window_keeps_every_limit(
    low: Decimal, high: Decimal, cap: Decimal, weight: Decimal
) -> None:
    """Differential: lowest and highest keep all three limits, one cell beyond breaks one; else none would."""
    rule = replace(RULE, low=Amount(low, "cells"), high=Amount(high, "cells"), per_kg=Amount(cap, "cells/kg"))

    def kept(cells: int) -> bool:
        """The rule as it is written, in fractions."""
        return low <= cells <= high and cells <= Fraction(cap) * Fraction(weight)

    window = dose_window(rule, Amount(weight, "kg"))
    if isinstance(window, Finding):
        candidates = (int(low), int(low) + 1, int(high), int(Fraction(cap) * Fraction(weight)))
        assert not any(kept(cells) for cells in candidates)
        return
    assert kept(window.lowest)
    assert kept(window.highest)
    assert not kept(window.lowest - 1)
    assert not kept(window.highest + 1)


@pytest.mark.requirement("PRD-04")
def test_prd_04_forty_millilitres_take_40_to_57_minutes() -> None:
    """0.7 to 1.0 mL/min: 40 mL runs in within 40 to 57 1/7 minutes, in whole minutes 40 to 57."""
    time = infusion_minutes(FLOW, ML("40 mL"))
    assert (time.shortest, time.longest) == (40, Fraction(400, 7))
    assert time.whole == (40, 57)


@pytest.mark.requirement("PRD-04")
@pytest.mark.parametrize(
    ("flow", "dilution", "wrong"),
    [
        ("0.7 mL/min", "3 fold", []),
        ("1.0 mL/min", "10 fold", []),
        ("0.69 mL/min", "3 fold", ["flow-outside"]),
        ("1.01 mL/min", "2.99 fold", ["flow-outside", "dilution-too-little"]),
    ],
)
def test_prd_04_outside_the_limits_it_warns(flow: str, dilution: str, wrong: list[str]) -> None:
    """A flow or a dilution beyond its limit is a warning: it does not stop an infusion that runs."""
    found = check_infusion(FLOW, ML(flow), ML(dilution))
    assert codes(found) == wrong
    assert all(each.severity is Severity.WARNING for each in found)


@pytest.mark.requirement("PRD-04")
@pytest.mark.parametrize(("minutes", "wrong"), [("39 min", 1), ("40 min", 0), ("57 min", 0), ("58 min", 1)])
def test_prd_04_an_infusion_too_fast_or_too_slow_warns(minutes: str, wrong: int) -> None:
    """40 mL within 39 or 58 minutes did not run at 0.7 to 1.0 mL/min."""
    found = check_duration(FLOW, ML("40 mL"), ML(minutes))
    assert codes(found) == ["infusion-time-outside"] * wrong
    assert all(each.severity is Severity.WARNING for each in found)


DOSE = Dose(
    basis=Basis.TOTAL,
    cells=100_000_000,
    counted_at=AT - timedelta(days=10),
    weight=ML("50 kg"),
    weighed_at=AT - timedelta(days=3),
)
AGES = (ML("30 d"), ML("7 d"))


def test_a_dose_that_keeps_every_limit_has_no_finding() -> None:
    """The dose at its limits in number and age is given."""
    assert check_dose(DOSE, RULE, AT, *AGES) == ()
    edge = replace(
        DOSE, cells=167_000_000, counted_at=AT - timedelta(days=30), weighed_at=AT - timedelta(days=7)
    )
    assert check_dose(edge, RULE, AT, *AGES) == ()
    assert faults(DOSE) == []


@pytest.mark.requirement("PRD-03")
def test_prd_03_everything_wrong_with_a_dose_is_said_at_once() -> None:
    """Another basis, too many for the range and for the weight, an old count, an old weight."""
    wrong = Dose(
        basis=Basis.VIABLE,
        cells=200_000_001,
        counted_at=AT - timedelta(days=30, microseconds=1),
        weight=ML("50 kg"),
        weighed_at=AT - timedelta(days=7, microseconds=1),
    )
    assert codes(check_dose(wrong, RULE, AT, *AGES)) == [
        "dose-basis",
        "dose-above",
        "dose-above-cap",
        "count-too-old",
        "weight-too-old",
    ]


def test_what_is_not_known_of_a_dose_is_never_guessed() -> None:
    """No weight, no time of weighing: each a finding, and the range is still checked."""
    unknown = replace(DOSE, cells=1, weight=None, weighed_at=None)
    assert codes(check_dose(unknown, RULE, AT, *AGES)) == [
        "dose-below",
        "weight-missing",
        "weight-time-missing",
    ]


def test_counts_and_weights_do_not_come_from_later() -> None:
    """A count or a weight from after the dose is not one it rests on."""
    later = replace(DOSE, counted_at=AT + timedelta(microseconds=1), weighed_at=AT + timedelta(days=1))
    assert codes(check_dose(later, RULE, AT, *AGES)) == ["count-from-later", "weight-from-later"]


def test_a_child_has_no_dose_whatever_is_asked() -> None:
    """Under the least weight the dose is refused with the cap and with the reason that there is none."""
    child = replace(DOSE, cells=50_000_000, weight=ML("14 kg"))
    assert codes(check_dose(child, RULE, AT, *AGES)) == ["dose-above-cap", "dose-impossible"]


@given(st.integers(0, 3 * 10**8), st.decimals(1, 200, places=2))
def test_a_dose_is_free_of_findings_exactly_inside_its_window(cells: int, weight: Decimal) -> None:
    """The check and the window say the same for every number and weight."""
    dose = replace(DOSE, cells=cells, weight=Amount(weight, "kg"))
    window = dose_window(RULE, Amount(weight, "kg"))
    inside = isinstance(window, DoseWindow) and window.lowest <= cells <= window.highest
    assert (check_dose(dose, RULE, AT, *AGES) == ()) is inside


@pytest.mark.parametrize("limit", ["48 h", "2880 min", "2 d"])
def test_the_age_of_a_count_is_exact(limit: str) -> None:
    """Two days are 48 hours are 2880 minutes: at that age yes, a microsecond later no."""
    for late, wrong in ((0, []), (1, ["count-too-old"])):
        dose = replace(DOSE, counted_at=AT - timedelta(days=2, microseconds=late))
        assert codes(check_dose(dose, RULE, AT, ML(limit), ML("7 d"))) == wrong


def test_a_rule_whose_range_is_empty_is_a_finding() -> None:
    """A lowest dose above the highest gives no dose to anyone, and says why."""
    turned = replace(RULE, low=RULE.high, high=RULE.low)
    assert codes(turned.faults()) == ["dose-range-empty"]
    assert isinstance(dose_window(turned, ML("80 kg")), Finding)
    assert codes(check_dose(DOSE, turned, AT, *AGES))[0] == "dose-range-empty"
    assert RULE.faults() == ()


def test_rules_are_read_strictly() -> None:
    """A number without a unit, cells for cells/kg, a basis nobody knows, a key misspelt: all at once."""
    bad = {**HONMOU, "low": 5e7, "per_kg": "3.34e6 cells", "basis": "all", "hihg": "2e8 cells"}
    with pytest.raises(Refused) as refused:
        read(DoseRule, bad)
    assert {f.place.column: f.code for f in refused.value.findings} == {
        "low": "shapes.no-unit",
        "per_kg": "shapes.wrong-unit",
        "basis": "shapes.unknown-word",
        "hihg": "shapes.unknown-key",
    }
    assert read(DoseRule, plain(RULE)) == RULE


def test_another_unit_is_a_fault_of_ours() -> None:
    """Where units were checked on reading, a wrong one is bad code and raises."""
    wrong = (
        lambda: dose_window(RULE, ML("50 mL")),
        lambda: infusion_minutes(FLOW, ML("40 kg")),
        lambda: check_dose(DOSE, RULE, AT, ML("3 kg"), ML("7 d")),
        lambda: delivered(1, ML("40 kg"), None, None, stopped_early=False, tolerance=ML("0 mL")),
        lambda: delivered(1, ML("0 mL"), None, None, stopped_early=False, tolerance=ML("0 mL")),
        lambda: least_weight(replace(RULE, per_kg=ML("0 cells/kg"))),
        lambda: infusion_minutes(replace(FLOW, flow_low=ML("0 mL/min")), ML("40 mL")),
    )
    for call in wrong:
        with pytest.raises(ValueError, match=r"is not in|length of time|a bag has|cap of 0|flow of 0"):
            call()


def given_of(
    cells: int, infused: str | None, lost: str | None, *, early: bool = False, tolerance: str = "0 mL"
) -> Delivered:
    """What is delivered of a bag of 40 mL."""
    volumes = [None if each is None else ML(each) for each in (infused, lost)]
    return delivered(cells, ML("40 mL"), *volumes, stopped_early=early, tolerance=ML(tolerance))


def test_delivered_cells_are_the_share_of_the_bag() -> None:
    """All of 40 mL is all the cells; 38 mL with 2 mL lost is 95 %; stopped at 10 mL is a quarter."""
    assert given_of(100_000_000, "40 mL", "0 mL").whole == (100_000_000, 100_000_000)
    assert given_of(100_000_000, "38 mL", "2 mL").whole == (95_000_000, 95_000_000)
    assert given_of(100_000_001, "10 mL", "0 mL", early=True).least == Fraction(100_000_001, 4)
    assert given_of(2, "10 mL", "0 mL", early=True).whole == (0, 0)
    assert given_of(6, "10 mL", "0 mL", early=True).whole == (2, 2)


@pytest.mark.parametrize(
    ("infused", "lost", "early", "wrong"),
    [
        ("38 mL", "2.6 mL", False, ["volume-more-than-bag"]),
        ("38 mL", "2.6 mL", True, ["volume-more-than-bag"]),
        ("37 mL", "2.4 mL", False, ["volume-unaccounted"]),
        ("-1 mL", "-2 mL", False, ["volume-negative", "volume-negative", "volume-unaccounted"]),
        ("41 mL", None, False, ["volume-more-than-bag"]),
        (None, "41 mL", True, ["volume-more-than-bag"]),
    ],
)
def test_volumes_that_do_not_add_up_are_refused(
    infused: str | None, lost: str | None, early: bool, wrong: list[str]
) -> None:
    """More than the bag and its tolerance, or less without having stopped early: refused, not smoothed."""
    with pytest.raises(Refused) as refused:
        given_of(100, infused, lost, early=early, tolerance="0.5 mL")
    assert codes(refused.value.findings) == wrong


@pytest.mark.parametrize(
    ("infused", "lost", "early"),
    [("38 mL", "2.5 mL", False), ("37.5 mL", "2 mL", False), ("3 mL", "0 mL", True)],
)
def test_volumes_within_the_tolerance_add_up(infused: str, lost: str, early: bool) -> None:
    """Half a millilitre too much or too little is measuring; stopping early leaves any rest."""
    assert given_of(100, infused, lost, early=early, tolerance="0.5 mL").known


millilitres = st.decimals(0, 60, places=2)


@given(st.integers(0, 10**9), millilitres, millilitres, st.booleans(), st.decimals(0, 3, places=2))
def test_no_cell_is_delivered_twice(
    cells: int, infused: Decimal, lost: Decimal, early: bool, tolerance: Decimal
) -> None:
    """Whatever the volumes: what is delivered and what was lost are together no more than the bag held."""
    slack = Amount(tolerance, "mL")
    volumes = (ML("40 mL"), Amount(infused, "mL"), Amount(lost, "mL"))
    try:
        result = delivered(cells, *volumes, stopped_early=early, tolerance=slack)
    except Refused:
        total = infused + lost
        assert total > 40 + tolerance or (not early and total < 40 - tolerance)
        return
    share = Fraction(lost) / max(Fraction(40), Fraction(infused + lost))
    assert result.least == result.most
    assert 0 <= result.most + cells * share <= cells
    assert result.most <= cells * Fraction(infused) / 40


@given(
    st.integers(0, 10**9), millilitres, millilitres, st.booleans(), st.booleans(), st.booleans(), millilitres
)
def test_unknown_volumes_bound_what_was_delivered(
    cells: int,
    infused: Decimal,
    lost: Decimal,
    early: bool,
    hide_infused: bool,
    hide_lost: bool,
    tolerance: Decimal,
) -> None:
    """Hide either volume, or both: the truth lies between the least and the most."""
    assume(infused + lost <= 40)
    assume(early or infused + lost >= 40 - tolerance)
    slack, bag = Amount(tolerance, "mL"), ML("40 mL")
    full = (Amount(infused, "mL"), Amount(lost, "mL"))
    told = (None if hide_infused else full[0], None if hide_lost else full[1])
    truth = delivered(cells, bag, *full, stopped_early=early, tolerance=slack)
    result = delivered(cells, bag, *told, stopped_early=early, tolerance=slack)
    assert result.least <= truth.least <= result.most
    assert result.known or hide_infused
