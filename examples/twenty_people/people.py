"""The twenty people: thirteen who were infused, and seven who left, each for another kind of reason.

Synthetic: examinations and days are those of the example *marrow to month six*, whose grades follow the
published transitions of the worked trial.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from examples.twenty_people.script import Days, Script

from myelos.isncsci import Layout, Segment, exam_of_grade, read_exams
from myelos.isncsci.csv_layout import COLUMNS, fields_of
from myelos.isncsci.exam import Exam
from myelos.protocol import Command
from myelos.protocol.person_events import ConsentDeclined, TreatmentWithdrawn
from myelos.quantities import Amount

DATA = Path(__file__).parents[1] / "marrow-to-month-six" / "data"
FIRST_INJURY = date(2026, 1, 5)
APART = 35
"""Days from one person's injury to the next one's: the first infusions are then well apart."""

LEFT_AFTER = {14: 1, 15: 3, 16: 5, 17: 6, 18: 8, 19: 2, 20: 10}
"""Those who left, and the one of the thirteen after whom each of them was injured."""

VISITS = {
    "day 1": "day-1", "day 14": "day-14", "day 30": "month-1", "day 90": "month-3", "day 180": "month-6",
}  # fmt: skip
"""Visits of the examinations after the infusion, as the protocol calls them."""


@dataclass(frozen=True, slots=True)
class Infused:
    """One of the thirteen: visit to (day after injury, examination)."""

    code: str
    visits: dict[str, tuple[int, Exam]]


def thirteen() -> list[Infused]:
    """The people of the other example."""
    exams = {exam.id: exam for exam in read_exams(DATA / "exams.csv", Layout.CSV)}
    people: dict[str, dict[str, tuple[int, Exam]]] = {}
    with (DATA / "visits.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            of_person = people.setdefault(row["person"], {})
            of_person[row["visit"]] = (int(row["day_after_injury"]), exams[row["exam"]])
    return [Infused(code, visits) for code, visits in people.items()]


def items(exam: Exam) -> dict[str, Any]:
    """An examination as the items of its measure."""
    told = dict(zip(COLUMNS, fields_of(exam), strict=True))
    return {cell: score for cell, score in told.items() if score and cell != "id"}


def script(number: int, screening: int = 7, before: int = 38, infusion: int = 40) -> Script:
    after = LEFT_AFTER.get(number)
    days = APART * number if after is None else APART * after + APART // 2
    day_0 = FIRST_INJURY + timedelta(days=days)
    return Script(number, day_0, Days(screening, before, infusion))


def course_of(number: int, person: Infused) -> Script:
    """The days of one of the thirteen."""
    screening, before = person.visits["screening"], person.visits["before infusion"]
    return script(number, screening[0], before[0], person.visits["day 1"][0] - 1)


def infused(number: int, person: Infused, days: Script | None = None) -> Iterator[Command]:
    """From screening to month six; ``days``: other days than the example's."""
    screening, before = person.visits["screening"], person.visits["before infusion"]
    it = days or course_of(number, person)
    yield from enrolled(it, screening[1])
    yield from it.culture()
    yield from it.results()
    yield it.release()
    yield it.visit("re-examination", before[0], items(before[1]))
    yield it.weight()
    yield it.second_gate()
    yield from it.infusion()
    for visit, called in VISITS.items():
        day, exam = person.visits[visit]
        yield it.visit(called, day, items(exam), after_infusion=True)


def enrolled(it: Script, exam: Exam) -> Iterator[Command]:
    """Through the first gate, and the three collections."""
    yield from registered(it, exam)
    yield from it.collections()


def registered(it: Script, exam: Exam, **facts: Any) -> Iterator[Command]:
    yield from it.screening()
    yield from it.consent()
    yield from it.facts(**facts)
    yield it.visit("screening", it.days.screening, items(exam))
    yield it.first_gate()


def of_grade(grade: str, seed: int) -> Exam:
    """A made-up examination at C5."""
    return exam_of_grade(Random(seed), grade, Segment.C5, name="made up")


def declined(number: int) -> Iterator[Command]:
    it = script(number)
    yield from it.screening()
    order = ConsentDeclined(person=it.person, form="trial")
    yield it.ask(order, it.at(7, 1), "investigator")


def too_late(number: int) -> Iterator[Command]:
    """Screened on day 15: one day past the limit of the first gate."""
    yield from registered(script(number, screening=15), of_grade("A", number))


def unknown(number: int) -> Iterator[Command]:
    """One test has no result: an unknown never enrols."""
    yield from registered(script(number), of_grade("B", number), hiv=None)


def withdrew(number: int) -> Iterator[Command]:
    it = script(number)
    yield from enrolled(it, of_grade("A", number))
    order = TreatmentWithdrawn(person=it.person, decided_by="person", reason="")
    yield it.ask(order, it.at(it.days.screening + 4, 2), "investigator")


def out_of_specification(number: int) -> Iterator[Command]:
    it = script(number)
    yield from enrolled(it, of_grade("C", number))
    yield from it.culture()
    yield from it.results(viability=Amount.of("61 %"))
    yield it.reject()
    yield it.visit("re-examination", it.days.before_infusion, items(of_grade("C", number)))
    yield it.second_gate()


def improved(number: int) -> Iterator[Command]:
    """C at the first gate and D at the second: too well for the cells."""
    it = script(number)
    yield from enrolled(it, of_grade("C", number))
    yield from it.culture()
    yield from it.results()
    yield it.release()
    yield it.visit("re-examination", it.days.before_infusion, items(of_grade("D", number)))
    yield it.second_gate()


def day_55(number: int) -> Iterator[Command]:
    """Ready on day 55: one day past the limit of the second gate."""
    it = script(number, before=54)
    yield from enrolled(it, of_grade("B", number))
    yield from it.culture()
    yield from it.results()
    yield it.release()
    yield it.visit("re-examination", it.days.before_infusion, items(of_grade("B", number)))
    yield it.second_gate(day=55)


LEAVERS: dict[str, Callable[[int], Iterator[Command]]] = {
    "consent declined": declined,
    "screened on day 15": too_late,
    "an unknown at the first gate": unknown,
    "withdrew from treatment": withdrew,
    "lot out of specification": out_of_specification,
    "improved to D between the gates": improved,
    "not ready before day 55": day_55,
}
"""The seven who left, by reason."""


def commands() -> list[Command]:
    """Everything asked about the twenty, in order of time."""
    asked: list[Command] = []
    for number, person in enumerate(thirteen(), start=1):
        asked += infused(number, person)
    for number, leaver in enumerate(LEAVERS.values(), start=14):
        asked += leaver(number)
    return sorted(asked, key=lambda command: command.act.at)
