"""When something began or ended, as far as it is known, and whether that lies in a window.

``unknown``, a year, a month, a day or an instant: each is a span from its earliest to its latest possible
moment, and questions about a span are answered yes, no or unknown. Nothing is filled in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from myelos.answers import Answer
from myelos.quantities import Amount
from myelos.times import civil_date

UNKNOWN = "unknown"
_DATE = re.compile(r"((?:19|20)\d\d)(?:-(\d\d)(?:-(\d\d))?)?")
_INSTANT = re.compile(r"(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?Z")
_WRITTEN = "unknown, YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ"


@dataclass(frozen=True, slots=True)
class Span:
    """From the earliest to the latest moment something can have been (UTC, both possible); None is open."""

    earliest: datetime | None
    latest: datetime | None

    def no_later_than(self, instant: datetime) -> Span:
        """The same, knowing that it had been by ``instant`` (it was reported then).

        A span wholly after ``instant`` stays as it was written.
        """
        if self.earliest is not None and self.earliest > instant:
            return self
        return Span(self.earliest, instant if self.latest is None else min(self.latest, instant))


def _written(when: str) -> str:
    try:
        span(when, "UTC")
    except ValueError:
        params = {"read": when[:80], "form": _WRITTEN}
        raise PydanticCustomError("shapes.wrong-form", "", params) from None
    return when


When = Annotated[str, AfterValidator(_written)]
"""``unknown``, ``2026``, ``2026-03``, ``2026-03-01`` (civil dates) or ``2026-03-01T08:00:00Z`` (UTC)."""


@lru_cache(maxsize=1 << 14)
def span(when: str, zone: str) -> Span:
    """The span of what was written, its civil dates being those of ``zone``.

    Raises ValueError for any other form and for dates that do not exist.
    """
    if when == UNKNOWN:
        return Span(None, None)
    if _INSTANT.fullmatch(when):
        instant = datetime.fromisoformat(when)
        return Span(instant, instant)
    found = _DATE.fullmatch(when)
    if found is None:
        raise ValueError(f"{when!r} is not one of: {_WRITTEN}")
    year, month, day = (int(part) if part else None for part in found.groups())
    first = date(year or 0, month or 1, day or 1)
    after = _next(first, month, day)
    return Span(_midnight(first, zone), _midnight(after, zone) - timedelta(microseconds=1))


def _next(first: date, month: int | None, day: int | None) -> date:
    if day is not None:
        return first + timedelta(days=1)
    if month is not None:
        return (first + timedelta(days=31)).replace(day=1)
    return date(first.year + 1, 1, 1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def lasting(amount: Amount) -> timedelta:
    """Hours, or days of 24 hours, as a duration. Raises ValueError for another unit."""
    if amount.unit not in ("h", "d"):
        raise ValueError(f"{amount} is no time in h or d")
    return timedelta(hours=float(amount.value) * (24 if amount.unit == "d" else 1))


def since(began: Span, start: datetime) -> Answer:
    """Whether something that ``began`` in a span began at ``start`` or after it."""
    if began.earliest is not None and began.earliest >= start:
        return Answer.YES
    return Answer.NO if began.latest is not None and began.latest < start else Answer.UNKNOWN


def within(began: Span, start: datetime, window: Amount | None, zone: str) -> Answer:
    """Whether something began after ``start`` and no later than ``window`` after it.

    A window in hours is exact; one in days counts civil dates of ``zone`` (day 30 lies in ``30 d`` until its
    midnight). Without a window, at any time after.
    """
    after = since(began, start)
    if window is None or after is Answer.NO:
        return after
    if began.earliest is not None and not _in_time(began.earliest, start, window, zone):
        return Answer.NO
    sure = began.latest is not None and _in_time(began.latest, start, window, zone)
    return after if sure else Answer.UNKNOWN


def _in_time(moment: datetime, start: datetime, window: Amount, zone: str) -> bool:
    if window.unit == "h":
        return moment - start <= lasting(window)
    return (civil_date(moment, zone) - civil_date(start, zone)).days <= window.value
