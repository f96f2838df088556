"""The ISNCSCI worksheet as the page shows it: its cells in paper order, what may stand in them, what follows.

Pure: fields in, rows, findings and values out. Cells are named as in :mod:`myelos.isncsci.exam`. Beside the
134 cells the sheet has the two non-key entries, the examiner's own grade and levels, comments, and who
examined when, and where it was written first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from myelos.findings import Finding, Param, Place
from myelos.isncsci.classification import GRADES, Classification
from myelos.isncsci.drawing import WORDS
from myelos.isncsci.editions import Edition
from myelos.isncsci.exam import BLOCKS, CELLS, SCORES, SIDES, Answer, Exam, cell_name
from myelos.isncsci.plausibility import implausible
from myelos.isncsci.records import parse_exam
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, LABELS, Segment
from myelos.measures import load
from myelos.measures.isncsci_cells import classified
from myelos.protocol import Person, Protocol
from myelos.protocol.person_events import Provenance
from myelos.protocol.trial import Visit
from myelos.protocol.windows import Standing
from myelos.protocol.worklist import VisitRow, visit_list

MEASURE = "isncsci"
COLUMNS = (
    ("right", "motor"), ("right", "light_touch"), ("right", "pin_prick"),
    ("left", "light_touch"), ("left", "pin_prick"), ("left", "motor"),
)  # fmt: skip
"""The columns of the worksheet from left to right, as the examiner faces the person."""

ANSWERS = ("vac", "dap")
NON_KEY = tuple(f"{side}_non_key" for side in SIDES)
OWN = ("ais", "nli", "sensory_right", "sensory_left", "motor_right", "motor_left")
"""What the examiner classifies for themselves: the grade, the neurological level, four levels."""

OPEN = "ND"
"""What the examiner writes where the cells do not determine it."""

LEVELS = tuple(LABELS.values())
OWN_FIELDS = tuple(f"own_{output}" for output in OWN)
CHOICES = {"ais": (*GRADES, OPEN), **dict.fromkeys(OWN[1:], (*LEVELS, OPEN))}
OTHERS = ("date", "time", "examiner", "source", "comments")
FIELDS = (*CELLS, *NON_KEY, *OWN_FIELDS, *OTHERS)
SOURCES = ("paper", "bedside")
"""Where the scores were written first: on a sheet of paper, or here."""

LONGEST = {"comments": 1500, "examiner": 80}
"""Characters of a field; of any other, :data:`SHORT`."""
SHORT = 20

_TOPS = {
    cell_name(side, block, each): top
    for side in SIDES
    for block, segments, top in BLOCKS
    for each in segments
}
_SEGMENTS = {block: segments for block, segments, _ in BLOCKS}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Signs that are no text, and that a database may refuse."""

_OWN_LINE = "ISNCSCI, examiner's own: "


# The sheet -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One box of the sheet: its name, its segment, the greatest score, and the row it stands in, from C2."""

    name: str
    segment: str
    top: int
    row: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column, its cells from the head down."""

    side: str
    block: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return f"{self.side}_{self.block}"


def columns() -> tuple[Column, ...]:
    """The six columns in paper order."""
    return tuple(Column(side, block, tuple(_cells(side, block))) for side, block in COLUMNS)


def _cells(side: str, block: str) -> Iterator[Cell]:
    for segment in _SEGMENTS[block]:
        name = cell_name(side, block, segment)
        yield Cell(name, segment.label, _TOPS[name], DERMATOMES.index(segment) + 1)


PAPER = (*(each.name for column in columns() for each in column.cells), *ANSWERS)
"""The 134 cells in the order in which typing moves through them."""

ROWS = tuple((segment.label, segment in KEY_MUSCLES) for segment in DERMATOMES)
"""The rows of the sheet: the segment, and whether it has a key muscle."""


def words_of(language: str) -> Mapping[str, str]:
    """The names of muscles, results and sums, as the drawing has them."""
    return WORDS[language]


# Fields ----------------------------------------------------------------------------------------------------


def fields_of(given: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """The fields of the sheet that were filled in, as they were written; nothing else of what was sent."""
    found = {}
    for name in FIELDS:
        text = _UNPRINTABLE.sub("", given.get(prefix + name, ""))
        clean = text.strip() if name == "comments" else " ".join(text.split())
        if clean:
            found[name] = clean
    return found


def too_long(fields: Mapping[str, str]) -> list[Finding]:
    """A finding for every field with more in it than it takes."""
    return [
        _found("exam-too-long", name, most=LONGEST.get(name, SHORT))
        for name, text in fields.items()
        if len(text) > LONGEST.get(name, SHORT)
    ]


def fits(name: str, text: str) -> bool:
    """Whether this may stand in a cell of the examination."""
    if name in _TOPS:
        return text in SCORES[_TOPS[name]]
    if name in NON_KEY:
        return text in {each.label for each in KEY_MUSCLES}
    return text in {each.value for each in Answer}


def items_of(fields: Mapping[str, str]) -> dict[str, str]:
    """What a record of the examination holds: cells and non-key entries that were filled in."""
    return {name: fields[name] for name in (*CELLS, *NON_KEY) if name in fields}


def missing_cells(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The cells with nothing in them, or something that cannot stand there, in paper order."""
    return tuple(name for name in PAPER if not fits(name, fields.get(name, "")))


# What follows ----------------------------------------------------------------------------------------------


def exam_of(fields: Mapping[str, str]) -> Exam:
    """The examination as far as it was entered; a cell with nothing usable in it is as one not testable."""
    known = {name: text for name, text in items_of(fields).items() if fits(name, text)}
    record: dict[str, object] = {"id": MEASURE, **{name: known.get(name) for name in ANSWERS}}
    for side in SIDES:
        record[side] = {
            **{block: _block(known, side, block, segments) for block, segments, _ in BLOCKS},
            "non_key": known.get(f"{side}_non_key"),
        }
    return parse_exam(record, missing="NT")


def _block(
    known: Mapping[str, str], side: str, block: str, segments: Iterable[Segment]
) -> dict[str, str | None]:
    return {each.label: known.get(cell_name(side, block, each)) for each in segments}


def classification(fields: Mapping[str, str]) -> Classification:
    """All that is known of the results, whatever was not entered yet; by the edition of the measure."""
    from myelos.isncsci.records import Missing

    known = {name: text for name, text in items_of(fields).items() if fits(name, text)}
    found = classified(known, edition(), Missing.NT, [])
    if found is None:
        raise ValueError("cells that fit are always classified")
    return found


def edition() -> Edition:
    """The edition of the standard that examinations are recorded under."""
    return Edition(load(MEASURE).edition)


def unusual(fields: Mapping[str, str]) -> tuple[Finding, ...]:
    """What is rare enough to be looked at again. It rests on the scores alone, and tells no result."""
    return implausible(exam_of(fields))


def runs(values: tuple[str, ...]) -> str:
    """Possible values of a result: one, or all of them, three neighbouring segments or more by their ends."""
    parts: list[list[str]] = []
    order = list(LEVELS)
    for value in values:
        last = parts[-1][-1] if parts else ""
        follows = last in order and value in order and order.index(value) == order.index(last) + 1
        parts[-1].append(value) if follows else parts.append([value])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in parts) or "–"


# The examiner's own ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A result the examiner reads otherwise than the rules: what they wrote, and all it can be."""

    output: str
    own: str
    computed: tuple[str, ...]


def own_of(fields: Mapping[str, str]) -> dict[str, str]:
    """The examiner's own results, by output."""
    return {output: fields[f"own_{output}"] for output in OWN if f"own_{output}" in fields}


def differences(own: Mapping[str, str], computed: Mapping[str, tuple[str, ...]]) -> tuple[Difference, ...]:
    """Where the examiner's own result is none of those that are possible, or calls a determined one open."""
    return tuple(
        Difference(output, own[output], computed[output])
        for output in OWN
        if output in own and not _agree(own[output], computed[output])
    )


def differing(own: Mapping[str, str], fields: Mapping[str, str]) -> tuple[Difference, ...]:
    """The same, of the cells of an examination."""
    found = classification(fields)
    return differences(own, {output: found.values(output) for output in OWN})


def _agree(own: str, computed: tuple[str, ...]) -> bool:
    return len(computed) != 1 if own == OPEN else own in computed


def reason_of(fields: Mapping[str, str]) -> str:
    """What stands beside the recorded scores: the examiner's own results on a line, then the comments."""
    own = own_of(fields)
    line = _OWN_LINE + "; ".join(f"{output}={value}" for output, value in own.items()) if own else ""
    return "\n\n".join(part for part in (line, fields.get("comments", "")) if part)


def own_in(reason: str) -> dict[str, str]:
    """The examiner's own results in what :func:`reason_of` wrote; none in any other words."""
    line = reason.partition("\n")[0]
    if not line.startswith(_OWN_LINE):
        return {}
    pairs = (each.partition("=")[::2] for each in line.removeprefix(_OWN_LINE).split("; "))
    return {output: value for output, value in pairs if value in CHOICES.get(output, ())}


# Visits ----------------------------------------------------------------------------------------------------


def numbered(protocol: Protocol) -> Mapping[str, Visit]:
    """The visits that ask for the examination by their number, from 1 in the order of the protocol."""
    asking = [each for each in protocol.visits if MEASURE in each.measures]
    return {str(number): each for number, each in enumerate(asking, start=1)}


def at_endpoint(protocol: Protocol, visit: str) -> bool:
    """Whether an endpoint of the protocol compares this visit's examination."""
    return any(
        each.measure == MEASURE and visit in (each.from_visit, each.to_visit) for each in protocol.endpoints
    )


def open_exams(person: Person, protocol: Protocol, today: date) -> list[tuple[str, VisitRow]]:
    """The examinations that are due or overdue on a civil date at the site, each with its number."""
    numbers = {visit.id: number for number, visit in numbered(protocol).items()}
    return [
        (numbers[row.visit], row)
        for row in visit_list(person, protocol, today)
        if MEASURE in row.left and row.expected and row.standing in (Standing.DUE, Standing.OVERDUE)
    ]


# Before it is recorded -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """Who examined when, and where the scores were written first; None where that could not be read."""

    at: datetime | None
    examiner: str
    source: Provenance | None


def signed(fields: Mapping[str, str], zone: str) -> tuple[Signed, list[Finding]]:
    """What was said of the examination itself, and everything that is wrong with it."""
    at, found = _instant(fields, zone)
    examiner, source = fields.get("examiner", ""), fields.get("source", "")
    if not examiner:
        found.append(_found("exam-no-examiner", "examiner"))
    if source not in SOURCES:
        found.append(_found("exam-no-source", "source"))
    kinds = {"paper": ("document", "worksheet"), "bedside": ("person", examiner)}
    kind, id_ = kinds.get(source, ("", ""))
    made = Provenance(kind=kind, id=id_) if kind and id_ else None  # type: ignore[arg-type]
    return Signed(at, examiner, made), found


def _instant(fields: Mapping[str, str], zone: str) -> tuple[datetime | None, list[Finding]]:
    """The moment that a date and a time at the site are; none where the clocks skip or repeat it."""
    day, hour = fields.get("date", ""), fields.get("time", "")
    if not day or not hour:
        return None, [_found("exam-no-time", "date" if not day else "time")]
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))
        if local.tzinfo is not None:
            raise ValueError("a time at the site has no zone of its own")
        ends = {local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
    except (ValueError, OverflowError):
        return None, [_found("exam-unreadable-time", "date")]
    if len(ends) > 1:
        return None, [_found("exam-no-such-time", "time", zone=zone)]
    return ends.pop(), []


def own_faults(fields: Mapping[str, str], asked: bool) -> list[Finding]:
    """Own results that are none, and, where they are asked for, those that are missing."""
    found = []
    for output in OWN:
        text = fields.get(f"own_{output}", "")
        if not text and asked:
            found.append(_found("exam-no-own", f"own_{output}"))
        elif text and text not in CHOICES[output]:
            found.append(_found("exam-not-a-result", f"own_{output}", allowed=", ".join(CHOICES[output])))
    return found


def two_values(aside: Iterable[str]) -> list[Finding]:
    """Fields for which two values were kept, and nobody has said which it is."""
    return [_found("exam-two-values", name) for name in aside]


def _found(code: str, field: str, **params: Param) -> Finding:
    return Finding(f"web.{code}", Place(column=field), params)
