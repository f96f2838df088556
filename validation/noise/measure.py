"""Feed a gigabyte of noise to the command line and ask: status 2, findings, under 200 MB, no output left."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

GIGABYTE = 1 << 30
BLOCK = 1 << 20
MOST_MEMORY = 200 * 1024
"""Kilobytes of resident memory a process may reach."""


def binary(rng: random.Random) -> Iterator[bytes]:
    """Random bytes."""
    for _ in range(GIGABYTE // BLOCK):
        yield rng.randbytes(BLOCK)


def lines(rng: random.Random) -> Iterator[bytes]:
    """Text that is a table of nothing: a good header, then lines of random length and content."""
    from myelos.isncsci.csv_layout import COLUMNS

    yield (",".join(COLUMNS) + "\n").encode()
    cells = "0 1 2 5 6 NT x 5* ,,,, -3 yes".split()
    rows = (",".join(rng.choices(cells, k=rng.randint(1, 140))) for _ in range(8000))
    block = "".join(f"{row}\n" for row in rows).encode()
    for _ in range(GIGABYTE // len(block)):
        yield block


def fed(verb: str, noise: str, folder: Path) -> bool:
    """Whether ``myelos VERB`` refuses this noise as it should; prints what it did."""
    file, out = folder / ("exams.csv" if verb == "classify" else "study.csv"), folder / "out"
    with file.open("wb") as target:
        for block in NOISES[noise](random.Random(5)):
            target.write(block)
    start = time.perf_counter()
    program = [sys.executable, "-c", "from myelos.cli import main; main()"]
    command = [*program, verb, str(file), "--out", str(out)]
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    said = (folder / "errors").read_text("utf-8").splitlines()
    told = sum(line.startswith("error:") for line in said)
    more = next((line for line in said if line.startswith("and ")), "no more")
    print(
        f"{verb:8} {noise:7} status {process.returncode}, {told} findings, {more}; "
        f"{usage.ru_maxrss / 1024:.0f} MB, {time.perf_counter() - start:.0f} s"
    )
    good = process.returncode == 2 and told > 0 and usage.ru_maxrss < MOST_MEMORY and not out.exists()
    file.unlink()
    return good


NOISES = {"binary": binary, "lines": lines}


def main() -> int:
    """Every verb with every noise; 0 when all were refused as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        results = [fed(verb, noise, Path(folder)) for noise in NOISES for verb in ("classify", "judge")]
    return 0 if all(results) else 1
