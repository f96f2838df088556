"""Drawing by hand: SVG with every word escaped, lengths in units of the picture, places that do not collide.

Letters are shown in the reader's own fonts, so widths are estimates on the wide side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

INK, QUIET, FAINT, RULE = "#1b2530", "#55606b", "#9aa3ab", "#d5dade"
CELLS, CELLS_LIGHT, MARKED, TINT = "#1f5f8b", "#a9c6da", "#b4430d", "#f3f4f5"
"""The palette of the report's other figures, kept apart from their drawing library."""

_NARROW, _BROAD = frozenset("iljtfrI.,:;|'()[] ·"), frozenset("mwMW%@×")


def text_width(text: str, size: float) -> float:
    """About how wide ``text`` is; never narrower than in common sans-serif fonts."""
    return size * sum(_wide(each) for each in text)


def _wide(letter: str) -> float:
    if ord(letter) > 0x2E80:
        return 1.02
    if letter in _NARROW:
        return 0.38
    if letter in _BROAD:
        return 0.92
    return 0.7 if letter.isupper() else 0.6


def cut(text: str, size: float, room: float) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    if text_width(text, size) <= room:
        return text
    while text and text_width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@dataclass(slots=True)
class Pen:
    """Collects shapes; ``behind`` lies under the rest."""

    shapes: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, color: str = INK, width: float = 1,
             dash: str = "", behind: bool = False) -> None:  # fmt: skip
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        (self.behind if behind else self.shapes).append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{color}" stroke-width="{width:g}"'
            f' fill="none"{dashed}/>'
        )

    def chain(self, points: Sequence[tuple[float, float]], color: str, width: float, dash: str = "") -> None:
        """Points joined by straight lines."""
        if len(points) < 2:
            return
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.shapes.append(
            f'<path d="M{path}" stroke="{color}" stroke-width="{width:g}" fill="none"{dashed}/>'
        )

    def area(self, points: Sequence[tuple[float, float]], color: str, opacity: float) -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.shapes.append(f'<path d="M{path}Z" fill="{color}" fill-opacity="{opacity:g}"/>')

    def rect(self, x: float, y: float, width: float, height: float, fill: str, stroke: str = "none",
             dash: str = "", round_: float = 0, behind: bool = False) -> None:  # fmt: skip
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        (self.behind if behind else self.shapes).append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" rx="{round_:g}"'
            f' fill="{fill}" stroke="{stroke}"{dashed}/>'
        )

    def circle(self, x: float, y: float, radius: float, fill: str, stroke: str = "none", width: float = 1.5,
               dash: str = "") -> None:  # fmt: skip
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{stroke}"'
            f' stroke-width="{width:g}"{dashed}/>'
        )

    def diamond(self, x: float, y: float, radius: float, fill: str, stroke: str) -> None:
        r = radius
        self.shapes.append(
            f'<path d="M{x:.1f} {y - r:.1f}L{x + r:.1f} {y:.1f}L{x:.1f} {y + r:.1f}L{x - r:.1f} {y:.1f}Z"'
            f' fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        )

    def triangle(self, x: float, y: float, radius: float, fill: str, stroke: str) -> None:
        r = radius
        self.shapes.append(
            f'<path d="M{x:.1f} {y - r:.1f}L{x + r:.1f} {y + r:.1f}L{x - r:.1f} {y + r:.1f}Z" fill="{fill}"'
            f' stroke="{stroke}" stroke-width="1.2"/>'
        )

    def cross(self, x: float, y: float, radius: float, color: str, width: float = 2) -> None:
        r = radius
        self.shapes.append(
            f'<path d="M{x - r:.1f} {y - r:.1f}L{x + r:.1f} {y + r:.1f}M{x - r:.1f} {y + r:.1f}'
            f'L{x + r:.1f} {y - r:.1f}" stroke="{color}" stroke-width="{width:g}" fill="none"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        color: str = INK,
        anchor: str = "start",
        weight: int = 400,
        after: str = "",
    ) -> None:
        """Words with their foot at ``y``, what lies behind them kept off; ``after``: quiet words beside."""
        quiet = f'<tspan fill="{QUIET}" font-weight="400" dx="5">{escape(after)}</tspan>' if after else ""
        self.shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{color}" text-anchor="{anchor}"'
            f' font-weight="{weight}" stroke="#fff" stroke-width="4" paint-order="stroke">'
            f"{escape(text)}{quiet}</text>"
        )

    def svg(self, width: float, height: float) -> str:
        body = "".join((*self.behind, *self.shapes))
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:.0f}">{body}</svg>'


# Places ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flag:
    """Where the words of a mark stand: from ``left``, in a row above (or below) the line; at which end the
    mark is."""

    row: int
    left: float
    right: float
    at_end: bool


def flags(marks: Sequence[tuple[float, float]], right: float, gap: float = 10) -> list[Flag]:
    """Rows for words at marks so that no words meet other words, nor, if it can be, another mark's stem.

    ``marks``: where each is and how wide its words are, from left to right. Words begin at their mark; where
    there is no room to the right of it they end there.
    """
    found: dict[int, Flag] = {}
    at_end = [x + width > right for x, width in marks]
    order = [place for place in reversed(range(len(marks))) if not at_end[place]]
    for place in [*order, *(place for place in range(len(marks)) if at_end[place])]:
        x, width = marks[place]
        left = max(x - width, 0) if at_end[place] else x
        tried = [Flag(row, left, left + width, at_end[place]) for row in range(len(marks) + 1)]
        placed = [(flag, marks[other][0]) for other, flag in found.items()]
        free = [flag for flag in tried if not any(_meet(flag, other, gap) for other, _ in placed)]
        found[place] = min(free, key=lambda flag: (_crossed(flag, x, placed), flag.row))
    return [found[place] for place in range(len(marks))]


def _meet(one: Flag, other: Flag, gap: float) -> bool:
    return one.row == other.row and one.left < other.right + gap and other.left < one.right + gap


def _crossed(flag: Flag, x: float, placed: Sequence[tuple[Flag, float]]) -> int:
    """How often words and stems cross: the stem of one passes all rows below its own."""
    mine = sum(other.row < flag.row and other.left - 4 < x < other.right + 4 for other, _ in placed)
    theirs = sum(flag.row < other.row and flag.left - 4 < stem < flag.right + 4 for other, stem in placed)
    return mine + theirs


def spread(wanted: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[float]:
    """Middles as near as possible to those wanted (rising) so that boxes of these widths do not overlap.

    Where all together are wider than the room they overlap evenly.
    """
    total = sum(widths)
    if total > high - low:
        step, start = (high - low) / max(len(widths), 1), low
        return [start + step * (place + 0.5) for place in range(len(widths))]
    middles: list[float] = []
    for want, width in zip(wanted, widths, strict=True):
        before = middles[-1] + widths[len(middles) - 1] / 2 if middles else low
        middles.append(max(want, before + width / 2))
    after = high
    for place in range(len(middles) - 1, -1, -1):
        middles[place] = min(middles[place], after - widths[place] / 2)
        after = middles[place] - widths[place] / 2
    return middles
