"""Instants are UTC; days are civil days where the person is, the injury day being day 0."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.times import civil_date, day_after

INJURY = date(2026, 1, 10)
ZONES = st.sampled_from(
    ["Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Niue", "Europe/Berlin", "America/St_Johns"]
)


def test_eight_in_the_morning_in_tokyo_on_day_55_is_not_day_54() -> None:
    """By UTC it is still the evening of day 54; the person has lived 55 civil days since the injury."""
    instant = datetime(2026, 1, 10, 23, 0, tzinfo=UTC) + timedelta(days=54)
    assert instant.astimezone(ZoneInfo("Asia/Tokyo")).hour == 8
    assert day_after(INJURY, instant, "Asia/Tokyo") == 55
    assert day_after(INJURY, instant, "UTC") == 54


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 22, 59, tzinfo=UTC), 0),
        ("Europe/Berlin", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 1),
        ("Europe/Berlin", datetime(2026, 3, 29, 21, 59, tzinfo=UTC), 1),
        ("Europe/Berlin", datetime(2026, 3, 29, 22, 0, tzinfo=UTC), 2),
    ],
)
def test_a_day_of_23_hours_is_one_day(zone: str, instant: datetime, day: int) -> None:
    """When clocks go forward the civil day is shorter, and still counts as one (Berlin, 29 March 2026)."""
    assert day_after(date(2026, 3, 28), instant, zone) == day


def noon(day: date, zone: str) -> datetime:
    """Noon of a civil day at a place, in UTC."""
    return datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400), ZONES)
def test_days_count_midnights_of_the_place(start: date, days: int, zone: str) -> None:
    """Noon so many civil days later is that many days after, in every zone and any change of clocks."""
    assert civil_date(noon(start, zone), zone) == start
    assert day_after(start, noon(start + timedelta(days=days), zone), zone) == days
