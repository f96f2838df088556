"""The expected natural gain in scores over the study's own window, from EMSCI means by grade and week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from myelos.evidence.quantity import Basis, Quantity
from myelos.tables import shipped

TIMECOURSE = ("cohort", "measure", "baseline_ais", "level", "week", "n", "mean", "sd", "source", "licence")
DIGITISED = ("measure", "baseline_ais", "level", "injury_years", "week", "mean", "ci95_low", "ci95_high")
MEASURES = {"TMS": "motor", "UEMS": "uems", "LEMS": "lems", "LT": "light_touch", "PP": "pin_prick",
            "SCIM_total": "scim"}  # fmt: skip
"""Measures of the tables, and what a study's visits call them."""


@dataclass(frozen=True, slots=True)
class NaturalGain:
    """Mean gain from the index exam to follow-up without cells, one measure.

    ``by_grade`` in points of the measure; ``weighted`` over the study's own split (None where the split is
    open or a grade has no curve); ``observed`` the study's own mean gain where scores are given.
    ``weeks`` after injury, both ends.
    """

    measure: str
    weeks: tuple[float, float]
    by_grade: Mapping[str, Quantity]
    weighted: Quantity | None
    observed: Quantity | None


def expected_gain(measure: str, grade: str, level: str, start_week: float, end_week: float) -> float | None:
    """Mean gain between two weeks after injury, linear between EMSCI's visits.

    ``level`` is ``tetraplegia`` or ``paraplegia``. None outside the weeks the cohort was examined or where
    it has no curve: nothing is extrapolated.
    """
    curve = _curves().get((measure, grade, level))
    if curve is None or start_week < curve[0][0] or end_week > curve[0][-1]:
        return None
    start, end = np.interp([start_week, end_week], *curve)
    return float(end - start)


def gain_sources(measure: str, grade: str, level: str) -> tuple[str, ...]:
    """The ids of the rows a curve is made of."""
    return _sources()[measure, grade, level]


def natural_gains(
    split: Mapping[str, int] | None,
    grades: tuple[str, ...],
    weeks: tuple[float, float],
    observed: Mapping[str, Quantity],
    split_basis: Basis,
    level: str = "tetraplegia",
) -> list[NaturalGain]:
    """One :class:`NaturalGain` for every measure that has a curve over these weeks."""
    found = []
    for measure, name in MEASURES.items():
        gains = {grade: expected_gain(measure, grade, level, *weeks) for grade in grades}
        bases = {
            grade: Basis(gain_sources(measure, grade, level))
            for grade, gain in gains.items()
            if gain is not None
        }
        by_grade = {grade: basis.of(gains[grade]) for grade, basis in bases.items()}
        if by_grade:
            weighted = _weighted(gains, bases, split, split_basis)
            found.append(NaturalGain(measure, weeks, by_grade, weighted, observed.get(name)))
    return found


def _weighted(
    gains: Mapping[str, float | None],
    bases: Mapping[str, Basis],
    split: Mapping[str, int] | None,
    basis: Basis,
) -> Quantity | None:
    if not split or any(gains.get(grade) is None for grade in split):
        return None
    mean = sum(n * (gains[grade] or 0.0) for grade, n in split.items()) / sum(split.values())
    for each in bases.values():
        basis = basis + each
    return basis.of(mean)


@cache
def _curves() -> dict[tuple[str, str, str], tuple[list[float], list[float]]]:
    """Weeks and means by (measure, grade, level); SCIM is the plain mean of its four periods of injury."""
    points: dict[tuple[str, str, str], dict[float, list[float]]] = {}
    for _, key, week, mean in _points():
        points.setdefault(key, {}).setdefault(week, []).append(mean)
    return {
        key: (sorted(weeks), [sum(weeks[week]) / len(weeks[week]) for week in sorted(weeks)])
        for key, weeks in points.items()
    }


@cache
def _sources() -> dict[tuple[str, str, str], tuple[str, ...]]:
    rows: dict[tuple[str, str, str], list[str]] = {}
    for source, key, _, _ in _points():
        rows.setdefault(key, []).append(source)
    return {key: tuple(each) for key, each in rows.items()}


@cache
def _points() -> tuple[tuple[str, tuple[str, str, str], float, float], ...]:
    """(source row, (measure, grade, level), week, mean) of EMSCI's curves."""
    scores = shipped("myelos.evidence.natural", "recovery_timecourse.csv", TIMECOURSE)
    digitised = shipped("myelos.evidence.natural", "emsci_scim_wisci_trajectory_digitised.csv", DIGITISED)
    kept = [("recovery_timecourse", row) for row in scores if row["cohort"].startswith("EMSCI")]
    kept += [
        ("emsci_scim_wisci_trajectory_digitised", row) for row in digitised if row["measure"] == "SCIM_total"
    ]
    return tuple(
        (
            f"{table}:{row['row']}",
            (row["measure"], row["baseline_ais"], row["level"]),
            float(row["week"]),
            float(row["mean"]),
        )
        for table, row in kept
    )
