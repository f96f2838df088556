"""What ``protocol.decide`` says to every step in every state, asked no more often than it can differ.

Each step is asked with the trial's share of the state closed (see :mod:`watched`). Three things can happen.
It is answered without a look: the answer stands whatever the share. It looks at the stopping rules only,
through ``hits``, ``blocked`` and whether the trial was stopped: it stands wherever these are the same. It
looks further: it is asked anew for every share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from immutables import Map

from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.protocol import Command, Protocol, Trial, decide, evolve, permission
from validation.identity.alphabet import Step
from validation.identity.record import Granted
from validation.identity.two_people import FIRST, SECOND
from validation.identity.watched import Closed, Opened, Sameness, Watched, inner

SHARE = ("harms", "infused", "collected")
"""What of a trial changes here and is nobody's own. The rest of it must stay what it was."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step that was granted: the person's part after it (None: the trial's steps change none), and the
    trial's share after it (None: as before). ``begins``: an infusion started."""

    step: Step
    granted: Granted
    number: int
    part: int | None
    shared: int | None
    begins: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """The moves of some steps; how many others were refused, and how many of those were starts."""

    moves: tuple[Move, ...] = ()
    refused: int = 0
    starts_refused: int = 0

    def __add__(self, other: Answers) -> Answers:
        return Answers(
            self.moves + other.moves, self.refused + other.refused, self.starts_refused + other.starts_refused
        )


Call = tuple[str, tuple[Any, ...], int]
"""A look at the stopping rules: which function, what it was asked besides the state, its answer's number."""


@dataclass(slots=True)
class Local:
    """What is known of one part at one time: answers that always stand, those that stand where the stopping
    rules answer alike, and the steps that look further."""

    always: Answers
    looking: tuple[Step, ...]
    alike: list[tuple[tuple[Call, ...], Answers]]
    further: tuple[Step, ...]


class Asking:
    """Asks every step of an alphabet. Parts and shares of states are told by number."""

    def __init__(self, protocol: Protocol, trial: Trial, steps: Iterable[Step], at: datetime) -> None:
        self.protocol, self.at, self.decided = protocol, at, 0
        asked = [step for step in steps if step.ask is not None]
        of = {None: None, 0: FIRST, 1: SECOND}
        self._steps = {place: tuple(each for each in asked if each.about is it) for place, it in of.items()}
        self._same = Sameness()
        self._values: dict[int, Any] = {}
        self._base = replace(trial, people=Map(), chains=Map())
        self._local: dict[tuple[int | None, int, int], Local] = {}
        self._further: dict[tuple[int | None, int, int, int], Answers] = {}
        self._looked: dict[tuple[int, str, tuple[Any, ...]], int] = {}
        self._calls: list[Call] = []
        self._real: dict[str, Callable[..., Any]] = {"hits": permission.hits, "blocked": permission.blocked}
        self.first, self.second = self.part(trial, FIRST), self.part(trial, SECOND)
        self.shared = self.share(trial)

    # States

    def _keep(self, made: Any) -> int:
        number = self._same.number(made)
        self._values.setdefault(number, made)
        return number

    def part(self, trial: Trial, it: Any) -> int:
        people: Any = trial.people
        chains: Any = trial.chains
        person, chain = (getattr(each, "inner", each) for each in (people, chains))
        return self._keep((person[it.person], chain[it.chain]))

    def share(self, trial: Trial) -> int:
        """The number of the trial's share. What is in nobody's share must not have changed."""
        for name in ("sites", "training", "labels", "drawn", "protocol"):
            if getattr(trial, name) is not getattr(self._base, name):
                raise AssertionError(f"a step changed the trial's {name}")
        return self._keep(tuple(getattr(trial, name) for name in SHARE))

    def begun(self, shared: int) -> bool:
        """Whether anybody was infused."""
        return bool(self._values[shared][SHARE.index("infused")])

    def _trial(self, place: int | None, part: int, shared: int, closed: bool) -> Trial:
        """The state, with nobody in it but the one it is about."""
        share = dict(zip(SHARE, self._values[shared], strict=True))
        if closed:
            share = {name: Closed(made) for name, made in share.items()}
            share["harms"] = Closed(
                inner(share["harms"]), stopped=lambda: self._write_down(shared, "stopped")
            )
        if place is None:
            return replace(self._base, **share)
        it = (FIRST, SECOND)[place]
        person, chain = self._values[part]
        other = (SECOND, FIRST)[place]
        people: Any = Watched(Map({it.person: person, other.person: None}), frozenset({it.person}))
        chains: Any = Watched(Map({it.chain: chain, other.chain: None}), frozenset({it.chain}))
        return replace(self._base, people=people, chains=chains, **share)

    # Answers

    def answers(self, place: int | None, part: int, shared: int, minutes: int) -> Answers:
        """Of all steps about one part: the moves, and how many are refused."""
        key = (place, part, minutes)
        local = self._local.get(key)
        if local is None:
            local = self._local[key] = self._localised(*key, shared)
        found = local.always
        if local.looking:
            found += self._alike(local, key, shared)
        if local.further:
            found += self._anew(local.further, key, shared)
        return found

    def _anew(self, steps: tuple[Step, ...], key: tuple[int | None, int, int], shared: int) -> Answers:
        known = self._further.get((*key, shared))
        if known is None:
            known = self._further[*key, shared] = self._asked(steps, key, shared, closed=False)[0]
        return known

    def _localised(self, place: int | None, part: int, minutes: int, shared: int) -> Local:
        always, looking, further = Answers(), [], []
        for step in self._steps[place]:
            if place is None:
                further.append(step)
                continue
            try:
                found, calls = self._asked((step,), (place, part, minutes), shared, closed=True)
            except Opened:
                further.append(step)
                continue
            if calls:
                looking.append(step)
            else:
                always += found
        return Local(always, tuple(looking), [], tuple(further))

    def _alike(self, local: Local, key: tuple[int | None, int, int], shared: int) -> Answers:
        for calls, found in local.alike:
            if all(self._look(shared, name, asked) == number for name, asked, number in calls):
                return found
        try:
            found, made = self._asked(local.looking, key, shared, closed=True)
        except Opened:
            return self._asked(local.looking, key, shared, closed=False)[0]
        local.alike.append((tuple(dict.fromkeys(made)), found))
        return found

    def _look(self, shared: int, name: str, asked: tuple[Any, ...]) -> int:
        """What the stopping rules answer, as a number."""
        key = (shared, name, asked)
        if key not in self._looked:
            harms, infused, collected = self._values[shared]
            if name == "stopped":
                made: Any = harms.stopped
            else:
                made = self._real[name](harms, self.protocol.safety, infused, collected, *asked)
            self._looked[key] = self._keep(made)
        return self._looked[key]

    def _write_down(self, shared: int, name: str, *asked: Any) -> Any:
        number = self._look(shared, name, asked)
        self._calls.append((name, asked, number))
        return self._values[number]

    @contextmanager
    def _looking(self, shared: int) -> Iterator[None]:
        """While it is open, ``hits`` and ``blocked`` may look into what is closed; each look is
        written down."""

        def through(name: str) -> Callable[..., Any]:
            def look(harms: Any, rules: Any, infused: Any, collected: Any, *asked: Any) -> Any:
                if type(harms) is not Closed:
                    return self._real[name](harms, rules, infused, collected, *asked)
                same = zip((harms, infused, collected), self._values[shared], strict=True)
                assert all(inner(closed) is made for closed, made in same)
                return self._write_down(shared, name, *asked)

            return look

        try:
            for name in self._real:
                setattr(permission, name, through(name))
            yield
        finally:
            for name, made in self._real.items():
                setattr(permission, name, made)

    def _asked(
        self, steps: Iterable[Step], key: tuple[int | None, int, int], shared: int, closed: bool
    ) -> tuple[Answers, tuple[Call, ...]]:
        """The steps asked one by one, and the looks they took."""
        place, part, minutes = key
        at = self.at + timedelta(minutes=minutes)
        moves, refused, starts_refused = [], 0, 0
        self._calls = []
        with self._looking(shared):
            for step in steps:
                assert step.ask is not None
                trial = self._trial(place, part, shared, closed)
                command = step.ask(trial, at)
                move = None if command is None else self._decided(step, trial, command, place, closed)
                if move is not None:
                    moves.append(move)
                    continue
                refused += 1
                starts_refused += command is not None and isinstance(command.order, c.StartInfusion)
        return Answers(tuple(moves), refused, starts_refused), tuple(self._calls)

    def _decided(
        self, step: Step, trial: Trial, command: Command, place: int | None, closed: bool
    ) -> Move | None:
        self.decided += 1
        decision = decide(trial, command, self.protocol)
        if decision.forbidden:
            return None
        for event in decision.events:
            trial = evolve(trial, event, command.act)
        granted = Granted(command.order, command.act, decision.events)
        part = None if place is None else self.part(trial, (FIRST, SECOND)[place])
        begins = any(isinstance(event, e.InfusionStarted) for event in granted.events)
        number, shared = self._same.number(granted), None if closed else self.share(trial)
        if closed and not all(type(getattr(trial, name)) is Closed for name in SHARE):
            raise Opened
        return Move(step, granted, number, part, shared, begins)
