"""The pages about people in a real browser: desktop and telephone, both languages, on paper, no network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from examples.twenty_people.people import script
from playwright.sync_api import Browser, Page, sync_playwright
from tests.protocol.played import TRIAL
from tests.report.made_people import eventful, screened_only, twenty
from tests.report.test_browser import CUT, FLAGS, OUTSIDE, OVERLAPS, SIZES

from myelos.report import write_people

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
MIDDLE = {"middle": (960, 800), "between": (1100, 800)}
SMALLEST = """() => [...document.querySelectorAll('body *')].flatMap(e => {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!own || !e.checkVisibility()) return [];
  const svg = e.closest('svg');
  const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  const size = parseFloat(getComputedStyle(e).fontSize) * scale;
  return size < 9 ? [e.textContent.trim().slice(0, 30) + ' ' + size] : [];
})"""
PAGES = {
    "twenty": ("people.html", 1, 18),
    "eventful": ("people.html", 1, 2, 3, 5, 7, 8),
    "screened": ("people.html", 1),
}
"""The pages looked at: the overview, and people by number."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and CI must have it")
        pytest.skip("needs Debian's chromium (apt-get install chromium)")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module", params=["en", "ja"])
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Three trials in one language, a folder each."""
    out = tmp_path_factory.mktemp("people")
    for name, trial in (("twenty", twenty()), ("eventful", eventful()), ("screened", screened_only())):
        write_people(trial, TRIAL, out / name, language=request.param, synthetic=True)
    return out


def files(folder: Path) -> Iterator[Path]:
    for name, looked_at in PAGES.items():
        for each in looked_at:
            if isinstance(each, int):
                yield folder / name / "people" / f"{script(each).person.strip('*')}.html"
            else:
                yield folder / name / each


@pytest.fixture(scope="module", params=[*SIZES, *MIDDLE])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = {**SIZES, **MIDDLE}[request.param]
    made = browser.new_page(viewport={"width": width, "height": height})
    yield made
    made.close()


def test_every_page_can_be_read_at_every_width(page: Page, folder: Path) -> None:
    """Nothing fetched, nothing said; no sideways scrolling, no overlap, nothing cut, no tiny letters."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for file in files(folder):
        asked.clear()
        page.goto(file.as_uri())
        where = f"{file.parent.name}/{file.name}"
        assert asked == [file.as_uri()], where
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], where
        assert page.evaluate(OVERLAPS, ".drawing svg, .people svg") == [], where
        assert page.evaluate(OVERLAPS, "header, .counts, .legend, .people") == [], where
        assert page.evaluate(CUT, "header, .why, figcaption, .legend, .people .far, .times") == [], where
        assert page.evaluate(OUTSIDE) == [], where
        assert page.evaluate(SMALLEST) == [], where
    assert said == []


def test_one_drawing_of_two_is_shown(page: Page, folder: Path) -> None:
    """Wide on a desk, narrow on a telephone, never both."""
    for file in files(folder):
        page.goto(file.as_uri())
        for holder in page.query_selector_all("figure.hero, .people .person .course"):
            shown = [holder.query_selector(f".{each}").is_visible() for each in ("wide", "narrow")]  # type: ignore[union-attr]
            assert sorted(shown) == [False, True]


def test_a_link_leads_to_the_person_and_back(page: Page, folder: Path) -> None:
    """From the overview to a page, to the next person, and back."""
    page.goto((folder / "twenty" / "people.html").as_uri())
    page.click(f"text={script(2).person}")
    assert script(2).person in page.inner_text("h1")
    page.click("nav a:last-child")
    assert script(3).person in page.inner_text("h1")
    page.click("nav a:first-child")
    assert page.url.endswith("/twenty/people.html")


def test_on_paper_the_line_is_whole(browser: Browser, folder: Path) -> None:
    """A4 landscape (about 1040 pixels between the margins): the wide drawing, no navigation, nothing lost."""
    page = browser.new_page(viewport={"width": 1010, "height": 680})
    page.emulate_media(media="print")
    for file in files(folder):
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 1010
        for holder in page.query_selector_all("figure.hero, .people .person .course"):
            assert holder.query_selector(".wide").is_visible()  # type: ignore[union-attr]
            assert not holder.query_selector(".narrow").is_visible()  # type: ignore[union-attr]
        assert page.query_selector("nav") is None or not page.query_selector("nav").is_visible()  # type: ignore[union-attr]
    page.close()
