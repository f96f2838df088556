"""Whether an examination after the infusion shows a neurological deterioration.

It is held against the *mean* of the examinations before the infusion, not against the best value since: of
several noisy values the best is too high, and a stable person would be flagged for it
(``validation/deterioration_noise``). Grades and levels are averaged by their place in their order: 1 for A
to 5 for E, and the index of the segment. This is our reading; with equal examinations it says what it says.

Scores may be sets of possible values. A sign is yes when every possible value shows it, no when none does,
and unknown otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from myelos.answers import Answer, any_of
from myelos.safety.events import Sign
from myelos.safety.facts import NeuroScores
from myelos.safety.moments import lasting
from myelos.safety.rules import DeteriorationRules

_GRADES = "ABCDE"
AT_ONCE = (Sign.RESPIRATORY_LOSS, Sign.ASCENDING_LOSS)
"""Signs that wait for no second examiner."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an examination says, sign by sign. ``reference``: how many earlier ones it was held against."""

    signs: tuple[tuple[Sign, Answer], ...]
    reference: int
    confirm_by: datetime

    @property
    def answer(self) -> Answer:
        return any_of(answer for _, answer in self.signs)

    @property
    def at_once(self) -> bool:
        return any(sign in AT_ONCE for sign in self.which(Answer.YES))

    def which(self, answer: Answer) -> tuple[Sign, ...]:
        """The signs with this answer."""
        return tuple(sign for sign, found in self.signs if found is answer)


def assess(scores: NeuroScores, before: Sequence[NeuroScores], rules: DeteriorationRules) -> Assessment:
    """Hold ``scores`` against the last ``rules.reference_exams`` of ``before``.

    With fewer than that, every sign that needs a reference is unknown. Raises ValueError when an examination
    of ``before`` is another person's or not earlier.
    """
    if any(each.person != scores.person or each.at >= scores.at for each in before):
        raise ValueError("a reference is an earlier examination of the same person")
    reference = sorted(before, key=lambda each: each.at)[-rules.reference_exams :]
    complete = len(reference) == rules.reference_exams
    signs = [
        (sign, _worse(sign, scores, reference, limit.limit.value) if complete else Answer.UNKNOWN)
        for sign, limit in (
            (Sign.AIS, rules.ais_worse_by),
            (Sign.MOTOR_LEVEL_RIGHT, rules.motor_level_up_by),
            (Sign.MOTOR_LEVEL_LEFT, rules.motor_level_up_by),
            (Sign.UEMS, rules.uems_down_by),
            (Sign.MOTOR_TOTAL, rules.motor_total_down_by),
        )
    ]
    signs += [(Sign.RESPIRATORY_LOSS, scores.respiratory_loss), (Sign.ASCENDING_LOSS, scores.ascending_loss)]
    return Assessment(tuple(signs), len(reference), scores.at + lasting(rules.confirm_within.limit))


def _worse(sign: Sign, now: NeuroScores, before: Sequence[NeuroScores], limit: Decimal) -> Answer:
    """Whether the mean of ``before`` exceeds ``now`` by ``limit`` or more, for all, no or some values."""
    least, most = _bounds(sign, now)
    sums = [sum(bound) for bound in zip(*(_bounds(sign, each) for each in before), strict=True)]
    n = len(before)
    if sums[0] - n * most >= n * limit:
        return Answer.YES
    return Answer.NO if sums[1] - n * least < n * limit else Answer.UNKNOWN


def _bounds(sign: Sign, scores: NeuroScores) -> tuple[int, int]:
    match sign:
        case Sign.AIS:
            grades = [_GRADES.index(grade) + 1 for grade in scores.ais]
            return min(grades), max(grades)
        case Sign.MOTOR_LEVEL_RIGHT:
            return min(scores.motor_level_right), max(scores.motor_level_right)
        case Sign.MOTOR_LEVEL_LEFT:
            return min(scores.motor_level_left), max(scores.motor_level_left)
        case Sign.UEMS:
            return scores.uems
        case _:
            return scores.motor_total
