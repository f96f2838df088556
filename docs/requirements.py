"""Write docs/requirements.md: every requirement, the tests that answer it, and what they said.

    python docs/requirements.py            run the tests that carry an id, and write the page
    python docs/requirements.py --check    fail when the page names other tests than the tree has

A test answers an id by the marker ``requirement("COI-04")`` and bears it in its name (``test_coi_04_...``).
The requirements are in requirements.csv, each with its source and the room that answers it.
"""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE, PAGE = ROOT / "docs" / "requirements.csv", ROOT / "docs" / "requirements.md"
SELF = "tests/house/test_requirements.py"
"""The test that holds the page fresh: it cannot run while the page is made."""
OPEN = {
    "ledger": "the record (`ledger`)",
    "store": "the record's door (`store`)",
    "web": "the pages (`web`)",
    "exchange": "what goes in and out (`exchange`)",
}
"""Rooms that are not built yet, and what they are."""

HEAD = """# Requirements

What authorities and standards ask of a system that keeps a trial of a person's own cells, and the tests that
answer it. Made by `make pages` from [requirements.csv](requirements.csv), where each requirement stands with
its source and our certainty of it. The result is that of the run that made this page; the same tests run in
`make test`.

| id | requirement | tests | result |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Answering:
    """A test that carries a requirement's id."""

    id: str
    file: str
    name: str


def answering() -> list[Answering]:
    """Every test with the marker, in order of file and line. Raises ValueError for an id that does not exist,
    or a test that does not bear its id in its name."""
    known, found = {row["id"] for row in rows()}, []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for id_ in _ids(node):
                name = node.name  # type: ignore[attr-defined]
                if id_ not in known:
                    raise ValueError(f"{path.name}: {name} answers {id_}, which is no requirement")
                if id_.lower().replace("-", "_") not in name:
                    raise ValueError(f"{path.name}: {name} answers {id_} and does not bear it in its name")
                found.append(Answering(id_, path.relative_to(ROOT).as_posix(), name))
    return found


def _ids(node: ast.AST) -> Iterator[str]:
    for mark in getattr(node, "decorator_list", []):
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
            yield from (argument.value for argument in mark.args if isinstance(argument, ast.Constant))


def rows() -> list[dict[str, str]]:
    """The requirements, in their order."""
    with TABLE.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def outcomes() -> Mapping[tuple[str, str], Counter[str]]:
    """What every test with an id said: by module and name, how many cases passed, failed or were skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        asked = ["-q", "-n", "auto", "-m", "requirement", f"--ignore={SELF}", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *asked]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        cases = ET.parse(report).getroot().iter("testcase")
        found: dict[tuple[str, str], Counter[str]] = {}
        for case in cases:
            said = next((each.tag for each in case if each.tag in ("failure", "error", "skipped")), "passed")
            key = (case.get("classname", ""), case.get("name", "").split("[")[0])
            found.setdefault(key, Counter())[said] += 1
        return found


def page() -> str:
    """The whole page; runs the tests."""
    ran, tests = outcomes(), answering()
    lines = []
    for row in rows():
        mine = [each for each in tests if each.id == row["id"]]
        links = "<br>".join(f"[{each.name}](../{each.file})" for each in mine)
        said: Counter[str] = Counter()
        for each in mine:
            if each.file == SELF:
                said["held by this page"] += 1
                continue
            said += ran.get((each.file.removesuffix(".py").replace("/", "."), each.name), Counter(missing=1))
        result = ", ".join(f"{count} {what}" for what, count in sorted(said.items()))
        if not mine:
            links, result = f"to be answered by {OPEN.get(row['room'], row['room'])}", "open"
        lines.append(f"| {row['id']} | {row['requirement']} | {links} | {result} |")
    answered = len({each.id for each in tests})
    table = "\n".join(lines)
    return f"{HEAD}{table}\n\n{answered} of {len(rows())} are answered by {len(tests)} tests.\n"


def stale() -> list[str]:
    """What the page says of tests and the tree does not, or the other way round."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    lines = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    tests, wrong = answering(), []
    for row in rows():
        expected = {f"[{each.name}](../{each.file})" for each in tests if each.id == row["id"]}
        cell = lines.get(row["id"], "").split(" | ")
        listed = set(cell[2].split("<br>")) if len(cell) > 2 and "](../" in cell[2] else set()
        if listed != expected:
            wrong.append(f"{row['id']}: the page has {sorted(listed)}, the tree {sorted(expected)}")
        if len(cell) > 3 and any(word in cell[3] for word in ("failure", "error", "missing")):
            wrong.append(f"{row['id']}: {cell[3].strip(' |')}")
    return wrong


def main() -> None:
    if "--check" in sys.argv:
        wrong = stale()
        sys.exit("\n".join(["docs/requirements.md is stale; make pages", *wrong]) if wrong else 0)
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
