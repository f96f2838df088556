"""Ask a record for every step and hold it to what the script expects; and a record in memory.

The record in a database is in :mod:`examples.worked_trial.in_store`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from examples.worked_trial.script import TRIAL
from examples.worked_trial.staff import BY_NAME
from examples.worked_trial.steps import Look, Step

from myelos.acts import Decision
from myelos.findings import Finding, Phrasebook, Severity
from myelos.ledger import Asked, Given, Row, Snapshot, decide_recorded, fold, record
from myelos.ledger.commands import EraseWords
from myelos.ledger.concerned import concerned
from myelos.ledger.events import CommandRefused, Subject
from myelos.ledger.free_text import references
from myelos.ledger.snapshot import events_of
from myelos.protocol import Command
from myelos.shapes import Named
from myelos.store import authority

ROOMS = ("isncsci", "measures", "cells", "safety", "protocol", "ledger", "store")
BOOK = Phrasebook("myelos", *(f"myelos.{room}" for room in ROOMS))


class NotAsExpected(ValueError):
    """A step was refused that should have been recorded, or the other way, or for other reasons."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a record says to a command: its entries, what there is to say, whether it had it already."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    again: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes for which it was refused, none when it was not. A refusal at the door has no entry."""
        if not self.rows:
            return tuple(each.code for each in self.findings)
        refused = [row for row in self.rows if row.event == CommandRefused.NAME]  # type: ignore[attr-defined]
        return tuple(code for row in refused for code in row.plain["data"]["codes"])


class Record(Look, Protocol):
    """What the script is asked of."""

    def do(self, step: Step) -> Answer:
        """Decide and record a step, or its refusal."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that was refused, as it had to be, and why; ``said`` is empty when that was told before."""

    step: Step
    codes: tuple[str, ...]
    said: str = ""


@dataclass
class Played:
    """What became of the script: commands recorded now, those that had been before, and what was refused (by
    the rules, and then recorded as refused; or at the door, which records nothing in the trial)."""

    recorded: int = 0
    again: int = 0
    refused: list[Refusal] = field(default_factory=list)


def play(kept: Record, steps: Iterable[Step]) -> Played:
    """Ask for every step. Raises NotAsExpected at the first that does not go as the script says."""
    played = Played()
    for step in steps:
        answer = kept.do(step)
        if answer.codes != step.refused:
            said = "; ".join(f"{each.code} {dict(each.params)}" for each in answer.findings)
            raise NotAsExpected(f"{step.name} at {step.act.at}: {answer.codes or 'recorded'} ({said})")
        played.again += answer.again
        played.recorded += bool(answer.rows) and not answer.again
        if answer.codes:
            errors = [BOOK.tell(each) for each in answer.findings if each.severity is Severity.ERROR]
            played.refused.append(Refusal(step, answer.codes, "; ".join(errors)))
    return played


class Salts:
    """A salt for each text, another one every time and the same in every run: made-up words hide nothing."""

    def __init__(self) -> None:
        self._of, self._number = "", 0

    def of(self, step: Step) -> None:
        """Those of a step, from the first."""
        self._of, self._number = step.id, 0

    def __call__(self) -> bytes:
        self._number += 1
        return sha256(f"{self._of} {self._number}".encode()).digest()[:16]


def barred(step: Step, command: Command) -> tuple[Finding, ...]:
    """What the table of authority says against a step, as the door would: nobody's role lets them do it."""
    who = BY_NAME[step.act.by]
    order: type[Named] = type(command.order)
    found = authority.forbidden(step.act.role, order.NAME, [who.at], step.act.site)
    return () if found is None else (found,)


class InMemory:
    """A record in memory: the pure rules and the pure ledger, and no database."""

    def __init__(self, trial: str = TRIAL) -> None:
        self.snapshot = Snapshot(trial)
        self.rows: list[Row] = []
        self.words: dict[str, str] = {}
        self._of: dict[str, tuple[Row, ...]] = {}
        self._salts = Salts()

    def do(self, step: Step) -> Answer:
        if step.id in self._of:
            return Answer(self._of[step.id], again=True)
        command = step.command(self)
        found = barred(step, command)
        if found:
            return Answer((), found)
        decision = decide_recorded(self.snapshot, command, self._given(step, command))
        self._salts.of(step)
        asked = Asked(step.id, command.order.NAME, command.act, step.recorded_at)
        made = record(self.snapshot, asked, decision.events or self._refusal(command, decision), self._salts)
        self.snapshot, self._of[step.id] = made.snapshot, made.rows
        self.rows += made.rows
        self.words.update({each.reference: each.text for each in made.words})
        if isinstance(command.order, EraseWords) and decision.events:
            gone = command.order.references
            self.words = {each: said for each, said in self.words.items() if each not in gone}
            self.snapshot = fold(Snapshot(self.snapshot.trial), self.rows, self.words)  # the words are in it
        return Answer(made.rows, decision.findings)

    def _refusal(self, command: Command, decision: Decision) -> tuple[CommandRefused, ...]:
        errors = [each.code for each in decision.findings if each.severity is Severity.ERROR]
        said = "\n".join(BOOK.tell(each) for each in decision.findings)
        person = concerned(self.snapshot.state, command.order) or None
        return (CommandRefused(codes=tuple(dict.fromkeys(errors)), said=said, person=person),)

    def _given(self, step: Step, command: Command) -> Given:
        """What a signature rests on: as the door gives it, from the rows at hand."""
        subject = getattr(command.order, "subject", None)
        if not isinstance(subject, Subject):
            return Given()
        name = BY_NAME[step.act.by].printed
        match subject.kind:
            case "trial":
                return Given(name, (self.snapshot.digest,))
            case "person":
                return Given(name, tuple(row.digest for row in self._about({subject.person})))
            case _:
                signed = [row for row in self.rows if row.seq in subject.entries]
                about = self._about({row.plain["person"] for row in signed})
                return Given(name, tuple(row.digest for row in signed), events_of(about))

    def _about(self, people: set[str | None]) -> list[Row]:
        return [row for row in self.rows if row.plain["person"] in people]

    def entries(self, command: str) -> tuple[int, ...]:
        return tuple(row.seq for row in self._of[command])

    def references(self, person: str) -> tuple[str, ...]:
        return tuple(each for row in self._about({person}) for each in references(row.text))
