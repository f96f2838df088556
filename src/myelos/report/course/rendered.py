"""Cells of tables as these pages print them."""

from __future__ import annotations

from datetime import datetime

from myelos.protocol.person_events import Provenance
from myelos.report.course.say import Say, utc
from myelos.report.course.story import Course
from myelos.report.tables import Cell

LONGEST_WHOLE = 20
"""Words no longer than a date and a time are never broken over lines."""


def plain(text: object, small: str = "", strong: bool = False) -> Cell:
    """A cell of words."""
    words = str(text)
    return Cell(words, small, number=False, strong=strong, whole=len(words) <= LONGEST_WHOLE)


def day_and_utc(course: Course, at: datetime) -> tuple[Cell, Cell]:
    """The civil day after injury at the site, and the instant in UTC."""
    return Cell(str(course.day(at))), plain(utc(at))


def source(where: Provenance, say: Say) -> str:
    """Where a value comes from: a device, a person or a document, and which."""
    kind = say.word(f"source.{where.kind}")
    return f"{kind} ({where.id})"
