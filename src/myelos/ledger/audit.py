"""What somebody who reads a ledger has to look at: checks of one shape, from its entries to findings.

Every check stands alone and asks one question of the whole ledger; :data:`CHECKS` is all of them. Whether the
chain itself is whole is asked elsewhere (:func:`myelos.ledger.verify`): here it is taken to be.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, get_args

from myelos import __version__
from myelos.acts import Act
from myelos.cells import events as ce
from myelos.findings import Finding, Param, Place, Severity
from myelos.ledger import events as le
from myelos.ledger.deciding import COMMAND_CATALOGUE, WHILE_FROZEN
from myelos.ledger.entry import Heading, Row, act_of, stamp
from myelos.ledger.free_text import Words, references
from myelos.ledger.signing import makes, signed_digest
from myelos.ledger.snapshot import events_of
from myelos.protocol import person_events as pe


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is audited: its number and digest, its event, the act, its heading, and the references
    to free text that it holds. What was hidden stays hidden."""

    number: int
    digest: str
    event: Any
    act: Act
    heading: Heading
    references: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is about the record itself, not about the trial."""
        return isinstance(self.event, le.EVENTS)


@dataclass(frozen=True, slots=True)
class Audited:
    """A ledger to be audited: its entries in order, the words that lie beside it, after how many days an act
    was told late, and the version of this software."""

    entries: Sequence[Entry]
    words: Sequence[Words]
    late_after: int
    software: str = __version__
    _erased: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for entry in self.entries:
            if isinstance(entry.event, le.WordsErased):
                self._erased.update(dict.fromkeys(entry.event.references, entry.number))

    @property
    def erased(self) -> Mapping[str, int]:
        """The references that were erased, each with the number of the entry that says so."""
        return self._erased


Check = Callable[[Audited], Iterator[Finding]]


def audit(
    rows: Iterable[Row], words: Iterable[Words], late_after: int, software: str = __version__
) -> Iterator[Finding]:
    """Everything there is to look at in a ledger, check by check, each in order of the entries.

    ``words``: those that lie beside it. ``late_after``: days from an act to its recording, from 0 on. Raises
    :class:`~myelos.findings.Refused` for an entry this software cannot read, ValueError for negative days.
    """
    if late_after < 0:
        raise ValueError(f"{late_after} days after an act is before it")
    audited = Audited(entries_of(rows), tuple(words), late_after, software)
    for check in CHECKS:
        yield from check(audited)


def entries_of(rows: Iterable[Row]) -> tuple[Entry, ...]:
    """The entries of rows, read; free text stays hidden.

    Raises :class:`~myelos.findings.Refused` for an entry that this software does not know how to read.
    """
    every = tuple(rows)
    read = zip(every, events_of(every), strict=True)
    return tuple(_entry(row, event) for row, (_, event) in read)


def _entry(row: Row, event: Any) -> Entry:
    said = row.plain
    heading = Heading(
        trial=said["trial"], command=said["command"], kind=said["kind"],
        at=datetime.fromisoformat(said["at"]), recorded_at=datetime.fromisoformat(said["recorded_at"]),
        by=said["by"], role=said["role"], site=said["site"], why=said["why"], person=said["person"],
        editions=said["editions"], software=said["software"],
    )  # fmt: skip
    return Entry(row.seq, row.digest, event, act_of(said), heading, references(row.text))


# Time -----------------------------------------------------------------------------------------------------


def clock_backwards(audited: Audited) -> Iterator[Finding]:
    """The clock of recording ran backwards from one entry to the next."""
    for before, entry in pairwise(audited.entries):
        now, last = entry.heading.recorded_at, before.heading.recorded_at
        if now < last:
            said = {"now": stamp(now), "last": stamp(last)}
            yield _found(entry, "clock-backwards", "recorded_at", Severity.WARNING, **said)


def later_than_recorded(audited: Audited) -> Iterator[Finding]:
    """An act that is said to be later than it was recorded. A command is told of once."""
    for run in _commands(audited):
        at, now = run[0].heading.at, run[0].heading.recorded_at
        if at > now:
            yield _found(run[0], "later-than-now", "at", Severity.WARNING, at=stamp(at), now=stamp(now))


def told_late(audited: Audited) -> Iterator[Finding]:
    """Recorded more than so many days after it was done. A command is told of once."""
    most = timedelta(days=audited.late_after)
    for run in _commands(audited):
        late = run[0].heading.recorded_at - run[0].heading.at
        if late > most:
            said = {"days": late.days, "most": audited.late_after}
            yield _found(run[0], "told-late", "at", Severity.WARNING, **said)


# Reasons --------------------------------------------------------------------------------------------------

WITH_A_REASON: tuple[type, ...] = (
    *get_args(pe.Correction), ce.ResultCorrected, le.ProtocolAmended, le.Reopened, le.WordsErased,
    le.IdentityErased,
)  # fmt: skip
"""Events that take something back or change what held: somebody has to say why."""


def without_reason(audited: Audited) -> Iterator[Finding]:
    """A correction, an amendment, a reopening or an erasure for which no reason was given."""
    for entry in audited.entries:
        if isinstance(entry.event, WITH_A_REASON):
            given = getattr(entry.event, "reason", "") or entry.heading.why
            if not given:
                yield _found(entry, "no-reason", "why")


# Signatures -----------------------------------------------------------------------------------------------


def other_ground(audited: Audited) -> Iterator[Finding]:
    """A signature whose digest is not that of what it says was signed."""
    digests = {entry.number: entry.digest for entry in audited.entries}
    about: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for entry in audited.entries:
        about[entry.heading.person].append((entry.number, entry.digest))
    for entry in audited.entries:
        event = entry.event
        if not isinstance(event, le.Signed | le.Restricted):
            continue
        match event.subject.kind:
            case "entries":
                signed = [digests.get(number, "") for number in sorted(set(event.subject.entries))]
            case "person":
                every = about[event.subject.person or ""]
                signed = [digest for number, digest in every if number <= event.through]
            case _:
                signed = [digests.get(event.through, "")]
        if event.digest != signed_digest(signed):
            yield _found(entry, "other-ground", name=event.printed_name)


def never_voided(audited: Audited) -> Iterator[Finding]:
    """A signature whose ground an entry changed, with no entry beside that change that voids it."""
    standing: dict[int, le.Signed] = {}
    seen: Counter[str] = Counter()
    for run in _commands(audited):
        changed = {made for entry in run for made in makes(entry.event, seen)}
        voided = {entry.event.signature for entry in run if isinstance(entry.event, le.SignatureVoided)}
        for number, signed in list(standing.items()):
            covers = _covers(signed.subject, run) or not changed.isdisjoint(signed.made)
            if covers and number not in voided:
                yield _found(run[0], "never-voided", seq=number, name=signed.printed_name)
            if covers or number in voided:
                del standing[number]
        standing |= {entry.number: entry.event for entry in run if isinstance(entry.event, le.Signed)}


def _covers(subject: le.Subject, run: Sequence[Entry]) -> bool:
    """Whether entries tell something of all that a signature over a person, or over the trial, covers."""
    if subject.kind == "trial":
        return any(not entry.own or isinstance(entry.event, le.ProtocolAmended) for entry in run)
    if subject.kind == "person":
        return any(not entry.own and entry.heading.person == subject.person for entry in run)
    return False


def after_closing(audited: Audited) -> Iterator[Finding]:
    """Entries about a record that was locked, or frozen and the entry is none a freeze lets through."""
    closed: dict[str, Entry] = {}
    passing = {name for (name, _), each in COMMAND_CATALOGUE.classes.items() if each in WHILE_FROZEN}
    for entry in audited.entries:
        event = entry.event
        if isinstance(event, le.Restricted):
            closed[event.subject.person or ""] = entry
        elif isinstance(event, le.Reopened):
            closed.pop(event.subject.person or "", None)
        elif not entry.own or isinstance(event, le.ProtocolAmended):
            for whose in dict.fromkeys(("", entry.heading.person)):
                by = closed.get(whose)
                if by is None or (by.event.level == "freeze" and entry.heading.kind in passing):
                    continue
                said = {"level": by.event.level, "what": whose or "trial", "seq": by.number}
                yield _found(entry, "after-closing", **said)


# Words ----------------------------------------------------------------------------------------------------


def words_missing(audited: Audited) -> Iterator[Finding]:
    """Words that an entry refers to, that lie nowhere, and that no entry says were erased."""
    there = {each.reference for each in audited.words}
    for entry in audited.entries:
        gone = [each for each in entry.references if each not in there and each not in audited.erased]
        if gone:
            yield _found(entry, "words-missing", count=len(gone))


def other_words(audited: Audited) -> Iterator[Finding]:
    """Words that are not those an entry refers to, and words that no entry refers to."""
    told = {each: entry for entry in audited.entries for each in entry.references}
    for words in audited.words:
        entry = told.get(words.reference)
        if entry is None:
            yield Finding("ledger.words-of-no-entry", params={"reference": words.reference[:24]})
        elif not words.authentic:
            yield _found(entry, "other-words")


def still_there(audited: Audited) -> Iterator[Finding]:
    """An erasure of words that are still there."""
    for words in audited.words:
        number = audited.erased.get(words.reference)
        if number is not None:
            yield Finding("ledger.words-still-there", Place(row=number))


# Commands and software ------------------------------------------------------------------------------------


def commands_apart(audited: Audited) -> Iterator[Finding]:
    """A command whose entries do not stand together, or that is two commands under one id."""
    first: dict[str, Entry] = {}
    for run in _commands(audited):
        known = first.setdefault(run[0].heading.command, run[0])
        if known is not run[0]:
            yield _found(run[0], "command-apart", "command", seq=known.number)
        for entry in run:
            if _asked(entry) != _asked(known):
                yield _found(entry, "command-used-twice", "command", seq=known.number)


def _asked(entry: Entry) -> tuple[Any, ...]:
    told = entry.heading
    return (told.kind, told.at, told.recorded_at, told.by, told.role, told.site, bool(told.why))


def infused_twice(audited: Audited) -> Iterator[Finding]:
    """Two infusions of one bag."""
    first: dict[str, int] = {}
    for entry in audited.entries:
        if isinstance(entry.event, ce.InfusionStarted):
            before = first.setdefault(entry.event.container, entry.number)
            if before != entry.number:
                yield _found(entry, "infused-twice", container=entry.event.container, seq=before)


def later_software(audited: Audited) -> Iterator[Finding]:
    """Entries written by a later version of this software, each version told once, where it first stands."""
    known = _version(audited.software)
    told: set[str] = set()
    for entry in audited.entries:
        written = entry.heading.software
        if written not in told and _version(written) > known:
            told.add(written)
            said = {"read": written, "known": audited.software}
            yield _found(entry, "later-software", None, Severity.WARNING, **said)


def _version(text: str) -> tuple[int, ...]:
    """The numbers of a version in order, ``1.0`` being ``1``; ``rc`` and ``dev`` are not weighed."""
    numbers = [int(number) for number in re.findall(r"\d+", text.split("+")[0])]
    while numbers and not numbers[-1]:
        del numbers[-1]
    return tuple(numbers)


def refused_commands(audited: Audited) -> Iterator[Finding]:
    """How often each kind of command was refused to each account."""
    counted = Counter(
        (entry.heading.kind, entry.heading.by)
        for entry in audited.entries
        if isinstance(entry.event, le.CommandRefused)
    )
    for (kind, by), count in sorted(counted.items()):
        params: dict[str, Param] = {"kind": kind, "by": by, "count": count}
        yield Finding("ledger.refused-commands", params=params, severity=Severity.NOTE)


CHECKS: tuple[Check, ...] = (
    clock_backwards, later_than_recorded, told_late, without_reason, other_ground, never_voided,
    after_closing, words_missing, other_words, still_there, commands_apart, infused_twice, later_software,
    refused_commands,
)  # fmt: skip
"""Every check. What breaks a rule is an error, what somebody should look at a warning, a count a note."""


def _commands(audited: Audited) -> Iterator[list[Entry]]:
    """The entries of one command after another, as they stand."""
    for _, run in groupby(audited.entries, key=lambda entry: entry.heading.command):
        yield list(run)


def _found(
    entry: Entry, code: str, column: str | None = None, severity: Severity = Severity.ERROR, **params: Param
) -> Finding:
    return Finding(f"ledger.{code}", Place(row=entry.number, column=column), params, severity)
