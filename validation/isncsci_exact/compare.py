"""100,000 examinations with 1 to 6 untested or tagged cells, VAC and DAP among them, against brute force.

Every completion is a fully tested examination; the compiled form for fully tested examinations scores it
(tests hold that form equal to the plain rules; here it is held to them once more, on 20,000 completions drawn
anew), and the union of what comes out must be the sets given, for all eleven outputs and for AIS with NLI.
Completions run over the grades 0, 1, 3 and 5: 2 counts as 1 and 4 as 3 in every rule
(``tests/isncsci/test_properties.py``).

The generator is :mod:`myelos.isncsci.synthetic`: complete, B, C, D, central cord, Brown-Sequard, anterior
cord, conus, uneven, normal, nearly normal, noise, in turn; every other one with non-key entries; two in five
with tags.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from myelos.isncsci import Edition, Exam, Reading, rules
from myelos.isncsci.classification import known_sets
from myelos.isncsci.cohorts.columns import column_map, score_codes
from myelos.isncsci.cohorts.kernel import ROWS, SIDE_CELLS
from myelos.isncsci.cohorts.table import Job, run_blocks
from myelos.isncsci.editions import OUTPUTS, RuleSet, rules_of
from myelos.isncsci.exam import BLOCKS, SIDES, Answer, KnownExam, KnownSide, Score, replaced
from myelos.isncsci.records import Missing
from myelos.isncsci.segments import Segment
from myelos.isncsci.sets import allowed
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

EXAMS = 100_000
PLAIN = 20_000
BATCH = 500
SEED = 20111
RULES = (
    rules_of(),
    rules_of(Edition.Y2019, Reading.PRAXIS),
    rules_of(Edition.Y2015),
    rules_of(Edition.Y1992),
)
"""Every examination by the 2019 edition; one in ten by each of the others, too."""

CLASSES = {0: 0, 1: 1, 2: 1, 3: 3, 4: 3, 5: 5}
ANSWERS = {Answer.NO: (0,), Answer.YES: (1,), Answer.NT: (0, 1)}
Codes = NDArray[np.uint8]


def made_up(count: int, seed: int) -> Iterator[Exam]:
    """Examinations of every kind with 1 to 6 cells untested or tagged; one in ten without VAC, or DAP."""
    rng, kinds = Random(seed), list(KINDS)
    for n in range(count):
        whole = synthetic_exam(
            rng, kinds[n % len(kinds)], non_key=n // len(kinds) % 2 == 1, name=f"made up {n}"
        )
        exam = untested(rng, whole, rng.randint(1, 6), tagged=0.5 if n % 5 < 2 else 0.0)
        yield replaced(exam, {name: "NT" for name in ("vac", "dap") if rng.random() < 0.1})


def cells_of(exam: Exam) -> list[tuple[int, ...]]:
    """For every cell the scores that it may have, one of each class, in the order of a block's rows."""
    cells = [_classes(score) for name in SIDES for block in exam.side(name).blocks for score in block]
    entries = [(int(side.non_key or 0),) for side in (exam.right, exam.left)]
    return [*cells, ANSWERS[exam.vac], ANSWERS[exam.dap], *entries]


def _classes(score: Score) -> tuple[int, ...]:
    values = allowed(score)
    return tuple(sorted({CLASSES[value] for value in values})) if score.top > 2 else values


def completions(exam: Exam) -> Codes:
    """Every completion, cells by completions."""
    cells = cells_of(exam)
    open_ = [i for i, values in enumerate(cells) if len(values) > 1]
    chosen = np.array(list(itertools.product(*(cells[i] for i in open_))), dtype=np.uint8)
    codes = np.repeat(np.array([[values[0]] for values in cells], dtype=np.uint8), len(chosen), axis=1)
    codes[open_] = chosen.T
    return codes


def written(exam: Exam) -> Codes:
    """The examination as it is, as a block of one column."""
    answers = {Answer.NO: 0, Answer.YES: 1, Answer.NT: 2}
    tops = [top for _ in SIDES for _, segments, top in BLOCKS for _ in segments]
    scores = [str(score) for name in SIDES for block in exam.side(name).blocks for score in block]
    codes = [score_codes(top)[text] for top, text in zip(tops, scores, strict=True)]
    entries = [int(side.non_key or 0) for side in (exam.right, exam.left)]
    return np.array([[*codes, answers[exam.vac], answers[exam.dap], *entries]], dtype=np.uint8).T


def sets_of(codes: Codes, chosen: RuleSet) -> NDArray[np.uint32]:
    """The sets of every column: eleven outputs and the NLIs of each grade."""
    return run_blocks(codes, Job(column_map("ours"), chosen, Missing.ERROR, joint=True)).sets


def disagreeing(exams: Sequence[Exam], chosen: RuleSet) -> tuple[list[str], int]:
    """The ids of those whose sets are not the union over their completions; how many completions."""
    all_of = [completions(exam) for exam in exams]
    starts = np.cumsum([0, *(codes.shape[1] for codes in all_of[:-1])])
    enumerated = np.bitwise_or.reduceat(sets_of(np.concatenate(all_of, axis=1), chosen), starts, axis=1)
    given = sets_of(np.concatenate([written(exam) for exam in exams], axis=1), chosen)
    wrong = np.flatnonzero((enumerated != given).any(axis=0))
    return [exams[i].id for i in wrong], sum(codes.shape[1] for codes in all_of)


def plain_differs(codes: Codes, chosen: RuleSet) -> int:
    """In how many of these fully tested examinations the plain rules give anything else."""
    sets = sets_of(codes, chosen)
    return sum(
        known_sets(known, rules.find(known, chosen))[:16] != [int(held) for held in sets[:, i]]
        for i, known in enumerate(_known(column) for column in codes.T)
    )


def _known(column: Codes) -> KnownExam:
    values = [int(code) for code in column]
    entries = [Segment(value) if value else None for value in values[2 * SIDE_CELLS + 2 : ROWS]]
    sides = []
    for at, entry in zip((0, SIDE_CELLS), entries, strict=True):
        motor, touch, prick = values[at : at + 10], values[at + 10 : at + 38], values[at + 38 : at + 66]
        sides.append(KnownSide(tuple(motor), tuple(touch), tuple(prick), entry))
    vac, dap = values[2 * SIDE_CELLS : 2 * SIDE_CELLS + 2]
    return KnownExam(sides[0], sides[1], bool(vac), bool(dap))


def main() -> int:
    """Compare and print; 0 when every set is exact."""
    start = time.perf_counter()
    wrong: list[str] = []
    total, open_outputs = 0, Counter[int]()
    compared = dict.fromkeys(RULES, 0)
    drawn: list[Codes] = []
    rng = np.random.default_rng(SEED)
    for number, exams in enumerate(_batches(made_up(EXAMS, SEED))):
        for chosen in (RULES[0], *(RULES[1:] if number % 10 == 0 else ())):
            ids, count = disagreeing(exams, chosen)
            wrong += [f"{name} by {chosen.edition}, {chosen.reading}" for name in ids]
            total += count
            compared[chosen] += len(exams)
        given = sets_of(np.concatenate([written(exam) for exam in exams], axis=1), RULES[0])[: len(OUTPUTS)]
        open_outputs.update(((given & (given - 1)) != 0).sum(axis=0).tolist())
        some = completions(exams[int(rng.integers(len(exams)))])
        drawn.append(some[:, rng.integers(some.shape[1], size=PLAIN * BATCH // EXAMS)])
    for chosen, count in compared.items():
        print(
            f"{count} examinations by {chosen.edition}, reading {chosen.reading}: all completions enumerated"
        )
    print(f"{total:,} completions scored; examinations whose sets are not their union: {len(wrong)}")
    print("\n".join(wrong[:20]), end="\n" if wrong else "")
    undetermined = sum(count for several, count in open_outputs.items() if several)
    print(f"{undetermined} of {EXAMS} examinations leave at least one output open")
    differ = sum(plain_differs(np.concatenate(drawn, axis=1), chosen) for chosen in RULES)
    checked = sum(each.shape[1] for each in drawn)
    print(f"{len(RULES)} x {checked} completions by the plain rules: {differ} differ")
    print(f"seconds: {time.perf_counter() - start:.1f}")
    return 1 if wrong or differ else 0


def _batches(exams: Iterator[Exam]) -> Iterator[list[Exam]]:
    while batch := list(itertools.islice(exams, BATCH)):
        yield batch
