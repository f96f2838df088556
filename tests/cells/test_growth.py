"""Growth: doublings from counts, exactly as published, and only as much as is known."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.cells.growth import Doublings, PassageCounts, growth
from myelos.findings import Phrasebook, Place, Refused
from myelos.shapes import faults, read

START = datetime(2027, 3, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Passage:
    """A made-up passage of any sort of object: growth asks for four attributes only."""

    seeded: int | None
    seeded_at: datetime
    harvested: int | None
    harvested_at: datetime


def series(counts: list[tuple[int | None, int | None]], hours: float = 336) -> list[Passage]:
    """Passages one after the other, each of so many hours."""
    each = timedelta(hours=hours)
    return [Passage(s, START + n * each, h, START + (n + 1) * each) for n, (s, h) in enumerate(counts)]


def refused(passages: list[Passage]) -> list[tuple[str, str | None]]:
    """Code and column of everything wrong with passages."""
    with pytest.raises(Refused) as error:
        growth(passages)
    return [(f.code.removeprefix("cells."), f.place.column) for f in error.value.findings]


@pytest.mark.parametrize(
    ("harvests", "totals"),
    [((2.4e5, 7.5e5), (2.8e8, 1.3e11, 1.8e14)), ((1.7e5, 5.0e5), (2.4e8, 7.8e10, 7.4e13))],
    ids=["donor 59R", "donor 59L"],
)
def test_marrow_cells_grow_as_published(
    harvests: tuple[float, float], totals: tuple[float, float, float]
) -> None:
    """Colter 2000, doi 10.1073/pnas.070034097, Table 2: second and third passage of 530 marrow stromal cells,
    14 days each; the paper's own cumulative totals (two figures) grow by the same doublings."""
    second, third = growth(series([(530, int(count)) for count in harvests]))
    published = [math.log2(later / totals[0]) for later in totals[1:]]
    assert second.cumulative.number == pytest.approx(published[0], abs=0.1)
    assert third.cumulative.number == pytest.approx(published[1], abs=0.1)
    assert (second.hours, third.hours) == (336, 336)


def test_the_doubling_time_of_a_worked_example() -> None:
    """paralog.com/wiki/?DoublingTime: 3e5 cells at 16:00 on Monday, 2.5e6 at 15:00 on Friday: 31.1 hours."""
    monday = datetime(2027, 3, 1, 16, tzinfo=UTC)
    friday = datetime(2027, 3, 5, 15, tzinfo=UTC)
    (grown,) = growth([Passage(300_000, monday, 2_500_000, friday)])
    assert grown.hours == 95
    assert grown.doubling_hours == pytest.approx(31.1, abs=0.05)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_it_is_the_formula_of_the_cell_bank(seeded: int, harvested: int) -> None:
    """ATCC: n = 3.32 (log yield - log inoculum) + X, X none at first; to the three figures of 3.32."""
    (grown,) = growth(series([(seeded, harvested)]))
    atcc = 3.32 * (math.log10(harvested) - math.log10(seeded))
    assert grown.doublings.number == pytest.approx(atcc, rel=1e-3, abs=1e-9)


histories = st.lists(
    st.tuples(st.integers(1, 10**9), st.floats(0.01, 100), st.floats(0.001, 1)), min_size=1, max_size=8
)


def possible(drawn: list[tuple[int, float, float]]) -> list[tuple[int, int]]:
    """Counts that can happen: each passage is seeded with no more than was harvested before."""
    counts: list[tuple[int, int]] = []
    for first, growth_, part in drawn:
        seeded = max(1, int(counts[-1][1] * part)) if counts else first
        counts.append((seeded, max(1, int(seeded * growth_))))
    return counts


@given(histories)
def test_cumulative_doublings_are_the_sum(drawn: list[tuple[int, float, float]]) -> None:
    """With every count known each cumulative number is the sum of the doublings so far, and its own bound."""
    grown = growth(series(possible(drawn)))
    total = 0.0
    for each in grown:
        assert each.doublings.number is not None
        total += each.doublings.number
        assert each.cumulative.number == pytest.approx(total, abs=1e-9)
        assert each.cumulative.number == each.cumulative.at_least


@given(histories, st.data())
def test_what_is_unknown_stays_unknown_and_its_bound_holds(
    drawn: list[tuple[int, float, float]], data: st.DataObject
) -> None:
    """Hide any counts: nothing is told as known from there on, and the truth is never below the bound."""
    counts = possible(drawn)
    truth = growth(series(counts))
    hidden = [tuple(n if data.draw(st.booleans()) else None for n in pair) for pair in counts]
    open_ = False
    for true, told, pair in zip(truth, growth(series(hidden)), hidden, strict=True):  # type: ignore[arg-type]
        open_ = open_ or None in pair
        assert told.cumulative.known is not open_
        assert told.doublings.known is (None not in pair)
        assert told.doublings.known or told.doubling_hours is None
        for known, said in ((true.doublings, told.doublings), (true.cumulative, told.cumulative)):
            assert known.number is not None
            assert said.at_least is None or said.at_least <= known.number + 1e-9
            assert said.number is None or said.number == pytest.approx(known.number)


def test_the_bounds_of_a_missing_count() -> None:
    """8-fold, an uncounted harvest, then 8-fold: at least what was seeded next was there."""
    first, second, third = growth(series([(100, 800), (800, None), (1600, 12800)]))
    assert first.cumulative == Doublings(3, 3)
    assert second.doublings == Doublings(None, 1)
    assert second.cumulative == Doublings(None, 4)
    assert third.doublings == Doublings(3, 3)
    assert third.cumulative == Doublings(None, 7)
    unseeded = growth(series([(None, 800), (800, 1600)]))
    assert [each.cumulative for each in unseeded] == [Doublings(None, None)] * 2
    assert unseeded[1].doublings == Doublings(1, 1)


def test_two_counts_missing_side_by_side_still_bound_the_whole() -> None:
    """Harvest and next seeding both uncounted: the passages apart have no bound, together they have."""
    first, second = growth(series([(100, None), (None, 1600)]))
    assert first.cumulative == first.doublings == second.doublings == Doublings(None, None)
    assert second.cumulative == Doublings(None, 4)


def test_cells_that_did_not_double_have_no_doubling_time() -> None:
    """Loss is a negative number of doublings, standing still is none; neither has a doubling time."""
    lost, still = growth(series([(1000, 250), (250, 250)]))
    assert (lost.doublings.number, lost.doubling_hours) == (-2, None)
    assert (still.doublings.number, still.doubling_hours) == (0, None)
    assert growth([]) == ()


def test_everything_wrong_with_the_counts_is_said_at_once() -> None:
    """Zero, negative, more seeded than there was, time that stands or goes back, another time zone."""
    tokyo = datetime(2027, 3, 20, tzinfo=timezone(timedelta(hours=9)))
    good = series([(100, 800), (800, 1600), (100, 200), (100, 200)])
    bad = [
        replace(good[0], seeded=0, harvested_at=START),
        replace(good[1], harvested=-5, seeded_at=START - timedelta(hours=1)),
        replace(good[2], harvested_at=tokyo),
        replace(good[3], seeded=201, seeded_at=datetime(2027, 4, 20)),  # noqa: DTZ001
    ]
    assert refused(bad) == [
        ("count-not-positive", "passages[0].seeded"),
        ("time-does-not-advance", "passages[0].harvested_at"),
        ("count-not-positive", "passages[1].harvested"),
        ("time-does-not-advance", "passages[1].seeded_at"),
        ("time-not-utc", "passages[2].harvested_at"),
        ("time-not-utc", "passages[3].seeded_at"),
        ("seeded-more-than-harvested", "passages[3].seeded"),
    ]


@given(histories)
def test_one_cell_more_than_there_was_is_refused(drawn: list[tuple[int, float, float]]) -> None:
    """Seeding all that was harvested is possible, one cell more is not."""
    counts = possible(drawn)
    last = counts[-1][1]
    growth(series([*counts, (last, last)]))
    column = f"passages[{len(counts)}].seeded"
    assert refused(series([*counts, (last + 1, last)])) == [("seeded-more-than-harvested", column)]


def test_findings_have_their_place_and_words() -> None:
    """The file and key given are kept, and both languages can say the finding."""
    with pytest.raises(Refused) as error:
        growth(series([(0, 5)]), Place("lot.json", None, "lot.passages"))
    (finding,) = error.value.findings
    assert finding.place == Place("lot.json", None, "lot.passages[0].seeded")
    assert "1 or more" in Phrasebook("myelos.cells").tell(finding)
    assert "生細胞数" in Phrasebook("myelos.cells").tell(finding, "ja")


def test_counts_are_read_from_plain_data() -> None:
    """The same numbers as data: a naive time, a zero and a misspelt key are all found."""
    plain = {
        "seeded": 530,
        "seeded_at": "2027-03-01T09:00:00Z",
        "harvested": None,
        "harvested_at": "2027-03-15T09:00:00Z",
    }
    counts = read(PassageCounts, plain)
    assert faults(counts) == []
    assert growth([counts])[0].doublings == Doublings(None, None)
    with pytest.raises(Refused) as error:
        read(PassageCounts, {**plain, "seeded": 0, "harvested_at": "2027-03-15T09:00:00", "cells": 1})
    assert {f.code for f in error.value.findings} == {
        "shapes.out-of-range",
        "shapes.naive-time",
        "shapes.unknown-key",
    }
