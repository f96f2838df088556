"""Tamper with a ledger in every way: each change is found, at its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.kept import NAME, Kept, found_at, infused, of_entries, resealed

from myelos.ledger import COLUMNS, Head, verify
from myelos.ledger.canonical import GENESIS

Stored = list[tuple[Any, ...]]
NAMES = (*COLUMNS, "digest", "text")


def found(rows: Stored, head: Head | None = None) -> list[tuple[str, int | None]]:
    return found_at(verify(rows, NAME, head))


def places(rows: Stored, head: Head | None = None) -> list[int]:
    return sorted({row for _, row in found(rows, head) if row is not None})


def others(value: Any) -> Iterator[Any]:
    """Other values than this one, of its kind and of other kinds."""
    yield from (f"{value}x", "", None, -1, 2**40, b"\xff", 1.5)
    if isinstance(value, int):
        yield from (value + 1, value - 1, value + 1000)
    if isinstance(value, str) and value:
        yield from (value[:-1], value.swapcase(), "\ud800")


def with_column(rows: Stored, place: int, column: int, value: Any) -> Stored:
    row = list(rows[place])
    row[column] = value
    return [*rows[:place], tuple(row), *rows[place + 1 :]]


def flipped(text: str, at: int, bit: int) -> str | bytes:
    """The text with one bit of one byte changed, as a database would give it."""
    data = bytearray(text.encode())
    data[at % len(data)] ^= 1 << bit % 8
    try:
        return data.decode()
    except UnicodeDecodeError:
        return bytes(data)


def small() -> Kept:
    """A ledger of some forty entries: the opening, and a few of one person."""
    kept = infused()
    kept.rows = kept.rows[:40]
    return kept


SMALL = small().stored
HEAD = Head(NAME, 40, SMALL[-1][-2])


def test_a_whole_ledger_has_no_fault() -> None:
    """Nothing is found where nothing was changed, with or without the head."""
    assert found(SMALL) == found(SMALL, HEAD) == []
    assert found([]) == found([], Head(NAME, 0, GENESIS)) == []


@pytest.mark.requirement("AUD-02")
@pytest.mark.parametrize("column", range(len(NAMES)), ids=NAMES)
def test_aud_02_every_column_of_every_row_changed_in_turn_is_found_there(column: int) -> None:
    """AUD-02: whatever a column is changed to, the finding names the row, and no other row; the last digest
    aside, which only a head proves."""
    for place, row in enumerate(SMALL):
        for other in others(row[column]):
            if other != row[column]:
                assert places(with_column(SMALL, place, column, other)) == [place + 1], (place, other)


@given(st.integers(0, len(SMALL) - 1), st.integers(0, 10**6), st.integers(0, 7))
@pytest.mark.requirement("VAL-02")
def test_val_02_one_bit_of_a_text_changed_is_found_at_its_row(place: int, at: int, bit: int) -> None:
    """VAL-02: flip one byte in the store, and reading tells which entry was changed."""
    row = SMALL[place]
    changed = with_column(SMALL, place, NAMES.index("text"), flipped(row[-1], at, bit))
    assert ("altered", place + 1) in found(changed)
    assert places(changed) == [place + 1]


def test_a_row_deleted_is_found_where_it_was() -> None:
    """The finding stands at the next row and says which entry is missing before it."""
    for place in range(len(SMALL) - 1):
        first = next(verify([*SMALL[:place], *SMALL[place + 1 :]], NAME))
        assert (first.code, first.place.row, first.params) == (
            "ledger.gap", place + 2, {"expected": place + 1},
        )  # fmt: skip


@given(st.permutations(range(len(SMALL))).map(lambda order: order[:2]), st.booleans())
def test_two_rows_swapped_are_found_at_both(pair: Sequence[int], numbers_too: bool) -> None:
    """Whether the rows trade places or everything but their numbers, the first finding is at one of them."""
    rows, (one, other) = list(SMALL), sorted(pair)
    rows[one], rows[other] = rows[other], rows[one]
    if not numbers_too:  # each place keeps its number, as sorting by number would have it
        seq = COLUMNS.index("seq")
        rows = with_column(with_column(rows, one, seq, one + 1), other, seq, other + 1)
    told = places(rows)
    first = found(rows)[0][1]
    assert first in (one + 1, other + 1)
    assert {one + 1, other + 1} <= set(told)


def test_a_row_written_twice_is_found() -> None:
    """No number is used twice."""
    for place, row in enumerate(SMALL):
        assert ("gap", place + 1) in found([*SMALL[: place + 1], row, *SMALL[place + 1 :]])


def test_a_row_rewritten_with_a_fresh_digest_is_found_there() -> None:
    """The entry after it follows another one: the finding stands at the row that was rewritten."""
    rows = [row.columns for row in resealed(small().rows, {20: {"by": "somebody"}})]
    mixed = [*SMALL[:19], rows[19], *SMALL[20:]]
    assert found(mixed) == [("broken", 20)]


@pytest.mark.parametrize("left", range(len(SMALL)))
def test_a_tail_cut_is_found_against_the_head(left: int) -> None:
    """What is left is whole; only the head knows that there was more."""
    assert found(SMALL[:left]) == []
    assert found(SMALL[:left], HEAD) == [("cut", left)]


@pytest.mark.parametrize("seq", [1, 5, 20, 39, 40])
def test_a_ledger_rewritten_with_fresh_digests_is_found_against_the_head(seq: int) -> None:
    """A chain written anew from any entry on is whole in itself; a head kept elsewhere does not agree."""
    rows = [row.columns for row in resealed(small().rows, {seq: {"by": "somebody"}})]
    assert found(rows) == []
    assert found(rows, HEAD) == [("other-head", 40)]


def test_an_earlier_head_holds_for_a_ledger_that_went_on() -> None:
    """Entries after the head are no fault; entries before it are held to it."""
    head = Head(NAME, 10, SMALL[9][-2])
    assert found(SMALL, head) == []
    assert found(SMALL[:9], head) == [("cut", 9)]


def test_the_ledger_of_another_trial_is_found() -> None:
    """Every row says it is of another trial."""
    told = found_at(verify(SMALL, "trial-2"))
    assert told == [("other-trial", row + 1) for row in range(len(SMALL))]


def test_a_later_format_is_told_as_such() -> None:
    """An entry of a future format is not called altered: a newer software is needed."""
    text = SMALL[4][-1].replace('"format":1', '"format":2')
    changed = with_column(SMALL, 4, NAMES.index("text"), text)
    assert set(found(changed)) == {("altered", 5), ("later-format", 5)}


JUNK = st.none() | st.text(max_size=30) | st.binary(max_size=9) | st.integers() | st.floats() | st.booleans()
TEXTS = JUNK | st.sampled_from(["{}", "[]", "null", "{", '{"format":1}', '{"format":[]}', '{"seq":true}'])


@given(st.lists(st.tuples(*[JUNK] * (len(COLUMNS) + 1), TEXTS), max_size=5))
def test_rows_of_anything_at_all_give_findings(rows: Stored) -> None:
    """A foreign table in place of a ledger is told of, row by row, and nothing raises."""
    assert (found(rows, HEAD) == []) is False
    assert len([each for each in found(rows) if each[0] in ("altered", "no-text", "later-format")]) >= len(
        rows
    )


# A ledger of 2,000 entries ----------------------------------------------------------------------------------

COUNT = 2000


@pytest.fixture(scope="module")
def large() -> Stored:
    return of_entries(COUNT).stored


def in_turn(rows: Stored, change: Callable[[tuple[Any, ...], int], tuple[Any, ...]], apart: int = 4) -> None:
    """Change every row, in rounds of rows that stand ``apart``: checking looks at a row and at the one before
    it and at nothing else, as the small ledger shows, so that each is as if it were changed alone."""
    for start in range(apart):
        changed = list(rows)
        for place in range(start, len(rows), apart):
            changed[place] = change(rows[place], place)
        assert places(changed) == [place + 1 for place in range(start, len(rows), apart)]


@pytest.mark.slow
@pytest.mark.parametrize("column", range(len(NAMES)), ids=NAMES)
def test_every_column_of_2000_rows_is_found(column: int, large: Stored) -> None:
    """Every column of every row of 2,000 entries, changed in turn, is found at its row."""

    def change(row: tuple[Any, ...], place: int) -> tuple[Any, ...]:
        every = [each for each in others(row[column]) if each != row[column]]
        return (*row[:column], every[place % len(every)], *row[column + 1 :])

    in_turn(large, change)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0, 1, 2])
def test_every_text_of_2000_rows_changed_at_one_byte_is_found(spread: int, large: Stored) -> None:
    """One byte of every text, at another place and another bit in every row, is found at its row."""
    in_turn(large, lambda row, place: (*row[:-1], flipped(row[-1], place * 31 + spread * 97, place + spread)))


@pytest.mark.slow
def test_rows_deleted_and_swapped_among_2000_are_found(large: Stored) -> None:
    """A row deleted, or two neighbours swapped, is found there, at two hundred places of 2,000."""
    seq = COLUMNS.index("seq")
    for place in range(7, COUNT - 1, 10):
        first = next(verify([*large[:place], *large[place + 1 :]], NAME))
        assert (first.place.row, first.params) == (place + 2, {"expected": place + 1})
        swapped = [*large[:place], large[place + 1], large[place], *large[place + 2 :]]
        swapped = with_column(with_column(swapped, place, seq, place + 1), place + 1, seq, place + 2)
        first = next(verify(swapped, NAME))
        assert (first.code, first.place.row) == ("ledger.column", place + 1)


@pytest.mark.slow
def test_2000_rows_cut_or_rewritten_are_found_against_the_head() -> None:
    """The tail cut anywhere, and the whole written anew with fresh digests."""
    kept = of_entries(COUNT)
    rows = kept.stored
    for left in (0, 1, 1000, COUNT - 1):
        assert found(rows[:left], kept.snapshot.head) == [("cut", left)]
    forged = [row.columns for row in resealed(kept.rows, {1000: {"at": "2026-01-01T00:00:00.000000Z"}})]
    assert found(forged) == []
    assert found(forged, kept.snapshot.head) == [("other-head", COUNT)]
