"""A user's text: its filled lines in bounded memory, or all of it when it is small enough; JSON values.

What cannot be read is refused with the row, never met with a traceback.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from myelos.findings import Finding, Place, Refused
from myelos.tables import LONGEST_LINE, lines

LARGEST_WHOLE = 32 << 20
"""Bytes of a file that has to be read whole: one JSON array, or one object over several lines."""

MOST_BLANK = 100_000
"""Blank lines that may follow each other; a longer run is noise."""

_BLANK = re.compile(r"[ \t\r\n]*")


class NotJSON(ValueError):
    """Text that is not JSON: what is wrong in a few words, and at which character of the text."""

    def __init__(self, why: str, at: int = 0) -> None:
        self.why, self.at = why, at
        super().__init__(why)


def filled_lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, str]]:
    """(row, text) of every line that is not blank. Raises Refused as :func:`myelos.tables.lines` does,
    and for more than :data:`MOST_BLANK` blank lines in a row."""
    blank = 0
    for row, text in lines(path, longest):
        if text and not text.isspace():
            blank = 0
            yield row, text
        elif (blank := blank + 1) > MOST_BLANK:
            raise Refused([Finding("isncsci.blank-lines", Place(str(path), row), {"most": MOST_BLANK})])


def whole_text(path: Path) -> str:
    """All of a UTF-8 file of at most :data:`LARGEST_WHOLE` bytes. Raises Refused for any other."""
    try:
        with path.open("rb") as raw:
            data = raw.read(LARGEST_WHOLE + 1)
    except OSError as error:
        finding = Finding("tables.cannot-be-read", Place(str(path)), {"why": error.strerror or str(error)})
        raise Refused([finding]) from error
    if len(data) > LARGEST_WHOLE:
        raise Refused([Finding("isncsci.too-large", Place(str(path)), {"limit": LARGEST_WHOLE})])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(str(path), data.count(b"\n", 0, error.start) + 1)
        params = {"read": f"byte 0x{data[error.start]:02x}"}
        raise Refused([Finding("tables.not-utf-8", place, params)]) from error


def json_value(text: str) -> object:
    """The one JSON value ``text`` holds. Raises NotJSON, also for a key that an object has twice."""
    value, end = _decoded(text, _skip(text, 0))
    _refuse_rest(text, end)
    return value


def json_values(text: str) -> Iterator[tuple[int, object]]:
    """(row, value) of each element when ``text`` is one array, else of its one value; one at a time.

    Raises NotJSON where the text stops being JSON; what came before has been given.
    """
    at = _skip(text, 0)
    if not text.startswith("[", at):
        yield text.count("\n", 0, at) + 1, json_value(text)
        return
    row, counted, before = 1, 0, "["
    at = _skip(text, at + 1)
    while before == "," or not text.startswith("]", at):
        row, counted = row + text.count("\n", counted, at), at
        value, at = _decoded(text, at)
        yield row, value
        at = _skip(text, at)
        before = text[at : at + 1]
        if before == ",":
            at = _skip(text, at + 1)
        elif before != "]":
            raise NotJSON("a comma or ] is missing after an element", at)
    _refuse_rest(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _refuse_rest(text: str, end: int) -> None:
    if (rest := _skip(text, end)) < len(text):
        raise NotJSON("text follows after the end", rest)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotJSON(f"the key {twice[:40]!r} is there twice")
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


def _decoded(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except NotJSON as error:
        raise NotJSON(error.why, at) from error
    except json.JSONDecodeError as error:
        raise NotJSON(f"{error.msg}, character {error.pos - at + 1}", error.pos) from error
    except RecursionError as error:
        raise NotJSON("nested too deeply", at) from error
    except ValueError as error:
        raise NotJSON("a number has too many digits", at) from error
