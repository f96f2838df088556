"""Checks of measures, visits, endpoints and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import combinations

from myelos.measures import shipped
from myelos.measures.table import OutputRow
from myelos.protocol.faults import Check, Fault, Measures, fault, ids, twice, unknown
from myelos.protocol.trial import Endpoint, Protocol, Visit


def measures_known(protocol: Protocol, measures: Measures) -> Iterator[Fault]:
    """Every measure listed is known, and some visit collects it."""
    collected = {measure for visit in protocol.visits for measure in visit.measures}
    for place, measure in enumerate(protocol.measures):
        if measure not in measures:
            yield unknown(f"measures[{place}]", "measure", measure, shipped())
        elif measure not in collected:
            yield fault(f"measures[{place}]", "measure-never-collected", measure=measure)


def visits(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Visits collect what is listed; none begins before the injury, or waits for an infusion never given.

    Where ISNCSCI is taken after the infusion an acute loss is asked too, or no deterioration can be excluded.
    """
    for place, visit in enumerate(protocol.visits):
        key = f"visits[{place}]"
        yield from twice(visit.measures, f"{key}.measures")
        for number, measure in enumerate(visit.measures):
            if measure not in protocol.measures:
                yield unknown(f"{key}.measures[{number}]", "measure", measure, protocol.measures)
        if visit.anchor == "injury" and visit.day < visit.before:
            first = visit.day - visit.before
            yield fault(f"{key}.before", "window-before-injury", visit=visit.id, first=first)
        if visit.anchor == "infusion" and protocol.product is None:
            yield fault(f"{key}.anchor", "visit-without-infusion", visit=visit.id)
        elif visit.anchor == "infusion" and _loss_not_asked(visit):
            yield fault(f"{key}.measures", "visit-without-acute-loss", visit=visit.id)


def _loss_not_asked(visit: Visit) -> bool:
    return "isncsci" in visit.measures and "acute-loss" not in visit.measures


def windows_apart(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """No day belongs to the windows of two visits with the same anchor."""
    for (_first, one), (place, other) in combinations(enumerate(protocol.visits), 2):
        first = max(one.day - one.before, other.day - other.before)
        last = min(one.day + one.after, other.day + other.after)
        if one.anchor == other.anchor and first <= last:
            names = {"visit": other.id, "other": one.id}
            yield fault(f"visits[{place}].day", "windows-overlap", first=first, last=last, **names)


def endpoints(protocol: Protocol, measures: Measures) -> Iterator[Fault]:
    """An endpoint compares, between two visits that collect it, an output that has a better and a worse."""
    for place, endpoint in enumerate(protocol.endpoints):
        key = f"endpoints[{place}]"
        for part, visit in (("from_visit", endpoint.from_visit), ("to_visit", endpoint.to_visit)):
            yield from collected_at(protocol, visit, endpoint.measure, f"{key}.{part}")
        yield from _backwards(protocol.visits, endpoint, key)
        yield from _named_once(endpoint, key)
        yield from _rules(protocol, endpoint, measures, key)


def _named_once(endpoint: Endpoint, key: str) -> Iterator[Fault]:
    """Nobody falls under two rules."""
    seen: set[str] = set()
    for place, rule in enumerate(endpoint.rules):
        for number, each in enumerate(rule.of):
            if each in seen:
                yield fault(f"{key}.rules[{place}].of[{number}]", "id-used-twice", id=each)
            seen.add(each)


def collected_at(protocol: Protocol, visit: str, measure: str, key: str) -> Iterator[Fault]:
    """The visit is there and the measure, where the protocol has it at all, is taken at it."""
    found = next((each for each in protocol.visits if each.id == visit), None)
    if found is None:
        yield unknown(key, "visit", visit, ids(protocol.visits))
    elif measure in protocol.measures and measure not in found.measures:
        yield fault(key, "not-collected", measure=measure, visit=visit)


def _backwards(visits: Iterable[Visit], endpoint: Endpoint, key: str) -> Iterator[Fault]:
    by_id = {visit.id: visit for visit in visits}
    start, end = by_id.get(endpoint.from_visit), by_id.get(endpoint.to_visit)
    if start and end and start.anchor == end.anchor and end.day <= start.day:
        yield fault(f"{key}.to_visit", "endpoint-backwards", start=start.id, end=end.id)


def _rules(protocol: Protocol, endpoint: Endpoint, measures: Measures, key: str) -> Iterator[Fault]:
    row, faults = output_row(protocol, measures, endpoint.measure, endpoint.output, key)
    yield from faults
    if row is None:
        return
    if row.better == "none":
        yield fault(f"{key}.output", "no-better", output=row.name)
    for place, rule in enumerate(endpoint.rules):
        here = f"{key}.rules[{place}]"
        yield from impossible(row, rule.of, f"{here}.of")
        most = _most_gain(row, rule.of)
        if most is not None and rule.gain > most:
            yield fault(f"{here}.gain", "gain-impossible", gain=rule.gain, most=str(most))


def output_row(
    protocol: Protocol, measures: Measures, measure: str, output: str, key: str
) -> tuple[OutputRow | None, list[Fault]]:
    """The declared output a rule names, or what is wrong with the name. A measure that is listed but not
    known is a fault of the list, and not told again here."""
    if measure not in protocol.measures:
        return None, [unknown(f"{key}.measure", "measure", measure, protocol.measures)]
    if measure not in measures:
        return None, []
    rows = {row.name: row for row in measures[measure].outputs}
    if output not in rows:
        return None, [unknown(f"{key}.output", "output", output, rows, measure=measure)]
    return rows[output], []


def impossible(row: OutputRow, words: Iterable[str], key: str) -> Iterator[Fault]:
    """Values that the output cannot have."""
    for place, word in enumerate(words):
        if not _possible(row, word):
            ends = ("" if end is None else str(end) for end in (row.low, row.high))
            could = ", ".join(row.categories) or " - ".join(ends)
            yield fault(f"{key}[{place}]", "value-impossible", read=word, output=row.name, could=could)


def _possible(row: OutputRow, word: str) -> bool:
    if row.kind == "category":
        return word in row.categories
    number = _number(word)
    if number is None:
        return False
    return (row.low is None or row.low <= number) and (row.high is None or number <= row.high)


def _number(word: str) -> Decimal | None:
    try:
        number = Decimal(word)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _most_gain(row: OutputRow, of: Iterable[str]) -> Decimal | None:
    """The longest way from any of these values to the best one; None where it is not known."""
    places = [Decimal(row.categories.index(each)) for each in of if each in row.categories]
    least, most = Decimal(0), Decimal(len(row.categories) - 1)
    if row.kind == "number":
        if row.low is None or row.high is None:
            return None
        least, most = row.low, row.high
        places = [number for number in map(_number, of) if number is not None]
    if not places or row.better == "none":
        return None
    return most - min(places) if row.better == "higher" else max(places) - least


def groups(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """A trial that gives cells has a group that is given them."""
    if protocol.product is not None and not any(group.infused for group in protocol.groups):
        yield fault("groups", "nobody-infused")


CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    (measures_known, frozenset({"measures", "visits"})),
    (visits, frozenset({"measures", "visits", "product"})),
    (windows_apart, frozenset({"visits"})),
    (endpoints, frozenset({"endpoints", "measures", "visits"})),
    (groups, frozenset({"groups", "product"})),
)
"""The checks of this module and the sections each reads."""
