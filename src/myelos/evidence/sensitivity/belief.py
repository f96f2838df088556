"""The belief plane and the moving index day: the two pictures on which everyone finds their own case."""

from __future__ import annotations

import numpy as np

from myelos.evidence.judgement import BeliefPlane, Dot, IndexDayCurve
from myelos.evidence.natural.cohorts import bias
from myelos.evidence.natural.comparators import Comparator
from myelos.evidence.natural.sets import cohort_set, timings
from myelos.evidence.quantity import Basis
from myelos.evidence.reading import SHIFT, rate_basis, split_basis
from myelos.evidence.sensitivity.bias import odds_contour, tail
from myelos.evidence.study.values import Baseline, Study

DAYS = tuple(range(16, 91))
LANDMARK_DAY = 46
"""The day tau was solved at: later days are extrapolated."""
RATES = np.round(np.linspace(0.005, 0.6, 61), 4)
SHIFTS = (0.0, 0.25, 0.5, 1.0)


def belief_plane(
    study: Study, baseline: Baseline, comparator: Comparator, others: list[Comparator]
) -> BeliefPlane | None:
    """The plane for B and C as in ``comparator``; ``others`` give the dots. None without AIS A or a split."""
    split = baseline.split()
    if not split or "A" not in split or set(split) - set(comparator.rates):
        return None
    groups = [(n, comparator.rates[grade].value) for grade, n in split.items()]
    improved, _ = baseline.improvers()
    if not improved:
        return None
    contours = {
        sd: tuple(float(each) for each in odds_contour(groups, list(split).index("A"), RATES, improved, sd))
        for sd in SHIFTS
    }
    value, low, high, row = bias()["observer-bias-odds"]
    published = Basis((row.id,), row.recalled)
    basis = split_basis(study) + rate_basis(comparator)
    assert low is not None, "the shipped bias has an interval"
    assert high is not None, "the shipped bias has an interval"
    return BeliefPlane(
        comparator=comparator.id,
        exam=baseline.exam,
        index_day=comparator.index_day,
        fixed={g: rate_basis(comparator, g).of(comparator.rates[g].value) for g in split if g != "A"},
        rates=tuple(float(rate) for rate in RATES),
        contours=contours,
        dots=tuple(
            Dot(each.id, rate_basis(each, "A").of(each.rates["A"].value), 1.0)
            for each in others
            if "A" in each.rates
        ),
        published=(published.of(1 / value), published.of(1 / high), published.of(1 / low)),
        sources=basis.sources,
        recalled=basis.recalled,
        given=basis.given,
    )


def index_day_curves(study: Study, baseline: Baseline) -> list[IndexDayCurve]:
    """The tail as the index day moves from 16 to 90, for tetraplegia and for all levels."""
    split = baseline.split()
    improved, _ = baseline.improvers()
    if not split or set(split) - set("ABC"):
        return []
    found = []
    for name in ("early-tetraplegia", "all-levels"):
        moved = [cohort_set(name).at_day(day, timings("scims")) for day in DAYS]
        groups = [[(n, each.rates[g].value) for g, n in split.items()] for each in moved]
        basis = split_basis(study) + rate_basis(moved[0])
        found.append(
            IndexDayCurve(
                comparator=name,
                days=tuple(float(day) for day in DAYS),
                expected=tuple(sum(n * p for n, p in each) for each in groups),
                tail=tuple(tail(each, improved) for each in groups),
                tail_shifted=tuple(tail(each, improved, SHIFT) for each in groups),
                extrapolated_after=float(LANDMARK_DAY),
                sources=basis.sources,
                recalled=basis.recalled,
                given=basis.given,
            )
        )
    return found
