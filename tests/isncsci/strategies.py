"""What hypothesis draws: fully tested examinations, by kind of injury or cell by cell."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from myelos.isncsci import Exam, Segment
from myelos.isncsci.exam import Answer, Side
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested


@st.composite
def _cellwise_side(draw: st.DrawFn) -> Side:
    """Normal down to a drawn point, then free scores: levels of every segment come up."""
    start = draw(st.integers(0, len(DERMATOMES)))
    muscles = sum(segment - Segment.C2 < start for segment in KEY_MUSCLES)

    def scores(normal: int, total: int, top: int) -> list[int]:
        rest = draw(st.lists(st.integers(0, top), min_size=total - normal, max_size=total - normal))
        return [top] * normal + rest

    motor = scores(muscles, len(KEY_MUSCLES), 5)
    touch, prick = (scores(start, len(DERMATOMES), 2) for _ in range(2))
    return Side.known(motor, touch, prick, draw(st.none() | st.sampled_from(KEY_MUSCLES)))


_answers = st.sampled_from((Answer.YES, Answer.NO))
_cellwise = st.builds(Exam, st.just("x"), _cellwise_side(), _cellwise_side(), _answers, _answers)
_of_a_kind = st.builds(
    lambda seed, kind, non_key: synthetic_exam(Random(seed), kind, non_key=non_key),
    st.integers(0, 2**32),
    st.sampled_from(sorted(KINDS)),
    st.booleans(),
)

exams = _cellwise | _of_a_kind
"""Fully tested examinations with and without non-key entries."""


@st.composite
def _untested(draw: st.DrawFn, most: int) -> Exam:
    rng = Random(draw(st.integers(0, 2**32)))
    cells = draw(st.integers(0, most))
    return untested(rng, draw(exams), cells, tagged=draw(st.sampled_from((0.0, 0.5))))


def untested_exams(most: int) -> st.SearchStrategy[Exam]:
    """Examinations with up to ``most`` untested cells, in half of them with tags."""
    return _untested(most)
