"""The overview's lines: one small picture a person, marks without words, on the axis all of them share."""

from __future__ import annotations

from collections.abc import Callable

from myelos.cells.containers import Kind, LotStatus
from myelos.report.course.axis import Axis, Days
from myelos.report.course.line import leavings
from myelos.report.course.pen import CELLS, CELLS_LIGHT, FAINT, INK, MARKED, QUIET, RULE, TINT, Pen
from myelos.report.course.say import Say
from myelos.report.course.story import Course

WIDE, NARROW = 700.0, 358.0
HIGH = 38.0
LINE = 19.0
"""Height of a line's picture, and of the line in it."""

LEGEND = (
    "passed", "refused", "blood", "marrow", "culture", "cold", "released", "outside", "infusion", "visit",
    "missed", "harm", "left",
)  # fmt: skip
"""The marks in the order they are explained."""


def axis_of(days: Days, width: float) -> Axis:
    return Axis(days, 8, width - 12)


def row(course: Course, days: Days, width: float) -> str:
    """A person's line as SVG text."""
    pen, axis = Pen(), axis_of(days, width)
    small = 0.8 if width < 600 else 1.0
    _ground(pen, axis, HIGH)
    pen.line(axis.x(0), LINE, axis.x(course.until), LINE, INK, 2)
    pen.circle(axis.x(0), LINE, 3, INK)
    _product(pen, axis, course, small)
    for each in course.seen:
        pen.line(axis.x(each.day), LINE, axis.x(each.day), LINE + 7, INK, 1.6)
    for missed in course.missed:
        if missed.day is not None:
            pen.circle(axis.x(missed.day), LINE + 5, 2, "#fff", QUIET, 1.2)
    for decision in course.person.decisions:
        x = axis.x(course.day(decision.act.at))
        color = CELLS if decision.passed else MARKED
        pen.diamond(x, 7, 4 * small, color if decision.passed else "#fff", color)
    for infusion in course.infusions:
        pen.circle(axis.x(course.day(infusion.started_at)), LINE, 5.5 * small, MARKED, "#fff", 1.2)
    for harm in course.harms:
        if harm.first is not None:
            pen.triangle(axis.x(harm.first), HIGH - 6, 3.2, MARKED, MARKED)
    for _, day in leavings(course):
        pen.cross(axis.x(day), LINE, 4.5, MARKED)
    return pen.svg(width, HIGH)


def _product(pen: Pen, axis: Axis, course: Course, small: float) -> None:
    for grown in course.growth:
        pen.line(
            axis.x(course.day(grown.seeded_at)), LINE, axis.x(course.day(grown.harvested_at)), LINE, CELLS, 6
        )
    for bag in course.frozen:
        if bag.frozen_at is not None:
            until = course.cold_until(bag)
            pen.line(axis.x(course.day(bag.frozen_at)), LINE, axis.x(until), LINE, CELLS_LIGHT, 6)
    for each in course.collections:
        x = axis.x(course.day(each.at))
        if each.container.kind is Kind.MARROW:
            pen.diamond(x, LINE, 4.5 * small, CELLS, "#fff")
        else:
            pen.circle(x, LINE, 2.4 * small, "#fff", MARKED, 1.2)
    for lot in course.lots:
        for decision in lot.decisions:
            if decision.status in (LotStatus.RELEASED, LotStatus.CONDITIONAL):
                x = axis.x(course.day(decision.at))
                pen.line(x, LINE - 6, x, LINE + 6, CELLS, 2)
        if outside := course.outside(lot):
            pen.cross(axis.x(course.day(max(each.at for each in outside))), LINE - 9, 3, MARKED, 1.6)


def _ground(pen: Pen, axis: Axis, high: float) -> None:
    """The axis behind: the folded part shaded, the days that are named as hairlines."""
    if axis.days.fold is not None:
        x = axis.x(axis.days.fold)
        pen.rect(x, 0, axis.right - x, high, TINT)
    pen.line(axis.left, LINE, axis.right, LINE, RULE, 1)
    for day in axis.ticks(36):
        pen.line(axis.x(day), 0, axis.x(day), high, RULE, 0.6)


def days_row(days: Days, width: float) -> str:
    """The axis itself, its days named."""
    pen, axis = Pen(), axis_of(days, width)
    size = 12 if width < 600 else 13.5
    for day in axis.ticks(36):
        x = axis.x(day)
        pen.text(x, 14, str(day), size, QUIET, "middle")
        pen.line(x, 18, x, 22, FAINT)
    return pen.svg(width, 22)


def symbol(name: str) -> str:
    """One mark for the legend."""
    pen = Pen()
    drawings: dict[str, Callable[[], None]] = {
        "passed": lambda: pen.diamond(12, 9, 4, CELLS, CELLS),
        "refused": lambda: pen.diamond(12, 9, 4, "#fff", MARKED),
        "blood": lambda: pen.circle(12, 9, 2.8, "#fff", MARKED, 1.2),
        "marrow": lambda: pen.diamond(12, 9, 4.5, CELLS, "#fff"),
        "culture": lambda: pen.line(2, 9, 22, 9, CELLS, 6),
        "cold": lambda: pen.line(2, 9, 22, 9, CELLS_LIGHT, 6),
        "released": lambda: pen.line(12, 3, 12, 15, CELLS, 2),
        "outside": lambda: pen.cross(12, 9, 3, MARKED, 1.6),
        "infusion": lambda: pen.circle(12, 9, 5.5, MARKED),
        "visit": lambda: pen.line(12, 5, 12, 13, INK, 1.6),
        "missed": lambda: pen.circle(12, 9, 2.4, "#fff", QUIET, 1.2),
        "harm": lambda: pen.triangle(12, 9, 3.2, MARKED, MARKED),
        "left": lambda: pen.cross(12, 9, 4.5, MARKED),
    }
    drawings[name]()
    return pen.svg(24, 18)


def told(course: Course, say: Say) -> str:
    """The line in words, for those who do not see it."""
    from myelos.report.course.line import milestones

    return say("list").join(f"{each.text} {say.day(each.day)}" for each in milestones(course, say))
