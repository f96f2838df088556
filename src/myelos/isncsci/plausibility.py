"""Warnings about scores that are possible but rare enough to be looked at again. Nothing is ever changed.

Our own thresholds (no standard gives any), chosen so that the textbook pictures of injury pass without one.
"""

from __future__ import annotations

from collections.abc import Iterator

from myelos.findings import Finding, Param, Place, Severity
from myelos.isncsci.exam import SIDES, Answer, Exam, Side, cell_name
from myelos.isncsci.segments import ARM_MUSCLES, DERMATOMES, KEY_MUSCLES, Segment

STRONGER_BELOW = 3
"""Grades by which a key muscle may exceed the next one above it in the same limb before we ask."""

STRETCH = 3
"""Dermatomes in a row with pin prick but no light touch from which on we ask."""

_ARM = len(ARM_MUSCLES)


def implausible(exam: Exam, asked: str = "dap") -> tuple[Finding, ...]:
    """The warnings for an examination, from tested cells alone; the place of each names its first cell.

    - ``isncsci.stronger-below``: a key muscle three grades or more above the next one rostral to it in the
      limb;
    - ``isncsci.anal-sensation-denied``: DAP (``asked``; in 1992 any anal sensation) no, though S4-5 is felt;
    - ``isncsci.prick-without-touch``: pin prick felt and light touch not, over three dermatomes or more.
    """
    found: list[Finding] = []
    for name in SIDES:
        side = exam.side(name)
        found.extend(_stronger_below(name, side))
        found.extend(_prick_without_touch(name, side))
    found.extend(_anal_sensation_denied(exam, asked))
    return tuple(found)


def _warn(code: str, place: str, /, **params: Param) -> Finding:
    return Finding(f"isncsci.{code}", Place(column=place), params, Severity.WARNING)


def _stronger_below(name: str, side: Side) -> Iterator[Finding]:
    grades = [score.value for score in side.motor]
    for i in range(1, len(grades)):
        above, below = grades[i - 1], grades[i]
        if i == _ARM or above is None or below is None or below - above < STRONGER_BELOW:
            continue
        cells = [cell_name(name, "motor", KEY_MUSCLES[at]) for at in (i, i - 1)]
        yield _warn("stronger-below", cells[0], below=f"{cells[0]} = {below}", above=f"{cells[1]} = {above}")


def _prick_without_touch(name: str, side: Side) -> Iterator[Finding]:
    start: int | None = None
    pairs = [
        (touch.value, prick.value) for touch, prick in zip(side.light_touch, side.pin_prick, strict=True)
    ]
    for i, (touch, prick) in enumerate([*pairs, (None, None)]):
        if touch == 0 and prick:
            start = i if start is None else start
            continue
        if start is not None and i - start >= STRETCH:
            first, last = DERMATOMES[start].label, DERMATOMES[i - 1].label
            cell = cell_name(name, "light_touch", DERMATOMES[start])
            yield _warn("prick-without-touch", cell, side=name, first=first, last=last)
        start = None


def _anal_sensation_denied(exam: Exam, asked: str) -> Iterator[Finding]:
    if getattr(exam, asked) is not Answer.NO:
        return
    felt = [
        f"{cell_name(name, block, Segment.S4_5)} = {score.value}"
        for name in SIDES
        for block, score in (
            ("light_touch", exam.side(name).light_touch[-1]),
            ("pin_prick", exam.side(name).pin_prick[-1]),
        )
        if score.value
    ]
    if felt:
        yield _warn("anal-sensation-denied", asked, cell=asked, cells=", ".join(felt))
