"""Checks of gates: what they ask must be known by then, possible, and in an order people can pass."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from myelos.protocol.faults import Check, Fault, Measures, fault, ids, range_of, twice, unknown
from myelos.protocol.trial import (
    Criterion,
    DaysCriterion,
    Gate,
    MeasureCriterion,
    NumberCriterion,
    ProductCriterion,
    Protocol,
    WordCriterion,
    YesNoCriterion,
)
from myelos.protocol.visit_checks import collected_at, impossible, output_row

ORDER = ("collection", "infusion", "follow-up")
"""What gates stand in front of, in the order it happens."""


def criteria(protocol: Protocol, measures: Measures) -> Iterator[Fault]:
    for place, gate in enumerate(protocol.gates):
        yield from twice(ids(gate.criteria), f"gates[{place}].criteria", ".id")
        for number, criterion in enumerate(gate.criteria):
            yield from _criterion(protocol, measures, gate, criterion, f"gates[{place}].criteria[{number}]")


def _criterion(
    protocol: Protocol, measures: Measures, gate: Gate, criterion: Criterion, key: str
) -> Iterator[Fault]:
    match criterion:
        case NumberCriterion():
            yield from _number(protocol, criterion, key)
        case WordCriterion():
            yield from _word(protocol, criterion, key)
        case YesNoCriterion():
            yield from _of_kind(protocol, criterion.fact, "yes-no", key)
        case DaysCriterion():
            yield from _days(criterion, key)
        case MeasureCriterion():
            yield from _measure(protocol, measures, gate, criterion, key)
        case ProductCriterion():
            yield from _product(protocol, gate, key)


def _of_kind(protocol: Protocol, fact: str, kind: str, key: str) -> Iterator[Fault]:
    asked = {each.id: each for each in protocol.facts}
    if fact not in asked:
        yield unknown(f"{key}.fact", "fact", fact, asked)
    elif asked[fact].kind != kind:
        yield fault(f"{key}.fact", "fact-of-another-kind", fact=fact, kind=asked[fact].kind, needed=kind)


def _number(protocol: Protocol, criterion: NumberCriterion, key: str) -> Iterator[Fault]:
    yield from _of_kind(protocol, criterion.fact, "number", key)
    limits = [limit for limit in (criterion.low, criterion.high) if limit is not None]
    units = [fact.unit for fact in protocol.facts if fact.id == criterion.fact and fact.unit]
    unit = next(iter(units), limits[0].unit if limits else None)
    yield from range_of(criterion.low, criterion.high, unit, key)


def _word(protocol: Protocol, criterion: WordCriterion, key: str) -> Iterator[Fault]:
    yield from _of_kind(protocol, criterion.fact, "word", key)
    yield from twice(criterion.allowed, f"{key}.allowed")
    words = [word for fact in protocol.facts if fact.id == criterion.fact for word in fact.allowed]
    for place, word in enumerate(criterion.allowed):
        if words and word not in words:
            yield fault(f"{key}.allowed[{place}]", "word-impossible", read=word, could=", ".join(words))


def _days(criterion: DaysCriterion, key: str) -> Iterator[Fault]:
    if criterion.low is None and criterion.high is None:
        yield fault(f"{key}.low", "no-limit")
    elif criterion.low is not None and criterion.high is not None and criterion.low > criterion.high:
        yield fault(f"{key}.low", "range-empty", low=str(criterion.low), high=str(criterion.high))


def _measure(
    protocol: Protocol, measures: Measures, gate: Gate, criterion: MeasureCriterion, key: str
) -> Iterator[Fault]:
    yield from collected_at(protocol, criterion.visit, criterion.measure, f"{key}.visit")
    anchors = [visit.anchor for visit in protocol.visits if visit.id == criterion.visit]
    if "infusion" in anchors and gate.before != "follow-up":
        yield fault(f"{key}.visit", "visit-after-gate", visit=criterion.visit, before=gate.before)
    row, faults = output_row(protocol, measures, criterion.measure, criterion.output, key)
    yield from faults
    yield from twice(criterion.allowed, f"{key}.allowed")
    limited = criterion.low is not None or criterion.high is not None
    if bool(criterion.allowed) == limited or (row and row.kind == "category" and limited):
        yield fault(f"{key}.allowed", "values-or-range", output=criterion.output)
    elif row is not None:
        yield from impossible(row, criterion.allowed, f"{key}.allowed")
        if limited:
            yield from range_of(criterion.low, criterion.high, row.unit, key)


def _product(protocol: Protocol, gate: Gate, key: str) -> Iterator[Fault]:
    if protocol.product is None:
        yield fault(f"{key}.kind", "product-missing")
    elif gate.before == "collection":
        yield fault(f"{key}.kind", "product-too-early")


def consents(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    known = ids(protocol.consents)
    for place, gate in enumerate(protocol.gates):
        if gate.consent not in known:
            yield unknown(f"gates[{place}].consent", "consent", gate.consent, known)


def order(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Gates stand in the order of what they stand in front of: collection, infusion, follow-up."""
    for place, (one, other) in enumerate(pairwise(protocol.gates), start=1):
        if ORDER.index(one.before) > ORDER.index(other.before):
            yield fault(f"gates[{place}].before", "gates-out-of-order", first=one.before, then=other.before)


def needed(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Where cells are given, a gate stands before the collection and one that asks for released cells before
    the infusion; where none are, neither."""
    product = protocol.product
    for place, gate in enumerate(protocol.gates):
        if product is None and gate.before != "follow-up":
            yield fault(f"gates[{place}].before", "gate-without-product", before=gate.before)
    if product is None:
        return
    stand = {gate.before for gate in protocol.gates}
    if "infusion" not in stand:
        yield fault("gates", "no-gate", before="infusion")
    if "collection" not in stand and product.blood_collections + product.marrow_collections:
        yield fault("gates", "no-gate", before="collection")
    asked = [each.kind for gate in protocol.gates if gate.before == "infusion" for each in gate.criteria]
    if asked and "product" not in asked:
        yield fault("gates", "infusion-without-release")


CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    (criteria, frozenset({"gates", "facts", "visits", "measures", "product"})),
    (consents, frozenset({"gates", "consents"})),
    (order, frozenset({"gates"})),
    (needed, frozenset({"gates", "product"})),
)
"""The checks of this module and the sections each reads."""
