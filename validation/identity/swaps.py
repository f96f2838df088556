"""Any label swapped for any other at any step of the trial of twenty people: is it refused, every time?

Three ways to mix up: the scanner reads another label than that of the container (or wristband) meant; another
person's container is both meant and scanned; another person's chain is named. A right command is asked as it
is as well, so that it is known to be granted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from examples.twenty_people.people import commands
from examples.twenty_people.script import ISSUER, OPENED, Days, Script, opening

from myelos.cells.labels import LabelKind, issue, read_label
from myelos.protocol import Command, Protocol, decide
from validation.identity.record import Record
from validation.identity.texts import Place, put, scanned
from validation.identity.two_people import DAY_0, protocol

SERIALS = range(1, 11)
"""The containers of a script: blood twice, marrow, serum, two flasks, two suspensions, a sample, a bag."""


@dataclass(slots=True)
class Swaps:
    """How many swaps were asked, by way and command, and those that were granted."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    granted: list[str] = field(default_factory=list)


def script(number: int) -> Script:
    return Script(number, DAY_0, Days(7, 38, 40))


def owner(order: object) -> int:
    """The number of the person a command about cells belongs to."""
    return read_label(order.chain, None).serial  # type: ignore[attr-defined]


def other_texts(text: str, number: int, others: Iterable[int]) -> Iterator[str]:
    """Every other label of a sample, and the same one damaged.

    Of other people: wristband, chain, every container; of the same one: wristband, chain, every container.
    """
    labels: list[str] = []
    for each in (number, *others):
        it = script(each)
        labels += (it.person, it.chain, *(it.container(serial) for serial in SERIALS))
    labels.append(str(issue(LabelKind.CONTAINER, ISSUER, 26, 999_999)))
    labels += (text[:-1], text[1:], text + "0", text.lower(), "", text[:9] + _next(text[9]) + text[10:])
    yield from (label for label in labels if label != text)


def _next(digit: str) -> str:
    return str((int(digit) + 1) % 10)


def swapped(command: Command, people: int) -> Iterator[tuple[str, Command]]:
    """Every mix-up of one command, with its way."""
    order, number = command.order, owner(command.order)
    others = [1 + (number + step) % people for step in (0, 6, 12)]
    others = [each for each in others if each != number]
    for place, text in scanned(order):
        for other in other_texts(text, number, others):
            yield "another text scanned", replace(command, order=put(order, place, other))
        if place[-1] == "read":
            for label in _theirs(others):
                yield "another person's container", replace(command, order=_both(order, place, label))
    for each in others:
        yield "another person's chain", replace(command, order=replace(order, chain=script(each).chain))


def _theirs(others: list[int]) -> Iterator[str]:
    yield from (script(each).container(serial) for each in others for serial in SERIALS)


def _both(order: object, place: Place, label: str) -> object:
    return put(put(order, place, label), (*place[:-1], "container"), label)


def scans(command: Command) -> bool:
    """Whether a command scans anything and is about a chain that is open."""
    return hasattr(command.order, "chain") and any(True for _ in scanned(command.order))


def swap_all(under: Protocol | None = None, asked: Iterable[Command] | None = None) -> Swaps:
    """Every swap of every command of the trial of twenty people, each in the state in which it was asked."""
    record, swaps = Record.begin(under or protocol()), Swaps()
    every = [*opening(OPENED), *commands()] if asked is None else list(asked)
    for command in every:
        name = command.order.NAME
        if scans(command):
            swaps.right[name] += 1
            for way, wrong in swapped(command, 20):
                if way == "another person's chain" and not _scans_a_container(command):
                    continue
                swaps.asked[way, name] += 1
                if not decide(record.trial, wrong, record.protocol).forbidden:
                    swaps.granted.append(f"{way}: {name} {wrong.order}")
        record.must(command)
    return swaps


def _scans_a_container(command: Command) -> bool:
    """A label may be printed for any chain; what is in a container may not be."""
    return any(place[-1] == "read" for place, _ in scanned(command.order))


def lines(swaps: Swaps) -> Iterator[str]:
    """What is printed of the swaps."""
    total, names = sum(swaps.asked.values()), sorted(swaps.right)
    for way in sorted({way for way, _ in swaps.asked}):
        of_way = {name: swaps.asked[way, name] for name in names if swaps.asked[way, name]}
        told = ", ".join(f"{name.removeprefix('cells.')} {count:,}" for name, count in of_way.items())
        yield f"{way}: {sum(of_way.values()):,} ({told})"
    refused = total - len(swaps.granted)
    share = 100 * refused / total if total else 0
    yield f"{sum(swaps.right.values()):,} commands scan; {total:,} swaps, {refused:,} refused ({share:.2f} %)"
    yield from swaps.granted[:10]
