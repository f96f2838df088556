"""The state of one person's cells: a chain of identity, its containers and its lots.

A container lives inside the chain of the one person it came from. There is no place in these values, and no
function of this room, where two people's cells could meet: pooling them cannot be written down.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from immutables import Map

from myelos.quantities import Amount


class Kind(StrEnum):
    """What a container is for. Serum is made from blood and feeds the person's own cells only."""

    BLOOD = "blood"
    SERUM = "serum"
    MARROW = "marrow"
    FLASK = "flask"
    SUSPENSION = "suspension"
    BAG = "bag"
    SAMPLE = "sample"


class State(StrEnum):
    """Where a container stands. The last five are ends: nothing follows them."""

    PRINTED = "printed"
    LABELLED = "labelled"
    COLLECTED = "collected"
    HELD = "held"
    CULTURING = "culturing"
    FROZEN = "frozen"
    STORED = "stored"
    PACKED = "packed"
    DELIVERED = "delivered"
    THAWED = "thawed"
    INFUSING = "infusing"
    PAUSED = "paused"
    EMPTIED = "emptied"
    TESTED = "tested"
    INFUSED = "infused"
    DISCARDED = "discarded"
    SPOILED = "spoiled"


ENDS = frozenset({State.EMPTIED, State.TESTED, State.INFUSED, State.DISCARDED, State.SPOILED})
"""Emptied into others, used up in a test, infused, discarded; spoiled is a label never used."""


class QuarantineReason(StrEnum):
    """Why a container is held back. After an identity error nothing but discarding is left."""

    IDENTITY = "identity"
    EXCURSION = "excursion"
    RELEASE_WITHDRAWN = "release-withdrawn"
    OTHER = "other"


class LotStatus(StrEnum):
    """Of a lot: growing or waiting for results, released, conditionally so, or rejected."""

    OPEN = "open"
    RELEASED = "released"
    CONDITIONAL = "conditional"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a container holds: volume in mL; living and dead cells, None while nobody has counted them.

    Living and dead are kept apart (not living and total) so that both are conserved when they are divided.
    ``counted_at`` is when the cells were counted, which only a harvest does.
    """

    volume: Amount
    viable: int | None = None
    dead: int | None = None
    counted_at: datetime | None = None

    @property
    def total(self) -> int | None:
        return None if self.viable is None or self.dead is None else self.viable + self.dead


@dataclass(frozen=True, slots=True)
class Custody:
    """Who has held a container since when, and where."""

    holder: str
    place: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """One person's check at the bedside: wristband and bag scanned together."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Container:
    """One labelled vessel. ``label`` and ``kind`` never change; ``parents`` only grow, when a flask is fed.

    ``last_at``: when the last thing was done to it; looking at it (a reading, vital signs) does not count.
    ``keep``: the temperatures it must keep from packing on. ``dispatched_at``: when it was given away packed.
    ``held_at``: when it was last held back, or let go again.
    """

    label: str
    kind: Kind
    state: State
    printed_by: str
    last_at: datetime
    parents: tuple[str, ...] = ()
    lot: str | None = None
    passage: int | None = None
    contents: Contents | None = None
    custody: tuple[Custody, ...] = ()
    seal: str | None = None
    keep: tuple[Amount, Amount] | None = None
    dispatched_at: datetime | None = None
    seeded_at: datetime | None = None
    frozen_at: datetime | None = None
    thawed_at: datetime | None = None
    matches: tuple[Match, ...] = ()
    quarantine: frozenset[QuarantineReason] = frozenset()
    held_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDS

    def but(self, **changes: Any) -> Container:
        """This container with some fields changed; :func:`dataclasses.replace`, three times as fast."""
        values = list(_VALUES(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Container(*values)


_FIELDS = tuple(each.name for each in fields(Container))
_PLACES = {name: place for place, name in enumerate(_FIELDS)}
_VALUES = attrgetter(*_FIELDS)


@dataclass(frozen=True, slots=True)
class Result:
    """A release test's result, from a sample. ``corrects`` is the place in the list of one it replaces."""

    specification: str
    result: Amount | str
    sample: str
    at: datetime
    by: str
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """One expansion of one person's marrow, under the edition of specifications it was seeded under.

    ``bags``: those that were released, at ``released_at``; what is filled later from the same lot is not
    among them. ``pending``: the specifications a conditional release still waits for.
    """

    id: str
    edition: str
    status: LotStatus = LotStatus.OPEN
    results: tuple[Result, ...] = ()
    pending: tuple[str, ...] = ()
    bags: tuple[str, ...] = ()
    released_at: datetime | None = None

    @property
    def released(self) -> bool:
        """Released, with or without condition, and not withdrawn."""
        return self.status in (LotStatus.RELEASED, LotStatus.CONDITIONAL)

    def valid_results(self) -> tuple[Result, ...]:
        """The results that no later one corrects."""
        replaced = {each.corrects for each in self.results}
        return tuple(each for place, each in enumerate(self.results) if place not in replaced)


@dataclass(frozen=True, slots=True)
class Growth:
    """One passage: living cells seeded (None for marrow that was not counted) and harvested, and when."""

    lot: str
    passage: int
    seeded: int | None
    seeded_at: datetime
    harvested: int
    harvested_at: datetime


@dataclass(frozen=True, slots=True)
class Infusion:
    """One bag given to its person; ``ended_at`` and ``delivered`` are None while it runs."""

    bag: str
    started_at: datetime
    by: tuple[str, str]
    dose: int
    ended_at: datetime | None = None
    delivered: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """One therapy event of one person: everything that was taken from them and everything made of it."""

    id: str
    person: str
    containers: Map[str, Container] = Map()
    lots: Map[str, Lot] = Map()
    growth: tuple[Growth, ...] = ()
    infusions: tuple[Infusion, ...] = ()
    opened_at: datetime | None = None

    def lot_of(self, container: Container) -> Lot | None:
        """The lot a container belongs to, None for one of none."""
        return None if container.lot is None else self.lots.get(container.lot)

    def ancestors(self, label: str) -> tuple[str, ...]:
        """The containers that ``label`` was made from, nearest first, each once."""
        found: dict[str, None] = {}
        waiting = [label]
        for each in waiting:
            for parent in self.containers[each].parents:
                if parent not in found:
                    found[parent] = None
                    waiting.append(parent)
        return tuple(found)

    def descendants(self, label: str) -> tuple[str, ...]:
        """The containers made from ``label``, nearest first, each once."""
        children: dict[str, list[str]] = {}
        for each in self.containers.values():
            for parent in each.parents:
                children.setdefault(parent, []).append(each.label)
        found: dict[str, None] = {}
        waiting = [label]
        for each_label in waiting:
            for child in sorted(children.get(each_label, ())):
                if child not in found:
                    found[child] = None
                    waiting.append(child)
        return tuple(found)
