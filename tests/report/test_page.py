"""The page: self-contained, honest about what it rests on, and with the judgement's own numbers."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.house.test_words import offences

from myelos.evidence import Judgement, judge, load_study, shipped_studies
from myelos.report.figures import draw
from myelos.report.page import render
from myelos.report.words import Words

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Tags with their attributes, and the text a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not {"style", "defs"} & set(self.open):
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.pieces))

    def each(self, name: str) -> Iterator[str]:
        return (attrs[name] for _, attrs in self.tags if name in attrs)


def page_of(*judgements: Judgement) -> Page:
    words = Words()
    return Page(render(judgements, [draw(each, words) for each in judgements], words))


@pytest.fixture(scope="module")
def html(report: Path) -> str:
    return (report / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def worked(honmou: Judgement) -> Page:
    return page_of(honmou)


def test_every_element_is_closed(page: Page) -> None:
    """The page is well formed."""
    assert page.open == []


def test_the_page_fetches_nothing_and_runs_nothing(html: str, page: Page) -> None:
    """No network, no script: it opens anywhere, for ever."""
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "img", "base", "form"}
    assert list(page.each("src")) == []
    assert [name for _, attrs in page.tags for name in attrs if name.startswith("on")] == []
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", html)
    away = {href for tag, attrs in page.tags if (href := attrs.get("href", "")) and not href.startswith("#")}
    assert {re.sub(r"^(https://doi\.org/).*", r"\1", href) for href in away} == {"https://doi.org/"}


def test_every_id_is_there_once_and_every_reference_has_its_target(page: Page) -> None:
    """Two studies on one page do not mix up their figures."""
    ids = list(page.each("id"))
    assert len(ids) == len(set(ids))
    links = {href[1:] for name in ("href", "xlink:href") for href in page.each(name) if href.startswith("#")}
    labels = {each for value in page.each("aria-labelledby") for each in value.split()}
    drawn = {each for value in page.each("clip-path") for each in re.findall(r"url\(#([^)]+)\)", value)}
    assert (links | labels | drawn) - set(ids) == set()


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    """A language, a heading a study, and words for every figure."""
    assert next(attrs["lang"] for tag, attrs in page.tags if tag == "html") == "en"
    assert sum(tag == "h1" for tag, _ in page.tags) == 2
    drawings = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(drawings) >= 10
    assert all(each.get("role") == "img" and len(each.get("aria-label", "")) > 40 for each in drawings)


def test_text_of_a_study_stays_text(html: str, page: Page) -> None:
    """A title is shown as it is written, never taken for markup or for mathematics."""
    assert "A made-up trial <b>& $x$</b>" in page.text
    assert "<b>& $x$" not in html


def test_made_up_people_are_labelled_on_page_and_figures(page: Page, worked: Page) -> None:
    """Synthetic everywhere, and only where it is so."""
    assert "these people are made up" in page.text
    assert page.text.count("SYNTHETIC DATA") >= 6
    assert "ynthetic" not in worked.text
    assert "SYNTHETIC" not in worked.text


@pytest.mark.parametrize(
    "must",
    [
        "12 of 13",
        "64.0 and 99.8 %",
        "given the recalled split",
        "recommends no treatment",
        "registered, not analysed: unknown",
        "confounding only",
        "not available",
        "all splits: < .0001 to .31",
        "5 of 6",
        "There was no concurrent control group".lower(),
    ],
)
def test_the_worked_page_says_what_it_must(worked: Page, must: str) -> None:
    """What was seen, under which condition, and what is not known."""
    assert must in worked.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_numbers_of_the_page_are_those_of_the_judgement(worked: Page, honmou: Judgement) -> None:
    """Expected people, intervals and tails stand on the page as the judgement has them, rounded."""
    text = worked.text.replace("\N{NO-BREAK SPACE}", " ")
    for told in honmou.readings:
        low, high = told.predictions[1].low.value, told.predictions[1].high.value
        assert f"{told.expected.value:.1f} {low:.0f} to {high:.0f}" in text
        for need in told.bias_needed:
            if (need.odds_multiplier.value or 0) < 100:
                assert f"{need.odds_multiplier.value:.2f}" in text
        for chance in (tail.value.value for tail in told.tails if tail.value.value):
            digits = 2 if chance >= 0.095 else 3 if chance >= 0.0095 else 4
            printed = f" {chance:.{digits}f}".replace(" 0", " ") if chance >= 0.0001 else " < .0001"
            assert f"{printed} " in text


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_the_page_of_every_shipped_study_claims_no_more_than_it_bears(name: str) -> None:
    """No forbidden word, no empty value, and the same sober footer, whatever the study."""
    made = page_of(judge(load_study(name)))
    assert offences(made.text) == []
    assert not re.search(r"\bNone\b|\bnan\b|\binf\b|[{}]", made.text)
    assert "recommends no treatment" in made.text
