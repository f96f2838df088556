"""Figure 4: how the tail falls as the index exam moves later after injury."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from myelos.evidence import Judgement
from myelos.evidence.judgement import IndexDayCurve
from myelos.report import names
from myelos.report.figures.canvas import (
    EXPECTED,
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

LOWEST = 1e-6
FINEST = 1e-4
"""Tails below this are printed as a bound: no comparator is known that finely."""
CONVENTION = 0.025
PANEL = 2.6
FIRST, LAST = 12, 90


def draw(judgement: Judgement, words: Words, width: float) -> Picture | None:
    """One panel for each comparator; None where there is no curve or nobody improved."""
    curves = judgement.curves
    if not curves or not judgement.observed.improved[0].value:
        return None
    title = words("index-day.title")
    paper = Paper(judgement, words, width, title, words("index-day.lead"))
    across = 1 if paper.narrow else len(curves)
    left, gap, panel = 0.74, 0.26, 0.3 + PANEL + 0.55
    inner = (width - left - 0.12 - gap * (across - 1)) / across
    paper.room(panel if across > 1 else panel * len(curves))
    days = _index_days(judgement)
    for place, curve in enumerate(curves):
        x = left + (place % across) * (inner + gap)
        down = 0.0 if across > 1 else place * panel
        paper.write(x, down + 0.04, names.comparator(curve.comparator, words), size=SMALL, weight="bold")
        ax = paper.axes(x, down + 0.3, inner, PANEL)
        _frame(ax, words, labelled=place % across == 0, inner=inner)
        _lines(ax, curve, words)
        _days(ax, days, words)
    shown = [day for day in days if FIRST <= day <= LAST]
    caption = words(
        "index-day.caption",
        last=f"{curves[0].extrapolated_after:.0f}",
        days=" ".join(_outside(days, shown, words)),
        given=words("condition", given=curves[0].given) if curves[0].given else "",
    )
    return Picture(paper.figure, title, _alt(curves, words), caption)


def _index_days(judgement: Judgement) -> list[float]:
    return sorted({each.day for each in judgement.study.baselines if each.day is not None})


def _outside(days: list[float], shown: list[float], words: Words) -> list[str]:
    return [words("index-day.outside", day=f"{day:.0f}") for day in days if day not in shown]


def _frame(ax: Axes, words: Words, *, labelled: bool, inner: float) -> None:
    ax.set(xlim=(FIRST, LAST), ylim=(LOWEST, 1), yscale="log")
    ax.set_xticks([16, 30, 46, 60, 75, 90])
    ax.set_yticks([1, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6],
                  ["1", ".1", ".01", ".001", ".0001", "", ""] if labelled else [""] * 7)  # fmt: skip
    ax.minorticks_off()
    ax.set_xlabel(words("index-day.across"), size=SMALL)
    if labelled:
        ax.set_ylabel(words("index-day.up"), size=SMALL, labelpad=2)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(True)
    ax.axhspan(LOWEST, FINEST, color=NEUTRAL_TINT, linewidth=0)
    ax.axhline(CONVENTION, color=OBSERVED, linewidth=0.9)
    ax.annotate(words("index-day.convention"), (89, CONVENTION), (0, 2), textcoords="offset points",
                ha="right", va="bottom", size=SMALL, color=OBSERVED)  # fmt: skip
    for place, line in enumerate(columns(words("index-day.finest"), 0.36 * inner + 0.1, SMALL)):
        ax.annotate(line, (89, FINEST), (0, -3 - 11 * place), textcoords="offset points", ha="right",
                    va="top", size=SMALL, color=QUIET)  # fmt: skip


def _lines(ax: Axes, curve: IndexDayCurve, words: Words) -> None:
    days = np.array(curve.days)
    known = days <= curve.extrapolated_after
    for sd, values, width in ((0.0, curve.tail, 1.1), (0.5, curve.tail_shifted, 2.0)):
        line = np.array(values)
        ax.plot(days[known], line[known], color=EXPECTED, linewidth=width, zorder=3)
        later = days >= curve.extrapolated_after
        ax.plot(days[later], line[later], color=EXPECTED, linewidth=width, linestyle=(0, (3, 2)), zorder=3)
        at = float(line[0]) / (2.2 if sd else 5)
        day = float(np.interp(-np.log(at), -np.log(line), days))
        ax.annotate(words("sd", sd=names.sd(sd)), (day, at), (5, 2), textcoords="offset points", va="center",
                    size=SMALL, color=EXPECTED, zorder=4)  # fmt: skip


def _days(ax: Axes, days: list[float], words: Words) -> None:
    for day in days:
        if FIRST <= day <= LAST:
            ax.axvline(day, color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
            near = day > (FIRST + LAST) / 2
            ax.annotate(words("index-day.index", day=f"{day:.0f}"), (day, 1), (-3 if near else 3, -2),
                        textcoords="offset points", ha="right" if near else "left", va="top", size=SMALL,
                        color=INK)  # fmt: skip


def _alt(curves: tuple[IndexDayCurve, ...], words: Words) -> str:
    said = []
    for curve in curves:
        middle = curve.days.index(min(curve.days, key=lambda day: abs(day - curve.extrapolated_after)))
        said.append(
            words(
                "index-day.alt-panel",
                comparator=names.comparator(curve.comparator, words),
                first=f"{curve.days[0]:.0f}",
                early=names.short_tail(curve.tail_shifted[0]),
                last=f"{curve.days[middle]:.0f}",
                late=names.short_tail(curve.tail_shifted[middle]),
            )
        )
    return words("index-day.alt", panels="; ".join(said))
