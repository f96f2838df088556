"""The dose: how many cells a person may be given, how long they run in, and how many arrived.

All arithmetic is exact (fractions of whole numbers); where a number becomes whole, the rounding is named.
Limits come with the protocol and are never converted to another unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from myelos.acts import Text
from myelos.findings import Finding, Param, Place, Refused, Severity
from myelos.quantities import Amount, In
from myelos.shapes import value
from myelos.times import Instant

_NOWHERE = Place()


class Basis(StrEnum):
    """Which cells a dose counts: all of them, or the living ones."""

    TOTAL = "total"
    VIABLE = "viable"


@value
class DoseRule:
    """How many cells may be given: ``low`` to ``high``, at most ``per_kg`` times the weight; all inclusive.

    ``basis`` says which cells these numbers count. Each limit has its source beside it.
    """

    basis: Basis
    basis_source: Text
    low: Annotated[Amount, In("cells")]
    high: Annotated[Amount, In("cells")]
    range_source: Text
    per_kg: Annotated[Amount, In("cells/kg")]
    per_kg_source: Text

    def faults(self, place: Place = _NOWHERE) -> tuple[Finding, ...]:
        """What makes the rule unusable: a range that is empty."""
        if self.low <= self.high:
            return ()
        params: dict[str, Param] = {"low": str(self.low), "high": str(self.high)}
        return (Finding("cells.dose-range-empty", place, params),)


@value
class InfusionRule:
    """How fast the product runs (not what dilutes it), and how many times its volume it has when diluted."""

    flow_low: Annotated[Amount, In("mL/min")]
    flow_high: Annotated[Amount, In("mL/min")]
    flow_source: Text
    dilution_least: Annotated[Amount, In("fold")]
    dilution_source: Text


@value
class Dose:
    """What is about to be given: so many cells, on which basis, counted when; to what weight, weighed when.

    ``weight`` or ``weighed_at`` is None when nobody knows it; :func:`check_dose` then refuses the dose.
    """

    basis: Basis
    cells: Annotated[int, Field(ge=0)]
    counted_at: Instant
    weight: Annotated[Amount, In("kg")] | None
    weighed_at: Instant | None


@dataclass(frozen=True, slots=True)
class DoseWindow:
    """The numbers of cells a person of one weight may be given, both inclusive.

    ``lowest`` is rounded up and ``highest`` down to whole cells, so that neither passes its limit.
    """

    basis: Basis
    lowest: int
    highest: int


def dose_window(rule: DoseRule, weight: Amount, place: Place = _NOWHERE) -> DoseWindow | Finding:
    """The window at a weight in kg, or the finding that there is none: the cap lies below the lowest dose.

    Raises ValueError for a weight in another unit.
    """
    cap = _cap(rule, weight)
    lowest, highest = math.ceil(Fraction(rule.low.value)), math.floor(min(Fraction(rule.high.value), cap))
    if lowest <= highest:
        return DoseWindow(rule.basis, lowest, highest)
    params: dict[str, Param] = {"weight": str(weight), "lowest": lowest, "highest": highest}
    return Finding("cells.dose-impossible", place, params)


def least_weight(rule: DoseRule) -> Fraction:
    """The lowest weight in kg at which there is a dose at all, exactly. Raises ValueError for a cap of 0."""
    if not rule.per_kg.value:
        raise ValueError("with a cap of 0 there is no dose at any weight")
    return math.ceil(Fraction(rule.low.value)) / Fraction(rule.per_kg.value)


def _cap(rule: DoseRule, weight: Amount) -> Fraction:
    return Fraction(rule.per_kg.value) * _number(weight, "kg")


def _number(amount: Amount, unit: str) -> Fraction:
    if amount.unit != unit:
        raise ValueError(f"{amount} is not in {unit}")
    return Fraction(amount.value)


def check_dose(
    dose: Dose, rule: DoseRule, at: datetime, count_age: Amount, weight_age: Amount, place: Place = _NOWHERE
) -> tuple[Finding, ...]:
    """Everything that forbids giving a dose at an instant; nothing is an empty tuple.

    The basis is the rule's; the cells are within the range and the cap; count and weight were taken before
    ``at``, no longer ago than ``count_age`` and ``weight_age`` (in min, h or d; a day is 24 hours).
    """
    return (
        *rule.faults(place),
        *_number_faults(dose, rule, place),
        *_age_faults("count", dose.counted_at, at, count_age, place),
        *_age_faults("weight", dose.weighed_at, at, weight_age, place),
    )


def _number_faults(dose: Dose, rule: DoseRule, place: Place) -> Iterator[Finding]:
    if dose.basis is not rule.basis:
        yield Finding("cells.dose-basis", place, {"read": dose.basis.value, "needed": rule.basis.value})
    if dose.cells < Fraction(rule.low.value):
        yield Finding("cells.dose-below", place, {"cells": dose.cells, "low": str(rule.low)})
    if dose.cells > Fraction(rule.high.value):
        yield Finding("cells.dose-above", place, {"cells": dose.cells, "high": str(rule.high)})
    if dose.weight is None:
        yield Finding("cells.weight-missing", place)
        return
    if dose.cells > _cap(rule, dose.weight):
        params: dict[str, Param] = {"cells": dose.cells, "weight": str(dose.weight), "cap": str(rule.per_kg)}
        yield Finding("cells.dose-above-cap", place, params)
    window = dose_window(rule, dose.weight, place)
    if isinstance(window, Finding):
        yield window


_AGES = {
    "count": ("cells.count-time-missing", "cells.count-from-later", "cells.count-too-old"),
    "weight": ("cells.weight-time-missing", "cells.weight-from-later", "cells.weight-too-old"),
}
_SPANS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _age_faults(
    what: str, taken: datetime | None, at: datetime, limit: Amount, place: Place
) -> Iterator[Finding]:
    missing, later, old = _AGES[what]
    if limit.unit not in _SPANS:
        raise ValueError(f"{limit} is no length of time")
    if taken is None:
        yield Finding(missing, place)
        return
    params: dict[str, Param] = {"taken": taken.isoformat(), "at": at.isoformat(), "limit": str(limit)}
    elapsed = Fraction((at - taken) // timedelta(microseconds=1))
    if elapsed < 0:
        yield Finding(later, place, params)
    if elapsed > Fraction(limit.value) * (_SPANS[limit.unit] // timedelta(microseconds=1)):
        yield Finding(old, place, params)


@dataclass(frozen=True, slots=True)
class InfusionTime:
    """How long a volume takes, in minutes: ``shortest`` at the highest flow, ``longest`` at the lowest."""

    shortest: Fraction
    longest: Fraction

    @property
    def whole(self) -> tuple[int, int]:
        """Whole minutes within the limits: the shortest rounded up, the longest down."""
        return math.ceil(self.shortest), math.floor(self.longest)


def infusion_minutes(rule: InfusionRule, volume: Amount) -> InfusionTime:
    """How long a volume of product (mL) takes. Raises ValueError for another unit, or a flow of 0."""
    if not rule.flow_low.value or not rule.flow_high.value:
        raise ValueError("at a flow of 0 nothing is infused")
    amount = _number(volume, "mL")
    return InfusionTime(amount / Fraction(rule.flow_high.value), amount / Fraction(rule.flow_low.value))


def check_infusion(
    rule: InfusionRule, flow: Amount, dilution: Amount, place: Place = _NOWHERE
) -> tuple[Finding, ...]:
    """Warnings, not refusals: a flow (mL/min) outside the limits, a dilution (fold) below the least.

    ``dilution`` is the volume of product and diluent together over that of the product. This is our reading
    of "at least threefold"; a source that means three volumes of saline to one of product would say 4.
    """
    found: list[Finding] = []
    given, low, high = _number(flow, "mL/min"), Fraction(rule.flow_low.value), Fraction(rule.flow_high.value)
    if not low <= given <= high:
        params: dict[str, Param] = {
            "flow": str(flow),
            "low": str(rule.flow_low),
            "high": str(rule.flow_high),
        }
        found.append(Finding("cells.flow-outside", place, params, Severity.WARNING))
    if _number(dilution, "fold") < Fraction(rule.dilution_least.value):
        params = {"dilution": str(dilution), "least": str(rule.dilution_least)}
        found.append(Finding("cells.dilution-too-little", place, params, Severity.WARNING))
    return tuple(found)


def check_duration(
    rule: InfusionRule, volume: Amount, minutes: Amount, place: Place = _NOWHERE
) -> tuple[Finding, ...]:
    """A warning when a volume (mL) ran in faster or slower than the limits of flow let it (min)."""
    time = infusion_minutes(rule, volume)
    if time.shortest <= _number(minutes, "min") <= time.longest:
        return ()
    shortest, longest = time.whole
    params: dict[str, Param] = {
        "minutes": str(minutes),
        "volume": str(volume),
        "shortest": shortest,
        "longest": longest,
    }
    return (Finding("cells.infusion-time-outside", place, params, Severity.WARNING),)


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many cells reached the person: exactly, or at least and at most when a volume is unknown."""

    least: Fraction
    most: Fraction

    @property
    def known(self) -> bool:
        return self.least == self.most

    @property
    def whole(self) -> tuple[int, int]:
        """Both in whole cells, a half rounded to the even number."""
        return round(self.least), round(self.most)


def delivered(
    cells: int,
    bag: Amount,
    infused: Amount | None,
    lost: Amount | None,
    *,
    stopped_early: bool,
    tolerance: Amount,
    place: Place = _NOWHERE,
) -> Delivered:
    """The cells delivered from a bag of so many cells and mL, taken as evenly mixed.

    ``infused`` and ``lost`` (mL, None when unknown) add up to the bag, or, stopped early, to no more than it;
    ``tolerance`` (mL) is how far measured volumes may miss that. Volumes that together exceed the bag within
    the tolerance share its cells in proportion: no cell is delivered twice. Raises Refused for volumes that
    are negative or do not add up, ValueError for another unit or an empty bag.
    """
    whole, slack = _number(bag, "mL"), _number(tolerance, "mL")
    if whole <= 0 or slack < 0 or cells < 0:
        raise ValueError("a bag has a volume, a tolerance and a count are not negative")
    ran, gone = (None if each is None else _number(each, "mL") for each in (infused, lost))
    found = list(_volume_faults(bag, infused, lost, stopped_early, tolerance, place))
    if found:
        raise Refused(found)
    if ran is not None:
        exact = cells * ran / max(whole, ran + (gone or 0))
        return Delivered(exact, exact)
    most = max(whole - (gone or 0), Fraction(0))
    least = Fraction(0) if stopped_early or gone is None else max(most - slack, Fraction(0))
    return Delivered(cells * least / whole, cells * most / whole)


def _volume_faults(
    bag: Amount, infused: Amount | None, lost: Amount | None, stopped_early: bool, slack: Amount, place: Place
) -> Iterator[Finding]:
    told = {"infused": infused, "lost": lost}
    for name, volume in told.items():
        if volume is not None and volume.value < 0:
            yield Finding("cells.volume-negative", place, {"what": name, "read": str(volume)})
    whole, allowed = Fraction(bag.value), Fraction(slack.value)
    total = sum((Fraction(volume.value) for volume in told.values() if volume is not None), Fraction(0))
    params: dict[str, Param] = {
        "infused": "?" if infused is None else str(infused),
        "lost": "?" if lost is None else str(lost),
        "bag": str(bag),
        "tolerance": str(slack),
    }
    if total > whole + allowed:
        yield Finding("cells.volume-more-than-bag", place, params)
    if not stopped_early and None not in told.values() and total < whole - allowed:
        yield Finding("cells.volume-unaccounted", place, params)
