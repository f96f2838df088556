"""The Poisson-binomial distribution: against exact fractions, the binomial, and its own laws."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from myelos.evidence.poisson_binomial import (
    expected,
    lower_tail,
    pmf,
    pmf_rows,
    prediction_interval,
    upper_tail,
)

chances = st.lists(st.floats(0, 1), max_size=60)


def _exact(probabilities: Sequence[float]) -> list[Fraction]:
    """The same convolution in rational arithmetic, from the very floats given."""
    mass = [Fraction(1)]
    for p in map(Fraction, probabilities):
        stay, move = [m * (1 - p) for m in mass] + [Fraction(0)], [Fraction(0)] + [m * p for m in mass]
        mass = [a + b for a, b in zip(stay, move, strict=True)]
    return mass


@pytest.mark.slow
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.001, 0.02), (0.97, 0.999), (0.3, 0.31)])
def test_all_probabilities_and_tails_agree_with_exact_fractions(low: float, high: float) -> None:
    """At n = 99 every probability and every tail, down to 1e-297, has a relative error below 1e-12."""
    rng = np.random.default_rng(99)
    probabilities = rng.uniform(low, high, 99)
    exact, found = _exact(probabilities.tolist()), pmf(probabilities)
    below = list(itertools.accumulate(exact))
    above = list(itertools.accumulate(reversed(exact)))[::-1]
    for k in range(100):
        pairs = [(found[k], exact[k]), (upper_tail(found, k), above[k]), (lower_tail(found, k), below[k])]
        for ours, truth in pairs:
            assert abs(Fraction(float(ours)) / truth - 1) < Fraction(1, 10**12)


def test_a_far_tail_keeps_its_digits() -> None:
    """The tail of 13 of 13 at 0.01 is 1e-26, which 1 minus the other side would lose."""
    assert upper_tail(pmf([0.01] * 13), 13) == pytest.approx(1e-26, rel=1e-13, abs=0)


@given(chances)
def test_probabilities_sum_to_one(probabilities: list[float]) -> None:
    """n chances give n + 1 probabilities of sum 1 and of mean sum(p)."""
    found = pmf(probabilities)
    assert found.shape == (len(probabilities) + 1,)
    assert found.sum() == pytest.approx(1, abs=1e-13)
    assert expected(found) == pytest.approx(sum(probabilities), abs=1e-11)


@given(chances, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(probabilities: list[float], random: object) -> None:
    """People are exchangeable: any order of the chances gives the same distribution."""
    mixed = probabilities.copy()
    random.shuffle(mixed)  # type: ignore[attr-defined]
    np.testing.assert_allclose(pmf(mixed), pmf(probabilities), rtol=1e-12, atol=1e-300)


@given(st.integers(0, 60), st.floats(0.01, 0.99))
def test_equal_chances_give_the_binomial(n: int, p: float) -> None:
    """With one chance for all it is scipy's binomial distribution."""
    np.testing.assert_allclose(pmf([p] * n), stats.binom.pmf(np.arange(n + 1), n, p), rtol=1e-11)


@given(chances, st.integers(-3, 63))
def test_both_tails_make_one(probabilities: list[float], x: int) -> None:
    """P(X <= x) + P(X >= x + 1) = 1, also beyond both ends."""
    found = pmf(probabilities)
    assert lower_tail(found, x) + upper_tail(found, x + 1) == pytest.approx(1, abs=1e-13)


@given(chances, st.integers(0, 60))
def test_failures_mirror_successes(probabilities: list[float], x: int) -> None:
    """Counting failures turns the distribution round."""
    failures = pmf(1 - np.array(probabilities))
    np.testing.assert_allclose(failures[::-1], pmf(probabilities), rtol=1e-9, atol=1e-15)


@given(chances, st.floats(0.5, 0.999))
def test_a_prediction_interval_is_the_shortest_of_equal_tails(
    probabilities: list[float], level: float
) -> None:
    """Each end leaves at most (1 - level) / 2 outside, and one step further in would leave more."""
    found, tail = pmf(probabilities), (1 - level) / 2
    low, high = prediction_interval(found, level)
    assert 0 <= low <= high <= len(probabilities)
    slack = 1e-12
    assert lower_tail(found, low - 1) <= tail + slack < lower_tail(found, low) + 2 * slack
    assert upper_tail(found, high + 1) <= tail + slack < upper_tail(found, high) + 2 * slack


def test_a_tail_of_exactly_its_share_may_stay_outside() -> None:
    """The bound is "at most": a tail of exactly (1 - level) / 2 is left out, on either side."""
    assert prediction_interval([0.75, 0.25], 0.5) == (0, 0)
    assert prediction_interval([0.25, 0.75], 0.5) == (1, 1)


def test_certain_people_move_the_count_without_spread() -> None:
    """Chances of 0 and 1 leave a single possible count; nobody gives the count 0."""
    assert pmf([1, 0, 1]).tolist() == [0, 0, 1, 0]
    assert pmf([]).tolist() == [1]
    assert prediction_interval(pmf([1, 0, 1])) == (2, 2)
    assert prediction_interval(pmf([])) == (0, 0)


def test_rows_are_computed_alike() -> None:
    """Many rows at once give what each row gives alone."""
    rows = np.random.default_rng(1).uniform(size=(5, 9))
    for row, found in zip(rows, pmf_rows(rows), strict=True):
        assert found.tolist() == pmf(row).tolist()


@pytest.mark.parametrize("bad", [[-0.1], [1.1], [float("nan")], [[0.1, 0.2]]])
def test_what_is_no_chance_raises(bad: list[float]) -> None:
    """A chance outside [0, 1], or a table of chances, is a mistake of the caller."""
    with pytest.raises(ValueError, match=r"a chance lies|one row of chances"):
        pmf(bad)


def test_what_is_no_distribution_raises() -> None:
    """Chances handed over in place of their distribution are refused; so are half people and odd levels."""
    with pytest.raises(ValueError, match="a distribution is"):
        upper_tail([0.278, 0.536, 0.725], 2)
    with pytest.raises(ValueError, match="rows of chances"):
        pmf_rows(np.array([0.5]))
    with pytest.raises(TypeError):
        upper_tail(pmf([0.5]), 0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a level lies"):
        prediction_interval(pmf([0.5]), 1.0)
