"""The page: self-contained, and honest about what it rests on."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.evidence.naive import judged
from tests.house.test_words import offences
from tests.report.pages import Page, Section, page_of, shipped_page, spaced

from myelos.evidence import Judgement, shipped_studies
from myelos.report.words import Words

CONDITION = "given the recalled split"
NOT_OF_THE_SPLIT = ("observed.caption", "visits.caption", "sources.caption")
"""Tables whose numbers do not rest on who had which grade."""


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page((report / "index.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def worked() -> Page:
    return shipped_page("honmou-2021")


def sound(page: Page) -> None:
    """Well formed, self-contained, without script, every id once and every reference with its target."""
    assert page.open == []
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "img", "image", "base", "form", "video"}
    names = {name for _, attrs in page.tags for name in attrs}
    assert not names & {"src", "srcset", "data", "poster", "action", "background", "ping"}
    assert [name for name in names if name.startswith("on")] == []
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", re.sub(r"&\w+;", "", page.html))
    for tag, attrs in page.tags:
        for href in (attrs[name] for name in ("href", "xlink:href") if name in attrs):
            assert href.startswith("#") or (tag == "a" and href.startswith("https://doi.org/10.")), href
    ids = list(page.each("id"))
    assert len(ids) == len(set(ids))
    links = {href[1:] for name in ("href", "xlink:href") for href in page.each(name) if href.startswith("#")}
    labels = {each for value in page.each("aria-labelledby") for each in value.split()}
    drawn = {
        each
        for _, attrs in page.tags
        for value in attrs.values()
        for each in re.findall(r"url\(#([^)]+)\)", value)
    }
    assert (links | labels | drawn) - set(ids) == set()


def accessible(page: Page, studies: int) -> None:
    """A language, one first heading a study, and words for every drawing."""
    assert next(attrs["lang"] for tag, attrs in page.tags if tag == "html") == "en"
    assert sum(tag == "h1" for tag, _ in page.tags) == studies
    drawings = [attrs for tag, attrs in page.tags if tag == "svg" and "aria-hidden" not in attrs]
    assert drawings
    assert all(each.get("role") == "img" and len(each.get("aria-label", "")) > 40 for each in drawings)


def test_the_page_of_two_studies_is_sound_and_can_be_read_without_seeing_it(page: Page) -> None:
    """No network, no script; two studies on one page do not mix up their figures."""
    sound(page)
    accessible(page, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_the_page_of_every_shipped_study_claims_no_more_than_it_bears(name: str) -> None:
    """Sound, no forbidden word in text or labels, no empty value, recommends nothing, nobody made up."""
    made = shipped_page(name)
    sound(made)
    accessible(made, 1)
    seen = f"{made.text} {' '.join(made.each('aria-label'))}"
    assert offences(seen) == []
    assert not re.search(r"\bNone\b|\bnan\b|\binf\b|[{}]", seen)
    assert all(Words()("research-only") in each.text for each in made.named("study"))
    assert not re.search("synthetic|made.up", seen, re.IGNORECASE)
    assert [attrs for _, attrs in made.tags if "banner" in attrs.get("class", "")] == []


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"><i>'&amp;", "${7*7}{{7*7}}$x^2$", "<!-- ]]>"]
)
def test_whatever_a_study_says_stays_text(text: str) -> None:
    """Title, source, arm, id and note are shown as written, never taken for markup or for mathematics."""
    judgement = judged("park-2005")
    study = replace(judgement.study, id=text, title=text, source=text, arm=text, certainty_note=text)
    page = page_of(replace(judgement, study=study))
    sound(page)
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in shipped_page("park-2005").tags}
    assert page.text.count(spaced(text)) >= 5


def test_made_up_people_are_labelled_on_page_and_figures(page: Page, synthetic: Judgement) -> None:
    """Each made-up study under a banner and on every drawing, and the published one beside it nowhere."""
    published, made_up = page.named("study")
    assert "synthetic" in made_up.name
    assert synthetic.study.title in made_up.text
    assert made_up.text.startswith(Words()("synthetic"))
    figures = [each for each in page.sections if each.name.startswith("study-2-")]
    assert len(figures) >= 4
    assert all(each.text.count("SYNTHETIC") >= 2 for each in figures)
    assert not re.search("synthetic|made.up", published.text, re.IGNORECASE)


def test_every_number_of_the_recalled_split_has_its_condition_beside_it(worked: Page) -> None:
    """In every block, table and figure that rests on the split; a known split has no such words."""
    free = [worked.table(code) for code in NOT_OF_THE_SPLIT]
    blocks = [each for each in worked.named("block") if "observed" not in each.name]
    figures = [each for each in worked.sections if each.name.startswith("study-1-")]
    assert (len(blocks), len(figures)) == (4, 5)
    for each in [*blocks, *figures, *(each for each in worked.named("table") if each not in free)]:
        assert CONDITION in each.text or Words()("transitions.recalled") in each.text, each.text[:60]
    assert CONDITION not in shipped_page("inspire-2019").text


def headed(section: Section) -> Iterator[str]:
    return (each.small for row in section.numbers() for each in row)


def test_the_range_over_all_splits_stands_beside_the_chances(worked: Page, honmou: Judgement) -> None:
    """Once for every chance at known rates, and the splits at its ends in the note."""
    readings = worked.table("readings.caption")
    assert readings
    told = sum(tail.over_splits is not None for each in honmou.readings for tail in each.tails)
    assert told >= 10
    assert sum("all splits" in text for text in headed(readings)) == told
    assert f"over all {honmou.readings[0].tails[0].over_splits.splits} ways" in readings.text  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["honmou-2021", "inspire-2019"])
def test_people_registered_and_not_analysed_are_unknown_where_nobody_said(name: str) -> None:
    """No number is made up for the missing, on the first screen and in the table."""
    found = [shipped_page(name).table("unreported.caption"), *shipped_page(name).named("alone")]
    assert [bool(each and "unknown" in each.text) for each in found] == [True, True]


def test_people_registered_and_not_analysed_are_counted_where_known(page: Page) -> None:
    """9 registered, 6 analysed: 3 are missing."""
    said = Words()("unreported.missing", missing=3, registered=9, analysed=6)
    assert said in page.named("study")[1].text
    assert said not in page.named("study")[0].text


def test_the_e_value_is_of_confounding_only(worked: Page) -> None:
    """It never stands without saying so, and a reader learns what it does not cover."""
    table = worked.table("evalue.caption")
    assert table
    assert "confounding only" in table.text
    assert all(each in table.text for each in ("examiners", "missing people", "chance"))
    others = [each for each in worked.sections if each.name != "table" and "study" not in each.name]
    assert [each.name for each in others if "E-value" in each.text and "confound" not in each.text] == []


def test_the_worked_page_says_what_it_must(worked: Page) -> None:
    """What was seen with its interval, who improved, and that nobody was compared."""
    for must in ("12 of 13", "64.0 and 99.8 %", "5 of 6", "no concurrent control group"):
        assert must in worked.text.lower()
