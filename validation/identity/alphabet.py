"""Everything that may be asked in one step of the model: right and wrong labels, people, and turns of events.

A step is about one of the two people (or about the trial, or the clock). The chain that is named, the
container that is meant, the text its label gave, the wristband that was scanned and who acts vary freely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from examples.twenty_people.script import SITE, ZONE, Script

from myelos import safety
from myelos.acts import Act
from myelos.cells import commands as c
from myelos.protocol import Command, Protocol, Trial
from myelos.protocol.person_events import ConsentGiven, ConsentWithdrawn, TreatmentWithdrawn
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety import events as se
from myelos.safety.terms import Kind, Seriousness
from validation.identity.two_people import BAG, FIRST, MARROW, SAMPLE, SECOND

NURSES = ("nurse", "nurse-2")
UNTRAINED = "porter"
ZERO, WHOLE = Amount.of("0 mL"), Amount.of("40 mL")

Ask = Callable[[Trial, datetime], Command | None]
"""The command of a step at a state and a time; None where there is nothing to ask (no hit to decide on)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One letter of the alphabet. ``about``: the script of the person it is about, None for the trial's.

    ``ordered``: whether the order of such steps, told at one time, means something. ``kept``: whether the
    oracle reads it later. ``jump``: for the clock.
    """

    name: str
    about: Script | None
    ask: Ask | None = None
    ordered: bool = False
    kept: bool = True
    jump: timedelta = timedelta(0)


CUT = (
    "consent given again: person 2", "treatment withdrawn: person 2", "late positive sterility: person 2",
    "identity error: bag of person 1", "identity error: bag of person 2",
    "identity error: marrow of person 1", "death: person 1", "contamination", "the committee names one hit",
)  # fmt: skip
"""Steps that the longest histories do without: each has its like at the other person, or another hit."""


def alphabet(protocol: Protocol, cut: tuple[str, ...] = CUT) -> tuple[Step, ...]:
    """Every step, but for those whose names are in ``cut``. Raises ValueError for a name there is not."""
    steps: list[Step] = []
    for it in (FIRST, SECOND):
        steps += _scans(it)
        steps += _named(it)
        steps += _turns(it)
    steps += _trial(protocol)
    steps += _clock()
    missing = set(cut) - {step.name for step in steps}
    if missing:
        raise ValueError(f"no step is called {', '.join(sorted(missing))}")
    return tuple(step for step in steps if step.name not in cut)


def _by(account: str, at: datetime, role: str = "nurse") -> Act:
    return Act(by=account, at=at, role=role, site=SITE)


def _plain(order: Any, by: str, role: str = "nurse") -> Ask:
    return lambda trial, at: Command(_by(by, at, role), order)


# At the bedside -------------------------------------------------------------------------------------------


def _scans(it: Script) -> Iterator[Step]:
    """Thaw, match, start, resume, discard: either bag meant, either bag scanned, either wristband, any actor.

    Cut: an untrained person errs in nothing else (two reasons to refuse where one is enough); who thaws,
    resumes or discards is one nurse (no rule asks which).
    """
    for meant, scanned in product((FIRST, SECOND), (FIRST, SECOND)):
        scan = c.Scan(container=meant.container(BAG), read=scanned.container(BAG))
        name = f"chain {it.number}, bag {meant.number} scanned as {scanned.number}"
        people = (*NURSES, UNTRAINED) if meant is scanned is it else NURSES
        yield Step(
            f"discard: {name}", it, _plain(c.Discard(chain=it.chain, scan=scan, reason="spilt"), NURSES[0])
        )
        for by in people:
            if by is not NURSES[1]:
                thaw = c.Thaw(chain=it.chain, scan=scan, added=ZERO)
                yield Step(f"thaw: {name}, by {by}", it, _plain(thaw, by))
        for wrist in (FIRST, SECOND):
            right = people if wrist is it else NURSES
            yield from _at_the_wrist(it, scan, wrist.person, f"{name}, wristband {wrist.number}", right)


def _at_the_wrist(
    it: Script, scan: c.Scan, wristband: str, name: str, people: tuple[str, ...]
) -> Iterator[Step]:
    match = c.MatchAtBedside(chain=it.chain, scan=scan, wristband=wristband)
    resume = c.ResumeInfusion(chain=it.chain, scan=scan, wristband=wristband)
    start = c.StartInfusion(
        chain=it.chain, scan=scan, wristband=wristband, flow=Amount.of("0.8 mL/min"),
        dilution=Amount.of("3 fold"),
    )  # fmt: skip
    for by in people:
        yield Step(f"match: {name}, by {by}", it, _plain(match, by))
        yield Step(f"start: {name}, by {by}", it, _plain(start, by))
    yield Step(f"resume: {name}", it, _plain(resume, NURSES[0]), kept=False)


def _named(it: Script) -> Iterator[Step]:
    """Pause, end and stop name the container and scan nothing."""
    for meant in (FIRST, SECOND):
        label, name = meant.container(BAG), f"chain {it.number}, bag {meant.number}"
        pause = c.PauseInfusion(chain=it.chain, container=label, reason="a cough")
        end = c.EndInfusion(chain=it.chain, container=label, infused=WHOLE, lost=ZERO, left=ZERO)
        yield Step(f"pause: {name}", it, _plain(pause, NURSES[0]), kept=False)
        yield Step(f"end: {name}", it, _plain(end, NURSES[0]), kept=False)


# Turns of events ------------------------------------------------------------------------------------------


def _turns(it: Script) -> Iterator[Step]:
    who, person = f"person {it.number}", it.person
    back = ConsentWithdrawn(person=person, form="trial", withdrawn_by="self")
    again = ConsentGiven(person=person, form="trial", version="1", given_by="self")
    off = TreatmentWithdrawn(person=person, decided_by="person")
    yield Step(f"consent withdrawn: {who}", it, _plain(back, "investigator"), ordered=True)
    yield Step(f"consent given again: {who}", it, _plain(again, "investigator"), ordered=True)
    yield Step(f"treatment withdrawn: {who}", it, _plain(off, "investigator"))
    yield Step(f"late positive sterility: {who}", it, _plain(_late(it), "technician"), ordered=True)
    for serial, what in ((BAG, "bag"), (MARROW, "marrow")):
        error = c.ReportIdentityError(chain=it.chain, container=it.container(serial), words="labels mixed up")
        yield Step(f"identity error: {what} of {who}", it, _plain(error, "technician"), ordered=True)
    yield Step(f"death: {who}", it, _death(it), ordered=True)


def _late(it: Script) -> Any:
    """The first lot waits for its sterility test; in the second one it was told wrongly, and is corrected."""
    lot = f"LOT-{it.number}"
    if it is FIRST:
        return c.RecordResult(
            chain=it.chain, scan=it.scan(SAMPLE), lot=lot, specification="sterility", result="positive",
            used_up=False,
        )  # fmt: skip
    return c.CorrectResult(chain=it.chain, lot=lot, corrects=8, result="positive", reason="plate misread")


def _death(it: Script) -> Ask:
    def ask(trial: Trial, at: datetime) -> Command:
        known = se.Particulars(
            kind=Kind.DEATH, term="died", grade=5, serious=(Seriousness.DEATH,), onset="unknown", known_at=at
        )
        order = sc.ReportAdverseEvent(
            event=f"DEATH-{it.number}", person=it.person, zone=ZONE, particulars=known
        )
        return Command(_by("investigator", at, "investigator"), order)

    return ask


def _trial(protocol: Protocol) -> Iterator[Step]:
    """A contaminated bench, and the committee's signed decisions on all hits or on the first only."""
    spill = sc.RecordIncident(
        incident="SPILL-1", kind=Kind.CONTAMINATION, what="incubator", person=None, container="incubator-1"
    )
    yield Step("contamination", None, _plain(spill, "technician"), ordered=True)
    yield Step("the committee goes on", None, _decided(protocol, None), ordered=True)
    yield Step("the committee names one hit", None, _decided(protocol, 1), ordered=True)


def _decided(protocol: Protocol, most: int | None) -> Ask:
    def ask(trial: Trial, at: datetime) -> Command | None:
        hits = safety.hits(trial.harms, protocol.safety, trial.infused, trial.collected)
        if not hits or (most is not None and len(hits) <= most):
            return None
        order = sc.DecideStopping(
            verdict=se.Verdict.CONTINUE, hits=tuple(hit.reviewed for hit in hits)[:most], reasons="weighed",
            amendment=None,
        )  # fmt: skip
        return Command(_by("chair", at, "safety-committee"), order)

    return ask


def _clock() -> Iterator[Step]:
    for minutes, past in ((16, "the match window"), (121, "the thaw window")):
        yield Step(f"{minutes} minutes pass: past {past}", None, jump=timedelta(minutes=minutes))
