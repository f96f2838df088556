"""Custody and cold: whose hands a container is in, without a gap unseen, and how cold it was on the way.

Custody has to be told as it was. A gap is reported beside the events, because it cannot be undone; an overlap
is refused, because it cannot be true.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from myelos.cells import events as e
from myelos.cells.asked import Asked, Part, finding, shown
from myelos.cells.containers import Container, QuarantineReason, State
from myelos.cells.states import COLD
from myelos.findings import Finding, Param, Place, Severity
from myelos.quantities import Amount

Range = tuple[Amount, Amount]


def custody(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """COC-01: only who holds a container gives it away; custody has no overlap, and no gap unseen."""
    command = asked.command
    holder = it.custody[-1].holder if it.custody else "-"
    if command.giver != holder:
        yield finding("cells.not-the-holder", it.label, giver=command.giver, holder=holder)
    if command.giver == command.taker:
        yield finding("cells.handed-to-oneself", it.label, by=command.giver)
    yield from _handover_times(asked, it)


def _handover_times(asked: Asked, it: Container) -> Iterator[Finding]:
    given, taken, at = asked.command.given_at, asked.command.taken_at, asked.act.at
    since = it.custody[-1].since if it.custody else given
    if given < since:
        yield finding("cells.custody-overlap", it.label, start=shown(since), end=shown(given))
    elif given < it.last_at:
        yield finding("cells.before-the-last", it.label, at=shown(given), last=shown(it.last_at))
    if taken < given:
        yield finding("cells.custody-overlap", it.label, start=shown(taken), end=shown(given))
    if taken > given:
        start, end = shown(given), shown(taken)
        yield finding("cells.custody-gap", it.label, Severity.WARNING, start=start, end=end)
    if taken > at:
        yield finding("cells.taken-later", it.label, taken=shown(taken), at=shown(at))


def cold_is_measured(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """COC-01: what is stored, packed or delivered is handed over with its temperature."""
    if it.state not in COLD:
        return
    if asked.command.temperature is None:
        yield finding("cells.temperature-missing", it.label)
    if kept_range(asked, it) is None:
        yield Finding("cells.limits-not-set")


def holder_receives(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """COC-01: when another than the holder receives it, a handover between them was not told."""
    holder = it.custody[-1].holder if it.custody else "-"
    if asked.act.by != holder:
        by = asked.act.by
        yield finding("cells.handover-missing", it.label, Severity.WARNING, by=by, holder=holder)


def shipment(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """COC-02: a shipment closes with its date and time, its sealed secondary container, its temperatures."""
    if it.keep is None or it.seal is None:
        yield finding("cells.not-packed", it.label)
    if it.dispatched_at is None:
        yield finding("cells.not-dispatched", it.label)


def packed_within_storage(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """The temperatures on the way are a range, and within those of the storage."""
    low, high, limits = asked.command.low, asked.command.high, asked.limits
    if high < low:
        yield finding("cells.temperatures-reversed", it.label, low=str(low), high=str(high))
    if limits is not None and (low < limits.storage_low or high > limits.storage_high):
        told: dict[str, Param] = {"low": str(low), "high": str(high)}
        allowed: dict[str, Param] = {"least": str(limits.storage_low), "most": str(limits.storage_high)}
        yield Finding("cells.not-the-storages-cold", Place(), {"container": it.label, **told, **allowed})


def between_freezing_and_thawing(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """COC-03: the log counts from freezing to thawing. A reading outside that comes after the bag was used
    holds nothing back any more, and is a warning."""
    at, read, kept = asked.act.at, asked.command.temperature, kept_range(asked, it)
    if it.frozen_at is None or at < it.frozen_at:
        yield finding("cells.read-before-freezing", it.label, at=shown(at))
    if it.thawed_at is not None and at > it.thawed_at:
        yield finding("cells.read-after-thawing", it.label, at=shown(at), thawed=shown(it.thawed_at))
    if it.ended and kept is not None and outside(read, kept):
        low, high = str(kept[0]), str(kept[1])
        yield finding(
            "cells.excursion-after-use", it.label, Severity.WARNING, read=str(read), low=low, high=high
        )


def kept_range(asked: Asked, it: Container) -> Range | None:
    """The temperatures a frozen container must keep, both inclusive: on the way those it was packed with,
    else those of the storage. None before it is stored, and while the storage has no limits."""
    if it.state is State.FROZEN:
        return None
    if it.keep is not None:
        return it.keep
    limits = asked.limits
    return None if limits is None else (limits.storage_low, limits.storage_high)


def outside(read: Amount, kept: Range) -> bool:
    return not kept[0] <= read <= kept[1]


def excursion(asked: Asked, it: Container, read: Amount | None, kept: Range | None) -> tuple[Any, ...]:
    """COC-03: one reading outside holds a container back until a signed disposition."""
    if read is None or kept is None or it.ended or not outside(read, kept):
        return ()
    return (held(asked, it.label, QuarantineReason.EXCURSION, f"{read} is outside {kept[0]} to {kept[1]}"),)


def held(asked: Asked, label: str, reason: QuarantineReason, words: str) -> e.Quarantined:
    """One container is held back."""
    return e.Quarantined(chain=asked.chain.id, containers=(label,), reason=reason, words=words)
