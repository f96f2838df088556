"""Prediction with doubt: the golden cases of the worked trial, scipy's quadrature, and known limits."""

import functools
import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from myelos.evidence.poisson_binomial import expected, pmf, prediction_interval, upper_tail
from myelos.evidence.predictive import (
    Cohort,
    beta_binomial_pmf,
    between_cohort_sd,
    logit_normal_shift_nodes,
    predictive_pmf,
    predictive_tail,
    shifted,
    shifted_pmf,
)

PEOPLE = (6, 2, 5)
"""People of grades A, B and C in the worked case (Honmou 2021), of whom 12 of 13 improved."""

# Rates of A, B, C; mean at sd 0; P(X >= 12) at sd 0 and 0.5; 95 % prediction interval at both.
# From an independent quadrature, to the digits shown.
GOLDEN = [
    ((0.278, 0.536, 0.725), 6.365, 5.3687e-4, 4.9109e-3, (3, 10), (2, 10)),
    ((0.30, 0.67, 0.825), 7.265, 2.132e-3, 1.0695e-2, (4, 10), (3, 11)),
    ((0.098, 0.298, 0.398), 3.174, 5.3813e-8, 1.833e-5, None, None),
    ((0.50, 0.67, 0.825), 8.465, 2.425e-2, 5.57e-2, None, None),
    ((0.172, 0.67, 0.79), 6.322, 1.15e-4, 1.38e-3, None, None),
]

# Conversion of AIS A within a year: Kirshblum 2016, Spiess 2009, van Middendorp 2009, Kawano 2020,
# Marino 1999, Burns 2003.
CONVERTED = ((52, 187), (42, 139), (42, 161), (35, 203), (74, 482), (6, 53))


@pytest.mark.parametrize(("rates", "mean", "plain", "wide", "plain_range", "wide_range"), GOLDEN)
def test_the_worked_case_has_its_golden_numbers(
    rates: tuple[float, float, float],
    mean: float,
    plain: float,
    wide: float,
    plain_range: tuple[int, int] | None,
    wide_range: tuple[int, int] | None,
) -> None:
    """Mean, tail and prediction interval of 13 people under five sets of natural rates."""
    groups = list(zip(PEOPLE, rates, strict=True))
    still, moving = shifted_pmf(groups, 0), shifted_pmf(groups, 0.5)
    assert expected(still) == pytest.approx(mean, abs=5e-4)
    assert upper_tail(still, 12) == pytest.approx(plain, rel=5e-3)
    assert upper_tail(moving, 12) == pytest.approx(wide, rel=5e-3)
    if plain_range and wide_range:
        assert (prediction_interval(still), prediction_interval(moving)) == (plain_range, wide_range)


def test_the_first_golden_tails_agree_to_their_last_digit() -> None:
    """12 of 13 with rates .278, .536, .725: 5.3687e-4, and 4.9109e-3 with a shift of SD 0.5."""
    groups = [(6, 0.278), (2, 0.536), (5, 0.725)]
    assert f"{upper_tail(shifted_pmf(groups, 0), 12):.4e}" == "5.3687e-04"
    assert f"{upper_tail(shifted_pmf(groups, 0.5), 12):.4e}" == "4.9109e-03"


def test_seven_of_sixteen() -> None:
    """7 of 16 at a rate of .16: .00803, and .03743 with a shift of SD 0.5 (scipy's quad: .0374291)."""
    assert upper_tail(shifted_pmf([(16, 0.16)], 0), 7) == pytest.approx(0.00803, abs=5e-6)
    assert upper_tail(shifted_pmf([(16, 0.16)], 0.5), 7) == pytest.approx(0.0374291, abs=5e-8)


@pytest.mark.parametrize(("sd", "accuracy"), [(0.1, 1e-10), (0.5, 1e-10), (1.0, 1e-9), (2.0, 1e-7)])
def test_shifted_tails_agree_with_scipys_quadrature(sd: float, accuracy: float) -> None:
    """80 nodes give what adaptive quadrature over the shift gives."""
    rates = np.repeat((0.278, 0.536, 0.725), PEOPLE)

    def weighted(z: float) -> float:
        return float(stats.norm.pdf(z)) * upper_tail(pmf(shifted(rates, sd * z)), 12)

    truth = integrate.quad(weighted, -10, 10, epsabs=1e-14, epsrel=1e-11, limit=400)[0]
    found = upper_tail(shifted_pmf([(6, 0.278), (2, 0.536), (5, 0.725)], sd), 12)
    assert found == pytest.approx(truth, rel=accuracy)


@pytest.mark.slow
@pytest.mark.parametrize("sd", [0.0, 0.5])
@pytest.mark.parametrize("group", [(3, 2.0, 10.0), (4, 0.0, 7.0), (2, 133.3, 187.0)])
def test_predicted_tails_agree_with_scipys_quadrature(group: tuple[int, float, float], sd: float) -> None:
    """All of a group improve: the double integral over the Beta rate and the shift, by nested quadrature."""
    people, successes, trials = group
    posterior = stats.beta(successes + 0.5, trials - successes + 0.5)
    points = posterior.ppf([1e-12, 0.001, 0.5, 0.999, 1 - 1e-12])

    def given_shift(shift: float) -> float:
        def weighted(p: float) -> float:
            return float(posterior.pdf(p) * special.expit(special.logit(p) + shift) ** people)

        pieces = [(0.0, points[0]), *itertools.pairwise(points), (points[-1], 1.0)]
        return math.fsum(integrate.quad(weighted, a, b, epsabs=1e-13)[0] for a, b in pieces)

    truth = given_shift(0.0)
    if sd:
        truth = integrate.quad(
            lambda z: float(stats.norm.pdf(z)) * given_shift(sd * z), -9, 9, epsabs=1e-11, epsrel=1e-8
        )[0]
    assert predictive_tail([group], people, sd) == pytest.approx(truth, rel=1e-7)


histories = st.integers(0, 400).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(float(n))))
history_groups = st.lists(
    st.tuples(st.integers(0, 12), histories).map(lambda g: (g[0], g[1][0], g[1][1])), min_size=1, max_size=4
)


@given(history_groups)
def test_without_a_shift_groups_are_beta_binomials(groups: list[tuple[int, float, float]]) -> None:
    """At sd 0 the prediction is the convolution of scipy's beta-binomials, to 1e-10."""
    expected_mass = functools.reduce(np.convolve, (beta_binomial_pmf(*group) for group in groups))
    np.testing.assert_allclose(predictive_pmf(groups, 0), expected_mass, atol=1e-10)


@pytest.mark.slow
@given(history_groups, st.floats(0, 2))
def test_predictions_are_distributions(groups: list[tuple[int, float, float]], sd: float) -> None:
    """n people give n + 1 probabilities of sum 1, whatever the history."""
    found = predictive_pmf(groups, sd)
    assert found.shape == (sum(people for people, _, _ in groups) + 1,)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_a_long_history_is_a_known_rate() -> None:
    """With 10^7 historical people the prediction is that of known rates."""
    known = shifted_pmf([(6, 0.3), (4, 0.7)], 0.5)
    np.testing.assert_allclose(predictive_pmf([(6, 3e6, 1e7), (4, 7e6, 1e7)], 0.5), known, atol=1e-6)


def test_splitting_a_group_of_known_rate_changes_nothing() -> None:
    """The shift is shared by all people, not drawn group by group."""
    np.testing.assert_allclose(
        shifted_pmf([(3, 0.4), (4, 0.4)], 0.8), shifted_pmf([(7, 0.4)], 0.8), rtol=1e-13
    )


def test_doubt_fattens_the_tail() -> None:
    """Each doubt makes 12 of 13 less surprising than known rates would."""
    groups = [(6, 0.278 * 187, 187.0), (2, 0.536 * 30, 30.0), (5, 0.725 * 109, 109.0)]
    known = upper_tail(shifted_pmf([(6, 0.278), (2, 0.536), (5, 0.725)], 0), 12)
    assert known < predictive_tail(groups, 12, 0) < predictive_tail(groups, 12, 0.5)


@given(st.floats(0, 1), st.floats(-5, 5))
def test_certainty_is_not_shifted(p: float, shift: float) -> None:
    """0 and 1 stay; any other chance moves the way of the shift and back again."""
    moved = shifted([0, p, 1], shift)
    assert (moved[0], moved[2]) == (0, 1)
    assert (moved[1] - p) * shift >= -1e-15
    assert shifted(moved, -shift)[1] == pytest.approx(p, abs=1e-12)


def test_nodes_have_the_moments_of_the_normal() -> None:
    """The shifts have mean 0, variance sd^2 and fourth moment 3 sd^4; at sd 0 there is one, at 0."""
    shifts, weights = logit_normal_shift_nodes(0.7)
    moments = [float(weights @ shifts**power) for power in (0, 1, 2, 4)]
    assert moments == pytest.approx([1, 0, 0.49, 3 * 0.7**4], abs=1e-13)
    assert [a.tolist() for a in logit_normal_shift_nodes(0)] == [[0.0], [1.0]]


def test_cohorts_of_natural_recovery_differ_by_a_third_of_a_logit() -> None:
    """Six cohorts of AIS A: SD 0.3446, as lme4's glmer finds (``validation/between_cohort_r``)."""
    found = between_cohort_sd([Cohort("A", x, n) for x, n in CONVERTED])
    assert found.sd == pytest.approx(0.34465, abs=5e-5)
    assert found.log_likelihood == pytest.approx(-23.0022, abs=5e-5)
    assert found.means[0][1] == pytest.approx(-1.31881, abs=5e-5)
    assert found.low < found.sd < found.high
    assert found.low > 0


def _direct_log_likelihood(cohorts: list[Cohort], means: dict[str, float], sd: float) -> float:
    """The same likelihood by a dense trapezoidal sum over the cohort's own normal deviate."""
    z, step = np.linspace(-10, 10, 20_001, retstep=True)
    total = 0.0
    for cohort in cohorts:
        chance = special.expit(means[cohort.stratum] + sd * z)
        mass = stats.norm.pdf(z) * stats.binom.pmf(cohort.successes, cohort.n, chance)
        total += math.log(float(mass.sum() * step))
    return total


def test_the_likelihood_agrees_with_a_dense_sum_and_is_at_its_top() -> None:
    """Two strata: the maximum is the likelihood at the estimates, and no neighbour is higher."""
    cohorts = [Cohort("A", x, n) for x, n in CONVERTED]
    cohorts += [Cohort("C", x, n) for x, n in ((79, 109), (39, 46), (0, 4))]
    found = between_cohort_sd(cohorts)
    means = dict(found.means)
    assert _direct_log_likelihood(cohorts, means, found.sd) == pytest.approx(found.log_likelihood, abs=1e-7)
    for name, step in (("A", 0.02), ("C", 0.02), ("", 0.02), ("A", -0.02), ("C", -0.02), ("", -0.02)):
        moved = {key: mean + step * (key == name) for key, mean in means.items()}
        assert _direct_log_likelihood(cohorts, moved, found.sd + step * (not name)) < found.log_likelihood


@pytest.mark.slow
def test_the_interval_ends_where_the_profile_has_dropped() -> None:
    """At both ends the profile, maximised over the mean by hand, is 1.9207 below the top."""
    cohorts = [Cohort("A", x, n) for x, n in CONVERTED]
    found = between_cohort_sd(cohorts)
    for end in (found.low, found.high):
        grid = np.linspace(-1.5, -1.1, 41)
        top = max(_direct_log_likelihood(cohorts, {"A": float(mean)}, end) for mean in grid)
        assert found.log_likelihood - top == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=5e-3)


def test_equal_cohorts_have_no_spread() -> None:
    """Two cohorts of 5 in 10: the estimate and its lower end are exactly 0, the upper end is not."""
    found = between_cohort_sd([Cohort("A", 5, 10), Cohort("A", 5, 10)])
    assert (found.sd, found.low) == (0.0, 0.0)
    assert 0 < found.high < math.inf
    assert found.log_likelihood == found.log_likelihood_without


@pytest.mark.slow
def test_the_order_and_names_of_strata_do_not_matter() -> None:
    """Strata only keep means apart."""
    one = [Cohort("A", 5, 30), Cohort("A", 12, 30), Cohort("C", 20, 30), Cohort("C", 27, 30)]
    other = [Cohort("x", c.successes, c.n) for c in one[2:]] + [
        Cohort("y", c.successes, c.n) for c in one[:2]
    ]
    assert between_cohort_sd(one).sd == pytest.approx(between_cohort_sd(other).sd, abs=1e-6)


def test_cohorts_that_agree_on_nothing_have_no_upper_end() -> None:
    """0 of 10 beside 10 of 10 sets no bound on the SD."""
    assert between_cohort_sd([Cohort("A", 0, 10), Cohort("A", 10, 10)]).high == math.inf


def test_misuse_raises() -> None:
    """Bad rates, counts, SDs, levels and unidentified SDs are mistakes of the caller."""
    pair = [Cohort("A", 1, 5), Cohort("A", 2, 5)]
    calls: list[Callable[[], object]] = [
        lambda: logit_normal_shift_nodes(-1),
        lambda: logit_normal_shift_nodes(math.nan),
        lambda: logit_normal_shift_nodes(1, 0),
        lambda: shifted([1.5], 0),
        lambda: shifted_pmf([(2, 1.5)], 0),
        lambda: shifted_pmf([(-1, 0.5)], 0),
        lambda: beta_binomial_pmf(3, 5, 4),
        lambda: beta_binomial_pmf(-1, 1, 4),
        lambda: predictive_pmf([(3, -1, 4)], 0),
        lambda: between_cohort_sd([Cohort("A", 1, 5), Cohort("B", 1, 5)]),
        lambda: between_cohort_sd([*pair, Cohort("A", 6, 5)]),
        lambda: between_cohort_sd(pair, level=1),
    ]
    for call in calls:
        with pytest.raises(ValueError):  # noqa: PT011
            call()
