"""What can be read through the door, each by whoever the table of authority lets read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic_core import from_json

from myelos.acts import Act
from myelos.findings import Finding, Param, Place, Refused
from myelos.ledger import Head, Row, Snapshot, accounts, certificate
from myelos.ledger.accounts.commands import ADMINISTRATOR, EVERYWHERE
from myelos.ledger.audit import CHECKS, Audited, entries_of, refused_commands
from myelos.ledger.commands import EraseIdentity, KeepIdentity, ReadIdentity
from myelos.ledger.free_text import references, reveal
from myelos.ledger.heads import sign_head, tree_head
from myelos.protocol import Command
from myelos.shapes import faults
from myelos.store import personal
from myelos.store.backup import back_up
from myelos.store.door import Door, Visitor
from myelos.store.failures import told
from myelos.store.personal import Identity
from myelos.store.restoring import restore
from myelos.store.trials import Done

if TYPE_CHECKING:
    import polars as pl

    from myelos.store.archive import Manifest
    from myelos.store.identity import Proof

LATE_AFTER = 3
"""Days from an act to its recording, before the audit calls it late; ours."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A trial as one visitor may see it: its snapshot, the trial codes of the people who are theirs, and the
    sites they may read of (``*``: every one)."""

    snapshot: Snapshot
    people: tuple[str, ...]
    sites: tuple[str, ...] = ("*",)

    def theirs(self, site: str, person: str | None) -> bool:
        """Whether something done at a site, about a person or nobody, is theirs to read."""
        return "*" in self.sites or (person in self.people if person else site in self.sites)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is told: ``said`` holds all of it, free text where it was not erased; ``words``: the
    free text by the reference under which it can be erased, None where it was."""

    seq: int
    said: Mapping[str, Any]
    words: Mapping[str, str | None]


def show(door: Door, visitor: Visitor, trial: str, reading: str = "show") -> Seen:
    """The trial as it stands, and whose people the visitor may see.

    Raises :class:`~myelos.findings.Refused` when they may not see any, or the ledger was altered.
    """
    sites = door.where(visitor, trial, reading)
    if trial == accounts.CHAIN:
        raise Refused([door.trials.no_such_trial(trial)])
    with told(trial):
        snapshot = door.trials.snapshot(trial)
    people = snapshot.state.people.values()
    mine = sorted(each.code for each in people if "*" in sites or each.site in sites)
    return Seen(snapshot, tuple(mine), sites)


def timeline(door: Door, visitor: Visitor, trial: str, person: str) -> tuple[Line, ...]:
    """Everything recorded about a person, in order: the old values, who, when, as what, where and why."""
    seen = show(door, visitor, trial, "timeline")
    if person not in seen.people:
        raise Refused([nobody_of_yours(person, trial)])
    rows = list(door.keeper.of_person(trial, person))
    words = door.keeper.words(trial, rows)
    return tuple(_line(row, words) for row in rows)


def nobody_of_yours(read: str, trial: str) -> Finding:
    """What is told of somebody who is not there, or not theirs: the same, so that nobody learns which."""
    params: dict[str, Param] = {"read": read[:80], "trial": trial}
    return Finding("store.nobody-of-yours", Place(column="person"), params)


def _line(row: Row, words: Mapping[str, str]) -> Line:
    said = from_json(reveal(row.text, words))
    return Line(row.seq, said, {each: words.get(each) for each in references(row.text)})


def audited(door: Door, visitor: Visitor, trial: str, late_after: int = LATE_AFTER) -> tuple[Finding, ...]:
    """Everything the audit's checks have to say of the entries a visitor may read of: those about their
    people, and those made at their sites about nobody."""
    seen, keeper = show(door, visitor, trial, "audit"), door.keeper
    every = Audited(entries_of(keeper.rows(trial)), keeper.every_word(trial), late_after)
    if "*" in seen.sites:
        return tuple(each for check in CHECKS for each in check(every))
    mine = [each for each in every.entries if seen.theirs(each.heading.site, each.heading.person)]
    numbers = {each.number for each in mine}
    found = [each for check in CHECKS for each in check(every) if each.place.row in numbers]
    return (*found, *refused_commands(Audited(mine, (), late_after)))


def tidy_rows(door: Door, visitor: Visitor, trial: str) -> dict[str, pl.DataFrame]:
    """The trial as tidy frames, one row a thing, of the people the visitor may export; no identities."""
    from myelos.ledger import tidy

    seen = show(door, visitor, trial, "export")
    frames = {name: each(seen.snapshot) for name, each in tidy.TABLES.items()}
    frames["entries"] = tidy.entries(door.keeper.rows(trial))
    return {name: _theirs(frame, seen) for name, frame in frames.items()}


def _theirs(frame: pl.DataFrame, seen: Seen) -> pl.DataFrame:
    import polars as pl

    if "*" in seen.sites:
        return frame
    mine = pl.col("person").is_in(list(seen.people))
    if "site" in frame.columns:
        mine = mine | (pl.col("person").is_null() & pl.col("site").is_in(list(seen.sites)))
    return frame.filter(mine)


def certified(
    door: Door, visitor: Visitor, trial: str, container: str, private: bytes | None = None,
    password: bytes | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The certificate of an infused bag, its head signed when a site's private key (PEM) is given.

    Raises :class:`~myelos.findings.Refused` for a bag that is not there, not theirs or not infused, and for a
    key that cannot be read.
    """
    seen = show(door, visitor, trial, "certificate")
    chain = seen.snapshot.state.labels.get(container)
    if "*" not in seen.sites and (
        chain is None or seen.snapshot.state.chains[chain].person not in seen.people
    ):
        raise Refused([nobody_of_yours(container, trial)])
    rows = [row for row in door.keeper.rows(trial) if row.seq <= seen.snapshot.seq]
    signature = None
    if private is not None:
        head = tree_head(seen.snapshot.head, [row.digest for row in rows])
        signature = sign_head(head, private, password)
    return certificate(rows, seen.snapshot, container, signature)


def backed_up(
    door: Door,
    visitor: Visitor,
    trial: str,
    file: Path,
    identities: bool = False,
    with_accounts: bool = False,
) -> Manifest:
    """Write a backup of a trial into a new file; writers are not stopped.

    ``identities``: with who the people are; that somebody read each of them is recorded first.
    ``with_accounts``: with the accounts, their own chain and the hashes of their passwords, so that a record
    that is lost can be put back whole.
    """
    door.where(visitor, trial, "backup")
    if identities:
        _read_by(door, visitor, trial, file)
    trials: Sequence[str] = [trial, accounts.CHAIN] if with_accounts else [trial]
    return back_up(door.keeper.alias, trials, file, identities=identities, accounts=with_accounts)


def _read_by(door: Door, visitor: Visitor, trial: str, file: Path) -> None:
    """An entry for every identity that a backup is about to hold."""
    with told(trial):
        kept = personal.of_trial(door.keeper.alias, trial)
    now = door.now()
    act = Act(by=visitor.account, at=now, role=ADMINISTRATOR, site=accounts.CHAIN, why=f"backup {file.name}")
    for each in kept:
        door.trials.record(trial, f"backup-{uuid4().hex}", Command(act, ReadIdentity(person=each.person)))


def put_back(door: Door, visitor: Visitor | None, file: Path, heads: Iterable[Head] = ()) -> Manifest:
    """Put a backup into a record that has none of its trials: an administrator's, where there are accounts.

    ``heads``: see :func:`myelos.store.restoring.restore`. Raises :class:`~myelos.findings.Refused` for
    whoever may not, and with everything that is wrong with the file.
    """
    if door.accounts.people:
        if visitor is None:
            raise Refused([Finding("store.restoring-needs-account", Place(column="by"))])
        door.where(visitor, EVERYWHERE, "backup")
    return restore(file, door.keeper.alias, heads)


def listed_accounts(door: Door, visitor: Visitor) -> tuple[tuple[str, str, str, str, str, str], ...]:
    """Every account and grant: code, printed name, role, trial, site, and whether it is shut or locked."""
    door.where(visitor, "*", "accounts")
    found, now = [], door.now()
    for account in sorted(door.accounts.people.values(), key=lambda each: each.code):
        state = "retired" if account.retired else "locked" if account.locked(now) else ""
        grants = [(each.role, each.trial, each.site) for each in account.open_grants] or [("", "", "")]
        found += [(account.code, account.printed_name, *grant, state) for grant in grants]
    return tuple(found)


# Who a trial code is ----------------------------------------------------------------------------------------


def keep_identity(
    door: Door, visitor: Visitor, trial: str, command_id: str, kept: Identity, *, role: str, site: str
) -> Done:
    """Write down who a trial code is, apart from the record, which says only that it was done."""
    wrong = faults(kept)
    if wrong:
        raise Refused(wrong)
    alias = door.keeper.alias
    return door.do(
        visitor, trial, command_id, KeepIdentity(person=kept.person), role=role, site=site,
        beside=lambda: personal.write(alias, trial, kept),
    )  # fmt: skip


def look_up(
    door: Door, visitor: Visitor, trial: str, command_id: str, person: str, *, role: str, site: str, why: str
) -> Identity | None:
    """Who a trial code is; that somebody looked is recorded. None where nothing is kept, or it was erased.

    Raises :class:`~myelos.findings.Refused` when the rules forbid it, and for a command id that was used:
    each look is an entry of its own.
    """
    order = ReadIdentity(person=person)
    done = door.do(visitor, trial, command_id, order, role=role, site=site, why=why)
    if done.again:
        said = done.rows[0].plain
        params: dict[str, Param] = {"id": command_id, "kind": said["kind"], "seq": said["seq"]}
        raise Refused([Finding("store.command-id-used", params=params)])
    if done.refused:
        raise Refused(done.findings)
    with told(trial):
        return personal.read(door.keeper.alias, trial, person)


def erase_identity(
    door: Door, visitor: Visitor, trial: str, command_id: str, person: str, *, role: str, site: str, why: str,
    proof: Proof | None = None,
) -> Done:  # fmt: skip
    """Erase who a trial code is; the code and its record stay. A signed decision: see :meth:`Door.do`."""
    order = EraseIdentity(person=person)
    return door.do(visitor, trial, command_id, order, role=role, site=site, why=why, proof=proof)
