"""What was asked and granted, in the order it was told: the raw history that the oracle reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from myelos.acts import Act, Decision
from myelos.cells import events as e
from myelos.protocol import Command, Protocol, Trial, decide, evolve


@dataclass(frozen=True, slots=True)
class Granted:
    """One command that was granted: what was asked (with every scanned text), by whom, when, its events."""

    order: Any
    act: Act
    events: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the history, with the act and the order it came from; ``place`` counts the events told."""

    event: Any
    act: Act
    order: Any
    place: int


class Told:
    """A history to look things up in: the events by their type, in the order they were told."""

    def __init__(self, granted: Iterable[Granted] = (), before: Told | None = None) -> None:
        self.before = before
        self.number: int = 0 if before is None else before.number
        self._lines: dict[type, list[Line]] = {}
        self._printed: dict[str, str] = {}
        self._opened: dict[str, str] = {}
        for each in granted:
            self.add(each)

    def add(self, granted: Granted) -> None:
        for event in granted.events:
            line = Line(event, granted.act, granted.order, self.number)
            self._lines.setdefault(type(event), []).append(line)
            self.number += 1
            if isinstance(event, e.LabelPrinted):
                self._printed[event.container] = event.chain
            elif isinstance(event, e.ChainOpened):
                self._opened[event.chain] = event.person

    def kinds(self) -> Iterator[type]:
        """The types of events that were told."""
        if self.before is not None:
            yield from self.before.kinds()
        yield from self._lines

    def printed_for(self, label: str) -> str | None:
        """The chain a label was printed for, last."""
        before = None if self.before is None else self.before.printed_for(label)
        return self._printed.get(label, before)

    def opened_for(self, chain: str) -> str | None:
        """The person a chain was opened for, last."""
        before = None if self.before is None else self.before.opened_for(chain)
        return self._opened.get(chain, before)

    def branch(self) -> Told:
        """Another history with the same beginning."""
        other = Told(before=self.before)
        other.number, other._printed, other._opened = self.number, {**self._printed}, {**self._opened}
        other._lines = {kind: [*lines] for kind, lines in self._lines.items()}
        return other

    def of(self, *kinds: type) -> Iterator[Line]:
        """The events of some kinds; of each kind in the order they were told."""
        for kind in kinds:
            if self.before is not None:
                yield from self.before.of(kind)
            yield from self._lines.get(kind, ())


@dataclass(slots=True)
class Record:
    """A trial as it goes, with its raw history beside it."""

    protocol: Protocol
    trial: Trial
    told: Told = field(default_factory=Told)

    @classmethod
    def begin(cls, protocol: Protocol) -> Record:
        return cls(protocol, Trial(protocol.id))

    def ask(self, command: Command) -> Decision:
        """Decide, fold what was granted and write it down."""
        decision = decide(self.trial, command, self.protocol)
        for event in decision.events:
            self.trial = evolve(self.trial, event, command.act)
        if decision.events:
            self.told.add(Granted(command.order, command.act, decision.events))
        return decision

    def branch(self) -> Record:
        """Another history with the same beginning."""
        return Record(self.protocol, self.trial, self.told.branch())

    def must(self, command: Command) -> None:
        """Ask for what has to be granted. Raises ValueError with the findings when it is not."""
        decision = self.ask(command)
        if decision.forbidden:
            raise ValueError(f"{type(command.order).__name__}: {decision.findings}")
