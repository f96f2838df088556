"""Label templates: what a label must hold, which version was in use, and none lost within ten years."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos import tables
from myelos.cells.label_templates import (
    KEEP_YEARS,
    DonorTesting,
    InUse,
    LabelField,
    LabelUse,
    LabelWarning,
    Register,
    Template,
    check_register,
    forget,
    keep_until,
    obsolete,
    put_in_use,
    read_register,
    required_fields,
    shipped_templates,
    template_on,
    template_version,
    warnings,
)
from myelos.findings import Finding, Phrasebook, Place, Refused
from myelos.shapes import plain

PRODUCT = next(each for each in shipped_templates() if each.use is LabelUse.PRODUCT)
DAY = date(2027, 4, 1)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes without the room; every one can be said in both languages."""
    book = Phrasebook("myelos.cells")
    assert all(book.tell(each, language) for each in findings for language in ("en", "ja"))
    return [each.code.removeprefix("cells.template-") for each in findings]


def refused(call: object, *given: object) -> list[str]:
    """Why a call is refused."""
    with pytest.raises(Refused) as error:
        call(*given)  # type: ignore[operator]
    return codes(error.value.findings)


@pytest.mark.requirement("LAB-01")
def test_lab_01_the_table_asks_for_what_the_rule_lists() -> None:
    """21 CFR 1271.370(b): code, type, expiry, warnings on the label; (c): four more on it or with it."""
    rows = {field: on_label for use, field, on_label in required_fields() if use is LabelUse.PRODUCT}
    assert {field.value for field, on_label in rows.items() if on_label} == {
        "code",
        "product-type",
        "expiry",
        "warnings",
    }
    assert {field.value for field, on_label in rows.items() if not on_label} == {
        "establishment",
        "storage-temperature",
        "other-warnings",
        "instructions",
    }


@pytest.mark.parametrize(
    ("name", "columns"),
    [("label_fields.csv", ("use", "field")), ("label_warnings.csv", ("warning", "testing"))],
)
def test_the_tables_have_no_row_twice_and_every_row_its_source(name: str, columns: tuple[str, str]) -> None:
    """A table is tested as a table: keys once, closed words, source, status and reading in each."""
    header = {
        "label_fields.csv": ("use", "field", "where", "source", "status", "reading"),
        "label_warnings.csv": ("warning", "testing", "printed", "source", "status", "reading"),
    }[name]
    rows = tables.shipped("myelos.cells", name, header)
    assert len({tuple(row[each] for each in columns) for row in rows}) == len(rows)
    assert {row.get("where", "label") for row in rows} <= {"label", "label-or-with"}
    assert {row.get("printed", "yes") for row in rows} <= {"yes", "no"}
    assert all(row["source"] and row["reading"] for row in rows)
    assert {row["status"] for row in rows} <= {"seen", "derived", "recalled", "proposal"}


@pytest.mark.requirement("LAB-02")
def test_lab_02_the_warning_table_covers_every_state_of_testing() -> None:
    """Every warning at every state of donor testing, once: no gap, no overlap."""
    rows = tables.shipped(
        "myelos.cells",
        "label_warnings.csv",
        ("warning", "testing", "printed", "source", "status", "reading"),
    )
    assert sorted((row["warning"], row["testing"]) for row in rows) == sorted(
        (warning.value, testing.value) for warning, testing in product(LabelWarning, DonorTesting)
    )


@pytest.mark.requirement("LAB-02")
@pytest.mark.parametrize("testing", DonorTesting)
def test_lab_02_warnings_follow_the_donor_testing(testing: DonorTesting) -> None:
    """Autologous always; not evaluated unless all testing is done, and unknown is not done."""
    expected = [LabelWarning.AUTOLOGOUS]
    if testing is not DonorTesting.ALL_DONE:
        expected.append(LabelWarning.NOT_EVALUATED)
    assert list(warnings(testing)) == expected


@pytest.mark.requirement("LAB-01")
def test_lab_01_a_template_that_lacks_a_field_is_refused() -> None:
    """Leave out each field in turn, or put one that must be on the label on the sheet: refused, by name."""
    for use, field, on_label in required_fields():
        template = next(each for each in shipped_templates() if each.use is use)
        without = replace(
            template,
            on_label=tuple(each for each in template.on_label if each is not field),
            with_label=tuple(each for each in template.with_label if each is not field),
        )
        code = "field-not-on-label" if on_label else "field-missing"
        found = check_register(Register(templates=(without,)))
        assert codes(found) == [code]
        assert found[0].params["field"] == field.value
        beside = replace(without, with_label=(*without.with_label, field))
        assert codes(check_register(Register(templates=(beside,)))) == ([code] if on_label else [])


def test_the_shipped_templates_are_sound_and_in_use_nowhere() -> None:
    """There is one for each use; a site says from when on, we do not."""
    shipped = shipped_templates()
    assert check_register(Register(templates=shipped)) == ()
    assert [each.use for each in shipped] == list(LabelUse)
    assert refused(template_on, Register(templates=shipped), "product", DAY) == ["not-in-use"]


def version(number: int) -> Template:
    """The product's template as another version."""
    return replace(PRODUCT, version=number)


@pytest.mark.requirement("LAB-03")
def test_lab_03_an_old_version_is_retrieved_with_its_days_of_use() -> None:
    """A new version closes the one before; both are there, each on its days."""
    register = put_in_use(Register(templates=()), version(1), DAY)
    register = put_in_use(register, version(2), date(2028, 1, 1))
    assert template_on(register, "product", date(2027, 12, 31)).version == 1
    assert template_on(register, "product", date(2028, 1, 1)).version == 2
    assert refused(template_on, register, "product", date(2027, 3, 31)) == ["not-in-use"]
    first = InUse(template="product", version=1, first=DAY, last=date(2027, 12, 31))
    assert obsolete(register, date(2028, 1, 1)) == ((version(1), (first,)),)
    assert obsolete(register, date(2027, 12, 31)) == ()
    assert template_version(register, "product", 1) == version(1)


@pytest.mark.requirement("LAB-03")
@pytest.mark.parametrize(
    ("last", "until"),
    [
        (date(2027, 12, 31), date(2038, 1, 1)),
        (date(2028, 2, 28), date(2038, 3, 1)),
        (date(2028, 2, 29), date(2038, 3, 1)),
    ],
)
def test_lab_03_an_old_version_is_kept_ten_years(last: date, until: date) -> None:
    """To the day after the tenth anniversary of its last day in use, and not a day less."""
    register = put_in_use(Register(templates=()), version(1), DAY)
    assert keep_until(register, "product", 1) is None
    assert refused(forget, register, "product", 1, date(2999, 1, 1)) == ["must-be-kept"]
    register = put_in_use(register, version(2), last + timedelta(days=1))
    assert keep_until(register, "product", 1) == until
    assert until >= last.replace(year=last.year + KEEP_YEARS, day=min(last.day, 28))
    assert refused(forget, register, "product", 1, until - timedelta(days=1)) == ["must-be-kept"]
    assert template_version(forget(register, "product", 1, until), "product", 2) == version(2)
    assert refused(template_version, forget(register, "product", 1, until), "product", 1) == ["unknown"]


def test_a_version_never_used_need_not_be_kept() -> None:
    """Only what stood on a label is needed to read that label later."""
    register = Register(templates=shipped_templates())
    assert keep_until(register, "product", 1) == date.min
    assert len(forget(register, "product", 1, DAY).templates) == len(register.templates) - 1


@given(st.lists(st.integers(-5, 400), min_size=1, max_size=12), st.integers(0, 1200))
def test_whatever_is_put_in_use_one_version_or_none_is_in_use_on_a_day(steps: list[int], day: int) -> None:
    """Any history of new versions: refused or sound, never two at once, nothing ever lost."""
    register, number, start = Register(templates=()), 0, DAY
    for step in steps:
        start, number = start + timedelta(days=step), number + 1
        if any(start <= days.first for days in register.in_use):
            assert refused(put_in_use, register, version(number), start) == ["day-taken"]
        else:
            register = put_in_use(register, version(number), start)
    assert check_register(register) == ()
    on = [days for days in register.in_use if days.on(DAY + timedelta(days=day))]
    assert len(on) <= 1
    assert {days.version for days in register.in_use} == {each.version for each in register.templates}
    if on:
        assert template_on(register, "product", DAY + timedelta(days=day)).version == on[0].version


def test_a_version_replaces_nothing() -> None:
    """The same or a lower number, an earlier day, a missing field: all said at once."""
    register = put_in_use(Register(templates=()), version(2), DAY)
    for number in (1, 2):
        assert refused(put_in_use, register, version(number), DAY + timedelta(days=9)) == ["version-not-new"]
    bare = replace(version(2), on_label=(LabelField.CODE,), with_label=())
    assert refused(put_in_use, register, bare, DAY) == [
        *["field-not-on-label"] * 3,
        *["field-missing"] * 4,
        "version-not-new",
        "day-taken",
    ]


def test_everything_wrong_with_a_register_is_said_at_once() -> None:
    """A version twice, a field twice, days of no version, reversed days, days that overlap."""
    data = plain(Register(templates=shipped_templates()))
    data["templates"].append(data["templates"][0])
    data["templates"][1]["on_label"].append("code")
    data["in_use"] = [
        {"template": "product", "version": 1, "first": "2027-01-01", "last": None},
        {"template": "product", "version": 1, "first": "2028-01-01", "last": "2027-12-01"},
        {"template": "product", "version": 9, "first": "2026-01-01", "last": "2026-12-31"},
    ]
    with pytest.raises(Refused) as error:
        read_register(data, Place("labels.toml"))
    assert codes(error.value.findings) == [
        "field-twice",
        "twice",
        "days-reversed",
        "unknown",
        "days-overlap",
    ]
    assert {each.place.file for each in error.value.findings} == {"labels.toml"}


@pytest.mark.parametrize(("begins", "wrong"), [(date(2027, 6, 1), []), (date(2027, 5, 31), ["days-overlap"])])
def test_the_last_day_belongs_to_one_version(begins: date, wrong: list[str]) -> None:
    """A version may begin on the day after the last day of another, not on that day."""
    days = (
        InUse(template="product", version=1, first=DAY, last=date(2027, 5, 31)),
        InUse(template="product", version=2, first=begins),
    )
    assert codes(check_register(Register(templates=(version(1), version(2)), in_use=days))) == wrong


def test_a_misspelt_key_of_a_register_is_a_finding() -> None:
    """Unknown keys, unknown fields and impossible sizes are found with their place."""
    data = plain(Register(templates=shipped_templates()[:1]))
    data["templates"][0] |= {"witdh_mm": 5, "height_mm": 5}
    data["templates"][0]["on_label"][0] = "name"
    with pytest.raises(Refused) as error:
        read_register(data)
    assert {each.place.column: each.code for each in error.value.findings} == {
        "templates[0].witdh_mm": "shapes.unknown-key",
        "templates[0].height_mm": "shapes.out-of-range",
        "templates[0].on_label[0]": "shapes.unknown-word",
    }
