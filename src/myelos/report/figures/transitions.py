"""Figure 3: the grades person by person, from the index exam to follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from matplotlib.axes import Axes

from myelos.evidence import Judgement
from myelos.evidence.study import Transition
from myelos.evidence.study.grades import GRADES, Event
from myelos.report import names
from myelos.report.figures.canvas import (
    EXPECTED,
    FAINT,
    INK,
    OBSERVED,
    QUIET,
    RULE,
    SMALL,
    Paper,
    Picture,
    columns,
)
from myelos.report.words import Words

PANEL = 2.0
"""Inches from grade E down to grade A."""
HEADING = 0.34
BETWEEN = 0.62
"""How much of the space between two grades the people of one grade may take."""


def draw(judgement: Judgement, words: Words, width: float) -> Picture | None:
    """One panel for each index grade, one line for each person."""
    people = judgement.study.baselines[0].transitions
    panels = [
        (code, [each for each in people if each.baseline == code and each.count])
        for code in dict.fromkeys(each.baseline for each in people)
    ]
    panels = [(code, group) for code, group in panels if group]
    if not panels:
        return None
    title = words("transitions.title")
    paper = Paper(judgement, words, width, title, words("transitions.lead"))
    across = min(len(panels), 2 if paper.narrow else 4)
    down_by, left = HEADING + PANEL + 0.3, 0.3
    each_width = min((width - left) / across, 2.6)
    paper.room(down_by * -(-len(panels) // across))
    for place, (code, group) in enumerate(panels):
        x = left + (place % across) * each_width
        _panel(paper, code, group, (x, down_by * (place // across), each_width), words)
    return Picture(paper.figure, title, _alt(panels, words), _caption(judgement, words))


def _panel(
    paper: Paper, code: str, group: Sequence[Transition], box: tuple[float, float, float], words: Words
) -> None:
    x, down, width = box
    n = sum(each.count for each in group)
    heading = words("transitions.panel", grade=names.code(code, words), n=n)
    for place, line in enumerate(columns(heading, width - 0.1, SMALL)[:2]):
        paper.write(x, down + 0.06 + 0.15 * place, line, size=SMALL, weight="bold")
    ax = paper.axes(x, down + HEADING, width * 0.98, PANEL)
    ax.set(xlim=(-0.06, 1.9), ylim=(-0.5, 4.3), xticks=[])
    ax.set_yticks(range(5), list(GRADES))
    ax.tick_params(axis="y", length=0, colors=INK)
    for level in range(5):
        ax.plot([0, 1], [level, level], color=RULE, linewidth=0.6, zorder=0)
    ax.annotate(words("transitions.index"), (0, -0.5), (0, -3), textcoords="offset points", ha="left",
                va="top", size=SMALL, color=QUIET, annotation_clip=False)  # fmt: skip
    ax.annotate(words("transitions.followup"), (1, -0.5), (0, -3), textcoords="offset points", ha="left",
                va="top", size=SMALL, color=QUIET, annotation_clip=False)  # fmt: skip
    step = min(0.12, BETWEEN / max(n, 1))
    person = 0
    ordered = sorted(group, key=lambda each: _middle({after for _, after in each.pairs}))
    taken: list[float] = []
    for each in ordered:
        offsets = [(person + i - (n - 1) / 2) * step for i in range(each.count)]
        _people(ax, each, offsets)
        _count(ax, each, sum(offsets) / len(offsets), taken, words, room=0.4 * width)
        person += each.count


def _middle(grades: set[str]) -> float:
    places = [GRADES.index(grade) for grade in grades]
    return (min(places) + max(places)) / 2


def _people(ax: Axes, each: Transition, offsets: Sequence[float]) -> None:
    befores, afters = {before for before, _ in each.pairs}, {after for _, after in each.pairs}
    coarse = len(befores) > 1 or len(afters) > 1
    for x, grades in ((0.0, befores), (1.0, afters)):
        if len(grades) > 1:
            ends = [GRADES.index(min(grades)) - 0.3, GRADES.index(max(grades)) + 0.3]
            ax.plot([x, x], ends, color=RULE, linewidth=7, solid_capstyle="round", zorder=0)
    for offset in offsets:
        ax.plot(
            [0, 1],
            [_middle(befores) + offset, _middle(afters) + offset],
            color=_colour(each),
            linewidth=1.3,
            linestyle=(0, (3, 1.5)) if coarse else "-",
            marker="o",
            markersize=3.2,
            zorder=3,
        )


def _colour(each: Transition) -> str:
    may, must = each.may_and_must(Event.ONE_GRADE)
    if must:
        return OBSERVED
    worse = all(GRADES.index(after) < GRADES.index(before) for before, after in each.pairs)
    if may:
        return FAINT
    return EXPECTED if worse else QUIET


def _count(
    ax: Axes, each: Transition, offset: float, taken: list[float], words: Words, *, room: float
) -> None:
    """How many people end here, in ``room`` inches, moved up where the line above it is taken."""
    said = words("transitions.count", n=each.count, grade=names.code(each.followup, words))
    height = _middle({after for _, after in each.pairs}) + offset
    lines = columns(said, room, SMALL)
    while any(abs(height - other) < 0.34 * len(lines) for other in taken):
        height += 0.1
    taken.append(height)
    for place, line in enumerate(lines):
        ax.annotate(line, (1.08, height), (0, 5.5 * (len(lines) - 1) - 11 * place),
                    textcoords="offset points", va="center", size=SMALL, color=_colour(each))  # fmt: skip


def _caption(judgement: Judgement, words: Words) -> str:
    parts = [words("transitions.caption")]
    if judgement.study.split_recalled:
        parts.append(words("transitions.recalled"))
    if any(len(each.pairs) > 1 for each in judgement.study.baselines[0].transitions):
        parts.append(words("transitions.coarse"))
    first, *others = judgement.study.baselines
    if others and all(each.transitions == first.transitions for each in others):
        parts.append(words("transitions.either"))
    elif others:
        parts.append(words("transitions.first", exam=words(f"exam.{first.exam}")))
    return " ".join(parts)


def _alt(panels: list[tuple[str, list[Transition]]], words: Words) -> str:
    said = []
    for code, group in panels:
        ends = [
            words("transitions.count", n=sum(each.count for each in same), grade=names.code(followup, words))
            for followup, same in groupby(group, key=lambda each: each.followup)
        ]
        said.append(words("transitions.alt-panel", grade=names.code(code, words), ends=", ".join(ends)))
    return words("transitions.alt", panels="; ".join(said))
