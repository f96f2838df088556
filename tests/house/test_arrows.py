"""The arrows between the rooms hold, and the contract that says so can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=root, env={"PYTHONPATH": str(root / "src")},
                          capture_output=True, text=True, timeout=120)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("isncsci/rules.py", "import myelos.evidence.judge"),
        ("evidence/judge.py", "import sqlite3"),
        ("report/__init__.py", "import socket"),
        ("findings.py", "import time"),
        ("isncsci/rules.py", "import numpy"),
    ],
)
def test_an_arrow_that_points_up_or_out_is_refused(tmp_path: Path, room: str, line: str) -> None:
    """An import of a higher room, a socket, a database, a clock or (isncsci) a package breaks a contract."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / "src" / "myelos" / room
    target.write_text(f"{target.read_text('utf-8')}\n{line}\n", "utf-8")
    assert _lint(tmp_path).returncode == 1


def test_the_house_as_it_stands_keeps_every_arrow() -> None:
    """No room imports from a room above it or beside it."""
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout
