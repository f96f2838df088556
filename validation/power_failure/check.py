"""What the store finds in an image of the disk, held to what it had said and to what it was to record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

from myelos.findings import Refused
from myelos.ledger import COLUMNS, verify
from myelos.ledger.free_text import references
from myelos.store.keeper import Keeper
from myelos.store.settings import configure
from validation.power_failure.writer import TRIAL

DATABASE = "trial.sqlite3"
COMMAND, EVENT = COLUMNS.index("command"), COLUMNS.index("event")
NOT_YET = {"store.no-such-file", "store.not-a-store", "store.earlier-store", "store.read-only"}
"""What the store may say of an image from before it had said ``made``: no file, no tables, not all of them
(the tables come in several transactions), or (of a file to be looked at and not changed) that the very first
transaction, which makes the empty file, is to be undone."""

Mark = tuple[str, str]
"""Something kept beside the entries, of which only that it is there is asked: words by their reference, an
identity by its person."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A command as the whole run recorded it: its entries, what it put beside them and what it erased."""

    command: str
    rows: tuple[tuple[object, ...], ...]
    kept: frozenset[Mark]
    erased: frozenset[Mark]


@dataclass(frozen=True, slots=True)
class Found:
    """What one image held: how many commands had been acknowledged (``asked``), those of them not there whole
    (``lost``), commands there in part (``half``), and everything else that is wrong."""

    asked: int
    lost: tuple[str, ...] = ()
    half: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that the store gives of a database."""

    rows: tuple[tuple[object, ...], ...]
    marks: frozenset[Mark]
    wrong: tuple[str, ...]


def content(database: Path) -> Content:
    """Open a database as the store does, and read all of it. Raises Refused where the store refuses."""
    configure(database)
    keeper = Keeper()
    try:
        with keeper.reading():
            rows = tuple(keeper.stored(TRIAL))
            words = [("words", each.reference) for each in keeper.every_word(TRIAL) if each.authentic]
        with connections[keeper.alias].cursor() as cursor:
            people = cursor.execute("SELECT person FROM store_personal WHERE trial = %s", [TRIAL]).fetchall()
            said = [each for (each,) in cursor.execute("PRAGMA integrity_check").fetchall()]
            said += [str(each) for each in cursor.execute("PRAGMA foreign_key_check").fetchall()]
        wrong = [*(each for each in said if each != "ok"), *(each.code for each in verify(iter(rows), TRIAL))]
        return Content(rows, frozenset([*words, *(("identity", each) for (each,) in people)]), tuple(wrong))
    finally:
        connections[keeper.alias].close()


def recorded(whole: Content) -> list[Recorded]:
    """The commands of the run, from the database it left. Raises ValueError when that one is not sound."""
    if whole.wrong:
        raise ValueError(f"the run itself left a database that is not sound: {whole.wrong}")
    by_command: dict[str, list[tuple[object, ...]]] = {}
    for row in whole.rows:
        by_command.setdefault(str(row[COMMAND]), []).append(row)
    return [_recorded(command, rows) for command, rows in by_command.items()]


def _recorded(command: str, rows: Sequence[tuple[object, ...]]) -> Recorded:
    kept, erased = set[Mark](), set[Mark]()
    for row in rows:
        text = str(row[-1])
        data = json.loads(text)["data"]
        gone = (
            {("words", each) for each in data["references"]} if row[EVENT] == "ledger.words-erased" else set()
        )
        kept |= {("words", each) for each in references(text)} - gone
        erased |= gone
        if row[EVENT] == "ledger.identity-kept":
            kept.add(("identity", data["person"]))
        if row[EVENT] == "ledger.identity-erased":
            erased.add(("identity", data["person"]))
    return Recorded(command, tuple(rows), frozenset(kept), frozenset(erased))


def judge(database: Path, said: Iterable[str], run: Sequence[Recorded]) -> Found:
    """Hold an image to what had been ``said`` and to what the whole run recorded."""
    lines = [line.split() for line in said]
    made, acknowledged = ["made"] in lines, [line[1] for line in lines if line[0] == "recorded"]
    try:
        found = content(database)
    except Refused as refused:
        codes = {each.code for each in refused.findings}
        wrong = () if codes <= NOT_YET and not made else tuple(sorted(codes))
        return Found(len(acknowledged), tuple(acknowledged), wrong=wrong)
    except Exception as error:  # noqa: BLE001 - whatever it is, this database cannot be read
        return Found(len(acknowledged), tuple(acknowledged), wrong=(type(error).__name__,))
    return held(found, acknowledged, run)


def held(found: Content, acknowledged: Sequence[str], run: Sequence[Recorded]) -> Found:
    """Hold what was found to what was acknowledged and to the whole run."""
    rows = set(found.rows)
    there = {each.command: sum(row in rows for row in each.rows) for each in run}
    whole = [each for each in run if there[each.command] == len(each.rows)]
    due, keeper = set[Mark](), {mark: each.command for each in run for mark in each.kept}
    for each in whole:
        due = (due | each.kept) - each.erased
        keeper |= dict.fromkeys(each.kept | each.erased, each.command)
    half = {each.command for each in run if 0 < there[each.command] < len(each.rows)}
    half |= {keeper.get(mark, "nobody's") for mark in found.marks ^ due}
    lost = set(acknowledged) - ({each.command for each in whole} - half)
    strange = len(rows) - sum(there.values())
    wrong = (*found.wrong, *(["entries nobody recorded"] if strange else []))
    return Found(len(acknowledged), tuple(sorted(lost)), tuple(sorted(half)), wrong)
