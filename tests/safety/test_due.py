"""Reporting clocks: what is due to whom by when, and what unknowns do to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.safety.harm_story import RULES, act, codes, judge, known, on, report, told, trial, unrelated

from myelos.answers import Answer
from myelos.safety import Facts, Harms, clocks, decide
from myelos.safety import commands as cm
from myelos.safety.due import DueItem, DueState
from myelos.safety.terms import Seriousness

FACTS = trial(2)
SERIOUS = (Seriousness.LIFE_THREATENING,)
LONG_STAY = (Seriousness.HOSPITALISATION,)
UNEXPECTED = cm.DecideExpectedness(event="E1", expected=Answer.NO, reference="edition 1")
EXPECTED = cm.DecideExpectedness(event="E1", expected=Answer.YES, reference="edition 1")


def due(state: Harms, day: float, facts: Facts = FACTS) -> dict[str, DueItem]:
    found = clocks(state, RULES, facts.collected, facts.infused, on(day))
    assert [item.due for item in found] == sorted(item.due for item in found)
    return {item.clock: item for item in found if item.clock != "annual-report"}


def reported(*commands: Any, **particulars: Any) -> Harms:
    return told([report("E1", grade=4, known_at=on(2), **particulars), *commands], FACTS, day=3)


def test_a_suspected_unexpected_life_threatening_event_is_due_in_7_and_15_days() -> None:
    """To the sponsor 24 hours from when it was known, to the authority 7 and 15 days from the report."""
    found = due(reported(judge("E1", Answer.YES), UNEXPECTED, serious=SERIOUS), 4)
    assert {name: (item.since, item.due) for name, item in found.items()} == {
        "serious-to-sponsor": (on(2), on(3)),
        "fatal-or-life-threatening-initial": (on(3), on(10)),
        "fatal-or-life-threatening-complete": (on(3), on(18)),
        "serious-unexpected-suspected": (on(3), on(18)),
    }
    assert {item.answer for item in found.values()} == {Answer.YES}


def test_a_stay_in_hospital_is_due_in_15_days_only() -> None:
    """Neither fatal nor life-threatening: no report in 7 days."""
    found = due(reported(judge("E1", Answer.YES), UNEXPECTED, serious=LONG_STAY), 4)
    assert set(found) == {"serious-to-sponsor", "serious-unexpected-suspected"}


def test_an_expected_or_unrelated_event_is_due_to_the_sponsor_only() -> None:
    """Nothing goes to the authority that is expected, or judged unrelated to everything."""
    for rest in ([judge("E1", Answer.YES), EXPECTED], [*unrelated("E1"), UNEXPECTED]):
        assert set(due(reported(*rest, serious=SERIOUS), 4)) == {"serious-to-sponsor"}


def test_waiting_for_a_judgement_stops_no_clock() -> None:
    """Nobody has judged, nobody knows whether it is serious: the clocks run, marked as possible."""
    found = due(reported(serious=None), 4)
    assert len(found) == 4
    assert {item.answer for item in found.values()} == {Answer.UNKNOWN}
    state = told([judge("E1", Answer.YES), UNEXPECTED], FACTS, reported(serious=SERIOUS), day=9)
    assert due(state, 9)["fatal-or-life-threatening-initial"].since == on(3)


def test_a_clock_starts_when_an_event_becomes_serious() -> None:
    """Not serious on day 3, serious on day 20: counted from day 20, or from when that was known."""
    worse = cm.UpdateAdverseEvent(event="E1", particulars=known(grade=4, serious=SERIOUS, known_at=on(19)))
    state = told([worse], FACTS, reported(UNEXPECTED, serious=()), day=20)
    found = due(state, 21)
    assert found["serious-to-sponsor"].since == on(19)
    assert found["fatal-or-life-threatening-initial"].since == on(20)


def test_what_was_once_surely_reportable_stays_due() -> None:
    """Judged unrelated after all: the report of what was known is still due."""
    state = reported(judge("E1", Answer.YES), UNEXPECTED, serious=SERIOUS)
    state = told(unrelated("E1"), FACTS, state, day=5)
    assert "fatal-or-life-threatening-initial" in due(state, 6)


def test_a_report_is_due_overdue_met_or_met_late() -> None:
    """Each of the four, as of an instant; the first sending counts."""
    state = reported(judge("E1", Answer.YES), UNEXPECTED, serious=SERIOUS)
    clock = "fatal-or-life-threatening-initial"
    sent = cm.RecordReportSent(clock=clock, subject="E1")
    assert due(state, 10)[clock].state is DueState.DUE
    assert due(state, 10.01)[clock].state is DueState.OVERDUE
    in_time = told([sent], FACTS, told([sent], FACTS, state, day=12), day=9)
    assert (due(in_time, 13)[clock].state, due(in_time, 13)[clock].sent) == (DueState.MET, on(9))
    assert due(in_time, 8)[clock].state is DueState.DUE
    last = told([sent], FACTS, state, day=10)
    assert [due(last, day)[clock].state for day in (10, 11)] == [DueState.MET, DueState.MET]
    late = told([sent], FACTS, state, day=11)
    assert due(late, 13)[clock].state is DueState.MET_LATE


def test_the_annual_report_comes_again_from_the_first_collection() -> None:
    """Collected on day -30: due on days 335, 700 ...; the next one is always shown."""

    def annual(day: float, state: Harms | None = None) -> list[tuple[str, datetime, DueState]]:
        found = clocks(state or Harms(), RULES, FACTS.collected, FACTS.infused, on(day))
        return [(item.subject, item.due, item.state) for item in found]

    assert annual(0) == [("1", on(335), DueState.DUE)]
    assert annual(336) == [("1", on(335), DueState.OVERDUE), ("2", on(700), DueState.DUE)]
    first = told([cm.RecordReportSent(clock="annual-report", subject="1")], FACTS, day=334)
    assert annual(336, first)[0] == ("1", on(335), DueState.MET)
    (item,) = clocks(Harms(), RULES, FACTS.collected, FACTS.infused, on(0))
    assert (item.since, item.answer) == (on(-30), Answer.YES)
    assert clocks(Harms(), RULES, (), FACTS.infused, on(900)) == ()


def test_a_report_sent_for_nothing_known_is_refused() -> None:
    """No such clock, no such event, no such period."""
    for clock, subject, code in (
        ("monthly", "E1", "no-such-clock"),
        ("serious-to-sponsor", "E1", "no-such-event"),
        ("annual-report", "0", "no-such-period"),
        ("annual-report", "first", "no-such-period"),
    ):
        command = cm.RecordReportSent(clock=clock, subject=subject)
        assert codes(decide(Harms(), command, act(3), RULES, FACTS)) == [code]
