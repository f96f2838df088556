"""One person's way from screening to the vein, as the commands that carry it out when all is well.

Five ways, so that every kind of release and an infusion with a pause are among them. Synthetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from examples.twenty_people.people import items, of_grade
from examples.twenty_people.script import Days, Script

from myelos.cells import commands as c
from myelos.protocol import Command
from myelos.quantities import Amount
from validation.identity.two_people import BAG, conditional, to_the_freezer, to_the_second_gate

FIRST_INJURY = date(2026, 1, 5)
WAYS = ("released", "paused", "on condition", "viability too low", "improved to D")
"""What sets a way apart from the plain one, which is the first."""


def course(number: int, way: str, apart: int) -> list[Command]:
    """The commands of the person called ``number``; injuries lie ``apart`` days from one to the next."""
    it = Script(number, FIRST_INJURY + timedelta(days=apart * number), Days(7, 38, 40))
    return [*to_the_freezer(it), *_release(it, way), *_before(it, way), *_infusion(it, way)]


def _release(it: Script, way: str) -> Iterator[Command]:
    if way == "on condition":
        yield from conditional(it)
        return
    if way == "viability too low":
        yield from it.results(viability=Amount.of("61 %"))
    else:
        yield from it.results()
    yield it.release()


def _before(it: Script, way: str) -> Iterator[Command]:
    if way != "improved to D":
        yield from to_the_second_gate(it)
        return
    yield it.visit("re-examination", it.days.before_infusion, items(of_grade("D", it.number)))
    yield it.weight()
    yield it.second_gate()


def _infusion(it: Script, way: str) -> Iterator[Command]:
    for command in it.infusion():
        if way == "paused" and isinstance(command.order, c.ObserveInfusion):
            yield from _pause(it)
        yield command


def _pause(it: Script) -> Iterator[Command]:
    day = it.days.infusion
    pause = c.PauseInfusion(chain=it.chain, container=it.container(BAG), reason="a cough")
    yield it.ask(pause, it.at(day, 2, 27), "nurse")
    resume = c.ResumeInfusion(chain=it.chain, scan=it.scan(BAG), wristband=it.person)
    yield it.ask(resume, it.at(day, 2, 30), "nurse")


def later(command: Command, by: timedelta) -> Command:
    """The same command done later (or earlier), with every time that is told in it but that of the injury."""
    act = replace(command.act, at=command.act.at + by)
    return Command(act, _moved(command.order, by))


def _moved(made: Any, by: timedelta) -> Any:
    if isinstance(made, datetime):
        return made + by
    if is_dataclass(made) and not isinstance(made, Amount):
        moved = {
            each.name: _moved(getattr(made, each.name), by) for each in fields(made) if each.name != "onset"
        }
        return replace(made, **moved)
    return made
