"""Paper for the figures: one palette, one typography, lengths in inches, reproducible SVG and PNG."""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myelos.evidence import Judgement
from myelos.report.words import Words

WIDE = 7.4
"""Inches across on a page."""
NARROW = 3.7
"""Inches across on a telephone, where one point is one CSS pixel and a third."""
DPI = 200

INK = "#1b2530"
QUIET = "#55606b"
FAINT = "#9aa3ab"
RULE = "#d5dade"
EXPECTED = "#1f5f8b"
EXPECTED_LIGHT = "#a9c6da"
EXPECTED_TINT = "#eaf1f6"
OBSERVED = "#b4430d"
OBSERVED_TINT = "#fbeee6"
NEUTRAL_TINT = "#f3f4f5"

TITLE, TEXT, SMALL = 11.0, 9.0, 8.5
"""Type sizes in points."""
SCREEN_FONTS = "'Source Sans 3', 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans CJK JP', sans-serif"
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": QUIET,
    "axes.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.fonttype": "none",
    "path.simplify": False,
    "text.parse_math": False,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure with its words: the title, the text for those who cannot see it, the caption."""

    figure: Figure
    title: str
    alt: str
    caption: str


class Paper:
    """A figure under construction: a title, a sentence that says how to read it, and room below.

    Places are in inches from the left and from the top of the room below the words.
    """

    def __init__(self, judgement: Judgement, words: Words, width: float, title: str, lead: str) -> None:
        self.width = width
        self.narrow = width < WIDE
        self._title = _wrapped(title, width, TITLE)
        self._lead = _wrapped(lead, width, TEXT)
        self._label = words("synthetic-figure") if judgement.study.synthetic else ""
        self._study = _wrapped(words("of-study", study=judgement.study.id), width, SMALL)
        self._top = 0.08 + 0.19 * len(self._title) + 0.17 * (len(self._lead) + len(self._study)) + 0.09
        self._top += 0.22 if self._label else 0.0
        self.figure = Figure()
        self.height = 0.0

    def room(self, height: float) -> None:
        """Fix the height of the room below the words and write them."""
        self.height = self._top + height
        self.figure.set_size_inches(self.width, self.height)
        down = 0.05
        if self._label:
            self._line(down, self._label, size=SMALL, color=OBSERVED, weight="bold")
            down += 0.22
        for line in self._title:
            self._line(down, line, size=TITLE, weight="bold")
            down += 0.19
        down += 0.03
        for line in self._lead:
            self._line(down, line, size=TEXT, color=QUIET)
            down += 0.17
        for line in self._study:
            self._line(down, line, size=SMALL, color=QUIET)
            down += 0.17

    def axes(self, left: float, down: float, width: float, height: float) -> Axes:
        """Axes whose upper left corner is at (left, down), without a frame."""
        bottom = self.height - self._top - down - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        made = self.figure.add_axes(box)
        made.set_facecolor("none")
        for side in ("top", "right", "left", "bottom"):
            made.spines[side].set_visible(False)
        made.tick_params(length=2.5, width=0.6, labelsize=SMALL, pad=2.5)
        return made

    def write(
        self,
        left: float,
        down: float,
        text: str,
        *,
        size: float = TEXT,
        color: str = INK,
        weight: str = "normal",
    ) -> None:
        """One line of text, its upper edge ``down`` inches below the words."""
        self.figure.text(
            left / self.width,
            1 - (self._top + down) / self.height,
            text,
            size=size,
            color=color,
            weight=weight,
            va="top",
        )

    def _line(self, down: float, text: str, size: float, color: str = INK, weight: str = "normal") -> None:
        self.write(0.05, down - self._top, text, size=size, color=color, weight=weight)


def columns(text: str, width: float, size: float = TEXT) -> list[str]:
    """The text broken into lines that fit ``width`` inches at ``size`` points."""
    return _wrapped(text, width, size)


def _wrapped(text: str, width: float, size: float) -> list[str]:
    return textwrap.wrap(text, max(8, int((width - 0.1) * 72 / (size * 0.54)))) or [""]


def svg(picture: Picture, salt: str) -> str:
    """The figure as SVG text, the same every time; ``salt`` keeps ids apart when several share a page.

    Text stays text: laid out with DejaVu Sans, shown in the reader's own sans-serif, which is no wider.
    """
    target = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}):
        metadata = {"Date": None, "Creator": None, "Type": None, "Format": None}
        picture.figure.savefig(target, format="svg", metadata=metadata)
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", target.getvalue(), flags=re.DOTALL)
    text = text.replace("'DejaVu Sans'", SCREEN_FONTS)
    used = set(re.findall(r"(?:url\(#|xlink:href=\"#)([^)\"]+)", text))
    kept = {name: f"{re.sub('[^A-Za-z0-9-]+', '-', salt)}-{name}" for name in used}
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{kept[found[1]]}"' if found[1] in kept else "", text)
    for name, own in kept.items():
        text = text.replace(f"url(#{name})", f"url(#{own})").replace(f'href="#{name}"', f'href="#{own}"')
    return text


def png(picture: Picture) -> bytes:
    """The figure as PNG at 200 dots an inch, the same every time."""
    target = io.BytesIO()
    with mpl.rc_context(STYLE):
        picture.figure.savefig(target, format="png", dpi=DPI, metadata={"Software": None})
    return target.getvalue()


def styled() -> AbstractContextManager[None]:
    """The room's style for as long as a figure is drawn."""
    return mpl.rc_context(STYLE)
