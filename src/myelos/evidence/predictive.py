"""What natural recovery predicts for a new group of people, with what is not known about it.

Two doubts widen the plain Poisson-binomial distribution. A historical rate comes from finitely many people:
its Beta posterior (Jeffreys' prior) is integrated out. And cohorts differ by more than chance (who is
referred, who examines, what care): the new group is one more cohort, so that all its chances move together
by one shift on the logit scale, N(0, sd^2), where sd is estimated by :func:`between_cohort_sd`. Plugging
historical rates in as if they were known is the trap that ``validation/plug_in_trap`` measures.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from myelos.evidence.poisson_binomial import pmf_rows, upper_tail

Floats = NDArray[np.float64]

WIDEST_SD = 10.0
"""The largest SD of log-odds that is looked at; beyond it cohorts are all or nothing."""


@functools.cache
def _standard_normal_nodes(nodes: int) -> tuple[Floats, Floats]:
    places, weights = special.roots_hermitenorm(nodes)
    weights = weights / weights.sum()
    places.flags.writeable = weights.flags.writeable = False
    return places, weights


def logit_normal_shift_nodes(sd: float, nodes: int = 80) -> tuple[Floats, Floats]:
    """Shifts and their weights (Gauss-Hermite) that stand for one logit shift drawn from N(0, sd^2).

    Two arrays of length ``nodes``; the weights sum to 1. At sd 0 there is one shift, 0, of weight 1. With 80
    nodes the tails of a dozen people are right to a relative 1e-9 up to sd 1 and to 1e-7 at sd 2. Raises
    ValueError for a negative or infinite sd, or for fewer than one node.

    Source: Liu and Pierce, Biometrika 1994;81:624-629, doi 10.1093/biomet/81.3.624.
    """
    if not (sd >= 0 and math.isfinite(sd)):
        raise ValueError(f"an SD is 0 or more and finite, not {sd}")
    if nodes < 1:
        raise ValueError("at least one node")
    if sd == 0:
        return np.zeros(1), np.ones(1)
    places, weights = _standard_normal_nodes(nodes)
    return sd * places, weights


def shifted(probabilities: Sequence[float] | Floats, shift: float | Floats) -> Floats:
    """Chances whose log-odds are moved by ``shift``; 0 and 1 stay. The two arguments broadcast as arrays do.

    Raises ValueError for a chance outside [0, 1].
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    if not np.all((chances >= 0) & (chances <= 1)):
        raise ValueError("a chance lies between 0 and 1")
    moved: Floats = special.expit(special.logit(chances) + shift)
    return moved


def shifted_pmf(groups: Sequence[tuple[int, float]], sd: float) -> Floats:
    """The distribution of the total of improvers when all chances share one logit shift N(0, sd^2).

    A group is (people, rate); given the shift, people improve independently. Returns n + 1 probabilities for
    n people in all; at sd 0 this is the Poisson-binomial distribution. The rates are medians over cohorts:
    with sd > 0 the mean moves a little towards one half. Raises ValueError for a rate outside [0, 1], a
    negative number of people, or a bad sd.
    """
    people = [_people(n) for n, _ in groups]
    chances = np.repeat([float(rate) for _, rate in groups], people)
    shifts, weights = logit_normal_shift_nodes(sd)
    total: Floats = weights @ pmf_rows(shifted(chances, shifts[:, np.newaxis]))
    return total


def beta_binomial_pmf(n: int, successes: float, trials: float) -> Floats:
    """The distribution of improvers among ``n`` new people after ``successes`` of ``trials`` historical ones.

    The rate has Jeffreys' prior Beta(1/2, 1/2); ``successes`` may be fractional (a percentage times n).
    Returns n + 1 probabilities. Raises ValueError when not 0 <= successes <= trials, or when n < 0.

    Source: Brown, Cai and DasGupta, Stat Sci 2001;16:101-133, doi 10.1214/ss/1009213286 (the prior).
    """
    n = _people(n)
    a, b = _posterior(successes, trials)
    found: Floats = np.asarray(stats.betabinom.pmf(np.arange(n + 1), n, a, b), dtype=np.float64)
    return found


def predictive_pmf(groups: Sequence[tuple[int, float, float]], sd: float) -> Floats:
    """The distribution of the total of improvers with both doubts: rates estimated, and one shared shift.

    A group is (people, historical successes, historical n). Each rate has its own Beta posterior from
    Jeffreys' prior; all share one logit shift N(0, sd^2). Returns n + 1 probabilities; at sd 0 this is the
    convolution of :func:`beta_binomial_pmf`. Raises ValueError as that does, or for a bad sd.

    The sd itself is taken as known. When it was estimated with the same historical cohorts, part of the
    doubt about the rates is counted twice, which tends to widen the result.
    """
    shifts, weights = logit_normal_shift_nodes(sd)
    total = np.ones((shifts.size, 1))
    for people, successes, trials in groups:
        total = _convolved(total, _group_rows(_people(people), *_posterior(successes, trials), shifts))
    mixed: Floats = weights @ total
    return mixed


def predictive_tail(groups: Sequence[tuple[int, float, float]], observed: int, sd: float) -> float:
    """P(total >= observed) under :func:`predictive_pmf`: how often natural recovery alone does as well."""
    return upper_tail(predictive_pmf(groups, sd), observed)


def _people(n: int) -> int:
    n = operator.index(n)
    if n < 0:
        raise ValueError(f"a number of people is 0 or more, not {n}")
    return n


def _posterior(successes: float, trials: float) -> tuple[float, float]:
    if not (0 <= successes <= trials and math.isfinite(trials)):
        raise ValueError(f"{successes} of {trials} is not a count of successes")
    return successes + 0.5, trials - successes + 0.5


def _convolved(left: Floats, right: Floats) -> Floats:
    """Row by row, the distribution of the sum of two independent totals."""
    out = np.zeros((left.shape[0], left.shape[1] + right.shape[1] - 1))
    for k in range(right.shape[1]):
        out[:, k : k + left.shape[1]] += left * right[:, k : k + 1]
    return out


def _group_rows(n: int, a: float, b: float, shifts: Floats) -> Floats:
    """For every shift, the distribution of improvers among n people whose Beta(a, b) rate is then shifted.

    The integral is taken over the rate's log-odds by the trapezoidal rule. There the integrand is analytic in
    a strip about the real line and falls off exponentially at both ends, for which that rule converges faster
    than any power of the step (Trefethen and Weideman, SIAM Rev 2014;56:385-458).
    """
    logits, weights = _beta_logit_nodes(a, b, n)
    k = np.arange(n + 1)
    chance = np.add.outer(shifts, logits)[..., np.newaxis]
    log_binomial = -np.log(n + 1) - special.betaln(k + 1, n - k + 1)
    log_mass = log_binomial + k * special.log_expit(chance) + (n - k) * special.log_expit(-chance)
    rows: Floats = np.einsum("t,stk->sk", weights, np.exp(log_mass))
    return rows


@functools.lru_cache(maxsize=4096)
def _beta_logit_nodes(a: float, b: float, n: int) -> tuple[Floats, Floats]:
    """Equally spaced log-odds of a Beta(a, b) rate with their weights, fine enough for n new people."""
    low = special.betaincinv(a, b, 1e-30)
    high = special.betaincinv(b, a, 1e-30)
    start, end = math.log(low) - math.log1p(-low), math.log1p(-high) - math.log(high)
    step = min(0.25, 0.5 / math.sqrt((a + n) * (b + n) / (a + b + n)))
    logits = np.linspace(start, end, math.ceil((end - start) / step) + 1)
    log_density = a * special.log_expit(logits) + b * special.log_expit(-logits)
    weights = np.exp(log_density - log_density.max())
    return logits, weights / weights.sum()


@dataclass(frozen=True, slots=True)
class Cohort:
    """``successes`` of ``n`` people in one cohort of a ``stratum`` (a grade, say) with a mean of its own."""

    stratum: str
    successes: float
    n: float


@dataclass(frozen=True, slots=True)
class BetweenCohort:
    """How much cohorts differ beyond chance.

    ``sd`` is the SD of the cohorts' log-odds about their stratum's mean, ``low`` and ``high`` its profile
    likelihood interval of confidence ``level`` (``high`` is infinite when the data set no bound within
    ``WIDEST_SD``); ``means`` are the strata's mean log-odds by name, near -40 or 40 where a stratum has no
    success or no failure at all; ``log_likelihood`` is the maximum, ``log_likelihood_without`` that at sd 0.
    """

    sd: float
    low: float
    high: float
    level: float
    means: tuple[tuple[str, float], ...]
    cohorts: int
    log_likelihood: float
    log_likelihood_without: float


def between_cohort_sd(cohorts: Sequence[Cohort], nodes: int = 60, level: float = 0.95) -> BetweenCohort:
    """Maximum likelihood of the SD of cohorts' log-odds: binomial counts, normal random intercepts.

    Every stratum has its own mean; all share one SD. The likelihood of a cohort is an adaptive Gauss-Hermite
    quadrature with ``nodes`` nodes. The interval holds every sd whose profile log-likelihood is within half
    a chi-squared quantile (1 degree of freedom) of the maximum. Where ``low`` is 0 the true sd may lie on the
    boundary, and the interval is then conservative; with few cohorts it is approximate, and the estimate is
    known to be too small on average. Raises ValueError when no stratum has two cohorts (the SD is then not
    identified), for impossible counts, or for a level outside (0, 1).

    Sources: Hamza, van Houwelingen and Stijnen, J Clin Epidemiol 2008;61:41-51, doi
    10.1016/j.jclinepi.2007.03.016 (binomial-normal model); Liu and Pierce 1994 (quadrature); Self and Liang,
    J Am Stat Assoc 1987;82:605-610 (the boundary).
    """
    strata = _strata(cohorts)
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level}")

    def profile(sd: float) -> float:
        return math.fsum(_best_mean(stratum, sd, nodes)[1] for stratum in strata.values())

    without = profile(0.0)
    sd, best = _maximum(profile, without)
    drop = best - float(stats.chi2.ppf(level, 1)) / 2
    low = 0.0 if without >= drop else _root(profile, drop, 0.0, sd)
    high = math.inf if profile(WIDEST_SD) > drop else _root(profile, drop, sd, WIDEST_SD)
    means = tuple((name, _best_mean(stratum, sd, nodes)[0]) for name, stratum in strata.items())
    return BetweenCohort(sd, low, high, level, means, len(cohorts), best, without)


def _strata(cohorts: Sequence[Cohort]) -> dict[str, tuple[Floats, Floats]]:
    """Successes and numbers by stratum, in the order of first appearance."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for cohort in cohorts:
        if not (0 <= cohort.successes <= cohort.n and 0 < cohort.n < math.inf):
            raise ValueError(f"{cohort.successes} of {cohort.n} is not a count of successes")
        successes, numbers = found.setdefault(cohort.stratum, ([], []))
        successes.append(cohort.successes)
        numbers.append(cohort.n)
    if not any(len(numbers) > 1 for _, numbers in found.values()):
        raise ValueError("an SD between cohorts needs a stratum with two cohorts or more")
    return {name: (np.array(successes), np.array(numbers)) for name, (successes, numbers) in found.items()}


def _maximum(profile: Callable[[float], float], without: float) -> tuple[float, float]:
    """The sd in [0, WIDEST_SD] with the largest profile, and that profile: a coarse grid, then Brent."""
    grid = np.concatenate([[0.0], np.geomspace(0.02, WIDEST_SD, 20)])
    values = [without, *(profile(float(sd)) for sd in grid[1:])]
    top = int(np.argmax(values))
    bounds = (float(grid[max(top - 1, 0)]), float(grid[min(top + 1, grid.size - 1)]))
    found = optimize.minimize_scalar(
        lambda sd: -profile(float(sd)), bounds=bounds, method="bounded", options={"xatol": 1e-7}
    )
    sd, best = float(found.x), -float(found.fun)
    return (0.0, without) if best <= without + 1e-9 else (sd, best)


def _root(profile: Callable[[float], float], target: float, low: float, high: float) -> float:
    return float(optimize.brentq(lambda sd: profile(float(sd)) - target, low, high, xtol=1e-8))


def _best_mean(stratum: tuple[Floats, Floats], sd: float, nodes: int) -> tuple[float, float]:
    """(the mean log-odds of a stratum that fits best at this sd, its log-likelihood).

    The log-likelihood is concave in the mean, so that a bounded search finds its one top.
    """
    found = optimize.minimize_scalar(
        lambda mean: -_log_likelihood(stratum, float(mean), sd, nodes),
        bounds=(-40.0, 40.0),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(found.x), -float(found.fun)


def _log_likelihood(stratum: tuple[Floats, Floats], mean: float, sd: float, nodes: int) -> float:
    """The log-likelihood of one stratum's cohorts, each integrated over its own standard normal deviate u."""
    successes, numbers = stratum
    constant = -np.log(numbers + 1) - special.betaln(successes + 1, numbers - successes + 1)
    mode, width = _modes(successes, numbers, mean, sd)
    places, weights = _standard_normal_nodes(nodes)
    u = mode[:, np.newaxis] + width[:, np.newaxis] * places
    logits = mean + sd * u
    log_terms = (
        successes[:, np.newaxis] * special.log_expit(logits)
        + (numbers - successes)[:, np.newaxis] * special.log_expit(-logits)
        + (places**2 - u**2) / 2
        + np.log(weights)
    )
    return float(np.sum(constant + np.log(width) + special.logsumexp(log_terms, axis=1)))


def _modes(successes: Floats, numbers: Floats, mean: float, sd: float) -> tuple[Floats, Floats]:
    """Where each cohort's integrand over u peaks, and its width there, by Newton steps kept in a bracket."""
    low, high = -sd * numbers, sd * numbers
    u = np.zeros_like(numbers)
    for _ in range(60):
        chance = special.expit(mean + sd * u)
        slope = sd * (successes - numbers * chance) - u
        low, high = np.where(slope > 0, u, low), np.where(slope > 0, high, u)
        ahead = u + slope / (1 + sd**2 * numbers * chance * (1 - chance))
        ahead = np.where((ahead > low) & (ahead < high), ahead, (low + high) / 2)
        if np.max(np.abs(ahead - u)) < 1e-10:
            break
        u = ahead
    chance = special.expit(mean + sd * u)
    return u, 1 / np.sqrt(1 + sd**2 * numbers * chance * (1 - chance))
