"""What the entries of one chain of identity say about one infused bag: the facts of a certificate.

A :class:`Course` is the ledger's own fold over those entries, and a look at it just before the infusion.
Every fact is read off that fold; none is taken from anybody's summary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from myelos.acts import Act, Code, Term
from myelos.cells import Chain, Container, Kind, Lot, LotStatus
from myelos.cells import events as ce
from myelos.ledger.events import Seq
from myelos.ledger.snapshot import Snapshot
from myelos.quantities import Amount
from myelos.shapes import value
from myelos.times import Instant


@dataclass(frozen=True, slots=True)
class Step:
    """One event, the number of its entry, who did it, whom the entry says it is about (empty: nobody), and
    the digest of the entry it says it follows."""

    seq: int
    event: Any
    act: Act
    person: str
    previous: str


@value
class Donation:
    """Blood or marrow taken from the person: its own label, how much, when, by whom, in which entry."""

    container: Code
    kind: Kind
    volume: Amount
    at: Instant
    by: Code
    entry: Seq


@value
class Vessel:
    """One container on the way from the person to the bag, and those it was filled from."""

    container: Code
    kind: Kind
    parents: tuple[Code, ...]


@value
class Outcome:
    """A result of a release test that no later one replaces. ``corrected``: it replaced an earlier one."""

    specification: Code
    result: Amount | Term
    sample: Code
    at: Instant
    by: Code
    corrected: bool
    entry: Seq


@value
class Scan:
    """One person's check of wristband and bag."""

    by: Code
    at: Instant


@value
class Facts:
    """One infusion, from the entries. ``lineage`` begins with the bag; ``donations`` in the order they were
    taken. ``pending``: results the release did not wait for; ``status``: of the lot, at the head, which is
    where ``results`` are from, too. ``infused`` and ``lost`` in mL, ``delivered`` in cells, worked out at the
    bedside; ``stopped``: before the bag was empty."""

    trial: Code
    person: Code
    chain: Code
    container: Code
    lot: Code
    edition: Code
    donations: tuple[Donation, ...]
    lineage: tuple[Vessel, ...]
    results: tuple[Outcome, ...]
    pending: tuple[Code, ...]
    released_at: Instant
    released_by: Code
    status: LotStatus
    first: Scan
    second: Scan
    started_at: Instant
    basis: Code
    dose: int
    counted_at: Instant
    weight: Amount
    weighed_at: Instant
    lowest: int
    highest: int
    ended_at: Instant
    stopped: bool
    infused: Amount
    lost: Amount
    delivered: int


@dataclass(frozen=True)
class Course:
    """The fold over the steps of one chain, and what of it concerns one bag.

    ``before``: just before the infusion of the bag; ``after``: after all of them. ``start`` and ``end``: the
    steps in which the infusion started, and ended or was stopped. Histories taken over are among ``steps``,
    event by event, under the number of the entry that took them over.
    """

    container: str
    steps: Sequence[Step]
    before: Snapshot
    after: Snapshot
    start: Step
    end: Step | None

    @cached_property
    def chain(self) -> Chain:
        """The chain of identity of the bag, before the infusion."""
        return self.before.state.chains[self.before.state.labels[self.container]]

    @cached_property
    def bag(self) -> Container:
        return self.chain.containers[self.container]

    @cached_property
    def path(self) -> tuple[Container, ...]:
        """The bag and all it was made from, nearest first."""
        labels = (self.container, *self.chain.ancestors(self.container))
        return tuple(self.chain.containers[label] for label in labels)

    @cached_property
    def lot(self) -> Lot | None:
        return self.chain.lot_of(self.bag)

    @property
    def chain_after(self) -> Chain:
        return self.after.state.chains[self.chain.id]

    def of(self, kind: type) -> Iterator[Step]:
        """The steps of one kind of event."""
        return (step for step in self.steps if isinstance(step.event, kind))

    def by_container(self, kind: type) -> dict[str, Step]:
        """The steps of one kind of event by the container they were done to, the last one counting."""
        return {step.event.container: step for step in self.of(kind)}


def facts_of(course: Course) -> Facts | None:
    """The facts of an infusion; None where entries that would tell them are not there."""
    lot, end, start = course.lot, course.end, course.start.event
    released = _release(course)
    first, second = (_scan(course, by) for by in (start.first, start.second))
    if lot is None or end is None or released is None or first is None or second is None:
        return None
    return Facts(
        trial=course.after.trial, person=course.chain.person, chain=course.chain.id,
        container=course.container, lot=lot.id, edition=lot.edition,
        donations=_donations(course), lineage=_lineage(course), results=_results(course, lot),
        pending=lot.pending, released_at=released.act.at, released_by=released.act.by,
        status=course.chain_after.lots[lot.id].status, first=first, second=second,
        started_at=course.start.act.at, basis=start.basis, dose=start.dose, counted_at=start.counted_at,
        weight=start.weight, weighed_at=start.weighed_at, lowest=start.lowest, highest=start.highest,
        ended_at=end.act.at, stopped=isinstance(end.event, ce.InfusionStopped), infused=end.event.infused,
        lost=end.event.lost, delivered=end.event.delivered,
    )  # fmt: skip


def _release(course: Course) -> Step | None:
    """The last release of the lot before the infusion."""
    lot = course.lot
    before = (each for each in course.of(ce.Released) if each.seq < course.start.seq)
    found = [each for each in before if lot is not None and each.event.lot == lot.id]
    return found[-1] if found else None


def _scan(course: Course, by: str) -> Scan | None:
    """The last scan of a person that the start of the infusion can rest on."""
    at = course.start.act.at
    scans = [each for each in course.bag.matches if each.by == by and each.at <= at]
    return Scan(by=by, at=scans[-1].at) if scans else None


def _donations(course: Course) -> tuple[Donation, ...]:
    collected, on_path = course.by_container(ce.Collected), {each.label: each for each in course.path}
    return tuple(
        Donation(
            container=label, kind=on_path[label].kind, volume=step.event.volume, at=step.act.at,
            by=step.act.by, entry=step.seq,
        )
        for label, step in collected.items()
        if label in on_path
    )  # fmt: skip


def _lineage(course: Course) -> tuple[Vessel, ...]:
    return tuple(Vessel(container=each.label, kind=each.kind, parents=each.parents) for each in course.path)


def _results(course: Course, lot: Lot) -> tuple[Outcome, ...]:
    """The results that stand at the head, in the order they were recorded."""
    told = [
        step for step in course.steps
        if isinstance(step.event, ce.Tested | ce.ResultCorrected) and step.event.lot == lot.id
    ]  # fmt: skip
    now = course.chain_after.lots[lot.id]
    entry = {id(result): step.seq for result, step in zip(now.results, told, strict=True)}
    return tuple(
        Outcome(
            specification=each.specification, result=each.result, sample=each.sample, at=each.at, by=each.by,
            corrected=each.corrects is not None, entry=entry[id(each)],
        )
        for each in now.valid_results()
    )  # fmt: skip
