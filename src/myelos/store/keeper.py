"""The ledgers of a database: read in order, added to in one transaction a command, one writer a trial."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Self

from django.db import DatabaseError, connections, transaction

from myelos.findings import Finding, Refused
from myelos.ledger import COLUMNS, Head, Row, verify
from myelos.ledger.canonical import GENESIS
from myelos.ledger.free_text import Words, references
from myelos.store.failures import finding, told
from myelos.store.opening import ready

BATCH = 2000
"""Rows fetched at a time."""

_WRITTEN = ", ".join(f'"{name}"' for name in (*COLUMNS, "digest", "text"))
_INSERT = f"INSERT INTO store_entry ({_WRITTEN}) VALUES ({', '.join(['%s'] * (len(COLUMNS) + 2))})"  # noqa: S608
_HIDE = "INSERT INTO store_words (trial, reference, salt, text) VALUES (%s, %s, %s, %s)"
_ROW = "SELECT seq, event, version, digest, text FROM store_entry WHERE trial = %s"
_READ = f"{_ROW} AND seq > %s ORDER BY seq"
_COMMAND = f"""{_ROW} AND seq >= %s AND seq < coalesce(
  (SELECT seq FROM store_entry WHERE trial = %s AND seq > %s AND "command" <> %s ORDER BY seq LIMIT 1),
  9223372036854775807) ORDER BY seq"""  # noqa: S608
"""The entries of a command follow each other, so its first one is all that is needed to find them: an index
by command would be one more page to write for every entry."""
_COMMANDS = 'SELECT seq, "command" FROM store_entry WHERE trial = %s AND seq > %s ORDER BY seq'
_PERSON = f"{_ROW} AND person = %s ORDER BY seq"
_ALL = f"SELECT {_WRITTEN} FROM store_entry WHERE trial = %s ORDER BY seq"  # noqa: S608
_HEAD = "SELECT seq, digest FROM store_entry WHERE trial = %s ORDER BY seq DESC LIMIT 1"
_TRIALS = """WITH RECURSIVE each(trial) AS (SELECT min(trial) FROM store_entry
  UNION ALL SELECT (SELECT min(trial) FROM store_entry e WHERE e.trial > each.trial)
  FROM each WHERE each.trial IS NOT NULL) SELECT trial FROM each WHERE trial IS NOT NULL"""
"""From one trial to the next by the index: a DISTINCT would read every entry."""
_WORDS = "SELECT reference, salt, text FROM store_words WHERE trial = %s ORDER BY reference"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


_QUESTIONED = {each: each.replace("%s", "?") for each in (_INSERT, _HIDE)}
"""The same statements in SQLite's own form."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """One database, by its Django alias."""

    alias: str = "default"

    # Writing

    def writing(self, trial: str, *more: str) -> AbstractContextManager[Writer]:
        """One transaction, alone in the trial (or in several): whole or not at all.

        Raises :class:`~myelos.findings.Refused` when the database cannot record (full, locked, read-only);
        then nothing was recorded.
        """
        connection = self._connection
        if _in_transaction(connection):
            raise RuntimeError("a command is a transaction of its own, never a part of another one")
        if connection.vendor == "sqlite":
            return _Alone(connection, trial)
        return self._writing(trial, more)

    @contextmanager
    def _writing(self, trial: str, more: Iterable[str]) -> Iterator[Writer]:
        with told(trial), transaction.atomic(using=self.alias, durable=True):
            for each in sorted({trial, *more}):
                self._execute(_LOCK, [f"myelos {each}"])
            yield Writer(self._connection)

    def erase(self, trial: str, wanted: Sequence[str]) -> int:
        """Erase words; how many there were. Within :meth:`writing`."""
        with self._connection.cursor() as cursor:
            erased = 0
            for reference in wanted:
                cursor.execute(
                    "DELETE FROM store_words WHERE trial = %s AND reference = %s", [trial, reference]
                )
                erased += cursor.rowcount
            cursor.execute("DELETE FROM store_kept WHERE trial = %s", [trial])  # a snapshot holds words, too
            return erased

    # Reading

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is read within is of one moment; no writer waits for it."""
        connection = self._connection
        if connection.vendor == "postgresql":
            with told(self.alias), transaction.atomic(using=self.alias, durable=True):
                self._execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield
            return
        if _in_transaction(connection):
            raise RuntimeError("one moment is read by itself, never within another transaction")
        with told(self.alias):
            connection.ensure_connection()
            driver = connection.connection
            driver.execute("PRAGMA query_only=ON")  # else a write by mistake would be lost, not refused
            try:
                driver.execute("BEGIN DEFERRED")
                yield
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                driver.execute("PRAGMA query_only=OFF")

    def trials(self) -> tuple[str, ...]:
        """Every ledger of the database, in alphabetical order."""
        with told(self.alias):
            return tuple(sorted(trial for (trial,) in self._execute(_TRIALS)))

    def head(self, trial: str) -> Head:
        """The end of a ledger; number 0 where there is none."""
        with told(trial):
            rows = self._execute(_HEAD, [trial])
            return Head(trial, *(rows[0] if rows else (0, GENESIS)))

    def rows(self, trial: str, after: int = 0) -> Iterator[Row]:
        """The entries after number ``after``, in order."""
        yield from (Row(*each) for each in self._stream(_READ, [trial, after], trial))

    def commands(self, trial: str, after: int = 0) -> Iterator[tuple[int, str]]:
        """The number and the command's id of every entry after number ``after``, in order."""
        yield from self._stream(_COMMANDS, [trial, after], trial)

    def of_command(self, trial: str, command: str, first: int) -> tuple[Row, ...]:
        """The entries of a command whose first one is number ``first``."""
        with told(trial):
            found = self._execute(_COMMAND, [trial, first, trial, first, command])
            return tuple(Row(*each) for each in found)

    def of_person(self, trial: str, person: str) -> Iterator[Row]:
        """The entries about a person, in order."""
        yield from (Row(*each) for each in self._stream(_PERSON, [trial, person], trial))

    def stored(self, trial: str) -> Iterator[tuple[Any, ...]]:
        """Every entry with all its columns, as :func:`~myelos.ledger.verify` wants them."""
        yield from self._stream(_ALL, [trial], trial)

    def words(self, trial: str, rows: Iterable[Row] | None = None) -> dict[str, str]:
        """The free text by reference: all of a trial, or what these rows refer to."""
        with told(trial):
            if rows is None:
                found = self._execute("SELECT reference, text FROM store_words WHERE trial = %s", [trial])
                return dict(found)
            wanted = [each for row in rows for each in references(row.text)]
            return dict(self._words(trial, wanted))

    def _words(self, trial: str, wanted: list[str]) -> Iterator[tuple[str, str]]:
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ", ".join(["%s"] * len(some))
            yield from self._execute(
                f"SELECT reference, text FROM store_words WHERE trial = %s AND reference IN ({marks})",  # noqa: S608
                [trial, *some],
            )

    def every_word(self, trial: str) -> tuple[Words, ...]:
        """The free text of a trial with its salts."""
        with told(trial):
            return tuple(self.words_in_order(trial))

    def words_in_order(self, trial: str) -> Iterator[Words]:
        """The free text of a trial with its salts by reference, however much it is."""
        found = self._stream(_WORDS, [trial], trial)
        return (Words(reference, bytes(salt), text) for reference, salt, text in found)

    def verify(self, trial: str, head: Head | None = None) -> Iterator[Finding]:
        """Every fault of a ledger as it is stored; see :func:`myelos.ledger.verify`."""
        return verify(self.stored(trial), trial, head)

    # The database

    @property
    def _connection(self) -> Any:
        connection: Any = connections[self.alias]
        if connection.connection is None or connection.errors_occurred:
            ready(connection)
        return connection

    def _execute(self, statement: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    def _stream(self, statement: str, params: Sequence[Any], where: str) -> Iterator[Any]:
        """Rows in batches; on PostgreSQL from a cursor of the server's, so that memory stays bounded."""
        with told(where), self._connection.chunked_cursor() as cursor:
            cursor.execute(statement, params)
            while batch := cursor.fetchmany(BATCH):
                yield from batch


class Writer:
    """Who holds the transaction of a trial, and adds to it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def add(self, trial: str, rows: Iterable[Row], words: Iterable[Words] = ()) -> None:
        """Add entries and the words beside them, the last head being theirs."""
        if not _in_transaction(self._connection):
            raise RuntimeError("entries are added within a transaction of their trial's, see writing()")
        self._many(_INSERT, (row.columns for row in rows))
        self._many(_HIDE, ((trial, each.reference, each.salt, each.text) for each in words))

    def _many(self, statement: str, params: Iterable[tuple[Any, ...]]) -> None:
        with self._connection.wrap_database_errors:
            self._connection.connection.cursor().executemany(statement, params)


class _Alone(Writer):
    """A transaction of SQLite's, which has one writer at a time.

    By the driver itself, and no generator: around an append, Django's own way costs a third of what the disk
    takes.
    """

    __slots__ = ("_driver", "_trial")

    def __init__(self, connection: Any, trial: str) -> None:
        self._connection, self._driver, self._trial = connection, connection.connection, trial

    def __enter__(self) -> Self:
        try:
            if self._driver is None:
                self._connection.ensure_connection()
                self._driver = self._connection.connection
            self._driver.execute("BEGIN IMMEDIATE")
        except (DatabaseError, sqlite3.Error) as error:
            raise Refused([finding(error, self._trial)]) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        driver = self._driver
        try:
            if error is None:
                driver.execute("COMMIT")
            elif isinstance(error, DatabaseError | sqlite3.Error):
                raise Refused([finding(error, self._trial)]) from error
        except sqlite3.Error as failed:
            raise Refused([finding(failed, self._trial)]) from failed
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")

    def _many(self, statement: str, params: Iterable[tuple[Any, ...]]) -> None:
        execute, statement = self._driver.execute, _QUESTIONED[statement]
        for each in params:
            execute(statement, each)


def _in_transaction(connection: Any) -> bool:
    if connection.vendor == "sqlite" and connection.connection is not None:
        return bool(connection.connection.in_transaction)
    return bool(connection.in_atomic_block)
