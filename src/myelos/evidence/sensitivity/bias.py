"""What alone would explain a result: examiner bias, misgrading, missing people, chance between cohorts.

Every function takes *groups*: (people, rate) for each index grade, as
:func:`~myelos.evidence.predictive.shifted_pmf` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from myelos.evidence.poisson_binomial import upper_tail
from myelos.evidence.predictive import shifted_pmf

Groups = Sequence[tuple[int, float]]
ALPHA = 0.025
"""The one-sided level at which a tipping value is sought; a convention, not a verdict."""
LARGEST_MULTIPLIER = 1e6


@dataclass(frozen=True, slots=True)
class Tipping:
    """How much of one bias alone brings the tail to ALPHA. 0 (or multiplier 1): it is there already.

    ``share_scored_improved`` (phi): share of true non-improvers scored improved, 0 to 1.
    ``odds_multiplier``: factor on every person's odds of being scored improved, 1 or more;
    ``odds_ratio`` is its inverse, to set beside published ratios of odds ratios. Both are None when no
    multiplier up to LARGEST_MULTIPLIER is enough (rates of nearly 0).
    """

    share_scored_improved: float
    odds_multiplier: float | None

    @property
    def odds_ratio(self) -> float | None:
        return self.odds_multiplier and 1 / self.odds_multiplier


def tail(groups: Groups, improved: int, sd: float = 0.0) -> float:
    """P(X >= improved) with a common logit shift N(0, sd^2) over the groups (0 to 1)."""
    return upper_tail(shifted_pmf(groups, sd), improved)


def scored_improved(groups: Groups, share: float) -> list[tuple[int, float]]:
    """The groups when ``share`` of the true non-improvers is scored improved: p + (1 - p) share.

    The same formula holds when ``share`` of the index exams was graded one grade too low: such a person
    improves on paper without change.
    """
    return [(n, p + (1 - p) * share) for n, p in groups]


def with_odds(groups: Groups, multiplier: float) -> list[tuple[int, float]]:
    """The groups when everyone's odds of being scored improved are ``multiplier`` times as high."""
    return [(n, p * multiplier / (1 - p + p * multiplier)) for n, p in groups]


def tipping(groups: Groups, improved: int, sd: float = 0.0, alpha: float = ALPHA) -> Tipping:
    """The bias that alone brings P(X >= improved) to ``alpha``. Raises ValueError when nobody improved."""
    if improved < 1:
        raise ValueError("nobody improved: no bias is needed to explain that")
    share = _crossing(lambda x: tail(scored_improved(groups, x), improved, sd), 0.0, 1.0, alpha)
    assert share is not None, "everyone scored improved is enough"
    return Tipping(share, tipping_odds(groups, improved, sd, alpha))


def unreported_non_improvers(
    groups: Groups, improved: int, rate: float, sd: float = 0.0, alpha: float = ALPHA, most: int = 1000
) -> int | None:
    """How many more people, of a grade with this rate, all unimproved, bring the tail to ``alpha``.

    None when ``most`` do not.
    """
    if tail(groups, improved, sd) >= alpha:
        return 0
    low, high = 0, 1
    while tail([*groups, (high, rate)], improved, sd) < alpha:
        if high == most:
            return None
        low, high = high, min(high * 2, most)
    while high - low > 1:
        middle = (low + high) // 2
        if tail([*groups, (middle, rate)], improved, sd) < alpha:
            low = middle
        else:
            high = middle
    return high


def e_value_at_limit(limit: float, expected_share: float) -> float:
    """The E-value at an interval's limit nearest to no difference (VanderWeele & Ding 2017).

    ``limit`` and ``expected_share`` are shares in 0 to 1; the ratio of the two is read as a risk ratio.
    It speaks of confounding only: not of examiners, missing people or chance. 1 when the interval already
    holds the expected share. Raises ValueError when nobody is expected: the ratio has no size then.
    """
    if expected_share <= 0:
        raise ValueError("no ratio to an expected share of 0")
    ratio = limit / expected_share
    return ratio + sqrt(ratio * (ratio - 1)) if ratio > 1 else 1.0


def odds_contour(
    groups: Groups,
    varied: int,
    rates: NDArray[np.float64],
    improved: int,
    sd: float = 0.0,
    alpha: float = ALPHA,
) -> NDArray[np.float64]:
    """For each rate of group ``varied``, the odds multiplier at which the tail is ``alpha``.

    The belief plane's contour; 1 where no bias is needed, LARGEST_MULTIPLIER where none up to it is enough.
    Shape of ``rates``.
    """
    found = []
    for rate in rates:
        changed = [(n, float(rate) if place == varied else p) for place, (n, p) in enumerate(groups)]
        found.append(tipping_odds(changed, improved, sd, alpha) or LARGEST_MULTIPLIER)
    return np.array(found)


def tipping_odds(groups: Groups, improved: int, sd: float = 0.0, alpha: float = ALPHA) -> float | None:
    """The odds multiplier of :func:`tipping` alone."""

    def biased(log_multiplier: float) -> float:
        return tail(with_odds(groups, exp(log_multiplier)), improved, sd)

    crossing = _crossing(biased, 0.0, log(LARGEST_MULTIPLIER), alpha)
    return None if crossing is None else exp(crossing)


def _crossing(rising: Callable[[float], float], low: float, high: float, level: float) -> float | None:
    """Where a rising function reaches ``level``: ``low`` when it is there already, None past ``high``."""
    if rising(low) >= level:
        return low
    if rising(high) < level:
        return None
    return float(brentq(lambda x: rising(x) - level, low, high, xtol=1e-10, rtol=1e-12))
