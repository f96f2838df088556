"""Read tables: those we ship, each row with its source, and those a user brings, with bounded memory.

A shipped table is CSV in a room's ``data`` folder. A user's text is read line by line in bounded
memory; what cannot be text (UTF-16, binary noise, lines without end) is refused with a finding.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from myelos.findings import Finding, Place, Refused

LONGEST_LINE = 1 << 16
"""Bytes a line of a user's text may have."""

_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def shipped(package: str, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of ``data/NAME`` in ``package``, each with key ``row`` (its line, the header being 1).

    Raises ValueError when the header is not exactly ``columns``: a shipped table is code.
    """
    with files(package).joinpath("data", name).open(encoding="utf-8") as text:
        reader = csv.DictReader(line for line in text if not line.startswith("#"))
        if list(reader.fieldnames or ()) != list(columns):
            raise ValueError(f"{package}/data/{name}: columns are {reader.fieldnames}, not {list(columns)}")
        return [{**row, "row": str(number)} for number, row in enumerate(reader, start=2)]


def lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, str]]:
    """(line number from 1, text without its line end) of a user's UTF-8 file, in bounded memory.

    Raises :class:`~myelos.findings.Refused` when the file cannot be read, is not UTF-8 text, or has a
    line over ``longest`` bytes; the place names the row.
    """
    try:
        with path.open("rb") as raw:
            _refuse_other_encodings(path, raw.peek(4)[:4])
            number = 0
            while line := raw.readline(longest + 1):
                number += 1
                yield number, _decoded(path, number, line, longest)
    except OSError as error:
        finding = Finding("tables.cannot-be-read", Place(str(path)), {"why": error.strerror or str(error)})
        raise Refused([finding]) from error


def _refuse_other_encodings(path: Path, start: bytes) -> None:
    for mark, name in _OTHER_ENCODINGS:
        if start.startswith(mark):
            raise Refused([Finding("tables.not-utf-8", Place(str(path), 1), {"read": name})])


def _decoded(path: Path, number: int, line: bytes, longest: int) -> str:
    if b"\0" in line:
        raise Refused([Finding("tables.not-text", Place(str(path), number))])
    if len(line) > longest:
        raise Refused([Finding("tables.line-too-long", Place(str(path), number), {"longest": longest})])
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        params = {"read": f"byte 0x{line[error.start]:02x}"}
        raise Refused([Finding("tables.not-utf-8", Place(str(path), number), params)]) from error
