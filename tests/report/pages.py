"""A reader of the page: its tags, the text a reader sees, and its tables cell by cell."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.evidence.naive import judged

from myelos.evidence import Judgement
from myelos.report.figures import draw
from myelos.report.page import render
from myelos.report.words import Words

VOID = {"meta", "br", "hr", "img", "input", "link"}


def spaced(text: str) -> str:
    """The text with every run of white space as one plain space."""
    return " ".join(text.split())


@dataclass
class Told:
    """One cell: what it says, the smaller lines below it, whether it is a number."""

    number: bool
    rows: int = 1
    lines: list[str] = field(default_factory=lambda: [""])

    @property
    def text(self) -> str:
        return spaced(self.lines[0])

    @property
    def small(self) -> str:
        return spaced(" ".join(self.lines[1:]))


@dataclass
class Section:
    """What stands within one element that has a class of its own: a table, a block, a figure."""

    name: str
    pieces: list[str] = field(default_factory=list)
    rows: list[list[Told]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return spaced(" ".join(self.pieces))

    def numbers(self) -> list[list[Told]]:
        """The cells of the body that hold numbers."""
        found = [[cell for cell in row if cell.number] for row in self.rows]
        return [row for row in found if row]


class Page(HTMLParser):
    """The page as a reader meets it; ``sections`` by class of ``<section>``, ``<figure>``, ``<article>``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.sections: list[Section] = []
        self._within: list[tuple[int, Section]] = []
        self._cell: Told | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag in VOID:
            return
        self.open.append(tag)
        if tag in ("section", "figure", "article"):
            self.sections.append(Section(given.get("class") or given.get("id", "")))
            self._within.append((len(self.open), self.sections[-1]))
        if tag == "tr" and self._within and "tbody" in self.open:
            self._within[-1][1].rows.append([])
        if tag == "td" and self._within and "tbody" in self.open:
            self._cell = Told("number" in given.get("class", ""))
            self._within[-1][1].rows[-1].append(self._cell)
        if tag == "small" and self._cell:
            self._cell.lines.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1][0] == len(self.open):
            self._within.pop()
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        if tag == "td":
            self._cell = None

    def handle_data(self, data: str) -> None:
        if {"style", "defs"} & set(self.open):
            return
        self.pieces.append(data)
        for _, section in self._within:
            section.pieces.append(data)
        if self._cell:
            self._cell.lines[-1] += data

    @property
    def text(self) -> str:
        return spaced(" ".join(self.pieces))

    def each(self, name: str) -> Iterator[str]:
        return (attrs[name] for _, attrs in self.tags if name in attrs)

    def named(self, name: str) -> list[Section]:
        return [each for each in self.sections if name in each.name.split()]

    def table(self, code: str) -> Section | None:
        """The table whose caption has this code among the room's words."""
        caption = spaced(Words()(code))
        return next((each for each in self.named("table") if each.text.startswith(caption)), None)

    def table_of(self, caption: str) -> list[list[Told]]:
        """The rows of the table whose caption begins so. Raises StopIteration for none."""
        return next(each.rows for each in self.named("table") if each.text.startswith(caption))


def page_of(*judgements: Judgement) -> Page:
    words = Words()
    return Page(render(judgements, [draw(each, words) for each in judgements], words))


@functools.cache
def shipped_page(name: str) -> Page:
    return page_of(judged(name))


def chance(value: float | None) -> str:
    """A chance as the page must print it: a bound at either end, else two figures after its noughts."""
    if value is None:
        return "not available"
    if value < 0.0001 or value > 0.995:
        return "< .0001" if value < 0.0001 else "> .99"
    digits = 2 if value >= 0.095 else 3 if value >= 0.0095 else 4
    return f"{value:.{digits}f}".removeprefix("0")


def people(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else re.sub(r"^-(0\.?0*)$", r"\1", f"{value:.{digits}f}")


def span(low: float | None, high: float | None, digits: int = 0) -> str:
    """``3 to 11``; one number where both ends are printed alike."""
    ends = people(low, digits), people(high, digits)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def share(value: float | None) -> str:
    return "–" if value is None else "< 1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"
