"""docs/security.md names tests, and every one of them is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"(tests/[\w/]+\.py)::(\w+)", PAGE)


@cache
def named_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def test_every_test_that_the_security_page_names_is_there() -> None:
    """A promise whose test was renamed or taken away is none."""
    assert len(NAMED) > 50
    assert [f"{file}::{name}" for file, name in NAMED if name not in named_in(file)] == []


def test_every_promise_of_the_security_page_has_a_test() -> None:
    """A row of its tables without one would be a claim."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| ASVS")]
    assert [row for row in rows if "::test_" not in row] == []
    assert {line for line in PAGE.splitlines() if line.startswith("| ASVS")} == {
        "| ASVS | what holds | shown by |"
    }


def test_the_named_in_sign_in_access_headers_and_statements_are_all_on_the_page_or_about_ourselves() -> None:
    """What is tested about tickets, access and sign-in at least is also promised."""
    promised = {name for _, name in NAMED}
    tested = {each for each in named_in("tests/web/test_access.py") if each.startswith("test_acc_01_")}
    left_out = {
        "test_acc_01_somebody_without_a_role_sees_no_trial",
        "test_acc_01_a_trial_that_is_not_there_and_one_of_others_are_refused_alike",
    }
    assert tested - promised == left_out
