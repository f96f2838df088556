"""Questions to an output and to a change: yes, no or unknown, and never an unknown taken for yes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.isncsci.builders import record
from tests.measures.records import completions, records

from myelos import shapes
from myelos.answers import Answer
from myelos.measures import Change, Output, change, load, score
from myelos.quantities import Amount


def ais(*possible: str, better: str = "higher", edition: str = "2019") -> Output:
    """AIS grades by hand."""
    return Output(
        measure="isncsci",
        edition=edition,
        name="ais",
        kind="category",
        better=better,  # type: ignore[arg-type]
        unit="grades",
        categories=tuple("ABCDE"),
        possible=possible,
    )


def points(low: int | None, high: int | None, better: str = "higher") -> Output:
    """A number of points by hand."""
    return Output(
        measure="scim-iii",
        edition="III",
        name="total",
        kind="number",
        better=better,  # type: ignore[arg-type]
        unit="points",
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
    )


def test_a_category_is_one_of_only_when_every_possibility_is() -> None:
    """A or B is one of A to C, is not one of D, and may be B."""
    assert ais("A", "B").is_one_of("ABC") is Answer.YES
    assert ais("A", "B").is_one_of("DE") is Answer.NO
    assert ais("A", "B").is_one_of("BC") is Answer.UNKNOWN
    assert ais("B").is_one_of("BC") is Answer.YES


def test_an_output_of_which_nothing_is_claimed_answers_unknown() -> None:
    """An edition that claims nothing enrols nobody."""
    assert ais().is_one_of("ABCDE") is Answer.UNKNOWN
    assert not ais().known


def test_a_misspelt_category_raises() -> None:
    """A protocol that asks for ``ASIA A`` is a fault, not a no."""
    with pytest.raises(ValueError, match="ASIA A"):
        ais("A").is_one_of(["ASIA A"])
    with pytest.raises(ValueError, match="numbers"):
        points(1, 2).is_one_of(["one"])


def test_an_answer_has_no_truth_value() -> None:
    """``if answer`` would let unknown pass as yes."""
    with pytest.raises(TypeError):
        bool(Answer.UNKNOWN)
    with pytest.raises(TypeError):
        all([Answer.YES, Answer.NO])


@given(*[st.none() | st.integers(0, 20)] * 4)
def test_within_is_what_every_number_between_the_bounds_says(
    low: int | None, high: int | None, least: int | None, most: int | None
) -> None:
    """Yes when all whole numbers the output can be lie within, no when none does, else unknown."""
    if low is not None and high is not None and low > high:
        low, high = high, low
    can_be = range(-30 if low is None else low, 51 if high is None else high + 1)
    inside = [(least is None or least <= n) and (most is None or n <= most) for n in can_be]
    answer = points(low, high).within(least, most)
    if least is not None and most is not None and least > most:
        assert answer is not Answer.YES
    elif answer is Answer.UNKNOWN:
        assert set(inside) == {True, False}
    else:
        assert set(inside) == {answer is Answer.YES}


def test_limits_are_inclusive() -> None:
    """5 to 9 may be 5, and may be 9."""
    assert points(5, 9).within(None, 5) is Answer.UNKNOWN
    assert points(5, 9).within(9) is Answer.UNKNOWN
    assert points(5, 9).within(5, 9) is Answer.YES
    assert points(5, 9).within(10) is points(5, 9).within(None, 4) is Answer.NO


def test_limits_may_be_amounts_of_the_same_unit() -> None:
    """10 points are compared with points; 10 grades are not."""
    assert points(12, 12).within(Amount.of("10 points")) is Answer.YES
    with pytest.raises(TypeError, match="10 grades"):
        points(12, 12).within(Amount.of("10 grades"))
    with pytest.raises(TypeError, match="category"):
        ais("A").within(1, 2)


def test_known_numbers_may_be_asked_by_name() -> None:
    """mRS 2 is one of 0, 1, 2; 1 to 4 may be; 3 to 6 is not."""
    assert points(2, 2).is_one_of(["0", "1", "2"]) is Answer.YES
    assert points(1, 4).is_one_of(["0", "1", "2"]) is Answer.UNKNOWN
    assert points(3, 6).is_one_of(["0", "1", "2"]) is Answer.NO


def test_a_grade_gained_is_a_step_up_and_lost_a_step_down() -> None:
    """A to C is two grades; B or C to D is one or two; D to B is a loss of two."""
    up = change(ais("A"), ais("C"))
    assert (up.low, up.high, up.unit, up.same) == (2, 2, "grades", Answer.NO)
    assert up.gain_at_least(2) is Answer.YES
    assert up.gain_at_least(3) is Answer.NO
    partly = change(ais("B", "C"), ais("D"))
    assert partly.gain_at_least(1) is Answer.YES
    assert partly.gain_at_least(2) is Answer.UNKNOWN
    assert partly.gain_at_least(3) is Answer.NO
    assert change(ais("D"), ais("B")).loss_at_least(2) is Answer.YES
    assert change(ais("D"), ais("B")).gain_at_least(1) is Answer.NO
    assert change(ais("A"), ais("A")).loss_at_least(1) is Answer.NO


def test_the_same_is_known_only_of_known_values() -> None:
    """A or B before and A or B after may differ; where an edition claims nothing, nothing is known."""
    assert change(ais("A", "B"), ais("A", "B")).same is Answer.UNKNOWN
    assert change(ais("A"), ais("A")).same is Answer.YES
    assert change(points(1, 3), points(4, 4)).same is Answer.NO
    assert change(points(1, 3), points(3, 4)).same is Answer.UNKNOWN
    nothing = change(ais(), ais("A"))
    assert (nothing.same, nothing.low, nothing.known) == (Answer.UNKNOWN, None, False)
    assert nothing.gain_at_least(1) is Answer.UNKNOWN


def test_where_less_is_better_a_gain_is_a_fall() -> None:
    """NIHSS 15 to 11: a gain of 4."""
    fell = change(points(15, 15, "lower"), points(11, 11, "lower"))
    assert (str(fell), fell.known) == ("-4", True)
    assert fell.gain_at_least(Amount.of("4 points")) is Answer.YES
    assert fell.loss_at_least(1) is Answer.NO


def test_what_has_no_direction_has_neither_gain_nor_loss() -> None:
    """Kinds of pain differ or do not; none is a step."""
    outputs = [
        score(load("pain-0-10"), {"kind": kind}).outputs["kind"] for kind in ("visceral", "other", "NT")
    ]
    differs = change(outputs[0], outputs[1])
    assert (differs.same, differs.low, differs.high) == (Answer.NO, None, None)
    assert change(outputs[0], outputs[0]).same is Answer.YES
    assert change(outputs[0], outputs[2]).same is Answer.UNKNOWN
    with pytest.raises(ValueError, match="no better"):
        differs.gain_at_least(1)
    with pytest.raises(ValueError, match="no step"):
        change(ais("A"), ais("A")).gain_at_least(0)


def test_unbounded_numbers_leave_the_change_unbounded() -> None:
    """A speed that was not tested may have risen by anything."""
    measure = load("walk-10m")
    before, after = (score(measure, {"fast": fast}).outputs["fast-speed"] for fast in ("NT", "10 s"))
    assert (change(before, after).low, change(before, after).high) == (None, 1)
    assert change(after, before).gain_at_least(5) is Answer.UNKNOWN
    assert change(before, after).gain_at_least(2) is Answer.NO


def test_only_one_output_of_one_edition_is_compared() -> None:
    """A difference of editions, or of scales, must not pass as a change of the person."""
    with pytest.raises(ValueError, match="cannot be compared"):
        change(ais("A", edition="2015"), ais("A"))
    with pytest.raises(ValueError, match="cannot be compared"):
        change(points(1, 1), ais("A"))


@given(data=st.data())
def test_answers_about_a_change_hold_for_every_completion(data: st.DataObject) -> None:
    """Yes is yes and no is no in every pair of completions; unknown is yes in one and no in another."""
    measure = load("barthel")
    drawn = [data.draw(records(measure, 2)) for _ in range(2)]
    steps = data.draw(st.integers(1, 60))
    before, after = (score(measure, each).outputs["total"] for each in drawn)
    answer = change(before, after).gain_at_least(steps)
    said = {
        change(score(measure, one).outputs["total"], score(measure, other).outputs["total"]).gain_at_least(
            steps
        )
        for one in completions(measure, drawn[0])
        for other in completions(measure, drawn[1])
    }
    assert said == ({Answer.YES, Answer.NO} if answer is Answer.UNKNOWN else {answer})


def test_outputs_and_changes_are_plain_data_and_back() -> None:
    """They may stand in an event: written as JSON, read again, the same."""
    held = score(load("isncsci"), record({"right_motor_C6": "NT"})).outputs
    for output in held.values():
        assert shapes.read(Output, shapes.plain(output)) == output
    made = change(held["ais"], held["ais"])
    assert shapes.read(Change, shapes.plain(made)) == made


def test_an_output_is_written_as_the_records_write_it() -> None:
    """One value, values with bars, bounds with a dash; an open end is left out."""
    said = [str(each) for each in (ais("A"), ais("A", "B"), points(4, 4), points(4, 9), points(4, None))]
    assert said == ["A", "A | B", "4", "4–9", "4–"]
