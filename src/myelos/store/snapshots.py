"""A snapshot kept beside a ledger, so that opening a long trial does not fold it from the start.

It can be thrown away at any time. It is believed only when a code made with the installation's secret vouches
for it, when this very software made it, and when its digest is that of the entry it stands after; else the
ledger is folded anew. Only values of Myelos' own kinds are unpickled.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import connections

from myelos import __version__
from myelos.ledger import Snapshot

_PLAIN = {
    ("datetime", "datetime"), ("datetime", "date"), ("datetime", "timedelta"), ("datetime", "timezone"),
    ("decimal", "Decimal"), ("builtins", "frozenset"), ("immutables._map", "Map"), ("immutables.map", "Map"),
    ("pydantic_core._pydantic_core", "TzInfo"),
}  # fmt: skip
"""What a snapshot may hold besides values of this package."""


def keep(alias: str, snapshot: Snapshot) -> None:
    """Keep a snapshot in place of an older one."""
    state = pickle.dumps(snapshot, protocol=5)
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_kept (trial, seq, digest, state, code) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (trial) DO UPDATE SET seq = excluded.seq, digest = excluded.digest,"
            " state = excluded.state, code = excluded.code WHERE excluded.seq >= store_kept.seq",
            [snapshot.trial, snapshot.seq, snapshot.digest, state, _code(snapshot.trial, state)],
        )


def kept(alias: str, trial: str) -> Snapshot | None:
    """The snapshot kept of a trial, None where there is none to be believed."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT k.state, k.code FROM store_kept k JOIN store_entry e"
            " ON e.trial = k.trial AND e.seq = k.seq AND e.digest = k.digest WHERE k.trial = %s",
            [trial],
        )
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(_code(trial, bytes(row[0])), row[1]):
        return None
    try:
        found = _Values(io.BytesIO(bytes(row[0]))).load()
    except _UNREADABLE:
        return None
    return found if isinstance(found, Snapshot) and found.trial == trial else None


def _code(trial: str, state: bytes) -> str:
    said = b"\0".join([__version__.encode(), _FORM.encode(), trial.encode(), state])
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()


def _form() -> str:
    """The digest of this software's text: a snapshot of any other is not believed."""
    from importlib.resources import files

    rooms = ("", "cells", "safety", "measures", "protocol", "ledger")
    digest = hashlib.sha256()
    for room in rooms:
        folder = files("myelos").joinpath(room) if room else files("myelos")
        for path in sorted(folder.iterdir(), key=lambda each: each.name):
            if path.name.endswith(".py"):
                digest.update(path.read_bytes())
    return digest.hexdigest()


_FORM = _form()

_UNREADABLE = (
    pickle.UnpicklingError,
    EOFError,
    ImportError,
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
)
"""What unpickling raises; the ledger is there to be folded anew."""


class _Values(pickle.Unpickler):
    """Reads values of Myelos' own dataclasses and enumerations, and a few plain kinds; nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.startswith("myelos."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of a snapshot")
