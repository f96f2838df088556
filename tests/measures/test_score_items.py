"""Scoring a record by a table: bounds are exact, faults are told all at once, nothing untested is 0."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measures.records import BY_TABLE, SUMMED, completions, entries, records

from myelos.answers import Answer
from myelos.findings import Phrasebook, Place, Severity
from myelos.measures import load, score
from myelos.measures.table import Whole

BOOK = Phrasebook("myelos.measures", "myelos")


def codes(measure: str, items: dict[str, object]) -> dict[str | None, str]:
    """What is found, by item; each finding must have words in both languages."""
    found = score(load(measure), items).findings
    assert all(BOOK.tell(finding, language) for finding in found for language in ("en", "ja"))
    return {finding.place.column: finding.code for finding in found}


def full(name: str, place: int = -1) -> dict[str, object]:
    """The record with the last (or another) entry of every item."""
    return {item.id: entries(item)[place] for item in load(name).items}


@pytest.mark.parametrize("name", BY_TABLE)
@given(data=st.data())
def test_a_whole_record_gives_every_output_known(name: str, data: st.DataObject) -> None:
    """With every item entered nothing is open and nothing is found."""
    measure = load(name)
    scored = score(measure, data.draw(records(measure)))
    assert scored.findings == ()
    assert tuple(scored.outputs) == tuple(row.name for row in measure.outputs)
    assert all(output.known for output in scored.outputs.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_TABLE)
@given(data=st.data())
def test_an_open_record_is_the_union_over_its_completions(name: str, data: st.DataObject) -> None:
    """Bounds and sets are what the completions reach: no wider, no narrower."""
    measure = load(name)
    record = data.draw(records(measure, 3))
    scored = score(measure, record)
    each = [score(measure, completion) for completion in completions(measure, record)]
    for name_, output in scored.outputs.items():
        reached = [one.outputs[name_] for one in each]
        if output.kind == "category":
            assert set(output.possible) == {one.possible[0] for one in reached}
        elif output.high is not None:
            assert (output.low, output.high) == (min(o.low for o in reached), max(o.high for o in reached))  # type: ignore[type-var]


@pytest.mark.parametrize("name", SUMMED)
@given(data=st.data())
def test_to_know_more_never_widens(name: str, data: st.DataObject) -> None:
    """Entering an untested item narrows the bounds or leaves them."""
    measure = load(name)
    record = data.draw(records(measure, 6))
    more = next(iter(completions(measure, record)))
    before, after = score(measure, record).outputs, score(measure, more).outputs
    assert all(before[o].low <= after[o].low and after[o].high <= before[o].high for o in before)  # type: ignore[operator]


@pytest.mark.parametrize("name", SUMMED)
@given(data=st.data())
def test_a_greater_item_never_lowers_a_sum(name: str, data: st.DataObject) -> None:
    """Sums rise with their items: better items never make a record worse."""
    measure = load(name)
    record = data.draw(records(measure, 3))
    item = data.draw(st.sampled_from(measure.items))
    assert isinstance(item.takes, Whole)
    low, high = sorted(data.draw(st.tuples(*[st.sampled_from(item.takes.allowed)] * 2)))
    less, more = (score(measure, record | {item.id: value}).outputs for value in (low, high))
    assert all(less[o].low <= more[o].low and less[o].high <= more[o].high for o in less)  # type: ignore[operator]


def test_an_untested_item_is_never_zero() -> None:
    """SCIM III with bladder management untested: 85 to 100, not 85."""
    total = score(load("scim-iii"), full("scim-iii") | {"bladder": "NT"}).outputs["total"]
    assert (total.low, total.high, total.known) == (85, 100, False)
    assert total.within(90) is Answer.UNKNOWN
    with pytest.raises(ValueError, match="85–100"):
        total.only()


def test_nihss_untestable_is_open_not_left_out() -> None:
    """UN on one arm leaves 0 to 4; a program that adds nothing for it gives our lower bound."""
    record = full("nihss", 0) | {"5a": "UN"}
    total = score(load("nihss"), record).outputs["total"]
    assert (total.low, total.high) == (0, 4)
    assert total.is_one_of(["0"]) is Answer.UNKNOWN
    assert total.within(0, 4) is Answer.YES


def test_an_empty_record_is_wholly_open_or_told() -> None:
    """Missing items that are unknown leave the scale's range; those that are forbidden are told."""
    scored = score(load("barthel"), {})
    assert (scored.outputs["total"].low, scored.outputs["total"].high, scored.findings) == (0, 100, ())
    assert codes("mrs", {}) == {"grade": "measures.missing-item"}
    assert codes("mrs", {"grade": ""}) == codes("mrs", {"grade": None}) == codes("mrs", {})
    assert score(load("mrs"), {"grade": "NT"}).findings == ()


def test_every_fault_of_a_record_is_told_at_once() -> None:
    """Unknown, skipped, out of range, of the wrong kind, untested where it may not be: none hides another."""
    assert codes(
        "scim-iii", {"feedin": 3, "bladder": 4, "stairs": 4, "bowel": "8", "bed": True, "toilet": 2.0}
    ) == {
        "bladder": "measures.skipped-by-the-scale",
        "bowel": "measures.not-a-whole-number",
        "toilet": "measures.not-a-whole-number",
        "bed": "measures.not-a-whole-number",
        "stairs": "measures.out-of-range",
        "feedin": "measures.unknown-item",
    }
    assert codes("nihss", {"1a": "UN", "5a": "NT", "10": "UN"}) == {
        "1a": "measures.must-be-scored",
        "5a": "measures.must-be-scored",
    }


def test_amounts_need_their_unit() -> None:
    """A bare number, another unit, a word of no meaning and a time of 0 are refused; not able is a result."""
    assert codes("walk-10m", {"comfortable": 12.5, "fast": "0 s"}) == {
        "comfortable": "measures.not-an-amount",
        "fast": "measures.out-of-range",
    }
    assert codes("walk-10m", {"comfortable": "12 min", "fast": "slow"}) == {
        "comfortable": "measures.not-an-amount",
        "fast": "measures.not-an-amount",
    }
    assert codes("walk-10m", {"start": "running", "fast": ["9 s"]}) == {
        "fast": "measures.not-an-amount",
        "start": "measures.not-one-of",
    }


def test_speed_is_ten_metres_by_the_seconds() -> None:
    """12.5 s are 0.8 m/s; not able is 0 m/s and says so; a walk that was not tested is neither."""
    outputs = score(load("walk-10m"), {"comfortable": "12.5 s", "fast": "not-able"}).outputs
    assert outputs["comfortable-speed"].only() == Decimal("0.8")
    assert outputs["comfortable-able"].only() == "able"
    assert (outputs["fast-speed"].only(), outputs["fast-able"].only()) == (0, "not-able")
    untested = score(load("walk-10m"), {"comfortable": "NT"}).outputs
    assert (untested["comfortable-speed"].low, untested["comfortable-speed"].high) == (0, None)
    assert untested["comfortable-able"].possible == ("not-able", "able")


def test_a_fault_leaves_what_it_touches_open() -> None:
    """A wrong item is not used: the record is refused, and the sum stays as wide as the item."""
    scored = score(load("barthel"), full("barthel") | {"stairs": 7})
    assert scored.refused
    assert (scored.outputs["total"].low, scored.outputs["total"].high) == (90, 100)


def test_findings_say_where_the_record_stands() -> None:
    """File and row come from the caller; the item follows the caller's key."""
    finding = score(load("mrs"), {"grade": 7}, Place("visits.csv", 4, "items")).findings[0]
    assert finding.place == Place("visits.csv", 4, "items.grade")
    assert finding.severity is Severity.ERROR
    assert BOOK.tell(finding) == (
        "visits.csv, row 4, column items.grade: grade: 7 is out of range; allowed: 0–6, NT"
    )


@given(
    st.dictionaries(
        st.text(max_size=12),
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.lists(st.integers()),
    )
)
def test_no_record_however_bad_makes_scoring_raise(items: dict[str, object]) -> None:
    """Bad input gives findings: keys and values of any kind."""
    for name in ("walk-10m", "nihss", "isncsci", "bladder-bowel"):
        measure = load(name)
        known = {item.id: value for item, value in zip(measure.items, items.values(), strict=False)}
        scored = score(measure, items | known)
        assert len(scored.outputs) == len(measure.outputs)


def test_scoring_one_record_takes_well_under_a_millisecond() -> None:
    """A gate scores every measure of a visit while a person waits; the best of many runs is asked."""
    record = full("scim-iii") | {"bladder": "NT"}
    score(load("scim-iii"), record)
    times = []
    for _ in range(200):
        start = time.perf_counter()
        score(load("scim-iii"), record)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.0005
