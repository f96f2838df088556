"""Dates known in part: every question about one is answered yes, no or unknown, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from myelos.answers import Answer
from myelos.quantities import Amount
from myelos.safety.moments import Span, When, lasting, since, span, within

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["Asia/Tokyo", "UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
WINDOWS = st.sampled_from([Amount.of("24 h"), Amount.of("30 d"), Amount.of("1 d"), None])


@pytest.mark.parametrize(
    ("written", "earliest", "latest"),
    [
        ("2026-03-02", "2026-03-01T15:00:00+00:00", "2026-03-02T14:59:59.999999+00:00"),
        ("2026-02", "2026-01-31T15:00:00+00:00", "2026-02-28T14:59:59.999999+00:00"),
        ("2026", "2025-12-31T15:00:00+00:00", "2026-12-31T14:59:59.999999+00:00"),
        ("2026-03-02T08:30Z", "2026-03-02T08:30:00+00:00", "2026-03-02T08:30:00+00:00"),
    ],
)
def test_a_date_is_the_span_of_the_civil_date_where_it_was_written(
    written: str, earliest: str, latest: str
) -> None:
    """The second of March in Tokyo begins at 15:00 UTC on the first."""
    found = span(written, "Asia/Tokyo")
    assert (str(found.earliest).replace(" ", "T"), str(found.latest).replace(" ", "T")) == (earliest, latest)


def test_unknown_is_open_on_both_sides_until_it_was_reported() -> None:
    """An unknown onset is before its report, and that is all that is known."""
    reported = datetime(2026, 3, 5, tzinfo=UTC)
    assert span("unknown", "UTC") == Span(None, None)
    assert span("unknown", "UTC").no_later_than(reported) == Span(None, reported)


@pytest.mark.parametrize(
    "written", ["", "soon", "2026-13", "2026-02-30", "2026-3-1", "2026-03-01T08:30", "2026-03-01T08:30+09:00"]
)
def test_other_forms_are_refused(written: str) -> None:
    """No text is guessed to be a date; a local time is none."""
    with pytest.raises(ValidationError):
        TypeAdapter(When).validate_python(written)


@given(MOMENTS, MOMENTS, MOMENTS, WINDOWS, ZONES)
def test_an_answer_about_a_span_holds_for_every_moment_in_it(
    one: datetime, other: datetime, start: datetime, window: Amount | None, zone: str
) -> None:
    """Yes and no are sure: both ends and the middle of the span, asked alone, say the same."""
    earliest, latest = sorted((one, other))
    said = within(Span(earliest, latest), start, window, zone)
    alone = {
        within(Span(moment, moment), start, window, zone)
        for moment in (earliest, latest, earliest + (latest - earliest) / 2)
    }
    assert Answer.UNKNOWN not in alone
    if said is not Answer.UNKNOWN:
        assert alone == {said}


@given(MOMENTS, st.integers(0, 60), WINDOWS, ZONES)
def test_what_is_known_later_never_contradicts_what_was_sure(
    moment: datetime, days: int, window: Amount | None, zone: str
) -> None:
    """A wider span gives the same answer or unknown."""
    start = moment - timedelta(days=days)
    exact = within(Span(moment, moment), start, window, zone)
    for wider in (Span(moment, None), Span(None, moment), Span(None, None), Span(start, moment)):
        assert within(wider, start, window, zone) in (exact, Answer.UNKNOWN)


def test_hours_are_exact_and_days_are_civil_dates() -> None:
    """24 h end to the second; 30 d end at midnight where the procedure was done."""
    start = datetime(2026, 3, 1, 1, tzinfo=UTC)
    at = lambda hours: Span(start + timedelta(hours=hours), start + timedelta(hours=hours))  # noqa: E731
    day = Amount.of("24 h")
    assert within(at(24), start, day, "Asia/Tokyo") is Answer.YES
    assert within(at(24.001), start, day, "Asia/Tokyo") is Answer.NO
    month = Amount.of("30 d")
    assert within(at(30 * 24 + 13.9), start, month, "Asia/Tokyo") is Answer.YES  # 23:54 on day 30
    assert within(at(30 * 24 + 14), start, month, "Asia/Tokyo") is Answer.NO  # 00:00 on day 31
    assert within(at(-0.1), start, month, "Asia/Tokyo") is Answer.NO


def test_the_day_of_the_procedure_itself_may_be_before_or_after_it() -> None:
    """Only a date is known, and it is the infusion's own: whether it began after is not known."""
    start = datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert since(span("2026-03-01", "Asia/Tokyo"), start) is Answer.UNKNOWN
    assert since(span("2026-03-02", "Asia/Tokyo"), start) is Answer.YES
    assert since(span("2026-02-28", "Asia/Tokyo"), start) is Answer.NO


def test_a_duration_is_hours_or_days_and_nothing_else() -> None:
    """Two days are 48 hours; an amount of something else has no duration."""
    assert lasting(Amount.of("2 d")) == lasting(Amount.of("48 h")) == timedelta(days=2)
    with pytest.raises(ValueError, match="no time"):
        lasting(Amount.of("2 mL"))
