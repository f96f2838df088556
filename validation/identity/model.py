"""Every history of so many steps over an alphabet, as a layered graph: equal states are one, with how many
histories lead there, so that the numbers of histories are exact.

A state is the trial's (compared by its whole structure), the time, and what was told since the beginning as
far as the oracle reads it. Every step is asked of ``protocol.decide`` in every state (see :mod:`answers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from myelos.cells import commands as c
from myelos.safety.rules import Spacing
from validation.identity.alphabet import Step
from validation.identity.answers import Asking, Move
from validation.identity.oracle import violations
from validation.identity.record import Granted, Record, Told
from validation.identity.two_people import BEGIN

VEIN = (c.StartInfusion, c.ResumeInfusion)

State = tuple[int, int, int, int, int]
"""First person's part, second's, the trial's share, minutes since the beginning, what was told (in bits)."""


@dataclass(slots=True)
class Layer:
    """Of all histories of one length: how many there are, and what their last step was answered.

    ``states``: different ones before that step. ``infused``: histories in which anybody was infused by then.
    """

    depth: int
    states: int
    asked: int = 0
    histories: int = 0
    granted: int = 0
    refused: int = 0
    starts_granted: int = 0
    starts_refused: int = 0
    infused: int = 0


@dataclass(slots=True)
class Found:
    """What a run found. ``decided``: how often ``decide`` was really asked; ``checked``: how many different
    infusions the oracle judged; ``violations``: by what was wrong, in how many histories."""

    layers: list[Layer] = field(default_factory=list)
    decided: int = 0
    checked: int = 0
    violations: dict[str, int] = field(default_factory=dict)


class Model:
    """The graph from one beginning."""

    def __init__(self, begin: Record, steps: tuple[Step, ...], at: datetime = BEGIN) -> None:
        self.base, self.steps, self.found = begin.told, steps, Found()
        self._apart = any(isinstance(rule, Spacing) for rule in begin.protocol.safety.stopping)
        self.asking = Asking(begin.protocol, begin.trial, steps, at)
        self._jumps = tuple(step.jump // timedelta(minutes=1) for step in steps if step.ask is None)
        self._bits: dict[tuple[int, int], int] = {}
        self._bit_of: list[tuple[Granted, int]] = []
        self._ordered = 0
        self._checked: dict[tuple[int, int], list[str]] = {}
        self.begin: State = (self.asking.first, self.asking.second, self.asking.shared, 0, 0)

    def run(self, depth: int) -> Found:
        """All histories of ``depth`` steps."""
        layer: dict[State, int] = {self.begin: 1}
        for length in range(1, depth + 1):
            counted = Layer(length, len(layer))
            after: dict[State, int] = {}
            for state, histories in layer.items():
                for next_, ways in self._after(state, counted, histories, last=length == depth):
                    after[next_] = after.get(next_, 0) + ways * histories
            self.found.layers.append(counted)
            layer = after
        self.found.decided = self.asking.decided
        return self.found

    def _after(self, state: State, layer: Layer, histories: int, last: bool) -> Iterator[tuple[State, int]]:
        """Every state after one more step, and by how many steps it is reached; none after the last one."""
        first, second, shared, minutes, mask = state
        still, moved, begun = 0, len(self._jumps), 0
        for place, part in ((0, first), (1, second), (None, -1)):
            answers = self.asking.answers(place, part, shared, minutes)
            still += answers.refused
            layer.starts_refused += answers.starts_refused * histories
            for move in answers.moves:
                moved += 1
                begun += move.begins
                if isinstance(move.granted.order, VEIN):
                    self._check(mask, move, histories)
                if not last:
                    yield self._moved(state, place, move), 1
        self._count(layer, histories, still, moved, begun, self.asking.begun(shared))
        if not last:
            for jump in self._jumps:
                yield (first, second, shared, minutes + jump, mask), 1
            yield state, still

    @staticmethod
    def _count(layer: Layer, histories: int, still: int, moved: int, begun: int, before: bool) -> None:
        layer.asked += still + moved
        layer.histories += histories * (still + moved)
        layer.refused += histories * still
        layer.granted += histories * moved
        layer.starts_granted += histories * begun
        layer.infused += histories * (still + moved if before else begun)

    def _moved(self, state: State, place: int | None, move: Move) -> State:
        first, second, shared, minutes, mask = state
        if move.part is not None:
            first, second = (move.part, second) if place == 0 else (first, move.part)
        shared = shared if move.shared is None else move.shared
        return first, second, shared, minutes, self._told(mask, move)

    def _told(self, mask: int, move: Move) -> int:
        """What is told after a move: one more bit. What is ordered carries its place in the order."""
        if not move.step.kept:
            return mask
        order = (mask & self._ordered).bit_count() if move.step.ordered else 0
        key = (move.number, order)
        if key not in self._bits:
            self._bits[key] = len(self._bit_of)
            self._bit_of.append((move.granted, order))
            if move.step.ordered:
                self._ordered |= 1 << self._bits[key]
        return mask | 1 << self._bits[key]

    def _history(self, mask: int) -> Told:
        told = [each for bit, each in enumerate(self._bit_of) if mask >> bit & 1]
        told.sort(key=lambda each: (each[0].act.at, each[1]))
        return Told((granted for granted, _ in told), before=self.base)

    def _check(self, mask: int, move: Move, histories: int) -> None:
        key = (mask, move.number)
        if key not in self._checked:
            self._checked[key] = violations(self._history(mask), move.granted, self._apart)
            self.found.checked += 1
        for each in self._checked[key]:
            self.found.violations[each] = self.found.violations.get(each, 0) + histories
