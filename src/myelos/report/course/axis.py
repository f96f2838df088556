"""The one axis of days after injury that every line of a trial shares.

The weeks of the cells, up to the last infusion, and the months of follow-up are each drawn to a scale of
their own where the months would otherwise leave the weeks no room; the fold between them is marked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EARLY = 0.56
"""The part of the axis that the days before the fold have."""


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day drawn; ``fold``: where the scale changes, None where it does not."""

    first: int
    fold: int | None
    last: int

    @classmethod
    def of(cls, days: Iterable[int], infused: Iterable[int], planned: int) -> Days:
        """The axis of all these days. ``infused``: the days of infusions; ``planned``: the last day meant."""
        every, given = list(days), list(infused)
        first, last = min([0, *every]), _up(max([30, planned, *every]))
        if not given:
            return cls(first, None, last)
        fold = _up(max(given) + 3)
        return cls(first, fold if fold - first < 0.8 * EARLY * (last - first) else None, last)


def _up(day: int) -> int:
    """The next ten."""
    return -(-day // 10) * 10


@dataclass(frozen=True, slots=True)
class Axis:
    """Days laid from ``left`` to ``right``."""

    days: Days
    left: float
    right: float

    def x(self, day: float) -> float:
        """Where a day is; one outside the axis is at its end."""
        first, fold, last = self.days.first, self.days.fold, self.days.last
        day = min(max(day, first), last)
        if fold is None:
            share = (day - first) / (last - first)
        elif day <= fold:
            share = EARLY * (day - first) / (fold - first)
        else:
            share = EARLY + (1 - EARLY) * (day - fold) / (last - fold)
        return self.left + share * (self.right - self.left)

    def ticks(self, room: float) -> list[int]:
        """Days to name, ``room`` apart at least; the fold is one of them."""
        fold, last = self.days.fold, self.days.last
        if fold is None:
            return self._ticks(0, last, room)
        later = [each for each in self._ticks(0, last, room, start=fold) if each > fold]
        return [*self._ticks(0, fold, room), *later]

    def _ticks(self, low: int, high: int, room: float, start: int | None = None) -> list[int]:
        begin = low if start is None else start
        per_day = (self.x(high) - self.x(begin)) / max(high - begin, 1)
        step = next((each for each in (5, 10, 20, 30, 60, 90, 180, 360) if each * per_day >= room), 720)
        found = [each for each in range(low, high + 1, step) if each >= begin]
        if start is None and self.days.fold == high and found[-1] != high:
            if self.x(high) - self.x(found[-1]) < room:
                found.pop()
            found.append(high)
        if start is not None:
            found = [each for each in found if self.x(each) - self.x(start) >= room]
        return found
