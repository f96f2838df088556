"""The shipped tables as tables: names, labels, sources, ranges; values against the published forms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.measures.records import BY_TABLE, SUMMED

from myelos.findings import Refused
from myelos.measures import load, shipped
from myelos.measures.table import Coded, Measured, Whole
from myelos.quantities import UNITS


def test_every_scale_of_the_plan_is_shipped() -> None:
    """The list of measures a protocol may name is exactly this one."""
    assert shipped() == tuple(sorted((*BY_TABLE, "isncsci")))


@pytest.mark.parametrize("name", shipped())
def test_a_table_names_itself_and_loads_once(name: str) -> None:
    """The id is the file's name, and reading it again costs nothing."""
    assert load(name).id == name
    assert load(name) is load(name)


@pytest.mark.parametrize("name", shipped())
def test_every_label_is_there_in_both_languages(name: str) -> None:
    """A form in Japanese shows Japanese: no label is empty, and none is the English one but for signs."""
    measure = load(name)
    labels = [measure.label, *(row.label for row in (*measure.items, *measure.outputs))]
    for item in measure.items:
        if isinstance(item.takes, Coded):
            labels += [choice.label for choice in item.takes.codes]
        if isinstance(item.takes, Measured):
            labels += [word.label for word in item.takes.words]
    shown = {label.en: label.ja for label in labels}
    assert all(shown.values())
    signs = ("AIS", *(f"{letter}{n}" for letter in "CTLS" for n in range(13)))
    assert [en for en, ja in shown.items() if ja.isascii() and en.removesuffix(" grade") not in signs] == []


@pytest.mark.parametrize("name", shipped())
def test_every_row_has_a_source_and_every_source_is_used(name: str) -> None:
    """A number without a source, or a source nobody needs, is a fault of the table."""
    measure = load(name)
    used = {row.source for row in (*measure.items, *measure.outputs)} | {measure.missing.source}
    assert used == {source.id for source in measure.sources}
    assert all(len(source.text) > 20 for source in measure.sources)


@pytest.mark.parametrize("name", shipped())
def test_a_recalled_source_says_that_it_is(name: str) -> None:
    """Text that speaks of recall cannot carry the status ``seen`` unless only the citation is recalled."""
    for source in load(name).sources:
        of_the_citation = "citation recalled" in source.text or ", recalled)" in source.text
        assert source.status != "seen" or "recalled" not in source.text or of_the_citation


@pytest.mark.parametrize("name", shipped())
def test_numbers_have_units_we_know(name: str) -> None:
    """Every number has a unit of the closed set and no category has a range."""
    for row in load(name).outputs:
        assert row.unit in UNITS or (row.kind == "category" and row.unit is None)
        assert (row.low is None and row.high is None) or row.kind == "number"


MAXIMA = {
    ("scim-iii", "self-care"): 20,
    ("scim-iii", "respiration-sphincter"): 40,
    ("scim-iii", "mobility-room"): 10,
    ("scim-iii", "mobility-in-out"): 30,
    ("scim-iii", "mobility"): 40,
    ("scim-iii", "total"): 100,
    ("barthel", "total"): 100,
    ("nihss", "total"): 42,
}
"""The published greatest values (sources in the tables)."""


@pytest.mark.parametrize(("name", "output"), MAXIMA)
def test_the_greatest_values_of_the_items_sum_to_the_published_range(name: str, output: str) -> None:
    """20 + 40 + 40 = 100 for SCIM III, 100 for Barthel, 42 for NIHSS: added up here, not by the loader."""
    measure = load(name)
    row = measure.output(output)
    items = [measure.item(item).takes for item in row.how.items]  # type: ignore[union-attr]
    greatest = sum(max(takes.allowed) for takes in items if isinstance(takes, Whole))
    assert greatest == MAXIMA[name, output] == row.high
    assert row.low == 0


def test_scim_subscales_split_the_items() -> None:
    """Self-care has 6 items, respiration and sphincter 4, mobility 9; each item is in one of them."""
    measure = load("scim-iii")
    parts = [measure.output(name).how.items for name in ("self-care", "respiration-sphincter", "mobility")]  # type: ignore[union-attr]
    assert [len(part) for part in parts] == [6, 4, 9]
    assert [item for part in parts for item in part] == [item.id for item in measure.items]
    rooms = [measure.output(name).how.items for name in ("mobility-room", "mobility-in-out")]  # type: ignore[union-attr]
    assert rooms[0] + rooms[1] == parts[2]


FORM = {
    "respiration": (0, 2, 4, 6, 8, 10),
    "bladder": (0, 3, 6, 9, 11, 13, 15),
    "bowel": (0, 5, 8, 10),
    "toilet": (0, 1, 2, 4, 5),
    "bed": (0, 2, 4, 6),
    "stairs": (0, 1, 2, 3),
    "transfer-car": (0, 1, 2),
    "transfer-ground": (0, 1),
    "indoors": tuple(range(9)),
}
"""Values printed on the clinical form of SCIM III (RHSCIR, version 6.0, as transcribed by two programs)."""


@pytest.mark.parametrize("item", FORM)
def test_scim_items_take_the_values_of_the_form(item: str) -> None:
    """Weights are irregular: what the form skips cannot be entered."""
    assert load("scim-iii").item(item).takes.allowed == FORM[item]  # type: ignore[union-attr]


def test_scim_items_have_two_to_nine_grades() -> None:
    """The authors of SCIM-SR say that each item has between 2 and 9 grades (Fekete 2013)."""
    grades = [len(item.takes.allowed) for item in load("scim-iii").items]  # type: ignore[union-attr]
    assert (min(grades), max(grades), len(grades)) == (2, 9, 19)


def test_nihss_permits_untestable_where_the_form_does() -> None:
    """UN belongs to the four limbs, ataxia and dysarthria (NINDS form)."""
    items = load("nihss").items
    assert len(items) == 15
    assert [item.id for item in items if item.untested == ("UN",)] == ["5a", "5b", "6a", "6b", "7", "10"]
    assert all(not item.untested for item in items if "UN" not in item.untested)


def test_barthel_goes_in_steps_of_five() -> None:
    """Ten items, each in steps of 5 from 0."""
    items = load("barthel").items
    assert len(items) == 10
    for item in items:
        allowed = item.takes.allowed  # type: ignore[union-attr]
        assert allowed == tuple(range(0, allowed[-1] + 1, 5))


def test_grassp_ranges_follow_from_its_parts() -> None:
    """10 muscles of 5; 3 places of 4 twice; 3 grasps of 4; 6 tasks of 5 (10.1080/10790268.2021.1961052)."""
    measure = load("hand-function")
    parts = {"strength": 10 * 5, "dorsal": 3 * 4, "palmar": 3 * 4, "ability": 3 * 4, "performance": 6 * 5}
    for side in ("right", "left"):
        assert {part: measure.output(f"grassp-{part}-{side}").high for part in parts} == parts


DIRECTIONS = {
    ("isncsci", "ais"): "higher",
    ("isncsci", "zpp_motor_left"): "none",
    ("scim-iii", "total"): "higher",
    ("wisci-ii", "level"): "higher",
    ("walk-10m", "comfortable-speed"): "higher",
    ("nihss", "total"): "lower",
    ("mrs", "grade"): "lower",
    ("barthel", "total"): "higher",
    ("pain-0-10", "intensity"): "lower",
    ("pain-0-10", "kind"): "none",
    ("mri", "syrinx"): "lower",
    ("bladder-bowel", "urinary-incontinence"): "higher",
    ("hand-function", "grip-left"): "higher",
}


@pytest.mark.parametrize(("name", "output"), DIRECTIONS)
def test_the_direction_of_better(name: str, output: str) -> None:
    """A reversed direction would turn harm into gain: each is written down twice."""
    assert load(name).output(output).better == DIRECTIONS[name, output]


@pytest.mark.parametrize("name", SUMMED)
def test_sums_have_no_missing_items_forbidden_and_no_prorating(name: str) -> None:
    """No published rule was read with certainty, so a missing item leaves the sum open."""
    assert load(name).missing.rule == "unknown"


def test_an_unknown_measure_is_refused_with_the_nearest_name() -> None:
    """``scim3`` is no measure; the reader is told of ``scim-iii``."""
    with pytest.raises(Refused) as refused:
        load("scim-ii")
    assert refused.value.findings[0].code == "measures.unknown-measure"
    assert refused.value.findings[0].params["near"] == "scim-iii"


def test_items_and_outputs_are_found_by_name_only() -> None:
    """A name that is not there raises KeyError; nothing near is returned."""
    measure = load("scim-iii")
    with pytest.raises(KeyError, match="feedin"):
        measure.item("feedin")
    with pytest.raises(KeyError, match="sum"):
        measure.output("sum")
    assert measure.output("total").high == Decimal(100)
    assert measure.source.id == "itzkovich-2007"
