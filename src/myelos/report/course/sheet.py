"""The sheet a line is drawn on: wide for a page, narrow for a telephone, one axis for all its lanes."""

from __future__ import annotations

from collections.abc import Sequence

from myelos.report.course.axis import Axis, Days
from myelos.report.course.pen import INK, QUIET, RULE, Pen, text_width

WIDE, NARROW = 1180.0, 358.0
"""Units across: on a page as wide as it is on a desk, and on a telephone, one unit is one pixel."""


class Sheet:
    """Where things are. ``size`` and ``small``: of letters; ``head`` and ``line_y`` are set with the line.

    Letters of the wide sheet stay above 9 pixels down to a page 900 pixels wide.
    """

    def __init__(self, width: float, days: Days) -> None:
        self.width = width
        self.narrow = width < 600
        self.size, self.small = (11.5, 11.0) if self.narrow else (13.5, 12.5)
        left, margin = (27.0, 80.0) if self.narrow else (176.0, 132.0)
        self.axis = Axis(days, left, width - margin)
        self.pen = Pen()
        self.head = self.line_y = 0.0

    def wrapped(self, text: str, room: float, size: float | None = None) -> list[str]:
        """The text in lines that fit: broken at spaces, or between letters where there are none."""
        size = size or self.small
        lines = [""]
        for word in _pieces(text):
            if text_width(lines[-1] + word, size) > room and lines[-1]:
                lines.append("")
            lines[-1] += word if lines[-1] else word.lstrip()
        return [line.rstrip() for line in lines if line.strip()]

    def title(self, top: float, name: str, notes: Sequence[str] = ()) -> float:
        """A lane's name with a quiet note under it; where the lane's own drawing begins.

        On the wide sheet both stand left of the lane, on the narrow one above it.
        """
        pen = self.pen
        pen.line(0, top, self.width, top, RULE, 1)
        pen.text(0, top + 18, name, self.size, INK, weight=600)
        room = self.width - 4 if self.narrow else self.axis.left - 44
        down = top + 18
        for note in notes:
            for line in self.wrapped(note, room):
                down += self.small + 4
                pen.text(0, down, line, self.small, QUIET)
        return down + 6 if self.narrow else top + 4

    def foot(self, top: float, notes: Sequence[str]) -> float:
        """How far down a wide lane's name and note reach."""
        room = self.axis.left - 44
        lines = sum(len(self.wrapped(note, room)) for note in notes)
        return 0 if self.narrow else top + 24 + lines * (self.small + 4)


def _pieces(text: str) -> list[str]:
    """Words with the space before them; of a script without spaces, every letter."""
    found = [""]
    for letter in text:
        if letter == " " or ord(letter) > 0x2E80:
            found.append(letter)
        elif found[-1] and ord(found[-1][-1]) > 0x2E80 and letter not in "、。)」":
            found.append(letter)
        else:
            found[-1] += letter
    return found
