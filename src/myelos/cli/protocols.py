"""The verb about trials as data: protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from myelos.cli.console import Words, check_language

if TYPE_CHECKING:  # pydantic and the protocols are loaded by the verb that needs them
    from myelos.protocol import Protocol


def protocol_command(
    protocol: Annotated[str | None, typer.Argument(help="A shipped protocol, or a .toml file.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the shipped protocols.")] = False,
    language: Words = "en",
) -> None:
    """Check a trial's protocol and show its gates, visits and what a site must fill in."""
    from myelos.protocol import load_protocol, shipped_protocols

    check_language(language)
    if listed:
        for name in shipped_protocols():
            typer.echo(f"{name}: {getattr(load_protocol(name).title, language)}")
        return
    if protocol is None:
        raise typer.BadParameter("name a protocol, or use --list", param_hint="PROTOCOL")
    show(load_protocol(protocol), Console(), language)


def show(protocol: Protocol, console: Console, language: str) -> None:
    """Print a protocol: every criterion of every gate, every visit with its window, every setting."""
    title = getattr(protocol.title, language)
    console.print(
        f"[bold]{escape(title)}[/bold] ({protocol.id}, edition {protocol.edition})", highlight=False
    )
    for gate in protocol.gates:
        rows = [(each.id, getattr(each.label, language), each.source.status) for each in gate.criteria]
        heading = f"{getattr(gate.label, language)} (before {gate.before})"
        console.print(_table(heading, ("criterion", "", "source"), rows))
    visits = [
        (each.id, getattr(each.label, language), f"{each.anchor} {each.day} -{each.before}/+{each.after}",
         ", ".join(each.measures))
        for each in protocol.visits
    ]  # fmt: skip
    console.print(_table("Visits (days)", ("visit", "", "window", "measures"), visits))
    settings = [(each.id, getattr(each.label, language), each.unit, each.why) for each in protocol.settings]
    console.print(_table("Settings: the site fills them", ("setting", "", "unit", "why"), settings))


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(each) for each in row))
    return table
