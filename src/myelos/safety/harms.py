"""The state of all harms of a trial, and how each event changes it: a pure fold.

Nothing is computed here and no rule is known here: what an event means for a trial is asked of ``criteria``,
``stopping`` and ``clocks``. ``traits`` is an index that only grows: under ``kind:sepsis`` or
``grade:unknown`` it has every adverse event that was ever so; a rule looks at the few it could concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from immutables import Map

from myelos.acts import Act
from myelos.answers import Answer
from myelos.safety import events as ev
from myelos.safety.moments import UNKNOWN
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness
from myelos.shapes import Frozen


@dataclass(frozen=True, slots=True)
class Case(Frozen):
    """What is known of an adverse event at one time. ``related``: by procedure and who judged it."""

    particulars: ev.Particulars
    related: Map[tuple[Procedure, str], Answer]
    expected: Answer = Answer.UNKNOWN
    reference: str | None = None
    outcome: Outcome = Outcome.UNKNOWN
    end: str = UNKNOWN
    withdrawn: ev.WithdrawnBecause | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a case: who made it, when it was made and when the investigator knew of it, and why."""

    at: datetime
    known_at: datetime
    by: str
    why: str
    case: Case


@dataclass(frozen=True, slots=True)
class AdverseEvent(Frozen):
    """One adverse event of one person with every version of what was known, the newest last.

    ``suspected``: procedures of which anyone ever said yes or unknown; ``cleared``: those of which everybody
    who judged says no.
    """

    id: str
    person: str
    zone: str
    history: tuple[Entry, ...]
    suspected: frozenset[Procedure] = frozenset()
    cleared: frozenset[Procedure] = frozenset()

    @property
    def now(self) -> Case:
        return self.history[-1].case


@dataclass(frozen=True, slots=True)
class Incident:
    """A contaminated product or an error of identity."""

    id: str
    kind: Kind
    what: str
    person: str | None
    container: str | None
    at: datetime


class Stage(StrEnum):
    """Where a deterioration stands: not excluded, shown once, shown twice (or at once), not found again."""

    POSSIBLE = "possible"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Deterioration(Frozen):
    """A neurological deterioration of one person, from the examination that raised it."""

    id: str
    person: str
    stage: Stage
    examined_at: datetime
    examiner: str
    signs: tuple[ev.Sign, ...]
    unknown: tuple[ev.Sign, ...]
    confirm_by: datetime

    @property
    def open(self) -> bool:
        return self.stage in (Stage.POSSIBLE, Stage.SUSPECTED)

    def overdue(self, now: datetime) -> bool:
        """Whether it is still open after the time in which it was to be confirmed or refuted."""
        return self.open and now > self.confirm_by


@dataclass(frozen=True, slots=True)
class Decided:
    """A signed decision after hits."""

    at: datetime
    by: str
    role: str
    decision: ev.StoppingDecided


_NONE: Map[Any, Any] = Map()


@dataclass(frozen=True, slots=True)
class Harms(Frozen):
    """All harms of a trial. ``reviewed``: by rule, every fact a decision has named."""

    adverse: Map[str, AdverseEvent] = _NONE
    traits: Map[str, Map[str, None]] = _NONE
    incidents: Map[str, Incident] = _NONE
    deteriorations: Map[str, Deterioration] = _NONE
    open_deterioration: Map[str, str] = _NONE
    sent: Map[tuple[str, str], datetime] = _NONE
    reviewed: Map[str, frozenset[ev.Fact]] = _NONE
    decisions: tuple[Decided, ...] = ()
    stopped: bool = False

    def having(self, *traits: str) -> Iterator[AdverseEvent]:
        """Every adverse event that has, or ever had, one of ``traits``, each once."""
        seen: set[str] = set()
        for trait in traits:
            for id_ in self.traits.get(trait, ()):
                if id_ not in seen:
                    seen.add(id_)
                    yield self.adverse[id_]


def evolve(state: Harms, event: Any, act: Act) -> Harms:
    """The state after one more event.

    Raises KeyError for an event that is not of this room or changes what is not there, ValueError for one
    that would take the place of another: such events were never decided.
    """
    return _FOLD[type(event)](state, event, act)


def _traits(case: Case) -> Iterator[str]:
    known = case.particulars
    yield f"kind:{known.kind}"
    yield f"grade:{known.grade or 'unknown'}"
    if known.serious is None:
        yield "serious:unknown"
    elif known.serious:
        yield "serious:yes"
    if case.outcome is Outcome.FATAL or Seriousness.DEATH in (known.serious or ()):
        yield "fatal"


def _judgements(case: Case, procedure: Procedure) -> set[Answer]:
    return {answer for (of, _), answer in case.related.items() if of is procedure}


def _keep(state: Harms, adverse: AdverseEvent) -> Harms:
    traits = state.traits
    for trait in _traits(adverse.now):
        having: Map[str, None] = traits.get(trait, Map())
        if adverse.id not in having:
            traits = traits.set(trait, having.set(adverse.id, None))
    return state.but(adverse=state.adverse.set(adverse.id, adverse), traits=traits)


def _next(old: AdverseEvent, case: Case, act: Act, known_at: datetime | None = None) -> AdverseEvent:
    entry = Entry(act.at, known_at or act.at, act.by, act.why, case)
    return old.but(history=(*old.history, entry))


def _with(state: Harms, adverse: AdverseEvent) -> Harms:
    """The state with a version that has no new traits."""
    return state.but(adverse=state.adverse.set(adverse.id, adverse))


def _reported(state: Harms, event: ev.AdverseEventReported, act: Act) -> Harms:
    if event.event in state.adverse:
        raise ValueError(f"the adverse event {event.event} is there already")
    known = event.particulars
    entry = Entry(act.at, known.known_at, act.by, act.why, Case(known, Map()))
    return _keep(state, AdverseEvent(event.event, event.person, event.zone, (entry,)))


def _updated(state: Harms, event: ev.AdverseEventUpdated, act: Act) -> Harms:
    old = state.adverse[event.event]
    case = old.now.but(particulars=event.particulars)
    return _keep(state, _next(old, case, act, event.particulars.known_at))


def _judged(state: Harms, event: ev.RelatednessJudged, act: Act) -> Harms:
    old, of = state.adverse[event.event], event.procedure
    case = old.now.but(related=old.now.related.set((of, act.by), event.related))
    said = _judgements(case, of)
    judged = _next(old, case, act).but(
        suspected=old.suspected if event.related is Answer.NO else old.suspected | {of},
        cleared=old.cleared | {of} if said == {Answer.NO} else old.cleared - {of},
    )
    return _with(state, judged)


def _expected(state: Harms, event: ev.ExpectednessDecided, act: Act) -> Harms:
    old = state.adverse[event.event]
    case = old.now.but(expected=event.expected, reference=event.reference)
    return _with(state, _next(old, case, act))


def _outcome(state: Harms, event: ev.OutcomeRecorded, act: Act) -> Harms:
    old = state.adverse[event.event]
    case = old.now.but(outcome=event.outcome, end=event.end)
    return _keep(state, _next(old, case, act))


def _withdrawn(state: Harms, event: ev.AdverseEventWithdrawn, act: Act) -> Harms:
    old = state.adverse[event.event]
    return _with(state, _next(old, old.now.but(withdrawn=event.because), act))


def _incident(state: Harms, event: ev.IncidentRecorded, act: Act) -> Harms:
    if event.incident in state.incidents:
        raise ValueError(f"the incident {event.incident} is there already")
    incident = Incident(event.incident, event.kind, event.what, event.person, event.container, act.at)
    return state.but(incidents=state.incidents.set(event.incident, incident))


def _suspected(state: Harms, event: ev.DeteriorationSuspected, act: Act) -> Harms:
    deterioration = Deterioration(
        event.deterioration,
        event.person,
        Stage.SUSPECTED if event.answer is Answer.YES else Stage.POSSIBLE,
        event.examined_at,
        event.examiner,
        event.signs,
        event.unknown,
        event.confirm_by,
    )
    return state.but(
        deteriorations=state.deteriorations.set(event.deterioration, deterioration),
        open_deterioration=state.open_deterioration.set(event.person, event.deterioration),
    )


def _closed(state: Harms, id_: str, stage: Stage) -> Harms:
    deterioration = state.deteriorations[id_].but(stage=stage)
    return state.but(
        deteriorations=state.deteriorations.set(id_, deterioration),
        open_deterioration=state.open_deterioration.delete(deterioration.person),
    )


def _confirmed(state: Harms, event: ev.DeteriorationConfirmed, act: Act) -> Harms:
    closed = _closed(state, event.deterioration, Stage.CONFIRMED)
    old = closed.deteriorations[event.deterioration]
    signs = tuple(sign for sign in ev.Sign if sign in {*old.signs, *event.signs})
    deteriorations = closed.deteriorations.set(old.id, old.but(signs=signs))
    return closed.but(deteriorations=deteriorations)


def _adjudicated(state: Harms, event: ev.DeteriorationAdjudicated, act: Act) -> Harms:
    return _closed(state, event.deterioration, Stage.CONFIRMED if event.confirmed else Stage.REFUTED)


def _sent(state: Harms, event: ev.ReportSent, act: Act) -> Harms:
    key = (event.clock, event.subject)
    return state.but(sent=state.sent.set(key, min(act.at, state.sent.get(key, act.at))))


def _decided(state: Harms, event: ev.StoppingDecided, act: Act) -> Harms:
    reviewed = state.reviewed
    for hit in event.hits:
        reviewed = reviewed.set(hit.rule, reviewed.get(hit.rule, frozenset()) | frozenset(hit.facts))
    decided = Decided(act.at, act.by, act.role, event)
    return state.but(
        reviewed=reviewed,
        decisions=(*state.decisions, decided),
        stopped=event.verdict is ev.Verdict.STOP,
    )


_FOLD: dict[type[Any], Callable[[Harms, Any, Act], Harms]] = {
    ev.AdverseEventReported: _reported,
    ev.AdverseEventUpdated: _updated,
    ev.RelatednessJudged: _judged,
    ev.ExpectednessDecided: _expected,
    ev.OutcomeRecorded: _outcome,
    ev.AdverseEventWithdrawn: _withdrawn,
    ev.IncidentRecorded: _incident,
    ev.DeteriorationSuspected: _suspected,
    ev.DeteriorationConfirmed: _confirmed,
    ev.DeteriorationRefuted: lambda state, event, act: _closed(state, event.deterioration, Stage.REFUTED),
    ev.DeteriorationAdjudicated: _adjudicated,
    ev.ReportSent: _sent,
    ev.StoppingDecided: _decided,
}
