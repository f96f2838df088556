"""Natural recovery: what happens without the cells, from published cohorts."""

from myelos.evidence.natural.cohorts import Rate, SourceRow, bias, rates
from myelos.evidence.natural.comparators import Comparator, GradeRate, check_pooled, why_not
from myelos.evidence.natural.landmark import Timing, refuse_later_landmark, solve_tau, solve_tau_from_share
from myelos.evidence.natural.own import comparator_from_rows
from myelos.evidence.natural.recovery import NaturalGain, expected_gain
from myelos.evidence.natural.sets import comparators_for, no_comparator, stricter_comparators, timings

__all__ = [
    "Comparator",
    "GradeRate",
    "NaturalGain",
    "Rate",
    "SourceRow",
    "Timing",
    "bias",
    "check_pooled",
    "comparator_from_rows",
    "comparators_for",
    "expected_gain",
    "no_comparator",
    "rates",
    "refuse_later_landmark",
    "solve_tau",
    "solve_tau_from_share",
    "stricter_comparators",
    "timings",
    "why_not",
]
