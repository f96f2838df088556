"""Trials kept in a database: their snapshots, and commands decided and recorded, each once.

This is the inside of the door (:mod:`myelos.store.door`): nobody is asked here who they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from myelos.acts import Decision
from myelos.findings import Finding, Param, Phrasebook, Refused, Severity
from myelos.ledger import Asked, Given, Head, Row, Snapshot, decide_recorded, fold, record
from myelos.ledger.commands import EraseWords, OpenTrial
from myelos.ledger.concerned import concerned
from myelos.ledger.deciding import SIGNED_COMMANDS
from myelos.ledger.entry import stamp
from myelos.ledger.events import CommandRefused, Subject, WordsErased
from myelos.ledger.snapshot import events_of
from myelos.protocol import Command
from myelos.store import snapshots
from myelos.store.keeper import BATCH, Keeper

KEEP_EVERY = 500
"""A snapshot is kept when it is so many entries ahead of the one kept before."""

_BOOK = Phrasebook("myelos", *(f"myelos.{room}" for room in (
    "isncsci", "measures", "cells", "safety", "protocol", "ledger",
)))  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


def _salt() -> bytes:
    return secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a command: its entries (none when it was refused), what there is to say of it, and the
    head after it. ``again``: it had been recorded before, under the same id; nothing was recorded now."""

    head: Head
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    again: bool = False

    @property
    def refused(self) -> bool:
        return any(each.event == CommandRefused.NAME for each in self.rows) or not self.rows  # type: ignore[attr-defined]


@dataclass
class _Commands:
    """The first entry of every command up to entry ``until``, by the command's id."""

    first: dict[str, int] = field(default_factory=dict)
    until: int = 0


@dataclass
class Trials:
    """The trials of one database. ``clock`` gives the time of recording, ``salt`` 16 random bytes."""

    keeper: Keeper = field(default_factory=Keeper)
    clock: Callable[[], datetime] = _now
    salt: Callable[[], bytes] = _salt
    _cached: dict[str, Snapshot] = field(default_factory=dict)
    _kept: dict[str, int] = field(default_factory=dict)
    _commands: dict[str, _Commands] = field(default_factory=dict)

    def snapshot(self, trial: str) -> Snapshot:
        """The trial as it stands now: the newest snapshot there is, and the entries since.

        Raises :class:`~myelos.findings.Refused` for a ledger that was altered or that does not exist.
        """
        found = self._read(trial)
        if found.seq == 0:
            raise Refused([self.no_such_trial(trial)])
        self._cached[trial] = found
        return found

    def of_command(self, trial: str, command_id: str) -> tuple[Row, ...]:
        """The entries of a command, none where it was never recorded."""
        known = self._commands.setdefault(trial, _Commands())
        for seq, command in self.keeper.commands(trial, after=known.until):
            known.first.setdefault(command, seq)
            known.until = seq
        first = known.first.get(command_id)
        return () if first is None else self.keeper.of_command(trial, command_id, first)

    def record(
        self,
        trial: str,
        command_id: str,
        command: Command,
        printed_name: str = "",
        beside: Callable[[], object] | None = None,
    ) -> Done:
        """Decide a command and record what follows, or that it was refused and why.

        A command id that was recorded before gives what it gave then. ``printed_name``: of who signs, when
        this is a signature. ``beside``: done in the same transaction unless the command is refused, such as
        writing what is kept apart from the record. Raises :class:`~myelos.findings.Refused` when the database
        cannot record: then nothing was; asking again with the same id is always right.
        """
        with self.keeper.writing(trial) as writer:
            earlier = self.of_command(trial, command_id)
            if earlier:
                return self._again(trial, command_id, command, earlier)
            before = self._read(trial)
            if not before.protocols and not isinstance(command.order, OpenTrial):
                raise Refused([self.no_such_trial(trial)])
            decision = decide_recorded(before, command, self._given(before, command, printed_name))
            if decision.forbidden and not before.protocols:
                raise Refused(decision.findings)  # a trial does not begin with what was refused
            events = decision.events or _refusal(before, command, decision)
            asked = Asked(command_id, command.order.NAME, command.act, self.clock())
            made = record(before, asked, events, self.salt)
            writer.add(trial, made.rows, made.words)
            if isinstance(command.order, EraseWords) and decision.events:
                self.keeper.erase(trial, command.order.references)
            if beside is not None and decision.events:
                beside()
            erasing = isinstance(command.order, EraseWords)
            if not erasing and made.snapshot.seq - self._kept.get(trial, 0) >= KEEP_EVERY:
                snapshots.keep(self.keeper.alias, made.snapshot)
                self._kept[trial] = made.snapshot.seq
        if erasing:
            self._forget(trial)
        else:
            self._cached[trial] = made.snapshot
        return Done(made.snapshot.head, made.rows, (*decision.findings, *made.findings))

    # Reading

    def _read(self, trial: str) -> Snapshot:
        """The newest state, from what is at hand: this process's own, the one kept, or the start."""
        head = self.keeper.head(trial)
        start = self._cached.get(trial)
        if start is None or not self._stands(start, head):
            start = snapshots.kept(self.keeper.alias, trial)
            self._kept[trial] = 0 if start is None else start.seq
        if start is None or not self._stands(start, head):
            start = Snapshot(trial)
        rows = self.keeper.rows(trial, after=start.seq) if start.head != head else iter(())
        begun = start.seq
        while some := list(islice(rows, BATCH)):
            if begun and any(row.event == WordsErased.NAME for row in some):  # type: ignore[attr-defined]
                return self._afresh(trial)
            start = fold(start, some, self.keeper.words(trial, some))
        return start

    def _afresh(self, trial: str) -> Snapshot:
        """The state from the start, since words were erased that an older one still has."""
        self._forget(trial)
        start, rows = Snapshot(trial), self.keeper.rows(trial)
        while some := list(islice(rows, BATCH)):
            start = fold(start, some, self.keeper.words(trial, some))
        return start

    def _forget(self, trial: str) -> None:
        self._cached.pop(trial, None)
        self._kept[trial] = 0

    def _stands(self, snapshot: Snapshot, head: Head) -> bool:
        """Whether a snapshot is of this ledger: the fold checks that the next entry follows it."""
        return snapshot.seq < head.seq or snapshot.head == head

    def _again(self, trial: str, command_id: str, command: Command, earlier: tuple[Row, ...]) -> Done:
        said = earlier[0].plain
        act = command.act
        asked = (command.order.NAME, act.by, stamp(act.at))
        if asked != (said["kind"], said["by"], said["at"]):
            params: dict[str, Param] = {"id": command_id, "kind": said["kind"], "seq": earlier[0].seq}
            raise Refused([Finding("store.command-id-used", params=params)])
        note = Finding("store.recorded-before", params={"seq": earlier[0].seq}, severity=Severity.NOTE)
        return Done(self.keeper.head(trial), earlier, (note,), again=True)

    # Signing

    def _given(self, snapshot: Snapshot, command: Command, printed_name: str) -> Given:
        if not isinstance(command.order, SIGNED_COMMANDS):
            return Given()
        subject: Subject = command.order.subject
        match subject.kind:
            case "trial":
                return Given(printed_name, (snapshot.digest,))
            case "person":
                rows = self.keeper.of_person(snapshot.trial, subject.person or "")
                return Given(printed_name, tuple(row.digest for row in rows))
            case _:
                return self._given_entries(snapshot, subject, printed_name)

    def _given_entries(self, snapshot: Snapshot, subject: Subject, printed_name: str) -> Given:
        wanted = set(subject.entries)
        signed = [row for row in self.keeper.rows(snapshot.trial) if row.seq in wanted]
        people = {row.plain["person"] for row in signed}
        about = [row for each in sorted(people) for row in self.keeper.of_person(snapshot.trial, each)]
        return Given(printed_name, tuple(row.digest for row in signed), events_of(about))

    def no_such_trial(self, trial: str) -> Finding:
        """The finding about a trial that is not here, with those that are."""
        known = ", ".join(self.keeper.trials()[:10]) or "-"
        return Finding("store.no-such-trial", params={"read": trial[:80], "known": known})


def _refusal(snapshot: Snapshot, command: Command, decision: Decision) -> tuple[Any, ...]:
    """The event that keeps a refusal, with every reason's code. What was not even a command, its data being
    of the wrong shape, is told and not kept."""
    codes = tuple(dict.fromkeys(each.code for each in decision.findings if each.severity is Severity.ERROR))
    if all(code.startswith("shapes.") for code in codes):
        raise Refused(decision.findings)
    said = "\n".join(_BOOK.tell(each) for each in decision.findings)[:2000]
    person = concerned(snapshot.state, command.order) or None
    return (CommandRefused(codes=codes, said=said, person=person),)
