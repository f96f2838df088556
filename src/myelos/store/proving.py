"""Is the record, as it is stored, the one that was recorded? Its entries, and the words beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections

from myelos.findings import Finding, Findings, Place
from myelos.ledger import Head, TreeHead, verify
from myelos.ledger.entry import said_in
from myelos.ledger.events import WordsErased
from myelos.ledger.free_text import PREFIX, Words, references
from myelos.ledger.heads import tree_head
from myelos.store.failures import told
from myelos.store.keeper import Keeper

Stored = tuple[Any, ...]
MARKS = 500
"""References asked for at a time."""

_ERASED: str = WordsErased.NAME  # type: ignore[attr-defined]


def whole_head(keeper: Keeper, trial: str) -> TreeHead:
    """The printed head of a ledger whose every entry was verified on the way.

    Raises :class:`~myelos.findings.Refused` with every fault there is.
    """
    digests: list[str] = []

    def passing(rows: Iterable[Stored]) -> Iterator[Stored]:
        for row in rows:
            digests.append(row[-2])
            yield row

    found = Findings()
    found.extend(verify(passing(keeper.stored(trial)), trial))
    found.refuse_on_error()
    return tree_head(Head(trial, len(digests), digests[-1]), digests)


def faults_of(keeper: Keeper, trial: str, head: Head | None = None) -> Iterator[Finding]:
    """Every fault of a ledger's entries, each as it is found, and then of the words beside them: words that
    are not those an entry refers to, that are missing and were not erased, that belong to no entry."""
    words = _Words(keeper, trial)
    yield from verify(words.passing(keeper.stored(trial)), trial, head)
    yield from words.faults()


class _Words:
    """The words beside a ledger, held against its entries as those pass by."""

    def __init__(self, keeper: Keeper, trial: str) -> None:
        self._alias, self._trial = keeper.alias, trial
        self._erased: set[str] = set()
        self._gone: dict[str, int] = {}
        self._found = Findings()
        self._matched = 0

    def passing(self, rows: Iterable[Stored]) -> Iterator[Stored]:
        """The rows as they come; what they refer to is held against the words meanwhile."""
        waiting: dict[str, int] = {}
        for number, row in enumerate(rows, 1):
            if isinstance(row[-1], str) and PREFIX in row[-1]:
                waiting.update(dict.fromkeys(references(row[-1]), number))
                self._erasures(row[-1])
            if len(waiting) >= MARKS:
                self._hold(waiting)
                waiting = {}
            yield row
        self._hold(waiting)

    def faults(self) -> Iterator[Finding]:
        """What there is to say, once every entry has passed."""
        yield from self._found
        for reference, number in self._gone.items():
            if reference not in self._erased:
                yield Finding("ledger.words-missing", Place(row=number), {"count": 1})
        for reference in sorted(self._erased):
            if self._ask("SELECT 1 FROM store_words WHERE trial = %s AND reference = %s", reference):
                yield Finding("ledger.words-still-there", Place(column=reference))
        there = self._ask("SELECT count(*) FROM store_words WHERE trial = %s")[0][0]
        if there > self._matched:
            yield Finding("store.words-of-no-entry", params={"count": there - self._matched})

    def _erasures(self, text: str) -> None:
        if _ERASED in text:
            said = said_in(text) or {}
            if said.get("event") == _ERASED and isinstance(said.get("data"), dict):
                self._erased.update(map(str, said["data"].get("references", ())))

    def _hold(self, waiting: dict[str, int]) -> None:
        wanted = list(waiting)
        for start in range(0, len(wanted), MARKS):
            self._hold_some(wanted[start : start + MARKS], waiting)

    def _hold_some(self, wanted: list[str], waiting: dict[str, int]) -> None:
        marks = ", ".join(["%s"] * len(wanted))
        found = self._ask(
            f"SELECT reference, salt, text FROM store_words WHERE trial = %s AND reference IN ({marks})",  # noqa: S608
            *wanted,
        )
        there = {reference: Words(reference, bytes(salt), text) for reference, salt, text in found}
        self._matched += len(there)
        for reference in wanted:
            if reference not in there:
                self._gone[reference] = waiting[reference]
            elif not there[reference].authentic:
                self._found.add(Finding("ledger.other-words", Place(row=waiting[reference])))

    def _ask(self, statement: str, *wanted: str) -> list[Any]:
        with told(self._trial), connections[self._alias].cursor() as cursor:
            cursor.execute(statement, [self._trial, *wanted])
            return list(cursor.fetchall())
