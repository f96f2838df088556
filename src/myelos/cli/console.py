"""What every verb shares: standard error, a spinner, the language, how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from myelos.findings import Finding, Phrasebook, Refused

ROOMS = (
    "myelos", "myelos.isncsci", "myelos.evidence", "myelos.report", "myelos.measures", "myelos.cells",
    "myelos.safety", "myelos.protocol", "myelos.ledger", "myelos.store",
)  # fmt: skip
err = Console(stderr=True)

Words = Annotated[str, typer.Option(help="en or ja.")]


def check_language(language: str) -> None:
    if language not in ("en", "ja"):
        raise typer.BadParameter("en or ja", param_hint="--language")


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner with the time passed on standard error, gone when the work is done."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(what)
        yield lambda said: progress.update(task, description=said)


def tell(refused: Refused) -> None:
    """Every finding kept, one a line, and the count of the rest."""
    book = Phrasebook(*ROOMS)

    def line(finding: Finding) -> str:
        return f"{finding.severity}: {book.tell(finding)}"

    typer.echo("\n".join(line(finding) for finding in refused.findings), err=True)
    if refused.more:
        typer.echo(f"and {refused.more} more findings", err=True)
    typer.echo("refused: nothing was written", err=True)
