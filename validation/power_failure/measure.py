"""Watch a run of the store, let the power fail all along it, and look at what is left on the disk.

The store's own settings must lose nothing and leave nothing in part; with ``synchronous=NORMAL`` the very
same test must find losses, and with ``OFF`` databases that are no longer sound, or it would prove nothing.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from shutil import rmtree
from time import perf_counter

from validation.power_failure.check import DATABASE, Found, Recorded, content, judge, recorded
from validation.power_failure.disk import Disk
from validation.power_failure.images import Fate, Image, draw, images
from validation.power_failure.trace import Step, Sync, Unreadable, traced
from validation.witness import Missing, program, skipped

ROOT = Path(__file__).parents[2]
COMMANDS, OF_EACH, SEED = 400, 120, 5
FEWEST = 700
"""Images that the store's own settings must stand."""


@dataclass(slots=True)
class Result:
    """What the images of one run held, added up; ``kinds``: what was wrong, how often."""

    images: int = 0
    asked: int = 0
    lost: int = 0
    half: int = 0
    wrong: int = 0
    with_loss: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, found: Found) -> None:
        self.images += 1
        self.asked += found.asked
        self.lost += len(found.lost)
        self.half += len(found.half)
        self.wrong += bool(found.wrong)
        self.with_loss += bool(found.lost)
        self.kinds.update(set(found.wrong))


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the writer: every step it took in its folder, and what it recorded in the end."""

    folder: str
    steps: list[Step]
    commands: list[Recorded]

    @property
    def checkpoints(self) -> int:
        """How often the log went over into the database."""
        synced = sum(isinstance(step, Sync) and step.path.endswith(DATABASE) for step in self.steps)
        return synced - 1  # the first one is of the empty database, made without a log


def watch(strace: Path, folder: Path, synchronous: str, commands: int = COMMANDS) -> Run:
    """Run the writer in a new folder, under strace."""
    folder.mkdir()
    command = [
        sys.executable, "-m", "validation.power_failure.writer", str(folder / DATABASE), str(commands),
        synchronous,
    ]  # fmt: skip
    steps = traced(strace, command, folder, {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"})
    agree(steps, folder)
    return Run(str(folder.resolve()), steps, recorded(content(folder / DATABASE)))


def agree(steps: list[Step], folder: Path) -> None:
    """Hold the files that the steps lead to against those on the disk: nothing was overlooked.

    Raises :class:`~validation.power_failure.trace.Unreadable` where they differ.
    """
    disk = Disk(str(folder.resolve()))
    for step in steps:
        disk.step(step)
    expected = draw(disk, Random(0), fate=Fate.EVERYTHING).files
    actual = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
    if expected != actual:
        raise Unreadable(f"the trace leads to other files: {sorted(expected)} and {sorted(actual)}")


def replay(run: Run, folder: Path, of_each: int = OF_EACH, workers: int = 2) -> Result:
    """Draw the images of a run and look into every one."""
    result, fresh = Result(), get_context("spawn")
    with ProcessPoolExecutor(workers, fresh, initializer=_begin, initargs=(run.commands,)) as pool:
        waiting = deque[Future[Found]]()
        for number, image in enumerate(images(run.steps, run.folder, SEED, of_each)):
            waiting.append(pool.submit(_look, image, folder / str(number)))
            while len(waiting) > 4 * workers:
                result.add(waiting.popleft().result())
        for each in waiting:
            result.add(each.result())
    return result


_COMMANDS: list[Recorded] = []


def _begin(commands: list[Recorded]) -> None:
    _COMMANDS[:] = commands


def _look(image: Image, folder: Path) -> Found:
    image.write(folder)
    try:
        return judge(folder / DATABASE, image.said, _COMMANDS)
    finally:
        rmtree(folder)


def measured(strace: Path, folder: Path) -> Iterator[bool]:
    """Whether each setting does what it should; prints what was found."""
    for synchronous, of_each in (("FULL", OF_EACH), ("NORMAL", OF_EACH), ("OFF", OF_EACH // 4)):
        start = perf_counter()
        run = watch(strace, folder / synchronous, synchronous)
        found = replay(run, folder / f"{synchronous}-images", of_each)
        print(
            f"{synchronous:6} {found.images} images of {len(run.steps)} steps, {len(run.commands)} commands, "
            f"{run.checkpoints} checkpoints; {found.asked} acknowledgements checked: {found.lost} lost (in "
            f"{found.with_loss} images), {found.half} half-written; {found.wrong} images not sound "
            f"{dict(found.kinds.most_common(3)) or ''}; {perf_counter() - start:.0f} s",
            flush=True,
        )
        match synchronous:
            case "FULL":
                yield found.images >= FEWEST and not found.lost + found.half + found.wrong
            case "NORMAL":
                yield found.lost > 0
            case _:
                yield found.wrong > 0


def main() -> int:
    """0 when the store's settings lose nothing and the others do."""
    strace = program("strace")
    if isinstance(strace, Missing):
        return skipped("power_failure", Missing(f"{strace.name} (Debian: strace)"))
    with tempfile.TemporaryDirectory() as folder:
        good = list(measured(strace, Path(folder)))
    return 0 if all(good) else 1
