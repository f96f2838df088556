"""AIS grades as a study reports them: a grade, or a coarser code that leaves several grades possible.

A coarse code (``improved_ge1``, ``B_or_C`` ...) is interval-censored: it stands for the set of pairs it
allows, and nothing narrower is ever filled in.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

GRADES = "ABCDE"
"""The ASIA impairment scale from complete (A) to normal (E)."""

UNSPECIFIED = frozenset({"unspecified", "not_stated", "unknown"})


class Event(enum.StrEnum):
    """What counts as improved, from the index grade to the grade at follow-up."""

    ONE_GRADE = "one-grade"
    """At least one AIS grade better."""
    TWO_GRADES_FROM_A = "two-grades-from-A"
    """Two grades or more from A, one or more from B or C (the endpoint of jRCT2053210130)."""
    MOTOR_INCOMPLETE = "motor-incomplete"
    """From A or B to C, D or E."""


@dataclass(frozen=True, slots=True)
class Transition:
    """``count`` people with one index code and one follow-up code.

    ``pairs`` holds every (index grade, follow-up grade) the two codes allow.
    """

    baseline: str
    followup: str
    count: int
    pairs: frozenset[tuple[str, str]]

    @property
    def index_grades(self) -> frozenset[str]:
        return frozenset(before for before, _ in self.pairs)

    def may_and_must(self, event: Event) -> tuple[bool, bool]:
        """(the event may have happened, the event must have happened), as far as the codes tell."""
        happened = {improved(before, after, event) for before, after in self.pairs}
        return True in happened, happened == {True}


def improved(before: str, after: str, event: Event) -> bool:
    """Whether going from ``before`` to ``after`` is the event."""
    steps = GRADES.index(after) - GRADES.index(before)
    if event is Event.ONE_GRADE:
        return steps >= 1
    if event is Event.TWO_GRADES_FROM_A:
        return steps >= (2 if before == "A" else 1)
    return before in "AB" and after in "CDE"


def at_risk(grade: str, event: Event) -> bool:
    """Whether a person of this index grade is counted under the event."""
    return grade in ("AB" if event is Event.MOTOR_INCOMPLETE else "ABCD")


def grades_of(code: str) -> frozenset[str] | None:
    """The grades a code names (``A``, ``A_or_B``, ``unspecified``), or None when it is not a grade code."""
    if code in UNSPECIFIED:
        return frozenset(GRADES)
    parts = code.split("_or_")
    return frozenset(parts) if all(len(part) == 1 and part in GRADES for part in parts) else None


def transition(baseline: str, followup: str, count: int) -> Transition | None:
    """The transition two codes stand for, or None when one is no known code or no grades fit both.

    Follow-up codes besides grades: ``unchanged``, ``not_improved``, ``improved_ge1``,
    ``improved_N_grades``, ``improved_unspecified`` (said to be improved, not said to be by a grade),
    ``not_C`` and the like.
    """
    before = grades_of(baseline)
    if before is None:
        return None
    pairs = frozenset((b, a) for b in before for a in GRADES if _allows(followup, b, a))
    if not pairs or not _known(followup):
        return None
    return Transition(baseline, followup, count, pairs)


def unknown_code(baseline: str, followup: str) -> str | None:
    """Which of two codes is not known, ``baseline`` or ``followup``; None when both are.

    Of two known codes :func:`transition` makes nothing only when no pair of grades fits both.
    """
    if grades_of(baseline) is None:
        return "baseline"
    return None if _known(followup) else "followup"


def _known(code: str) -> bool:
    fixed = {"unchanged", "not_improved", "improved_ge1", "improved_unspecified"}
    shaped = re.fullmatch(r"improved_[1-4]_grades?|not_[A-E]", code)
    return code in fixed or bool(shaped) or grades_of(code) is not None


def _allows(code: str, before: str, after: str) -> bool:
    steps = GRADES.index(after) - GRADES.index(before)
    named = grades_of(code)
    if named is not None:
        return after in named
    if code == "unchanged":
        return steps == 0
    if code == "not_improved":
        return steps <= 0
    if code == "improved_ge1":
        return steps >= 1
    if code == "improved_unspecified":
        return True
    if by := re.fullmatch(r"improved_([1-4])_grades?", code):
        return steps == int(by[1])
    if excluded := re.fullmatch(r"not_([A-E])", code):
        return after != excluded[1]
    return False
