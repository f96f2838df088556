"""`myelos identity` and `myelos database`: names from a file, never an argument. Synthetic."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.typed import (
    CODE,
    COORDINATOR,
    DOCTOR,
    OPENED,
    SCREENED,
    SITE,
    TRIAL,
    Ran,
    begun,
    cheap,
    myelos,
    order,
)

pytestmark = pytest.mark.slow  # every test makes a record of its own, with passwords

HERE = ("--role", "coordinator", "--site", SITE)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cheap(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)


def ask(*commands: object) -> Ran:
    Path("asked.json").write_text(json.dumps(commands), "utf-8")
    return myelos("trial", "do", TRIAL, "asked.json", "--as", "coordinator", *HERE, typed=COORDINATOR)


def screened() -> None:
    assert ask(OPENED, SCREENED).status == 0


def read(*words: str) -> Ran:
    return myelos("trial", *words, "--as", "coordinator", typed=COORDINATOR)


def entries() -> int:
    return int(myelos("trial", "verify", TRIAL).out.split()[1])


@pytest.mark.requirement("DAT-04")
def test_dat_04_who_a_code_is_comes_from_a_file_and_goes_by_signature() -> None:
    """It is never an argument; each reading is an entry, and afterwards nothing is kept."""
    begun()
    screened()
    who = {"person": CODE, "name": "見本 花子", "birth_date": "1970-02-28"}
    Path("who.json").write_text(json.dumps(who), "utf-8")
    as_ = ("--as", "coordinator", *HERE)
    assert myelos("identity", "keep", TRIAL, "who.json", *as_, typed=COORDINATOR).status == 0
    look = ("identity", "read", TRIAL, CODE, *as_, "--why", "a call")
    assert myelos(*look, typed=COORDINATOR).out.splitlines() == [
        "name: 見本 花子", "birth date: 1970-02-28", "hospital number: -"
    ]  # fmt: skip
    doctor = ("--as", "doctor", "--role", "investigator", "--site", SITE)
    erased = myelos("identity", "erase", TRIAL, CODE, *doctor, "--why", "asked to be", typed=DOCTOR)
    assert (erased.status, erased.out) == (0, f"6: ledger.identity-erased {CODE}\n")
    assert myelos(*look, typed=COORDINATOR).err == f"nothing is kept of {CODE}\n"
    events = [
        line.split()[-1] for line in read("timeline", TRIAL, CODE).out.splitlines() if "identity" in line
    ]
    assert len(events) == 4


def test_identities_with_faults_are_refused_with_all_of_them() -> None:
    """None of the file is kept then."""
    begun()
    screened()
    wrong = [
        {"person": CODE, "name": "見本 花子"},
        {"person": "no code", "born": "1970"},
        {"birth_date": "no"},
    ]
    Path("who.json").write_text(json.dumps(wrong), "utf-8")
    keep = ("identity", "keep", TRIAL, "who.json", "--as", "coordinator", *HERE)
    done = myelos(*keep, typed=COORDINATOR)
    assert (done.status, done.out) == (2, "")
    for place in ("[1].person", "[1].born", "[2].person", "[2].birth_date"):
        assert place in done.err
    assert entries() == 3
    kept = ask(order("ledger.keep-identity", "keep-1", 7, person=CODE))
    assert "myelos identity keep" in kept.err


def test_a_database_of_sqlite_s_needs_no_preparing() -> None:
    """The verb is for PostgreSQL's, and says so."""
    done = myelos("database", "prepare", "record.sqlite", "--application-role", "application")
    assert (done.status, "only a database of PostgreSQL's" in done.err) == (2, True)
