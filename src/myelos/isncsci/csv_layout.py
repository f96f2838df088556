"""The CSV layout: one examination a line, its columns named after the cells (see ``layouts.py``)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from myelos.findings import Finding, Findings, Param, Place
from myelos.isncsci.exam import BLOCKS, SIDES, Exam, Side, cell_name
from myelos.isncsci.records import OUR_ANSWERS, Missing, Raw, RawSide, Tell, shown, teller, understand
from myelos.isncsci.text_files import filled_lines

_BLOCK_COLUMNS = {
    (side, block): tuple(cell_name(side, block, segment) for segment in segments)
    for side in SIDES
    for block, segments, _ in BLOCKS
}


def _side_columns(side: str) -> tuple[str, ...]:
    return (*(name for block, _, _ in BLOCKS for name in _BLOCK_COLUMNS[side, block]), f"{side}_non_key")


COLUMNS: tuple[str, ...] = (
    "id",
    *_side_columns("right"),
    *_side_columns("left"),
    "vac",
    "dap",
    "any_anal_sensation",
)
"""The columns of ``Layout.CSV`` in the order we write them (138)."""

_OPTIONAL = ("right_non_key", "left_non_key", "any_anal_sensation")


def read_csv(path: Path, findings: Findings, missing: Missing = Missing.ERROR) -> Iterator[tuple[int, Exam]]:
    """Examinations with their rows; faults go to ``findings``. With ``missing`` NT a column may be absent
    too.

    A fault of the header is told once; the rows are then read for the columns that are there, so that one
    run tells everything. A header without any known column ends the reading.
    """
    rows = filled_lines(path)
    header = next(rows, None)
    columns = None if header is None else _fields(path, *header, findings)
    if header is None or columns is None:
        return
    columns = [name.strip() for name in columns]
    absent = _check_header(path, header[0], columns, findings, missing)
    if not set(columns) & set(COLUMNS):
        return
    take = _taker(columns)
    for row, text in rows:
        fields = _fields(path, row, text, findings)
        if fields is None:
            continue
        if len(fields) != len(columns):
            params: dict[str, Param] = {"read": len(fields), "expected": len(columns)}
            findings.add(Finding("isncsci.wrong-field-count", Place(str(path), row), params))
            continue
        tell = _not_of(absent, teller(path, row, findings))
        exam = understand(take([*fields, ""]), OUR_ANSWERS, tell, missing)
        if exam is not None:
            yield row, exam


def _fields(path: Path, row: int, text: str, findings: Findings) -> list[str] | None:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        findings.add(Finding("isncsci.not-csv", Place(str(path), row), {"why": str(error)}))
        return None


def _check_header(
    path: Path, row: int, columns: list[str], findings: Findings, missing: Missing
) -> frozenset[str]:
    """Tell every column that is missing, unknown or there twice; give those that are missing."""
    needed = (
        {"id"} if missing is Missing.NT and set(columns) & set(COLUMNS) else set(COLUMNS) - set(_OPTIONAL)
    )
    counts = Counter(columns)
    known = frozenset(COLUMNS)
    absent = [name for name in COLUMNS if name not in counts and name in needed]
    faults = {
        "missing-column": absent,
        "unknown-column": [name for name in counts if name not in known],
        "duplicate-column": [name for name, count in counts.items() if count > 1 and name in known],
    }
    for code, names in faults.items():
        for name in map(shown, names):
            findings.add(Finding(f"isncsci.{code}", Place(str(path), row, name), {"column": name}))
    return frozenset(absent)


def _not_of(absent: frozenset[str], tell: Tell) -> Tell:
    """``tell`` but for the cells of columns that were already told to be missing."""
    if not absent:
        return tell

    def tell_others(code: str, cell: str, params: dict[str, Param]) -> None:
        if cell not in absent:
            tell(code, cell, params)

    return tell_others


def _taker(columns: list[str]) -> Callable[[Sequence[str]], Raw]:
    """How a row's fields, and an empty one after the last, become cells; an absent column is empty."""
    place = {name: index for index, name in reversed(list(enumerate(columns)))}

    def at(name: str) -> int:
        return place.get(name, len(columns))

    blocks = {key: itemgetter(*map(at, names)) for key, names in _BLOCK_COLUMNS.items()}

    def side(name: str) -> Callable[[Sequence[str]], RawSide]:
        motor, touch, prick = (blocks[name, block] for block, _, _ in BLOCKS)
        non_key = at(f"{name}_non_key")
        return lambda row: RawSide(motor(row), touch(row), prick(row), row[non_key])

    right, left, name = side("right"), side("left"), at("id")
    vac, dap, anal = at("vac"), at("dap"), at("any_anal_sensation")
    return lambda row: Raw(row[name], right(row), left(row), row[vac], row[dap], row[anal])


def fields_of(exam: Exam) -> list[str]:
    """The fields of an examination in the order of :data:`COLUMNS`."""
    asked = exam.any_anal_sensation
    answers = (exam.vac.value, exam.dap.value, "" if asked is None else asked.value)
    return [exam.id, *_side_fields(exam.right), *_side_fields(exam.left), *answers]


def _side_fields(side: Side) -> list[str]:
    scores = (*side.motor, *side.light_touch, *side.pin_prick)
    return [*map(str, scores), "" if side.non_key is None else side.non_key.label]
