"""What mutmut found, read from the files it leaves, and which survivors are known to mean the same."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
KILLED = frozenset({1, 3, 36, 24, -24, 152, 255})
"""Exit codes under which a mutant was noticed: a test failed (1, 3), or did not end any more (the others)."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant that was not noticed: its name in mutmut, its function, and the lines it changed."""

    name: str
    function: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Found:
    """Of one module: its mutants, those noticed, and of the rest those that mean the same and those alive."""

    module: str
    mutants: int
    killed: int
    equivalent: tuple[Mutant, ...]
    survived: tuple[Mutant, ...]

    @property
    def percent(self) -> float:
        """Noticed, of those that mean something else."""
        differing = self.mutants - len(self.equivalent)
        return 100 * self.killed / differing if differing else 100.0


def read(folder: Path, module: str, mutmut: Path) -> Found:
    """The results of one module. Raises RuntimeError when some of its mutants were not tried."""
    meta = json.loads((folder / "mutants" / f"{module}.meta").read_text(encoding="utf-8"))
    codes: dict[str, int | None] = meta["exit_code_by_key"]
    untried = [name for name, code in codes.items() if code is None]
    if untried:
        raise RuntimeError(f"{len(untried)} mutants of {module} were not tried, {untried[0]} among them")
    alive = [name for name, code in codes.items() if code not in KILLED]
    mutants = [_told(folder, name, mutmut) for name in alive]
    same = _same()
    equivalent = tuple(each for each in mutants if (each.function, each.was, each.now) in same)
    survived = tuple(each for each in mutants if each not in equivalent)
    return Found(module, len(codes), len(codes) - len(alive), equivalent, survived)


def _same() -> frozenset[tuple[str, str, str]]:
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutants"]
    return frozenset((row["function"], row["was"], row["is"]) for row in rows)


def _told(folder: Path, name: str, mutmut: Path) -> Mutant:
    """A mutant by what ``mutmut show`` prints of it: a unified diff."""
    shown = subprocess.run(
        [str(mutmut), "show", name], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    was = [line[1:].strip() for line in shown if line.startswith("-") and not line.startswith("---")]
    now = [line[1:].strip() for line in shown if line.startswith("+") and not line.startswith("+++")]
    return Mutant(name, function_of(name), " ".join(was), " ".join(now))


def function_of(name: str) -> str:
    """The function a mutant is of: ``myelos.cells.gates.x__scan__mutmut_3`` gives ``cells.gates._scan``."""
    module, _, mangled = name.rpartition("__mutmut_")[0].rpartition(".")
    plain = (
        mangled.removeprefix("x_") if mangled.startswith("x_") else mangled[1:].replace("ǁ", ".").strip(".")
    )
    return f"{module.removeprefix('myelos.')}.{plain}"


def lines(found: Sequence[Found]) -> Iterator[str]:
    """The table that is printed, and every mutant that lives."""
    yield f"{'module':28} mutants  noticed  same  alive  percent"
    total: Counter[str] = Counter()
    for each in found:
        name, same, alive = each.module.removeprefix("src/myelos/"), len(each.equivalent), len(each.survived)
        yield f"{name:28} {each.mutants:7} {each.killed:8} {same:5} {alive:6} {each.percent:8.1f}"
        total.update(mutants=each.mutants, killed=each.killed, same=same, alive=alive)
    percent = 100 * total["killed"] / max(total["mutants"] - total["same"], 1)
    counts = f"{total['mutants']:7} {total['killed']:8} {total['same']:5} {total['alive']:6}"
    yield f"{'all':28} {counts} {percent:8.1f}"
    for each in found:
        for mutant in each.survived:
            yield f"alive: {mutant.name}\n  - {mutant.was}\n  + {mutant.now}"
