"""What goes wrong, person by person: the steps woven into each one's course through the trial.

Synthetic. Everything here is made up, the harms and the words too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from examples.twenty_people.people import script
from examples.twenty_people.script import CHART, ZONE, Script
from examples.worked_trial.steps import Look, Step, by, id_of

from myelos.answers import Answer
from myelos.cells import commands as c
from myelos.cells.containers import QuarantineReason
from myelos.ledger import commands as lc
from myelos.ledger.events import Subject
from myelos.protocol import corrections as pc
from myelos.protocol.person_events import ConsentWithdrawn, Provenance, TreatmentWithdrawn
from myelos.protocol.visits import RecordDeviation
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety.events import Particulars, Verdict
from myelos.safety.stopping import hits
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness

Steps = Iterator[Step]
DAY = timedelta(days=1)
WORKSHEET = Provenance(kind="document", id="worksheet")
LATE = "AE-LATE-3"
"""The id the rules give to the harm of the late result: it is the third adverse event of the trial."""

PROCEDURES = (Procedure.BLOOD_DRAW, Procedure.MARROW, Procedure.INFUSION, Procedure.CELLS)


def stamped(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def adverse(
    it: Script, event: str, at: datetime, kind: Kind, term: str, grade: int,
    serious: tuple[Seriousness, ...] = (), account: str = "investigator",
) -> Step:  # fmt: skip
    """An adverse event that began at ``at`` and is reported an hour later."""
    particulars = Particulars(
        kind=kind, term=term, grade=grade, serious=serious, onset=stamped(at), known_at=at  # type: ignore[arg-type]
    )  # fmt: skip
    order = sc.ReportAdverseEvent(event=event, person=it.person, zone=ZONE, particulars=particulars)
    return by(account, at + timedelta(hours=1), order)


def judged(event: str, at: datetime, *related: Procedure) -> Steps:
    """The investigator says of every procedure whether it may have caused the event."""
    for minutes, procedure in enumerate(PROCEDURES):
        answer = Answer.of(procedure in related)
        order = sc.JudgeRelatedness(event=event, procedure=procedure, related=answer)
        yield by("investigator", at + timedelta(minutes=minutes), order)


def ended(event: str, at: datetime, outcome: Outcome = Outcome.RECOVERED) -> Step:
    order = sc.RecordOutcome(event=event, outcome=outcome, end=at.date().isoformat())
    return by("investigator", at + timedelta(hours=2), order)


# The bedside ----------------------------------------------------------------------------------------------


def wrong_bag(it: Script) -> Steps:
    """The tank still holds the bag of somebody who is not to be infused: it is scanned instead of the own."""
    other, at = script(19), it.at(it.days.infusion, 2, 10)
    scan = c.Scan(container=it.container(10), read=other.container(10))
    match = c.MatchAtBedside(chain=it.chain, scan=scan, wristband=it.person)
    yield by("nurse", at, match, refused=("cells.scanned-another",), what="the wrong bag at the bedside")


def wrong_wristband(it: Script) -> Steps:
    """The wristband of the person in the next bed is scanned before blood is drawn."""
    at = it.at(it.days.screening, 3, 20)
    drawn = c.Collect(
        chain=it.chain, scan=it.scan(1), wristband=script(16).person, volume=Amount.of("230 mL"), place="ward"
    )
    yield by("collector", at, drawn, refused=("cells.another-persons",), what="another person's wristband")


def one_nurse(it: Script) -> Steps:
    """The first nurse would start before the second has looked."""
    start = c.StartInfusion(
        chain=it.chain, scan=it.scan(10), wristband=it.person, flow=Amount.of("0.8 mL/min"),
        dilution=Amount.of("3 fold"),
    )  # fmt: skip
    at = it.at(it.days.infusion, 2, 21)
    yield by("nurse", at, start, refused=("cells.two-people-needed",), what="one nurse instead of two")


def paused(it: Script) -> Steps:
    """The blood pressure falls; the infusion waits, bag and wristband are scanned again, and it goes on."""
    day, k, bag = it.days.infusion, it.chain, it.container(10)
    low = c.ObserveInfusion(
        chain=k, container=bag, systolic=Amount.of("84 mmHg"), pulse=Amount.of("58 bpm"),
        oxygen_saturation=Amount.of("97 %"), reactions=("hypotension",),
    )  # fmt: skip
    yield by("nurse", it.at(day, 2, 48), low)
    pause = c.PauseInfusion(chain=k, container=bag, reason="systolic 84 mmHg (made up)")
    yield by("nurse", it.at(day, 2, 50), pause)
    again = c.ObserveInfusion(chain=k, container=bag, systolic=Amount.of("102 mmHg"))
    yield by("nurse", it.at(day, 3), again)
    on = c.ResumeInfusion(chain=k, scan=it.scan(10), wristband=it.person)
    yield by("nurse", it.at(day, 3, 2), on)
    began = it.at(day, 2, 48)
    yield adverse(it, "AE-1", began, Kind.HYPOTENSION, "blood pressure fell during the infusion", 2)
    yield from judged("AE-1", began + timedelta(hours=3), Procedure.INFUSION)
    yield ended("AE-1", it.at(day, 3, 30))


# The cells ------------------------------------------------------------------------------------------------


def result(it: Script, specification: str, read: str, at: datetime) -> Step:
    order = c.RecordResult(
        chain=it.chain, scan=it.scan(9), lot=f"LOT-{it.number}", specification=specification, result=read,
        used_up=True,
    )  # fmt: skip
    return by("technician", at, order)


def early_release(it: Script) -> Step:
    """Released while the sterility culture is still running, which the protocol permits to one role."""
    why = "the sterility culture is not finished, and the cells are needed (made up)"
    order = c.Release(chain=it.chain, lot=f"LOT-{it.number}", conditional=True, reason=why)
    return by("qualified", it.at(it.days.marrow_taken + 13, 6), order)


def sterile_in_time(it: Script) -> Steps:
    """A technician would release the lot; who may, does. The culture ends without growth, in time."""
    order = c.Release(chain=it.chain, lot=f"LOT-{it.number}")
    at = it.at(it.days.marrow_taken + 13, 5, 30)
    yield by("technician", at, order, refused=("store.role-forbids",), what="a release by a technician")
    yield early_release(it)
    yield result(it, "sterility", "negative", it.at(it.days.marrow_taken + 18, 5))


def sterility_late(it: Script) -> Steps:
    """The culture turns positive four days after the infusion: a harm, and a stopping rule."""
    yield early_release(it)
    found = it.at(it.days.infusion + 4, 6)
    yield result(it, "sterility", "positive", found)
    known = Particulars(
        kind=Kind.LATE_POSITIVE_STERILITY, term="sterility culture positive after the infusion; no infection",
        grade=1, serious=(Seriousness.MEDICALLY_IMPORTANT,), onset=stamped(found),
        known_at=found + timedelta(hours=2),
    )  # fmt: skip
    update = sc.UpdateAdverseEvent(event=LATE, particulars=known)
    yield by("investigator", found + timedelta(hours=3), update)
    yield from judged(LATE, found + timedelta(hours=3, minutes=10), Procedure.CELLS)
    unexpected = sc.DecideExpectedness(event=LATE, expected=Answer.NO, reference="edition 1, made up")
    yield by("investigator", found + timedelta(hours=4), unexpected)
    yield from sent(LATE, ("serious-to-sponsor", found + timedelta(hours=5)),
                    ("serious-unexpected-suspected", found + 6 * DAY))  # fmt: skip
    met = it.at(it.days.infusion + 6, 0, 30)
    yield by("committee", met, decision, name="decision")
    yield by("committee", met + timedelta(minutes=5), approved, name="decision signed")
    yield ended(LATE, found + 30 * DAY)


def decision(look: Look) -> sc.DecideStopping:
    """The committee goes on after all that stands, and says why."""
    trial, rules = look.snapshot.state, look.snapshot.protocol.safety
    standing = hits(trial.harms, rules, trial.infused, trial.collected)
    why = "no infection in four days; the germ is one of the skin; later lots wait for the culture (made up)"
    return sc.DecideStopping(
        verdict=Verdict.CONTINUE, hits=tuple(each.reviewed for each in standing), reasons=why, amendment=None
    )


def approved(look: Look) -> lc.Sign:
    entries = look.entries(id_of("decision"))
    return lc.Sign(meaning="approved", subject=Subject(kind="entries", entries=entries))


def sent(event: str, *clocks: tuple[str, datetime]) -> Steps:
    for clock, at in clocks:
        account = "investigator" if clock == "serious-to-sponsor" else "sponsor"
        yield by(account, at, sc.RecordReportSent(clock=clock, subject=event))


def marrow_waits(it: Script) -> Steps:
    """The next marrow would be taken while the stopping rules are hit: it waits for the decision."""
    day = it.days.screening + 2
    yield from (
        Step(each.act, each.order)
        for each in it.label(3, c.Kind.MARROW, it.at(day, 3))
    )  # fmt: skip
    drawn = c.Collect(
        chain=it.chain, scan=it.scan(3), wristband=it.person, volume=Amount.of("60 mL"), place="ward"
    )
    yield by("collector", it.at(day, 3, 30), drawn, refused=("safety.hit",),
             what="marrow while a stopping rule is hit")  # fmt: skip


def warm(it: Script) -> Steps:
    """The tank is too warm for an hour; the bag is held back until the qualified person has signed, and is
    given after that."""
    day, bag = it.days.infusion - 6, it.container(10)
    read = c.ReadTemperature(chain=it.chain, container=bag, temperature=Amount.of("-121 degC"))
    yield by("technician", it.at(day, 2), read)
    order = c.SignDisposition(
        chain=it.chain, container=bag, reason=QuarantineReason.EXCURSION,
        words="-121 degC for less than an hour; still frozen (made up)",
    )  # fmt: skip
    yield by("qualified", it.at(day + 1, 2), order)


def thrown_away(it: Script, day: int, why: str) -> Steps:
    order = c.Discard(chain=it.chain, scan=it.scan(10), reason=why)
    yield by("technician", it.at(day, 8), order)


# Harms ----------------------------------------------------------------------------------------------------


def pneumonia(it: Script) -> Steps:
    """Serious, since the person stays in hospital for it; nothing that was done to them caused it."""
    began = it.at(it.days.infusion + 39, 5)
    serious = (Seriousness.HOSPITALISATION,)
    yield adverse(it, "AE-4", began, Kind.OTHER, "pneumonia", 3, serious)
    yield from sent("AE-4", ("serious-to-sponsor", began + timedelta(hours=5)))
    yield from judged("AE-4", began + DAY)
    expected = sc.DecideExpectedness(event="AE-4", expected=Answer.NO, reference="edition 1, made up")
    yield by("investigator", began + DAY + timedelta(hours=1), expected)
    yield ended("AE-4", began + 16 * DAY)


def pain(it: Script) -> Steps:
    began = it.at(it.days.infusion + 75, 4)
    yield adverse(it, "AE-5", began, Kind.NEW_NEUROPATHIC_PAIN, "burning pain in both hands", 2)
    yield from judged("AE-5", began + timedelta(hours=2))
    yield ended("AE-5", began + 60 * DAY, Outcome.RECOVERED_WITH_SEQUELAE)


# The record -----------------------------------------------------------------------------------------------


def weight_corrected(it: Script) -> Steps:
    """First without a reason, which is refused; then with one."""
    at = it.at(it.days.before_infusion, 3)
    order = pc.CorrectWeight(person=it.person, position=0, new=Amount.of("61.5 kg"), source=CHART)
    yield by("nurse", at, order, refused=("protocol.reason-missing",), what="a correction without a reason")
    yield by("nurse", at + timedelta(minutes=10), order, why="the wheelchair was weighed too (made up)")


def out_of_window(it: Script) -> Steps:
    order = RecordDeviation(
        person=it.person, kind="visit-window", about="day-14",
        words="the examiner was ill; examined four days late (made up)",
    )  # fmt: skip
    yield by("coordinator", it.at(it.days.infusion + 18, 6), order)


def withdrawn(it: Script) -> Steps:
    """Faints, gives up treatment in their own words, and months later takes all consent back."""
    began = it.at(it.days.screening + 1, 4)
    yield adverse(it, "AE-2", began, Kind.OTHER, "felt faint at the sight of the blood", 1)
    yield from judged("AE-2", began + timedelta(hours=2), Procedure.BLOOD_DRAW)
    yield ended("AE-2", began)
    words = "I do not want the needle again (made up)"
    order = TreatmentWithdrawn(person=it.person, decided_by="person", reason=words)
    yield by("investigator", it.at(it.days.screening + 4, 2), order)
    away = ConsentWithdrawn(person=it.person, form="trial", withdrawn_by="self")
    yield by("investigator", it.at(it.days.screening + 90, 2), away)


WOVEN: dict[int, Callable[[Script], Steps]] = {
    2: weight_corrected,
    3: warm,
    4: wrong_bag,
    5: paused,
    6: wrong_wristband,
    7: sterile_in_time,
    8: sterility_late,
    9: marrow_waits,
    10: out_of_window,
    11: pneumonia,
    12: pain,
    13: one_nurse,
    17: withdrawn,
    18: lambda it: thrown_away(it, 41, "out of specification"),
    19: lambda it: thrown_away(it, 103, "too well for the cells at the second gate"),
    20: lambda it: thrown_away(it, 60, "not ready before day 55"),
}
"""What is woven into whose course; those not named here go through it without anything."""
