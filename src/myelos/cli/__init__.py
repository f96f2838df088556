"""The command line: one verb per public function.

Exit status: 0 when done, 2 when the input was refused, every finding on standard error. Nothing is written
then, except by a record: it keeps that somebody was refused. ``verify`` says more, see there.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from myelos import __version__
from myelos.cli.accounts import account_app
from myelos.cli.console import tell
from myelos.cli.databases import database_app
from myelos.cli.identities import identity_app
from myelos.cli.judging import judge_command
from myelos.cli.protocols import protocol_command
from myelos.cli.records import trial_app
from myelos.cli.scoring import classify_command, draw_command, explain_command, reclassify_command
from myelos.cli.serving import serve_command
from myelos.cli.verifying import verify_command
from myelos.findings import Finding, Place, Refused

REFUSED = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Score, run, judge and report trials of a person's own stem cells in spinal cord injury. "
    "Research software: it recommends no treatment.",
)
for verb, command in (
    ("classify", classify_command),
    ("explain", explain_command),
    ("reclassify", reclassify_command),
    ("draw", draw_command),
    ("judge", judge_command),
    ("protocol", protocol_command),
    ("verify", verify_command),
    ("serve", serve_command),
):
    app.command(verb)(command)
app.add_typer(trial_app, name="trial")
app.add_typer(account_app, name="account")
app.add_typer(identity_app, name="identity")
app.add_typer(database_app, name="database")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; refused input ends with its findings and exit status 2."""
    try:
        app()
    except Refused as refused:
        tell(refused)
        sys.exit(REFUSED)
    except OSError as error:  # a disk, a folder, a file: whatever was not foreseen where it was used
        why = error.strerror or type(error).__name__
        tell(Refused([Finding("cli.system-refused", Place(str(error.filename or "")), {"why": why})]))
        sys.exit(REFUSED)


__all__ = ["app", "main"]
