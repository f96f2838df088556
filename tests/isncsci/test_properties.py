"""What must hold for every fully tested examination, from first principles."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.isncsci.second import classify_again, plain
from tests.isncsci.strategies import exams

from myelos.isncsci import Exam, Reading, Segment, classify
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import SCORES, Answer, Score, Side
from myelos.isncsci.records import record_of


def mirrored(exam: Exam) -> Exam:
    return replace(exam, right=exam.left, left=exam.right)


def swapped(name: str) -> str:
    if "right" in name:
        return name.replace("right", "left")
    return name.replace("left", "right")


def rank(label: str) -> int:
    return int(Segment.of(label))


def values(scores: tuple[Score, ...]) -> list[int]:
    return [score.value for score in scores if score.value is not None]


@given(exams)
def test_a_second_classifier_written_differently_agrees(exam: Exam) -> None:
    """All eleven outputs equal those of the naive classifier of second.py."""
    again = classify_again(plain(record_of(exam)))
    result = classify(exam)
    assert {name: result.only(name) for name in OUTPUTS} == again


@given(exams, st.sampled_from(Reading))
def test_swapping_the_sides_swaps_the_results(exam: Exam, reading: Reading) -> None:
    """Nothing prefers a side: levels, zones and sums swap, NLI, completeness and grade stay."""
    result, mirror = classify(exam, reading), classify(mirrored(exam), reading)
    assert all(result.values(name) == mirror.values(swapped(name)) for name in OUTPUTS)
    assert all(getattr(result.sums, name) == getattr(mirror.sums, swapped(name)) for name in SUMS)


@given(exams)
def test_the_grade_is_a_exactly_when_complete_and_e_exactly_when_intact(exam: Exam) -> None:
    """A means complete; E means all four levels INT."""
    result = classify(exam)
    levels = {result.only(name) for name in OUTPUTS[:4]}
    assert (result.only("ais") == "A") == (result.only("complete") == "C")
    assert (result.only("ais") == "E") == (levels == {"INT"})
    assert result.only("nli") == min(levels, key=rank)


@given(exams)
def test_a_motor_complete_grade_has_no_contraction(exam: Exam) -> None:
    """A and B need VAC no."""
    assert exam.vac is Answer.NO or classify(exam).only("ais") in "CDE"


@given(exams)
def test_zones_are_absent_or_at_or_below_their_level(exam: Exam) -> None:
    """A zone is NA by VAC (motor) or sacral sensation (sensory), else never above the level of its side."""
    result = classify(exam)
    for side, cells in (("right", exam.right), ("left", exam.left)):
        felt = exam.dap is Answer.YES or any((cells.light_touch[-1].value, cells.pin_prick[-1].value))
        for kind, absent in (("sensory", felt), ("motor", exam.vac is Answer.YES)):
            zone = result.only(f"zpp_{kind}_{side}")
            assert (zone == "NA") == absent
            assert absent or rank(zone) >= rank(result.only(f"{kind}_{side}"))


@given(exams)
def test_sums_are_the_sums_of_the_scores(exam: Exam) -> None:
    """R8 by counting again; both sides add up."""
    sums = classify(exam).sums
    for side, cells in (("right", exam.right), ("left", exam.left)):
        motor = values(cells.motor)
        assert getattr(sums, f"uems_{side}").exact == sum(motor[:5])
        assert getattr(sums, f"lems_{side}").exact == sum(motor[5:])
        assert getattr(sums, f"light_touch_{side}").exact == sum(values(cells.light_touch))
        assert getattr(sums, f"pin_prick_{side}").exact == sum(values(cells.pin_prick))
    for name in ("uems", "lems", "light_touch", "pin_prick"):
        both = getattr(sums, f"{name}_right") + getattr(sums, f"{name}_left")
        assert getattr(sums, name) == both


@given(exams, st.integers(0, 9))
def test_a_stronger_muscle_never_raises_the_motor_level(exam: Exam, muscle: int) -> None:
    """Setting one right muscle to 5 moves the right motor level down the cord or not at all."""
    motor = (*exam.right.motor[:muscle], SCORES[5][5], *exam.right.motor[muscle + 1 :])
    stronger = replace(exam, right=replace(exam.right, motor=motor))
    before, after = classify(exam), classify(stronger)
    assert rank(after.only("motor_right")) >= rank(before.only("motor_right"))
    assert after.only("sensory_right") == before.only("sensory_right")
    assert after.only("complete") == before.only("complete")


@given(exams, st.integers(0, 27))
def test_better_sensation_never_raises_a_level(exam: Exam, dermatome: int) -> None:
    """Setting one right dermatome to 2 moves right levels and the NLI down the cord or not at all."""
    touch, prick = (
        (*scores[:dermatome], SCORES[2][2], *scores[dermatome + 1 :])
        for scores in (exam.right.light_touch, exam.right.pin_prick)
    )
    better = replace(exam, right=replace(exam.right, light_touch=touch, pin_prick=prick))
    before, after = classify(exam), classify(better)
    for name in ("sensory_right", "motor_right", "nli"):
        assert rank(after.only(name)) >= rank(before.only(name))


_SAME_CLASS = {1: 2, 2: 1, 3: 4, 4: 3}


@given(exams)
def test_motor_grades_matter_only_in_four_classes(exam: Exam) -> None:
    """Trading 1 with 2 and 3 with 4 everywhere changes no output (spec: classes 0, 1-2, 3-4, 5)."""

    def traded(side: Side) -> Side:
        return replace(side, motor=tuple(SCORES[5][_SAME_CLASS.get(v, v)] for v in values(side.motor)))

    other = replace(exam, right=traded(exam.right), left=traded(exam.left))
    result, again = classify(exam), classify(other)
    assert all(result.values(name) == again.values(name) for name in OUTPUTS)


@given(exams)
def test_a_non_key_entry_can_only_lift_b(exam: Exam) -> None:
    """Dropping the entries changes no level, and the grade only back to B."""
    bare = replace(exam, right=replace(exam.right, non_key=None), left=replace(exam.left, non_key=None))
    result, without = classify(exam), classify(bare)
    assert all(result.values(name) == without.values(name) for name in OUTPUTS[:6])
    assert result.ais == without.ais or without.ais == ("B",)


@given(exams)
def test_the_readings_differ_only_in_the_level_and_the_motor_zones(exam: Exam) -> None:
    """Reading.PRAXIS touches R3 and R7 and nothing else."""
    default, praxis = classify(exam), classify(exam, Reading.PRAXIS)
    differ = {name for name in OUTPUTS if default.values(name) != praxis.values(name)}
    assert differ <= {"nli", "zpp_motor_right", "zpp_motor_left"}
