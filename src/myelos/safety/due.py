"""Which reports are due, to whom and by when, and whether they were sent in time.

A clock starts when an event first met, or may have met, its criterion: waiting for a judgement does not stop
it. Once an event has surely met it the report stays due, whatever is learned later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from myelos.answers import Answer
from myelos.safety.criteria import candidates, ever_meets, meets
from myelos.safety.facts import Done, by_person
from myelos.safety.harms import AdverseEvent, Harms
from myelos.safety.moments import lasting
from myelos.safety.rules import EventClock, PeriodicClock, SafetyRules


class DueState(StrEnum):
    """Of a report: not sent and still in time, not sent in time, sent in time, sent late."""

    DUE = "due"
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met-late"


@dataclass(frozen=True, slots=True)
class DueItem:
    """One report. ``subject``: the adverse event, or the number of the period from 1.

    ``answer``: whether the event surely meets the criterion or may meet it. Days of a clock are 24 hours.
    """

    clock: str
    subject: str
    to: str
    since: datetime
    due: datetime
    answer: Answer
    sent: datetime | None
    state: DueState


def clocks(
    state: Harms, rules: SafetyRules, collected: Collection[Done], infused: Collection[Done], now: datetime
) -> tuple[DueItem, ...]:
    """Every report due from now on or before, the earliest first.

    Of a periodic report those past and the next one are given.
    """
    done = by_person(collected, infused)
    found: list[DueItem] = []
    for clock in rules.clocks:
        if isinstance(clock, EventClock):
            for event in candidates(state, clock.what):
                found += _of_event(clock, event, done.get(event.person, ()), state, now)
        else:
            found += _periodic(clock, collected, infused, state, now)
    return tuple(sorted(found, key=lambda item: (item.due, item.clock, item.subject)))


def _of_event(
    clock: EventClock, event: AdverseEvent, done: Sequence[Done], state: Harms, now: datetime
) -> Iterator[DueItem]:
    answer = ever_meets(event, clock.what, done)
    if answer is Answer.NO:
        return
    first = next(e for e in event.history if meets(event, e.case, clock.what, done) is not Answer.NO)
    since = first.known_at if clock.counted_from == "aware" else first.at
    due = since + lasting(clock.within)
    sent = state.sent.get((clock.name, event.id))
    yield DueItem(clock.name, event.id, clock.to, since, due, answer, sent, _state(due, sent, now))


def _periodic(
    clock: PeriodicClock,
    collected: Collection[Done],
    infused: Collection[Done],
    state: Harms,
    now: datetime,
) -> Iterator[DueItem]:
    group = collected if clock.counted_from == "first-collection" else infused
    start = min((each.at for each in group), default=None)
    if start is None:
        return
    every: timedelta = lasting(clock.every)
    for number in range(1, max(0, (now - start) // every) + 2):
        due, subject = start + number * every, str(number)
        sent = state.sent.get((clock.name, subject))
        yield DueItem(
            clock.name, subject, clock.to, due - every, due, Answer.YES, sent, _state(due, sent, now)
        )


def _state(due: datetime, sent: datetime | None, now: datetime) -> DueState:
    if sent is None or sent > now:
        return DueState.OVERDUE if now > due else DueState.DUE
    return DueState.MET if sent <= due else DueState.MET_LATE
