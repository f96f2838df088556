"""The door of the room isncsci: light, complete, documented, and never confused with its modules."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from myelos import isncsci

HEAVY = ("numpy", "polars", "numba", "pyarrow", "pandas", "scipy", "matplotlib", "typer", "rich")
ROOM = Path(isncsci.__file__).parent
MODULES = sorted(path.stem for path in ROOM.glob("*.py") if path.stem != "__init__")


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", isncsci.__all__)
def test_every_name_of_the_door_is_a_class_or_function_of_its_module(name: str) -> None:
    """A name gives the thing itself, defined in the module it is said to live in."""
    home = next(home for home, names in isncsci._HOMES.items() if name in names)
    thing = getattr(isncsci, name)
    assert inspect.isclass(thing) or inspect.isfunction(thing)
    assert thing.__module__ == f"myelos.isncsci.{home}"
    assert thing is getattr(import_module(thing.__module__), name)


@pytest.mark.parametrize("name", isncsci.__all__)
def test_every_name_of_the_door_is_documented(name: str) -> None:
    """A public class or function says what it does, in words of its own."""
    thing = getattr(isncsci, name)
    said = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert said
    assert not said.startswith(f"{name}(")  # what dataclass writes when nobody has


def test_the_list_of_names_is_complete_sorted_and_without_doubles() -> None:
    """__all__ and the homes name the same things, each once."""
    homes = [name for names in isncsci._HOMES.values() for name in names]
    assert list(isncsci.__all__) == sorted(set(homes))
    assert len(homes) == len(set(homes))


def test_no_name_of_the_door_is_the_name_of_a_module() -> None:
    """An imported module takes its name in the package: a function of that name would be lost."""
    assert set(isncsci.__all__) & set(MODULES) == set()


def test_the_names_stay_what_they_are_when_every_module_has_been_imported() -> None:
    """In a new interpreter, modules first and names second, and the other way round."""
    load = "import importlib; [importlib.import_module(f'myelos.isncsci.{m}') for m in %r]" % MODULES  # noqa: UP031
    look = (
        "import myelos.isncsci as r; print(sorted(f'{n} {type(getattr(r, n)).__name__}' for n in r.__all__))"
    )
    assert fresh(f"{load}; {look}") == fresh(f"{look}; {load}")
    assert "module" not in fresh(f"{load}; {look}; {look}")


def test_opening_the_door_loads_nothing_behind_it() -> None:
    """import myelos.isncsci loads no package and no module of the room: each waits for its first name."""
    loaded = fresh("import sys, myelos.isncsci; print('\\n'.join(sys.modules))").split()
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert [name for name in loaded if name.startswith("myelos.")] == ["myelos.isncsci"]


def test_scoring_one_exam_loads_no_package() -> None:
    """classify, explain, draw and reading a file need the standard library alone."""
    loaded = fresh(
        "import sys\nfrom myelos.isncsci import *\nprint('\\n'.join(sys.modules))"  # every name of the door
    ).split()
    assert "myelos.isncsci.classification" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert [name for name in loaded if name.startswith("myelos.isncsci.cohorts")] == []


def test_an_unknown_name_is_no_attribute() -> None:
    """A mistyped name raises as it does on any module."""
    with pytest.raises(AttributeError, match="clasify"):
        isncsci.clasify  # noqa: B018
