"""The texts that were scanned for a command, each with its place in it, and the command with another text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from myelos.cells.commands import Scan

Place = tuple[str | int, ...]
"""The way to a field: names of fields and positions in lists."""

SCANNED = ("wristband", "decoded")
"""Fields that hold what was scanned, besides the ``read`` of a :class:`Scan`."""


def scanned(order: Any) -> Iterator[tuple[Place, str]]:
    """Every text that was scanned for a command."""
    yield from _texts(order, ())


def _texts(made: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(made, Scan):
        yield (*place, "read"), made.read
    elif isinstance(made, tuple):
        for number, each in enumerate(made):
            yield from _texts(each, (*place, number))
    elif is_dataclass(made):
        for each in fields(made):
            inside = getattr(made, each.name)
            if each.name in SCANNED:
                yield (*place, each.name), inside
            else:
                yield from _texts(inside, (*place, each.name))


def put(made: Any, place: Place, text: Any) -> Any:
    """The command with another value at a place."""
    if not place:
        return text
    first, rest = place[0], place[1:]
    if isinstance(first, int):
        return (*made[:first], put(made[first], rest, text), *made[first + 1 :])
    return replace(made, **{first: put(getattr(made, first), rest, text)})
