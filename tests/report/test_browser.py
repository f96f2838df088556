"""The page in a real browser: at desktop and phone width, without a network, on paper."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('.screen p, .screen li, .screen h2, .screen td.number')]
    .filter(e => e.innerText.trim() && !e.querySelector('p, li'))
    .map(e => [e.innerText.slice(0, 40), e.getBoundingClientRect()]);
  const hit = [];
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const [a, r] = boxes[i], [b, s] = boxes[j];
    const wide = Math.min(r.right, s.right) - Math.max(r.left, s.left);
    const high = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (wide > 1 && high > 1) hit.push(a + ' | ' + b);
  }
  return hit;
}"""


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


@pytest.fixture(scope="module", params=SIZES)
def opened(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page at one width; what the console says and what is fetched is kept in ``said``."""
    width, height = SIZES[request.param]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.said = []  # type: ignore[attr-defined]
    page.on("console", lambda message: page.said.append(message.text))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.said.append(str(error)))  # type: ignore[attr-defined]
    page.on("request", lambda request: page.said.append(request.url))  # type: ignore[attr-defined]
    page.goto((report / "index.html").as_uri())
    yield page
    page.close()


def test_nothing_is_fetched_and_nothing_complains(opened: Page) -> None:
    """One file is opened, nothing else; the console stays empty."""
    assert opened.said == [opened.url]  # type: ignore[attr-defined]


def test_the_page_is_no_wider_than_the_screen(opened: Page) -> None:
    """Nobody has to scroll sideways; a wide table scrolls within its own frame."""
    wide = opened.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]
    frames = opened.evaluate(
        "[...document.querySelectorAll('.scroll')].map(e => [e.getBoundingClientRect().right,"
        " getComputedStyle(e).overflowX])"
    )
    assert all(right <= wide[1] + 1 and overflow == "auto" for right, overflow in frames)


def test_no_text_of_the_first_screen_lies_on_other_text(opened: Page) -> None:
    """Everything said first can be read."""
    assert opened.evaluate(OVERLAPS) == []


def test_no_text_is_cut_off(opened: Page) -> None:
    """No element of the first screen is narrower than its words."""
    cut = opened.evaluate(
        "[...document.querySelectorAll('.screen *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && e.clientWidth > 0 && e.innerText && getComputedStyle(e).display !== 'inline')"
        ".map(e => e.tagName + ' ' + e.className + ' ' + e.innerText.slice(0, 40))"
    )
    assert cut == []


def test_a_figure_is_drawn_once_for_each_width(opened: Page) -> None:
    """Wide on a desk, narrow on a telephone, never both."""
    for figure in opened.query_selector_all("figure"):
        shown = [each.is_visible() for each in figure.query_selector_all(".drawing")]
        assert shown == ([True, False] if opened.viewport_size["width"] > 700 else [False, True])  # type: ignore[index]


def test_text_in_figures_is_large_enough_to_read(opened: Page) -> None:
    """At either width the smallest letter of a figure is 9 CSS pixels high or more."""
    heights = opened.evaluate(
        "[...document.querySelectorAll('.drawing svg text')].filter(e => e.checkVisibility())"
        ".map(e => [parseFloat(getComputedStyle(e).fontSize), e.getScreenCTM()])"
        ".map(([size, placed]) => size * Math.hypot(placed.b, placed.d))"
    )
    assert len(heights) > 100
    assert min(heights) >= 9


def test_no_text_of_a_figure_leaves_its_drawing(opened: Page) -> None:
    """Words of a figure are not cut at its edge."""
    outside = opened.evaluate(
        "[...document.querySelectorAll('.drawing svg')].filter(s => s.checkVisibility()).flatMap(s => {"
        " const box = s.getBoundingClientRect(); return [...s.querySelectorAll('text')].filter(t => {"
        " const r = t.getBoundingClientRect(); return r.left < box.left - 1 || r.right > box.right + 1"
        " || r.top < box.top - 1 || r.bottom > box.bottom + 1; }).map(t => t.textContent); })"
    )
    assert outside == []


def test_one_screen_answers_first(browser: Browser, report: Path) -> None:
    """On a desk observed, expected, who, what alone would explain it, bears and cannot fit one screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((report / "index.html").as_uri())
    first = page.query_selector(".screen")
    assert first is not None
    heads = " ".join(each.inner_text() for each in first.query_selector_all("h2"))
    for each in ("observed", "expected", "Who", "alone", "bears", "cannot"):
        assert each in heads
    tops = [each.bounding_box() for each in first.query_selector_all("h2")]
    assert all(box is not None and box["y"] + box["height"] < 900 for box in tops)
    page.close()


def test_the_page_prints(browser: Browser, report: Path) -> None:
    """A4, a moderate number of sheets."""
    page = browser.new_page()
    page.goto((report / "index.html").as_uri())
    data = page.pdf(prefer_css_page_size=True)
    assert data.startswith(b"%PDF")
    assert 6 <= data.count(b"/Type /Page\n") + data.count(b"/Type /Page/") <= 40 or b"/Count" in data
    page.close()
