"""How a check of a protocol says what is wrong: the key, the code, the parameters."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from myelos.findings import Param
from myelos.measures import Measure
from myelos.protocol.trial import Protocol
from myelos.quantities import Amount

Fault = tuple[str, str, dict[str, Param]]
"""The key it stands at, the code without its room, the parameters."""

Measures = Mapping[str, Measure]
"""The measures a protocol lists and that are known, by their id."""

Check = Callable[[Protocol, Measures], Iterator[Fault]]


def fault(key: str, code: str, **params: Param) -> Fault:
    return key, code, params


def unknown(key: str, what: str, read: str, known: Collection[str], **params: Param) -> Fault:
    """A name that refers to nothing, with the nearest that is there."""
    near = difflib.get_close_matches(read, list(known), 1)
    return fault(key, f"unknown-{what}", read=read, near=near[0] if near else "-", **params)


def ids(rows: Iterable[Any]) -> list[str]:
    return [row.id for row in rows]


def twice(names: Iterable[str], key: str, last: str = "") -> Iterator[Fault]:
    """A name that has been used before, at each later place."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield fault(f"{key}[{place}]{last}", "id-used-twice", id=name)
        seen.add(name)


def in_force(rows: Iterable[Any], key: str, start: date) -> Iterator[Fault]:
    """Rows with ``id`` and ``valid_from``: each later than the one before, the first by ``start``."""
    rows = tuple(rows)
    yield from twice(ids(rows), key, ".id")
    if rows and rows[0].valid_from > start:
        dates = {"first": rows[0].valid_from.isoformat(), "start": start.isoformat()}
        yield fault(f"{key}[0].valid_from", "nothing-in-force", **dates)
    for place, (before, after) in enumerate(pairwise(rows), start=1):
        if after.valid_from <= before.valid_from:
            dates = {"before": before.valid_from.isoformat(), "after": after.valid_from.isoformat()}
            yield fault(f"{key}[{place}].valid_from", "dates-not-increasing", **dates)


def range_of(
    low: Amount | None,
    high: Amount | None,
    unit: str | None,
    key: str,
    names: tuple[str, str] = ("low", "high"),
) -> Iterator[Fault]:
    """A range has a limit, in the unit it is compared in, and something between its limits. ``names``: what
    the two limits are called."""
    for name, limit in zip(names, (low, high), strict=True):
        if limit is not None and limit.unit != unit:
            yield fault(f"{key}.{name}", "unit-differs", read=str(limit), unit=unit or "-")
    if low is None and high is None:
        yield fault(f"{key}.{names[0]}", "no-limit")
    elif low is not None and high is not None and low.unit == high.unit and low > high:
        yield fault(f"{key}.{names[0]}", "range-empty", low=str(low), high=str(high))
