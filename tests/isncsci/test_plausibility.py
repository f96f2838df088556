"""Warnings about possible but unusual scores: each at its threshold, none for textbook pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.isncsci.builders import Cells, below, both, exam, lost_below
from tests.isncsci.strategies import untested_exams

from myelos.findings import Finding, Severity
from myelos.isncsci import Edition, Exam, classification, classify
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import CELLS, Answer
from myelos.isncsci.explanation import explain, say
from myelos.isncsci.plausibility import implausible
from myelos.isncsci.records import record_of
from myelos.isncsci.segments import ARM_MUSCLES, KEY_MUSCLES, LEG_MUSCLES

STRONGER, DENIED, PRICK = (
    f"isncsci.{name}" for name in ("stronger-below", "anal-sensation-denied", "prick-without-touch")
)
NEIGHBOURS = [pair for limb in (ARM_MUSCLES, LEG_MUSCLES) for pair in pairwise(limb)]


def told(made: Exam, asked: str = "dap") -> list[tuple[str, str | None]]:
    """(code, cell) of each warning."""
    return [(finding.code, finding.place.column) for finding in implausible(made, asked)]


# a stronger muscle below


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("pair", NEIGHBOURS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_a_muscle_three_grades_above_its_neighbour_is_asked_about(side: str, pair: tuple[str, str]) -> None:
    """Every neighbouring pair of a limb: 2 over 5 is asked about at the lower cell, 3 over 5 is not."""
    above, lower = (f"{side}_motor_{segment}" for segment in pair)
    (finding,) = implausible(exam({above: 2}))
    assert (finding.code, finding.place.column) == (STRONGER, lower)
    assert finding.params == {"below": f"{lower} = 5", "above": f"{above} = 2"}
    assert told(exam({above: 3})) == []


@pytest.mark.parametrize(
    ("upper", "lower", "asked"), [(0, 3, True), (0, 2, False), (1, 4, True), (2, 4, False)]
)
def test_the_difference_counts_not_the_grades(upper: int, lower: int, asked: bool) -> None:
    """Three grades apart anywhere on the scale."""
    arm: Cells = {f"right_motor_{muscle}": lower for muscle in ARM_MUSCLES[1:]}
    found = told(exam(arm | {"right_motor_C5": upper}))
    assert found == ([(STRONGER, "right_motor_C6")] if asked else [])


def test_a_weaker_muscle_below_is_the_ordinary_picture() -> None:
    """Only a stronger one is asked about."""
    assert (
        told(exam(both("motor_C6", 0) | both("motor_C7", 0) | both("motor_C8", 0) | both("motor_T1", 0)))
        == []
    )


def test_arm_and_leg_are_not_neighbours() -> None:
    """T1 of 0 above L2 of 5: another limb, no question."""
    assert told(exam(both("motor_T1", 0))) == []


def test_an_untested_muscle_between_two_ends_the_comparison() -> None:
    """0, NT, 5: neither pair is tested whole."""
    assert told(exam({"right_motor_C5": 0, "right_motor_C6": "NT"})) == []
    assert told(exam({"left_motor_L4": 0, "left_motor_L5": "NT*"})) == []


def test_a_side_is_not_compared_with_the_other() -> None:
    """One arm without strength beside a normal one is no question."""
    assert told(exam({f"left_motor_{muscle}": 0 for muscle in KEY_MUSCLES})) == []


# pin prick without touch


def stretch(side: str, first: str, count: int, prick: int | str = 1) -> Cells:
    """``count`` dermatomes from ``first`` on without touch, with pin prick."""
    labels = [cell.rpartition("_")[2] for cell in CELLS if cell.startswith(f"{side}_light_touch_")]
    chosen = labels[labels.index(first) :][:count]
    return {f"{side}_light_touch_{s}": 0 for s in chosen} | {f"{side}_pin_prick_{s}": prick for s in chosen}


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize(("first", "last"), [("C2", "C4"), ("T11", "L1"), ("S2", "S4-5")])
def test_three_dermatomes_of_pin_prick_without_touch_are_asked_about(
    side: str, first: str, last: str
) -> None:
    """At the top, over the thorax and at the end of the cord; two in a row are not asked about."""
    (finding,) = implausible(exam(stretch(side, first, 3)))
    assert (finding.code, finding.place.column) == (PRICK, f"{side}_light_touch_{first}")
    assert finding.params == {"side": side, "first": first, "last": last}
    assert told(exam(stretch(side, first, 2))) == []


def test_one_long_stretch_is_one_question_and_two_stretches_are_two() -> None:
    """A stretch is told once with its ends, however long."""
    assert implausible(exam(stretch("right", "T2", 9)))[0].params["last"] == "T10"
    assert told(exam(stretch("right", "T2", 9))) == [(PRICK, "right_light_touch_T2")]
    two = exam(stretch("right", "T2", 3) | stretch("right", "L1", 3, prick=2))
    assert told(two) == [(PRICK, "right_light_touch_T2"), (PRICK, "right_light_touch_L1")]


@pytest.mark.parametrize(
    "gap",
    [
        {"left_light_touch_T6": "NT"},
        {"left_pin_prick_T6": "NT"},
        {"left_light_touch_T6": 1},
        {"left_pin_prick_T6": 0},
    ],
    ids=str,
)
def test_a_dermatome_untested_or_ordinary_ends_a_stretch(gap: Cells) -> None:
    """Two, a gap, two: neither side of the gap is long enough."""
    assert told(exam(stretch("left", "T4", 5) | gap)) == []


def test_touch_without_pin_prick_is_the_ordinary_picture() -> None:
    """The anterior cord loses pin prick and keeps touch."""
    assert told(exam(below("T4", touch=2, prick=0))) == []


# sensation in the anus denied


@pytest.mark.parametrize(
    "cell", [f"{s}_{b}_S4-5" for s in ("right", "left") for b in ("light_touch", "pin_prick")]
)
@pytest.mark.parametrize("score", [1, 2, "1*"])
def test_deep_pressure_denied_though_s4_5_is_felt_is_asked_about(cell: str, score: int | str) -> None:
    """Any one of the four sacral scores above 0 is enough, tagged or not; the place is the answer."""
    (finding,) = implausible(exam(lost_below("T4") | {cell: score}, vac="no", dap="no"))
    assert (finding.code, finding.place.column) == (DENIED, "dap")
    said = str(score).rstrip("*")
    assert finding.params == {"cell": "dap", "cells": f"{cell} = {said}"}


@pytest.mark.parametrize("dap", ["yes", "NT"])
def test_only_a_no_denies(dap: str) -> None:
    """Felt at S4-5 with deep pressure felt, or untested, is no question."""
    assert told(exam(vac="no", dap=dap)) == []


@pytest.mark.parametrize("score", [0, "NT", "NT**"])
def test_what_was_not_felt_or_not_tested_is_no_contradiction(score: int | str) -> None:
    """NT never counts as felt."""
    cells = both("light_touch_S4-5", score) | both("pin_prick_S4-5", score)
    assert DENIED not in [code for code, _ in told(exam(lost_below("T4") | cells, dap="no"))]


def test_1992_asks_about_its_own_answer() -> None:
    """Under 1992 the answer at fault is any anal sensation, under 2019 deep anal pressure."""
    denied = replace(exam(dap="yes"), any_anal_sensation=Answer.NO)
    assert told(denied, "any_anal_sensation") == [(DENIED, "any_anal_sensation")]
    codes = {
        e: [f.code for f in classify(denied, edition=e).findings] for e in (Edition.Y1992, Edition.Y2019)
    }
    assert DENIED in codes[Edition.Y1992]
    assert DENIED not in codes[Edition.Y2019]


# textbook pictures


def limb(muscles: tuple[object, ...], *grades: int) -> Cells:
    return {k: v for m, g in zip(muscles, grades, strict=True) for k, v in both(f"motor_{m}", g).items()}


ZONE: Cells = both("motor_C6", 3) | both("motor_C7", 1) | both("light_touch_C6", 1) | both("pin_prick_C6", 1)
TEXTBOOK = {
    "normal": exam(),
    "complete, C5": exam(lost_below("C5"), vac="no", dap="no"),
    "complete, C5, with a zone": exam(lost_below("C5") | ZONE, vac="no", dap="no"),
    "complete, T6": exam(lost_below("T6"), vac="no", dap="no"),
    "sensory incomplete": exam(below("C6", motor=0, touch=1, prick=0), vac="no", dap="yes"),
    "central cord": exam(
        limb(ARM_MUSCLES, 4, 3, 2, 1, 1) | limb(LEG_MUSCLES, 4, 4, 4, 5, 5) | below("C4", touch=1, prick=1)
    ),
    "anterior cord": exam(below("T4", motor=0, touch=2, prick=0), vac="no"),
    "half the cord": exam(
        below("C6", motor=1, touch=1, sides=("right",)) | below("C7", prick=0, sides=("left",))
    ),
    "conus": exam(
        limb(LEG_MUSCLES, 5, 4, 3, 2, 1) | below("L5", touch=0, prick=0), vac="no", dap="no"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_pictures_pass_without_a_question(name: str) -> None:
    """Complete, central, anterior, lateral and conus injuries with smooth grades raise no warning."""
    assert told(TEXTBOOK[name]) == []


# what a warning is and is not


def wrong_in_all_ways() -> Exam:
    cells = {"right_motor_C5": 1} | stretch("left", "T4", 4) | stretch("right", "C3", 3)
    return exam(cells, dap="no")


def test_all_that_is_unusual_is_told_at_once_as_warnings() -> None:
    """No question hides another, and none forbids."""
    found = implausible(wrong_in_all_ways())
    assert {finding.code for finding in found} == {STRONGER, DENIED, PRICK}
    assert len(found) == 4
    assert {finding.severity for finding in found} == {Severity.WARNING}
    assert {finding.place.column for finding in found} <= set(CELLS)


def test_the_warnings_stand_in_the_result() -> None:
    """classify carries them, of a fully tested examination and of one with an untested cell alike."""
    found = implausible(wrong_in_all_ways())
    untested = replace(wrong_in_all_ways(), vac=Answer.NT)
    for made in (wrong_in_all_ways(), untested):
        assert set(map(key, found)) <= set(map(key, classify(made).findings))


def key(finding: Finding) -> tuple[str, str | None]:
    return finding.code, finding.place.column


@given(untested_exams(20))
def test_a_warning_names_a_cell_and_scores_that_are_there(made: Exam) -> None:
    """Whatever is said of a score is what the record holds, and NT is never quoted."""
    record = record_of(made)
    cells = {
        f"{side}_{block}_{label}": score
        for side in ("right", "left")
        for block in ("motor", "light_touch", "pin_prick")
        for label, score in record[side][block].items()  # type: ignore[index]
    } | {"vac": record["vac"], "dap": record["dap"]}
    for finding in implausible(made):
        assert finding.place.column in cells
        quoted = [str(finding.params[name]) for name in ("below", "above", "cells") if name in finding.params]
        for cell, score in (part.split(" = ") for text in quoted for part in text.split(", ")):
            assert str(cells[cell]).rstrip("*") == score


@given(made=untested_exams(12), edition=st.sampled_from(Edition))
def test_warnings_change_no_output_and_no_sum(made: Exam, edition: Edition) -> None:
    """The result without the warnings is the same in everything but its findings."""
    asked = replace(made, any_anal_sensation=made.dap)
    result = classify(asked, edition=edition)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classification, "implausible", lambda *_: ())
        silent = classify(asked, edition=edition)
    kept = tuple(f for f in result.findings if f.code not in (STRONGER, DENIED, PRICK))
    assert replace(result, findings=kept) == silent
    assert all(result.values(name) == silent.values(name) for name in OUTPUTS)
    assert all(getattr(result.sums, name) == getattr(silent.sums, name) for name in SUMS)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_warning_has_words_that_name_what_it_asks_about(language: str) -> None:
    """The cells, scores and ends of a stretch are all in the sentence, in both languages."""
    for finding in implausible(wrong_in_all_ways()):
        said = say(finding, language)
        assert all(str(value) in said for name, value in finding.params.items() if name != "side")
        assert said.isascii() == (language == "en")
        assert said in explain(classify(wrong_in_all_ways()), language)
