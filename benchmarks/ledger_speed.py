"""How fast the record is written, checked and read.

    python -m benchmarks.ledger_speed [ENTRIES]

Prints what verifying 1,000,000 entries takes (or ENTRIES), folding 200,000, opening a trial of 13 people, and
how many appends a second a SQLite store makes beside a bare loop that writes the same bytes and calls fsync,
the two in turn in one run. The entries are those of the example of twenty people (synthetic), for ever more
people.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, count, islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from django.core.management import call_command
from examples.twenty_people.people import commands, infused, thirteen
from examples.twenty_people.script import OPENED, opening

from myelos.acts import Act
from myelos.ledger import Asked, Row, Snapshot, decide_recorded, fold, record
from myelos.ledger.commands import OpenTrial
from myelos.ledger.entry import Head, Heading, seal
from myelos.protocol import Command, load_protocol
from myelos.shapes import plain
from myelos.store.keeper import Keeper
from myelos.store.settings import configure, point
from myelos.store.trials import Trials

ENTRIES, FOLDED = 1_000_000, 200_000
BLOCK = 50
"""Appends in a row, before the bare loop takes its turn."""


def played(asked: Sequence[Command], trial: str = "trial") -> list[Row]:
    """The entries of commands, each recorded a minute after it was done."""
    protocol = load_protocol("honmou-phase2")
    start = Act(by="coordinator", at=OPENED, role="coordinator", site="sapporo")
    snapshot, rows = Snapshot(trial), []
    for number, each in enumerate([Command(start, OpenTrial(protocol=plain(protocol))), *asked]):
        decision = decide_recorded(snapshot, each)
        asked_ = Asked(f"command-{number}", each.order.NAME, each.act, each.act.at + timedelta(minutes=1))
        made = record(snapshot, asked_, decision.events, lambda: os.urandom(16))
        snapshot, rows = made.snapshot, [*rows, *made.rows]
    return rows


def again(rows: Sequence[Row], trial: str, how_many: int) -> Iterator[Row]:
    """As many entries as asked for of one trial: its opening, and twenty more people in every round, with all
    that happened to them under codes of their own, chained to each other."""
    said = [row.plain for row in rows]
    start = next(place for place, each in enumerate(said) if each["person"])
    opening_, course = said[:start], [json.dumps(each) for each in said[start:]]
    endless = (json.loads(each.replace("MADE1", f"{round_:05}")) for round_ in count(1) for each in course)
    head, at = Head(trial, 0, "0" * 64), OPENED
    for number, told in enumerate(islice(chain(opening_, endless), how_many)):
        heading = Heading(
            trial=trial, command=f"{number:032x}", kind=told["kind"], at=datetime.fromisoformat(told["at"]),
            recorded_at=at, by=told["by"], role=told["role"], site=told["site"], why=told["why"],
            person=told["person"], editions=told["editions"], software=told["software"],
        )  # fmt: skip
        event = {"name": told["event"], "version": told["version"], "data": told["data"]}
        row = seal(heading, event, head)
        head = Head(trial, row.seq, row.digest)
        yield row


def timed(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def appending(keeper: Keeper, rows: Sequence[Row], folder: Path) -> None:
    """Blocks of appends and blocks of the bare loop in turn; the first third warms both up."""
    bare: list[float] = []
    appended: list[float] = []
    with (folder / "bare").open("wb", buffering=0) as file:

        def loop(some: Sequence[Row]) -> None:
            for row in some:
                file.write(row.text.encode())
                os.fsync(file.fileno())

        def append(some: Sequence[Row]) -> None:
            for row in some:
                with keeper.writing("appended") as writer:
                    writer.add("appended", [row])

        for start in range(0, len(rows), BLOCK):
            some = rows[start : start + BLOCK]
            bare.append(timed(lambda some=some: loop(some)) / len(some))  # type: ignore[misc]
            appended.append(timed(lambda some=some: append(some)) / len(some))  # type: ignore[misc]
    warm = len(bare) // 3
    ratio = median(b / a for b, a in zip(bare[warm:], appended[warm:], strict=True))
    print(
        f"append: {median(appended[warm:]) * 1e3:.3f} ms; write and fsync {median(bare[warm:]) * 1e3:.3f} ms;"
        f" {100 * ratio:.0f} % of the bare loop's rate (median of {len(bare) - warm} pairs of blocks,"
        f" {100 * sum(bare[warm:]) / sum(appended[warm:]):.0f} % in all)"
    )


def main(entries: int) -> None:
    """Print every figure."""
    rows = played([*opening(OPENED), *commands()])
    with tempfile.TemporaryDirectory(prefix="myelos-bench-") as name:
        folder = Path(name)
        configure(folder / "appended.sqlite", "benchmark")
        call_command("migrate", verbosity=0)
        keeper = Keeper()
        appending(keeper, list(again(rows, "appended", 6000)), folder)
        opened(keeper)
        folded(rows)
        verified(rows, folder, entries)


def opened(keeper: Keeper) -> None:
    """A trial of 13 people, opened by a program that has read another one before."""
    asked = [*opening(OPENED)]
    for number, person in enumerate(thirteen(), start=1):
        asked += infused(number, person)
    thirteen_rows = played(sorted(asked, key=lambda each: each.act.at), "thirteen")
    with keeper.writing("thirteen") as writer:
        writer.add("thirteen", thirteen_rows)
    Trials(keeper).snapshot("thirteen")
    took = median(timed(lambda: Trials(keeper).snapshot("thirteen")) for _ in range(20))
    print(f"open a trial of 13 people, {len(thirteen_rows)} entries: {took * 1e3:.0f} ms")


def folded(rows: Sequence[Row]) -> None:
    """The fold of one long trial, each entry read from its text and held against its digest."""
    many = [replace(row, _said=None) for row in again(rows, "long", FOLDED)]
    begun, used = perf_counter(), process_time()
    folded_ = fold(Snapshot("long"), many)
    took, cpu = perf_counter() - begun, process_time() - used
    people = len(folded_.state.people)
    print(f"fold {FOLDED:,} entries about {people:,} people: {took:.1f} s ({cpu:.1f} s of the processor)")


def verified(rows: Sequence[Row], folder: Path, entries: int) -> None:
    """Every column of every entry against its text, every text against its digest, as stored in SQLite."""
    point("large", folder / "large.sqlite")
    call_command("migrate", database="large", verbosity=0)
    keeper = Keeper("large")
    with keeper.writing("large") as writer:
        writer.add("large", again(rows, "large", entries))
    used = process_time()
    took = timed(lambda: [list(keeper.verify("large"))])
    cpu = process_time() - used
    size = (folder / "large.sqlite").stat().st_size
    print(f"verify {entries:,} entries: {took:.1f} s ({cpu:.1f} s of the processor, {size >> 20} MB)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
