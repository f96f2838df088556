"""A whole trial of twenty people through ``decide``: the example plays, and ends in the published tables."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from examples.twenty_people import __main__ as example
from examples.twenty_people.people import DATA, LEAVERS, commands, script
from examples.twenty_people.playing import course, transitions
from examples.twenty_people.script import OPENED, opening

from myelos.acts import Act
from myelos.answers import Answer
from myelos.evidence import load_study
from myelos.isncsci import Layout, classify, read_exams
from myelos.protocol import Person, Trial, decide, evolve, load_protocol
from myelos.protocol.people import Stage
from myelos.protocol.person_events import GatePassed
from myelos.protocol.state import EVENT_CATALOGUE
from myelos.safety.stopping import hits
from myelos.shapes import plain, read

PROTOCOL = load_protocol("honmou-phase2")


@cache
def played() -> tuple[Trial, tuple[tuple[Any, Act], ...]]:
    """The state at the end, and every event with its act."""
    trial, kept = Trial(PROTOCOL.id), []
    for command in [*opening(OPENED), *commands()]:
        decision = decide(trial, command, PROTOCOL)
        assert not decision.forbidden, [each.as_dict() for each in decision.findings]
        for event in decision.events:
            trial = evolve(trial, event, command.act)
            kept.append((event, command.act))
    return trial, tuple(kept)


def leaver(reason: str) -> Person:
    """The person who left for a reason."""
    number = 14 + list(LEAVERS).index(reason)
    return played()[0].people[script(number).person]


def unmet(person: Person) -> list[tuple[str, str, str]]:
    """The criteria that were not yes at the last refusal: gate, criterion, answer."""
    refused = [each for each in person.decisions if not each.passed][-1]
    return [
        (refused.gate, reason.criterion, reason.answer.value)
        for reason in refused.reasons
        if reason.answer is not Answer.YES
    ]


def test_twenty_are_screened_thirteen_infused_and_seven_leave() -> None:
    """Every command of the script is allowed; who is not infused left, and nobody is both."""
    trial, _ = played()
    infused = [person for person in trial.people.values() if person.infused_at is not None]
    assert (len(trial.people), len(infused), len(trial.infused), len(LEAVERS)) == (20, 13, 13, 7)
    assert {person.stage for person in infused} == {Stage.INFUSED}
    assert {done.person for done in trial.infused} == {person.code for person in infused}


@pytest.mark.parametrize(
    ("reason", "gate", "criterion", "answer"),
    [
        ("screened on day 15", "first-registration", "within-14-days", "no"),
        ("an unknown at the first gate", "first-registration", "no-hiv", "unknown"),
        ("lot out of specification", "second-registration", "product-accepted", "no"),
        ("improved to D between the gates", "second-registration", "ais-still-a-to-c", "no"),
        ("not ready before day 55", "second-registration", "within-54-days", "no"),
    ],
)
def test_who_is_refused_at_a_gate_is_refused_for_that_one_reason(
    reason: str, gate: str, criterion: str, answer: str
) -> None:
    """One criterion each, at the gate where it is asked; an unknown enrols nobody."""
    person = leaver(reason)
    assert unmet(person) == [(gate, criterion, answer)]
    assert person.infused_at is None


def test_who_declines_or_withdraws_is_no_screening_failure() -> None:
    """One never agreed, and one gave up treatment after the collections: two more kinds of reason."""
    declined, withdrew = leaver("consent declined"), leaver("withdrew from treatment")
    assert declined.left is not None
    assert (declined.left.how, declined.decisions) == ("consent-declined", ())
    assert withdrew.off_treatment is not None
    assert [each.passed for each in withdrew.decisions] == [True]
    assert withdrew.infused_at is None


def test_the_seven_left_for_seven_kinds_of_reason() -> None:
    """No two courses end in the same words."""
    said = {course(leaver(reason)) for reason in LEAVERS}
    assert len(said) == 7


def test_the_grades_follow_the_published_transitions_of_the_study() -> None:
    """From the re-examination to month six, as Honmou 2021 (split recalled, total seen) reports them."""
    study = load_study("honmou-2021")
    published: Counter[tuple[str, str]] = Counter()
    for each in study.baselines[-1].transitions:
        published[each.baseline, each.followup] += each.count
    assert transitions(played()[0]) == published
    assert published.total() == study.people.analysed


def test_the_grades_are_those_of_the_examinations_scored_by_themselves() -> None:
    """The record's grades equal those that scoring the example's file gives, person by person."""
    trial, _ = played()
    exams = read_exams(DATA / "exams.csv", Layout.CSV)
    graded = {each.id: classify(each).only("ais") for each in exams}
    for number in range(1, 14):
        person = trial.people[script(number).person]
        for visit, name in (("re-examination", "before infusion"), ("month-6", "day 180")):
            result = person.visit(visit)["isncsci"].taken["isncsci"].results["ais"]
            assert result.possible == (graded[f"S{number:02d} {name}"],)


def test_nothing_is_hit_and_the_first_three_are_far_apart() -> None:
    """Thirteen infusions without a harm; the first three at least 14 days from one another."""
    trial, _ = played()
    assert hits(trial.harms, PROTOCOL.safety, trial.infused, trial.collected) == ()
    first = [done.at for done in [*trial.infused][:3]]
    assert min((later - earlier).days for earlier, later in pairwise(first)) >= 14


def test_every_infusion_has_its_gates_consent_and_two_people_behind_it() -> None:
    """Read from the events alone: what stands before an infusion stands before it in time."""
    _, events = played()
    passed = {(e.person, e.gate): act.at for e, act in events if isinstance(e, GatePassed)}
    started = [(e, act) for e, act in events if e.NAME == "cells.infusion-started"]
    assert len(started) == 13
    for event, act in started:
        assert all(passed[event.person, gate.id] < act.at for gate in PROTOCOL.gates)
        assert event.first != event.second
        assert event.lowest <= event.dose <= event.highest


def test_replaying_the_record_through_plain_json_gives_an_equal_state() -> None:
    """Every event and act as a ledger keeps them: written as JSON, read by the catalogue, folded again."""
    trial, events = played()
    lines = [
        json.dumps({"act": plain(act), "event": EVENT_CATALOGUE.write(event)}, ensure_ascii=False)
        for event, act in events
    ]
    again = Trial(PROTOCOL.id)
    for line in lines:
        kept = json.loads(line)
        again = evolve(again, EVENT_CATALOGUE.read(kept["event"]), read(Act, kept["act"]))
    assert again == trial


def test_the_example_prints_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """The program a reader runs says what this file asserts, and that it is synthetic."""
    example.main()
    said = capsys.readouterr().out
    assert "synthetic" in said
    assert "20 screened, 7 left, 13 infused" in said
