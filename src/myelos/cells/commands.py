"""What people ask to have recorded of cells. Each names the container of the worklist and what was scanned.

A command is a claim that something was done or shall begin; ``decide`` answers with events or with every
finding that forbids it. Where cells are divided only volumes are told: the cells in each part are worked out.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from myelos.acts import Code, Note, Term, Text
from myelos.cells.containers import Kind, QuarantineReason
from myelos.cells.events import Count, Temperature, Volume
from myelos.quantities import Amount, In
from myelos.shapes import named, value
from myelos.times import Instant

Read = Annotated[str, Field(max_length=200)]
"""The text a scanner gave, whatever it is."""


@value
class Scan:
    """The container meant, and the text its label gave when it was scanned."""

    container: Code
    read: Read


@value
class Filling:
    """A labelled, empty container and the volume that goes into it (or is used of it, for serum)."""

    scan: Scan
    volume: Volume


@named("cells.open-chain")
@value
class OpenChain:
    chain: Code
    person: Code


@named("cells.print-label")
@value
class PrintLabel:
    """``decoded`` is the text read back from the label just printed."""

    chain: Code
    container: Code
    kind: Kind
    template: Code
    template_version: Code
    decoded: Read


@named("cells.verify-label")
@value
class VerifyLabel:
    chain: Code
    scan: Scan


@named("cells.collect")
@value
class Collect:
    """``wristband`` is the text scanned at the person's wrist."""

    chain: Code
    scan: Scan
    wristband: Read
    volume: Volume
    place: Code


@named("cells.hand-over")
@value
class HandOver:
    chain: Code
    scan: Scan
    giver: Code
    taker: Code
    place: Code
    given_at: Instant
    taken_at: Instant
    condition: Code
    seal_intact: bool
    temperature: Temperature | None = None


@named("cells.receive")
@value
class Receive:
    chain: Code
    scan: Scan
    condition: Code
    temperature: Temperature


@named("cells.separate-serum")
@value
class SeparateSerum:
    chain: Code
    scan: Scan
    serum: tuple[Filling, ...]


@named("cells.seed")
@value
class Seed:
    """``lot`` names the expansion that begins."""

    chain: Code
    scan: Scan
    lot: Code
    flasks: tuple[Filling, ...]
    serum: tuple[Filling, ...]


@named("cells.feed")
@value
class Feed:
    chain: Code
    flasks: tuple[Scan, ...]
    serum: tuple[Filling, ...]


@named("cells.harvest")
@value
class Harvest:
    """The only command that tells a number of cells."""

    chain: Code
    flasks: tuple[Scan, ...]
    into: Filling
    viable: Count
    dead: Count
    counted_at: Instant


@named("cells.passage")
@value
class Passage:
    chain: Code
    scan: Scan
    flasks: tuple[Filling, ...]
    serum: tuple[Filling, ...]


@named("cells.divide")
@value
class Divide:
    """Split a container, fill bags from a suspension, or repack into one new container."""

    chain: Code
    scan: Scan
    parts: tuple[Filling, ...]


@named("cells.pool")
@value
class Pool:
    """Join containers of one lot of one person. A second person's cannot be named: there is one chain."""

    chain: Code
    sources: tuple[Scan, ...]
    into: Scan


@named("cells.sample")
@value
class Sample:
    chain: Code
    scan: Scan
    into: Filling


@named("cells.freeze")
@value
class Freeze:
    chain: Code
    scan: Scan
    added: Volume
    agents: tuple[Code, ...]


@named("cells.put-in-storage")
@value
class PutInStorage:
    chain: Code
    scan: Scan
    place: Code
    temperature: Temperature


@named("cells.read-temperature")
@value
class ReadTemperature:
    """From a logger: the container is named, not scanned."""

    chain: Code
    container: Code
    temperature: Temperature


@named("cells.record-result")
@value
class RecordResult:
    chain: Code
    scan: Scan
    lot: Code
    specification: Code
    result: Amount | Term
    used_up: bool


@named("cells.correct-result")
@value
class CorrectResult:
    """``corrects`` is the place of the wrong result in the lot's list, counted from 0."""

    chain: Code
    lot: Code
    corrects: Annotated[int, Field(ge=0)]
    result: Amount | Term
    reason: Annotated[str, Field(max_length=2000)]


@named("cells.release")
@value
class Release:
    """Signed by the actor. ``conditional`` goes ahead of results still pending, where that is permitted."""

    chain: Code
    lot: Code
    conditional: bool = False
    reason: Note = ""


@named("cells.reject")
@value
class Reject:
    chain: Code
    lot: Code
    reason: Text


@named("cells.pack")
@value
class Pack:
    chain: Code
    scan: Scan
    secondary: Code
    seal: Code
    low: Temperature
    high: Temperature


@named("cells.thaw")
@value
class Thaw:
    chain: Code
    scan: Scan
    added: Volume


@named("cells.match")
@value
class MatchAtBedside:
    """One trained person scans wristband and bag; another does it again."""

    chain: Code
    scan: Scan
    wristband: Read


@named("cells.start-infusion")
@value
class StartInfusion:
    chain: Code
    scan: Scan
    wristband: Read
    flow: Annotated[Amount, In("mL/min")]
    dilution: Annotated[Amount, In("fold")]
    premedication: tuple[Code, ...] = ()


@named("cells.observe-infusion")
@value
class ObserveInfusion:
    chain: Code
    container: Code
    oxygen_saturation: Annotated[Amount, In("%")] | None = None
    systolic: Annotated[Amount, In("mmHg")] | None = None
    diastolic: Annotated[Amount, In("mmHg")] | None = None
    pulse: Annotated[Amount, In("bpm")] | None = None
    temperature: Temperature | None = None
    reactions: tuple[Code, ...] = ()


@named("cells.pause-infusion")
@value
class PauseInfusion:
    chain: Code
    container: Code
    reason: Text


@named("cells.resume-infusion")
@value
class ResumeInfusion:
    """After a pause the bag and the wristband are scanned again."""

    chain: Code
    scan: Scan
    wristband: Read


@named("cells.end-infusion")
@value
class EndInfusion:
    """``infused``, ``lost`` and ``left`` add up to the bag. A ``reason`` says that it was stopped early."""

    chain: Code
    container: Code
    infused: Volume
    lost: Volume
    left: Volume
    reason: Note = ""


@named("cells.report-identity-error")
@value
class ReportIdentityError:
    """Something about whose a container is was wrong: it and all that came of it can only be discarded."""

    chain: Code
    container: Code
    words: Text


@named("cells.hold-back")
@value
class HoldBack:
    """Quarantine for a reason that is no identity error."""

    chain: Code
    container: Code
    words: Text


@named("cells.sign-disposition")
@value
class SignDisposition:
    """A signed decision to lift a quarantine."""

    chain: Code
    container: Code
    reason: QuarantineReason
    words: Text


@named("cells.discard")
@value
class Discard:
    chain: Code
    scan: Scan
    reason: Text


@named("cells.correct-identity")
@value
class CorrectIdentity:
    """A request that is always refused: person, chain, parents, label and kind cannot be corrected."""

    chain: Code
    container: Code
    field: Code
    new: str


COMMANDS = (
    OpenChain, PrintLabel, VerifyLabel, Collect, HandOver, Receive, SeparateSerum, Seed, Feed, Harvest,
    Passage, Divide, Pool, Sample, Freeze, PutInStorage, ReadTemperature, RecordResult, CorrectResult,
    Release, Reject, Pack, Thaw, MatchAtBedside, StartInfusion, ObserveInfusion, PauseInfusion,
    ResumeInfusion, EndInfusion, ReportIdentityError, HoldBack, SignDisposition, Discard, CorrectIdentity,
)  # fmt: skip
"""Every command of this room."""
