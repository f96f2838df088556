"""Before a connection is used: is there a record at all, and may this software touch it?

SQLite would make an empty file where there is none, and turn a foreign database into WAL by only looking at
it; so the file is looked at first in a way that changes nothing.
"""

from __future__ import annotations

import sqlite3
import stat
from functools import cache
from pathlib import Path
from typing import Any

from myelos.findings import Finding, Param, Refused
from myelos.store.failures import told

_KNOWN = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('store_entry', 'store_words')"
_STEPS = "SELECT name FROM django_migrations WHERE app = 'store'"


def ready(connection: Any) -> None:
    """See to it that a connection not yet open, or one that failed, can be used.

    Raises :class:`~myelos.findings.Refused` when there is no record where it should be, when the file is
    something else, or when a later software made it.
    """
    if connection.connection is not None:
        connection.close_if_unusable_or_obsolete()
    elif connection.vendor == "sqlite":
        look(Path(connection.settings_dict["NAME"]))


def look(path: Path) -> None:
    """Look at a SQLite file without changing it; see :func:`ready`."""
    where = str(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise Refused([_finding("no-such-file", where)]) from error
    except OSError as error:
        raise Refused([_finding("cannot-open", where, said=error.strerror or str(error))]) from error
    if not stat.S_ISREG(mode):
        raise Refused([_finding("cannot-open", where, said="no regular file")])
    with told(where):
        driver = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)
        try:
            if driver.execute(_KNOWN).fetchone()[0] < 2:
                raise Refused([_finding("not-a-store", where, said="no such table: store_entry")])
            made = {name for (name,) in driver.execute(_STEPS)}
        finally:
            driver.close()
    later, missing = made - _steps(), _steps() - made
    if later:
        raise Refused([_finding("later-store", where, read=", ".join(sorted(later)))])
    if missing:
        raise Refused([_finding("earlier-store", where, read=", ".join(sorted(missing)))])


@cache
def _steps() -> frozenset[str]:
    """The names of the migrations this software has."""
    from importlib.resources import files

    names = (each.name for each in files("myelos.store").joinpath("migrations").iterdir())
    return frozenset(name.removesuffix(".py") for name in names if name[0].isdigit())


def _finding(code: str, where: str, **params: Param) -> Finding:
    return Finding(f"store.{code}", params={"where": where, **params})
