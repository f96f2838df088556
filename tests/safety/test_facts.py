"""Procedures in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from myelos.safety.facts import Done, InTime
from myelos.safety.terms import Procedure

START = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.lists(st.integers(0, 60), max_size=400))
def test_procedures_stand_in_order_of_time_however_late_they_are_told(hours: list[int]) -> None:
    """The same as a stable sort: of one moment, as they were told; and none is lost."""
    told = [
        Done(person=f"P{n}", procedure=Procedure.MARROW, at=START + timedelta(hours=hour), zone="Asia/Tokyo")
        for n, hour in enumerate(hours)
    ]
    kept = InTime()
    for each in told:
        before, kept = kept, kept.adding(each)
        assert len(before) + 1 == len(kept)
    assert list(kept) == sorted(told, key=lambda each: each.at)
    assert all(each in kept for each in told)
