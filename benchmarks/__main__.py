"""Print how long the main paths take here: median of several runs, on one core; then the scoring of tables
(:mod:`benchmarks.isncsci_speed`, :mod:`benchmarks.isncsci_stream`), the commands of a trial
(:mod:`benchmarks.decide_speed`) and the pages (:mod:`benchmarks.web_speed`).

Machines differ and are noisy: read ratios between two runs on one machine, not the figures alone.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks import decide_speed, isncsci_speed, isncsci_stream, web_speed
from myelos.evidence import judge, load_study
from myelos.isncsci import Layout, classify, classify_file, write_exams
from myelos.isncsci.synthetic import KINDS, synthetic_exam
from myelos.report import write_report

EXAMS = 2000
RUNS = 5


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Median wall time of ``work`` over ``runs``, in seconds."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> int:
    rng = Random(7)
    exams = [
        synthetic_exam(rng, kind, name=f"{kind}-{n}") for n in range(EXAMS // len(KINDS)) for kind in KINDS
    ]
    study = load_study("honmou-2021")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "exams.csv"
        with file.open("w", encoding="utf-8", newline="") as target:
            write_exams(exams, target, Layout.CSV)
        scored = seconds(lambda: [classify(exam) for exam in exams])
        read = seconds(lambda: classify_file(file, Path(folder) / "out.csv", Layout.CSV))
        judged = seconds(lambda: judge(study), 3)
        judgement = judge(study)
        written = seconds(lambda: write_report([judgement], Path(folder) / "report"), 3)
    print(f"classify, exams in memory   {len(exams) / scored:10.0f} exams/s")
    print(f"classify, CSV to CSV        {len(exams) / read:10.0f} exams/s")
    print(f"judge honmou-2021           {judged:10.2f} s")
    print(f"write its report            {written:10.2f} s")
    return isncsci_speed.main() | isncsci_stream.main([1, 10]) | decide_speed.main() | web_speed.main()


if __name__ == "__main__":
    sys.exit(main())
