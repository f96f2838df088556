"""Leaving, and what still follows: treatment given up, follow-up given up, lost, found again, dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.protocol.enrolled import (
    P1,
    SCALE,
    TRIAL,
    act,
    agree,
    asked,
    codes,
    done,
    examine,
    facts,
    infused,
    on,
    ready,
    registered,
    screened,
)

from myelos.answers import Answer
from myelos.protocol import person_events as e
from myelos.protocol.enrolment import DecideGate
from myelos.protocol.people import Person, Stage
from myelos.protocol.visits import RecordDeviation
from myelos.protocol.worklist import visit_list, worklist
from myelos.quantities import Amount

TREATMENT = e.TreatmentWithdrawn(person=P1, decided_by="person")
FOLLOW_UP = e.FollowUpWithdrawn(person=P1, decided_by="investigator", reason="moved abroad")
LOST = e.LostToFollowUp(person=P1, last_contact=date(2026, 2, 20))
BACK = e.Returned(person=P1)
WEIGHT = e.WeightRecorded(person=P1, weight=Amount.of("70 kg"), source=SCALE)


def test_who_gives_up_treatment_is_not_infused_and_is_still_examined() -> None:
    """The gate before the infusion is closed; the visits go on."""
    person = done(ready(), TREATMENT, act(41))
    second = DecideGate(person=P1, gate="second")
    assert codes(asked(person, second, act(42), product=Answer.YES)) == ["treatment-withdrawn"]
    assert codes(asked(person, second, act(41), product=Answer.YES)) == ["treatment-withdrawn"]
    assert codes(asked(person, second, act(40.5), product=Answer.YES)) == []
    assert codes(asked(person, examine("month-6", 180), act(180))) == []
    assert person.left is None
    rows = {row.visit: row for row in visit_list(person, TRIAL, date(2026, 7, 1))}
    assert (rows["month-6"].expected, rows["week-1"].expected) == (True, False)


def test_who_gives_up_follow_up_is_not_examined_any_more() -> None:
    """Nothing is recorded as done after the withdrawal, and no visit is waited for."""
    person = done(infused(), FOLLOW_UP, act(60))
    assert person.stage is Stage.LEFT
    for command in (examine("month-6", 180), WEIGHT, facts(level="cervical")):
        assert codes(asked(person, command, act(180))) == ["has-left"]
    rows = {row.visit: row for row in visit_list(person, TRIAL, date(2026, 9, 1))}
    assert not rows["month-6"].expected
    assert worklist([person], TRIAL, on(200))[0].kind == "visit-overdue"  # week 1, due before the leaving


def test_what_was_done_before_leaving_can_be_told_after() -> None:
    """Acts are entered late: an examination before the withdrawal is no less one."""
    person = done(infused(), FOLLOW_UP, act(60))
    assert codes(asked(person, examine("week-1", 52), act(52))) == []
    assert codes(asked(person, WEIGHT, act(60))) == []


@pytest.mark.parametrize(
    "command", [FOLLOW_UP, e.ConsentWithdrawn(person=P1, form="main", withdrawn_by="self")]
)
def test_what_was_done_after_leaving_but_told_before_is_kept_as_a_deviation(command: Any) -> None:
    """A withdrawal told late does not undo examinations; each stands beside it as a deviation."""
    person = done(infused(), examine("week-1", 52), act(52))
    decision = asked(person, command, act(43))
    assert decision.findings == ()
    assert [event.about for event in decision.events[1:]] == ["week-1", "second"]
    assert {(event.kind, event.computed) for event in decision.events[1:]} == {("after-leaving", True)}


@pytest.mark.parametrize("command", [FOLLOW_UP, LOST])
def test_what_was_done_at_the_instant_of_leaving_is_no_deviation(command: Any) -> None:
    """Who says at a visit that it is the last one was examined in time; what came later was not."""
    person = done(infused(), examine("week-1", 52), act(52))
    assert len(asked(person, command, act(52)).events) == 1
    assert [event.about for event in asked(person, command, act(51.5)).events[1:]] == ["week-1"]
    assert (
        len(asked(ready(), e.LostToFollowUp(person=P1, last_contact=date(2026, 1, 1)), act(40)).events) == 1
    )
    assert [event.about for event in asked(infused(), FOLLOW_UP, act(44)).events[1:]] == []


def test_a_person_lost_is_found_again_and_examined() -> None:
    """Lost is not gone: who is found goes on."""
    person = done(infused(), LOST, act(100))
    assert codes(asked(person, examine("month-6", 180), act(180))) == ["has-left"]
    assert codes(asked(person, BACK, act(100))) == []
    person = done(person, BACK, act(170))
    assert person.left is None
    assert codes(asked(person, examine("month-6", 180), act(180))) == []
    assert codes(asked(person, BACK, act(181))) == ["not-lost"]


def test_who_is_lost_can_still_be_heard_to_withdraw() -> None:
    """A letter from a person who was lost ends the follow-up for good."""
    person = done(done(infused(), LOST, act(100)), FOLLOW_UP, act(120))
    assert person.left is not None
    assert codes(asked(person, FOLLOW_UP, act(130))) == ["told-already"]


def test_the_last_contact_lies_between_the_injury_and_the_act() -> None:
    """Nobody was heard of before the injury, or after today."""
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 4, 11), date(2026, 4, 12)]
    told = [codes(asked(infused(), e.LostToFollowUp(person=P1, last_contact=day), act(100))) for day in days]
    assert told == [["last-contact-out-of-time"], [], [], ["last-contact-out-of-time"]]


def test_nobody_leaves_twice_or_comes_back_before_leaving() -> None:
    """The same leaving told twice is refused, with the first one's time."""
    person = done(infused(), LOST, act(100))
    assert codes(asked(person, LOST, act(101))) == ["told-already"]
    assert codes(asked(person, BACK, act(99))) == ["returned-before-lost"]
    person = done(ready(), TREATMENT, act(41))
    assert codes(asked(person, TREATMENT, act(42))) == ["told-already"]


COMMANDS: list[Any] = [
    agree(version="v2"),
    facts(level="cervical"),
    DecideGate(person=P1, gate="second"),
    e.GroupAssigned(person=P1, group="users"),
    examine("month-6", 200),
    WEIGHT,
    TREATMENT,
    FOLLOW_UP,
    LOST,
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_nothing_is_done_to_the_dead(command: Any) -> None:
    """After death only what was done before can be told; deviations can be told of anybody."""
    person = replace(infused(), died=on(190))
    assert "has-left" in codes(asked(person, command, act(200)))
    told = RecordDeviation(person=P1, kind="other", words="a form was found unsigned")
    assert codes(asked(person, told, act(200))) == []


@pytest.mark.parametrize("command", [*COMMANDS, BACK, e.VisitMissed(person=P1, visit="month-6", reason="x")])
def test_nothing_is_done_before_the_injury(command: Any) -> None:
    """Any act before day 0 is refused, whatever else is wrong with it."""
    person = done(registered(), LOST, act(60)) if command == BACK else registered()
    early = examine("month-6", -1) if command == COMMANDS[4] else command
    assert "before-onset" in codes(asked(person, early, act(-1)))


def test_seven_people_leave_in_seven_ways() -> None:
    """Each reason is told apart from the others, as a table of who left must tell them."""
    first = DecideGate(person=P1, gate="first")
    withdrawal = e.ConsentWithdrawn(person=P1, form="main", withdrawn_by="self")
    people: list[Person] = [
        done(screened(), e.ConsentDeclined(person=P1, form="main"), act(2)),
        done(done(screened(), agree(), act(2)), first, act(3)),
        done(registered(), withdrawal, act(10)),
        done(registered(), TREATMENT, act(10)),
        done(registered(), FOLLOW_UP, act(10)),
        done(registered(), LOST, act(60)),
        replace(registered(), died=on(20)),
    ]
    told = [
        each.left.how if each.left else each.off_treatment.how if each.off_treatment else each.stage.value
        for each in people
    ]
    assert told == [
        "consent-declined",
        "refused",
        "consent-withdrawn",
        "treatment-withdrawn",
        "follow-up-withdrawn",
        "lost-to-follow-up",
        "died",
    ]
