"""One examination: its scores as they were read, and the plain form that the rules take.

Source: rules of the 2019 edition, section "Inputs" (certainty H). A cell is named the same in every
layout and every finding: ``right_motor_C5``, ``left_pin_prick_S4-5``, ``right_non_key``, ``vac``, ``dap``.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from myelos.findings import Finding, Place, Refused
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

    @property
    def is_known(self) -> bool:
        """Whether the cell was tested and carries no tag."""
        return self.value is not None and not self.tag

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

    def __post_init__(self) -> None:
        blocks = (self.motor, self.light_touch, self.pin_prick)
        for scores, (name, segments, top) in zip(blocks, BLOCKS, strict=True):
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
    """One examination of one person at one time. ``id`` names the examination, not the person."""

    id: str
    right: Side
    left: Side
    vac: Answer
    dap: Answer


class KnownSide(NamedTuple):
    """A side as the rules take it: plain numbers, rostral to caudal, and the non-key level if any."""

    motor: tuple[int, ...]
    light_touch: tuple[int, ...]
    pin_prick: tuple[int, ...]
    non_key: Segment | None


class KnownExam(NamedTuple):
    """A fully tested examination as the rules take it: two sides, VAC and DAP as truth values."""

    right: KnownSide
    left: KnownSide
    vac: bool
    dap: bool


def cell_name(side: str, block: str, segment: Segment) -> str:
    """The name of a cell in every layout and finding: ``right_motor_C5``, ``left_pin_prick_S4-5``."""
    return f"{side}_{block}_{segment.label}"


def known_form(exam: Exam) -> KnownExam:
    """The plain form of a fully tested examination.

    Raises :class:`~myelos.findings.Refused` with one finding for each cell that is not a known score:
    ``isncsci.untestable`` for NT (tagged or not) and ``isncsci.tagged`` for a tested score with a tag.
    """
    answers = (("vac", exam.vac), ("dap", exam.dap))
    findings = [_untestable(name, answer) for name, answer in answers if answer is Answer.NT]
    right = _known_side(exam.right, "right", findings)
    left = _known_side(exam.left, "left", findings)
    if findings:
        raise Refused(findings)
    return KnownExam(right, left, exam.vac is Answer.YES, exam.dap is Answer.YES)


def _known_side(side: Side, name: str, findings: list[Finding]) -> KnownSide:
    blocks = (side.motor, side.light_touch, side.pin_prick)
    plain: list[tuple[int, ...]] = []
    for scores, (block, segments, _) in zip(blocks, BLOCKS, strict=True):
        plain.append(tuple([s.value for s in scores if s.value is not None and not s.tag]))
        if len(plain[-1]) < len(scores):
            named = zip(scores, (cell_name(name, block, segment) for segment in segments), strict=True)
            findings.extend(_untestable(cell, score) for score, cell in named if not score.is_known)
    return KnownSide(plain[0], plain[1], plain[2], side.non_key)


def _untestable(cell: str, read: Score | Answer) -> Finding:
    tagged = isinstance(read, Score) and read.value is not None
    code = "isncsci.tagged" if tagged else "isncsci.untestable"
    return Finding(code, Place(column=cell), {"cell": cell, "read": str(read)})
