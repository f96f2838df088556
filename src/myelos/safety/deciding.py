"""From a command to the events that follow, or to every finding that forbids it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from myelos.acts import Act, Decision
from myelos.findings import Finding
from myelos.safety import commands as cm
from myelos.safety import events as ev
from myelos.safety import reporting
from myelos.safety.deteriorating import adjudicate, assess_exam
from myelos.safety.facts import Facts
from myelos.safety.harms import Harms
from myelos.safety.rules import SafetyRules
from myelos.safety.stopping import hits
from myelos.safety.terms import INCIDENTS, Kind


def decide(state: Harms, command: Any, act: Act, rules: SafetyRules, facts: Facts) -> Decision:
    """The events that follow from ``command``, or all the findings that forbid it.

    Raises KeyError for a command that is not of this room.
    """
    return _ANSWERS[type(command)](state, command, act, rules, facts)


def _incident(
    state: Harms, command: cm.RecordIncident, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    found = [*_incident_exists(state, command.incident)]
    if command.kind not in INCIDENTS:
        found.append(reporting.finding_at("kind", "safety.kind-not-an-incident", kind=command.kind.value))
    if command.person is None and command.container is None:
        found.append(
            reporting.finding_at("container", "safety.incident-of-nothing", incident=command.incident)
        )
    event = ev.IncidentRecorded(
        incident=command.incident,
        kind=command.kind,
        what=command.what,
        person=command.person,
        container=command.container,
    )
    return Decision.of([event], found)


def _incident_exists(state: Harms, incident: str) -> Iterator[Finding]:
    if incident in state.incidents:
        yield reporting.finding_at("incident", "safety.incident-exists", incident=incident)


def _late_sterility(
    state: Harms, command: cm.ReportLateSterility, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    """The incident; and, when the person was infused, the adverse event with all that is not known yet."""
    incident = ev.IncidentRecorded(
        incident=command.incident,
        kind=Kind.CONTAMINATION,
        what=command.what,
        person=command.person,
        container=command.container,
    )
    found = [*_incident_exists(state, command.incident)]
    if not any(done.person == command.person for done in facts.infused):
        if command.known_at > act.at:
            found.append(reporting.later("known_at", command.known_at, act))
        return Decision.of([incident], found)
    particulars = ev.Particulars(
        kind=Kind.LATE_POSITIVE_STERILITY,
        term=command.what,
        grade=None,
        serious=None,
        onset=command.known_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        known_at=command.known_at,
    )
    report = cm.ReportAdverseEvent(
        event=command.event, person=command.person, zone=command.zone, particulars=particulars
    )
    reported = reporting.report(state, report, act, rules, facts)
    return Decision.of([incident, *reported.events], [*found, *reported.findings])


def _report_sent(
    state: Harms, command: cm.RecordReportSent, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    found = []
    clock = next((each for each in rules.clocks if each.name == command.clock), None)
    if clock is None:
        found.append(reporting.finding_at("clock", "safety.no-such-clock", clock=command.clock))
    elif clock.kind == "event" and command.subject not in state.adverse:
        found.append(reporting.finding_at("subject", "safety.no-such-event", event=command.subject))
    elif clock.kind == "periodic" and not (command.subject.isdigit() and int(command.subject) > 0):
        found.append(reporting.finding_at("subject", "safety.no-such-period", read=command.subject))
    return Decision.of([ev.ReportSent(clock=command.clock, subject=command.subject)], found)


def _stopping(
    state: Harms, command: cm.DecideStopping, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    found = []
    if act.role not in rules.decided_by.roles:
        roles = ", ".join(rules.decided_by.roles)
        found.append(reporting.finding_at("role", "safety.not-a-decider", role=act.role, roles=roles))
    standing = [hit.reviewed for hit in hits(state, rules, facts.infused, facts.collected)]
    for place, hit in enumerate(command.hits):
        if hit not in standing:
            found.append(reporting.finding_at(f"hits[{place}]", "safety.no-such-hit", rule=hit.rule))
    if (command.verdict is ev.Verdict.MODIFY) != (command.amendment is not None):
        found.append(
            reporting.finding_at("amendment", "safety.amendment-with-modify", verdict=command.verdict.value)
        )
    if not command.hits and not state.stopped and command.verdict is not ev.Verdict.STOP:
        found.append(reporting.finding_at("hits", "safety.nothing-to-decide"))
    event = ev.StoppingDecided(
        verdict=command.verdict, hits=command.hits, reasons=command.reasons, amendment=command.amendment
    )
    return Decision.of([event], found)


_ANSWERS: dict[type[Any], Callable[[Harms, Any, Act, SafetyRules, Facts], Decision]] = {
    cm.ReportAdverseEvent: reporting.report,
    cm.UpdateAdverseEvent: reporting.update,
    cm.JudgeRelatedness: reporting.judge,
    cm.DecideExpectedness: reporting.expect,
    cm.RecordOutcome: reporting.outcome,
    cm.WithdrawAdverseEvent: reporting.withdraw,
    cm.RecordIncident: _incident,
    cm.ReportLateSterility: _late_sterility,
    cm.AssessExam: assess_exam,
    cm.AdjudicateDeterioration: adjudicate,
    cm.RecordReportSent: _report_sent,
    cm.DecideStopping: _stopping,
}
