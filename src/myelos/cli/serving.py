"""The verb that serves the pages: serve."""

from __future__ import annotations

from typing import Annotated

import typer

from myelos.cli.signing_in import Database, told


def serve_command(
    database: Database,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port of this machine.")] = 8000,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Everybody in it is made up: every page says so.")
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host",
            help="A name under which a TLS proxy on this machine gives the pages to others (docs/deploy.md)."
            " Without one, only a browser on this machine can open them.",
        ),
    ] = None,
) -> None:
    """Serve the pages of a record, on this machine only, until Ctrl-C.

    The tables the pages need beside the record are made in a SQLite file now; in a PostgreSQL database they
    come from: myelos database prepare.
    """
    from myelos.web.serving import run

    def said(address: str) -> None:
        told(f"{address} (Ctrl-C ends it)")

    run(database, port=port, synthetic=synthetic, hosts=tuple(host or ()), said=said)
    told("The pages are no longer served.")
