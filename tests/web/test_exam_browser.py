"""The worksheet in a real browser: a whole sheet of paper by keys alone, short cuts, a lost connection."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from time import monotonic

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.report.test_browser import FLAGS
from tests.web.sites import PASSWORD, Served
from tests.web.test_exam import AT_ENDPOINT, BETWEEN, LIST, taken
from tests.web.test_worksheet import of_grade
from waitress.server import create_server

from myelos.web import worksheet as sheet
from myelos.web.models import Draft

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

MINUTES = 3
"""How long a worksheet may take, from the first key of it to the last."""

DELAY = 200
"""Milliseconds between two keys: five a second, a practised hand."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and CI must have it")
        pytest.skip("needs Debian's chromium (apt-get install chromium)")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")  # the driver's loop is not the pages'
        started = play.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def site(served: Served) -> Iterator[str]:
    """The pages over a socket of this machine."""
    with override_settings(ALLOWED_HOSTS=["127.0.0.1"]):
        server = create_server(WSGIHandler(), host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[union-attr]
        server.close()
        thread.join(5)


@pytest.fixture
def context(browser: Browser, site: str, served: Served) -> Iterator[BrowserContext]:
    """A browser in which the examiner signed in, at the door's time."""
    made = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    made.clock.set_fixed_time(served.clock.now)
    page = made.new_page()
    page.goto("/account/sign-in/")
    page.fill("#id_login", "examiner")
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.close()
    yield made
    made.close()


@pytest.fixture
def said() -> list[str]:
    """What pages told their console."""
    return []


@pytest.fixture
def page(context: BrowserContext, said: list[str]) -> Page:
    made = context.new_page()
    made.on("console", lambda message: said.append(message.text))
    made.on("pageerror", lambda error: said.append(str(error)))
    return made


def write(page: Page, text: str) -> None:
    """What is typed for what stands on paper."""
    for sign in {"yes": "y", "no": "n"}.get(text, text):
        page.keyboard.type(sign)
        page.wait_for_timeout(DELAY)


def reach(page: Page, target: str) -> None:
    """Go on by the tab key until somewhere."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id || document.activeElement.value") == target:
            return
    pytest.fail(f"{target} is not reached by the tab key")


def cells(page: Page) -> dict[str, str]:
    return {name: page.input_value(f'[name="{name}"]') for name in sheet.PAPER}


def paper() -> dict[str, str]:
    """A sheet with tags and cells that could not be tested."""
    written = of_grade("C")
    return written | {"right_motor_C7": "1*", "left_motor_L3": "NT", "left_pin_prick_C4": "1**", "vac": "NT"}


def test_a_whole_sheet_of_paper_is_entered_and_recorded_by_keys_alone(
    page: Page, served: Served, said: list[str]
) -> None:
    """134 items at human speed in under three minutes, no mouse; the record has what was typed."""
    page.goto(LIST)
    page.focus(f'a[href="{BETWEEN}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#worksheet")
    reach(page, "right_motor_C5")
    written, begun = paper(), monotonic()
    for name in sheet.PAPER:
        assert page.evaluate("document.activeElement.id") == name
        write(page, written[name])
    assert monotonic() - begun < MINUTES * 60
    assert cells(page) == written
    expect(page.locator("#live .count-left")).to_have_text("All 134 cells are filled")
    expect(page.locator("#saved")).to_have_text("Draft saved")
    reach(page, "own_ais")
    page.keyboard.type("C")
    reach(page, "examiner")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # now
    reach(page, "paper")
    page.keyboard.press("Space")
    reach(page, "comments")
    page.keyboard.type("a cast")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/exams/recorded")
    found = taken(served)
    assert dict(found.taken["isncsci"].items) == written
    assert found.at == served.clock.now
    assert found.act.why.endswith("a cast")
    assert sheet.own_in(found.act.why) == {"ais": "C"}
    assert said == []


def test_arrows_fill_down_copy_and_undo(page: Page, said: list[str]) -> None:
    """The short cuts of the sheet; none writes over what was typed."""
    page.goto(BETWEEN)
    page.focus("#right_light_touch_C2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == "right_pin_prick_C3"
    page.fill("#right_light_touch_T1", "1")
    page.focus("#right_light_touch_C2")
    page.keyboard.type("22f")
    got = cells(page)
    column = [name for name in sheet.PAPER if name.startswith("right_light_touch")]
    assert {name: got[name] for name in column if got[name] != "2"} == {"right_light_touch_T1": "1"}
    assert page.evaluate("document.activeElement.id") == "right_pin_prick_C2"
    page.focus("#left_light_touch_C5")
    page.keyboard.type("0")
    page.keyboard.type("c")
    got = cells(page)
    assert got["left_light_touch_C5"] == "0"
    assert got["left_light_touch_T1"] == "1"
    assert got["left_light_touch_S4-5"] == "2"
    page.keyboard.type("u")
    assert cells(page)["left_light_touch_S4-5"] == ""
    page.focus("#right_pin_prick_C2")
    page.keyboard.type("3")
    assert page.get_attribute("#right_pin_prick_C2", "aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "right_pin_prick_C2"
    page.keyboard.type("2*")
    assert cells(page)["right_pin_prick_C2"] == "2"  # a normal score takes no tag
    assert said == []


def test_the_body_is_coloured_as_one_types(page: Page, said: list[str]) -> None:
    """The policy of the page blocks nothing of the drawing."""
    page.goto(AT_ENDPOINT)
    page.focus("#right_motor_C5")
    page.keyboard.type("0")
    disc = page.locator('#body [data-cell="right_motor_C5"] circle')
    expect(disc).to_have_attribute("fill", "#17406b")
    assert "Grade (AIS)" not in page.inner_text("#live")
    assert said == []


def test_what_is_typed_without_a_connection_is_kept_and_saved_later(
    page: Page, context: BrowserContext, said: list[str]
) -> None:
    """The page says that it is not saved, keeps it, and saves it once the connection is back."""
    page.goto(BETWEEN)
    page.focus("#right_motor_C5")
    context.set_offline(True)
    page.keyboard.type("54")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("Draft saved", timeout=10_000)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    page.reload()
    assert page.input_value("#right_motor_C6") == "4"
    assert [each for each in said if "ERR_INTERNET_DISCONNECTED" not in each] == []


def test_two_windows_of_one_draft_lose_nothing(page: Page, context: BrowserContext, served: Served) -> None:
    """The later one is told, joins what the other had, and chooses between two values."""
    other = context.new_page()
    for each in (page, other):
        each.goto(BETWEEN)
    page.focus("#right_motor_C5")
    page.keyboard.type("55")
    expect(page.locator("#saved")).to_have_text("Draft saved")
    other.focus("#right_motor_C5")
    other.keyboard.type("4")
    other.focus("#left_motor_C5")
    other.keyboard.type("3")
    expect(other.locator("#two-values")).to_contain_text("right_motor_C5")
    assert other.input_value("#right_motor_C6") == "5"
    other.click('#two-values [data-value="4"]')
    expect(other.locator("#two-values li")).to_have_count(0)
    expect(other.locator("#saved")).to_have_text("Draft saved")
    assert other.input_value("#right_motor_C5") == "4"
    page.reload()
    assert (page.input_value("#right_motor_C5"), page.input_value("#left_motor_C5")) == ("4", "3")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_every_page_fits_its_width(page: Page, site: str, width: int, language: str) -> None:
    """From a telephone to a desk nothing has to be scrolled sideways, in either language."""
    page.context.add_cookies([{"name": "myelos-language", "value": language, "url": site}])
    page.set_viewport_size({"width": width, "height": 844})
    for address in (LIST, BETWEEN, AT_ENDPOINT):
        page.goto(address)
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], address
        small = page.evaluate(
            """() => [...document.querySelectorAll('.score')].filter(e => e.clientHeight < 22).length"""
        )
        assert small == 0
    assert Draft.objects.count() == 0
