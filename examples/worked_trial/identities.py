"""Who two of the people are: kept apart from the record, and of one of them erased. Nobody in it exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from examples.twenty_people.script import Script
from examples.worked_trial.steps import Step, by

from myelos.ledger import commands as lc

AT_ONCE = timedelta(0)
"""An identity is written down, and erased, in the same act as its entry."""


@dataclass(frozen=True, slots=True)
class Made:
    """Who somebody would be."""

    name: str
    birth_date: date
    hospital_number: str


IDENTITIES = {
    1: Made("Made-up Person One", date(1980, 4, 1), "MADE-UP-0001"),
    17: Made("Made-up Person Seventeen", date(1975, 11, 23), "MADE-UP-0017"),
}
"""By number."""

ERASED = 17
"""Who asks for it to be erased."""


def kept_apart(it: Script) -> Iterator[Step]:
    """Written down once the person has agreed to take part."""
    order = lc.KeepIdentity(person=it.person)
    yield by("coordinator", it.at(it.days.screening, 0, 15), order, told=AT_ONCE)


def forgotten(it: Script, at: datetime) -> Step:
    """Erased when the person asks for it: what they are called in the trial stays."""
    order = lc.EraseIdentity(person=it.person)
    return by("investigator", at, order, why="the person asks for it (made up)", told=AT_ONCE)
