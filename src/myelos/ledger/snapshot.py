"""What the entries of a ledger add up to: a fold, pure and incremental.

Reading checks the chain as it goes: an entry whose text is not the one that was hashed, or that does not
follow the one before, is refused, never folded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from immutables import Map
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from myelos.acts import Act
from myelos.findings import Finding, Place, Refused
from myelos.ledger import events as le
from myelos.ledger.canonical import GENESIS
from myelos.ledger.entry import FORMAT, Head, Row, later_format
from myelos.ledger.free_text import reveal
from myelos.protocol import Protocol, Trial
from myelos.protocol import evolve as evolve_trial
from myelos.protocol.state import EVENTS as TRIAL_EVENTS
from myelos.shapes import Catalogue, read

EVENTS: tuple[type, ...] = (*le.EVENTS, *TRIAL_EVENTS)
"""Every event an entry of a trial may hold."""

CATALOGUE = Catalogue(EVENTS)
"""The events by name and version."""

NO_WORDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and, if what was signed changed since, who changed it, when, and by what command."""

    seq: int
    signed: le.Signed
    act: Act
    voided: Act | None = None
    changed_by: str = ""

    @property
    def holds(self) -> bool:
        return self.voided is None


@dataclass(frozen=True, slots=True)
class Restriction:
    """A freeze or a lock in force."""

    seq: int
    restricted: le.Restricted
    act: Act


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A trial as its ledger has it after entry ``seq``, whose digest is ``digest``.

    ``protocols``: the editions it ran under, the last one in force. ``signatures`` by the number of their
    entry. ``restrictions``: by trial code (empty: the whole trial), the freeze or lock in force.
    """

    trial: str
    seq: int = 0
    digest: str = GENESIS
    recorded_at: datetime | None = None
    protocols: tuple[Protocol, ...] = ()
    state: Trial = Trial("")  # noqa: RUF009
    signatures: Map[int, Signature] = field(default_factory=Map)
    restrictions: Map[str, Restriction] = field(default_factory=Map)

    @property
    def head(self) -> Head:
        return Head(self.trial, self.seq, self.digest)

    @property
    def protocol(self) -> Protocol:
        """The protocol in force. Raises LookupError before the trial is opened."""
        return self.protocols[-1]


def evolve(snapshot: Snapshot, event: Any, act: Act, seq: int) -> Snapshot:
    """The snapshot after one event, whose number is ``seq``; head and time are the caller's."""
    fold = _FOLDS.get(type(event))
    if fold is None:
        return replace(snapshot, state=evolve_trial(snapshot.state, event, act))
    return fold(snapshot, event, act, seq)


def fold(snapshot: Snapshot, rows: Iterable[Row], words: Mapping[str, str] = NO_WORDS) -> Snapshot:
    """The snapshot after more rows, in order. ``words``: free text by reference; the rest stays erased.

    Raises :class:`~myelos.findings.Refused` at the first row that was altered, does not follow, or that this
    software does not know how to read.
    """
    state, digest, seq, recorded = snapshot.state, snapshot.digest, snapshot.seq, snapshot.recorded_at
    for row in rows:
        seq += 1
        entry = _read(row, seq, digest, snapshot.trial, words)
        event = entry.data
        act = Act(by=entry.by, at=entry.at, role=entry.role, site=entry.site, why=entry.why)
        digest, recorded = row.digest, entry.recorded_at
        own = _FOLDS.get(type(event))
        if own is None:
            state = evolve_trial(state, event, act)
        else:
            snapshot = own(replace(snapshot, state=state), event, act, seq)
            state = snapshot.state
    return replace(snapshot, state=state, seq=seq, digest=digest, recorded_at=recorded)


def events_of(rows: Iterable[Row]) -> tuple[tuple[int, Any], ...]:
    """The events of rows with their numbers; the chain is not checked, words are not revealed.

    Raises :class:`~myelos.findings.Refused` for an entry that this software does not know how to read.
    """
    return tuple((row.seq, _typed(row, NO_WORDS).data) for row in rows)


# Reading one entry ------------------------------------------------------------------------------------------


def _read(row: Row, seq: int, previous: str, trial: str, words: Mapping[str, str]) -> Any:
    entry = _typed(row, words)
    if entry.trial != trial:
        raise Refused([_why_not(row, trial)])
    if (entry.seq, entry.previous) != (seq, previous) or row.seq != seq:
        raise Refused([Finding("ledger.does-not-follow", Place(row=row.seq), {"seq": seq})])
    return entry


def _typed(row: Row, words: Mapping[str, str]) -> Any:
    """The entry with its event, read from a text that is what was hashed."""
    if sha256(row.text.encode()).hexdigest() != row.digest:
        raise Refused([Finding("ledger.altered", Place(row=row.seq))])
    shape: Any = CATALOGUE.classes.get((row.event, row.version))
    if shape is None:
        raise Refused([_why_not(row)])
    try:
        entry = entry_of(shape).validate_json(reveal(row.text, words))
    except ValidationError as error:
        raise Refused([_why_not(row)]) from error
    if entry.format != FORMAT or (entry.event, entry.version) != (row.event, row.version):
        raise Refused([_why_not(row)])
    return entry


def _why_not(row: Row, trial: str | None = None) -> Finding:
    """Why an entry that is what was hashed cannot be read."""
    place = Place(row=row.seq)
    try:
        said = from_json(row.text)
    except ValueError:
        return Finding("ledger.no-text", place)
    if not isinstance(said, dict):
        return Finding("ledger.no-text", place)
    if said.get("format") != FORMAT:
        return later_format(row.seq, said.get("format"))
    if trial is not None and said.get("trial") != trial:
        return Finding("ledger.other-trial", place, {"read": str(said.get("trial"))[:80], "trial": trial})
    name, version = str(said.get("event"))[:80], str(said.get("version"))[:20]
    if (name, version) != (row.event, str(row.version)):
        return Finding("ledger.column", Place(row=row.seq, column="event"))
    return Finding("ledger.unknown-event", place, {"event": name, "version": version})


_ENVELOPE = {
    "format": int, "seq": int, "trial": str, "event": str, "version": int, "previous": str,
    "recorded_at": datetime, "at": datetime, "by": str, "role": str, "site": str, "why": str,
}  # fmt: skip


@cache
def entry_of(shape: Any) -> TypeAdapter[Any]:
    """Reads the text of an entry whose event has this shape, in one pass; the event is its ``data``."""
    fields = [*_ENVELOPE.items(), ("data", shape)]
    config = {"__pydantic_config__": ConfigDict(extra="ignore")}
    return TypeAdapter(make_dataclass("Read", fields, frozen=True, slots=True, namespace=config))


# Events of the record itself --------------------------------------------------------------------------------


def _opened(snapshot: Snapshot, event: le.TrialOpened, act: Act, seq: int) -> Snapshot:
    protocol = read(Protocol, event.protocol)
    return replace(snapshot, protocols=(protocol,), state=Trial(protocol.id))


def _amended(snapshot: Snapshot, event: le.ProtocolAmended, act: Act, seq: int) -> Snapshot:
    return replace(snapshot, protocols=(*snapshot.protocols, read(Protocol, event.protocol)))


def _unchanged(snapshot: Snapshot, event: Any, act: Act, seq: int) -> Snapshot:
    return snapshot


def _signed(snapshot: Snapshot, event: le.Signed, act: Act, seq: int) -> Snapshot:
    return replace(snapshot, signatures=snapshot.signatures.set(seq, Signature(seq, event, act)))


def _voided(snapshot: Snapshot, event: le.SignatureVoided, act: Act, seq: int) -> Snapshot:
    old = snapshot.signatures[event.signature]
    new = replace(old, voided=act, changed_by=event.changed_by)
    return replace(snapshot, signatures=snapshot.signatures.set(event.signature, new))


def _restricted(snapshot: Snapshot, event: le.Restricted, act: Act, seq: int) -> Snapshot:
    key, restriction = event.subject.person or "", Restriction(seq, event, act)
    return replace(snapshot, restrictions=snapshot.restrictions.set(key, restriction))


def _reopened(snapshot: Snapshot, event: le.Reopened, act: Act, seq: int) -> Snapshot:
    return replace(snapshot, restrictions=snapshot.restrictions.delete(event.subject.person or ""))


_FOLDS: Mapping[type, Callable[[Snapshot, Any, Act, int], Snapshot]] = {
    le.TrialOpened: _opened,
    le.ProtocolAmended: _amended,
    le.CommandRefused: _unchanged,
    le.Signed: _signed,
    le.SignatureVoided: _voided,
    le.Restricted: _restricted,
    le.Reopened: _reopened,
    le.WordsErased: _unchanged,
}
