"""The main path: one study in, one judgement out, with the numbers of the worked trial."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.evidence.naive import (
    ALL_LEVELS,
    DAY_46,
    SPLIT,
    groups,
    judged,
    polynomial_tail,
    shifted_tail,
    study_text,
    written,
)
from tests.evidence.test_study import PUBLISHED

from myelos.evidence import Comparator, Judgement, Quantity, Reading, judge, load_study, shipped_studies
from myelos.evidence.reading import read
from myelos.evidence.study import Study
from myelos.evidence.study.values import Certainty

KIRSHBLUM_N = 187
"""AIS A in the cohort of all levels (Kirshblum 2016; ais_conversion_rates row 6)."""
rates = st.fixed_dictionaries({grade: st.floats(0.02, 0.98) for grade in "ABC"})
people = st.dictionaries(
    st.sampled_from([("A", "A"), ("A", "B"), ("A", "D"), ("B", "B"), ("B", "C"), ("C", "C"), ("C", "D")]),
    st.integers(1, 4),
    min_size=1,
)


def reading(name: str, comparator: str) -> Reading:
    return next(each for each in judged(name).readings if each.comparator == comparator)


def known(told: Reading, sd: float) -> float:
    return next(t.value.value for t in told.tails if (t.rates, t.shift_sd) == ("known", sd)) or 0.0


def given_rates(study: Study, rates_: dict[str, float]) -> Reading:
    """The reading alone, of a study whose split is taken as seen: no range over splits."""
    seen = replace(study, split=Certainty.SEEN)
    return read(seen, seen.baselines[0], Comparator.given(**rates_), (0.0, 0.5))


def test_the_worked_trial_is_12_of_13() -> None:
    """Issue: 12/13, exact 95 % interval .640 to .998."""
    observed = judged("honmou-2021").observed
    assert (observed.n, [each.value for each in observed.improved]) == (13, [12, 12])
    assert [round(each.value or 0, 3) for each in observed.clopper_pearson] == [0.640, 0.998]


@pytest.mark.parametrize(
    ("comparator", "expected", "low", "high", "tail", "shifted"),
    [
        ("all-levels", "6.36", 2, 10, "5.37e-04", "4.91e-03"),
        ("early-tetraplegia", "7.26", 3, 11, "2.13e-03", "1.07e-02"),
    ],
)
def test_the_worked_readings_are_those_of_the_issue(
    comparator: str, expected: str, low: int, high: int, tail: str, shifted: str
) -> None:
    """Issue: expected people, interval with the shift and both tails (7.3, .002 and .011 there)."""
    told = reading("honmou-2021", comparator)
    assert abs((told.expected.value or 0) - float(expected)) <= 0.0051
    assert (told.predictions[1].low.value, told.predictions[1].high.value) == (low, high)
    assert (f"{known(told, 0.0):.2e}", f"{known(told, 0.5):.2e}") == (tail, shifted)


def test_what_would_explain_the_worked_trial_is_that_of_the_issue() -> None:
    """Issue: 5 of 6 AIS A alone 7.65e-3, phi tipping at .025 = .317, tipping odds ratio .43."""
    told = reading("honmou-2021", "all-levels")
    of_a = next(share for share in told.grades if share.grade == "A")
    need = next(each for each in told.bias_needed if each.shift_sd == 0.0)
    assert f"{of_a.tail.value:.2e}" == "7.65e-03"
    assert f"{need.share_scored_improved.value:.3f}" == "0.317"
    assert f"{need.odds_ratio.value:.2f}" == "0.43"


def test_rates_near_day_46_expect_three_people() -> None:
    """Issue: .098/.298/.398 expect 3.2 people, tail 5.38e-8."""
    told = given_rates(load_study("honmou-2021"), DAY_46)
    assert f"{told.expected.value:.1f}" == "3.2"
    assert f"{known(told, 0.0):.2e}" == "5.38e-08"


def test_rates_of_ones_own_replace_every_shipped_reading() -> None:
    """Issue's .098/.298/.398 through judge: one reading, its condition and range kept, no stricter one."""
    judgement = judge(load_study("honmou-2021"), [Comparator.given(**DAY_46)])
    (told,), tail = judgement.readings, judgement.readings[0].tails[0]
    assert (told.comparator, told.default, judgement.stricter) == ("given", False, ())
    assert (tail.value.given, tail.value.recalled) == ("given the recalled split", True)
    assert tail.value.value == pytest.approx(polynomial_tail(groups(DAY_46), 12), rel=1e-9)
    assert tail.over_splits is not None
    assert tail.over_splits.splits == 105


def test_the_defaults_of_a_judgement_follow_from_the_index_exam() -> None:
    """Unknown: one default for each exam, read at its own day; known: the one that speaks to it."""
    defaults = [each for each in judged("honmou-2021").readings if each.default]
    assert [(each.comparator, each.exam, each.index_day) for each in defaults] == [
        ("early-tetraplegia", "before-collection", None),
        ("tetraplegia-at-index", "before-infusion", 40),
    ]
    assert [(each.default, each.exam) for each in judged("inspire-2019").readings] == [
        (True, "before-infusion")
    ]


def test_stricter_events_count_fewer_of_the_worked_trial() -> None:
    """By hand from 3 A-B, 2 A-C, 1 B-C, 1 B-D, 5 C-D: 2 + 2 + 5 of 13 by two grades from A, 4 of 8 A or B."""
    found = {each.event: (each.n, each.improved[0].value) for each in judged("honmou-2021").stricter_observed}
    assert found == {"two-grades-from-A": (13, 9), "motor-incomplete": (8, 4)}
    assert {(each.event, each.n, each.improved[0]) for each in judged("honmou-2021").stricter} == {
        (event, n, improved) for event, (n, improved) in found.items()
    }


def test_the_range_beside_a_stricter_tail_says_what_it_rests_on() -> None:
    """9 of 13 and 4 of 8 come from the recalled grades, so even their range over splits is conditional."""
    ranges = [tail.over_splits for told in judged("honmou-2021").stricter for tail in told.tails]
    assert {(end.given, end.recalled) for over in ranges if over for end in (over.low, over.high)} == {
        ("given the recalled split", True)
    }


def test_inspire_is_read_the_same_way() -> None:
    """Issue: 7 of 16 against .16 gives .008, with the shift .037."""
    (told,) = judged("inspire-2019").readings
    assert [rate.value for rate in told.rates.values()] == [0.16]
    assert (f"{known(told, 0.0):.3f}", f"{known(told, 0.5):.3f}") == ("0.008", "0.037")


def _quantities(value: object) -> Iterator[Quantity]:
    if isinstance(value, Quantity):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _quantities(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _quantities(each)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _quantities(getattr(value, name))


def test_every_number_that_uses_the_recalled_split_says_so() -> None:
    """A number resting on the split is recalled and carries its condition; no other one is."""
    every = list(_quantities(judged("honmou-2021")))
    on_split = [each for each in every if "study:honmou-2021#split" in each.sources]
    assert len(on_split) > 200
    assert {(each.recalled, each.given) for each in on_split} == {(True, "given the recalled split")}
    assert {each.given for each in every if each not in on_split} == {""}


def test_beside_every_tail_of_the_recalled_split_stands_its_range() -> None:
    """13 people split over A, B and C in 105 ways, and the tail lies within its range."""
    for told in judged("honmou-2021").readings:
        for tail in (each for each in told.tails if each.rates == "known"):
            over = tail.over_splits
            assert over is not None
            assert over.splits == 105
            assert (over.low.value or 0) <= (tail.value.value or 0) <= (over.high.value or 0)
            assert (over.low.given, over.high.given) == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_every_shipped_study_is_judged_with_its_published_total(name: str) -> None:
    """No arm of the table is refused, and its improvers are those published."""
    observed = judged(name).observed
    assert (observed.n, *(each.value for each in observed.improved)) == PUBLISHED[name][:3]


@pytest.mark.slow
@settings(deadline=None, max_examples=15)
@given(people, rates, st.data())
def test_a_reading_is_that_of_the_slow_routines(
    tmp_path_factory: pytest.TempPathFactory,
    counts: dict[tuple[str, str], int],
    rates_: dict[str, float],
    data: st.DataObject,
) -> None:
    """Expected people, tail and shifted tail of any small study, whatever the order of its rows."""
    order = data.draw(st.permutations(list(counts)))
    folder = tmp_path_factory.mktemp("study")
    study = load_study(written(folder, study_text({pair: counts[pair] for pair in order})))
    told = given_rates(study, rates_)
    split = {grade: sum(n for (a, _), n in counts.items() if a == grade) for grade in "ABC"}
    improved = sum(n for (a, b), n in counts.items() if b > a)
    assert told.improved == (improved, improved)
    assert told.expected.value == pytest.approx(sum(n * rates_[g] for g, n in split.items()))
    assert known(told, 0.0) == pytest.approx(polynomial_tail(groups(rates_, split), improved), abs=1e-12)
    assert known(told, 0.5) == pytest.approx(shifted_tail(groups(rates_, split), improved, 0.5), rel=1e-6)
    _holds_95_percent(told, groups(rates_, split))
    for share in told.grades:
        n, hits = split[share.grade], sum(n for (a, b), n in counts.items() if share.grade == a < b)
        alone = polynomial_tail([(n, rates_[share.grade])], hits)
        assert (share.n.value, share.improved.value) == (n, hits)
        assert share.tail.value == pytest.approx(alone, abs=1e-12)


def _holds_95_percent(told: Reading, cases: list[tuple[int, float]]) -> None:
    """At most 2.5 % lie past either end of each prediction interval, and more would one step further in."""
    for each in told.predictions:
        low, high = int(each.low.value or 0), int(each.high.value or 0)
        past = [shifted_tail(cases, k, each.shift_sd) for k in (low, low + 1, high, high + 1)]
        assert 1 - past[0] <= 0.025 + 1e-9
        assert 1 - past[1] >= 0.025 - 1e-9
        assert past[2] >= 0.025 - 1e-9
        assert past[3] <= 0.025 + 1e-9


def _with(study: Study, before: str, after: str, count: int) -> Study:
    """The worked study with another count of one transition."""
    baseline = study.baselines[0]
    changed = tuple(
        replace(each, count=count) if (each.baseline, each.followup) == (before, after) else each
        for each in baseline.transitions
    )
    return replace(study, baselines=(replace(baseline, transitions=changed),))


@pytest.mark.parametrize("pair", ["AB", "AC", "BD", "CD"])
def test_one_more_improver_is_never_likelier(pair: str) -> None:
    """Adding a person who improved, from whatever grade, never raises the chance of so many."""
    study = load_study("honmou-2021")
    found = [given_rates(_with(study, *pair, count=n), ALL_LEVELS) for n in range(1, 6)]
    assert [each.improved[0] for each in found] == list(range(found[0].improved[0], found[0].improved[0] + 5))
    for earlier, later in itertools.pairwise(found):
        assert all(known(later, sd) <= known(earlier, sd) for sd in (0.0, 0.5))


@pytest.mark.slow
@settings(deadline=None, max_examples=12)
@given(rates, st.sampled_from("ABC"), st.floats(0.0, 0.5))
def test_a_kinder_rate_never_lowers_the_tail(rates_: dict[str, float], grade: str, more: float) -> None:
    """Whoever believes in more natural recovery finds the result likelier."""
    study = load_study("honmou-2021")
    kinder = {**rates_, grade: min(0.99, rates_[grade] + more)}
    less, greater = given_rates(study, rates_), given_rates(study, kinder)
    assert all(known(less, sd) <= known(greater, sd) + 1e-12 for sd in (0.0, 0.5))


def test_a_predictive_tail_without_n_is_not_available_and_says_why() -> None:
    """A row without n gives points only; where every row has its n the tail is there."""
    for told in judged("honmou-2021").readings:
        tail = next(each for each in told.tails if each.rates == "predictive")
        assert tail.value.value is None
        assert {"evidence.no-n", "evidence.landmark-without-n"} & {each.code for each in told.findings}


def test_a_predictive_tail_is_the_beta_binomial_of_the_cohort(tmp_path: Path) -> None:
    """With AIS A only, the all-levels row has its n: scipy's beta-binomial from a Jeffreys prior."""
    study = load_study(written(tmp_path, study_text({("A", "B"): 3, ("A", "A"): 1})))
    told = next(each for each in judge(study).readings if each.comparator == "all-levels")
    events = round(KIRSHBLUM_N * 0.278)
    expected = stats.betabinom(4, events + 0.5, KIRSHBLUM_N - events + 0.5).sf(2)
    (predictive,) = (tail.value.value for tail in told.tails if tail.rates == "predictive")
    assert predictive == pytest.approx(expected, rel=1e-9)


def test_a_synthetic_study_says_so_wherever_it_goes(tmp_path: Path) -> None:
    """Made-up data carry the finding that they are made up."""
    path = written(tmp_path, study_text({("A", "B"): 2}, synthetic="true"))
    found: Judgement = judge(load_study(path))
    assert "evidence.synthetic" in {each.code for each in found.findings}
    assert sum(SPLIT.values()) == judged("honmou-2021").observed.n
