"""Backups to be taken, bent and put back."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import tests.store.databases  # noqa: F401 - sets Django up
from django.db import connections
from tests.ledger.kept import NAME
from tests.store.ledgers import begun, put

from myelos.store import personal
from myelos.store.archive import MANIFEST
from myelos.store.backup import back_up
from myelos.store.keeper import Keeper
from myelos.store.personal import Identity

PEOPLE = (
    Identity(person="SCI-001", name="見本 花子", birth_date=date(1970, 2, 28), hospital_number="made-up-1"),
    Identity(person="SCI-002", name="Made Up"),
)


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same backup with its members changed, and written as a sound zip again."""
    held = members(file)
    change(held)
    made = file.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as out:
        for name, content in held.items():
            out.writestr(name, content)
    return made


def told_again(held: dict[str, bytes]) -> None:
    """Let the manifest count and hash what the members hold now: a forger would."""
    manifest = json.loads(held[MANIFEST])
    for each in manifest["members"]:
        content = held[each["name"]]
        each.update(lines=content.count(b"\n"), bytes=len(content), sha256=sha256(content).hexdigest())
    held[MANIFEST] = json.dumps(manifest).encode()


def nothing_there(alias: str = "default") -> bool:
    tables = ("store_entry", "store_words", "store_personal")
    with connections[alias].cursor() as cursor:
        counts = [cursor.execute(f"SELECT count(*) FROM {each}").fetchone()[0] for each in tables]
    return counts == [0, 0, 0]


def take(alias: str, folder: Path) -> Path:
    """A backup of a short trial and its people, which is put into the database first."""
    put(Keeper(alias), begun())
    for each in PEOPLE:
        personal.write(alias, NAME, each)
    back_up(alias, [NAME], folder / "taken.zip", identities=True)
    return folder / "taken.zip"
