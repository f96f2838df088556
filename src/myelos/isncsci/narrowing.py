"""What each cell of an examination may still hold, changed one cell at a time, and what follows from it.

The rules see a key muscle in four classes (0; 1 or 2; 3 or 4; 5), a light touch or pin prick score in three
(0; 1; 2), an answer in two (no; yes). A *sheet* keeps, for each of the 134 cells, the set of classes it may
be in, and the two sides of :mod:`myelos.isncsci.possible` made of them; to change a cell changes a few bits.
An *oracle* answers what the chosen outputs may be, each question once. Source: spec, section "Cells that
could not be tested" (certainty H).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from myelos.isncsci import possible
from myelos.isncsci.classification import GRADES, anal_answer, rule_numbers, written
from myelos.isncsci.editions import OUTPUTS, RuleSet
from myelos.isncsci.exam import (
    CELLS,
    MOTOR_TOP,
    SENSORY_TOP,
    SIDES,
    Answer,
    Exam,
    KnownExam,
    KnownSide,
    Score,
)
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, Segment
from myelos.isncsci.sets import ANSWER_SETS, allowed, side_sets

MUSCLE_SCORES = ((0,), (1, 2), (3, 4), (MOTOR_TOP,))
"""The motor grades of each class."""

ANSWERS = (Answer.NO, Answer.YES)
"""The answers of each class of VAC and DAP."""

_MUSCLES, _SKIN = len(KEY_MUSCLES), len(DERMATOMES)
PER_SIDE = _MUSCLES + 2 * _SKIN
"""How many cells a side has."""

VAC, ANAL = 2 * PER_SIDE, 2 * PER_SIDE + 1
"""The places of VAC and of DAP (or any anal sensation) among the cells."""

WHOLE = tuple(3 if cell >= VAC else 15 if cell % PER_SIDE < _MUSCLES else 7 for cell in range(len(CELLS)))
"""Every class of each cell: what nothing is known of."""

JOINED = ("ais", "nli")
"""The outputs whose values are known jointly, as pairs."""

Held = tuple[int, ...]
"""Sets of values: five sets of NLIs, one a grade, when AIS and NLI are both asked for, then a set for each of
the other outputs asked for."""


def is_muscle(cell: int) -> bool:
    """Whether a cell (by its place in CELLS) is a motor grade."""
    return cell < VAC and cell % PER_SIDE < _MUSCLES


@cache
def _classes(score: Score) -> int:
    """The classes a score's cell may be in, as a set."""
    values = allowed(score)
    if score.top == SENSORY_TOP:
        return sum(1 << value for value in values)
    return sum(1 << i for i, scores in enumerate(MUSCLE_SCORES) if set(scores) & set(values))


@cache
def skin_state(touch: int, prick: int) -> int:
    """The states (bit 0 normal, 1 abnormal but felt, 2 not felt) a dermatome may be in."""
    found = 0
    for one in range(SENSORY_TOP + 1):
        for other in range(SENSORY_TOP + 1):
            if touch >> one & 1 and prick >> other & 1:
                found |= {0: 4, 2 * SENSORY_TOP: 1}.get(one + other, 2)
    return found


class Sheet:
    """The classes each cell of ``exam`` may be in, by place in CELLS; mutable.

    ``masks`` are those sets (read them, change them by :meth:`put`), ``sides`` the two sides and ``answers``
    the two sets of answers that :mod:`myelos.isncsci.possible` takes, ``names`` the names of the cells: under
    the 1992 edition the last is ``any_anal_sensation``. Raises Refused as :func:`~myelos.isncsci.classify`.
    """

    def __init__(self, exam: Exam, chosen: RuleSet) -> None:
        self.exam = exam
        sides = (exam.right, exam.left)
        self.scores = [score for side in sides for block in side.blocks for score in block]
        answers = (exam.vac, anal_answer(exam, chosen))
        self.masks = [_classes(score) for score in self.scores] + [ANSWER_SETS[one] for one in answers]
        self.sides = [side_sets(side, non_key=chosen.entries) for side in sides]
        self.answers = [ANSWER_SETS[one] for one in answers]
        self.names = (*CELLS[:-1], "any_anal_sensation" if chosen.any_anal_sensation else "dap")

    def put(self, cell: int, mask: int) -> None:
        """Let a cell be in the classes ``mask``, whatever it was."""
        self.masks[cell] = mask
        if cell >= VAC:
            self.answers[cell - VAC] = mask
            return
        side, place = self.sides[cell >= PER_SIDE], cell % PER_SIDE
        if place < _MUSCLES:
            _write(side, possible.ZERO, 4, place, mask)
            return
        place = (place - _MUSCLES) % _SKIN
        state = skin_state(mask, self.masks[partner(cell)])
        _write(side, possible.NORMAL, 3, place, state)

    def open(self) -> list[int]:
        """The cells that may be in more than one class."""
        return [cell for cell, mask in enumerate(self.masks) if mask & (mask - 1)]

    def untested(self) -> list[int]:
        """The cells that are NT and carry no tag, whatever was put since."""
        found = [cell for cell, score in enumerate(self.scores) if score.value is None and not score.tag]
        answers = ((VAC, self.exam.vac), (ANAL, getattr(self.exam, self.names[ANAL])))
        return found + [cell for cell, answer in answers if answer is Answer.NT]

    def informed(self) -> list[int]:
        """The cells that were tested or carry a tag: all but those of :meth:`untested`."""
        untested = set(self.untested())
        return [cell for cell in range(len(CELLS)) if cell not in untested]

    def texts(self, cell: int, mask: int) -> list[str]:
        """What may be written for a cell in the classes ``mask``, least first: scores, or ``no``, ``yes``."""
        if cell >= VAC:
            return [answer.value for i, answer in enumerate(ANSWERS) if mask >> i & 1]
        return [str(score) for score in self._scores(cell, mask)]

    def _scores(self, cell: int, mask: int) -> list[int]:
        """The scores a cell may truly have (tags read) that are in the classes ``mask``."""
        classes = MUSCLE_SCORES if is_muscle(cell) else tuple((i,) for i in range(SENSORY_TOP + 1))
        wanted = {score for i, scores in enumerate(classes) if mask >> i & 1 for score in scores}
        return [score for score in allowed(self.scores[cell]) if score in wanted]

    def known(self) -> KnownExam:
        """The examination in which every cell has the least score of its class. Raises ValueError while a
        cell may be in several."""
        if self.open():
            raise ValueError(f"{len(self.open())} cells are not known")
        least = [self._scores(cell, self.masks[cell])[0] for cell in range(VAC)]
        sides = []
        for start, name in zip((0, PER_SIDE), SIDES, strict=True):
            skin = start + _MUSCLES
            blocks = (least[start:skin], least[skin : skin + _SKIN], least[skin + _SKIN : start + PER_SIDE])
            motor, touch, prick = (tuple(block) for block in blocks)
            sides.append(KnownSide(motor, touch, prick, self.exam.side(name).non_key))
        return KnownExam(sides[0], sides[1], self.masks[VAC] == 2, self.masks[ANAL] == 2)


def _write(side: list[int], first: int, parts: int, place: int, mask: int) -> None:
    bit = 1 << place
    for i in range(parts):
        if mask >> i & 1:
            side[first + i] |= bit
        else:
            side[first + i] &= ~bit


_Grid = tuple[list[int], list[int], int]


class Oracle:
    """What the chosen outputs may be, for any sheet of an examination, under the rules chosen.

    Answers are kept, so that a question asked again costs nothing; AIS and NLI alone skip the zones. Raises
    ValueError for an output that the edition does not give, or for none.
    """

    def __init__(self, outputs: Sequence[str], chosen: RuleSet) -> None:
        if not outputs or (wrong := set(outputs) - set(chosen.outputs)):
            raise ValueError(f"no such output: {', '.join(sorted(wrong)) if outputs else '(none)'}")
        self.outputs = tuple(name for name in OUTPUTS if name in outputs)
        self.joint = set(JOINED) <= set(outputs)
        self.chosen = chosen
        rest = [name for name in self.outputs if not (self.joint and name in JOINED)]
        self._rest = [OUTPUTS.index(name) for name in rest]
        self._levels_only = set(outputs) <= set(JOINED)
        self._rules = rule_numbers(chosen)
        self._work = possible.workspace()
        self._result = [0] * possible.RESULT_SIZE
        self._grids: dict[tuple[int, ...], _Grid] = {}
        self._held: dict[tuple[int, ...], Held] = {}

    def held(self, sheet: Sheet) -> Held:
        """The sets of values for a sheet."""
        return self.of(sheet.sides[0], sheet.sides[1], sheet.answers[0], sheet.answers[1])

    def of(self, right: Sequence[int], left: Sequence[int], vac: int, anal: int) -> Held:
        """The sets of values for two sides and two sets of answers (see :mod:`myelos.isncsci.possible`)."""
        one, other = tuple(right), tuple(left)
        if self._levels_only and one > other:
            one, other = other, one  # AIS and NLI do not ask which side is which
        key = (*one, *other, vac, anal)
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = self._asked(one, other, vac, anal)
        return found

    def _asked(self, right: tuple[int, ...], left: tuple[int, ...], vac: int, anal: int) -> Held:
        result = self._result
        if self._levels_only:
            low_r, high_r, levels_r = self._grid(right)
            low_l, high_l, levels_l = self._grid(left)
            possible.join(low_r[:], high_r[:], levels_r, low_l[:], high_l[:], levels_l, vac, anal,
                          self._rules, result)  # fmt: skip
        else:
            possible.possible(list(right), list(left), vac, anal, self._rules, self._work, result)
        joint = result[possible.JOINT : possible.JOINT + 5] if self.joint else []
        return (*joint, *(result[i] for i in self._rest))

    def _grid(self, side: tuple[int, ...]) -> _Grid:
        found = self._grids.get(side)
        if found is None:
            boxes, low, high, summary = self._work[0], self._work[2][:], self._work[3][:], self._work[6]
            count = possible.fill_boxes(list(side), boxes)
            by_nli = self._rules[possible.MOTOR_BELOW_NLI]
            possible.fill_grid(boxes, count, side[possible.NON_KEY], by_nli, low, high, summary)
            found = self._grids[side] = (low, high, summary[possible.LEVELS])
        return found

    def size(self, held: Held) -> int:
        """How many results are left: pairs of AIS and NLI when both are asked for, times the values of each
        other output."""
        total = sum(one.bit_count() for one in held[:5]) if self.joint else 1
        for one in held[5 if self.joint else 0 :]:
            total *= one.bit_count()
        return total

    def differ(self, one: Held, other: Held) -> bool:
        """Whether no result is in both: the pairs of AIS and NLI, or the values of some other output, are
        disjoint."""
        start = 5 if self.joint else 0
        if self.joint and not any(a & b for a, b in zip(one[:5], other[:5], strict=True)):
            return True
        return any(not a & b for a, b in zip(one[start:], other[start:], strict=True))

    def values(self, held: Held) -> tuple[str, ...]:
        """The results left, in words of the outputs: ``C C5`` for a pair of AIS and NLI; where other outputs
        are asked for, ``output=value`` for each of their values."""
        return tuple(self._said(held))

    def _said(self, held: Held) -> list[str]:
        said = []
        if self.joint:
            pairs = zip(GRADES, held[:5], strict=True)
            said = [f"{grade} {level}" for grade, levels in pairs for level in written("nli", levels)]
        rest = zip(self._rest, held[5 if self.joint else 0 :], strict=True)
        return said + [f"{OUTPUTS[i]}={value}" for i, one in rest for value in written(OUTPUTS[i], one)]


def partner(cell: int) -> int:
    """The pin prick cell of the dermatome of a light touch cell, and the other way round."""
    return cell + _SKIN if cell % PER_SIDE < _MUSCLES + _SKIN else cell - _SKIN


def segment_of(cell: int) -> Segment:
    """The segment of a cell; INT for VAC and DAP."""
    if cell >= VAC:
        return Segment.INT
    place = cell % PER_SIDE
    return KEY_MUSCLES[place] if place < _MUSCLES else DERMATOMES[(place - _MUSCLES) % _SKIN]
