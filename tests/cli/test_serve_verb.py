"""The verb that serves the pages: it says where, ends at Ctrl-C, and says why it does not start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.cli.typed import cheap, first, myelos


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record with one account, made without the pages' tables in mind."""
    cheap(monkeypatch, tmp_path)
    first()
    return tmp_path / "record.sqlite"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.slow
def test_a_record_is_served_to_this_machine_until_ctrl_c(record: Path) -> None:
    """It says the address once it can be opened, says that people are made up, and ends well."""
    port = free_port()
    words = [
        sys.executable,
        "-c",
        "from myelos.cli import main; main()",
        "serve",
        "-d",
        str(record),
        "--synthetic",
    ]
    server = subprocess.Popen([*words, "--port", str(port)], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        assert server.stderr.readline() == f"http://localhost:{port}/ (Ctrl-C ends it)\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/account/sign-in/", timeout=20) as page:
            assert "Everything here is made up" in page.read().decode()
        listening = Path("/proc/net/tcp").read_text("ascii")
        assert f"0100007F:{port:04X}" in listening
        assert f"00000000:{port:04X}" not in listening
    finally:
        os.kill(server.pid, signal.SIGINT)
        _, said = server.communicate(timeout=30)
    assert (server.returncode, said) == (0, "The pages are no longer served.\n")


def test_a_port_that_is_taken_is_told_of(record: Path) -> None:
    """Whoever has two of them running learns which."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = myelos("serve", "--port", str(port))
    assert done.status == 2
    assert done.err.startswith(f"error: port {port} cannot be used (Address already in use)")


def test_what_is_no_record_is_not_served(record: Path) -> None:
    """Neither where there is nothing, nor where there is something else; nothing is made there."""
    none = record.with_name("none.sqlite")
    done = myelos("serve", "-d", none)
    assert (done.status, done.err.startswith("error: there is no database")) == (2, True)
    assert not none.exists()
    other = record.with_name("other.sqlite")
    other.write_bytes(b"something else, and long enough to be read as the first page of a file" * 20)
    assert myelos("serve", "-d", other).status == 2


@pytest.mark.parametrize("host", ["*", "", "a host", "https://trial.example.org", "-", "trial.example.org/x"])
def test_what_is_no_name_of_a_host_is_refused(record: Path, host: str) -> None:
    """A star would let every name in."""
    done = myelos("serve", "--host", host)
    assert (done.status, done.err.startswith("error: this is no name of a host")) == (2, True)


def test_only_postgresql_is_prepared(record: Path) -> None:
    """A file makes the tables of its pages itself."""
    done = myelos("database", "prepare", str(record), "--application-role", "application")
    assert done.status == 2
