"""Play commands through the rules of a protocol, and read the tables off the state they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from myelos.acts import Decision
from myelos.findings import Phrasebook, Severity
from myelos.protocol import Command, Person, Protocol, Trial, decide, evolve

ROOMS = ("protocol", "cells", "safety", "measures", "isncsci")
BOOK = Phrasebook("myelos", *(f"myelos.{room}" for room in ROOMS))


class Forbidden(ValueError):
    """A command of the script was forbidden; the message is everything that forbids it."""


def tell(decision: Decision) -> str:
    """Every finding of a decision, one a line, or the events' names."""
    said = [BOOK.tell(each) for each in decision.findings if each.severity is not Severity.NOTE]
    return "\n".join(said) or ", ".join(event.NAME for event in decision.events)


def play(
    protocol: Protocol,
    asked: Iterable[Command],
    trial: Trial | None = None,
    until: Callable[[Command], bool] = lambda command: False,
) -> tuple[Trial, int]:
    """The state after the commands, and how many events they were; ends before the first one ``until`` names.

    Raises Forbidden for a command that is forbidden.
    """
    trial, events = trial or Trial(protocol.id), 0
    for command in asked:
        if until(command):
            break
        decision = decide(trial, command, protocol)
        if decision.forbidden:
            raise Forbidden(f"{command.order.NAME} at {command.act.at}: {tell(decision)}")
        for event in decision.events:
            trial = evolve(trial, event, command.act)
            events += 1
    return trial, events


def grade(person: Person, visit: str) -> str:
    """The AIS at a visit, ``-`` where the person was not examined then."""
    examined = person.visit(visit).get("isncsci")
    return " or ".join(examined.taken["isncsci"].results["ais"].possible) if examined else "-"


def transitions(trial: Trial) -> Counter[tuple[str, str]]:
    """Grades before the infusion and at month six, of everyone infused."""
    infused = (person for person in trial.people.values() if person.infused_at is not None)
    return Counter((grade(person, "re-examination"), grade(person, "month-6")) for person in infused)


def course(person: Person) -> str:
    """How far a person came, and why no further: the criteria that were not yes at the last gate."""
    refused = [each for each in person.decisions if not each.passed]
    if refused:
        unmet = [reason.criterion for reason in refused[-1].reasons if reason.answer != "yes"]
        return f"{person.stage}: {refused[-1].gate}: {', '.join(unmet)}"
    if person.left is not None:
        return f"{person.stage}: {person.left.how}"
    if person.off_treatment is not None:
        return f"{person.stage}: {person.off_treatment.how}"
    return str(person.stage)
