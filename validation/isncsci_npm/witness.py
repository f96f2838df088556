"""The package: whether it can be asked, asking it in batches, and reading the lists it answers with.

An output that it cannot determine is a list, ``NA,C5,C6``; ``*`` behind a value is its mark for a value that
rests on a tag. A sum that it cannot determine is ``ND``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from myelos.isncsci import Exam
from myelos.isncsci.records import PRAXIS, record_of

HERE = Path(__file__).parent
PACKAGE = "isncsci@2.0.6"
BATCH = 5_000
"""How many exams are held, or asked about, at once."""

Outputs = dict[str, str]
Item = TypeVar("Item")


def why_not() -> str | None:
    """Why the witness cannot be asked; None when it can. Installs the package where it is missing."""
    if shutil.which("node") is None:
        return "node is not installed"
    if _installed() == PACKAGE:
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    command = [npm, "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", PACKAGE]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
    return None if done.returncode == 0 else f"npm could not install {PACKAGE}: {done.stderr.strip()[-300:]}"


def _installed() -> str | None:
    manifest = HERE / "node_modules" / "isncsci" / "package.json"
    return f"isncsci@{json.loads(manifest.read_text('utf-8'))['version']}" if manifest.exists() else None


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """``items`` in lists of at most :data:`BATCH`."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def ask(exams: Sequence[Exam]) -> list[Outputs]:
    """The package's outputs, in order. Raises ValueError when the answers are not those to the questions."""
    given = [answer for batch in batches(exams) for answer in answers(batch)]
    if len(given) != len(exams):
        raise ValueError(f"the witness answered {len(given)} of {len(exams)} exams")
    for exam, answer in zip(exams, given, strict=True):
        if exam.id != answer["id"]:
            raise ValueError(f"the witness answered {answer['id']} when asked {exam.id}")
    return given


def answers(exams: Sequence[Exam]) -> list[Outputs]:
    """What the package prints; ``S4_5`` is written ``S4-5``."""
    text = "".join(json.dumps(record_of(exam, PRAXIS)) + "\n" for exam in exams)
    done = subprocess.run(
        ["node", str(HERE / "witness.mjs")],
        input=text,
        capture_output=True,
        text=True,
        timeout=170,
        check=True,
    )
    return [
        {name: value.replace("S4_5", "S4-5") for name, value in json.loads(line).items()}
        for line in done.stdout.splitlines()
    ]


def listed(text: str) -> tuple[str, ...]:
    """The values of a list, stars taken off, in the order given."""
    return tuple(value.rstrip("*") for value in text.split(","))


def is_starred(text: str) -> bool:
    """Whether any value of a list carries a star."""
    return "*" in text
