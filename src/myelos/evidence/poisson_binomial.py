"""How many of n people improve when each has a chance of their own: the Poisson-binomial distribution.

Exact, by convolution: person after person is added, and since only non-negative terms are ever added, every
probability keeps its relative accuracy, the smallest too. Tails are summed from their own terms and never
taken as 1 minus the other side, so that a tail of 1e-12 has as many digits as one of 0.5.

Source: Hong, Comput Stat Data Anal 2013;59:41-51, doi 10.1016/j.csda.2012.10.006 (the distribution and the
ways to compute it).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pmf(probabilities: Sequence[float] | Floats) -> Floats:
    """P(X = k) for k = 0..n, where person i improves with ``probabilities[i]``, independently of the others.

    Takes n chances in [0, 1] in any order (n = 0 gives ``[1.]``) and returns n + 1 probabilities. The
    relative error is below 1e-12 for n up to some hundreds, wherever the result is above 1e-300; smaller
    ones lose digits and end at 0. Raises ValueError for a chance outside [0, 1] or for anything but one row
    of chances.
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.ndim != 1:
        raise ValueError(f"one row of chances, not {chances.ndim} dimensions")
    mass: Floats = pmf_rows(chances[np.newaxis])[0]
    return mass


def pmf_rows(chances: Floats) -> Floats:
    """:func:`pmf` of every row at once: an array (rows, n) of chances to an array (rows, n + 1).

    Raises ValueError for a chance outside [0, 1] (NaN included) or for an array without two dimensions.
    """
    if chances.ndim != 2:
        raise ValueError(f"rows of chances, not {chances.ndim} dimensions")
    if not np.all((chances >= 0) & (chances <= 1)):
        raise ValueError("a chance lies between 0 and 1")
    rows, n = chances.shape
    mass = np.zeros((rows, n + 1))
    mass[:, 0] = 1
    for person in range(n):
        chance = chances[:, person : person + 1]
        up = mass[:, : person + 1] * chance
        mass[:, : person + 1] *= 1 - chance
        mass[:, 1 : person + 2] += up
    return mass


def expected(pmf: Sequence[float] | Floats) -> float:
    """The mean of the distribution ``pmf`` over 0..n. Raises ValueError when it is no distribution."""
    mass = _distribution(pmf)
    return math.fsum(np.arange(mass.size) * mass)


def upper_tail(pmf: Sequence[float] | Floats, x: int) -> float:
    """P(X >= x) under the distribution ``pmf`` over 0..n: 1 for x <= 0 and 0 for x > n.

    The terms are summed without rounding between them (``math.fsum``). Takes a distribution, not chances;
    raises ValueError for what does not sum to 1, and TypeError when ``x`` is no whole number.
    """
    mass, x = _distribution(pmf), operator.index(x)
    return 1.0 if x <= 0 else min(1.0, math.fsum(mass[x:]))


def lower_tail(pmf: Sequence[float] | Floats, x: int) -> float:
    """P(X <= x) under the distribution ``pmf`` over 0..n: 0 for x < 0 and 1 for x >= n.

    Summed, and refused, as :func:`upper_tail` is.
    """
    mass, x = _distribution(pmf), operator.index(x)
    if x < 0:
        return 0.0
    return 1.0 if x >= mass.size - 1 else min(1.0, math.fsum(mass[: x + 1]))


def prediction_interval(pmf: Sequence[float] | Floats, level: float = 0.95) -> tuple[int, int]:
    """The equal-tailed range of whole numbers that holds X with probability ``level`` at least.

    With a = (1 - level) / 2, the lower end is the largest k with P(X < k) <= a, and the upper end is the
    smallest k with P(X > k) <= a; both ends belong to the range. Raises ValueError when ``level`` is not
    between 0 and 1, or when ``pmf`` is no distribution.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    mass, tail = _distribution(pmf), (1 - level) / 2
    below, above = np.cumsum(mass), np.cumsum(mass[::-1])
    last = mass.size - 1
    lower = int(np.searchsorted(below, tail, side="right"))
    upper = last - int(np.searchsorted(above, tail, side="right"))
    return min(lower, last), max(upper, 0)


def _distribution(pmf: Sequence[float] | Floats) -> Floats:
    mass = np.asarray(pmf, dtype=np.float64)
    if mass.ndim != 1 or not mass.size or not np.all(mass >= 0) or abs(mass.sum() - 1) > 1e-9:
        raise ValueError("a distribution is one row of probabilities that sum to 1")
    return mass
