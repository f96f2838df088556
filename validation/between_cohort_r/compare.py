"""Seeded made-up cohorts and six cohorts of natural recovery: our SD between cohorts beside lme4's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from myelos.evidence.predictive import BetweenCohort, Cohort, between_cohort_sd
from validation.witness import Missing, ask_r, r_with, skipped

SEED, SETS, TOLERANCE = 20210701, 12, 1e-3

# Conversion of AIS A within a year: printed percentage times n, from Kirshblum 2021 Table 2
# (10.1089/neu.2020.7473) and, for Kawano 2020, from 10.1038/s41393-019-0366-1.
NATURAL = {
    "Kirshblum 2016": (52, 187),
    "Spiess 2009": (42, 139),
    "van Middendorp 2009": (42, 161),
    "Kawano 2020": (35, 203),
    "Marino 1999": (74, 482),
    "Burns 2003": (6, 53),
}


def made_up(sets: int, seed: int) -> list[list[Cohort]]:
    """Data sets of 1 to 3 strata with 4 to 8 cohorts each of 8 to 300 people, and an SD of 0 to 1.2."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(sets):
        sd, cohorts = 1.2 * number / (sets - 1), []
        for stratum in "ABC"[: 1 + number % 3]:
            mean = rng.uniform(-1.5, 1.5)
            for _ in range(int(rng.integers(4, 9))):
                n = int(rng.integers(8, 301))
                chance = 1 / (1 + np.exp(-rng.normal(mean, sd)))
                cohorts.append(Cohort(stratum, int(rng.binomial(n, chance)), n))
        found.append(cohorts)
    return found


def _differences(ours: BetweenCohort, theirs: list[float]) -> tuple[float, float, float]:
    """How far apart the two are in the SD, the log-likelihood and the worst of the means."""
    means = max(abs(mean - other) for (_, mean), other in zip(ours.means, theirs[2:], strict=True))
    return abs(ours.sd - theirs[0]), abs(ours.log_likelihood - theirs[1]), means


def main() -> int:
    """Run the comparison and print it; 0 when SDs, log-likelihoods and means agree within ``TOLERANCE``."""
    rscript = r_with("lme4")
    if isinstance(rscript, Missing):
        return skipped("between_cohort_r", rscript)
    natural = [Cohort("A", successes, n) for successes, n in NATURAL.values()]
    sets = [natural, *made_up(SETS, SEED)]
    lines = [
        f"{number},{c.stratum},{place},{c.successes},{c.n - c.successes}"
        for number, cohorts in enumerate(sets)
        for place, c in enumerate(cohorts)
    ]
    answers = ask_r(rscript, Path(__file__).with_name("witness.R"), lines)
    agree = True
    for number, (cohorts, answer) in enumerate(zip(sets, answers, strict=True)):
        ours, theirs = between_cohort_sd(cohorts), [float(value) for value in answer]
        apart = _differences(ours, theirs)
        agree &= max(apart) <= TOLERANCE
        name = "natural recovery of A" if number == 0 else f"made up {number:2}, {len(cohorts):2} cohorts"
        print(f"{name}: SD {ours.sd:.4f} ({ours.low:.3f} to {ours.high:.3f}), R {theirs[0]:.4f}", end="; ")
        print("apart in SD, log-likelihood, means: " + ", ".join(f"{value:.0e}" for value in apart))
    return 0 if agree else 1
