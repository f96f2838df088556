"""Ten million examinations from Parquet to Parquet: time, and the greatest memory the process ever held.

``python -m benchmarks.isncsci_stream [MILLIONS ...]``, by default 1, 3 and 10: cost must grow with the rows,
memory must not (but for eight bytes an id). The table is made first, in a process of its own; the scoring
process tells its own peak (Linux).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

MAKE = """
import sys
import polars as pl
from benchmarks.isncsci_speed import exams_with, frames
some = frames(exams_with(0, 4), 12_000)["whole numbers"]
rows = int(sys.argv[2])
many = pl.concat([some.lazy()] * (-(-rows // some.height))).head(rows)
many.with_columns(id=pl.int_range(rows)).sink_parquet(sys.argv[1], row_group_size=65_536)
"""

SCORE = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from myelos.isncsci.cohorts import classify_table_file
start = time.perf_counter()
with ThreadPoolExecutor(os.cpu_count()) as executor:
    count = classify_table_file(Path(sys.argv[1]), Path(sys.argv[2]), executor=executor)
took = time.perf_counter() - start
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
rate, megabytes = count / took, int(peak.split()[1]) / 1024
print(f"{count:,} exams in {took:.1f} s ({rate:,.0f} a second), peak {megabytes:.0f} MB")
"""


def main(millions: list[float]) -> int:
    """Print a line a size; 0 when the peak of every size is under a gigabyte."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for size in millions:
            source, target = Path(folder) / "exams.parquet", Path(folder) / "result.parquet"
            subprocess.run([sys.executable, "-c", MAKE, str(source), str(int(size * 1e6))], check=True)
            command = [sys.executable, "-c", SCORE, str(source), str(target)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            sizes = [f"{path.stat().st_size / 1e6:.0f} MB" for path in (source, target)]
            print(f"{told}; Parquet of {sizes[0]} in, {sizes[1]} out")
            worst = max(worst, float(told.rsplit(" ", 2)[1]))
    return 0 if worst < 1024 else 1


if __name__ == "__main__":
    sys.exit(main([float(each) for each in sys.argv[1:]] or [1, 3, 10]))
