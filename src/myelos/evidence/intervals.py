"""Confidence intervals for one proportion: ``successes`` of ``n``.

Clopper-Pearson is the report's default because it never covers less than it says; Blaker's is exact too and
lies inside it; Wilson's is approximate and short. All are for a count fixed in advance: none knows about
drop-out, several looks or a chosen endpoint.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

from scipy import optimize, special, stats

_OUTWARDS = 1 - 1e-14
"""More than the rounding error of a root, so that a limit of exactly 1/2 is not left out of its interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval from ``low`` to ``high``, both in [0, 1]; ``level`` is its confidence."""

    low: float
    high: float
    level: float
    method: str


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """The exact interval of two one-sided binomial tests, each at (1 - level) / 2.

    The limits are beta quantiles; the lower is exactly 0 at 0 of ``n``, the upper exactly 1 at ``n``.
    Raises ValueError when not 0 <= successes <= n with n >= 1, or when ``level`` is not between 0 and 1.

    Source: Clopper and Pearson, Biometrika 1934;26:404-413, doi 10.1093/biomet/26.4.404.
    """
    successes, n = _checked(successes, n, level)
    tail = (1 - level) / 2
    return Interval(_lower(successes, n, tail), _upper(successes, n, tail), level, "Clopper-Pearson")


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """The score interval, without continuity correction: close to ``level`` on average, not always above it.

    Raises ValueError as :func:`clopper_pearson` does.

    Source: Wilson, J Am Stat Assoc 1927;22:209-212, doi 10.1080/01621459.1927.10502953.
    """
    successes, n = _checked(successes, n, level)
    found = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    return Interval(float(found.low), float(found.high), level, "Wilson")


def blaker(successes: int, n: int, level: float = 0.95) -> Interval:
    """Blaker's exact interval: never longer than Clopper-Pearson's, and nested over levels.

    It reaches from the smallest to the largest rate whose acceptability exceeds 1 - level. The acceptability
    of a rate is the smaller of the two tails at ``successes`` plus the largest probability of the opposite
    tail that does not exceed it. It jumps and may fall again after a jump, so that the accepted rates can
    have holes; a plain bisection may then end in the wrong place (Klaschka 2010). Here the pieces between
    jumps are walked one by one. Limits are right to about 1e-13 and rounded outwards.

    Raises ValueError as :func:`clopper_pearson` does.

    Sources: Blaker, Can J Stat 2000;28:783-798, doi 10.2307/3315916; Klaschka, Technical report 1099,
    Institute of Computer Science, Prague 2010; Lecoutre and Poitevineau, Commun Stat Simul Comput 2016
    (the interval is the convex hull of the accepted rates).
    """
    successes, n = _checked(successes, n, level)
    low, below_high = (_blaker_lower(x, n, 1 - level) * _OUTWARDS for x in (successes, n - successes))
    return Interval(low, 1 - below_high, level, "Blaker")


def one_sided_upper(successes: int, n: int, level: float = 0.95) -> float:
    """The exact one-sided upper limit of a rate, in [0, 1]: what a count near 0 cannot exclude.

    At 0 of ``n`` this is 1 - (1 - level)^(1/n), near 3/n at 0.95. Raises ValueError as
    :func:`clopper_pearson` does.

    Source: Clopper and Pearson 1934; Hanley and Lippman-Hand, JAMA 1983;249:1743-1745 (0 of n).
    """
    successes, n = _checked(successes, n, level)
    return _upper(successes, n, 1 - level)


def _checked(successes: int, n: int, level: float) -> tuple[int, int]:
    successes, n = operator.index(successes), operator.index(n)
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a count of successes")
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level}")
    return successes, n


def _lower(successes: int, n: int, tail: float) -> float:
    """The rate at which P(X >= successes) is ``tail``; 0 when successes is 0."""
    return float(special.betaincinv(successes, n - successes + 1, tail)) if successes else 0.0


def _upper(successes: int, n: int, tail: float) -> float:
    """The rate at which P(X <= successes) is ``tail``; 1 when successes is n."""
    return float(special.betainccinv(successes + 1, n - successes, tail)) if successes < n else 1.0


def _at_least(x: int, n: int, p: float) -> float:
    return float(special.betainc(x, n - x + 1, p))


def _at_most(x: int, n: int, p: float) -> float:
    return float(special.betaincc(x + 1, n - x, p)) if x >= 0 else 0.0


def _blaker_lower(x: int, n: int, alpha: float) -> float:
    """The smallest rate p whose acceptability exceeds ``alpha``.

    While P(X >= x) <= 1/2 the acceptability is P(X >= x) + P(X <= j), where j is the largest count with
    P(X <= j) <= P(X >= x). As p grows, j steps up at known places; between two steps the sum is
    1 - P(j < X < x), which falls and then rises, so that it crosses ``alpha`` upwards once at most. It lies
    between P(X >= x) and twice that, which bounds the search on both sides.
    """
    if x == 0:
        return 0.0
    here, stop = _lower(x, n, alpha / 2), _lower(x, n, min(alpha, 0.5))
    opposite = _opposite(x, n, here)
    while here < stop:
        step = _step(x, n, opposite + 1, here, stop)
        if _acceptability(x, n, opposite, here) > alpha:
            return here
        if _acceptability(x, n, opposite, step) > alpha:
            return _crossing(x, n, opposite, alpha, here, step)
        here, opposite = step, opposite + 1
    return stop


def _acceptability(x: int, n: int, opposite: int, p: float) -> float:
    return _at_least(x, n, p) + _at_most(opposite, n, p)


def _opposite(x: int, n: int, p: float) -> int:
    """The largest j with P(X <= j) <= P(X >= x), found by halving; -1 when there is none."""
    below, above, tail = -1, x, _at_least(x, n, p)
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if _at_most(middle, n, p) <= tail else (below, middle)
    return below


def _step(x: int, n: int, opposite: int, here: float, stop: float) -> float:
    """Where in [here, stop] P(X <= opposite) has fallen to P(X >= x); ``stop`` when it has not by then."""

    def gap(p: float) -> float:
        return _at_least(x, n, p) - _at_most(opposite, n, p)

    if gap(stop) <= 0:
        return stop
    if gap(here) >= 0:
        return here
    return float(optimize.brentq(gap, here, stop, xtol=1e-300, rtol=1e-15))


def _crossing(x: int, n: int, opposite: int, alpha: float, here: float, step: float) -> float:
    """Where in [here, step] the acceptability of one piece reaches ``alpha``."""
    return float(
        optimize.brentq(
            lambda p: _acceptability(x, n, opposite, p) - alpha, here, step, xtol=1e-300, rtol=1e-15
        )
    )
