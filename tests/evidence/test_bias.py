"""What alone would explain a result: tipping values put to the test by a second implementation."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.evidence.naive import ALL_LEVELS, EARLY, enumerated_tail, groups, polynomial_tail, shifted_tail

from myelos.evidence.sensitivity.bias import (
    ALPHA,
    LARGEST_MULTIPLIER,
    e_value_at_limit,
    odds_contour,
    scored_improved,
    tail,
    tipping,
    tipping_odds,
    unreported_non_improvers,
    with_odds,
)

rates = st.floats(0.02, 0.95)
people = st.lists(st.tuples(st.integers(1, 6), rates), min_size=1, max_size=3)
shares = st.floats(0, 1)


def _after_phi(cases: list[tuple[int, float]], phi: float) -> list[tuple[int, float]]:
    """True improvers stay; of the others share phi is scored improved."""
    return [(n, 1 - (1 - p) * (1 - phi)) for n, p in cases]


def _after_odds(cases: list[tuple[int, float]], multiplier: float) -> list[tuple[int, float]]:
    odds = [(n, multiplier * p / (1 - p)) for n, p in cases]
    return [(n, o / (1 + o)) for n, o in odds]


def test_the_worked_tail_is_that_of_all_8192_outcomes() -> None:
    """12 of 13 by enumeration of 2^13 outcomes; the issue prints 5.37e-4."""
    found = tail(groups(ALL_LEVELS), 12)
    assert found == pytest.approx(enumerated_tail(groups(ALL_LEVELS), 12), rel=1e-12)
    assert f"{found:.2e}" == "5.37e-04"


@settings(deadline=None)
@given(people, st.integers(0, 18), st.sampled_from([0.0, 0.3, 1.0]))
def test_a_tail_is_that_of_the_quadrature(cases: list[tuple[int, float]], least: int, sd: float) -> None:
    """Gauss-Hermite nodes against scipy's adaptive quadrature of scipy's binomials."""
    assert tail(cases, least, sd) == pytest.approx(shifted_tail(cases, least, sd), rel=1e-6, abs=1e-10)


@given(people, shares)
def test_scoring_non_improvers_improved_leaves_true_improvers(
    cases: list[tuple[int, float]], phi: float
) -> None:
    """p + (1 - p) phi: nothing at 0, everyone at 1."""
    for (n, mine), (same, theirs) in zip(_after_phi(cases, phi), scored_improved(cases, phi), strict=True):
        assert (n, mine) == (same, pytest.approx(theirs, abs=1e-12))


@given(people, st.floats(1, 1e4))
def test_an_odds_multiplier_multiplies_odds(cases: list[tuple[int, float]], by: float) -> None:
    """The new odds are the old ones times the multiplier, for every group."""
    for (n, mine), (same, theirs) in zip(_after_odds(cases, by), with_odds(cases, by), strict=True):
        assert (n, mine) == (same, pytest.approx(theirs, rel=1e-9))


@settings(deadline=None, max_examples=40)
@given(people, st.data(), st.sampled_from([0.0, 0.5]))
def test_a_tipping_value_puts_the_tail_at_alpha(
    cases: list[tuple[int, float]], data: st.DataObject, sd: float
) -> None:
    """Under the bias found, a second implementation finds a tail of .025; or it is there without bias."""
    improved = data.draw(st.integers(1, sum(n for n, _ in cases)))
    need = tipping(cases, improved, sd)
    assert need.odds_multiplier is not None
    if shifted_tail(cases, improved, sd) >= ALPHA + 1e-6:
        assert (need.share_scored_improved, need.odds_multiplier, need.odds_ratio) == (0, 1, 1)
        return
    assume(shifted_tail(cases, improved, sd) < ALPHA - 1e-6)
    by_phi = shifted_tail(_after_phi(cases, need.share_scored_improved), improved, sd)
    by_odds = shifted_tail(_after_odds(cases, need.odds_multiplier), improved, sd)
    assert (by_phi, by_odds) == pytest.approx((ALPHA, ALPHA), rel=1e-5)
    assert need.odds_ratio == pytest.approx(1 / need.odds_multiplier)


@pytest.mark.parametrize(("rates_", "phi", "ratio"), [(ALL_LEVELS, 0.317, 0.43)])
def test_the_worked_tipping_values_are_those_of_the_issue(rates_: dict, phi: float, ratio: float) -> None:
    """phi .317 and odds ratio .43 at the all-levels rates; a grid of phi crosses .025 in the same place."""
    need = tipping(groups(rates_), 12)
    assert need.share_scored_improved == pytest.approx(phi, abs=5e-4)
    assert need.odds_ratio == pytest.approx(ratio, abs=5e-3)
    grid = np.linspace(0, 1, 10_001)
    below = [x for x in grid if polynomial_tail(_after_phi(groups(rates_), float(x)), 12) < ALPHA]
    assert need.share_scored_improved == pytest.approx(max(below), abs=1.01e-4)


def test_nobody_improved_needs_no_explanation() -> None:
    """Asking for it is a mistake of the caller."""
    with pytest.raises(ValueError, match="nobody improved"):
        tipping([(3, 0.5)], 0)


@pytest.mark.parametrize("rate", [0.0, 1e-9])
def test_rates_of_nearly_nought_have_no_odds_multiplier(rate: float) -> None:
    """Where no multiplier up to a million is enough, none is made up; phi still has its value."""
    need = tipping([(13, rate)], 12)
    assert (need.odds_multiplier, need.odds_ratio) == (None, None)
    assert 0 < need.share_scored_improved < 1
    assert odds_contour([(13, 0.5)], 0, np.array([rate]), 12).tolist() == [LARGEST_MULTIPLIER]


@settings(deadline=None, max_examples=40)
@given(people, st.data(), st.sampled_from([0.0, 0.5]), rates)
def test_the_number_unreported_is_the_smallest(
    cases: list[tuple[int, float]], data: st.DataObject, sd: float, rate: float
) -> None:
    """That many more unimproved people bring the tail to .025, and one fewer does not."""
    improved = data.draw(st.integers(1, sum(n for n, _ in cases)))
    more = unreported_non_improvers(cases, improved, rate, sd, most=60)
    if more is None:
        assert shifted_tail([*cases, (60, rate)], improved, sd) < ALPHA
        return
    assert shifted_tail([*cases, (more, rate)], improved, sd) >= ALPHA - 1e-8
    if more:
        assert shifted_tail([*cases, (more - 1, rate)], improved, sd) < ALPHA + 1e-8


def test_the_number_unreported_is_looked_for_up_to_the_limit() -> None:
    """A number between the last doubling and the limit is found."""
    cases, rate = [(6, 0.05)], 0.01
    wanted = next(k for k in range(500) if polynomial_tail([*cases, (k, rate)], 6) >= ALPHA)
    assert wanted & (wanted - 1)
    assert unreported_non_improvers(cases, 6, rate, most=wanted) == wanted
    assert unreported_non_improvers(cases, 6, rate, most=wanted - 1) is None


@settings(deadline=None, max_examples=50)
@given(people, st.data())
def test_kinder_comparators_need_less_bias(cases: list[tuple[int, float]], data: st.DataObject) -> None:
    """Higher rates and fewer improvers: a larger tail, a smaller phi and a smaller multiplier."""
    improved = data.draw(st.integers(1, sum(n for n, _ in cases)))
    higher = [(n, p + (1 - p) * data.draw(shares)) for n, p in cases]
    assert tail(higher, improved) >= tail(cases, improved) * (1 - 1e-12)
    assert tail(cases, improved - 1) >= tail(cases, improved)
    one, other = tipping(cases, improved), tipping(higher, improved)
    assert other.share_scored_improved <= one.share_scored_improved + 1e-8
    assert (other.odds_multiplier or 0) <= (one.odds_multiplier or math.inf) * (1 + 1e-8)


@pytest.mark.parametrize("sd", [0.0, 0.5])
def test_a_contour_is_the_tipping_value_at_every_rate(sd: float) -> None:
    """Along the belief plane, each point of a contour tips its own groups; it falls as recovery rises."""
    axis = np.array([0.01, 0.1, 0.3, 0.5, 0.9])
    contour = odds_contour(groups(EARLY), 0, axis, 12, sd)
    for rate, multiplier in zip(axis, contour, strict=True):
        cases = groups({**EARLY, "A": float(rate)})
        assert multiplier == pytest.approx(tipping(cases, 12, sd).odds_multiplier)
        assert multiplier == tipping_odds(cases, 12, sd)
        if multiplier > 1:
            assert shifted_tail(_after_odds(cases, float(multiplier)), 12, sd) == pytest.approx(
                ALPHA, rel=1e-5
            )
    assert np.all(np.diff(contour) <= 0)
    assert contour[-1] == 1


# VanderWeele & Ding, Ann Intern Med 2017;167:268-274: RR 3.9 has the E-value 7.26, its limit 1.8 has 3.0.
@pytest.mark.parametrize(("ratio", "value"), [(3.9, 7.26), (1.8, 3.0), (1.0, 1.0), (0.5, 1.0)])
def test_an_e_value_is_that_of_the_paper(ratio: float, value: float) -> None:
    """RR + sqrt(RR (RR - 1)); 1 when the limit does not exceed what was expected."""
    assert e_value_at_limit(0.2 * ratio, 0.2) == pytest.approx(value, abs=5e-3)


def test_an_e_value_needs_an_expected_share() -> None:
    """A ratio to nothing has no size."""
    with pytest.raises(ValueError, match="no ratio"):
        e_value_at_limit(0.5, 0)
