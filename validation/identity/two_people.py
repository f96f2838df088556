"""Two synthetic people through both gates, weighed, each with a released bag in the same freezer.

Both were injured on one day, so that both may be infused on the same one. The lot of the first was released
on condition, its sterility test being still out; that of the second with every result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache, cached_property

from examples.twenty_people.people import items, of_grade
from examples.twenty_people.script import GOOD_RESULTS, Days, Script, opening

from myelos.cells import commands as c
from myelos.protocol import Command, Protocol, load_protocol
from myelos.quantities import Amount
from myelos.safety.rules import Spacing
from validation.identity.record import Record

OPENED = datetime(2025, 12, 1, tzinfo=UTC)
DAY_0 = date(2026, 1, 5)


class Two(Script):
    """A script whose labels are made once."""

    @cached_property
    def person(self) -> str:  # type: ignore[override]
        return super().person

    @cached_property
    def chain(self) -> str:  # type: ignore[override]
        return super().chain


FIRST, SECOND = (Two(number, DAY_0, Days(7, 38, 40)) for number in (1, 2))
BEGIN = FIRST.at(40, 2)
"""When the histories begin: 11 o'clock on day 40 in Tokyo."""

BAG, SAMPLE, MARROW = 10, 9, 3
"""Serial numbers of containers in a script."""


def protocol() -> Protocol:
    return load_protocol("honmou-phase2")


def to_the_freezer(it: Script, grade: str = "B") -> Iterator[Command]:
    """Enrolled, collected and grown: the bag in the freezer, no test done."""
    yield from it.screening()
    yield from it.consent()
    yield from it.facts()
    yield it.visit("screening", it.days.screening, items(of_grade(grade, it.number)))
    yield it.first_gate()
    yield from it.collections()
    yield from it.culture()


def conditional(it: Script) -> Iterator[Command]:
    """Every result but sterility, and a conditional release, signed by who may."""
    at = it.at(it.days.screening + 15, 5)
    for test, result in GOOD_RESULTS.items():
        if test != "sterility":
            order = c.RecordResult(
                chain=it.chain, scan=it.scan(SAMPLE), lot=f"LOT-{it.number}", specification=test,
                result=result, used_up=False,
            )  # fmt: skip
            yield it.ask(order, at, "technician")
    release = c.Release(chain=it.chain, lot=f"LOT-{it.number}", conditional=True, reason="sterility pending")
    yield it.ask(release, it.at(it.days.screening + 15, 6), "qualified", "qualified-person")


def to_the_second_gate(it: Script, grade: str = "B") -> Iterator[Command]:
    yield it.visit("re-examination", it.days.before_infusion, items(of_grade(grade, it.number)))
    yield it.weight()
    yield it.second_gate()


def story(it: Script, on_condition: bool) -> Iterator[Command]:
    """From screening to the second gate."""
    yield from to_the_freezer(it)
    yield from conditional(it) if on_condition else (*it.results(), it.release())
    yield from to_the_second_gate(it)


def unspaced() -> Protocol:
    """The same trial without the days between the first infusions, so that both may be infused at once."""
    spaced = protocol()
    stopping = tuple(rule for rule in spaced.safety.stopping if not isinstance(rule, Spacing))
    return replace(spaced, safety=replace(spaced.safety, stopping=stopping))


@cache
def _begun() -> tuple[Command, ...]:
    return (*opening(OPENED), *story(FIRST, True), *story(SECOND, False))


def begin(under: Protocol | None = None, thawed: bool = False) -> Record:
    """The two, ready to be infused, with everything that was told until then. ``thawed``: both bags are."""
    record = Record.begin(under or protocol())
    for command in _begun():
        record.must(command)
    for it in (FIRST, SECOND) if thawed else ():
        record.must(
            it.ask(c.Thaw(chain=it.chain, scan=it.scan(BAG), added=Amount.of("0 mL")), BEGIN, "nurse")
        )
    return record
