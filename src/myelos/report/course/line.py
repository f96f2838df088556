"""The hero of a person's page: injury to month six on one line, and under it, on the same days, cells, scores
and harms."""

from __future__ import annotations

from dataclasses import dataclass

from myelos.cells.containers import Kind
from myelos.protocol.trial import Visit
from myelos.report.course.axis import Axis, Days
from myelos.report.course.lanes import cells_lane, collections_lane, harms_lane, product_lane, scores_lanes
from myelos.report.course.pen import CELLS, CELLS_LIGHT, FAINT, INK, MARKED, QUIET, RULE, TINT, flags, spread
from myelos.report.course.pen import text_width as width_of
from myelos.report.course.say import Say
from myelos.report.course.sheet import Sheet
from myelos.report.course.story import Course


@dataclass(frozen=True, slots=True)
class Milestone:
    """A mark on the line with its words."""

    day: int
    text: str
    bad: bool = False


def milestones(course: Course, say: Say) -> list[Milestone]:
    """What the line names, in order of days; of one day, in the order things happen."""
    person = course.person
    found = [Milestone(0, say(f"mark.{course.protocol.onset}"))]
    if not person.decisions:
        found.append(Milestone(course.day(person.screened.at), say("mark.screened")))
    for each in person.decisions:
        code = "mark.passed" if each.passed else "mark.refused"
        words = say(code, gate=say.gate(each.gate))
        found.append(Milestone(course.day(each.act.at), words, not each.passed))
    marrow = [each for each in course.collections if each.container.kind is Kind.MARROW]
    found += [Milestone(course.day(each.at), say("mark.marrow")) for each in marrow]
    found += [Milestone(course.day(each.started_at), say("mark.infusion")) for each in course.infusions]
    found += _last_visit(course, say)
    found += [Milestone(day, say.word(f"how.{how}"), True) for how, day in leavings(course)]
    return sorted(found, key=lambda each: each.day)


def leavings(course: Course) -> list[tuple[str, int]]:
    """How and on which day the person left the trial or the treatment."""
    person = course.person
    found = [person.left, person.off_treatment if person.infused_at is None else None]
    return [(each.how, course.day(each.at)) for each in found if each is not None]


def _last_visit(course: Course, say: Say) -> list[Milestone]:
    after: dict[str, Visit] = {each.id: each for each in course.protocol.visits if each.anchor == "infusion"}
    done = [each for each in course.seen if each.exam.visit in after]
    if not done or course.infusions == ():
        return []
    last = max(done, key=lambda each: after[str(each.exam.visit)].day)
    return [Milestone(last.day, say.visit(str(last.exam.visit)))]


def draw(course: Course, days: Days, say: Say, width: float) -> str:
    """The picture as SVG text, ``width`` units across."""
    sheet = Sheet(width, days)
    foot = _hero(course, sheet, say)
    for lane in (collections_lane, cells_lane, product_lane, scores_lanes, harms_lane):
        foot = lane(course, sheet, foot, say)
    return _framed(course, sheet, foot, say)


def _framed(course: Course, sheet: Sheet, foot: float, say: Say) -> str:
    """The days below, the infusion and the fold through everything."""
    pen, axis = sheet.pen, sheet.axis
    foot += 6
    for infusion in course.infusions:
        x = axis.x(course.day(infusion.started_at))
        pen.line(x, sheet.line_y, x, foot, MARKED, 1, "2 3", behind=True)
    foot = draw_days(axis, sheet, foot, say)
    return pen.svg(sheet.width, foot + 4)


def draw_days(axis: Axis, sheet: Sheet, top: float, say: Say) -> float:
    """The axis with its days; returns its foot."""
    pen, fold = sheet.pen, axis.days.fold
    if fold is not None:
        x = axis.x(fold)
        pen.rect(x, sheet.head, axis.right - x, top - sheet.head, TINT, behind=True)
        pen.behind.insert(0, pen.behind.pop())
    pen.line(axis.left, top, axis.right, top, FAINT)
    for day in axis.ticks(28 if sheet.narrow else 36):
        x = axis.x(day)
        pen.line(x, top, x, top + 4, FAINT)
        pen.text(x, top + 17, str(day), sheet.small, QUIET, "middle")
    words = say(f"axis.{say.protocol.onset}")
    if fold is not None:
        words += say("axis.fold", day=fold)
    for line in sheet.wrapped(words, axis.right - 8):
        top += 16
        pen.text(axis.left, top + 17, line, sheet.small, QUIET)
    return top + 22


# The line itself --------------------------------------------------------------------------------------------


def _hero(course: Course, sheet: Sheet, say: Say) -> float:
    """Words above, the line, the grades below; returns the foot."""
    pen, axis, size = sheet.pen, sheet.axis, sheet.size
    marks = milestones(course, say)
    days = [str(each.day) if sheet.narrow else say.day(each.day) for each in marks]
    places = [
        (axis.x(each.day), width_of(f"{each.text} {day}", size) + 8)
        for each, day in zip(marks, days, strict=True)
    ]
    rows = flags(places, sheet.width - 2)
    step = size + 6
    sheet.line_y = y = 8 + step * (1 + max(each.row for each in rows)) + 12
    sheet.head = 2
    for mark, day, (x, _), flag in zip(marks, days, places, rows, strict=True):
        up = y - 16 - step * flag.row
        pen.line(x, y, x, up - size + 2, MARKED if mark.bad else FAINT)
        color = MARKED if mark.bad else INK
        at, anchor = (flag.right - 4, "end") if flag.at_end else (flag.left + 4, "start")
        pen.text(at, up, mark.text, size, color, anchor, 600, day)
    _stretches(course, sheet, y)
    for mark in marks:
        if mark.bad:
            pen.cross(axis.x(mark.day), y, 6, MARKED, 2.5)
    for infusion in course.infusions:
        pen.circle(axis.x(course.day(infusion.started_at)), y, 8, MARKED, "#fff", 2)
    return _grades(course, sheet, y, say)


def _stretches(course: Course, sheet: Sheet, y: float) -> None:
    """The line: thin while nothing grows, broad in culture, pale in the cold."""
    pen, axis = sheet.pen, sheet.axis
    pen.line(axis.left, y, axis.right, y, RULE, 1.5)
    pen.line(axis.x(0), y, axis.x(course.until), y, INK, 3)
    pen.circle(axis.x(0), y, 4.5, INK)
    for grown in course.growth:
        begin, end = course.day(grown.seeded_at), course.day(grown.harvested_at)
        pen.line(axis.x(begin), y, axis.x(end), y, CELLS, 9)
    for bag in course.frozen:
        if bag.frozen_at is not None:
            until = course.cold_until(bag)
            pen.line(axis.x(course.day(bag.frozen_at)), y, axis.x(until), y, CELLS_LIGHT, 9)
    for each in course.collections:
        if each.container.kind is Kind.MARROW:
            pen.diamond(axis.x(course.day(each.at)), y, 7, CELLS, "#fff")


def _grades(course: Course, sheet: Sheet, y: float, say: Say) -> float:
    """The AIS of every examination under its day; a dash for a missed visit, a dot for one not graded."""
    pen, axis, size = sheet.pen, sheet.axis, sheet.size
    told = [(each.day, "/".join(each.ais) or "·", len(each.ais) > 1) for each in course.seen]
    told += [(each.day, "–", True) for each in course.missed if each.day is not None]
    told.sort(key=lambda each: each[0])
    if not told:
        return y + 18
    widths = [
        max(width_of(text, size + 2) + 12, width_of(str(day), sheet.small) + 7, 25.0) for day, text, _ in told
    ]
    middles = spread([axis.x(day) for day, _, _ in told], widths, 2, sheet.width - 2)
    level = y + (46 if sheet.narrow else 44)
    for (day, text, open_), x, wide in zip(told, middles, widths, strict=True):
        mark = axis.x(day)
        pen.line(mark, y + 2, mark, y + 12, FAINT)
        pen.chain([(mark, y + 12), (x, level - 13)], FAINT, 1)
        box = max(22.0, wide - 4)
        pen.rect(
            x - box / 2, level - 12, box, 24, "#fff", FAINT if open_ else INK, "3 2" if open_ else "", 12
        )
        pen.text(x, level + 5, text, size + 2, QUIET if text in "·–" else INK, "middle", 600)
        pen.text(x, level + 28, str(day), sheet.small, QUIET, "middle")
    if sheet.narrow:
        pen.text(0, level + 44, say("lane.ais-days"), sheet.small, QUIET)
        return level + 54
    pen.text(0, level + 2, say("lane.ais"), size, INK, weight=600)
    pen.text(0, level + 18, say("lane.ais-by-day"), sheet.small, QUIET)
    return level + 40
