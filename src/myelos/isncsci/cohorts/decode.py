"""A table's columns to codes: every cell read strictly, every fault told with its row and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from myelos.findings import Finding, Findings, Param, Place
from myelos.isncsci.cohorts import scan
from myelos.isncsci.cohorts.columns import ANAL, NON_KEY, NT_CODE, ColumnMap
from myelos.isncsci.cohorts.kernel import FAULTY, MISSING, ROWS, SIDE_CELLS
from myelos.isncsci.exam import CELLS, MOTOR_TOP, SENSORY_TOP
from myelos.isncsci.records import LONGEST_ID, Missing, shown

Codes = NDArray[np.uint8]

_SIDE_NAMES = CELLS[: 2 * SIDE_CELLS]
_MOST_ANSWERS = 3


@dataclass(frozen=True)
class Source:
    """Where a frame comes from: the file, if any, and the row its first examination has there."""

    file: str | None = None
    first_row: int = 1


def block_cells(anal: bool) -> tuple[str, ...]:
    """The cells in the order of a block's rows; ``anal``: the edition asks for any anal sensation."""
    return (*_SIDE_NAMES, "vac", ANAL if anal else "dap", *NON_KEY)


def decode(
    frame: pl.DataFrame,
    columns: ColumnMap,
    anal: bool,
    missing: Missing,
    findings: Findings,
    source: Source,
) -> Codes:
    """The codes of a frame, cells by rows; a cell at fault is told and has a code of the kernel's faulty
    ones.

    A column that is absent is missing in every row; whether that is allowed has been decided before.
    """
    there = {name.lower() if columns.any_case else name: name for name in frame.columns}
    codes = np.zeros((ROWS, frame.height), dtype=np.uint8)
    scratch = np.zeros(frame.height, dtype=np.uint8)  # the answer that this edition does not ask for
    held = [*codes, scratch]
    places = (
        frame.select(pl.col(pl.Categorical, pl.Enum).to_physical()).to_dict()
        if columns.tag_suffix is None
        else {}
    )
    cells = (*block_cells(anal), "dap" if anal else ANAL)
    names = [_column(there, columns, cell) for cell in cells]
    done = _small_numbers(frame, names[:ROWS], columns, codes)
    for at, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if at in done:
            continue
        empty = 0 if cell in NON_KEY or at >= ROWS else MISSING
        if name is None:
            held[at][:] = empty
        else:
            texts = columns.texts(cell)
            scored = texts is columns.motor or texts is columns.sensory
            series = _with_tag(frame, name, columns) if scored else frame[name]
            held[at][:] = _decoded(series, places.get(name), texts, empty, columns.coded)
        if held[at].max(initial=0) >= FAULTY:
            place = name or columns.columns.get(cell, cell)
            _tell_faults(held[at], frame, place, cell, columns, missing, findings, source)
    return codes


def _column(there: Mapping[str, str], columns: ColumnMap, cell: str) -> str | None:
    asked = columns.columns.get(cell, cell)
    return there.get(asked.lower() if columns.any_case else asked)


_TOPS = (*([MOTOR_TOP] * 10 + [SENSORY_TOP] * 56) * 2, 2, 2)


def _small_numbers(
    frame: pl.DataFrame, names: Sequence[str | None], columns: ColumnMap, codes: Codes
) -> frozenset[int]:
    """Read all columns of bytes without gaps at once; the places of those that hold nothing but plain scores.

    The others (codes of NT or of tags, numbers that are no scores) are read again, one by one.
    """
    if not columns.coded:
        return frozenset()
    kinds, gaps = frame.schema, dict(zip(frame.columns, frame.null_count().row(0), strict=True))
    small = [
        (at, name)
        for at, name in enumerate(names[: len(_TOPS)])
        if name is not None and kinds[name] == pl.UInt8 and not gaps[name]
    ]
    if not small or not frame.height:
        return frozenset()
    read = frame.select(name for _, name in small).to_numpy()
    places = [at for at, _ in small]
    codes[places] = read.T
    return frozenset(at for at, top in zip(places, read.max(axis=0), strict=True) if top <= _TOPS[at])


def _with_tag(frame: pl.DataFrame, name: str, columns: ColumnMap) -> pl.Series:
    """The column, with the text of its tag column put after ``|`` where the map has such columns."""
    if columns.tag_suffix is None:
        return frame[name]
    tag = name.removesuffix("_value") + columns.tag_suffix
    tags = frame[tag].cast(pl.String).fill_null("") if tag in frame.columns else pl.lit("")
    texts = pl.col(name).cast(pl.String)
    joined = pl.when(texts.is_null() | (texts == "")).then(None).otherwise(texts + "|" + tags)
    return frame.select(joined.alias(name))[name]


def _decoded(
    series: pl.Series, places: pl.Series | None, texts: Mapping[str, int], empty: int, coded: bool
) -> Codes:
    """The codes of one column; ``empty`` for null and for an empty text, FAULTY for what is not in
    ``texts``."""
    kind = series.dtype
    if kind.is_integer():
        return _of_integers(series, texts, empty, coded)
    if kind.is_float():
        return _of_floats(series, texts, empty, coded)
    if kind == pl.Boolean and len(texts) <= _MOST_ANSWERS:
        return series.cast(pl.UInt8).fill_null(empty).to_numpy()
    if places is not None:
        return _of_categories(series, places, texts, empty)
    if kind == pl.Null:
        return np.full(series.len(), empty, dtype=np.uint8)
    if kind == pl.String:
        return _of_texts(series, texts, empty)
    return np.full(series.len(), FAULTY, dtype=np.uint8)


def _of_integers(series: pl.Series, texts: Mapping[str, int], empty: int, coded: bool) -> Codes:
    """Whole numbers: those that are written so among the texts and, where ``coded``, the codes themselves."""
    table = np.full(256, FAULTY, dtype=np.uint8)
    if coded:
        table[list(texts.values())] = list(texts.values())
    for text, code in texts.items():
        if text.removesuffix("|").isdigit():
            table[int(text.removesuffix("|"))] = code
    if empty == 0:
        table[0] = 0
    holes = series.null_count() > 0
    plain = series.fill_null(0) if holes else series
    values = plain.to_numpy()
    if values.dtype == np.uint8:
        top = int(values.max(initial=0))
        codes = values if np.array_equal(table[: top + 1], np.arange(top + 1)) else table[values]
    else:
        fits = (values >= 0) & (values < 256)
        codes = np.where(fits, table[values.astype(np.uint8)], np.uint8(FAULTY))
    return np.where(series.is_null().to_numpy(), np.uint8(empty), codes) if holes else codes


def _of_floats(series: pl.Series, texts: Mapping[str, int], empty: int, coded: bool) -> Codes:
    """Whole numbers that pandas holds as floats because some are missing (NaN)."""
    values = series.to_numpy().astype(np.float64)
    lost = np.isnan(values)
    whole = ~lost & (values == np.floor(values)) & (np.abs(values) < 256)
    codes = _of_integers(pl.Series(np.where(whole, values, 0).astype(np.int64)), texts, empty, coded)
    return np.where(lost, np.uint8(empty), np.where(whole, codes, np.uint8(FAULTY)))


def _of_categories(series: pl.Series, places: pl.Series, texts: Mapping[str, int], empty: int) -> Codes:
    """Categories: each that occurs is understood once, from a row that holds it; ``places`` are their
    numbers."""
    holes = series.null_count() > 0
    values = (places.fill_null(0) if holes else places).to_numpy()
    example = np.full(int(values.max(initial=0)) + 1, -1, dtype=np.int64)
    scan.examples(values, example)
    held = np.flatnonzero(example >= 0)
    known = _stripped(texts, empty)
    table = np.full(example.size, FAULTY, dtype=np.uint8)
    table[held] = [known(text) for text in series[example[held].tolist()].to_list()]
    codes = np.empty(values.size, dtype=np.uint8)
    scan.through(values, table, codes)
    return np.where(series.is_null().to_numpy(), np.uint8(empty), codes) if holes else codes


def _of_texts(series: pl.Series, texts: Mapping[str, int], empty: int) -> Codes:
    """Texts as they are written; those not recognised at once are looked at again without white space."""
    arrow = series.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    views = np.frombuffer(arrow.buffers()[1], dtype=np.uint32).reshape(-1, 4)[arrow.offset :][: series.len()]
    short = {text: code for text, code in texts.items() if len(text.encode()) <= scan.LONGEST} | {"": empty}
    lengths, keys = scan.keys_of(list(short))
    digits = np.full(256, FAULTY, dtype=np.uint8)
    for text, code in short.items():
        if len(text) == 1:
            digits[ord(text)] = code
    codes = np.empty(series.len(), dtype=np.uint8)
    listed = np.array(list(short.values()), dtype=np.uint8)
    bad = scan.from_views(views, lengths, keys, listed, digits, FAULTY, codes)
    if series.null_count():
        codes[series.is_null().to_numpy()] = empty
    if bad:
        rest = np.flatnonzero(codes == FAULTY)
        codes[rest] = _of_few_texts(series.gather(rest), texts, empty)
    return codes


def _of_few_texts(series: pl.Series, texts: Mapping[str, int], empty: int) -> Codes:
    """Texts one by one, each kind understood once."""
    known = _stripped(texts, empty)
    kinds = {text: known(text) for text in series.unique().to_list()}
    return np.array([kinds[text] for text in series.to_list()], dtype=np.uint8)


def _stripped(texts: Mapping[str, int], empty: int) -> Callable[[str | None], int]:
    """The code of a text, white space around it ignored; ``empty`` for none, FAULTY for one not listed."""

    def known(text: str | None) -> int:
        word = (text or "").strip()
        return texts.get(word, FAULTY) if word else empty

    return known


def _tell_faults(
    codes: Codes,
    frame: pl.DataFrame,
    name: str,
    cell: str,
    columns: ColumnMap,
    missing: Missing,
    findings: Findings,
    source: Source,
) -> None:
    """Tell each faulty cell of a column; missing ones become NT where the caller asked for that."""
    if missing is Missing.NT and cell not in NON_KEY:
        codes[codes == MISSING] = 2 if columns.texts(cell) is columns.answers else NT_CODE
    for row in np.flatnonzero(codes >= FAULTY):
        place = Place(source.file, source.first_row + int(row), name)
        if codes[row] == MISSING:
            findings.add(Finding("isncsci.missing", place, {"cell": cell}))
        else:
            read = shown(frame[name][int(row)])
            findings.add(Finding(_code(cell), place, _params(cell, read, columns)))


def _code(cell: str) -> str:
    if cell in NON_KEY:
        return "isncsci.not-a-key-level"
    return "isncsci.not-an-answer" if cell in ("vac", "dap", ANAL) else "isncsci.not-in-column"


def _params(cell: str, read: str, columns: ColumnMap) -> dict[str, Param]:
    allowed = ", ".join(text.removesuffix("|") for text in columns.texts(cell))
    return {"cell": cell, "read": read, "allowed": allowed}


_UNUSABLE = r"^[=+\-@＝＋－＠]|[\p{C}\p{Zl}\p{Zp}]|[\p{Zs}&&[^ ]]|^$"


def ids_of(frame: pl.DataFrame, columns: ColumnMap, findings: Findings, source: Source) -> pl.Series:
    """The ids of a frame, as text or whole numbers; rows are counted where the map names no id column.

    Missing and unusable ids are told, as in :mod:`myelos.isncsci.layouts`.
    """
    asked = columns.columns.get("id")
    there = {name.lower() if columns.any_case else name: name for name in frame.columns}
    name = None if asked is None else there.get(asked.lower() if columns.any_case else asked)
    if name is None:
        rows: Any = np.arange(source.first_row, source.first_row + frame.height)
        return pl.Series("id", rows)
    if frame[name].dtype.is_integer() and frame[name].null_count() == 0:
        return frame[name].alias("id")
    ids = frame[name].cast(pl.String).str.strip_chars(" ").alias("id")
    bad = ids.is_null() | ids.str.contains(_UNUSABLE) | (ids.str.len_chars() > LONGEST_ID)
    for row in np.flatnonzero(bad.fill_null(value=True).to_numpy()):
        place = Place(source.file, source.first_row + int(row), name)
        read = ids[int(row)]
        if read is None or not read.strip():
            findings.add(Finding("isncsci.missing", place, {"cell": "id"}))
        else:
            findings.add(Finding("isncsci.unusable-id", place, {"read": shown(read), "longest": LONGEST_ID}))
    return ids
