"""How many small changes to the gates do the tests notice? mutmut makes them, one at a time.

Asked are the modules that stand between a bag and a vein. A change that means the same (see
``equivalent.toml``) cannot be noticed and is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from validation.mutants import workspace
from validation.mutants.results import Found, lines, read
from validation.witness import Missing, skipped

GATES = (
    "src/myelos/cells/gates.py",
    "src/myelos/cells/release.py",
    "src/myelos/cells/bedside.py",
    "src/myelos/cells/decide.py",
    "src/myelos/protocol/permission.py",
    "src/myelos/protocol/procedures.py",
    "src/myelos/protocol/decide.py",
    "src/myelos/protocol/takeover.py",
)
LEAST = 95.0
"""Percent of the mutants of every module that have to be noticed."""


def main(asked: Sequence[str] = ()) -> int:
    """Run mutmut on the gates (or on the modules named) and print; 0 when enough were noticed everywhere."""
    parser = argparse.ArgumentParser(prog="python -m validation.mutants", description=__doc__)
    parser.add_argument("--in", dest="folder", type=Path, help="keep the copy and the results in this folder")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("modules", nargs="*", default=GATES)
    told = parser.parse_args(asked)
    mutmut = Path(sys.executable).with_name("mutmut")
    if not mutmut.exists():
        return skipped("mutants", Missing("the program mutmut (pip install mutmut)"))
    if told.folder is not None:
        return _measure(told.folder, told.modules, told.processes, mutmut)
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder), told.modules, told.processes, mutmut)


def _measure(folder: Path, modules: Sequence[str], processes: int, mutmut: Path) -> int:
    start = time.perf_counter()
    workspace.make(folder, modules)
    log = folder / "mutmut.log"
    with log.open("w", encoding="utf-8") as output:
        command = [str(mutmut), "run", "--max-children", str(processes)]
        ran = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False)
    if ran.returncode:
        print(f"mutmut ended with status {ran.returncode}:")
        print(log.read_text(encoding="utf-8", errors="replace")[-2000:])
        return 1
    found: list[Found] = [read(folder, module, mutmut) for module in modules]
    print("\n".join(lines(found)))
    print(f"{time.perf_counter() - start:.0f} s with {processes} processes")
    return 0 if all(each.percent >= LEAST for each in found) else 1
