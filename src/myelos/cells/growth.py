"""Growth from counts: population doublings, doubling time, and what is known of them when a count is missing.

A passage of s viable cells seeded and h harvested has log2(h / s) population doublings (ATCC: n = 3.32 (log
h - log s) + X, X being the doublings before; 3.32 is 1 / log10 2), less than none when cells were lost. Its
doubling time is its hours divided by its doublings, if there are any.

Where a count is unknown the doublings are unknown, and so is every cumulative number from there on. What can
still be said is "at least": no passage is seeded with more cells than the one before it gave, so an unknown
harvest is at least the next seeding, and an unknown seeding at most the last harvest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from pydantic import Field

from myelos.findings import Finding, Param, Place, Refused
from myelos.shapes import value
from myelos.times import Instant

_NOWHERE = Place()


class Counted(Protocol):
    """One passage: viable cells seeded and harvested (None: nobody counted), and the instants (UTC)."""

    @property
    def seeded(self) -> int | None: ...
    @property
    def seeded_at(self) -> datetime: ...
    @property
    def harvested(self) -> int | None: ...
    @property
    def harvested_at(self) -> datetime: ...


@value
class PassageCounts:
    """The counts of one passage as data. All flasks of a passage together are one."""

    seeded: Annotated[int, Field(gt=0)] | None
    seeded_at: Instant
    harvested: Annotated[int, Field(gt=0)] | None
    harvested_at: Instant


@dataclass(frozen=True, slots=True)
class Doublings:
    """Population doublings: their number (None: unknown), and the least they can be (None: no bound)."""

    number: float | None
    at_least: float | None

    @property
    def known(self) -> bool:
        return self.number is not None


@dataclass(frozen=True, slots=True)
class PassageGrowth:
    """What one passage grew.

    ``doubling_hours`` is None when the doublings are unknown and when the cells did not double at all.
    ``cumulative`` counts from the first passage given to the end of this one.
    """

    doublings: Doublings
    cumulative: Doublings
    hours: float
    doubling_hours: float | None


def growth(passages: Sequence[Counted], place: Place = _NOWHERE) -> tuple[PassageGrowth, ...]:
    """The growth of each passage, in order. No passages give no growth.

    Raises Refused with every count that is not positive, every instant that is not UTC or does not come after
    the one before it, and every passage seeded with more cells than were harvested before it; the column of
    a finding is the field: ``passages[1].seeded``.
    """
    found = list(_faults(passages, place))
    if found:
        raise Refused(found)
    reseeded = 0.0  # log2 of how many times fewer cells were seeded than harvested, summed; 0 where unknown
    known, grown = True, []
    for number, each in enumerate(passages):
        before = passages[number - 1].harvested if number else None
        after = passages[number + 1].seeded if number + 1 < len(passages) else None
        if before is not None and each.seeded is not None:
            reseeded += _log2(before, each.seeded)
        known = known and each.seeded is not None and each.harvested is not None
        least_harvest = each.harvested if each.harvested is not None else after
        doublings = Doublings(
            _log2_or_none(each.harvested, each.seeded),
            _log2_or_none(least_harvest, each.seeded if each.seeded is not None else before),
        )
        start = _log2_or_none(least_harvest, passages[0].seeded)
        least = None if start is None else start + reseeded
        cumulative = Doublings(least if known else None, least)
        grown.append(_grown(each, doublings, cumulative))
    return tuple(grown)


def _grown(each: Counted, doublings: Doublings, cumulative: Doublings) -> PassageGrowth:
    hours = (each.harvested_at - each.seeded_at) / timedelta(hours=1)
    number = doublings.number
    doubling = hours / number if number is not None and number > 0 else None
    return PassageGrowth(doublings, cumulative, hours, doubling)


def _log2(more: int, fewer: int) -> float:
    return math.log2(more / fewer)


def _log2_or_none(more: int | None, fewer: int | None) -> float | None:
    return None if more is None or fewer is None else _log2(more, fewer)


def _faults(passages: Sequence[Counted], place: Place) -> Iterator[Finding]:
    earlier: datetime | None = None
    harvested: int | None = None
    for number, each in enumerate(passages):
        at = f"{place.column or 'passages'}[{number}]"
        for name, count in (("seeded", each.seeded), ("harvested", each.harvested)):
            if count is not None and not _positive(count):
                yield _finding("cells.count-not-positive", place, f"{at}.{name}", read=str(count))
        for name, instant in (("seeded_at", each.seeded_at), ("harvested_at", each.harvested_at)):
            fault, earlier = _time_fault(instant, earlier, name == "seeded_at")
            if fault:
                yield _finding(fault, place, f"{at}.{name}", read=instant.isoformat())
        if harvested is not None and each.seeded is not None and each.seeded > harvested:
            params: dict[str, Param] = {"seeded": each.seeded, "harvested": harvested}
            yield _finding("cells.seeded-more-than-harvested", place, f"{at}.seeded", **params)
        harvested = each.harvested if _positive(each.harvested) else None


def _positive(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and count > 0


def _time_fault(instant: datetime, earlier: datetime | None, may_equal: bool) -> tuple[str, datetime | None]:
    """What is wrong with an instant, if anything, and the one the next must come after.

    A passage may be seeded at the instant of the last harvest, but not harvested at that of its seeding.
    """
    if instant.utcoffset() != timedelta(0):
        return "cells.time-not-utc", earlier
    if earlier is None or instant > earlier or (may_equal and instant == earlier):
        return "", instant
    return "cells.time-does-not-advance", earlier


def _finding(code: str, place: Place, column: str, /, **params: Param) -> Finding:
    return Finding(code, Place(place.file, place.row, column), params)
