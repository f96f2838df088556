"""What was asked of the trial, by whom and when: the commands of one made-up person, in order of time.

Synthetic. The person comes from the example *marrow to month six*; every limit a site fills in is made up and
says so. Nobody in it exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from myelos.acts import Act
from myelos.cells import Kind, LabelKind
from myelos.cells import commands as c
from myelos.cells.labels import issue
from myelos.protocol import Command
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.events import SettingFilled, SiteOpened, TrainingRecorded
from myelos.protocol.person_events import ConsentGiven, FactsRecorded, Provenance, Told, WeightRecorded
from myelos.protocol.visits import RecordVisit
from myelos.quantities import Amount

SITE, ZONE, ISSUER = "sapporo", "Asia/Tokyo", "MADE1"
MADE_UP = "made up for this example; not a recommendation"
CHART = Provenance(kind="document", id="chart")
OPENED = datetime(2025, 12, 1, tzinfo=UTC)
"""When the site opens."""

SETTINGS = {
    "marrow-total": "100 mL", "most-lots": "2 lots", "most-passages": "3 passages", "viability-least": "70 %",
    "cd73-least": "95 %", "cd105-least": "95 %", "cd34-most": "5 %", "cd45-most": "5 %",
    "endotoxin-most": "5 EU/mL", "abnormal-karyotype-most": "0 %", "storage-low": "-200 degC",
    "storage-high": "-130 degC", "shelf-life": "60 d", "thaw-window": "120 min", "match-window": "15 min",
    "weight-age": "7 d", "count-age": "60 d",
}  # fmt: skip
"""The limits that the literature does not give, as this made-up site filled them."""

GOOD_RESULTS: Mapping[str, Amount | str] = {
    "viability": Amount.of("92 %"), "cd73": Amount.of("98 %"), "cd105": Amount.of("97 %"),
    "cd34": Amount.of("1 %"), "cd45": Amount.of("1 %"), "endotoxin": Amount.of("0.5 EU/mL"),
    "karyotype": Amount.of("0 %"), "mycoplasma": "negative", "sterility": "negative",
}  # fmt: skip

ELIGIBLE: Mapping[str, Told] = {
    "age": Amount.of("45 y"), "main-level": "cervical", "partial-damage": "yes", "methylprednisolone": "no",
    "consciousness": "0", "respiratory-disorder": "no", "hbv": "no", "hcv": "no", "hiv": "no", "htlv-1": "no",
    "syphilis": "no", "parvovirus-b19": "no", "white-cells": Amount.of("6000 /uL"),
    "neutrophils": Amount.of("3500 /uL"), "haemoglobin": Amount.of("13.1 g/dL"),
    "platelets": Amount.of("220000 /uL"), "malignancy": "no", "cirrhosis": "no", "autoimmune-disease": "no",
    "neuropathy": "no", "mental-disorder": "no", "diabetes": "no", "penicillin-allergy": "no",
    "streptomycin-allergy": "no", "severe-allergy": "no", "poor-condition": "no",
}  # fmt: skip

STAFF = {
    "collector": ("collection",), "technician": ("processing",), "technician-2": ("processing",),
    "qualified": ("release",), "nurse": ("bedside",), "nurse-2": ("bedside",),
}  # fmt: skip


ROLES = {"technician-2": "technician", "nurse-2": "nurse", "qualified": "qualified-person"}
"""The roles of the accounts that are not called by their role."""


def opening(at: datetime) -> Iterator[Command]:
    """The site opens, fills its settings and records who is trained."""

    def by(account: str, role: str) -> Act:
        return Act(by=account, at=at, role=role, site=SITE)

    yield Command(by("coordinator", "coordinator"), SiteOpened(site=SITE, zone=ZONE))
    for setting, written in SETTINGS.items():
        order = SettingFilled(site=SITE, setting=setting, value=Amount.of(written), origin=MADE_UP)
        yield Command(by("investigator", "investigator"), order)
    for account, trainings in STAFF.items():
        for training in trainings:
            order_ = TrainingRecorded(account=account, training=training, until=None, source=MADE_UP)
            yield Command(by("coordinator", "coordinator"), order_)


@dataclass(frozen=True, slots=True)
class Days:
    """Days after injury of what happens to one person; ``marrow``: days from screening to its collection."""

    screening: int
    before_infusion: int
    infusion: int
    marrow: int = 2

    @property
    def marrow_taken(self) -> int:
        """The day the marrow is taken, which the culture begins with."""
        return self.screening + self.marrow


@dataclass(frozen=True)
class Script:
    """The commands about one person. ``number`` sets their labels apart; ``day_0``: date of the injury."""

    number: int
    day_0: date
    days: Days

    @property
    def person(self) -> str:
        return str(issue(LabelKind.PERSON, ISSUER, 26, self.number))

    @property
    def chain(self) -> str:
        return str(issue(LabelKind.CHAIN, ISSUER, 26, self.number))

    def container(self, serial: int) -> str:
        return str(issue(LabelKind.CONTAINER, ISSUER, 26, 100 * self.number + serial))

    def scan(self, serial: int) -> c.Scan:
        return c.Scan(container=self.container(serial), read=self.container(serial))

    def filling(self, serial: int, volume: str) -> c.Filling:
        return c.Filling(scan=self.scan(serial), volume=Amount.of(volume))

    def at(self, day: int, hour: int = 0, minute: int = 0) -> datetime:
        """An instant on a day after injury; hours 0 to 14 UTC are 9 to 23 o'clock of that day in Tokyo."""
        start = datetime.combine(self.day_0, time(0), tzinfo=UTC)
        return start + timedelta(days=day, hours=hour, minutes=minute)

    def ask(self, order: Any, at: datetime, by: str = "coordinator", role: str | None = None) -> Command:
        return Command(Act(by=by, at=at, role=role or ROLES.get(by, by), site=SITE), order)

    # Enrolment

    def screening(self) -> Iterator[Command]:
        """The person becomes known, on the first day of screening."""
        onset = self.at(0, 3)
        yield self.ask(Screen(person=self.person, onset=onset), self.at(self.days.screening, 0))

    def consent(self) -> Iterator[Command]:
        given = ConsentGiven(person=self.person, form="trial", version="1", given_by="self")
        yield self.ask(given, self.at(self.days.screening, 0, 10), "investigator")

    def facts(self, **other: Told) -> Iterator[Command]:
        told = {**ELIGIBLE, **{name.replace("_", "-"): each for name, each in other.items()}}
        order = FactsRecorded(person=self.person, facts=told, source=CHART)
        yield self.ask(order, self.at(self.days.screening, 0, 20), "investigator")

    def visit(self, visit: str, day: int, items: Mapping[str, Any], after_infusion: bool = False) -> Command:
        measures: dict[str, Any] = {"isncsci": dict(items)}
        if after_infusion:
            measures["acute-loss"] = {"respiratory-loss": "no", "ascending-loss": "no"}
        order = RecordVisit(
            person=self.person, visit=visit, examined_at=self.at(day, 1), examiner="examiner", source=CHART,
            measures=measures,
        )  # fmt: skip
        return self.ask(order, self.at(day, 1, 30), "examiner")

    def gate(self, gate: str, at: datetime) -> Command:
        return self.ask(DecideGate(person=self.person, gate=gate), at, "investigator")

    def first_gate(self) -> Command:
        return self.gate("first-registration", self.at(self.days.screening, 2))

    def second_gate(self, day: int | None = None) -> Command:
        return self.gate("second-registration", self.at(day or self.days.before_infusion, 2))

    # Cells

    def label(self, serial: int, kind: Kind, at: datetime) -> Iterator[Command]:
        """A label is printed, and verified by another person."""
        text = self.container(serial)
        printed = c.PrintLabel(
            chain=self.chain, container=text, kind=kind, template="container", template_version="1",
            decoded=text,
        )  # fmt: skip
        yield self.ask(printed, at, "technician")
        yield self.ask(c.VerifyLabel(chain=self.chain, scan=self.scan(serial)), at, "technician-2")

    def collection(self, serial: int, kind: Kind, volume: str, day: int) -> Iterator[Command]:
        """Labelled, collected at the bedside, handed over, received in the laboratory."""
        yield from self.label(serial, kind, self.at(day, 3))
        collected = c.Collect(
            chain=self.chain, scan=self.scan(serial), wristband=self.person, volume=Amount.of(volume),
            place="ward",
        )  # fmt: skip
        yield self.ask(collected, self.at(day, 3, 30), "collector")
        yield self.hand_over(serial, "collector", "technician", self.at(day, 4))
        received = c.Receive(
            chain=self.chain, scan=self.scan(serial), condition="intact", temperature=Amount.of("20 degC")
        )
        yield self.ask(received, self.at(day, 4, 10), "technician")

    def hand_over(self, serial: int, giver: str, taker: str, at: datetime, cold: bool = False) -> Command:
        order = c.HandOver(
            chain=self.chain, scan=self.scan(serial), giver=giver, taker=taker, place="laboratory",
            given_at=at, taken_at=at, condition="intact", seal_intact=True,
            temperature=Amount.of("-150 degC") if cold else None,
        )  # fmt: skip
        return self.ask(order, at, taker)

    def collections(self) -> Iterator[Command]:
        """Two draws of blood and the marrow, under one chain of identity."""
        day = self.days.screening
        opened = c.OpenChain(chain=self.chain, person=self.person)
        yield self.ask(opened, self.at(day, 2, 30), "coordinator")
        yield from self.collection(1, Kind.BLOOD, "230 mL", day)
        yield from self.collection(2, Kind.BLOOD, "230 mL", day + 1)
        yield from self.collection(3, Kind.MARROW, "60 mL", self.days.marrow_taken)

    def culture(self) -> Iterator[Command]:
        """Two weeks from marrow to one frozen bag, in the person's own serum."""
        day, k = self.days.marrow_taken, self.chain
        kinds = {4: Kind.SERUM, 5: Kind.FLASK, 6: Kind.SUSPENSION, 7: Kind.FLASK, 8: Kind.SUSPENSION,
                 9: Kind.SAMPLE, 10: Kind.BAG}  # fmt: skip
        for serial, kind in kinds.items():
            yield from self.label(serial, kind, self.at(day, 5))
        serum = c.SeparateSerum(chain=k, scan=self.scan(1), serum=(self.filling(4, "90 mL"),))
        yield self.ask(serum, self.at(day, 5, 30), "technician")
        seeded = c.Seed(
            chain=k, scan=self.scan(3), lot=f"LOT-{self.number}", flasks=(self.filling(5, "60 mL"),),
            serum=(self.filling(4, "20 mL"),),
        )  # fmt: skip
        yield self.ask(seeded, self.at(day, 6), "technician")
        fed = c.Feed(chain=k, flasks=(self.scan(5),), serum=(self.filling(4, "20 mL"),))
        yield self.ask(fed, self.at(day + 3, 5), "technician")
        yield self.harvest(5, 6, 2_000_000, 60_000, day + 6)
        passaged = c.Passage(
            chain=k, scan=self.scan(6), flasks=(self.filling(7, "10 mL"),), serum=(self.filling(4, "20 mL"),)
        )
        yield self.ask(passaged, self.at(day + 6, 6), "technician")
        yield self.harvest(7, 8, 126_000_000, 4_000_000, day + 12)
        sampled = c.Sample(chain=k, scan=self.scan(8), into=self.filling(9, "0.5 mL"))
        yield self.ask(sampled, self.at(day + 12, 6), "technician")
        filled = c.Divide(chain=k, scan=self.scan(8), parts=(self.filling(10, "9.5 mL"),))
        yield self.ask(filled, self.at(day + 12, 6, 10), "technician")
        frozen = c.Freeze(
            chain=k, scan=self.scan(10), added=Amount.of("30.5 mL"),
            agents=("dmso", "dextran-40", "own-serum"),
        )  # fmt: skip
        yield self.ask(frozen, self.at(day + 12, 6, 20), "technician")
        stored = c.PutInStorage(
            chain=k, scan=self.scan(10), place="tank-1", temperature=Amount.of("-190 degC")
        )
        yield self.ask(stored, self.at(day + 12, 8), "technician")

    def harvest(self, flask: int, into: int, viable: int, dead: int, day: int) -> Command:
        order = c.Harvest(
            chain=self.chain, flasks=(self.scan(flask),), into=self.filling(into, "10 mL"), viable=viable,
            dead=dead, counted_at=self.at(day, 5),
        )  # fmt: skip
        return self.ask(order, self.at(day, 5, 10), "technician")

    def results(self, **other: Amount | str) -> Iterator[Command]:
        """Every release test of the lot; the last one uses the sample up."""
        day = self.days.marrow_taken + 13
        results = {**GOOD_RESULTS, **other}
        last = list(results)[-1]
        for specification, result in results.items():
            order = c.RecordResult(
                chain=self.chain, scan=self.scan(9), lot=f"LOT-{self.number}", specification=specification,
                result=result, used_up=specification == last,
            )  # fmt: skip
            yield self.ask(order, self.at(day, 5), "technician")

    def release(self) -> Command:
        order = c.Release(chain=self.chain, lot=f"LOT-{self.number}")
        return self.ask(order, self.at(self.days.marrow_taken + 13, 6), "qualified")

    def reject(self) -> Command:
        order = c.Reject(chain=self.chain, lot=f"LOT-{self.number}", reason="out of specification")
        return self.ask(order, self.at(self.days.marrow_taken + 13, 6), "qualified")

    # Bedside

    def weight(self) -> Command:
        order = WeightRecorded(person=self.person, weight=Amount.of("62 kg"), source=CHART)
        return self.ask(order, self.at(self.days.before_infusion, 1, 45), "nurse")

    def infusion(self) -> Iterator[Command]:
        """The bag leaves the tank and reaches the person it came from."""
        day, k = self.days.infusion, self.chain
        packed = c.Pack(
            chain=k, scan=self.scan(10), secondary="shipper", seal="seal-1", low=Amount.of("-200 degC"),
            high=Amount.of("-130 degC"),
        )  # fmt: skip
        yield self.ask(packed, self.at(day, 1), "technician")
        yield self.hand_over(10, "technician", "nurse", self.at(day, 1, 20), cold=True)
        received = c.Receive(
            chain=k, scan=self.scan(10), condition="intact", temperature=Amount.of("-150 degC")
        )
        yield self.ask(received, self.at(day, 1, 30), "nurse")
        yield self.ask(c.Thaw(chain=k, scan=self.scan(10), added=Amount.of("0 mL")), self.at(day, 2), "nurse")
        match = c.MatchAtBedside(chain=k, scan=self.scan(10), wristband=self.person)
        yield self.ask(match, self.at(day, 2, 20), "nurse")
        yield self.ask(match, self.at(day, 2, 22), "nurse-2")
        started = c.StartInfusion(
            chain=k, scan=self.scan(10), wristband=self.person, flow=Amount.of("0.8 mL/min"),
            dilution=Amount.of("3 fold"), premedication=(),
        )  # fmt: skip
        yield self.ask(started, self.at(day, 2, 25), "nurse")
        observed = c.ObserveInfusion(
            chain=k, container=self.container(10), oxygen_saturation=Amount.of("97 %"),
            systolic=Amount.of("108 mmHg"), pulse=Amount.of("70 bpm"),
        )  # fmt: skip
        yield self.ask(observed, self.at(day, 2, 45), "nurse")
        zero = Amount.of("0 mL")
        ended = c.EndInfusion(
            chain=k, container=self.container(10), infused=Amount.of("40 mL"), lost=zero, left=zero
        )
        yield self.ask(ended, self.at(day, 3, 15), "nurse")
