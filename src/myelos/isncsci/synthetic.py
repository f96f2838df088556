"""Made-up examinations from a seeded generator, fully tested or in part. No row is a person.

:func:`exam_of_grade` makes an examination of a wanted grade and level; :func:`synthetic_exam` draws from
the :data:`KINDS` of injury that textbooks describe, and from noise; :func:`untested` takes cells away from an
examination and tags others. Every id begins with ``synthetic``
unless the caller names it. The shapes are caricatures for tests, demonstrations and comparisons between
programs; their frequencies and scores describe no population.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from myelos.isncsci.exam import CELLS, Answer, Exam, Side, replaced
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, LEG_MUSCLES, Segment

LEVELS: tuple[Segment, ...] = tuple(s for s in Segment if s <= Segment.S3)
"""The levels an injury can have here: C1 to S3 (INT belongs to grade E; S4-5 is no level)."""

_SACRAL = len(DERMATOMES) - 1


@dataclass(slots=True)
class _Draft:
    """Plain numbers of a side while it is being made up; normal at first."""

    motor: list[int] = field(default_factory=lambda: [5] * len(KEY_MUSCLES))
    light_touch: list[int] = field(default_factory=lambda: [2] * len(DERMATOMES))
    pin_prick: list[int] = field(default_factory=lambda: [2] * len(DERMATOMES))
    non_key: Segment | None = None

    def side(self) -> Side:
        return Side.known(self.motor, self.light_touch, self.pin_prick, self.non_key)


def _exam(name: str, right: _Draft, left: _Draft, vac: bool, dap: bool) -> Exam:
    answers = {True: Answer.YES, False: Answer.NO}
    return Exam(name, right.side(), left.side(), answers[vac], answers[dap])


def exam_of_grade(
    rng: Random, grade: str, level: Segment, *, recovery: float = 0.0, name: str = "synthetic"
) -> Exam:
    """A made-up examination whose AIS is exactly ``grade`` and whose single level (NLI) is ``level``.

    ``recovery`` (0 to 1) is the part of the lost motor points, of those that grade and level leave free,
    that is regained: with an ``rng`` in the same state a larger one never lowers a motor grade. ``name``
    becomes the id. Grade E takes level INT. Raises ValueError for a pair that cannot be (E elsewhere, any
    other grade at INT or S4-5, C from S1 down) and for a recovery outside 0 to 1.
    """
    _check_possible(grade, level, recovery)
    right, left = _Draft(), _Draft()
    if grade == "E":
        return _exam(name, right, left, True, True)
    vac = grade in "CD" and (level >= Segment.L3 or rng.random() < 0.7)
    for draft in (right, left):
        _fade_sensation(rng, draft, level, complete=grade == "A")
    held_below = rng.choice((0, 1)) if level < Segment.S3 else int(grade != "A")
    right.light_touch[level - Segment.C1] = held_below
    dap = grade != "A" and rng.random() < 0.8
    if grade != "A" and not dap:
        right.light_touch[_SACRAL] = 1
    _grade_muscles(rng, (right, left), grade, level, vac, recovery)
    return _exam(name, right, left, vac, dap)


def _check_possible(grade: str, level: Segment, recovery: float) -> None:
    if grade not in tuple("ABCDE"):
        raise ValueError(f"{grade!r} is not a grade")
    if (grade == "E") != (level is Segment.INT) or level is Segment.S4_5:
        raise ValueError(f"no examination has AIS {grade} and level {level}")
    if grade == "C" and level >= Segment.S1:
        raise ValueError(f"no key muscle lies below {level}: AIS C cannot be")
    if not 0 <= recovery <= 1:
        raise ValueError(f"recovery {recovery} is not in 0 to 1")


def _fade_sensation(rng: Random, draft: _Draft, level: Segment, complete: bool) -> None:
    """Sensation below the level: patchy, in a complete injury for one to three segments only."""
    depth = rng.randint(1, 3) if complete else len(DERMATOMES)
    for index in range(level - Segment.C1, len(DERMATOMES)):
        fades = index - (level - Segment.C1) >= depth or (complete and index == _SACRAL)
        for scores in (draft.light_touch, draft.pin_prick):
            drawn = rng.choice((0, 1, 1, 2))
            scores[index] = 0 if fades else drawn


def _grade_muscles(
    rng: Random, drafts: tuple[_Draft, _Draft], grade: str, level: Segment, vac: bool, recovery: float
) -> None:
    """Motor grades below the level as the grade asks; one right muscle stays far below it when VAC is no."""
    below = [(side, i) for i, segment in enumerate(KEY_MUSCLES) if segment > level for side in (0, 1)]
    rng.shuffle(below)
    share = {"A": 0.0, "B": 0.0, "C": rng.uniform(0.0, 0.45), "D": rng.uniform(0.5, 1.0)}[grade]
    held = (0, KEY_MUSCLES.index(level + 1)) if level + 1 in KEY_MUSCLES and not vac else None
    useful = [cell for cell in below if cell != held]
    wanted = -int(-share * len(below) // 1) if grade == "D" else int(share * len(below))
    chosen = set(useful[:wanted])
    for side, i in sorted(below):
        low, high = _bounds(grade, KEY_MUSCLES[i] - level, (side, i) in chosen)
        drawn = rng.randint(low, min(high, max(low, 3)))
        if (side, i) == held:
            high = min(high, 2)
        drawn = min(drawn, high)
        drafts[side].motor[i] = drawn + round(recovery * (high - drawn))
    if grade in "CD" and not vac:
        drafts[0].motor[-1] = max(1, drafts[0].motor[-1])


def _bounds(grade: str, distance: int, useful: bool) -> tuple[int, int]:
    """Least and greatest motor grade of a key muscle ``distance`` segments below the level."""
    if grade in "AB":
        return (0, max(0, 4 - distance)) if distance <= 3 else (0, 0)
    return (3, 5) if useful else (0, 2)


def _of_grade(grade: str) -> Callable[[Random, str], Exam]:
    def made(rng: Random, name: str) -> Exam:
        levels = [s for s in LEVELS if grade != "C" or s < Segment.S1]
        return exam_of_grade(rng, grade, rng.choice(levels), recovery=rng.random(), name=name)

    return made


def _normal(rng: Random, name: str) -> Exam:
    return _exam(name, _Draft(), _Draft(), True, rng.random() < 0.9)


def _nearly_normal(rng: Random, name: str) -> Exam:
    """Normal but for a few cells, or for VAC alone."""
    drafts = (_Draft(), _Draft())
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        scores = rng.choice(
            [d for draft in drafts for d in (draft.motor, draft.light_touch, draft.pin_prick)]
        )
        scores[rng.randrange(len(scores))] -= rng.choice((1, 1, 2))
    for draft in drafts:
        draft.light_touch = [max(0, score) for score in draft.light_touch]
        draft.pin_prick = [max(0, score) for score in draft.pin_prick]
        draft.motor = [max(0, score) for score in draft.motor]
    return _exam(name, *drafts, rng.random() < 0.5, rng.random() < 0.5)


def _lesion(rng: Random, draft: _Draft, level: Segment, motor: int, touch: int, prick: int) -> None:
    """Below ``level``, scores scatter about the given ones."""
    for i, segment in enumerate(KEY_MUSCLES):
        if segment > level:
            draft.motor[i] = min(5, max(0, motor + rng.choice((-1, 0, 0, 1))))
    for i in range(level - Segment.C1, len(DERMATOMES)):
        draft.light_touch[i] = min(2, max(0, touch + rng.choice((-1, 0, 0, 0))))
        draft.pin_prick[i] = min(2, max(0, prick + rng.choice((-1, 0, 0, 0))))


def _central_cord(rng: Random, name: str) -> Exam:
    """Cervical, arms weaker than legs, sacral function kept."""
    drafts = (_Draft(), _Draft())
    level = rng.choice(DERMATOMES[1:7])
    for draft in drafts:
        _lesion(rng, draft, level, rng.randint(0, 2), 2, rng.randint(1, 2))
        for muscle in LEG_MUSCLES:
            draft.motor[KEY_MUSCLES.index(muscle)] = rng.randint(2, 5)
    return _exam(name, *drafts, rng.random() < 0.8, True)


def _brown_sequard(rng: Random, name: str) -> Exam:
    """Half the cord: strength and touch lost on one side, pin prick on the other."""
    drafts = [_Draft(), _Draft()]
    rng.shuffle(drafts)
    level = rng.choice(LEVELS[1:24])
    _lesion(rng, drafts[0], level, 1, 1, 2)
    _lesion(rng, drafts[1], level, 5, 2, 0)
    return _exam(name, drafts[0], drafts[1], rng.random() < 0.6, rng.random() < 0.8)


def _anterior_cord(rng: Random, name: str) -> Exam:
    """Strength and pin prick lost on both sides, touch kept."""
    drafts = (_Draft(), _Draft())
    level = rng.choice(LEVELS[1:24])
    for draft in drafts:
        _lesion(rng, draft, level, 0, 2, 0)
    return _exam(name, *drafts, rng.random() < 0.1, rng.random() < 0.8)


def _conus(rng: Random, name: str) -> Exam:
    """Low lesion: sacral segments lost, legs in part."""
    drafts = (_Draft(), _Draft())
    for draft in drafts:
        _lesion(
            rng, draft, rng.choice(LEVELS[18:27]), rng.randint(0, 4), rng.randint(0, 1), rng.randint(0, 1)
        )
    return _exam(name, *drafts, rng.random() < 0.2, rng.random() < 0.3)


def _uneven(rng: Random, name: str) -> Exam:
    """Each side with its own level and depth."""
    drafts = (_Draft(), _Draft())
    for draft in drafts:
        _lesion(rng, draft, rng.choice(LEVELS), rng.randint(0, 4), rng.randint(0, 2), rng.randint(0, 2))
    return _exam(name, *drafts, rng.random() < 0.3, rng.random() < 0.4)


def _noise(rng: Random, name: str) -> Exam:
    """Normal down to a point on each side, then every cell at random."""
    drafts = (_Draft(), _Draft())
    for draft in drafts:
        start = rng.randrange(len(DERMATOMES))
        draft.motor = [5 if s < DERMATOMES[start] else rng.randint(0, 5) for s in KEY_MUSCLES]
        for scores in (draft.light_touch, draft.pin_prick):
            scores[start:] = [rng.randint(0, 2) for _ in scores[start:]]
    return _exam(name, *drafts, rng.random() < 0.4, rng.random() < 0.5)


KINDS: dict[str, Callable[[Random, str], Exam]] = {
    "complete": _of_grade("A"),
    "sensory incomplete": _of_grade("B"),
    "motor incomplete, C": _of_grade("C"),
    "motor incomplete, D": _of_grade("D"),
    "central cord": _central_cord,
    "brown-sequard": _brown_sequard,
    "anterior cord": _anterior_cord,
    "conus": _conus,
    "uneven": _uneven,
    "normal": _normal,
    "nearly normal": _nearly_normal,
    "noise": _noise,
}
"""The kinds of injury :func:`synthetic_exam` can make, each a function of a generator and an id."""


def synthetic_exam(rng: Random, kind: str, *, non_key: bool = False, name: str = "synthetic") -> Exam:
    """A made-up, fully tested examination of one of :data:`KINDS`; the same ``rng`` state, the same exam.

    With ``non_key`` each side gets, three times in four, a random non-key entry, which may change the
    grade. Raises KeyError for an unknown kind.
    """
    exam = KINDS[kind](rng, name)
    return _with_entries(rng, exam) if non_key else exam


def _with_entries(rng: Random, exam: Exam) -> Exam:
    sides = [
        Side(
            *(side.motor, side.light_touch, side.pin_prick),
            rng.choice(KEY_MUSCLES) if rng.random() < 0.75 else None,
        )
        for side in (exam.right, exam.left)
    ]
    return Exam(exam.id, sides[0], sides[1], exam.vac, exam.dap)


def untested(rng: Random, exam: Exam, cells: int, *, tagged: float = 0.0) -> Exam:
    """``exam`` with ``cells`` of its 134 cells, drawn at random, as NT.

    With ``tagged`` (0 to 1) each drawn cell but VAC and DAP carries, that often, a tag: ``NT*``, ``NT**``, or
    a tag on its score when that is impaired. Raises ValueError for a number of cells outside 0 to 134.
    """
    if not 0 <= cells <= len(CELLS):
        raise ValueError(f"{cells} cells of {len(CELLS)} cannot be taken away")
    chosen = rng.sample(CELLS, cells)
    drawn = {name: "NT" if name in ("vac", "dap") else _worse(rng, tagged) for name in chosen}
    return replaced(exam, drawn)


def _worse(rng: Random, tagged: float) -> str:
    """What becomes of a cell: ``NT``, ``NT*``, ``NT**``, or a tag alone (``*``, ``**``)."""
    if rng.random() >= tagged:
        return "NT"
    return rng.choice(("NT*", "NT**", "*", "**"))
