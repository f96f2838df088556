"""When the database cannot record: what it says, in our words. Nothing of the command was recorded then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError

from myelos.findings import Finding, Param, Refused

_SAID = (
    ("connection failed", "cannot-open"),
    ("connection is bad", "cannot-open"),
    ("connection to server", "cannot-open"),
    ("connection timeout", "cannot-open"),
    ("server closed the connection", "lost"),
    ("terminating connection", "lost"),
    ("connection is closed", "lost"),
    ("connection is lost", "lost"),
    ("connection already closed", "lost"),
    ("consuming input failed", "lost"),
    ("disk is full", "disk-full"),
    ("no space left", "disk-full"),
    ("could not extend file", "disk-full"),
    ("database is locked", "busy"),
    ("lock timeout", "busy"),
    ("lock_timeout", "busy"),
    ("readonly database", "read-only"),
    ("read-only transaction", "read-only"),
    ("permission denied", "read-only"),
    ("unable to open database", "cannot-open"),
    ("no such table", "not-a-store"),
    ("does not exist", "not-a-store"),
    ("file is not a database", "not-a-store"),
    ("malformed", "damaged"),
    ("disk i/o error", "disk-failed"),
    ("could not read", "disk-failed"),
    ("could not write", "disk-failed"),
    ("could not fsync", "disk-failed"),
    ("invalid page", "damaged"),
    ("only added", "not-the-last"),
    ("never changed", "never-changed"),
    ("never deleted", "never-changed"),
)
"""Parts of what a database says, in lower case, and our code; the first that fits."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the database says into a finding. Raises :class:`~myelos.findings.Refused`."""
    try:
        yield
    except (DatabaseError, InterfaceError, sqlite3.Error) as error:
        raise Refused([finding(error, where)]) from error


def finding(error: Exception, where: str) -> Finding:
    """What a database's error means; its own words where we do not know it."""
    said = " ".join(str(error).split())[:200]
    code = next((code for part, code in _SAID if part in said.lower()), "failed")
    params: dict[str, Param] = {"said": said, "where": where}
    return Finding(f"store.{code}", params=params)
