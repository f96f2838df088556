"""Make ``docs/report.png``, the picture in the README: the first screen of `myelos judge honmou-2021`.

Run by ``make picture``; needs Debian's chromium.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from myelos.evidence import judge, load_study
from myelos.report import write_report

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


def main() -> None:
    """Judge, write the report to a folder of its own, and photograph its first screen."""
    browser = shutil.which("chromium") or sys.exit("docs/picture.py needs chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        page_path = write_report([judge(load_study("honmou-2021"))], Path(folder) / "report")
        chromium = play.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = chromium.new_page(viewport={"width": 1280, "height": 960})
        page.goto(page_path.as_uri())
        page.screenshot(path=Path(__file__).with_name("report.png"))
        chromium.close()


if __name__ == "__main__":
    main()
