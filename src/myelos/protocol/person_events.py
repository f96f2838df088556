"""What happens to one person in a trial, as events; each names the person by trial code and nothing else.

There is no field for a name, a birth date or an address, and free text is not the place for them. Every value
told of a person carries its :class:`Provenance`; who and when stand in the act beside the event. Where a
command says only what happened, the event is the command too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from myelos.acts import Code, Note, Term, Text
from myelos.answers import Answer
from myelos.findings import Param
from myelos.protocol.kept_result import Result
from myelos.quantities import Amount, In
from myelos.shapes import named, value
from myelos.times import Instant, Zone

Told = Amount | Code | None
"""What was told of a fact: an amount, ``yes``, ``no`` or one of its words; None: asked, and not known."""

Entered = Annotated[
    Annotated[str, Field(min_length=1, max_length=80)] | int, Field(union_mode="left_to_right")
]
"""What was entered for an item of a measure: a whole number, a code, an amount such as ``12.5 s``, ``NT``."""

Entries = Annotated[Mapping[Code, Entered], Field(min_length=1)]
Scored = Annotated[Mapping[Annotated[str, Field(min_length=1, max_length=80)], Entered], Field(min_length=1)]
"""Entries that were scored: each is an item of its measure, so the form of its id need not be asked again, a
hundred times an examination, when a ledger is read."""

Position = Annotated[int, Field(ge=0)]
"""The position of something in the person's list of its kind, counted from 0."""

Weight = Annotated[Amount, In("kg")]
DecidedBy = Literal["person", "representative", "investigator", "sponsor"]
DeviationKind = Literal[
    "visit-window", "consent", "eligibility", "after-leaving", "procedure", "product", "other"
]


@value
class Provenance:
    """Where a value comes from: a device, a person who said it, or a document; ``id`` says which one."""

    kind: Literal["device", "person", "document"]
    id: Code


@value
class Taken:
    """One measure as it was taken: what was entered, the edition it was scored under, and the outputs."""

    edition: Term
    items: Scored
    results: Mapping[Code, Result]


@value
class Reason:
    """How one criterion of a gate was answered, with the code and the parameters that say why."""

    criterion: Code
    answer: Answer
    code: Code
    params: Mapping[str, Annotated[Param, Field(union_mode="left_to_right")]]


# Enrolment ------------------------------------------------------------------------------------------------


@named("protocol.screened")
@value
class Screened:
    """A person is known to the trial. ``onset`` (the injury) is day 0 in ``zone``, the site's."""

    person: Code
    onset: Instant
    zone: Zone
    edition: Code


@named("protocol.facts-recorded")
@value
class FactsRecorded:
    """Answers to what the protocol asks once, by fact."""

    person: Code
    facts: Annotated[Mapping[Code, Told], Field(min_length=1)]
    source: Provenance


@named("protocol.consent-given")
@value
class ConsentGiven:
    """The person, or a representative (in which ``relationship``), agreed to a version of a form."""

    person: Code
    form: Code
    version: Code
    given_by: Literal["self", "representative"]
    relationship: Code | None = None
    witness: Code | None = None


@named("protocol.consent-declined")
@value
class ConsentDeclined:
    """Asked, and not agreed. Nobody has to say why."""

    person: Code
    form: Code
    reason: Note = ""


@named("protocol.consent-withdrawn")
@value
class ConsentWithdrawn:
    person: Code
    form: Code
    withdrawn_by: Literal["self", "representative"]
    reason: Note = ""


@named("protocol.gate-passed")
@value
class GatePassed:
    """Every criterion of the gate was yes, under this edition of the protocol."""

    person: Code
    gate: Code
    edition: Code
    reasons: tuple[Reason, ...]


@named("protocol.gate-refused")
@value
class GateRefused:
    """At least one criterion was no or unknown. Refusals are kept: they are the screening failures."""

    person: Code
    gate: Code
    edition: Code
    reasons: tuple[Reason, ...]


@named("protocol.group-assigned")
@value
class GroupAssigned:
    person: Code
    group: Code


# Examinations ---------------------------------------------------------------------------------------------


@named("protocol.visit-recorded")
@value
class VisitRecorded:
    """Measures taken at a visit; a visit may be recorded in parts, each measure once."""

    person: Code
    visit: Code
    examined_at: Instant
    examiner: Code
    source: Provenance
    taken: Mapping[Code, Taken]


@named("protocol.examination-recorded")
@value
class ExaminationRecorded:
    """Measures taken at no visit of the protocol, for a reason: a second examiner's, or a complaint's."""

    person: Code
    examined_at: Instant
    examiner: Code
    source: Provenance
    reason: Text
    taken: Mapping[Code, Taken]


@named("protocol.visit-missed")
@value
class VisitMissed:
    """The window of a visit is over, and what was not taken at it will not be."""

    person: Code
    visit: Code
    reason: Text


@named("protocol.weight-recorded")
@value
class WeightRecorded:
    person: Code
    weight: Weight
    source: Provenance


@named("protocol.deviation-recorded")
@value
class DeviationRecorded:
    """Something was not as the protocol has it. ``about``: a visit, a gate or a form; None: an examination at
    no visit. ``days``: before (negative) or after its window.

    ``computed`` deviations follow from what was recorded; the others a person told, in ``words``.
    """

    person: Code
    kind: DeviationKind
    about: Code | None = None
    days: int | None = None
    words: Note = ""
    computed: bool


# Leaving --------------------------------------------------------------------------------------------------


@named("protocol.treatment-withdrawn")
@value
class TreatmentWithdrawn:
    """No more collections and no infusion; the visits go on."""

    person: Code
    decided_by: DecidedBy
    reason: Note = ""


@named("protocol.follow-up-withdrawn")
@value
class FollowUpWithdrawn:
    """No more visits. What was recorded stays."""

    person: Code
    decided_by: DecidedBy
    reason: Note = ""


@named("protocol.lost-to-follow-up")
@value
class LostToFollowUp:
    """``last_contact``: the last civil date on which anybody heard of the person."""

    person: Code
    last_contact: date
    reason: Note = ""


@named("protocol.returned")
@value
class Returned:
    """A person who was lost has been found again."""

    person: Code


# Corrections: the reason stands in the act ----------------------------------------------------------------


@named("protocol.fact-corrected")
@value
class FactCorrected:
    person: Code
    fact: Code
    old: Told
    new: Told
    source: Provenance


@named("protocol.item-corrected")
@value
class ItemCorrected:
    """One item of a measure; ``results`` are the outputs scored again under the edition of the examination.

    ``old`` or ``new`` is None where the item was, or is, not there.
    """

    person: Code
    examination: Position
    measure: Code
    item: Code
    old: Entered | None
    new: Entered | None
    results: Mapping[Code, Result]
    source: Provenance


@named("protocol.examined-at-corrected")
@value
class ExaminedAtCorrected:
    person: Code
    examination: Position
    old: Instant
    new: Instant
    source: Provenance


@named("protocol.weight-corrected")
@value
class WeightCorrected:
    person: Code
    position: Position
    old: Weight
    new: Weight
    source: Provenance


@named("protocol.onset-corrected")
@value
class OnsetCorrected:
    """The time of the injury (or onset); every day since then is another."""

    person: Code
    old: Instant
    new: Instant
    source: Provenance


@named("protocol.group-corrected")
@value
class GroupCorrected:
    person: Code
    old: Code
    new: Code
    source: Provenance


Correction = (
    FactCorrected | ItemCorrected | ExaminedAtCorrected | WeightCorrected | OnsetCorrected | GroupCorrected
)

EVENTS = (
    Screened, FactsRecorded, ConsentGiven, ConsentDeclined, ConsentWithdrawn, GatePassed, GateRefused,
    GroupAssigned, VisitRecorded, ExaminationRecorded, VisitMissed, WeightRecorded, DeviationRecorded,
    TreatmentWithdrawn, FollowUpWithdrawn, LostToFollowUp, Returned, FactCorrected, ItemCorrected,
    ExaminedAtCorrected, WeightCorrected, OnsetCorrected, GroupCorrected,
)  # fmt: skip
"""Every event of a person."""
