"""The way from a container back to the person, walked over raw events; no state and no gate is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from myelos.cells import events as e
from myelos.cells.containers import Kind, QuarantineReason
from validation.identity.record import Told


def made_from(told: Told, label: str) -> Iterator[tuple[str, str]]:
    """What went into a container, each with the chain in whose event it stands."""
    for line in told.of(*_FILLS):
        for source in _sources(line.event, label):
            yield source, line.event.chain


_FILLS = (e.Separated, e.Seeded, e.Fed, e.Harvested, e.Passaged, e.Split, e.Pooled, e.Sampled)
"""The events by which something gets into a container."""


def _sources(event: Any, label: str) -> tuple[str, ...]:
    """What an event put into a container; empty when it put nothing into that one."""
    match event:
        case e.Separated(serum=parts) | e.Split(parts=parts) if label in _labels(parts):
            return (event.source,)
        case e.Seeded(flasks=parts) | e.Passaged(flasks=parts) if label in _labels(parts):
            return (event.source, *_labels(event.serum))
        case e.Fed() if label in event.flasks:
            return _labels(event.serum)
        case e.Harvested() if label == event.suspension.container:
            return tuple(event.flasks)
        case e.Pooled() if label == event.into.container:
            return tuple(event.sources)
        case e.Sampled() if label == event.sample.container:
            return (event.source,)
    return ()


def _labels(parts: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(part.container for part in parts)


@dataclass(frozen=True, slots=True)
class Way:
    """All containers on every way back from one, itself first; and what is wrong on them."""

    containers: tuple[str, ...]
    wrong: tuple[str, ...]


def way_back(told: Told, label: str, chain: str, person: str) -> Way:
    """Every way back stays in the chain and ends in a collection from the person, one of them of marrow."""
    seen, wrong = [label], []
    marrow = False
    for each in seen:
        wrong += _label_faults(told, each, chain)
        parents = list(made_from(told, each))
        wrong += [f"{each} was filled in another chain" for _, of in parents if of != chain]
        seen += [parent for parent in dict.fromkeys(p for p, _ in parents) if parent not in seen]
        if not parents:
            wrong += _collection_faults(told, each, person)
            marrow = marrow or _kind(told, each) is Kind.MARROW
    if not marrow:
        wrong.append(f"no marrow at the beginning of {label}")
    return Way(tuple(seen), tuple(wrong))


def _kind(told: Told, label: str) -> Kind | None:
    return next((line.event.kind for line in told.of(e.LabelPrinted) if line.event.container == label), None)


def _label_faults(told: Told, label: str, chain: str) -> Iterator[str]:
    """The label was printed once, for this chain, and held against its template by somebody else."""
    printed = [line for line in told.of(e.LabelPrinted) if line.event.container == label]
    if [line.event.chain for line in printed] != [chain]:
        yield f"the label {label} is not this chain's alone"
        return
    verified = [line for line in told.of(e.LabelVerified) if line.event.container == label]
    if not any(line.act.by != printed[0].act.by and line.order.scan.read == label for line in verified):
        yield f"the label {label} was not verified by another person"
    for line in told.of(e.Quarantined):
        if label in line.event.containers and line.event.reason is QuarantineReason.IDENTITY:
            yield f"an identity error was reported for {label}"


def _collection_faults(told: Told, label: str, person: str) -> Iterator[str]:
    """At its beginning stands one collection, from that person, whose wristband was scanned."""
    taken = [line for line in told.of(e.Collected) if line.event.container == label]
    if len(taken) != 1:
        yield f"{label} was collected {len(taken)} times"
    for line in taken:
        if line.event.person != person or line.order.wristband != person or line.order.scan.read != label:
            yield f"{label} was not collected from {person}"
