"""A made-up trial brought to any point of it through ``decide``, for a test to bend. Synthetic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from examples.twenty_people.people import enrolled, items, of_grade, script
from examples.twenty_people.playing import play
from examples.twenty_people.script import CHART, OPENED, SITE, ZONE, Script, opening

from myelos.acts import Act, Decision
from myelos.cells import commands as cc
from myelos.findings import Finding, Phrasebook, Severity
from myelos.protocol import Command, Protocol, Trial, decide, evolve, load_protocol
from myelos.protocol.enrolment import DecideGate
from myelos.protocol.visits import RecordExamination, RecordVisit
from myelos.safety import commands as sc
from myelos.safety.events import Particulars
from myelos.safety.terms import Kind

TRIAL: Protocol = load_protocol("honmou-phase2")
_ROOMS = ("protocol", "cells", "safety", "measures", "isncsci")
_WORDS = Phrasebook("myelos", *(f"myelos.{room}" for room in _ROOMS))
NO_LOSS = {"respiratory-loss": "no", "ascending-loss": "no"}


SAID: dict[str, tuple[str | None, set[str]]] = {
    "not-trained": ("by", {"by", "training", "task"}),
    "gate-not-passed": ("person", {"gate"}),
    "gate-passed-later": ("at", {"gate", "passed"}),
    "has-left": ("at|examined_at", {"person", "how", "since"}),
    "off-treatment": ("person", {"since"}),
    "group-without-cells": ("person", {"group"}),
    "group-not-assigned": ("person", set()),
    "collections-complete": ("scan", {"kind", "most"}),
    "too-much-collected": ("volume", {"kind", "read", "most"}),
    "lots-complete": ("lot", {"most"}),
    "no-product": (None, {"protocol"}),
    "chain-unknown": ("chain", {"read"}),
    "person-unknown": ("person", {"person"}),
    "other-site": ("site", {"person", "read"}),
    "chain-opened-already": ("person|chain", {"chain"}),
    "collects-nothing": ("chain", {"protocol"}),
    "label-of-another-chain": ("container|records", {"container"}),
    "trial-stopped": ("gate", {"gate"}),
    "zone-of-another-site": ("zone", {"read", "zone"}),
    "container-not-theirs": ("container", {"container", "person"}),
    "takes-no-lots": ("from_protocol", {"read", "takes"}),
    "history-later": (r"records\[\d+\]\.act\.at", {"at", "told"}),
    "taken-over-anothers": ("chain", {"chain", "person"}),
    "taken-over-infused": ("chain", {"chain"}),
    "taken-over-without-lot": ("chain", {"chain"}),
    "taken-over-unsettled": ("records", {"lot", "status"}),
    "history-broken": (r"records\[\d+\]\.event", {"event"}),
    "history-of-another": (r"records\[\d+\]\.event", {"event", "chain", "person"}),
}  # fmt: skip
"""Where each refusal of these rules stands, and what it says with: all findings of tests are held to it."""


def _held_to_what_it_says(finding: Finding) -> None:
    where, params = SAID.get(finding.code.removeprefix("protocol."), ("", None))
    if params is None:
        return
    assert (finding.place.column is None) == (where is None), finding
    assert where is None or re.fullmatch(where, str(finding.place.column)), finding
    assert set(finding.params) == params, finding
    assert all(each not in (None, "") for each in finding.params.values()), finding


def codes(decision: Decision, *, all_: bool = False) -> list[str]:
    """The codes of the errors, or of everything found; each is told in both languages: words and parameters
    fit. A refusal has no events."""
    for each in decision.findings:
        for language in ("en", "ja"):
            assert _WORDS.tell(each, language)
        _held_to_what_it_says(each)
    if decision.forbidden:
        assert decision.events == ()
    return [each.code for each in decision.findings if all_ or each.severity is Severity.ERROR]


def names(decision: Decision) -> list[str]:
    """The names of the events of a command that nothing forbids."""
    assert codes(decision) == []
    return [event.NAME for event in decision.events]


@dataclass
class Play:
    """A trial as it goes on."""

    trial: Trial
    protocol: Protocol = TRIAL

    def ask(self, command: Command) -> Decision:
        """Decide, and fold nothing."""
        return decide(self.trial, command, self.protocol)

    def do(self, command: Command) -> Decision:
        """Decide, and fold the events; nothing may forbid it."""
        decision = self.ask(command)
        assert codes(decision) == [], [each.as_dict() for each in decision.findings]
        for event in decision.events:
            self.trial = evolve(self.trial, event, command.act)
        return decision

    def run(self, commands: Iterable[Command], until: Callable[[Command], bool] = lambda _: False) -> None:
        self.trial, _ = play(self.protocol, commands, self.trial, until)


def of(kind: type, nth: int = 0) -> Callable[[Command], bool]:
    """Whether a command is the nth of a kind that is seen."""
    seen = [0]

    def it(command: Command) -> bool:
        if type(command.order) is not kind:
            return False
        seen[0] += 1
        return seen[0] == nth + 1

    return it


def gate(name: str) -> Callable[[Command], bool]:
    return lambda command: isinstance(command.order, DecideGate) and command.order.gate == name


@cache
def whole(number: int = 1, before: int = 38, infusion: int = 40) -> tuple[Command, ...]:
    """One person with AIS B from screening to the end of the infusion."""
    it = person(number, before, infusion)
    return (
        *enrolled(it, of_grade("B", number)),
        *it.culture(),
        *it.results(),
        it.release(),
        it.visit("re-examination", before, items(of_grade("B", number))),
        it.weight(),
        it.second_gate(),
        *it.infusion(),
    )


def person(number: int = 1, before: int = 38, infusion: int = 40) -> Script:
    return script(number, before=before, infusion=infusion)


@cache
def _opened() -> Trial:
    return play(TRIAL, opening(OPENED))[0]


def opened() -> Play:
    """The site is open, its settings are filled, its staff is trained."""
    return Play(_opened())


@cache
def _before(number: int, kind: type, nth: int, name: str) -> tuple[Trial, Command]:
    commands, it = whole(number), gate(name) if name else of(kind, nth)
    place = next(place for place, each in enumerate(commands) if it(each))
    return play(TRIAL, commands[:place], _opened())[0], commands[place]


def before(kind: type, nth: int = 0, number: int = 1) -> tuple[Play, Command]:
    """The trial just before a person's nth command of a kind, and that command."""
    trial, command = _before(number, kind, nth, "")
    return Play(trial), command


def before_gate(name: str, number: int = 1) -> tuple[Play, Command]:
    """The trial just before a person's decision at a gate, and that command."""
    trial, command = _before(number, DecideGate, 0, name)
    return Play(trial), command


@cache
def _infused(*numbers: int) -> Trial:
    trial = _opened()
    for number in numbers:
        trial, _ = play(TRIAL, whole(number), trial)
    return trial


def infused(*numbers: int) -> Play:
    """The trial with these people infused, 35 days after one another."""
    return Play(_infused(*(numbers or (1,))))


# Commands bent --------------------------------------------------------------------------------------------


def at(command: Command, instant: datetime) -> Command:
    return Command(replace(command.act, at=instant), command.order)


def by(command: Command, account: str, role: str | None = None) -> Command:
    return Command(replace(command.act, by=account, role=role or command.act.role), command.order)


def with_(command: Command, **changes: Any) -> Command:
    """The command with another order."""
    return Command(command.act, replace(command.order, **changes))


def tell(order: Any, when: datetime, who: str = "investigator", **act: Any) -> Command:
    """Something asked by the investigator of the site."""
    return Command(Act(**{"by": who, "at": when, "role": who, "site": SITE, **act}), order)


def report(event: str, it: Script, when: datetime, zone: str = ZONE, **known: Any) -> Command:
    """A mild adverse event, but for what is told otherwise."""
    told: dict[str, Any] = {
        "kind": Kind.OTHER, "term": "made up", "grade": 1, "serious": (), "onset": "unknown",
        "known_at": when, **known,
    }  # fmt: skip
    order = sc.ReportAdverseEvent(event=event, person=it.person, zone=zone, particulars=Particulars(**told))
    return tell(order, when)


def examine(it: Script, day: int, measures: dict[str, Any], examiner: str = "examiner-2") -> Command:
    """An examination at no visit."""
    order = RecordExamination(
        person=it.person, examined_at=it.at(day, 3), examiner=examiner, source=CHART,
        reason="a second look", measures=measures,
    )  # fmt: skip
    return tell(order, it.at(day, 4), examiner)


def visit(it: Script, name: str, day: int, measures: dict[str, Any]) -> Command:
    order = RecordVisit(
        person=it.person, visit=name, examined_at=it.at(day, 1), examiner="examiner", source=CHART,
        measures=measures,
    )  # fmt: skip
    return tell(order, it.at(day, 2), "examiner")


def start_of(number: int = 1) -> Command:
    """The command that starts a person's infusion."""
    return next(each for each in whole(number) if isinstance(each.order, cc.StartInfusion))
