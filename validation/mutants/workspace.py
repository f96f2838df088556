"""A copy of the project in which mutmut works, so that the project itself stays as it is.

mutmut reads its settings from the ``pyproject.toml`` of the folder it runs in; the copy has one of its own,
made here. Results stay in the folder: a second run in it asks only what has changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("src", "tests", "examples", "validation", "docs")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "*.pyc")

TESTS = (
    "tests/cells",
    "tests/protocol",
)
"""Where the tests are that have to notice; slow ones are left out."""

SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = [{only}]
also_copy = ["examples", "validation", "docs"]
pytest_add_cli_args = [
  "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist", "--import-mode=importlib",
  "--hypothesis-profile=quick",
]
pytest_add_cli_args_test_selection = [{tests}]
process_isolation = "forkserver"
use_git_change_detection = false
on_dependency_change = "ignore"
timeout_multiplier = 8.0
timeout_constant = 20.0

[tool.pytest.ini_options]
pythonpath = ["."]
markers = ["slow: -", "requirement(id): -", "chromium: -"]
"""


def make(folder: Path, modules: Sequence[str], tests: Sequence[str] = TESTS) -> None:
    """Bring the copy in ``folder`` up to date; files that are the same keep their time and their results."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        _mirror(ROOT / name, folder / name)
    only, selected = (", ".join(f'"{each}"' for each in names) for names in (modules, tests))
    _write(folder / "pyproject.toml", SETTINGS.format(only=only, tests=selected))


def _mirror(source: Path, target: Path) -> None:
    """Copy what differs, and remove what is not there any more."""
    ignored = LEFT_OUT(str(source), [each.name for each in source.iterdir()])
    names = {each.name for each in source.iterdir()} - ignored
    target.mkdir(exist_ok=True)
    for old in target.iterdir():
        if old.name not in names and old.name != "__pycache__":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for name in sorted(names):
        if (source / name).is_dir():
            _mirror(source / name, target / name)
        elif not (target / name).exists() or (source / name).read_bytes() != (target / name).read_bytes():
            shutil.copy(source / name, target / name)


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
