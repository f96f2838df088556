"""Every requirement stands on the generated page with the tests that answer it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("VAL-01")
def test_val_01_the_page_of_requirements_names_the_tests_there_are() -> None:
    """A test that goes, comes or fails makes the page stale, and a stale page fails."""
    command = [sys.executable, "docs/requirements.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
