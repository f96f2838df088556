"""The tables of natural recovery, tested as tables."""

import csv
from importlib.resources import files

import pytest
from scipy import stats

from myelos.evidence.natural import bias, rates
from myelos.evidence.natural.cohorts import NATURAL, overlapping
from myelos.evidence.study import GRADES, Event

DATA = files("myelos.evidence.natural") / "data"


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DATA / name).read_text("utf-8").splitlines()))


TRANSITIONS = _rows("ais_transitions.csv")
RATES = _rows("ais_conversion_rates.csv")
NAMED = [f"{row['cohort']} {row['level']} {row['baseline_ais']}" for row in TRANSITIONS]


def test_every_row_has_its_source() -> None:
    """No number without the paper, poster or repository it was read from."""
    assert [row for row in (*TRANSITIONS, *RATES, *_rows("bias.csv")) if not row["source_doi"]] == []
    assert [row for row in _rows("conversion_timecourse.csv") if not row["source"]] == []
    assert [row for row in _rows("recovery_timecourse.csv") if not row["source"] or not row["licence"]] == []


def test_every_rate_says_how_it_was_obtained() -> None:
    """Seen, derived or recalled; and the one recalled row is not offered as natural history."""
    every = [rate for event in Event for rate in rates(event)]
    assert {rate.sources[0].status for rate in every} == {"seen", "derived", "recalled"}
    recalled = [rate for rate in every if rate.sources[0].recalled]
    assert {rate.sources[0].cohort for rate in recalled} == {"INSPIRE 2.0 control"}
    assert all(rate.role != NATURAL for rate in recalled)


# Rows whose printed percentages do not make 100, each as its note says.
ROUNDED = {"Marino 2011 tetraplegia B", "Moslavac 2008 all A", "Wilson 2018 T1-L1 D"}


@pytest.mark.parametrize("row", TRANSITIONS, ids=NAMED)
def test_a_row_adds_up(row: dict[str, str]) -> None:
    """Percentages make 100 within 2, and exactly within rounding unless the note says why not."""
    filled = [float(row[grade]) for grade in GRADES if row[grade]]
    assert filled
    assert min(filled) >= 0
    if row["unit"] == "count":
        assert sum(filled) == int(row["n"]) or "not given" in row["note"]
        return
    assert sum(filled) == pytest.approx(100, abs=2)
    name = f"{row['cohort']} {row['level']} {row['baseline_ais']}"
    if abs(sum(filled) - 100) > 0.31:
        assert name in ROUNDED
        assert "sum" in row["note"]


@pytest.mark.parametrize("row", TRANSITIONS, ids=NAMED)
def test_percentages_are_whole_people(row: dict[str, str]) -> None:
    """Where n is known, every printed percentage is some count of that n, as finely as it is printed."""
    n = int(row["n"]) if row["n"] else 0
    if row["unit"] == "count" or not n or "weighted" in row["note"]:
        return
    for grade in GRADES:
        if row[grade]:
            share = float(row[grade])
            slack = 0.5 if share == int(share) else 0.1001
            nearest = min(abs(100 * count / n - share) for count in range(n + 1))
            assert nearest <= slack, (grade, share, n)


def test_people_are_positive_and_windows_run_forward() -> None:
    """n is 1 or more; a window's end is not before its start; a rate is a share."""
    for row in (*TRANSITIONS, *RATES):
        assert not row["n"] or int(row["n"]) > 0
        for name in ("baseline_days", "followup_months"):
            low, high = row[f"{name}_min"], row[f"{name}_max"]
            assert not (low and high) or 0 <= float(low) <= float(high)
    assert all(0 <= float(row["rate"]) <= 1 for row in RATES)


@pytest.mark.parametrize("row", RATES, ids=lambda row: f"{row['cohort']} {row['baseline_ais']}")
def test_an_interval_is_the_exact_one_of_its_row(row: dict[str, str]) -> None:
    """With n, the limits are scipy's exact ones for the nearest count; without n there are none."""
    if not row["n"]:
        assert (row["ci95_low"], row["ci95_high"]) == ("", "")
        assert "no n" in row["note"] or "N=" in row["note"] or "N 85" in row["note"]
        return
    n = int(row["n"])
    exact = stats.binomtest(round(float(row["rate"]) * n), n).proportion_ci(0.95)
    assert float(row["ci95_low"]) == pytest.approx(exact.low, abs=2e-3)
    assert float(row["ci95_high"]) == pytest.approx(exact.high, abs=2e-3)


def test_both_tables_tell_the_same_of_one_cohort() -> None:
    """A cohort's rate is what its transitions give, to the rounding of the source."""
    by_key = {
        (rate.sources[0].cohort, rate.level, rate.grade): rate.value
        for rate in rates()
        if rate.sources[0].table == "ais_transitions" and rate.followup_months[1] not in (1, 2)
    }
    compared = 0
    for rate in rates():
        key = (rate.sources[0].cohort, rate.level, rate.grade)
        if rate.sources[0].table == "ais_conversion_rates" and key in by_key:
            slack = 0.0101 if rate.value == round(rate.value, 2) else 0.0025
            assert rate.value == pytest.approx(by_key[key], abs=slack), key
            compared += 1
    assert compared >= 12


def _share(row: dict[str, str], gone: str) -> float:
    """The share of a row not in the columns ``gone``."""
    filled = {grade: float(row[grade]) for grade in GRADES if row[grade]}
    whole = int(row["n"]) if row["unit"] == "count" else 100
    return 1 - sum(filled.get(grade, 0) for grade in gone) / whole


def test_rates_are_read_from_the_right_columns() -> None:
    """A: not in column A; from C: not in A to C; motor incomplete from A: not in A or B."""
    lines = dict(enumerate(TRANSITIONS, start=2))
    checked = 0
    wanted = {(Event.ONE_GRADE, "A"): "A", (Event.ONE_GRADE, "C"): "ABC", (Event.MOTOR_INCOMPLETE, "A"): "AB"}
    for (event, grade), gone in wanted.items():
        for rate in rates(event):
            if rate.grade == grade and rate.sources[0].table == "ais_transitions":
                assert rate.value == pytest.approx(_share(lines[rate.sources[0].row], gone), abs=5.1e-4)
                checked += 1
    assert checked > 50


def test_an_event_that_a_column_hides_is_not_guessed() -> None:
    """A column of "C or D" says nothing of D; 16 of 37 to D leave the other 21 open: no rate is made."""
    motor = {(r.sources[0].cohort, r.level) for r in rates(Event.MOTOR_INCOMPLETE) if r.grade == "A"}
    assert ("Kawano 2020", "cervical") not in motor
    one = {r.sources[0].cohort for r in rates() if r.grade == "B"}
    assert "Fukuda & Ueta" not in one


def test_no_n_is_invented() -> None:
    """A rate without n in its row has neither n nor events; with n it has both, events among them."""
    for event in Event:
        for rate in rates(event):
            assert (rate.n is None) == (rate.events is None)
            assert rate.n is None or 0 <= (rate.events or 0) <= rate.n


# Registries that share people: facts/README.md and the overlap_group of each row.
SHARED = [
    ("Marino 1999", "Kirshblum 2016"), ("Marino 2011", "Lee 2016"), ("Kirshblum 2016", "DeVivo 2007"),
    ("Spiess 2009", "van Middendorp 2009"), ("Aimetti 2019", "Spiess 2009"), ("Aimetti 2019", "Marino 1999"),
    ("Fawcett 2007", "Harrop 2011"), ("Fawcett 2007", "Spiess 2009"), ("Aimetti 2019", "Wilson 2018"),
    ("Kawano 2020", "Ariji 2022"), ("Marino SCIMS 2013-2015", "Kirshblum 2022"),
    ("Burns 2003", "Burns 2003"),
]  # fmt: skip
APART = [
    ("Marino 1999", "Spiess 2009"), ("Marino 1999", "Kawano 2020"), ("Kawano 2020", "Spiess 2009"),
    ("Burns 2003", "Kirshblum 2016"), ("Wilson 2018", "Spiess 2009"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SHARED)
def test_rows_of_one_registry_overlap(one: str, other: str) -> None:
    """Whatever table and grade: two rows that may count the same people say so, both ways."""
    first = [rate for rate in rates() if rate.sources[0].cohort == one]
    second = [rate for rate in rates() if rate.sources[0].cohort == other]
    assert first
    assert second
    assert all(overlapping(a, b) and overlapping(b, a) for a in first for b in second)


@pytest.mark.parametrize(("one", "other"), APART)
def test_rows_of_different_registries_do_not(one: str, other: str) -> None:
    """Nothing overlaps with everything."""
    first = [rate for rate in rates() if rate.sources[0].cohort == one]
    second = [rate for rate in rates() if rate.sources[0].cohort == other]
    assert first
    assert second
    assert not any(overlapping(a, b) for a in first for b in second)


def test_the_published_biases_are_the_published_ones() -> None:
    """Ratio of odds ratios .64 (.43 to .96) as in the issue; grading errors .119 and .166; INSPIRE's .16."""
    found = {name: row[:3] for name, row in bias().items()}
    assert found == {
        "observer-bias-odds": (0.64, 0.43, 0.96),
        "ais-error-after-training": (0.119, None, None),
        "ais-disagreement-with-algorithm": (0.166, None, None),
        "historical-thoracic-a": (0.16, None, None),
    }
