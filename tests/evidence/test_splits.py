"""The tail over every way the people could be split into grades."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.naive import EARLY, SPLIT, polynomial_tail, shifted_tail, study_text, written

from myelos.evidence import Comparator, judge, load_study
from myelos.evidence.sensitivity.splits import splits_of, tail_over_splits
from myelos.evidence.study import Baseline, IndexExam
from myelos.evidence.study.grades import transition

codes = st.sampled_from(["A", "B", "C", "A_or_B", "B_or_C", "A_or_B_or_C"])
parts = st.lists(st.tuples(codes, st.integers(0, 2)), min_size=1, max_size=4)


def _baseline(people: list[tuple[str, int]]) -> Baseline:
    found = (transition(code, "unspecified", n) for code, n in people)
    return Baseline(IndexExam.BEFORE_INFUSION, tuple(each for each in found if each))


def _walked(people: list[tuple[str, int]], certain: bool) -> set[tuple[int, ...]]:
    """Every split, by giving each person in turn every grade open to them."""
    occurring = sorted({grade for code, _ in people for grade in code.split("_or_")})
    each = [code.split("_or_") if certain else occurring for code, n in people for _ in range(n)]
    return {tuple(chosen.count(grade) for grade in "ABC") for chosen in itertools.product(*each)}


@given(parts, st.booleans())
def test_splits_are_those_of_walking_person_by_person(people: list[tuple[str, int]], certain: bool) -> None:
    """Every compatible split once, and no other."""
    found = [tuple(split.values()) for split in splits_of(_baseline(people), certain, "ABC")]
    assert len(found) == len(set(found))
    assert set(found) == _walked(people, certain)


def test_thirteen_people_split_in_105_ways() -> None:
    """13 people over A, B and C: 15 choose 2."""
    assert len(list(splits_of(_baseline([("A", 6), ("B", 2), ("C", 5)]), False, "ABC"))) == 105


@pytest.mark.parametrize("code", ["C_or_D", "D", "unspecified"])
@pytest.mark.parametrize("certain", [True, False])
def test_a_grade_without_a_rate_makes_no_range(code: str, certain: bool) -> None:
    """Leaving out what someone may be would narrow the range silently."""
    assert list(splits_of(_baseline([("A", 2), (code, 1)]), certain, "ABC")) == []
    assert tail_over_splits([], EARLY, 1, 0.0) is None


@given(parts, st.integers(0, 8), st.sampled_from([0.0, 0.5]))
def test_the_range_holds_the_tail_of_every_split(
    people: list[tuple[str, int]], least: int, sd: float
) -> None:
    """Low and high are tails of the splits shown with them, and no split lies outside."""
    splits = list(splits_of(_baseline(people), True, "ABC"))
    found = tail_over_splits(splits, EARLY, least, sd)
    assert found is not None
    every = [polynomial_tail([(n, EARLY[g]) for g, n in split.items()], least) for split in splits]
    if sd == 0:
        assert (found.low, found.high) == pytest.approx((min(every), max(every)), abs=1e-12)
    for end, split in ((found.low, found.low_split), (found.high, found.high_split)):
        mine = shifted_tail([(n, EARLY[g]) for g, n in split.items()], least, sd)
        assert end == pytest.approx(mine, rel=1e-6, abs=1e-12)
    assert found.splits == len(splits)


def test_the_worked_range_runs_from_all_a_to_all_c() -> None:
    """Recalled split: 12 of 13 is least likely if everyone was complete, likeliest if all were C."""
    splits = list(splits_of(_baseline([("A", 6), ("B", 2), ("C", 5)]), False, "ABC"))
    found = tail_over_splits(splits, EARLY, 12, 0.0)
    assert found is not None
    assert (found.low_split, found.high_split) == ({"A": 13}, {"C": 13})
    assert found.low == pytest.approx(13 * 0.3**12 * 0.7 + 0.3**13, rel=1e-9)
    assert found.high == pytest.approx(13 * 0.825**12 * 0.175 + 0.825**13, rel=1e-9)


def test_an_open_split_is_told_by_its_range_alone(tmp_path: Path) -> None:
    """ "A or B" improved: no tail, no expected number, but the range over every split the codes allow."""
    path = written(tmp_path, study_text({("A_or_B", "improved_ge1"): 3, ("C", "D"): 2, ("A", "A"): 1}))
    (reading,) = judge(load_study(path), [Comparator.given(**EARLY)]).readings
    tail = reading.tails[0]
    assert (tail.value.value, reading.expected.value) == (None, None)
    assert tail.over_splits is not None
    every = [
        polynomial_tail([(1 + a, EARLY["A"]), (3 - a, EARLY["B"]), (2, EARLY["C"])], 5) for a in range(4)
    ]
    ends = tail.over_splits.low.value, tail.over_splits.high.value
    assert ends == pytest.approx((min(every), max(every)), rel=1e-9)
    assert tail.over_splits.splits == 4
    assert "evidence.split-open" in {finding.code for finding in reading.findings}


def test_a_certain_split_has_no_range(tmp_path: Path) -> None:
    """Where every grade is reported there is nothing to range over."""
    path = written(tmp_path, study_text({("A", "B"): 3, ("C", "D"): 2}))
    (reading,) = judge(load_study(path), [Comparator.given(**EARLY)]).readings
    assert {tail.over_splits for tail in reading.tails} == {None}


def test_the_split_of_these_tests_is_the_shipped_one() -> None:
    """The constant the other tests use."""
    assert load_study("honmou-2021").baselines[0].split() == SPLIT
