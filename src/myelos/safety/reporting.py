"""Adverse events from report to end: which commands one takes where it stands, and what is said beside it.

Reports of harm are refused for what cannot be kept, never for what is missing or contradictory: that becomes
a warning or a note beside the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.findings import Finding, Param, Place, Severity
from myelos.safety import commands as cm
from myelos.safety import events as ev
from myelos.safety.criteria import fatal, onset, special_interest
from myelos.safety.facts import Facts, of_procedures
from myelos.safety.harms import AdverseEvent, Case, Harms, evolve
from myelos.safety.moments import UNKNOWN, Span, since, span
from myelos.safety.rules import SafetyRules
from myelos.safety.terms import COMPUTED, INCIDENTS, Kind, Outcome, Seriousness

Found = Iterator[Finding]


def finding_at(key: str, code: str, severity: Severity = Severity.ERROR, **params: Param) -> Finding:
    """A finding at a key of a command."""
    return Finding(code, Place(column=key), params, severity)


class Life(StrEnum):
    """Where an adverse event stands: never reported, reported, ended, or withdrawn."""

    NONE = "none"
    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


_ENDED = frozenset({Outcome.RECOVERED, Outcome.RECOVERED_WITH_SEQUELAE, Outcome.FATAL})
_CHANGES = frozenset(
    {
        cm.UpdateAdverseEvent,
        cm.JudgeRelatedness,
        cm.DecideExpectedness,
        cm.RecordOutcome,
        cm.WithdrawAdverseEvent,
    }
)
ALLOWED: Mapping[Life, frozenset[type[Any]]] = {
    Life.NONE: frozenset({cm.ReportAdverseEvent}),
    Life.OPEN: _CHANGES,
    Life.ENDED: _CHANGES,
    Life.WITHDRAWN: frozenset(),
}
"""Which commands an adverse event takes, by where it stands. Ended events take new information, too."""


def life(state: Harms, event: str) -> Life:
    """Where an adverse event stands."""
    adverse = state.adverse.get(event)
    if adverse is None:
        return Life.NONE
    if adverse.now.withdrawn:
        return Life.WITHDRAWN
    return Life.ENDED if adverse.now.outcome in _ENDED else Life.OPEN


def _barred(state: Harms, command: Any) -> Found:
    """The finding of the table of lives, if it does not allow the command."""
    stands = life(state, command.event)
    if type(command) in ALLOWED[stands]:
        return
    codes = {Life.NONE: "safety.no-such-event", Life.WITHDRAWN: "safety.event-withdrawn"}
    code = "safety.event-exists" if type(command) is cm.ReportAdverseEvent else codes[stands]
    yield finding_at("event", code, event=command.event)


def report(
    state: Harms, command: cm.ReportAdverseEvent, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    """A new adverse event, with all that is open or contradictory said beside it."""
    event = ev.AdverseEventReported(
        event=command.event, person=command.person, zone=command.zone, particulars=command.particulars
    )
    found = [*_barred(state, command), *_unkept(command.particulars, command.zone, act)]
    if found:
        return Decision.of((), found)
    found += _said_beside(evolve(state, event, act).adverse[command.event], rules, facts)
    if not facts.done_to(command.person):
        found.append(
            finding_at("person", "safety.before-any-procedure", Severity.NOTE, person=command.person)
        )
    return Decision.of([event], found)


def update(
    state: Harms, command: cm.UpdateAdverseEvent, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    """New particulars in place of those before, which are kept."""
    barred = [*_barred(state, command)]
    if barred:
        return Decision.of((), barred)
    found = [*_unkept(command.particulars, state.adverse[command.event].zone, act)]
    if found:
        return Decision.of((), found)
    event = ev.AdverseEventUpdated(event=command.event, particulars=command.particulars)
    found += _said_beside(evolve(state, event, act).adverse[command.event], rules, facts)
    return Decision.of([event], found)


def _unkept(known: ev.Particulars, zone: str, act: Act) -> Found:
    """Why particulars cannot be kept at all."""
    if known.kind in INCIDENTS | COMPUTED:
        yield finding_at("particulars.kind", "safety.kind-not-an-event", kind=known.kind.value)
    if known.known_at > act.at:
        yield later("particulars.known_at", known.known_at, act)
    began = span(known.onset, zone)
    if began.earliest is not None and began.earliest > act.at:
        yield later("particulars.onset", known.onset, act)
    for place, reading in enumerate(known.readings):
        if reading.at > act.at:
            yield later(f"particulars.readings[{place}].at", reading.at, act)


def later(key: str, moment: datetime | str, act: Act) -> Finding:
    """The finding for a moment that had not come when the act was done."""
    read = moment if isinstance(moment, str) else moment.isoformat()
    return finding_at(key, "safety.not-yet", read=read, at=act.at.isoformat())


def _said_beside(event: AdverseEvent, rules: SafetyRules, facts: Facts) -> Found:
    """What is open or contradictory in an event that is kept all the same, and whether it is of interest."""
    case = event.now
    yield from _unknown(case)
    yield from _contradictions(case)
    if case.particulars.kind is Kind.NEUROLOGICAL_WORSENING:
        yield finding_at("particulars.kind", "safety.examine", Severity.WARNING, event=event.id)
    for row, answer in special_interest(event, rules, facts.done_to(event.person)):
        sure = answer is Answer.YES
        code = "safety.special-interest" if sure else "safety.special-interest-possible"
        yield finding_at("particulars.kind", code, Severity.WARNING, kind=row.kind.value)


def _unknown(case: Case) -> Found:
    known = case.particulars
    open_ = {
        "kind": known.kind is Kind.UNCLASSIFIED,
        "grade": known.grade is None,
        "serious": known.serious is None,
        "onset": known.onset == UNKNOWN,
    }
    for key, is_open in open_.items():
        if is_open:
            yield finding_at(f"particulars.{key}", "safety.still-unknown", Severity.NOTE, what=key)


def _contradictions(case: Case) -> Found:
    known = case.particulars
    if fatal(case) is not Answer.YES:
        return
    if known.grade is not None and known.grade != 5:
        yield finding_at("particulars.grade", "safety.fatal-but-grade", Severity.WARNING, grade=known.grade)
    if known.serious is not None and Seriousness.DEATH not in known.serious:
        yield finding_at("particulars.serious", "safety.fatal-but-not-serious", Severity.WARNING)
    if case.outcome not in (Outcome.FATAL, Outcome.UNKNOWN):
        said = case.outcome.value
        yield finding_at("outcome", "safety.fatal-but-outcome", Severity.WARNING, outcome=said)


def judge(state: Harms, command: cm.JudgeRelatedness, act: Act, rules: SafetyRules, facts: Facts) -> Decision:
    """One person's judgement of one procedure."""
    found = [*_barred(state, command)]
    if not found and command.related is Answer.YES:
        found += _impossible_cause(state.adverse[command.event], command, facts)
    event = ev.RelatednessJudged(event=command.event, procedure=command.procedure, related=command.related)
    return Decision.of([event], found)


def _impossible_cause(event: AdverseEvent, command: cm.JudgeRelatedness, facts: Facts) -> Found:
    done = of_procedures(facts.done_to(event.person), (command.procedure,))
    said: dict[str, Param] = {"procedure": command.procedure.value, "event": event.id}
    key = Place(column="procedure")
    if not done:
        yield Finding("safety.procedure-not-done", key, said)
    elif all(since(onset(event, event.now), each.at) is Answer.NO for each in done):
        yield Finding("safety.began-before", key, said, Severity.WARNING)


def expect(
    state: Harms, command: cm.DecideExpectedness, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    """Whether it was to be expected, by which edition of the product's information."""
    event = ev.ExpectednessDecided(
        event=command.event, expected=command.expected, reference=command.reference
    )
    return Decision.of([event], _barred(state, command))


def outcome(state: Harms, command: cm.RecordOutcome, act: Act, rules: SafetyRules, facts: Facts) -> Decision:
    """How it ended or stands."""
    found = [*_barred(state, command)]
    event = ev.OutcomeRecorded(event=command.event, outcome=command.outcome, end=command.end)
    if not found:
        found += _end(state.adverse[command.event], command, act)
        found += _contradictions(evolve(state, event, act).adverse[command.event].now)
    return Decision.of([event], found)


def _end(adverse: AdverseEvent, command: cm.RecordOutcome, act: Act) -> Found:
    ended, began = span(command.end, adverse.zone), onset(adverse, adverse.now)
    if ended.earliest is not None and ended.earliest > act.at:
        yield later("end", command.end, act)
    if _surely_before(ended, began):
        yield finding_at(
            "end", "safety.end-before-onset", end=command.end, onset=adverse.now.particulars.onset
        )
    if command.end != UNKNOWN and command.outcome not in _ENDED:
        yield finding_at("end", "safety.end-without-ending", outcome=command.outcome.value)
    if adverse.now.outcome is Outcome.FATAL and command.outcome is not Outcome.FATAL and not act.why:
        yield finding_at("why", "safety.reason-needed", event=adverse.id)


def _surely_before(first: Span, second: Span) -> bool:
    return first.latest is not None and second.earliest is not None and first.latest < second.earliest


def withdraw(
    state: Harms, command: cm.WithdrawAdverseEvent, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    """A report made in error, with its reason."""
    found = [*_barred(state, command)]
    if not act.why.strip():
        found.append(finding_at("why", "safety.reason-needed", event=command.event))
    return Decision.of([ev.AdverseEventWithdrawn(event=command.event, because=command.because)], found)
