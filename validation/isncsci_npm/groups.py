"""The made-up exams that are not fully tested: which cells could not be tested, and which carry tags."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from random import Random

from myelos.isncsci import Exam
from myelos.isncsci.exam import BLOCKS, CELLS, SIDES, cell_name, replaced
from myelos.isncsci.sets import has_tags
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

MOST = 6
"""One to six cells of an exam are changed."""


def _exams(rng: Random, name: str) -> Iterator[tuple[int, Exam]]:
    """(how many cells to change, exam): kinds in turn, every other round with non-key entries, and one cell
    more every second round."""
    kinds = list(KINDS)
    rounds = 2 * len(kinds)
    for i in count(0):
        non_key = i // len(kinds) % 2 == 1
        exam = synthetic_exam(rng, kinds[i % len(kinds)], non_key=non_key, name=f"synthetic-{name}-{i}")
        yield 1 + i // rounds % MOST, exam


def anywhere(many: int, seed: int) -> Iterator[Exam]:
    """One to six of the 134 cells, drawn at random, are NT."""
    rng = Random(seed)
    for cells, exam in islice(_exams(rng, "nt"), many):
        yield untested(rng, exam, cells)


def anal(many: int, seed: int) -> Iterator[Exam]:
    """VAC, or DAP, or both are NT, and other cells drawn at random; one to six in all."""
    rng = Random(seed)
    for cells, exam in islice(_exams(rng, "anal"), many):
        chosen = rng.choice((("vac",), ("dap",), ("vac", "dap")))[:cells]
        others = rng.sample([name for name in CELLS if name not in ("vac", "dap")], cells - len(chosen))
        yield replaced(exam, dict.fromkeys((*chosen, *others), "NT"))


def tagged_scores(many: int, seed: int) -> Iterator[Exam]:
    """Every cell is tested; one to six impaired ones (all, where there are fewer) carry a tag."""
    return islice(filter(has_tags, _tagged_scores(Random(seed))), many)


def _tagged_scores(rng: Random) -> Iterator[Exam]:
    for cells, exam in _exams(rng, "tags"):
        impaired = [
            cell_name(name, block, segment)
            for name in SIDES
            for (block, segments, top), scores in zip(BLOCKS, exam.side(name).blocks, strict=True)
            for segment, score in zip(segments, scores, strict=True)
            if score.value != top
        ]
        chosen = rng.sample(impaired, min(cells, len(impaired)))
        yield replaced(exam, {name: rng.choice(("*", "**")) for name in chosen})


def tagged_anywhere(many: int, seed: int) -> Iterator[Exam]:
    """One to six cells drawn at random are NT, NT with a tag, or their score with a tag; one tag or more."""
    rng = Random(seed)
    exams = (untested(rng, exam, cells, tagged=0.75) for cells, exam in _exams(rng, "nt-tags"))
    return islice(filter(has_tags, exams), many)
