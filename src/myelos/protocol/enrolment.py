"""Enrolment: a person becomes known, facts are told, a gate is decided with every reason, a group is given.

A gate is passed only if *every* criterion is yes, judged on what was known when it was decided. A refusal is
an event as well, with its reasons; findings forbid the decision itself (out of order, no current consent).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from myelos.acts import Act, Code, Decision
from myelos.answers import Answer
from myelos.findings import Finding, Place, Severity
from myelos.measures import Output
from myelos.protocol.asking import Around, shown, told, untimely
from myelos.protocol.consents import consent_faults, entry_form, given_faults
from myelos.protocol.criteria import Judged, Known, judge
from myelos.protocol.people import Person
from myelos.protocol.person_events import (
    FactsRecorded,
    GatePassed,
    GateRefused,
    GroupAssigned,
    Reason,
    Screened,
    Told,
)
from myelos.protocol.results import output
from myelos.protocol.trial import Fact, Gate, MeasureCriterion
from myelos.quantities import Amount
from myelos.shapes import named, value
from myelos.times import Instant


@named("protocol.screen")
@value
class Screen:
    """Make a person known, before any procedure. ``onset``: the injury, or the onset of the stroke."""

    person: Code
    onset: Instant


@named("protocol.decide-gate")
@value
class DecideGate:
    """Ask for a decision at a gate, on what was known when the act was done."""

    person: Code
    gate: Code


def screen(person: Person | None, order: Screen, act: Act, around: Around) -> Decision:
    """Once a person, and not before the injury."""
    found = []
    if person is not None:
        found.append(told("screened-already", "person", person=order.person))
    if order.onset > act.at:
        found.append(told("before-onset", "onset", at=shown(act.at), onset=shown(order.onset)))
    made = Screened(person=order.person, onset=order.onset, zone=around.zone, edition=around.protocol.edition)
    return Decision.of([made], found)


# Facts ----------------------------------------------------------------------------------------------------


def record_facts(person: Person, event: FactsRecorded, act: Act, around: Around) -> Decision:
    """Facts the protocol asks, each of its kind, told once: another answer later is a correction."""
    found = [*untimely(person, act.at), *given_faults(person, entry_form(around.protocol), act.at)]
    asked = {fact.id: fact for fact in around.protocol.facts}
    for id_, read in event.facts.items():
        key = f"facts.{id_}"
        if id_ not in asked:
            found.append(told("fact-unknown", key, fact=id_))
            continue
        found += fact_faults(asked[id_], read, key)
        old = person.facts.get(id_)
        if old is not None and old.value is not None:
            found.append(told("fact-told-already", key, fact=id_, value=str(old.value)))
    return Decision.of([event], found)


def fact_faults(fact: Fact, read: Told, key: str) -> Iterator[Finding]:
    """What keeps an answer from being one of this fact's. Unknown always is one."""
    if read is None:
        return
    if fact.kind == "number":
        if not isinstance(read, Amount):
            yield told("fact-not-a-number", key, fact=fact.id, read=read, unit=str(fact.unit))
        elif read.unit != fact.unit:
            yield told("fact-wrong-unit", key, fact=fact.id, read=str(read), unit=str(fact.unit))
        return
    allowed = fact.allowed if fact.kind == "word" else ("yes", "no")
    if read not in allowed:
        yield told("fact-not-allowed", key, fact=fact.id, read=str(read), allowed=", ".join(allowed))


# Gates ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What stands against passing a gate: what forbids the decision, and every criterion with its answer."""

    forbidden: tuple[Finding, ...]
    judged: tuple[Judged, ...]

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """Everything in the way, empty when the gate would be passed."""
        return (*self.forbidden, *(each.finding for each in self.judged if each.answer is not Answer.YES))


def why_not(person: Person, gate: Gate, at: datetime, around: Around) -> WhyNot:
    """All reasons why a person does not pass a gate at an instant. Unknown is a reason."""
    return WhyNot(tuple(_forbidden(person, gate, at, around)), judged_at(person, gate, at, around))


def _forbidden(person: Person, gate: Gate, at: datetime, around: Around) -> Iterator[Finding]:
    yield from untimely(person, at)
    yield from consent_faults(person, gate.consent, at, around.protocol)
    if (before := person.passed(gate.id)) is not None:
        yield told("gate-passed-already", "gate", gate=gate.id, at=shown(before.act.at))
    yield from _order(person, gate, at, around)
    if gate.before == "follow-up":
        return
    if person.off_treatment is not None and at >= person.off_treatment.at:
        yield told("treatment-withdrawn", "gate", gate=gate.id, since=shown(person.off_treatment.at))
    if around.blocked:
        yield told("gate-blocked", "gate", gate=gate.id, rules=", ".join(around.blocked))


def _order(person: Person, gate: Gate, at: datetime, around: Around) -> Iterator[Finding]:
    """Gates are passed in the order of the protocol, in time too."""
    ids = [each.id for each in around.protocol.gates]
    for id_ in ids[: ids.index(gate.id)]:
        earlier = person.passed(id_)
        if earlier is None:
            yield told("gate-out-of-order", "gate", gate=gate.id, missing=id_)
        elif earlier.act.at > at:
            yield told("gate-before-earlier-one", "at", gate=gate.id, other=id_, at=shown(earlier.act.at))


def judged_at(person: Person, gate: Gate, at: datetime, around: Around) -> tuple[Judged, ...]:
    """Every criterion of a gate held against what was known at an instant; what was told later is unknown."""
    known = _known(person, gate, at, around)
    return tuple(judge(criterion, known) for criterion in gate.criteria)


def _known(person: Person, gate: Gate, at: datetime, around: Around) -> Known:
    facts = {id_: each.value for id_, each in person.facts.items() if each.act.at <= at}
    outputs: dict[tuple[str, str, str], Output] = {}
    for asked in gate.criteria:
        if not isinstance(asked, MeasureCriterion):
            continue
        examined = person.visit(asked.visit).get(asked.measure)
        if examined is not None and examined.at <= at:
            made = output(around.measure(asked.measure), examined.taken[asked.measure], asked.output)
            if made is not None:
                outputs[asked.visit, asked.measure, asked.output] = made
    return Known(facts=facts, outputs=outputs, days=person.day(at), product=around.product)


def decide_gate(person: Person, order: DecideGate, act: Act, around: Around) -> Decision:
    """Passed or refused, with every reason; forbidden where the question may not even be asked."""
    protocol = around.protocol
    gate = next((each for each in protocol.gates if each.id == order.gate), None)
    if gate is None:
        known = ", ".join(each.id for each in protocol.gates)
        unknown = told("gate-unknown", "gate", read=order.gate, known=known)
        return Decision.of((), [*untimely(person, act.at), unknown])
    why = why_not(person, gate, act.at, around)
    if why.forbidden:
        unmet = (each.finding for each in why.judged if each.answer is not Answer.YES)
        return Decision.of((), [*why.forbidden, *map(_as_note, unmet)])
    passed = all(each.answer is Answer.YES for each in why.judged)
    made = GatePassed if passed else GateRefused
    reasons = tuple(_reason(each) for each in why.judged)
    event = made(person=person.code, gate=gate.id, edition=protocol.edition, reasons=reasons)
    return Decision.of([event], ())


def _as_note(finding: Finding) -> Finding:
    return Finding(finding.code, Place(column="gate"), finding.params, Severity.NOTE)


def _reason(judged: Judged) -> Reason:
    return Reason(
        criterion=judged.criterion,
        answer=judged.answer,
        code=judged.finding.code,
        params=judged.finding.params,
    )


# Groups ---------------------------------------------------------------------------------------------------


def assign_group(person: Person, event: GroupAssigned, act: Act, around: Around) -> Decision:
    """One group a person; whoever was infused is in no group that is not."""
    found = list(untimely(person, act.at))
    if person.group is not None:
        found.append(told("group-assigned-already", "group", group=person.group))
    return Decision.of([event], [*found, *group_faults(person, event.group, around)])


def group_faults(person: Person, group: str, around: Around) -> Iterator[Finding]:
    """A group of the protocol, and none that the infusion contradicts."""
    groups = {each.id: each for each in around.protocol.groups}
    if group not in groups:
        yield told("group-unknown", "group", read=group, known=", ".join(groups))
    elif person.infused_at is not None and not groups[group].infused:
        yield told("group-contradicts-infusion", "group", group=group)
