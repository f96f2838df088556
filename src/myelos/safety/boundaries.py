"""What a stopping rule does: where its boundary lies, how often it trips, and after how many people.

A rule is walked person by person in the order of infusion; each person has an event or not. The probability
that it trips within n people, when each has an event with the same chance independently of the others, is
summed exactly over all sequences: sequences that a rule cannot tell apart are walked once. Given a
:class:`~fractions.Fraction` for the rate the result is a Fraction, without any rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeVar

from scipy import special

from myelos.safety.rules import AnyEvent, BetaBinomial, CountOf, InAny, InFirst, Spacing, StoppingRule

R = TypeVar("R", float, Fraction)
Counting = AnyEvent | CountOf | InFirst | InAny | BetaBinomial
Seen = tuple[int, ...]
"""What a rule remembers: how many events, or in which of the last places they were."""


@dataclass(frozen=True, slots=True)
class Characteristics:
    """Of a rule, for n people infused at a true rate.

    ``trips``: the probability that it is hit. ``expected_n``: how many people are infused on average when no
    one is infused after a hit. ``expected_events``: how many of them have an event.
    """

    rate: float
    n: int
    trips: float
    expected_n: float
    expected_events: float


@cache
def boundary(rule: BetaBinomial) -> dict[int, int]:
    """By n from the first to the last look: the least x of n with P(rate > limit | x, n) >= posterior.

    The posterior is Beta(prior_a + x, prior_b + n - x). An n at which not even n of n suffices is left out.
    """
    found = {}
    least = 0
    for n in range(rule.first_look, rule.last_look + 1):
        while least <= n and exceeds(rule, least, n) < rule.posterior:
            least += 1
        if least <= n:
            found[n] = least
        else:
            least = n
    return found


def exceeds(rule: BetaBinomial, x: int, n: int) -> float:
    """P(rate > limit_rate | x of n), the rate being Beta(prior_a, prior_b) beforehand."""
    return float(special.betaincc(rule.prior_a + x, rule.prior_b + n - x, rule.limit_rate))


def crossings(rule: InFirst | InAny | BetaBinomial, outcomes: Sequence[bool]) -> list[tuple[int, int]]:
    """The stretches of people, (from, to), in which the events of ``outcomes`` cross the boundary."""
    match rule:
        case InFirst(at_least=k, first=n):
            return [(0, n)] if sum(outcomes[:n]) >= k else []
        case InAny(at_least=k, consecutive=n):
            starts = range(max(1, len(outcomes) - n + 1))
            return [(start, start + n) for start in starts if sum(outcomes[start : start + n]) >= k]
        case _:
            least = boundary(rule)
            return [(0, n) for n in least if n <= len(outcomes) and sum(outcomes[:n]) >= least[n]]


def trip_probability(rule: StoppingRule, true_rate: R, n: int) -> R:
    """The probability that ``rule`` is hit among n people at ``true_rate``, exactly.

    A person counts once: for a rule that counts events this is the probability when nobody has two. Raises
    ValueError when ``true_rate`` is not in [0, 1] or n is negative, TypeError for a rule about spacing.
    """
    _, tripped = _walk(rule, true_rate, n)
    return sum(tripped, start=0 * true_rate)


def expected_n(rule: StoppingRule, true_rate: R, n: int) -> R:
    """How many of n planned people are infused on average when no one is infused after a hit.

    Raises as :func:`trip_probability` does.
    """
    going, tripped = _walk(rule, true_rate, n)
    return sum((place * p for place, p in enumerate(tripped, start=1)), start=0 * true_rate) + n * going


def characteristics(rule: StoppingRule, true_rate: float, n: int) -> Characteristics:
    """The operating characteristics of ``rule`` for n people at ``true_rate``; raises as they do."""
    people = expected_n(rule, true_rate, n)
    return Characteristics(true_rate, n, trip_probability(rule, true_rate, n), people, true_rate * people)


def _walk(rule: StoppingRule, rate: R, n: int) -> tuple[R, list[R]]:
    """The probability of never tripping, and of tripping with the first, second ... n-th person."""
    if isinstance(rule, Spacing):
        raise TypeError("spacing is a matter of dates, not of events")
    if not 0 <= rate <= 1 or n < 0:
        raise ValueError(f"{n} people at a rate of {rate}")
    step, seen = _steps(rule)
    going: dict[Seen, R] = {seen: 1 + 0 * rate}
    tripped: list[R] = []
    for place in range(1, n + 1):
        following: dict[Seen, R] = {}
        trips = 0 * rate
        for state, p in going.items():
            for event, chance in ((True, rate), (False, 1 - rate)):
                after = step(state, place, event)
                if after is None:
                    trips += p * chance
                else:
                    following[after] = following.get(after, 0 * rate) + p * chance
        going = following
        tripped.append(trips)
    return sum(going.values(), start=0 * rate), tripped


Step = Callable[[Seen, int, bool], Seen | None]
"""What a rule remembers after one more person, None when it trips."""


def _steps(rule: Counting) -> tuple[Step, Seen]:
    match rule:
        case AnyEvent():
            return _until(lambda place: 1), (0,)
        case CountOf(at_least=k):
            return _until(lambda place: k), (0,)
        case InFirst(at_least=k, first=first):
            return _until(lambda place: k if place <= first else None), (0,)
        case InAny(at_least=k, consecutive=width):
            return _rolling(k, width), ()
        case _:
            least = boundary(rule)
            return _until(least.get), (0,)


def _until(least: Callable[[int], int | None]) -> Step:
    def step(seen: Seen, place: int, event: bool) -> Seen | None:
        count, needed = seen[0] + event, least(place)
        return None if needed is not None and count >= needed else (count,)

    return step


def _rolling(k: int, width: int) -> Step:
    def step(seen: Seen, place: int, event: bool) -> Seen | None:
        recent = tuple(age + 1 for age in seen if age + 1 < width)
        recent = (0, *recent) if event else recent
        return None if len(recent) >= k else recent

    return step
