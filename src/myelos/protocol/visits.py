"""Examinations: at a visit of the protocol or for another reason; visits missed, weights, deviations.

Measures are scored as they are recorded, under the edition of their table. A visit outside its window is
accepted, and a deviation stands beside it; one before the injury, without consent, after leaving or in the
future of the act is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from myelos.acts import Act, Code, Decision, Text
from myelos.findings import Finding
from myelos.protocol.asking import Around, early, shown, told, untimely
from myelos.protocol.consents import consent_current, entry_form, given_faults
from myelos.protocol.people import Person
from myelos.protocol.person_events import (
    DeviationKind,
    DeviationRecorded,
    Entries,
    ExaminationRecorded,
    Provenance,
    Taken,
    VisitMissed,
    VisitRecorded,
    WeightRecorded,
)
from myelos.protocol.results import take
from myelos.protocol.trial import Protocol, Visit
from myelos.protocol.windows import window
from myelos.shapes import named, value
from myelos.times import Instant, civil_date

Measures = Annotated[Mapping[Code, Entries], Field(min_length=1)]
"""What was entered, by measure and item."""


@named("protocol.record-visit")
@value
class RecordVisit:
    """Measures taken at a visit, by whom and when. A visit may be told in parts, each measure once."""

    person: Code
    visit: Code
    examined_at: Instant
    examiner: Code
    source: Provenance
    measures: Measures


@named("protocol.record-examination")
@value
class RecordExamination:
    """Measures taken at no visit, and why: a second examiner's, a complaint's."""

    person: Code
    examined_at: Instant
    examiner: Code
    source: Provenance
    reason: Text
    measures: Measures


@named("protocol.record-deviation")
@value
class RecordDeviation:
    """Something that was not as the protocol has it, in the teller's words (which are no place for names)."""

    person: Code
    kind: DeviationKind
    about: Code | None = None
    words: Text


def record_visit(person: Person, order: RecordVisit, act: Act, around: Around) -> Decision:
    """The measures scored, and the deviations: outside the window, under an outdated consent."""
    found = list(_when(person, order.examined_at, act, around))
    visit = next((each for each in around.protocol.visits if each.id == order.visit), None)
    if visit is None:
        known = ", ".join(each.id for each in around.protocol.visits)
        return Decision.of((), [*found, told("visit-unknown", "visit", read=order.visit, known=known)])
    found += _of_visit(person, visit, order.measures)
    taken, of_scores = _taken(order.measures, visit.measures, "measure-not-of-visit", around)
    made = VisitRecorded(
        person=person.code,
        visit=visit.id,
        examined_at=order.examined_at,
        examiner=order.examiner,
        source=order.source,
        taken=taken,
    )
    beside = (
        *outside_window(person, visit, order.examined_at),
        *_outdated_consent(person, order.examined_at, around.protocol, visit.id),
    )
    return Decision.of([made, *beside], [*found, *of_scores])


def record_examination(person: Person, order: RecordExamination, act: Act, around: Around) -> Decision:
    """An examination outside the plan of visits; any measure of the protocol."""
    found = list(_when(person, order.examined_at, act, around))
    taken, of_scores = _taken(order.measures, around.protocol.measures, "measure-not-of-protocol", around)
    made = ExaminationRecorded(
        person=person.code,
        examined_at=order.examined_at,
        examiner=order.examiner,
        source=order.source,
        reason=order.reason,
        taken=taken,
    )
    beside = _outdated_consent(person, order.examined_at, around.protocol, None)
    return Decision.of([made, *beside], [*found, *of_scores])


def _when(person: Person, at: datetime, act: Act, around: Around) -> Iterator[Finding]:
    yield from untimely(person, at, "examined_at")
    yield from examined_later(at, act)
    yield from given_faults(person, entry_form(around.protocol), at)


def examined_later(at: datetime, act: Act) -> Iterator[Finding]:
    """Nothing can be told before it was done."""
    if at > act.at:
        yield told("examined-in-future", "examined_at", at=shown(at), told=shown(act.at))


def _of_visit(person: Person, visit: Visit, measures: Mapping[str, object]) -> Iterator[Finding]:
    before = person.visit(visit.id)
    for measure in measures:
        if measure in before:
            params = {"measure": measure, "visit": visit.id, "at": shown(before[measure].at)}
            yield told("measure-taken-already", f"measures.{measure}", **params)
    if visit.anchor == "infusion" and person.infused_at is None and visit.day - visit.before > 0:
        yield told("visit-before-infusion", "visit", visit=visit.id)


def _taken(
    measures: Measures, allowed: tuple[str, ...], code: str, around: Around
) -> tuple[dict[str, Taken], list[Finding]]:
    taken: dict[str, Taken] = {}
    found: list[Finding] = []
    for id_, items in measures.items():
        key = f"measures.{id_}"
        if id_ not in allowed:
            found.append(told(code, key, measure=id_, allowed=", ".join(allowed)))
            continue
        taken[id_], of_scores = take(around.measure(id_), items, key)
        found += of_scores
    return taken, found


def anchor(person: Person, visit: Visit) -> date | None:
    """Day 0 of a visit: the civil date of the injury, or of the infusion; None while that has not come."""
    return person.day_0 if visit.anchor == "injury" else person.infusion_day


def outside_window(person: Person, visit: Visit, at: datetime) -> tuple[DeviationRecorded, ...]:
    """The deviation of a visit examined outside its window; none within, or while its day 0 has not come."""
    start = anchor(person, visit)
    days = 0 if start is None else window(visit, start).days_outside(civil_date(at, person.zone))
    if not days:
        return ()
    return (
        DeviationRecorded(person=person.code, kind="visit-window", about=visit.id, days=days, computed=True),
    )


def outside_at_infusion(person: Person, protocol: Protocol) -> tuple[DeviationRecorded, ...]:
    """Once day 0 of an infusion has come: the visits before it that turn out to lie outside their windows."""
    visits = {visit.id: visit for visit in protocol.visits if visit.anchor == "infusion"}
    early_ones = [each for each in person.examinations if each.visit in visits]
    return tuple(
        found for each in early_ones for found in outside_window(person, visits[str(each.visit)], each.at)
    )


def _outdated_consent(
    person: Person, at: datetime, protocol: Protocol, about: str | None
) -> tuple[DeviationRecorded, ...]:
    """Examined under consent to a version that was no longer in force: kept, and a deviation."""
    form = entry_form(protocol)
    if person.consent(form, at) is None or consent_current(person, form, at, protocol):
        return ()
    return (DeviationRecorded(person=person.code, kind="consent", about=about or form, computed=True),)


def miss_visit(person: Person, event: VisitMissed, act: Act, around: Around) -> Decision:
    """With a reason, and not before the last day of the window is over."""
    found = list(early(person, act.at))
    visit = next((each for each in around.protocol.visits if each.id == event.visit), None)
    if visit is None:
        known = ", ".join(each.id for each in around.protocol.visits)
        return Decision.of((), [*found, told("visit-unknown", "visit", read=event.visit, known=known)])
    if not event.reason.strip():
        found.append(told("reason-missing", "reason"))
    start = anchor(person, visit)
    if start is None:
        found.append(told("visit-without-day-0", "visit", visit=visit.id))
    elif civil_date(act.at, person.zone) <= (last := window(visit, start).last):
        found.append(told("window-still-open", "visit", visit=visit.id, last=last.isoformat()))
    if visit.id in person.missed:
        found.append(told("visit-missed-already", "visit", visit=visit.id))
    taken = person.visit(visit.id).keys()
    if taken and taken >= set(visit.measures):
        found.append(told("visit-done-already", "visit", visit=visit.id))
    return Decision.of([event], found)


def record_weight(person: Person, event: WeightRecorded, act: Act, around: Around) -> Decision:
    """A weight above 0 kg, measured at the time of the act; weighing is a procedure and asks for consent."""
    found = [*untimely(person, act.at), *given_faults(person, entry_form(around.protocol), act.at)]
    if event.weight.value <= 0:
        found.append(told("weight-not-positive", "weight", read=str(event.weight)))
    return Decision.of([event], found)


def record_deviation(person: Person, order: RecordDeviation, act: Act, around: Around) -> Decision:
    """A deviation that a person tells; it may be told of who has left."""
    found = list(early(person, act.at))
    if not order.words.strip():
        found.append(told("reason-missing", "words"))
    made = DeviationRecorded(
        person=person.code, kind=order.kind, about=order.about, words=order.words, computed=False
    )
    return Decision.of([made], found)
