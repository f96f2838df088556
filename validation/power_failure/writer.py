"""The program that is watched: the store with its own settings, playing a trial and saying what it recorded.

    python -m validation.power_failure.writer DATABASE COMMANDS [SYNCHRONOUS]

It says ``made`` once the empty record is there, and ``recorded ID SEQ`` once the store has told it that the
command ID is recorded, up to entry SEQ. SYNCHRONOUS puts another value in the place of the store's own. The
people are those of the example of twenty people (synthetic).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from random import Random

from django.core.management import call_command
from django.db import connections
from examples.twenty_people.people import commands
from examples.twenty_people.script import OPENED, opening

from myelos.acts import Act
from myelos.ledger.commands import EraseIdentity, EraseWords, KeepIdentity, OpenTrial
from myelos.ledger.free_text import references
from myelos.protocol import Command, load_protocol
from myelos.protocol.enrolment import Screen
from myelos.shapes import plain
from myelos.store import settings
from myelos.store.trials import Trials

TRIAL = "power-failure"
RECORDED = datetime(2030, 1, 1, tzinfo=UTC)
"""When everything is recorded, so that two runs write the same number of pages."""
ALONE = range(20, 40)
"""Commands for which the database is opened and closed, as the command line does: SQLite then empties and
removes its log. Before and after, one connection stays open, and the log goes over into the database when it
has grown to 1,000 pages."""
ERASED_EVERY = 40
"""Of so many commands one is followed by the erasing of its words, and of an identity."""

Asked = tuple[Command, Callable[[], None] | None]


def asked(trials: Trials) -> Iterator[Asked]:
    """The commands of the trial, each with the reason why; identities and words are kept and erased."""
    manager = Act(by="manager", at=OPENED, role="manager", site="sapporo", why="a reason (synthetic)")
    yield Command(manager, OpenTrial(protocol=plain(load_protocol("honmou-phase2")))), None
    for number, each in enumerate(chain(opening(OPENED), commands())):
        yield Command(replace(each.act, why=f"reason {number} (synthetic)"), each.order), None
        if isinstance(each.order, Screen):
            yield from _known(manager, each.order.person, erased=number % 2 == 0)
        if number % ERASED_EVERY == 0:
            head = trials.keeper.head(TRIAL)
            (row,) = islice(trials.keeper.rows(TRIAL, after=head.seq - 1), 1)
            yield Command(manager, EraseWords(references=references(row.text))), None


def _known(manager: Act, person: str, erased: bool) -> Iterator[Asked]:
    from myelos.store import personal  # its models ask for the settings

    who = personal.Identity(person=person, name="Nobody (synthetic)", hospital_number="0")
    yield Command(manager, KeepIdentity(person=person)), lambda: personal.write("default", TRIAL, who)
    if erased:

        def erase() -> None:
            personal.erase("default", TRIAL, person)

        yield Command(manager, EraseIdentity(person=person)), erase


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def main(database: str, how_many: str, synchronous: str = "FULL") -> int:
    """Make the database and record so many commands; 0."""
    settings.PRAGMAS = settings.PRAGMAS.replace("synchronous=FULL", f"synchronous={synchronous}")
    settings.configure(Path(database), key="synthetic")
    call_command("migrate", verbosity=0)
    say("made")
    salt = Random(1)
    trials = Trials(clock=lambda: RECORDED, salt=lambda: salt.randbytes(16))
    for number, (command, beside) in enumerate(islice(asked(trials), int(how_many))):
        done = trials.record(TRIAL, f"command-{number}", command, beside=beside)
        say(f"recorded command-{number} {done.head.seq}")
        if number in ALONE:
            connections["default"].close()
    connections["default"].close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
