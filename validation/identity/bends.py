"""A command gone wrong: another label scanned, another person, another chain, another amount, another time.

Not every one of these has to be refused (another trained technician may well do it); what is granted is the
oracle's to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

from examples.twenty_people.script import ISSUER, STAFF, Script

from myelos.cells.labels import LabelKind, issue
from myelos.protocol import Command
from myelos.quantities import Amount
from validation.identity.courses import later
from validation.identity.texts import put, scanned

Choose = Callable[[int], int]
"""A choice among so many: a whole number from 0 to less than that."""


@dataclass(frozen=True, slots=True)
class Around:
    """Whose command it is, and the others whose labels lie about."""

    it: Script
    others: tuple[Script, ...]


def _another_text(command: Command, around: Around, choose: Choose) -> Command | None:
    """One scanned text is another label: of another person, of another container, of a chain, of nobody."""
    places = list(scanned(command.order))
    if not places:
        return None
    place, text = places[choose(len(places))]
    wrong = [each for each in wrong_texts(text, around) if each != text]
    return replace(command, order=put(command.order, place, wrong[choose(len(wrong))]))


def wrong_texts(text: str, around: Around) -> Iterator[str]:
    """Labels that may be scanned in place of another, right ones and damaged ones."""
    for other in around.others:
        yield from (_same_of(text, around.it, other), other.person, other.chain)
    yield from (around.it.container(serial) for serial in (1, 3, 5, 9, 10))
    yield from (around.it.person, around.it.chain)
    yield str(issue(LabelKind.CONTAINER, ISSUER, 26, 999_999))
    yield from (text[:-1], text + text[-1], text.lower(), text[:5] + "9" + text[6:], "YAMADA HANAKO", "")


def _same_of(text: str, it: Script, other: Script) -> str:
    """The same thing of another person: their wristband, their chain, their container of the same serial."""
    if text == it.person:
        return other.person
    serial = int(text[8:14]) - 100 * it.number if text[8:14].isdigit() else 1
    return other.container(serial if 0 < serial < 100 else 1)


def _another_container(command: Command, around: Around, choose: Choose) -> Command | None:
    """Another container is meant and scanned: one of the same person's or of another's."""
    places = [place for place, _ in scanned(command.order) if place[-1] == "read"]
    if not places:
        return None
    place = places[choose(len(places))]
    owners = (around.it, *around.others)
    label = owners[choose(len(owners))].container(1 + choose(10))
    order = put(command.order, place, label)
    return replace(command, order=put(order, (*place[:-1], "container"), label))


def _another_chain(command: Command, around: Around, choose: Choose) -> Command | None:
    if not hasattr(command.order, "chain") or not around.others:
        return None
    chain = around.others[choose(len(around.others))].chain
    return replace(command, order=replace(command.order, chain=chain))


def _another_person(command: Command, around: Around, choose: Choose) -> Command | None:
    if not hasattr(command.order, "person") or not around.others:
        return None
    person = around.others[choose(len(around.others))].person
    return replace(command, order=replace(command.order, person=person))


def _another_actor(command: Command, around: Around, choose: Choose) -> Command | None:
    people = (*STAFF, "porter")
    by = people[choose(len(people))]
    return replace(command, act=replace(command.act, by=by, role=by))


def _another_amount(command: Command, around: Around, choose: Choose) -> Command | None:
    """One amount is ten times what it was, or nothing."""
    places = list(_amounts(command.order, ()))
    if not places:
        return None
    place, amount = places[choose(len(places))]
    factor = (0, 10)[choose(2)]
    return replace(command, order=put(command.order, place, Amount(amount.value * factor, amount.unit)))


def _amounts(made: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Amount]]:
    if isinstance(made, Amount):
        yield place, made
    elif isinstance(made, tuple):
        for number, each in enumerate(made):
            yield from _amounts(each, (*place, number))
    elif is_dataclass(made):
        for each in fields(made):
            yield from _amounts(getattr(made, each.name), (*place, each.name))


_TIMES = tuple(timedelta(minutes=minutes) for minutes in (-1, 1, 16, 121, 1440, -1440, 8 * 1440, 20 * 1440))


def _another_time(command: Command, around: Around, choose: Choose) -> Command | None:
    return later(command, _TIMES[choose(len(_TIMES))])


Bend = Callable[[Command, Around, Choose], Command | None]

BENDS: dict[str, Bend] = {
    "another text scanned": _another_text,
    "another container": _another_container,
    "another chain": _another_chain,
    "another person": _another_person,
    "another actor": _another_actor,
    "another amount": _another_amount,
    "another time": _another_time,
}
"""What can go wrong, by name; None where a command has nothing of the kind."""
