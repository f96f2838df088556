"""The words: every code of the room has them, and an explanation is read from the stored steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from tests.isncsci.builders import exam, lost_below

from myelos.isncsci import (
    Classification,
    Edition,
    Exam,
    Reading,
    Segment,
    classify,
    exam_of_grade,
    explain,
    explain_open,
)
from myelos.isncsci.exam import Answer
from myelos.isncsci.explanation import say_cells
from myelos.isncsci.segments import KEY_MUSCLES
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

READINGS = [(Reading.MYELOS, edition) for edition in Edition] + [(Reading.PRAXIS, Edition.Y2019)]
"""Every edition, and the other reading of the last."""


def test_every_step_and_finding_can_be_said() -> None:
    """No drawn examination has a step or finding without words or without a parameter for them."""
    rng = Random(7)
    for number in range(600):
        kind = rng.choice(list(KINDS))
        result = classify(synthetic_exam(rng, kind, non_key=number % 2 == 0))
        said = explain(result)
        assert len(said) == len(result.steps) + len(result.findings)
        assert all(text and "{" not in text for text in said)


def test_the_explanation_of_a_complete_injury_names_what_it_rests_on() -> None:
    """Edition, the deciding cells, the sacral answers and the grade are all told."""
    said = "\n".join(explain(classify(exam(lost_below("C6"), vac="no", dap="no"))))
    for part in ("2019", "right_motor_C7 = 0", "left_light_touch_C7 = 0", "level of injury is C6", "AIS A."):
        assert part in said


@pytest.mark.parametrize(
    ("grade", "wanted"),
    [
        ("A", {"isncsci.complete"}),
        ("B", {"isncsci.incomplete", "isncsci.motor-complete"}),
        ("C", {"isncsci.incomplete", "isncsci.under-half-useful"}),
        ("D", {"isncsci.incomplete", "isncsci.at-least-half-useful"}),
        ("E", {"isncsci.normal-everywhere"}),
    ],
)
def test_each_grade_stores_the_questions_that_decided_it(grade: str, wanted: set[str]) -> None:
    """The steps hold the deciding answers, the edition first, and the grade itself."""
    level = Segment.INT if grade == "E" else Segment.C5
    result = classify(exam_of_grade(Random(3), grade, level))
    codes = [step.code for step in result.steps]
    assert codes[0] == "isncsci.edition"
    assert wanted <= set(codes)
    assert {"grade": grade} in [dict(step.params) for step in result.steps]


def _step(result: Classification, code: str) -> dict[str, object]:
    return next(dict(step.params) for step in result.steps if step.code == f"isncsci.{code}")


def test_the_count_for_c_against_d_is_stored() -> None:
    """n and k of R5.4 and the level they are counted below are parameters of the step."""
    result = classify(exam(lost_below("C5") | {"right_motor_L2": 4}))
    assert _step(result, "under-half-useful") == {"n": 18, "k": 1, "level": "C5"}


def test_far_function_is_stored_by_side() -> None:
    """Muscles and the non-key entry more than three segments below are named with their side."""
    cells = lost_below("C5") | {"right_motor_L3": 1, "right_motor_S1": 2, "left_non_key": "L4"}
    result = classify(exam(cells, vac="no", dap="yes"))
    assert _step(result, "far-muscles") == {"side": "right", "level": "C5", "muscles": "L3, S1"}
    assert _step(result, "far-non-key") == {"side": "left", "level": "C5", "entry": "L4"}


def test_the_praxis_reading_of_the_level_is_told_as_such() -> None:
    """INT above motor levels of S3 is never called the most rostral of the four."""
    result = classify(exam(vac="no"), Reading.PRAXIS)
    assert _step(result, "nli-intact-but-contraction") == {"level": "INT"}
    assert "isncsci.nli" not in {step.code for step in result.steps}


def test_two_grades_are_told_without_a_word_between_them() -> None:
    """Parameters are the same in every language: a tie of 1992 stores ``C, D``."""
    weak: dict[str, int | str] = {f"right_motor_{muscle.label}": 3 for muscle in KEY_MUSCLES[1:]}
    tied = replace(exam(lost_below("C5") | weak), any_anal_sensation=Answer.YES)
    result = classify(tied, edition=Edition.Y1992)
    assert result.values("ais") == ("C", "D")
    assert _step(result, "grade") == {"grade": "C, D"}
    assert "AIS C, D. (R5)" in explain(result)
    assert "AISはC, D。 (R5)" in explain(result, "ja")


def _both_languages(english: list[str], japanese: list[str]) -> None:
    """As many lines, each filled in, none left in English, and the same rule behind each."""
    assert len(japanese) == len(english)
    for en, ja in zip(english, japanese, strict=True):
        assert not set("{}") & set(ja)
        assert not ja.isascii()
        assert ja.endswith(("。", ")", ":"))
        assert _RULE.findall(ja) == _RULE.findall(en)
        assert {name for name in _CELL.findall(en) if name not in ja} == set()


_RULE = re.compile(r"\((R\d(?:, R\d)?)\b")
_CELL = re.compile(r"(?:right|left)_[a-z_]+_[A-Z0-9-]+")


def _drawn(number: int, most_open: int) -> Iterator[tuple[Exam, Reading, Edition]]:
    rng = Random(11)
    for n in range(number):
        made = synthetic_exam(rng, rng.choice(list(KINDS)), non_key=n % 2 == 0)
        if n % 3:
            made = untested(rng, made, rng.randint(1, most_open))
        yield (replace(made, any_anal_sensation=made.dap), *READINGS[n % len(READINGS)])


def test_an_explanation_says_the_same_in_japanese() -> None:
    """Every drawn examination, under every edition and both readings."""
    for made, reading, edition in _drawn(300, most_open=12):
        result = classify(made, reading, edition)
        _both_languages(explain(result), explain(result, "ja"))


def test_what_is_open_is_told_the_same_in_japanese() -> None:
    """The scores that give each possible value, and the steps to it."""
    told = 0
    for made, reading, edition in _drawn(45, most_open=8):
        english = explain_open(made, reading, edition)
        _both_languages(english, explain_open(made, reading, edition, "ja"))
        told += len(english)
    assert told > 100


def test_the_explanation_in_japanese_names_what_it_rests_on() -> None:
    """Edition, the deciding cells, the sacral answers and the grade, in the words of the worksheet."""
    said = "\n".join(explain(classify(exam(lost_below("C6"), vac="no", dap="no")), "ja"))
    for part in (
        "2019年版",
        "右の運動高位はC6",
        "right_motor_C7 = 0",
        "神経学的損傷高位 (NLI) はC6",
        "随意肛門収縮 (VAC): なし。",
        "完全損傷である。",
        "AISはA。",
    ):
        assert part in said


def test_runs_of_cells_are_told_by_their_ends_in_japanese() -> None:
    """The names of cells stay as they are: they are what a file calls them."""
    cells = [("right_motor_C8", "5"), ("right_motor_T1", "5"), ("vac", "yes")]
    assert say_cells(cells, "ja") == "right_motor_C8〜T1 = 5, vac = yes"


def test_an_unknown_language_raises() -> None:
    """No words are never silence."""
    with pytest.raises(KeyError):
        explain(classify(exam()), "xx")
