"""Enrolment against the plan: how many were screened, registered and infused by the end of each month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from myelos.report.course.pen import CELLS, FAINT, INK, MARKED, QUIET, RULE, Pen
from myelos.web.overview import Everyone
from myelos.web.say import Say

WIDE, HIGH = 560.0, 168.0
LEFT, RIGHT, TOP, FOOT = 34.0, 452.0, 14.0, 142.0
STEPS = ("screened", "registered", "infused")
COLORS = {"screened": INK, "registered": CELLS, "infused": MARKED}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """By month (``2026-03``), from the first to the last: how many in it, of each step, and how many by its
    end; ``planned``: how many the protocol means to give cells to."""

    months: tuple[str, ...]
    within: tuple[tuple[int, int, int], ...]
    by_then: tuple[tuple[int, int, int], ...]
    planned: int


@lru_cache(maxsize=32)
def enrolment(everyone: Everyone, planned: int) -> Enrolment | None:
    """Enrolment as it stands; None where nobody was screened."""
    found = Counter(
        (step, month) for each in everyone.ones for step, month in enumerate(each.months) if month
    )  # fmt: skip
    if not found:
        return None
    named = [month for _, month in found]
    months = tuple(_months(min(named), max(named)))
    within = tuple((found[0, each], found[1, each], found[2, each]) for each in months)
    sums = [accumulate([each[step] for each in within]) for step in range(3)]
    return Enrolment(months, within, tuple(zip(*sums, strict=True)), planned)


def _months(first: str, last: str) -> Iterator[str]:
    year, month = int(first[:4]), int(first[5:])
    while (each := f"{year:04}-{month:02}") <= last:
        yield each
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def drawn(enrolment: Enrolment, say: Say) -> str:
    """The three sums by month as SVG text, and the number planned."""
    pen, top = Pen(), _up(max(enrolment.planned, *enrolment.by_then[-1]))
    count = len(enrolment.months)

    def x(place: float) -> float:
        return LEFT + (RIGHT - LEFT) * place / max(count, 1)

    def y(n: float) -> float:
        return FOOT - (FOOT - TOP) * n / top

    for each in (0, top // 2, top):
        pen.line(LEFT, y(each), RIGHT, y(each), RULE, 1)
        pen.text(LEFT - 6, y(each) + 4, str(each), 11, QUIET, "end")
    planned = enrolment.planned
    pen.line(LEFT, y(planned), RIGHT, y(planned), FAINT, 1.4, "5 4")
    ends = [(y(planned), say("enrolment.planned", n=planned), QUIET)]
    for step, name in enumerate(STEPS):
        sums = [each[step] for each in enrolment.by_then]
        points = [(x(0), y(0)), *((x(place + 1), y(n)) for place, n in enumerate(sums))]
        pen.chain(points, COLORS[name], 2.2)
        ends.append((y(sums[-1]), say(f"enrolment.{name}", n=sums[-1]), COLORS[name]))
    for at, (_, text, color) in zip(_apart([each[0] for each in ends]), ends, strict=True):
        pen.text(RIGHT + 8, at + 4, text, 12, color, weight=600 if color != QUIET else 400)
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if count / step <= 7)
    for place in range(0, count, every):
        pen.line(x(place + 0.5), FOOT, x(place + 0.5), FOOT + 4, RULE)
        pen.text(x(place + 0.5), FOOT + 17, enrolment.months[place], 11, QUIET, "middle")
    return pen.svg(WIDE, HIGH)


def _apart(places: Sequence[float], room: float = 15) -> list[float]:
    """Heights for words so that none stands on another, each as near its own as can be, in the same order."""
    order = sorted(range(len(places)), key=lambda each: (-places[each], each))
    found, below = [0.0] * len(places), FOOT + room
    for each in order:
        below = found[each] = min(places[each], below - room)
    return found


def _up(n: int) -> int:
    """The next round number that has a half."""
    size: int = 10 ** max(len(str(n)) - 1, 1)
    return next(each * size for each in (1, 2, 3, 4, 6, 8, 10) if each * size >= n)
