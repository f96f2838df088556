"""An adverse event from report to end: what it takes where it stands, what is refused, what is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.safety.harm_story import RULES, ZONE, act, codes, done, judge, known, on, report, told, trial

from myelos.answers import Answer
from myelos.findings import Refused, Severity
from myelos.quantities import Amount
from myelos.safety import COMMANDS, EVENTS, Facts, Harms, decide, evolve
from myelos.safety import commands as cm
from myelos.safety import events as ev
from myelos.safety.reporting import ALLOWED, Life, life
from myelos.safety.terms import Kind, Measured, Outcome, Procedure, Seriousness
from myelos.shapes import Catalogue, plain, read

FACTS = trial(3)
ON_AN_EVENT: dict[str, Callable[[], Any]] = {
    "report": lambda: report("E1"),
    "update": lambda: cm.UpdateAdverseEvent(event="E1", particulars=known(grade=2)),
    "judge": lambda: judge("E1", Answer.NO),
    "expect": lambda: cm.DecideExpectedness(event="E1", expected=Answer.NO, reference="edition 1"),
    "outcome": lambda: cm.RecordOutcome(event="E1", outcome=Outcome.RECOVERED, end="2026-03-03"),
    "withdraw": lambda: cm.WithdrawAdverseEvent(event="E1", because=ev.WithdrawnBecause.DUPLICATE),
}
STANDS: dict[Life, list[Any]] = {
    Life.NONE: [],
    Life.OPEN: [report("E1")],
    Life.ENDED: [report("E1"), ON_AN_EVENT["outcome"]()],
    Life.WITHDRAWN: [report("E1"), ON_AN_EVENT["withdraw"]()],
}
TABLE = {
    Life.NONE: {"report": "ok"} | dict.fromkeys(list(ON_AN_EVENT)[1:], "no-such-event"),
    Life.OPEN: {"report": "event-exists"} | dict.fromkeys(list(ON_AN_EVENT)[1:], "ok"),
    Life.ENDED: {"report": "event-exists"} | dict.fromkeys(list(ON_AN_EVENT)[1:], "ok"),
    Life.WITHDRAWN: {"report": "event-exists"} | dict.fromkeys(list(ON_AN_EVENT)[1:], "event-withdrawn"),
}


@pytest.mark.parametrize("stands", TABLE)
@pytest.mark.parametrize("name", ON_AN_EVENT)
def test_an_event_takes_what_the_table_says_where_it_stands(stands: Life, name: str) -> None:
    """Every command in every state of an adverse event: allowed, or refused by the code the table names."""
    state = told(STANDS[stands], FACTS, why="entered twice")
    assert life(state, "E1") is stands
    command = ON_AN_EVENT[name]()
    decision = decide(state, command, act(4, why="entered twice"), RULES, FACTS)
    expected = TABLE[stands][name]
    assert (type(command) in ALLOWED[stands]) == (expected == "ok")
    if expected == "ok":
        assert [type(each) in EVENTS for each in decision.events] == [True]
    else:
        assert decision.events == ()
        assert codes(decision) == [expected]


def test_every_event_changes_the_state_and_comes_back_from_plain_data() -> None:
    """Folding an event of each kind is visible in the state, and none loses anything when it is written."""
    suspected = ev.DeteriorationSuspected(
        deterioration="D1",
        person="P1",
        examined_at=on(5),
        examiner="examiner-1",
        answer=Answer.YES,
        signs=(ev.Sign.UEMS,),
        unknown=(),
        confirm_by=on(7),
    )
    confirmed = ev.DeteriorationConfirmed(
        deterioration="D1", examined_at=on(6), examiner="examiner-2", signs=(ev.Sign.AIS,), at_once=False
    )
    refuted = ev.DeteriorationRefuted(deterioration="D1", examined_at=on(6), examiner="examiner-2")
    fact = ev.Fact(source=ev.Source.EVENT, id="E1", answer=Answer.YES)
    every = [
        ev.AdverseEventReported(event="E1", person="P1", zone=ZONE, particulars=known()),
        ev.AdverseEventUpdated(event="E1", particulars=known(grade=None)),
        ev.RelatednessJudged(event="E1", procedure=Procedure.CELLS, related=Answer.UNKNOWN),
        ev.ExpectednessDecided(event="E1", expected=Answer.NO, reference="edition 1"),
        ev.OutcomeRecorded(event="E1", outcome=Outcome.RECOVERING, end="unknown"),
        ev.AdverseEventWithdrawn(event="E1", because=ev.WithdrawnBecause.NO_EVENT),
        ev.IncidentRecorded(
            incident="I1", kind=Kind.CONTAMINATION, what="made up", person=None, container="bag-1"
        ),
        suspected,
        confirmed,
        suspected,
        refuted,
        suspected,
        ev.DeteriorationAdjudicated(deterioration="D1", confirmed=True, reasons="read again"),
        ev.ReportSent(clock="serious-to-sponsor", subject="E1"),
        ev.StoppingDecided(
            verdict=ev.Verdict.CONTINUE,
            hits=(ev.Reviewed(rule="grade-5", facts=(fact,)),),
            reasons="made up",
            amendment=None,
        ),
    ]
    assert {type(each) for each in every} == set(EVENTS)
    book, state = Catalogue(EVENTS), Harms()
    for event in every:
        assert book.read(book.write(event)) == event
        after = evolve(state, event, act(8))
        assert after != state, event
        state = after


def test_every_command_comes_back_from_plain_data() -> None:
    """A form's plain values make the same command again."""
    book = Catalogue(COMMANDS)
    for make in ON_AN_EVENT.values():
        assert book.read(book.write(make())) == make()


@pytest.mark.requirement("AUD-01")
def test_aud_01_update_then_read_history_old_and_new_who_when_and_why() -> None:
    """An update hides nothing: both values stand in the history, with who made them, when and why."""
    state = told([report("E1", grade=2)], FACTS, day=2)
    update = cm.UpdateAdverseEvent(event="E1", particulars=known(grade=3, term="worse than thought"))
    state = told([update], FACTS, state, day=4, by="investigator-2", why="chart read again")
    old, new = state.adverse["E1"].history
    assert (old.case.particulars.grade, old.by, old.at) == (2, "investigator-1", on(2))
    assert (new.case.particulars.grade, new.by, new.at) == (3, "investigator-2", on(4))
    assert new.why == "chart read again"


@pytest.mark.requirement("AUD-05")
def test_aud_05_withdrawing_a_report_without_a_reason_is_refused() -> None:
    """A report leaves the counts only with a reason beside it."""
    state = told([report("E1")], FACTS)
    for why in ("", "  "):
        decision = decide(state, ON_AN_EVENT["withdraw"](), act(4, why=why), RULES, FACTS)
        assert codes(decision) == ["reason-needed"]


@pytest.mark.requirement("AUD-03")
def test_aud_03_naive_and_local_times_in_a_report_are_refused() -> None:
    """A report's own times are UTC or they are not read; both faults are found."""
    data = plain(report("E1"))
    data["particulars"]["known_at"] = "2026-03-02T08:00:00"
    data["particulars"]["readings"] = [
        {"of": "haemoglobin", "amount": "12 g/dL", "at": "2026-03-02T08:00:00+09:00"}
    ]
    with pytest.raises(Refused) as refused:
        read(cm.ReportAdverseEvent, data)
    assert {f.code for f in refused.value.findings} == {"shapes.naive-time", "shapes.not-utc"}


@pytest.mark.requirement("DAT-01")
def test_dat_01_a_report_without_when_it_was_known_is_refused_and_each_version_has_its_source() -> None:
    """Nothing is known from nobody: no time of knowing, no report; every version has its account and time."""
    data = plain(report("E1"))
    del data["particulars"]["known_at"]
    with pytest.raises(Refused) as refused:
        read(cm.ReportAdverseEvent, data)
    (finding,) = refused.value.findings
    assert (finding.code, finding.place.column) == ("shapes.missing", "particulars.known_at")
    (entry,) = told([report("E1")], FACTS).adverse["E1"].history
    assert (entry.by, entry.at, entry.known_at) == ("investigator-1", on(3), on(1.5))


def test_all_that_cannot_be_kept_is_found_at_once() -> None:
    """An id in use, a kind that is no event, an onset and a knowledge to come: four findings."""
    state = told([report("E1")], FACTS)
    decision = decide(
        state,
        report("E1", kind=Kind.CONTAMINATION, onset="2026-04-01", known_at=on(20)),
        act(4),
        RULES,
        FACTS,
    )
    assert decision.events == ()
    assert sorted(codes(decision)) == ["event-exists", "kind-not-an-event", "not-yet", "not-yet"]


def test_what_is_known_and_begins_at_the_moment_of_the_report_is_kept() -> None:
    """The very moment is not to come: onset, knowledge, a reading and an end at the time of the act."""
    now = "2026-03-04T01:00Z"
    reading = ev.Reading(of=Measured.HAEMOGLOBIN, amount=Amount.of("12 g/dL"), at=on(3))
    state = told([report("E1", onset=now, known_at=on(3), readings=(reading,))], FACTS, day=3)
    ended = told([cm.RecordOutcome(event="E1", outcome=Outcome.RECOVERED, end=now)], FACTS, state)
    assert life(ended, "E1") is Life.ENDED
    late = ev.Reading(of=Measured.HAEMOGLOBIN, amount=Amount.of("12 g/dL"), at=on(3.1))
    refused = decide(Harms(), report("E1", readings=(late,)), act(3), RULES, FACTS)
    assert [f.place.column for f in refused.findings] == ["particulars.readings[0].at"]


def test_a_report_is_kept_with_all_that_is_not_known_said_beside_it() -> None:
    """Nothing about a harm must be known before it can be reported; what is open is named."""
    command = report("E1", kind=Kind.UNCLASSIFIED, grade=None, serious=None, onset="unknown")
    decision = decide(Harms(), command, act(3), RULES, FACTS)
    assert len(decision.events) == 1
    open_ = [f.params["what"] for f in decision.findings if f.code == "safety.still-unknown"]
    assert open_ == ["kind", "grade", "serious", "onset"]
    assert "special-interest-possible" in codes(decision)


@pytest.mark.parametrize(
    ("particulars", "code"),
    [
        ({"grade": 5, "serious": ()}, "fatal-but-not-serious"),
        ({"grade": 3, "serious": (Seriousness.DEATH,)}, "fatal-but-grade"),
        ({"kind": Kind.DEATH, "grade": 4, "serious": (Seriousness.DEATH,)}, "fatal-but-grade"),
        ({"grade": None, "serious": (Seriousness.DEATH,)}, None),
        ({"grade": 5, "serious": None}, None),
    ],
)
def test_a_death_is_never_refused_for_what_contradicts_it(
    particulars: dict[str, Any], code: str | None
) -> None:
    """The contradiction is a warning; the death counts. What is not known contradicts nothing."""
    decision = decide(Harms(), report("E1", **particulars), act(3), RULES, FACTS)
    assert len(decision.events) == 1
    said = [each for each in codes(decision) if each.startswith("fatal-but")]
    assert said == ([] if code is None else [code])


def test_a_fatal_outcome_stands_beside_a_lower_grade_with_a_warning() -> None:
    """Who records the outcome need not have the grade changed first."""
    state = told([report("E1", grade=3)], FACTS)
    fatal = cm.RecordOutcome(event="E1", outcome=Outcome.FATAL, end="2026-03-03")
    decision = decide(state, fatal, act(4), RULES, FACTS)
    assert len(decision.events) == 1
    assert codes(decision) == ["fatal-but-grade", "fatal-but-not-serious"]
    state = told([fatal], FACTS, state)
    alive = cm.RecordOutcome(event="E1", outcome=Outcome.RECOVERED, end="unknown")
    assert codes(decide(state, alive, act(5), RULES, FACTS)) == ["reason-needed"]
    assert not decide(state, alive, act(5, why="another person's record"), RULES, FACTS).forbidden


def test_an_end_before_the_onset_and_one_to_come_are_both_found() -> None:
    """An event cannot end before it began, nor tomorrow; both of two wrong dates are told."""
    state = told([report("E1")], FACTS)
    early = cm.RecordOutcome(event="E1", outcome=Outcome.RECOVERED, end="2026-02")
    late = cm.RecordOutcome(event="E1", outcome=Outcome.NOT_RECOVERED, end="2027")
    assert codes(decide(state, early, act(4), RULES, FACTS)) == ["end-before-onset"]
    assert codes(decide(state, late, act(4), RULES, FACTS)) == ["not-yet", "end-without-ending"]


def test_nothing_is_related_to_a_procedure_the_person_has_not_had() -> None:
    """What was not done cannot be the cause; an onset before the procedure is doubted, not refused."""
    facts = Facts(collected=FACTS.collected)
    state = told([report("E1")], facts)
    refused = decide(state, judge("E1", Answer.YES, Procedure.INFUSION), act(4), RULES, facts)
    assert codes(refused) == ["procedure-not-done"]
    assert not decide(state, judge("E1", Answer.NO, Procedure.INFUSION), act(4), RULES, facts).forbidden
    early = told([report("E2", onset="2026-02-20")], FACTS)
    doubted = decide(early, judge("E2", Answer.YES, Procedure.CELLS), act(4), RULES, FACTS)
    assert codes(doubted) == ["began-before"]
    assert len(doubted.events) == 1
    twice = Facts(infused=(done("P1", 0), done("P1", 20)))
    between = told([report("E3", onset="2026-03-10")], twice, day=30)
    assert codes(decide(between, judge("E3", Answer.YES), act(31), RULES, twice)) == []


def test_an_event_before_any_procedure_is_kept_and_said_to_be_in_no_denominator() -> None:
    """A harm during screening is recorded, and nobody believes it is in a rate."""
    decision = decide(Harms(), report("E1", person="P9"), act(3), RULES, FACTS)
    assert codes(decision) == ["before-any-procedure"]
    assert decision.findings[0].severity is Severity.NOTE
    assert len(decision.events) == 1


def test_a_worsening_asks_for_an_examination() -> None:
    """What is reported as neurological worsening is not left without scores."""
    decision = decide(Harms(), report("E1", kind=Kind.NEUROLOGICAL_WORSENING), act(3), RULES, FACTS)
    assert codes(decision) == ["examine"]


LATE = cm.ReportLateSterility(
    incident="I1", event="E1", person="P1", container="bag-1", what="growth", known_at=on(2), zone=ZONE
)


def test_a_late_positive_sterility_result_reaches_whoever_was_infused() -> None:
    """The incident, and an event of the person with everything that is not known left unknown."""
    decision = decide(Harms(), LATE, act(3), RULES, FACTS)
    incident, event = decision.events
    assert (incident.kind, incident.person, incident.container) == (Kind.CONTAMINATION, "P1", "bag-1")
    assert (event.person, event.particulars.kind) == ("P1", Kind.LATE_POSITIVE_STERILITY)
    assert (event.particulars.grade, event.particulars.serious) == (None, None)
    assert "special-interest" in codes(decision)


def test_a_late_positive_result_of_a_bag_never_infused_is_an_incident_only() -> None:
    """Nobody has an adverse event from cells they were not given."""
    others = Facts(collected=FACTS.collected, infused=FACTS.infused[1:])
    for day in (2, 3):
        decision = decide(Harms(), LATE, act(day), RULES, others)
        assert [type(event) for event in decision.events] == [ev.IncidentRecorded]
    assert codes(decide(Harms(), LATE, act(1.9), RULES, others)) == ["not-yet"]


def test_a_late_positive_result_is_refused_whole_or_kept_whole() -> None:
    """Every fault of both parts is found, and then neither is kept."""
    state = told([report("E1"), LATE.__class__(**{**_fields(LATE), "event": "E2"})], FACTS)
    decision = decide(state, LATE, act(3), RULES, FACTS)
    assert decision.events == ()
    assert codes(decision)[:2] == ["incident-exists", "event-exists"]


def _fields(made: Any) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__slots__}


def test_an_incident_is_of_something_and_is_an_incident() -> None:
    """A kind of adverse event, and an incident of nothing, are refused together."""
    wrong = cm.RecordIncident(incident="I1", kind=Kind.SEPSIS, what="made up", person=None, container=None)
    decision = decide(Harms(), wrong, act(3), RULES, FACTS)
    assert codes(decision) == ["kind-not-an-incident", "incident-of-nothing"]


def test_a_command_of_another_room_raises() -> None:
    """Bad code is not a finding."""
    with pytest.raises(KeyError):
        decide(Harms(), FACTS, act(3), RULES, FACTS)
    with pytest.raises(KeyError):
        evolve(Harms(), LATE, act(3))


def test_an_event_that_was_never_decided_does_not_replace_another() -> None:
    """A second event of one id, and a change of what is not there, raise instead of losing something."""
    decided = decide(Harms(), LATE, act(3), RULES, FACTS).events
    state = told([LATE], FACTS)
    for event in decided:
        with pytest.raises(ValueError, match="there already"):
            evolve(state, event, act(3))
    with pytest.raises(KeyError):
        evolve(Harms(), ev.AdverseEventUpdated(event="E1", particulars=known()), act(3))
