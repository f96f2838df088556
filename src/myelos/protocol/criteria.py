"""Whether a person meets a criterion: yes, no or unknown, and why. An unknown never becomes yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from myelos.answers import Answer
from myelos.findings import Finding, Param, Severity
from myelos.measures import Output
from myelos.protocol.trial import (
    Criterion,
    DaysCriterion,
    MeasureCriterion,
    NumberCriterion,
    ProductCriterion,
    WordCriterion,
    YesNoCriterion,
)
from myelos.quantities import Amount

Told = Amount | str | None
"""What was told of a fact: an amount, ``yes`` or ``no``, one of its words; None: asked, and not known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person when a gate is judged; what is not in here is unknown.

    ``outputs``: by visit, measure and name. ``days``: civil days from day 0 to the gate, None while day 0 is
    not known. ``product``: whether a lot of the person's own cells is released.
    """

    facts: Mapping[str, Told] = field(default_factory=dict)
    outputs: Mapping[tuple[str, str, str], Output] = field(default_factory=dict)
    days: int | None = None
    product: Answer = Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion's answer with the finding that says why: a note for yes, an error for no and unknown."""

    criterion: str
    answer: Answer
    finding: Finding


def judge(criterion: Criterion, known: Known) -> Judged:
    """Hold one criterion against what is known. A fact told in another unit, or by a word that is none of its
    answers, is no answer: unknown."""
    match criterion:
        case NumberCriterion():
            told = known.facts.get(criterion.fact)
            limits = {"low": _shown(criterion.low), "high": _shown(criterion.high)}
            return _judged(criterion, _number(criterion, told), told, **limits)
        case WordCriterion():
            told = known.facts.get(criterion.fact)
            answer = _answer(isinstance(told, str), told in criterion.allowed)
            return _judged(criterion, answer, told, allowed=", ".join(criterion.allowed))
        case YesNoCriterion():
            told = known.facts.get(criterion.fact)
            answer = _answer(told in ("yes", "no"), told == criterion.must_be)
            return _judged(criterion, answer, told, must_be=criterion.must_be)
        case DaysCriterion():
            limits = {"low": _shown(criterion.low), "high": _shown(criterion.high)}
            return _judged(criterion, _days(criterion, known.days), known.days, **limits)
        case MeasureCriterion():
            output = known.outputs.get((criterion.visit, criterion.measure, criterion.output))
            return _judged(criterion, _measure(criterion, output), output, **_asked(criterion))
        case ProductCriterion():
            return _judged(criterion, known.product, None)


def _judged(criterion: Criterion, answer: Answer, read: object, **asked: Param) -> Judged:
    params = {"criterion": criterion.id, "read": _shown(read), **asked}
    severity = Severity.NOTE if answer is Answer.YES else Severity.ERROR
    code = f"protocol.criterion-{criterion.kind}-{answer.value}"
    return Judged(criterion.id, answer, Finding(code, params=params, severity=severity))


def _shown(read: object) -> str:
    return "-" if read is None else str(read)


def _answer(known: bool, met: bool) -> Answer:
    if not known:
        return Answer.UNKNOWN
    return Answer.YES if met else Answer.NO


def _number(criterion: NumberCriterion, told: Told) -> Answer:
    limits = [limit for limit in (criterion.low, criterion.high) if limit is not None]
    if not isinstance(told, Amount) or any(limit.unit != told.unit for limit in limits):
        return Answer.UNKNOWN
    above = criterion.low is None or told >= criterion.low
    return _answer(True, above and (criterion.high is None or told <= criterion.high))


def _days(criterion: DaysCriterion, days: int | None) -> Answer:
    if days is None:
        return Answer.UNKNOWN
    above = criterion.low is None or days >= criterion.low
    return _answer(True, above and (criterion.high is None or days <= criterion.high))


def _measure(criterion: MeasureCriterion, output: Output | None) -> Answer:
    if output is None:
        return Answer.UNKNOWN
    if criterion.allowed:
        return output.is_one_of(criterion.allowed)
    return output.within(criterion.low, criterion.high)


def _asked(criterion: MeasureCriterion) -> dict[str, Param]:
    """The output and what it must be, in one text: its values, or its range."""
    span = f"{_shown(criterion.low)} … {_shown(criterion.high)}"
    where = {"measure": criterion.measure, "output": criterion.output, "visit": criterion.visit}
    return {**where, "asked": ", ".join(criterion.allowed) or span}
