"""What README and docs say is run here, and what they point to exists."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "validation" / "README.md"]
TOUR = re.findall(r"^\$ (myelos .*)$", (ROOT / "docs" / "tour.md").read_text("utf-8"), re.MULTILINE)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_the_example_in_the_readme_runs_and_prints_the_published_numbers(tmp_path: Path) -> None:
    """A newcomer who copies the example gets the numbers of the main job."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert code
    assert len([line for line in code[1].splitlines() if line.strip()]) <= 20
    done = _run([sys.executable, "-c", code[1]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "P(X >= 12) = 5.37e-04" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", TOUR)
def test_every_command_of_the_tour_runs(tmp_path: Path, command: str) -> None:
    """A reader can type the tour."""
    for folder in ("examples", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    done = _run(shlex.split(command), tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_tour_has_its_commands() -> None:
    """The test above tests something."""
    assert len(TOUR) >= 6


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """No page points to a file that is not there."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_room_is_on_the_map() -> None:
    """The README names every room there is."""
    text = (ROOT / "README.md").read_text("utf-8")
    rooms = [path.name.removesuffix(".py") for path in (ROOT / "src" / "myelos").iterdir()]
    rooms = [room for room in rooms if room[0] not in "_." and "." not in room]
    assert [room for room in rooms if f"`{room}`" not in text] == []


def test_constraints_pin_versions_without_addresses() -> None:
    """What is pinned names packages and versions only, and pins every package we ask for."""
    pins = (ROOT / "constraints.txt").read_text("utf-8").split()
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+", pin)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["test"], *extras["check"]]
    asked += extras["postgresql"]
    names = {re.split(r"[<>=\[]", each)[0].lower() for each in asked} - {"myelos"}
    assert names - {pin.split("==")[0].lower() for pin in pins} == set()
