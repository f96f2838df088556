"""Feed a gigabyte of noise to the command line and ask: status 2, findings, under 200 MB, no output left."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from myelos.isncsci.csv_layout import COLUMNS

GIGABYTE = 1 << 30
BLOCK = 1 << 20
MOST_MEMORY = 200
"""Megabytes of resident memory a process may reach."""
PROGRAM = """
import atexit, pathlib, re
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]))
from myelos.cli import main
main()
"""
"""The command line, saying at its end how much memory it held at most; the rusage of a child that was forked
from a larger process would tell of that one."""


def binary(rng: random.Random, verb: str) -> Iterator[bytes]:
    """Random bytes, whatever the verb."""
    for _ in range(GIGABYTE // BLOCK):
        yield rng.randbytes(BLOCK)


def lines(rng: random.Random, verb: str) -> Iterator[bytes]:
    """Text that is a table of nothing: the verb's own header, then lines of random length and content."""
    header = COLUMNS if verb == "classify" else ("baseline_ais", "followup_ais", "count")
    yield (",".join(header) + "\n").encode()
    cells = "0 1 2 5 6 NT x 5* ,,,, -3 yes A A_or_B".split()
    rows = (",".join(rng.choices(cells, k=rng.randint(1, len(header)))) for _ in range(8000))
    block = "".join(f"{row}\n" for row in rows).encode()
    for _ in range(GIGABYTE // len(block)):
        yield block


def fed(verb: str, noise: str, folder: Path) -> bool:
    """Whether ``myelos VERB`` refuses this noise as it should; prints what it did."""
    file, out = folder / ("exams.csv" if verb == "classify" else "study.csv"), folder / "out"
    with file.open("wb") as target:
        for block in NOISES[noise](random.Random(5), verb):
            target.write(block)
    start = time.perf_counter()
    command = [sys.executable, "-c", PROGRAM, verb, str(file), "--out", str(out)]
    with (folder / "errors").open("wb") as errors:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=600)
    memory = int(done.stdout.rpartition("peak ")[2]) / 1024
    said = (folder / "errors").read_text("utf-8").splitlines()
    told = sum(line.startswith("error:") for line in said)
    more = next((line for line in said if line.startswith("and ")), "no more")
    print(
        f"{verb:8} {noise:7} status {done.returncode}, {told} findings, {more}; "
        f"{memory:.0f} MB, {time.perf_counter() - start:.0f} s"
    )
    good = done.returncode == 2 and told > 0 and memory < MOST_MEMORY and not out.exists()
    file.unlink()
    return good


NOISES = {"binary": binary, "lines": lines}


def main() -> int:
    """Every verb with every noise; 0 when all were refused as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        results = [fed(verb, noise, Path(folder)) for noise in NOISES for verb in ("classify", "judge")]
    return 0 if all(results) else 1
