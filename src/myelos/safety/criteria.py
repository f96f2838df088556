"""Whether an adverse event meets a criterion: yes, no or unknown, and whether it ever did.

A part that is not known makes the whole unknown unless another part says no. What speaks for the worse is
believed: a death is a grade 5, whatever grade was written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from myelos.answers import Answer, all_of, any_of
from myelos.quantities import Amount
from myelos.safety.events import Reading
from myelos.safety.facts import Done, of_procedures
from myelos.safety.harms import AdverseEvent, Case, Harms
from myelos.safety.moments import Span, since, span, within
from myelos.safety.rules import Criterion, SafetyRules, SpecialInterest
from myelos.safety.terms import COMPUTED, INCIDENTS, Kind, Outcome, Procedure, Seriousness

_OVER = frozenset({Outcome.RECOVERED, Outcome.RECOVERED_WITH_SEQUELAE, Outcome.RECOVERING})


def meets(event: AdverseEvent, case: Case, what: Criterion, done: Sequence[Done]) -> Answer:
    """Whether ``event``, as known in ``case``, meets ``what``; ``done``: what was done to its person."""
    if case.withdrawn:
        return Answer.NO
    return all_of(_parts(event, case, what, done))


def ever_meets(event: AdverseEvent, what: Criterion, done: Sequence[Done]) -> Answer:
    """Yes when any version met ``what``: later information does not undo it. Otherwise as it is known now."""
    now = meets(event, event.now, what, done)
    if now is Answer.YES or len(event.history) == 1:
        return now
    once = any(meets(event, entry.case, what, done) is Answer.YES for entry in event.history[:-1])
    return Answer.YES if once else now


def _parts(event: AdverseEvent, case: Case, what: Criterion, done: Sequence[Done]) -> Iterator[Answer]:
    if what.kinds:
        yield any_of(is_kind(case, kind) for kind in what.kinds)
    if what.grade_at_least is not None:
        yield at_least(case, what.grade_at_least)
    if what.serious:
        yield serious(case)
    if what.serious_by:
        yield serious(case, what.serious_by)
    if what.related_to:
        yield any_of(related(event, case, procedure, done) for procedure in what.related_to)
    if what.unexpected:
        yield case.expected.opposite
    if what.after:
        began = onset(event, case)
        starts = of_procedures(done, what.after)
        yield any_of(within(began, each.at, what.within, each.zone) for each in starts)


def onset(event: AdverseEvent, case: Case) -> Span:
    """When the event can have begun: as written, and no later than it was first reported."""
    first = event.history[0].at
    return span(case.particulars.onset, event.zone).no_later_than(first)


def is_kind(case: Case, kind: Kind) -> Answer:
    """Whether the event is of ``kind``; an unclassified one may be any kind that people report."""
    known = case.particulars.kind
    if kind is Kind.DEATH:
        return fatal(case)
    if known is Kind.UNCLASSIFIED and kind not in INCIDENTS | COMPUTED:
        return Answer.UNKNOWN
    return Answer.of(known is kind)


def fatal(case: Case) -> Answer:
    """Whether the person died of it: by grade, seriousness, outcome or kind, whichever says so."""
    known = case.particulars
    if known.grade == 5 or known.kind is Kind.DEATH or case.outcome is Outcome.FATAL:
        return Answer.YES
    if known.serious is not None and Seriousness.DEATH in known.serious:
        return Answer.YES
    told = known.grade is not None or known.serious is not None or case.outcome in _OVER
    return Answer.NO if told else Answer.UNKNOWN


def at_least(case: Case, grade: int) -> Answer:
    """Whether the event is of ``grade`` or worse; a fatal one is of grade 5."""
    died, known = fatal(case), case.particulars.grade
    if died is Answer.YES or grade == 5:
        return died
    return Answer.UNKNOWN if known is None else Answer.of(known >= grade)


def serious(case: Case, reasons: Sequence[Seriousness] = tuple(Seriousness)) -> Answer:
    """Whether the event is serious for any of ``reasons``; a fatal one is serious by death."""
    if fatal(case) is Answer.YES and Seriousness.DEATH in reasons:
        return Answer.YES
    known = case.particulars.serious
    return Answer.UNKNOWN if known is None else Answer.of(not set(known).isdisjoint(reasons))


def related(event: AdverseEvent, case: Case, procedure: Procedure, done: Sequence[Done]) -> Answer:
    """Whether anyone judged it reasonably possible that ``procedure`` caused the event.

    No when it was never done or only after the event began, and when everybody who judged said no. Unknown
    when nobody has judged, and when someone said yes of a procedure that came after.
    """
    began = onset(event, case)
    started = any_of(since(began, each.at) for each in of_procedures(done, (procedure,)))
    judged = [answer for (of, _), answer in case.related.items() if of is procedure]
    verdict = any_of(judged) if judged else Answer.UNKNOWN
    if started is not Answer.NO:
        return verdict
    return Answer.UNKNOWN if judged and verdict is Answer.YES else Answer.NO


def candidates(state: Harms, what: Criterion) -> Iterator[AdverseEvent]:
    """The adverse events that could meet ``what``, or once could; the others surely do not and did not."""
    for event in _by_trait(state, what):
        if not what.related_to or any(_may_relate(event, each) for each in what.related_to):
            yield event


def _may_relate(event: AdverseEvent, procedure: Procedure) -> bool:
    return procedure in event.suspected or procedure not in event.cleared


def _by_trait(state: Harms, what: Criterion) -> Iterator[AdverseEvent]:
    if what.kinds:
        return state.having(*_kind_traits(what.kinds))
    if what.grade_at_least is not None:
        grades = (f"grade:{grade}" for grade in range(what.grade_at_least, 6))
        return state.having(*grades, "grade:unknown", "fatal", f"kind:{Kind.DEATH}")
    if what.serious or what.serious_by:
        return state.having("serious:yes", "serious:unknown", "fatal", "grade:5", f"kind:{Kind.DEATH}")
    return iter(state.adverse.values())


def _kind_traits(kinds: Sequence[Kind]) -> Iterator[str]:
    for kind in kinds:
        if kind is Kind.DEATH:
            yield from ("fatal", "grade:5", "grade:unknown")
        if kind not in INCIDENTS | COMPUTED:
            yield from (f"kind:{kind}", f"kind:{Kind.UNCLASSIFIED}")


def special_interest(
    event: AdverseEvent, rules: SafetyRules, done: Sequence[Done]
) -> tuple[tuple[SpecialInterest, Answer], ...]:
    """The rows that make an event, as known now, one of special interest: surely, or perhaps (unknown)."""
    judged = ((row, _row(event, row, done)) for row in rules.special_interest)
    return tuple((row, answer) for row, answer in judged if answer is not Answer.NO)


def _row(event: AdverseEvent, row: SpecialInterest, done: Sequence[Done]) -> Answer:
    case = event.now
    if case.withdrawn:
        return Answer.NO
    kind, starts = is_kind(case, row.kind), of_procedures(done, row.after)
    if row.falls_by is not None:
        fall = fell(case.particulars.readings, starts, row)
        if fall is not Answer.UNKNOWN:
            return fall
        kind = all_of((kind, fall))
    if not row.after:
        return kind
    began = onset(event, case)
    return all_of((kind, any_of(within(began, each.at, row.within, each.zone) for each in starts)))


def fell(readings: Sequence[Reading], done: Sequence[Done], row: SpecialInterest) -> Answer:
    """Whether a value fell by ``row.falls_by``: the last before the first of ``done`` less the lowest after.

    Readings after it count within the window of the row. Unknown without a procedure, or without a reading
    before and one after it. Raises ValueError for a row that asks for no fall.
    """
    if row.falls_by is None:
        raise ValueError(f"the row {row.kind} asks for no fall of a value")
    if not done:
        return Answer.UNKNOWN
    first = min(each.at for each in done)
    of = [each for each in readings if each.of is row.of]
    before = max((each for each in of if each.at <= first), key=lambda each: each.at, default=None)
    after: list[Amount] = [each.amount for each in of if each.at > first and _counts(each, done, row)]
    if before is None or not after:
        return Answer.UNKNOWN
    return Answer.of(before.amount - min(after) >= row.falls_by)


def _counts(reading: Reading, done: Sequence[Done], row: SpecialInterest) -> bool:
    taken = Span(reading.at, reading.at)
    return any(within(taken, each.at, row.within, each.zone) is Answer.YES for each in done)
