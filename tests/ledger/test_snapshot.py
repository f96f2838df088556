"""What entries add up to: the same in one piece or many, and never from entries that were not recorded."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.kept import (
    IT,
    LATER,
    NAME,
    TRIAL_1,
    Kept,
    found_at,
    freeze,
    infused,
    lock,
    of_person,
    reopen,
    resealed,
    sign,
    twenty,
)
from tests.protocol.played import TRIAL, report

from myelos.findings import Refused
from myelos.ledger import Row, Snapshot, fold
from myelos.ledger.canonical import GENESIS, digest_of
from myelos.ledger.snapshot import events_of


def lived() -> Kept:
    """A ledger in which something of everything happened to the record itself."""
    kept = infused()
    kept.do(sign(of_person()))
    kept.do(freeze(of_person()))
    kept.do(report("AE-1", IT, LATER))
    kept.do(lock(of_person()))
    kept.do(reopen("lock", of_person()))
    kept.do(sign(TRIAL_1))
    kept.do(freeze())
    return kept


LIVED = lived()
START = Snapshot(NAME)


def refused(rows: list[Row], start: Snapshot = START) -> list[tuple[str, int | None]]:
    """Why a fold refuses these rows."""
    with pytest.raises(Refused) as raised:
        fold(start, rows, LIVED.texts)
    return found_at(raised.value.findings)


@given(st.lists(st.integers(0, len(LIVED.rows)), max_size=6))
def test_a_fold_in_any_parts_is_the_whole_fold(cuts: list[int]) -> None:
    """A snapshot kept on the way and the entries since give what all entries give."""
    snapshot = START
    for start, end in pairwise([0, *sorted(cuts), len(LIVED.rows)]):
        snapshot = fold(snapshot, LIVED.rows[start:end], LIVED.texts)
    assert snapshot == LIVED.snapshot


def test_recording_gives_the_snapshot_that_reading_gives() -> None:
    """After every command, what was recorded folds to what recording said."""
    kept, snapshot = Kept(), START
    for row in LIVED.rows:
        snapshot = fold(snapshot, [row], LIVED.texts)
    assert snapshot == LIVED.snapshot
    assert kept.snapshot == START


def test_the_worked_trial_folds_to_what_was_recorded() -> None:
    """Twenty people, read from their entries alone."""
    kept = twenty()
    assert fold(START, kept.rows, kept.texts) == kept.snapshot
    assert len(kept.snapshot.state.people) == 20


def test_nothing_folds_to_nothing() -> None:
    """An empty ledger is a trial not opened: no head but the start, and no protocol in force."""
    assert fold(START, []) == START
    assert (START.head.seq, START.head.digest) == (0, GENESIS)
    with pytest.raises(LookupError):
        _ = START.protocol


def test_a_snapshot_knows_what_is_signed_frozen_and_locked() -> None:
    """Signatures by number of their entry; the last restriction of each whole."""
    snapshot = LIVED.snapshot
    assert [each.holds for each in snapshot.signatures.values()].count(True) == 1
    assert {key: each.restricted.level for key, each in snapshot.restrictions.items()} == {"": "freeze"}
    assert snapshot.protocols == (TRIAL,)


def test_events_are_read_with_their_numbers() -> None:
    """What was recorded, in order; free text stays hidden."""
    events = events_of(LIVED.rows)
    assert [seq for seq, _ in events] == list(range(1, len(LIVED.rows) + 1))
    assert [event.NAME for _, event in events] == [row.event for row in LIVED.rows]


# Refused --------------------------------------------------------------------------------------------------


def with_text(row: Row, old: str, new: str) -> Row:
    """A row with another text, under the digest of that text."""
    assert old in row.text
    text = row.text.replace(old, new, 1)
    return Row(row.seq, row.event, row.version, digest_of(text), text)


def rows_with(place: int, row: Row) -> list[Row]:
    return [*LIVED.rows[:place], row, *LIVED.rows[place + 1 :]]


def test_an_altered_row_is_refused_where_it_stands() -> None:
    """A text that is not the one that was hashed is never folded."""
    for place in range(0, len(LIVED.rows), 5):
        row = replace(LIVED.rows[place], text=LIVED.rows[place].text.replace("a", "b", 1))
        assert refused(rows_with(place, row)) == [("altered", place + 1)]


def test_a_row_rewritten_with_its_digest_breaks_the_next_one() -> None:
    """The entry after it says what it followed."""
    row = with_text(LIVED.rows[20], '"role":"', '"role":"x')
    assert refused(rows_with(20, row)) == [("does-not-follow", 22)]


def test_rows_out_of_order_are_refused() -> None:
    """Swapped, left out or told twice: the first one that does not follow is named."""
    rows = LIVED.rows
    assert refused([*rows[:3], rows[4], rows[3]]) == [("does-not-follow", 5)]
    assert refused([*rows[:3], *rows[4:]]) == [("does-not-follow", 5)]
    assert refused([*rows[:3], rows[2]]) == [("does-not-follow", 3)]
    assert refused(list(rows[1:])) == [("does-not-follow", 2)]
    assert refused([replace(rows[0], seq=2)]) == [("does-not-follow", 2)]


def test_a_row_of_another_trial_is_refused() -> None:
    """A ledger restored under another name is not that trial's."""
    assert refused(list(LIVED.rows), Snapshot("trial-2")) == [("other-trial", 1)]


def test_a_row_of_a_later_format_is_refused() -> None:
    """It is said that a newer software is needed; nothing is guessed."""
    assert refused(rows_with(4, with_text(LIVED.rows[4], '"format":1', '"format":2'))) == [
        ("later-format", 5)
    ]


def test_an_unknown_event_or_version_is_refused() -> None:
    """An event this software has never heard of, or in a version to come."""
    row = LIVED.rows[4]
    newer = replace(with_text(row, '"version":1', '"version":2'), version=2)
    assert refused(rows_with(4, newer)) == [("unknown-event", 5)]
    other = replace(
        with_text(row, f'"event":"{row.event}"', '"event":"cells.thought-of"'), event="cells.thought-of"
    )
    assert refused(rows_with(4, other)) == [("unknown-event", 5)]


def test_a_column_that_says_another_event_than_the_text_is_refused() -> None:
    """The text is what counts, and the column is held against it."""
    for other in (replace(LIVED.rows[4], event="protocol.returned"), replace(LIVED.rows[4], event="nothing")):
        assert refused(rows_with(4, other))[0][1] == 5
    assert refused(rows_with(4, replace(LIVED.rows[4], event="nothing"))) == [("column", 5)]


def test_an_entry_that_no_rule_let_through_is_refused() -> None:
    """A forged entry, chained and hashed as it should be, about somebody nobody ever screened."""
    place = next(row.seq for row in LIVED.rows if row.event == "protocol.weight-recorded")
    data = {**LIVED.rows[place - 1].plain["data"], "person": "P-NOBODY"}
    assert refused(resealed(LIVED.rows, {place: {"data": data}})) == [("cannot-follow", place)]


def test_a_trial_opened_under_an_unreadable_protocol_is_refused_with_every_fault() -> None:
    """What is wrong with the protocol is told, at the row that holds it."""
    protocol = {**LIVED.rows[0].plain["data"]["protocol"], "id": 5, "surprise": 1}
    told = refused(resealed(LIVED.rows, {1: {"data": {"protocol": protocol}}}))
    assert len(told) >= 2
    assert {row for _, row in told} == {1}


def test_data_that_is_no_such_event_is_refused() -> None:
    """A known event's name over something else."""
    place = next(row.seq for row in LIVED.rows if row.event == "protocol.weight-recorded")
    assert refused(resealed(LIVED.rows, {place: {"data": {"person": "P1"}}})) == [("unreadable", place)]


@pytest.mark.parametrize("column", ["at", "recorded_at"])
def test_an_entry_at_no_certain_time_is_refused(column: str) -> None:
    """A time without its zone could be any of twenty-six hours: such an entry was never written here."""
    row = LIVED.rows[4]
    local = with_text(row, f'"{column}":"{row.plain[column]}"', f'"{column}":"{row.plain[column][:-1]}"')
    assert refused(rows_with(4, local)) == [("unreadable", 5)]


STANZA = re.compile(r'("[^"]*"|\d+|true|false|null)')


@st.composite
def bent(draw: st.DrawFn) -> tuple[int, Row]:
    """A row of the ledger with a part of its text told otherwise, under a fresh digest."""
    place = draw(st.integers(0, len(LIVED.rows) - 1))
    row = LIVED.rows[place]
    parts = list(STANZA.finditer(row.text))
    part = draw(st.sampled_from(parts))
    put = draw(st.sampled_from([each[0] for each in parts]) | st.text(max_size=6) | st.just('"2026-01-01"'))
    text = row.text[: part.start()] + put + row.text[part.end() :]
    return place, Row(row.seq, row.event, row.version, digest_of(text), text)


@given(bent())
def test_a_bent_text_is_read_or_refused_and_never_raises(made: tuple[int, Row]) -> None:
    """Whatever stands in a text whose digest is right: it is refused at its row or at a later one, but for
    the last row, which only a head could prove."""
    place, row = made
    before = fold(START, LIVED.rows[:place], LIVED.texts)
    try:
        fold(before, [row, *LIVED.rows[place + 1 :]], LIVED.texts)
    except Refused as refused_:
        rows = {each for _, each in found_at(refused_.findings)}
        assert min(each for each in rows if each is not None) >= place + 1
    else:
        assert row.text == LIVED.rows[place].text or place == len(LIVED.rows) - 1


@given(st.text(max_size=60) | st.just("{}") | st.sampled_from(["null", "[1]", '"x"', '{"format":1}']))
def test_any_text_at_all_is_refused(text: str) -> None:
    """A foreign text under its own digest is told of, never a traceback."""
    row = Row(1, "ledger.trial-opened", 1, digest_of(text), text)
    assert {each for _, each in refused([row])} == {1}


@pytest.mark.parametrize("text", [None, b"\xff", 5])
def test_what_is_no_text_is_refused(text: Any) -> None:
    """A database may hold anything in a column."""
    assert refused([Row(1, "ledger.trial-opened", 1, "0" * 64, text)]) == [("altered", 1)]
