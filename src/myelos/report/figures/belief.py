"""Figure 2: the plane on which everyone finds their own belief and sees what follows from it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from myelos.evidence import Judgement
from myelos.evidence.judgement import BeliefPlane
from myelos.report import names
from myelos.report.figures.canvas import (
    EXPECTED,
    EXPECTED_TINT,
    FAINT,
    INK,
    NEUTRAL_TINT,
    OBSERVED,
    QUIET,
    SMALL,
    Paper,
    Picture,
    columns,
)
from myelos.report.words import Words

Numbers = NDArray[np.float64]
EXAMPLE_SD = 0.5
"""The between-cohort SD of the contour drawn thick, on which the example lies."""
HIGHEST = 8.0
"""The largest odds multiplier shown."""
PLANE = 2.75
"""Inches from the top of a plane to its foot."""
HEAD = 0.52
"""Inches above a plane for its exam and its example."""
STRIP = 0.19
"""Inches for each cohort in the strip below a plane."""


def draw(judgement: Judgement, words: Words, width: float) -> Picture | None:
    """One panel for each plane, or None where there is none."""
    planes = judgement.planes
    if not planes:
        return None
    title = words("belief.title")
    low, high = (each.value for each in judgement.observed.improved)
    improved = names.of_people(low, high, judgement.observed.n, words)
    paper = Paper(judgement, words, width, title, words("belief.lead", observed=improved))
    across = 1 if paper.narrow else len(planes)
    most_dots = max(len(plane.dots) for plane in planes)
    panel = HEAD + PLANE + 0.48 + STRIP * most_dots + 0.06
    left, gap = 0.52, 0.34
    inner = (width - left - 0.12 - gap * (across - 1)) / across
    paper.room(panel * (1 if across > 1 else len(planes)) + 0.02)
    for place, plane in enumerate(planes):
        x = left + (place % across) * (inner + gap)
        down = 0.0 if across > 1 else place * panel
        _panel(paper, plane, x, down, inner, words, labelled=place % across == 0)
    caption = words("belief.caption", fixed=_fixed(planes, words), given=_given(judgement, words))
    return Picture(paper.figure, title, _alt(planes, words), caption)


def _given(judgement: Judgement, words: Words) -> str:
    return words("condition", given=names.given(judgement)) if names.given(judgement) else ""


def _panel(
    paper: Paper, plane: BeliefPlane, x: float, down: float, inner: float, words: Words, *, labelled: bool
) -> None:
    exam = names.exam(plane.exam, plane.index_day, words)
    edge = 0.05 if paper.narrow else x
    paper.write(edge, down + 0.04, words("belief.panel", exam=exam), size=SMALL, weight="bold")
    paper.write(edge, down + 0.2, _example(plane, words), size=SMALL, color=QUIET)
    ax = paper.axes(x, down + HEAD, inner, PLANE)
    rates = 100 * np.array(plane.rates)
    ax.set(xlim=(0, 60), ylim=(1, HIGHEST), yscale="log")
    ax.set_yticks([1, 1.5, 2, 3, 4, 6, 8], ["1", "1.5", "2", "3", "4", "6", "8"])
    ax.minorticks_off()
    ax.set_xticks(range(0, 61, 10), [f"{each}" for each in range(0, 61, 10)])
    ax.set_xlabel(words("belief.across"), size=SMALL)
    if labelled:
        ax.set_ylabel(words("belief.up"), size=SMALL, labelpad=1)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(True)
    lines = {sd: np.array(line) for sd, line in sorted(plane.contours.items())}
    _regions(ax, rates, lines)
    _published(ax, plane, words)
    _contours(ax, rates, lines, words)
    _say_regions(ax, inner, words)
    _mark_example(ax, plane)
    _strip(paper, ax, plane, (x, down + HEAD + PLANE + 0.48, inner), words)


def _own(plane: BeliefPlane) -> tuple[float, float] | None:
    """The default comparator's rate and the odds multiplier on the contour above it, or None without one."""
    rate = next((dot.rate.value for dot in plane.dots if dot.label == plane.comparator), None)
    line = plane.contours.get(EXAMPLE_SD)
    if rate is None or line is None:
        return None
    return rate, float(np.interp(rate, plane.rates, line))


def _example(plane: BeliefPlane, words: Words) -> str:
    """One point of the plane in words, for whoever has never seen one."""
    if (own := _own(plane)) is None:
        return ""
    rate, need = own
    code = "example" if 1 < need < HIGHEST else "example-none" if need <= 1 else "example-beyond"
    said = {"rate": names.round_percent(rate), "sd": names.sd(EXAMPLE_SD)}
    return words(f"belief.{code}", need=names.number(need, 1), highest=f"{HIGHEST:.0f}", **said)


def _mark_example(ax: Axes, plane: BeliefPlane) -> None:
    """From the default comparator up to its contour."""
    if (own := _own(plane)) is None:
        return
    rate, need = 100 * own[0], own[1]
    ax.plot([rate, rate], [1, min(need, HIGHEST)], color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    if 1 < need < HIGHEST:
        ax.plot(rate, need, "o", markersize=6.5, color=INK, markerfacecolor="white", zorder=7)


def _regions(ax: Axes, rates: Numbers, lines: dict[float, Numbers]) -> None:
    """Below every contour, above every contour, and between them."""
    ordered = list(lines.values())
    across = np.array([0.0, *rates])
    least, most = (np.array([HIGHEST, *np.minimum(line, HIGHEST)]) for line in (ordered[-1], ordered[0]))
    ax.fill_between(across, 1, least, color=EXPECTED_TINT, linewidth=0)
    ax.fill_between(across, most, HIGHEST, color=NEUTRAL_TINT, linewidth=0)


def _published(ax: Axes, plane: BeliefPlane, words: Words) -> None:
    value, low, high = (each.value or 1.0 for each in plane.published)
    ax.axhline(value, color=OBSERVED, linewidth=1.2)
    for end in (low, high):
        ax.axhline(end, color=OBSERVED, linewidth=0.7, linestyle=(0, (4, 3)))
    said = words("belief.published")
    band = words(
        "belief.published-band",
        value=names.number(value, 2),
        low=names.number(low, 2),
        high=names.number(high, 2),
    )
    for text, lift in ((said, 13.5), (band, 3)):
        ax.annotate(text, (59.4, high), (0, lift), textcoords="offset points", ha="right", va="bottom",
                    size=SMALL, color=OBSERVED)  # fmt: skip


def _contours(ax: Axes, rates: Numbers, lines: dict[float, Numbers], words: Words) -> None:
    """The contours, each with its SD at the height where they stand furthest apart."""
    for place, (sd, line) in enumerate(lines.items()):
        across, up = _down_to_one(rates, line)
        ax.plot(across, up, color=EXPECTED, linewidth=1.7 if sd == EXAMPLE_SD else 1.0)
        height = 3.2 + 0.5 * place
        at = float(np.interp(-np.log(height), -np.log(up), across))
        said = names.sd(sd) if place else words("sd", sd=names.sd(sd))
        ax.annotate(said, (at, height), (-3 if place == 0 else 0, 0), textcoords="offset points",
                    ha="center" if place else "left", va="center", size=SMALL - 0.5, color=EXPECTED,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _down_to_one(rates: Numbers, line: Numbers) -> tuple[Numbers, Numbers]:
    """The part of a contour above 1, carried on to 1 in the direction of its last two points."""
    above = int(np.sum(line > 1.0))
    if above == len(line) or above < 2:
        return rates, line
    slope = np.log(line[above - 1] / line[above - 2]) / (rates[above - 1] - rates[above - 2])
    foot = min(rates[above - 1] - np.log(line[above - 1]) / slope, rates[above])
    return np.append(rates[:above], foot), np.append(line[:above], 1.0)


def _say_regions(ax: Axes, inner: float, words: Words) -> None:
    below, above = words("belief.below"), words("belief.above")
    for place, line in enumerate(columns(above, 0.56 * inner, SMALL)):
        ax.annotate(line, (59, HIGHEST), (0, -5 - 11 * place), textcoords="offset points", ha="right",
                    va="top", size=SMALL, color=INK, weight="bold")  # fmt: skip
    lines = columns(below, 0.78, SMALL)
    for place, line in enumerate(lines):
        ax.annotate(line, (1, 1), (0, 5 + 11 * (len(lines) - 1 - place)), textcoords="offset points",
                    ha="left", va="bottom", size=SMALL, color=INK, weight="bold", zorder=8,
                    path_effects=[withStroke(linewidth=2.5, foreground=EXPECTED_TINT)])  # fmt: skip


def _strip(
    paper: Paper, plane_ax: Axes, plane: BeliefPlane, box: tuple[float, float, float], words: Words
) -> None:
    """Every cohort as a dot at its rate, named beside it, below the plane."""
    x, down, inner = box
    ax = paper.axes(x, down, inner, STRIP * len(plane.dots))
    ax.set(xlim=(0, 60), ylim=(len(plane.dots), 0), xticks=[], yticks=[])
    for row, dot in enumerate(sorted(plane.dots, key=lambda each: each.rate.value or 0.0)):
        rate, own = 100 * (dot.rate.value or 0.0), dot.label == plane.comparator
        plane_ax.plot(rate, 1.0, "o", color=INK if own else FAINT, markersize=5, clip_on=False, zorder=6)
        ax.plot(rate, row + 0.5, "o", color=INK if own else FAINT, markersize=5)
        said = words(
            "belief.dot",
            cohort=names.short_comparator(dot.label, words),
            rate=names.round_percent(dot.rate.value),
        )
        side = "left" if rate < 32 else "right"
        ax.annotate(said, (rate, row + 0.5), (6 if side == "left" else -6, 0), textcoords="offset points",
                    ha=side, va="center", size=SMALL, color=INK if own else QUIET)  # fmt: skip


def _fixed(planes: tuple[BeliefPlane, ...], words: Words) -> str:
    said = []
    for plane in planes:
        rates = [
            words("belief.fixed-rate", grade=grade, rate=names.round_percent(q.value))
            for grade, q in plane.fixed.items()
        ]
        said.append(words("belief.fixed", exam=words(f"exam.{plane.exam}"), rates=", ".join(rates)))
    return "; ".join(said)


def _alt(planes: tuple[BeliefPlane, ...], words: Words) -> str:
    said = []
    for plane in planes:
        own = next((dot for dot in plane.dots if dot.label == plane.comparator), None)
        rate = own.rate.value if own and own.rate.value is not None else 0.0
        needs = [
            words("belief.alt-need", sd=names.sd(sd), need=f"{np.interp(rate, plane.rates, line):.1f}")
            for sd, line in sorted(plane.contours.items())
        ]
        said.append(words("belief.alt-panel", exam=words(f"exam.{plane.exam}"),
                          rate=names.round_percent(rate), needs=", ".join(needs)))  # fmt: skip
    value, low, high = (names.number(each.value, 2) for each in planes[0].published)
    return words("belief.alt", panels=" ".join(said), value=value, low=low, high=high)
