"""The verb about databases: prepare."""

from __future__ import annotations

from typing import Annotated

import typer

from myelos.cli.signing_in import shown, told

database_app = typer.Typer(no_args_is_help=True, help="A database of PostgreSQL's, for several sites.")


@database_app.command("prepare")
def prepare_command(
    database: Annotated[
        str, typer.Argument(help="postgresql://owner@host/name, as the owner of the database.")
    ],
    application_role: Annotated[
        str,
        typer.Option("--application-role", help="The role everybody works under; it can only add entries."),
    ],
) -> None:
    """Make the tables of a record in an empty PostgreSQL database, or renew them after an update.

    Those of the pages (sessions, second factors, drafts) are among them.

    The owner does this and works under another role from then on: postgresql://ROLE@host/name. A password
    stands in a file (.pgpass, or ?passfile=...), not in the address.
    """
    from myelos.web.serving import prepare

    prepare(database, application_role)
    told(f"{shown(database)} is prepared; {application_role} may add entries and read them.")
