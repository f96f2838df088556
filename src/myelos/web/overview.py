"""What a trial's page says of everybody, however many: how far they came, what is to be done, enrolment.

It is worked out once a person and kept for as long as nothing new is recorded of them: one more entry in a
trial of ten thousand people is one person's work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from myelos.protocol import Person, Protocol
from myelos.protocol.people import Stage
from myelos.protocol.permission import blocking_rules
from myelos.protocol.windows import Standing
from myelos.protocol.worklist import Task, visit_list, worklist
from myelos.report.course import outcome
from myelos.report.course.say import Say as Labels
from myelos.report.course.story import final_visit, seen_of
from myelos.report.tables import Table
from myelos.store.readings import Seen
from myelos.times import civil_date
from myelos.web.say import Say

Urgency = Literal["overdue", "due", "blocked", "ask", "decide"]
URGENCIES: tuple[Urgency, ...] = ("overdue", "due", "blocked", "ask", "decide")
"""What a task is: its last day is over; a visit whose days have come; a gate that cannot be passed as things
are; a consent still to be asked for; a decision that can be made."""

STOPPED = "trial-stopped"
NEVER = 10**6


@dataclass(frozen=True, slots=True)
class One:
    """One person in a line. ``why``: they came no further; ``grades``: see
    :func:`myelos.report.course.outcome.grades`; ``months``: of screening, of the first gate passed, of the
    infusion, empty where there was none; ``tasks``: the most urgent first."""

    code: str
    stage: Stage
    why: str
    grades: tuple[str, ...]
    months: tuple[str, str, str]
    tasks: tuple[tuple[Urgency, Task], ...]

    @property
    def infused(self) -> bool:
        return bool(self.months[2])

    @property
    def urgency(self) -> tuple[int, str]:
        """What orders people by: the days left for the most urgent, then the code."""
        left = [NEVER if task.days_left is None else task.days_left for _, task in self.tasks]
        return min(left, default=NEVER), self.code


@dataclass(frozen=True, eq=False)
class Everyone:
    """Those of a trial whom somebody may see, by code, and what is told of all of them."""

    ones: Sequence[One]
    labels: Labels

    @cached_property
    def counts(self) -> outcome.Counts:
        return outcome.counted((each.infused, each.why) for each in self.ones)

    @cached_property
    def transitions(self) -> Table | None:
        """People by their grade before the infusion and at the last visit planned."""
        pairs = (each.grades[1:] for each in self.ones if each.infused)
        return outcome.transitions_of(pairs, self.labels.protocol, self.labels)

    @cached_property
    def totals(self) -> Sequence[tuple[Urgency, int]]:
        """How much there is to be done of each kind, where there is something."""
        found = Counter(kind for each in self.ones for kind, _ in each.tasks)
        return [(kind, found[kind]) for kind in URGENCIES if found[kind]]

    @cached_property
    def waiting(self) -> Sequence[One]:
        """Those with something to be done, the most urgent first."""
        return sorted((each for each in self.ones if each.tasks), key=lambda each: each.urgency)

    def chosen(self, sought: str, stage: str, due: str) -> Sequence[One]:
        """Those whose code has ``sought`` in it, at a stage, with something of a kind to do; empty: all."""
        wanted, keep = sought.casefold(), list[Callable[[One], bool]]()
        if wanted:
            keep.append(lambda each: wanted in each.code.casefold())
        if stage:
            keep.append(lambda each: each.stage == stage)
        if due:
            keep.append(lambda each: any(kind == due for kind, _ in each.tasks))
        return [each for each in self.ones if all(fits(each) for fits in keep)] if keep else self.ones


@dataclass
class _Kept:
    """Everybody of a trial as they were worked out last, and from what."""

    protocol: Protocol
    blocked: tuple[str, ...]
    ones: dict[str, tuple[Person, date, One]] = field(default_factory=dict)


MANY = 32
"""For so many people with different sites, trials and languages what they see is kept whole."""


@dataclass
class Overviews:
    """What is kept of each trial in each language, and the rules that block a trial in its last state."""

    kept: dict[tuple[str, str], _Kept] = field(default_factory=dict)
    blocked: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    told: dict[tuple[str, str, tuple[str, ...]], tuple[object, Everyone]] = field(default_factory=dict)

    def of(self, seen: Seen, language: str, now: datetime) -> Everyone:
        """Everybody somebody may see; ``now`` gives each site its day."""
        snapshot, key = seen.snapshot, (seen.snapshot.trial, language, seen.people)
        zones = {each.zone for each in snapshot.state.sites.values()}
        stands = snapshot.digest, sorted((zone, civil_date(now, zone)) for zone in zones)
        known = self.told.get(key)
        if known is not None and known[0] == stands:
            return known[1]
        if len(self.told) >= MANY:
            self.told.clear()
        made = self._of(seen, language, now)
        self.told[key] = stands, made
        return made

    def _of(self, seen: Seen, language: str, now: datetime) -> Everyone:
        snapshot, blocked = seen.snapshot, self._blocked(seen)
        key = snapshot.trial, language
        kept = self.kept.get(key)
        if kept is None or kept.protocol is not snapshot.protocol or kept.blocked != blocked:
            kept = self.kept[key] = _Kept(snapshot.protocol, blocked)
        labels, people = Labels(language, snapshot.protocol), snapshot.state.people
        today: dict[str, date] = {}
        return Everyone([self._one(kept, people[code], today, now, labels) for code in seen.people], labels)

    def _one(self, kept: _Kept, person: Person, today: dict[str, date], now: datetime, labels: Labels) -> One:
        day = today.get(person.zone)
        if day is None:
            day = today[person.zone] = civil_date(now, person.zone)
        known = kept.ones.get(person.code)
        if known is None or known[0] is not person or known[1] != day:
            known = kept.ones[person.code] = (person, day, _one(person, kept, now, labels))
        return known[2]

    def _blocked(self, seen: Seen) -> tuple[str, ...]:
        snapshot = seen.snapshot
        digest, rules = self.blocked.get(snapshot.trial, ("", ()))
        if digest != snapshot.digest:
            stopped = (STOPPED,) if snapshot.state.harms.stopped else ()
            rules = (*stopped, *blocking_rules(snapshot.state, snapshot.protocol))
            self.blocked[snapshot.trial] = snapshot.digest, rules
        return rules


def _one(person: Person, kept: _Kept, now: datetime, labels: Labels) -> One:
    zone = person.zone
    passed = min((each.act.at for each in person.decisions if each.passed), default=None)
    tasks = worklist([person], kept.protocol, now, kept.blocked)
    return One(
        code=person.code,
        stage=person.stage,
        why=outcome.why(person, labels),
        grades=outcome.grades_of(person, seen_of(person), final_visit(kept.protocol), labels),
        months=(_month(person.screened.at, zone), _month(passed, zone), _month(person.infused_at, zone)),
        tasks=tuple((_urgency(task, person), task) for task in tasks),
    )


def _month(at: datetime | None, zone: str) -> str:
    return "" if at is None else civil_date(at, zone).isoformat()[:7]


def _urgency(task: Task, person: Person) -> Urgency:
    if task.days_left is not None and task.days_left < 0:
        return "overdue"
    if task.kind == "visit-due":
        return "due"
    if task.kind == "gate-blocked" or (task.kind == "gate-open" and _refused(person, task.about)):
        return "blocked"
    return "ask" if task.kind.endswith("consent") else "decide"


def _refused(person: Person, gate: str) -> bool:
    """Whether the last decision at a gate could not let the person pass."""
    at = [each for each in person.decisions if each.gate == gate]
    return bool(at) and not at[-1].passed


# One line in words ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be done for one person: what is late, and the rest."""

    code: str
    late: str
    rest: tuple[str, ...]


def line(one: One, person: Person, labels: Labels, say: Say, now: datetime) -> Line:
    """What is to be done for a person, in words, and what comes next."""
    late = [task for kind, task in one.tasks if kind == "overdue"]
    rest = [_told(kind, task, one, labels, say) for kind, task in one.tasks if kind != "overdue"]
    upcoming = _next(person, labels, now)
    if upcoming:
        about, day = upcoming
        rest.append(say("task.next", about=about, day=day.isoformat()))
    said = ""
    if late:
        oldest = late[0]
        days, about = -(oldest.days_left or 0), _label(oldest, labels)
        code = "task.late" if len(late) == 1 else "task.late-several"
        said = say(code, **({} if len(late) == 1 else {"n": len(late)}), about=about, days=days)
    return Line(one.code, said, tuple(dict.fromkeys(rest)))


def _label(task: Task, labels: Labels) -> str:
    if task.kind.startswith("visit"):
        return labels.visit(task.about)
    return labels.gate(task.about) if task.kind.startswith("gate") else labels.form(task.about)


def _told(kind: Urgency, task: Task, one: One, labels: Labels, say: Say) -> str:
    about, days = _label(task, labels), task.days_left
    if kind == "blocked" and not task.reasons:
        return say("task.blocked", why=one.why)
    if kind == "blocked":
        why = ", ".join(say("task.stopped") if each == STOPPED else each for each in task.reasons)
        return say("task.blocked-by", about=about, why=why)
    if kind == "ask":
        return say(f"task.{task.kind}", about=about)
    if days is None:
        return say(f"task.{kind}", about=about)
    return say(f"task.{kind}-in", about=about, days=days)


def _next(person: Person, labels: Labels, now: datetime) -> tuple[str, date] | None:
    """The next visit whose days have not come yet, and the first of them."""
    rows = visit_list(person, labels.protocol, civil_date(now, person.zone))
    waiting = [
        (each.window.first, each.visit)
        for each in rows
        if each.expected and each.standing is Standing.UPCOMING and each.window is not None
    ]
    if not waiting:
        return None
    day, visit = min(waiting)
    return labels.visit(visit), day


OVERVIEWS = Overviews()
"""Those of the record this process serves."""
