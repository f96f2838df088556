"""`myelos account`: who is let in, who may do what; no password is ever an argument or said. Synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.typed import ADMIN, FIRST, SPONSOR, Ran, account, cheap, first, myelos

GRANT = ("account", "grant", "nurse", "nurse", "--as", "admin", "--why", "charter")
EVERYWHERE = ("--trial", "*", "--at", "*")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cheap(monkeypatch, tmp_path)


def create(name: str = "nurse", typed: str = f"{ADMIN}\n{FIRST}\n", as_: str = "admin") -> Ran:
    return myelos("account", "create", name, "--name", f"Made Up {name}", "--as", as_, typed=typed)


def test_the_first_account_makes_the_record(tmp_path: Path) -> None:
    """Once; a second first one is refused, and the record is as it was."""
    first()
    assert (tmp_path / "record.sqlite").exists()
    again = myelos("account", "first", "second", "--name", "Made Up", typed=f"{SPONSOR}\n")
    assert again.status == 2
    assert "there are 1 accounts already" in again.err
    listed = myelos("account", "list", "--as", "admin", typed=ADMIN)
    assert (listed.out.count("admin "), "second" in listed.out) == (1, False)


@pytest.mark.parametrize(
    ("name", "typed"), [("a b", ADMIN), ("admin", "short"), ("admin", ""), ("admin", "\n")]
)
def test_a_first_account_that_is_refused_makes_nothing(tmp_path: Path, name: str, typed: str) -> None:
    """No code, a weak password, none at all: there is no record then, and no secret of one."""
    done = myelos("account", "first", name, "--name", "Made Up", typed=typed)
    assert done.status == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["folder", "no/folder/record.sqlite", "text"])
def test_a_first_account_where_no_record_can_be_is_told(tmp_path: Path, where: str) -> None:
    """A folder, a folder that is not there, a file that is something else."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("something else", "utf-8")
    done = myelos("account", "first", "a1", "--name", "Made Up", "-d", tmp_path / where, typed=ADMIN)
    assert done.status == 2
    assert "Traceback" not in done.err
    assert done.err.startswith("error: ")


def test_an_account_is_made_given_a_role_and_shut(tmp_path: Path) -> None:
    """Its holder changes the password; what was granted is listed; a shut one is marked, its roles end."""
    first()
    assert "changes the password first" in create().err
    done = myelos(*GRANT, "--trial", "honmou", "--at", "sapporo", typed=ADMIN)
    assert (done.status, done.err) == (0, "nurse is nurse in honmou at sapporo.\n")
    (row,) = [each for each in listed().splitlines() if each.startswith(" nurse")]
    assert row.split() == ["nurse", "Made", "Up", "nurse", "nurse", "honmou", "sapporo"]
    revoke = ("account", "revoke", "nurse", "nurse", "--as", "admin", "--why", "moved")
    missed = myelos(*revoke, *EVERYWHERE, typed=ADMIN)
    assert missed.status == 2
    assert myelos(*revoke, "--trial", "honmou", "--at", "sapporo", typed=ADMIN).status == 0
    assert myelos("account", "retire", "nurse", "--as", "admin", "--why", "left", typed=ADMIN).status == 0
    (row,) = [each for each in listed().splitlines() if each.startswith(" nurse")]
    assert row.split() == ["nurse", "Made", "Up", "nurse", "retired"]
    assert create().status == 2


def listed() -> str:
    done = myelos("account", "list", "--as", "admin", typed=ADMIN)
    assert done.status == 0
    return done.out


def test_a_role_is_granted_for_a_trial_and_a_site_that_are_said(tmp_path: Path) -> None:
    """Whoever forgets one grants nothing; a star asks for every one; a role there is not is told."""
    first()
    create()
    for words in ((), ("--trial", "*"), ("--at", "*")):
        assert myelos(*GRANT, *words, typed=ADMIN).status == 2
    assert myelos(*GRANT, *EVERYWHERE, typed=ADMIN).err == "nurse is nurse in every trial at every site.\n"
    wrong = myelos(
        "account", "grant", "nurse", "wizard", "--as", "admin", "--why", "x", *EVERYWHERE, typed=ADMIN
    )
    assert (wrong.status, "wizard" in wrong.err) == (2, True)


def test_whoever_is_no_administrator_changes_nothing_and_learns_nothing(tmp_path: Path) -> None:
    """The same words for an account that is there and one that is not."""
    first()
    create()
    said = set()
    for name in ("admin", "ghost"):
        words = ("account", "unlock", name, "--as", "nurse", "--why", "x")
        said.add(myelos(*words, typed=FIRST).err)
    assert len(said) == 1
    assert "administrator" in said.pop()
    assert create("other", f"{FIRST}\n{SPONSOR}\n", "nurse").status == 2
    assert myelos("account", "list", "--as", "nurse", typed=FIRST).status == 2


def test_a_lockout_is_lifted_and_a_forgotten_password_is_replaced(tmp_path: Path) -> None:
    """Five wrong ones shut it; the words never say which was wrong."""
    first()
    account("nurse", SPONSOR, "nurse")
    said = {myelos("account", "password", "--as", "nurse", typed="tall grey heron\n").err for _ in range(5)}
    said.add(myelos("account", "password", "--as", "nurse", typed=f"{SPONSOR}\n{FIRST}\n").err)
    said.add(myelos("account", "password", "--as", "ghost", typed=f"{SPONSOR}\n{FIRST}\n").err)
    assert len(said) == 1
    assert "locked" in listed()
    assert myelos("account", "unlock", "nurse", "--as", "admin", "--why", "call", typed=ADMIN).status == 0
    reset = ("account", "password", "--of", "nurse", "--as", "admin", "--why", "forgotten")
    assert myelos(*reset, typed=f"{ADMIN}\n{FIRST}\n").status == 0
    assert myelos("account", "password", "--as", "nurse", typed=f"{FIRST}\n{SPONSOR}\n").status == 0


def test_roles_say_what_they_may(tmp_path: Path) -> None:
    """One line each, signed decisions marked; needs no record."""
    lines = dict(line.split(": ", 1) for line in myelos("account", "roles").out.splitlines())
    assert len(lines) == 14
    assert "cells.release (signed)" in lines["qualified-person"]
    assert "protocol.screen," in lines["coordinator"]


# Passwords --------------------------------------------------------------------------------------------------


def test_a_password_comes_from_a_file_that_a_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first line; a new one from a file of its own, never from that of the one who asks."""
    first()
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text(f"{ADMIN}\r\nnot this\n", "utf-8")
    new.write_text(f"{FIRST}\n", "utf-8")
    monkeypatch.setenv("MYELOS_PASSWORD_FILE", str(old))
    assert create("nurse", f"{FIRST}\n").status == 0
    monkeypatch.setenv("MYELOS_NEW_PASSWORD_FILE", str(new))
    assert create("nurse-2", "").status == 0
    monkeypatch.delenv("MYELOS_PASSWORD_FILE")
    for name in ("nurse", "nurse-2"):
        typed = f"{FIRST}\n"
        assert "may not read" in myelos("account", "list", "--as", name, typed=typed).err
        assert "do not fit" in myelos("account", "list", "--as", name, typed=f"{ADMIN}\n").err


@pytest.mark.parametrize("what", ["nowhere", "folder", "latin-1", "empty"])
def test_a_password_file_that_cannot_be_read_is_told_and_not_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Nobody counts it as a failure to sign in."""
    first()
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin-1").write_bytes(b"gr\xfcn heron on a river\n")
    (tmp_path / "empty").write_bytes(b"")
    monkeypatch.setenv("MYELOS_PASSWORD_FILE", str(tmp_path / what))
    done = myelos("account", "list", "--as", "admin")
    assert (done.status, done.out) == (2, "")
    assert "heron" not in done.err
    assert "Traceback" not in done.err
    monkeypatch.delenv("MYELOS_PASSWORD_FILE")
    verified = myelos("trial", "verify", "accounts").out
    assert verified == "accounts: 2 entries, every one as it was recorded\n"


def test_nobody_types_no_password(tmp_path: Path) -> None:
    """The end of what is piped is told as such, and is no failure to sign in."""
    first()
    for typed in ("", "\n", "\udcff\udcfe\n"):
        done = myelos("account", "list", "--as", "admin", typed=typed)
        assert done.status == 2
        assert "Traceback" not in done.err
    done = create("nurse", f"{ADMIN}\n")
    assert (done.status, "no password was given" in done.err) == (2, True)
    assert "nurse" not in listed()
