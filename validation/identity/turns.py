"""What comes between the steps of a trial: withdrawals, late and corrected results, harms, mix-ups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from examples.twenty_people.script import CHART, MADE_UP, SITE, ZONE, Script

from myelos import safety
from myelos.acts import Act
from myelos.cells import commands as c
from myelos.cells.containers import QuarantineReason
from myelos.protocol import Command, Protocol, Trial
from myelos.protocol import person_events as e
from myelos.protocol.corrections import CorrectFact, CorrectPersonIdentity, CorrectWeight
from myelos.protocol.events import TrainingRecorded
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety import events as se
from myelos.safety.terms import Kind, Seriousness
from validation.identity.bends import Choose
from validation.identity.two_people import BAG, SAMPLE


@dataclass(frozen=True, slots=True)
class Now:
    """One person at one moment of a trial; ``number`` is told apart from every other moment's."""

    trial: Trial
    protocol: Protocol
    it: Script
    at: datetime
    number: int
    choose: Choose

    def by(self, account: str, order: Any, at: datetime | None = None, why: str = "") -> Command:
        role = "safety-committee" if account == "chair" else account
        return Command(Act(by=account, at=at or self.at, role=role, site=SITE, why=why), order)

    def any_container(self) -> str:
        return self.it.container(1 + self.choose(10))

    @property
    def lot(self) -> str:
        return f"LOT-{self.it.number}"


Turn = Callable[[Now], Command]


def _withdrawn(now: Now) -> Command:
    order = e.ConsentWithdrawn(person=now.it.person, form="trial", withdrawn_by="self")
    return now.by("investigator", order)


def _agreed(now: Now) -> Command:
    """Agreed again: now, or, as it is told, some hours ago."""
    order = e.ConsentGiven(person=now.it.person, form="trial", version="1", given_by="self")
    return now.by("investigator", order, now.at - timedelta(hours=6 * now.choose(2)))


def _off_treatment(now: Now) -> Command:
    return now.by("investigator", e.TreatmentWithdrawn(person=now.it.person, decided_by="person"))


def _off_follow_up(now: Now) -> Command:
    return now.by("investigator", e.FollowUpWithdrawn(person=now.it.person, decided_by="person"))


def _lost(now: Now) -> Command:
    return now.by("investigator", e.LostToFollowUp(person=now.it.person, last_contact=now.at.date()))


def _back(now: Now) -> Command:
    return now.by("investigator", e.Returned(person=now.it.person))


def _fact(now: Now) -> Command:
    order = CorrectFact(person=now.it.person, fact="hiv", new=("yes", "no")[now.choose(2)], source=CHART)
    return now.by("investigator", order, why="read from the wrong sheet")


def _weight(now: Now) -> Command:
    kilograms = Amount.of(("62 kg", "14 kg", "20 kg", "90 kg")[now.choose(4)])
    if now.choose(2):
        order: Any = e.WeightRecorded(person=now.it.person, weight=kilograms, source=CHART)
        return now.by("nurse", order)
    order = CorrectWeight(person=now.it.person, position=0, new=kilograms, source=CHART)
    return now.by("nurse", order, why="the scale was not at nought")


def _another_identity(now: Now) -> Command:
    """Never granted: who a person or a container is cannot be corrected."""
    if now.choose(2):
        order: Any = CorrectPersonIdentity(person=now.it.person, field="person", new="PMADE1260000010")
        return now.by("investigator", order, why="mixed up")
    new = now.it.container(99)
    order = c.CorrectIdentity(chain=now.it.chain, container=now.any_container(), field="label", new=new)
    return now.by("technician", order, why="mixed up")


def _identity_error(now: Now) -> Command:
    order = c.ReportIdentityError(chain=now.it.chain, container=now.any_container(), words="labels mixed up")
    return now.by("technician", order)


def _hold_back(now: Now) -> Command:
    order = c.HoldBack(chain=now.it.chain, container=now.any_container(), words="a torn sleeve")
    return now.by("technician", order)


def _warm(now: Now) -> Command:
    order = c.ReadTemperature(
        chain=now.it.chain, container=now.it.container(BAG), temperature=Amount.of("-80 degC")
    )
    return now.by("technician", order)


def _disposition(now: Now) -> Command:
    held = [
        (label, reason)
        for label, each in (now.trial.chains[now.it.chain].containers if _opened(now) else {}).items()
        for reason in sorted(each.quarantine)
    ]
    label, reason = held[now.choose(len(held))] if held else (now.it.container(BAG), QuarantineReason.OTHER)
    order = c.SignDisposition(chain=now.it.chain, container=label, reason=reason, words="looked into")
    return now.by("qualified", order)


def _opened(now: Now) -> bool:
    return now.it.chain in now.trial.chains


def _discarded(now: Now) -> Command:
    order = c.Discard(chain=now.it.chain, scan=now.it.scan(1 + now.choose(10)), reason="dropped")
    return now.by("technician", order)


def _late(now: Now) -> Command:
    result = ("negative", "positive")[now.choose(2)]
    order = c.RecordResult(
        chain=now.it.chain, scan=now.it.scan(SAMPLE), lot=now.lot, specification="sterility", result=result,
        used_up=False,
    )  # fmt: skip
    return now.by("technician", order)


def _corrected(now: Now) -> Command:
    """Sterility (told last) or viability (told first) was something else."""
    lot = now.trial.chains[now.it.chain].lots.get(now.lot) if _opened(now) else None
    known = [(place, each.specification) for place, each in enumerate(lot.results)] if lot else []
    place, of = known[now.choose(len(known))] if known else (0, "viability")
    words = {"sterility": ("positive", "negative"), "mycoplasma": ("positive", "negative")}
    result: Amount | str
    if of in words:
        result = words[of][now.choose(2)]
    else:
        unit = "EU/mL" if of == "endotoxin" else "%"
        result = Amount.of(f"{(0, 50, 96)[now.choose(3)]} {unit}")
    order = c.CorrectResult(chain=now.it.chain, lot=now.lot, corrects=place, result=result, reason="misread")
    return now.by("technician", order)


def _released(now: Now) -> Command:
    conditional = bool(now.choose(2))
    order = c.Release(
        chain=now.it.chain, lot=now.lot, conditional=conditional, reason="signed" if conditional else ""
    )
    role = ("qualified", "qualified-person")[now.choose(2)]
    return Command(Act(by="qualified", at=now.at, role=role, site=SITE), order)


def _harm(now: Now) -> Command:
    kind, grade, serious = (
        (Kind.DEATH, 5, (Seriousness.DEATH,)), (Kind.NEOPLASM, 3, ()), (Kind.HYPOTENSION, 2, ()),
        (Kind.SEPSIS, 4, (Seriousness.LIFE_THREATENING,)),
    )[now.choose(4)]  # fmt: skip
    known = se.Particulars(
        kind=kind, term="made up", grade=grade, serious=serious, onset="unknown", known_at=now.at
    )
    order = sc.ReportAdverseEvent(
        event=f"AE-{now.number}", person=now.it.person, zone=ZONE, particulars=known
    )
    return now.by("investigator", order)


def _incident(now: Now) -> Command:
    kind = (Kind.CONTAMINATION, Kind.IDENTITY_ERROR)[now.choose(2)]
    order = sc.RecordIncident(
        incident=f"INCIDENT-{now.number}", kind=kind, what="made up", person=None, container="incubator-1"
    )
    return now.by("technician", order)


def _decided(now: Now) -> Command:
    """The committee weighs what stands: it goes on, or (seldom) stops the trial."""
    hits = safety.hits(now.trial.harms, now.protocol.safety, now.trial.infused, now.trial.collected)
    verdict = se.Verdict.STOP if now.choose(10) == 0 else se.Verdict.CONTINUE
    order = sc.DecideStopping(
        verdict=verdict, hits=tuple(hit.reviewed for hit in hits), reasons="weighed", amendment=None
    )
    return now.by("chair", order)


def _training(now: Now) -> Command:
    """A nurse's training ends in an hour, or begins anew."""
    until = (now.at + timedelta(hours=1), None)[now.choose(2)]
    order = TrainingRecorded(
        account=("nurse", "nurse-2")[now.choose(2)], training="bedside", until=until, source=MADE_UP
    )
    return now.by("coordinator", order)


TURNS: dict[str, Turn] = {
    "consent withdrawn": _withdrawn,
    "consent given": _agreed,
    "treatment withdrawn": _off_treatment,
    "follow-up withdrawn": _off_follow_up,
    "lost": _lost,
    "back": _back,
    "fact corrected": _fact,
    "weighed": _weight,
    "identity to be corrected": _another_identity,
    "identity error": _identity_error,
    "held back": _hold_back,
    "too warm": _warm,
    "disposition": _disposition,
    "discarded": _discarded,
    "late sterility": _late,
    "result corrected": _corrected,
    "release": _released,
    "harm": _harm,
    "incident": _incident,
    "committee": _decided,
    "training": _training,
}
"""What may happen at any time, by name."""

OFTEN = ("committee", "consent given", "disposition", "back", "release")
"""Turns that mend: without them most histories would end early."""
