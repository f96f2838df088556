"""A record is what a layout holds of one examination; here it becomes an :class:`Exam`, or findings.

Every cell is read on its own, so one record tells all its faults at once. JSON comes in two shapes, ours
and the one of the npm package ``isncsci`` (Praxis); they differ only in the names of :class:`Shape`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from myelos.findings import Finding, Findings, Param, Place, Refused
from myelos.isncsci.exam import BLOCKS, SCORES, SIDES, Answer, Exam, Score, Side, cell_name
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, LABELS, Segment

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_ID = 128
"""Characters an id may have: a file of any length is read in bounded memory, its ids included."""

_SHOWN = 40
_FORMULA_STARTS = tuple("=+-@＝＋－＠")
_KEY_LEVELS = {segment.label: segment for segment in KEY_MUSCLES}
_PLAIN = {str, int}


class Missing(enum.StrEnum):
    """What a missing cell is: an error that names the cell, or, when the caller says so, NT."""

    ERROR = "error"
    NT = "NT"


Tell = Callable[[str, str, dict[str, Param]], None]
"""How a fault is told: code, name of the cell, parameters."""


def teller(path: Path, row: int, findings: Findings) -> Tell:
    """Tells faults of one row of a file to ``findings``."""

    def tell(code: str, cell: str, params: dict[str, Param]) -> None:
        findings.add(Finding(code, Place(str(path), row, cell), params))

    return tell


class RawSide(NamedTuple):
    """The cells of a side as they were read, rostral to caudal, not yet understood."""

    motor: Sequence[object]
    light_touch: Sequence[object]
    pin_prick: Sequence[object]
    non_key: object


class Raw(NamedTuple):
    """The cells of an examination as they were read, not yet understood."""

    id: object
    right: RawSide
    left: RawSide
    vac: object
    dap: object
    any_anal_sensation: object = None


OUR_ANSWERS = {answer.value: answer for answer in Answer}
"""``yes``, ``no``, ``NT``: how VAC and DAP are written in our layouts."""

PRAXIS_ANSWERS = {"Yes": Answer.YES, "No": Answer.NO, "NT": Answer.NT}
"""How the npm package ``isncsci`` writes them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The names a JSON record uses: three blocks, the non-key entry, VAC, DAP, S4-5 and the answers."""

    blocks: tuple[str, str, str]
    non_key: str
    vac: str
    dap: str
    sacral: str
    answers: Mapping[str, Answer]
    any_anal_sensation: str = "any_anal_sensation"

    def label(self, segment: Segment) -> str:
        """The key of a segment in this shape."""
        return self.sacral if segment is Segment.S4_5 else LABELS[segment]


OURS = Shape(("motor", "light_touch", "pin_prick"), "non_key", "vac", "dap", "S4-5", OUR_ANSWERS)
"""The shape of our JSON lines; it mirrors :class:`Exam`."""

PRAXIS = Shape(
    ("motor", "lightTouch", "pinPrick"),
    "lowestNonKeyMuscleWithMotorFunction",
    "voluntaryAnalContraction",
    "deepAnalPressure",
    "S4_5",
    PRAXIS_ANSWERS,
)
"""The shape the npm package ``isncsci`` takes. Ours to add: an ``id``, which it does not know."""


def parse_exam(
    record: Mapping[str, object], shape: Shape = OURS, missing: Missing | str = Missing.ERROR
) -> Exam:
    """The examination a JSON object holds.

    A cell that is missing or empty is an error, or NT with ``missing="NT"``. Raises Refused with a finding
    for every cell at fault: where, what was read, what is allowed.
    """
    findings: list[Finding] = []

    def tell(code: str, cell: str, params: dict[str, Param]) -> None:
        findings.append(Finding(code, Place(column=cell), params))

    exam = understand(raw_of(record, shape, tell), shape.answers, tell, Missing(missing))
    if exam is None or findings:
        raise Refused(findings)
    return exam


def raw_of(record: Mapping[str, object], shape: Shape, tell: Tell) -> Raw:
    """The cells of a JSON object; keys no cell has are told, since a typing error hides there."""
    _tell_unknown(record, {"id", *SIDES, shape.vac, shape.dap, shape.any_anal_sensation}, "", tell)
    right, left = (_raw_side(record.get(name), name, shape, tell) for name in SIDES)
    answers = (record.get(name) for name in (shape.vac, shape.dap, shape.any_anal_sensation))
    return Raw(record.get("id"), right, left, *answers)


def _raw_side(side: object, name: str, shape: Shape, tell: Tell) -> RawSide:
    cells = _object(side, name, tell)
    _tell_unknown(cells, {*shape.blocks, shape.non_key}, f"{name}.", tell)
    blocks: list[list[object]] = []
    for key, (block, segments, _) in zip(shape.blocks, BLOCKS, strict=True):
        scores = _object(cells.get(key), f"{name}_{block}", tell) if cells else {}
        labels = _LABELS[shape.sacral, block]
        if len(scores) > len(segments) or not scores.keys() <= labels.keys():
            _tell_unknown(scores, set(labels), f"{name}.{key}.", tell)
        blocks.append([scores.get(label) for label in labels])
    return RawSide(blocks[0], blocks[1], blocks[2], cells.get(shape.non_key))


_LABELS = {
    (shape.sacral, block): {shape.label(segment): None for segment in segments}
    for shape in (OURS, PRAXIS)
    for block, segments, _ in BLOCKS
}


def _object(value: object, name: str, tell: Tell) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    if value is not None:
        tell("isncsci.not-an-object", name, {"name": name})
    return {}


def _tell_unknown(record: Mapping[str, object], known: set[str], prefix: str, tell: Tell) -> None:
    for key in record:
        if key not in known:
            name = shown(prefix + key)
            tell("isncsci.unknown-key", name, {"key": name})


def understand(
    raw: Raw, answers: Mapping[str, Answer], tell: Tell, missing: Missing = Missing.ERROR
) -> Exam | None:
    """The examination of ``raw``; None when a cell is at fault, each having been told."""
    name = _id(raw.id, tell)
    right, left = _side(raw.right, "right", tell, missing), _side(raw.left, "left", tell, missing)
    vac = _answer(raw.vac, "vac", answers, tell, missing)
    dap = _answer(raw.dap, "dap", answers, tell, missing)
    anal: Answer | None = None
    typed = raw.any_anal_sensation
    if missing is Missing.NT or (typed.strip() if isinstance(typed, str) else typed) not in (None, ""):
        anal = _answer(raw.any_anal_sensation, "any_anal_sensation", answers, tell, missing)
        if anal is None:
            return None
    if name is None or right is None or left is None or vac is None or dap is None:
        return None
    return Exam(name, right, left, vac, dap, anal)


def _side(raw: RawSide, name: str, tell: Tell, missing: Missing) -> Side | None:
    blocks = (raw.motor, raw.light_touch, raw.pin_prick)
    read = [_block(cells, name, index, tell, missing) for index, cells in enumerate(blocks)]
    non_key = _non_key(raw.non_key, f"{name}_non_key", tell)
    if read[0] is None or read[1] is None or read[2] is None or non_key == "":
        return None
    return Side(read[0], read[1], read[2], non_key if isinstance(non_key, Segment) else None)


def _block(
    cells: Sequence[object], side: str, index: int, tell: Tell, missing: Missing
) -> tuple[Score, ...] | None:
    block, segments, top = BLOCKS[index]
    scores = SCORES[top]
    if _PLAIN.issuperset(map(type, cells)):
        try:
            return tuple([scores[cell] for cell in cells])
        except KeyError:
            pass
    read = [
        _score(cell, cell_name(side, block, segment), top, tell, missing)
        for cell, segment in zip(cells, segments, strict=True)
    ]
    known = tuple(score for score in read if score is not None)
    return known if len(known) == len(read) else None


def _score(cell: object, name: str, top: int, tell: Tell, missing: Missing) -> Score | None:
    scores = SCORES[top]
    value = cell.strip() if isinstance(cell, str) else cell
    if value is None or value == "":
        if missing is Missing.NT:
            return scores["NT"]
        tell("isncsci.missing", name, {"cell": name})
    elif type(value) in _PLAIN and value in scores:
        return scores[value]
    else:
        tell("isncsci.not-a-score", name, {"cell": name, "read": shown(cell), "top": top})
    return None


def _answer(
    cell: object, name: str, answers: Mapping[str, Answer], tell: Tell, missing: Missing
) -> Answer | None:
    value = cell.strip() if isinstance(cell, str) else cell
    if value is None or value == "":
        if missing is Missing.NT:
            return Answer.NT
        tell("isncsci.missing", name, {"cell": name})
    elif isinstance(value, str) and value in answers:
        return answers[value]
    else:
        params: dict[str, Param] = {"cell": name, "read": shown(cell), "allowed": ", ".join(answers)}
        tell("isncsci.not-an-answer", name, params)
    return None


def _non_key(cell: object, name: str, tell: Tell) -> Segment | str | None:
    """The level, None for no entry, and the empty text when the cell is at fault."""
    value = cell.strip() if isinstance(cell, str) else cell
    if value is None or value == "":
        return None
    if isinstance(value, str) and value in _KEY_LEVELS:
        return _KEY_LEVELS[value]
    tell("isncsci.not-a-key-level", name, {"cell": name, "read": shown(cell)})
    return ""


def _id(cell: object, tell: Tell) -> str | None:
    """The id, if a spreadsheet can show it without taking it for a formula."""
    value = str(cell) if type(cell) is int and abs(cell) < 10**LONGEST_ID else cell
    text = value.strip(" ") if isinstance(value, str) else value
    if text is None or text == "":
        tell("isncsci.missing", "id", {"cell": "id"})
        return None
    usable = isinstance(text, str) and len(text) <= LONGEST_ID and text.isprintable()
    if isinstance(text, str) and usable and not text.startswith(_FORMULA_STARTS):
        return text
    tell("isncsci.unusable-id", "id", {"read": shown(cell), "longest": LONGEST_ID})
    return None


def shown(value: object) -> str:
    """What was read, safe and short enough to be told."""
    if isinstance(value, str):
        short = value[:_SHOWN] + ("..." if len(value) > _SHOWN else "")
        return short if value and short.isprintable() else repr(short)
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return shown(str(value)) if not isinstance(value, int) or abs(value) < 10**_SHOWN else "a long number"


def record_of(exam: Exam, shape: Shape = OURS) -> dict[str, object]:
    """The JSON object of an examination, scores as text; :func:`parse_exam` reads it back unchanged."""
    written = {answer: text for text, answer in shape.answers.items()}
    sides = ((name, exam.side(name)) for name in SIDES)
    asked = exam.any_anal_sensation
    return {
        "id": exam.id,
        shape.vac: written[exam.vac],
        shape.dap: written[exam.dap],
        **({} if asked is None else {shape.any_anal_sensation: written[asked]}),
        **{name: _side_record(side, shape) for name, side in sides},
    }


def _side_record(side: Side, shape: Shape) -> dict[str, object]:
    scored = ((KEY_MUSCLES, side.motor), (DERMATOMES, side.light_touch), (DERMATOMES, side.pin_prick))
    record: dict[str, object] = {
        key: {shape.label(s): str(score) for s, score in zip(segments, scores, strict=True)}
        for key, (segments, scores) in zip(shape.blocks, scored, strict=True)
    }
    return record | {shape.non_key: None if side.non_key is None else side.non_key.label}
