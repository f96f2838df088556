"""The verbs about examinations: classify, explain, reclassify, draw."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from myelos.cli.console import Words, check_language, err, working
from myelos.findings import Findings
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

Exams = Annotated[Path, typer.Argument(help="Exams: .csv or .jsonl, or any JSON with --from praxis.")]
From = Annotated[Layout | None, typer.Option("--from", help="The layout of FILE; else from its name.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write here, whole or not at all.")]
Read = Annotated[Reading, typer.Option(help="Our reading of the open rules, or Praxis's.")]
By = Annotated[Edition, typer.Option(help="The edition of the standard.")]
Empty = Annotated[Missing, typer.Option(help="An empty cell is an error, or NT.")]


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
    with working("classifying") as say:
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
    with working("classifying") as say, ThreadPoolExecutor(os.cpu_count()) as executor:
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
    check_language(language)
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


def reclassify_command(
    file: Exams,
    layout: From = None,
    before: Annotated[Edition, typer.Option(help="The edition the exams were graded by.")] = Edition.Y1992,
    after: Annotated[Edition, typer.Option(help="The edition to grade them by.")] = Edition.Y2019,
    out: Out = None,
    missing: Empty = Missing.ERROR,
) -> None:
    """Show what another edition changes in every exam of FILE, and by which rule: JSON lines."""
    with working("reclassifying") as say:
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
    check_language(language)
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


def _layout_of(file: Path) -> Layout:
    if file.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return Layout.JSONL
    return Layout.CSV
