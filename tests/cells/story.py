"""A made-up person's cells from the first label to the vein: every command, for a test to bend.

Synthetic. All limits here are invented for tests and say so; they are no recommendation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from myelos.acts import Act, Decision
from myelos.cells import commands as c
from myelos.cells.asked import Bedside
from myelos.cells.containers import (
    Chain,
    Container,
    Hold,
    Infusion,
    Kind,
    Lot,
    QuarantineReason,
    Reasoned,
)  # fmt: skip
from myelos.cells.decide import decide
from myelos.cells.dose import Basis, DoseRule, InfusionRule
from myelos.cells.evolve import evolve
from myelos.cells.labels import LabelKind, issue
from myelos.cells.limits import Limits, Specification, SpecificationEdition, SpecificationKind
from myelos.findings import Phrasebook, Place
from myelos.quantities import Amount

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
MADE_UP = "invented for a test"
_WORDS = Phrasebook("myelos.cells", "myelos")


def amount(written: str) -> Amount:
    return Amount.of(written)


def specifications() -> tuple[Specification, ...]:
    return (
        Specification(id="viability", kind=SpecificationKind.AT_LEAST, low=amount("70 %"), source=MADE_UP),
        Specification(id="endotoxin", kind=SpecificationKind.AT_MOST, high=amount("5 EU/mL"), source=MADE_UP),
        Specification(
            id="sterility", kind=SpecificationKind.IS, allowed=("negative",), may_be_pending=True,
            source=MADE_UP,
        ),
    )  # fmt: skip


def limits(**changes: Any) -> Limits:
    given: dict[str, Any] = {
        "editions": (SpecificationEdition(id="1", specifications=specifications()),),
        "edition_in_force": "1",
        "most_passages": 3,
        "shelf_life": amount("60 d"),
        "thaw_window": amount("120 min"),
        "match_window": amount("15 min"),
        "storage_low": amount("-200 degC"),
        "storage_high": amount("-130 degC"),
        "most_infusions": 1,
        "dose": dose_rule(),
        "infusion": infusion_rule(),
        "weight_age": amount("14 d"),
        "count_age": amount("60 d"),
        "conditional_release": True,
        "conditional_release_role": "qualified-person",
    }
    return Limits(**{**given, **changes})


def dose_rule(**changes: Any) -> DoseRule:
    rule = DoseRule(
        basis=Basis.TOTAL, basis_source=MADE_UP, low=amount("0.5e8 cells"), high=amount("2.0e8 cells"),
        range_source=MADE_UP, per_kg=amount("3.34e6 cells/kg"), per_kg_source=MADE_UP,
    )  # fmt: skip
    return replace(rule, **changes)


def infusion_rule() -> InfusionRule:
    return InfusionRule(
        flow_low=amount("0.7 mL/min"), flow_high=amount("1.0 mL/min"), flow_source=MADE_UP,
        dilution_least=amount("3 fold"), dilution_source=MADE_UP,
    )  # fmt: skip


def holds(reasons: Iterable[QuarantineReason], at: datetime = START) -> tuple[Hold, ...]:
    """Held back for each of these reasons, and not let go."""
    return tuple(Hold(each, Reasoned(at, "tech-1", "for a test")) for each in sorted(reasons))


def running(bag: str, at: datetime, dose: int, **changes: Any) -> Infusion:
    """An infusion of a bag as it began, counted and weighed just then."""
    given: dict[str, Any] = {
        "bag": bag, "started_at": at, "by": ("nurse-1", "nurse-2"), "basis": "total", "dose": dose,
        "counted_at": at, "weight": amount("60 kg"), "weighed_at": at, "lowest": 50_000_000,
        "highest": 200_000_000, "flow": amount("0.8 mL/min"), "dilution": amount("3 fold"),
    }  # fmt: skip
    return Infusion(**{**given, **changes})


def label(kind: LabelKind, serial: int, issuer: str = "MYEL1") -> str:
    return str(issue(kind, issuer, 26, serial))


def codes(decision: Decision) -> list[str]:
    """The codes of what a decision found, each told in both languages: words and parameters fit."""
    for each in decision.findings:
        assert isinstance(each.place, Place)
        assert None not in each.params.values()
        for language in ("en", "ja"):
            assert _WORDS.tell(each, language)
    return [each.code for each in decision.findings]


def findings(decision: Decision) -> list[tuple[str, dict[str, Any]]]:
    """The codes with their parameters, each told in both languages."""
    return [(code, dict(each.params)) for code, each in zip(codes(decision), decision.findings, strict=True)]


def told(step: str, number: int = 1) -> Story:
    """A story up to and with a step, with limits as :func:`limits` gives them. Told once, then copied."""
    return _told(step, number).copy()


@cache
def _told(step: str, number: int) -> Story:
    return Story(number).until(step)


@dataclass
class Story:
    """One person's chain as it grows. ``number`` sets every label apart from other people's."""

    number: int = 1
    chain: Chain | None = None
    now: datetime = START
    limits: Limits | None = field(default_factory=limits)
    history: list[tuple[Any, Act]] = field(default_factory=list)
    commands: list[tuple[Any, Act]] = field(default_factory=list)

    # What there is ------------------------------------------------------------------------------------

    @property
    def person(self) -> str:
        return label(LabelKind.PERSON, self.number)

    @property
    def chain_id(self) -> str:
        return label(LabelKind.CHAIN, self.number)

    def container(self, serial: int) -> str:
        """The label of this person's ``serial``-th container."""
        return label(LabelKind.CONTAINER, 1000 * self.number + serial)

    def it(self, serial: int) -> Container:
        assert self.chain is not None
        return self.chain.containers[self.container(serial)]

    def lot(self, name: str = "LOT-1") -> Lot:
        assert self.chain is not None
        return self.chain.lots[name]

    def put(self, serial: int, **changes: Any) -> None:
        """The container as it never was: a state that a test wants to look at."""
        self.put_all(replace(self.it(serial), **changes))

    def put_all(self, *containers: Container) -> None:
        assert self.chain is not None
        everything = self.chain.containers.update({each.label: each for each in containers})
        self.chain = replace(self.chain, containers=everything)

    def put_lot(self, **changes: Any) -> None:
        assert self.chain is not None
        changed = replace(self.lot(), **changes)
        self.chain = replace(self.chain, lots=self.chain.lots.set(changed.id, changed))

    def copy(self) -> Story:
        """This story up to now, to be told on in another way."""
        return replace(self, history=list(self.history), commands=list(self.commands))

    # What is done -------------------------------------------------------------------------------------

    def act(self, by: str = "tech-1", role: str = "technician", minutes: float = 10) -> Act:
        self.now += timedelta(minutes=minutes)
        return Act(by=by, at=self.now, role=role, site="sapporo")

    def nurse(self, number: int = 1, minutes: float = 1) -> Act:
        return self.act(f"nurse-{number}", "nurse", minutes)

    def bedside(self, **changes: Any) -> Bedside:
        bedside = Bedside(
            weight=amount("60 kg"), weighed_at=self.now - timedelta(days=1),
            trained=frozenset({"nurse-1", "nurse-2"}),
        )  # fmt: skip
        return replace(bedside, **changes)

    def ask(self, command: Any, act: Act | None = None, bedside: Bedside | None = None) -> Decision:
        """Decide, and fold nothing."""
        return decide(self.chain, command, act or self.act(minutes=1), self.limits, bedside or self.bedside())

    def do(self, command: Any, act: Act | None = None, bedside: Bedside | None = None) -> Decision:
        """Decide, and fold the events. The decision is returned either way."""
        act = act or self.act()
        decision = decide(self.chain, command, act, self.limits, bedside or self.bedside())
        self.commands.append((command, act))
        for event in decision.events:
            self.chain = evolve(self.chain, event, act)
            self.history.append((event, act))
        return decision

    def must(self, command: Any, act: Act | None = None, bedside: Bedside | None = None) -> Decision:
        decision = self.do(command, act, bedside)
        assert not decision.forbidden, decision.findings
        return decision

    # The story ----------------------------------------------------------------------------------------

    def until(self, name: str) -> Story:
        """Everything up to and with the step called ``name``."""
        for step in self.steps():
            if step == name:
                return self
        raise KeyError(name)

    def steps(self) -> Iterator[str]:
        """The whole story: each step is done, then its name given. A test may stop anywhere."""
        self.must(c.OpenChain(chain=self.chain_id, person=self.person))
        yield "open"
        yield from self._collections()
        yield from self._culture()
        yield from self._freezing()
        yield from self._release()
        yield from self._bedside()

    def _collections(self) -> Iterator[str]:
        for serial, kind, volume in ((1, Kind.BLOOD, 240), (2, Kind.BLOOD, 240), (3, Kind.MARROW, 60)):
            self.new_label(serial, kind)
            yield f"label-{serial}"
            self.must(self.collect(serial, f"{volume} mL"))
            yield f"collect-{serial}"
            self.must(self.hand_over(serial))
            yield f"hand-over-{serial}"
            self.must(self.receive(serial, "20 degC"), self.act("tech-2"))
            yield f"receive-{serial}"

    def _culture(self) -> Iterator[str]:
        kinds = {4: Kind.SERUM, 5: Kind.FLASK, 6: Kind.FLASK, 7: Kind.SUSPENSION, 8: Kind.FLASK}
        kinds |= {9: Kind.SUSPENSION, 10: Kind.SAMPLE, 11: Kind.BAG, 12: Kind.BAG}
        for serial, kind in kinds.items():
            self.new_label(serial, kind)
            yield f"label-{serial}"
        self.must(self.separate())
        yield "separate"
        self.must(self.seed())
        yield "seed"
        self.must(self.feed(), self.act(minutes=3 * 1440))
        yield "feed"
        self.must(self.harvest((5, 6), 7, 3_000_000, 100_000))
        yield "harvest"
        self.must(self.passage())
        yield "passage"
        self.must(self.harvest((8,), 9, 250_000_001, 9_999_999))
        yield "harvest-2"

    def _freezing(self) -> Iterator[str]:
        self.must(self.sample())
        yield "sample"
        self.must(self.divide(9, {11: "7 mL", 12: "2 mL"}))
        yield "fill"
        for serial in (11, 12):
            self.must(self.freeze(serial))
            yield f"freeze-{serial}"
            self.must(self.store(serial))
            yield f"store-{serial}"

    def _release(self) -> Iterator[str]:
        self.must(self.result("viability", amount("91 %")))
        yield "test-viability"
        self.must(self.result("endotoxin", amount("0.5 EU/mL")))
        yield "test-endotoxin"
        self.must(self.result("sterility", "negative"))
        yield "test-sterility"
        self.must(self.release(), self.act("qp-1", "qualified-person"))
        yield "release"

    def _bedside(self) -> Iterator[str]:
        self.must(self.pack(11))
        yield "pack"
        self.must(self.hand_over(11, "tech-2", "nurse-1", "-150 degC"))
        yield "hand-over-bag"
        self.must(self.receive(11, "-150 degC"), self.nurse())
        yield "receive-bag"
        self.must(self.thaw(11), self.nurse())
        yield "thaw"
        self.must(self.match(11), self.nurse())
        yield "match-1"
        self.must(self.match(11), self.nurse(2))
        yield "match-2"
        self.must(self.start(11), self.nurse())
        yield "start"
        self.must(self.observe(11), self.nurse(minutes=15))
        yield "observe"
        self.must(self.end(11), self.nurse(minutes=30))
        yield "end"

    # Its commands -------------------------------------------------------------------------------------

    def scan(self, serial: int) -> c.Scan:
        return c.Scan(container=self.container(serial), read=self.container(serial))

    def filling(self, serial: int, volume: str) -> c.Filling:
        return c.Filling(scan=self.scan(serial), volume=amount(volume))

    def fillings(self, volumes: dict[int, str]) -> tuple[c.Filling, ...]:
        return tuple(self.filling(serial, volume) for serial, volume in volumes.items())

    def print_label(self, serial: int, kind: Kind, **changes: Any) -> c.PrintLabel:
        text = self.container(serial)
        template = "product" if kind is Kind.BAG else "vessel"
        command = c.PrintLabel(
            chain=self.chain_id, container=text, kind=kind, template=template, template_version="1",
            decoded=text,
        )  # fmt: skip
        return replace(command, **changes)

    def verify(self, serial: int) -> c.VerifyLabel:
        return c.VerifyLabel(chain=self.chain_id, scan=self.scan(serial))

    def new_label(self, serial: int, kind: Kind) -> None:
        self.must(self.print_label(serial, kind))
        self.must(self.verify(serial), self.act("tech-2"))

    def collect(self, serial: int, volume: str) -> c.Collect:
        return c.Collect(
            chain=self.chain_id, scan=self.scan(serial), wristband=self.person, volume=amount(volume),
            place="ward-3",
        )  # fmt: skip

    def hand_over(
        self, serial: int, giver: str = "tech-1", taker: str = "tech-2", temperature: str | None = None,
        **changes: Any,
    ) -> c.HandOver:  # fmt: skip
        command = c.HandOver(
            chain=self.chain_id, scan=self.scan(serial), giver=giver, taker=taker, place="laboratory",
            given_at=self.now + timedelta(minutes=5), taken_at=self.now + timedelta(minutes=5),
            condition="intact", seal_intact=True,
            temperature=None if temperature is None else amount(temperature),
        )  # fmt: skip
        return replace(command, **changes)

    def receive(self, serial: int, temperature: str) -> c.Receive:
        scan, read = self.scan(serial), amount(temperature)
        return c.Receive(chain=self.chain_id, scan=scan, condition="intact", temperature=read)

    def separate(self, volume: str = "100 mL") -> c.SeparateSerum:
        return c.SeparateSerum(chain=self.chain_id, scan=self.scan(1), serum=(self.filling(4, volume),))

    def seed(self, **changes: Any) -> c.Seed:
        command = c.Seed(
            chain=self.chain_id, scan=self.scan(3), lot="LOT-1", serum=(self.filling(4, "20 mL"),),
            flasks=self.fillings({5: "30 mL", 6: "30 mL"}),
        )  # fmt: skip
        return replace(command, **changes)

    def feed(self, **changes: Any) -> c.Feed:
        flasks, serum = (self.scan(5), self.scan(6)), (self.filling(4, "10 mL"),)
        return replace(c.Feed(chain=self.chain_id, flasks=flasks, serum=serum), **changes)

    def harvest(self, flasks: tuple[int, ...], into: int, viable: int, dead: int) -> c.Harvest:
        """Five days later, and counted then."""
        self.now += timedelta(days=5)
        return c.Harvest(
            chain=self.chain_id, flasks=tuple(self.scan(each) for each in flasks), viable=viable, dead=dead,
            into=self.filling(into, "10 mL"), counted_at=self.now,
        )  # fmt: skip

    def passage(self, source: int = 7, flasks: dict[int, str] | None = None) -> c.Passage:
        return c.Passage(
            chain=self.chain_id, scan=self.scan(source), flasks=self.fillings(flasks or {8: "10 mL"}),
            serum=(self.filling(4, "10 mL"),),
        )  # fmt: skip

    def sample(self, source: int = 9, into: int = 10, volume: str = "1 mL") -> c.Sample:
        return c.Sample(chain=self.chain_id, scan=self.scan(source), into=self.filling(into, volume))

    def divide(self, source: int, parts: dict[int, str]) -> c.Divide:
        return c.Divide(chain=self.chain_id, scan=self.scan(source), parts=self.fillings(parts))

    def pool(self, sources: tuple[int, ...], into: int) -> c.Pool:
        scans = tuple(self.scan(each) for each in sources)
        return c.Pool(chain=self.chain_id, sources=scans, into=self.scan(into))

    def freeze(self, serial: int, added: str = "30 mL") -> c.Freeze:
        agents = ("dmso", "dextran-40")
        return c.Freeze(chain=self.chain_id, scan=self.scan(serial), added=amount(added), agents=agents)

    def store(self, serial: int, temperature: str = "-196 degC") -> c.PutInStorage:
        scan, read = self.scan(serial), amount(temperature)
        return c.PutInStorage(chain=self.chain_id, scan=scan, place="tank-1", temperature=read)

    def read(self, serial: int, temperature: str) -> c.ReadTemperature:
        it, read = self.container(serial), amount(temperature)
        return c.ReadTemperature(chain=self.chain_id, container=it, temperature=read)

    def result(
        self, name: str, result: Amount | str, used_up: bool = False, sample: int = 10
    ) -> c.RecordResult:
        return c.RecordResult(
            chain=self.chain_id, scan=self.scan(sample), lot="LOT-1", specification=name, result=result,
            used_up=used_up,
        )  # fmt: skip

    def correct(self, place: int, result: Amount | str, reason: str = "misread") -> c.CorrectResult:
        return c.CorrectResult(
            chain=self.chain_id, lot="LOT-1", corrects=place, result=result, reason=reason
        )  # fmt: skip

    def release(self, conditional: bool = False, reason: str = "") -> c.Release:
        return c.Release(chain=self.chain_id, lot="LOT-1", conditional=conditional, reason=reason)

    def reject(self) -> c.Reject:
        return c.Reject(chain=self.chain_id, lot="LOT-1", reason="out of specification")

    def pack(self, serial: int, low: str = "-200 degC", high: str = "-130 degC") -> c.Pack:
        return c.Pack(
            chain=self.chain_id, scan=self.scan(serial), secondary="shipper-7", seal="seal-99",
            low=amount(low), high=amount(high),
        )  # fmt: skip

    def thaw(self, serial: int, added: str = "3 mL") -> c.Thaw:
        return c.Thaw(chain=self.chain_id, scan=self.scan(serial), added=amount(added))

    def match(self, serial: int) -> c.MatchAtBedside:
        return c.MatchAtBedside(chain=self.chain_id, scan=self.scan(serial), wristband=self.person)

    def start(self, serial: int, **changes: Any) -> c.StartInfusion:
        command = c.StartInfusion(
            chain=self.chain_id, scan=self.scan(serial), wristband=self.person, flow=amount("0.8 mL/min"),
            dilution=amount("3 fold"), premedication=("hydrocortisone",),
        )  # fmt: skip
        return replace(command, **changes)

    def observe(self, serial: int) -> c.ObserveInfusion:
        return c.ObserveInfusion(
            chain=self.chain_id, container=self.container(serial), oxygen_saturation=amount("97 %"),
            systolic=amount("118 mmHg"), diastolic=amount("71 mmHg"), pulse=amount("66 bpm"),
            temperature=amount("36.4 degC"), reactions=("flushing",),
        )  # fmt: skip

    def pause(self, serial: int) -> c.PauseInfusion:
        return c.PauseInfusion(chain=self.chain_id, container=self.container(serial), reason="flushing")

    def resume(self, serial: int, **changes: Any) -> c.ResumeInfusion:
        command = c.ResumeInfusion(chain=self.chain_id, scan=self.scan(serial), wristband=self.person)
        return replace(command, **changes)

    def end(
        self, serial: int, infused: str = "40 mL", lost: str = "0 mL", left: str = "0 mL", reason: str = ""
    ) -> c.EndInfusion:
        return c.EndInfusion(
            chain=self.chain_id, container=self.container(serial), infused=amount(infused),
            lost=amount(lost), left=amount(left), reason=reason,
        )  # fmt: skip

    def identity_error(self, serial: int) -> c.ReportIdentityError:
        return c.ReportIdentityError(
            chain=self.chain_id, container=self.container(serial), words="two labels"
        )

    def hold(self, serial: int) -> c.HoldBack:
        return c.HoldBack(chain=self.chain_id, container=self.container(serial), words="looks cloudy")

    def sign(self, serial: int, reason: Any) -> c.SignDisposition:
        it = self.container(serial)
        return c.SignDisposition(chain=self.chain_id, container=it, reason=reason, words="looked into")

    def discard(self, serial: int) -> c.Discard:
        return c.Discard(chain=self.chain_id, scan=self.scan(serial), reason="not needed")
