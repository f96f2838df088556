"""Make a record where there is none: whole, or not at all, also when the power fails while it is made."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from django.core.management import call_command
from django.db import connections

from myelos.findings import Finding, Param, Refused
from myelos.store.failures import told
from myelos.store.settings import point

KEY_SUFFIX = ".key"
"""Beside a SQLite file: the secret that vouches for snapshots, and under which second factors are encrypted;
who loses it enrols them anew."""

MODE = 0o600
"""Who may read a record's file: whoever made it. SQLite gives its log the same mode."""

_TABLES = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"


def is_file(named: str | Path) -> bool:
    """Whether this names a SQLite file, and not a database of PostgreSQL's."""
    return "://" not in str(named)


def make(named: str | Path) -> None:
    """Make a record: a SQLite file, or the tables of a PostgreSQL database that has none.

    A SQLite file is made under another name, put on the disk, and only then given its own. Raises
    :class:`~myelos.findings.Refused` where there is something already, or nothing can be made.
    """
    if not is_file(named):
        with _open("made", named):
            if _tables("made"):
                raise Refused([_finding("there-already", _shown(named))])
            _migrate("made")
        return
    path = Path(named).absolute()
    with _failing(named):
        if path.exists() or path.is_symlink():
            raise Refused([_finding("there-already", str(named))])
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE))
            with _open("made", part):
                _migrate("made")
            _synced(part)
            os.link(part, path)  # unlike a rename it never takes the place of another file
            _synced(path.parent)
        finally:
            for each in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal"))):
                with suppress(OSError):
                    each.unlink(missing_ok=True)


def prepare_database(named: str, application_role: str) -> None:
    """Make or renew the tables of a PostgreSQL database, and give the application's role what it needs.

    Run by the owner of the database; again after each new version of this software. Raises
    :class:`~myelos.findings.Refused` for a SQLite file, which needs no preparing, for a database that is
    something else's, and for a role that does not exist or could undo it.
    """
    if is_file(named):
        raise Refused([_finding("needs-no-preparing", named)])
    from myelos.store.postgresql import prepare

    with _open("made", named):
        there = _tables("made")
        if there and "store_entry" not in there:
            raise Refused([_finding("there-already", _shown(named))])
        _migrate("made")
        prepare("made", application_role)


def key_of(named: str | Path) -> str:
    """The secret that vouches for a record's snapshots, empty where there is none to be read: for PostgreSQL
    in the file that ``MYELOS_SECRET_KEY_FILE`` names."""
    asked = os.environ.get("MYELOS_SECRET_KEY_FILE")
    if not asked and not is_file(named):
        return ""
    path = Path(asked) if asked else Path(f"{named}{KEY_SUFFIX}")
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def new_key(named: str | Path) -> None:
    """Make the secret of a SQLite file that is yet to be made; one that is there stays.

    Raises :class:`~myelos.findings.Refused` when it cannot be written.
    """
    if not is_file(named):
        return
    path = Path(named).absolute()
    kept = path.with_name(path.name + KEY_SUFFIX)
    with _failing(named):
        if not path.exists() and not kept.exists():
            opened = os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE)
            with os.fdopen(opened, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48) + "\n")
            _synced(kept)


def _shown(named: str | Path) -> str:
    """The name of a database without who opens it, where, and with what password."""
    return str(named).partition("?")[0].rpartition("/")[2]


@contextmanager
def _open(alias: str, named: str | Path) -> Iterator[None]:
    """Let an alias stand for a database within; it is closed afterwards."""
    point(alias, named)
    try:
        with told(_shown(named)):
            yield
    finally:
        connections[alias].close()


@contextmanager
def _failing(named: str | Path) -> Iterator[None]:
    """Turn what the file system says into a finding. Raises :class:`~myelos.findings.Refused`."""
    try:
        yield
    except FileExistsError as error:
        raise Refused([_finding("there-already", str(named))]) from error
    except (OSError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        said = getattr(error, "strerror", None) or str(error)[:200]
        raise Refused([_finding("cannot-open", str(named), said=said)]) from error


def _migrate(alias: str) -> None:
    call_command("migrate", database=alias, verbosity=0, interactive=False)


def _tables(alias: str) -> set[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_TABLES)
        return {name for (name,) in cursor.fetchall()}


def _synced(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _finding(code: str, where: str, **params: Param) -> Finding:
    return Finding(f"store.{code}", params={"where": where, **params})
