"""Play the worked trial into a record, prove the record whole, judge it beside the published one, report.

    python -m examples.worked_trial --out demo

Synthetic: everything written about the made-up trial is labelled so.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from examples.twenty_people.people import DATA
from examples.twenty_people.playing import transitions
from examples.worked_trial.identities import IDENTITIES
from examples.worked_trial.playing import BOOK, Played, play
from examples.worked_trial.script import course, steps
from examples.worked_trial.staff import PASSWORD
from examples.worked_trial.study import study
from rich.console import Console

from myelos.cli.judging import show
from myelos.evidence import Judgement, judge, load_study
from myelos.isncsci import Layout, classify, draw, read_exams
from myelos.ledger import (
    Row,
    Snapshot,
    TreeHead,
    certificate,
    fold,
    read_head,
    tell_certificate,
    verify_certificate,
)
from myelos.ledger.certificate import Standing
from myelos.ledger.heads import tree_head
from myelos.report import write_people, write_report
from myelos.store import make_store

if TYPE_CHECKING:
    from examples.worked_trial.in_store import InStore

RECORD, HEAD, CERTIFICATE = "record.sqlite", "head.txt", "certificate.json"
DRAWN = "S01"

CERTIFIED, BAG = 3, 10
"""Whose infusion is certified, and the number of its bag: the one that was held back and let go again."""


def fresh(out: Path) -> InStore:
    """A record in a new file; one that an earlier demo left here is removed."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / RECORD
    for each in out.glob(f"{RECORD}*"):
        each.unlink()
    make_store(path)
    from examples.worked_trial.in_store import InStore

    return InStore()


@dataclass(frozen=True, slots=True)
class Proved:
    """The record as another program opens it: its snapshot, its entries, its printed head."""

    snapshot: Snapshot
    rows: Sequence[Row]
    head: TreeHead


def proved(record: InStore) -> Proved:
    """The record, once every entry is what was recorded, and all of them, folded from the first, give its
    snapshot. Ends the demo where they do not."""
    from myelos.store.trials import Trials

    keeper, snapshot = record.keeper, Trials(record.keeper).snapshot(record.trial)
    found = list(keeper.verify(record.trial, record.snapshot.head))
    rows = list(keeper.rows(record.trial))
    if found or fold(Snapshot(record.trial), rows, keeper.words(record.trial)) != snapshot:
        raise SystemExit(f"the record is not what was recorded: {[each.code for each in found]}")
    return Proved(snapshot, rows, tree_head(snapshot.head, [row.digest for row in rows]))


def certified(record: Proved, out: Path) -> str:
    """Write the certificate of one infusion; what it is worth when it is read again and held against the
    printed head, in a line. Ends the demo where it is not authentic."""
    it, path = course(CERTIFIED), out / CERTIFICATE
    made = certificate(record.rows, record.snapshot, it.container(BAG))
    path.write_text(json.dumps(made, indent=1), encoding="utf-8")
    head = read_head((out / HEAD).read_text("utf-8").strip())
    found = verify_certificate(json.loads(path.read_text("utf-8")), heads=[head])
    worth, *others = (BOOK.tell(each) for each in tell_certificate(found))
    if found.standing is not Standing.AUTHENTIC:
        raise SystemExit(f"the certificate of {it.container(BAG)}: {worth} {others}")
    bag = f"Certificate of bag {it.container(BAG)} into {it.person}"
    return f"{bag}: {worth}. Ask yourself: myelos verify {path} --head {out / HEAD}"


def apart(record: InStore) -> str:
    """Who of the people is kept beside the record, in a line; nothing of it is in an entry."""
    kept = {each.person for each in record.identities}
    gone = [course(number).person for number in IDENTITIES if course(number).person not in kept]
    return (
        f"Who people are lies apart from the record: {len(IDENTITIES)} were written down, and that of"
        f" {', '.join(gone)} was erased when its person asked; of {', '.join(sorted(kept))} it is kept."
    )


def draw_exams(folder: Path, person: str) -> int:
    """The worksheet and body of every exam of one person as SVG; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    exams = [e for e in read_exams(DATA / "exams.csv", Layout.CSV) if e.id.startswith(f"{person} ")]
    for number, exam in enumerate(exams, start=1):
        name = f"{number}-{exam.id.removeprefix(person).strip().replace(' ', '-')}.svg"
        (folder / name).write_text(draw(exam, classify(exam)), encoding="utf-8")
    return len(exams)


def check(judgement: Judgement) -> str:
    """The recorded grades must follow the published ones: 12 of 13, as A 5 of 6, B 2 of 2, C 5 of 5."""
    by_grade = {
        grade: (int(most.value or 0), int(n.value or 0))
        for grade, (n, _, most) in judgement.observed.by_grade.items()
    }
    if by_grade != {"A": (5, 6), "B": (2, 2), "C": (5, 5)}:
        raise SystemExit(f"the recorded grades do not give 12 of 13: {by_grade}")
    return "12 of 13, as published (A 5 of 6, B 2 of 2, C 5 of 5)"


def told(console: Console, played: Played, record: Proved, database: Path) -> None:
    """What was recorded, what was refused and why, who signed."""
    snapshot = record.snapshot
    state, signatures = snapshot.state, snapshot.signatures.values()
    console.print(
        f"\n[bold]The worked trial (synthetic):[/bold] {len(state.people)} people screened,"
        f" {len(state.infused)} infused; {played.recorded} commands, {snapshot.seq} entries,"
        f" every one verified and folded anew."
    )
    held = sum(each.holds for each in signatures)
    console.print(
        f"{len(signatures)} signatures, {len(signatures) - held} of them void since what was signed was"
        f" corrected; then frozen and locked. Refused, as they must be:"
    )
    for each in played.refused:
        console.print(f"- {each.step.what}: {each.said or ', '.join(each.codes)}", markup=False)
    moved = ", ".join(f"{a} to {b} {n}" for (a, b), n in sorted(transitions(state).items()))
    console.print(f"AIS before the infusion and at six months: {moved}.")
    console.print(f"Head, to be kept elsewhere:\n{record.head}", soft_wrap=True)
    console.print(
        f"Look for yourself: MYELOS_DATABASE={database} myelos trial timeline {snapshot.trial} PERSON"
        f" --as monitor, password: {PASSWORD}", soft_wrap=True,
    )  # fmt: skip


def main() -> None:
    """Play, prove, judge, report; print what came of it."""
    parser = argparse.ArgumentParser(description="Play, judge and report the worked trial.")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for the record and the report")
    out: Path = parser.parse_args().out
    console, start = Console(highlight=False), perf_counter()
    record = fresh(out)
    with console.status("playing the trial"):
        played = play(record, steps())
    took = perf_counter() - start
    whole = proved(record)
    snapshot = whole.snapshot
    (out / HEAD).write_text(f"{whole.head}\n", encoding="utf-8")
    worth = certified(whole, out)
    with console.status("judging"):
        made_up, published = judge(study(snapshot)), judge(load_study("honmou-2021"))
    checked = check(made_up)
    with console.status("writing the report"):
        people = write_people(snapshot.state, snapshot.protocol, out, synthetic=True)
        page = write_report([published, made_up], out, people=people.name)
        drawn = draw_exams(out / "exams", DRAWN)
    show(published, console, brief=True)
    told(console, played, whole, out / RECORD)
    console.print(worth, soft_wrap=True)
    console.print(apart(record))
    console.print(f"The study read from the record: {checked}. {drawn} exams are drawn in {out / 'exams'}.")
    console.print(f"Played in {took:.1f} s, done in {perf_counter() - start:.1f} s. Open [bold]{page}[/bold]",
                  soft_wrap=True)  # fmt: skip


if __name__ == "__main__":
    main()
