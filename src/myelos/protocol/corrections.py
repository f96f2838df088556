"""Corrections: a value told wrongly is told again, with a reason and a source; the old one stays readable.

Who a person is cannot be corrected: neither the code, nor whose injury it was, nor the chain of identity.
A correction that takes away what a passed gate rested on is accepted, and a deviation stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from myelos.acts import Act, Code, Decision, Text
from myelos.answers import Answer
from myelos.findings import Finding
from myelos.protocol.asking import Around, no_reason, shown, told, untimely
from myelos.protocol.consents import entry_form, given_faults
from myelos.protocol.enrolment import fact_faults, group_faults, judged_at
from myelos.protocol.people import Examination, Person, evolve_person
from myelos.protocol.person_events import (
    Correction,
    DeviationRecorded,
    Entered,
    ExaminedAtCorrected,
    FactCorrected,
    GroupCorrected,
    ItemCorrected,
    OnsetCorrected,
    Position,
    Provenance,
    Told,
    Weight,
    WeightCorrected,
)
from myelos.protocol.results import take
from myelos.protocol.visits import examined_later, outside_window
from myelos.shapes import named, value
from myelos.times import Instant


@named("protocol.correct-fact")
@value
class CorrectFact:
    person: Code
    fact: Code
    new: Told
    source: Provenance


@named("protocol.correct-item")
@value
class CorrectItem:
    """One item of a measure in the examination at that position; ``new`` None: the item was not there."""

    person: Code
    examination: Position
    measure: Code
    item: Code
    new: Entered | None
    source: Provenance


@named("protocol.correct-examined-at")
@value
class CorrectExaminedAt:
    person: Code
    examination: Position
    new: Instant
    source: Provenance


@named("protocol.correct-weight")
@value
class CorrectWeight:
    person: Code
    position: Position
    new: Weight
    source: Provenance


@named("protocol.correct-onset")
@value
class CorrectOnset:
    """When the injury was; whose it was cannot be corrected."""

    person: Code
    new: Instant
    source: Provenance


@named("protocol.correct-group")
@value
class CorrectGroup:
    person: Code
    new: Code
    source: Provenance


@named("protocol.correct-person-identity")
@value
class CorrectPersonIdentity:
    """A request that is always refused: code, owner of the onset and chain cannot be corrected."""

    person: Code
    field: Literal["person", "onset-of", "chain"]
    new: Text


def correct_fact(person: Person, order: CorrectFact, act: Act, around: Around) -> Decision:
    """Another answer to a fact that was told."""
    found = list(no_reason(act))
    old = person.facts.get(order.fact)
    if old is None:
        return _nothing(found, "fact", order.fact)
    found += [*_earlier(act, old.act), *_unchanged(old.value, order.new)]
    asked = [fact for fact in around.protocol.facts if fact.id == order.fact]
    found += [each for fact in asked for each in fact_faults(fact, order.new, "new")]
    made = FactCorrected(
        person=person.code, fact=order.fact, old=old.value, new=order.new, source=order.source
    )
    return _decision(person, made, act, around, found)


def correct_item(person: Person, order: CorrectItem, act: Act, around: Around) -> Decision:
    """Another entry for an item; the measure is scored again under the edition it was recorded under."""
    found = list(no_reason(act))
    examined = _examination(person, order.examination)
    if examined is None or order.measure not in examined.taken:
        return _nothing(found, "measure", f"{order.examination}/{order.measure}")
    taken, measure = examined.taken[order.measure], around.measure(order.measure)
    old = taken.items.get(order.item)
    found += [*_earlier(act, examined.act), *_unchanged(old, order.new)]
    if measure.edition != taken.edition:
        params = {"measure": order.measure, "edition": taken.edition, "at_hand": measure.edition}
        found.append(told("edition-not-at-hand", "measure", **params))
    items = {key: each for key, each in taken.items.items() if key != order.item}
    if order.new is not None:
        items[order.item] = order.new
    again, of_scores = take(measure, items, order.measure)
    made = ItemCorrected(
        person=person.code,
        examination=order.examination,
        measure=order.measure,
        item=order.item,
        old=old,
        new=order.new,
        results=again.results,
        source=order.source,
    )
    return _decision(person, made, act, around, [*found, *of_scores])


def correct_examined_at(person: Person, order: CorrectExaminedAt, act: Act, around: Around) -> Decision:
    """Another time of an examination, which must be one at which it could have been done."""
    found = list(no_reason(act))
    examined = _examination(person, order.examination)
    if examined is None:
        return _nothing(found, "examination", str(order.examination))
    found += [*_earlier(act, examined.act), *_unchanged(examined.at, order.new)]
    found += [*untimely(person, order.new, "new"), *examined_later(order.new, examined.act)]
    found += given_faults(person, entry_form(around.protocol), order.new)
    made = ExaminedAtCorrected(
        person=person.code,
        examination=order.examination,
        old=examined.at,
        new=order.new,
        source=order.source,
    )
    visits = [each for each in around.protocol.visits if each.id == examined.visit]
    beside = [each for visit in visits for each in outside_window(person, visit, order.new)]
    return _decision(person, made, act, around, found, beside)


def correct_weight(person: Person, order: CorrectWeight, act: Act, around: Around) -> Decision:
    """Another weight for one that was recorded."""
    found = list(no_reason(act))
    if order.position >= len(person.weights):
        return _nothing(found, "weight", str(order.position))
    weighed = person.weights[order.position]
    found += [*_earlier(act, weighed.act), *_unchanged(weighed.weight, order.new)]
    if order.new.value <= 0:
        found.append(told("weight-not-positive", "new", read=str(order.new)))
    made = WeightCorrected(
        person=person.code, position=order.position, old=weighed.weight, new=order.new, source=order.source
    )
    return _decision(person, made, act, around, found)


def correct_onset(person: Person, order: CorrectOnset, act: Act, around: Around) -> Decision:
    """Another time of the injury, not after the person was screened or agreed: all else follows a consent."""
    found = [*no_reason(act), *_unchanged(person.onset, order.new)]
    first = min(person.screened.at, *(each.act.at for each in person.consents))
    if order.new > first:
        found.append(told("before-onset", "new", at=shown(first), onset=shown(order.new)))
    made = OnsetCorrected(person=person.code, old=person.onset, new=order.new, source=order.source)
    return _decision(person, made, act, around, found)


def correct_group(person: Person, order: CorrectGroup, act: Act, around: Around) -> Decision:
    """Another group than the one assigned."""
    found = list(no_reason(act))
    if person.group is None:
        return _nothing(found, "group", "-")
    found += [*_unchanged(person.group, order.new), *group_faults(person, order.new, around)]
    made = GroupCorrected(person=person.code, old=person.group, new=order.new, source=order.source)
    return _decision(person, made, act, around, found)


def correct_identity(person: Person, order: CorrectPersonIdentity, act: Act, around: Around) -> Decision:
    """Never: whose the data and the cells are is not a value that somebody told."""
    return Decision.of((), [*no_reason(act), told("identity-not-correctable", "field", field=order.field)])


def _examination(person: Person, position: int) -> Examination | None:
    return person.examinations[position] if position < len(person.examinations) else None


def _nothing(found: list[Finding], kind: str, name: str) -> Decision:
    return Decision.of((), [*found, told("nothing-to-correct", kind, kind=kind, read=name)])


def _earlier(act: Act, corrected: Act) -> Iterator[Finding]:
    """Nothing is corrected before it was told."""
    if act.at < corrected.at:
        yield told("correction-too-early", "at", at=shown(act.at), told=shown(corrected.at))


def _unchanged(old: object, new: object) -> Iterator[Finding]:
    if old == new:
        yield told("correction-changes-nothing", "new", value=str(old))


def _decision(
    person: Person,
    made: Correction,
    act: Act,
    around: Around,
    found: list[Finding],
    beside: list[Any] | None = None,
) -> Decision:
    decision = Decision.of([made, *(beside or ())], found)
    if decision.forbidden:
        return decision
    lost = _lost_gates(person, evolve_person(person, made, act), around)
    return Decision.of([*decision.events, *lost], found)


def _lost_gates(before: Person, after: Person, around: Around) -> Iterator[DeviationRecorded]:
    """A deviation for every passed gate that the corrected record no longer passes, and the old one did.

    The cells are left as they were judged then: a correction of a person's record says nothing of them.
    """
    for gate in around.protocol.gates:
        decision = before.passed(gate.id)
        if decision is None:
            continue
        at = decision.act.at
        pairs = zip(judged_at(before, gate, at, around), judged_at(after, gate, at, around), strict=True)
        if any(old.answer is Answer.YES and new.answer is not Answer.YES for old, new in pairs):
            yield DeviationRecorded(person=before.code, kind="eligibility", about=gate.id, computed=True)
