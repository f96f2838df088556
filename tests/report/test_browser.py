"""The page in a real browser: at desktop and phone width, without a network, on paper."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.evidence.naive import judged

from myelos.report import write_report

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
COARSE = ("sykova-2006", "kansai-first-case-2006", "inspire-2019", "pal-2009")
"""Studies with coarse codes, one person, one reading and no reading."""

# Lines of text: every text node's own boxes, less the air a font has above and below its letters.
LINES = """selector => {
  const found = [];
  for (const root of document.querySelectorAll(selector)) {
    if (!root.checkVisibility()) continue;
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
      const range = document.createRange(); range.selectNodeContents(node);
      for (const r of range.getClientRects())
        if (r.width > 1) found.push({text: node.data.trim().slice(0, 40), node, left: r.left, right: r.right,
          top: r.top + 0.2 * r.height, bottom: r.bottom - 0.2 * r.height, root});
    }
  }
  return found;
}"""
OVERLAPS = f"""selector => {{
  const lines = ({LINES})(selector), hit = [];
  for (let i = 0; i < lines.length; i++) for (let j = 0; j < i; j++) {{
    const a = lines[i], b = lines[j];
    if (a.node === b.node || a.root !== b.root && !a.node.parentElement.closest('.screen')) continue;
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) hit.push(a.text + ' | ' + b.text);
  }}
  return hit;
}}"""
CUT = f"""selector => ({LINES})(selector).filter(line => {{
  if (line.left < -1 || line.right > innerWidth + 1) return true;
  for (let e = line.node.parentElement; e; e = e.parentElement) {{
    const clips = getComputedStyle(e).overflowX !== 'visible' || getComputedStyle(e).clipPath !== 'none';
    const r = e.getBoundingClientRect();
    if (clips && (line.left < r.left - 1 || line.right > r.right + 1
      || line.top < r.top - 1 || line.bottom > r.bottom + 1)) return true;
  }}
  return false;
}}).map(line => line.text)"""
OUTSIDE = """() => [...document.querySelectorAll('.drawing svg')].filter(s => s.checkVisibility()).flatMap(
  s => [...s.querySelectorAll('text')].filter(t => {
    const r = t.getBoundingClientRect(), box = s.getBoundingClientRect();
    return r.left < box.left - 1 || r.right > box.right + 1
      || r.top < box.top - 1 || r.bottom > box.bottom + 1;
  }).map(t => t.textContent))"""
FRAMES = """() => [...document.querySelectorAll('article .table table')].map(t => {
  const f = t.parentElement, edge = f.getBoundingClientRect();
  f.scrollLeft = 1e6;
  const seen = t.getBoundingClientRect().right <= edge.right + 1 && edge.right <= innerWidth + 1;
  f.scrollLeft = 0;
  const role = f.getAttribute('role'), named = !!f.getAttribute('aria-labelledby');
  return [t.scrollWidth > f.clientWidth + 1, seen, f.tabIndex, role, named];
})"""
FIRST = "article header, article .screen"


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


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of studies that are reported less finely than the worked one."""
    out = tmp_path_factory.mktemp("coarse") / "out"
    write_report([judged(name) for name in COARSE], out)
    return out


class Opened:
    """A page at one width, with all that its console says and all that it asks for."""

    def __init__(self, page: Page, size: str, folder: Path) -> None:
        self.page, self.size = page, size
        self.console: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto((folder / "index.html").as_uri())


@pytest.fixture(scope="module", params=[(size, name) for size in SIZES for name in ("report", "coarse")],
                ids="-".join)  # fmt: skip
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    size, name = request.param
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    yield Opened(page, size, request.getfixturevalue(name))
    page.close()


def test_nothing_is_fetched_and_nothing_complains(opened: Opened) -> None:
    """One file is opened, nothing else; the console stays empty."""
    assert opened.requests == [opened.page.url]
    assert opened.page.url.startswith("file:")
    assert opened.console == []


def test_the_page_is_no_wider_than_the_screen(opened: Opened) -> None:
    """Nobody has to scroll sideways."""
    wide = opened.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    opened.page.evaluate("scrollTo(500, 0)")
    assert opened.page.evaluate("scrollX") == 0


def test_a_table_wider_than_the_page_scrolls_within_its_own_region(opened: Opened) -> None:
    """Its last column can be brought into view, with the keyboard too, and nothing of it is lost."""
    found = opened.page.evaluate(FRAMES)
    assert len(found) >= 6
    if opened.size == "phone":
        assert any(wider for wider, *_ in found)
    assert {tuple(rest) for _, *rest in found} == {(True, 0, "region", True)}


def test_no_text_of_the_first_screen_lies_on_other_text(opened: Opened) -> None:
    """Everything said first can be read."""
    assert len(opened.page.evaluate(LINES, FIRST)) > 30
    assert opened.page.evaluate(OVERLAPS, FIRST) == []


def test_no_text_of_the_first_screen_is_cut_off(opened: Opened) -> None:
    """No line leaves the screen sideways or is hidden by an element around it."""
    assert opened.page.evaluate(CUT, FIRST) == []


def test_a_figure_is_drawn_once_for_each_width(opened: Opened) -> None:
    """Wide on a desk, narrow on a telephone, never both."""
    figures = opened.page.query_selector_all("figure")
    assert len(figures) >= len(COARSE)
    for figure in figures:
        shown = [figure.query_selector(f".drawing.{each}").is_visible() for each in ("wide", "narrow")]  # type: ignore[union-attr]
        assert shown == ([True, False] if opened.size == "desktop" else [False, True])


def test_text_in_figures_is_large_enough_to_read(opened: Opened) -> None:
    """At either width the smallest letter of a figure is 9 CSS pixels high or more."""
    heights = opened.page.evaluate(
        "[...document.querySelectorAll('.drawing svg text')].filter(e => e.checkVisibility())"
        ".map(e => [parseFloat(getComputedStyle(e).fontSize), e.getScreenCTM()])"
        ".map(([size, placed]) => size * Math.hypot(placed.b, placed.d))"
    )
    assert len(heights) > 80
    assert min(heights) >= 9


def test_no_text_of_a_figure_leaves_its_drawing_or_lies_on_other_text(opened: Opened) -> None:
    """Words of a figure are neither cut at its edge nor written over each other."""
    assert opened.page.evaluate(OUTSIDE) == []
    assert opened.page.evaluate(OVERLAPS, ".drawing svg") == []


def test_one_screen_answers_first(browser: Browser, report: Path) -> None:
    """Observed, expected, who, alone, bears and cannot come first, and on a desk begin on one screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((report / "index.html").as_uri())
    for first in page.query_selector_all("article > .screen"):
        heads = first.query_selector_all("h2")
        said = " ".join(each.inner_text() for each in heads).lower()
        for each in ("observed", "expected", "who", "alone", "bears", "cannot"):
            assert each in said
    tops = [each.bounding_box() for each in page.query_selector_all("#study-1 .screen h2")]
    assert len(tops) == 6
    assert all(box is not None and box["y"] + box["height"] < 900 for box in tops)
    assert "12 of 13" in page.inner_text("#study-1 .screen")
    page.close()


def test_the_page_prints(browser: Browser, report: Path) -> None:
    """A4, a moderate number of sheets, the wide drawings, and nothing wider than the paper (210 mm)."""
    page = browser.new_page(viewport={"width": 688, "height": 980})
    page.goto((report / "index.html").as_uri())
    data = page.pdf(prefer_css_page_size=True)
    assert data.startswith(b"%PDF")
    assert 6 <= max(int(each) for each in re.findall(rb"/Count (\d+)", data)) <= 40
    assert re.search(rb"/MediaBox ?\[0 0 59[45]\.?\d* 84[12]", data)
    page.emulate_media(media="print")
    assert page.query_selector("figure .drawing.wide").is_visible()  # type: ignore[union-attr]
    assert not page.query_selector("figure .drawing.narrow").is_visible()  # type: ignore[union-attr]
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    page.close()
