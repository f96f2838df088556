"""Frames of examinations to frames of results, block by block, on as many cores as the executor has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from myelos.findings import Finding, Findings, Place
from myelos.isncsci import possible
from myelos.isncsci.classification import GRADES, SUMS, rule_numbers, written
from myelos.isncsci.cohorts import kernel, scan
from myelos.isncsci.cohorts.columns import ColumnMap, missing_columns
from myelos.isncsci.cohorts.decode import Codes, Source, decode, ids_of
from myelos.isncsci.editions import OUTPUTS, RuleSet
from myelos.isncsci.records import Missing
from myelos.isncsci.segments import LABELS, Segment

BLOCK = 4000
"""Examinations a core works on at a time: their cells and sets stay in its cache (no power of two: columns
would then fall on the same lines of it)."""

SLICE = 250_000
"""Examinations a thread takes at a time, at the most."""

LEAST = 10_000
"""Examinations for which a second thread is worth while."""

LEVELS: tuple[str, ...] = ("NA", *(label for segment, label in LABELS.items() if segment is not Segment.S4_5))
"""The levels a result can have, in order; ``NA`` for no zone."""

FINDING_CODES = (
    "isncsci.only-contraction-missing",
    "isncsci.no-muscle-below-nli",
    "isncsci.non-key-zone-in-d",
    "isncsci.stronger-below",
    "isncsci.anal-sensation-denied",
    "isncsci.prick-without-touch",
    "isncsci.e-needs-documented-deficit",
    "isncsci.tie-may-be-open",
    "isncsci.tags-before-2019",
)
"""The findings an examination can have, by the bit of the column ``findings``. Findings that an edition
brings with every result (``isncsci.edition-certainty``, ``isncsci.motor-level-1992``) are not repeated in
every row; what tags do is in ``stars``."""

_TYPES = {"ais": pl.Enum(list(GRADES)), "complete": pl.Enum(["C", "I"])}
_LEVEL = pl.Enum(list(LEVELS))


@dataclass(frozen=True)
class Job:
    """What is asked of every frame: how its columns are named, the rules, what a missing cell is, and whether
    the pairs of AIS and NLI are wanted."""

    columns: ColumnMap
    rules: RuleSet
    missing: Missing
    joint: bool


def check_columns(frame_columns: list[str], job: Job, findings: Findings, file: str | None) -> None:
    """Tell each column that the table must have and has not (with ``missing`` NT only the anal answer of 1992
    and all others may be absent), and one that is there twice but for its case."""
    if job.columns.any_case:
        lower = [name.lower() for name in frame_columns]
        for name in frame_columns:
            if lower.count(name.lower()) > 1:
                findings.add(Finding("isncsci.duplicate-column", Place(file, 1, name), {"column": name}))
    absent = missing_columns(frame_columns, job.columns)
    if job.missing is Missing.NT and len(absent) < len(missing_columns([], job.columns)):
        return
    for name in absent:
        findings.add(Finding("isncsci.missing-column", Place(file, 1, name), {"column": name}))


def classify_frame(
    frame: pl.DataFrame,
    job: Job,
    findings: Findings,
    source: Source,
    executor: Executor | None = None,
) -> pl.DataFrame:
    """The results of a frame, row by row; rows at fault are told, in order, and their results mean nothing.

    The executor's threads take equal pieces of at most :data:`SLICE` rows.
    """
    rows = max(frame.height, 1)
    cores = 1 if executor is None else max(1, min(os.cpu_count() or 1, rows // LEAST))
    pieces = -(-rows // SLICE)
    size = -(-rows // (-(-pieces // cores) * cores))

    def piece(start: int) -> tuple[pl.DataFrame, Findings]:
        own = Findings(findings.limit)
        place = replace(source, first_row=source.first_row + start)
        return _classify(frame[start : start + size], job, own, place), own

    starts = range(0, rows, size)
    parts = []
    for part, own in map(piece, starts) if executor is None else executor.map(piece, starts):
        parts.append(part)
        findings.merge(own)
    return pl.concat(parts)


def _classify(frame: pl.DataFrame, job: Job, findings: Findings, source: Source) -> pl.DataFrame:
    cells = decode(frame, job.columns, job.rules.any_anal_sensation, job.missing, findings, source)
    ids = ids_of(frame, job.columns, findings, source)
    return result(ids, run_blocks(cells, job), job)


@dataclass(frozen=True)
class Blocks:
    """What the kernel gives, a row an output (or sum), a column an examination: sets, least and greatest
    sums; and for each examination its stars and flags."""

    sets: NDArray[np.uint32]
    stars: NDArray[np.uint16]
    low: NDArray[np.uint8]
    high: NDArray[np.uint8]
    flags: NDArray[np.uint8]


def run_blocks(cells: Codes, job: Job) -> Blocks:
    """The kernel over codes (cells by rows), :data:`BLOCK` rows at a time."""
    rows = cells.shape[1]
    made = Blocks(
        np.zeros((kernel.SET_COUNT if job.joint else len(OUTPUTS), rows), dtype=np.uint32),
        np.zeros(rows, dtype=np.uint16),
        np.zeros((kernel.SUM_COUNT, rows), dtype=np.uint8),
        np.zeros((kernel.SUM_COUNT, rows), dtype=np.uint8),
        np.zeros(rows, dtype=np.uint8),
    )
    rules, work = np.array(rule_numbers(job.rules), dtype=np.int64), _workspace()
    for start in range(0, rows, BLOCK):
        here = slice(start, start + BLOCK)
        some = np.ascontiguousarray(cells[:, here])
        states = np.zeros((2 * kernel.PARTS, some.shape[1]), dtype=np.uint32)
        kernel.classify_block(
            some, kernel.CONSTANTS[True], kernel.CONSTANTS[False], rules, job.rules.entries, states, work,
            made.sets[:, here], made.stars[here], made.low[:, here], made.high[:, here], made.flags[here],
            job.joint,
        )  # fmt: skip
    return made


def _workspace() -> tuple[NDArray[np.int64], ...]:
    return tuple(np.zeros(len(each), dtype=np.int64) for each in possible.workspace())


def result(ids: pl.Series, made: Blocks, job: Job) -> pl.DataFrame:
    """The typed columns of a result, as :mod:`myelos.isncsci.cohorts` lists them."""
    sets = made.sets
    columns: list[pl.Series] = [ids]
    claimed = [(i, name) for i, name in enumerate(OUTPUTS) if name in job.rules.outputs]
    columns += [_only(name, sets[i]) for i, name in claimed]
    columns += [pl.Series(f"{name}_set", sets[i]) for i, name in claimed]
    if job.joint and "nli" in job.rules.outputs:
        columns += [pl.Series(f"nli_if_{g}", sets[possible.JOINT + i]) for i, g in enumerate(GRADES)]
    columns.append(pl.Series("stars", made.stars & _claimed_stars(job.rules)))
    columns += _sums(made.low, made.high)
    columns.append(pl.Series("findings", _findings(made, job)))
    return pl.DataFrame(columns)


def _claimed_stars(rules: RuleSet) -> np.uint16:
    return np.uint16(sum(1 << i for i, name in enumerate(OUTPUTS) if name in rules.outputs))


def _only(name: str, sets: NDArray[Any]) -> pl.Series:
    """The value where there is one, null where there are several."""
    kind = _TYPES.get(name)
    codes, several = np.empty(sets.size, dtype=np.uint8), np.zeros(sets.size, dtype=np.bool_)
    if scan.only(sets, _LEVEL_CODES if kind is None else _PLACES, codes, several):
        return pl.Series(name, codes).cat.to(kind or _LEVEL).set(pl.Series(several), None)
    return pl.Series(name, codes).cat.to(kind or _LEVEL)


_PLACES = np.arange(32, dtype=np.uint8)
_LEVEL_CODES = np.zeros(32, dtype=np.uint8)
_LEVEL_CODES[[int(Segment.of(label)) for label in LEVELS[1:]]] = np.arange(1, len(LEVELS))


def _sums(low: NDArray[Any], high: NDArray[Any]) -> Iterator[pl.Series]:
    """Least and greatest of the twelve sums, in the order of every record."""
    for i in range(0, kernel.SUM_COUNT, 2):
        right, left, both = SUMS[3 * (i // 2) : 3 * (i // 2) + 3]
        for bound, held in (("low", low), ("high", high)):
            yield pl.Series(f"{right}_{bound}", held[i])
            yield pl.Series(f"{left}_{bound}", held[i + 1])
            yield pl.Series(f"{both}_{bound}", held[i] + held[i + 1])


def _findings(made: Blocks, job: Job) -> NDArray[np.uint16]:
    """The kernel's flags as bits of :data:`FINDING_CODES`, and those that follow from grade, tags and
    edition."""
    grades, flags = made.sets[possible.AIS], made.flags
    bits = flags.astype(np.uint16) & 0b111111
    if job.rules.tie_open:
        bits &= ~np.uint16(0b010)
        bits |= ((grades & 12) == 12).astype(np.uint16) << 7
    if job.rules.zones_if_complete:
        bits &= ~np.uint16(0b100)
    bits |= ((grades >> 4) & 1).astype(np.uint16) << 6
    tagged = (flags & kernel.TAGGED) != 0
    if not job.rules.tags:
        bits |= tagged.astype(np.uint16) << 8
    return bits.astype(np.uint16)


def set_names(output: str, held: int) -> tuple[str, ...]:
    """The values that a set of a result's column ``OUTPUT_set`` holds, in order: ``("B", "D")``.

    Raises KeyError for an output that is none.
    """
    if output not in OUTPUTS:
        raise KeyError(output)
    return written(output, held)


def star_names(held: int) -> tuple[str, ...]:
    """The outputs that the column ``stars`` marks."""
    return tuple(name for i, name in enumerate(OUTPUTS) if held >> i & 1)


def finding_names(held: int) -> tuple[str, ...]:
    """The codes of the findings that the column ``findings`` marks."""
    return tuple(code for i, code in enumerate(FINDING_CODES) if held >> i & 1)
