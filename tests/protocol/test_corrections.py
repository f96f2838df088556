"""Corrections: with a reason and a source, the old value kept, and whose something is never corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.protocol.enrolled import (
    NOTES,
    OWN,
    P1,
    SCALE,
    TOKYO,
    TRIAL,
    act,
    agree,
    asked,
    codes,
    consented,
    done,
    examine,
    on,
    registered,
)

from myelos.answers import Answer
from myelos.protocol import corrections as c
from myelos.protocol import person_events as e
from myelos.protocol.asking import Around
from myelos.protocol.course import decide_person
from myelos.protocol.enrolment import Screen, judged_at
from myelos.protocol.people import Person
from myelos.quantities import Amount

PAIN = {"pain-0-10": {"intensity": 3, "kind": "none", "neuropathic": "no"}}

AGE = c.CorrectFact(person=P1, fact="age", new=Amount.of("35 y"), source=NOTES)
ITEM = c.CorrectItem(person=P1, examination=0, measure="grade", item="grade", new="C", source=NOTES)
TIME = c.CorrectExaminedAt(person=P1, examination=0, new=on(2.5), source=NOTES)
WEIGHT = c.CorrectWeight(person=P1, position=0, new=Amount.of("71 kg"), source=NOTES)
ONSET_ = c.CorrectOnset(person=P1, new=on(-1), source=NOTES)
GROUP = c.CorrectGroup(person=P1, new="non-users", source=NOTES)
IDENTITY = c.CorrectPersonIdentity(person=P1, field="chain", new="C2")
ALL: list[Any] = [AGE, ITEM, TIME, WEIGHT, ONSET_, GROUP]


def whole() -> Person:
    """Registered, weighed and in a group: something of every kind to correct."""
    person = done(registered(), e.WeightRecorded(person=P1, weight=Amount.of("70 kg"), source=SCALE), act(5))
    return done(person, e.GroupAssigned(person=P1, group="users"), act(5))


@pytest.mark.requirement("AUD-05")
@pytest.mark.parametrize("order", [*ALL, IDENTITY], ids=lambda order: order.NAME)
@pytest.mark.parametrize("why", ["", "  \n"])
def test_aud_05_a_correction_without_a_reason_is_rejected(order: Any, why: str) -> None:
    """Empty, or white space only, is no reason."""
    assert "reason-missing" in codes(asked(whole(), order, act(6, why)))


@pytest.mark.requirement("AUD-05")
@pytest.mark.parametrize("order", ALL, ids=lambda order: order.NAME)
def test_aud_05_a_correction_keeps_old_and_new_who_when_why_and_source(order: Any) -> None:
    """The old value stays in the history, beside who corrected it, when, why and by which source."""
    at = act(6, "misread", by="monitor-1")
    person = done(whole(), order, at)
    (kept,) = person.history
    assert kept.act == at
    assert (kept.what.new, kept.what.source) == (order.new, NOTES)
    assert kept.what.old != kept.what.new


def test_a_corrected_value_is_the_value() -> None:
    """Facts, items, times, weights, onset and group read as corrected."""
    person = whole()
    for order in ALL:
        person = done(person, order, act(6, "misread"))
    fact = person.facts["age"]
    assert (str(fact.value), fact.act.at) == ("35 y", on(3))
    assert person.examinations[0].taken["grade"].results["grade"].possible == ("C",)
    assert person.examinations[0].at == on(2.5)
    assert str(person.weights[0].weight) == "71 kg"
    assert (person.onset, person.group, len(person.history)) == (on(-1), "non-users", 6)


def test_an_item_that_was_never_there_is_taken_out() -> None:
    """Entered for the wrong question: the item goes, the output is open again, the others stay."""
    person = done(registered(), examine("again", 40, **PAIN), act(40))
    order = c.CorrectItem(
        person=P1, examination=1, measure="pain-0-10", item="intensity", new=None, source=NOTES
    )
    person = done(person, order, act(41, "asked of another day"))
    taken = person.examinations[1].taken["pain-0-10"]
    assert taken.items == {"kind": "none", "neuropathic": "no"}
    assert (taken.results["intensity"].low, taken.results["intensity"].high) == (0, 10)
    assert person.examinations[1].taken["grade"].items == {"grade": "B"}
    person = done(person, replace(order, new=4), act(42, "asked again"))
    assert person.examinations[1].taken["pain-0-10"].items["intensity"] == 4


@pytest.mark.parametrize("field", ["person", "onset-of", "chain"])
def test_whose_something_is_cannot_be_corrected(field: Any) -> None:
    """Code, owner of the onset and chain: refused whatever the reason."""
    order = c.CorrectPersonIdentity(person=P1, field=field, new="P00002")
    assert codes(asked(whole(), order, act(6, "mixed up"))) == ["identity-not-correctable"]


def test_there_is_something_to_correct_and_something_to_change() -> None:
    """A correction of nothing, to the same value, to an impossible one or before it was told is refused."""
    why = "misread"
    nothing = [
        replace(AGE, fact="level"),
        replace(ITEM, examination=1),
        replace(ITEM, measure="pain-0-10"),
        replace(TIME, examination=1),
        replace(WEIGHT, position=1),
    ]
    for order in nothing:
        assert codes(asked(whole(), order, act(6, why))) == ["nothing-to-correct"]
    assert codes(asked(registered(), GROUP, act(6, why))) == ["nothing-to-correct"]
    same = [
        replace(AGE, new=Amount.of("34 y")),
        replace(ITEM, new="B"),
        replace(TIME, new=on(3)),
        replace(WEIGHT, new=Amount.of("70 kg")),
        replace(ONSET_, new=on(0)),
        replace(GROUP, new="users"),
    ]
    for order in same:
        assert codes(asked(whole(), order, act(6, why))) == ["correction-changes-nothing"]
    for order in (AGE, ITEM, TIME, WEIGHT):
        assert codes(asked(whole(), order, act(1, why))) == ["correction-too-early"]
    assert codes(asked(whole(), WEIGHT, act(5, why))) == []


def test_a_corrected_value_must_be_one_that_could_have_been_told() -> None:
    """Kind, unit, scale, window of time: a correction is checked like what it corrects."""
    why = "misread"
    assert codes(asked(whole(), replace(AGE, new="old"), act(6, why))) == ["fact-not-a-number"]
    assert asked(whole(), replace(ITEM, new="F"), act(6, why)).forbidden
    assert asked(whole(), replace(ITEM, new=None), act(6, why)).forbidden
    assert codes(asked(whole(), replace(TIME, new=on(3.5)), act(6, why))) == ["examined-in-future"]
    assert codes(asked(whole(), replace(TIME, new=on(1)), act(6, why))) == ["consent-missing"]
    assert codes(asked(whole(), replace(TIME, new=on(-1)), act(6, why)))[0] == "before-onset"
    assert codes(asked(whole(), replace(WEIGHT, new=Amount.of("0 kg")), act(6, why))) == [
        "weight-not-positive"
    ]
    assert codes(asked(whole(), replace(ONSET_, new=on(1.1)), act(6, why))) == ["before-onset"]
    assert codes(asked(whole(), replace(ONSET_, new=on(1)), act(6, why))) == []
    agreed_first = done(done(None, Screen(person=P1, onset=on(0)), act(3)), agree(), act(2))
    assert codes(asked(agreed_first, replace(ONSET_, new=on(2.5)), act(6, why))) == ["before-onset"]
    assert codes(asked(whole(), replace(GROUP, new="all"), act(6, why))) == ["group-unknown"]


def test_nothing_is_scored_anew_under_another_edition() -> None:
    """Where the edition of an examination is not at hand, its items cannot be corrected."""
    newer = {"grade": replace(OWN["grade"], edition="2")}
    decision = decide_person(
        whole(), ITEM, act(6, "misread"), TRIAL, zone=TOKYO, product=Answer.UNKNOWN, blocked=(), own=newer
    )
    assert codes(decision) == ["edition-not-at-hand"]
    answers = [
        each.answer
        for each in judged_at(
            whole(), TRIAL.gate("first"), on(4), Around(TRIAL, TOKYO, Answer.UNKNOWN, (), newer)
        )
    ]
    assert answers[-1] is Answer.UNKNOWN


@pytest.mark.parametrize(
    "order",
    [
        replace(AGE, new=Amount.of("71 y")),
        replace(AGE, new=None),
        replace(ITEM, new="D"),
        replace(ONSET_, new=on(-20)),
    ],
    ids=["too old", "not known", "grade D", "too late"],
)
def test_a_correction_that_takes_away_what_a_gate_rested_on_is_a_deviation(order: Any) -> None:
    """The gate stays passed, and that it would not be now is told at once."""
    decision = asked(whole(), order, act(6, "misread"))
    assert decision.findings == ()
    deviations = [(each.kind, each.about, each.computed) for each in decision.events[1:]]
    assert deviations == [("eligibility", "first", True)]
    assert len(asked(whole(), AGE, act(6, "misread")).events) == 1


def test_an_examination_moved_out_of_its_window_is_a_deviation() -> None:
    """Correcting a time is looked at as recording it would have been."""
    person = done(consented(), examine("screening", 14), act(16))
    decision = asked(person, replace(TIME, new=on(15)), act(17, "misread"))
    assert [(each.kind, each.days) for each in decision.events[1:]] == [("visit-window", 1)]
