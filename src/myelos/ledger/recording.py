"""A decided command to the entries that record it, and the snapshot after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from myelos import __version__
from myelos.acts import Act
from myelos.cells import events as ce
from myelos.findings import Finding, Place, Severity
from myelos.ledger.concerned import concerned
from myelos.ledger.entry import Head, Heading, Row, seal, stamp
from myelos.ledger.free_text import Salt, Words, hide, hide_one, reveal
from myelos.ledger.reading import entry_of
from myelos.ledger.snapshot import Snapshot, evolve
from myelos.protocol.takeover import ChainTakenOver
from myelos.shapes import Catalogue, Named, plain


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it is recorded: its id (one for every time somebody means to do something), its kind, the
    act, and the moment of recording."""

    command: str
    kind: str
    act: Act
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a command adds: rows to the ledger, words to lie beside it, and the snapshot after it."""

    rows: tuple[Row, ...]
    words: tuple[Words, ...]
    snapshot: Snapshot
    findings: tuple[Finding, ...] = ()


def record(snapshot: Snapshot, asked: Asked, events: Sequence[Any], salt: Salt) -> Recorded:
    """The entries of a command's events after a snapshot. Nothing is refused here: what is to be recorded was
    decided. A clock that runs backwards, and an act said to be later than its recording, are told."""
    rows: list[Row] = []
    words: list[Words] = []
    found = tuple(clock_findings(snapshot.recorded_at, asked))
    for event in events:
        person = concerned(snapshot.state, event)
        snapshot = evolve(snapshot, event, asked.act, snapshot.seq + 1)
        editions = {"protocol": snapshot.protocol.edition} if snapshot.protocols else {}
        row, hidden = sealed(snapshot.head, asked, event, person, editions, salt)
        snapshot = replace(snapshot, seq=row.seq, digest=row.digest, recorded_at=asked.recorded_at)
        rows.append(row)
        words += hidden
    return Recorded(tuple(rows), tuple(words), snapshot, found)


def sealed(
    head: Head, asked: Asked, event: Any, person: str, editions: Mapping[str, str], salt: Salt
) -> tuple[Row, tuple[Words, ...]]:
    """One event sealed onto a head, and the words that were hidden from it. Raises ValueError for an event
    that could not be read back."""
    act = asked.act
    why, words = hide_one(act.why, salt)
    data, more = hide_event(event, salt)
    heading = Heading(
        trial=head.trial, command=asked.command, kind=asked.kind, at=act.at, recorded_at=asked.recorded_at,
        by=act.by, role=act.role, site=act.site, why=why, person=person, editions=editions,
        software=__version__,
    )  # fmt: skip
    named: type[Named] = type(event)
    row = seal(heading, {"name": named.NAME, "version": named.VERSION, "data": data}, head)
    words = (*words, *more)
    _read_back(row, named, words)
    return row, words


def _read_back(row: Row, shape: Any, words: tuple[Words, ...]) -> None:
    """What nobody could read again is never recorded: the ledger would end there for good."""
    text = reveal(row.text, {each.reference: each.text for each in words})
    try:
        entry_of(shape).validate_json(text)
    except ValidationError as error:
        raise ValueError(f"{shape.NAME} cannot be read back: {error}") from error


def hide_event(event: Any, salt: Salt) -> tuple[Any, tuple[Words, ...]]:
    """An event as plain data with free text hidden, that of events within it too."""
    data, words = hide(type(event), plain(event), salt)
    if not isinstance(event, ChainTakenOver):
        return data, words
    for kept in data["records"]:
        shape = _TAKEN_OVER.classes[kept["event"]["name"], kept["event"]["version"]]
        kept["event"]["data"], more = hide(shape, kept["event"]["data"], salt)
        words = (*words, *more)
    return data, words


_TAKEN_OVER = Catalogue(ce.EVENTS)


def clock_findings(last: datetime | None, asked: Asked) -> list[Finding]:
    """What the clocks have to say: order is by number, so a clock never stops a record."""
    found = []
    if last is not None and asked.recorded_at < last:
        params: dict[str, Any] = {"now": stamp(asked.recorded_at), "last": stamp(last)}
        found.append(Finding("ledger.clock-backwards", Place(column="recorded_at"), params, Severity.WARNING))
    if asked.act.at > asked.recorded_at:
        params = {"at": stamp(asked.act.at), "now": stamp(asked.recorded_at)}
        found.append(Finding("ledger.later-than-now", Place(column="at"), params, Severity.WARNING))
    return found
