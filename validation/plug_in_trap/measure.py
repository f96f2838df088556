"""How often a new group that only recovers naturally is found to do better (one-sided, at 5 %).

A replicate draws, for every stratum, a historical cohort and a new group from the same true rate: nobody is
treated. The new group's total is then tested three ways: with the historical rates plugged in as if known,
with the prediction that integrates their Beta posteriors, and with the true rates. The first is the trap.
The same sizes are also summed exactly over every possible history, which checks the replicates.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from myelos.evidence.poisson_binomial import pmf, upper_tail
from myelos.evidence.predictive import predictive_pmf

ALPHA, REPLICATES, SEED = 0.05, 20_000, 20210701

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """Strata by their true rate, historical people and new people."""

    name: str
    rates: tuple[float, ...]
    historical: tuple[int, ...]
    new: tuple[int, ...]

    def groups(self, history: tuple[int, ...]) -> list[tuple[int, float, float]]:
        return list(zip(self.new, history, self.historical, strict=True))

    def known(self) -> Floats:
        return pmf(np.repeat(self.rates, self.new))

    def plugged_in(self, history: tuple[int, ...]) -> Floats:
        return pmf(np.repeat(np.divide(history, self.historical), self.new))

    def predictive(self, history: tuple[int, ...]) -> Floats:
        return predictive_pmf(self.groups(history), 0)


RATES = (0.15, 0.30, 0.50, 0.70)
MAIN = Design("13 new people, 4 x 10 historical", RATES, (10,) * 4, (3, 3, 4, 3))
OTHERS = (
    Design("8 new people, 4 x 10 historical", RATES, (10,) * 4, (2, 2, 2, 2)),
    Design("20 new people, 4 x 10 historical", RATES, (10,) * 4, (5, 5, 5, 5)),
    Design("20 new people, 4 x 5 historical", RATES, (5,) * 4, (5, 5, 5, 5)),
)


def smallest_significant(mass: Floats) -> int:
    """The smallest total x with P(X >= x) <= ALPHA."""
    return next(x for x in range(mass.size + 1) if upper_tail(mass, x) <= ALPHA)


def replicated(design: Design) -> tuple[float, float, float]:
    """The share of replicates in which each of (plugged in, predictive, known) rejects."""
    rng = np.random.default_rng(SEED)
    histories = rng.binomial(design.historical, design.rates, (REPLICATES, len(design.rates)))
    totals = rng.binomial(design.new, design.rates, (REPLICATES, len(design.rates))).sum(axis=1)
    plugged_in = functools.cache(lambda history: smallest_significant(design.plugged_in(history)))
    predictive = functools.cache(lambda history: smallest_significant(design.predictive(history)))
    known, rejected = smallest_significant(design.known()), np.zeros(3)
    for history, total in zip(map(tuple, histories.tolist()), totals.tolist(), strict=True):
        rejected += (total >= plugged_in(history), total >= predictive(history), total >= known)
    shares = rejected / REPLICATES
    return float(shares[0]), float(shares[1]), float(shares[2])


def exact(design: Design) -> tuple[float, float, float]:
    """The same three shares, summed over every possible history."""
    truth = design.known()
    chances = [
        stats.binom.pmf(np.arange(n + 1), n, p).tolist()
        for n, p in zip(design.historical, design.rates, strict=True)
    ]
    plugged_in, predictive = 0.0, 0.0
    for history in itertools.product(*(range(n + 1) for n in design.historical)):
        weight = math.prod(chance[x] for chance, x in zip(chances, history, strict=True))
        plugged_in += weight * upper_tail(truth, smallest_significant(design.plugged_in(history)))
        predictive += weight * upper_tail(truth, smallest_significant(design.predictive(history)))
    return plugged_in, predictive, upper_tail(truth, smallest_significant(truth))


def main() -> int:
    """Measure and print; 0 when plugging in exceeds ALPHA, prediction does not, and both ways agree."""
    shares, sums = replicated(MAIN), exact(MAIN)
    errors = [math.sqrt(share * (1 - share) / REPLICATES) for share in shares]
    print(f"rates {RATES}; {MAIN.name}, {MAIN.new}; {REPLICATES} replicates, seed {SEED}, one-sided {ALPHA}")
    for name, share, error, total in zip(
        ("plugged in", "predictive", "known"), shares, errors, sums, strict=True
    ):
        print(f"{name:10} rejects {share:.4f} (standard error {error:.4f}); summed exactly {total:.4f}")
    for design in OTHERS:
        plugged_in, predictive, known = exact(design)
        print(f"{design.name}: plugged in {plugged_in:.4f}, predictive {predictive:.4f}, known {known:.4f}")
    trap = shares[0] - 2 * errors[0] > ALPHA
    safe = shares[1] + 2 * errors[1] <= ALPHA
    same = all(abs(a - b) <= 4 * error for a, b, error in zip(shares, sums, errors, strict=True))
    return 0 if trap and safe and same else 1
