"""At the bedside: this person, this bag, today; judged again at the very instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from examples.twenty_people.people import items
from tests.protocol.played import (
    CHART,
    TRIAL,
    Play,
    at,
    before,
    before_gate,
    by,
    codes,
    infused,
    names,
    opened,
    person,
    tell,
    visit,
    whole,
    with_,
)

from myelos.acts import Decision
from myelos.cells import commands as cc
from myelos.findings import Severity
from myelos.isncsci import Segment, classify, exam_of_grade
from myelos.isncsci.exam import Exam, replaced
from myelos.protocol import Command, evolve
from myelos.protocol.consequences import follows
from myelos.protocol.corrections import CorrectItem
from myelos.protocol.enrolment import DecideGate
from myelos.protocol.events import TrainingRecorded
from myelos.protocol.person_events import ConsentWithdrawn, WeightRecorded
from myelos.protocol.state import Trained
from myelos.protocol.visits import RecordVisit
from myelos.quantities import Amount

IT, OTHER = person(1), person(2)
ML = Amount.of("0 mL")


def paused() -> tuple[Play, Command]:
    """The infusion has been paused, and the command that would resume it."""
    play = infused_but_for_its_end()
    last = next(each for each in whole(1) if isinstance(each.order, cc.StartInfusion)).act
    container = IT.container(10)
    pause = cc.PauseInfusion(chain=IT.chain, container=container, reason="flushing")
    play.do(Command(replace(last, at=last.at + timedelta(minutes=5)), pause))
    resume = cc.ResumeInfusion(chain=IT.chain, scan=IT.scan(10), wristband=IT.person)
    return play, Command(replace(last, at=last.at + timedelta(minutes=10)), resume)


def infused_but_for_its_end() -> Play:
    return before(cc.EndInfusion)[0]


def bag_of(play: Play, cells: int, dead: int = 0) -> Play:
    """The same with another number of living cells in the bag."""
    chain = play.trial.chains[IT.chain]
    bag = chain.containers[IT.container(10)]
    assert bag.contents is not None
    contents = replace(bag.contents, viable=cells, dead=dead)
    containers = chain.containers.set(bag.label, replace(bag, contents=contents))
    chains = play.trial.chains.set(chain.id, replace(chain, containers=containers))
    return Play(replace(play.trial, chains=chains))


def weighed(play: Play, command: Command, weight: str, minutes: float = -30) -> Play:
    """The same after the person was weighed so many minutes from a command."""
    order = WeightRecorded(person=IT.person, weight=Amount.of(weight), source=CHART)
    play.do(tell(order, command.act.at + timedelta(minutes=minutes), "nurse"))
    return play


# Whose cells ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("COI-05")
@pytest.mark.parametrize("role", ["nurse", "investigator", "sponsor", "administrator"])
@pytest.mark.parametrize("kind", [cc.Collect, cc.MatchAtBedside, cc.StartInfusion, cc.ResumeInfusion])
def test_coi_05_another_persons_wristband_is_refused_whoever_asks_and_whyever(kind: type, role: str) -> None:
    """Person B against the product of A: at collection, match, start and after a pause; nothing overrides."""
    play, command = paused() if kind is cc.ResumeInfusion else before(kind)
    assert codes(play.ask(command)) == []
    play.run(whole(2)[:1])
    act = replace(command.act, role=role, why="the physician in charge permits it")
    other = Command(act, replace(command.order, wristband=OTHER.person))
    assert codes(play.ask(other)) == ["cells.another-persons"]


@pytest.mark.requirement("COI-05")
@pytest.mark.parametrize("kind", [cc.MatchAtBedside, cc.StartInfusion])
def test_coi_05_another_persons_bag_is_refused_in_every_way_it_can_be_named(kind: type) -> None:
    """B's bag scanned in place of A's, named in A's chain, or asked for under B's chain at A's wrist."""
    play, command = before(kind)
    theirs, _ = before(kind, number=2)
    trial, other = play.trial, theirs.trial
    chains = trial.chains.set(OTHER.chain, other.chains[OTHER.chain])
    people = trial.people.set(OTHER.person, other.people[OTHER.person])
    labels = trial.labels.update(other.labels)
    both = Play(replace(trial, chains=chains, people=people, labels=labels))
    wrong = OTHER.scan(10)
    scanned = with_(command, scan=cc.Scan(container=IT.container(10), read=wrong.read))
    named = with_(command, scan=wrong)
    theirs_here = with_(command, chain=OTHER.chain, scan=wrong)
    assert "cells.scanned-another" in codes(both.ask(scanned))
    assert "cells.not-of-this-chain" in codes(both.ask(named))
    assert "cells.another-persons" in codes(both.ask(theirs_here))


# Which cells ----------------------------------------------------------------------------------------------

SPECIFICATIONS = [row.id for row in TRIAL.product.editions[0].specifications] if TRIAL.product else []


@pytest.mark.requirement("PRD-01")
@pytest.mark.parametrize("left_out", SPECIFICATIONS)
def test_prd_01_without_one_result_nothing_is_released_and_nobody_infused(left_out: str) -> None:
    """Every specification of the protocol in turn: one result fewer, and the bag never leaves the tank."""
    play, _ = before(cc.RecordResult)
    for command in whole():
        if isinstance(command.order, cc.RecordResult) and command.order.specification != left_out:
            play.do(with_(command, used_up=False))
    release = before(cc.Release)[1]
    decision = play.ask(release)
    assert codes(decision) == ["cells.result-missing"]
    assert decision.findings[0].params["specification"] == left_out
    start = before(cc.StartInfusion)[1]
    assert "cells.not-released" in codes(play.ask(start))


@pytest.mark.requirement("PRD-01")
@pytest.mark.parametrize("specification", SPECIFICATIONS)
def test_prd_01_one_result_out_of_range_is_no_release(specification: str) -> None:
    """The site's limit missed by the least, or a word that is not the one allowed."""
    missed = {
        "viability": "69.9 %", "cd73": "94.9 %", "cd105": "94.9 %", "cd34": "5.1 %", "cd45": "5.1 %",
        "endotoxin": "5.1 EU/mL", "karyotype": "0.1 %", "mycoplasma": "positive", "sterility": "positive",
    }  # fmt: skip
    play, _ = before(cc.RecordResult)
    for command in whole():
        if isinstance(command.order, cc.RecordResult):
            told = command.order.result
            if command.order.specification == specification:
                other = missed[specification]
                told = Amount.of(other) if isinstance(told, Amount) else other
            play.do(with_(command, result=told))
    assert codes(play.ask(before(cc.Release)[1])) == ["cells.result-outside"]


# The second gate, again at the bedside --------------------------------------------------------------------


@pytest.mark.requirement("PRD-02")
def test_prd_02_with_ais_d_at_day_40_nobody_passes_and_nobody_is_infused() -> None:
    """Improved to D between the gates: refused at the gate, and at the bedside if anyone came so far."""
    play, _ = before(RecordVisit, 1)
    better = exam_of_grade(Random(4), "D", Segment.C5, name="made up")
    play.do(visit(IT, "re-examination", 40, {"isncsci": items(better)}))
    asked = before_gate("second-registration")[1]
    decision = play.do(at(asked, IT.at(40, 2, 5)))
    assert names(decision) == ["protocol.gate-refused"]
    unmet = [each.criterion for each in decision.events[0].reasons if each.answer != "yes"]
    assert unmet == ["ais-still-a-to-c"]
    rest = [each for each in whole() if each.act.at > IT.at(38, 4) or isinstance(each.order, WeightRecorded)]
    play.run(rest, until=lambda each: isinstance(each.order, cc.StartInfusion))
    start = before(cc.StartInfusion)[1]
    assert codes(play.ask(start)) == ["protocol.gate-not-passed", "protocol.criterion-measure-no"]


@pytest.mark.requirement("PRD-02")
@pytest.mark.parametrize(("day", "found"), [(54, []), (55, ["protocol.criterion-days-no"])])
def test_prd_02_who_passed_on_day_54_is_infused_on_day_54_and_not_on_day_55(
    day: int, found: list[str]
) -> None:
    """The gate does not carry over midnight: its criteria are asked again when the infusion starts."""
    play = opened()
    commands = whole(1, 54, day)
    place = next(n for n, each in enumerate(commands) if isinstance(each.order, cc.StartInfusion))
    play.run(commands[:place])
    assert play.trial.people[IT.person].passed("second-registration") is not None
    assert codes(play.ask(commands[place])) == found


@pytest.mark.requirement("PRD-02")
def test_prd_02_day_55_is_a_civil_day_where_the_person_is() -> None:
    """At 08:00 of day 55 in Tokyo it is day 54 by UTC, and too late."""
    commands = whole(1, 53, 54)
    start = next(each for each in commands if isinstance(each.order, cc.StartInfusion))
    play = opened()
    play.run([each for each in commands if each.act.at < IT.at(54)])
    asked = before_gate("second-registration")[1]
    known = play.trial.people[IT.person]
    fresh = replace(known, decisions=known.decisions[:1])
    play = Play(replace(play.trial, people=play.trial.people.set(IT.person, fresh)))
    assert start.act.at < IT.at(55) - timedelta(hours=1)
    late = at(asked, IT.at(55) - timedelta(hours=1))
    assert late.act.at.date() == IT.at(54).date()
    decision = play.ask(late)
    assert names(decision) == ["protocol.gate-refused"]
    assert [each.criterion for each in decision.events[0].reasons if each.answer == "no"] == [
        "within-54-days"
    ]


@pytest.mark.requirement("PRD-02")
def test_prd_02_a_product_released_later_was_not_accepted_yet() -> None:
    """A gate told of a day before the release is judged on that day: not known, so not passed."""
    play, release = before(cc.Release)
    play.do(visit(IT, "re-examination", 20, {"isncsci": _exam("B")}))
    play.do(release)
    gate = DecideGate(person=IT.person, gate="second-registration")
    early = play.ask(tell(gate, release.act.at - timedelta(minutes=1)))
    assert names(early) == ["protocol.gate-refused"]
    assert [each.answer.value for each in early.events[0].reasons] == ["yes", "yes", "unknown"]
    assert names(play.ask(tell(gate, release.act.at))) == ["protocol.gate-passed"]


def test_a_released_bag_that_is_held_back_is_no_accepted_product() -> None:
    """Released, and then cloudy: until the disposition is signed nobody passes the gate on it."""
    play, command = before_gate("second-registration")
    hold = cc.HoldBack(chain=IT.chain, container=IT.container(10), words="cloudy")
    play.do(tell(hold, command.act.at, "technician"))
    decision = play.do(command)
    assert names(decision) == ["protocol.gate-refused"]
    unmet = [(each.criterion, each.answer.value) for each in decision.events[0].reasons[2:]]
    assert unmet == [("product-accepted", "no")]


def _exam(grade: str) -> dict[str, Any]:
    return items(exam_of_grade(Random(7), grade, Segment.C5, name="made up"))


def _c_and_the_item_that_makes_it_d() -> tuple[Exam, str, str]:
    """An examination with AIS C, one key muscle of it, and the score there that makes it D."""
    exam = exam_of_grade(Random(11), "D", Segment.C5, name="made up")
    for cell, score in items(exam).items():
        if "motor" in cell and score not in ("0", "1"):
            lower = replaced(exam, {cell: "1"})
            if classify(lower).only("ais") == "C":
                return lower, cell, score
            if classify(lower).only("ais") == "D":
                exam = lower
    raise AssertionError("no such examination")


def test_a_reexamination_corrected_to_d_after_the_gate_forbids_the_infusion() -> None:
    """The gate was passed on C; the score was read wrongly, and it was D: the bag stays in the tank."""
    exam, cell, score = _c_and_the_item_that_makes_it_d()
    play, _ = before(RecordVisit, 1)
    play.do(visit(IT, "re-examination", 38, {"isncsci": items(exam)}))
    rest = whole()[[type(each.order) for each in whole()].index(WeightRecorded):]  # fmt: skip
    rest = [at(each, IT.at(38, 3)) if isinstance(each.order, DecideGate) else each for each in rest]
    play.run(rest, until=lambda each: isinstance(each.order, cc.StartInfusion))
    start = before(cc.StartInfusion)[1]
    assert codes(play.ask(start)) == []
    wrong = CorrectItem(
        person=IT.person, examination=1, measure="isncsci", item=cell, new=score, source=CHART
    )
    decision = play.do(tell(wrong, start.act.at, why="misread"))
    assert names(decision) == ["protocol.item-corrected", "protocol.deviation-recorded"]
    assert codes(play.ask(start)) == ["protocol.criterion-measure-no"]


def test_consent_withdrawn_between_the_match_and_the_start_forbids_the_infusion() -> None:
    """Both nurses have scanned, the bag is thawed; the person says no, and that is that."""
    play, start = before(cc.StartInfusion)
    no = ConsentWithdrawn(person=IT.person, form="trial", withdrawn_by="self")
    play.do(tell(no, start.act.at - timedelta(seconds=30)))
    assert codes(play.ask(start)) == ["protocol.has-left", "protocol.consent-not-standing"]


def test_after_a_pause_the_infusion_goes_on_only_while_it_still_may() -> None:
    """Consent withdrawn during the pause ends it; that the day turned in the meantime does not."""
    play, resume = paused()
    assert names(play.ask(resume)) == ["cells.infusion-resumed"]
    known = play.trial.people[IT.person]
    moved = replace(known, onset=known.onset - timedelta(days=14))
    later = Play(replace(play.trial, people=play.trial.people.set(IT.person, moved)))
    assert known.infused_at is not None
    assert (moved.day(known.infused_at), codes(later.ask(resume))) == (54, [])
    after = at(resume, resume.act.at + timedelta(hours=13))
    assert moved.day(after.act.at) == 55
    assert codes(later.ask(after)) == []
    no = ConsentWithdrawn(person=IT.person, form="trial", withdrawn_by="self")
    play.do(tell(no, resume.act.at))
    assert codes(play.ask(resume)) == ["protocol.consent-not-standing"]
    end = cc.EndInfusion(
        chain=IT.chain, container=IT.container(10), infused=Amount.of("4 mL"), lost=ML,
        left=Amount.of("36 mL"), reason="consent withdrawn",
    )  # fmt: skip
    assert names(play.ask(Command(resume.act, end))) == ["cells.infusion-stopped"]


# How many cells -------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-03")
@pytest.mark.parametrize(
    ("weight", "cells", "found"),
    [
        ("50 kg", 50_000_000, []),
        ("50 kg", 167_000_000, []),
        ("50 kg", 167_000_001, ["cells.dose-above-cap"]),
        ("50 kg", 49_999_999, ["cells.dose-below"]),
        ("80 kg", 200_000_000, []),
        ("80 kg", 200_000_001, ["cells.dose-above"]),
        ("14.98 kg", 50_000_000, []),
        ("14.97 kg", 50_000_000, ["cells.dose-above-cap", "cells.dose-impossible"]),
        ("14 kg", 46_760_000, ["cells.dose-below", "cells.dose-impossible"]),
    ],
)
def test_prd_03_the_dose_lies_in_the_window_of_the_weight(weight: str, cells: int, found: list[str]) -> None:
    """0.5e8 to 2.0e8 living cells and at most 3.34e6 per kg; under 14.97 kg there is no dose at all."""
    play, start = before(cc.StartInfusion)
    play = weighed(bag_of(play, cells), start, weight)
    decision = play.ask(start)
    assert codes(decision) == found
    if not found:
        event = decision.events[0]
        assert (event.dose, event.basis, str(event.weight)) == (cells, "viable", weight)
        assert event.lowest <= cells <= event.highest


@pytest.mark.requirement("PRD-03")
def test_prd_03_the_weight_is_the_last_one_before_the_infusion_and_not_an_old_one() -> None:
    """One measured later, though told before, does not count; one of last month is too old."""
    play, start = before(cc.StartInfusion)
    play = weighed(weighed(play, start, "55 kg"), start, "90 kg", minutes=30)
    play = weighed(play, start, "70 kg", minutes=-60)
    assert str(play.ask(start).events[0].weight) == "55 kg"
    known = play.trial.people[IT.person]
    old = replace(known.weights[0], act=replace(known.weights[0].act, at=IT.at(30)))
    weights = replace(known, weights=(old, known.weights[2]))
    last_month = Play(replace(play.trial, people=play.trial.people.set(IT.person, weights)))
    assert codes(last_month.ask(start)) == ["cells.weight-too-old"]
    never = Play(replace(play.trial, people=play.trial.people.set(IT.person, replace(known, weights=()))))
    assert codes(never.ask(start)) == ["cells.weight-missing", "cells.weight-time-missing"]


# By whom --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("LAB-05")
def test_lab_05_training_that_lapses_between_match_and_start_is_none() -> None:
    """The second nurse matched in time and is not trained any more: her scan counts for nothing."""
    play, start = before(cc.StartInfusion)
    lapse = Trained(start.act.at - timedelta(days=365), start.act.at - timedelta(seconds=1))
    for nurse, found in (
        ("nurse-2", ["cells.two-people-needed"]),
        ("nurse", ["protocol.not-trained", "cells.two-people-needed", "cells.starter-did-not-match"]),
    ):
        training = play.trial.training.set((nurse, "bedside"), (lapse,))
        decision = Play(replace(play.trial, training=training)).ask(start)
        assert codes(decision) == found
        warned = [each.code for each in decision.findings if each.severity is Severity.WARNING]
        assert warned == ["cells.not-trained"]


@pytest.mark.requirement("LAB-05")
def test_lab_05_one_person_twice_or_a_third_who_did_not_match_starts_nothing() -> None:
    """Two different people scan; one of the two starts."""
    play, second = before(cc.MatchAtBedside, 1)
    play.do(by(second, "nurse"))
    start = before(cc.StartInfusion)[1]
    assert codes(play.ask(start)) == ["cells.two-people-needed"]
    order = TrainingRecorded(account="nurse-3", training="bedside", until=None, source="course")
    play, _ = before(cc.StartInfusion)
    play.do(tell(order, start.act.at - timedelta(days=1), "coordinator"))
    assert codes(play.ask(by(start, "nurse-3"))) == ["cells.starter-did-not-match"]


# Between people, and day 0 --------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "found"), [(32, ["safety.wait"]), (33, [])])
def test_the_first_three_are_infused_at_least_14_days_apart(day: int, found: list[str]) -> None:
    """The second person waits: 13 civil days after the first are too few, 14 are enough."""
    play = opened()
    play.run(whole(1, 53, 54))
    commands = whole(2, 27, day)
    play.run(commands, until=lambda each: isinstance(each.order, cc.StartInfusion))
    start = next(each for each in commands if isinstance(each.order, cc.StartInfusion))
    first = next(iter(play.trial.infused)).at
    assert (start.act.at - first).days == day - 19
    assert codes(play.ask(start)) == found


def test_infusions_told_out_of_order_stand_in_order_of_time() -> None:
    """After the first three, one may be told late: nothing breaks, and the order is that of time."""
    play = infused(1, 2, 3)
    for number in (6, 5, 4):
        play.run(whole(number))
    times = [done.at for done in play.trial.infused]
    assert times == sorted(times)
    assert [done.person for done in play.trial.infused] == [person(n).person for n in range(1, 7)]
    draws = [done.at for done in play.trial.collected]
    assert draws == sorted(draws)


def test_a_visit_before_the_infusion_turns_out_to_be_outside_its_window_when_day_0_comes() -> None:
    """Taken the day before for the day of the infusion: a deviation of a day stands beside the start."""
    play, start = before(cc.StartInfusion)
    early = visit(
        IT, "infusion-day", 39, {"pain-0-10": {"intensity": 2, "kind": "none", "neuropathic": "no"}}
    )
    assert names(play.do(early)) == ["protocol.visit-recorded"]
    decision = play.do(start)
    assert names(decision) == ["cells.infusion-started", "protocol.deviation-recorded"]
    deviation = play.trial.people[IT.person].deviations[-1].what
    assert (deviation.about, deviation.days, deviation.computed) == ("infusion-day", -1, True)


def test_a_persons_day_0_is_that_of_the_first_infusion() -> None:
    """A second bag, where a protocol allows one, moves no visit."""
    play, start = before(cc.StartInfusion)
    event = play.ask(start).events[0]
    trial = evolve(play.trial, event, start.act)
    again = evolve(trial, event, replace(start.act, at=start.act.at + timedelta(days=30)))
    assert again.people[IT.person].infused_at == start.act.at
    assert len(again.infused) == 2


def test_a_second_bag_moves_no_window_again() -> None:
    """Deviations of visits before day 0 are told when day 0 comes, once."""
    play, start = before(cc.StartInfusion)
    pain = {"intensity": 2, "kind": "musculoskeletal", "neuropathic": "no"}
    play.do(visit(IT, "infusion-day", 39, {"pain-0-10": pain}))
    decision = play.do(start)
    second = Decision.of(decision.events[:1], ())
    told = [each for follow in follows(play.trial, second, start.act, TRIAL) for each in follow.events]
    assert (len(decision.events), told) == (2, [])
