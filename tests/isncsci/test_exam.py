"""Segments, scores and the plain form: what is one, and what is refused."""

from __future__ import annotations

import pytest
from tests.isncsci.builders import exam, record

from myelos.findings import Refused
from myelos.isncsci import Segment
from myelos.isncsci.exam import SCORES, Score, Side, Tag, parse_score
from myelos.isncsci.records import OURS, PRAXIS, Shape, parse_exam, record_of
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES


def test_the_segments_are_thirty_in_order() -> None:
    """C1 to S4-5 and INT, 28 dermatomes and 10 key muscles, written as clinicians write them."""
    labels = [segment.label for segment in Segment]
    assert (labels[0], labels[-2:], len(labels)) == ("C1", ["S4-5", "INT"], 30)
    assert (len(DERMATOMES), len(KEY_MUSCLES)) == (28, 10)
    assert [Segment.of(label) for label in labels] == sorted(Segment)
    assert f"{Segment.S4_5}" == "S4-5"


def test_another_text_is_no_segment() -> None:
    """Only the written form is read."""
    with pytest.raises(ValueError, match="S4_5"):
        Segment.of("S4_5")


@pytest.mark.parametrize("text", ["0", "5", "NT", "0*", "4**", "NT*", "NT**"])
def test_a_motor_score_is_read_as_written(text: str) -> None:
    """Grades, NT and tags on impaired scores and NT."""
    assert str(parse_score(text, 5)) == text


@pytest.mark.parametrize("text", ["6", "-1", "5*", "5**", "", "nt", "3***", "*", "3.0", " 3", True])
def test_what_is_no_motor_score_raises(text: str) -> None:
    """There is no grade 6 and no 5*."""
    with pytest.raises(ValueError, match="not a score"):
        parse_score(text, 5)


@pytest.mark.parametrize("text", ["3", "2*", "2**"])
def test_what_is_no_sensory_score_raises(text: str) -> None:
    """A sensory score ends at 2, and a normal one takes no tag."""
    with pytest.raises(ValueError, match="not a score"):
        parse_score(text, 2)


def test_a_score_cannot_be_built_out_of_range() -> None:
    """The class itself holds the range, so no later rule can meet a 6."""
    with pytest.raises(ValueError, match="0 to 2"):
        Score(3, top=2)
    with pytest.raises(ValueError, match="0 to 5"):
        Score(5, Tag.NOT_NORMAL)


def test_a_side_takes_ten_muscles_and_twice_28_dermatomes() -> None:
    """A wrong length, a wrong scale or a non-key level without a key muscle raises."""
    with pytest.raises(ValueError, match="motor takes 10"):
        Side.known([5] * 9, [2] * 28, [2] * 28)
    with pytest.raises(ValueError, match="light_touch takes 28"):
        Side(tuple([SCORES[5][5]] * 10), tuple([SCORES[5][1]] * 28), tuple([SCORES[2][2]] * 28))
    with pytest.raises(ValueError, match="T2"):
        Side.known([5] * 10, [2] * 28, [2] * 28, Segment.T2)


@pytest.mark.parametrize("shape", [OURS, PRAXIS], ids=["ours", "praxis"])
def test_a_record_comes_back_unchanged(shape: Shape) -> None:
    """Tags, NT and non-key entries survive writing and reading."""
    original = exam({"right_motor_C5": "3**", "left_pin_prick_S4-5": "NT*", "left_non_key": "L2"}, vac="NT")
    assert parse_exam(record_of(original, shape), shape) == original


def test_all_faults_of_a_record_are_told_at_once() -> None:
    """Missing, out of range, of another type, unknown key: each cell its finding, none hides another."""
    faulty = record({"right_motor_C6": 6, "left_light_touch_T4": "2*"}, vac="maybe")
    right, left = faulty["right"], faulty["left"]
    assert isinstance(right, dict)
    assert isinstance(left, dict)
    del right["pin_prick"]["S4-5"]
    right["motor"]["C7"] = True
    right["motor"]["C8"] = [5]
    right["motor"]["T1"] = 3.0
    left["motor"]["S2"] = 5
    left["non_key"] = "T2"
    left["pin_prick"] = 7
    del faulty["dap"]
    with pytest.raises(Refused) as refused:
        parse_exam(faulty)
    found = {(f.code.removeprefix("isncsci."), f.place.column) for f in refused.value.findings}
    wanted = {
        ("not-a-score", "right_motor_C6"),
        ("not-a-score", "right_motor_C7"),
        ("not-a-score", "right_motor_C8"),
        ("not-a-score", "right_motor_T1"),
        ("not-a-score", "left_light_touch_T4"),
        ("missing", "right_pin_prick_S4-5"),
        ("unknown-key", "left.motor.S2"),
        ("not-a-key-level", "left_non_key"),
        ("not-an-object", "left_pin_prick"),
        ("not-an-answer", "vac"),
        ("missing", "dap"),
    }
    assert wanted <= found
    assert {cell for code, cell in found - wanted} == {f"left_pin_prick_{s.label}" for s in DERMATOMES}
