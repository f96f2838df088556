"""Figure 1: the people who improved against what every comparator would lead one to expect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from matplotlib.axes import Axes

from myelos.evidence import Judgement, Reading
from myelos.report import names
from myelos.report.figures.canvas import (
    EXPECTED,
    EXPECTED_LIGHT,
    INK,
    OBSERVED,
    OBSERVED_TINT,
    QUIET,
    RULE,
    SMALL,
    Paper,
    Picture,
)
from myelos.report.words import Words

NAMES_WIDE = 3.4
"""Inches kept for the names at the left of a wide figure; a narrow one has them above each line."""


def draw(judgement: Judgement, words: Words, width: float) -> Picture | None:
    """The figure, or None where no reading has an expected number."""
    told = [each for each in judgement.readings if each.expected.value is not None]
    if not told:
        return None
    n = judgement.observed.n
    fewest, most = (each.value or 0.0 for each in judgement.observed.improved)
    observed = names.of_people(fewest, most, n, words)
    title = words("expected.title")
    paper = Paper(judgement, words, width, title, words("expected.lead", n=n))
    row, left = (0.44, 0.12) if paper.narrow else (0.3, NAMES_WIDE)
    places = list(_places(told, row))
    body = places[-1][0] + 0.5 * row + 0.04
    paper.room(0.28 + body + 0.5)
    ax = paper.axes(left, 0.28, width - left - 0.22, body)
    ax.set(xlim=(0, n), ylim=(body, 0), yticks=[])
    _scale(ax, n, words)
    _observed(ax, fewest, most, words("expected.observed", observed=observed))
    for down, reading in places:
        _row(ax, down, reading, labelled=not paper.narrow)
        _name(paper, reading, 0.28 + down, words)
    for down, heading in _headings(told, row, words):
        paper.write(0.05, 0.28 + down, heading, size=SMALL, color=QUIET, weight="bold")
    caption = words("expected.caption", given=_given(judgement, words))
    return Picture(paper.figure, title, _alt(told, observed, words), caption)


def _given(judgement: Judgement, words: Words) -> str:
    return words("condition", given=names.given(judgement)) if names.given(judgement) else ""


def _groups(told: list[Reading]) -> Iterator[tuple[str, list[Reading]]]:
    for exam, readings in groupby(told, key=lambda each: each.exam):
        yield exam, list(readings)


def _places(told: list[Reading], row: float) -> Iterator[tuple[float, Reading]]:
    """The middle of every reading's line, in inches from the top of the axes."""
    down = 0.0
    for _, readings in _groups(told):
        down += 0.3
        for reading in readings:
            yield down + (0.68 if row > 0.4 else 0.5) * row, reading
            down += row


def _headings(told: list[Reading], row: float, words: Words) -> Iterator[tuple[float, str]]:
    down = 0.06
    for exam, readings in _groups(told):
        yield down, words("expected.counted-from", exam=words(f"exam.{exam}"))
        down += 0.3 + row * len(readings)


def _scale(ax: Axes, n: int, words: Words) -> None:
    step = max(1, round(n / 13))
    ax.set_xticks(range(0, n + 1, step))
    ax.set_xlabel(words("expected.axis"), size=SMALL)
    ax.grid(axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines["bottom"].set_visible(True)


def _observed(ax: Axes, fewest: float, most: float, said: str) -> None:
    if fewest == most:
        ax.axvline(fewest, color=OBSERVED, linewidth=2, zorder=1)
    else:
        ax.axvspan(fewest, most, color=OBSERVED_TINT, zorder=0)
    middle = (fewest + most) / 2
    side = "right" if middle > 0.6 * ax.get_xlim()[1] else "left"
    ax.annotate(
        said, (middle, 0), (1 if side == "right" else -1, 4), textcoords="offset points", ha=side,
        va="bottom", color=OBSERVED, weight="bold", annotation_clip=False,
    )  # fmt: skip


def _row(ax: Axes, down: float, reading: Reading, *, labelled: bool) -> None:
    """Thin line: cohorts differ (the second shift); thick: rates taken as given; dot: expected."""
    sharp, shifted = reading.predictions[0], reading.predictions[1]
    ax.plot([shifted.low.value or 0, shifted.high.value or 0], [down, down], color=EXPECTED, linewidth=1.2)
    ax.plot(
        [sharp.low.value or 0, sharp.high.value or 0], [down, down], color=EXPECTED_LIGHT, linewidth=6,
        solid_capstyle="butt", zorder=2,
    )  # fmt: skip
    expected = reading.expected.value or 0.0
    fill = EXPECTED if reading.default else "white"
    ax.plot(expected, down, "o", markersize=6.5, color=EXPECTED, markerfacecolor=fill, zorder=4)
    if labelled:
        ax.annotate(
            names.number(expected), (expected, down), (0, 4.5), textcoords="offset points", ha="center",
            va="bottom", size=SMALL, color=INK, zorder=5,
        )  # fmt: skip


def _name(paper: Paper, reading: Reading, down: float, words: Words) -> None:
    weight = "bold" if reading.default else "normal"
    said = names.comparator(reading, words)
    if paper.narrow:
        said = words("expected.with-number", comparator=said, expected=names.number(reading.expected.value))
        paper.write(0.05, down - 0.26, said, size=SMALL, weight=weight)
    else:
        paper.write(0.05, down - 0.07, said, size=SMALL, weight=weight)


def _alt(told: list[Reading], observed: str, words: Words) -> str:
    rows = [
        words(
            "expected.alt-row",
            comparator=names.comparator(each, words),
            exam=words(f"exam.{each.exam}"),
            expected=names.number(each.expected.value),
            interval=names.span(each.predictions[1].low.value, each.predictions[1].high.value, words),
        )
        for each in told
    ]
    return words("expected.alt", observed=observed, rows="; ".join(rows))
