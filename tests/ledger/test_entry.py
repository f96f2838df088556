"""One entry: its text is what is hashed, and its columns are taken from the text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.kept import NAME, infused

from myelos.findings import Refused
from myelos.ledger import COLUMNS, Head, Row
from myelos.ledger.canonical import GENESIS, canonical, digest_of
from myelos.ledger.entry import FORMAT, Heading, act_of, seal, stamp

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
HEADING = Heading(
    trial=NAME, command="c-1", kind="protocol.screen", at=AT, recorded_at=AT + timedelta(minutes=1),
    by="nurse", role="nurse", site="sapporo", why="", person="P1", editions={"protocol": "1"},
    software="0.1.0",
)  # fmt: skip
EVENT = {"name": "protocol.returned", "version": 1, "data": {"person": "P1"}}
START = Head(NAME, 0, GENESIS)


def test_an_entry_is_its_canonical_text_and_the_digest_of_it() -> None:
    """The text is canonical, holds everything told, and names the entry it follows."""
    row = seal(HEADING, EVENT, START)
    assert row.text == canonical(row.plain)
    assert row.digest == digest_of(row.text)
    assert row.plain == {
        "format": FORMAT, "seq": 1, "trial": NAME, "command": "c-1", "kind": "protocol.screen",
        "at": "2026-03-01T08:00:00.000000Z", "recorded_at": "2026-03-01T08:01:00.000000Z", "by": "nurse",
        "role": "nurse", "site": "sapporo", "why": "", "person": "P1", "editions": {"protocol": "1"},
        "software": "0.1.0", "previous": GENESIS, "event": "protocol.returned", "version": 1,
        "data": {"person": "P1"},
    }  # fmt: skip


def test_the_next_entry_holds_the_digest_of_the_one_before() -> None:
    """So no entry can change without every later one."""
    first = seal(HEADING, EVENT, START)
    second = seal(HEADING, EVENT, Head(NAME, 1, first.digest))
    assert (second.seq, second.plain["previous"]) == (2, first.digest)
    assert second.digest != first.digest


def test_the_columns_are_those_of_the_text() -> None:
    """What a database keeps beside the text is taken from it, just sealed or read again."""
    for row in infused().rows:
        again = Row(row.seq, row.event, row.version, row.digest, row.text)
        assert again == row
        assert again.columns == row.columns
        assert row.columns == (*(row.plain[name] for name in COLUMNS), row.digest, row.text)
    assert len(COLUMNS) == len(set(COLUMNS)) == 14


def test_an_act_is_read_off_its_entry() -> None:
    """Who, when, as what, where and why."""
    act = act_of(seal(HEADING, EVENT, START).plain)
    assert (act.by, act.at, act.role, act.site, act.why) == ("nurse", AT, "nurse", "sapporo", "")


def test_an_entry_of_another_trial_cannot_follow() -> None:
    """One trial, one chain."""
    with pytest.raises(ValueError, match="trial-2"):
        seal(HEADING, EVENT, Head("trial-2", 0, GENESIS))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-text"), ("[]", "no-text"), ("null", "no-text"), ("{", "no-text"), ("{}", "later-format"),
        ('{"format":2}', "later-format"), ('{"format":"1"}', "later-format"), (None, "no-text"),
        (b"\xff", "no-text"), (5, "no-text"),
    ],
)  # fmt: skip
def test_a_text_that_says_nothing_known_is_refused(text: Any, code: str) -> None:
    """A later format is not guessed at, and what is no entry is told as such."""
    with pytest.raises(Refused) as refused:
        _ = Row(7, "protocol.returned", 1, "0" * 64, text).plain
    assert [(each.code, each.place.row) for each in refused.value.findings] == [(f"ledger.{code}", 7)]


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2099, 1, 1)), min_size=2))  # noqa: DTZ001
def test_written_instants_sort_as_time_does(instants: list[datetime]) -> None:
    """Every instant is written in the same length, with microseconds and Z."""
    known = [each.replace(tzinfo=UTC) for each in instants]
    written = [stamp(each) for each in known]
    assert {len(each) for each in written} == {27}
    assert sorted(written) == [stamp(each) for each in sorted(known)]
    assert [datetime.fromisoformat(each) for each in written] == known


def test_an_instant_told_in_another_zone_is_written_in_utc() -> None:
    """A clock that tells local time does not change what is recorded."""
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert stamp(tokyo) == stamp(AT) == "2026-03-01T08:00:00.000000Z"


def test_a_time_without_its_zone_is_a_fault_of_the_program() -> None:
    """Nothing is guessed of it."""
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2026, 3, 1))  # noqa: DTZ001
