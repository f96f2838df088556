"""Setting the pages up for a record, and serving them to this machine."""

from __future__ import annotations

from pathlib import Path

from django.core.handlers.wsgi import WSGIHandler

from myelos.store.making import key_of
from myelos.store.settings import configure
from myelos.web.settings import web_settings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
THREADS = 8


def set_up(
    database: str | Path, *, hosts: tuple[str, ...], secure: bool, synthetic: bool = False
) -> None:
    """Set Django up for the pages of a record, and see that the tables of sessions and drafts are there.

    Raises :class:`~myelos.findings.Refused` when there is no record there.
    """
    configure(database, key_of(database), **web_settings(hosts, secure=secure, synthetic=synthetic))
    from django.core.management import call_command

    from myelos.web.doorway import door

    door().keeper.trials()  # raises where there is no record
    call_command("migrate", verbosity=0)


def made(database: str | Path, *, hosts: tuple[str, ...], secure: bool, synthetic: bool) -> WSGIHandler:
    """The WSGI application of a record."""
    set_up(database, hosts=hosts, secure=secure, synthetic=synthetic)
    return WSGIHandler()


def run(database: str | Path, *, port: int, synthetic: bool) -> None:
    """Serve to this machine until interrupted."""
    from waitress import serve

    application = made(database, hosts=LOOPBACK, secure=False, synthetic=synthetic)
    serve(application, host="127.0.0.1", port=port, threads=THREADS, ident="")
