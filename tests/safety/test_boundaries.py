"""Operating characteristics: equal to enumeration, to the binomial formula and to the issue's numbers."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from myelos.safety import characteristics, proposal, trip_probability
from myelos.safety.boundaries import Counting, boundary, crossings, exceeds, expected_n
from myelos.safety.rules import AnyEvent, BetaBinomial, CountOf, Criterion, InAny, InFirst, Spacing
from myelos.safety.terms import Kind, Status

MADE = {"name": "made-up", "what": Criterion(kinds=(Kind.SEPSIS,)), "origin": "made up"}


def in_first(k: int, n: int) -> InFirst:
    return InFirst(kind="k-in-first-n", at_least=k, first=n, status=Status.PROPOSAL, **MADE)


def in_any(k: int, n: int) -> InAny:
    return InAny(kind="k-in-any-n", at_least=k, consecutive=n, status=Status.PROPOSAL, **MADE)


def count(k: int) -> CountOf:
    return CountOf(kind="count", of="people", at_least=k, status=Status.PROPOSAL, **MADE)


def beta(**changed: Any) -> BetaBinomial:
    usual: dict[str, Any] = {
        "prior_a": 0.5,
        "prior_b": 0.5,
        "limit_rate": 0.15,
        "posterior": 0.95,
        "first_look": 3,
        "last_look": 30,
    }
    return BetaBinomial(kind="beta-binomial", status=Status.PROPOSAL, **MADE, **(usual | changed))


ONE = AnyEvent(kind="any", status=Status.PROPOSAL, **MADE)
SMALL = st.integers(1, 5)
RULES: st.SearchStrategy[Counting] = st.one_of(
    st.just(ONE),
    SMALL.map(count),
    st.tuples(SMALL, st.integers(1, 8)).map(lambda pair: in_first(*pair)),
    st.tuples(SMALL, st.integers(1, 6)).map(lambda pair: in_any(*pair)),
    st.builds(
        beta,
        limit_rate=st.sampled_from([0.05, 0.1, 0.3]),
        posterior=st.sampled_from([0.7, 0.9]),
        first_look=st.integers(1, 4),
        last_look=st.integers(4, 8),
    ),
)
RATES = st.fractions(0, 1, max_denominator=50)


def crossed(rule: Counting, outcomes: tuple[bool, ...]) -> bool:
    """Whether the events of these people are a hit, by the words of the rule."""
    if isinstance(rule, AnyEvent):
        return True in outcomes
    if isinstance(rule, CountOf):
        return sum(outcomes) >= rule.at_least
    return crossings(rule, outcomes) != []


def enumerated(rule: Counting, rate: Fraction, n: int) -> tuple[Fraction, Fraction]:
    """The probability of a hit and the expected n, over all 2^n sequences one by one."""
    trips, people = Fraction(0), Fraction(0)
    for outcomes in itertools.product((False, True), repeat=n):
        chance = math.prod((rate if event else 1 - rate for event in outcomes), start=Fraction(1))
        hit = next((m for m in range(1, n + 1) if crossed(rule, outcomes[:m])), None)
        trips += chance if hit is not None else 0
        people += chance * (n if hit is None else hit)
    return trips, people


@given(RULES, RATES, st.integers(0, 8))
def test_characteristics_equal_the_enumeration_of_every_sequence(
    rule: Counting, rate: Fraction, n: int
) -> None:
    """Not one part in any digit differs: both are fractions."""
    assert (trip_probability(rule, rate, n), expected_n(rule, rate, n)) == enumerated(rule, rate, n)


def test_two_thrombo_embolic_events_in_ten_trip_as_the_issue_says() -> None:
    """1.6 % at a true 2 % and 62 % at 20 %: the numbers of the project's own issue, and the binomial tail."""
    (rule,) = (rule for rule in proposal().stopping if rule.name == "two-thrombo-embolic-in-ten")
    assert round(100 * trip_probability(rule, 0.02, 30), 1) == 1.6
    assert round(100 * trip_probability(rule, 0.2, 30)) == 62
    exact = trip_probability(rule, Fraction(1, 5), 10)
    assert exact == 1 - Fraction(4, 5) ** 10 - 10 * Fraction(1, 5) * Fraction(4, 5) ** 9


@given(SMALL, st.integers(5, 30), st.floats(0, 1))
def test_k_in_the_first_n_is_a_binomial_tail(k: int, n: int, rate: float) -> None:
    """scipy's own binomial says the same to twelve digits."""
    assert trip_probability(in_first(k, n), rate, n + 5) == pytest.approx(
        stats.binom.sf(k - 1, n, rate), rel=1e-12, abs=1e-15
    )


def test_a_rolling_window_trips_more_often_than_the_first_people_alone() -> None:
    """Two in any ten of thirty looks at more stretches than two in the first ten."""
    assert trip_probability(in_any(2, 10), 0.02, 30) > 3 * trip_probability(in_first(2, 10), 0.02, 30)


@given(RULES, st.lists(RATES, min_size=2, max_size=2), st.integers(0, 10))
def test_more_harm_or_more_people_never_trip_less(rule: Counting, rates: list[Fraction], n: int) -> None:
    """A boundary is no boundary if a higher rate hides behind it."""
    low, high = sorted(rates)
    assert trip_probability(rule, low, n) <= trip_probability(rule, high, n)
    assert trip_probability(rule, high, n) <= trip_probability(rule, high, n + 1)


def test_nobody_harmed_never_trips_and_everybody_harmed_trips_at_the_boundary() -> None:
    """At rate 0 all are infused, at rate 1 exactly as many as the rule needs."""
    for rule, needs in ((ONE, 1), (count(3), 3), (in_first(2, 10), 2), (in_any(4, 6), 4), (beta(), 3)):
        assert trip_probability(rule, 0.0, 30) == 0
        assert (trip_probability(rule, 1.0, 30), expected_n(rule, 1.0, 30)) == (1, needs)
        assert expected_n(rule, 0.0, 30) == 30


def test_expected_events_are_those_of_the_people_infused() -> None:
    """Wald's identity, against the enumeration's own count."""
    rule, rate, n = in_any(2, 4), 0.3, 8
    events = 0.0
    for outcomes in itertools.product((False, True), repeat=n):
        chance = math.prod(rate if event else 1 - rate for event in outcomes)
        hit = next((m for m in range(1, n + 1) if crossed(rule, outcomes[:m])), n)
        events += chance * sum(outcomes[:hit])
    assert characteristics(rule, rate, n).expected_events == pytest.approx(events, rel=1e-12)


@pytest.mark.parametrize("n", [3, 10, 30])
def test_the_beta_binomial_boundary_is_the_least_count_whose_posterior_exceeds(n: int) -> None:
    """Integrating the posterior's density by quadrature finds the same least count."""
    rule = beta()

    def tail(x: int) -> float:
        a, b = rule.prior_a + x, rule.prior_b + n - x
        above, _ = integrate.quad(lambda t: t ** (a - 1) * (1 - t) ** (b - 1), rule.limit_rate, 1)
        return float(above / math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)))

    least = next(x for x in range(1, n + 1) if tail(x) >= rule.posterior)
    assert boundary(rule)[n] == least
    assert exceeds(rule, least, n) == pytest.approx(tail(least), rel=1e-6)


@given(st.floats(0.1, 3), st.floats(0.1, 3), st.floats(0.02, 0.6), st.floats(0.5, 0.99))
def test_boundaries_never_fall_as_people_are_added(
    a: float, b: float, limit: float, posterior: float
) -> None:
    """A count that is a hit at n is one at every smaller n that is looked at, and counts are least ones."""
    rule = beta(prior_a=a, prior_b=b, limit_rate=limit, posterior=posterior)
    least = boundary(rule)
    assert set(least) <= set(range(3, 31))
    counts = [least.get(n, n + 1) for n in range(rule.first_look, rule.last_look + 1)]
    assert counts == sorted(counts)
    for n, x in least.items():
        assert exceeds(rule, x, n) >= posterior
        assert x == 0 or exceeds(rule, x - 1, n) < posterior


@pytest.mark.parametrize("rule", [ONE, count(2), in_first(2, 4), in_any(2, 3), beta(first_look=2)])
def test_each_kind_of_rule_equals_its_enumeration(rule: Counting) -> None:
    """No kind is left to the draw."""
    rate = Fraction(1, 7)
    assert (trip_probability(rule, rate, 7), expected_n(rule, rate, 7)) == enumerated(rule, rate, 7)


def test_a_crossing_is_the_stretch_of_people_in_whom_it_is() -> None:
    """Events outside the first n, or outside the window, are no part of it."""
    outcomes = [True, False, False, True, True, False]
    assert crossings(in_any(2, 2), outcomes) == [(3, 5)]
    assert crossings(in_any(2, 10), outcomes[3:5]) == [(0, 10)]
    assert crossings(in_first(2, 4), outcomes) == [(0, 4)]
    assert crossings(in_first(3, 4), outcomes) == []
    assert crossings(beta(last_look=5), [True, True, False, False, True, True]) == [(0, 3), (0, 4), (0, 5)]


def test_what_cannot_be_asked_raises() -> None:
    """Spacing has no rate; a rate is none outside 0 to 1."""
    (spacing,) = (rule for rule in proposal().stopping if isinstance(rule, Spacing))
    with pytest.raises(TypeError):
        trip_probability(spacing, 0.1, 10)
    for rate, n in ((-0.1, 3), (1.1, 3), (0.1, -1)):
        with pytest.raises(ValueError, match="people at a rate"):
            trip_probability(ONE, rate, n)
