"""300 made-up lists of chances, and every count x of n up to n = 40: our numbers beside R's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myelos.evidence.intervals import clopper_pearson
from myelos.evidence.poisson_binomial import pmf, upper_tail
from validation.witness import Missing, ask_r, numbers, r_with, skipped

SEED, LISTS, LARGEST_COUNT = 20210701, 300, 40
SMALLEST = 1e-290
"""Relative differences are asked of probabilities above this; below, floats themselves lose digits."""

Floats = NDArray[np.float64]


def made_up(lists: int, seed: int) -> list[Floats]:
    """Lists of 1 to 99 chances: spread over [0, 1], all near one value, or crowded at 0 and 1, in turn."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(lists):
        n = int(rng.integers(1, 100))
        a, b = ((1.0, 1.0), tuple(rng.uniform(1, 200, 2)), (0.2, 0.2))[number % 3]
        found.append(rng.beta(a, b, n))
    return found


def _relative(ours: Floats, theirs: Floats) -> float:
    told = ours > SMALLEST
    return float(np.max(np.abs(theirs[told] / ours[told] - 1)))


def _compare_distributions(vectors: list[Floats], rows: list[Floats]) -> bool:
    worst = dict.fromkeys(("pmf", "pmf relative", "tail", "tail relative", "Fourier pmf"), 0.0)
    for vector, theirs, their_tails, fourier in zip(vectors, rows[0::3], rows[1::3], rows[2::3], strict=True):
        ours = pmf(vector)
        tails = np.array([upper_tail(ours, k) for k in range(ours.size)])
        found = {
            "pmf": np.max(np.abs(ours - theirs)),
            "pmf relative": _relative(ours, theirs),
            "tail": np.max(np.abs(tails - their_tails)),
            "tail relative": _relative(tails, their_tails),
            "Fourier pmf": np.max(np.abs(ours - fourier)),
        }
        worst = {name: max(value, float(found[name])) for name, value in worst.items()}
    print(f"{len(vectors)} lists of 1 to 99 chances, seed {SEED}; the largest differences:")
    print("; ".join(f"{name} {value:.1e}" for name, value in worst.items()))
    return max(worst["pmf"], worst["tail"], worst["Fourier pmf"]) < 1e-13 and worst["pmf relative"] < 1e-11


def main() -> int:
    """Run the comparison and print it; 0 when all differences are rounding."""
    rscript = r_with("PoissonBinomial")
    if isinstance(rscript, Missing):
        return skipped("poisson_binomial_r", rscript)
    vectors = made_up(LISTS, SEED)
    counts = [(x, n) for n in range(1, LARGEST_COUNT + 1) for x in range(n + 1)]
    questions = [f"chances,{numbers(vector.tolist())}" for vector in vectors]
    questions += [f"count,{x},{n}" for x, n in counts]
    answers = ask_r(rscript, Path(__file__).with_name("witness.R"), questions)
    rows = [np.array(answer, dtype=np.float64) for answer in answers]
    agree = _compare_distributions(vectors, rows[: 3 * len(vectors)])
    ours = np.array([(i.low, i.high) for i in (clopper_pearson(x, n) for x, n in counts)])
    difference = float(np.max(np.abs(ours - np.array(rows[3 * len(vectors) :]))))
    print(f"{len(counts)} exact 95 % intervals, n up to {LARGEST_COUNT}: largest difference {difference:.1e}")
    return 0 if agree and difference < 1e-11 else 1
