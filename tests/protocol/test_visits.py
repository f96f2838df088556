"""Examinations in and out of their windows, what is missed, and what is open."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.enrolled import (
    NOTES,
    P1,
    SCALE,
    TRIAL,
    act,
    after,
    agree,
    asked,
    codes,
    consented,
    done,
    examine,
    examined,
    infused,
    on,
    ready,
    registered,
    screened,
)

from myelos.answers import Answer
from myelos.protocol import corrections as c
from myelos.protocol import person_events as e
from myelos.protocol.enrolment import DecideGate
from myelos.protocol.people import Person
from myelos.protocol.visits import RecordDeviation, RecordExamination, RecordVisit, outside_at_infusion
from myelos.protocol.windows import Standing
from myelos.protocol.worklist import assessor_view, visit_list, worklist
from myelos.quantities import Amount

DAY_0 = date(2026, 1, 1)
PAIN = {"pain-0-10": {"intensity": 3, "kind": "none", "neuropathic": "no"}}


def rows(person: Person, day: int) -> dict[str, Any]:
    return {row.visit: row for row in visit_list(person, TRIAL, DAY_0 + timedelta(days=day))}


# Recording -------------------------------------------------------------------------------------------------


def test_what_was_taken_is_scored_under_its_edition() -> None:
    """The event keeps what was entered, the edition and what the outputs can be."""
    (event,) = asked(consented(), examine("screening", 3, "C"), act(3)).events
    assert event.taken == {
        "grade": e.Taken(edition="1", items={"grade": "C"}, results={"grade": e.Result(possible=("C",))})
    }


def test_an_untested_item_leaves_open_what_it_leaves_open() -> None:
    """Nothing untested counts as a score: every grade stays possible, and the gate will not be passed."""
    (event,) = asked(consented(), examine("screening", 3, "NT"), act(3)).events
    assert event.taken["grade"].results["grade"].possible == ("A", "B", "C", "D", "E")


def test_every_fault_of_a_visit_is_told_at_once() -> None:
    """Before the injury, in the future of the act, without consent, not of this visit, no score: all."""
    order = RecordVisit(
        person=P1,
        visit="screening",
        examined_at=on(-1),
        examiner="examiner-1",
        source=NOTES,
        measures={"grade": {"grade": "F"}, "pain-0-10": {"intensity": 3}, "nihss": {"x": 1}},
    )
    decision = asked(screened(), order, act(-2))
    assert codes(decision) == [
        "before-onset",
        "examined-in-future",
        "consent-missing",
        "measures.not-one-of",
        "measure-not-of-visit",
        "measure-not-of-visit",
    ]
    places = [each.place.column for each in decision.findings]
    assert places == [
        "examined_at",
        "examined_at",
        "at",
        "measures.grade.grade",
        "measures.pain-0-10",
        "measures.nihss",
    ]
    assert codes(asked(consented(), examine("noon", 3), act(3))) == ["visit-unknown"]


def test_a_visit_cannot_be_told_before_it_was_done() -> None:
    """The time of the examination is not after the act that tells it."""
    assert codes(asked(consented(), examine("screening", 5), act(4))) == ["examined-in-future"]


@pytest.mark.parametrize(("day", "outside"), [(14.4, 0), (14.6, 1), (20, 6)])
def test_a_visit_outside_its_window_is_accepted_with_a_deviation(day: float, outside: int) -> None:
    """Screening may be until day 14 of the site's calendar; a late one is kept, and the days beside it."""
    decision = asked(consented(), examine("screening", day), act(day))
    assert decision.findings == ()
    assert isinstance(decision.events[0], e.VisitRecorded)
    deviations = [(each.kind, each.about, each.days, each.computed) for each in decision.events[1:]]
    assert deviations == ([("visit-window", "screening", outside, True)] if outside else [])
    assert len(after(consented(), decision.events, act(day)).deviations) == len(deviations)


def test_a_visit_too_early_has_negative_days() -> None:
    """Two days before the window is -2."""
    decision = asked(registered(), examine("again", 13, **PAIN), act(13))
    assert [each.days for each in decision.events[1:]] == [-2]


def test_an_examination_under_an_outdated_consent_is_a_deviation() -> None:
    """Data of people are not thrown away because a form was renewed; that it was not signed again is told."""
    decision = asked(registered(), examine("month-6", 160), act(160))
    deviations = [(each.kind, each.about, each.computed) for each in decision.events[1:]]
    assert deviations == [("consent", "month-6", True)]


def test_a_visit_may_be_told_in_parts_but_a_measure_only_once() -> None:
    """A visit of two days is one visit; the same measure again is a correction or an examination."""
    person = done(registered(), examine("again", 40), act(40))
    assert rows(person, 41)["again"].left == ("pain-0-10",)
    assert rows(person, 41)["again"].standing is Standing.DUE
    assert codes(asked(person, examine("again", 41, **PAIN), act(41))) == ["measure-taken-already"]
    rest = RecordVisit(
        person=P1, visit="again", examined_at=on(41), examiner="x", source=NOTES, measures=PAIN
    )
    person = done(person, rest, act(41))
    row = rows(person, 41)["again"]
    assert (row.standing, row.left, row.examined_on) == (
        Standing.DONE,
        (),
        (date(2026, 2, 10), date(2026, 2, 11)),
    )


def test_an_examination_of_its_own_has_a_reason_and_belongs_to_no_visit() -> None:
    """A second examiner's confirmation is on record without taking the place of a visit."""
    order = RecordExamination(
        person=P1,
        examined_at=on(50),
        examiner="examiner-2",
        source=NOTES,
        reason="confirmation of a fall",
        measures={"grade": {"grade": "A"}},
    )
    person = done(infused(), order, act(50))
    assert (person.examinations[-1].visit, person.examinations[-1].reason) == (None, "confirmation of a fall")
    unknown = replace(order, measures={"nihss": {"x": 1}})
    assert codes(asked(infused(), unknown, act(50))) == ["measure-not-of-protocol"]


def test_a_visit_after_the_infusion_waits_for_it() -> None:
    """No day 0, no visit; one that lies before day 0 is judged once the infusion has been."""
    assert codes(asked(ready(), examine("week-1", 50), act(50))) == ["visit-before-infusion"]
    assert codes(asked(ready(), examine("infusion-day", 45), act(45))) == []
    person = done(ready(), examine("before-infusion", 41), act(41))
    person = replace(person, infused_at=on(45))
    assert [(each.about, each.days) for each in outside_at_infusion(person, TRIAL)] == [
        ("before-infusion", -1)
    ]
    assert outside_at_infusion(replace(person, infused_at=on(43)), TRIAL) == ()


@pytest.mark.parametrize(("day", "fault"), [(14.4, ["window-still-open"]), (14.6, [])])
def test_a_visit_is_not_missed_before_its_window_is_over(day: float, fault: list[str]) -> None:
    """The last day of the window belongs to the visit, to its end in the site's calendar."""
    missed = e.VisitMissed(person=P1, visit="screening", reason="no transport")
    assert codes(asked(consented(), missed, act(day))) == fault


def test_what_is_left_of_a_visit_can_be_missed() -> None:
    """A visit done in part is done once the rest is missed, and says what is left and why."""
    person = done(registered(), examine("again", 40), act(40))
    missed = e.VisitMissed(person=P1, visit="again", reason="interpreter ill")
    row = rows(done(person, missed, act(60)), 60)["again"]
    assert (row.standing, row.left, row.reason) == (Standing.DONE, ("pain-0-10",), "interpreter ill")


def test_a_visit_is_missed_with_a_reason_once_and_not_when_it_was_done() -> None:
    """Missed without day 0, twice, or though everything was taken: refused."""
    missed = e.VisitMissed(person=P1, visit="screening", reason="no transport")
    week = e.VisitMissed(person=P1, visit="week-1", reason="never infused")
    assert codes(asked(registered(), missed, act(20))) == ["visit-done-already"]
    assert codes(asked(registered(), week, act(60))) == ["visit-without-day-0"]
    person = done(consented(), missed, act(20))
    assert codes(asked(person, missed, act(21))) == ["visit-missed-already"]
    assert codes(asked(consented(), replace(missed, reason="  "), act(20))) == ["reason-missing"]
    assert codes(asked(consented(), replace(missed, visit="noon"), act(20))) == ["visit-unknown"]


def test_a_weight_is_above_nothing_and_asks_for_consent() -> None:
    """A weight of 0 kg would make every dose allowed."""
    weight = e.WeightRecorded(person=P1, weight=Amount.of("0 kg"), source=SCALE)
    assert codes(asked(screened(), weight, act(3))) == ["consent-missing", "weight-not-positive"]


def test_a_deviation_is_told_in_words() -> None:
    """What a person tells is marked as told, not as computed."""
    told = RecordDeviation(person=P1, kind="procedure", about="screening", words="bed raised during the test")
    (event,) = asked(consented(), told, act(3)).events
    assert (event.computed, event.words) == (False, "bed raised during the test")
    assert codes(asked(consented(), replace(told, words=" "), act(3))) == ["reason-missing"]


# Lists -----------------------------------------------------------------------------------------------------


def test_visits_stand_as_waiting_upcoming_due_overdue_done_or_missed() -> None:
    """One day, all standings; days left are to the last day of the window."""
    person = infused()
    listed = rows(person, 60)
    assert {visit: (row.standing, row.days_left) for visit, row in listed.items()} == {
        "screening": (Standing.DONE, -46),
        "again": (Standing.OVERDUE, -6),
        "before-infusion": (Standing.OVERDUE, -16),
        "infusion-day": (Standing.OVERDUE, -15),
        "week-1": (Standing.OVERDUE, -6),
        "month-6": (Standing.UPCOMING, 150),
    }
    assert rows(person, 50)["week-1"].standing is Standing.DUE
    assert rows(ready(), 50)["week-1"].standing is Standing.WAITING
    missed = e.VisitMissed(person=P1, visit="week-1", reason="pneumonia")
    row = rows(done(person, missed, act(60)), 60)["week-1"]
    assert (row.standing, row.reason, row.left) == (Standing.MISSED, "pneumonia", ("grade",))


def test_a_visit_is_waited_for_until_the_person_leaves() -> None:
    """Whoever leaves on the last day of a window is no more waited for; a day later it was due before."""
    expected = {}
    for day in (54, 55):
        left = e.FollowUpWithdrawn(person=P1, decided_by="person")
        listed = rows(done(registered(), left, act(day)), 60)
        expected[day] = [visit for visit, row in listed.items() if row.expected]
    assert expected == {54: ["screening"], 55: ["screening", "again"]}
    users = done(registered(), e.GroupAssigned(person=P1, group="users"), act(5))
    assert [rows(each, 60)["week-1"].expected for each in (registered(), users)] == [True, True]


def test_a_row_says_by_how_many_days_a_visit_was_outside_its_window() -> None:
    """Of the first of its examinations; nothing can be said before day 0 has come."""
    late = after(consented(), asked(consented(), examine("screening", 16), act(16)).events, act(16))
    assert rows(late, 20)["screening"].outside == 2
    waiting = done(ready(), examine("before-infusion", 41), act(41))
    row = rows(waiting, 42)["before-infusion"]
    assert (row.outside, row.window, row.days_left, row.standing) == (0, None, None, Standing.DONE)


@given(st.integers(0, 260), st.integers(0, 260))
def test_no_visit_comes_back_once_its_window_is_over(first: int, later: int) -> None:
    """Standings go one way only: upcoming, due, overdue."""
    order = [Standing.UPCOMING, Standing.DUE, Standing.OVERDUE, Standing.DONE]
    person = infused()
    before, after_ = rows(person, min(first, later)), rows(person, max(first, later))
    assert all(order.index(after_[key].standing) >= order.index(row.standing) for key, row in before.items())


def test_the_worklist_puts_the_most_urgent_first() -> None:
    """Overdue by most, then due soonest; what nothing dates comes last."""
    other = replace(registered(), code="P00002")
    tasks = worklist([infused(), other], TRIAL, on(53))
    left = [task.days_left for task in tasks if task.days_left is not None]
    assert left == sorted(left)
    assert {(task.person, task.kind, task.about, task.days_left) for task in tasks} == {
        (P1, "visit-due", "again", 1),
        (P1, "visit-overdue", "before-infusion", -9),
        (P1, "visit-overdue", "infusion-day", -8),
        (P1, "visit-due", "week-1", 1),
        ("P00002", "visit-due", "again", 1),
        ("P00002", "gate-open", "second", 1),
    }


def test_the_worklist_tells_blocked_gates_and_open_consents() -> None:
    """A stopping rule is named where it blocks; a renewed form and an own consent are asked for."""
    agreed = agree(given_by="representative", relationship="spouse")
    person = done(screened(), agreed, act(2))
    tasks = worklist([person], TRIAL, on(10), blocked=("two-in-ten",))
    assert [(task.kind, task.about, task.reasons) for task in tasks] == [
        ("visit-due", "screening", ()),
        ("gate-blocked", "first", ("two-in-ten",)),
        ("own-consent", "main", ()),
    ]
    assert "new-consent" in [task.kind for task in worklist([person], TRIAL, on(160))]


def test_nobody_waits_for_the_visits_of_who_was_refused() -> None:
    """A screening failure by a no is neither due nor overdue; one by an unknown is still open."""
    first = DecideGate(person=P1, gate="first")
    refused = done(examined("D"), first, act(4))
    assert worklist([refused], TRIAL, on(60)) == ()
    open_ = done(consented(), first, act(4))
    assert {task.kind for task in worklist([open_], TRIAL, on(10))} == {"visit-due", "gate-open"}


def test_the_not_infused_have_no_visits_after_an_infusion() -> None:
    """A non-user waits for no infusion."""
    person = done(registered(), e.GroupAssigned(person=P1, group="non-users"), act(5))
    listed = rows(person, 60)
    assert (listed["week-1"].expected, listed["month-6"].expected) == (False, True)


@pytest.mark.requirement("BLD-01")
def test_bld_01_an_assessor_sees_no_arm_no_infusion_and_no_name_of_a_visit() -> None:
    """The view is the same for two people who differ only in group, chain and what was given."""
    user = replace(infused(), group="users", chain="C1")
    other = replace(user, group="non-users", chain=None, off_treatment=None, deviations=())
    day = DAY_0 + timedelta(days=170)
    view = assessor_view(user, TRIAL, day)
    assert view == assessor_view(other, TRIAL, day)
    shown = repr(asdict(view))
    hidden = ["users", "infus", "week", "month", "before", "C1", "first", "second", str(user.infusion_day)]
    assert [word for word in hidden if word in shown] == []
    assert [each.measures for each in view.asked][-1] == ("grade",)
    assert [each.number for each in view.asked] == [3, 4, 5, 6, 7]
    assert [each.days_left for each in view.asked] == [-126, -125, -116, -116, 40]


# Speed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "at", "product"),
    [
        (DecideGate(person=P1, gate="second"), act(44), Answer.YES),
        (examine("month-6", 180), act(180), Answer.UNKNOWN),
        (
            c.CorrectFact(person=P1, fact="age", new=Amount.of("35 y"), source=NOTES),
            act(50, "misread"),
            Answer.UNKNOWN,
        ),
    ],
    ids=["gate", "visit", "correction"],
)
def test_a_decision_takes_well_under_half_a_millisecond(command: Any, at: Any, product: Answer) -> None:
    """The best of several runs, so that a busy machine does not fail it."""
    person = ready()
    asked(person, command, at, product=product)
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        asked(person, command, at, product=product)
        best = min(best, time.perf_counter() - start)
    assert best < 0.0005
