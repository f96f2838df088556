"""The verb about studies: judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from myelos.cli.console import err, working
from myelos.findings import Phrasebook

if TYPE_CHECKING:  # scipy and matplotlib are loaded by the verbs that need them: classify starts at once
    from myelos.evidence import Comparator, Judgement, Study
    from myelos.evidence import Reading as JudgedReading


def judge_command(
    study: Annotated[str | None, typer.Argument(help="A shipped study, or a .toml or .csv file.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write index.html, result.json and figures here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the shipped studies.")] = False,
    rates: Annotated[
        str | None, typer.Option("--rates", help="A comparator of your own, as A=.28,B=.54,C=.73.")
    ] = None,
) -> None:
    """Judge what a study's own-control results can bear against natural recovery."""
    from myelos.evidence import judge, load_study

    if listed:
        _list_studies()
        return
    if study is None:
        raise typer.BadParameter("name a study, or use --list", param_hint="STUDY")
    own = None if rates is None else [_given(rates)]
    with working(f"judging {study}") as say:
        judgement = judge(load_study(study), own)
        from myelos.report import result, write_report

        page = write_report([judgement], out, progress=say) if out else None
    if as_json:
        typer.echo(json.dumps(result(judgement), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(judgement, Console())
    if page:
        err.print(f"report: {page}", soft_wrap=True)


def show(judgement: Judgement, console: Console, brief: bool = False) -> None:
    """Print one judgement as a screen of text: its sentences and the readings side by side.

    ``brief`` leaves out what the data cannot bear and what to keep in mind, which the report has.
    """
    study = judgement.study
    label = " (synthetic data)" if study.synthetic else ""
    console.print(f"[bold]{escape(study.title)}{label}[/bold]", highlight=False)
    console.print(" ".join(_said(judgement, "observed")), highlight=False)
    if judgement.readings:
        console.print(_readings(judgement))
    parts = (("bears", "It bears"),) if brief else (("bears", "It bears"), ("cannot", "It cannot"))
    for part, heading in parts:
        lines = (f"- {line}" for line in _said(judgement, part))
        console.print("\n".join([f"[bold]{heading}[/bold]", *lines]), highlight=False)
    if judgement.findings and not brief:
        book = Phrasebook("myelos.evidence")
        told = (f"- {escape(book.tell(each))}" for each in judgement.findings)
        console.print("\n".join(["[bold]Keep in mind[/bold]", *told]), highlight=False)
    console.print("Research software: it recommends no treatment.", style="dim", highlight=False)


def _said(judgement: Judgement, part: str) -> list[str]:
    book = Phrasebook("myelos.evidence")
    return [book.say(each.code, each.params) for each in judgement.sentences if each.part == part]


def _readings(judgement: Judgement) -> Table:
    """One row a comparator, grouped by index exam: expected people, interval, tails, all splits."""
    given = judgement.readings[0].expected.given
    table = Table(
        title=f"Readings ({given})" if given else "Readings",
        title_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("comparator", no_wrap=True)
    for column in ("expected", "95 %", "tail", "SD .5", "all splits"):
        table.add_column(column, justify="right", no_wrap=True)
    exams = dict.fromkeys(reading.exam for reading in judgement.readings)
    for exam in exams:
        if len(exams) > 1:
            table.add_row(f"[dim]exam {exam.replace('-', ' ')}[/dim]")
        for reading in judgement.readings:
            if reading.exam == exam:
                table.add_row(*_row(reading))
    table.caption = (
        "* default. In 95 %, SD .5 and all splits cohorts may differ (logit SD .5). "
        "A tail holds if the comparator is right."
    )
    return table


def _row(reading: JudgedReading) -> tuple[str, ...]:
    from myelos.evidence import say_tail

    value, over = reading.expected.value, reading.tails[1].over_splits
    interval = reading.predictions[1] if reading.predictions else None
    tails = (say_tail(reading.tails[place].value.value).split(",")[0] for place in (0, 1))
    return (
        reading.comparator + (" *" if reading.default else ""),
        "open" if value is None else f"{value:.1f}",
        f"{interval.low.value:.0f}–{interval.high.value:.0f}" if interval else "",
        *tails,
        "–".join(say_tail(end.value).split(",")[0] for end in (over.low, over.high)) if over else "certain",
    )


def _list_studies() -> None:
    from myelos.evidence import load_study, shipped_studies

    table = Table()
    for column in ("study", "improved", "split", "what is known"):
        table.add_column(column)
    for name in shipped_studies():
        table.add_row(name, *_listed(load_study(name)))
    Console().print(table)


def _listed(study: Study) -> tuple[str, str, str]:
    baseline = study.baselines[0]
    fewest, most = baseline.improvers()
    improved = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"{improved} of {baseline.n}", study.split if study.split_known else "open", study.certainty_note


def _given(text: str) -> Comparator:
    from myelos.evidence import Comparator

    try:
        pairs = [part.split("=") for part in text.split(",")]
        return Comparator.given(**{grade.strip(): float(rate) for grade, rate in pairs})
    except ValueError as error:
        raise typer.BadParameter(
            f"give rates as A=.28,B=.54,C=.73 ({error})", param_hint="--rates"
        ) from error
