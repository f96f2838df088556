"""What follows from a command in a trial: its events, or every finding that forbids it.

Here the rooms meet. A command goes to the room it belongs to, with what the other rooms have to say as plain
values; the events it gives are followed by what they mean elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from myelos import cells
from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.findings import Finding, Refused
from myelos.measures import Measure
from myelos.protocol import consequences, permission
from myelos.protocol.asking import nobody, told
from myelos.protocol.course import COMMANDS as PERSON_COMMANDS
from myelos.protocol.course import decide_person
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.examined import of_examinations
from myelos.protocol.people import Person
from myelos.protocol.procedures import decide_cells, decide_takeover, other_site
from myelos.protocol.sites import SITE_COMMANDS, at_a_site, decide_site
from myelos.protocol.state import Trial
from myelos.protocol.takeover import TakeChainOver
from myelos.protocol.trial import Protocol
from myelos.safety import commands as sc
from myelos.shapes import Catalogue, faults

Own = Mapping[str, Measure]
"""Measures the user brought, by id."""

_NO_MEASURES: Own = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person asks to have recorded: ``order`` is what, ``act`` who did it, when, where, why."""

    act: Act
    order: Any


SAFETY_COMMANDS = tuple(each for each in sc.COMMANDS if each is not sc.AssessExam)
"""What may be asked about harms. An examination is assessed by itself, when it is recorded."""


def decide(trial: Trial, command: Command, protocol: Protocol, own: Own = _NO_MEASURES) -> Decision:
    """The events of a command, or all the findings that forbid it.

    ``own``: measures the user brought, by id. Raises TypeError for what is no command of a trial, ValueError
    for another protocol than the trial's.
    """
    if protocol.id != trial.protocol:
        raise ValueError(f"the trial runs under {trial.protocol}, not {protocol.id}")
    order, act = command.order, command.act
    answer = _ANSWERS.get(type(order))
    if answer is None:
        raise TypeError(f"{type(order).__name__} is no command of a trial")
    wrong = [*faults(act), *faults(order)]
    if wrong:
        return Decision.of((), wrong)
    found = list(permission.training_findings(trial, protocol, act, order.NAME))
    if type(order) not in SITE_COMMANDS:
        found += at_a_site(trial, act)
    decision = _with(found, answer(trial, order, act, protocol, own))
    if decision.forbidden:
        return decision
    return _joined([decision, *consequences.follows(trial, decision, act, protocol)])


def _with(found: Iterable[Finding], decision: Decision) -> Decision:
    return Decision.of(decision.events, [*found, *decision.findings])


def _joined(decisions: Iterable[Decision]) -> Decision:
    """Decisions that stand or fall together."""
    every = list(decisions)
    events = [event for decision in every for event in decision.events]
    return Decision.of(events, [finding for decision in every for finding in decision.findings])


# People ---------------------------------------------------------------------------------------------------


def _screen(trial: Trial, order: Screen, act: Act, protocol: Protocol, own: Own) -> Decision:
    """A trial code is a wristband's label. Where no site is known, there is no day 0."""
    found = list(_wristband(order))
    person, site = trial.people.get(order.person), trial.sites.get(act.site)
    if site is None:
        return Decision.of((), found)
    nothing: dict[str, Any] = {"product": Answer.UNKNOWN, "blocked": (), "own": own}
    return _with(found, decide_person(person, order, act, protocol, zone=site.zone, **nothing))


def _wristband(order: Screen) -> Iterator[Finding]:
    try:
        cells.read_label(order.person, cells.LabelKind.PERSON)
    except Refused as refused:
        yield from refused.findings


def _person(trial: Trial, order: Any, act: Act, protocol: Protocol, own: Own) -> Decision:
    person = trial.people.get(order.person)
    if person is None:
        return Decision.refused(nobody(order.person))
    found = [*other_site(person, act), *_stopped(trial, order, protocol)]
    given = permission.around(trial, person, act.at, protocol, own)
    blocked = permission.blocking_rules(trial, protocol) if isinstance(order, DecideGate) else ()
    decision = decide_person(
        person, order, act, protocol, zone=given.zone, product=given.product, blocked=blocked, own=own
    )
    decision = _with(found, decision)
    if decision.forbidden:
        return decision
    return _joined([decision, *of_examinations(trial, person.code, decision, act, protocol)])


def _stopped(trial: Trial, order: Any, protocol: Protocol) -> Iterator[Finding]:
    """Nobody enters treatment in a trial that was stopped."""
    if not trial.harms.stopped or not isinstance(order, DecideGate):
        return
    if any(gate.id == order.gate and gate.before != "follow-up" for gate in protocol.gates):
        yield told("trial-stopped", "gate", gate=order.gate)


# Harms ----------------------------------------------------------------------------------------------------


def _harm(trial: Trial, order: Any, act: Act, protocol: Protocol, own: Own) -> Decision:
    code = getattr(order, "person", None)
    person = trial.people.get(code or "")
    found: list[Finding] = []
    if code is not None and person is None:
        found.append(nobody(code))
    if person is not None:
        found += _where(trial, order, person)
    return _with(found, consequences.harm(trial, order, act, protocol))


def _where(trial: Trial, order: Any, person: Person) -> Iterator[Finding]:
    """A harm's civil dates are kept where the person is, and a container said to be theirs is."""
    zone = trial.sites[person.site].zone
    if getattr(order, "zone", zone) != zone:
        yield told("zone-of-another-site", "zone", read=order.zone, zone=zone)
    if isinstance(order, sc.ReportLateSterility):
        chain = trial.labels.get(order.container)
        if chain is None or trial.chains[chain].person != person.code:
            yield told("container-not-theirs", "container", container=order.container, person=person.code)


_Answer = Callable[[Trial, Any, Act, Protocol, Own], Decision]

_ANSWERS: dict[type, _Answer] = {
    **dict.fromkeys(SITE_COMMANDS, decide_site),
    **dict.fromkeys(PERSON_COMMANDS, _person),
    Screen: _screen,
    TakeChainOver: decide_takeover,
    **dict.fromkeys(cc.COMMANDS, decide_cells),
    **dict.fromkeys(SAFETY_COMMANDS, _harm),
}
"""Where each command goes."""

COMMANDS: tuple[type, ...] = tuple(_ANSWERS)
"""Every command of a trial, each also the name of a task in a protocol's training."""

COMMAND_CATALOGUE = Catalogue(COMMANDS)
"""The commands by name and version, to read them from plain data."""
