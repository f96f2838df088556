"""Figure 5: what each index grade contributes, one mark for each person."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from myelos.evidence import Judgement, Reading
from myelos.evidence.judgement import GradeShare
from myelos.report import names
from myelos.report.figures.canvas import (
    EXPECTED,
    FAINT,
    INK,
    OBSERVED,
    QUIET,
    SMALL,
    Paper,
    Picture,
    columns,
)
from myelos.report.words import Words

ROW = 0.84
BOX = 0.22
"""Inches across of one person's box, where there is room."""


def draw(judgement: Judgement, words: Words, width: float) -> Picture | None:
    """One panel for each default reading; None where no reading tells the grades apart."""
    readings = [each for each in names.defaults(judgement) if each.grades][:2]
    if not readings:
        return None
    title = words("by-grade.title")
    paper = Paper(judgement, words, width, title, words("by-grade.lead"))
    across = 1 if paper.narrow else len(readings)
    rows = max(len(each.grades) for each in readings)
    panel, gap = 0.5 + ROW * rows + 0.1, 0.25
    inner = (width - 0.1 - gap * (across - 1)) / across
    paper.room(panel if across > 1 else panel * len(readings))
    for place, reading in enumerate(readings):
        x = 0.05 + (place % across) * (inner + gap)
        down = 0.0 if across > 1 else place * panel
        _panel(paper, reading, (x, down, inner), words)
    given = names.given(judgement)
    caption = words("by-grade.caption", given=words("condition", given=given) if given else "")
    return Picture(paper.figure, title, _alt(readings, words), caption)


def _panel(paper: Paper, reading: Reading, box: tuple[float, float, float], words: Words) -> None:
    x, down, inner = box
    exam = names.exam(reading.exam, reading.index_day, words)
    heading = [words("by-grade.panel", exam=exam), names.comparator(reading, words)]
    for place, line in enumerate(heading):
        paper.write(x, down + 0.04 + 0.16 * place, line, size=SMALL, color=QUIET if place else INK,
                    weight="normal" if place else "bold")  # fmt: skip
    for place, share in enumerate(reading.grades):
        top = down + 0.5 + ROW * place
        n = share.n.value or 0.0
        size = min(BOX, (inner - 0.3) / max(n, 1))
        paper.write(x, top + 0.02, share.grade, size=12, weight="bold")
        ax = paper.axes(x + 0.24, top - 0.05, n * size, BOX + 0.14)
        ax.set(xlim=(0, n), ylim=(0, BOX + 0.14), xticks=[], yticks=[])
        _boxes(ax, share)
        for line_place, line in enumerate(_lines(share, inner, words)):
            paper.write(x + 0.24, top + 0.34 + 0.15 * line_place, line, size=SMALL, color=QUIET)


def _boxes(ax: Axes, share: GradeShare) -> None:
    """A box for each person, filled where improved; a bar where the comparator expects to end."""
    improved = share.improved.value or 0.0
    for person in range(int(share.n.value or 0)):
        filled = person < improved
        ax.add_patch(
            Rectangle(
                (person + 0.06, 0.07),
                0.88,
                BOX,
                facecolor=OBSERVED if filled else "white",
                edgecolor=OBSERVED if filled else FAINT,
                linewidth=0.7,
            )
        )
    expected = share.expected.value or 0.0
    ax.plot([expected, expected], [0, BOX + 0.14], color="white", linewidth=3.4, clip_on=False,
            solid_capstyle="butt")  # fmt: skip
    ax.plot([expected, expected], [0, BOX + 0.14], color=EXPECTED, linewidth=2.2, clip_on=False,
            solid_capstyle="butt")  # fmt: skip


def _lines(share: GradeShare, inner: float, words: Words) -> list[str]:
    counted = words(
        "by-grade.counted",
        improved=names.number(share.improved.value, 0),
        n=names.number(share.n.value, 0),
        expected=names.number(share.expected.value),
    )
    tails = words("by-grade.tails", known=names.short_tail(share.tail.value),
                  shifted=names.short_tail(share.tail_shifted.value))  # fmt: skip
    return columns(counted, inner - 0.2, SMALL) + columns(tails, inner - 0.2, SMALL)


def _alt(readings: list[Reading], words: Words) -> str:
    said = []
    for reading in readings:
        rows = [
            words(
                "by-grade.alt-row",
                grade=share.grade,
                improved=names.number(share.improved.value, 0),
                n=names.number(share.n.value, 0),
                expected=names.number(share.expected.value),
            )
            for share in reading.grades
        ]
        panel = words("by-grade.alt-panel", exam=words(f"exam.{reading.exam}"), rows=", ".join(rows))
        said.append(panel)
    return words("by-grade.alt", panels="; ".join(said))
