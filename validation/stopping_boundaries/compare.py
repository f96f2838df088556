"""Every stopping rule that counts people: our probabilities beside all 2^n sequences, and beside R.

The sequences are walked here by the words of each rule, on arrays of people's outcomes, and share nothing
with our sums. R gives binomial tails ("k in the first n") and the beta tails from which the Bayesian boundary
follows. At the end the operating characteristics of the proposed rules are printed.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myelos.safety import characteristics, proposal, trip_probability
from myelos.safety.boundaries import Counting, boundary, exceeds, expected_n
from myelos.safety.rules import AnyEvent, BetaBinomial, CountOf, Criterion, InAny, InFirst, Spacing
from myelos.safety.terms import Kind, Status
from validation.witness import Missing, ask_r, numbers, program, skipped

LONGEST = 16
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
PRINTED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
MADE: dict[str, Any] = {
    "name": "made-up",
    "what": Criterion(kinds=(Kind.OTHER,)),
    "origin": "made up",
    "status": Status.PROPOSAL,
}


def _beta(a: float, b: float, limit: float, posterior: float, first: int) -> BetaBinomial:
    return BetaBinomial(
        kind="beta-binomial",
        prior_a=a,
        prior_b=b,
        limit_rate=limit,
        posterior=posterior,
        first_look=first,
        last_look=30,
        **MADE,
    )


BAYESIAN = [
    _beta(a, b, limit, posterior, first)
    for (a, b), limit, posterior, first in itertools.product(
        ((0.5, 0.5), (1, 1), (0.3, 2.7)), (0.05, 0.15, 0.3), (0.8, 0.95), (1, 3)
    )
]
RULES: list[Counting] = [
    AnyEvent(kind="any", **MADE),
    *(CountOf(kind="count", of="people", at_least=k, **MADE) for k in (2, 4)),
    *(InFirst(kind="k-in-first-n", at_least=k, first=n, **MADE) for k, n in ((1, 3), (2, 10), (3, 12))),
    *(InAny(kind="k-in-any-n", at_least=k, consecutive=n, **MADE) for k, n in ((2, 3), (2, 10), (4, 7))),
    *BAYESIAN,
]


def _reached(rule: Counting, outcomes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For every sequence (row) and every person (column): whether the rule's words hold just then."""
    people = np.arange(1, outcomes.shape[1] + 1)
    so_far = np.cumsum(outcomes, axis=1)
    if isinstance(rule, AnyEvent):
        return so_far >= 1
    if isinstance(rule, CountOf):
        return so_far >= rule.at_least
    if isinstance(rule, InFirst):
        return (so_far >= rule.at_least) & (people <= rule.first)
    if isinstance(rule, InAny):
        before = np.zeros_like(so_far)
        before[:, rule.consecutive :] = so_far[:, : max(0, so_far.shape[1] - rule.consecutive)]
        return so_far - before >= rule.at_least
    least = np.array([_least(rule, n) for n in people])
    return (so_far >= least) & (people >= rule.first_look) & (people <= rule.last_look)


def _least(rule: BetaBinomial, n: int) -> int:
    """The least count of n over the boundary, by trying each; n + 1 when there is none."""
    return next((x for x in range(n + 1) if exceeds(rule, x, n) >= rule.posterior), n + 1)


def enumerated(rule: Counting, n: int) -> list[tuple[float, float]]:
    """For every rate: the probability of a hit and the expected n, over all 2^n sequences."""
    outcomes = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    reached = _reached(rule, outcomes)
    hit = reached.any(axis=1)
    people = np.where(hit, reached.argmax(axis=1) + 1, n)
    events = outcomes.sum(axis=1)
    found = []
    for rate in RATES:
        chance = rate**events * (1 - rate) ** (n - events)
        found.append((math.fsum(chance[hit]), math.fsum(chance * people)))
    return found


def _sequences() -> bool:
    worst, compared = 0.0, 0
    for rule in RULES:
        for n in range(1, LONGEST + 1):
            for rate, (trips, people) in zip(RATES, enumerated(rule, n), strict=True):
                ours = trip_probability(rule, rate, n), expected_n(rule, rate, n)
                worst = max(worst, abs(ours[0] - trips), abs(ours[1] - people) / n)
                compared += 1
    print(f"{len(RULES)} rules, n from 1 to {LONGEST}, {len(RATES)} rates: {compared} probabilities of a hit")
    print(f"and expected numbers of people beside all 2^n sequences; largest difference {worst:.1e}")
    return worst < 1e-12


def _by_r(rscript: Path) -> bool:
    tails = [(k, n, rate) for n in range(1, 31) for k in range(1, min(n, 8) + 1) for rate in RATES]
    looks = [(rule, x, n) for rule in BAYESIAN for n in range(rule.first_look, 31) for x in range(n + 1)]
    questions = [f"tail,{numbers(tail)}" for tail in tails]
    questions += [
        f"above,{numbers((rule.prior_a + x, rule.prior_b + n - x, rule.limit_rate))}" for rule, x, n in looks
    ]
    answers = [float(row[0]) for row in ask_r(rscript, Path(__file__).with_name("witness.R"), questions)]
    ours = [
        trip_probability(InFirst(kind="k-in-first-n", at_least=k, first=n, **MADE), rate, n)
        for k, n, rate in tails
    ]
    worst = max(abs(one - other) for one, other in zip(ours, answers, strict=False))
    above = dict(zip(looks, answers[len(tails) :], strict=True))
    posterior = max(abs(exceeds(rule, x, n) - said) for (rule, x, n), said in above.items())
    differ = sum(
        boundary(rule).get(n) != next((x for x in range(n + 1) if above[rule, x, n] >= rule.posterior), None)
        for rule in BAYESIAN
        for n in range(rule.first_look, 31)
    )
    print(f"{len(tails)} tails beside R's pbinom: largest difference {worst:.1e}")
    print(f"{len(looks)} posteriors beside R's pbeta: {posterior:.1e}; boundaries that differ: {differ}")
    return max(worst, posterior) < 1e-11 and not differ


def _table() -> bool:
    print("Proposed rules, 30 people planned: % hit (people infused on average) at a true rate of")
    print(f"{'':30}" + "".join(f"{rate:>13.0%}" for rate in PRINTED))
    one = AnyEvent(kind="any", **(MADE | {"name": "any one event"}))
    several = [rule for rule in proposal().stopping if not isinstance(rule, Spacing | AnyEvent)]
    for rule in (one, *several):
        found = [characteristics(rule, rate, 30) for rate in PRINTED]
        row = "".join(f"{100 * each.trips:6.1f} ({each.expected_n:4.1f})" for each in found)
        print(f"{rule.name:30}{row}")
        if isinstance(rule, BetaBinomial):
            print(f"{'':30}least counts by n: {boundary(rule)}")
    two_in_ten = InFirst(kind="k-in-first-n", at_least=2, first=10, **MADE)
    low, high = (100 * trip_probability(two_in_ten, rate, 10) for rate in (0.02, 0.2))
    print(f"two in ten: {low:.1f} % at a true 2 %, {high:.0f} % at 20 %")
    return (round(low, 1), round(high)) == (1.6, 62)


def main() -> int:
    """Compare and print; 0 when every difference is rounding. Without R its part is skipped and says so."""
    agree = all([_sequences(), _table()])
    rscript = program("Rscript")
    if isinstance(rscript, Missing):
        return max(skipped("stopping_boundaries, R's part", rscript), 0 if agree else 1)
    return 0 if _by_r(rscript) and agree else 1
