"""The words: every code of the room has them, and an explanation is read from the stored steps."""

from __future__ import annotations

from random import Random

import pytest
from tests.isncsci.builders import exam, lost_below

from myelos.isncsci import Classification, Reading, Segment, classify, exam_of_grade, explain
from myelos.isncsci.synthetic import KINDS, synthetic_exam


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


def test_an_unknown_language_raises() -> None:
    """No words are never silence."""
    with pytest.raises(KeyError):
        explain(classify(exam()), "xx")
