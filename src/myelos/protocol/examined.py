"""What an examination after the infusion means: held against those before it, it may show a deterioration.

An examination may be told in parts, and be corrected. Losses that act at once (``acute-loss``) count with the
scores of the same visit, or alone. When one before the infusion is corrected, those after it are held against
the new reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.isncsci import Segment
from myelos.protocol import person_events as pe
from myelos.protocol.consequences import facts, free_id
from myelos.protocol.kept_result import Result
from myelos.protocol.people import Examination, Person
from myelos.protocol.state import Trial, after
from myelos.protocol.trial import Protocol
from myelos.safety import commands as sc
from myelos.safety.deciding import decide as decide_harm
from myelos.safety.facts import AIS, NeuroScores

LEVELS = {str(segment): place for place, segment in enumerate(Segment)}
"""Motor levels by how far down the body they lie; intact (INT) lies furthest."""

SCORES, LOSSES = "isncsci", "acute-loss"
"""The measures that show a deterioration."""

UEMS, MOTOR_TOTAL = (0, 50), (0, 100)
"""The least and the greatest of these scores."""


def of_examinations(
    before: Trial, code: str, decision: Decision, act: Act, protocol: Protocol
) -> Iterator[Decision]:
    """The deteriorations that events of one person open, confirm or refute."""
    trial = after(before, decision.events, act)
    person = trial.people[code]
    if person.infused_at is None:
        return
    for seen in _to_assess(person, person.infused_at, decision.events):
        made = _assess(trial, person, seen, act, protocol)
        trial = after(trial, made.events, act)
        yield made


def _to_assess(person: Person, infused_at: datetime, events: Iterable[Any]) -> list[Examination]:
    """The examinations after the infusion that events tell of, correct, or give another reference."""
    found: dict[int, Examination] = {}
    every = dict(enumerate(person.examinations))
    later = {place: each for place, each in every.items() if each.at >= infused_at}
    for event in events:
        if isinstance(event, pe.VisitRecorded | pe.ExaminationRecorded):
            places = [max(every)]
        elif isinstance(event, pe.ItemCorrected | pe.ExaminedAtCorrected):
            own = event.examination
            places = [own] if own in later and isinstance(event, pe.ItemCorrected) else list(later)
        else:
            continue
        found |= {place: later[place] for place in places if place in later}
    told_of = (each for each in found.values() if {SCORES, LOSSES} & each.taken.keys())
    return sorted(told_of, key=lambda each: each.at)


def _assess(trial: Trial, person: Person, seen: Examination, act: Act, protocol: Protocol) -> Decision:
    whole = whole_of(person, seen, act.at)
    if whole.scores is None and not whole.lost:
        return Decision()
    number = free_id("DET", trial.harms.deteriorations)
    order = sc.AssessExam(deterioration=number, scores=neuro_scores(person.code, whole))
    reference = tuple(neuro_scores(person.code, each) for each in references(person))
    return decide_harm(trial.harms, order, act, protocol.safety, facts(trial, reference))


# What was seen --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whole:
    """One examination, its parts together: at the time of the last of them, by who took the scores."""

    at: datetime
    examiner: str
    scores: Mapping[str, Result] | None
    losses: Mapping[str, Result]

    @property
    def lost(self) -> bool:
        """Whether a loss that acts at once was surely seen."""
        return any(_answer(each) is Answer.YES for each in self.losses.values())


def whole_of(person: Person, seen: Examination, known_by: datetime) -> Whole:
    """An examination after the infusion with what belongs to it: at a visit, the parts told apart from it."""
    told = {measure: seen for measure in (SCORES, LOSSES) if measure in seen.taken}
    parts = person.visit(seen.visit) if seen.visit is not None else {}
    for measure in {SCORES, LOSSES} & parts.keys() - told.keys():
        if person.infused_at is not None and parts[measure].at >= person.infused_at:
            told[measure] = parts[measure]
    scores, losses = told.get(SCORES), told.get(LOSSES)
    return Whole(
        at=min(max((each.at for each in told.values()), default=seen.at), known_by),
        examiner=(scores or seen).examiner,
        scores=None if scores is None else scores.taken[SCORES].results,
        losses={} if losses is None else losses.taken[LOSSES].results,
    )


def references(person: Person) -> list[Whole]:
    """The scored examinations before the infusion, in order of time."""
    infused_at = person.infused_at
    taken = [each for each in person.examinations if SCORES in each.taken]
    before = [each for each in taken if infused_at is not None and each.at < infused_at]
    return [
        Whole(each.at, each.examiner, each.taken[SCORES].results, {})
        for each in sorted(before, key=lambda each: each.at)
    ]


def neuro_scores(person: str, seen: Whole) -> NeuroScores:
    """An examination's results as the rules about harms are given them: all that each can be."""
    scores = seen.scores or {}
    return NeuroScores(
        person=person, at=seen.at, examiner=seen.examiner,
        ais=_words(scores.get("ais"), get_args(AIS)),
        motor_level_right=_levels(scores.get("motor_right")),
        motor_level_left=_levels(scores.get("motor_left")),
        uems=_bounds(scores.get("uems"), UEMS), motor_total=_bounds(scores.get("motor_total"), MOTOR_TOTAL),
        respiratory_loss=_answer(seen.losses.get("respiratory-loss")),
        ascending_loss=_answer(seen.losses.get("ascending-loss")),
    )  # fmt: skip


def _words(result: Result | None, every: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a category can be of what there is; all of it where nothing is claimed."""
    possible = () if result is None else result.possible
    return tuple(each for each in every if each in possible) or every


def _levels(result: Result | None) -> tuple[int, ...]:
    return tuple(LEVELS[level] for level in _words(result, tuple(LEVELS)))


def _bounds(result: Result | None, whole: tuple[int, int]) -> tuple[int, int]:
    if result is None or result.low is None or result.high is None:
        return whole
    least, most = max(int(result.low), whole[0]), min(int(result.high), whole[1])
    return (least, most) if least <= most else whole


def _answer(result: Result | None) -> Answer:
    if result is None or len(result.possible) != 1:
        return Answer.UNKNOWN
    return {"yes": Answer.YES, "no": Answer.NO}.get(result.possible[0], Answer.UNKNOWN)
