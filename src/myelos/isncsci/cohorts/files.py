"""Files of examinations as frames, a chunk of rows at a time; a result that appears whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from myelos.findings import Finding, Findings, Place, Refused
from myelos.isncsci.cohorts.columns import ColumnMap
from myelos.isncsci.cohorts.decode import Source, ids_of
from myelos.isncsci.scoring import cannot_write, check_target

CHUNK = 1 << 16
"""Examinations read at a time: as text some 150 MB."""

FORMATS = (".parquet", ".csv", ".jsonl", ".ndjson")


def frames(path: Path) -> Iterator[tuple[pl.DataFrame, Source]]:
    """The rows of a file in frames of :data:`CHUNK`, with the row each begins at (a CSV's header is row 1).

    JSON objects in objects become columns with dotted names. Raises Refused when the file cannot be read.
    """
    row = 2 if path.suffix == ".csv" else 1
    try:
        for frame in _chunks(path):
            yield _flat(frame), Source(str(path), row)
            row += frame.height
    except OSError as error:
        finding = Finding("tables.cannot-be-read", Place(str(path)), {"why": error.strerror or str(error)})
        raise Refused([finding]) from error
    except pl.exceptions.PolarsError as error:
        why = str(error).splitlines()[0][:200]
        raise Refused([Finding("tables.cannot-be-read", Place(str(path)), {"why": why})]) from error


def _chunks(path: Path) -> Iterator[pl.DataFrame]:
    if path.suffix == ".parquet":
        rows = pl.scan_parquet(path)
        count = int(rows.select(pl.len()).collect().item())
        for start in range(0, count, CHUNK):
            yield rows.slice(start, CHUNK).collect()
    elif path.suffix == ".csv":
        yield from pl.scan_csv(path, infer_schema=False).collect_batches(chunk_size=CHUNK)
    else:
        yield from pl.scan_ndjson(path, infer_schema_length=CHUNK).collect_batches(chunk_size=CHUNK)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Structs as columns of their own, their names joined by dots."""
    while nested := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        frame = frame.unnest(nested, separator=".")
    return frame


def ids_with(path: Path, columns: ColumnMap, hashes: NDArray[np.uint64]) -> Iterator[tuple[int, str]]:
    """(row, id) of the rows of a file whose id has one of ``hashes``."""
    for frame, source in frames(path):
        ids = ids_of(frame, columns, Findings(), source)
        for row in np.flatnonzero(np.isin(ids.hash().to_numpy(), hashes)):
            if ids[int(row)] is not None:
                yield source.first_row + int(row), str(ids[int(row)])


@contextmanager
def spooled(source: Path, target: Path) -> Iterator[Path]:
    """A path to write to, which becomes ``target`` only when the block ends without an exception.

    Raises Refused when the target cannot be written or is the source.
    """
    check_target(source, target)
    final = target.resolve()
    try:
        with tempfile.TemporaryDirectory(dir=final.parent, prefix=".myelos-") as folder:
            part = Path(folder) / "result"
            yield part
            part.replace(final)
    except OSError as error:
        raise cannot_write(target, error.strerror or str(error)) from error
