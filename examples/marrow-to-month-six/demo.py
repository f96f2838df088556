"""The main job, end to end: score the exams of a made-up trial, judge it beside the published one, report.

    python examples/marrow-to-month-six/demo.py --out demo

Everything written about the made-up trial is labelled synthetic.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import time
from pathlib import Path

from rich.console import Console

from myelos.cli.judging import show
from myelos.evidence import Judgement, judge, load_study
from myelos.isncsci import Layout, classify, classify_file, draw, read_exams
from myelos.report import write_report

HERE = Path(__file__).parent
DATA = HERE / "data"
GRADED = (
    "person",
    "visit",
    "day_after_injury",
    "ais",
    "uems",
    "lems",
    "motor",
    "light_touch",
    "pin_prick",
    "scim",
)


def grade_visits(target: Path) -> int:
    """Join the visits with the grades and sums scored from their exams; how many exams were scored."""
    found = {exam.id: classify(exam) for exam in read_exams(DATA / "exams.csv", Layout.CSV)}
    with (
        (DATA / "visits.csv").open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as graded,
    ):
        writer = csv.DictWriter(graded, GRADED, lineterminator="\n")
        writer.writeheader()
        for row in csv.DictReader(source):
            scored = found[row.pop("exam")]
            sums = scored.sums
            row |= {
                "ais": scored.only("ais"),
                "uems": sums.uems.exact,
                "lems": sums.lems.exact,
                "motor": (sums.uems + sums.lems).exact,
            }
            felt = {"light_touch": sums.light_touch.exact, "pin_prick": sums.pin_prick.exact}
            writer.writerow(row | felt)
    return len(found)


def draw_exams(folder: Path, person: str) -> int:
    """The worksheet and body of every exam of one person as SVG; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    exams = [e for e in read_exams(DATA / "exams.csv", Layout.CSV) if e.id.startswith(f"{person} ")]
    for number, exam in enumerate(exams, start=1):
        name = f"{number}-{exam.id.removeprefix(person).strip().replace(' ', '-')}.svg"
        (folder / name).write_text(draw(exam, classify(exam)), encoding="utf-8")
    return len(exams)


def check(judgement: Judgement) -> str:
    """The scored grades must follow the published transitions: 12 of 13, as A 5 of 6, B 2 of 2, C 5 of 5."""
    by_grade = {
        grade: (int(most.value or 0), int(n.value or 0))
        for grade, (n, _, most) in judgement.observed.by_grade.items()
    }
    if by_grade != {"A": (5, 6), "B": (2, 2), "C": (5, 5)}:
        raise SystemExit(f"the scored grades do not give 12 of 13: {by_grade}")
    return "12 of 13, as published (A 5 of 6, B 2 of 2, C 5 of 5)"


def main() -> None:
    parser = argparse.ArgumentParser(description="Score, judge and report the example trial.")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for the report")
    out: Path = parser.parse_args().out
    console, start = Console(highlight=False), time.perf_counter()
    trial = out / "trial"
    trial.mkdir(parents=True, exist_ok=True)
    classify_file(DATA / "exams.csv", trial / "classified.csv", Layout.CSV, "csv")
    shutil.copyfile(HERE / "trial.toml", trial / "trial.toml")
    scored = grade_visits(trial / "visits.csv")
    drawn = draw_exams(trial / "S01", "S01")
    with console.status("judging"):
        made_up, published = judge(load_study(trial / "trial.toml")), judge(load_study("honmou-2021"))
    checked = check(made_up)
    with console.status("writing the report"):
        page = write_report([published, made_up], out)
    show(published, console, brief=True)
    console.print(f"\n[bold]Synthetic trial:[/bold] {scored} whole exams scored, grades give {checked}.")
    console.print(f"{drawn} exams of one of its people are drawn in [bold]{trial / 'S01'}[/bold].")
    console.print(f"Done in {time.perf_counter() - start:.1f} s. Open [bold]{page}[/bold]", soft_wrap=True)


if __name__ == "__main__":
    main()
