"""A trial as data: what its TOML holds, as frozen values. Nothing here decides.

Every limit carries its source. What the literature does not give is a :class:`Setting`: a site must fill it
with a value, its origin and a signature before the first collection, and the protocol may not contain it.
"""

from __future__ import annotations

import typing
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from myelos.acts import Code, Text
from myelos.cells.dose import DoseRule, InfusionRule
from myelos.cells.limits import SpecificationKind
from myelos.quantities import UNITS, Amount, In
from myelos.safety.rules import SafetyRules
from myelos.shapes import value

T = TypeVar("T")
Some = Annotated[tuple[T, ...], Field(min_length=1)]
"""One or more."""

Status = Literal["seen", "derived", "recalled", "proposal"]
"""Seen: read in the source; derived: computed from what was; recalled: from memory; proposal: ours, open."""

Days = Annotated[int, Field(ge=-3660, le=36600)]


def _unit(unit: str) -> str:
    if unit not in UNITS:
        raise PydanticCustomError("shapes.unknown-unit", "", {"read": unit})
    return unit


Unit = Annotated[str, AfterValidator(_unit)]
"""One of :data:`myelos.quantities.UNITS`."""


@value
class Words:
    """A short label in both languages."""

    en: Text
    ja: Text


@value
class Source:
    """Where a number of the protocol comes from, and how it was obtained (see facts/README)."""

    source: Text
    status: Status


@value
class Setting:
    """A limit that the protocol needs and the literature does not give: the site fills it.

    ``unit`` is what the amount must be in; ``least`` and ``most`` are physical bounds, not a recommendation.
    """

    id: Code
    label: Words
    unit: Unit
    why: Text
    least: Amount | None = None
    most: Amount | None = None


@value
class Bound:
    """A limit: an amount that the protocol gives, or the name of a setting. Exactly one of the two.

    ``source`` stands where it is another than that of the row the limit belongs to.
    """

    amount: Amount | None = None
    setting: Code | None = None
    source: Source | None = None


# What is known of a person ---------------------------------------------------------------------------------


@value
class Fact:
    """Something asked once at screening. ``kind`` number has a unit; word has ``allowed``."""

    id: Code
    label: Words
    kind: Literal["number", "yes-no", "word"]
    unit: Unit | None = None
    allowed: tuple[Code, ...] = ()


# Criteria: a closed set of kinds ---------------------------------------------------------------------------


@value
class NumberCriterion:
    """A numeric fact lies from ``low`` to ``high``, both inclusive; either may be left out."""

    kind: Literal["number"]
    id: Code
    label: Words
    fact: Code
    low: Amount | None = None
    high: Amount | None = None
    source: Source


@value
class WordCriterion:
    """A worded fact is one of ``allowed``."""

    kind: Literal["word"]
    id: Code
    label: Words
    fact: Code
    allowed: Some[Code]
    source: Source


@value
class YesNoCriterion:
    """A yes-no fact has the answer ``must_be``; an exclusion must be ``no``."""

    kind: Literal["yes-no"]
    id: Code
    label: Words
    fact: Code
    must_be: Literal["yes", "no"]
    source: Source


@value
class DaysCriterion:
    """Whole days from injury (site-local civil dates, injury is day 0) to the gate, ``low`` to ``high``."""

    kind: Literal["days"]
    id: Code
    label: Words
    low: Days | None = None
    high: Days | None = None
    source: Source


@value
class MeasureCriterion:
    """An output of a measure taken at a visit is one of ``allowed``, or lies from ``low`` to ``high``."""

    kind: Literal["measure"]
    id: Code
    label: Words
    measure: Code
    output: Code
    visit: Code
    allowed: tuple[str, ...] = ()
    low: Amount | None = None
    high: Amount | None = None
    source: Source


@value
class ProductCriterion:
    """A lot of the person's own cells is released (fully, or conditionally where permitted)."""

    kind: Literal["product"]
    id: Code
    label: Words
    source: Source


Criterion = Annotated[
    NumberCriterion | WordCriterion | YesNoCriterion | DaysCriterion | MeasureCriterion | ProductCriterion,
    Field(discriminator="kind"),
]


@value
class Gate:
    """A decision with every reason it refuses. All criteria must be *yes*; an unknown never enrols.

    ``before`` says what the gate stands in front of; gates stand in the order of the list.
    """

    id: Code
    label: Words
    before: Literal["collection", "infusion", "follow-up"]
    consent: Code
    criteria: Some[Criterion]


# Consent, visits, endpoints --------------------------------------------------------------------------------


@value
class ConsentVersion:
    id: Code
    valid_from: date


@value
class Consent:
    """A consent form with its versions; the one in force is the last whose ``valid_from`` has come."""

    id: Code
    label: Words
    versions: Some[ConsentVersion]
    representative_allowed: bool


@value
class Visit:
    """An examination at ``day`` after its anchor (day 0), from ``day - before`` to ``day + after``.

    ``anchor`` is the injury (or onset) or the infusion. ``measures`` are taken there.
    """

    id: Code
    label: Words
    anchor: Literal["injury", "infusion"]
    day: Days
    before: Annotated[int, Field(ge=0, le=3660)]
    after: Annotated[int, Field(ge=0, le=3660)]
    measures: tuple[Code, ...]
    source: Source


@value
class EndpointRule:
    """For people whose ``output`` was one of ``of`` at ``from_visit``: a gain of at least ``gain`` steps."""

    of: Some[str]
    gain: Annotated[int, Field(ge=1)]


@value
class Endpoint:
    """What is compared between two visits: a gain by the rules, or, without rules, the change itself."""

    id: Code
    label: Words
    role: Literal["primary", "secondary"]
    measure: Code
    output: Code
    from_visit: Code
    to_visit: Code
    rules: tuple[EndpointRule, ...] = ()
    source: Source


@value
class Group:
    """People compared with each other: those given the cells, and those not."""

    id: Code
    label: Words
    infused: bool


# The product -----------------------------------------------------------------------------------------------


@value
class SpecificationRow:
    """A release test as the protocol gives it; the site's settings fill what it leaves open."""

    id: Code
    label: Words
    kind: SpecificationKind
    low: Bound | None = None
    high: Bound | None = None
    allowed: tuple[Code, ...] = ()
    may_be_pending: bool = False
    source: Source


@value
class ProductEdition:
    """The specifications from a civil date on. A lot keeps the edition it was seeded under."""

    id: Code
    valid_from: date
    specifications: Some[SpecificationRow]


@value
class Product:
    """The cells: what is collected, how far they may be grown, kept and given.

    The bounds are in the units of :data:`BOUNDS`. ``blood_total`` and ``marrow_total``: taken in all.
    ``most_lots``: expansions one person may have; 1 says that a failed culture is not begun again.
    ``most_passages``, ``shelf_life`` (freezing to thawing), ``thaw_window`` (thawing to the start of the
    infusion), ``match_window``, ``weight_age``, ``count_age``: see :class:`myelos.cells.limits.Limits`.
    ``storage_low`` to ``storage_high``: temperature of frozen containers.
    ``out_of_specification``: the separate protocol that may use what this one rejects.
    ``takes_lots_of``: in that protocol, the one whose rejected lots it may use.
    """

    id: Code
    label: Words
    blood_collections: Annotated[int, Field(ge=0, le=20)]
    blood_total: Bound
    marrow_collections: Annotated[int, Field(ge=0, le=20)]
    marrow_total: Bound
    editions: Some[ProductEdition]
    most_lots: Bound
    most_passages: Bound
    shelf_life: Bound
    thaw_window: Bound
    match_window: Bound
    storage_low: Bound
    storage_high: Bound
    weight_age: Bound
    count_age: Bound
    most_infusions: Annotated[int, Field(ge=1, le=100)]
    dose: DoseRule
    infusion: InfusionRule
    conditional_release: bool
    conditional_release_role: Code | None = None
    out_of_specification: Code | None = None
    takes_lots_of: Code | None = None
    source: Source


BOUNDS: dict[str, str] = {
    "blood_total": "mL",
    "marrow_total": "mL",
    "most_lots": "lots",
    "most_passages": "passages",
    "shelf_life": "d",
    "thaw_window": "min",
    "match_window": "min",
    "storage_low": "degC",
    "storage_high": "degC",
    "weight_age": "d",
    "count_age": "d",
}
"""The bounds of a :class:`Product` and the unit each must be in."""


@value
class Training:
    """What a person must be trained in before doing a task; ``tasks`` are names of commands."""

    id: Code
    label: Words
    tasks: Some[Code]
    valid_for: Annotated[Amount, In("d")] | None = None


@value
class Design:
    """What kind of trial this is, for whoever judges its results: how long after the injury people come in,
    whether examiners are blinded, and whether others are examined at the same time without the treatment."""

    phase: Literal["acute", "subacute", "chronic"]
    blinded: Literal["yes", "no"]
    concurrent_controls: Literal["yes", "no"]
    source: Source


@value
class Protocol:
    """One trial, one edition. ``onset`` says what day 0 is.

    ``product`` is None where the trial itself gives no cells: it may still compare people who were given them
    in ordinary care with people who were not. ``design`` is None where it is not said.
    """

    id: Code
    edition: Code
    valid_from: date
    title: Words
    registry: tuple[Code, ...]
    indication: Literal["spinal-cord-injury", "stroke"]
    onset: Literal["injury", "onset"]
    planned: Annotated[int, Field(ge=1)]
    measures: tuple[Code, ...]
    facts: tuple[Fact, ...]
    consents: Some[Consent]
    gates: Some[Gate]
    visits: Some[Visit]
    endpoints: tuple[Endpoint, ...]
    groups: Some[Group]
    settings: tuple[Setting, ...]
    training: tuple[Training, ...]
    product: Product | None = None
    safety: SafetyRules
    design: Design | None = None
    source: Source

    def fact(self, id_: str) -> Fact:
        """The fact called ``id_``. Raises KeyError when there is none; so do the next four."""
        return _called(self.facts, id_)

    def consent(self, id_: str) -> Consent:
        return _called(self.consents, id_)

    def gate(self, id_: str) -> Gate:
        return _called(self.gates, id_)

    def visit(self, id_: str) -> Visit:
        return _called(self.visits, id_)

    def group(self, id_: str) -> Group:
        return _called(self.groups, id_)


class _Row(typing.Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Row)


def _called(rows: tuple[R, ...], id_: str) -> R:
    for row in rows:
        if row.id == id_:
            return row
    raise KeyError(id_)
