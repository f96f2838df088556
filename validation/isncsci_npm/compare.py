"""The whole comparison with the npm package ``isncsci`` 2.0.6, and the page that holds what it found.

Five groups of made-up exams and the three of the specification. It fails when anything is unexplained, and
when the page ``docs/isncsci-witness.md`` is not what was found.
"""

from __future__ import annotations

import difflib
import os
import subprocess
import time
from pathlib import Path

from validation.isncsci_npm import groups, tested, three, untested, witness
from validation.isncsci_npm.page import COMMAND, Seen, render
from validation.isncsci_npm.tested import SEED

PAGE = Path(__file__).parents[2] / "docs" / "isncsci-witness.md"
ANYWHERE, ANAL, TAGGED = 20_000, 6_000, 2_500
"""How many exams: NT anywhere; VAC or DAP among them; with tags, in each of two groups."""

_SHOWN = 20


def main(*, write: bool = False) -> int:
    """Run the comparison and print its page; 0 when every disagreement is explained and the page holds it.

    With ``write`` the page is written anew, unless something is unexplained.
    """
    start = time.perf_counter()
    reason = witness.why_not()
    if reason is not None:
        print(f"isncsci_npm: skipped, {reason}")
        return 1 if os.environ.get("CI") else 0
    try:
        seen = _see()
    except (subprocess.SubprocessError, ValueError) as error:
        print(f"isncsci_npm: the witness failed: {error}")
        return 1
    text = render(seen)
    print(text)
    for each in seen.unexplained[:_SHOWN]:
        print(f"UNEXPLAINED {each}")
    print(f"unexplained: {len(seen.unexplained)}; seconds: {time.perf_counter() - start:.1f}")
    if seen.unexplained:
        return 1
    if write:
        PAGE.write_text(text, "utf-8")
    return 0 if _up_to_date(text) else 1


def _see() -> Seen:
    return Seen(
        tested.compare(),
        untested.compare(groups.anywhere(ANYWHERE, SEED)),
        untested.compare(groups.anal(ANAL, SEED + 1)),
        untested.compare(groups.tagged_scores(TAGGED, SEED + 2)),
        untested.compare(groups.tagged_anywhere(TAGGED, SEED + 3)),
        tuple(three.compare()),
    )


def _up_to_date(text: str) -> bool:
    """Whether the page holds just this text; if not, say where it differs."""
    held = PAGE.read_text("utf-8") if PAGE.exists() else ""
    if held == text:
        return True
    print(f"{PAGE.name} is not what was found; `{COMMAND} --write` writes it anew:")
    lines = difflib.unified_diff(held.splitlines(), text.splitlines(), "the page", "found", lineterm="", n=0)
    print("\n".join(list(lines)[:_SHOWN]))
    return False
