"""The lanes under the line: collections, cells, the product, scores, harms; all on one axis of days.

Every lane is a function of the course, the sheet, where it begins and the words; it returns where it ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from myelos.cells.containers import Growth, Kind, LotStatus
from myelos.cells.tracking import lot_growth
from myelos.findings import Refused
from myelos.report.course.cell_tables import drawn
from myelos.report.course.pen import (
    CELLS,
    CELLS_LIGHT,
    FAINT,
    INK,
    MARKED,
    QUIET,
    RULE,
    cut,
    flags,
    spread,
    text_width,
)
from myelos.report.course.say import Say, decade, power
from myelos.report.course.sheet import Sheet
from myelos.report.course.story import Course, Harm
from myelos.safety.harms import AdverseEvent, Deterioration, Incident


def collections_lane(course: Course, sheet: Sheet, top: float, say: Say) -> float:
    """Blood and marrow, each on its day, with all the volume taken."""
    if not course.collections:
        return top
    pen, axis = sheet.pen, sheet.axis
    y = sheet.title(top, say("lane.collections")) + 12
    last = 0.0
    for each in course.collections:
        last = axis.x(course.day(each.at))
        if each.container.kind is Kind.MARROW:
            pen.diamond(last, y, 6, CELLS, "#fff")
        else:
            pen.circle(last, y, 4, "#fff", MARKED)
    text = drawn(course, say)
    if last + 14 + text_width(text, sheet.small) <= sheet.width:
        pen.text(last + 14, y + 4, text, sheet.small, QUIET)
        return y + 14
    pen.text(0, y + 22, cut(text, sheet.small, sheet.width), sheet.small, QUIET)
    return y + 32


# Cells ------------------------------------------------------------------------------------------------------


def doublings(course: Course, lot: str) -> tuple[float, bool] | None:
    """The doublings of a lot, and whether every passage of it was counted; None where none was."""
    try:
        grown = () if course.chain is None else lot_growth(course.chain, lot)
    except Refused:
        return None
    known = [each.doublings.number for each in grown if each.doublings.number is not None]
    if not known:
        return None
    whole = grown[-1].cumulative.number
    return (sum(known), False) if whole is None else (whole, True)


def cells_lane(course: Course, sheet: Sheet, top: float, say: Say) -> float:
    """Living cells, counted when seeded and harvested, and those that arrived; powers of ten apart."""
    grown = course.growth
    counts = [each.harvested for each in grown] + [each.seeded for each in grown if each.seeded]
    counts += [each.delivered or each.dose for each in course.infusions]
    counts = [each for each in counts if each > 0]
    if not counts:
        return top
    notes = []
    for lot in dict.fromkeys(each.lot for each in grown):
        if (told := doublings(course, lot)) is not None:
            code = "lane.doublings" if told[1] else "lane.doublings-counted"
            notes.append(say(code, number=f"{told[0]:.2f}"))
    begin = sheet.title(top, say("lane.cells"), notes) + 16
    low, high = math.floor(math.log10(min(counts))), math.ceil(math.log10(max(counts)))
    high = max(high, low + 2)
    tall = 96.0
    end = max(begin + tall, sheet.foot(top, notes))
    level = _Level(low, high, begin, begin + tall)
    _decades(sheet, level)
    _curve(course, sheet, level, grown)
    return end + 12


@dataclass(frozen=True, slots=True)
class _Level:
    """Heights of a logarithmic scale."""

    low: int
    high: int
    top: float
    bottom: float

    def y(self, cells: int) -> float:
        share = (math.log10(cells) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


def _decades(sheet: Sheet, level: _Level) -> None:
    for exponent in range(level.low, level.high + 1):
        y = level.y(10**exponent)
        sheet.pen.line(sheet.axis.left, y, sheet.axis.right, y, RULE, 0.8, behind=True)
        sheet.pen.text(sheet.axis.left - 6, y + 4, decade(exponent), sheet.small, QUIET, "end")


def _curve(course: Course, sheet: Sheet, level: _Level, grown: Sequence[Growth]) -> None:
    pen, axis = sheet.pen, sheet.axis
    last: dict[str, tuple[float, float]] = {}
    for each in grown:
        x1, x2 = axis.x(course.day(each.seeded_at)), axis.x(course.day(each.harvested_at))
        if not each.harvested:
            pen.cross(x2, level.bottom, 4, MARKED)
            continue
        there = (x2, level.y(each.harvested))
        if each.seeded:
            start = (x1, level.y(each.seeded))
            pen.chain([start, there], CELLS, 2.5)
            pen.circle(*start, 3.5, "#fff", CELLS)
        else:
            pen.chain([(x1, level.bottom), there], CELLS, 1.5, "2 3")
        pen.circle(*there, 4, CELLS)
        last[each.lot] = there
    for lot, (x, y) in last.items():
        cells = max((each.harvested for each in grown if each.lot == lot), default=0)
        pen.text(x - 4, y - 9, power(cells), sheet.small, CELLS)
    for infusion in course.infusions:
        given = infusion.delivered or infusion.dose
        there = (axis.x(course.day(infusion.started_at)), level.y(max(given, 1)))
        if last:
            pen.chain([max(last.values()), there], CELLS_LIGHT, 1.5, "5 3")
        pen.circle(*there, 5, MARKED, "#fff")
        pen.text(there[0] + 9, there[1] + 15, power(given), sheet.small, MARKED)


# The product ------------------------------------------------------------------------------------------------


def product_lane(course: Course, sheet: Sheet, top: float, say: Say) -> float:
    """Frozen, tested, released or not, thawed: a bar with its marks."""
    marks = sorted(_product_marks(course, say))
    if not marks:
        return top
    pen, axis = sheet.pen, sheet.axis
    y = sheet.title(top, say("lane.product"), ()) + 12
    for bag in course.frozen:
        if bag.frozen_at is not None:
            until = course.cold_until(bag)
            x = axis.x(course.day(bag.frozen_at))
            pen.rect(x, y - 4, axis.x(until) - x, 8, CELLS_LIGHT)
    texts = [text if sheet.narrow else f"{text}  {say.day(day)}" for day, text, _ in marks]
    places = [(axis.x(day), text_width(text, sheet.small) + 4)
              for (day, _, _), text in zip(marks, texts, strict=True)]  # fmt: skip
    rows = flags(places, sheet.width)
    step = sheet.small + 5
    for (_, _, bad), text, (x, _), flag in zip(marks, texts, places, rows, strict=True):
        down = y + 21 + step * flag.row
        color = MARKED if bad else QUIET
        pen.line(x, y - 6, x, down + 1, MARKED if bad else CELLS, 1.2)
        at, anchor = (flag.right - 4, "end") if flag.at_end else (flag.left + 4, "start")
        pen.text(at, down, text, sheet.small, color, anchor)
        if bad:
            pen.cross(x, y, 5, MARKED)
    return y + 30 + step * max(each.row for each in rows)


def _product_marks(course: Course, say: Say) -> list[tuple[int, str, bool]]:
    found = [
        (course.day(each.frozen_at), say("mark.frozen"), False) for each in course.frozen if each.frozen_at
    ]
    found += [
        (course.day(each.thawed_at), say("mark.thawed"), False) for each in course.frozen if each.thawed_at
    ]
    for each in course.frozen:
        for hold in each.holds:
            found.append((course.day(hold.held.at), say("mark.held"), True))
            if hold.lifted is not None:
                found.append((course.day(hold.lifted.at), say("mark.lifted"), False))
    for lot in course.lots:
        for decision in lot.decisions:
            bad = decision.status in (LotStatus.REJECTED, LotStatus.WITHDRAWN)
            found.append((course.day(decision.at), say(f"lot.{decision.status}"), bad))
        outside = course.outside(lot)
        if outside:
            words = say("list").join(say.specification(each.specification) for each in outside)
            day = course.day(max(each.at for each in outside))
            found.append((day, say("mark.outside", what=words), True))
    return list(dict.fromkeys(found))


# Scores -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Series:
    output: str
    color: str
    dash: str = ""


MOTOR = (_Series("motor_total", INK), _Series("uems", CELLS), _Series("lems", CELLS, "4 3"))
SENSORY = (_Series("light_touch", INK), _Series("pin_prick", CELLS, "4 3"))


def scores_lanes(course: Course, sheet: Sheet, top: float, say: Say) -> float:
    """Motor scores, then sensory ones; what is not exact is the whole range it can be."""
    for name, series, most in (("motor", MOTOR, 100), ("sensory", SENSORY, 112)):
        if any(each.bounds(one.output) for each in course.seen for one in series):
            top = _scores(course, sheet, top, (say(f"lane.{name}"), series, most), say)
    return top


def _scores(
    course: Course, sheet: Sheet, top: float, what: tuple[str, tuple[_Series, ...], int], say: Say
) -> float:
    name, series, most = what
    begin = sheet.title(top, name) + 14
    tall = 86.0
    bottom = begin + tall
    for tick in (0, most // 2, most):
        y = bottom - tall * tick / most
        sheet.pen.line(sheet.axis.left, y, sheet.axis.right, y, RULE, 0.8, behind=True)
        sheet.pen.text(sheet.axis.left - 6, y + 4, str(tick), sheet.small, QUIET, "end")
    ends = []
    for one in series:
        points = [(sheet.axis.x(each.day), *bounds) for each in course.seen
                  if (bounds := each.bounds(one.output)) is not None]  # fmt: skip
        if not points:
            continue
        drawn = [(x, bottom - tall * low / most, bottom - tall * high / most) for x, low, high in points]
        _series(sheet, one, drawn)
        ends.append((drawn[-1][1], one, points[-1]))
    _ends(sheet, sorted(ends, key=lambda each: each[0]), begin, bottom, say)
    return bottom + 12


def _series(sheet: Sheet, one: _Series, drawn: Sequence[tuple[float, float, float]]) -> None:
    pen = sheet.pen
    for (x1, low1, high1), (x2, low2, high2) in pairwise(drawn):
        if low1 == high1 and low2 == high2:
            pen.chain([(x1, low1), (x2, low2)], one.color, 2, one.dash)
        else:
            pen.area([(x1, low1), (x2, low2), (x2, high2), (x1, high1)], one.color, 0.26)
    for x, low, high in drawn:
        if low == high:
            pen.circle(x, low, 2.8, one.color)
        else:
            pen.line(x, low, x, high, one.color, 4)


_End = tuple[float, _Series, tuple[float, float, float]]


def _ends(sheet: Sheet, ends: Sequence[_End], top: float, bottom: float, say: Say) -> None:
    """The name and the last value of each score, right of the axis, joined to its last point."""
    step = sheet.small + 3
    middles = spread([y for y, _, _ in ends], [step] * len(ends), top - 10, bottom + 12)
    right = sheet.axis.right
    for (y, one, (x, low, high)), middle in zip(ends, middles, strict=True):
        value = f"{low:g}" if low == high else f"{low:g}–{high:g}"
        sheet.pen.line(x, y, right, y, one.color, 0.7, "1 3")
        sheet.pen.line(right, y, right + 5, middle, FAINT, 0.8)
        name = say(f"score.{one.output}")
        sheet.pen.text(right + 8, middle + 4, f"{name} {value}", sheet.small, one.color)


# Harms ------------------------------------------------------------------------------------------------------


def harms_lane(course: Course, sheet: Sheet, top: float, say: Say) -> float:
    """Every harm with its words above its bar; a dashed bar has not ended, as far as is known."""
    pen = sheet.pen
    begin = sheet.title(top, say("lane.harms"))
    if not course.harms:
        pen.text(
            sheet.axis.left,
            top + 18 if not sheet.narrow else begin + 10,
            say("lane.no-harms"),
            sheet.small,
            QUIET,
        )
        return begin + 20
    y = begin
    for harm in course.harms:
        y += 30
        _harm(course, sheet, harm, y, say)
    return y + 8


def _harm(course: Course, sheet: Sheet, harm: Harm, y: float, say: Say) -> None:
    pen, axis = sheet.pen, sheet.axis
    color = FAINT if withdrawn(harm) else MARKED
    words = cut(harm_words(harm, say), sheet.small, sheet.width - axis.left)
    x = axis.left if harm.first is None else axis.x(harm.first)
    wide = text_width(words, sheet.small)
    at = min(x + 5, sheet.width - wide - 2)
    pen.text(at, y - 11, words, sheet.small, color if color is FAINT else INK)
    if harm.first is None:
        pen.line(axis.left, y - 4, axis.x(course.until), y - 4, color, 2, "2 4")
        return
    end = axis.x(course.until if harm.last is None else harm.last)
    pen.triangle(x, y - 3, 4, color, color)
    pen.line(x, y - 2, max(end, x), y - 2, color, 4, "" if harm.last is not None else "8 3")


def withdrawn(harm: Harm) -> bool:
    """Whether the report of an adverse event was withdrawn."""
    return isinstance(harm.what, AdverseEvent) and harm.what.now.withdrawn is not None


def harm_words(harm: Harm, say: Say) -> str:
    """What a harm is called: its grade, its kind and the reporter's words."""
    match harm.what:
        case AdverseEvent():
            known = harm.what.now.particulars
            grade = say("grade", grade=known.grade) if known.grade else say("grade-unknown")
            words = f"{grade}: {say.term(known.kind)}, {known.term}"
        case Deterioration():
            words = say(f"deterioration.{harm.what.stage.value}")
        case Incident():
            words = f"{say.term(harm.what.kind)}, {harm.what.what}"
    if harm.first is None:
        words += f" ({say('onset-unknown')})"
    return f"{words} ({say('report-withdrawn')})" if withdrawn(harm) else words
