"""Harms by kind among the people collected and among the people infused: never among the analysed only.

A person counts once per kind. What is not known is not counted as none: it widens the interval. The interval
is Clopper and Pearson's, from the lower limit of those who surely had one to the upper limit of those who
surely or perhaps had one. Source: Biometrika 1934;26:404-413, doi 10.1093/biomet/26.4.404.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import special

from myelos.answers import Answer, all_of
from myelos.safety.criteria import is_kind, onset, serious
from myelos.safety.facts import Done, by_person
from myelos.safety.harms import AdverseEvent, Harms, Stage
from myelos.safety.moments import since
from myelos.safety.terms import COMPUTED, INCIDENTS, Kind

_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Row:
    """How many people had a kind of harm after their first procedure of a group.

    ``what``: a kind, ``any`` or ``serious``. ``people``: surely; ``perhaps``: besides these; ``of``: the
    denominator. ``low`` and ``high``: exact 95 % limits of the rate, None without people. ``outside``: people
    with one who are not in the group, and incidents of nobody known.
    """

    what: str
    among: Literal["collected", "infused"]
    people: int
    perhaps: int
    of: int
    low: float | None
    high: float | None
    outside: int


def tabulate(state: Harms, collected: Sequence[Done], infused: Sequence[Done]) -> tuple[Row, ...]:
    """Every kind of harm, any at all, and serious ones, among the collected and among the infused.

    Kinds nobody had are rows too: none of 13 still allows a rate of 25 %.
    """
    found = _found(state)
    return tuple(
        row
        for among, group in (("collected", by_person(collected)), ("infused", by_person(infused)))
        for row in _rows(among, group, found)  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class _Harm:
    """One harm of one person (None: nobody known): what it is, and when it began."""

    person: str | None
    what: Mapping[str, Answer]
    event: AdverseEvent | None


def _found(state: Harms) -> list[_Harm]:
    kinds = [kind for kind in Kind if kind not in INCIDENTS | COMPUTED]
    found = []
    for event in state.adverse.values():
        case = event.now
        if case.withdrawn is None:
            what = {kind.value: is_kind(case, kind) for kind in kinds}
            found.append(_Harm(event.person, what | {"any": Answer.YES, "serious": serious(case)}, event))
    for incident in state.incidents.values():
        found.append(_Harm(incident.person, {incident.kind.value: Answer.YES}, None))
    for each in state.deteriorations.values():
        if each.stage is not Stage.REFUTED:
            answer = Answer.YES if each.stage is Stage.CONFIRMED else Answer.UNKNOWN
            found.append(_Harm(each.person, {Kind.CONFIRMED_DETERIORATION.value: answer}, None))
    return found


def _rows(
    among: Literal["collected", "infused"], group: Mapping[str, list[Done]], found: Iterable[_Harm]
) -> Iterator[Row]:
    first = {person: min(done, key=lambda each: each.at) for person, done in group.items()}
    answers: dict[str, dict[str, Answer]] = {what: {} for what in ("any", "serious", *Kind)}
    outside: dict[str, set[str]] = {what: set() for what in answers}
    nobody = dict.fromkeys(answers, 0)
    for harm in found:
        for what, answer in harm.what.items():
            if answer is Answer.NO:
                continue
            if harm.person is None:
                nobody[what] += 1
            elif harm.person not in first:
                outside[what].add(harm.person)
            else:
                counted = all_of((answer, _after(harm, first[harm.person])))
                _worst(answers[what], harm.person, counted)
    for what, people in answers.items():
        yield _row(what, among, list(people.values()), len(first), len(outside[what]) + nobody[what])


def _after(harm: _Harm, first: Done) -> Answer:
    if harm.event is None:
        return Answer.YES
    return since(onset(harm.event, harm.event.now), first.at)


def _worst(people: dict[str, Answer], person: str, answer: Answer) -> None:
    if answer is Answer.YES or (answer is Answer.UNKNOWN and people.get(person) is not Answer.YES):
        people[person] = answer


def _row(
    what: str, among: Literal["collected", "infused"], people: Sequence[Answer], of: int, outside: int
) -> Row:
    surely, perhaps = people.count(Answer.YES), people.count(Answer.UNKNOWN)
    low = high = None
    if of:
        low = lower_limit(surely, of)
        high = upper_limit(surely + perhaps, of)
    return Row(str(what), among, surely, perhaps, of, low, high, outside)


def lower_limit(x: int, n: int) -> float:
    """The exact lower 95 % limit of a rate, x of n: 0 at x = 0."""
    return float(special.betaincinv(x, n - x + 1, _TAIL)) if x else 0.0


def upper_limit(x: int, n: int) -> float:
    """The exact upper 95 % limit of a rate, x of n: 1 at x = n."""
    return float(special.betainccinv(x + 1, n - x, _TAIL)) if x < n else 1.0
