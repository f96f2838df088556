"""Certificates of made-up, fully tested examinations: their size, and a check of each by classifying again.

The check takes every cell that is not in the certificate away and classifies: AIS and NLI must be determined
and the same. A certificate is proven smallest when its size equals the lower bound that is computed with it.
Sizes follow the level: an NLI of T6 rests on every dermatome above it, so a figure means nothing without its
examinations.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from random import Random

from myelos.isncsci import Exam, Segment, certificate, classify, exam_of_grade
from myelos.isncsci.exam import CELLS, replaced
from myelos.isncsci.synthetic import KINDS, synthetic_exam

SEED = 37
COUNT = 240


def all_kinds() -> list[Exam]:
    """Every kind of injury in turn, at any level."""
    rng, kinds = Random(SEED), list(KINDS)
    return [synthetic_exam(rng, kinds[n % len(kinds)], name=f"exam {n}") for n in range(COUNT)]


def cervical() -> list[Exam]:
    """Grades A to D in turn, neurological level C5 to T1."""
    rng, levels = Random(SEED), [s for s in Segment if Segment.C5 <= s <= Segment.T1]
    return [
        exam_of_grade(rng, "ABCD"[n % 4], rng.choice(levels), recovery=rng.random(), name=f"exam {n}")
        for n in range(COUNT)
    ]


def thoracic() -> list[Exam]:
    """Grades A to D in turn, neurological level T2 to T12."""
    rng, levels = Random(SEED), [s for s in Segment if Segment.T2 <= s <= Segment.T12]
    return [
        exam_of_grade(rng, "ABCD"[n % 4], rng.choice(levels), recovery=rng.random(), name=f"exam {n}")
        for n in range(COUNT)
    ]


GROUPS = {"every kind, any level": all_kinds, "A to D, C5 to T1": cervical, "A to D, T2 to T12": thoracic}


def holds(exam: Exam, cells: tuple[str, ...]) -> bool:
    """Whether these cells alone, all others NT, give the same determined AIS and NLI."""
    bare = classify(replaced(exam, {name: "NT" for name in CELLS if name not in cells}))
    whole = classify(exam)
    return (bare.ais, bare.nli) == (whole.ais, whole.nli) and len(bare.joint) == 1


def main() -> int:
    """Print sizes by group; 0 when every certificate holds."""
    start, failed = time.perf_counter(), 0
    for name, make in GROUPS.items():
        found: Counter[str] = Counter()
        sizes = []
        for exam in make():
            proof = certificate(exam)
            sizes.append(len(proof.cells))
            found["smallest"] += len(proof.cells) == proof.least
            failed += not holds(exam, proof.cells)
        print(
            f"{name}: {len(sizes)} exams, median {statistics.median(sizes):.0f} of {len(CELLS)} cells "
            f"({min(sizes)} to {max(sizes)}), {found['smallest']} proven smallest"
        )
    print(f"certificates that do not hold: {failed}; seconds: {time.perf_counter() - start:.1f}")
    return 1 if failed else 0
