"""Setting the pages up for a record, and serving them on this machine: to its own browser, or to a proxy."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from myelos.findings import Finding, Refused
from myelos.store.making import is_file, key_of
from myelos.store.settings import configure
from myelos.web.settings import LARGEST_BODY, web_settings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
THREADS = 8

PROXY = {"trusted_proxy": LOOPBACK[0], "trusted_proxy_headers": {"x-forwarded-proto", "x-forwarded-for"}}
"""What a TLS proxy on this machine is believed, and nobody else: whether the browser came by TLS, and from
where. Waitress takes these headers away from whoever it does not trust."""

_HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def set_up(database: str | Path, *, hosts: tuple[str, ...], secure: bool, synthetic: bool = False) -> None:
    """Set Django up for the pages of a record, and see that the tables of sessions and drafts are there.

    A SQLite file gets them now; those of PostgreSQL are made by the owner of the database. Raises
    :class:`~myelos.findings.Refused` when there is no record, no such table, for a name of a host that is
    none, and behind TLS where no secret is kept: every restart would end all sessions.
    """
    key = key_of(database)
    found = [Finding("web.no-host", params={"read": each[:80]}) for each in hosts if _no_host(each)]
    if secure and not key:
        found.append(Finding("web.no-secret-key"))
    if found:
        raise Refused(found)
    configure(database, key, **web_settings(hosts, secure=secure, synthetic=synthetic))
    from django.conf import settings
    from django.core.management import call_command

    from myelos.web.doorway import door

    if key:
        settings.SECRET_KEY = key
    door.cache_clear()
    door().keeper.trials()  # raises where there is no record
    if is_file(database):
        call_command("migrate", verbosity=0)
    elif missing := _missing():
        raise Refused([Finding("web.tables-missing", params={"missing": ", ".join(missing)})])


def _no_host(named: str) -> bool:
    return named not in LOOPBACK and not _HOST.fullmatch(named)


def _missing() -> list[str]:
    """The tables of PostgreSQL's that are not there, lack a column, or may not be used."""
    from django.apps import apps
    from django.db import connection

    from myelos.store.failures import told

    needed: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label != "contenttypes":
            columns = {str(field.column) for field in model._meta.local_concrete_fields}
            needed.setdefault(model._meta.db_table, set()).update(columns)
    with told("PostgreSQL"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"  # those this role may use
            " WHERE table_schema = current_schema()"
        )
        there = set(cursor.fetchall())
    return sorted(
        table for table, columns in needed.items() if any((table, each) not in there for each in columns)
    )


def prepare(database: str, application_role: str) -> None:
    """Make or renew the tables of a PostgreSQL database, those of the pages too, as its owner; see
    :func:`myelos.store.prepare_database`."""
    configure(database, **web_settings((), secure=True, synthetic=False))
    from myelos.store import prepare_database

    prepare_database(database, application_role)


def made(database: str | Path, *, hosts: tuple[str, ...], secure: bool, synthetic: bool) -> WSGIHandler:
    """The WSGI application of a record."""
    set_up(database, hosts=hosts, secure=secure, synthetic=synthetic)
    return WSGIHandler()


def run(
    database: str | Path,
    *,
    port: int,
    synthetic: bool,
    hosts: tuple[str, ...] = (),
    said: Callable[[str], object] = lambda address: None,
) -> None:
    """Serve on this machine until interrupted or told to end; answers under way are finished.

    ``hosts``: the names under which a TLS proxy on this machine gives the pages to others; none: only a
    browser on this machine comes. ``said``: is told the address once it can be opened. Raises
    :class:`~myelos.findings.Refused` as :func:`set_up` does, and where the port cannot be had.
    """
    secure = bool(hosts)
    application = made(database, hosts=hosts or LOOPBACK, secure=secure, synthetic=synthetic)
    server = _listening(application, port, PROXY if secure else {})
    said(f"https://{hosts[0].lstrip('.')}/" if secure else f"http://localhost:{port}/")
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.run()
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()


def _listening(application: WSGIHandler, port: int, proxy: dict[str, Any]) -> Any:
    from waitress.server import create_server

    try:
        return create_server(
            application, host=LOOPBACK[0], port=port, threads=THREADS, ident="",
            max_request_body_size=4 * LARGEST_BODY, **proxy,
        )  # fmt: skip
    except OSError as error:
        why = os.strerror(error.errno or errno.EIO)
        raise Refused([Finding("web.no-port", params={"port": port, "why": why})]) from error
