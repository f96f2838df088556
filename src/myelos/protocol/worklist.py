"""What is open: the visits of one person and how each stands, and what is to be done for many.

Days are civil dates at the person's site. A visit that nobody expects any more (the person left, was refused,
or will never be infused) is neither due nor overdue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from myelos.answers import Answer
from myelos.protocol.consents import entry_form, version_in_force
from myelos.protocol.people import Person, Stage
from myelos.protocol.trial import DaysCriterion, Gate, Protocol, Visit
from myelos.protocol.visits import anchor
from myelos.protocol.windows import Standing, Window, standing, window
from myelos.times import civil_date


@dataclass(frozen=True, slots=True)
class VisitRow:
    """How one visit of one person stands.

    ``days_left``: to the last day of the window, negative once it is over; None while day 0 has not come.
    ``examined_on``: the civil dates of its examinations; ``outside``: days before (negative) or after the
    window of the first of them. ``left``: measures not taken. ``reason``: why the visit, or what is left of
    it, was missed. ``expected``: whether anybody waits for it.
    """

    person: str
    visit: str
    standing: Standing
    window: Window | None
    days_left: int | None
    examined_on: tuple[date, ...]
    outside: int
    left: tuple[str, ...]
    reason: str
    expected: bool


def visit_list(person: Person, protocol: Protocol, today: date) -> tuple[VisitRow, ...]:
    """Every visit of a person as it stands on a civil date at the site, in the order of the protocol."""
    until = _expected_until(person)
    return tuple(_row(person, visit, protocol, today, until) for visit in protocol.visits)


def _row(person: Person, visit: Visit, protocol: Protocol, today: date, until: date | None) -> VisitRow:
    taken, start = person.visit(visit.id), anchor(person, visit)
    days = sorted({civil_date(each.at, person.zone) for each in taken.values()})
    left = tuple(measure for measure in visit.measures if measure not in taken)
    missed = person.missed.get(visit.id)
    span = None if start is None else window(visit, start)
    done = bool(days) and (not left or missed is not None)
    return VisitRow(
        person=person.code,
        visit=visit.id,
        standing=standing(visit, start, today, done=done, missed=missed is not None),
        window=span,
        days_left=None if span is None else (span.last - today).days,
        examined_on=tuple(days),
        outside=span.days_outside(days[0]) if span is not None and days else 0,
        left=left,
        reason="" if missed is None else missed.reason,
        expected=_expected(person, visit, protocol, span, until),
    )


def _expected_until(person: Person) -> date | None:
    """The civil date after which nobody waits for a visit: of leaving, or of being turned away."""
    if person.left is not None:
        return civil_date(person.left.at, person.zone)
    if _turned_away(person):
        return civil_date(person.decisions[-1].act.at, person.zone)
    return None


def _turned_away(person: Person) -> bool:
    """Never passed a gate, and the last decision had a no: what was only unknown can still be told."""
    return person.stage is Stage.REFUSED and any(
        reason.answer is Answer.NO for reason in person.decisions[-1].reasons
    )


def _expected(
    person: Person, visit: Visit, protocol: Protocol, span: Window | None, until: date | None
) -> bool:
    if span is not None:
        return until is None or span.last < until
    groups = {group.id: group.infused for group in protocol.groups}
    infused = person.group is None or groups.get(person.group) is not False
    return until is None and person.off_treatment is None and infused


# What is to be done ---------------------------------------------------------------------------------------

Kind = Literal["visit-overdue", "visit-due", "own-consent", "new-consent", "gate-blocked", "gate-open"]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to be done for a person; ``about`` is a visit, a form or a gate.

    ``days_left``: until it is too late, negative once it is; None where nothing says when. ``reasons``: the
    stopping rules that block a gate.
    """

    person: str
    kind: Kind
    about: str
    days_left: int | None = None
    reasons: tuple[str, ...] = ()


def worklist(
    people: Iterable[Person], protocol: Protocol, now: datetime, blocked: tuple[str, ...] = ()
) -> tuple[Task, ...]:
    """What is due, overdue and blocked, the most urgent first; ``now`` gives each site its day."""
    tasks = [task for person in people for task in _tasks(person, protocol, now, blocked)]
    late = 10**6
    return tuple(sorted(tasks, key=lambda task: late if task.days_left is None else task.days_left))


def _tasks(person: Person, protocol: Protocol, now: datetime, blocked: tuple[str, ...]) -> Iterator[Task]:
    today = civil_date(now, person.zone)
    for row in visit_list(person, protocol, today):
        if row.expected and row.standing in (Standing.OVERDUE, Standing.DUE):
            kind: Kind = "visit-overdue" if row.standing is Standing.OVERDUE else "visit-due"
            yield Task(person.code, kind, row.visit, row.days_left)
    if person.left is not None:
        return
    yield from _consents(person, protocol, now, today)
    yield from _gate(person, protocol, today, blocked)


def _consents(person: Person, protocol: Protocol, now: datetime, today: date) -> Iterator[Task]:
    yield from (Task(person.code, "own-consent", form) for form in person.own_consent_pending)
    form = protocol.consent(entry_form(protocol))
    given = person.consent(form.id, now)
    if given is not None and given.given.version != version_in_force(form, today):
        yield Task(person.code, "new-consent", form.id)


def _gate(person: Person, protocol: Protocol, today: date, blocked: tuple[str, ...]) -> Iterator[Task]:
    """The next gate, with the days until its latest day after the injury."""
    gate = next((gate for gate in protocol.gates if person.passed(gate.id) is None), None)
    if gate is None or _turned_away(person):
        return
    treats = gate.before != "follow-up"
    if treats and person.off_treatment is not None:
        return
    stopped = blocked if treats else ()
    kind: Kind = "gate-blocked" if stopped else "gate-open"
    yield Task(person.code, kind, gate.id, _days_to(person, gate, today), stopped)


def _days_to(person: Person, gate: Gate, today: date) -> int | None:
    latest = [
        each.high for each in gate.criteria if isinstance(each, DaysCriterion) and each.high is not None
    ]
    return min(latest) - (today - person.day_0).days if latest else None


# What an examiner may see ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One examination as an assessor sees it: which measures, and by when; numbered, and not named."""

    number: int
    measures: tuple[str, ...]
    days_left: int


@dataclass(frozen=True, slots=True)
class AssessorView:
    """What a blinded assessor needs and nothing else: no group, infusion, dose, gate, or name of a visit.

    ``examined``: how many examinations there have been. Where everybody in a trial is infused, that a visit
    is due at all says so: no view can hide it.
    """

    person: str
    site: str
    examined: int
    asked: tuple[Asked, ...]


def assessor_view(person: Person, protocol: Protocol, today: date) -> AssessorView:
    """What is asked of an assessor on a civil date at the site: the visits due, without what they are."""
    rows = visit_list(person, protocol, today)
    due = [row for row in rows if row.expected and row.standing in (Standing.DUE, Standing.OVERDUE)]
    due.sort(key=lambda row: (row.days_left, row.visit))
    examined = len(person.examinations)
    asked = tuple(
        Asked(examined + number, row.left, row.days_left or 0) for number, row in enumerate(due, start=1)
    )
    return AssessorView(person.code, person.site, examined, asked)
