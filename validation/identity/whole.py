"""A trial of two or three people as it might go: mostly right, now and then wrong, and never trusted.

Every command goes through ``protocol.decide``; after every one that is granted the oracle is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from examples.twenty_people.script import Script, opening

from myelos.acts import Decision
from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.findings import Severity
from myelos.protocol import Command, Protocol, decide, evolve
from validation.identity.bends import BENDS, Around, Choose
from validation.identity.courses import WAYS, course, later
from validation.identity.oracle import violations
from validation.identity.record import Granted, Record
from validation.identity.turns import TURNS, Now
from validation.identity.two_people import OPENED, protocol


@dataclass(slots=True)
class Person:
    """One person's course: what comes next when all is well, and how much later than planned."""

    it: Script
    left: list[Command]
    now: datetime
    late: timedelta = timedelta(0)
    stuck: int = 0

    def copy(self) -> Person:
        return Person(self.it, self.left, self.now, self.late, self.stuck)


@dataclass(slots=True)
class Counts:
    """What was asked and answered."""

    commands: int = 0
    granted: int = 0
    refused: int = 0
    starts_granted: int = 0
    starts_refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    reasons_of_starts: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        for name in ("commands", "granted", "refused", "starts_granted", "starts_refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.reasons_of_starts.update(other.reasons_of_starts)


class Whole:
    """A history as it grows. ``wrong`` holds every violation the oracle found."""

    def __init__(self, record: Record, people: list[Person], number: int = 0) -> None:
        self.record, self.people = record, people
        self.counts, self.wrong = Counts(), list[str]()
        self._number = number

    @classmethod
    def begin(cls, ways: tuple[int, ...], apart: int, under: Protocol | None = None) -> Whole:
        """A site that is open, and so many people, each on a way of :data:`WAYS`."""
        record = Record.begin(under or protocol())
        for command in opening(OPENED):
            record.must(command)
        people = []
        for number, way in enumerate(ways, start=1):
            left = course(number, WAYS[way % len(WAYS)], apart)
            it = Script(number, left[0].act.at.date(), None)  # type: ignore[arg-type]
            people.append(Person(it, left[::-1], left[0].act.at))
        return cls(record, people)

    def branch(self) -> Whole:
        """Another history with the same beginning."""
        return Whole(self.record.branch(), [person.copy() for person in self.people], self._number)

    # What may be done next

    def on(self, who: int) -> Decision | None:
        """The next command of a person, as it should be; None when there is none left."""
        person = self.people[who]
        if not person.left:
            return None
        decision = self._ask(self._next(person), person)
        if decision.forbidden:
            person.stuck += 1
        else:
            self._done(person)
        return decision

    def wrong_step(self, who: int, name: str, choose: Choose) -> Decision | None:
        """The next command of a person gone wrong in one way; if it is granted all the same, it was done."""
        person = self.people[who]
        if not person.left:
            return None
        others = tuple(each.it for each in self.people if each is not person)
        command = BENDS[name](self._next(person), Around(person.it, others), choose)
        if command is None:
            return None
        decision = self._ask(command, person)
        if not decision.forbidden and type(command.order) is type(person.left[-1].order):
            self._done(person)
        return decision

    def turn(self, who: int, name: str, choose: Choose) -> Decision:
        """Something that comes between."""
        person = self.people[who]
        self._number += 1
        at = person.now + timedelta(minutes=choose(3))
        now = Now(self.record.trial, self.record.protocol, person.it, at, self._number, choose)
        return self._ask(TURNS[name](now), person)

    def skip(self, who: int, later_on: bool) -> None:
        """The next step is left out, or done after the one that follows it."""
        person = self.people[who]
        if not person.left:
            return
        left = person.left[:-1]
        if later_on and left:
            left = [*left[:-1], person.left[-1], left[-1]]
        person.left = left

    def wait(self, who: int, minutes: int) -> None:
        """Everything of a person is done so much later from here on."""
        self.people[who].late += timedelta(minutes=minutes)

    def going(self) -> list[int]:
        """Who has something left to be done and is not refused again and again."""
        return [who for who, person in enumerate(self.people) if person.left and person.stuck < 4]

    # How it is done

    @staticmethod
    def _next(person: Person) -> Command:
        command = person.left[-1]
        return later(command, person.late) if person.late else command

    @staticmethod
    def _done(person: Person) -> None:
        person.left, person.stuck = person.left[:-1], 0

    def _ask(self, command: Command, person: Person) -> Decision:
        """Decide; then, of what was granted, ask the oracle; then fold."""
        record, counts = self.record, self.counts
        decision = decide(record.trial, command, record.protocol)
        counts.commands += 1
        starts = isinstance(command.order, c.StartInfusion)
        if decision.forbidden:
            counts.refused += 1
            counts.starts_refused += starts
            codes = {each.code for each in decision.findings if each.severity is Severity.ERROR}
            counts.reasons.update(codes)
            if starts:
                counts.reasons_of_starts.update(codes)
            return decision
        counts.granted += 1
        granted = Granted(command.order, command.act, decision.events)
        counts.starts_granted += any(isinstance(event, e.InfusionStarted) for event in granted.events)
        self.wrong += violations(record.told, granted)
        record.told.add(granted)
        self.wrong += astray(record, granted)
        for event in decision.events:
            record.trial = evolve(record.trial, event, command.act)
        person.now = max(person.now, command.act.at)
        return decision


def astray(record: Record, granted: Granted) -> Iterator[str]:
    """Containers and people that an event names and that are not of its chain."""
    for event in granted.events:
        chain = getattr(event, "chain", None)
        if chain is None or type(event) not in e.EVENTS:
            continue
        for label in _labels(event):
            if record.told.printed_for(label) != chain:
                yield f"{type(event).__name__} of {chain} names {label}"
        person = getattr(event, "person", None)
        if person is not None and record.told.opened_for(chain) != person:
            yield f"{type(event).__name__} of {chain} names {person}"


_CONTAINERS = ("container", "source", "sample")
_LISTS = ("containers", "flasks", "sources", "bags", "serum", "parts")


def _labels(event: Any) -> Iterator[str]:
    """Every container an event names."""
    for name in _CONTAINERS:
        yield from _label(getattr(event, name, None))
    for name in _LISTS:
        for each in getattr(event, name, ()):
            yield from _label(each)
    for name in ("into", "suspension"):
        yield from _label(getattr(event, name, None))


def _label(made: Any) -> Iterator[str]:
    """A label, or the label of a part."""
    if isinstance(made, str):
        yield made
    elif made is not None:
        yield made.container
