"""Kill writers, again and again, and look at what is left.

200 times one of three writers is ended with SIGKILL at a random moment, and begins again where its last
acknowledged command ended, sending the next one again under its id. Then every acknowledged command must be
there, every command whole, each once, and the chain must hold. After that, eight writers of fifty commands
each at the same time: none fails, none is doubled; and eight nurses start one bag: it runs once. On SQLite,
and on a PostgreSQL cluster of the run's own, whose server is also stopped without warning a few times.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from django.core.management import call_command
from django.db import connections
from examples.twenty_people.people import commands
from examples.twenty_people.script import OPENED
from examples.twenty_people.script import opening as opening_site

from myelos.cells.commands import StartInfusion
from myelos.ledger.commands import OpenTrial
from myelos.protocol import Command, load_protocol
from myelos.shapes import plain
from myelos.store.keeper import Keeper
from myelos.store.settings import configure, point
from myelos.store.trials import Trials
from validation.durability.script import NAME, TRIAL, act, entries, opening
from validation.durability.writer import write
from validation.postgres import Cluster, found

KILLS, WRITERS, SEED = 200, 3, 20210701
MANY, EACH = 8, 50
BAG = "one-bag"
STOPS = 5
"""Of the server of PostgreSQL, in the middle of everything."""


@dataclass
class Writer:
    """One writer's process, and what it was told is recorded."""

    number: int
    acknowledged: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    process: int = 0
    said: int = -1

    def begin(self, how_many: int = 100_000) -> None:
        """A process of its own, forked from this one, which has no connection open."""
        connections.close_all()
        first = self.acknowledged[-1] + 1 if self.acknowledged else 0
        self.said, child = os.pipe()
        self.process = os.fork()
        if self.process:
            os.close(child)
            return
        status = 1
        try:
            os.close(self.said)
            write(child, self.number, first, how_many)
            status = 0
        except Exception:  # noqa: BLE001 - a child tells its own faults: its parent only counts
            traceback.print_exc()
        finally:
            os._exit(status)

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        self.finish()

    def finish(self) -> None:
        """Read what it said to the end; a line cut off by its end acknowledges nothing."""
        with os.fdopen(self.said, "rb") as pipe:
            lines = pipe.read().decode().splitlines(keepends=True)
        os.waitpid(self.process, 0)
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if line.endswith("\n") and word == "recorded":
                self.acknowledged.append(int(rest))
            elif word == "refused":
                self.refused.append(rest)


def prepare(database: str, writers: int) -> None:
    """A migrated database with the trial open."""
    point("default", database)
    call_command("migrate", verbosity=0)
    trials = Trials(Keeper())
    for id_, asked in opening(writers):
        assert not trials.record(TRIAL, id_, asked, NAME).refused


def killed(cluster: Cluster | None, kills: int = KILLS) -> list[Writer]:
    """Writers that were killed so often at random moments; on PostgreSQL the server too."""
    rng = Random(SEED)
    writers = [Writer(number) for number in range(WRITERS)]
    for each in writers:
        each.begin()
    for count in range(kills):
        time.sleep(rng.uniform(0.005, 0.12))
        if cluster is not None and count % (kills // STOPS) == kills // STOPS - 1:
            cluster.stop_without_warning()
            for each in writers:
                each.finish()
            cluster.start()
            for each in writers:
                each.begin()
            continue
        chosen = rng.choice(writers)
        chosen.kill()
        chosen.begin()
    for each in writers:
        each.kill()
    return writers


def look(writers: list[Writer]) -> dict[str, int]:
    """Acknowledged commands that are not there, commands there in part, and faults of the chain."""
    keeper = Keeper()
    there: dict[str, list[str]] = {}
    for row in keeper.rows(TRIAL):
        there.setdefault(row.plain["command"], []).append(row.event)
    ids = {f"{writer.number}-{number}" for writer in writers for number in writer.acknowledged}
    numbered = {id_: events for id_, events in there.items() if id_[0].isdigit()}
    return {
        "acknowledged": len(ids),
        "recorded": len(numbered),
        "lost": len(ids - set(there)),
        "half-written": sum(entries(int(id_.split("-")[1])) != events for id_, events in numbered.items()),
        "faults of the chain": len(list(keeper.verify(TRIAL, keeper.head(TRIAL)))),
    }


def together() -> dict[str, int]:
    """Eight writers of fifty commands each at once."""
    writers = [Writer(number) for number in range(WRITERS, WRITERS + MANY)]
    for each in writers:
        each.begin(EACH)
    for each in writers:
        each.finish()
    found_ = look(writers)
    failed = sum(len(each.refused) for each in writers)
    doubled = Counter(number for each in writers for number in each.acknowledged)
    return {
        "writers": MANY,
        "commands": sum(len(each.acknowledged) for each in writers),
        "failed": failed + MANY * EACH - sum(doubled.values()),
        "lost": found_["lost"],
        "half-written": found_["half-written"],
        "faults of the chain": found_["faults of the chain"],
    }


def one_bag() -> dict[str, int]:
    """Eight nurses start the infusion of one bag at once, each with a command of her own."""
    asked = [*opening_site(OPENED), *commands()]
    start = next(each for each in asked if isinstance(each.order, StartInfusion))
    trials = Trials(Keeper())
    trials.record(
        BAG, "open", Command(act(OPENED), OpenTrial(protocol=plain(load_protocol("honmou-phase2"))))
    )
    for number, each in enumerate(asked[: asked.index(start)]):
        assert not trials.record(BAG, f"before-{number}", each).refused
    started = [each for number in range(MANY) if (each := _nurse(number, start))]
    for process in started:
        os.waitpid(process, 0)
    names = Counter(row.event for row in Keeper().rows(BAG) if row.plain["command"].startswith("nurse-"))
    return {
        "nurses at one bag": MANY,
        "infusions": names["cells.infusion-started"],
        "refused": names["ledger.command-refused"],
    }


def _nurse(number: int, start: Command) -> int:
    """A process that asks once; its id, or 0 within it, where it never returns."""
    connections.close_all()
    process = os.fork()
    if not process:
        try:
            Trials(Keeper()).record(BAG, f"nurse-{number}", start)
        finally:
            os._exit(0)
    return process


@contextmanager
def databases() -> Iterator[Iterator[tuple[str, str, Cluster | None]]]:
    """The databases to look at, by kind and address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="myelos-durability-")))

        def each() -> Iterator[tuple[str, str, Cluster | None]]:
            yield "SQLite", str(folder / "record.sqlite"), None
            if found() is not None:
                cluster = stack.enter_context(Cluster(folder / "cluster"))
                yield "PostgreSQL", cluster.database("record"), cluster

        yield each()


def main() -> int:
    """Print what was found on each database; 1 when anything was lost, halved or doubled."""
    failed = False
    configure(":memory:", "durability")
    with databases() as every:
        for kind, database, cluster in every:
            begun = time.perf_counter()
            prepare(database, WRITERS + MANY)
            writers = killed(cluster)
            after = look(writers)
            at_once = together()
            print(f"{kind}: {KILLS} kills under {WRITERS} writers: {told(after)}")
            bag = one_bag()
            print(f"  {told(at_once)}; {told(bag)}; {time.perf_counter() - begun:.0f} s")
            wrong = ("lost", "half-written", "faults of the chain", "failed")
            failed |= any(each.get(name, 0) for each in (after, at_once) for name in wrong)
            failed |= after["acknowledged"] < KILLS or (bag["infusions"], bag["refused"]) != (1, MANY - 1)
    if found() is None:
        print("PostgreSQL is not installed (Debian: postgresql): not looked at")
        failed |= bool(os.environ.get("CI"))
    return int(failed)


def told(found_: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in found_.items())
