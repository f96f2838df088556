"""Read and write examinations in three layouts, as streams, in bounded memory, with every fault told.

``Layout.CSV``: UTF-8, a header, one examination a line. The columns, in any order, each once:

- ``id``: names the examination; 1 to 128 printable characters, the first none of ``= + - @`` (a
  spreadsheet would take it for a formula: such ids are refused, never changed); unique in the file;
- for each SIDE of ``right``, ``left``: ``SIDE_motor_SEGMENT`` for C5 C6 C7 C8 T1 L2 L3 L4 L5 S1,
  ``SIDE_light_touch_SEGMENT`` and ``SIDE_pin_prick_SEGMENT`` for C2 to S3 and ``S4-5``: a score (``0`` to
  ``5``, or ``0`` to ``2``), ``NT``, or with a tag ``*`` or ``**`` after an impaired score or NT;
- ``SIDE_non_key``: a key level or empty for no entry; these two columns may be left out;
- ``vac``, ``dap``: ``yes``, ``no`` or ``NT``;
- ``any_anal_sensation``, which the 1992 edition asks: the same, or empty; may be left out.

An empty cell is an error, never NT, unless the caller says ``missing="NT"`` (then a column may be absent
too). Blank lines are passed over. A field may not hold a line end.

``Layout.JSONL``: one JSON object a line, ``{"id": ..., "vac": ..., "dap": ..., "right": {"motor": {"C5": 5,
...}, "light_touch": {"C2": 2, ..., "S4-5": 2}, "pin_prick": {...}, "non_key": null}, "left": {...}}``;
scores are numbers or text, ``non_key`` and ``any_anal_sensation`` may be left out, any other key is an error.

``Layout.PRAXIS``: the object of the npm package ``isncsci`` (scores are text, ``S4_5``, ``"Yes"``, ``"No"``),
plus our optional ``id`` (else ``exam-N``, N counting from 1). A file holds one object, an array of them, or
one object a line; the first two are read whole and so are limited to 32 MB.

Rows in findings count lines of the file from 1; columns are named as in the CSV. To score a whole file use
:func:`myelos.isncsci.classify_file`.
"""

from __future__ import annotations

import csv
import enum
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from myelos.findings import Finding, Findings, Place, Refused
from myelos.isncsci.csv_layout import COLUMNS, fields_of, read_csv
from myelos.isncsci.exam import Exam
from myelos.isncsci.records import OURS, PRAXIS, Missing, Shape, raw_of, record_of, shown, teller, understand
from myelos.isncsci.text_files import (
    LARGEST_WHOLE,
    NotJSON,
    filled_lines,
    json_value,
    json_values,
    whole_text,
)

Numbered = Iterator[tuple[int, Exam]]
"""Examinations with the line of the file each begins in, from 1."""


class Layout(enum.StrEnum):
    """How a file holds examinations; see the module's text for each."""

    CSV = "csv"
    JSONL = "jsonl"
    PRAXIS = "praxis"


def read_exams(
    path: Path,
    layout: Layout,
    findings: Findings | None = None,
    missing: Missing | str = Missing.ERROR,
) -> Iterator[Exam]:
    """The examinations of a file, one by one, in order; memory does not grow with the file but for its ids.

    Every fault is added to ``findings`` with file, row and column, and its examination left out. Without
    ``findings`` the faults are raised as :class:`~myelos.findings.Refused`, all of them, once the last good
    examination has been given. An empty cell is a fault, or NT with ``missing="NT"``.
    """
    found = Findings() if findings is None else findings
    for _, exam in read_numbered(path, layout, found, Missing(missing)):
        yield exam
    if findings is None:
        found.refuse_on_error()


def read_numbered(
    path: Path, layout: Layout, findings: Findings, missing: Missing = Missing.ERROR
) -> Numbered:
    """As :func:`read_exams`, with the row of each examination; faults go to ``findings``."""
    readers = {Layout.CSV: read_csv, Layout.JSONL: _read_jsonl, Layout.PRAXIS: _read_praxis}
    rows: dict[str, int] = {}
    before = len(findings)
    try:
        for row, exam in readers[layout](path, findings, missing):
            first = rows.setdefault(exam.id, row)
            if first == row:
                yield row, exam
            else:
                place = Place(str(path), row, "id")
                findings.add(Finding("isncsci.duplicate-id", place, {"id": exam.id, "first": first}))
    except Refused as refused:
        findings.extend(refused.findings)
    if not rows and len(findings) == before:
        findings.add(Finding("isncsci.empty-file", Place(str(path))))


def _read_jsonl(path: Path, findings: Findings, missing: Missing) -> Numbered:
    for row, text in filled_lines(path):
        yield from _exam_of_text(path, row, text, OURS, findings, missing)


def _read_praxis(path: Path, findings: Findings, missing: Missing) -> Numbered:
    first = next(filled_lines(path, longest=LARGEST_WHOLE), (1, ""))[1].strip()
    if first.startswith("{") and first.endswith("}"):
        for number, (row, text) in enumerate(filled_lines(path), start=1):
            yield from _exam_of_text(path, row, text, PRAXIS, findings, missing, number)
    elif first:
        yield from _read_whole(path, findings, missing)


def _read_whole(path: Path, findings: Findings, missing: Missing) -> Numbered:
    text = whole_text(path)
    try:
        for number, (row, value) in enumerate(json_values(text), start=1):
            yield from _exam_of_value(path, row, value, PRAXIS, findings, missing, number)
    except NotJSON as error:
        place = Place(str(path), text.count("\n", 0, error.at) + 1)
        findings.add(Finding("isncsci.not-json", place, {"why": error.why}))


def _exam_of_text(
    path: Path,
    row: int,
    text: str,
    shape: Shape,
    findings: Findings,
    missing: Missing,
    number: int | None = None,
) -> Numbered:
    try:
        value = json_value(text)
    except NotJSON as error:
        findings.add(Finding("isncsci.not-json", Place(str(path), row), {"why": error.why}))
        return
    yield from _exam_of_value(path, row, value, shape, findings, missing, number)


def _exam_of_value(
    path: Path,
    row: int,
    value: object,
    shape: Shape,
    findings: Findings,
    missing: Missing,
    number: int | None,
) -> Numbered:
    """The examination, if ``value`` holds one without fault; without an id, ``number`` names it."""
    if not isinstance(value, dict):
        findings.add(Finding("isncsci.not-an-object", Place(str(path), row), {"name": shown(value)}))
        return
    before = findings.errors
    tell = teller(path, row, findings)
    raw = raw_of(value, shape, tell)
    if number is not None and raw.id is None:
        raw = raw._replace(id=f"exam-{number}")
    exam = understand(raw, shape.answers, tell, missing)
    if exam is not None and findings.errors == before:
        yield row, exam


def write_exams(exams: Iterable[Exam], target: TextIO, layout: Layout) -> int:
    """Write examinations one by one, to be read back by :func:`read_exams` unchanged; how many.

    ``Layout.PRAXIS`` is written one object a line, with our ``id``.
    """
    count = 0
    rows = csv.writer(target, lineterminator="\n")
    if layout is Layout.CSV:
        rows.writerow(COLUMNS)
    shape = PRAXIS if layout is Layout.PRAXIS else OURS
    for exam in exams:
        count += 1
        if layout is Layout.CSV:
            rows.writerow(fields_of(exam))
        else:
            target.write(json.dumps(record_of(exam, shape), ensure_ascii=False) + "\n")
    return count
