"""The keeper: whole or nothing, one writer a trial, readers who wait for nobody and make nobody wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from tests.ledger.kept import NAME, of_entries
from tests.store.conftest import POSTGRESQL, Fresh
from tests.store.ledgers import begun, one_by_one, put, refused

from myelos.ledger import Head
from myelos.ledger.canonical import GENESIS
from myelos.ledger.free_text import Words
from myelos.store.keeper import BATCH, Keeper


class Broken(Exception):
    """Something of the caller's own that goes wrong."""


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Begin something at once, over connections of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def write(keeper: Keeper, number: int) -> None:
    """Add the entry of this number, with its words."""
    row, words = list(one_by_one(begun()))[number - 1]
    with keeper.writing(NAME) as writer:
        writer.add(NAME, [row], words)


# Reading what was added -------------------------------------------------------------------------------------


def test_an_empty_database_has_no_trial(keeper: Keeper) -> None:
    """Nothing is there before something was added."""
    assert keeper.trials() == ()
    assert keeper.head(NAME) == Head(NAME, 0, GENESIS)
    assert list(keeper.rows(NAME)) == list(keeper.verify(NAME)) == []


def test_what_was_added_is_read_as_it_was(keeper: Keeper) -> None:
    """Rows, head, words, and the columns that a verification wants: the same as were given."""
    kept = begun()
    assert put(keeper, kept) == kept.snapshot.head
    assert tuple(keeper.rows(NAME)) == kept.rows
    assert list(keeper.stored(NAME)) == kept.stored
    assert list(keeper.verify(NAME, kept.snapshot.head)) == []
    assert keeper.trials() == (NAME,)
    assert sorted(keeper.every_word(NAME), key=str) == sorted(kept.words.values(), key=str)
    assert [each.reference for each in keeper.words_in_order(NAME)] == sorted(kept.words)


def test_rows_after_a_number(keeper: Keeper) -> None:
    """A reader who has the beginning asks for the rest."""
    kept = begun()
    put(keeper, kept)
    for after in (0, 1, 7, len(kept.rows), len(kept.rows) + 1):
        assert tuple(keeper.rows(NAME, after=after)) == kept.rows[after:]


def test_rows_come_in_order_however_many(keeper: Keeper) -> None:
    """More rows than are fetched at a time are read whole, one after the other."""
    kept = of_entries(BATCH + 50)
    put(keeper, kept)
    assert [row.seq for row in keeper.rows(NAME)] == list(range(1, BATCH + 51))


def test_the_entries_of_a_command_and_of_a_person(keeper: Keeper) -> None:
    """A command is found by its first entry, a person by their code; no other entry is among them."""
    kept = of_entries(1)
    put(keeper, kept)
    for command in {kept.rows[0].plain["command"], kept.rows[200].plain["command"]}:
        wanted = [row for row in kept.rows if row.plain["command"] == command]
        assert list(keeper.of_command(NAME, command, wanted[0].seq)) == wanted
    person = kept.rows[200].plain["person"]
    assert list(keeper.of_person(NAME, person)) == kept.about(person) != []
    assert keeper.of_command("none", "c-1", 1) == ()


def test_words_of_some_rows_only(keeper: Keeper) -> None:
    """A reader of three rows gets their words, and no others; all of a trial's when nothing is named."""
    kept = begun()
    put(keeper, kept)
    rows = kept.rows[-2:]
    assert keeper.words(NAME, rows) == {
        reference: text
        for reference, text in kept.texts.items()
        if any(reference in row.text for row in rows)
    }
    assert keeper.words(NAME) == kept.texts
    assert len(keeper.words(NAME, rows)) == 2


def test_two_trials_do_not_mix(keeper: Keeper) -> None:
    """A trial with a name that begins like another one's has rows of its own."""
    kept = begun()
    put(keeper, kept)
    assert list(keeper.rows(f"{NAME}0")) == list(keeper.rows("trial")) == []
    assert keeper.words("trial") == {}


# Whole or nothing -------------------------------------------------------------------------------------------


def test_what_breaks_off_leaves_nothing(keeper: Keeper) -> None:
    """An error of the caller's after some rows: none of them is there, nor any word."""
    kept = begun()

    def broken() -> Iterator[Words]:
        yield from kept.words.values()
        raise Broken

    with pytest.raises(Broken), keeper.writing(NAME) as writer:
        writer.add(NAME, kept.rows, broken())
    assert keeper.head(NAME).seq == 0
    assert keeper.every_word(NAME) == ()
    assert put(keeper, kept) == kept.snapshot.head


def test_a_row_that_does_not_follow_takes_the_others_with_it(keeper: Keeper) -> None:
    """When the last of five rows is refused none of them is recorded, and the caller is told."""
    kept = begun()
    with refused("not-the-last"), keeper.writing(NAME) as writer:
        writer.add(NAME, [*kept.rows[:4], kept.rows[5]], kept.words.values())
    assert keeper.head(NAME).seq == 0
    assert keeper.every_word(NAME) == ()


def test_words_recorded_twice_take_the_rows_with_them(keeper: Keeper) -> None:
    """The same words a second time are refused, and with them the rows they came with."""
    kept = begun()
    words = list(kept.words.values())
    with keeper.writing(NAME) as writer:
        writer.add(NAME, kept.rows[:3], words)
    with refused(*(["never-changed"] if keeper._connection.vendor == "sqlite" else ["failed"])):
        with keeper.writing(NAME) as writer:
            writer.add(NAME, kept.rows[3:5], words[:1])
    assert keeper.head(NAME).seq == 3


def test_rows_are_added_in_a_transaction_only(keeper: Keeper) -> None:
    """After its end each row would be on its own: that is a fault of ours, and nothing is recorded."""
    with keeper.writing(NAME) as writer:
        pass
    with pytest.raises(RuntimeError, match="within a transaction"):
        writer.add(NAME, begun().rows)
    assert keeper.head(NAME).seq == 0


def test_a_command_is_never_a_part_of_another_one(keeper: Keeper) -> None:
    """A transaction within a transaction is refused before it can end the outer one."""
    kept = begun()
    with keeper.writing(NAME) as writer:
        writer.add(NAME, kept.rows[:2])
        with pytest.raises(RuntimeError), keeper.writing(NAME) as writer:
            pass
        with pytest.raises(RuntimeError), keeper.reading():
            pass
        writer.add(NAME, kept.rows[2:4])
    assert keeper.head(NAME).seq == 4


def test_nothing_is_added_while_reading(keeper: Keeper) -> None:
    """What is written by mistake while one moment is read is refused: it would be lost without a word."""
    with refused("read-only"), keeper.reading():
        keeper.erase(NAME, ["salted:none"])
    with pytest.raises(RuntimeError), keeper.reading(), keeper.writing(NAME):
        pass
    write(keeper, 1)
    assert keeper.head(NAME).seq == 1


def test_erasing_words_erases_the_snapshot_that_holds_them(keeper: Keeper) -> None:
    """A kept snapshot was folded with the words: it goes with them."""
    kept = begun()
    put(keeper, kept)
    with connections[keeper.alias].cursor() as cursor:
        cursor.execute("INSERT INTO store_kept VALUES (%s, 1, '', %s, '')", [NAME, b"state"])
    with keeper.writing(NAME):
        assert keeper.erase(NAME, [*kept.words, "salted:none"]) == len(kept.words)
    with connections[keeper.alias].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_kept")
        assert cursor.fetchone()[0] == 0
    assert list(keeper.verify(NAME, kept.snapshot.head)) == []


def test_words_that_were_erased_are_nowhere_in_the_file(sqlite: Path) -> None:
    """An erased text is overwritten on the disk, not only no longer found."""
    keeper, kept = Keeper(), begun()
    put(keeper, kept)
    text = next(iter(kept.words.values())).text.encode()
    settle = "PRAGMA wal_checkpoint(TRUNCATE)"
    assert keeper._execute(settle) == [(0, 0, 0)]
    assert text in sqlite.read_bytes()
    with keeper.writing(NAME):
        keeper.erase(NAME, list(kept.words))
    assert keeper._execute(settle) == [(0, 0, 0)]
    assert text not in sqlite.read_bytes()


# Side by side -----------------------------------------------------------------------------------------------


def test_a_writer_waits_for_no_reader(keeper: Keeper) -> None:
    """While one moment is read, others write; the reader still sees its moment, and afterwards all of it."""
    write(keeper, 1)
    with keeper.reading():
        assert keeper.head(NAME).seq == 1
        rows = keeper.rows(NAME)
        took = time.perf_counter()
        in_thread(lambda: [write(keeper, number) for number in (2, 3)]).join(10)
        assert time.perf_counter() - took < 2
        assert keeper.head(NAME).seq == 1
        assert [row.seq for row in rows] == [1]
    assert keeper.head(NAME).seq == 3


def test_a_reader_waits_for_no_writer(keeper: Keeper) -> None:
    """While a command is recorded, others read what was there before it, and see none of it."""
    write(keeper, 1)
    seen: list[Any] = []

    def read() -> None:
        seen.extend([keeper.head(NAME).seq, [row.seq for row in keeper.rows(NAME)], keeper.trials()])

    with keeper.writing(NAME) as writer:
        writer.add(NAME, begun().rows[1:3])
        took = time.perf_counter()
        in_thread(read).join(10)
        assert time.perf_counter() - took < 2
    assert seen == [1, [1], (NAME,)]
    assert keeper.head(NAME).seq == 3


def test_the_second_of_two_writers_sees_what_the_first_recorded(keeper: Keeper) -> None:
    """Who waited for a trial reads its head afterwards: the next number is never given twice."""
    heads: list[int] = []
    began = threading.Event()

    def second() -> None:
        began.set()
        with keeper.writing(NAME) as writer:
            heads.append(keeper.head(NAME).seq)
            writer.add(NAME, begun().rows[2:3])

    with keeper.writing(NAME) as writer:
        thread = in_thread(second)
        began.wait(5)
        time.sleep(0.2)
        writer.add(NAME, begun().rows[:2])
    thread.join(10)
    assert heads == [2]
    assert keeper.head(NAME).seq == 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_eight_writers_lose_nothing_and_number_nothing_twice(fresh: Fresh, kind: str) -> None:
    """Eight writers take turns at one trial: every entry is there once, in order, and nobody failed."""
    keeper, kept, failed = Keeper(fresh(kind)), begun(200), []

    def work() -> None:
        try:
            for _ in range(25):
                with keeper.writing(NAME) as writer:
                    seq = keeper.head(NAME).seq
                    writer.add(NAME, kept.rows[seq : seq + 1])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
            failed.append(error)

    threads = [in_thread(work) for _ in range(8)]
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert tuple(keeper.rows(NAME)) == kept.rows[:200]
    assert list(keeper.verify(NAME)) == []


def test_an_unfinished_reader_does_not_stop_a_command(keeper: Keeper) -> None:
    """A stream that somebody left half read is no obstacle to what is recorded next."""
    put(keeper, of_entries(BATCH + 50))
    rows = keeper.rows(NAME)
    assert next(rows).seq == 1
    with keeper.writing(NAME):
        pass
    rows.close()  # type: ignore[attr-defined]
