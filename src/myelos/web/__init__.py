"""The pages: sign-in, a trial, a person, an examination, its audit. Thin: everything goes through the door.

:func:`application` gives the WSGI application for a process server, :func:`serve` runs it on this machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

__all__ = ["application", "serve"]


def application(database: str | Path, *, hosts: tuple[str, ...], synthetic: bool = False) -> WSGIHandler:
    """The pages of a record, behind TLS, under these host names.

    ``synthetic``: whether everything in it is made up; every page then says so. Raises
    :class:`~myelos.findings.Refused` when there is no record, it is something else, or another software's.
    """
    from myelos.web.serving import made

    return made(database, hosts=hosts, secure=True, synthetic=synthetic)


def serve(database: str | Path, *, port: int = 8000, synthetic: bool = False) -> None:
    """Serve the pages of a record to this machine only, until it is interrupted; parameters as above."""
    from myelos.web.serving import run

    run(database, port=port, synthetic=synthetic)
