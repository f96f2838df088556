"""Windows are civil dates where the person is: no clock change, no date line moves a visit by a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.answers import Answer
from myelos.protocol.criteria import Known, judge
from myelos.protocol.loading import load_protocol
from myelos.protocol.trial import Source, Visit, Words
from myelos.protocol.windows import Standing, standing, window
from myelos.times import civil_date, day_after

TRIAL = load_protocol("honmou-phase2")
INJURY = date(2026, 3, 1)
ZONES = [
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
]


def visit(day: int, before: int = 0, after: int = 0) -> Visit:
    return Visit(
        id="it", label=Words(en="made up", ja="試作"), anchor="injury", day=day, before=before, after=after,
        measures=(), source=Source(source="made up for a test", status="proposal"),
    )  # fmt: skip


def test_a_window_runs_from_its_first_to_its_last_day() -> None:
    """180 +- 30 days after an infusion on 10 April: from 7 September to 6 November."""
    made = window(TRIAL.visit("month-6"), date(2026, 4, 10))
    assert (made.first, made.meant, made.last) == (date(2026, 9, 7), date(2026, 10, 7), date(2026, 11, 6))
    assert made.first in made
    assert made.last in made
    assert made.first - timedelta(days=1) not in made
    assert made.last + timedelta(days=1) not in made


@pytest.mark.parametrize(
    ("today", "outside", "expected"),
    [
        (27, -1, "upcoming"),
        (28, 0, "due"),
        (30, 0, "due"),
        (33, 0, "due"),
        (34, 1, "overdue"),
        (400, 367, "overdue"),
    ],
)
def test_a_visit_is_due_within_its_window_and_overdue_after_it(
    today: int, outside: int, expected: str
) -> None:
    """Day 30, two days before to three after; days outside are negative before and positive after."""
    made = visit(30, 2, 3)
    day = INJURY + timedelta(days=today)
    assert window(made, INJURY).days_outside(day) == outside
    assert standing(made, INJURY, day) is Standing(expected)


def test_done_missed_and_waiting_are_told_before_the_day_is_asked() -> None:
    """Done wins over missed, a reason for missing over any date; without day 0 a visit waits."""
    late = INJURY + timedelta(days=99)
    assert standing(visit(30), INJURY, late, done=True, missed=True) is Standing.DONE
    assert standing(visit(30), INJURY, late, missed=True) is Standing.MISSED
    assert standing(visit(30), None, late) is Standing.WAITING
    assert standing(visit(30), None, late, missed=True) is Standing.MISSED


@pytest.mark.requirement("PRD-02")
def test_prd_02_eight_in_the_morning_in_tokyo_on_day_55_is_not_day_54() -> None:
    """23:00 UTC on the 54th day by UTC is day 55 in Tokyo: too late for the infusion there, not in London."""
    (criterion,) = (each for each in TRIAL.gate("second-registration").criteria if each.kind == "days")
    at = datetime(2026, 4, 24, 23, 0, tzinfo=UTC)
    days = {zone: day_after(INJURY, at, zone) for zone in ("UTC", "Asia/Tokyo")}
    assert days == {"UTC": 54, "Asia/Tokyo": 55}
    answers = [judge(criterion, Known(days=day)).answer for day in days.values()]
    assert answers == [Answer.YES, Answer.NO]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Asia/Tokyo", "2026-03-14T14:59:59+00:00", 13),  # a second before midnight there
        ("Asia/Tokyo", "2026-03-14T15:00:00+00:00", 14),
        (
            "America/New_York",
            "2026-03-09T03:59:59+00:00",
            7,
        ),  # clocks went forward on 8 March: midnight is 04:00 UTC
        ("America/New_York", "2026-03-09T04:00:00+00:00", 8),
        ("America/New_York", "2026-03-08T04:59:59+00:00", 6),  # and was 05:00 UTC the night before
        ("Europe/Berlin", "2026-03-29T21:59:59+00:00", 28),  # forward on 29 March: 22:00 UTC is midnight
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", 29),
        ("Pacific/Kiritimati", "2026-03-03T10:00:00+00:00", 3),  # UTC+14
        ("Pacific/Pago_Pago", "2026-03-03T10:00:00+00:00", 1),  # UTC-11: the same instant, two days earlier
    ],
)
def test_a_day_begins_at_midnight_where_the_person_is(zone: str, at: str, day: int) -> None:
    """Time zones, changed clocks and the date line: the due day is the civil one."""
    instant = datetime.fromisoformat(at)
    assert day_after(INJURY, instant, zone) == day
    assert standing(visit(day), INJURY, civil_date(instant, zone)) is Standing.DUE


def test_a_date_that_a_place_left_out_is_still_a_day() -> None:
    """Samoa had no 30 December 2011: the day after the 29th was the 31st, two days later by date."""
    assert day_after(date(2011, 12, 29), datetime(2011, 12, 30, 9, 59, tzinfo=UTC), "Pacific/Apia") == 0
    assert day_after(date(2011, 12, 29), datetime(2011, 12, 30, 10, 0, tzinfo=UTC), "Pacific/Apia") == 2


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.integers(0, 24 * 60),
    st.sampled_from(ZONES),
    st.integers(0, 400),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_on_the_first_and_last_day_of_a_window_any_minute_is_due(
    injury: date, minute: int, zone: str, day: int, before: int, after: int
) -> None:
    """Whatever the zone and the minute of a civil date, the standing is that of the date."""
    made = visit(day, before, after)
    at = datetime(injury.year, injury.month, injury.day, tzinfo=UTC) + timedelta(days=day, minutes=minute)
    today = civil_date(at, zone)
    days = (today - injury).days
    expected = Standing.DUE if day - before <= days <= day + after else None
    told = standing(made, injury, today)
    assert (told is Standing.DUE) == (expected is Standing.DUE)
    assert told in (Standing.UPCOMING, Standing.DUE, Standing.OVERDUE)


def test_a_window_ends_with_the_calendar() -> None:
    """A visit long after a date in the year 9999 does not crash."""
    assert window(visit(36600), date(9999, 12, 1)).last == date.max
    assert window(visit(0, 3660), date(1, 1, 2)).first == date.min
