"""Score a whole file: a result for each examination, in order, or every reason why not and nothing written.

The result is ``csv`` (a line an examination: ``id``, the eleven outputs, the stars, the sums, the codes of
its findings joined by ``;``; an output with several values joins them by ``|``, a sum with bounds is
``40–45``) or ``jsonl`` (:meth:`Classification.as_dict`, one a line).
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from myelos.findings import Finding, Findings, Place, Refused
from myelos.isncsci.classification import SUMS, Classification, classify
from myelos.isncsci.editions import OUTPUTS, Edition, Reading
from myelos.isncsci.exam import Exam
from myelos.isncsci.layouts import Layout, read_numbered
from myelos.isncsci.records import Missing

RESULT_COLUMNS: tuple[str, ...] = ("id", *OUTPUTS, "stars", *SUMS, "findings")
"""The columns of a ``csv`` result."""

_STEP = 1000


def classify_file(
    source: Path,
    target: Path | TextIO,
    layout: Layout = Layout.CSV,
    out_format: str = "csv",
    *,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
    missing: Missing | str = Missing.ERROR,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Classify every examination of ``source`` into ``target``, in order; how many there were.

    ``out_format`` is ``csv`` or ``jsonl``. The result is spooled beside a target path and moved there when
    it is whole, or copied to an open stream; a target never holds half of it. ``progress`` is called with
    the count so far, now and then and at the end.

    Raises :class:`~myelos.findings.Refused` with the findings of the whole file (the first thousand; the
    rest counted) when any examination cannot be read, and when the target cannot be written; then nothing is
    written. ``missing="NT"`` takes empty cells for NT. Raises ValueError for another ``out_format``.
    """
    if out_format not in ("csv", "jsonl"):
        raise ValueError(f"{out_format!r} is neither csv nor jsonl")
    findings = Findings()
    with spooled(source, target) as spool:
        write = _writer(spool, out_format)
        count = 0
        for result in _results(source, layout, reading, edition, Missing(missing), findings):
            if not findings.errors:
                write(result)
            count += 1
            if progress and count % _STEP == 0:
                progress(count)
        findings.refuse_on_error()
    if progress:
        progress(count)
    return count


def _results(
    source: Path, layout: Layout, reading: Reading, edition: Edition, missing: Missing, findings: Findings
) -> Iterator[Classification]:
    for row, exam in read_numbered(source, layout, findings, missing):
        result = classify_row(source, row, exam, reading, edition, findings)
        if result is not None:
            yield result


def classify_row(
    source: Path, row: int, exam: Exam, reading: Reading, edition: Edition, findings: Findings
) -> Classification | None:
    """The result of an examination of a file; None where it is refused, which is told with its row."""
    try:
        return classify(exam, reading, edition)
    except Refused as refused:
        for finding in refused.findings:
            findings.add(replace(finding, place=Place(str(source), row, finding.place.column)))
    return None


def _writer(spool: TextIO, out_format: str) -> Callable[[Classification], object]:
    if out_format == "jsonl":
        return lambda result: spool.write(json.dumps(result.as_dict(), ensure_ascii=False) + "\n")
    rows = csv.writer(spool, lineterminator="\n")
    rows.writerow(RESULT_COLUMNS)
    return lambda result: rows.writerow(result_fields(result))


def result_fields(result: Classification) -> list[str]:
    """The fields of a result in the order of :data:`RESULT_COLUMNS`."""
    outputs = ("|".join(result.values(name)) for name in OUTPUTS)
    sums = (str(getattr(result.sums, name)) for name in SUMS)
    return [
        result.id,
        *outputs,
        ";".join(result.stars),
        *sums,
        ";".join(finding.code for finding in result.findings),
    ]


@contextmanager
def spooled(source: Path, target: Path | TextIO) -> Iterator[TextIO]:
    """A file to write to, which becomes ``target`` only when the block ends without an exception."""
    if not isinstance(target, Path):
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as spool:
            yield spool
            spool.seek(0)
            shutil.copyfileobj(spool, target)
        return
    check_target(source, target)
    final = target.resolve()
    try:
        with tempfile.TemporaryDirectory(dir=final.parent, prefix=".myelos-") as folder:
            part = Path(folder) / "result"
            with part.open("w", encoding="utf-8", newline="") as spool:
                yield spool
            part.replace(final)
    except OSError as error:
        raise cannot_write(target, error.strerror or str(error)) from error


def check_target(source: Path, target: Path) -> None:
    """Raise Refused for a target that is no regular file, or the source by any name."""
    if target.exists() and not target.is_file():
        raise cannot_write(target, "not a regular file")
    if target.exists() and source.exists() and target.samefile(source):
        raise Refused([Finding("isncsci.target-is-source", Place(str(target)))])


def cannot_write(target: Path, why: str) -> Refused:
    """The refusal of a target that cannot be written."""
    return Refused([Finding("isncsci.cannot-write", Place(str(target)), {"why": why})])
