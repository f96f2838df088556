"""What people gain in scores without the cells."""

import csv
from importlib.resources import files

import pytest

from myelos.evidence.natural import expected_gain
from myelos.evidence.natural.recovery import MEASURES, gain_sources, natural_gains
from myelos.evidence.quantity import Basis

SPLIT = {"A": 6, "B": 2, "C": 5}

# facts/README.md: EMSCI, week 6.5 to 32.5, tetraplegia.
FACTS = [
    ("TMS", "A", 5.6), ("TMS", "B", 15.9), ("TMS", "C", 20.7),
    ("SCIM_total", "A", 14.7), ("SCIM_total", "B", 22.2), ("SCIM_total", "C", 26.3),
]  # fmt: skip


@pytest.mark.parametrize(("measure", "grade", "gain"), FACTS)
def test_the_gains_of_the_facts_are_reproduced(measure: str, grade: str, gain: float) -> None:
    """Motor score and SCIM from week 6.5 to week 32.5, to the decimal."""
    assert expected_gain(measure, grade, "tetraplegia", 6.5, 32.5) == pytest.approx(gain, abs=0.051)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("level", ["tetraplegia", "paraplegia"])
def test_gains_between_visits_are_differences_of_means(measure: str, level: str) -> None:
    """From a visit of the cohort to another, nothing is interpolated; halves add up."""
    for grade in "ABCD":
        whole = expected_gain(measure, grade, level, 4, 26)
        if whole is None:
            continue
        parts = [expected_gain(measure, grade, level, *weeks) for weeks in ((4, 9), (9, 26))]
        assert whole == pytest.approx(sum(parts), abs=1e-9)


def test_a_mean_of_the_table_comes_through_unchanged() -> None:
    """LEMS of AIS A with paraplegia: 2.992 at week 4, 4.008 at week 12 (the table's own rows)."""
    assert expected_gain("LEMS", "A", "paraplegia", 4, 12) == pytest.approx(4.008 - 2.992, abs=1e-12)


@pytest.mark.parametrize("weeks", [(1.9, 26), (4, 52.1), (0, 100)])
def test_nothing_is_extrapolated(weeks: tuple[float, float]) -> None:
    """Before the first and after the last visit of the cohort there is no gain to tell."""
    assert expected_gain("TMS", "A", "tetraplegia", *weeks) is None
    assert expected_gain("TMS", "E", "tetraplegia", 4, 26) is None


def test_the_weighted_gain_is_over_the_studys_own_split() -> None:
    """6 A, 2 B and 5 C: the mean of their grades' gains; it is recalled when the split is."""
    basis = Basis(("study:x#split",), True, "given the recalled split")
    found = {each.measure: each for each in natural_gains(SPLIT, tuple(SPLIT), (6.5, 32.5), {}, basis)}
    weighted = found["TMS"].weighted
    assert weighted is not None
    assert weighted.value == pytest.approx((6 * 5.6 + 2 * 15.9 + 5 * 20.7) / 13, abs=0.06)
    assert (weighted.recalled, weighted.given) == (True, "given the recalled split")
    assert set(found) == set(MEASURES)
    assert not any(q.recalled for each in found.values() for q in each.by_grade.values())


def test_an_open_split_has_no_weighted_gain() -> None:
    """Gains by grade are told; nobody is put into a grade."""
    found = natural_gains(None, ("A", "B", "C"), (6.5, 32.5), {}, Basis(("study:x#split",)))
    assert {each.weighted for each in found} == {None}


def test_a_gain_names_rows_of_its_own_curve() -> None:
    """Every source row has the measure, grade and level it is a source of."""
    names = ("recovery_timecourse", "emsci_scim_wisci_trajectory_digitised")
    data = files("myelos.evidence.natural") / "data"
    tables = {
        name: list(csv.DictReader((data / f"{name}.csv").read_text("utf-8").splitlines())) for name in names
    }
    for measure in MEASURES:
        for source in gain_sources(measure, "B", "tetraplegia"):
            table, _, number = source.partition(":")
            row = tables[table][int(number) - 2]
            assert (row["measure"], row["baseline_ais"], row["level"]) == (measure, "B", "tetraplegia")
