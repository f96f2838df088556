"""Trials of made-up people for the pages about people: the twenty, and one trial where everything happens."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from examples.twenty_people.people import (
    commands,
    enrolled,
    items,
    of_grade,
    out_of_specification,
    registered,
    script,
    unknown,
)
from examples.twenty_people.playing import play
from examples.twenty_people.script import CHART, OPENED, Script, opening
from tests.protocol.played import TRIAL, examine, report, tell, whole

from myelos.acts import Act
from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.cells.containers import QuarantineReason
from myelos.protocol import Command, Trial, decide, evolve
from myelos.protocol import corrections as pc
from myelos.protocol.person_events import (
    ConsentDeclined,
    ConsentWithdrawn,
    FollowUpWithdrawn,
    LostToFollowUp,
    Returned,
    TreatmentWithdrawn,
    VisitMissed,
    WeightRecorded,
)
from myelos.protocol.visits import RecordDeviation
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety.events import Particulars, WithdrawnBecause
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness

MARKUP = "<script>alert('reason')</script> & \"quoted\""
"""Written by somebody as a reason: it must be shown as it is."""


@cache
def twenty() -> Trial:
    """The trial of the twenty people."""
    return play(TRIAL, [*opening(OPENED), *commands()])[0]


@cache
def told() -> tuple[tuple[Any, Act], ...]:
    """Every event of the eventful trial with its act, in the order of telling."""
    trial, found = Trial(TRIAL.id), []
    for command in _asked():
        for event in decide(trial, command, TRIAL).events:
            trial = evolve(trial, event, command.act)
            found.append((event, command.act))
    return tuple(found)


@cache
def eventful() -> Trial:
    """Eight people: one to whom everything happens, one whose infusion was stopped and who was lost, one of
    each way to leave early."""
    return play(TRIAL, _asked())[0]


def _asked() -> list[Command]:
    asked = [
        *_everything(script(1)), *_lost(script(2)), *out_of_specification(3), *unknown(4),
        *_withdrawn(script(5)), *_screened_only(script(6)), *_incident(script(7)), *_declined(script(8)),
    ]  # fmt: skip
    return [*opening(OPENED), *sorted(asked, key=lambda command: command.act.at)]


@cache
def screened_only() -> Trial:
    """One person, screened and nothing else."""
    return play(TRIAL, [*opening(OPENED), *script(1).screening()])[0]


def _said(
    it: Script, day: int, order: Any, why: str = "", by: str = "investigator", hour: int = 5
) -> Command:
    return tell(order, it.at(day, hour), by, why=why)


def _visit(it: Script, visit: str, day: int, grade: str, **changed: Any) -> Command:
    seen = {**items(of_grade(grade, 40 + day)), **changed}
    return it.visit(visit, day, seen, after_infusion=True)


def _warm(it: Script) -> Iterable[Command]:
    """Too warm in the tank, held back, and let go again."""
    bag = it.container(10)
    read = cc.ReadTemperature(chain=it.chain, container=bag, temperature=Amount.of("-121 degC"))
    yield _said(it, 30, read, by="technician")
    lifted = cc.SignDisposition(
        chain=it.chain, container=bag, reason=QuarantineReason.EXCURSION, words=f"not for long {MARKUP}"
    )
    yield _said(it, 31, lifted, by="qualified")


def _everything(it: Script) -> Iterable[Command]:
    yield from whole(1)
    yield from _warm(it)
    known: dict[str, Any] = {
        "kind": Kind.PULMONARY_EMBOLISM, "term": f"breathless {MARKUP}", "grade": 2,
        "serious": (Seriousness.HOSPITALISATION,), "onset": it.at(45, 3).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    yield report("AE-1", it, it.at(45, 6), **known)
    yield _said(
        it, 46, sc.JudgeRelatedness(event="AE-1", procedure=Procedure.INFUSION, related=Answer.UNKNOWN)
    )
    yield _said(
        it, 46, sc.DecideExpectedness(event="AE-1", expected=Answer.NO, reference="edition 3"), hour=6
    )
    yield _said(it, 46, sc.RecordReportSent(clock="serious-to-sponsor", subject="AE-1"), hour=7)
    worse = Particulars(**{**known, "grade": 3, "known_at": it.at(47, 1)})
    yield _said(it, 47, sc.UpdateAdverseEvent(event="AE-1", particulars=worse), "seen on the second scan")
    end = it.at(60).date().isoformat()
    yield _said(it, 61, sc.RecordOutcome(event="AE-1", outcome=Outcome.RECOVERED_WITH_SEQUELAE, end=end))
    yield report("AE-2", it, it.at(70), term="pressure sore", grade=2)
    yield report("AE-3", it, it.at(71), term="the same again", grade=None, serious=None)
    yield _said(
        it, 72, sc.WithdrawAdverseEvent(event="AE-3", because=WithdrawnBecause.DUPLICATE), "told twice"
    )
    nt = {"right_motor_C7": "NT", "left_motor_L3": "NT", "right_anal": "yes"}
    nt = {name: each for name, each in nt.items() if name in items(of_grade("C", 1))}
    yield _visit(it, "day-1", 41, "B")
    yield _visit(it, "day-14", 54, "C", **nt)
    yield examine(it, 57, {"isncsci": items(of_grade("B", 3))})
    yield _visit(it, "month-1", 70, "C")
    yield _said(it, 171, VisitMissed(person=it.person, visit="month-3", reason=MARKUP), "")
    yield _visit(it, "month-6", 220, "D", left_motor_L2="NT", right_pin_prick_C5="NT")
    yield from _corrections(it)


def _corrections(it: Script) -> Iterable[Command]:
    person, source = it.person, CHART
    for hour, (order, why) in enumerate((
        (pc.CorrectFact(person=person, fact="age", new=Amount.of("46 y"), source=source), MARKUP),
        (pc.CorrectItem(person=person, examination=0, measure="isncsci", item="right_motor_C5", new=4,
                        source=source), "misread"),
        (pc.CorrectWeight(person=person, position=0, new=Amount.of("63 kg"), source=source), "scale read"),
        (pc.CorrectExaminedAt(person=person, examination=1, new=it.at(38, 1, 5), source=source), "clock"),
        (RecordDeviation(person=person, kind="procedure", about="month-1", words=MARKUP), "told"),
        (WeightRecorded(person=person, weight=Amount.of("61.5 kg"), source=source), ""),
    )):  # fmt: skip
        yield _said(it, 221, order, why, hour=hour)
    yield _said(it, 224, FollowUpWithdrawn(person=person, decided_by="person", reason="tired"))


def _stopped(it: Script) -> Iterable[Command]:
    """Paused, resumed, paused again and stopped; then a result of the lot turns out to have been misread."""
    k, bag = it.chain, it.container(10)
    at = lambda order, minute: tell(order, it.at(40, 2, minute), "nurse")  # noqa: E731
    yield at(cc.PauseInfusion(chain=k, container=bag, reason=f"flushing {MARKUP}"), 50)
    yield at(cc.ResumeInfusion(chain=k, scan=it.scan(10), wristband=it.person), 55)
    signs = cc.ObserveInfusion(
        chain=k, container=bag, oxygen_saturation=Amount.of("91 %"), systolic=Amount.of("84 mmHg"),
        diastolic=Amount.of("50 mmHg"), pulse=Amount.of("120 bpm"), temperature=Amount.of("36.9 degC"),
        reactions=("hypotension", "desaturation"),
    )  # fmt: skip
    yield at(signs, 57)
    yield at(cc.PauseInfusion(chain=k, container=bag, reason="breathless"), 58)
    volumes = {"infused": Amount.of("20 mL"), "lost": Amount.of("1 mL"), "left": Amount.of("19 mL")}
    yield at(cc.EndInfusion(chain=k, container=bag, reason=f"desaturation {MARKUP}", **volumes), 59)
    misread = cc.CorrectResult(
        chain=k, lot=f"LOT-{it.number}", corrects=0, result=Amount.of("61 %"), reason=f"misread {MARKUP}"
    )
    yield _said(it, 50, misread, by="technician")


def _lost(it: Script) -> Iterable[Command]:
    yield from whole(2)[:-1]
    yield from _stopped(it)
    yield _visit(it, "day-1", 41, "B")
    contact = it.at(60).date()
    yield _said(it, 90, LostToFollowUp(person=it.person, last_contact=contact, reason="moved away"))
    yield _said(it, 100, Returned(person=it.person))
    yield _said(it, 130, LostToFollowUp(person=it.person, last_contact=contact, reason="moved away again"))


def _withdrawn(it: Script) -> Iterable[Command]:
    yield from enrolled(it, of_grade("A", 5))
    unfit = TreatmentWithdrawn(person=it.person, decided_by="investigator", reason=f"unfit {MARKUP}")
    yield _said(it, 11, unfit)
    order = ConsentWithdrawn(person=it.person, form="trial", withdrawn_by="self", reason=f"enough {MARKUP}")
    yield _said(it, 12, order)


def _declined(it: Script) -> Iterable[Command]:
    yield from it.screening()
    order = ConsentDeclined(person=it.person, form="trial", reason=f"no needles {MARKUP}")
    yield _said(it, 8, order)


def _screened_only(it: Script) -> Iterable[Command]:
    yield from it.screening()


def _incident(it: Script) -> Iterable[Command]:
    yield from registered(it, of_grade("A", 7))
    yield from it.collections()
    order = sc.RecordIncident(incident="IN-1", kind=Kind.CONTAMINATION, what="a leaking bag",
                              person=it.person, container=it.container(3))  # fmt: skip
    yield _said(it, 10, order)
    act = Act(by="technician", at=it.at(10, 6), role="technician", site="sapporo")
    yield Command(act, cc.Discard(chain=it.chain, scan=it.scan(3), reason="leaking"))
