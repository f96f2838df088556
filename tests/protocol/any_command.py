"""One command of every kind, and the same with anything in it told otherwise. Synthetic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from examples.twenty_people.script import OPENED, opening
from hypothesis import strategies as st
from tests.protocol.played import CHART, SITE, ZONE, person, tell, whole

from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.cells.containers import QuarantineReason
from myelos.findings import Refused
from myelos.protocol import COMMANDS, Command
from myelos.protocol import corrections as co
from myelos.protocol import person_events as pe
from myelos.protocol import visits as vi
from myelos.protocol.decide import COMMAND_CATALOGUE
from myelos.protocol.events import TrainingRecorded
from myelos.protocol.takeover import Kept, TakeChainOver
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety.events import Fact, Particulars, Reading, Reviewed, Source, Verdict, WithdrawnBecause
from myelos.safety.terms import Kind, Measured, Outcome, Procedure

IT, OTHER = person(1), person(2)
DAY = IT.at(41)


def _of_people() -> Iterator[Any]:
    p = IT.person
    losses = {"acute-loss": {"respiratory-loss": "yes", "ascending-loss": "no"}}
    yield vi.RecordExamination(
        person=p, examined_at=DAY, examiner="examiner-2", source=CHART, reason="pain", measures=losses
    )
    yield vi.RecordDeviation(person=p, kind="other", about=None, words="late")
    yield pe.VisitMissed(person=p, visit="day-7", reason="snow")
    yield pe.ConsentDeclined(person=p, form="trial")
    yield pe.ConsentWithdrawn(person=p, form="trial", withdrawn_by="self")
    yield pe.GroupAssigned(person=p, group="infused")
    yield pe.TreatmentWithdrawn(person=p, decided_by="person")
    yield pe.FollowUpWithdrawn(person=p, decided_by="person")
    yield pe.LostToFollowUp(person=p, last_contact=date(2026, 5, 1))
    yield pe.Returned(person=p)
    yield co.CorrectFact(person=p, fact="hiv", new="yes", source=CHART)
    yield co.CorrectItem(
        person=p, examination=1, measure="isncsci", item="right_motor_C5", new="4", source=CHART
    )
    yield co.CorrectExaminedAt(person=p, examination=1, new=IT.at(37), source=CHART)
    yield co.CorrectWeight(person=p, position=0, new=Amount.of("63 kg"), source=CHART)
    yield co.CorrectOnset(person=p, new=IT.at(0, 2), source=CHART)
    yield co.CorrectGroup(person=p, new="infused", source=CHART)
    yield co.CorrectPersonIdentity(person=p, field="person", new="another")


def _of_cells() -> Iterator[Any]:
    k, bag = IT.chain, IT.container(10)
    yield cc.Pool(chain=k, sources=(IT.scan(6), IT.scan(8)), into=IT.scan(9))
    yield cc.ReadTemperature(chain=k, container=bag, temperature=Amount.of("-150 degC"))
    yield cc.CorrectResult(chain=k, lot="LOT-1", corrects=8, result="positive", reason="misread")
    yield cc.Reject(chain=k, lot="LOT-1", reason="out of specification")
    yield cc.PauseInfusion(chain=k, container=bag, reason="flushing")
    yield cc.ResumeInfusion(chain=k, scan=IT.scan(10), wristband=IT.person)
    yield cc.ReportIdentityError(chain=k, container=IT.container(5), words="two labels")
    yield cc.HoldBack(chain=k, container=bag, words="cloudy")
    yield cc.SignDisposition(chain=k, container=bag, reason=QuarantineReason.OTHER, words="clear")
    yield cc.Discard(chain=k, scan=IT.scan(6), reason="not needed")
    yield cc.CorrectIdentity(chain=k, container=bag, field="person", new="another")


def _of_harms() -> Iterator[Any]:
    reading = Reading(of=Measured.HAEMOGLOBIN, amount=Amount.of("11.1 g/dL"), at=IT.at(10))
    known = Particulars(
        kind=Kind.DEATH, term="made up", grade=5, serious=(), onset="2026-03", known_at=DAY,
        readings=(reading,),
    )  # fmt: skip
    yield sc.ReportAdverseEvent(event="AE-1", person=IT.person, zone=ZONE, particulars=known)
    yield sc.UpdateAdverseEvent(event="AE-1", particulars=known)
    yield sc.JudgeRelatedness(event="AE-1", procedure=Procedure.CELLS, related=Answer.YES)
    yield sc.DecideExpectedness(event="AE-1", expected=Answer.NO, reference="IB 1")
    yield sc.RecordOutcome(event="AE-1", outcome=Outcome.FATAL, end="2026-03-30")
    yield sc.WithdrawAdverseEvent(event="AE-1", because=WithdrawnBecause.NO_EVENT)
    yield sc.RecordIncident(
        incident="LATE-1", kind=Kind.CONTAMINATION, what="cloudy", person=IT.person,
        container=IT.container(8),
    )  # fmt: skip
    yield sc.ReportLateSterility(
        incident="LATE-2", event="AE-LATE-2", person=IT.person, container=IT.container(10), what="positive",
        known_at=DAY, zone=ZONE,
    )  # fmt: skip
    yield sc.AdjudicateDeterioration(deterioration="DET-1", confirmed=True, reasons="seen")
    yield sc.RecordReportSent(clock="serious-to-sponsor", subject="AE-1")
    fact = Fact(source=Source.EVENT, id="AE-1", answer=Answer.YES)
    hit = Reviewed(rule="grade-5", facts=(fact,))
    yield sc.DecideStopping(verdict=Verdict.CONTINUE, hits=(hit,), reasons="seen", amendment=None)


def _takeover() -> TakeChainOver:
    opens = next(each for each in whole() if isinstance(each.order, cc.OpenChain))
    event = {"name": "cells.chain-opened", "version": 1, "data": {"chain": IT.chain, "person": IT.person}}
    kept = Kept(act=opens.act, event=event)
    return TakeChainOver(
        person=IT.person, chain=IT.chain, from_protocol="honmou-phase2", records=(kept, kept)
    )


def every() -> dict[type, Command]:
    """One command of each kind."""
    found: dict[type, Command] = {}
    training = TrainingRecorded(account="new", training="bedside", until=None, source="course")
    made = [*_of_people(), *_of_cells(), *_of_harms(), _takeover(), training]
    for command in (*opening(OPENED), *whole(), *(tell(order, DAY) for order in made)):
        found.setdefault(type(command.order), command)
    assert set(found) == set(COMMANDS)
    return found


# Told otherwise -------------------------------------------------------------------------------------------

_AMOUNT = re.compile(r"-?[0-9.eE+-]+ (\S+)")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT.*Z")

WORDS = """
    nurse nurse-2 technician stranger trial 1 2 LOT-1 LOT-2 isncsci acute-loss pain-0-10 scim-iii screening
    re-examination day-7 month-6 infusion-day first-registration second-registration infused hiv age sterility
    viability thaw-window storage-low collection bedside AE-1 AE-LATE-2 DET-1 LATE-1 grade-5 yes no unknown NT
    positive negative 5 0 4 A C D fatal death contamination identity-error identity release-withdrawn infusion
    otaru
"""
LABELS = [
    each
    for it in (IT, OTHER)
    for each in (it.person, it.chain, *(it.container(serial) for serial in range(1, 12)))
]
CODES = st.sampled_from([*LABELS, SITE, ZONE, *WORDS.split()])
INSTANTS = st.one_of(
    st.datetimes(datetime(2025, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
NUMBERS = st.one_of(
    st.integers(0, 300), st.integers(-(10**6), 10**9), st.decimals(-1000, 1000, places=2),
    st.sampled_from(["0", "0.5", "1e9", "1e99", "1e-99", "-0"]),
)  # fmt: skip
UNITS = st.sampled_from(["mL", "cells", "kg", "degC", "%", "d", "min", "lots", "fold", "mL/min", "g/dL", "y"])


def _leaf(leaf: Any) -> st.SearchStrategy[Any]:
    """Something else of the kind that stands there, mostly; now and then of another kind."""
    if isinstance(leaf, bool):
        return st.booleans()
    if isinstance(leaf, int):
        return st.integers(0, 12) | st.integers(-(10**6), 10**16) | st.none()
    if not isinstance(leaf, str):
        return st.none() | CODES | st.integers(0, 5)
    if _INSTANT.fullmatch(leaf):
        return INSTANTS.map(lambda at: at.isoformat().replace("+00:00", "Z"))
    if found := _AMOUNT.fullmatch(leaf):
        return st.tuples(NUMBERS, st.just(found[1]) | UNITS).map(lambda two: f"{two[0]} {two[1]}")
    return CODES | CODES | st.text(max_size=20) | st.none()


@st.composite
def otherwise(draw: st.DrawFn, plain: Any, rate: int) -> Any:
    """Plain data of the same shape in which about one leaf of ``rate`` is another."""
    if isinstance(plain, dict):
        return {key: draw(otherwise(each, rate)) for key, each in plain.items()}
    if isinstance(plain, list):
        longer = [*plain, *plain[:1]] if draw(st.integers(0, 3 * rate)) == 0 else plain
        kept = longer[1:] if draw(st.integers(0, 3 * rate)) == 0 else longer
        return [draw(otherwise(each, rate)) for each in kept]
    return draw(_leaf(plain)) if draw(st.integers(1, rate)) == 1 else plain


ANY = tuple(every().values())


@st.composite
def commands(draw: st.DrawFn, of: tuple[Command, ...] = ANY, as_it_is: bool = False) -> Command | Refused:
    """Any of these commands with anything in it told otherwise, by anybody, at any time; or why it is none.

    ``as_it_is``: half of them are not changed at all.
    """
    command = draw(st.sampled_from(of))
    if as_it_is and draw(st.booleans()):
        return command
    act, record = command.act, COMMAND_CATALOGUE.write(command.order)
    data = draw(otherwise(record["data"], draw(st.sampled_from([2, 5, 20, 60]))))
    near = st.integers(-400, 400).map(lambda quarters: act.at + timedelta(hours=6 * quarters))
    when = draw(st.just(act.at) | near | INSTANTS)
    who = draw(st.just(act.by) | st.sampled_from(["nurse", "nurse-2", "technician", "chair", "stranger"]))
    role = draw(st.just(act.role) | st.sampled_from(["qualified-person", "safety-committee", "nurse"]))
    site = draw(st.sampled_from([SITE] * 6 + ["otaru", "nowhere"]))
    why = draw(st.sampled_from(["", "misread", " "]))
    try:
        order = COMMAND_CATALOGUE.read({**record, "data": data})
    except Refused as refused:
        return refused
    return tell(order, when, who, role=role, site=site, why=why)
