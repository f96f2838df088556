"""The landmark: what is left of natural recovery for people whose index exam was late."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.evidence.natural import Timing, refuse_later_landmark, solve_tau, solve_tau_from_share, timings
from myelos.evidence.natural.sets import cohort_set
from myelos.findings import Refused

shares = st.floats(0.001, 0.999)
taus = st.floats(1, 400)
FIRST, HORIZON = 16.0, 365.0


def _direct(p: float, tau: float, day: float) -> float:
    """p [F(h) - F(t)] / [1 - p F(t)], F(s) = max(0, 1 - exp(-(s - t0)/tau)) scaled to 1 at h (the issue)."""

    def reached(s: float) -> float:
        return max(0.0, 1 - np.exp(-(s - FIRST) / tau)) / (1 - np.exp(-(HORIZON - FIRST) / tau))

    return p * (reached(HORIZON) - reached(day)) / (1 - p * reached(day))


@given(shares, taus, st.floats(0, HORIZON))
def test_the_formula_is_that_of_the_issue(p: float, tau: float, day: float) -> None:
    """Written out a second time."""
    found = Timing(tau, FIRST, HORIZON).still_to_come(p, day)
    assert found == pytest.approx(_direct(p, tau, day), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("day", [10, 30, 46, 90])
def test_the_formula_is_what_happens_to_simulated_people(day: float) -> None:
    """Share p of 400,000 people converts at exponential times; of those not yet converted, count who does."""
    p, tau, n = 0.67, 30.0, 400_000
    random = np.random.default_rng(20210701)
    unit = random.random(n)
    times = FIRST - tau * np.log1p(-unit * (1 - np.exp(-(HORIZON - FIRST) / tau)))
    converts = random.random(n) < p
    left = ~(converts & (times <= day))
    found = (converts & left).sum() / left.sum()
    error = 4 * np.sqrt(found * (1 - found) / left.sum())
    assert Timing(tau, FIRST, HORIZON).still_to_come(p, day) == pytest.approx(found, abs=error)


@given(shares, taus, st.floats(0, FIRST))
def test_before_the_first_day_nothing_has_happened(p: float, tau: float, day: float) -> None:
    """P(t) is the cohort's own rate up to t0."""
    assert Timing(tau, FIRST, HORIZON).still_to_come(p, day) == p


@given(shares, taus, st.floats(HORIZON, 5000))
def test_at_the_horizon_nothing_is_left(p: float, tau: float, day: float) -> None:
    """P(t) is 0 from the horizon on: nothing is known after it."""
    assert Timing(tau, FIRST, HORIZON).still_to_come(p, day) == 0


@given(shares, taus, st.floats(0, 400), st.floats(0, 400))
def test_a_later_index_leaves_less(p: float, tau: float, one: float, other: float) -> None:
    """P(t) never rises with the day, and never exceeds the early rate."""
    timing = Timing(tau, FIRST, HORIZON)
    early, late = (timing.still_to_come(p, day) for day in sorted((one, other)))
    assert 0 <= late <= early * (1 + 1e-12)
    assert early <= p * (1 + 1e-12)


@given(st.floats(0.05, 0.95), st.floats(0.1, 0.9), st.floats(20, 200))
def test_solving_and_moving_are_inverse(early: float, part: float, day: float) -> None:
    """At the landmark day the early rate moves exactly to the later rate it was solved from."""
    widest = Timing(3650, FIRST, HORIZON).still_to_come(early, day)
    timing = solve_tau(early, widest * part, day, FIRST, HORIZON)
    assert timing.still_to_come(early, day) == pytest.approx(widest * part, rel=1e-8)


@given(st.floats(0.35, 0.99), st.floats(20, 100))
def test_solving_from_a_share_gives_that_share(share: float, day: float) -> None:
    """The share of conversions reached by the day is the one it was solved from."""
    timing = solve_tau_from_share(share, day, 0, HORIZON)
    assert timing.share_reached(day) == pytest.approx(share, rel=1e-9)


# facts/conversion_timecourse.csv: tau from day 16 and landmark day 46.
@pytest.mark.parametrize(("grade", "tau", "early", "later"), [
    ("A", 23.7, 0.278, 0.098), ("B", 30.0, 0.536, 0.298), ("C", 21.7, 0.725, 0.398),
])  # fmt: skip
def test_the_shipped_tau_is_that_of_the_facts(grade: str, tau: float, early: float, later: float) -> None:
    """23.7, 30.0 and 21.7 days, solved from the published rates, to which they lead back."""
    timing, sources = timings("scims")[grade]
    assert timing.tau == pytest.approx(tau, abs=0.05)
    assert (timing.first_day, timing.horizon_day) == (16, 365)
    assert timing.still_to_come(early, 46) == pytest.approx(later, abs=1e-9)
    assert len(sources) == 2


def test_the_japanese_tau_is_34_of_35_within_8_weeks() -> None:
    """Kawano 2020: 34 of 35 conversions by day 56; about 2.3 weeks (facts); B and C are those of SCIMS."""
    timing, sources = timings("kawano")["A"]
    assert timing.share_reached(56) == pytest.approx(34 / 35, abs=1e-9)
    assert timing.tau / 7 == pytest.approx(2.3, abs=0.06)
    assert "Kawano 2020" in sources[0].cohort
    assert timings("kawano")["B"] == timings("scims")["B"]


def test_tetraplegia_on_day_40_has_the_rates_of_the_issue() -> None:
    """About .13, .48 and .61."""
    moved = cohort_set("early-tetraplegia").at_day(40, timings("scims"))
    assert [rate.value for rate in moved.rates.values()] == pytest.approx([0.13, 0.48, 0.61], abs=0.0051)


def test_all_levels_on_day_46_are_the_landmark_rates() -> None:
    """.098, .298 and .398: the curve of the moving index day passes through what was published."""
    moved = cohort_set("all-levels").at_day(46, timings("scims"))
    assert [rate.value for rate in moved.rates.values()] == pytest.approx([0.098, 0.298, 0.398], abs=1e-9)


def test_no_set_flatters_by_a_later_landmark() -> None:
    """A landmark after the index day is refused, with both days; at or before it is not."""
    with pytest.raises(Refused) as refused:
        refuse_later_landmark(56, 54)
    assert refused.value.findings[0].params == {"landmark": 56, "index": 54}
    refuse_later_landmark(54, 54)
    refuse_later_landmark(46, 54)


def test_rates_that_no_tau_fits_are_a_mistake() -> None:
    """The later rate must lie below the early one; a share must be a share."""
    for later in (0.3, 0.31):
        with pytest.raises(ValueError, match="no tau"):
            solve_tau(0.3, later, 46, 16, 365)
    for early in (-0.1, 1.1):
        with pytest.raises(ValueError, match="share"):
            Timing(20, 16, 365).still_to_come(early, 40)
