"""The page on how a trial is kept is run: every command line typed, every line of Python, in its order."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from tests.cli.typed import ADMIN, COORDINATOR, FIRST, SPONSOR, cheap, myelos

from myelos.store import open_store

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "record.md").read_text("utf-8")
BLOCK = re.compile(r"^```(console|python|json) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWN = {"admin": ADMIN, "sponsor": SPONSOR, "coordinator": COORDINATOR}


def typed(words: list[str]) -> str:
    """What somebody types: their password, and a new one where it is asked for. A newcomer's is told them."""
    if words[1:3] == ["account", "first"]:
        return f"{ADMIN}\n"
    account = words[words.index("--as") + 1] if "--as" in words else "admin"
    if words[1:3] == ["account", "create"]:
        return f"{ADMIN}\n{OWN[words[3]] if words[3] == 'coordinator' else FIRST}\n"
    if words[1:3] == ["account", "password"]:
        return f"{FIRST}\n{OWN[account]}\n"
    return f"{OWN[account]}\n"


def run(line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command line says; its output goes where it is sent."""
    words = shlex.split(line)
    if words[0] == "export":
        monkeypatch.setenv(*words[1].split("=", 1))
        return ""
    to = None
    if ">" in words:
        words, to = words[: words.index(">")], words[-1]
    done = myelos(*words[1:], typed=typed(words))
    assert (done.status != 0) == ("refused" in done.err), done.err
    if to is not None:
        Path(to).write_text(done.out, "utf-8")
        return done.err
    return done.out + done.err


def test_the_page_on_how_a_trial_is_kept_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader can type it, and sees what stands below each line; where nothing stands, it is not shown."""
    cheap(monkeypatch, tmp_path)
    monkeypatch.delenv("MYELOS_DATABASE")
    monkeypatch.chdir(tmp_path)
    checker, ran, known = doctest.OutputChecker(), 0, {}  # type: ignore[var-annotated]
    for kind, name, text in BLOCK.findall(PAGE):
        if kind == "json":
            Path(name).write_text(text, "utf-8")
        elif kind == "python":
            runner = doctest.DocTestRunner()
            example = doctest.DocTestParser().get_doctest(text, known, "record.md", "record.md", 0)
            runner.run(example, clear_globs=False)
            assert runner.summarize().failed == 0
            ran += runner.summarize().attempted
        else:
            for line, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                said = run(line, monkeypatch)
                ran += 1
                assert not expected or checker.check_output(expected, said, doctest.ELLIPSIS), said
    assert ran > 25
    assert open_store("copy.sqlite").head("demo").seq == 5
