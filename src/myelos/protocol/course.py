"""A person's course through a trial: what may be asked of it, and which rule answers.

:func:`decide_person` gives the events of a command, or every finding that forbids it; the fold of the events
is :func:`myelos.protocol.people.evolve_person`. What cells, harms and sites have to say comes in as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.measures import Measure
from myelos.protocol import consents, corrections, enrolment, leaving, visits
from myelos.protocol import person_events as e
from myelos.protocol.asking import Around, Rule, told
from myelos.protocol.people import Person
from myelos.protocol.trial import Protocol

RULES: Mapping[type, Rule] = {
    e.FactsRecorded: enrolment.record_facts,
    e.ConsentGiven: consents.give,
    e.ConsentDeclined: consents.decline,
    e.ConsentWithdrawn: consents.withdraw,
    enrolment.DecideGate: enrolment.decide_gate,
    e.GroupAssigned: enrolment.assign_group,
    visits.RecordVisit: visits.record_visit,
    visits.RecordExamination: visits.record_examination,
    e.VisitMissed: visits.miss_visit,
    e.WeightRecorded: visits.record_weight,
    visits.RecordDeviation: visits.record_deviation,
    e.TreatmentWithdrawn: leaving.withdraw_treatment,
    e.FollowUpWithdrawn: leaving.withdraw_follow_up,
    e.LostToFollowUp: leaving.lose,
    e.Returned: leaving.come_back,
    corrections.CorrectFact: corrections.correct_fact,
    corrections.CorrectItem: corrections.correct_item,
    corrections.CorrectExaminedAt: corrections.correct_examined_at,
    corrections.CorrectWeight: corrections.correct_weight,
    corrections.CorrectOnset: corrections.correct_onset,
    corrections.CorrectGroup: corrections.correct_group,
    corrections.CorrectPersonIdentity: corrections.correct_identity,
}
"""Which rule answers which command about a person who is known."""

COMMANDS: tuple[type, ...] = (enrolment.Screen, *RULES)
"""Every command about a person."""

_NONE: Mapping[str, Measure] = MappingProxyType({})


def decide_person(
    person: Person | None,
    command: Any,
    act: Act,
    protocol: Protocol,
    *,
    zone: str,
    product: Answer,
    blocked: tuple[str, ...],
    own: Mapping[str, Measure] = _NONE,
) -> Decision:
    """The events of a command about a person, or every finding that forbids it.

    ``person`` is None while nobody of that code is known. ``zone``: the site's. ``product``: whether a lot of
    the person's own cells is released. ``blocked``: stopping rules hit and not decided on. ``own``: the
    user's own measures. Raises TypeError for what is no command about a person.
    """
    around = Around(protocol, zone, product, blocked, own)
    if isinstance(command, enrolment.Screen):
        return enrolment.screen(person, command, act, around)
    rule = RULES.get(type(command))
    if rule is None:
        raise TypeError(f"{type(command).__name__} is no command about a person")
    if person is None:
        return Decision.of((), [told("person-unknown", "person", person=command.person)])
    if person.code != command.person:
        raise TypeError(f"{command.person} was asked about and {person.code} given")
    return rule(person, command, act, around)
