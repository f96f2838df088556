"""A study with own controls: who was examined when, with which grades, and what is not known about it."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from myelos.evidence.study.grades import GRADES, Event, Transition, at_risk


class Certainty(enum.StrEnum):
    """How a number was obtained. A recalled one never decides a headline."""

    SEEN = "seen"
    DERIVED = "derived"
    RECALLED = "recalled"


class IndexExam(enum.StrEnum):
    """Which examination improvement is counted from."""

    BEFORE_COLLECTION = "before-collection"
    BEFORE_INFUSION = "before-infusion"


@dataclass(frozen=True, slots=True)
class People:
    """How many people reached each step; None where it is not known."""

    registered: int | None = None
    collected: int | None = None
    infused: int | None = None
    analysed: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One person at one visit: days after injury (None where unknown), grade, and scores by measure.

    ``row`` is the line of the file it was read from.
    """

    name: str
    day: float | None
    ais: str
    scores: Mapping[str, float] = field(default_factory=dict)
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One person's visits, in the order of the file."""

    id: str
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class VisitGrades:
    """People by grade (or coarser code) at one visit; ``days`` after injury: least, most, None if unknown."""

    name: str
    days: tuple[float, float] | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Baseline:
    """One index exam and the grade transitions counted from it.

    ``day`` is the day after injury the reading uses, ``day_range`` what is known of it, and
    ``days_before_infusion`` how long before the infusion the exam was; None where it is not known.
    ``score_gains``: mean gain by measure from this exam to follow-up, where scores are given.
    """

    exam: IndexExam
    transitions: tuple[Transition, ...]
    day: float | None = None
    day_range: tuple[float, float] | None = None
    days_before_infusion: tuple[float, float] | None = None
    score_gains: Mapping[str, float] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """People with an index exam."""
        return sum(each.count for each in self.transitions)

    def split(self) -> dict[str, int] | None:
        """People by index grade, or None where the codes leave it open."""
        if any(len(each.index_grades) > 1 for each in self.transitions):
            return None
        counted = Counter[str]()
        for each in self.transitions:
            counted[min(each.index_grades)] += each.count
        return {grade: counted[grade] for grade in GRADES if counted[grade]}

    def improvers(self, event: Event = Event.ONE_GRADE) -> tuple[int, int]:
        """(fewest, most) people with the event that the codes allow; equal when it is certain."""
        fates = [(each.may_and_must(event), each.count) for each in self.transitions]
        return sum(n for (_, must), n in fates if must), sum(n for (may, _), n in fates if may)

    def improvers_by_grade(self, event: Event = Event.ONE_GRADE) -> dict[str, tuple[int, int]]:
        """(fewest, most) improvers of each index grade at risk; empty where the split is open."""
        split = self.split() or {}
        return {
            grade: Baseline(self.exam, self.of_grade(grade)).improvers(event)
            for grade in split
            if at_risk(grade, event)
        }

    def of_grade(self, grade: str) -> tuple[Transition, ...]:
        return tuple(each for each in self.transitions if each.index_grades == {grade})


@dataclass(frozen=True, slots=True)
class Study:
    """A study as it was reported.

    ``baselines`` has one entry when the index exam is known and both when it is not. ``split`` says how
    the grades were obtained, ``total`` how the number of improvers was. ``followup_months`` is counted
    from the infusion (least, most). Words (``yes``, ``no``, ``unknown``) stay as reported.
    ``at_visits``: the grades at every visit known, those of ``persons`` counted.
    """

    id: str
    title: str
    source: str
    level: str
    baselines: tuple[Baseline, ...]
    index_known: bool
    split: Certainty
    total: Certainty
    people: People = People()
    doi: str | None = None
    design: str = "unknown"
    arm: str = "unknown"
    treated: bool = True
    route: str = "unknown"
    dose: str = "unknown"
    edition: str = "unknown"
    blinded: str = "unknown"
    examiner: str = "unknown"
    concurrent_controls: str = "unknown"
    why_stopped: str = "unknown"
    gates: int | None = None
    phase: str = "unknown"
    followup_months: tuple[float, float] | None = None
    certainty_note: str = ""
    synthetic: bool = False
    persons: tuple[Person, ...] = ()
    at_visits: tuple[VisitGrades, ...] = ()

    @property
    def split_known(self) -> bool:
        """Every person's index grade is reported."""
        return all(baseline.split() is not None for baseline in self.baselines)

    @property
    def split_recalled(self) -> bool:
        return self.split is Certainty.RECALLED


def grades_at_visits(persons: tuple[Person, ...]) -> tuple[VisitGrades, ...]:
    """The persons counted by grade at each visit, visits in the order they first occur."""
    visits: dict[str, list[Visit]] = {}
    for person in persons:
        for visit in person.visits:
            visits.setdefault(visit.name, []).append(visit)
    found = []
    for name, seen in visits.items():
        days = [visit.day for visit in seen if visit.day is not None]
        counted = Counter(visit.ais for visit in seen)
        counts = {grade: counted[grade] for grade in GRADES if counted[grade]}
        found.append(VisitGrades(name, (min(days), max(days)) if days else None, counts))
    return tuple(found)


def mean_gains(persons: tuple[Person, ...], start: str, end: str) -> dict[str, float]:
    """Mean gain of every measure between two visits, over the people who have it at both."""
    gains: dict[str, list[float]] = {}
    for person in persons:
        visits = {visit.name: visit.scores for visit in person.visits}
        before, after = visits.get(start, {}), visits.get(end, {})
        for measure in before:
            if measure in after:
                gains.setdefault(measure, []).append(after[measure] - before[measure])
    return {measure: sum(each) / len(each) for measure, each in gains.items()}
