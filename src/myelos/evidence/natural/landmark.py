"""The landmark: natural recovery still to come for people whose index exam was late.

Someone still AIS A on day 40 has less left to hope for than someone AIS A on day 3: most who convert have
converted. With p the share of an early cohort that converts by its horizon h and F the share of those
conversions reached by day s,

    P(t) = p [F(h) - F(t)] / [1 - p F(t)],    F(s) = (1 - exp(-(s - t0)/tau)) / (1 - exp(-(h - t0)/tau))

for s > t0 and F(s) = 0 before. It assumes first passage, no relapse, one cohort and one definition, and no
informative loss: who converted, died or was lost before t leaves both sides (Anderson 1983,
doi 10.1200/JCO.1983.1.11.710). For B and C it is approximate, because people graded C on day t include
arrivals from A and B.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

from scipy.optimize import brentq

from myelos.findings import Finding, Refused

SLOWEST = 3650.0
"""The largest tau searched, in days."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How conversion spreads over time: days after injury; ``tau`` in days."""

    tau: float
    first_day: float
    horizon_day: float

    def share_reached(self, day: float) -> float:
        """F: the share of all conversions up to the horizon that has happened by ``day`` (0 to 1)."""
        if day <= self.first_day:
            return 0.0
        reached = 1 - exp(-(min(day, self.horizon_day) - self.first_day) / self.tau)
        return reached / (1 - exp(-(self.horizon_day - self.first_day) / self.tau))

    def still_to_come(self, early: float, day: float) -> float:
        """P: chance to convert between ``day`` and the horizon, for people not converted on ``day``.

        ``early`` is the cohort's share from its own baseline to the horizon. Raises ValueError when it
        is not in 0 to 1.
        """
        if not 0 <= early <= 1:
            raise ValueError(f"a share lies in 0 to 1, not {early}")
        reached = self.share_reached(day)
        return early * (1 - reached) / (1 - early * reached) if reached < 1 else 0.0


def solve_tau(
    early: float, later: float, landmark_day: float, first_day: float, horizon_day: float
) -> Timing:
    """The timing under which an ``early`` rate leaves the ``later`` rate at the landmark.

    Raises ValueError when no tau in 0.1 to 3650 days does: the later rate must be below the early one.
    """

    def gap(tau: float) -> float:
        return Timing(tau, first_day, horizon_day).still_to_come(early, landmark_day) - later

    return Timing(_root(gap), first_day, horizon_day)


def solve_tau_from_share(share: float, by_day: float, first_day: float, horizon_day: float) -> Timing:
    """The timing under which ``share`` of the conversions has happened ``by_day``. Raises ValueError."""

    def gap(tau: float) -> float:
        return share - Timing(tau, first_day, horizon_day).share_reached(by_day)

    return Timing(_root(gap), first_day, horizon_day)


def _root(gap: Callable[[float], float]) -> float:
    """Where an increasing function of tau is zero."""
    low, high = 0.1, SLOWEST
    if gap(low) > 0 or gap(high) < 0:
        raise ValueError("no tau in 0.1 to 3650 days fits these rates")
    return float(brentq(gap, low, high, xtol=1e-12, rtol=1e-14))


def refuse_later_landmark(landmark_day: float, index_day: float) -> None:
    """Raise :class:`~myelos.findings.Refused` when a landmark lies after the index day.

    Its people had more time to convert before counting began than the study's, so it would flatter.
    """
    if landmark_day > index_day:
        params = {"landmark": landmark_day, "index": index_day}
        raise Refused([Finding("evidence.landmark-later-than-index", params=params)])
