"""Confidence intervals for a proportion: published limits, exact arithmetic, and the laws they must keep."""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from myelos.evidence.intervals import Interval, blaker, clopper_pearson, one_sided_upper, wilson

Method = Callable[[int, int, float], Interval]

METHODS = (clopper_pearson, wilson, blaker)
counts = st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


def _acceptability(x: int, n: int, p: Fraction) -> Fraction:
    """Blaker 2000 by definition: the chance of a count whose smaller tail is no larger than that of x."""
    mass = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    below = list(itertools.accumulate(mass))
    above = list(itertools.accumulate(reversed(mass)))[::-1]
    smaller = [min(pair) for pair in zip(below, above, strict=True)]
    return sum((m for m, s in zip(mass, smaller, strict=True) if s <= smaller[x]), Fraction(0))


def test_blaker_agrees_with_the_printed_example() -> None:
    """3 of 10 at 95 %, as the manual of the R package BlakerCI 1.0-6 (J. Klaschka) prints it."""
    found = blaker(3, 10)
    assert (found.low, found.high) == pytest.approx((0.08726443, 0.61941066), abs=5e-9)
    assert (found.level, found.method) == (0.95, "Blaker")


def test_clopper_pearson_agrees_with_the_printed_examples() -> None:
    """Newcombe, Stat Med 1998;17:857-872, Table I, method 5: 81/263, 15/148, 0/20 and 1/29 at 95 %."""
    printed = {(81, 263): (0.2527, 0.3676), (15, 148): (0.0578, 0.1617), (0, 20): (0, 0.1684)}
    printed[(1, 29)] = (0.0009, 0.1776)
    for (x, n), limits in printed.items():
        found = clopper_pearson(x, n)
        assert (found.low, found.high) == pytest.approx(limits, abs=5e-5)


def test_wilson_agrees_with_the_printed_examples() -> None:
    """Newcombe, Stat Med 1998;17:857-872, Table I, method 3: 81/263, 15/148, 0/20 and 1/29 at 95 %."""
    printed = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611)}
    printed[(1, 29)] = (0.0061, 0.1718)
    for (x, n), limits in printed.items():
        found = wilson(x, n)
        assert (found.low, found.high) == pytest.approx(limits, abs=5e-5)


def test_none_of_thirteen_leaves_a_fifth_possible() -> None:
    """The one-sided upper limit at 0 of n is 1 - 0.05^(1/n); 0 of 13 gives 0.2058."""
    assert one_sided_upper(0, 13) == pytest.approx(1 - 0.05 ** (1 / 13), rel=1e-14)
    assert round(one_sided_upper(0, 13), 4) == 0.2058


@given(counts, levels)
def test_clopper_pearson_agrees_with_scipy(count: tuple[int, int], level: float) -> None:
    """The beta quantiles are the limits that scipy's root search finds, within that search's 2e-12."""
    found, other = clopper_pearson(*count, level), stats.binomtest(*count).proportion_ci(level)
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-11)


@given(counts, levels)
def test_the_one_sided_limit_is_that_of_a_wider_two_sided_interval(
    count: tuple[int, int], level: float
) -> None:
    """One tail of 1 - level is the upper tail of a two-sided interval of confidence 2 level - 1."""
    upper = one_sided_upper(*count, (1 + level) / 2)
    assert upper == pytest.approx(clopper_pearson(*count, level).high, rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(n=st.integers(1, 200), level=levels)
def test_limits_at_none_and_at_all_are_exact(method: Method, n: int, level: float) -> None:
    """The lower limit at 0 of n is exactly 0 and the upper at n of n exactly 1."""
    assert method(0, n, level).low == 0.0
    assert method(n, n, level).high == 1.0


@pytest.mark.parametrize("method", METHODS)
@given(count=counts, level=levels)
def test_failures_mirror_successes(method: Method, count: tuple[int, int], level: float) -> None:
    """The interval for failures is that for successes seen from 1."""
    x, n = count
    successes, failures = method(x, n, level), method(n - x, n, level)
    assert (successes.low, successes.high) == pytest.approx((1 - failures.high, 1 - failures.low), abs=1e-12)


@given(counts, levels)
def test_blaker_lies_inside_clopper_pearson(count: tuple[int, int], level: float) -> None:
    """Blaker 2000: the interval is contained in Clopper and Pearson's, and it holds the estimate."""
    inner, outer = blaker(*count, level), clopper_pearson(*count, level)
    assert outer.low - 1e-13 <= inner.low <= count[0] / count[1] <= inner.high <= outer.high + 1e-13


@given(counts, levels, levels)
def test_blaker_intervals_are_nested_over_levels(count: tuple[int, int], one: float, other: float) -> None:
    """More confidence never gives a limit further inside."""
    narrow, wide = blaker(*count, min(one, other)), blaker(*count, max(one, other))
    assert wide.low <= narrow.low + 1e-14
    assert narrow.high <= wide.high + 1e-14


@pytest.mark.slow
@pytest.mark.parametrize("level", [Fraction(4, 5), Fraction(19, 20)])
def test_blaker_is_the_hull_of_the_rates_accepted_by_definition(level: Fraction) -> None:
    """On a fine grid, in exact fractions: nothing outside is accepted, and both ends are approached."""
    grid = [Fraction(i, 400) for i in range(1, 400)]
    for n in range(1, 11):
        for x in range(n // 2 + 1):
            found = blaker(x, n, float(level))
            accepted = [p for p in grid if _acceptability(x, n, p) > 1 - level]
            assert found.low - 1e-12 <= float(accepted[0]) <= found.low + 1 / 400 + 1e-12
            assert found.high - 1 / 400 - 1e-12 <= float(accepted[-1]) <= found.high + 1e-12


@pytest.mark.parametrize("n", range(1, 13))
@pytest.mark.parametrize("level", [Fraction(1, 2), Fraction(9, 10), Fraction(19, 20), Fraction(99, 100)])
def test_blaker_limits_part_accepted_from_refused_rates(n: int, level: Fraction) -> None:
    """In exact fractions: just inside a limit a rate is accepted; just outside, none is, near or farther."""
    for x in range(1, n + 1):
        low = blaker(x, n, float(level)).low
        assert _acceptability(x, n, Fraction(low * (1 + 1e-11))) > 1 - level
        for below in (1e-11, 1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.2):
            assert _acceptability(x, n, Fraction(low * (1 - below))) <= 1 - level


@pytest.mark.parametrize(("x", "n", "island", "hole"), [(30, 31, 0.8336, 0.8370), (37, 42, 0.7438, 0.7460)])
def test_blaker_does_not_skip_an_accepted_island(x: int, n: int, island: float, hole: float) -> None:
    """Beyond a hole of refused rates lie accepted ones; the interval holds both (Klaschka 2010)."""
    assert _acceptability(x, n, Fraction(hole)) <= Fraction(1, 20) < _acceptability(x, n, Fraction(island))
    assert blaker(x, n).low < island < hole


def test_blaker_limits_are_never_rounded_inwards() -> None:
    """3 and 11 of 14 both end at exactly 1/2, which both must hold or its coverage falls to 0.943."""
    assert blaker(3, 14).high >= 0.5 >= blaker(11, 14).low


@pytest.mark.parametrize("method", [clopper_pearson, blaker])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_exact_intervals_cover_at_least_their_level(method: Method, level: float) -> None:
    """At every rate of a grid, and just beside every limit, the coverage is no less than the level."""
    for n in range(1, 16):
        intervals = [method(x, n, level) for x in range(n + 1)]
        ends = np.array([end for i in intervals for end in (i.low, i.high)])
        rates = np.concatenate([np.linspace(0, 1, 501), ends - 1e-12, ends + 1e-12]).clip(0, 1)
        held = np.array([(i.low <= rates) & (rates <= i.high) for i in intervals])
        coverage = np.sum(held * stats.binom.pmf(np.arange(n + 1)[:, None], n, rates), axis=0)
        assert coverage.min() >= level - 1e-9


@pytest.mark.parametrize("call", [*METHODS, one_sided_upper])
@pytest.mark.parametrize(
    ("x", "n", "level"), [(-1, 5, 0.95), (6, 5, 0.95), (0, 0, 0.95), (1, 5, 0), (1, 5, 1), (1, 5, math.nan)]
)
def test_impossible_counts_and_levels_raise(
    call: Callable[[int, int, float], object], x: int, n: int, level: float
) -> None:
    """A count outside 0..n, no people, or a level outside (0, 1) is a mistake of the caller."""
    with pytest.raises(ValueError, match=r"is not a count|confidence level"):
        call(x, n, level)
