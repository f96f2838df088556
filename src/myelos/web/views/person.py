"""One person: the line large, everything recorded, and each entry as it was."""

from __future__ import annotations

from django.http import HttpResponse

from myelos.findings import Refused
from myelos.report.course.page import person_context
from myelos.store import readings
from myelos.web.books import book_of, labels
from myelos.web.doorway import door
from myelos.web.pages import Asked


def person(asked: Asked, trial: str, person: str) -> HttpResponse:
    """The page of one person, as the report has it, with the way to every entry under it."""
    seen = asked.trial
    if person not in seen.people:
        raise Refused([readings.nobody_of_yours(person, trial)])
    book = book_of(seen, asked.say.language, (person,))
    course = next(each for each in book.everyone if each.person.code == person)
    context = {**person_context(course, book), "say": labels(seen, asked.say.language)}
    return asked.page("one-person.html", **context, words=asked.say, trial=trial, person=person)


def timeline(asked: Asked, trial: str, person: str) -> HttpResponse:
    """Every entry about one person: who, when, as what, why, and the values as they were recorded."""
    lines = readings.timeline(door(), asked.visitor, trial, person)
    return asked.page(
        "timeline.html",
        title=asked.say("timeline.title", person=person),
        trial=trial,
        person=person,
        lines=lines[::-1],
        erased=asked.say("erased"),
    )
