"""When a visit may take place, and how it stands: civil dates where the person is, the anchor being day 0.

The anchor is the civil date of the injury (or onset) or of the infusion at the person's site; today is the
civil date there too (:func:`myelos.times.civil_date`). No instant is compared here, so neither a clock put
forward nor a date line can move a visit by a day.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from myelos.protocol.trial import Visit


class Standing(enum.StrEnum):
    """How a visit stands on a day. Overdue: its window is over, and nobody has said why nothing was done."""

    WAITING = "waiting"
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Window:
    """The first and last civil date of a visit, both inclusive, and the date it is meant for."""

    first: date
    meant: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days_outside(self, day: date) -> int:
        """Days by which ``day`` lies before (negative) or after (positive) the window; 0 within."""
        return min((day - self.first).days, 0) + max((day - self.last).days, 0)


def window(visit: Visit, anchor: date) -> Window:
    """The window of a visit whose anchor, day 0, was on the civil date ``anchor``."""
    days = (visit.day - visit.before, visit.day, visit.day + visit.after)
    return Window(*(_shifted(anchor, day) for day in days))


def _shifted(start: date, days: int) -> date:
    """``days`` after ``start``; the calendar's own first or last day where it does not reach that far."""
    return date.fromordinal(min(max(start.toordinal() + days, 1), date.max.toordinal()))


def standing(
    visit: Visit, anchor: date | None, today: date, *, done: bool = False, missed: bool = False
) -> Standing:
    """How a visit stands on ``today``; ``anchor`` is None while day 0 has not come (nobody was infused yet).

    ``done`` wins over ``missed``: a visit made late, after it had been given up, is done.
    """
    if done or missed:
        return Standing.DONE if done else Standing.MISSED
    if anchor is None:
        return Standing.WAITING
    outside = window(visit, anchor).days_outside(today)
    if outside < 0:
        return Standing.UPCOMING
    return Standing.OVERDUE if outside else Standing.DUE
