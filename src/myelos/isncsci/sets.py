"""What each cell may truly hold: NT, and tags, as sets of scores; a side as the sets the rules are run over.

Source: spec, sections "Cells that could not be tested" (certainty H) and "Tags" (H against Praxis's lists, M
as wording): NT is any score; ``v*`` is v to max - 1; ``v**`` and ``NT**`` are max; ``NT*`` is 0 to max - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from myelos.isncsci.exam import (
    BLOCKS,
    MOTOR_TOP,
    SENSORY_TOP,
    SIDES,
    Answer,
    Exam,
    KnownExam,
    KnownSide,
    Score,
    Side,
    Tag,
    cell_name,
)
from myelos.isncsci.possible import (
    FULL,
    NON_KEY,
    NORMAL,
    NOTHING,
    SIDE_SIZE,
    SOME,
    TRACE,
    USEFUL,
    ZERO,
    Numbers,
)

ANSWER_SETS = {Answer.NO: 1, Answer.YES: 2, Answer.NT: 3}
"""VAC or DAP as a set: 1 no, 2 yes."""


def allowed(score: Score, tags: bool = True) -> tuple[int, ...]:
    """The scores a cell may truly have as far as the spinal cord goes, least first; without ``tags``, as if
    it carried none."""
    low, high = (0, score.top) if score.value is None else (score.value, score.value)
    if tags and score.tag is Tag.NORMAL:
        low = high = score.top
    elif tags and score.tag is Tag.NOT_NORMAL:
        high = score.top - 1
    return tuple(range(low, high + 1))


def has_tags(exam: Exam) -> bool:
    """Whether any cell carries a tag."""
    sides = (exam.right, exam.left)
    return any(score.tag for side in sides for block in side.blocks for score in block)


def side_sets(side: Side, tags: bool = True, non_key: bool = True) -> Numbers:
    """A side as :mod:`myelos.isncsci.possible` takes it; ``non_key`` False leaves the entry out."""
    sets = [0] * SIDE_SIZE
    muscle, skin = (_muscle, _skin) if tags else (_muscle_untagged, _skin_untagged)
    for i, score in enumerate(side.motor):
        for part in muscle(score):
            sets[part] |= 1 << i
    for i, (touch, prick) in enumerate(zip(side.light_touch, side.pin_prick, strict=True)):
        for part in skin(touch, prick):
            sets[part] |= 1 << i
    sets[NON_KEY] = int(side.non_key) if side.non_key is not None and non_key else 0
    return sets


def muscle_parts(values: Sequence[int]) -> tuple[int, ...]:
    """The states a key muscle may be in, for the scores it may have."""
    wanted = {0: ZERO, 1: TRACE, 2: TRACE, 3: USEFUL, 4: USEFUL, MOTOR_TOP: FULL}
    return tuple(sorted({wanted[value] for value in values}))


def skin_parts(touches: Sequence[int], pricks: Sequence[int]) -> tuple[int, ...]:
    """The states a dermatome may be in, for the light touch and pin prick scores it may have."""
    states = {2 * SENSORY_TOP: NORMAL, 0: NOTHING}
    return tuple(sorted({states.get(touch + prick, SOME) for touch in touches for prick in pricks}))


@cache
def _muscle(score: Score) -> tuple[int, ...]:
    return muscle_parts(allowed(score))


@cache
def _muscle_untagged(score: Score) -> tuple[int, ...]:
    return muscle_parts(allowed(score, tags=False))


@cache
def _skin(touch: Score, prick: Score) -> tuple[int, ...]:
    return skin_parts(allowed(touch), allowed(prick))


@cache
def _skin_untagged(touch: Score, prick: Score) -> tuple[int, ...]:
    return skin_parts(allowed(touch, tags=False), allowed(prick, tags=False))


def extreme(exam: Exam, anal: Answer, high: bool, tags: bool = True) -> KnownExam:
    """The completion in which every cell has the least, or with ``high`` the greatest, score it may have.

    ``anal`` is the answer the edition asks for (DAP, or any anal sensation).
    """
    pick = _highest if high else _lowest

    def side(one: Side) -> KnownSide:
        blocks = (one.motor, one.light_touch, one.pin_prick)
        motor, touch, prick = (tuple([pick(score, tags) for score in block]) for block in blocks)
        return KnownSide(motor, touch, prick, one.non_key)

    def answer(one: Answer) -> bool:
        return bool(ANSWER_SETS[one] & 2) if high else not ANSWER_SETS[one] & 1

    return KnownExam(side(exam.right), side(exam.left), answer(exam.vac), answer(anal))


@cache
def _lowest(score: Score, tags: bool) -> int:
    return allowed(score, tags)[0]


@cache
def _highest(score: Score, tags: bool) -> int:
    return allowed(score, tags)[-1]


def unknown_cells(exam: Exam, anal: str = "dap", tagged: bool = False) -> list[str]:
    """The names of the cells that are NT without a tag, the answers last; with ``tagged`` those with a tag.

    ``anal`` is the answer the edition asks for: ``dap`` or ``any_anal_sensation``.
    """
    wanted: Callable[[Score], bool] = (
        (lambda score: bool(score.tag)) if tagged else (lambda score: score.value is None and not score.tag)
    )
    cells = [
        cell_name(name, block, segment)
        for name in SIDES
        for (block, segments, _), scores in zip(BLOCKS, exam.side(name).blocks, strict=True)
        for segment, score in zip(segments, scores, strict=True)
        if wanted(score)
    ]
    answers = (("vac", exam.vac), (anal, getattr(exam, anal)))
    return cells + [name for name, answer in answers if answer is Answer.NT and not tagged]
