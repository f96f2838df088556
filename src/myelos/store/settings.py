"""The settings the store runs under, and how a database is named.

SQLite: ``transaction_mode`` IMMEDIATE (a transaction that begins as a reader fails when it must write beside
others), WAL (readers never block writers), ``synchronous`` FULL (with WAL's usual NORMAL a power failure
loses what was acknowledged), ``foreign_keys`` and ``recursive_triggers`` ON (without the second, REPLACE
passes by the triggers against deletion). ``validation/power_failure`` holds them to it.
"""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from myelos.findings import Finding, Param, Refused

BUSY_SECONDS = 20
"""How long a writer waits for the others before it says so."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
    "PRAGMA secure_delete=ON;"
)
"""``secure_delete``: what was erased is overwritten, not only forgotten."""

POSTGRESQL = (
    f"-c lock_timeout={BUSY_SECONDS * 1000} -c synchronous_commit=on"
    " -c default_transaction_isolation=read\\ committed"
)
"""``synchronous_commit``: what is acknowledged is on the disk, whatever the server's own setting; ``read
committed``: who waited for the trial's lock sees what was recorded meanwhile."""

LONGEST_NAME = 63
"""Characters of a database's name in PostgreSQL."""

ASKED = ("sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service")
"""What may stand behind the question mark of an address; see the manual of libpq."""

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
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a port that is no number, a broken host
        raise _refused("no-such-database", read=text.partition("://")[0]) from None
    name = unquote(parts.path.strip("/"))
    if parts.scheme not in ("postgresql", "postgres") or not 0 < len(name) <= LONGEST_NAME:
        raise _refused("no-such-database", read=parts.scheme)
    if find_spec("psycopg") is None:
        raise _refused("no-postgresql")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = ", ".join(sorted(asked.keys() - set(ASKED)))
    if unknown:  # never dropped: one may ask for a checked certificate
        raise _refused("unknown-setting", read=unknown[:80], known=", ".join(ASKED))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": _host(parts.netloc),
        "PORT": str(port or ""),
        "OPTIONS": {"connect_timeout": BUSY_SECONDS, "options": POSTGRESQL, **asked},
    }


def _host(netloc: str) -> str:
    """The host, or the folder of a socket; urlsplit would put it into lower case."""
    host = netloc.rpartition("@")[2]
    return unquote(host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0])


def _refused(code: str, **params: Param) -> Refused:
    return Refused([Finding(f"store.{code}", params=params)])


def sqlite(path: Path) -> dict[str, Any]:
    """Django's settings for a SQLite file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path.absolute()),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": PRAGMAS,
        },
    }


def configure(named: str | Path, key: str = "", **more: Any) -> None:
    """Set Django up for one database as ``default``; a second call with another one replaces it.

    ``key``: the secret that vouches for snapshots; without one, those of another process are not believed.
    ``more``: settings of a program around the store, such as the pages'. Raises ValueError for those where
    Django was set up without them.
    """
    import django
    from django.conf import settings

    if settings.configured:
        missing = [each for each in more if not hasattr(settings, each)]
        if missing:
            raise ValueError(f"Django was set up before, without {', '.join(missing)}")
        point("default", named)
        return
    settings.configure(
        **{
            "INSTALLED_APPS": APPS,
            "DATABASES": {"default": database(named)},
            "USE_TZ": True,
            "TIME_ZONE": "UTC",
            "SECRET_KEY": key or secrets.token_urlsafe(48),
            "PASSWORD_HASHERS": HASHERS,
            "AUTH_PASSWORD_VALIDATORS": VALIDATORS,
            "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
            **more,
        }
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
