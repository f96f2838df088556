"""What people ask to have recorded of harms; ``decide`` answers with events or with every finding.

A report of harm is not refused for what is missing or does not fit: that is said beside it. It is refused
only when it cannot be kept (an id used twice, a time that has not come).
"""

from __future__ import annotations

from myelos.acts import Code, Term, Text
from myelos.answers import Answer
from myelos.safety.events import Particulars, Reviewed, Verdict, WithdrawnBecause
from myelos.safety.facts import NeuroScores
from myelos.safety.moments import When
from myelos.safety.terms import Kind, Outcome, Procedure
from myelos.shapes import named, value
from myelos.times import Instant, Zone


@named("safety.report-adverse-event")
@value
class ReportAdverseEvent:
    """``event`` is a new id; ``zone`` is where its civil dates are kept."""

    event: Code
    person: Code
    zone: Zone
    particulars: Particulars


@named("safety.update-adverse-event")
@value
class UpdateAdverseEvent:
    """All that is known now, in place of what was known before (which is kept)."""

    event: Code
    particulars: Particulars


@named("safety.judge-relatedness")
@value
class JudgeRelatedness:
    """``related`` yes: a reasonable possibility that ``procedure`` caused it."""

    event: Code
    procedure: Procedure
    related: Answer


@named("safety.decide-expectedness")
@value
class DecideExpectedness:
    event: Code
    expected: Answer
    reference: Term


@named("safety.record-outcome")
@value
class RecordOutcome:
    event: Code
    outcome: Outcome
    end: When


@named("safety.withdraw-adverse-event")
@value
class WithdrawAdverseEvent:
    """The report was made in error; the act says why."""

    event: Code
    because: WithdrawnBecause


@named("safety.record-incident")
@value
class RecordIncident:
    """Contamination or an identity error, of a container, a person, or both."""

    incident: Code
    kind: Kind
    what: Text
    person: Code | None
    container: Code | None


@named("safety.report-late-sterility")
@value
class ReportLateSterility:
    """A sterility test turned positive after the release of ``container``, made for ``person``.

    It is an incident; if the person was infused it is an adverse event too, under the id ``event``.
    """

    incident: Code
    event: Code
    person: Code
    container: Code
    what: Text
    known_at: Instant
    zone: Zone


@named("safety.assess-exam")
@value
class AssessExam:
    """Hold an examination after the infusion against those before it.

    ``deterioration``: a new id, used if the examination opens one.
    """

    deterioration: Code
    scores: NeuroScores


@named("safety.adjudicate-deterioration")
@value
class AdjudicateDeterioration:
    """Decide a deterioration that nobody confirmed or refuted in time."""

    deterioration: Code
    confirmed: bool
    reasons: Text


@named("safety.record-report-sent")
@value
class RecordReportSent:
    clock: Code
    subject: Code


@named("safety.decide-stopping")
@value
class DecideStopping:
    """Continue, modify (naming the amendment) or stop, after the hits named with all their facts."""

    verdict: Verdict
    hits: tuple[Reviewed, ...]
    reasons: Text
    amendment: Code | None


COMMANDS = (
    ReportAdverseEvent,
    UpdateAdverseEvent,
    JudgeRelatedness,
    DecideExpectedness,
    RecordOutcome,
    WithdrawAdverseEvent,
    RecordIncident,
    ReportLateSterility,
    AssessExam,
    AdjudicateDeterioration,
    RecordReportSent,
    DecideStopping,
)
"""Every command of this room."""
