"""The two doors: a frame in memory, and a file of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from myelos.findings import Finding, Findings, Place
from myelos.isncsci.cohorts.columns import ColumnMap, column_map
from myelos.isncsci.cohorts.decode import Source
from myelos.isncsci.cohorts.files import FORMATS, frames, ids_with, spooled
from myelos.isncsci.cohorts.table import Job, check_columns, classify_frame
from myelos.isncsci.editions import Edition, Reading, rules_of
from myelos.isncsci.records import Missing

Named = str | ColumnMap | Mapping[str, str]
"""A column map: its name (``ours``, ``praxis``, ``redcap``, ``sygen:26``, ``emsci``), itself, or columns by
cell."""


def classify_table(
    table: Any,
    columns: Named = "ours",
    *,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
    missing: Missing | str = Missing.ERROR,
    joint: bool = False,
    executor: Executor | None = None,
) -> pl.DataFrame:
    """Classify every row of a table; one row of results for each, in order.

    ``table`` is a polars or pandas frame, an Arrow table, or a mapping of column names to numpy arrays or
    lists. Cells are text (``3``, ``NT``, ``0**``), categories of such texts, or numbers: a score, or under
    our own names the codes of :class:`ColumnMap`. An empty cell is an error, or NT with ``missing="NT"`` (a
    column may then be absent, too). ``joint`` adds, for each grade, the NLIs that go with it. ``executor``
    (threads) spreads the work over cores.

    Raises :class:`~myelos.findings.Refused` with a finding for every cell at fault (the first thousand, the
    rest counted): row (from 1), column, what was read, what is allowed; for a missing column; for an id that
    is missing, unusable or there twice. Raises ValueError for a map that is none.
    """
    job = Job(column_map(columns), rules_of(edition, reading), Missing(missing), joint)
    frame = _frame(table)
    findings, source = Findings(), Source()
    check_columns(frame.columns, job, findings, None)
    findings.refuse_on_error()
    result = classify_frame(frame, job, findings, source, executor)
    _tell_duplicates(result["id"], findings, source, job)
    findings.refuse_on_error()
    return result


def _frame(table: Any) -> pl.DataFrame:
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if hasattr(table, "__arrow_c_stream__") or isinstance(table, Mapping):
        return pl.DataFrame(table)
    raise TypeError(f"{type(table).__name__} is no frame, Arrow table or mapping of columns")


def _tell_duplicates(ids: pl.Series, findings: Findings, source: Source, job: Job) -> None:
    if "id" not in job.columns.columns or ids.n_unique() == ids.len():
        return
    rows = np.flatnonzero(ids.is_duplicated().to_numpy())
    first: dict[str, int] = {}
    for row in rows:
        number, name = source.first_row + int(row), str(ids[int(row)])
        if first.setdefault(name, number) != number:
            place = Place(source.file, number, job.columns.columns["id"])
            findings.add(Finding("isncsci.duplicate-id", place, {"id": name, "first": first[name]}))


def classify_table_file(
    source: Path,
    target: Path,
    columns: Named = "ours",
    *,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
    missing: Missing | str = Missing.ERROR,
    joint: bool = False,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Classify a file of any size into another, in bounded memory; how many examinations there were.

    ``source`` is ``.parquet``, ``.csv`` or ``.jsonl``, ``target`` ``.parquet`` or ``.csv``; else as
    :func:`classify_table`. The result is written beside the target and moved there when it is whole.
    ``progress`` is called with the count so far. Memory holds one chunk of rows and eight bytes an id.

    Raises Refused as :func:`classify_table`, for a source that cannot be read and a target that cannot be
    written; then nothing is written. Raises ValueError for another kind of file.
    """
    if source.suffix not in FORMATS or target.suffix not in (".parquet", ".csv"):
        raise ValueError(
            f"cannot classify {source.suffix or source.name} into {target.suffix or target.name}"
        )
    job = Job(column_map(columns), rules_of(edition, reading), Missing(missing), joint)
    findings = Findings()
    done = _Done()

    def results() -> Iterator[pl.DataFrame]:
        for frame, place in frames(source):
            if not done.count:
                check_columns(frame.columns, job, findings, str(source))
                if findings.errors:
                    return
            result = classify_frame(frame, job, findings, place, executor)
            done.hashes.append(result["id"].hash().to_numpy())
            done.count += frame.height
            if progress:
                progress(done.count)
            if not findings.errors:
                yield result

    with spooled(source, target) as part:
        _write(results(), part, target.suffix, job)
        if not done.count and not findings.errors:
            findings.add(Finding("isncsci.empty-file", Place(str(source))))
        _tell_duplicates_of_file(source, done.hashes, findings, job)
        findings.refuse_on_error()
    return done.count


class _Done:
    """What a stream keeps of the rows that have gone by."""

    def __init__(self) -> None:
        self.count = 0
        self.hashes: list[NDArray[np.uint64]] = []


def _write(results: Iterator[pl.DataFrame], part: Path, kind: str, job: Job) -> None:
    if kind == ".csv":
        with part.open("w", encoding="utf-8", newline="") as file:
            for number, result in enumerate(results):
                result.write_csv(file, include_header=number == 0)
        return
    first = next(results, None)
    if first is None:
        return  # every row was refused, and is told

    def pieces(*_: object) -> Iterator[pl.DataFrame]:
        yield first
        yield from results

    register_io_source(pieces, schema=first.schema).sink_parquet(part)


def _tell_duplicates_of_file(
    source: Path, hashes: list[NDArray[np.uint64]], findings: Findings, job: Job
) -> None:
    """Ids with a hash that is there twice are read again and compared themselves."""
    if not hashes or "id" not in job.columns.columns:
        return
    held = np.concatenate(hashes)
    held.sort()
    twice = held[1:][held[1:] == held[:-1]]
    if not twice.size:
        return
    first: dict[str, int] = {}
    for row, name in ids_with(source, job.columns, twice):
        if first.setdefault(name, row) != row:
            place = Place(str(source), row, job.columns.columns["id"])
            findings.add(Finding("isncsci.duplicate-id", place, {"id": name, "first": first[name]}))
