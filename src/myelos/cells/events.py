"""What can happen to cells, from the marrow needle to the vein: the events of this room.

Events hold results already worked out (which part has how many cells); folding them computes nothing.
Every event names the chain of identity it belongs to.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from myelos.acts import Code, Note, Term, Text
from myelos.cells.containers import Kind, QuarantineReason
from myelos.quantities import Amount, In
from myelos.shapes import Catalogue, named, value
from myelos.times import Instant

LARGEST = Amount.of("1000000 mL")
FINEST = Amount.of("0.000001 mL")
"""No volume is larger than the one, nor measured finer than the other: so every sum of volumes is exact."""

MISSING, OUTSIDE = "missing-", "outside-"
"""What a reason of a rejection begins with; the specification follows."""

Volume = Annotated[Amount, In("mL", most=LARGEST, finest=FINEST)]
Temperature = Annotated[Amount, In("degC", least=None)]
Count = Annotated[int, Field(ge=0, le=10**15)]


@value
class Part:
    """What went into one container: its volume and, if they are counted, its living and dead cells."""

    container: Code
    volume: Volume
    viable: Count | None = None
    dead: Count | None = None


@value
class Use:
    """How much of a serum was used up."""

    container: Code
    volume: Volume


@named("cells.chain-opened")
@value
class ChainOpened:
    """A chain of identity begins, before anything is taken from the person."""

    chain: Code
    person: Code


@named("cells.label-printed")
@value
class LabelPrinted:
    """A label was printed and decoded again from the print; nobody may use it before it is verified."""

    chain: Code
    container: Code
    kind: Kind
    template: Code
    template_version: Code


@named("cells.label-verified")
@value
class LabelVerified:
    """A second person held the printed label against its template."""

    chain: Code
    container: Code


@named("cells.collected")
@value
class Collected:
    """Blood or marrow was taken from the person into a labelled container."""

    chain: Code
    container: Code
    person: Code
    volume: Volume
    place: Code


@named("cells.handed-over")
@value
class HandedOver:
    """Custody passed on. ``given_at`` and ``taken_at`` differ where nobody watched between them."""

    chain: Code
    container: Code
    giver: Code
    taker: Code
    place: Code
    given_at: Instant
    taken_at: Instant
    condition: Code
    seal_intact: bool
    temperature: Temperature | None = None


@named("cells.received")
@value
class Received:
    """Accepted where it was sent: collected material in the laboratory, a packed bag on the ward."""

    chain: Code
    container: Code
    condition: Code
    temperature: Temperature


@named("cells.separated")
@value
class Separated:
    """Serum was made from blood; the rest of the blood is gone."""

    chain: Code
    source: Code
    serum: tuple[Part, ...]


@named("cells.seeded")
@value
class Seeded:
    """Marrow into flasks: a lot begins, at passage 0, under the edition of specifications in force."""

    chain: Code
    source: Code
    lot: Code
    edition: Code
    flasks: tuple[Part, ...]
    serum: tuple[Use, ...]
    left: Volume


@named("cells.fed")
@value
class Fed:
    """Medium with the person's own serum was given to flasks."""

    chain: Code
    flasks: tuple[Code, ...]
    serum: tuple[Use, ...]


@named("cells.harvested")
@value
class Harvested:
    """Flasks of one lot and passage emptied into a suspension, and the cells counted."""

    chain: Code
    flasks: tuple[Code, ...]
    suspension: Part
    counted_at: Instant


@named("cells.passaged")
@value
class Passaged:
    """A suspension into new flasks, one passage further."""

    chain: Code
    source: Code
    flasks: tuple[Part, ...]
    serum: tuple[Use, ...]
    left: Volume


@named("cells.split")
@value
class Split:
    """A container divided, filled into bags, or repacked into one; each part has its label already."""

    chain: Code
    source: Code
    parts: tuple[Part, ...]
    left: Volume


@named("cells.pooled")
@value
class Pooled:
    """Containers of one lot of one person joined."""

    chain: Code
    sources: tuple[Code, ...]
    into: Part


@named("cells.sampled")
@value
class Sampled:
    """A sample was taken for testing."""

    chain: Code
    source: Code
    sample: Part
    left: Volume


@named("cells.frozen")
@value
class Frozen:
    """Frozen, with what was added before (cryoprotectant); the cells are those it had."""

    chain: Code
    container: Code
    added: Volume
    agents: tuple[Code, ...]


@named("cells.stored")
@value
class Stored:
    chain: Code
    container: Code
    place: Code
    temperature: Temperature


@named("cells.temperature-read")
@value
class TemperatureRead:
    """A reading of the log of a container, from freezing to thawing. It may come in late."""

    chain: Code
    container: Code
    temperature: Temperature


@named("cells.tested")
@value
class Tested:
    """A result of a release test. The sample is used up when ``used_up``."""

    chain: Code
    lot: Code
    sample: Code
    specification: Code
    result: Amount | Term
    used_up: bool


@named("cells.result-corrected")
@value
class ResultCorrected:
    """A result replaces the one in place ``corrects`` of the lot's list; the old one stays readable."""

    chain: Code
    lot: Code
    corrects: Annotated[int, Field(ge=0)]
    result: Amount | Term
    reason: Text


@named("cells.released")
@value
class Released:
    """Every specification was present and in range. ``bags`` are released, and no container filled later.

    ``pending`` names the specifications that a conditional release waits for."""

    chain: Code
    lot: Code
    edition: Code
    bags: tuple[Code, ...]
    pending: tuple[Code, ...]
    reason: Note = ""


@named("cells.rejected")
@value
class Rejected:
    """Out of specification: no container of the lot can be used under this protocol.

    ``reasons``: what was missing or outside, worked out; ``reason``: the words of who rejected it."""

    chain: Code
    lot: Code
    reasons: tuple[Code, ...]
    reason: Text


@named("cells.release-withdrawn")
@value
class ReleaseWithdrawn:
    """A result out of range came after the release. ``infused``: the person had the cells already."""

    chain: Code
    lot: Code
    specification: Code
    infused: bool


@named("cells.packed")
@value
class Packed:
    """In a sealed secondary container, with the temperatures it must keep on the way."""

    chain: Code
    container: Code
    secondary: Code
    seal: Code
    low: Temperature
    high: Temperature


@named("cells.thawed")
@value
class Thawed:
    """Thawed, with what was added; the cells are those it had."""

    chain: Code
    container: Code
    added: Volume


@named("cells.matched")
@value
class Matched:
    """At the bedside one person scanned the wristband and the bag, and both belong together."""

    chain: Code
    container: Code
    person: Code


@named("cells.infusion-started")
@value
class InfusionStarted:
    """The bag runs into the person it came from. The dose names its basis, and when count and weight were
    taken."""

    chain: Code
    container: Code
    person: Code
    first: Code
    second: Code
    basis: Code
    dose: Count
    counted_at: Instant
    weight: Annotated[Amount, In("kg")]
    weighed_at: Instant
    lowest: Count
    highest: Count
    flow: Annotated[Amount, In("mL/min")]
    dilution: Annotated[Amount, In("fold")]
    premedication: tuple[Code, ...]


@named("cells.infusion-observed")
@value
class InfusionObserved:
    """Vital signs and reactions during or after the infusion, which may come in late. What was not measured
    is absent."""

    chain: Code
    container: Code
    oxygen_saturation: Annotated[Amount, In("%")] | None = None
    systolic: Annotated[Amount, In("mmHg")] | None = None
    diastolic: Annotated[Amount, In("mmHg")] | None = None
    pulse: Annotated[Amount, In("bpm")] | None = None
    temperature: Temperature | None = None
    reactions: tuple[Code, ...] = ()


@named("cells.infusion-paused")
@value
class InfusionPaused:
    chain: Code
    container: Code
    reason: Text


@named("cells.infusion-resumed")
@value
class InfusionResumed:
    chain: Code
    container: Code


@named("cells.infusion-stopped")
@value
class InfusionStopped:
    """Stopped before the bag was empty, for a reason. What is ``left`` is thrown away with the bag."""

    chain: Code
    container: Code
    reason: Text
    infused: Volume
    lost: Volume
    left: Volume
    delivered: Count


@named("cells.infusion-ended")
@value
class InfusionEnded:
    chain: Code
    container: Code
    infused: Volume
    lost: Volume
    left: Volume
    delivered: Count


@named("cells.quarantined")
@value
class Quarantined:
    """Held back: only kept or discarded, until a signed disposition (after an identity error: for ever)."""

    chain: Code
    containers: tuple[Code, ...]
    reason: QuarantineReason
    words: Text


@named("cells.disposition-signed")
@value
class DispositionSigned:
    """A signed decision that a quarantine (never one for identity) is lifted."""

    chain: Code
    container: Code
    reason: QuarantineReason
    words: Text


@named("cells.discarded")
@value
class Discarded:
    chain: Code
    container: Code
    reason: Text


EVENTS = (
    ChainOpened, LabelPrinted, LabelVerified, Collected, HandedOver, Received, Separated, Seeded, Fed,
    Harvested, Passaged, Split, Pooled, Sampled, Frozen, Stored, TemperatureRead, Tested, ResultCorrected,
    Released, Rejected, ReleaseWithdrawn, Packed, Thawed, Matched, InfusionStarted, InfusionObserved,
    InfusionPaused, InfusionResumed, InfusionStopped, InfusionEnded, Quarantined, DispositionSigned,
    Discarded,
)  # fmt: skip
"""Every event of this room."""

CATALOGUE = Catalogue(EVENTS)
"""The events by name and version, to read them from plain data and write them."""

CellEvent = (
    ChainOpened | LabelPrinted | LabelVerified | Collected | HandedOver | Received | Separated | Seeded | Fed
    | Harvested | Passaged | Split | Pooled | Sampled | Frozen | Stored | TemperatureRead | Tested
    | ResultCorrected | Released | Rejected | ReleaseWithdrawn | Packed | Thawed | Matched | InfusionStarted
    | InfusionObserved | InfusionPaused | InfusionResumed | InfusionStopped | InfusionEnded | Quarantined
    | DispositionSigned | Discarded
)  # fmt: skip
