"""The study that a trial's own record makes: everyone infused, nothing filled in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from examples.twenty_people.people import commands, course_of, infused, script, thirteen
from examples.twenty_people.playing import play
from examples.twenty_people.script import OPENED, opening

from myelos.evidence import Study, judge, load_study, study_of
from myelos.evidence.study import Certainty, IndexExam
from myelos.findings import Refused
from myelos.protocol import Command, Trial, load_protocol
from myelos.protocol.visits import RecordVisit

PROTOCOL = load_protocol("honmou-phase2")
LEGS = ("L2", "L3", "L4", "L5", "S1")


def study(trial: Trial, endpoint: str = "ais-month-6") -> Study:
    return study_of(trial, PROTOCOL, endpoint, source="made up", synthetic=True)


@cache
def twenty() -> Trial:
    return play(PROTOCOL, [*opening(OPENED), *commands()])[0]


def counted(made: Study) -> Counter[tuple[str, str]]:
    return Counter({(each.baseline, each.followup): each.count for each in made.baselines[0].transitions})


def of_two(without: str | None = None, untested: str | None = None) -> Trial:
    """The first two people; ``without``: a visit the first does not come to; ``untested``: a visit at which
    nobody could test the legs."""
    first, second, *_ = thirteen()
    asked: list[Command] = []
    for each in sorted([*infused(1, first), *infused(2, second)], key=lambda command: command.act.at):
        order = each.order
        if isinstance(order, RecordVisit) and order.person == script(1).person:
            if order.visit == without:
                continue
            if order.visit == untested:
                legs = {f"{side}_motor_{level}": "NT" for side in ("left", "right") for level in LEGS}
                items = {**order.measures["isncsci"], **legs}
                each = Command(each.act, replace(order, measures={**order.measures, "isncsci": items}))
        asked.append(each)
    return play(PROTOCOL, [*opening(OPENED), *asked])[0]


def test_everyone_infused_is_in_it_and_nobody_else() -> None:
    """Thirteen people by trial code, of seventeen who passed the first gate and gave blood or marrow."""
    made = study(twenty())
    people = made.people
    assert (people.registered, people.collected, people.infused, people.analysed) == (17, 17, 13, 13)
    assert [each.id for each in made.persons] == sorted(
        code for code, person in twenty().people.items() if person.infused_at is not None
    )


def test_grades_days_and_scores_are_those_of_the_examinations() -> None:
    """Each visit of the first person: the day it was made, the grade and the sums that were scored."""
    first, person = study(twenty()).persons[0], thirteen()[0]
    assert [visit.day for visit in first.visits] == [day for day, _ in person.visits.values()]
    taken = twenty().people[script(1).person].visit("month-6")["isncsci"].taken["isncsci"].results
    last = first.visits[-1]
    assert (last.name, (last.ais,)) == ("month-6", taken["ais"].possible)
    assert last.scores["motor"] == taken["motor_total"].low == last.scores["uems"] + last.scores["lems"]


def test_it_is_the_study_that_its_transitions_make() -> None:
    """Days before the infusion, months of follow-up, level, gates and edition, as the record has them."""
    made = study(twenty())
    (baseline,) = made.baselines
    days = [(each.visits["before infusion"][0], course_of(1, each).days.infusion) for each in thirteen()]
    assert baseline.day_range == (min(day for day, _ in days), max(day for day, _ in days))
    assert baseline.day == sum(day for day, _ in days) / 13
    before = [infusion - day for day, infusion in days]
    assert baseline.days_before_infusion == (min(before), max(before))
    assert (made.followup_months, made.level, made.gates, made.edition) == ((6, 6), "cervical", 2, "2019")
    assert (made.split, made.total, made.synthetic) == (Certainty.DERIVED, Certainty.DERIVED, True)


def test_what_no_record_holds_is_unknown() -> None:
    """Why it stopped and by which way the cells went in are not guessed from the data."""
    made = study(twenty())
    assert {made.why_stopped, made.route, made.examiner, made.arm} == {"unknown"}


def test_blinding_controls_and_phase_are_what_the_protocol_says_or_unknown() -> None:
    """They are the design's, and no record of results shows them."""
    made, silent = study(twenty()), replace(PROTOCOL, design=None)
    untold = study_of(twenty(), silent, "ais-month-6", source="made up", synthetic=True)
    assert (made.blinded, made.concurrent_controls, made.phase) == ("no", "no", "subacute")
    assert {untold.blinded, untold.concurrent_controls, untold.phase} == {"unknown"}


def test_the_index_exam_is_the_one_the_gate_before_the_collection_judges() -> None:
    """Read from screening, the same people are counted from an exam before the collection."""
    exams = [
        study(twenty(), each).baselines[0].exam for each in ("ais-month-6", "ais-month-6-from-screening")
    ]
    assert exams == [IndexExam.BEFORE_INFUSION, IndexExam.BEFORE_COLLECTION]


def test_the_published_transitions_are_judged_alike_from_a_record_and_from_a_table() -> None:
    """One study as a record and one as its own TOML: what was observed is one."""
    made, published = study(twenty()), load_study("honmou-2021")
    ends = [judge(each).observed for each in (made, published)]
    intervals = [[each.value for each in end.clopper_pearson] for end in ends]
    grades = [{grade: [each.value for each in told] for grade, told in end.by_grade.items()} for end in ends]
    assert intervals[0] == intervals[1]
    assert grades[0] == grades[1]


def test_who_was_not_examined_is_kept_and_not_imputed() -> None:
    """Nobody falls out of the study for a missing visit: their grade then could be any."""
    whole, made = counted(study(of_two())), counted(study(of_two(without="month-6")))
    assert made.total() == whole.total() == 2
    (lost,) = made - whole
    assert lost[1] == "unspecified"
    fewest, most = study(of_two(without="month-6")).baselines[0].improvers()
    assert most - fewest == 1


def test_an_open_grade_stays_open() -> None:
    """A grade that untested cells leave open counts as every grade it can be."""
    made = study(of_two(untested="month-6"))
    results = of_two(untested="month-6").people[script(1).person].visit("month-6")["isncsci"]
    possible = results.taken["isncsci"].results["ais"].possible
    assert made.persons[0].visits[-1].ais == "_or_".join(possible)
    assert len(possible) > 1
    assert "lems" not in made.persons[0].visits[-1].scores
    assert made.baselines[0].n == 2


def test_a_grade_moves_with_the_correction_of_its_day() -> None:
    """Days are counted to the examination, wherever the visit's window lies."""
    late = play(PROTOCOL, [*opening(OPENED), *sorted(
        (_later(each) for each in infused(1, thirteen()[0])), key=lambda command: command.act.at
    )])[0]  # fmt: skip
    assert study(late).persons[0].visits[-1].day == thirteen()[0].visits["day 180"][0] + 40
    assert study(late).followup_months == (7, 7)


def _later(command: Command) -> Command:
    order = command.order
    if not (isinstance(order, RecordVisit) and order.visit == "month-6"):
        return command
    act = replace(command.act, at=command.act.at + timedelta(days=40))
    return Command(act, replace(order, examined_at=order.examined_at + timedelta(days=40)))


@pytest.mark.parametrize("read", ["ais-month-60", "scim-month-6", ""])
def test_an_endpoint_without_grades_is_refused_with_those_there_are(read: str) -> None:
    """Only a comparison of AIS grades makes a study; the others are named."""
    with pytest.raises(Refused) as refused:
        study(twenty(), read)
    (finding,) = refused.value.findings
    assert finding.code == "evidence.no-such-endpoint"
    assert "ais-month-6" in str(finding.params["known"])


def test_a_trial_in_which_nobody_was_infused_is_no_study() -> None:
    """There is nothing to judge yet."""
    trial, _ = play(PROTOCOL, opening(OPENED))
    with pytest.raises(Refused) as refused:
        study(trial)
    assert [each.code for each in refused.value.findings] == ["evidence.nobody"]
