"""Proof by enumeration: the plain rules of ``myelos.isncsci.rules`` over every completion of an exam.

A completion is a fully tested exam, every cell that could not be tested having one of the scores it may have,
all six grades of a muscle included. Nothing of ``myelos.isncsci.possible`` is used here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from myelos.isncsci import Exam, Reading, rules
from myelos.isncsci.classification import zones_of
from myelos.isncsci.editions import OUTPUTS, Edition, rules_of
from myelos.isncsci.exam import Answer, KnownExam, KnownSide, Side
from myelos.isncsci.sets import allowed
from validation.isncsci_npm.tested import rule_of
from validation.isncsci_npm.witness import Outputs

_ANSWERS = {Answer.NO: (False,), Answer.YES: (True,), Answer.NT: (False, True)}

Attained = dict[str, dict[str, KnownExam]]
"""Of each output every value it takes, with the first completion that gives it."""


def _cells(exam: Exam) -> list[list[tuple[int, ...]]]:
    return [[allowed(score) for score in block] for side in (exam.right, exam.left) for block in side.blocks]


def how_many(exam: Exam) -> int:
    """The number of completions."""
    scores = prod(len(cell) for block in _cells(exam) for cell in block)
    return scores * len(_ANSWERS[exam.vac]) * len(_ANSWERS[exam.dap])


def completions(exam: Exam) -> Iterator[KnownExam]:
    """Every fully tested exam that ``exam`` may be."""
    blocks = [product(*cells) for cells in _cells(exam)]
    answers = product(_ANSWERS[exam.vac], _ANSWERS[exam.dap])
    for held in product(*blocks, answers):
        right = KnownSide(held[0], held[1], held[2], exam.right.non_key)
        left = KnownSide(held[3], held[4], held[5], exam.left.non_key)
        yield KnownExam(right, left, bool(held[6][0]), bool(held[6][1]))


def plain(known: KnownExam, reading: Reading) -> Outputs:
    """The eleven outputs of a fully tested exam, by the plain rules."""
    found = rules.find(known, rules_of(Edition.Y2019, reading))
    levels = (found.sensory_right, found.sensory_left, found.motor_right, found.motor_left, found.nli)
    zones = ("NA" if zone is None else zone.label for zone in zones_of(known, found))
    (grade,) = rules.ais(found)
    words = (*(level.label for level in levels), "C" if found.complete else "I", grade, *zones)
    return dict(zip(OUTPUTS, words, strict=True))


def attained(exam: Exam, reading: Reading = Reading.PRAXIS) -> Attained:
    """The values that the outputs take over all completions, each with a completion to show for it."""
    union: Attained = {output: {} for output in OUTPUTS}
    for known in completions(exam):
        for output, value in plain(known, reading).items():
            union[output].setdefault(value, known)
    return union


def completed(name: str, known: KnownExam) -> Exam:
    """A completion as an exam with the id ``name``."""
    right, left = (
        Side.known(side.motor, side.light_touch, side.pin_prick, side.non_key)
        for side in (known.right, known.left)
    )
    vac, dap = (Answer.YES if held else Answer.NO for held in (known.vac, known.dap))
    return Exam(name, right, left, vac, dap)


def set_aside(exam: Exam, output: str, ours: frozenset[str]) -> str | None:
    """``R3`` or ``R7`` when it alone accounts for the difference between our two readings of an output.

    It does when ``ours`` is what our default gives over all completions, and each completion that the
    readings give different values is explained by :func:`~validation.isncsci_npm.tested.rule_of`. None
    otherwise.
    """
    union: set[str] = set()
    named: set[str] = set()
    for known in completions(exam):
        default, praxis = plain(known, Reading.MYELOS), plain(known, Reading.PRAXIS)
        union.add(default[output])
        if default[output] != praxis[output]:
            rule = rule_of(output, completed(exam.id, known), default, praxis)
            named.add("none" if rule is None else rule.partition(":")[0])
    return named.pop() if union == ours and len(named) == 1 and named <= {"R3", "R7"} else None
