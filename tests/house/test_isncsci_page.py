"""The page that walks one examination through the rules is run here, and is what its code makes."""

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "isncsci.md").read_text("utf-8")


@pytest.mark.slow
def test_the_page_and_its_files_are_what_its_code_makes() -> None:
    """No output, table or drawing on the page is older than the code."""
    command = [sys.executable, str(DOCS / "walk.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_changed_output_or_drawing_is_found(tmp_path: Path) -> None:
    """The check above catches a page, and a file beside it, that somebody edited by hand."""
    (tmp_path / "isncsci").mkdir()
    for path in DOCS.glob("isncsci/*"):
        (tmp_path / "isncsci" / path.name).write_text(path.read_text("utf-8") + "\n", "utf-8")
    (tmp_path / "walk.py").write_text((DOCS / "walk.py").read_text("utf-8"), "utf-8")
    (tmp_path / "isncsci.md").write_text(PAGE.replace("\n['C', 'D']", "\n['D']", 1), "utf-8")
    command = [sys.executable, str(tmp_path / "walk.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stdout.count("stale: isncsci/") == len(list(DOCS.glob("isncsci/*")))
    assert "stale: isncsci.md" in done.stdout


@pytest.mark.parametrize("rule", [f"R{n}" for n in range(1, 9)])
def test_every_rule_has_its_part(rule: str) -> None:
    """Nothing of the standard is passed over."""
    assert f"\n### {rule}" in PAGE
    assert f"| {rule} | " in PAGE
