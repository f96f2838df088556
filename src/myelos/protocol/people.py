"""One person in a trial: what is known of them, folded from their events. Nothing here forbids anything.

A person is a trial code and what was recorded under it; there is no field for a name. Whatever can be worked
out (the stage, whether consent holds on a day) is worked out and never stored.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from immutables import Map

from myelos.acts import Act
from myelos.protocol import person_events as e
from myelos.protocol.person_events import EVENTS, Correction, Provenance, Reason, Taken, Told
from myelos.quantities import Amount
from myelos.shapes import Frozen
from myelos.times import civil_date, day_after

__all__ = ["EVENTS", "Examination", "Person", "Stage", "evolve_person"]


class Stage(enum.StrEnum):
    """How far a person has come. ``REFUSED``: decided on at a gate, and none was ever passed."""

    SCREENED = "screened"
    CONSENTED = "consented"
    REFUSED = "refused"
    REGISTERED = "registered"
    INFUSED = "infused"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Recorded(Frozen):
    """A value, where it comes from, and who told it when. A corrected value keeps the time it was told."""

    value: Told
    source: Provenance
    act: Act


@dataclass(frozen=True, slots=True)
class Weighed(Frozen):
    """A weight in kg, with where it comes from and when it was measured (the time of the act)."""

    weight: Amount
    source: Provenance
    act: Act


@dataclass(frozen=True, slots=True)
class Leaving:
    """That a person left, or stopped treatment: how (the kind of event), and since when.

    ``by``: who recorded it, empty for a death, which an adverse event tells of. ``decided_by``: whose
    decision it was (the person, a representative, the investigator, the sponsor), None where it was nobody's.
    ``why``: in words, empty where none were given. ``last_contact``: of somebody lost.
    """

    how: str
    at: datetime
    by: str = ""
    decided_by: str | None = None
    why: str = ""
    last_contact: date | None = None


@dataclass(frozen=True, slots=True)
class Consented(Frozen):
    """A consent that was given, and how and when it was withdrawn, if it was."""

    given: e.ConsentGiven
    act: Act
    withdrawn: Leaving | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it was given by then and not withdrawn by then."""
        return self.act.at <= at and (self.withdrawn is None or self.withdrawn.at > at)


@dataclass(frozen=True, slots=True)
class GateDecision:
    """A decision at a gate, passed or not, with every reason."""

    gate: str
    passed: bool
    edition: str
    reasons: tuple[Reason, ...]
    act: Act


@dataclass(frozen=True, slots=True)
class Examination(Frozen):
    """Measures taken by one examiner at one time; ``visit`` is None where it belongs to none."""

    visit: str | None
    at: datetime
    examiner: str
    source: Provenance
    taken: Mapping[str, Taken]
    act: Act
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a visit, or the rest of it, was not done."""

    reason: str
    act: Act


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that was not as the protocol has it, and who recorded it when."""

    what: e.DeviationRecorded
    act: Act


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction: the old value and the new one stand in the event, the reason in the act."""

    what: Correction
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Frozen):
    """One person by trial ``code``. Tuples stand in the order of recording, not of time.

    ``onset`` is the injury (or the onset of the stroke), day 0 being its civil date in ``zone``. ``chain``,
    ``infused_at`` and ``died`` come from the cells and from the harms; nothing of this room sets them.
    """

    code: str
    site: str
    onset: datetime
    zone: str
    edition: str
    screened: Act
    group: str | None = None
    facts: Map[str, Recorded] = field(default_factory=Map)
    consents: tuple[Consented, ...] = ()
    declined: Leaving | None = None
    decisions: tuple[GateDecision, ...] = ()
    examinations: tuple[Examination, ...] = ()
    missed: Map[str, Missed] = field(default_factory=Map)
    weights: tuple[Weighed, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    chain: str | None = None
    infused_at: datetime | None = None
    off_treatment: Leaving | None = None
    off_follow_up: Leaving | None = None
    lost: Leaving | None = None
    died: datetime | None = None
    history: tuple[Corrected, ...] = ()

    @property
    def day_0(self) -> date:
        """The civil date of the injury (or onset) at the site."""
        return civil_date(self.onset, self.zone)

    @property
    def infusion_day(self) -> date | None:
        """The civil date of the infusion at the site, None before it."""
        return None if self.infused_at is None else civil_date(self.infused_at, self.zone)

    def day(self, at: datetime) -> int:
        """Civil days from day 0 to an instant."""
        return day_after(self.day_0, at, self.zone)

    def passed(self, gate: str) -> GateDecision | None:
        """The decision by which the person passed a gate, None while they have not."""
        return next((each for each in self.decisions if each.gate == gate and each.passed), None)

    def consent(self, form: str, at: datetime) -> Consented | None:
        """The last consent to a form that holds at an instant, whatever its version."""
        given = [each for each in self.consents if each.given.form == form and each.holds(at)]
        return max(given, key=lambda each: each.act.at, default=None)

    def visit(self, visit: str) -> Mapping[str, Examination]:
        """What was taken at a visit: by measure, the examination it was taken in."""
        found = [each for each in self.examinations if each.visit == visit]
        return {measure: each for each in found for measure in each.taken}

    @property
    def weight(self) -> Weighed | None:
        """The last weight by time, None where nobody was weighed."""
        return max(self.weights, key=lambda each: each.act.at, default=None)

    @property
    def own_consent_pending(self) -> tuple[str, ...]:
        """Forms a representative agreed to that the person has not yet agreed to since."""
        last = {each.given.form: each for each in self.consents if each.withdrawn is None}
        return tuple(form for form, each in last.items() if each.given.given_by == "representative")

    @property
    def left(self) -> Leaving | None:
        """How and when the person left, None while they are in the trial; the earliest of several."""
        return min(self._leavings(), key=lambda each: each.at, default=None)

    def _leavings(self) -> Iterator[Leaving]:
        if self.died is not None:
            yield Leaving("died", self.died)
        yield from (each for each in (self.off_follow_up, self.lost) if each is not None)
        withdrawn = [each.withdrawn for each in self.consents if each.withdrawn is not None]
        if withdrawn and len(withdrawn) == len(self.consents):
            yield max(withdrawn, key=lambda each: each.at)
        if self.declined is not None and not self.consents:
            yield self.declined

    @property
    def stage(self) -> Stage:
        """How far the person has come."""
        if self.left is not None:
            return Stage.LEFT
        if self.infused_at is not None:
            return Stage.INFUSED
        if any(each.passed for each in self.decisions):
            return Stage.REGISTERED
        if self.decisions:
            return Stage.REFUSED
        return Stage.CONSENTED if self.consents else Stage.SCREENED


def evolve_person(person: Person | None, event: Any, act: Act) -> Person:
    """The person after an event. Raises TypeError for what is no event of a person, and for any but the first
    where there is nobody yet: the ledger holds only what was decided, so that is a fault of the program."""
    if isinstance(event, e.Screened):
        return Person(
            code=event.person, site=act.site, onset=event.onset, zone=event.zone, edition=event.edition,
            screened=act,
        )  # fmt: skip
    fold = _FOLDS.get(type(event))
    if fold is None or person is None:
        raise TypeError(f"{type(event).__name__} cannot follow here")
    return fold(person, event, act)


Fold = Callable[[Person, Any, Act], Person]


def _facts(person: Person, event: e.FactsRecorded, act: Act) -> Person:
    told = {fact: Recorded(each, event.source, act) for fact, each in event.facts.items()}
    return person.but(facts=person.facts.update(told))


def _consent(person: Person, event: e.ConsentGiven, act: Act) -> Person:
    return person.but(consents=(*person.consents, Consented(event, act)))


def _withdrawn(person: Person, event: e.ConsentWithdrawn, act: Act) -> Person:
    who = "person" if event.withdrawn_by == "self" else event.withdrawn_by
    gone = Leaving(_how(event), act.at, act.by, who, event.reason)

    def after(each: Consented) -> Consented:
        same = each.given.form == event.form and each.withdrawn is None and each.act.at <= act.at
        return each.but(withdrawn=gone) if same else each

    return person.but(consents=tuple(after(each) for each in person.consents))


def _declined(person: Person, event: e.ConsentDeclined, act: Act) -> Person:
    return person.but(declined=Leaving(_how(event), act.at, act.by, None, event.reason))


def _gate(person: Person, event: e.GatePassed | e.GateRefused, act: Act) -> Person:
    passed = isinstance(event, e.GatePassed)
    decision = GateDecision(event.gate, passed, event.edition, event.reasons, act)
    return person.but(decisions=(*person.decisions, decision))


def _group(person: Person, event: e.GroupAssigned, act: Act) -> Person:
    return person.but(group=event.group)


def _visit(person: Person, event: e.VisitRecorded, act: Act) -> Person:
    made = Examination(event.visit, event.examined_at, event.examiner, event.source, event.taken, act)
    return person.but(examinations=(*person.examinations, made))


def _examination(person: Person, event: e.ExaminationRecorded, act: Act) -> Person:
    made = Examination(
        None, event.examined_at, event.examiner, event.source, event.taken, act, event.reason
    )  # fmt: skip
    return person.but(examinations=(*person.examinations, made))


def _missed(person: Person, event: e.VisitMissed, act: Act) -> Person:
    return person.but(missed=person.missed.set(event.visit, Missed(event.reason, act)))


def _weight(person: Person, event: e.WeightRecorded, act: Act) -> Person:
    return person.but(weights=(*person.weights, Weighed(event.weight, event.source, act)))


def _deviation(person: Person, event: e.DeviationRecorded, act: Act) -> Person:
    return person.but(deviations=(*person.deviations, Deviation(event, act)))


def _how(event: Any) -> str:
    return str(event.NAME.removeprefix("protocol."))


def _off_treatment(person: Person, event: e.TreatmentWithdrawn, act: Act) -> Person:
    return person.but(off_treatment=Leaving(_how(event), act.at, act.by, event.decided_by, event.reason))


def _off_follow_up(person: Person, event: e.FollowUpWithdrawn, act: Act) -> Person:
    return person.but(off_follow_up=Leaving(_how(event), act.at, act.by, event.decided_by, event.reason))


def _lost(person: Person, event: e.LostToFollowUp, act: Act) -> Person:
    gone = Leaving(_how(event), act.at, act.by, None, event.reason, event.last_contact)
    return person.but(lost=gone)


def _returned(person: Person, event: e.Returned, act: Act) -> Person:
    return person.but(lost=None)


# Corrections: the value changes where it stands, the old one stays in the history --------------------------


def _fact_corrected(person: Person, event: e.FactCorrected) -> Person:
    old = person.facts[event.fact]
    new = old.but(value=event.new, source=event.source)
    return person.but(facts=person.facts.set(event.fact, new))


def _item_corrected(person: Person, event: e.ItemCorrected) -> Person:
    old = person.examinations[event.examination]
    taken = old.taken[event.measure]
    items = {key: each for key, each in taken.items.items() if key != event.item}
    if event.new is not None:
        items[event.item] = event.new
    new = Taken(edition=taken.edition, items=items, results=event.results)
    return _examined(person, event.examination, old.but(taken={**old.taken, event.measure: new}))


def _examined_at_corrected(person: Person, event: e.ExaminedAtCorrected) -> Person:
    old = person.examinations[event.examination]
    return _examined(person, event.examination, old.but(at=event.new))


def _examined(person: Person, position: int, new: Examination) -> Person:
    before, after = person.examinations[:position], person.examinations[position + 1 :]
    return person.but(examinations=(*before, new, *after))


def _weight_corrected(person: Person, event: e.WeightCorrected) -> Person:
    old = person.weights[event.position]
    new = old.but(weight=event.new, source=event.source)
    weights = (*person.weights[: event.position], new, *person.weights[event.position + 1 :])
    return person.but(weights=weights)


def _onset_corrected(person: Person, event: e.OnsetCorrected) -> Person:
    return person.but(onset=event.new)


def _group_corrected(person: Person, event: e.GroupCorrected) -> Person:
    return person.but(group=event.new)


def _correction(change: Callable[[Person, Any], Person]) -> Fold:
    def fold(person: Person, event: Any, act: Act) -> Person:
        return change(person, event).but(history=(*person.history, Corrected(event, act)))

    return fold


_FOLDS: Mapping[type, Fold] = {
    e.FactsRecorded: _facts,
    e.ConsentGiven: _consent,
    e.ConsentDeclined: _declined,
    e.ConsentWithdrawn: _withdrawn,
    e.GatePassed: _gate,
    e.GateRefused: _gate,
    e.GroupAssigned: _group,
    e.VisitRecorded: _visit,
    e.ExaminationRecorded: _examination,
    e.VisitMissed: _missed,
    e.WeightRecorded: _weight,
    e.DeviationRecorded: _deviation,
    e.TreatmentWithdrawn: _off_treatment,
    e.FollowUpWithdrawn: _off_follow_up,
    e.LostToFollowUp: _lost,
    e.Returned: _returned,
    e.FactCorrected: _correction(_fact_corrected),
    e.ItemCorrected: _correction(_item_corrected),
    e.ExaminedAtCorrected: _correction(_examined_at_corrected),
    e.WeightCorrected: _correction(_weight_corrected),
    e.OnsetCorrected: _correction(_onset_corrected),
    e.GroupCorrected: _correction(_group_corrected),
}
