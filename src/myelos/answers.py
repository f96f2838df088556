"""Yes, no or unknown: what a rule says where not everything is known.

Unknown is a value. It is never read as no, and it has no truth value, so that no ``if`` can pass it over.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Answer(enum.StrEnum):
    """Yes, no, or unknown. It has no truth value: ask ``is Answer.YES``, and unknown never passes as yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("an answer is yes, no or unknown; compare it with Answer.YES")

    @classmethod
    def of(cls, known: bool) -> Answer:
        """Yes or no, of what is known."""
        return cls.YES if known else cls.NO

    @property
    def opposite(self) -> Answer:
        """No for yes, yes for no; the opposite of unknown is unknown."""
        return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(self, self)


def all_of(answers: Iterable[Answer]) -> Answer:
    """No when any is no, else unknown when any is unknown, else yes (Kleene's "and"; of nothing: yes)."""
    given = set(answers)
    return next((each for each in (Answer.NO, Answer.UNKNOWN) if each in given), Answer.YES)


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes when any is yes, else unknown when any is unknown, else no (Kleene's "or"; of nothing: no)."""
    given = set(answers)
    return next((each for each in (Answer.YES, Answer.UNKNOWN) if each in given), Answer.NO)
