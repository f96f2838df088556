"""What a table must hold beyond its shape: names that exist, ranges that can be reached, one meaning a word.

Every fault is a finding at its key; all of them are told at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from myelos.findings import Finding, Param, Place
from myelos.isncsci.editions import Edition
from myelos.measures.isncsci_cells import items_of, outputs_of
from myelos.measures.table import (
    Able,
    Classified,
    Coded,
    IsncsciScore,
    Item,
    ItemItself,
    Measure,
    Measured,
    OutputRow,
    Speed,
    Sum,
    Takes,
    Whole,
    YesNo,
)
from myelos.quantities import UNITS

Tell = Callable[..., None]
"""How a fault is told: code, key, and the parameters by name."""


def checked(measure: Measure, place: Place) -> list[Finding]:
    """Every fault of a measure whose shape is right."""
    found: list[Finding] = []

    def tell(code: str, key: str, /, **params: Param) -> None:
        column = f"{place.column}.{key}" if place.column else key
        found.append(Finding(code, replace(place, column=column), params))

    for key in ("sources", "items", "outputs"):
        if not getattr(measure, key):
            tell("shapes.empty", key)
    _sources(measure, tell)
    _once((item.id for item in measure.items), "items", tell)
    _once((row.name for row in measure.outputs), "outputs", tell)
    for number, item in enumerate(measure.items):
        _takes(item.takes, f"items[{number}].takes", tell)
        _words_apart(item, f"items[{number}]", tell)
    for number, row in enumerate(measure.outputs):
        _output(measure, row, f"outputs[{number}]", tell)
    _used(measure, tell)
    _isncsci(measure, tell)
    return found


def nearest(read: str, known: Iterable[str]) -> str:
    """The known name spelt most like the one read, or a dash."""
    return next(iter(difflib.get_close_matches(read, list(known), 1)), "-")


def _sources(measure: Measure, tell: Tell) -> None:
    known = [source.id for source in measure.sources]
    _once(known, "sources", tell)
    for key, source in (
        ("missing", measure.missing.source),
        *((f"items[{number}]", item.source) for number, item in enumerate(measure.items)),
        *((f"outputs[{number}]", row.source) for number, row in enumerate(measure.outputs)),
    ):
        if source not in known:
            tell("measures.unknown-source", f"{key}.source", read=source, near=nearest(source, known))


def _once(names: Iterable[str], key: str, tell: Tell) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            tell("measures.twice", f"{key}[{number}]", read=name)
        seen.add(name)


def _unit(unit: str | None, key: str, tell: Tell) -> None:
    if unit is not None and unit not in UNITS:
        tell("shapes.unknown-unit", f"{key}.unit", read=unit)


def _takes(takes: Takes, key: str, tell: Tell) -> None:
    if isinstance(takes, Whole):
        _whole(takes, key, tell)
    elif isinstance(takes, Coded):
        _once(takes.allowed, f"{key}.codes", tell)
        if not takes.codes:
            tell("shapes.empty", f"{key}.codes")
    elif isinstance(takes, Measured):
        _unit(takes.unit, key, tell)
        _once((word.code for word in takes.words), f"{key}.words", tell)
        if takes.low is not None and takes.above is not None:
            tell("measures.one-or-other", key, one="low", other="above")
        least = takes.above if takes.low is None else takes.low
        if takes.high is not None and least is not None and least > takes.high:
            tell("measures.upside-down", key, low=str(least), high=str(takes.high))


def _whole(takes: Whole, key: str, tell: Tell) -> None:
    ranged = takes.low is not None and takes.high is not None
    if ranged == bool(takes.values) or (takes.low is None) != (takes.high is None):
        tell("measures.one-or-other", key, one="low, high", other="values")
    elif ranged and not takes.allowed:
        tell("measures.upside-down", key, low=str(takes.low), high=str(takes.high))
    elif list(takes.values) != sorted(set(takes.values)):
        tell("measures.not-ascending", f"{key}.values")


def _words_apart(item: Item, key: str, tell: Tell) -> None:
    """A word must not mean both *untested* and a score."""
    taken: Iterable[str] = ()
    if isinstance(item.takes, Coded | YesNo):
        taken = item.takes.allowed
    elif isinstance(item.takes, Measured):
        taken = (word.code for word in item.takes.words)
    for word in set(item.untested) & set(taken):
        tell("measures.two-meanings", f"{key}.untested", read=word)


def _output(measure: Measure, row: OutputRow, key: str, tell: Tell) -> None:
    _unit(row.unit, key, tell)
    _once(row.categories, f"{key}.categories", tell)
    if row.kind == "category" and not row.categories:
        tell("shapes.empty", f"{key}.categories")
    if row.kind == "number" and row.unit is None:
        tell("shapes.missing", f"{key}.unit")
    items = {item.id: item.takes for item in measure.items}
    named = list(_items_of(row))
    unknown = [name for name in named if name not in items]
    if isinstance(row.how, Sum) and not named:
        tell("shapes.empty", f"{key}.how.items")
    for name in unknown:
        tell("measures.unknown-item-here", f"{key}.how", read=name, near=nearest(name, items))
    _once(named, f"{key}.how.items", tell)
    takes = [items[name] for name in named if name in items]
    if not unknown and named and not any(isinstance(each, Whole) and not each.allowed for each in takes):
        _reach(row, takes, key, tell)


def _used(measure: Measure, tell: Tell) -> None:
    """An item that no output reads would be asked for nothing."""
    read = {name for row in measure.outputs for name in _items_of(row)}
    for number, item in enumerate(measure.items):
        if measure.scoring == "table" and item.id not in read:
            tell("measures.used-nowhere", f"items[{number}]", item=item.id)


def _items_of(row: OutputRow) -> Iterator[str]:
    if isinstance(row.how, Sum):
        yield from row.how.items
    elif not isinstance(row.how, Classified):
        yield row.how.item


def _reach(row: OutputRow, takes: list[Takes], key: str, tell: Tell) -> None:
    """What the output declares must be what its items reach, no more and no less."""
    reached = _reached(row.how, takes)
    if reached is None:
        tell("measures.cannot-be-made", f"{key}.how", how=row.how.kind, kind=takes[0].kind)
    elif isinstance(reached, list):
        if row.kind != "category" or list(row.categories) != reached:
            _differs(row, ", ".join(reached), key, tell)
    else:
        low, high, unit = reached
        if (row.kind, row.low, row.high) != ("number", low, high) or unit not in (None, row.unit):
            _differs(row, f"{_said(low)} to {_said(high)} {unit or ''}".strip(), key, tell)


def _differs(row: OutputRow, reached: str, key: str, tell: Tell) -> None:
    number = f"{_said(row.low)} to {_said(row.high)} {row.unit or ''}".strip()
    declared = ", ".join(row.categories) if row.kind == "category" else number
    tell("measures.not-what-items-reach", key, declared=declared, reached=reached)


def _said(limit: Decimal | None) -> str:
    return "-" if limit is None else f"{limit:f}"


Range = tuple[Decimal | None, Decimal | None, str | None]


def _reached(how: object, takes: list[Takes]) -> list[str] | Range | None:
    """The categories, or the range and unit, that come out of the items; None where they cannot."""
    first = takes[0]
    if isinstance(how, Sum):
        whole = [each.allowed for each in takes if isinstance(each, Whole) and each.allowed]
        if len(whole) != len(takes):
            return None
        return Decimal(sum(each[0] for each in whole)), Decimal(sum(each[-1] for each in whole)), None
    if isinstance(how, ItemItself):
        return _itself(first)
    words = [word.code for word in first.words] if isinstance(first, Measured) else []
    if isinstance(how, Speed) and isinstance(first, Measured) and words == [how.still]:
        positive = first.unit == "s" and first.above is not None and first.above >= 0
        return (Decimal(0), None, "m/s") if positive and first.high is None else None
    if isinstance(how, Able) and words == [how.unable]:
        return [how.unable, "able"]
    return None


def _itself(takes: Takes) -> list[str] | Range | None:
    if isinstance(takes, Whole) and takes.allowed:
        return Decimal(takes.allowed[0]), Decimal(takes.allowed[-1]), None
    if isinstance(takes, Coded | YesNo):
        return list(takes.allowed)
    if isinstance(takes, Measured) and not takes.words:
        return takes.above if takes.low is None else takes.low, takes.high, takes.unit
    return None


def _isncsci(measure: Measure, tell: Tell) -> None:
    """A measure scored by ISNCSCI has its cells as items and its results as outputs, and only such a one."""
    ours = measure.scoring == "isncsci"
    for number, row in enumerate(measure.outputs):
        if isinstance(row.how, Classified) != ours:
            tell("measures.scored-otherwise", f"outputs[{number}].how", scoring=measure.scoring)
    for number, item in enumerate(measure.items):
        if isinstance(item.takes, IsncsciScore) and not ours:
            tell("measures.scored-otherwise", f"items[{number}].takes", scoring=measure.scoring)
    if not ours:
        return
    editions = [edition.value for edition in Edition]
    if measure.edition not in editions:
        tell("measures.unknown-edition", "edition", read=measure.edition, known=", ".join(editions))
        return
    cells, offered = items_of(Edition(measure.edition)), outputs_of(Edition(measure.edition))
    if tuple(item.id for item in measure.items) != cells:
        tell("measures.not-the-cells", "items", cells=len(cells), edition=measure.edition)
    for number, row in enumerate(measure.outputs):
        if isinstance(row.how, Classified):
            _classified(row, row.how.output, offered, f"outputs[{number}]", tell)


def _classified(
    row: OutputRow, output: str, offered: Mapping[str, tuple[str, ...] | int], key: str, tell: Tell
) -> None:
    reached = offered.get(output)
    if reached is None:
        tell("measures.unknown-result", f"{key}.how.output", read=output, near=nearest(output, offered))
    elif isinstance(reached, int):
        if row.kind != "number" or row.low != 0 or row.high != reached:
            _differs(row, f"0 to {reached}", key, tell)
    elif row.kind != "category" or row.categories != reached:
        _differs(row, ", ".join(reached), key, tell)
