"""What the entries of a ledger add up to: a fold, pure and incremental.

Reading checks the chain as it goes: an entry whose text is not the one that was hashed, or that does not
follow the one before, is refused, never folded.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from immutables import Map

from myelos.acts import Act
from myelos.ledger import events as le
from myelos.ledger import queries as lq
from myelos.ledger.canonical import GENESIS
from myelos.ledger.entry import Head, Row
from myelos.ledger.reading import NEVER_DECIDED, NO_WORDS, Chain, ahead, cannot_follow, follow, typed
from myelos.protocol import Protocol, Trial
from myelos.protocol import evolve as evolve_trial
from myelos.protocol.state import EVENTS as TRIAL_EVENTS
from myelos.shapes import Catalogue, read

EVENTS: tuple[type, ...] = (*le.EVENTS, *lq.EVENTS, *TRIAL_EVENTS)
"""Every event an entry of a trial may hold."""

CATALOGUE = Catalogue(EVENTS)
"""The events by name and version."""


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
    ``queries`` by their id, open and closed.
    """

    trial: str
    seq: int = 0
    digest: str = GENESIS
    recorded_at: datetime | None = None
    protocols: tuple[Protocol, ...] = ()
    state: Trial = Trial("")  # noqa: RUF009
    signatures: Map[int, Signature] = field(default_factory=Map)
    restrictions: Map[str, Restriction] = field(default_factory=Map)
    queries: Map[str, lq.Query] = field(default_factory=Map)

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
    with collector_paused():
        return _folded(snapshot, rows, words)


def _folded(snapshot: Snapshot, rows: Iterable[Row], words: Mapping[str, str]) -> Snapshot:
    state, digest, seq, recorded = snapshot.state, snapshot.digest, snapshot.seq, snapshot.recorded_at
    for row, entry, act in ahead(follow(Chain(snapshot.head, CATALOGUE, words), rows)):
        event, own = entry.data, _FOLDS.get(type(entry.data))
        seq, digest, recorded = row.seq, row.digest, entry.recorded_at
        try:
            if own is None:
                state = evolve_trial(state, event, act)
            else:
                snapshot = own(replace(snapshot, state=state), event, act, seq)
                state = snapshot.state
        except NEVER_DECIDED as error:
            raise cannot_follow(row, error) from error
    return replace(snapshot, state=state, seq=seq, digest=digest, recorded_at=recorded)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Values of a fold form no cycles, and searching a growing state for them takes half of its time.

    What was made meanwhile is then old, to be searched when the collector next looks at everything.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():  # else a program keeps frozen what it froze
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def events_of(rows: Iterable[Row]) -> tuple[tuple[int, Any], ...]:
    """The events of rows with their numbers; the chain is not checked, words are not revealed.

    Raises :class:`~myelos.findings.Refused` for an entry that this software does not know how to read.
    """
    return tuple((row.seq, typed(row, CATALOGUE).data) for row in rows)


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


def _queried(snapshot: Snapshot, event: Any, act: Act, seq: int) -> Snapshot:
    return replace(snapshot, queries=lq.evolve(snapshot.queries, event, act))


_FOLDS: Mapping[type, Callable[[Snapshot, Any, Act, int], Snapshot]] = {
    le.TrialOpened: _opened,
    le.ProtocolAmended: _amended,
    le.CommandRefused: _unchanged,
    le.Signed: _signed,
    le.SignatureVoided: _voided,
    le.Restricted: _restricted,
    le.Reopened: _reopened,
    le.WordsErased: _unchanged,
    le.IdentityKept: _unchanged,
    le.IdentityRead: _unchanged,
    le.IdentityErased: _unchanged,
    **dict.fromkeys(lq.EVENTS, _queried),
}
