"""A trial as the pages draw it: everybody's course on one axis, and what is to be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from django.conf import settings

from myelos.protocol import Protocol, Trial
from myelos.protocol.worklist import Task, worklist
from myelos.report.course.page import Book, book
from myelos.report.course.say import Say as Labels
from myelos.store.readings import Seen
from myelos.web.doorway import door
from myelos.web.say import Say

KEPT = 16
"""Books kept at a time: one for every trial, state and language that somebody looks at."""


def book_of(seen: Seen, language: str) -> Book:
    """The book of a trial for somebody who may see these people."""
    return _book(seen.snapshot.trial, seen.snapshot.digest, seen.people, language)


@lru_cache(maxsize=KEPT)
def _book(trial: str, digest: str, people: tuple[str, ...], language: str) -> Book:
    """By the digest of its last entry a state is always the same."""
    snapshot = door().trials.snapshot(trial)
    state = theirs(snapshot.state, people)
    made = book(state, snapshot.protocol, Labels(language, snapshot.protocol), settings.MYELOS_SYNTHETIC)
    names = {code: code for code in made.names}
    return replace(made, names=names, overview="../")


def theirs(state: Trial, people: tuple[str, ...]) -> Trial:
    """A trial with these people alone."""
    if len(people) == len(state.people):
        return state
    return state.but(people=type(state.people)({code: state.people[code] for code in people}))


def labels(seen: Seen, language: str) -> Labels:
    """The words of the drawings, with the protocol's labels."""
    return Labels(language, seen.snapshot.protocol)


def tasks(seen: Seen, say: Say, now: datetime) -> list[tuple[Task, str, str]]:
    """What is to be done for somebody's people, the most urgent first, with its words and when."""
    protocol = seen.snapshot.protocol
    people = [seen.snapshot.state.people[code] for code in seen.people]
    found = sorted(worklist(people, protocol, now), key=_urgency)
    return [(task, _what(task, protocol, say), _when(task, say)) for task in found]


def _urgency(task: Task) -> tuple[bool, int, str]:
    return task.days_left is None, task.days_left or 0, task.person


def _what(task: Task, protocol: Protocol, say: Say) -> str:
    known = Labels(say.language, protocol)
    label = known.visit(task.about) if task.kind.startswith("visit") else (
        known.gate(task.about) if task.kind.startswith("gate") else known.form(task.about)
    )  # fmt: skip
    return say(f"task.{task.kind}", about=label)


def _when(task: Task, say: Say) -> str:
    if task.days_left is None:
        return ", ".join(task.reasons)
    if task.days_left < 0:
        return say("task.late", days=-task.days_left)
    return say("task.left", days=task.days_left)
