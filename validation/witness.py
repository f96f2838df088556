"""Find the programs that serve as witnesses, and ask R."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Missing:
    """A witness that is not on this machine, by the name of what is missing."""

    name: str


def program(name: str) -> Path | Missing:
    """Where a program is, or that it is missing."""
    found = shutil.which(name)
    return Missing(f"the program {name}") if found is None else Path(found)


def r_with(package: str) -> Path | Missing:
    """Where ``Rscript`` is, or that it or one of R's packages is missing."""
    found = program("Rscript")
    if isinstance(found, Missing):
        return found
    ask = f"quit(status = if (requireNamespace('{package}', quietly = TRUE)) 0 else 1)"
    absent = subprocess.run([str(found), "--vanilla", "-e", ask], capture_output=True, check=False).returncode
    return Missing(f"R's package {package} (Debian: r-cran-{package.lower()})") if absent else found


def skipped(name: str, missing: Missing) -> int:
    """Say that a witness is not heard, and why: no failure on a user's machine, a failure where CI is set."""
    print(f"{name}: skipped, {missing.name} is missing")
    return 1 if os.environ.get("CI") else 0


def ask_r(rscript: Path, script: Path, lines: Iterable[str]) -> list[list[str]]:
    """Run ``script`` with two file names, one holding ``lines``; the comma-separated rows of the other.

    Raises RuntimeError with R's own words when R fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "question.csv"), Path(folder, "answer.csv")
        question.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        command = [str(rscript), "--vanilla", str(script), str(question), str(answer)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise RuntimeError(f"{script.name} ended with status {ran.returncode}: {ran.stderr.strip()}")
        return [line.split(",") for line in answer.read_text(encoding="utf-8").splitlines()]


def numbers(values: Sequence[float]) -> str:
    """Values with the 17 digits that give every float back, separated by commas."""
    return ",".join(f"{value:.17g}" for value in values)
