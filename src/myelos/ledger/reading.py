"""One row after another, read: each text is the one that was hashed, each entry follows the one before.

Every chain is read in this way, whatever its entries tell: its events come in as a catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, make_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError

from myelos.acts import Act
from myelos.findings import Finding, Place, Refused
from myelos.ledger.canonical import digest_of_stored
from myelos.ledger.entry import FORMAT, Head, Row, later_format, said_in
from myelos.ledger.free_text import reveal
from myelos.shapes import Catalogue

T = TypeVar("T")

NO_WORDS: Mapping[str, str] = MappingProxyType({})

NEVER_DECIDED = (TypeError, LookupError, ValueError, AttributeError, ArithmeticError)
"""What a fold raises for an event that no rule let through: whoever wrote it did so past the rules."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain to be read: the end of what was read before, the events its entries may hold, and the words by
    reference; the rest stays erased."""

    head: Head
    catalogue: Catalogue
    words: Mapping[str, str]


_NOBODY = Act(by="-", at=datetime.min.replace(tzinfo=UTC), role="-", site="-")
"""No act: what one is copied from, which is quicker than to make it."""


def follow(chain: Chain, rows: Iterable[Row]) -> Iterator[tuple[Row, Any, Act]]:
    """Each row with its entry (the event is its ``data``) and its act, in order.

    Raises :class:`~myelos.findings.Refused` at the first row that was altered, does not follow, or that this
    software does not know how to read.
    """
    seq, digest = chain.head.seq, chain.head.digest
    for row in rows:
        seq += 1
        entry = _next(chain, row, seq, digest)
        digest = row.digest
        yield row, entry, _NOBODY.but(
            by=entry.by, at=entry.at, role=entry.role, site=entry.site, why=entry.why
        )  # fmt: skip


AHEAD = 2000
"""How many entries are read before they are folded: the two in turn, one by one, take a tenth more time."""


def ahead(read: Iterator[T]) -> Iterator[T]:
    """The same one after another, read many at a time; what came before a refusal still comes first."""
    while True:
        some: list[T] = []
        try:
            some.extend(islice(read, AHEAD))
        except Refused:
            yield from some
            raise
        if not some:
            return
        yield from some


def typed(row: Row, catalogue: Catalogue, words: Mapping[str, str] = NO_WORDS) -> Any:
    """The entry with its event, read from a text that is what was hashed; where it stands is not asked.

    Raises :class:`~myelos.findings.Refused` for an entry that this software does not know how to read.
    """
    if digest_of_stored(row.text) != row.digest:
        raise Refused([Finding("ledger.altered", Place(row=row.seq))])
    shape: Any = catalogue.classes.get((row.event, row.version))
    if shape is None:
        raise Refused([_why_not(row, catalogue)])
    try:
        entry = _reader_of(shape)(reveal(row.text, words))
    except ValidationError as error:
        raise Refused([_why_not(row, catalogue)]) from error
    if entry.format != FORMAT or (entry.event, entry.version) != (row.event, row.version):
        raise Refused([_why_not(row, catalogue)])
    return entry


def cannot_follow(row: Row, error: Exception) -> Refused:
    """The refusal of an entry whose event cannot have been decided on what came before it."""
    if isinstance(error, Refused):
        return Refused(
            replace(each, place=Place(row=row.seq, column=each.place.column)) for each in error.findings
        )
    return Refused([Finding("ledger.cannot-follow", Place(row=row.seq), {"event": row.event})])


def _next(chain: Chain, row: Row, seq: int, previous: str) -> Any:
    entry = typed(row, chain.catalogue, chain.words)
    if entry.trial != chain.head.trial:
        raise Refused([_why_not(row, chain.catalogue, chain.head.trial)])
    if (entry.seq, entry.previous) != (seq, previous) or row.seq != seq:
        raise Refused([Finding("ledger.does-not-follow", Place(row=row.seq), {"seq": seq})])
    return entry


def _why_not(row: Row, catalogue: Catalogue, trial: str | None = None) -> Finding:
    """Why an entry that is what was hashed cannot be read."""
    place = Place(row=row.seq)
    said = said_in(row.text)
    if said is None:
        return Finding("ledger.no-text", place)
    if said.get("format") != FORMAT:
        return later_format(row.seq, said.get("format"))
    if trial is not None and said.get("trial") != trial:
        return Finding("ledger.other-trial", place, {"read": str(said.get("trial"))[:80], "trial": trial})
    name, version = str(said.get("event"))[:80], str(said.get("version"))[:20]
    if (name, version) != (row.event, str(row.version)):
        return Finding("ledger.column", Place(row=row.seq, column="event"))
    if (row.event, row.version) in catalogue.classes:
        return Finding("ledger.unreadable", place, {"event": name})
    return Finding("ledger.unknown-event", place, {"event": name, "version": version})


_ENVELOPE = {
    "format": int, "seq": int, "trial": str, "event": str, "version": int, "previous": str,
    "recorded_at": AwareDatetime, "at": AwareDatetime, "by": str, "role": str, "site": str, "why": str,
}  # fmt: skip


@cache
def _reader_of(shape: Any) -> Callable[[str], Any]:
    return entry_of(shape).validator.validate_json


@cache
def entry_of(shape: Any) -> TypeAdapter[Any]:
    """Reads the text of an entry whose event has this shape, in one pass; the event is its ``data``."""
    fields = [*_ENVELOPE.items(), ("data", shape)]
    config = {"__pydantic_config__": ConfigDict(extra="ignore", strict=True)}
    return TypeAdapter(make_dataclass("Read", fields, frozen=True, slots=True, namespace=config))
