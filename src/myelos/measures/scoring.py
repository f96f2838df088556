"""Score one record of items by its measure: every output with all it can be, and every fault of the record.

What is not known stays open: an item that was not tested runs over all it may be, so a sum has two bounds and
a category several values. An item at fault is told, and is open too. No item counts as 0 unless 0 was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from myelos.findings import Finding, Param, Place, Severity
from myelos.isncsci.classification import Bounds
from myelos.isncsci.editions import Edition
from myelos.isncsci.records import Missing
from myelos.measures.checking import nearest
from myelos.measures.isncsci_cells import classified, result, unknown_cells
from myelos.measures.outputs import Output
from myelos.measures.reading import Held, Reader, reader_of
from myelos.measures.table import (
    Able,
    Classified,
    ItemItself,
    Measure,
    OutputRow,
    Speed,
    Sum,
    Takes,
    Whole,
)
from myelos.quantities import Amount

_KEPT = 64
"""How many measures are held ready; a server scores with few."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The outputs of one record by name, all that the measure has, and everything found.

    With an error among the findings the record is ``refused``: what its faults touch is open.
    """

    measure: str
    edition: str
    outputs: Mapping[str, Output]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def score(measure: Measure, items: Mapping[str, object], place: Place = Place()) -> Scored:  # noqa: B008
    """Score a record: item id to what was entered (whole numbers, codes, amounts such as ``"12.5 s"``).

    A word for *could not be tested* (mostly ``NT``), and a missing item where the measure's rule says so, is
    unknown. Findings tell every fault: an unknown item (with the nearest), one that is missing, out of range,
    skipped by the scale, of the wrong kind, or untested where it may not be; ``place`` says where the record
    is. Raises nothing for bad items.
    """
    findings: list[Finding] = []
    outputs = (_by_isncsci if measure.scoring == "isncsci" else _by_table)(measure, items, findings)
    if findings and place != Place():
        findings = [replace(each, place=_at(place, each.place.column)) for each in findings]
    return Scored(measure.id, measure.edition, outputs, tuple(findings))


def _at(place: Place, item: str | None) -> Place:
    column = ".".join(part for part in (place.column, item) if part)
    return Place(place.file, place.row, column or None)


def _unknown_item(read: str, measure: Measure) -> Finding:
    near = nearest(read, (item.id for item in measure.items))
    return Finding("measures.unknown-item", Place(column=read), {"read": read, "near": near})


# Outputs ---------------------------------------------------------------------------------------------------

Numbers = Callable[[int | Decimal, int | Decimal], Output]
Categories = Callable[[tuple[str, ...]], Output]


def _open(measure: Measure, row: OutputRow) -> Output:
    """An output of which nothing is known but what the table says."""
    return Output(
        measure=measure.id,
        edition=measure.edition,
        name=row.name,
        kind=row.kind,
        better=row.better,
        unit=row.unit,
        categories=row.categories,
        possible=row.categories,
        low=row.low,
        high=row.high,
    )


def _numbers(opened: Output) -> Numbers:
    @lru_cache(1 << 10)
    def number(low: int | Decimal, high: int | Decimal) -> Output:
        return replace(opened, low=Decimal(low), high=Decimal(high))

    return number


def _categories(opened: Output) -> Categories:
    @lru_cache(1 << 10)
    def category(possible: tuple[str, ...]) -> Output:
        return replace(opened, possible=possible)

    return category


# By ISNCSCI ------------------------------------------------------------------------------------------------


def _by_isncsci(
    measure: Measure, items: Mapping[str, object], findings: list[Finding]
) -> Mapping[str, Output]:
    missing = Missing.ERROR if measure.missing.rule == "forbidden" else Missing.NT
    unknown = [_unknown_item(read, measure) for read in unknown_cells(items)]
    found = classified(items, Edition(measure.edition), missing, findings)
    findings.extend(unknown)
    outputs = {}
    for name, output, opened, number, category in _results(measure):
        held = None if found is None else result(found, output)
        if held is None:
            outputs[name] = opened
        else:
            outputs[name] = number(held.low, held.high) if isinstance(held, Bounds) else category(held)
    return outputs


@lru_cache(_KEPT)
def _results(measure: Measure) -> tuple[tuple[str, str, Output, Numbers, Categories], ...]:
    rows = [
        (row, row.how.output, _open(measure, row))
        for row in measure.outputs
        if isinstance(row.how, Classified)
    ]
    return tuple((row.name, output, o, _numbers(o), _categories(o)) for row, output, o in rows)


# By a table ------------------------------------------------------------------------------------------------

Record = Mapping[str, Held]
"""What is held of every item."""


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """A measure made ready: how each item is read, how each output comes out of what is held."""

    readers: Mapping[str, Reader]
    outputs: Mapping[str, Callable[[Record], Output]]


@lru_cache(_KEPT)
def _plan(measure: Measure) -> _Plan:
    forbidden = measure.missing.rule == "forbidden"
    return _Plan(
        {item.id: reader_of(item, forbidden) for item in measure.items},
        {row.name: _maker(measure, row) for row in measure.outputs},
    )


def _by_table(measure: Measure, items: Mapping[str, object], findings: list[Finding]) -> Mapping[str, Output]:
    plan = _plan(measure)

    def tell(code: str, item: str, params: dict[str, Param]) -> None:
        findings.append(Finding(code, Place(column=item), params))

    held = {name: read(items.get(name), tell) for name, read in plan.readers.items()}
    if not items.keys() <= plan.readers.keys():
        findings.extend(_unknown_item(str(key), measure) for key in items if key not in plan.readers)
    return {name: make(held) for name, make in plan.outputs.items()}


def _maker(measure: Measure, row: OutputRow) -> Callable[[Record], Output]:
    opened, how = _open(measure, row), row.how
    match how:
        case Sum():
            return _sum(opened, [(name, measure.item(name).takes) for name in how.items])
        case Speed():
            return _speed(opened, how)
        case Able():
            return _able(opened, how)
        case ItemItself():
            return _itself(opened, how.item)
    raise TypeError(f"{row.name}: a result of ISNCSCI is no output of a table")


def _sum(opened: Output, items: Sequence[tuple[str, Takes]]) -> Callable[[Record], Output]:
    number = _numbers(opened)
    ranges = [
        (name, takes.allowed[0], takes.allowed[-1]) for name, takes in items if isinstance(takes, Whole)
    ]

    def make(held: Record) -> Output:
        low = high = 0
        for name, least, most in ranges:
            value = held[name]
            if isinstance(value, int):
                low, high = low + value, high + value
            else:
                low, high = low + least, high + most
        return number(low, high)

    return make


def _itself(opened: Output, item: str) -> Callable[[Record], Output]:
    number, category = _numbers(opened), _categories(opened)

    def make(held: Record) -> Output:
        value = held[item]
        if value is None:
            return opened
        if isinstance(value, str):
            return category((value,))
        exact = value.value if isinstance(value, Amount) else value
        return number(exact, exact)

    return make


def _speed(opened: Output, how: Speed) -> Callable[[Record], Output]:
    number = _numbers(opened)

    def make(held: Record) -> Output:
        value = held[how.item]
        if isinstance(value, Amount):
            speed = how.metres / value.value
            return number(speed, speed)
        return number(0, 0) if value == how.still else opened

    return make


def _able(opened: Output, how: Able) -> Callable[[Record], Output]:
    category = _categories(opened)

    def make(held: Record) -> Output:
        value = held[how.item]
        if value is None:
            return opened
        return category((how.unable if value == how.unable else "able",))

    return make
