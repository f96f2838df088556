"""Commands played into the rows of a ledger, for a test to bend. Synthetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from examples.twenty_people.people import commands as twenty_commands
from examples.twenty_people.script import OPENED, SITE, opening
from tests.protocol.played import TRIAL, person, tell, whole

from myelos.acts import Act, Decision
from myelos.findings import Finding, Phrasebook, Severity
from myelos.ledger import Asked, Given, Row, Snapshot, decide_recorded, record
from myelos.ledger import commands as lc
from myelos.ledger import events as le
from myelos.ledger.deciding import SIGNED_COMMANDS
from myelos.ledger.entry import Heading, seal
from myelos.ledger.free_text import Words
from myelos.ledger.snapshot import events_of
from myelos.protocol import Command, Protocol
from myelos.protocol.events import TrainingRecorded
from myelos.shapes import plain

NAME = "trial-1"
IT, OTHER = person(1), person(2)
LATER = IT.at(200)
"""After everything that was played of either person."""

WORDS = Phrasebook(
    "myelos", *(f"myelos.{room}" for room in ("ledger", "protocol", "cells", "safety", "measures", "isncsci"))
)
TRIAL_1 = le.Subject(kind="trial")


def of_person(code: str = IT.person) -> le.Subject:
    return le.Subject(kind="person", person=code)


def entries(*numbers: int) -> le.Subject:
    return le.Subject(kind="entries", entries=numbers)


@dataclass
class Kept:
    """A ledger as it grows: each command is decided and recorded; a minute passes before it is recorded."""

    snapshot: Snapshot = field(default_factory=lambda: Snapshot(NAME))
    rows: tuple[Row, ...] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    asked: int = 0

    def salt(self) -> bytes:
        """A salt that is another one each time, the same in each run."""
        self.salted = getattr(self, "salted", 0) + 1
        return sha256(f"{self.asked}/{self.salted}".encode()).digest()[:16]

    def ask(self, command: Command, printed_name: str = "Made Up") -> Decision:
        """Decide, and record nothing."""
        return decide_recorded(self.snapshot, command, self.given(command, printed_name))

    def ask_unsigned(self, command: Command) -> Decision:
        """Decide without anything given to sign."""
        return decide_recorded(self.snapshot, command)

    def do(
        self, command: Command, recorded_at: datetime | None = None, printed_name: str = "Made Up"
    ) -> Decision:
        """Decide, and record the events; nothing may forbid it."""
        decision = self.ask(command, printed_name)
        assert codes(decision) == []
        self.keep(command, decision.events, recorded_at)
        return decision

    def keep(
        self, command: Command, events: Iterable[Any], recorded_at: datetime | None = None
    ) -> tuple[Finding, ...]:
        """Record these events for a command, whatever the rules say."""
        self.asked += 1
        when = recorded_at or command.act.at + timedelta(minutes=1)
        asked = Asked(f"c-{self.asked}", command.order.NAME, command.act, when)
        made = record(self.snapshot, asked, list(events), self.salt)
        self.snapshot, self.rows = made.snapshot, (*self.rows, *made.rows)
        self.words = {**self.words, **{each.reference: each for each in made.words}}
        return made.findings

    def run(self, commands: Iterable[Command]) -> Kept:
        for command in commands:
            self.do(command)
        return self

    def copy(self) -> Kept:
        return replace(self)

    def given(self, command: Command, printed_name: str) -> Given:
        """What a store gives to a signature."""
        if not isinstance(command.order, SIGNED_COMMANDS):
            return Given()
        subject = command.order.subject
        if subject.kind == "trial":
            return Given(printed_name, (self.snapshot.digest,))
        if subject.kind == "person":
            return Given(printed_name, [row.digest for row in self.about(subject.person or "")])
        signed = [row for row in self.rows if row.seq in subject.entries]
        people = sorted({row.plain["person"] for row in signed})
        events = events_of(row for each in people for row in self.about(each))
        return Given(printed_name, [row.digest for row in signed], events)

    def about(self, code: str) -> list[Row]:
        return [row for row in self.rows if row.plain["person"] == code]

    def numbers(self, event: str) -> list[int]:
        """The numbers of the entries of one kind of event."""
        return [row.seq for row in self.rows if row.event == event]

    @property
    def stored(self) -> list[tuple[Any, ...]]:
        return [row.columns for row in self.rows]

    @property
    def texts(self) -> dict[str, str]:
        return {each.reference: each.text for each in self.words.values()}


def codes(decision: Decision, *, all_: bool = False) -> list[str]:
    """The codes of the errors, or of everything found; each is told in both languages."""
    for each in decision.findings:
        assert all(WORDS.tell(each, language) for language in ("en", "ja"))
    if decision.forbidden:
        assert decision.events == ()
    return [each.code for each in decision.findings if all_ or each.severity is Severity.ERROR]


def found_at(findings: Iterable[Finding]) -> list[tuple[str, int | None]]:
    """Code (without the room) and row of findings; each is told in both languages."""
    found = list(findings)
    assert all(WORDS.tell(each, language) for each in found for language in ("en", "ja"))
    return [(each.code.removeprefix("ledger."), each.place.row) for each in found]


def open_trial(protocol: Protocol = TRIAL) -> Command:
    order = lc.OpenTrial(protocol=plain(protocol))
    return Command(Act(by="coordinator", at=OPENED, role="coordinator", site=SITE), order)


@cache
def _opened() -> Kept:
    return Kept().run([open_trial(), *opening(OPENED)])


def opened() -> Kept:
    """The trial is open, and so is its site."""
    return _opened().copy()


@cache
def _infused(*numbers: int) -> Kept:
    return _opened().copy().run(command for number in numbers for command in whole(number))


def infused(*numbers: int) -> Kept:
    """The ledger with these people infused."""
    return _infused(*(numbers or (1,))).copy()


@cache
def _twenty() -> Kept:
    """The whole worked trial."""
    return _opened().copy().run(twenty_commands())


def twenty() -> Kept:
    return _twenty().copy()


@cache
def _entries(count: int) -> Kept:
    kept = _twenty().copy()
    for number in range(count - len(kept.rows)):
        order = TrainingRecorded(account=f"nurse-{number}", training="bedside", until=None, source="made up")
        kept.do(tell(order, LATER + timedelta(minutes=number), why="new on the ward"))
    return kept


def of_entries(count: int) -> Kept:
    """A ledger of so many entries, no fewer than the worked trial has."""
    return _entries(count).copy()


def sign(subject: le.Subject, when: datetime = LATER, meaning: le.Meaning = "approved") -> Command:
    return tell(lc.Sign(meaning=meaning, subject=subject), when)


def freeze(subject: le.Subject = TRIAL_1, when: datetime = LATER) -> Command:
    return tell(lc.Restrict(level="freeze", subject=subject), when)


def lock(subject: le.Subject = TRIAL_1, when: datetime = LATER) -> Command:
    return tell(lc.Restrict(level="lock", subject=subject), when)


def reopen(
    level: le.Level, subject: le.Subject = TRIAL_1, when: datetime = LATER, why: str = "an error was found"
) -> Command:
    return tell(lc.Reopen(level=level, subject=subject), when, why=why)


# Forged ---------------------------------------------------------------------------------------------------


def resealed(rows: Iterable[Row], changes: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """The rows written anew with fresh digests, the named entries' texts changed: what a forger would do."""
    head, made = Snapshot(NAME).head, []
    for row in rows:
        said = {**row.plain, **changes.get(row.seq, {})}
        heading = Heading(
            trial=said["trial"], command=said["command"], kind=said["kind"],
            at=datetime.fromisoformat(said["at"]), recorded_at=datetime.fromisoformat(said["recorded_at"]),
            by=said["by"], role=said["role"], site=said["site"], why=said["why"], person=said["person"],
            editions=said["editions"], software=said["software"],
        )  # fmt: skip
        event = {"name": said["event"], "version": said["version"], "data": said["data"]}
        made.append(seal(heading, event, replace(head, trial=said["trial"])))
        head = replace(head, seq=made[-1].seq, digest=made[-1].digest)
    return made
