"""Serve the worked trial on this machine: its record, and an account a role with passwords made up just now.

    python -m examples.worked_trial.serving --out demo

What is served is a copy, so that the demo's own files stay as they were proved. Synthetic.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from myelos.findings import Phrasebook, Refused
from myelos.store.making import KEY_SUFFIX, key_of
from myelos.store.settings import configure
from myelos.web.serving import LOOPBACK, run
from myelos.web.settings import web_settings

if TYPE_CHECKING:
    from myelos.store.door import Door

SERVED = "serving.sqlite"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What is not mistaken for something else when it is typed."""

TITLE = "Synthetic: nobody in it exists. The passwords were made up just now and are told once."
PORT = 8000


def password() -> str:
    """A password of 79 bits that can be typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def served(out: Path, copy: Path) -> None:
    """A fresh copy of the demo's record, played into the folder first where it is not there. One that
    an earlier version played stays as it is: then the copy itself is played."""
    from examples.worked_trial.__main__ import RECORD

    record = out / RECORD
    key = key_of(record) or secrets.token_urlsafe(48)
    configure(record, key, **web_settings(LOOPBACK, secure=False, synthetic=True))
    for each in copy.parent.glob(f"{copy.name}*"):
        each.unlink()
    if not record.exists():
        _played(record)
    if not _readable(record):
        _played(copy)
        return
    _copied(record, copy)
    if key_of(record):
        shutil.copy(f"{record}{KEY_SUFFIX}", f"{copy}{KEY_SUFFIX}")


def _readable(record: Path) -> bool:
    """Whether the trial is there, and this version can read it."""
    from examples.worked_trial.script import TRIAL

    from myelos.store import open_store

    try:
        open_store(record).trials.snapshot(TRIAL)
    except Refused:
        return False
    return True


def _played(path: Path) -> None:
    from examples.worked_trial.playing import play
    from examples.worked_trial.script import steps

    from myelos.store import make_store

    path.parent.mkdir(parents=True, exist_ok=True)
    make_store(path)
    from examples.worked_trial.in_store import InStore

    play(InStore(), steps())


def _copied(record: Path, copy: Path) -> None:
    """As SQLite copies a database that may be open elsewhere."""
    import sqlite3

    copy.touch(0o600)
    source, target = sqlite3.connect(record), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def accounts(copy: Path) -> list[tuple[str, str, str]]:
    """Account, role and password of everybody; those of roles that the script has nobody for are made."""
    from examples.worked_trial.script import TRIAL
    from examples.worked_trial.staff import PASSWORD, STAFF, Account

    from myelos.ledger.accounts.commands import GrantRole
    from myelos.store import authority, open_store
    from myelos.store.identity import Proof

    door, first = open_store(copy), STAFF[0]
    given = {first.name: password()}
    administrator = door.sign_in(first.name, PASSWORD)
    door.change_password(administrator, given[first.name], Proof(PASSWORD, first.name))
    held = {each.role for each in STAFF}
    more = [Account(role, role, role.capitalize()) for role in authority.ROLES if role not in held]
    for each in (*STAFF[1:], *more):
        told, given[each.name] = password(), password()
        if each in more:
            door.create_account(administrator, each.name, each.printed, told)
            order = GrantRole(account=each.name, role=each.role, trial=TRIAL, site="*")  # type: ignore[arg-type]
            door.administer(administrator, order, why="made up")
        else:
            door.reset_password(administrator, each.name, told, why="made up: to be served")
        door.change_password(door.sign_in(each.name, told), given[each.name], Proof(told, each.name))
    _reopened(door, given)
    return [(each.name, each.role, given[each.name]) for each in (*STAFF, *more)]


def _reopened(door: Door, given: Mapping[str, str]) -> None:
    """Lift the lock of the copy, as its data manager may: else nothing could be tried."""
    from examples.worked_trial.script import OUTSIDE, TRIAL

    from myelos.ledger.commands import Reopen
    from myelos.ledger.events import Subject
    from myelos.store.identity import Proof

    if not door.trials.snapshot(TRIAL).restrictions:
        return
    manager = "data-manager"
    visitor = door.sign_in(manager, given[manager])
    order = Reopen(level="lock", subject=Subject(kind="trial"))
    done = door.do(
        visitor, TRIAL, f"reopened-{uuid4().hex}", order, role=manager, site=OUTSIDE,
        why="made up: to be tried", proof=Proof(given[manager], manager),
    )  # fmt: skip
    if done.refused:
        raise Refused(done.findings)


def main() -> None:
    """Copy the record, give everybody a password, say them, serve."""
    parser = argparse.ArgumentParser(description="Serve the worked trial on this machine.")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder of the record")
    parser.add_argument("--port", type=int, default=PORT)
    asked = parser.parse_args()
    console = Console(highlight=False)
    with console.status("making the record ready"):
        copy = asked.out / SERVED
        served(asked.out, copy)
        known = accounts(copy)
    table = Table("account", "role", "password", box=SIMPLE)
    for row in known:
        table.add_row(*row)
    console.print(table)
    console.print(TITLE, soft_wrap=True)

    def said(address: str) -> None:
        console.print(f"Open [bold]{address}[/bold] on this machine; Ctrl-C ends it.", soft_wrap=True)

    try:
        run(copy, port=asked.port, synthetic=True, said=said)
    except Refused as refused:
        book = Phrasebook("myelos", "myelos.store", "myelos.web")
        raise SystemExit("\n".join(book.tell(each) for each in refused.findings)) from None


if __name__ == "__main__":
    main()
