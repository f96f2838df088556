"""The numbers a reader meets are those of the judgement, rounded and nothing else."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.evidence.naive import judged
from tests.report.pages import Page, chance, page_of, people, share, shipped_page, span

from myelos.evidence import Judgement, Reading
from myelos.evidence.judgement import Observed
from myelos.report.tables import tables
from myelos.report.words import Words

Rows = list[list[str]]
NO_N = {"evidence.no-n", "evidence.landmark-without-n"}
STUDIES = ("honmou-2021", "inspire-2019", "kansai-first-case-2006", "jiang-2013", "synthetic", "example")


@pytest.fixture(scope="module", params=STUDIES)
def told(request: pytest.FixtureRequest) -> tuple[Judgement, Page]:
    name = request.param
    if name in ("synthetic", "example"):
        judgement = request.getfixturevalue(name)
        return judgement, page_of(judgement)
    return judged(name), shipped_page(name)


def counted(low: float | None, high: float | None, n: float) -> str:
    return f"{span(low, high)} of {n:.0f}"


def percents(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else span(100 * low, 100 * high, 1)


def observed(judgement: Judgement) -> Rows:
    def row(each: Observed) -> list[str]:
        pairs = (each.clopper_pearson, each.wilson, each.blaker)
        fewest, most = each.improved
        return [
            counted(fewest.value, most.value, each.n),
            *(percents(a.value, b.value) for a, b in pairs),
        ]

    return [row(each) for each in (judgement.observed, *judgement.stricter_observed)]


def chances(reading: Reading, rates: str) -> list[str]:
    return [chance(each.value.value) for each in reading.tails if each.rates == rates]


def readings(judgement: Judgement) -> Rows:
    return [
        [
            people(each.expected.value, 1),
            *(span(one.low.value, one.high.value) for one in each.predictions),
            *chances(each, "known"),
            *chances(each, "predictive"),
        ]
        for each in judgement.readings
    ]


def tipping(judgement: Judgement) -> Rows:
    return [
        [share(one.share_scored_improved.value) for one in each.bias_needed]
        + [people(one.odds_multiplier.value, 2) for one in each.bias_needed]
        for each in judgement.readings
        if each.bias_needed
    ]


def biased(judgement: Judgement) -> Rows:
    rows = []
    for reading in judgement.readings:
        for kind, size in dict.fromkeys((each.kind, each.size.value) for each in reading.biased):
            same = [each for each in reading.biased if (each.kind, each.size.value) == (kind, size)]
            rows.append([chance(each.tail.value) for each in same])
    return rows


def unreported(judgement: Judgement) -> Rows:
    return [
        [people(one.people.value) for one in sorted(each.unreported, key=lambda one: one.grade)]
        for each in judgement.readings
        if each.unreported
    ]


def e_values(judgement: Judgement) -> Rows:
    found = (each.e_value_at_limit.value for each in judgement.readings)
    return [[f"{value:.2f}"] for value in found if value is not None]


def stricter(judgement: Judgement) -> Rows:
    return [
        [counted(*each.improved, each.n), people(each.expected.value, 1)]
        + [chance(tail.value.value) for tail in each.tails]
        for each in judgement.stricter
    ]


TABLES: dict[str, Callable[[Judgement], Rows]] = {
    "observed.caption": observed,
    "readings.caption": readings,
    "tipping.caption": tipping,
    "biased.caption": biased,
    "unreported.caption": unreported,
    "evalue.caption": e_values,
    "stricter.caption": stricter,
}


@pytest.mark.slow
@pytest.mark.parametrize("code", TABLES)
def test_a_table_holds_the_numbers_of_the_judgement(told: tuple[Judgement, Page], code: str) -> None:
    """Every number of every row in its place, or no table where there are no numbers."""
    judgement, page = told
    wanted, table = TABLES[code](judgement), page.table(code)
    found = [[cell.text for cell in row] for row in table.numbers()] if table else []
    assert found == wanted


@pytest.mark.slow
def test_the_range_over_splits_is_that_of_its_own_chance(told: tuple[Judgement, Page]) -> None:
    """Below each chance its own range, and none where the split is certain."""
    judgement, page = told
    table = page.table("readings.caption")
    for reading, row in zip(judgement.readings, table.numbers() if table else [], strict=True):
        for tail, cell in zip(reading.tails, row[1 + len(reading.predictions) :], strict=True):
            if tail.over_splits is None:
                assert "all splits" not in cell.small
                continue
            ends = [chance(each.value) for each in (tail.over_splits.low, tail.over_splits.high)]
            assert cell.small.endswith(" to ".join(ends))


@pytest.mark.slow
def test_a_chance_without_the_cohorts_n_is_not_available(told: tuple[Judgement, Page]) -> None:
    """A row without n gives points only: its predictive chance is never a number."""
    judgement, page = told
    table = page.table("readings.caption")
    for reading, row in zip(judgement.readings, table.numbers() if table else [], strict=True):
        predictive = [each.value.value for each in reading.tails if each.rates == "predictive"]
        assert [cell.text == "not available" for cell in row[-len(predictive) :]] == [
            value is None for value in predictive
        ]
        if None in predictive:
            assert {finding.code for finding in reading.findings} & NO_N


def test_a_chance_with_the_cohorts_n_is_told(honmou: Judgement) -> None:
    """Where a cohort gives its n, its own chance stands in the same place."""
    first, *others = honmou.readings
    tails = [
        replace(each, value=replace(each.value, value=0.0321)) if each.rates == "predictive" else each
        for each in first.tails
    ]
    words = Words()
    made = tables(replace(honmou, readings=(replace(first, tails=tuple(tails)), *others)), words)
    readings = next(each for each in made if each.caption == words("readings.caption"))
    assert [row[-1].text for row in readings.rows] == [".032", *["not available"] * len(others)]


@pytest.mark.slow
def test_the_first_screen_expects_what_the_judgement_does(told: tuple[Judgement, Page]) -> None:
    """One line a reading: expected people, and their interval where cohorts differ."""
    judgement, page = told
    lines = [row for block in page.named("expected") for row in block.numbers()]
    wanted = [
        [people(each.expected.value, 1), span(each.predictions[1].low.value, each.predictions[1].high.value)]
        for each in judgement.readings
        if each.expected.value is not None
    ]
    assert [row for row in ([cell.text for cell in row] for row in lines) if row[0][0].isdigit()] == wanted


@pytest.mark.slow
def test_natural_gains_are_those_of_the_judgement(told: tuple[Judgement, Page]) -> None:
    """Weeks, gain by grade and weighted gain, measure by measure."""
    judgement, page = told
    found = [
        [cell.text for cell in row]
        for each in page.named("table")
        if each.text.startswith("Natural gain")
        for row in each.numbers()
    ]
    wanted = []
    for _, gains in judgement.gains:
        grades = sorted({grade for each in gains for grade in each.by_grade})
        for each in gains:
            by_grade = [each.by_grade.get(grade) for grade in grades]
            wanted.append(
                [
                    f"{each.weeks[0]:.0f} to {each.weeks[1]:.0f}",
                    *(people(gain.value if gain else None, 1) for gain in by_grade),
                    people(each.weighted.value if each.weighted else None, 1),
                    people(each.observed.value, 1) if each.observed else "not given",
                ]
            )
    assert found == wanted


@pytest.mark.slow
def test_every_row_of_the_comparators_is_listed(told: tuple[Judgement, Page]) -> None:
    """The list of sources names each row once, and which are recalled."""
    judgement, page = told
    table = page.table("sources.caption")
    found = {row[0].text: row for row in table.rows if row} if table else {}
    assert set(found) == (set(judgement.sources) if judgement.readings or judgement.stricter else set())
    for name, row in found.items():
        assert ("recalled" in row[3].text) is judgement.sources[name].recalled
