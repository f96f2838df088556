"""Everything that is asked of the record of the worked trial, in the order it is recorded."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from examples.twenty_people.people import (
    DATA,
    LEAVERS,
    VISITS,
    Infused,
    course_of,
    infused,
    items,
    script,
    thirteen,
)
from examples.twenty_people.script import CHART, OPENED, Script, opening
from examples.worked_trial.identities import ERASED, IDENTITIES, forgotten, kept_apart
from examples.worked_trial.incidents import WOVEN
from examples.worked_trial.steps import Look, Order, Step, by, id_of

from myelos.cells import Kind
from myelos.cells import commands as c
from myelos.ledger import commands as lc
from myelos.ledger.events import Subject
from myelos.measures import load
from myelos.protocol import Command, load_protocol
from myelos.protocol import corrections as pc
from myelos.protocol.person_events import TreatmentWithdrawn, WeightRecorded
from myelos.protocol.visits import RecordVisit
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.shapes import plain

TRIAL = "worked-trial"
PROTOCOL = "honmou-phase2"
OUTSIDE = "office"
"""Where somebody is who works at no site of the trial."""

EARLY, LATE = (7, 8), (10,)
"""Whose lot is released before its sterility culture has ended; who is examined out of a visit's window."""

WAITS = 9
"""Whose marrow is taken a day later, since a stopping rule is hit."""

SIGNED = 1
"""Whose last examination is signed, corrected and signed again."""


@cache
def steps() -> tuple[Step, ...]:
    """Every step, in the order it is recorded; each has a name of its own."""
    every = [*_opening(), *_people()]
    every += _around(max(each.recorded_at for each in every))
    ordered = sorted(every, key=lambda step: step.recorded_at)
    return tuple(
        step if step.name else replace(step, name=f"{number} {step.act.by}")
        for number, step in enumerate(ordered)
    )


def _opening() -> Iterator[Step]:
    protocol = plain(load_protocol(PROTOCOL))
    yield by("sponsor", OPENED - timedelta(days=1), lc.OpenTrial(protocol=protocol), site=OUTSIDE)
    yield from _told(opening(OPENED))


def _told(commands: Iterable[Command]) -> Iterator[Step]:
    return (Step(each.act, each.order) for each in commands)


# The people ------------------------------------------------------------------------------------------------


def _people() -> Iterator[Step]:
    totals = scim_totals()
    for number, person in enumerate(thirteen(), start=1):
        yield from _with_scim(_infused(number, person), totals[person.code])
    for number, leaver in enumerate(LEAVERS.values(), start=14):
        yield from _told(each for each in leaver(number) if not _told_otherwise(number, each))
    for number, woven in WOVEN.items():
        yield from woven(course(number))
    for number in IDENTITIES:
        yield from kept_apart(course(number))
    yield from _signing()
    yield from _annual()


def course(number: int) -> Script:
    """The days of one of the twenty, as they are in this trial."""
    if number > len(thirteen()):
        return script(number)
    it = course_of(number, thirteen()[number - 1])
    return replace(it, days=replace(it.days, marrow=3)) if number == WAITS else it


def _infused(number: int, person: Infused) -> Iterator[Step]:
    """The course of one of the thirteen, without what happens otherwise in this trial."""
    if number in LATE:
        day, exam = person.visits["day 14"]
        person = replace(person, visits={**person.visits, "day 14": (day + 4, exam)})
    commands = infused(number, person, course(number))
    return _told(each for each in commands if not _told_otherwise(number, each))


def _told_otherwise(number: int, command: Command) -> bool:
    """Whether the plain course has something that is woven in, in another way."""
    order = command.order
    if number in EARLY:
        late = isinstance(order, c.RecordResult) and order.specification == "sterility"
        return late or isinstance(order, c.Release)
    if number == WAITS:  # the label of the marrow is printed on the day it was meant for
        of_label = isinstance(order, c.PrintLabel) and order.kind is Kind.MARROW
        marrow = script(number).container(3)
        return of_label or (isinstance(order, c.VerifyLabel) and order.scan.container == marrow)
    return isinstance(order, TreatmentWithdrawn)


def _with_scim(told: Iterator[Step], totals: dict[str, int]) -> Iterator[Step]:
    """SCIM III at the visits that ask for it, from the totals of the example."""
    for step in told:
        order = step.order
        if isinstance(order, RecordVisit):
            step = replace(step, name=f"{order.person} {order.visit}")
        if isinstance(order, RecordVisit) and order.visit in totals:
            measures = {**order.measures, "scim-iii": scim_items(totals[order.visit])}
            yield replace(step, order=replace(order, measures=measures))
        else:
            yield step


@cache
def scim_totals() -> dict[str, dict[str, int]]:
    """By person and visit of the protocol: the made-up total."""
    called = {"before infusion": "re-examination", **VISITS}
    asked = {each.id for each in load_protocol(PROTOCOL).visits if "scim-iii" in each.measures}
    found: dict[str, dict[str, int]] = {}
    with (DATA / "visits.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            visit = called.get(row["visit"], "")
            if visit in asked:
                found.setdefault(row["person"], {})[visit] = int(row["scim"])
    return found


def scim_items(total: int) -> dict[str, int]:
    """Made-up items that add up to a total: each its share, then one step more until it fits.

    Raises ValueError for a total no items reach.
    """
    allowed = {item.id: item.takes.allowed for item in load("scim-iii").items}  # type: ignore[union-attr]
    made = {id_: max(each for each in values if each * 100 <= values[-1] * total)
            for id_, values in allowed.items()}  # fmt: skip
    while (left := total - sum(made.values())) > 0:
        steps = {
            id_: next((each for each in allowed[id_] if each > score), score) for id_, score in made.items()
        }
        fitting = [id_ for id_, more in steps.items() if 0 < more - made[id_] <= left]
        if not fitting:
            raise ValueError(f"no items of SCIM III add up to {total}")
        made[fitting[0]] = steps[fitting[0]]
    return made


# Signatures, reports, the end ------------------------------------------------------------------------------


def _signing() -> Iterator[Step]:
    """The examiner signs an examination, corrects an item of it (the signature is void), and signs again."""
    it, (day, exam) = course(SIGNED), thirteen()[SIGNED - 1].visits["day 180"]
    at, old = it.at(day, 4), items(exam)
    item, new = "left_motor_L5", "1"
    if old[item] == new:
        raise ValueError("a correction changes something")
    yield by("examiner", at, _signature(f"{it.person} month-6"), name="signed")
    correction = pc.CorrectItem(
        person=it.person, examination=6, measure="isncsci", item=item, new=new, source=CHART
    )
    why = "read from the wrong line of the worksheet (made up)"
    yield by("examiner", at + timedelta(days=1), correction, why=why, name="corrected")
    yield by(
        "sponsor", at + timedelta(hours=2), correction, why="it would look better (made up)", site=OUTSIDE,
        refused=("store.sponsor-changes-nothing",), what="the sponsor would change an examination",
    )  # fmt: skip
    again = _signature(f"{it.person} month-6", "corrected")
    yield by("examiner", at + timedelta(days=1, minutes=10), again, name="signed again")


def _signature(*names: str) -> Order:
    def sign(look: Look) -> lc.Sign:
        numbers = tuple(number for name in names for number in look.entries(id_of(name)))
        return lc.Sign(meaning="author", subject=Subject(kind="entries", entries=numbers))

    return sign


def _annual() -> Iterator[Step]:
    """The first yearly report to the authority, in time."""
    it = course(1)
    sent = sc.RecordReportSent(clock="annual-report", subject="1")
    yield by("sponsor", it.at(it.days.screening + 350, 3), sent)


def _around(last: datetime) -> Iterator[Step]:
    """After the last visit: words are erased, the records signed, the trial frozen, looked at and locked."""
    gone, weighed = course(ERASED), course(13)
    start = last.replace(hour=1, minute=0) + timedelta(days=14)
    yield by(
        "investigator", start, lambda look: lc.EraseWords(references=look.references(gone.person)),
        why="the person asks for it (made up)", name="erased",
    )  # fmt: skip
    yield forgotten(gone, start - timedelta(minutes=10))
    for minutes in range(13):
        subject = Subject(kind="person", person=course(minutes + 1).person)
        at = start + timedelta(days=1, minutes=minutes)
        yield by("investigator", at, lc.Sign(meaning="responsible", subject=subject))
    whole, day = Subject(kind="trial"), timedelta(days=1)
    frozen = start + 7 * day
    yield by("data-manager", frozen, lc.Restrict(level="freeze", subject=whole), site=OUTSIDE, name="frozen")
    late = WeightRecorded(person=weighed.person, weight=Amount.of("60 kg"), source=CHART)
    yield by("nurse", frozen + day, late, refused=("ledger.frozen",), what="a weight after the freeze")
    yield by("sponsor", frozen + 2 * day, lc.Sign(meaning="approved", subject=whole), site=OUTSIDE)
    yield by("data-manager", frozen + 3 * day, lc.Restrict(level="lock", subject=whole), site=OUTSIDE)
    yield by("nurse", frozen + 4 * day, late, refused=("ledger.locked",), what="a weight after the lock")
