"""`myelos protocol` checks a trial's TOML and shows what a reader of it asks first."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from myelos.cli import app
from myelos.findings import Refused
from myelos.protocol import shipped_protocols

RUN = CliRunner()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", shipped_protocols())
def test_every_shipped_protocol_is_shown_in_both_languages(name: str, language: str) -> None:
    """Gates, visits and settings stand on the screen for each protocol."""
    done = RUN.invoke(app, ["protocol", name, "--language", language])
    assert done.exit_code == 0
    assert name in done.output
    assert "Settings" in done.output


def test_a_protocol_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """Two misspelt keys are two findings, each with its file and key."""
    broken = tmp_path / "mine.toml"
    broken.write_text('idd = "x"\nplaned = 3\n', "utf-8")
    done = RUN.invoke(app, ["protocol", str(broken)])
    assert isinstance(done.exception, Refused)
    keys = {each.place.column for each in done.exception.findings}
    assert {"idd", "planed"} <= keys
    assert {each.place.file for each in done.exception.findings} == {str(broken)}


def test_the_list_names_every_shipped_protocol() -> None:
    """``--list`` is the whole list."""
    done = RUN.invoke(app, ["protocol", "--list"])
    assert [line.split(":")[0] for line in done.output.splitlines()] == list(shipped_protocols())
