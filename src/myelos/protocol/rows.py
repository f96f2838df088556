"""On which line of a TOML text a key stands, so that a finding can be gone to."""

from __future__ import annotations

import re
from functools import lru_cache

_HEADING = re.compile(r"\s*(\[\[?)([^\[\]]*)\]")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[^\s"'#=]+)\s*=""")


def row_of(text: str, key: str) -> int | None:
    """The line, from 1, of a dotted key (``gates[1].criteria[0].of``), or of what it stands in, or None."""
    rows = _rows(text)
    while key and key not in rows:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return rows.get(key)


@lru_cache(maxsize=4)
def _rows(text: str) -> dict[str, int]:
    rows: dict[str, int] = {}
    counted: dict[str, int] = {}
    inside = listed = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if listed:
            listed = _listed(line, listed, number, counted, rows)
        elif heading := _HEADING.match(line):
            inside = _numbered(heading[2].replace('"', ""), heading[1] == "[[", counted)
            rows.setdefault(inside, number)
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            path = f"{inside}.{name}" if inside else name
            rows.setdefault(path, number)
            listed = path if line.rstrip().endswith("[") else ""
    return rows


def _listed(line: str, path: str, number: int, counted: dict[str, int], rows: dict[str, int]) -> str:
    """One line of a list written over several lines, an element a line; the list goes on unless it ends."""
    start = line.strip()[:1]
    if start == "]":
        return ""
    if start and start != "#":
        counted[path] = counted.get(path, -1) + 1
        rows.setdefault(f"{path}[{counted[path]}]", number)
    return path


def _numbered(name: str, opens: bool, counted: dict[str, int]) -> str:
    """The dotted name of a heading with the number of every array of tables on its way."""
    path = ""
    parts = [part.strip() for part in name.split(".")]
    for place, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        last = place == len(parts) - 1
        if last and opens:
            counted[path] = counted.get(path, -1) + 1
        if path in counted:
            path = f"{path}[{counted[path]}]"
    return path
