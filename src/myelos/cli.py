"""The command line: one verb per public function.

Exit status: 0 when done, 2 when the input was refused (every finding on standard error, nothing written).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from myelos import __version__
from myelos.findings import Finding, Findings, Phrasebook, Refused
from myelos.isncsci import (
    Classification,
    Edition,
    Exam,
    Layout,
    Missing,
    Reading,
    classify_file,
    draw,
    explain,
    explain_open,
    reclassify_file,
)
from myelos.isncsci.layouts import read_numbered
from myelos.isncsci.scoring import cannot_write, classify_row, spooled

if TYPE_CHECKING:  # scipy and matplotlib are loaded by the verbs that need them: classify starts at once
    from myelos.evidence import Comparator, Judgement, Study
    from myelos.evidence import Reading as JudgedReading

ROOMS = ("myelos", "myelos.isncsci", "myelos.evidence", "myelos.report")
REFUSED = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Score, judge and report trials of a person's own stem cells in spinal cord injury. "
    "Research software: it recommends no treatment.",
)
err = Console(stderr=True)


def main() -> None:
    """Run the command line; refused input ends with its findings and exit status 2."""
    try:
        app()
    except Refused as refused:
        _tell(refused)
        sys.exit(REFUSED)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


Exams = Annotated[Path, typer.Argument(help="Exams: .csv or .jsonl, or any JSON with --from praxis.")]
From = Annotated[Layout | None, typer.Option("--from", help="The layout of FILE; else from its name.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write here, whole or not at all.")]
Read = Annotated[Reading, typer.Option(help="Our reading of the open rules, or Praxis's.")]
By = Annotated[Edition, typer.Option(help="The edition of the standard.")]
Empty = Annotated[Missing, typer.Option(help="An empty cell is an error, or NT.")]
Words = Annotated[str, typer.Option(help="en or ja.")]


@app.command("classify")
def classify_command(
    file: Annotated[Path, typer.Argument(help="Exams: .csv, .jsonl, .parquet; JSON with --from praxis.")],
    layout: From = None,
    to: Annotated[
        str, typer.Option("--to", help="csv or jsonl; jsonl if not given and --out is not .csv.")
    ] = "",
    out: Out = None,
    reading: Read = Reading.MYELOS,
    edition: By = Edition.Y2019,
    missing: Empty = Missing.ERROR,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Score a table by its column names: ours, jsonl, praxis, redcap, sygen:WEEK, emsci."
        ),
    ] = None,
) -> None:
    """Classify every exam of FILE: one row an exam, in the same order.

    Tables (.parquet as FILE or --out, or --columns) are scored a chunk at a time on all cores.
    """
    if columns or ".parquet" in (file.suffix, out and out.suffix):
        named = {Layout.PRAXIS: "praxis", Layout.JSONL: "jsonl"}.get(layout or _layout_of(file), "ours")
        _classify_table(file, out, columns or named, reading, edition, missing)
        return
    out_format = to or ("csv" if out and out.suffix == ".csv" else "jsonl")
    if out_format not in ("csv", "jsonl"):
        raise typer.BadParameter("csv or jsonl", param_hint="--to")
    with _working("classifying") as say:
        classify_file(
            file,
            out or sys.stdout,
            layout or _layout_of(file),
            out_format,
            reading=reading,
            edition=edition,
            missing=missing,
            progress=lambda count: say(f"classifying: {count} exams"),
        )


def _classify_table(
    file: Path, out: Path | None, columns: str, reading: Reading, edition: Edition, missing: Missing
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from myelos.isncsci.cohorts import classify_table_file, column_map

    if file.suffix not in (".parquet", ".csv", ".jsonl", ".ndjson"):
        raise typer.BadParameter("a table is .parquet, .csv or .jsonl", param_hint="FILE")
    if out is None or out.suffix not in (".parquet", ".csv"):
        raise typer.BadParameter("a table needs --out FILE.parquet or FILE.csv", param_hint="--out")
    try:
        names = column_map(columns)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--columns") from error
    with _working("classifying") as say, ThreadPoolExecutor(os.cpu_count()) as executor:
        classify_table_file(
            file,
            out,
            names,
            reading=reading,
            edition=edition,
            missing=missing,
            executor=executor,
            progress=lambda count: say(f"classifying: {count} exams"),
        )


@app.command("explain")
def explain_command(
    file: Exams,
    layout: From = None,
    id: Annotated[str | None, typer.Option("--id", help="Only the exam of this id.")] = None,
    reading: Read = Reading.MYELOS,
    edition: By = Edition.Y2019,
    missing: Empty = Missing.ERROR,
    language: Words = "en",
    witnesses: Annotated[
        bool, typer.Option(help="For what is not determinable: scores that would give each value.")
    ] = True,
) -> None:
    """Say why each exam of FILE has its grade and levels, and what untested cells leave open."""
    _check_language(language)
    with spooled(file, sys.stdout) as spool:
        for exam, result in _results(file, layout, id, reading, edition, missing):
            lines = explain(result, language)
            if witnesses:
                lines += explain_open(exam, reading, edition, language)
            spool.write("\n".join([exam.id, *(f"  {line}" for line in lines)]) + "\n")


def _results(
    file: Path, layout: Layout | None, id: str | None, reading: Reading, edition: Edition, missing: Missing
) -> Iterator[tuple[Exam, Classification]]:
    """Every exam of a file, or the one of an id, with its result; the file is refused as a whole."""
    findings, there = Findings(), False
    for row, exam in read_numbered(file, layout or _layout_of(file), findings, missing):
        if id is None or exam.id == id:
            there = True
            result = classify_row(file, row, exam, reading, edition, findings)
            if result is not None:
                yield exam, result
    findings.refuse_on_error()
    if not there:
        raise typer.BadParameter(f"no exam has the id {id}", param_hint="--id")


@app.command("reclassify")
def reclassify_command(
    file: Exams,
    layout: From = None,
    before: Annotated[Edition, typer.Option(help="The edition the exams were graded by.")] = Edition.Y1992,
    after: Annotated[Edition, typer.Option(help="The edition to grade them by.")] = Edition.Y2019,
    out: Out = None,
    missing: Empty = Missing.ERROR,
) -> None:
    """Show what another edition changes in every exam of FILE, and by which rule: JSON lines."""
    with _working("reclassifying") as say:
        tally = reclassify_file(
            file,
            out or sys.stdout,
            layout or _layout_of(file),
            before,
            after,
            missing=missing,
            progress=lambda count: say(f"reclassifying: {count} exams"),
        )
    for output, count in tally.differ.items():
        share = 100 * count / tally.count
        err.print(f"{output}: {count} of {tally.count} exams differ ({share:.1f} %)", highlight=False)


@app.command("draw")
def draw_command(
    file: Exams,
    out: Annotated[Path, typer.Option("--out", help="An .svg for one exam, else a folder.")],
    layout: From = None,
    id: Annotated[str | None, typer.Option("--id", help="Only the exam of this id.")] = None,
    reading: Read = Reading.MYELOS,
    edition: By = Edition.Y2019,
    missing: Empty = Missing.ERROR,
    language: Words = "en",
) -> None:
    """Draw the worksheet and the body of each exam of FILE, with its levels and grade, as SVG."""
    _check_language(language)
    results = list(_results(file, layout, id, reading, edition, missing))
    single = out.suffix.lower() == ".svg"
    if single and len(results) > 1:
        raise typer.BadParameter(
            f"{len(results)} exams: choose one with --id, or a folder", param_hint="--out"
        )
    drawn = [(exam.id, draw(exam, result, language=language)) for exam, result in results]
    if single:
        with spooled(file, out) as spool:
            spool.write(drawn[0][1])
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number, (name, text) in enumerate(drawn, start=1):
            safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:60]
            (out / f"{number:04}-{safe}.svg").write_text(text, encoding="utf-8")
    except OSError as error:
        raise cannot_write(out, error.strerror or str(error)) from error


def _check_language(language: str) -> None:
    if language not in ("en", "ja"):
        raise typer.BadParameter("en or ja", param_hint="--language")


@app.command("judge")
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
    with _working(f"judging {study}") as say:
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


def _layout_of(file: Path) -> Layout:
    if file.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return Layout.JSONL
    return Layout.CSV


@contextmanager
def _working(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner with the time passed on standard error, gone when the work is done."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(what)
        yield lambda said: progress.update(task, description=said)


def _tell(refused: Refused) -> None:
    """Every finding kept, one a line, and the count of the rest."""
    book = Phrasebook(*ROOMS)

    def line(finding: Finding) -> str:
        return f"{finding.severity}: {book.tell(finding)}"

    typer.echo("\n".join(line(finding) for finding in refused.findings), err=True)
    if refused.more:
        typer.echo(f"and {refused.more} more findings", err=True)
    typer.echo("refused: nothing was written", err=True)
