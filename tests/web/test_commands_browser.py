"""Forms in a real browser: a person screened, asked and decided on by keys, at a desk and in a hand."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.wsgi import WSGIHandler
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.report.test_browser import FLAGS
from tests.web.sites import NOW, PASSWORD, PERSON, TRIAL, Served
from tests.web.test_commands import NEW
from waitress.server import create_server

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
DO = f"/t/{TRIAL}/do/"
SIZES = {"desk": (1280, 900), "telephone": (390, 844)}


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
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        thread.join(5)


Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, site: str, said: list[str]) -> Iterator[Enter]:
    """Somebody's own browser, signed in."""
    made = []

    def sign_in(account: str, size: str = "desk", language: str = "en") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=site, viewport={"width": width, "height": height}, locale="en-US"
        )
        context.add_cookies([{"name": "myelos-language", "value": language, "url": site}])
        made.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto("/account/sign-in/")
        page.fill("#id_login", account)
        page.fill("#id_password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield sign_in
    for each in made:
        each.close()


@pytest.fixture
def said() -> list[str]:
    """Everything a browser complained of."""
    return []


def by_keys(page: Page, *keys: str) -> None:
    """Type, and go on with the tabulator."""
    for each in keys:
        page.keyboard.type(each)
        page.keyboard.press("Tab")


def into(page: Page, name: str) -> None:
    """Go with the tabulator to a field."""
    for _ in range(80):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {name}")


def test_a_person_is_screened_consents_and_is_decided_on_with_a_signature(
    enter: Enter, served: Served, said: list[str]
) -> None:
    """By keys alone: the coordinator screens and records the consent, the investigator signs the gate."""
    protocol = served.door.trials.snapshot(TRIAL).protocol
    page = enter("coordinator")
    page.goto(f"{DO}protocol.screen")
    into(page, "d.person")
    by_keys(page, NEW)
    into(page, "d.onset")
    day, time = f"{NOW - timedelta(days=3):%m%d%Y %I%M%p}".split()  # as the browser's own field takes it
    page.keyboard.type(day)
    page.keyboard.press("Tab")
    page.keyboard.type(time)
    into(page, "record")
    page.keyboard.press("Enter")
    expect(page.locator(".whole-record")).to_have_text("Recorded. New entries: 1")

    page.goto(f"{DO}protocol.consent-given?person={NEW}")
    page.select_option("[name='d.form']", protocol.consents[0].id)
    page.select_option("[name='d.version']", protocol.consents[0].versions[-1].id)
    page.check("[name='d.given_by'][value=self]", force=True)
    page.click(".send button")
    expect(page.locator(".whole-record")).to_have_count(1)

    page = enter("investigator")
    page.goto(f"{DO}protocol.decide-gate?person={NEW}")
    page.select_option("[name='d.gate']", protocol.gates[0].id)
    page.click(".send button")
    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator("[name='d.gate']")).to_have_value(protocol.gates[0].id)
    page.fill("[name='sign.account']", "investigator")
    page.fill("[name='sign.password']", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".recorded code")).to_have_text("protocol.gate-refused")
    assert page.locator(".criteria tr").count() == len(protocol.gates[0].criteria)
    decision = served.door.trials.snapshot(TRIAL).state.people[NEW].decisions[-1]
    assert (decision.gate, decision.passed, decision.act.by) == (protocol.gates[0].id, False, "investigator")
    assert [each for each in said if "422" not in each] == []


def test_a_scanner_that_ends_with_enter_records_nothing(enter: Enter, served: Served) -> None:
    """Enter in a field goes on to the next one; only the button records."""
    before, page = served.door.head(TRIAL).seq, enter("technician")
    page.goto(f"{DO}cells.thaw?person={PERSON}")
    into(page, "d.scan.container")
    page.keyboard.type("CMADE126000001X")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "d.scan.read"
    page.keyboard.type("CMADE126000001X")
    page.keyboard.press("Enter")
    assert page.url.endswith(f"cells.thaw?person={PERSON}")
    assert served.door.head(TRIAL).seq == before


def test_a_measure_is_scored_while_it_is_filled_in_by_keys(
    enter: Enter, served: Served, said: list[str]
) -> None:
    """Digits choose and go on; the scores beside the form follow."""
    page = enter("investigator")
    page.goto(f"/t/{TRIAL}/people/{PERSON}/visits/month-6")
    into(page, "d.measures{pain-0-10}{intensity}")
    page.keyboard.press("1")
    page.keyboard.press("0")
    expect(page.locator("#scores")).to_contain_text("10")
    chosen = page.locator("[name='d.measures{pain-0-10}{intensity}']:checked")
    expect(chosen).to_have_value("10")
    assert said == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_form_is_wider_than_its_screen(
    enter: Enter, served: Served, size: str, language: str, said: list[str]
) -> None:
    """Each of an investigator's forms, and a visit's, can be read without moving it sideways."""
    page = enter("investigator", size, language)
    page.goto(DO)
    forms = page.eval_on_selector_all(".commands a", "links => links.map(each => each.getAttribute('href'))")
    for each in [DO, f"/t/{TRIAL}/people/{PERSON}/visits/month-6", *forms]:
        page.goto(each)
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], each
    assert said == []
