"""Which stopping rules are hit, and what that blocks.

A hit that is sure (*yes*) stays until a signed decision names it with every fact it counts, whatever is
reported later. A hit that is only possible (*unknown*) stays until the decision, or until what is not known
becomes known. After a decision to continue the same facts do not hit again; a new fact does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain, pairwise

from myelos.answers import Answer
from myelos.findings import Finding, Param
from myelos.safety.boundaries import crossings
from myelos.safety.criteria import candidates, ever_meets
from myelos.safety.events import Fact, Reviewed, Source
from myelos.safety.facts import Done, first_of_each
from myelos.safety.harms import Harms, Stage
from myelos.safety.moments import lasting
from myelos.safety.rules import (
    AnyEvent,
    BetaBinomial,
    CountOf,
    Criterion,
    InAny,
    InFirst,
    SafetyRules,
    Spacing,
    StoppingRule,
)
from myelos.safety.terms import Kind
from myelos.times import civil_date


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that is hit, surely (yes) or perhaps (unknown), and every fact it counts, in order."""

    rule: str
    kind: str
    answer: Answer
    facts: tuple[Fact, ...]

    @property
    def reviewed(self) -> Reviewed:
        """The hit as a decision names it."""
        return Reviewed(rule=self.rule, facts=self.facts)

    def finding(self) -> Finding:
        facts = ", ".join(f"{fact.source} {fact.id}" for fact in self.facts)
        params: dict[str, Param] = {"rule": self.rule, "facts": facts}
        code = "safety.hit" if self.answer is Answer.YES else "safety.hit-possible"
        return Finding(code, params=params)


class Step(StrEnum):
    """What a hit blocks."""

    COLLECTION = "collection"
    INFUSION = "infusion"


def hits(
    state: Harms, rules: SafetyRules, infused: Collection[Done], collected: Collection[Done]
) -> tuple[Hit, ...]:
    """Every rule that is hit and not covered by a decision, in the order of the rules.

    ``infused``: the start of every infusion, in any order.
    """
    return _hits(rules, _Counted(state, infused, collected))


def _hits(rules: SafetyRules, counted: _Counted) -> tuple[Hit, ...]:
    found = (_hit(rule, counted) for rule in rules.stopping)
    return tuple(hit for hit in found if hit is not None)


def blocked(
    state: Harms,
    rules: SafetyRules,
    infused: Collection[Done],
    collected: Collection[Done],
    now: datetime,
    step: Step,
    person: str | None = None,
) -> tuple[Finding, ...]:
    """Everything that forbids the next collection or infusion, of ``person``, at ``now``.

    Only who is not infused yet waits for the spacing of first infusions: not a second bag of one person.
    """
    counted = _Counted(state, infused, collected)
    found = [hit.finding() for hit in _hits(rules, counted)]
    if state.stopped:
        found.append(Finding("safety.stopped", params={"at": state.decisions[-1].at.isoformat()}))
    if step is Step.INFUSION:
        if all(done.person != person for done in counted.first):
            found += [waits for rule in rules.stopping for waits in _waits(rule, counted.first, now)]
    return tuple(found)


def _waits(rule: StoppingRule, first: Sequence[Done], now: datetime) -> Iterator[Finding]:
    if not isinstance(rule, Spacing) or not 0 < len(first) < rule.first:
        return
    if _too_close(rule, first[-1], now):
        last = first[-1].at.isoformat()
        yield Finding("safety.wait", params={"rule": rule.name, "apart": str(rule.apart), "last": last})


def _too_close(rule: Spacing, last: Done, instant: datetime) -> bool:
    if rule.apart.unit == "h":
        return instant - last.at < lasting(rule.apart)
    between = civil_date(instant, last.zone) - civil_date(last.at, last.zone)
    return between.days < rule.apart.value


class _Counted:
    """The facts of one moment, each looked up once."""

    def __init__(self, state: Harms, infused: Collection[Done], collected: Collection[Done]) -> None:
        self.state, self.infused, self.collected = state, infused, collected
        self.first = first_of_each(infused)
        self._done: dict[str, list[Done]] = {}

    def facts(self, what: Criterion) -> Iterator[tuple[Fact, str | None]]:
        """Every fact that meets or may meet ``what``, and its person."""
        events = list(candidates(self.state, what))
        done = self._done_to({event.person for event in events})
        for event in events:
            answer = ever_meets(event, what, done[event.person])
            if answer is not Answer.NO:
                yield _fact(Source.EVENT, event.id, answer), event.person
        for kind in what.kinds:
            yield from self._others(kind)

    def _done_to(self, people: set[str]) -> Mapping[str, list[Done]]:
        wanted = people - self._done.keys()
        if wanted:
            self._done.update({person: [] for person in wanted})
            for done in chain(self.collected, self.infused):
                if done.person in wanted:
                    self._done[done.person].append(done)
        return self._done

    def _others(self, kind: Kind) -> Iterator[tuple[Fact, str | None]]:
        if kind is Kind.CONFIRMED_DETERIORATION:
            for each in self.state.deteriorations.values():
                if each.stage is not Stage.REFUTED:
                    answer = Answer.YES if each.stage is Stage.CONFIRMED else Answer.UNKNOWN
                    yield _fact(Source.DETERIORATION, each.id, answer), each.person
        for incident in self.state.incidents.values():
            if incident.kind is kind:
                yield _fact(Source.INCIDENT, incident.id, Answer.YES), incident.person

    def people(self) -> dict[str, int]:
        """Each person infused and their place in the order of first infusions, from 0."""
        return {done.person: place for place, done in enumerate(self.first)}


def _fact(source: Source, id_: str, answer: Answer) -> Fact:
    return Fact(source=source, id=id_, answer=answer)  # type: ignore[arg-type]


Counts = Iterable[tuple[Fact, str | None]]


def _hit(rule: StoppingRule, counted: _Counted) -> Hit | None:
    """The hit of one rule: the sure one if it is not covered by a decision, else the possible one."""
    state = counted.state
    if isinstance(rule, Spacing):
        close = tuple(_close(rule, counted.first))
        return _uncovered(rule, Answer.YES, close, state) if close else None
    every = list(counted.facts(rule.what))
    sure = [(fact, person) for fact, person in every if fact.answer is Answer.YES]
    for answer, facts in ((Answer.YES, sure), (Answer.UNKNOWN, every)):
        found = tuple(sorted(_tripping(rule, facts, counted), key=_order)) if facts else ()
        hit = _uncovered(rule, answer, found, state) if found else None
        if hit is not None:
            return hit
    return None


def _order(fact: Fact) -> tuple[str, str]:
    return fact.source, fact.id


def _uncovered(rule: StoppingRule, answer: Answer, facts: tuple[Fact, ...], state: Harms) -> Hit | None:
    named = state.reviewed.get(rule.name, frozenset())
    return None if named.issuperset(facts) else Hit(rule.name, rule.kind, answer, facts)


def _close(rule: Spacing, first: Sequence[Done]) -> Iterator[Fact]:
    for earlier, later in pairwise(first[: rule.first]):
        if _too_close(rule, earlier, later.at):
            yield _fact(Source.INFUSION, later.person, Answer.YES)


def _tripping(rule: StoppingRule, facts: list[tuple[Fact, str | None]], counted: _Counted) -> set[Fact]:
    """The facts that trip a rule when all of ``facts`` count; none when they do not trip it."""
    match rule:
        case AnyEvent():
            return {fact for fact, _ in facts}
        case CountOf(of=of, at_least=k):
            number = len(facts) if of == "events" else len({_who(fact, person) for fact, person in facts})
            return {fact for fact, _ in facts} if number >= k else set()
        case InFirst() | InAny() | BetaBinomial():
            return _in_sequence(rule, facts, counted.people())
        case _:
            raise TypeError(f"{rule.kind} counts no events")


def _who(fact: Fact, person: str | None) -> str:
    return f"person {person}" if person is not None else f"{fact.source} {fact.id}"


def _in_sequence(
    rule: InFirst | InAny | BetaBinomial, facts: list[tuple[Fact, str | None]], people: Mapping[str, int]
) -> set[Fact]:
    """The facts within the stretches of infused people in which the boundary is crossed."""
    placed = [(people[person], fact) for fact, person in facts if person is not None and person in people]
    outcomes = [False] * len(people)
    for place, _ in placed:
        outcomes[place] = True
    stretches = crossings(rule, outcomes)
    return {fact for place, fact in placed if any(start <= place < end for start, end in stretches)}
