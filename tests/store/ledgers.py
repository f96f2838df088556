"""Ledgers to be stored: short ones with words beside them. Synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

import pytest
from tests.ledger.kept import LATER, NAME, Kept, opened
from tests.protocol.played import tell

from myelos.findings import Phrasebook, Refused
from myelos.ledger import Head, Row
from myelos.ledger.free_text import Words
from myelos.protocol.events import TrainingRecorded
from myelos.store.keeper import Keeper

BOOK = Phrasebook("myelos", "myelos.ledger", "myelos.store")


@cache
def _begun(words: int) -> Kept:
    kept = opened()
    for number in range(words):
        order = TrainingRecorded(account=f"nurse-{number}", training="bedside", until=None, source="made up")
        kept.do(tell(order, LATER + timedelta(minutes=number), why=f"新人の看護師 {number} \N{DEGREE SIGN}"))
    return kept


def begun(words: int = 5) -> Kept:
    """A trial just opened, and some more entries, each with words beside it."""
    return _begun(words).copy()


def put(keeper: Keeper, kept: Kept) -> Head:
    """Store a ledger in one transaction."""
    with keeper.writing(NAME) as writer:
        writer.add(NAME, kept.rows, kept.words.values())
    return keeper.head(NAME)


def one_by_one(kept: Kept) -> Iterator[tuple[Row, list[Words]]]:
    """Each entry with the words it refers to."""
    for row in kept.rows:
        yield row, [each for each in kept.words.values() if each.reference in row.text]


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    """What is done within must be refused with these codes (without the room)."""
    with pytest.raises(Refused) as found:
        yield
    assert told(found.value) == list(codes)


def told(refused: Refused) -> list[str]:
    """The codes of a refusal (without the room); each is told in both languages, and is one line."""
    for each in refused.findings:
        for language in ("en", "ja"):
            assert "\n" not in BOOK.tell(each, language)
    return [each.code.removeprefix("store.") for each in refused.findings]
