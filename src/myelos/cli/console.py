"""What every verb shares: standard error, a spinner, the language, how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from myelos.findings import Finding, Phrasebook, Refused

ROOMS = (
    "myelos", "myelos.isncsci", "myelos.evidence", "myelos.report", "myelos.measures", "myelos.cells",
    "myelos.safety", "myelos.protocol", "myelos.ledger", "myelos.store", "myelos.web", "myelos.cli",
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


def table_of(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table on standard output; its cells are text, never markup."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)


def tell(refused: Refused, language: str = "en", closing: str = "") -> None:
    """Every finding kept, one a line, and the count of the rest; then what became of it."""
    book = Phrasebook(*ROOMS)

    def line(finding: Finding) -> str:
        return f"{finding.severity}: {book.tell(finding, language)}"

    typer.echo("\n".join(line(finding) for finding in refused.findings), err=True)
    if refused.more:
        typer.echo(f"and {refused.more} more findings", err=True)
    typer.echo(closing or _closing(refused), err=True)


def _closing(refused: Refused) -> str:
    """What became of it: a record may hold what was done before, and that somebody was refused."""
    of_record = any(each.code.startswith(("store.", "ledger.")) for each in refused.findings)
    return "refused" if of_record else "refused: nothing was written"
