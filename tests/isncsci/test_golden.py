"""Examinations whose result was worked out by hand from the rules of the 2019 edition.

The last three are the spec's exams with one untestable cell each ("where Praxis is provably wrong"): with
that cell run over all its values, the results must be exactly the true set.
"""

from __future__ import annotations

import pytest
from tests.isncsci.builders import Cells, below, both, exam, lost_below

from myelos.isncsci import classify
from myelos.isncsci.editions import OUTPUTS

INTACT = ("INT", "INT", "INT", "INT", "INT", "I", "E", "NA", "NA", "NA", "NA")

GOLDEN: dict[str, tuple[Cells, str, str, tuple[str, ...]]] = {
    "everything normal": ({}, "yes", "yes", INTACT),
    "everything normal, deep anal pressure not felt": (
        {}, "yes", "no", INTACT,
    ),
    "C5 complete, nothing below": (
        lost_below("C5"), "no", "no",
        ("C5", "C5", "C5", "C5", "C5", "C", "A", "C5", "C5", "C5", "C5"),
    ),
    "T10 complete, zones of two segments, motor level follows sensation": (
        lost_below("T10") | {"right_light_touch_T11": 1, "right_pin_prick_T12": 1},
        "no", "no",
        ("T10", "T10", "T10", "T10", "T10", "C", "A", "T12", "T10", "T10", "T10"),
    ),
    "C6 complete, zones by a trace in C8 on the right": (
        lost_below("C6") | {"right_motor_C7": 2, "right_motor_C8": 1}, "no", "no",
        ("C6", "C6", "C6", "C6", "C6", "C", "A", "C6", "C6", "C8", "C6"),
    ),
    "C4, pin prick at S4-5 on the left only: B, sensory zone on the right only": (
        lost_below("C4") | {"left_pin_prick_S4-5": 1}, "no", "no",
        ("C4", "C4", "C4", "C4", "C4", "I", "B", "C4", "NA", "C4", "C4"),
    ),
    "C5, sacral touch, a trace in right L3: C": (
        lost_below("C5") | both("light_touch_S4-5", 1) | {"right_motor_L3": 1}, "no", "yes",
        ("C5", "C5", "C5", "C5", "C5", "I", "C", "NA", "NA", "L3", "C5"),
    ),
    "C5 motor, C7 sensory; all muscles below 3: D, level by the muscle": (
        below("C5", motor=3) | below("C7", touch=1, prick=1), "yes", "yes",
        ("C7", "C7", "C6", "C6", "C6", "I", "D", "NA", "NA", "NA", "NA"),
    ),
    "C1: dermatome C2 abnormal, muscles normal": (
        below("C1", touch=1, prick=1), "yes", "yes",
        ("C1", "C1", "C1", "C1", "C1", "I", "D", "NA", "NA", "NA", "NA"),
    ),
    "L3 conus, four different levels": (
        below("L3", motor=0, touch=0, prick=0, sides=("right",))
        | below("L5", motor=0, touch=0, prick=0, sides=("left",))
        | {"right_motor_L3": 4, "left_motor_S1": 3, "left_light_touch_L5": 1},
        "no", "no",
        ("L3", "L4", "L3", "S1", "L3", "C", "A", "L3", "L5", "L3", "S1"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_a_hand_worked_examination_has_its_result(name: str) -> None:
    """All eleven outputs are those worked out by hand from R1 to R7."""
    changes, vac, dap, expected = GOLDEN[name]
    result = classify(exam(changes, vac=vac, dap=dap))
    assert {output: result.only(output) for output in OUTPUTS} == dict(zip(OUTPUTS, expected, strict=True))


def test_an_untestable_pin_prick_at_t8_leaves_b_and_d() -> None:
    """Spec, exam 1: over all values of right pin prick T8 the grade is B or D, never C."""
    cells = both("motor_S1", 1) | {"right_motor_S1": 2} | below("L5", touch=1, prick=1, sides=("left",))
    found = {
        classify(exam(cells | {"right_pin_prick_T8": score}, vac="no", dap="no")).ais for score in range(3)
    }
    assert found == {("B",), ("D",)}


def test_an_untestable_left_l4_leaves_c_alone() -> None:
    """Spec, exam 2: over all grades of left L4 the grade is C."""
    right: Cells = {"right_motor_S1": 0}
    right |= below("L5", touch=1, sides=("right",)) | below("L4", prick=1, sides=("right",))
    left: Cells = {"left_motor_L5": 1, "left_motor_S1": 1}
    left |= below("L4", touch=1, prick=1, sides=("left",))
    assert {classify(exam(right | left | {"left_motor_L4": g})).ais for g in range(6)} == {("C",)}


def test_an_untestable_sacral_pin_prick_leaves_two_motor_zones() -> None:
    """Spec, exam 3: the left non-key entry sets the left motor zone only when S4-5 is felt."""
    cells = lost_below("C6") | {"left_non_key": "L2"}
    found = [classify(exam(cells | {"left_pin_prick_S4-5": score}, vac="no", dap="no")) for score in range(3)]
    assert [result.only("zpp_motor_left") for result in found] == ["C6", "L2", "L2"]
    assert [result.only("ais") for result in found] == ["A", "C", "C"]
