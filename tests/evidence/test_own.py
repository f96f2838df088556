"""A comparator of one's own rows: nobody counted twice, nobody treated, nobody examined too late."""

import pytest

from myelos.evidence.natural import comparator_from_rows, rates
from myelos.evidence.natural.cohorts import Rate
from myelos.findings import Refused


def row(cohort: str, grade: str = "A", level: str | None = None, table: str = "ais_transitions") -> Rate:
    found = [
        rate
        for rate in rates()
        if rate.sources[0].cohort == cohort and rate.grade == grade and rate.sources[0].table == table
    ]
    return next(rate for rate in found if level in (None, rate.level))


def codes(*chosen: Rate, index_day: float | None = None) -> list[str]:
    with pytest.raises(Refused) as refused:
        comparator_from_rows("own", {"A": chosen}, index_day=index_day)
    return [finding.code for finding in refused.value.findings]


def test_rows_of_different_registries_are_pooled_by_their_counts() -> None:
    """(35 + 42) of (203 + 139): Kawano 2020 and Spiess 2009 share no registry."""
    made = comparator_from_rows("own", {"A": [row("Kawano 2020"), row("Spiess 2009", level="all")]})
    assert (made.rates["A"].events, made.rates["A"].n) == (77, 342)
    assert made.rates["A"].value == round(77 / 342, 3)


def test_two_rows_of_one_registry_are_never_pooled() -> None:
    """Marino 1999 and Kirshblum 2016 are both SCIMS and may count the same people."""
    assert codes(row("Marino 1999"), row("Kirshblum 2016", level="all")) == ["evidence.overlapping-cohorts"]


def test_a_registry_hidden_in_a_joint_group_is_found() -> None:
    """Aimetti 2019 joins NACTN, EMSCI and SCIMS: it overlaps with each of them."""
    assert "evidence.overlapping-cohorts" in codes(row("Aimetti 2019"), row("Marino 1999"))


@pytest.mark.parametrize(
    ("cohort", "code"),
    [
        ("INSPIRE single arm", "evidence.no-comparator-role"),
        ("Shin 2015 control group", "evidence.no-comparator-role"),
        ("Kirshblum 2004", "evidence.no-comparator-window"),
        ("El Tecle 2018", "evidence.no-comparator-window"),
        ("Aimetti 2019", "evidence.no-comparator-level"),
    ],
)
def test_treated_chronic_mixed_and_thoracic_rows_are_no_comparators(cohort: str, code: str) -> None:
    """Only natural history of a like level, examined early, may stand for "without the cells"."""
    assert codes(row(cohort)) == [code]


def test_a_landmark_later_than_the_index_day_is_refused() -> None:
    """People still A at week 8 say nothing about people infused by day 54 (facts: not admissible there)."""
    late = row("Kawano 2020 landmark wk8", table="ais_conversion_rates")
    assert codes(late, index_day=54.0) == ["evidence.landmark-later-than-index"]
    assert comparator_from_rows("own", {"A": [late]}, index_day=60.0).rates["A"].value == 0.006


def test_a_row_without_n_is_never_given_one() -> None:
    """Pooling needs counts; Marino 2011 gives none for A."""
    assert codes(row("Marino 2011"), row("Kawano 2020")) == ["evidence.pooled-without-n"]


def test_every_fault_is_told_at_once() -> None:
    """Two bad rows give two findings, each with its table and row."""
    with pytest.raises(Refused) as refused:
        comparator_from_rows("own", {"A": [row("INSPIRE single arm"), row("El Tecle 2018")]})
    assert [finding.place.row for finding in refused.value.findings] == [67, 56]
