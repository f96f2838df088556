"""Checks of the product, the settings it leaves to the site, training and safety."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from myelos.cells.commands import MatchAtBedside, StartInfusion
from myelos.cells.limits import SpecificationKind
from myelos.protocol.decide import COMMANDS
from myelos.protocol.faults import Check, Fault, Measures, fault, ids, in_force, range_of, twice, unknown
from myelos.protocol.settings import LONGEST
from myelos.protocol.trial import (
    BOUNDS,
    Bound,
    DaysCriterion,
    MeasureCriterion,
    Product,
    Protocol,
    SpecificationRow,
    Visit,
)
from myelos.quantities import Amount

NEEDS = {
    SpecificationKind.AT_LEAST: ("low",),
    SpecificationKind.AT_MOST: ("high",),
    SpecificationKind.BETWEEN: ("low", "high"),
    SpecificationKind.IS: ("allowed",),
}
"""What a specification of each kind has, and nothing else of these."""


def _bounds_of(protocol: Protocol) -> Iterator[tuple[str, Bound, str | None]]:
    """Every limit of the product with its key and the unit it must be in; None: any, for a specification."""
    product = protocol.product
    if product is None:
        return
    for name, unit in BOUNDS.items():
        yield f"product.{name}", getattr(product, name), unit
    for place, edition in enumerate(product.editions):
        for number, row in enumerate(edition.specifications):
            key = f"product.editions[{place}].specifications[{number}]"
            limits = (("low", row.low), ("high", row.high))
            yield from ((f"{key}.{part}", limit, None) for part, limit in limits if limit is not None)


def bounds(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """A limit is an amount or a setting, not both and not neither, and in the unit it is compared in."""
    units = {setting.id: setting.unit for setting in protocol.settings}
    for key, bound, unit in _bounds_of(protocol):
        if bound.amount is None and bound.setting is None:
            yield fault(key, "limit-without-either")
        if bound.amount is not None and bound.setting is not None:
            yield fault(key, "limit-with-both")
        if bound.setting is not None and bound.setting not in units:
            yield unknown(f"{key}.setting", "setting", bound.setting, units)
        elif bound.setting is not None and unit not in (None, units[bound.setting]):
            yield fault(f"{key}.setting", "unit-differs", read=units[bound.setting], unit=unit)
        if bound.amount is not None and unit not in (None, bound.amount.unit):
            yield fault(f"{key}.amount", "unit-differs", read=str(bound.amount), unit=unit)
        elif bound.amount is not None:
            yield from _too_long(bound.amount, f"{key}.amount")


def _too_long(amount: Amount, key: str) -> Iterator[Fault]:
    """No length of time in a trial is longer than a hundred years."""
    most = LONGEST.get(amount.unit)
    if most is not None and amount > most:
        yield fault(key, "limit-too-long", read=str(amount), most=str(most))


def settings(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Every setting is used by some limit, and what is physically possible is a range in its unit."""
    used = {bound.setting for _key, bound, _unit in _bounds_of(protocol)}
    for place, setting in enumerate(protocol.settings):
        key = f"settings[{place}]"
        if setting.id not in used:
            yield fault(f"{key}.id", "setting-unused", setting=setting.id)
        if setting.least is not None or setting.most is not None:
            yield from range_of(setting.least, setting.most, setting.unit, key, ("least", "most"))


def specifications(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Each specification has what its kind needs, in one unit; a pending one can be released."""
    if protocol.product is None:
        return
    units = {setting.id: setting.unit for setting in protocol.settings}
    for place, edition in enumerate(protocol.product.editions):
        rows = f"product.editions[{place}].specifications"
        yield from twice(ids(edition.specifications), rows, ".id")
        for number, row in enumerate(edition.specifications):
            yield from _specification(row, protocol.product, units, f"{rows}[{number}]")


def _specification(
    row: SpecificationRow, product: Product, units: Mapping[str, str], key: str
) -> Iterator[Fault]:
    has = {part for part in ("low", "high", "allowed") if getattr(row, part)}
    if has != set(NEEDS[row.kind]):
        needs = ", ".join(NEEDS[row.kind])
        yield fault(f"{key}.kind", "specification-ill-formed", kind=row.kind.value, needs=needs)
        return
    low, high = (bound.amount if bound else None for bound in (row.low, row.high))
    if low is not None and high is not None:
        yield from range_of(low, high, low.unit, key)
    elif row.low and row.high and len({_unit(bound, units) for bound in (row.low, row.high)}) > 1:
        read, unit = _unit(row.high, units), _unit(row.low, units)
        yield fault(f"{key}.high", "unit-differs", read=read, unit=unit)
    yield from twice(row.allowed, f"{key}.allowed")
    if row.may_be_pending and not product.conditional_release:
        yield fault(f"{key}.may_be_pending", "pending-never-released", specification=row.id)


def _unit(bound: Bound, units: Mapping[str, str]) -> str | None:
    return bound.amount.unit if bound.amount else units.get(bound.setting or "")


def product(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Editions in force, storage, dose, and who may sign a conditional release."""
    product = protocol.product
    if product is None:
        return
    yield from in_force(product.editions, "product.editions", protocol.valid_from)
    if product.conditional_release != (product.conditional_release_role is not None):
        yield fault("product.conditional_release_role", "conditional-release-without-role")
    for name in ("out_of_specification", "takes_lots_of"):
        if getattr(product, name) == protocol.id:
            yield fault(f"product.{name}", "own-protocol", read=protocol.id)
    for low, high, key in _ranges(product):
        if low is not None and high is not None and low.unit == high.unit and low > high:
            yield fault(f"product.{key}", "range-empty", low=str(low), high=str(high))
    for key in ("dose.per_kg", "dose.high", "infusion.flow_high", "infusion.dilution_least"):
        section, name = key.split(".")
        if not getattr(getattr(product, section), name).value:
            yield fault(f"product.{key}", "limit-zero")


def _ranges(product: Product) -> Iterator[tuple[Amount | None, Amount | None, str]]:
    yield product.storage_low.amount, product.storage_high.amount, "storage_low"
    yield product.dose.low, product.dose.high, "dose.low"
    yield product.infusion.flow_low, product.infusion.flow_high, "infusion.flow_low"


def training(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """What people are trained for are commands that can be given, the two at the bedside among them."""
    known = _names(COMMANDS)
    for place, each in enumerate(protocol.training):
        yield from twice(each.tasks, f"training[{place}].tasks")
        if each.valid_for is not None:
            yield from _too_long(each.valid_for, f"training[{place}].valid_for")
        for number, task in enumerate(each.tasks):
            if task not in known:
                yield unknown(f"training[{place}].tasks[{number}]", "task", task, known)
    trained = {task for each in protocol.training for task in each.tasks}
    for task in sorted(_names((MatchAtBedside, StartInfusion)) - trained):
        if protocol.product is not None:
            yield fault("training", "task-without-training", task=task)


def _names(commands: Iterable[Any]) -> set[str]:
    return {command.NAME for command in commands}


def reference_exams(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Deterioration is judged against the mean of so many examinations before the infusion: there are visits
    that collect them."""
    if protocol.product is None or "isncsci" not in protocol.measures:
        return
    asked = protocol.safety.deterioration.reference_exams
    visits = [visit for visit in protocol.visits if "isncsci" in visit.measures and _before(protocol, visit)]
    if len(visits) < asked:
        key = "safety.deterioration.reference_exams"
        yield fault(key, "too-few-reference-exams", asked=asked, visits=len(visits))


def _before(protocol: Protocol, visit: Visit) -> bool:
    """Whether a visit comes before the infusion: counted from it, asked for by a gate before it, or begun by
    the last day on which a gate lets anybody be infused."""
    if visit.anchor == "infusion":
        return visit.day <= 0
    gates = [gate for gate in protocol.gates if gate.before != "follow-up"]
    criteria = [each for gate in gates for each in gate.criteria]
    days = [each.high for each in criteria if isinstance(each, DaysCriterion) and each.high is not None]
    asked = any(isinstance(each, MeasureCriterion) and each.visit == visit.id for each in criteria)
    return asked or visit.day - visit.before <= max(days, default=-1)


CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    (bounds, frozenset({"product", "settings"})),
    (settings, frozenset({"product", "settings"})),
    (specifications, frozenset({"product", "settings"})),
    (product, frozenset({"product", "valid_from", "id"})),
    (training, frozenset({"training", "product"})),
    (reference_exams, frozenset({"safety", "gates", "visits", "measures", "product"})),
)
"""The checks of this module and the sections each reads."""
