"""Make what is generated in ``docs/isncsci.md``: run its Python, fill in what it prints, and tables.

``python docs/walk.py`` writes the page and the folder ``docs/isncsci``; with ``--check`` nothing is written,
and the exit status is 1 when either is not what the code makes today.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from myelos.isncsci import rules
from myelos.isncsci.classification import sums_of
from myelos.isncsci.editions import EDITIONS, OUTPUTS
from myelos.isncsci.steps import RULES

PAGE = Path(__file__).with_name("isncsci.md")
FILES = PAGE.with_suffix("")

BLOCK = re.compile(r"(```python\n(.*?)```\n)(?:\n```text\n.*?```\n)?", re.DOTALL)
"""A piece of Python and, where there is one, what it printed when the page was made."""

TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""A table and its name."""


def made(text: str, folder: Path) -> str:
    """The page ``text`` with all that is generated made anew; its code runs in ``folder``."""
    (folder / FILES.name).mkdir()
    names: dict[str, object] = {"__name__": "page"}

    def run(block: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
            exec(compile(block[2], PAGE.name, "exec"), names)
        out = printed.getvalue()
        return f"{block[1]}\n```text\n{out}```\n" if out else block[1]

    text = BLOCK.sub(run, text)
    return TABLE.sub(lambda place: f"{place[1]}{TABLES[place[2]]()}\n{place[3]}", text)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rules_table() -> str:
    """Every rule as :mod:`myelos.isncsci.rules` states it, with the function that applies it."""
    rows = []
    for name, found in [*vars(rules).items(), *vars(rules.Found).items(), ("sums_of", sums_of)]:
        text = inspect.getdoc(found) or ""
        rule = re.match(r"(R\d(?:\.\d)?): ", text)
        if rule and (callable(found) or isinstance(found, property)):
            said = " ".join(text[rule.end() :].replace("``", "`").split())
            rows.append((rule[1], said[:1].upper() + said[1:], f"`{name}`"))
    return _table(("rule", "as it is read here, with its certainty", "function"), sorted(rows))


def steps_table() -> str:
    """How certain the sentences of ``explain`` are, by rule."""
    by_rule: dict[str, dict[str, list[str]]] = {}
    for code, (rule, certainty) in RULES.items():
        by_rule.setdefault(rule, {}).setdefault(certainty, []).append(f"`{code}`")
    rows = [(rule, *(", ".join(held.get(each, ())) for each in "HML")) for rule, held in by_rule.items()]
    return _table(("rule", "H", "M", "L"), rows)


def editions_table() -> str:
    """Every edition with what distinguishes its rules."""
    said = {True: "yes", False: "no"}
    rows = (
        (
            f"**{edition}**",
            chosen.certainty,
            "all" if chosen.outputs == OUTPUTS else ", ".join(chosen.outputs),
            "any anal sensation" if chosen.any_anal_sensation else "DAP",
            "below the NLI" if chosen.motor_below_nli else "more than 3 below the motor level",
            "C or D" if chosen.tie_open else "D",
            said[chosen.non_key],
            "complete injuries" if chosen.zones_if_complete else "by VAC, DAP, S4-5",
            said[chosen.tags],
        )
        for edition, chosen in EDITIONS.items()
    )
    head = ("edition", "certainty", "outputs", "complete asks for", "motor function asked for (VAC no)",
            "just half are 3 or more", "non-key muscles count", "zones apply", "tags")  # fmt: skip
    return _table(head, rows)


TABLES = {"rules": rules_table, "steps": steps_table, "editions": editions_table}


def stale(write: bool) -> list[str]:
    """What of the page and its files is not as the code makes it; with ``write`` it is put right."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        now = {PAGE: made(PAGE.read_text("utf-8"), folder)}
        written = sorted((folder / FILES.name).iterdir())
        now |= {FILES / path.name: path.read_text("utf-8") for path in written}
    old = sorted({*FILES.glob("*"), *now}) if FILES.exists() else sorted(now)
    wrong = [path for path in old if not path.exists() or path.read_text("utf-8") != now.get(path)]
    if write:
        FILES.mkdir(exist_ok=True)
        for path in wrong:
            if path in now:
                path.write_text(now[path], encoding="utf-8")
            else:
                path.unlink()
    return [str(path.relative_to(PAGE.parent)) for path in wrong]


def main() -> None:
    """Write what is stale, or with ``--check`` say it and fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when anything is stale")
    check = parser.parse_args().check
    wrong = stale(write=not check)
    print("\n".join(f"{'stale' if check else 'written'}: {path}" for path in wrong) or "nothing is stale")
    sys.exit(1 if check and wrong else 0)


if __name__ == "__main__":
    main()
