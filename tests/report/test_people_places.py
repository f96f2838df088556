"""Where things are drawn: words that do not meet, an axis that keeps the order of days."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from myelos.report.course.axis import Axis, Days
from myelos.report.course.pen import cut, flags, spread, text_width

RIGHT = 1000.0
MARKS = st.lists(st.tuples(st.floats(0, RIGHT), st.floats(20, 300)), min_size=1, max_size=14).map(sorted)


@given(MARKS)
def test_words_at_marks_never_meet(marks: list[tuple[float, float]]) -> None:
    """In one row no words overlap, all stay on the sheet, and they touch the mark they belong to."""
    found = flags(marks, RIGHT)
    for place, (flag, (x, _)) in enumerate(zip(found, marks, strict=True)):
        assert 0 <= flag.left <= x + 1e-9
        assert flag.right <= RIGHT + 300 if flag.at_end else flag.right <= RIGHT + 1e-9
        for other in found[:place]:
            if other.row == flag.row:
                assert flag.right <= other.left or other.right <= flag.left


def test_words_of_marks_far_apart_stand_in_one_row() -> None:
    """Nothing is stacked that has room beside its neighbour."""
    assert {each.row for each in flags([(0, 80), (200, 80), (400, 80)], RIGHT)} == {0}


def test_a_stem_does_not_cross_words_where_there_is_another_way() -> None:
    """Of three marks close together the leftmost stands highest: its stem passes before the others' words."""
    assert [each.row for each in flags([(0, 80), (20, 80), (40, 80)], RIGHT)] == [2, 1, 0]


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=12).map(sorted),
    st.floats(10, 30),
)
def test_letters_in_a_row_do_not_overlap_and_stay_in_order(wanted: list[float], width: float) -> None:
    """Boxes pushed apart keep their order and their room."""
    middles = spread(wanted, [width] * len(wanted), 0, 400)
    assert all(after - before >= width - 1e-6 for before, after in pairwise(middles))
    assert middles[0] >= width / 2 - 1e-6
    assert middles[-1] <= 400 - width / 2 + 1e-6


@given(
    st.lists(st.integers(-5, 900), max_size=20),
    st.lists(st.integers(5, 300), max_size=5),
    st.integers(0, 500),
)
def test_the_axis_keeps_days_in_order_within_its_ends(
    days: list[int], infused: list[int], after: int
) -> None:
    """A later day is never further left; every day that is drawn is on the axis; named days are apart."""
    planned = max(infused) + after if infused else 0
    axis = Axis(Days.of([*days, *infused], infused, planned), 50, 1000)
    every = range(axis.days.first, axis.days.last + 1)
    places = [axis.x(day) for day in every]
    assert all(before < later for before, later in pairwise(places))
    assert (places[0], round(places[-1], 6)) == (50, 1000)
    assert {*days, *infused} <= set(every)
    ticks = [axis.x(day) for day in axis.ticks(30)]
    assert all(later - before >= 30 - 1e-6 for before, later in pairwise(ticks))


@given(st.text(max_size=60), st.floats(0, 200))
def test_words_that_are_cut_fit(text: str, room: float) -> None:
    """What does not fit ends in an ellipsis, and then it does; what fits stays whole."""
    made = cut(text, 10, room)
    assert made == text or made.endswith("…")
    assert text_width(made, 10) <= max(room, text_width("…", 10))
