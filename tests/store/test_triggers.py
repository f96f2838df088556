"""SQLite refuses every statement that would change, remove or replace what was recorded.

Beyond a trigger is what drops triggers, writes the schema or the file itself: that the chain finds, and a
head kept elsewhere.
"""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger.kept import NAME, Kept
from tests.store.ledgers import begun, put

from myelos.ledger import COLUMNS, Head
from myelos.ledger.canonical import GENESIS
from myelos.store import keeper as keeper_module
from myelos.store import snapshots
from myelos.store.keeper import Keeper, Writer
from myelos.store.triggers import SQLITE

ROW = '"' + '", "'.join((*COLUMNS, "digest", "text")) + '"'
LAST = "(SELECT max(seq) FROM store_entry)"


def copy(seq: str, previous: str = "previous", of: str = "seq = 3") -> str:
    """A SELECT of a recorded row with another number and another predecessor."""
    columns = ROW.replace('"seq"', seq).replace('"previous"', previous)
    return f"SELECT {columns} FROM store_entry WHERE {of}"


NEXT = copy(f"{LAST} + 1", f"(SELECT digest FROM store_entry WHERE seq = {LAST})")
"""What an honest writer would add next."""

CHANGES = {
    "update": "UPDATE store_entry SET text = 'other' WHERE seq = 3",
    "update of nothing": "UPDATE store_entry SET seq = seq",
    "update of rowid": "UPDATE store_entry SET rowid = rowid + 1000",
    "update or replace": "UPDATE OR REPLACE store_entry SET seq = 3 WHERE seq = 4",
    "update or ignore": "UPDATE OR IGNORE store_entry SET why = 'other' WHERE seq = 4",
    "update from": "UPDATE store_entry SET why = w.text FROM store_words w",
    "delete": "DELETE FROM store_entry WHERE seq = 3",
    "delete of all": "DELETE FROM store_entry",
    "delete of the last": f"DELETE FROM store_entry WHERE seq = {LAST}",
    "insert of what is there": f"INSERT INTO store_entry ({ROW}) {copy('3')}",
    "insert or replace": f"INSERT OR REPLACE INTO store_entry ({ROW}) {copy('4')}",
    "replace": f"REPLACE INTO store_entry ({ROW}) {copy('4')}",
    "replace of the last": f"REPLACE INTO store_entry ({ROW}) {copy(LAST)}",
    "replace by rowid": f"REPLACE INTO store_entry (rowid, {ROW}) {NEXT.replace('SELECT', 'SELECT 3,', 1)}",
    "replace by oid": f"REPLACE INTO store_entry (oid, {ROW}) {NEXT.replace('SELECT', 'SELECT 1,', 1)}",
    "rowid below one": f"INSERT INTO store_entry (rowid, {ROW}) {NEXT.replace('SELECT', 'SELECT -1,', 1)}",
    "upsert": f"INSERT INTO store_entry ({ROW}) {copy('4')} ON CONFLICT DO UPDATE SET why = 'other'",
    "upsert by key": f"INSERT INTO store_entry ({ROW}) {copy('4')}"
    " ON CONFLICT (trial, seq) DO UPDATE SET text = excluded.text",
    "insert past the last": f"INSERT INTO store_entry ({ROW}) {copy(f'{LAST} + 2')}",
    "insert before the first": f"INSERT INTO store_entry ({ROW}) {copy('0')}",
    "insert without a number": f"INSERT INTO store_entry ({ROW}) {copy('NULL')}",
    "insert of a text number": f"INSERT INTO store_entry ({ROW}) {copy(chr(39) + 'x' + chr(39))}",
    "insert with another's predecessor": f"INSERT INTO store_entry ({ROW}) {copy(f'{LAST} + 1')}",
    "insert without a predecessor": f"INSERT INTO store_entry ({ROW}) {copy(f'{LAST} + 1', 'NULL')}",
    "change of words": "UPDATE store_words SET text = 'other'",
    "replace of words": "REPLACE INTO store_words SELECT trial, reference, x'00', 'other' FROM store_words",
    "upsert of words": "INSERT INTO store_words SELECT * FROM store_words WHERE true"
    " ON CONFLICT DO UPDATE SET text = 'other'",
}  # fmt: skip


@pytest.fixture
def kept() -> Kept:
    return begun()


@pytest.fixture
def file(sqlite: Path, kept: Kept) -> Iterator[sqlite3.Connection]:
    """The database as any other program would open it, with a ledger in it."""
    put(Keeper(), kept)
    connection = sqlite3.connect(sqlite, isolation_level=None)
    yield connection
    connection.close()


def everything(file: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    tables = ("store_entry", "store_words")
    return [file.execute(f"SELECT rowid, * FROM {each} ORDER BY rowid").fetchall() for each in tables]


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_no_statement_changes_what_was_recorded(
    file: sqlite3.Connection, statement: str, recursive: str
) -> None:
    """Another program, with the pragma our settings have or without it, is refused; nothing changed."""
    file.execute(f"PRAGMA recursive_triggers={recursive}")
    before = everything(file)
    with pytest.raises(sqlite3.IntegrityError, match=r"only added|never changed|never deleted"):
        file.execute(statement)
    assert everything(file) == before


def test_each_of_these_statements_would_change_it_without_the_triggers(
    file: sqlite3.Connection, kept: Kept
) -> None:
    """The list above is of real dangers: with the triggers gone each one runs, or fails by a key alone."""
    for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        file.execute(f"DROP TRIGGER {name}")
    before, ran = everything(file), []
    for name, statement in CHANGES.items():
        file.execute("BEGIN")
        try:
            file.execute(statement)
        except sqlite3.IntegrityError:
            pass
        else:
            ran += [name] if everything(file) != before else []
        file.execute("ROLLBACK")
    assert set(CHANGES) - set(ran) == {
        "update of nothing", "insert of what is there", "insert without a number",
        "insert without a predecessor",
    }  # fmt: skip


def test_what_an_honest_writer_adds_is_accepted(file: sqlite3.Connection) -> None:
    """The triggers ask for the next number and the last digest, and for nothing else."""
    file.execute(f"INSERT INTO store_entry ({ROW}) {NEXT}")
    first = copy("1", f"'{GENESIS}'").replace('"trial"', "'other'", 1)
    file.execute(f"INSERT INTO store_entry ({ROW}) {first}")
    assert file.execute("SELECT max(seq) FROM store_entry GROUP BY trial ORDER BY trial").fetchall() == [
        (1,), (31,)
    ]  # fmt: skip


def test_words_can_be_erased(file: sqlite3.Connection, kept: Kept) -> None:
    """Words are the one thing that may go; the ledger stays whole without them."""
    assert Keeper().erase(NAME, list(kept.words)[:2]) == 2
    assert len(Keeper().every_word(NAME)) == len(kept.words) - 2
    assert list(Keeper().verify(NAME, kept.snapshot.head)) == []


# Beyond a trigger -------------------------------------------------------------------------------------------


def forge(file: sqlite3.Connection, statement: str) -> None:
    """Take the triggers away, change something, and put them back: no trace is left in the schema."""
    made = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in made:
        file.execute(f"DROP TRIGGER {name}")
    file.execute(statement)
    for _, sql in made:
        file.execute(sql)


def found(head: Head | None = None) -> list[tuple[str, int | None]]:
    return [(each.code.removeprefix("ledger."), each.place.row) for each in Keeper().verify(NAME, head)]


@pytest.mark.requirement("AUD-02")
@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE store_entry SET text = replace(text, 'sapporo', 'otaru') WHERE seq = 3", [("altered", 3)]),
        ("UPDATE store_entry SET why = 'other' WHERE seq = 3", [("column", 3)]),
        ("DELETE FROM store_entry WHERE seq = 3", [("gap", 4)]),
    ],
)
def test_aud_02_a_row_tampered_with_breaks_verification(
    file: sqlite3.Connection, statement: str, codes: list[tuple[str, int]]
) -> None:
    """Whoever may write the file can take the triggers away; what they change is found at its row."""
    assert found() == []
    forge(file, statement)
    assert codes[0] in found()


@pytest.mark.requirement("AUD-02")
def test_aud_02_a_cut_tail_is_found_against_a_head_kept_elsewhere(
    file: sqlite3.Connection, kept: Kept
) -> None:
    """The chain of what is left is whole; only a head that was kept elsewhere knows that more was there."""
    head = kept.snapshot.head
    forge(file, f"DELETE FROM store_entry WHERE seq = {head.seq}")
    assert found() == []
    assert found(head) == [("cut", head.seq - 1)]


@pytest.mark.requirement("AUD-02")
def test_aud_02_a_schema_written_by_hand_is_found_by_verifying(file: sqlite3.Connection, kept: Kept) -> None:
    """``writable_schema`` passes by every trigger; verification does not rest on them."""
    file.execute("PRAGMA writable_schema=ON")
    file.execute("DELETE FROM sqlite_master WHERE type = 'trigger'")
    file.execute("PRAGMA writable_schema=RESET")
    file.execute("UPDATE store_entry SET text = replace(text, 'sapporo', 'otaru') WHERE seq = 9")
    assert ("altered", 9) in found(kept.snapshot.head)


@pytest.mark.requirement("AUD-02")
def test_aud_02_nothing_in_the_store_switches_the_trail_off() -> None:
    """No function or statement of the store drops a trigger, changes an entry or removes one."""
    folder = Path(inspect.getfile(keeper_module)).parent
    text = "\n".join(each.read_text("utf-8") for each in folder.rglob("*.py"))
    for forbidden in ("DROP TRIGGER", "DISABLE TRIGGER", "DELETE FROM store_entry", "UPDATE store_entry",
                      "writable_schema", "REPLACE INTO", "Entry.objects"):  # fmt: skip
        assert forbidden not in text
    public = [name for name in vars(Keeper) if not name.startswith("_")]
    assert set(public) == {
        "alias", "writing", "erase", "reading", "trials", "head", "rows", "commands", "of_command",
        "of_person", "stored", "words", "every_word", "words_in_order", "verify",
    }  # fmt: skip
    assert [name for name in vars(Writer) if not name.startswith("_")] == ["add"]
    assert {"keep", "kept"} <= set(vars(snapshots))


def test_the_triggers_of_a_database_are_those_of_this_software(file: sqlite3.Connection) -> None:
    """A migrated database has every trigger, word for word."""
    made = file.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert sorted(sql for (sql,) in made) == sorted(SQLITE)
