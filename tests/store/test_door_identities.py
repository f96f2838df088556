"""Who a trial code is: kept apart, read by few with an entry each, erased. Synthetic."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from examples.twenty_people.script import OPENED, SITE
from tests.ledger.kept import NAME
from tests.protocol.played import person
from tests.store.doors import ADMIN, OWN, Office, codes, running

from myelos.findings import Refused
from myelos.ledger import commands as lc
from myelos.ledger.events import IdentityErased, IdentityKept, IdentityRead
from myelos.protocol.enrolment import Screen
from myelos.store import personal, readings
from myelos.store.identity import Proof
from myelos.store.personal import Identity

CODE, OTHER = person(1).person, person(2).person
HANAKO = Identity(person=CODE, name="見本 花子", birth_date=date(1970, 2, 28), hospital_number="made-up-7731")
TOLD = ("見本", "花子", "1970-02-28", "made-up-7731")
WHERE: Any = {"role": "coordinator", "site": SITE}


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A trial with two people, and who one of them is."""
    made = running(alias, monkeypatch)
    for code in (CODE, OTHER):
        made.do("coordinator", Screen(person=code, onset=OPENED), "coordinator")
    readings.keep_identity(made.door, made.enter("coordinator"), NAME, "who-1", HANAKO, **WHERE)
    return made


def look_up(it: Office, code: str = CODE, id_: str = "look-1", account: str = "coordinator") -> Any:
    visitor = it.enter(account)
    return readings.look_up(it.door, visitor, NAME, id_, code, role=account, site=SITE, why="a call")


def events(it: Office) -> list[str]:
    return [row.event.removeprefix("ledger.") for row in it.keeper.rows(NAME) if "identity" in row.event]


@pytest.mark.requirement("DAT-04")
def test_dat_04_whoever_looks_up_a_name_is_recorded(it: Office) -> None:
    """What was kept is given, and the entry says who looked, when and why; nobody else may."""
    assert look_up(it) == HANAKO
    (row,) = it.door.trials.of_command(NAME, "look-1")
    assert (row.event, row.plain["by"], row.plain["person"]) == (IdentityRead.NAME, "coordinator", CODE)  # type: ignore[attr-defined]
    assert "a call" in it.keeper.words(NAME, [row]).values()
    for account in ("nurse", "monitor", "sponsor", "data-manager"):
        with pytest.raises(Refused):
            look_up(it, id_=f"by-{account}", account=account)
    assert events(it) == ["identity-kept", "identity-read"]


def test_an_id_that_was_used_looks_up_nobody(it: Office) -> None:
    """Neither the same person, unrecorded, nor another one under the entry of the first."""
    look_up(it)
    for code in (CODE, OTHER):
        with pytest.raises(Refused) as raised:
            look_up(it, code)
        assert codes(raised) == ["store.command-id-used"]


def test_what_is_not_kept_is_looked_up_as_nothing(it: Office) -> None:
    """None for somebody of whom nothing is kept; nobody outside of the trial is looked up at all."""
    assert look_up(it, OTHER) is None
    with pytest.raises(Refused) as raised:
        look_up(it, "PMADE1260009999", "look-2")
    assert codes(raised) == ["ledger.nobody"]


@pytest.mark.requirement("DAT-04")
def test_dat_04_an_erased_identity_is_gone_and_its_code_stays(it: Office) -> None:
    """By a signed decision with a reason; the entry and the erasing are one."""
    visitor, how = it.enter("investigator"), {"role": "investigator", "site": SITE}
    with pytest.raises(Refused):
        readings.erase_identity(it.door, visitor, NAME, "erase-0", CODE, **how, why="asked to be")
    assert personal.read(it.alias, NAME, CODE) == HANAKO
    proof = Proof(OWN, "investigator")
    without = readings.erase_identity(it.door, visitor, NAME, "erase-1", CODE, **how, why="", proof=proof)
    assert without.refused
    assert personal.read(it.alias, NAME, CODE) == HANAKO
    readings.erase_identity(it.door, visitor, NAME, "erase-2", CODE, **how, why="asked to be", proof=proof)
    assert personal.read(it.alias, NAME, CODE) is None
    assert look_up(it) is None
    assert CODE in it.door.trials.snapshot(NAME).state.people


def test_an_entry_about_an_identity_is_never_recorded_without_it(it: Office) -> None:
    """A plain command that says it is erased, erases it; one that says it is kept brings nothing to keep."""
    erase = lc.EraseIdentity(person=CODE)
    it.do("investigator", erase, "investigator", why="asked to be", proof=Proof(OWN, "investigator"))
    assert personal.read(it.alias, NAME, CODE) is None
    with pytest.raises(Refused) as raised:
        it.do("coordinator", lc.KeepIdentity(person=CODE), "coordinator")
    assert codes(raised) == ["store.no-identity"]
    assert events(it) == ["identity-kept", "identity-erased"]
    assert {IdentityErased.NAME, IdentityKept.NAME} <= {row.event for row in it.keeper.rows(NAME)}  # type: ignore[attr-defined]


def test_an_identity_that_cannot_be_kept_leaves_no_entry(it: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no form is told with every fault; what the database refuses undoes the entry, too."""
    before = it.keeper.head(NAME)
    wrong = Identity(person="no code", name="x" * 201)
    for kept, write in ((wrong, personal.write), (HANAKO, _fails)):
        monkeypatch.setattr(personal, "write", write)
        with pytest.raises((Refused, RuntimeError)):
            readings.keep_identity(it.door, it.enter("coordinator"), NAME, "who-2", kept, **WHERE)
        assert it.keeper.head(NAME) == before


def _fails(*_: object) -> None:
    raise RuntimeError("made up")


# No name anywhere -------------------------------------------------------------------------------------------


def columns(it: Office, table: str) -> str:
    with connections[it.alias].cursor() as cursor:
        return str(cursor.execute(f"SELECT * FROM {table}").fetchall())


@pytest.mark.requirement("DAT-04")
def test_dat_04_no_name_is_in_entries_words_snapshots_exports_or_a_backup(it: Office, tmp_path: Path) -> None:
    """Only in the table of identities, and in a backup that was asked for with them."""
    look_up(it)
    tables = ["store_entry", "store_words", "store_kept", "auth_user"]
    frames = readings.tidy_rows(it.door, it.enter("data-manager"), NAME)
    held = [*(columns(it, table) for table in tables), *(frame.write_json() for frame in frames.values())]
    held += [str(line.said) for line in readings.timeline(it.door, it.enter("monitor"), NAME, CODE)]
    held.append(str(it.door.trials.snapshot(NAME)))
    readings.backed_up(it.door, it.enter(ADMIN), NAME, tmp_path / "without.zip", with_accounts=True)
    with zipfile.ZipFile(tmp_path / "without.zip") as opened:
        held += [opened.read(name).decode() for name in opened.namelist()]
        assert not any("personal" in name for name in opened.namelist())
    assert [each for each in TOLD if any(each in text for text in held)] == []
    assert [each for each in TOLD if each not in columns(it, "store_personal").replace(
        "datetime.date(1970, 2, 28)", "1970-02-28")] == []  # fmt: skip


@pytest.mark.requirement("DAT-04")
def test_dat_04_a_backup_with_names_is_a_reading_of_each(it: Office, tmp_path: Path) -> None:
    """An administrator who takes them away leaves an entry for every person, before there is a file."""
    readings.backed_up(it.door, it.enter(ADMIN), NAME, tmp_path / "with.zip", identities=True)
    with zipfile.ZipFile(tmp_path / "with.zip") as opened:
        assert "made-up-7731" in opened.read("0001/personal.jsonl").decode()
        said = opened.read("0001/entries.jsonl").decode().splitlines()[-1]
    assert f'"event":"{IdentityRead.NAME}"' in said  # type: ignore[attr-defined]
    assert '"by":"admin"' in said
    assert f'"person":"{CODE}"' in said
