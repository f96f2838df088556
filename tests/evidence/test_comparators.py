"""Comparators: what may stand for "without the cells", and what must not."""

import itertools
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from tests.evidence.naive import ALL_LEVELS, EARLY, study_text, written

from myelos.evidence import Comparator, load_study
from myelos.evidence.natural import check_pooled, comparators_for, no_comparator, rates, why_not
from myelos.evidence.natural.cohorts import find, overlapping
from myelos.evidence.natural.sets import between_cohorts, cohort_set, stricter_comparators
from myelos.evidence.study import Event, Study
from myelos.findings import Refused

SETS = tomllib.loads((files("myelos.evidence.natural") / "data" / "comparator_sets.toml").read_text("utf-8"))
EVERY = [(entry, event) for entry, event in [
    *((entry, Event.ONE_GRADE) for entry in SETS["set"]),
    *((entry, Event(entry["event"])) for entry in SETS["stricter"]),
]]  # fmt: skip


def _name(each: object) -> str:
    return each["id"] if isinstance(each, dict) else ""


def _rate(entry: dict, grade: str, event: Event):
    """The row a set names; two grades from A is one grade for the others."""
    at = Event.ONE_GRADE if event is Event.TWO_GRADES_FROM_A and grade != "A" else event
    return find(rates(at), grade, entry[grade])


def test_ids_are_unique() -> None:
    """A comparator is named in one way only."""
    for kind in ("set", "timing"):
        ids = [entry["id"] for entry in SETS[kind]]
        assert len(ids) == len(set(ids))
    stricter = [(entry["id"], entry["event"]) for entry in SETS["stricter"]]
    assert len(stricter) == len(set(stricter))


@pytest.mark.parametrize(
    ("entry", "event"), EVERY, ids=lambda each: each["id"] if isinstance(each, dict) else ""
)
def test_no_set_uses_a_row_that_is_no_comparator(entry: dict, event: Event) -> None:
    """Treated, chronic, late, undated, thoracic and mixed rows stand for nobody in a cervical set."""
    used = [_rate(entry, grade, event) for grade in "ABC" if grade in entry]
    reasons = [why_not(rate) for rate in used]
    if entry["id"] == "historical-thoracic":
        assert entry["levels"] == ["thoracic"]
        assert reasons == ["role"]
    else:
        assert reasons == [None] * len(used)


@pytest.mark.parametrize(
    ("entry", "event"), EVERY, ids=lambda each: each["id"] if isinstance(each, dict) else ""
)
def test_a_set_has_one_row_a_grade(entry: dict, event: Event) -> None:
    """Nothing is pooled: one grade, one row; and the rate is that row's."""
    for grade in "ABC":
        if grade in entry and event is Event.ONE_GRADE:
            used = cohort_set(entry["id"]).rates[grade]
            assert len(used.sources) == 1
            assert used.value == used.early == _rate(entry, grade, event).value


# Set: rates of A, B and C, from the issue (early Japanese C: .79 to two figures).
ISSUE = {
    "early-tetraplegia": (0.30, 0.67, 0.825),
    "recent-early-tetraplegia": (0.50, 0.67, 0.825),
    "early-japanese": (0.172, 0.67, 0.791),
    "all-levels": (0.278, 0.536, 0.725),
}


@pytest.mark.parametrize("name", ISSUE)
def test_a_set_has_the_rates_of_the_issue(name: str) -> None:
    """To three decimals, as finely as the sources print them."""
    assert tuple(rate.value for rate in cohort_set(name).rates.values()) == ISSUE[name]


def test_borrowed_rates_say_so() -> None:
    """A rate of another cohort than the set's own A is marked, and the reading says it."""
    for entry in SETS["set"]:
        own = entry["A"]["cohort"]
        for grade in "BC":
            other = entry.get(grade, {"cohort": own})
            if other["cohort"] != own and entry["id"] != "early-japanese":
                assert other["borrowed"]
    study = load_study("honmou-2021")
    recent = next(c for c in comparators_for(study, study.baselines[0]) if c.id.startswith("recent"))
    found = {finding.code: finding.params for finding in recent.findings}
    assert found["evidence.borrowed-rate"] == {"grades": "B, C"}


def test_an_unknown_index_exam_has_both_defaults() -> None:
    """Early sets speak to the exam before collection, landmark sets to the one before infusion."""
    study = load_study("honmou-2021")
    early, late = (comparators_for(study, baseline) for baseline in study.baselines)
    assert [(c.id, c.default) for c in early] == [
        ("early-tetraplegia", True), ("recent-early-tetraplegia", False), ("early-japanese", False),
        ("all-levels", False),
    ]  # fmt: skip
    assert [(c.id, c.default, c.index_day) for c in late] == [
        ("tetraplegia-at-index", True, 40), ("japanese-at-index", False, 40),
    ]  # fmt: skip


def _cervical(folder: Path, index: str, **top: str) -> Study:
    head, mark, tail = study_text({("A", "B"): 2, ("C", "D"): 1}, **top).partition("[[")
    return load_study(written(folder, f"{head}{index}\n{mark}{tail}"))


@pytest.mark.parametrize(
    ("exam", "default"),
    [("before-collection", "early-tetraplegia"), ("before-infusion", "tetraplegia-at-index")],
)
def test_a_known_index_exam_has_one_default(tmp_path: Path, exam: str, default: str) -> None:
    """The default follows from the index exam."""
    study = _cervical(tmp_path, f'index = {{exam = "{exam}", {exam} = {{day = 30}}}}')
    sets = comparators_for(study, study.baselines[0])
    assert [each.id for each in sets if each.default] == [default]
    assert len(sets) == 6


def test_without_an_index_day_no_landmark_is_set(tmp_path: Path) -> None:
    """The day is not made up; a finding says which exam it is missing for."""
    study = _cervical(tmp_path, 'index = {exam = "before-infusion"}')
    assert not [each for each in comparators_for(study, study.baselines[0]) if each.index_day is not None]
    assert [(f.code, f.params) for f in no_comparator(study)] == [
        ("evidence.index-day-unknown", {"exam": "before-infusion"})
    ]


@pytest.mark.parametrize(
    ("level", "phase"),
    [("cervical", "chronic"), ("cervical", "unknown"), ("unknown", "subacute"), ("thoracic", "subacute")],
)
def test_a_study_that_no_set_suits_has_no_comparator(tmp_path: Path, level: str, phase: str) -> None:
    """A chronic study, or one whose level or phase is unknown, is read against nothing."""
    study = _cervical(tmp_path, "", level=f'"{level}"', phase=f'"{phase}"')
    assert not [each for baseline in study.baselines for each in comparators_for(study, baseline)]
    assert stricter_comparators(study) == []
    assert [finding.code for finding in no_comparator(study)] == ["evidence.no-comparator"]


def test_the_reasons_against_a_row_are_told() -> None:
    """Treated arms and trial controls by role, late and undated rows by window, others by level."""
    reasons = {(rate.sources[0].cohort, rate.level): why_not(rate) for rate in rates()}
    assert reasons["INSPIRE single arm", "T2-T12"] == "role"
    assert reasons["Shin 2015 control group", "cervical"] == "role"
    assert reasons["INSPIRE 2.0 control", "T2-T12"] == "role"
    assert reasons["Kawano 2020 landmark wk8", "cervical"] == "window"
    assert reasons["Waters 1992", "complete paraplegia"] == "window"
    assert reasons["Khorasanizadeh 2019", "all"] == "window"
    assert reasons["Lee 2016", "T2-T12"] == "level"
    assert reasons["Kawano 2020", "cervical"] is None


def test_two_rows_of_one_group_are_never_pooled() -> None:
    """Every pair of overlapping rates is refused with both names; the chosen cohorts are not."""
    refused = 0
    for one, other in itertools.combinations(rates()[:25], 2):
        if overlapping(one, other):
            with pytest.raises(Refused) as why:
                check_pooled([one, other])
            assert why.value.findings[0].params["one"] == one.sources[0].cohort
            refused += 1
        else:
            check_pooled([one, other])
    assert refused


def test_the_spread_between_cohorts_is_of_cohorts_that_share_nobody() -> None:
    """At most one cohort of a registry a grade, each counted early, followed six months, with its n."""
    chosen = between_cohorts()
    assert {grade: len(each) for grade, each in chosen.items()} == {"A": 4, "B": 0, "C": 3}
    for each in chosen.values():
        assert not any(overlapping(a, b) for a, b in itertools.combinations(each, 2))
        assert all(why_not(rate) is None and rate.n and (rate.followup_months[0] or 0) >= 6 for rate in each)


def test_rates_of_ones_own_are_taken_as_given() -> None:
    """No n, one source, no landmark; bad names and numbers are mistakes of the caller."""
    given = Comparator.given(**ALL_LEVELS)
    assert {grade: rate.value for grade, rate in given.rates.items()} == ALL_LEVELS
    assert {(rate.n, rate.sources[0].id) for rate in given.rates.values()} == {(None, "given:0")}
    for bad in ({}, {"A": 1.1}, {"A": -0.1}, {"A": float("nan")}, {"E": 0.1}, {"AB": 0.1}):
        with pytest.raises(ValueError, match="rates by grade"):
            Comparator.given(**bad)


def test_the_shipped_early_rates_are_those_of_these_tests() -> None:
    """The constants the other tests use are the shipped ones."""
    assert {grade: rate.value for grade, rate in cohort_set("early-tetraplegia").rates.items()} == EARLY
    assert {grade: rate.value for grade, rate in cohort_set("all-levels").rates.items()} == ALL_LEVELS


def test_a_rate_moved_to_the_index_day_loses_its_n() -> None:
    """People still in their grade at the landmark were never counted, so no n is claimed."""
    study = load_study("honmou-2021")
    late = comparators_for(study, study.baselines[1])[0]
    assert {(rate.n, rate.events) for rate in late.rates.values()} == {(None, None)}
    assert all(rate.timing and rate.value < rate.early for rate in late.rates.values())
    assert len(late.sources) > len(replace(cohort_set("early-tetraplegia")).sources)
