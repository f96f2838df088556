"""The state of one person's cells: a chain of identity, its containers and its lots.

A container lives inside the chain of the one person it came from. There is no place in these values, and no
function of this room, where two people's cells could meet: pooling them cannot be written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from immutables import Map

from myelos.quantities import Amount
from myelos.shapes import Frozen


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


_NOT_HELD: frozenset[QuarantineReason] = frozenset()


@dataclass(frozen=True, slots=True)
class Contents(Frozen):
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
class Reasoned:
    """Something that somebody did for a reason: when, who, and their words."""

    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Hold(Frozen):
    """That a container was held back: for which ``reason``, in which words (``held``), and the signed
    disposition that let it go again (``lifted``), None while it is held."""

    reason: QuarantineReason
    held: Reasoned
    lifted: Reasoned | None = None


@dataclass(frozen=True, slots=True)
class Container(Frozen):
    """One labelled vessel. ``label`` and ``kind`` never change; ``parents`` only grow, when a flask is fed.

    ``last_at``: when the last thing was done to it; looking at it (a reading, vital signs) does not count.
    ``collected``: the volume that was taken from the person into it, None where nothing was.
    ``keep``: the temperatures it must keep from packing on. ``dispatched_at``: when it was given away packed.
    ``holds``: every time it was held back, in the order of recording.
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
    collected: Amount | None = None
    custody: tuple[Custody, ...] = ()
    seal: str | None = None
    keep: tuple[Amount, Amount] | None = None
    dispatched_at: datetime | None = None
    seeded_at: datetime | None = None
    frozen_at: datetime | None = None
    thawed_at: datetime | None = None
    matches: tuple[Match, ...] = ()
    holds: tuple[Hold, ...] = ()
    discarded: Reasoned | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDS

    @property
    def quarantine(self) -> frozenset[QuarantineReason]:
        """Why it is held back now; nothing where it is not."""
        if not self.holds:
            return _NOT_HELD
        return frozenset(each.reason for each in self.holds if each.lifted is None)

    @property
    def held_at(self) -> datetime | None:
        """When it was last held back, or let go again."""
        told = (each.held if each.lifted is None else each.lifted for each in self.holds)
        return max((each.at for each in told), default=None)


@dataclass(frozen=True, slots=True)
class Result:
    """A release test's result, from a sample. ``corrects`` is the place in the list of one it replaces, and
    ``why`` the reason for that."""

    specification: str
    result: Amount | str
    sample: str
    at: datetime
    by: str
    corrects: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LotDecision:
    """What was decided on a lot, and stands until the next: ``status`` is what the lot became by it.

    ``missing`` and ``outside``: the specifications that had no result then (a conditional release waits for
    them) or one out of range; ``bags``: those released by it; ``why``: the words of who decided, empty where
    nobody had to say any.
    """

    status: LotStatus
    at: datetime
    by: str
    missing: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    bags: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lot(Frozen):
    """One expansion of one person's marrow, under the edition of specifications it was seeded under.

    ``bags``: those that were released, at ``released_at``; what is filled later from the same lot is not
    among them. ``pending``: the specifications a conditional release still waits for. ``decisions``:
    releases, rejections and withdrawals in the order of recording; a lot taken over keeps those of the other
    trial.
    """

    id: str
    edition: str
    status: LotStatus = LotStatus.OPEN
    results: tuple[Result, ...] = ()
    pending: tuple[str, ...] = ()
    bags: tuple[str, ...] = ()
    released_at: datetime | None = None
    decisions: tuple[LotDecision, ...] = ()

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Vital signs and reactions at an instant; None (or none) is what was not measured (or not seen).

    Oxygen saturation in %, blood pressure in mmHg, pulse in bpm, temperature in degC.
    """

    at: datetime
    by: str
    oxygen_saturation: Amount | None
    systolic: Amount | None
    diastolic: Amount | None
    pulse: Amount | None
    temperature: Amount | None
    reactions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pause(Frozen):
    """That an infusion waited, for a reason; ``resumed_at`` is None while it waits, and for one that was
    stopped then."""

    paused: Reasoned
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion(Frozen):
    """One bag given to its person.

    ``by``: who started it, and the second who matched wristband and bag. ``dose``: its cells by ``basis``
    (living or all), counted and weighed when it says, with the ``lowest`` and ``highest`` allowed at that
    ``weight`` (kg). ``flow`` in mL/min, ``dilution`` in fold. What ``ended_at`` and the volumes (mL) that ran
    in, were lost and were left are None while it runs, as are the cells ``delivered``; ``stopped``: why it
    ended before the bag was empty, None where it did not. ``observations`` in the order of recording.
    """

    bag: str
    started_at: datetime
    by: tuple[str, str]
    basis: str
    dose: int
    counted_at: datetime
    weight: Amount
    weighed_at: datetime
    lowest: int
    highest: int
    flow: Amount
    dilution: Amount
    premedication: tuple[str, ...] = ()
    observations: tuple[Observation, ...] = ()
    pauses: tuple[Pause, ...] = ()
    ended_at: datetime | None = None
    infused: Amount | None = None
    lost: Amount | None = None
    left: Amount | None = None
    delivered: int | None = None
    stopped: Reasoned | None = None


@dataclass(frozen=True, slots=True)
class Chain(Frozen):
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
