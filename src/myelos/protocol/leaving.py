"""Leaving: treatment given up, follow-up given up, lost, found again. What was recorded stays.

Who leaves treatment is still examined; who leaves follow-up is not. Something done after the day of leaving,
but told before anybody knew of it, is kept and is a deviation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from myelos.acts import Act, Decision
from myelos.findings import Finding
from myelos.protocol.asking import Around, early, gone, shown, told, untimely
from myelos.protocol.people import Leaving, Person
from myelos.protocol.person_events import (
    DeviationRecorded,
    FollowUpWithdrawn,
    LostToFollowUp,
    Returned,
    TreatmentWithdrawn,
)
from myelos.times import civil_date


def after_leaving(person: Person, since: datetime) -> tuple[DeviationRecorded, ...]:
    """A deviation for every examination, and every gate passed, that is on record after ``since``."""
    about = [each.visit for each in person.examinations if each.at > since]
    about += [each.gate for each in person.decisions if each.passed and each.act.at > since]
    return tuple(
        DeviationRecorded(person=person.code, kind="after-leaving", about=each, computed=True)
        for each in about
    )


def withdraw_treatment(person: Person, event: TreatmentWithdrawn, act: Act, around: Around) -> Decision:
    """No more collections, no infusion."""
    found = [*untimely(person, act.at), *_already(person.off_treatment)]
    return Decision.of([event], found)


def withdraw_follow_up(person: Person, event: FollowUpWithdrawn, act: Act, around: Around) -> Decision:
    """No more visits. Who is lost can still be heard to withdraw."""
    found = [*early(person, act.at), *_already(person.off_follow_up)]
    found += gone(person, act.at, but=("lost-to-follow-up", "follow-up-withdrawn"))
    return Decision.of([event, *after_leaving(person, act.at)], found)


def lose(person: Person, event: LostToFollowUp, act: Act, around: Around) -> Decision:
    """Nobody has heard of the person since the last contact, which lies between the injury and the act."""
    found = [*early(person, act.at), *_already(person.lost)]
    found += gone(person, act.at, but=("lost-to-follow-up",))
    if not person.day_0 <= event.last_contact <= civil_date(act.at, person.zone):
        read, onset = event.last_contact.isoformat(), person.day_0.isoformat()
        found.append(
            told("last-contact-out-of-time", "last_contact", read=read, onset=onset, at=shown(act.at))
        )
    return Decision.of([event, *after_leaving(person, act.at)], found)


def _already(before: Leaving | None) -> Iterator[Finding]:
    if before is not None:
        yield told("told-already", "at", how=before.how, since=shown(before.at))


def come_back(person: Person, event: Returned, act: Act, around: Around) -> Decision:
    """Only who was lost can be found again, and not before."""
    if person.lost is None:
        return Decision.of((), [told("not-lost", "person", person=person.code)])
    found = list(early(person, act.at))
    if act.at < person.lost.at:
        found.append(told("returned-before-lost", "at", since=shown(person.lost.at)))
    return Decision.of([event], found)
