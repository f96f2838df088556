"""ISNCSCI behind the interface gives what ``isncsci`` gives, with its findings, under the edition named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from tests.isncsci.builders import record
from tests.isncsci.strategies import exams, untested_exams
from tests.measures.records import cells_of

from myelos import shapes
from myelos.answers import Answer
from myelos.findings import Place, Refused
from myelos.isncsci import Edition, Exam, classify, parse_exam
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import CELLS
from myelos.isncsci.segments import LEG_MUSCLES
from myelos.measures import change, load, read_measure, score

MEASURE = load("isncsci")


def agrees(exam: Exam) -> None:
    """Every output, every sum, every finding, as ``classify`` has them."""
    found, scored = classify(exam), score(MEASURE, cells_of(exam))
    for name in OUTPUTS:
        assert scored.outputs[name].possible == found.values(name)
    for name in SUMS:
        bounds = getattr(found.sums, name)
        assert (scored.outputs[name].low, scored.outputs[name].high) == (bounds.low, bounds.high)
    total = scored.outputs["motor_total"]
    assert (total.low, total.high) == (
        found.sums.uems.low + found.sums.lems.low,
        found.sums.uems.high + found.sums.lems.high,
    )
    assert scored.findings == found.findings


@given(exams)
def test_a_tested_exam_scores_as_isncsci_does(exam: Exam) -> None:
    """The adapter adds nothing and loses nothing."""
    agrees(exam)


@given(untested_exams(12))
def test_an_exam_with_untested_cells_keeps_its_exact_sets(exam: Exam) -> None:
    """Under NT and tags the possible values are those of ``classify``, neither more nor fewer."""
    agrees(exam)


def test_the_items_are_the_cells_and_the_outputs_the_results() -> None:
    """134 cells and two non-key entries; eleven results, twelve sums and the total motor score."""
    assert tuple(item.id for item in MEASURE.items) == (*CELLS, "right_non_key", "left_non_key")
    assert tuple(row.name for row in MEASURE.outputs) == (*OUTPUTS, *SUMS, "motor_total")
    greatest = {"uems": 50, "lems": 50, "light_touch": 112, "pin_prick": 112, "motor_total": 100}
    assert {name: MEASURE.output(name).high for name in greatest} == greatest


def test_the_nested_record_of_json_lines_reads_the_same() -> None:
    """``parse_exam``'s own record and the flat cells give one result."""
    nested = record({"right_motor_C6": 2, "left_pin_prick_S4-5": "NT"}, vac="no")
    flat = cells_of(parse_exam(nested))
    assert score(MEASURE, nested) == score(MEASURE, flat)
    del nested["id"]
    assert score(MEASURE, nested) == score(MEASURE, flat)


def test_faults_of_cells_are_told_in_the_words_of_isncsci_all_at_once() -> None:
    """A wrong score, a missing cell, a wrong answer and a misspelt cell: four findings, everything open."""
    cells = cells_of(parse_exam(record()))
    cells |= {"right_motor_C5": 6, "vac": "maybe", "right_motr_C6": 3}
    del cells["left_light_touch_T4"]
    scored = score(MEASURE, cells, Place("exams.csv", 9))
    assert [(finding.code, finding.place.column) for finding in scored.findings] == [
        ("isncsci.not-a-score", "right_motor_C5"),
        ("isncsci.missing", "left_light_touch_T4"),
        ("isncsci.not-an-answer", "vac"),
        ("measures.unknown-item", "right_motr_C6"),
    ]
    assert {finding.place.row for finding in scored.findings} == {9}
    assert scored.findings[-1].params["near"] == "right_motor_C6"
    assert scored.refused
    assert scored.outputs["ais"].possible == tuple("ABCDE")
    assert (scored.outputs["uems"].low, scored.outputs["uems"].high) == (0, 50)


def test_a_warning_does_not_refuse_the_record() -> None:
    """An implausible but possible examination is scored, and the warning goes with it."""
    scored = score(MEASURE, cells_of(parse_exam(record({"right_motor_C6": 1}))))
    assert [finding.code for finding in scored.findings] == ["isncsci.stronger-below"]
    assert not scored.refused
    assert scored.outputs["ais"].known


def test_missing_cells_are_untested_where_the_measure_says_so() -> None:
    """A user's table may take absent cells for NT; ours does not."""
    cells = cells_of(parse_exam(record()))
    del cells["right_motor_C5"]
    lenient = read_measure(shapes.plain(MEASURE) | {"missing": {"rule": "unknown", "source": "proposal"}})
    assert score(MEASURE, cells).refused
    scored = score(lenient, cells)
    assert (scored.outputs["uems_right"].low, scored.outputs["uems_right"].high) == (20, 25)


@pytest.mark.parametrize("edition", ["2011", "2013", "2015"])
def test_another_edition_is_another_measure(edition: str) -> None:
    """Zones belong to complete injuries before 2019: the same cells, scored under the edition named."""
    older = read_measure(shapes.plain(MEASURE) | {"edition": edition})
    exam = parse_exam(record({"right_motor_C7": 3}, vac="yes"))
    scored, found = score(older, cells_of(exam)), classify(exam, edition=Edition(edition))
    assert {name: scored.outputs[name].possible for name in OUTPUTS} == {
        name: found.values(name) for name in OUTPUTS
    }
    assert scored.edition == edition
    with pytest.raises(ValueError, match="cannot be compared"):
        change(scored.outputs["ais"], score(MEASURE, cells_of(exam)).outputs["ais"])


def test_an_edition_that_gives_other_results_needs_its_own_table() -> None:
    """1992 asks one more question and stands behind two results only: the table of 2019 is refused for it."""
    with pytest.raises(Refused) as refused:
        read_measure(shapes.plain(MEASURE) | {"edition": "1992"})
    codes = [finding.code for finding in refused.value.findings]
    assert codes.count("measures.unknown-result") == len(OUTPUTS) - 2
    assert "measures.not-the-cells" in codes


def test_a_gain_of_a_grade_under_untested_cells() -> None:
    """AIS B to D or E: a gain of two for certain, of three perhaps."""
    legs = [f"{side}_motor_{segment}" for side in ("right", "left") for segment in LEG_MUSCLES]
    before = score(MEASURE, record(dict.fromkeys(legs, 0), vac="no")).outputs["ais"]
    after = score(MEASURE, record(dict.fromkeys(legs[:5], "NT"))).outputs["ais"]
    gained = change(before, after)
    assert before.only() == "B"
    assert after.possible == ("D", "E")
    assert gained.gain_at_least(2) is Answer.YES
    assert gained.gain_at_least(3) is Answer.UNKNOWN
    assert gained.high == Decimal(3)
