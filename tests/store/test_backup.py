"""Backups: whole or not there, of one moment, the same bytes from any database."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import connections
from tests.ledger.kept import NAME, twenty
from tests.store.backups import PEOPLE, members
from tests.store.conftest import POSTGRESQL, Fresh
from tests.store.ledgers import begun, one_by_one, put, refused

from myelos.ledger import Head
from myelos.store import backup, personal
from myelos.store.archive import MANIFEST
from myelos.store.backup import back_up
from myelos.store.keeper import Keeper
from myelos.store.restoring import restore

WAYS = (
    pytest.param(("sqlite", "sqlite"), id="sqlite"),
    pytest.param(("sqlite", "postgresql", "sqlite"), id="postgresql", marks=pytest.mark.postgresql),
)


# The way there and back -------------------------------------------------------------------------------------


@pytest.mark.requirement("COP-01")
@pytest.mark.requirement("DAT-03")
@pytest.mark.parametrize("way", WAYS)
def test_cop_01_dat_03_the_worked_trial_goes_from_one_database_to_the_other_and_back(
    fresh: Fresh, tmp_path: Path, way: tuple[str, ...]
) -> None:
    """The same head, words and identities, and every member of each backup the same, byte for byte."""
    kept = twenty()
    head = put(Keeper(fresh(way[0], "first")), kept)
    for each in PEOPLE:
        personal.write("first", NAME, each)
    back_up("first", [NAME], tmp_path / "first.zip", identities=True)
    previous = tmp_path / "first.zip"
    for number, kind in enumerate(way[1:]):
        alias = fresh(kind, f"next{number}")
        restore(previous, alias, [head])
        keeper = Keeper(alias)
        assert keeper.head(NAME) == head == kept.snapshot.head
        assert list(keeper.verify(NAME, head)) == []
        assert set(keeper.every_word(NAME)) == set(kept.words.values())
        assert personal.of_trial(alias, NAME) == PEOPLE
        previous = tmp_path / f"{alias}.zip"
        back_up(alias, [NAME], previous, identities=True)
        assert members(previous) == members(tmp_path / "first.zip")
    with keeper.writing(NAME):
        pass  # the restored trial can be written to


@pytest.mark.requirement("DAT-02")
def test_dat_02_the_manifest_counts_and_hashes_what_is_there(taken: Path) -> None:
    """A transfer is reconciled: lines, bytes, SHA-256 and head in the manifest are those of the record."""
    from hashlib import sha256

    held, head = members(taken), begun().snapshot.head
    manifest = json.loads(held.pop(MANIFEST))
    assert [(each["trial"], each["seq"], each["digest"]) for each in manifest["trials"]] == [
        (NAME, head.seq, head.digest)
    ]
    counted = {each["name"]: (each["lines"], each["bytes"], each["sha256"]) for each in manifest["members"]}
    assert counted == {
        name: (content.count(b"\n"), len(content), sha256(content).hexdigest())
        for name, content in held.items()
    }
    assert [counted[name][0] for name in sorted(counted)] == [head.seq, len(PEOPLE), 5]
    restored = restore(taken, "default")
    assert str(restored) == f"{NAME}: {head.seq} entries, head {head.digest}"
    assert Keeper().head(NAME) == head


def test_the_entries_are_readable_by_any_program(taken: Path) -> None:
    """The entries' member is their texts as they were hashed, one a line."""
    texts = members(taken)["0001/entries.jsonl"].decode().splitlines()
    assert texts == [row.text for row in begun().rows]


def test_only_its_owner_may_read_a_backup(taken: Path) -> None:
    """A backup holds names: its mode is 0600, and no half-written one is left beside it."""
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600
    assert [each.name for each in taken.parent.iterdir() if ".zip" in each.name] == ["taken.zip"]


@pytest.mark.requirement("DAT-04")
def test_dat_04_identities_are_left_out_unless_they_are_asked_for(fresh: Fresh, tmp_path: Path) -> None:
    """Without identities no name is anywhere in the file; the record is whole all the same."""
    put(Keeper(fresh("sqlite")), begun())
    personal.write("default", NAME, PEOPLE[0])
    back_up("default", [NAME], tmp_path / "b.zip", identities=False)
    held = members(tmp_path / "b.zip")
    assert sorted(held) == ["0001/entries.jsonl", "0001/words.jsonl", MANIFEST]
    assert all(PEOPLE[0].name.encode() not in each for each in held.values())
    restore(tmp_path / "b.zip", fresh("sqlite", "other"))
    assert personal.of_trial("other", NAME) == ()


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_accounts_only_when_they_are_asked_for(fresh: Fresh, tmp_path: Path, kind: str) -> None:
    """Accounts come with their passwords' hashes and numbers; the next one gets a fresh number."""
    hashed = make_password("correct horse battery staple")
    put(Keeper(fresh(kind)), begun())
    for name in ("nurse", "monitor"):
        User.objects.create(username=name, password=hashed)
    User.objects.get(username="nurse").delete()
    back_up("default", [NAME], tmp_path / "without.zip", identities=True)
    back_up("default", [NAME], tmp_path / "with.zip", identities=True, accounts=True)
    assert all(hashed.encode() not in each for each in members(tmp_path / "without.zip").values())
    restore(tmp_path / "with.zip", fresh(kind, "other"))
    users = User.objects.using("other")
    assert [(each.username, each.password, each.pk) for each in users.all()] == [("monitor", hashed, 2)]
    assert users.create(username="next").pk == 3
    back_up("default", [], tmp_path / "accounts.zip", identities=True, accounts=True)
    with refused("accounts-exist"):
        restore(tmp_path / "accounts.zip", "other")


def test_words_that_were_erased_are_in_no_later_backup(fresh: Fresh, tmp_path: Path) -> None:
    """The ledger of a backup taken after an erasure is whole, without the words."""
    keeper, kept = Keeper(fresh("sqlite")), begun()
    put(keeper, kept)
    with keeper.writing(NAME):
        keeper.erase(NAME, list(kept.words)[:3])
    back_up("default", [NAME], tmp_path / "b.zip", identities=True)
    restore(tmp_path / "b.zip", fresh("sqlite", "other"))
    assert len(Keeper("other").every_word(NAME)) == 2
    assert list(Keeper("other").verify(NAME, kept.snapshot.head)) == []


# Taking one -------------------------------------------------------------------------------------------------


def test_a_trial_that_is_not_there_gives_no_file(fresh: Fresh, tmp_path: Path) -> None:
    """A backup of a trial with a misspelt name is refused, and nothing is written."""
    put(Keeper(fresh("sqlite")), begun())
    with refused("no-such-trial"):
        back_up("default", [NAME, "trial-2"], tmp_path / "b.zip", identities=True)
    assert not [each for each in tmp_path.iterdir() if "b.zip" in each.name]


def test_a_ledger_with_a_fault_is_no_backup(fresh: Fresh, tmp_path: Path) -> None:
    """A backup of an altered ledger would look whole: it is refused with every fault."""
    put(Keeper(fresh("sqlite")), begun())
    with connections["default"].cursor() as cursor:
        cursor.execute("DROP TRIGGER entry_unchanged")
        cursor.execute("UPDATE store_entry SET why = 'other' WHERE seq IN (3, 5)")
    with refused("ledger.column", "ledger.column"):
        back_up("default", [NAME], tmp_path / "b.zip", identities=True)
    assert not (tmp_path / "b.zip").exists()


def test_a_file_that_is_there_is_never_written_over(taken: Path, fresh: Fresh) -> None:
    """An older backup is kept whatever is asked."""
    before = taken.read_bytes()
    with refused("file-exists"):
        back_up("source", [NAME], taken, identities=True)
    assert taken.read_bytes() == before


def test_a_disk_that_fills_up_gives_no_file(
    taken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or not at all, also when the last step fails."""

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(backup.os, "fsync", full)
    with refused("cannot-write-file"):
        back_up("source", [NAME], tmp_path / "b.zip", identities=True)
    with refused("cannot-write-file"):
        back_up("source", [NAME], tmp_path / "no" / "such" / "b.zip", identities=True)
    assert not [each for each in tmp_path.iterdir() if "b.zip" in each.name]


@pytest.mark.slow
@pytest.mark.requirement("DAT-03")
@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_dat_03_every_backup_taken_while_others_write_restores_and_verifies(
    fresh: Fresh, tmp_path: Path, kind: str
) -> None:
    """A writer never stops; each backup is of one moment, restores, and is a beginning of the ledger."""
    keeper, kept = Keeper(fresh(kind)), twenty()
    stop, written = threading.Event(), []

    def write() -> None:
        for row, words in one_by_one(kept):
            if stop.is_set():
                break
            with keeper.writing(NAME) as writer:
                writer.add(NAME, [row], words)
            written.append(row.seq)
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    heads = []
    try:
        while not written:
            pass
        for number in range(6):
            made = back_up("default", [NAME], tmp_path / f"{number}.zip", identities=True).trials[0]
            heads.append(Head(NAME, made.seq, made.digest))
    finally:
        stop.set()
        writer.join()
    assert heads[-1].seq > heads[0].seq
    for number, head in enumerate(heads):
        alias = fresh("sqlite", f"restored{number}")
        restore(tmp_path / f"{number}.zip", alias, [head])
        assert Keeper(alias).head(NAME) == head
        assert kept.rows[head.seq - 1].digest == head.digest
        told = {each.reference for _, words in list(one_by_one(kept))[: head.seq] for each in words}
        assert {each.reference for each in Keeper(alias).every_word(NAME)} == told
