"""A made-up trial with two infused people, played into a ledger, and ledgers invented from it. Synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from itertools import count
from typing import Any

from examples.twenty_people.people import infused, script, thirteen
from examples.twenty_people.script import OPENED, opening

from myelos.acts import Act
from myelos.ledger import Asked, Row, Snapshot, decide_recorded, record
from myelos.ledger.canonical import GENESIS, canonical, digest_of
from myelos.ledger.commands import OpenTrial
from myelos.ledger.heads import TreeHead
from myelos.ledger.merkle import Tree
from myelos.ledger.snapshot import fold
from myelos.protocol import Command, load_protocol
from myelos.shapes import plain

TRIAL = "made-up"
BAG, OTHER_BAG = script(1).container(10), script(2).container(10)
PERSON, OTHER_PERSON = script(1).person, script(2).person
CHAIN = script(1).chain

Said = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """A ledger, and the snapshot it folds to."""

    rows: tuple[Row, ...]
    snapshot: Snapshot

    @property
    def digests(self) -> list[str]:
        return [row.digest for row in self.rows]

    def head(self, size: int | None = None) -> TreeHead:
        """The head after so many entries; of all, unless told."""
        size = len(self.rows) if size is None else size
        digests = self.digests[:size]
        return TreeHead(TRIAL, size, digests[-1], Tree.of(digests).root)

    def until(self, size: int) -> Played:
        """The ledger as it was after so many entries."""
        return Played(self.rows[:size], fold(Snapshot(TRIAL), self.rows[:size]))

    def after(self, event: str, container: str = BAG) -> int:
        """The number of the last entry of an event about a container."""
        said = (json.loads(row.text) for row in self.rows if row.event == event)
        return max(each["seq"] for each in said if each["data"].get("container") == container)


def asked() -> list[Command]:
    """Everything that was asked about the two, in order of time."""
    first, second, *_ = thirteen()
    order = OpenTrial(protocol=plain(load_protocol("honmou-phase2")))
    opened = Command(Act(by="coordinator", at=OPENED, role="coordinator", site="sapporo"), order)
    people = sorted([*infused(1, first), *infused(2, second)], key=lambda command: command.act.at)
    return [opened, *opening(OPENED), *people]


def play(commands: Iterable[Command], start: Played | None = None) -> Played:
    """The ledger after commands, each of which must be allowed."""
    snapshot, rows = (Snapshot(TRIAL), []) if start is None else (start.snapshot, list(start.rows))
    number = count()
    for command in commands:
        decision = decide_recorded(snapshot, command)
        assert not decision.forbidden, decision
        act = command.act
        asked_ = Asked(f"c{snapshot.seq}", command.order.NAME, act, act.at + timedelta(minutes=1))
        made = record(snapshot, asked_, decision.events, lambda: sha256(b"%d" % next(number)).digest())
        snapshot = made.snapshot
        rows += made.rows
    return Played(tuple(rows), snapshot)


@cache
def played() -> Played:
    return play(asked())


def resealed(rows: Sequence[Row], change: Callable[[Said], Said | None]) -> tuple[Row, ...]:
    """The whole ledger written anew with fresh digests, each entry as ``change`` makes it; None: left out."""
    made: list[Row] = []
    previous = GENESIS
    for row in rows:
        said = change(json.loads(row.text))
        if said is None:
            continue
        text = canonical({**said, "seq": len(made) + 1, "previous": previous})
        previous = digest_of(text)
        made.append(Row(len(made) + 1, said["event"], said["version"], previous, text))
    return tuple(made)


def forged(
    rows: Sequence[Row], summary: Mapping[str, Any], carried: Callable[[Said], bool], trial: str = TRIAL
) -> Said:
    """A certificate put together by hand from any rows, whatever they say, with proofs that hold."""
    tree = Tree.of(row.digest for row in rows)
    head = TreeHead(trial, len(rows), rows[-1].digest, tree.root)
    entries = [
        {"seq": row.seq, "text": row.text, "proof": list(tree.inclusion(row.seq - 1))}
        for row in rows
        if carried(json.loads(row.text))
    ]
    return {
        "format": "myelos-infusion-certificate", "version": 1, "head": str(head),
        "last": list(tree.inclusion(len(rows) - 1)), "summary": dict(summary), "entries": entries,
        "extensions": [], "signature": None,
    }  # fmt: skip


def about_the_bag(said: Said) -> bool:
    """What a certificate of the first person's bag carries."""
    general = ("ledger.trial-opened", "protocol.site-opened", "protocol.setting-filled")
    if said["event"] == "protocol.screened":
        return bool(said["data"]["person"] == PERSON)
    return said["event"] in general or said["data"].get("chain") == CHAIN
