"""Grade codes: a coarse code stands for all it allows and is never narrowed."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.evidence.study import GRADES, Baseline, Event, IndexExam
from myelos.evidence.study.grades import at_risk, improved, transition, unknown_code

BASELINES = [*"ABCDE", "A_or_B", "A_or_C", "B_or_C_or_D", "unspecified", "not_stated", "unknown"]
FOLLOWUPS = [
    *BASELINES, "unchanged", "not_improved", "improved_ge1", "improved_unspecified", "improved_1_grade",
    "improved_2_grades", "improved_4_grades", "not_A", "not_C", "not_E",
]  # fmt: skip
events = st.sampled_from(list(Event))
codes = st.tuples(st.sampled_from(BASELINES), st.sampled_from(FOLLOWUPS), st.integers(0, 20))
made = st.lists(codes.map(lambda c: transition(*c)).filter(bool), min_size=1, max_size=6)


def _allowed(code: str, before: str, after: str) -> bool:
    """What a follow-up code allows, written out a second time."""
    gain = ord(after) - ord(before)
    table = {
        "unchanged": gain == 0, "not_improved": gain <= 0, "improved_ge1": gain >= 1,
        "improved_unspecified": True, "improved_1_grade": gain == 1, "improved_2_grades": gain == 2,
        "improved_4_grades": gain == 4, "not_A": after != "A", "not_C": after != "C", "not_E": after != "E",
        "unspecified": True, "not_stated": True, "unknown": True,
    }  # fmt: skip
    return table.get(code, after in code.split("_or_"))


@pytest.mark.parametrize(("before", "after"), list(itertools.product(BASELINES, FOLLOWUPS)))
def test_a_pair_of_codes_stands_for_every_pair_of_grades_it_allows(before: str, after: str) -> None:
    """Nothing is left out of an interval-censored code and nothing is put into it."""
    start = set(GRADES) if before in ("unspecified", "not_stated", "unknown") else set(before.split("_or_"))
    pairs = {(b, a) for b in start for a in GRADES if _allowed(after, b, a)}
    found = transition(before, after, 3)
    assert (found.pairs if found else frozenset()) == pairs
    assert unknown_code(before, after) is None


@given(codes, events)
def test_must_implies_may(code: tuple[str, str, int], event: Event) -> None:
    """What must have happened may have happened."""
    if found := transition(*code):
        may, must = found.may_and_must(event)
        assert may or not must


@given(made, events)
def test_fewest_is_never_above_most_and_both_are_reached(found: list, event: Event) -> None:
    """The two ends are the smallest and largest count over every choice of grades the codes allow."""
    baseline = Baseline(IndexExam.BEFORE_INFUSION, tuple(found))
    fewest, most = baseline.improvers(event)
    fates = [(each.count, {improved(b, a, event) for b, a in each.pairs}) for each in found]
    assert fewest == sum(n * min(fate) for n, fate in fates)
    assert most == sum(n * max(fate) for n, fate in fates)
    assert 0 <= fewest <= most <= baseline.n


@given(made, events)
def test_grades_add_up_to_the_whole(found: list, event: Event) -> None:
    """Where the split is known, improvers by grade sum to the improvers and the split to the people."""
    baseline = Baseline(IndexExam.BEFORE_INFUSION, tuple(found))
    split = baseline.split()
    if split is None:
        assert any(len(each.index_grades) > 1 for each in found)
        assert baseline.improvers_by_grade(event) == {}
        return
    assert sum(split.values()) == baseline.n
    ends = baseline.improvers_by_grade(event).values()
    assert (sum(low for low, _ in ends), sum(high for _, high in ends)) == baseline.improvers(event)


@given(st.sampled_from(GRADES), st.sampled_from(GRADES))
def test_stricter_events_are_stricter(before: str, after: str) -> None:
    """Two grades from A is one grade at least; an event only happens to those at risk of it."""
    if improved(before, after, Event.TWO_GRADES_FROM_A):
        assert improved(before, after, Event.ONE_GRADE)
    for event in Event:
        assert at_risk(before, event) or not improved(before, after, event)


@pytest.mark.parametrize("code", ["", "F", "a", "AB", "A_or_", "A_or_F", "improved_5_grades", "not_F", "A "])
def test_other_words_are_no_codes(code: str) -> None:
    """A misspelt grade makes nothing and is named as the one that is not known."""
    assert transition(code, "A", 1) is None
    assert transition("A", code, 1) is None
    assert (unknown_code(code, "A"), unknown_code("A", code)) == ("baseline", "followup")
