"""Verbs as somebody types them, in this process: what is said, what is told beside it, the exit status."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import tests.store.databases  # noqa: F401 - sets Django up
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections

from myelos.cli import main

ADMIN, SPONSOR, COORDINATOR, DOCTOR = (
    "correct horse battery", "plain staple asses", "tall quiet harbours", "seven gentle giants",
)  # fmt: skip
FIRST = "told on the telephone"
TRIAL, SITE = "honmou", "sapporo"
CODE = "PMADE126000001B"
ONSET = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)


@dataclass(frozen=True)
class Ran:
    """What came of a verb."""

    status: int
    out: str
    err: str


def myelos(*words: str | Path, typed: str = "") -> Ran:
    """Run a verb with these lines piped into it. Nothing that was piped may be said."""
    out, err = io.StringIO(), io.StringIO()
    given = [sys.argv[0], *map(str, words)]
    status: Any = 0
    with patch.object(sys, "argv", given), patch.object(sys, "stdin", io.StringIO(typed)):
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                status = ended.code or 0
            finally:
                connections["default"].close()
    said = out.getvalue() + err.getvalue()
    for secret in (ADMIN, SPONSOR, COORDINATOR, DOCTOR, FIRST):
        assert secret not in said
    return Ran(status, out.getvalue(), err.getvalue())


def at(minutes: float = 0) -> str:
    """An instant of today, as a command has it."""
    return (ONSET + timedelta(days=4, minutes=minutes)).isoformat().replace("+00:00", "Z")


def order(name: str, id_: str, minutes: float = 0, **data: Any) -> dict[str, Any]:
    """One command of a file."""
    return {"id": id_, "at": at(minutes), "order": {"name": name, "version": 1, "data": data}}


OPENED = order("protocol.site-opened", "site-1", site=SITE, zone="Asia/Tokyo")
SCREENED = order("protocol.screen", "scr-1", 5, person=CODE, onset=ONSET.isoformat().replace("+00:00", "Z"))


def cheap(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """argon2 at a cost that lets tests be quick, and a record in a folder of its own."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    monkeypatch.setenv("MYELOS_DATABASE", str(folder / "record.sqlite"))
    for name in ("MYELOS_PASSWORD_FILE", "MYELOS_NEW_PASSWORD_FILE", "MYELOS_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)


def account(name: str, password: str, role: str, site: str = SITE) -> None:
    """An account with a role, whose holder changed the password."""
    asked = [
        (("account", "create", name, "--name", f"Made Up {name}", "--as", "admin"), f"{ADMIN}\n{FIRST}\n"),
        (
            (
                "account",
                "grant",
                name,
                role,
                "--as",
                "admin",
                "--why",
                "charter",
                "--trial",
                TRIAL,
                "--at",
                site,
            ),
            f"{ADMIN}\n",
        ),
        (("account", "password", "--as", name), f"{FIRST}\n{password}\n"),
    ]
    for words, typed in asked:
        assert myelos(*words, typed=typed).status == 0


def first() -> None:
    assert myelos("account", "first", "admin", "--name", "Made Up Admin", typed=f"{ADMIN}\n").status == 0


def begun() -> None:
    """A record with a trial, and those who work at its site."""
    first()
    account("sponsor", SPONSOR, "sponsor", "*")
    account("coordinator", COORDINATOR, "coordinator")
    account("doctor", DOCTOR, "investigator")
    done = myelos("trial", "new", TRIAL, "--protocol", "honmou-phase2", "--as", "sponsor", typed=SPONSOR)
    assert (done.status, done.out) == (0, "1: ledger.trial-opened\n")
