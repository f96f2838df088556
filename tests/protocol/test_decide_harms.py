"""Harms: what follows by itself from cells and examinations, whom it reaches, and what it blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from examples.twenty_people.people import items, of_grade
from immutables import Map
from tests.protocol.played import (
    CHART,
    NO_LOSS,
    Play,
    before,
    by,
    codes,
    examine,
    infused,
    names,
    person,
    report,
    tell,
    visit,
    whole,
    with_,
)

from myelos.answers import Answer
from myelos.cells import LotStatus
from myelos.cells import commands as cc
from myelos.cells.containers import QuarantineReason
from myelos.isncsci import Segment, exam_of_grade
from myelos.protocol import Command
from myelos.protocol.corrections import CorrectItem
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety.events import Reading, Verdict, WithdrawnBecause
from myelos.safety.harms import Stage
from myelos.safety.stopping import hits
from myelos.safety.terms import Kind, Measured, Outcome, Procedure

IT, OTHER = person(1), person(2)
QUALIFIED = {"who": "qualified", "role": "qualified-person"}


def hit(play: Play) -> list[str]:
    """The names of the stopping rules that are hit."""
    found = hits(play.trial.harms, play.protocol.safety, play.trial.infused, play.trial.collected)
    return [each.rule for each in found]


def decided(play: Play, verdict: Verdict = Verdict.CONTINUE) -> None:
    """The committee signs a decision on every hit."""
    found = hits(play.trial.harms, play.protocol.safety, play.trial.infused, play.trial.collected)
    order = sc.DecideStopping(
        verdict=verdict, hits=tuple(each.reviewed for each in found), reasons="seen", amendment=None
    )
    last = IT.at(200)
    play.do(by(tell(order, last), "chair", "safety-committee"))


def released_before_sterility(until: type | None = None) -> Play:
    """The lot is released while its sterility test is pending; then on, before the first ``until``."""
    play, _ = before(cc.RecordResult)
    for each in whole():
        if isinstance(each.order, cc.RecordResult) and each.order.specification != "sterility":
            play.do(each)
    order = cc.Release(chain=IT.chain, lot="LOT-1", conditional=True, reason="cells cannot wait")
    play.do(tell(order, IT.at(22, 6), **QUALIFIED))
    rest = [each for each in whole() if each.act.at > IT.at(22, 6)]
    play.run(rest, until=lambda each: until is not None and isinstance(each.order, until))
    return play


def sterility(result: str, day: int = 60) -> Command:
    order = cc.RecordResult(
        chain=IT.chain, scan=IT.scan(9), lot="LOT-1", specification="sterility", result=result, used_up=True
    )
    return tell(order, IT.at(day), "technician")


def _about_to_open(number: int) -> tuple[list[Command], Command]:
    """A person's commands up to their first gate, and the one that opens their chain."""
    every = whole(number)
    place = next(n for n, each in enumerate(every) if isinstance(each.order, cc.OpenChain))
    return list(every[:place]), every[place]


# Late results ---------------------------------------------------------------------------------------------


def test_a_late_positive_sterility_test_reaches_whoever_was_infused_and_blocks_the_next() -> None:
    """Released conditionally, infused, then positive: the release is withdrawn, it is an incident and an
    adverse event of the person, and nobody is infused until the committee has decided."""
    play = released_before_sterility()
    next_, opens = _about_to_open(3)
    play.run(next_)
    decision = play.do(sterility("positive"))
    assert names(decision)[:2] == ["cells.tested", "cells.release-withdrawn"]
    assert names(decision)[2:] == ["safety.incident-recorded", "safety.adverse-event-reported"]
    (adverse,) = play.trial.harms.adverse.values()
    (incident,) = play.trial.harms.incidents.values()
    assert (adverse.person, adverse.zone) == (IT.person, "Asia/Tokyo")
    assert (incident.kind, incident.container) == (Kind.CONTAMINATION, IT.container(10))
    assert "contamination" in hit(play)
    assert "safety.hit" in codes(play.ask(opens))
    decided(play)
    assert codes(play.ask(opens)) == []


def test_a_late_positive_before_the_infusion_keeps_the_bag_from_the_person() -> None:
    """Nobody has the cells yet: an incident, the bag held back, and no adverse event."""
    play = released_before_sterility(until=cc.StartInfusion)
    decision = play.do(sterility("positive", day=40))
    assert names(decision) == [
        "cells.tested", "cells.release-withdrawn", "cells.quarantined", "safety.incident-recorded",
    ]  # fmt: skip
    assert play.trial.harms.adverse == Map()
    start = next(each for each in whole() if isinstance(each.order, cc.StartInfusion))
    assert {"cells.quarantined", "cells.not-released", "safety.hit"} <= set(codes(play.ask(start)))


def test_a_negative_result_that_was_pending_is_no_harm() -> None:
    """The release is then whole, and nothing follows."""
    play = released_before_sterility()
    assert names(play.do(sterility("negative"))) == ["cells.tested"]
    assert play.trial.chains[IT.chain].lots["LOT-1"].status is LotStatus.RELEASED


def test_another_result_out_of_range_after_the_infusion_is_a_deviation_and_no_contamination() -> None:
    """A viability that is corrected below its limit says nothing of germs."""
    play = infused()
    order = cc.CorrectResult(
        chain=IT.chain, lot="LOT-1", corrects=0, result=Amount.of("61 %"), reason="read wrongly"
    )
    decision = play.do(tell(order, IT.at(60), "technician"))
    assert names(decision) == [
        "cells.result-corrected", "cells.release-withdrawn", "protocol.deviation-recorded",
    ]  # fmt: skip
    deviation = play.trial.people[IT.person].deviations[-1].what
    assert (deviation.kind, deviation.about) == ("product", "viability")
    assert hit(play) == []


def test_ids_that_follow_by_themselves_avoid_those_that_people_gave() -> None:
    """Somebody has used the ids already: the report still finds its own, and nothing is lost."""
    play = released_before_sterility()
    play.do(report("AE-LATE-1", IT, IT.at(50)))
    play.do(report("AE-LATE-2", IT, IT.at(50)))
    taken = sc.RecordIncident(
        incident="LATE-2", kind=Kind.CONTAMINATION, what="made up", person=IT.person, container=None
    )
    play.do(tell(taken, IT.at(50)))
    play.do(sterility("positive"))
    assert set(play.trial.harms.incidents) == {"LATE-2", "LATE-3"}
    assert set(play.trial.harms.adverse) == {"AE-LATE-1", "AE-LATE-2", "AE-LATE-3"}


# Identity, contamination ----------------------------------------------------------------------------------


def test_an_error_of_identity_is_an_incident_and_the_incident_quarantines() -> None:
    """Told of the container or as an incident: the same two things follow, once each."""
    flask = IT.container(5)
    for order in (
        cc.ReportIdentityError(chain=IT.chain, container=flask, words="two labels"),
        sc.RecordIncident(
            incident="I-1", kind=Kind.IDENTITY_ERROR, what="two labels", person=None, container=flask
        ),
    ):
        play, start = before(cc.StartInfusion)
        decision = play.do(tell(order, start.act.at))
        assert sorted(names(decision)) == ["cells.quarantined", "safety.incident-recorded"]
        chain = play.trial.chains[IT.chain]
        touched = {flask, *chain.descendants(flask)}
        held = {label for label, it in chain.containers.items() if QuarantineReason.IDENTITY in it.quarantine}
        assert held == touched
        assert "identity-error" in hit(play)
        decided(play)
        found = codes(play.ask(start))
        assert "cells.identity-stays" in found
        assert "safety.hit" not in found


def test_a_contaminated_container_is_held_back_with_what_came_of_it_until_it_is_signed() -> None:
    """The bag that was filled from it, too; what has ended is let be."""
    play, start = before(cc.StartInfusion)
    suspension = IT.container(8)
    order = sc.RecordIncident(
        incident="I-1", kind=Kind.CONTAMINATION, what="cloudy", person=None, container=suspension
    )
    decision = play.do(tell(order, start.act.at))
    assert names(decision) == ["safety.incident-recorded", "cells.quarantined"]
    assert IT.container(10) in decision.events[1].containers
    decided(play)
    assert "cells.quarantined" in codes(play.ask(start))
    for label in decision.events[1].containers:
        signed = cc.SignDisposition(
            chain=IT.chain, container=label, reason=QuarantineReason.OTHER, words="sterile after all"
        )
        play.do(tell(signed, start.act.at, "qualified"))
    assert codes(play.ask(start)) == []


def test_a_contaminated_sample_holds_back_the_bags_of_its_lot() -> None:
    """What is in the sample may be in the bag beside it."""
    play, start = before(cc.StartInfusion)
    order = sc.RecordIncident(
        incident="I-1", kind=Kind.CONTAMINATION, what="grew", person=None, container=IT.container(9)
    )
    decision = play.do(tell(order, start.act.at))
    assert decision.events[1].containers == (IT.container(10),)


def test_an_incident_of_a_container_that_is_not_ours_is_kept_as_it_is_told() -> None:
    """There is nothing here to hold back, and a report of harm is not refused for that."""
    order = sc.RecordIncident(
        incident="I-1", kind=Kind.IDENTITY_ERROR, what="a strange bag", person=None, container="BAG-7"
    )
    assert names(infused().do(tell(order, IT.at(50)))) == ["safety.incident-recorded"]


def test_late_sterility_is_told_of_a_container_of_the_person_it_is_told_of() -> None:
    """Another person's bag, or one nobody knows, would make the wrong person's adverse event."""
    play = infused(1, 2)
    order = sc.ReportLateSterility(
        incident="L-1", event="AE-1", person=IT.person, container=OTHER.container(10), what="positive",
        known_at=OTHER.at(50), zone="Asia/Tokyo",
    )  # fmt: skip
    for container in (OTHER.container(10), "BAG-7"):
        wrong = tell(replace(order, container=container), OTHER.at(50))
        assert codes(play.ask(wrong)) == ["protocol.container-not-theirs"]
    right = tell(replace(order, container=IT.container(10)), OTHER.at(50))
    assert names(play.ask(right)) == ["safety.incident-recorded", "safety.adverse-event-reported"]


# Adverse events -------------------------------------------------------------------------------------------


def test_an_adverse_event_keeps_its_civil_dates_where_the_person_is() -> None:
    """Another zone than the site's would move its onset by a day."""
    play = infused()
    assert codes(play.ask(report("AE-1", IT, IT.at(50), zone="Europe/Berlin"))) == [
        "protocol.zone-of-another-site"
    ]
    nobody = with_(report("AE-1", IT, IT.at(50)), person="nobody")
    assert codes(play.ask(nobody)) == ["protocol.person-unknown"]
    assert codes(play.ask(report("AE-1", IT, IT.at(50)))) == []


def test_a_fatal_adverse_event_ends_the_persons_course() -> None:
    """No more visits from the death on; what was examined after it, but told before, is a deviation."""
    play = infused()
    exam = {"isncsci": items(of_grade("B", 1)), "acute-loss": NO_LOSS}
    play.do(visit(IT, "day-7", 47, exam))
    play.do(visit(IT, "day-14", 54, exam))
    died = IT.at(50).isoformat()[:10]
    decision = play.do(report("AE-1", IT, IT.at(55), kind=Kind.DEATH, grade=5, onset=died))
    assert names(decision) == ["safety.adverse-event-reported", "protocol.deviation-recorded"]
    known = play.trial.people[IT.person]
    assert known.left is not None
    assert (known.left.how, known.day(known.left.at)) == ("died", 50)
    assert known.deviations[-1].what.about == "day-14"
    assert codes(play.ask(visit(IT, "month-1", 70, exam))) == ["protocol.has-left"]
    assert {"grade-5"} <= set(hit(play))
    again = tell(sc.RecordOutcome(event="AE-1", outcome=Outcome.FATAL, end=died), IT.at(56))
    assert names(play.do(again)) == ["safety.outcome-recorded"]


def test_the_day_of_a_death_is_the_earliest_that_is_told_and_a_withdrawn_report_ends_nobody() -> None:
    """First only that it was fatal, then when; then that it was another person's."""
    play = infused()
    play.do(report("AE-1", IT, IT.at(55), grade=5))
    assert play.trial.people[IT.person].died == IT.at(55)
    end = IT.at(52).isoformat()[:10]
    play.do(tell(sc.RecordOutcome(event="AE-1", outcome=Outcome.FATAL, end=end), IT.at(56)))
    died = play.trial.people[IT.person].died
    assert died is not None
    assert play.trial.people[IT.person].day(died) == 52
    wrong = sc.WithdrawAdverseEvent(event="AE-1", because=WithdrawnBecause.WRONG_PERSON)
    play.do(tell(wrong, IT.at(57), why="the other bed"))
    known = play.trial.people[IT.person]
    assert (known.died, known.left) == (None, None)
    exam = {"isncsci": items(of_grade("B", 1)), "acute-loss": NO_LOSS}
    assert codes(play.ask(visit(IT, "month-1", 70, exam))) == []


def test_a_grade_5_that_was_a_slip_of_the_pen_is_no_death() -> None:
    """Updated to grade 3 the person is alive; that it hit a rule stays until it is decided on."""
    play = infused()
    fatal = report("AE-1", IT, IT.at(55), grade=5)
    play.do(fatal)
    known = replace(fatal.order.particulars, grade=3)
    play.do(tell(sc.UpdateAdverseEvent(event="AE-1", particulars=known), IT.at(56)))
    assert play.trial.people[IT.person].died is None
    assert "grade-5" in hit(play)


def test_haemoglobin_that_fell_by_two_after_the_blood_draws_is_of_special_interest() -> None:
    """13.1 before the first draw and 11.1 after the second; 11.2 is no such fall."""
    play = infused()
    draw = next(iter(play.trial.collected)).at
    for after, found in (("11.1 g/dL", True), ("11.2 g/dL", False)):
        readings = tuple(
            Reading(of=Measured.HAEMOGLOBIN, amount=Amount.of(amount), at=draw + timedelta(days=days))
            for amount, days in (("13.1 g/dL", -0.1), (after, 2))
        )
        asked = report("AE-1", IT, IT.at(50), kind=Kind.HAEMOGLOBIN_FALL, readings=readings)
        decision = play.ask(asked)
        assert codes(decision) == []
        assert ("safety.special-interest" in codes(decision, all_=True)) is found


def test_cells_cannot_have_caused_what_befell_somebody_who_was_never_infused() -> None:
    """The procedures of the trial's own record decide what can be a cause."""
    play, collect = before(cc.Collect)
    play.do(report("AE-1", IT, collect.act.at))
    judged = sc.JudgeRelatedness(event="AE-1", procedure=Procedure.CELLS, related=Answer.YES)
    assert codes(play.ask(tell(judged, collect.act.at))) == ["safety.procedure-not-done"]


# Neurological deterioration -------------------------------------------------------------------------------


def test_a_deterioration_is_computed_from_a_visit_and_confirmed_by_a_second_examiner() -> None:
    """Ten motor points below the mean of the two examinations before the infusion, found by two people
    within 48 h; then it counts towards stopping, and two of them stop the trial."""
    play = infused(1, 2)
    for number, it in enumerate((IT, OTHER), start=1):
        strong = items(of_grade("B", number))
        weak = {cell: "0" if "motor" in cell else score for cell, score in strong.items()}
        losses = {"isncsci": weak, "acute-loss": NO_LOSS}
        decision = play.do(visit(it, "day-7", 47, losses))
        assert names(decision) == ["protocol.visit-recorded", "safety.deterioration-suspected"]
        assert "safety.confirm" in codes(decision, all_=True)
        same = play.ask(examine(it, 47, losses, examiner="examiner"))
        assert names(same) == ["protocol.examination-recorded"]
        decision = play.do(examine(it, 48, losses))
        assert names(decision) == ["protocol.examination-recorded", "safety.deterioration-confirmed"]
        assert ("two-confirmed-deteriorations" in hit(play)) is (number == 2)
    stages = [each.stage for each in play.trial.harms.deteriorations.values()]
    assert stages == [Stage.CONFIRMED, Stage.CONFIRMED]


def test_a_second_examiner_who_does_not_find_it_refutes_it() -> None:
    """The same scores as before the infusion, a day later, by another examiner."""
    play = infused()
    weak = {cell: "0" if "motor" in cell else score for cell, score in items(of_grade("B", 1)).items()}
    play.do(visit(IT, "day-7", 47, {"isncsci": weak, "acute-loss": NO_LOSS}))
    strong = {"isncsci": items(of_grade("B", 1)), "acute-loss": NO_LOSS}
    decision = play.do(examine(IT, 48, strong))
    assert names(decision) == ["protocol.examination-recorded", "safety.deterioration-refuted"]
    assert hit(play) == []


def test_an_examination_before_the_infusion_is_a_reference_and_nothing_else() -> None:
    """Worse than at screening, and infused only later: no deterioration."""
    play, _ = before(cc.StartInfusion)
    weak = {cell: "0" if "motor" in cell else score for cell, score in items(of_grade("B", 1)).items()}
    assert names(play.do(examine(IT, 39, {"isncsci": weak}))) == ["protocol.examination-recorded"]
    assert play.trial.harms.deteriorations == Map()


def test_breath_lost_acts_at_once_also_when_nothing_else_was_examined() -> None:
    """Told alone, outside every visit: suspected and confirmed in one, without a second examiner."""
    play = infused()
    lost = {"acute-loss": {"respiratory-loss": "yes", "ascending-loss": "no"}}
    decision = play.do(examine(IT, 41, lost))
    assert names(decision) == [
        "protocol.examination-recorded", "safety.deterioration-suspected", "safety.deterioration-confirmed",
    ]  # fmt: skip
    assert decision.events[2].at_once
    fine = {"acute-loss": NO_LOSS}
    assert names(play.do(examine(IT, 42, fine))) == ["protocol.examination-recorded"]


@pytest.mark.parametrize("minutes", [0, 30])
def test_a_visit_told_in_parts_is_assessed_whole(minutes: int) -> None:
    """Scores first: the losses are open, so it is possible; then the losses, of the same examination or
    later: it is excluded."""
    play = infused()
    decision = play.do(visit(IT, "day-7", 47, {"isncsci": items(of_grade("B", 1))}))
    assert names(decision) == ["protocol.visit-recorded", "safety.deterioration-suspected"]
    assert "safety.retest" in codes(decision, all_=True)
    later = visit(IT, "day-7", 47, {"acute-loss": NO_LOSS})
    later = with_(later, examined_at=later.order.examined_at + timedelta(minutes=minutes))
    decision = play.do(later)
    assert names(decision) == ["protocol.visit-recorded", "safety.deterioration-refuted"]
    assert hit(play) == []


def test_parts_of_a_visit_may_be_told_in_any_order() -> None:
    """The losses were asked a day after the scores, and told first: nothing forbids telling the scores."""
    play = infused()
    assert names(play.do(visit(IT, "day-7", 48, {"acute-loss": NO_LOSS}))) == ["protocol.visit-recorded"]
    scores = visit(IT, "day-7", 47, {"isncsci": items(of_grade("B", 1))})
    assert names(play.do(scores)) == ["protocol.visit-recorded"]


def test_a_corrected_score_is_assessed_again() -> None:
    """Three points of the arms fewer are nothing; one was misread, and it is four (our proposed limit)."""
    play = infused()
    gone = dict.fromkeys(("right_motor_C7", "right_motor_C8", "left_motor_C8"), "0")
    three_fewer = {**items(of_grade("B", 1)), **gone}
    play.do(visit(IT, "day-7", 47, {"isncsci": three_fewer, "acute-loss": NO_LOSS}))
    assert play.trial.harms.deteriorations == Map()
    assert three_fewer["left_motor_C7"] == "1"
    wrong = CorrectItem(
        person=IT.person, examination=2, measure="isncsci", item="left_motor_C7", new="0", source=CHART
    )
    decision = play.do(tell(wrong, IT.at(48), why="misread"))
    assert names(decision) == ["protocol.item-corrected", "safety.deterioration-suspected"]


def test_a_corrected_reference_holds_every_later_examination_against_the_new_one() -> None:
    """Before the infusion it was better than was told: what came after is worse than it seemed."""
    play = infused()
    known = play.trial.people[IT.person]
    strong = items(of_grade("B", 1))
    play.do(visit(IT, "day-7", 47, {"isncsci": strong, "acute-loss": NO_LOSS}))
    assert play.trial.harms.deteriorations == Map()
    assert [each.visit for each in known.examinations] == ["screening", "re-examination"]
    muscles = [cell for cell in strong if "motor" in cell and strong[cell] == "0"][:6]
    for place in (0, 1):
        for cell in muscles:
            better = CorrectItem(
                person=IT.person, examination=place, measure="isncsci", item=cell, new="4", source=CHART
            )
            play.do(tell(better, IT.at(48), why="misread"))
    (found,) = play.trial.harms.deteriorations.values()
    assert found.examined_at == IT.at(47, 1)
    assert found.stage is Stage.SUSPECTED


def test_what_cannot_be_tested_is_possible_and_raises_nothing() -> None:
    """With every cell untestable each score is open: an examination of what is unknown is asked for."""
    play = infused()
    blank = dict.fromkeys(items(exam_of_grade(Random(1), "B", Segment.C5, name="made up")), "NT")
    decision = play.do(visit(IT, "day-7", 47, {"isncsci": blank, "acute-loss": NO_LOSS}))
    assert "safety.deterioration-suspected" in names(decision)
    (found,) = play.trial.harms.deteriorations.values()
    assert found.stage is Stage.POSSIBLE


def test_two_thrombo_embolic_events_in_ten_block_the_next_collection_and_infusion() -> None:
    """Computed from the trial's own record of who was infused; one is not enough."""
    play = infused(1, 2)
    next_, opens = _about_to_open(3)
    play.run(next_)
    for number, it in enumerate((IT, OTHER), start=1):
        known = {"kind": Kind.DEEP_VEIN_THROMBOSIS, "grade": 2, "onset": it.at(50).isoformat()[:10]}
        play.do(report(f"AE-{number}", it, OTHER.at(60), **known))
        assert ("two-thrombo-embolic-in-ten" in hit(play)) is (number == 2)
    assert "safety.hit" in codes(play.ask(opens))
