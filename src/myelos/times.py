"""Instants are UTC; days are differences of civil dates where the person is.

The injury day is day 0. At 23:00 UTC on the 54th day by UTC it is already 08:00 of day 55 in Tokyo: the day
is asked of the site's time zone, never of the instant.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

YEARS = (1900, 2099)
"""The first and the last year of an instant: dates of birth lie within, and labels end with it."""


def _utc(instant: datetime) -> datetime:
    offset = instant.utcoffset()
    if offset is None:
        raise PydanticCustomError("shapes.naive-time", "", {"read": instant.isoformat()})
    if offset:
        raise PydanticCustomError("shapes.not-utc", "", {"read": instant.isoformat()})
    if not YEARS[0] <= instant.year <= YEARS[1]:
        limit = YEARS[0] if instant.year < YEARS[0] else YEARS[1]
        raise PydanticCustomError("shapes.out-of-range", "", {"read": instant.isoformat(), "limit": limit})
    return instant


Instant = Annotated[datetime, AfterValidator(_utc)]
"""A moment in UTC (``2026-03-01T08:00:00Z``), its year from 1900 to 2099. A naive or a local time is refused:
ICH E6(R3) 4.2.2."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise PydanticCustomError("shapes.unknown-zone", "", {"read": name})
    return name


Zone = Annotated[str, AfterValidator(_zone)]
"""A time zone by its IANA name, such as ``Asia/Tokyo``."""


@cache
def _info(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


def civil_date(instant: datetime, zone: str) -> date:
    """The calendar date of an instant where ``zone`` is kept."""
    return instant.astimezone(_info(zone)).date()


def day_after(start: date, instant: datetime, zone: str) -> int:
    """Days from the civil date ``start`` (day 0) to the civil date of ``instant`` in ``zone``."""
    return (civil_date(instant, zone) - start).days
