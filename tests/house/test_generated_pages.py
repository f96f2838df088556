"""Pages that are generated say what the tables say, and the page on running a trial runs."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_pages_on_measures_and_stopping_rules_are_fresh() -> None:
    """A table changed without `make pages` fails here."""
    command = [sys.executable, "docs/tables.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_page_on_running_a_trial_prints_what_it_says() -> None:
    """Every line of docs/run.md that is typed prints what stands below it."""
    text = (ROOT / "docs" / "run.md").read_text("utf-8")
    typed = "\n\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(doctest.DocTestParser().get_doctest(typed, {}, "run.md", "docs/run.md", 0))
    assert runner.summarize().attempted > 10
    assert runner.summarize().failed == 0
