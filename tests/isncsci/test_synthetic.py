"""Made-up examinations are what they say, and the same seed makes the same one."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from myelos.isncsci import Segment, classify, exam_of_grade
from myelos.isncsci.synthetic import KINDS, LEVELS, synthetic_exam


@pytest.mark.parametrize("grade", "ABCD")
@pytest.mark.parametrize("recovery", [0.0, 0.5, 1.0])
def test_the_wanted_grade_and_level_come_out(grade: str, recovery: float) -> None:
    """At every level that grade can have, AIS and NLI are exactly the wanted ones."""
    for level in LEVELS:
        if grade == "C" and level >= Segment.S1:
            continue
        for seed in range(10):
            result = classify(exam_of_grade(Random(seed), grade, level, recovery=recovery))
            assert (result.only("ais"), result.only("nli")) == (grade, level.label)


def test_grade_e_is_intact() -> None:
    """E has level INT."""
    result = classify(exam_of_grade(Random(1), "E", Segment.INT))
    assert (result.only("ais"), result.only("nli")) == ("E", "INT")


@pytest.mark.parametrize(
    ("grade", "level", "recovery"),
    [("A", "INT", 0), ("E", "C5", 0), ("C", "S1", 0), ("B", "S4-5", 0), ("F", "C5", 0), ("A", "C5", 1.5)],
)
def test_what_cannot_be_raises(grade: str, level: str, recovery: float) -> None:
    """Impossible pairs and a recovery outside 0 to 1 are the caller's fault."""
    with pytest.raises(ValueError, match=r"cannot be|no examination|not a grade|recovery"):
        exam_of_grade(Random(1), grade, Segment.of(level), recovery=recovery)


@pytest.mark.parametrize("grade", "ABCD")
def test_more_recovery_never_lowers_a_motor_grade(grade: str) -> None:
    """With the generator in the same state, motor grades grow with recovery."""
    for seed in range(40):
        totals = []
        for recovery in (0.0, 0.25, 0.5, 0.75, 1.0):
            exam = exam_of_grade(Random(seed), grade, Segment.C5, recovery=recovery)
            totals.append([score.value or 0 for side in (exam.right, exam.left) for score in side.motor])
        pairs = pairwise(totals)
        assert all(after >= before for a, b in pairs for before, after in zip(a, b, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_examination(kind: str) -> None:
    """Nothing but the generator decides; the id says that it is made up."""
    first, again = (synthetic_exam(Random(5), kind, non_key=True) for _ in range(2))
    assert first == again
    assert first.id == "synthetic"


def test_the_kinds_cover_every_grade_and_level() -> None:
    """All five grades and all 29 levels come up."""
    rng = Random(11)
    results = [classify(synthetic_exam(rng, kind)) for _ in range(120) for kind in KINDS]
    assert {result.only("ais") for result in results} == set("ABCDE")
    assert {result.only("nli") for result in results} == {level.label for level in LEVELS} | {"INT"}
