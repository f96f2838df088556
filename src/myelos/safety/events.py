"""What becomes known of harms: the events of this room.

Old values are never overwritten: new information is another event, and the state keeps every version. Who
did it and when is in the :class:`~myelos.acts.Act` beside the event.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from myelos.acts import Code, Term, Text
from myelos.answers import Answer
from myelos.quantities import Amount, In
from myelos.safety.moments import When
from myelos.safety.rules import Grade
from myelos.safety.terms import Kind, Measured, Outcome, Procedure, Seriousness
from myelos.shapes import named, value
from myelos.times import Instant, Zone


@value
class Reading:
    """A laboratory value and when the sample was taken."""

    of: Measured
    amount: Annotated[Amount, In("g/dL")]
    at: Instant


@value
class Particulars:
    """What is known of an adverse event itself; an update states all of it anew.

    ``term``: the reporter's words. ``grade`` None: not known. ``serious``: every reason that applies, the
    empty list when none does, None when that is not known. ``onset``: as far as it is known.
    ``known_at``: when the investigator learned of this.
    """

    kind: Kind
    term: Text
    grade: Grade | None
    serious: tuple[Seriousness, ...] | None
    onset: When
    known_at: Instant
    readings: tuple[Reading, ...] = ()


@named("safety.adverse-event-reported")
@value
class AdverseEventReported:
    """An adverse event of one person. ``zone``: where its civil dates are kept."""

    event: Code
    person: Code
    zone: Zone
    particulars: Particulars


@named("safety.adverse-event-updated")
@value
class AdverseEventUpdated:
    """New information about an adverse event."""

    event: Code
    particulars: Particulars


@named("safety.relatedness-judged")
@value
class RelatednessJudged:
    """One person's judgement: is it reasonably possible that ``procedure`` caused the event?"""

    event: Code
    procedure: Procedure
    related: Answer


@named("safety.expectedness-decided")
@value
class ExpectednessDecided:
    """Whether the event was to be expected, by ``reference``: the edition of the product's information."""

    event: Code
    expected: Answer
    reference: Term


@named("safety.outcome-recorded")
@value
class OutcomeRecorded:
    """How the event ended or stands, and when it ended as far as that is known."""

    event: Code
    outcome: Outcome
    end: When


class WithdrawnBecause(StrEnum):
    """Why a report does not count: its event is reported elsewhere, is another person's, or is none."""

    DUPLICATE = "duplicate"
    WRONG_PERSON = "wrong-person"
    NO_EVENT = "no-event"


@named("safety.adverse-event-withdrawn")
@value
class AdverseEventWithdrawn:
    """A report made in error. It stays readable and is no longer counted; a hit it made stays a hit."""

    event: Code
    because: WithdrawnBecause


@named("safety.incident-recorded")
@value
class IncidentRecorded:
    """A contaminated product or an error of identity, whoever was or was not harmed."""

    incident: Code
    kind: Kind
    what: Text
    person: Code | None
    container: Code | None


class Sign(StrEnum):
    """What can show a neurological deterioration."""

    AIS = "ais"
    MOTOR_LEVEL_RIGHT = "motor-level-right"
    MOTOR_LEVEL_LEFT = "motor-level-left"
    UEMS = "uems"
    MOTOR_TOTAL = "motor-total"
    RESPIRATORY_LOSS = "respiratory-loss"
    ASCENDING_LOSS = "ascending-loss"


@named("safety.deterioration-suspected")
@value
class DeteriorationSuspected:
    """An examination shows a deterioration (``answer`` yes) or cannot exclude one (unknown).

    ``signs``: those that show it; ``unknown``: those that are open. ``confirm_by``: until when another
    examiner is to confirm or refute it.
    """

    deterioration: Code
    person: Code
    examined_at: Instant
    examiner: Code
    answer: Literal[Answer.YES, Answer.UNKNOWN]
    signs: tuple[Sign, ...]
    unknown: tuple[Sign, ...]
    confirm_by: Instant


@named("safety.deterioration-confirmed")
@value
class DeteriorationConfirmed:
    """Another examiner found it too, or it is a loss that acts at once (``at_once``)."""

    deterioration: Code
    examined_at: Instant
    examiner: Code
    signs: tuple[Sign, ...]
    at_once: bool


@named("safety.deterioration-refuted")
@value
class DeteriorationRefuted:
    """An examination within the time did not find it, or answered what was open."""

    deterioration: Code
    examined_at: Instant
    examiner: Code


@named("safety.deterioration-adjudicated")
@value
class DeteriorationAdjudicated:
    """Decided by those who may, after the time to confirm it had passed."""

    deterioration: Code
    confirmed: bool
    reasons: Text


@named("safety.report-sent")
@value
class ReportSent:
    """A report that a clock made due was sent. ``subject``: the event, or the number of the period."""

    clock: Code
    subject: Code


class Source(StrEnum):
    """What a fact of a hit is."""

    EVENT = "event"
    INCIDENT = "incident"
    DETERIORATION = "deterioration"
    INFUSION = "infusion"


@value
class Fact:
    """One thing a stopping rule counted: what, which, and whether it surely counts (yes) or may (unknown)."""

    source: Source
    id: Code
    answer: Literal[Answer.YES, Answer.UNKNOWN]


@value
class Reviewed:
    """A hit as those who decided saw it: the rule and every fact it counted."""

    rule: Code
    facts: tuple[Fact, ...]


class Verdict(StrEnum):
    """What follows from a hit. Modified means: under the amendment named."""

    CONTINUE = "continue"
    MODIFY = "modify"
    STOP = "stop"


@named("safety.stopping-decided")
@value
class StoppingDecided:
    """The signed decision after hits: it covers exactly the facts it names."""

    verdict: Verdict
    hits: tuple[Reviewed, ...]
    reasons: Text
    amendment: Code | None


EVENTS = (
    AdverseEventReported,
    AdverseEventUpdated,
    RelatednessJudged,
    ExpectednessDecided,
    OutcomeRecorded,
    AdverseEventWithdrawn,
    IncidentRecorded,
    DeteriorationSuspected,
    DeteriorationConfirmed,
    DeteriorationRefuted,
    DeteriorationAdjudicated,
    ReportSent,
    StoppingDecided,
)
"""Every event of this room."""
