"""How fast examinations are scored, side by side with the npm package ``isncsci`` in one run on one machine.

Rounds alternate (theirs, ours, theirs, ours ...) and the figure to quote is the median of the ratios. Theirs
counts classification alone, from objects already parsed; ours counts validation, sums, stars, findings and
typed output, from the columns named. Machines differ and are noisy: read the ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from validation.isncsci_npm import witness

from myelos.findings import Findings
from myelos.isncsci import Exam, classify, explain
from myelos.isncsci.cohorts import classify_table, column_map, decode, table
from myelos.isncsci.cohorts.columns import score_codes
from myelos.isncsci.csv_layout import COLUMNS, fields_of
from myelos.isncsci.editions import rules_of
from myelos.isncsci.exam import CELLS, replaced
from myelos.isncsci.records import PRAXIS, Missing, record_of
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

HERE = Path(__file__).parent
ROUNDS = 5
MADE = 12_000
"""Different examinations made; tables repeat them."""

UNTESTED = {"fully tested": (0, 0), "1 to 4 untested": (1, 4), "20 to 40 untested": (20, 40)}
ROWS = {"fully tested": 600_000, "1 to 4 untested": 240_000, "20 to 40 untested": 60_000}


def exams_with(low: int, high: int) -> list[Exam]:
    """Made-up examinations of every kind with ``low`` to ``high`` cells untested."""
    rng, kinds = Random(20190826), list(KINDS)
    return [
        untested(rng, synthetic_exam(rng, kinds[n % len(kinds)], name=str(n)), rng.randint(low, high))
        for n in range(MADE)
    ]


def frames(exams: list[Exam], rows: int) -> dict[str, pl.DataFrame]:
    """The same rows as whole numbers, as categories and as text."""
    text = pl.DataFrame([fields_of(exam) for exam in exams], schema=list(COLUMNS), orient="row")
    text = pl.concat([text] * (rows // len(exams))).select("id", *CELLS)
    text = text.with_columns(id=pl.int_range(pl.len()).cast(pl.String))
    answers = {"no": 0, "yes": 1, "NT": 2}
    codes = {name: score_codes(5 if "motor" in name else 2) for name in CELLS[:-2]}
    codes |= {"vac": answers, "dap": answers}
    numbers = [pl.col(name).replace_strict(each, return_dtype=pl.UInt8) for name, each in codes.items()]
    row = pl.int_range(pl.len()).alias("id")
    return {
        "whole numbers": text.with_columns(row, *numbers),
        "categories": text.with_columns(row, pl.col(CELLS).cast(pl.Categorical)),
        "text": text,
    }


def their_rate(exams: list[Exam], folder: Path) -> float:
    """The package's rate on one core: the best of a warm run's last rounds."""
    file = folder / "exams.jsonl"
    file.write_text("".join(json.dumps(record_of(exam, PRAXIS)) + "\n" for exam in exams), "utf-8")
    home = str(Path(witness.__file__).parent / "package.json")
    command = ["node", str(HERE / "npm_rate.mjs"), home, str(file), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return max(float(line) for line in done.stdout.split())


def rate(work: Callable[[], object], rows: int) -> float:
    """Rows a second of one call."""
    start = time.perf_counter()
    work()
    return rows / (time.perf_counter() - start)


def compare(kind: str, folder: Path) -> None:
    """One line a holder and number of cores: our rate, theirs, and the median ratio."""
    exams = exams_with(*UNTESTED[kind])
    held = frames(exams, ROWS[kind])
    cores = sorted({1, os.cpu_count() or 1} & {1, 2} | {min(2, os.cpu_count() or 1)})
    ratios: dict[tuple[str, int], list[float]] = {}
    ours: dict[tuple[str, int], list[float]] = {}
    theirs = []
    for _ in range(ROUNDS):
        theirs.append(their_rate(exams[:6000], folder))
        for name, frame in held.items():
            for count in cores:
                with ThreadPoolExecutor(count) as executor:
                    found = rate(lambda f=frame, e=executor: classify_table(f, executor=e), frame.height)
                ours.setdefault((name, count), []).append(found)
                ratios.setdefault((name, count), []).append(found / theirs[-1])
    print(f"{kind}: the npm package {statistics.median(theirs):,.0f} exams/s on one core")
    for (name, count), each in ratios.items():
        print(
            f"  from {name:13} on {count} core{'s' if count > 1 else ' '} "
            f"{statistics.median(ours[name, count]):12,.0f} exams/s   {statistics.median(each):7.0f} times"
        )


def stages() -> None:
    """Nanoseconds an examination on one core by what they are spent on: reading and checking cells, the rules
    (with sums, stars and findings), typed columns. Fully tested, best of five."""
    held = frames(exams_with(0, 0), 240_000)
    job = table.Job(column_map("ours"), rules_of(), Missing.ERROR, joint=False)
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any], rows: int) -> Any:
        for _ in range(5):
            start = time.perf_counter()
            made = work()
            taken = 1e9 * (time.perf_counter() - start) / rows
            spent[name] = min(spent.get(name, taken), taken)
        return made

    for name, frame in held.items():
        found, place = Findings(), decode.Source()
        cells = timed(
            f"cells from {name}",
            lambda f=frame, r=found, p=place: decode.decode(f, job.columns, False, job.missing, r, p),
            frame.height,
        )
    blocks = timed("the rules", lambda: table.run_blocks(cells, job), cells.shape[1])
    timed("typed columns", lambda: table.result(held["whole numbers"]["id"], blocks, job), cells.shape[1])
    print("where the time goes, one core: " + ", ".join(f"{name} {ns:.0f} ns" for name, ns in spent.items()))


def one_exam() -> None:
    """Milliseconds an examination from Python objects, steps and words included."""
    whole = exams_with(0, 0)[:300]
    blank = replaced(whole[0], dict.fromkeys(CELLS, "NT"))
    samples = {
        "fully tested, explained": whole,
        "1 to 4 untested, explained": exams_with(1, 4)[:300],
        "20 to 40 untested, explained": exams_with(20, 40)[:300],
        "nothing tested, explained": [blank] * 20,
    }
    for name, exams in samples.items():
        taken = []
        for exam in exams:
            start = time.perf_counter()
            explain(classify(exam))
            taken.append(1000 * (time.perf_counter() - start))
        print(f"  {name:30} median {statistics.median(taken):6.2f} ms, slowest {max(taken):6.2f} ms")


def import_time(code: str) -> float:
    """Milliseconds that a line takes in a new interpreter, its start left out; median."""
    timed = f"import time; t = time.perf_counter(); {code}; print(1000 * (time.perf_counter() - t))"
    runs = [subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True) for _ in range(9)]
    return statistics.median(float(run.stdout) for run in runs)


def main() -> int:
    """Print every figure; 0 unless the package is missing where CI is set."""
    reason = witness.why_not()
    with tempfile.TemporaryDirectory() as folder:
        classify_table(frames(exams_with(0, 0)[:10], 10)["text"])  # compiles
        if reason is None:
            for kind in UNTESTED:
                compare(kind, Path(folder))
        else:
            print(f"isncsci_speed: the npm package is not compared, {reason}")
    stages()
    print("one exam, from Python objects")
    one_exam()
    for code in ("import myelos.isncsci", "from myelos.isncsci import classify, parse_exam"):
        print(f"{code}: {import_time(code):.0f} ms")
    return 1 if reason is not None and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
