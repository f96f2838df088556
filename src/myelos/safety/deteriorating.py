"""From an examination after the infusion to a deterioration suspected, confirmed or refuted.

Another examiner decides: the same one examining again neither confirms nor refutes what that examiner found.
What could not be told (a score not testable) is a possible deterioration that asks for another examination.
After the time to confirm it, an examination may still confirm one, but no longer refute it: then it is
adjudicated.
"""

from __future__ import annotations

from dataclasses import replace

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.findings import Finding, Param, Place, Severity
from myelos.safety import commands as cm
from myelos.safety import events as ev
from myelos.safety.deterioration import AT_ONCE, Assessment, assess
from myelos.safety.facts import Facts, NeuroScores
from myelos.safety.harms import Deterioration, Harms, Stage
from myelos.safety.rules import SafetyRules


def assess_exam(state: Harms, command: cm.AssessExam, act: Act, rules: SafetyRules, facts: Facts) -> Decision:
    """What an examination opens, confirms or refutes; no events when it shows nothing and nothing is open."""
    scores = command.scores
    unfit = _unfit(state, command, act, facts)
    if unfit:
        return Decision.of((), unfit)
    found = assess(scores, facts.before, rules.deterioration)
    said = []
    if found.reference < rules.deterioration.reference_exams:
        needed = rules.deterioration.reference_exams
        said.append(_warning("safety.reference-missing", have=found.reference, needed=needed))
    found = _new(found, scores.person, state, said)
    open_ = state.open_deterioration.get(scores.person)
    if open_ is None:
        return _first(command, found, said)
    return _again(state.deteriorations[open_], scores, found, said)


def _unfit(state: Harms, command: cm.AssessExam, act: Act, facts: Facts) -> list[Finding]:
    scores, found = command.scores, []
    if scores.at > act.at:
        params: dict[str, Param] = {"read": scores.at.isoformat(), "at": act.at.isoformat()}
        found.append(Finding("safety.not-yet", Place(column="scores.at"), params))
    if command.deterioration in state.deteriorations:
        params = {"deterioration": command.deterioration}
        found.append(Finding("safety.deterioration-exists", Place(column="deterioration"), params))
    for name, (least, most) in (("uems", scores.uems), ("motor_total", scores.motor_total)):
        if least > most:
            params = {"low": least, "high": most}
            found.append(Finding("safety.bounds-out-of-order", Place(column=f"scores.{name}"), params))
    infused = [done.at for done in facts.infused if done.person == scores.person]
    if not infused or scores.at <= min(infused):
        params = {"person": scores.person}
        found.append(Finding("safety.exam-not-after-infusion", Place(column="scores.at"), params))
    else:
        late = [each for each in facts.before if each.at >= min(infused) or each.person != scores.person]
        if late:
            raise ValueError("a reference is an examination of the same person before the infusion")
    return found


def _new(found: Assessment, person: str, state: Harms, said: list[Finding]) -> Assessment:
    """The assessment without what a confirmed deterioration of the person has shown already.

    A person who stays worse has one deterioration, not one at every visit. Losses that act at once are new
    by what they mean, and stay.
    """
    known: set[ev.Sign] = set()
    for each in state.deteriorations.values():
        if each.person == person and each.stage is Stage.CONFIRMED:
            known.update(sign for sign in each.signs if sign not in AT_ONCE)
    still = ", ".join(sign for sign in found.which(Answer.YES) if sign in known)
    if still:
        said.append(_warning("safety.deterioration-stays", person=person, signs=still))
    return replace(found, signs=tuple(pair for pair in found.signs if pair[0] not in known))


def _first(command: cm.AssessExam, found: Assessment, said: list[Finding]) -> Decision:
    if found.answer is Answer.NO:
        return Decision.of((), said)
    suspected = _suspected(command.deterioration, command.scores, found)
    if found.at_once:
        said.append(_warning("safety.lost-at-once", person=command.scores.person))
        return Decision.of([suspected, _confirmed(suspected.deterioration, command.scores, found)], said)
    return Decision.of([suspected], [*said, _asks(found, command.scores)])


def _again(open_: Deterioration, scores: NeuroScores, found: Assessment, said: list[Finding]) -> Decision:
    """Another examination while a deterioration is open."""
    if found.at_once:
        said.append(_warning("safety.lost-at-once", person=scores.person))
        return Decision.of([_confirmed(open_.id, scores, found)], said)
    whole = open_.stage is Stage.POSSIBLE and scores.at == open_.examined_at  # what was told in parts
    if scores.at <= open_.examined_at and not whole:
        return Decision.of((), [*said, _warning("safety.exam-before-suspicion", deterioration=open_.id)])
    if open_.stage is Stage.POSSIBLE:
        return _answered(open_, scores, found, said)
    if scores.examiner == open_.examiner:
        return Decision.of((), [*said, _warning("safety.same-examiner", deterioration=open_.id)])
    return _second(open_, scores, found, said)


def _answered(open_: Deterioration, scores: NeuroScores, found: Assessment, said: list[Finding]) -> Decision:
    """The next examination of one that was only possible: it is shown now, excluded, or still open."""
    if found.answer is Answer.NO:
        return Decision.of([_refuted(open_.id, scores)], said)
    if found.answer is Answer.UNKNOWN:
        return Decision.of((), [*said, _asks(found, scores)])
    suspected = _suspected(open_.id, scores, found)
    return Decision.of([suspected], [*said, _asks(found, scores)])


def _second(open_: Deterioration, scores: NeuroScores, found: Assessment, said: list[Finding]) -> Decision:
    """Another examiner's examination of one that was shown."""
    late = scores.at > open_.confirm_by
    if late:
        by = open_.confirm_by.isoformat()
        said.append(_warning("safety.confirmation-late", deterioration=open_.id, by=by))
    if found.answer is Answer.YES:
        return Decision.of([_confirmed(open_.id, scores, found)], said)
    if found.answer is Answer.UNKNOWN:
        return Decision.of((), [*said, _asks(found, scores)])
    return Decision.of(() if late else [_refuted(open_.id, scores)], said)


def _suspected(id_: str, scores: NeuroScores, found: Assessment) -> ev.DeteriorationSuspected:
    return ev.DeteriorationSuspected(
        deterioration=id_,
        person=scores.person,
        examined_at=scores.at,
        examiner=scores.examiner,
        answer=Answer.YES if found.which(Answer.YES) else Answer.UNKNOWN,
        signs=found.which(Answer.YES),
        unknown=found.which(Answer.UNKNOWN),
        confirm_by=found.confirm_by,
    )


def _confirmed(id_: str, scores: NeuroScores, found: Assessment) -> ev.DeteriorationConfirmed:
    return ev.DeteriorationConfirmed(
        deterioration=id_,
        examined_at=scores.at,
        examiner=scores.examiner,
        signs=found.which(Answer.YES),
        at_once=found.at_once,
    )


def _refuted(id_: str, scores: NeuroScores) -> ev.DeteriorationRefuted:
    return ev.DeteriorationRefuted(deterioration=id_, examined_at=scores.at, examiner=scores.examiner)


def _asks(found: Assessment, scores: NeuroScores) -> Finding:
    """What an open deterioration asks for: another examiner, or an examination of what is unknown."""
    if found.answer is Answer.YES:
        signs = ", ".join(found.which(Answer.YES))
        return _warning(
            "safety.confirm", signs=signs, examiner=scores.examiner, by=found.confirm_by.isoformat()
        )
    return _warning(
        "safety.retest", signs=", ".join(found.which(Answer.UNKNOWN)), by=found.confirm_by.isoformat()
    )


def _warning(code: str, **params: Param) -> Finding:
    return Finding(code, Place(column="scores"), params, Severity.WARNING)


def adjudicate(
    state: Harms, command: cm.AdjudicateDeterioration, act: Act, rules: SafetyRules, facts: Facts
) -> Decision:
    """Decide one that is still open after its time; only those may who decide on stopping."""
    found = []
    open_ = state.deteriorations.get(command.deterioration)
    params: dict[str, Param] = {"deterioration": command.deterioration}
    if open_ is None or not open_.open:
        found.append(Finding("safety.no-open-deterioration", Place(column="deterioration"), params))
    elif not open_.overdue(act.at):
        by = {"by": open_.confirm_by.isoformat()}
        found.append(Finding("safety.not-overdue", Place(column="deterioration"), params | by))
    if act.role not in rules.decided_by.roles:
        roles: dict[str, Param] = {"role": act.role, "roles": ", ".join(rules.decided_by.roles)}
        found.append(Finding("safety.not-a-decider", Place(column="role"), roles))
    event = ev.DeteriorationAdjudicated(
        deterioration=command.deterioration, confirmed=command.confirmed, reasons=command.reasons
    )
    return Decision.of([event], found)
