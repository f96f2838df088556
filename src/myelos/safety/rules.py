"""The thresholds of a trial's safety, as a protocol carries them under ``[safety]``.

Nothing here has a default: a protocol states every threshold, each with its ``origin`` (where it comes from,
in words) and its ``status``. :func:`check_rules` finds what a shape cannot: names used twice, a window
without a start, more events asked for than there are people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from myelos.acts import Code, Text
from myelos.findings import Finding, Param, Place
from myelos.quantities import Amount
from myelos.safety.terms import COMPUTED, INCIDENTS, Kind, Measured, Procedure, Seriousness, Status
from myelos.shapes import value

Grade = Annotated[int, Field(ge=1, le=5)]
"""1 mild, 2 moderate, 3 severe, 4 life-threatening, 5 fatal."""

Rate = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
People = Annotated[int, Field(ge=1)]


LONGEST = {"d": 36_500, "h": 876_000}
"""A hundred years: no window is longer."""


def _checked(amount: Amount, units: tuple[str, ...]) -> None:
    if amount.unit not in units:
        params = {"read": str(amount), "unit": " / ".join(units)}
        raise PydanticCustomError("shapes.wrong-unit", "", params)
    if amount.value <= 0:
        raise PydanticCustomError("shapes.too-small", "", {"read": str(amount), "least": "> 0"})
    if amount.unit in LONGEST and amount.value > LONGEST[amount.unit]:
        params = {"read": str(amount), "limit": f"{LONGEST[amount.unit]} {amount.unit}"}
        raise PydanticCustomError("shapes.out-of-range", "", params)


def _in(*units: str) -> AfterValidator:
    def check(amount: Amount) -> Amount:
        _checked(amount, units)
        return amount

    return AfterValidator(check)


Window = Annotated[Amount, _in("h", "d")]
"""Hours are exact; days are differences of civil dates where the procedure was done."""


@value
class Criterion:
    """Which events a rule counts: those that meet *every* part that is given.

    ``kinds``: any of these. ``grade_at_least``: 1 to 5. ``serious``: True asks for any reason at all;
    ``serious_by``: any of these reasons. ``related_to``: a reasonable possibility for any of these
    procedures. ``unexpected``: not expected. ``after`` and ``within``: begun after any of these procedures,
    and within the window; without ``within``, at any time after.
    """

    kinds: tuple[Kind, ...] = ()
    grade_at_least: Grade | None = None
    serious: bool = False
    serious_by: tuple[Seriousness, ...] = ()
    related_to: tuple[Procedure, ...] = ()
    unexpected: bool = False
    after: tuple[Procedure, ...] = ()
    within: Window | None = None


@value
class SpecialInterest:
    """One row of the events of special interest: a kind and the window after a procedure in which it is one.

    Without ``after`` the kind is one at any time. ``falls_by`` and ``of``: the kind is judged from values,
    the last before the first such procedure less the lowest after it.
    """

    kind: Kind
    after: tuple[Procedure, ...]
    within: Window | None = None
    of: Measured | None = None
    falls_by: Annotated[Amount, _in("g/dL")] | None = None
    origin: Text
    status: Status


@value
class Threshold:
    """One limit, where it comes from and where it stands."""

    limit: Amount
    origin: Text
    status: Status


def _limit_in(*units: str) -> AfterValidator:
    def check(threshold: Threshold) -> Threshold:
        _checked(threshold.limit, units)
        return threshold

    return AfterValidator(check)


@value
class DeteriorationRules:
    """When an examination is a neurological deterioration, against the mean of ``reference_exams`` ones.

    Each limit alone is enough. ``confirm_within``: another examiner confirms or refutes it in this time.
    """

    ais_worse_by: Annotated[Threshold, _limit_in("grades")]
    motor_level_up_by: Annotated[Threshold, _limit_in("segments")]
    uems_down_by: Annotated[Threshold, _limit_in("points")]
    motor_total_down_by: Annotated[Threshold, _limit_in("points")]
    reference_exams: Annotated[int, Field(ge=1, le=5)]
    confirm_within: Annotated[Threshold, _limit_in("h", "d")]
    origin: Text
    status: Status


@value
class EventClock:
    """A report that an event makes due: what starts it, within what time, to whom.

    ``counted_from``: ``aware``, when the investigator learned of the event, or ``reported``, when the report
    that first met the criterion was made.
    """

    kind: Literal["event"]
    name: Code
    what: Criterion
    counted_from: Literal["aware", "reported"]
    within: Window
    to: Text
    origin: Text
    status: Status


@value
class PeriodicClock:
    """A report due again and again, ``every`` so many days from the trial's first collection or infusion."""

    kind: Literal["periodic"]
    name: Code
    counted_from: Literal["first-collection", "first-infusion"]
    every: Annotated[Amount, _in("d")]
    to: Text
    origin: Text
    status: Status


Clock = Annotated[EventClock | PeriodicClock, Field(discriminator="kind")]


@value
class Spacing:
    """The first ``first`` people are infused at least ``apart``: the next waits; two too close are a hit."""

    kind: Literal["spacing"]
    name: Code
    first: Annotated[int, Field(ge=2)]
    apart: Window
    origin: Text
    status: Status


@value
class AnyEvent:
    """Any one event that meets ``what``."""

    kind: Literal["any"]
    name: Code
    what: Criterion
    origin: Text
    status: Status


@value
class CountOf:
    """``at_least`` events, or people with one, at any time."""

    kind: Literal["count"]
    name: Code
    what: Criterion
    of: Literal["events", "people"]
    at_least: People
    origin: Text
    status: Status


@value
class InFirst:
    """``at_least`` people with an event among the first ``first`` infused.

    "At most k of a kind in the first n" is ``at_least`` k + 1.
    """

    kind: Literal["k-in-first-n"]
    name: Code
    what: Criterion
    at_least: People
    first: People
    origin: Text
    status: Status


@value
class InAny:
    """``at_least`` people with an event among any ``consecutive`` people infused one after another."""

    kind: Literal["k-in-any-n"]
    name: Code
    what: Criterion
    at_least: People
    consecutive: People
    origin: Text
    status: Status


@value
class BetaBinomial:
    """A Bayesian boundary: the rate probably exceeds ``limit_rate``.

    With x of n people infused having an event, a hit is P(rate > limit_rate | x, n) >= ``posterior`` where
    rate ~ Beta(prior_a, prior_b) beforehand. Looked at after each person from the ``first_look``-th to the
    ``last_look``-th infused.
    """

    kind: Literal["beta-binomial"]
    name: Code
    what: Criterion
    prior_a: Positive
    prior_b: Positive
    limit_rate: Rate
    posterior: Rate
    first_look: People
    last_look: Annotated[int, Field(ge=1, le=1000)]
    origin: Text
    status: Status


StoppingRule = Annotated[
    Spacing | AnyEvent | CountOf | InFirst | InAny | BetaBinomial, Field(discriminator="kind")
]


@value
class Deciders:
    """The roles that may sign a decision after a hit."""

    roles: Annotated[tuple[Code, ...], Field(min_length=1)]
    origin: Text
    status: Status


@value
class SafetyRules:
    """Everything a protocol says under ``[safety]``."""

    special_interest: tuple[SpecialInterest, ...]
    deterioration: DeteriorationRules
    clocks: tuple[Clock, ...]
    stopping: tuple[StoppingRule, ...]
    decided_by: Deciders


def check_rules(rules: SafetyRules, place: Place = Place()) -> list[Finding]:  # noqa: B008
    """What is wrong with rules of the right shape, all of it; the column is the key within ``[safety]``."""
    found = [*_names(rules), *_special_interest(rules), *_stopping(rules)]
    for key, criterion in _criteria(rules):
        found += [(f"{key}.{part}", code, params) for part, code, params in _criterion(criterion)]
    start = f"{place.column}." if place.column else ""
    return [Finding(code, Place(place.file, place.row, start + key), params) for key, code, params in found]


Fault = tuple[str, str, dict[str, Param]]


def _names(rules: SafetyRules) -> Iterator[Fault]:
    for table, rows in (("clocks", rules.clocks), ("stopping", rules.stopping)):
        times = Counter(row.name for row in rows)
        for place, row in enumerate(rows):
            if times[row.name] > 1:
                yield f"{table}[{place}].name", "safety.name-used-twice", {"name": row.name}


def _special_interest(rules: SafetyRules) -> Iterator[Fault]:
    for place, row in enumerate(rules.special_interest):
        key = f"special_interest[{place}]"
        if row.within is not None and not row.after:
            yield f"{key}.within", "safety.window-without-start", {}
        if (row.of is None) != (row.falls_by is None):
            yield f"{key}.falls_by", "safety.fall-without-value", {}
        elif row.falls_by is not None and not row.after:
            yield f"{key}.after", "safety.fall-without-start", {}
        if row.kind in COMPUTED or row.kind is Kind.UNCLASSIFIED:
            yield f"{key}.kind", "safety.kind-not-reported", {"kind": row.kind.value}


def _stopping(rules: SafetyRules) -> Iterator[Fault]:
    for place, rule in enumerate(rules.stopping):
        key = f"stopping[{place}]"
        match rule:
            case InFirst(at_least=k, first=n) | InAny(at_least=k, consecutive=n) if k > n:
                yield f"{key}.at_least", "safety.more-than-there-are", {"k": k, "n": n}
            case BetaBinomial(first_look=first, last_look=last) if first > last:
                yield f"{key}.first_look", "safety.looks-out-of-order", {"first": first, "last": last}


def _criteria(rules: SafetyRules) -> Iterator[tuple[str, Criterion]]:
    for place, rule in enumerate(rules.stopping):
        if not isinstance(rule, Spacing):
            yield f"stopping[{place}].what", rule.what
    for place, clock in enumerate(rules.clocks):
        if isinstance(clock, EventClock):
            yield f"clocks[{place}].what", clock.what


def _criterion(what: Criterion) -> Iterator[Fault]:
    if what == Criterion():
        yield "kinds", "safety.criterion-empty", {}
    if what.within is not None and not what.after:
        yield "within", "safety.window-without-start", {}
    if Kind.UNCLASSIFIED in what.kinds:
        yield "kinds", "safety.kind-not-reported", {"kind": Kind.UNCLASSIFIED.value}
    alone = {kind for kind in what.kinds if kind in INCIDENTS | COMPUTED}
    if alone and what != Criterion(kinds=what.kinds):
        yield "kinds", "safety.kind-stands-alone", {"kind": ", ".join(sorted(alone))}
