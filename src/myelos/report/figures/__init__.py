"""The five figures of a judgement: each drawn wide for the page and narrow for a telephone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from myelos.evidence import Judgement
from myelos.report.figures import belief, expected, grades, index_day, transitions
from myelos.report.figures.canvas import NARROW, WIDE, Picture, png, styled, svg
from myelos.report.words import Words

__all__ = ["DRAWN", "Drawn", "draw"]

Draw = Callable[[Judgement, Words, float], Picture | None]

DRAWN: tuple[tuple[str, Draw], ...] = (
    ("observed-against-expected", expected.draw),
    ("belief-plane", belief.draw),
    ("transitions", transitions.draw),
    ("index-day", index_day.draw),
    ("by-grade", grades.draw),
)
"""The figures in the order of the page, by file name."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure: SVG in two widths, the wide one as PNG too, and its words."""

    name: str
    title: str
    alt: str
    caption: str
    wide: str
    narrow: str
    png: bytes


def draw(
    judgement: Judgement, words: Words, progress: Callable[[str], None] | None = None
) -> tuple[Drawn, ...]:
    """Every figure the judgement has the numbers for, in the order of the page."""
    found = []
    for name, drawing in DRAWN:
        if progress:
            progress(words("drawing", figure=words(f"figure.{name}"), study=judgement.study.id))
        with styled():
            wide, narrow = drawing(judgement, words, WIDE), drawing(judgement, words, NARROW)
        if wide is not None and narrow is not None:
            salt = f"{judgement.study.id}-{name}"
            found.append(
                Drawn(
                    name=name,
                    title=wide.title,
                    alt=wide.alt,
                    caption=wide.caption,
                    wide=svg(wide, salt),
                    narrow=svg(narrow, f"{salt}-narrow"),
                    png=png(wide),
                )
            )
    return tuple(found)
