"""The plain rules over every completion: slow, without a thought, and the measure of everything faster."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from myelos.isncsci import Exam, possible, rules
from myelos.isncsci.classification import anal_answer, known_sets
from myelos.isncsci.editions import RuleSet
from myelos.isncsci.exam import Answer, KnownExam, KnownSide
from myelos.isncsci.sets import allowed

ANSWERS = {Answer.NO: (False,), Answer.YES: (True,), Answer.NT: (False, True)}


def _cells(exam: Exam, tags: bool) -> list[list[tuple[int, ...]]]:
    return [[allowed(s, tags) for s in block] for side in (exam.right, exam.left) for block in side.blocks]


def completions(exam: Exam, chosen: RuleSet, tags: bool = True) -> Iterator[KnownExam]:
    """Every examination that ``exam`` may be, all six grades of a muscle included."""
    blocks = [product(*cells) for cells in _cells(exam, tags)]
    answers = product(ANSWERS[exam.vac], ANSWERS[anal_answer(exam, chosen)])
    for held in product(*blocks, answers):
        right = KnownSide(held[0], held[1], held[2], exam.right.non_key)
        left = KnownSide(held[3], held[4], held[5], exam.left.non_key)
        yield KnownExam(right, left, *held[6])


def enumerated(exam: Exam, chosen: RuleSet, tags: bool = True) -> list[int]:
    """The union of the plain rules' results over all completions, as the sets of ``possible``."""
    union = [0] * possible.RESULT_SIZE
    for known in completions(exam, chosen, tags):
        found = rules.find(known, chosen)
        for i, held in enumerate(known_sets(known, found)):
            union[i] |= held
        if rules.all_scores_normal(known) and not known.vac:
            union[possible.FINDINGS] |= possible.ONLY_CONTRACTION
        if "D" in rules.ais(found):
            if not found.muscles_below_nli:
                union[possible.FINDINGS] |= possible.NO_MUSCLE_BELOW
            if found.incomplete_by_non_key_only and not chosen.motor_below_nli:
                union[possible.FINDINGS] |= possible.ZONE_BY_ENTRY_IN_D
    return union
