"""One examination: its scores as they were read, and the plain form that the rules take.

Source: rules of the 2019 edition, section "Inputs" (certainty H). A cell is named the same in every
layout and every finding: ``right_motor_C5``, ``left_pin_prick_S4-5``, ``right_non_key``, ``vac``, ``dap``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, Segment

MOTOR_TOP = 5
"""The greatest motor grade: normal."""

SENSORY_TOP = 2
"""The greatest light touch or pin prick score: normal."""

SIDES = ("right", "left")
"""The two sides of the body, in the order of every record."""

BLOCKS: tuple[tuple[str, tuple[Segment, ...], int], ...] = (
    ("motor", KEY_MUSCLES, MOTOR_TOP),
    ("light_touch", DERMATOMES, SENSORY_TOP),
    ("pin_prick", DERMATOMES, SENSORY_TOP),
)
"""The three blocks of cells of a side: name, segments, greatest score."""


class Tag(enum.StrEnum):
    """What the examiner says of an impaired cell whose cause is not the cord lesion."""

    NONE = ""
    NOT_NORMAL = "*"
    NORMAL = "**"


class Answer(enum.StrEnum):
    """Voluntary anal contraction or deep anal pressure: yes, no, or not testable."""

    YES = "yes"
    NO = "no"
    NT = "NT"


@dataclass(frozen=True, slots=True)
class Score:
    """One cell: ``value`` 0 to ``top`` (5 motor, 2 sensory), or None for NT (not testable); and its tag.

    Raises ValueError for a value out of range and for a tag on a normal score (there is no ``5*``).
    """

    value: int | None
    tag: Tag = Tag.NONE
    top: int = MOTOR_TOP

    def __post_init__(self) -> None:
        if self.top not in (MOTOR_TOP, SENSORY_TOP):
            raise ValueError(f"{self.top} is the top of no scale")
        if self.value is not None and not 0 <= self.value <= self.top - bool(self.tag):
            raise ValueError(f"{self} is not a score of 0 to {self.top}")

    def __str__(self) -> str:
        return f"{'NT' if self.value is None else self.value}{self.tag.value}"


def _written(top: int) -> dict[object, Score]:
    tested = [Score(value, top=top) for value in range(top + 1)]
    tagged = [Score(v, tag, top) for v in (*range(top), None) for tag in (Tag.NOT_NORMAL, Tag.NORMAL)]
    texts: dict[object, Score] = {str(score): score for score in (*tested, Score(None, top=top), *tagged)}
    return texts | {score.value: score for score in tested}


SCORES: dict[int, dict[object, Score]] = {top: _written(top) for top in (MOTOR_TOP, SENSORY_TOP)}
"""Every score of a scale by what may be written for it: ``"3"``, ``3``, ``"NT"``, ``"3*"``, ``"NT**"``."""


def parse_score(text: str | int, top: int) -> Score:
    """The score written ``text`` on the scale 0 to ``top`` (5 motor, 2 sensory): ``3``, ``NT``, ``0**``.

    Raises ValueError for anything else, such as ``6``, ``5*``, ``nt`` or the empty text.
    """
    if isinstance(text, bool) or text not in SCORES[top]:
        raise ValueError(f"{text!r} is not a score of 0 to {top}")
    return SCORES[top][text]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the body: 10 motor grades, 28 light touch and 28 pin prick scores, rostral to caudal.

    ``non_key`` is the lowest non-key muscle with motor function, one of the ten key levels, or None.
    Raises ValueError when a block has the wrong length or scale, or ``non_key`` is another segment.
    """

    motor: tuple[Score, ...]
    light_touch: tuple[Score, ...]
    pin_prick: tuple[Score, ...]
    non_key: Segment | None = None

    @property
    def blocks(self) -> tuple[tuple[Score, ...], tuple[Score, ...], tuple[Score, ...]]:
        """Motor, light touch and pin prick, in the order of :data:`BLOCKS`."""
        return self.motor, self.light_touch, self.pin_prick

    def __post_init__(self) -> None:
        for scores, (name, segments, top) in zip(self.blocks, BLOCKS, strict=True):
            if len(scores) != len(segments) or {score.top for score in scores} != {top}:
                raise ValueError(f"{name} takes {len(segments)} scores of 0 to {top}")
        if self.non_key is not None and self.non_key not in KEY_MUSCLES:
            raise ValueError(f"{self.non_key} is not a key level")

    @classmethod
    def known(
        cls,
        motor: Sequence[int],
        light_touch: Sequence[int],
        pin_prick: Sequence[int],
        non_key: Segment | None = None,
    ) -> Side:
        """A fully tested side from plain numbers. Raises ValueError as :func:`parse_score` and the class."""
        blocks = [
            tuple(parse_score(value, top) for value in values)
            for values, (_, _, top) in zip((motor, light_touch, pin_prick), BLOCKS, strict=True)
        ]
        return cls(blocks[0], blocks[1], blocks[2], non_key)


@dataclass(frozen=True, slots=True)
class Exam:
    """One examination of one person at one time. ``id`` names the examination, not the person.

    ``any_anal_sensation`` is the question the 1992 edition asks in place of deep anal pressure (any anal
    sensation); None where it was not asked.
    """

    id: str
    right: Side
    left: Side
    vac: Answer
    dap: Answer
    any_anal_sensation: Answer | None = None

    def side(self, name: str) -> Side:
        """The side ``right`` or ``left``. Raises KeyError for another name."""
        return {"right": self.right, "left": self.left}[name]


class KnownSide(NamedTuple):
    """A side as the rules take it: plain numbers, rostral to caudal, and the non-key level if any."""

    motor: tuple[int, ...]
    light_touch: tuple[int, ...]
    pin_prick: tuple[int, ...]
    non_key: Segment | None


class KnownExam(NamedTuple):
    """A fully tested examination as the rules take it: two sides, VAC and DAP as truth values.

    Under the 1992 edition ``dap`` holds the answer to *any anal sensation*.
    """

    right: KnownSide
    left: KnownSide
    vac: bool
    dap: bool


def cell_name(side: str, block: str, segment: Segment) -> str:
    """The name of a cell in every layout and finding: ``right_motor_C5``, ``left_pin_prick_S4-5``."""
    return f"{side}_{block}_{segment.label}"


CELLS: tuple[str, ...] = (
    *(
        cell_name(side, block, segment)
        for side in SIDES
        for block, segments, _ in BLOCKS
        for segment in segments
    ),
    "vac",
    "dap",
)
"""The 134 cells of an examination, in the order of every record."""


def replaced(exam: Exam, changes: Mapping[str, str]) -> Exam:
    """``exam`` with some of :data:`CELLS` written anew: a score (``3``, ``NT*``), an answer (``NT``), or a
    tag alone, which is put on the score there (on ``NT`` where that is normal).

    Raises ValueError for a text that is no score and KeyError for a name that is no cell.
    """
    if unknown := set(changes) - set(CELLS):
        raise KeyError(", ".join(sorted(unknown)))
    sides = []
    for name in SIDES:
        side = exam.side(name)
        blocks = [
            tuple(
                _rewritten(score, changes.get(cell_name(name, block, segment)))
                for segment, score in zip(segments, scores, strict=True)
            )
            for (block, segments, _), scores in zip(BLOCKS, side.blocks, strict=True)
        ]
        sides.append(Side(blocks[0], blocks[1], blocks[2], side.non_key))
    vac, dap = Answer(changes.get("vac", exam.vac)), Answer(changes.get("dap", exam.dap))
    return Exam(exam.id, sides[0], sides[1], vac, dap, exam.any_anal_sensation)


def _rewritten(score: Score, text: str | None) -> Score:
    if text is None:
        return score
    if text in ("*", "**"):
        normal = score.value is None or score.value == score.top
        text = f"NT{text}" if normal else f"{score.value}{text}"
    return parse_score(text, score.top)
