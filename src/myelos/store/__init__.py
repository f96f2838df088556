"""The record behind one door: a database, accounts, and one table of who may do what.

:func:`make_store` makes a record where there is none, :func:`open_store` gives the :class:`Door` to one. What
can be read through it is in :mod:`myelos.store.readings`, what may be done in :mod:`myelos.store.authority`.
Everything here is loaded when it is asked for: Django has to be set up first.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myelos.ledger import Head
    from myelos.store.door import Door

__all__ = ["check_backup", "make_store", "open_store", "prepare_database", "refuse_first"]


def make_store(database: str | Path) -> Door:
    """Make a record, and give its door. ``database``: the path of a SQLite file that is not there yet, or
    ``postgresql://owner@host/name`` of an empty database (see :mod:`myelos.store.postgresql` for its roles).

    Raises :class:`~myelos.findings.Refused` where there is something already, or nothing can be made.
    """
    from myelos.store.making import make, new_key

    new_key(database)
    _point(database)
    make(database)
    return open_store(database)


def refuse_first(database: str | Path, account: str, printed_name: str, password: str) -> None:
    """Raise :class:`~myelos.findings.Refused` with everything that speaks against a first account, before a
    record is made for it."""
    _point(database)
    from datetime import UTC, datetime

    from myelos.findings import Refused, Severity
    from myelos.ledger.accounts import Accounts, by_oneself, decide_account
    from myelos.ledger.accounts.commands import CreateFirstAccount
    from myelos.store.identity import password_findings

    order = CreateFirstAccount(account=account, printed_name=printed_name)
    found = decide_account(Accounts(), order, by_oneself(account, datetime.now(UTC))).findings
    found += password_findings(account, password, printed_name)
    if any(each.severity is Severity.ERROR for each in found):
        raise Refused(found)


def check_backup(database: str | Path, file: Path, heads: Iterable[Head] = ()) -> None:
    """Raise :class:`~myelos.findings.Refused` with everything that is wrong with a backup, before a record is
    made for it. ``heads``: heads kept elsewhere, which it must reach and agree with."""
    _point(database)
    from myelos.store.archive import opened
    from myelos.store.restoring import check

    with opened(file) as archive:
        check(archive, heads)


def prepare_database(database: str, application_role: str) -> None:
    """Make or renew the tables of a PostgreSQL database, as its owner, for a role that may only add entries;
    see :mod:`myelos.store.postgresql`. Raises :class:`~myelos.findings.Refused` where that cannot be."""
    _point(database)
    from myelos.store.making import prepare_database as prepare

    prepare(database, application_role)


def open_store(database: str | Path) -> Door:
    """The door to a record. One process has one record open: the door to another one closes this.

    Raises :class:`~myelos.findings.Refused` when there is no record, it is something else, or another
    software's.
    """
    _point(database)
    from myelos.store.door import Door

    door = Door()
    door.keeper.trials()
    return door


def _point(database: str | Path) -> None:
    """Set Django up for a database, and believe what its own secret vouches for."""
    from myelos.store.making import key_of
    from myelos.store.settings import configure

    key = key_of(database)
    configure(database, key)
    from django.conf import settings

    if key:
        settings.SECRET_KEY = key
