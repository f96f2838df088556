"""The settings the store runs under, and how a database is named.

SQLite: ``transaction_mode`` IMMEDIATE (a transaction that begins as a reader fails when it must write beside
others), WAL (readers never block writers), ``synchronous`` FULL (with WAL's usual NORMAL a power failure
loses what was acknowledged), ``foreign_keys`` and ``recursive_triggers`` ON (without the second, REPLACE
passes by the triggers against deletion). ``validation/power_failure`` holds them to it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from myelos.findings import Finding, Param, Refused

BUSY_SECONDS = 20
"""How long a writer waits for the others before it says so."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
)
APPS = ("django.contrib.contenttypes", "django.contrib.auth", "myelos.store")
HASHERS = ("django.contrib.auth.hashers.Argon2PasswordHasher",)
VALIDATORS = (
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
)


def database(named: str | Path) -> dict[str, Any]:
    """Django's settings for a database: the path of a SQLite file, or ``postgresql://user@host/name``.

    Raises :class:`~myelos.findings.Refused` for an address of another kind.
    """
    text = str(named)
    if "://" not in text:
        return sqlite(Path(text))
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        params: dict[str, Param] = {"read": parts.scheme}
        raise Refused([Finding("store.no-such-database", params=params)])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"connect_timeout": BUSY_SECONDS, "options": f"-c lock_timeout={BUSY_SECONDS * 1000}"},
    }


def sqlite(path: Path) -> dict[str, Any]:
    """Django's settings for a SQLite file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": PRAGMAS,
        },
    }


def configure(named: str | Path, key: str = "") -> None:
    """Set Django up for one database as ``default``; a second call with another one replaces it.

    ``key``: the secret that vouches for snapshots; without one, those of another process are not believed.
    """
    import django
    from django.conf import settings

    if settings.configured:
        point("default", named)
        return
    settings.configure(
        INSTALLED_APPS=APPS,
        DATABASES={"default": database(named)},
        USE_TZ=True,
        TIME_ZONE="UTC",
        SECRET_KEY=key or secrets.token_urlsafe(48),
        PASSWORD_HASHERS=HASHERS,
        AUTH_PASSWORD_VALIDATORS=VALIDATORS,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()


def point(alias: str, named: str | Path) -> str:
    """Let an alias stand for a database from here on; what was open under it is closed."""
    from django.db import connections

    if alias in connections.databases:
        connections[alias].close()
        del connections[alias]
    made = connections.configure_settings({**connections.databases, alias: database(named)})
    connections.databases.update(made)
    return alias
