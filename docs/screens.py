"""Pictures of every page at the width of a phone and of a desk, in both languages.

    python -m docs.screens [--out docs/screens] [--only NAME ...]

Run by ``make screens``; needs Debian's chromium. The people in the pictures are made up: it is the worked
trial, played first where ``demo/`` does not hold it. ``--readme`` makes the three of the README anew, beside
this file; the others are not kept with the software.
"""

from __future__ import annotations

import argparse
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.worked_trial.staff import PASSWORD
from playwright.sync_api import Page, sync_playwright

from myelos.isncsci.exam import BLOCKS, cell_name

ROOT = Path(__file__).parents[1]
WIDTHS = (390, 1280)
LANGUAGES = ("en", "ja")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip

T = "/t/worked-trial/"
P = f"{T}people/PMADE1260000029"


@dataclass(frozen=True)
class Shot:
    """A page: as whom it is looked at, where it is; ``link``: the link on that page that leads to it."""

    role: str
    address: str
    link: str = ""


SHOTS = {
    "sign-in": Shot("", "/account/sign-in/"),
    "two-factor": Shot("coordinator", "/account/two-factor/"),
    "trials": Shot("examiner", "/"),
    "password": Shot("coordinator", "/account/password/"),
    "trial": Shot("coordinator", T),
    "person": Shot("coordinator", P),
    "timeline": Shot("monitor", f"{P}/timeline"),
    "exams": Shot("examiner", f"{T}exams/"),
    "exam": Shot("examiner", f"{T}exams/", r"/exams/\d"),
    "commands": Shot("coordinator", f"{T}do/"),
    "command": Shot("coordinator", f"{T}do/protocol.screen"),
    "visit": Shot("coordinator", f"{T}do/protocol.record-visit", r"/visits/"),
    "queries": Shot("monitor", f"{T}queries/"),
    "evidence": Shot("sponsor", f"{T}evidence/"),
    "audit": Shot("monitor", f"{T}audit/"),
    "record": Shot("monitor", f"{T}record/"),
    "refused": Shot("examiner", T),
}
"""The pages by the names of their addresses (:data:`myelos.web.urls.PAGES`), and those around them."""

PARTS = {
    "visit-scores", "evidence-first", "figure", "exam-recorded", "exam-classify", "exam-body", "exam-open",
    "exam-draft",
}  # fmt: skip
"""Addresses that are a part of a page, lead to one, or come after something was recorded: no pictures."""

README = {"trial": 1000, "person": 900, "exam": 1010}
"""The pages of the README, and how much of their height is shown."""

SHEET = {
    "right_motor": "5 5 3 1 0 1 NT 1 1 0",
    "right_light_touch": "2 2 2 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "right_pin_prick": "2 2 2 2 2 1 1 1 1 1 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
    "left_light_touch": "2 2 2 2 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "left_pin_prick": "2 2 2 2 2 1 1 1 1 1 1 1 1 1 1 1 0 0 0 0 0 0 0 0 0 0 1 1",
    "left_motor": "5 5 4 2 1 1 2 2 1 0",
}
"""A made-up examination, each column from C2 (motor: from C5) down."""


def unknown() -> set[str]:
    """The pages nobody makes a picture of."""
    from myelos.web.urls import PAGES

    return {each.name for each in PAGES} - set(SHOTS) - PARTS


def record(folder: Path) -> Path:
    """A copy of the worked trial's record."""
    from examples.worked_trial.serving import served as copied

    copied(ROOT / "demo", folder / "record.sqlite")
    return folder / "record.sqlite"


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The address of the pages of a record, while they are served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-c", "from myelos.cli import main; main()", "serve", "-d", str(path), "--synthetic", "--port"]
    server = subprocess.Popen([sys.executable, *words, str(port)], stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/account/sign-in/", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def pictures(out: Path, only: list[str], address: str) -> None:
    """Every page, each width, each language."""
    roles = dict.fromkeys(each.role for name, each in SHOTS.items() if not only or name in only)
    with _chromium() as chromium:
        for role in roles:
            context = chromium.new_context(base_url=address)
            page = context.new_page()
            sign_in(page, role)
            for language in LANGUAGES:
                speak(page, language)
                for name, shot in SHOTS.items():
                    if shot.role == role and (not only or name in only):
                        there = goto(page, shot)
                        for width in WIDTHS if there else ():
                            page.set_viewport_size({"width": width, "height": 900})
                            page.screenshot(path=out / f"{name}-{width}-{language}.png", full_page=True)
            context.close()


def readme(out: Path, address: str) -> None:
    """The pictures of the README: the first screen of three pages."""
    with _chromium() as chromium:
        for name, height in README.items():
            context = chromium.new_context(base_url=address)
            page = context.new_page()
            sign_in(page, SHOTS[name].role)
            speak(page, "en")
            page.set_viewport_size({"width": 1280, "height": height})
            if goto(page, SHOTS[name]):
                if name == "exam":
                    fill(page)
                page.screenshot(path=out / f"page-{name}.png")
            context.close()


@contextmanager
def _chromium() -> Iterator[Any]:
    browser = shutil.which("chromium") or sys.exit("docs/screens.py needs chromium")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=list(FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()


def sign_in(page: Page, role: str) -> None:
    """Sign in as the one who has this role; as nobody for none."""
    page.goto("/account/sign-in/")
    if role:
        page.fill("input[name=login]", role)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit], main form button")
        page.wait_for_load_state()


def speak(page: Page, language: str) -> None:
    """Choose a language, as a reader does."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click(f"button[name=language][value={language}]")
    page.wait_for_load_state()


def goto(page: Page, shot: Shot) -> bool:
    """Go to a page; whether it is there to be shown."""
    answer = page.goto(shot.address)
    if shot.link:
        links = [each.get_attribute("href") or "" for each in page.query_selector_all("main a[href]")]
        found = next((each for each in links if re.search(shot.link, each)), None)
        if found is None:
            print(f"nothing on {shot.address} leads to {shot.link}", file=sys.stderr)
            return False
        answer = page.goto(found)
    page.wait_for_load_state("networkidle")
    if answer is not None and answer.status >= 500:
        print(f"{page.url}: {answer.status}", file=sys.stderr)
    return True


def fill(page: Page) -> None:
    """Type a made-up examination into the worksheet: at C6, incomplete, the right knee not testable."""
    for column, scores in SHEET.items():
        block = column.partition("_")[2]
        segments = next(each for name, each, _ in BLOCKS if name == block)
        for segment, score in zip(segments, scores.split(), strict=True):
            page.fill(f"[name='{cell_name(column.partition('_')[0], block, segment)}']", score)
    for cell, answer in (("vac", "y"), ("dap", "y")):
        page.fill(f"[name='{cell}']", answer)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)  # until what is shown beside follows the last cell
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")


def main() -> None:
    """Serve a copy of the worked trial and photograph it."""
    parser = argparse.ArgumentParser(description="Make pictures of every page.")
    parser.add_argument(
        "--out", type=Path, help="folder for the pictures (docs/screens; of the README's: docs)"
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument(
        "--readme", action="store_true", help="the three pictures of the README, and no others"
    )
    asked = parser.parse_args()
    out: Path = asked.out or (ROOT / "docs" if asked.readme else ROOT / "docs" / "screens")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(record(Path(folder))) as address:
        if missing := unknown():
            parser.error(f"nobody says how these pages are looked at: {', '.join(sorted(missing))}")
        if asked.readme:
            readme(out, address)
        else:
            pictures(out, asked.only, address)


if __name__ == "__main__":
    main()
