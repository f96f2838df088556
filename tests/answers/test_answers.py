"""Yes, no or unknown: unknown is never read as no, and never passes as yes."""

from collections.abc import Callable, Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos import measures
from myelos.answers import Answer, all_of, any_of

ANSWERS = st.lists(st.sampled_from(Answer), max_size=6)
WORLDS = {Answer.YES: (True,), Answer.NO: (False,), Answer.UNKNOWN: (True, False)}
"""What an answer may turn out to be."""


def over_all(answers: list[Answer], of: Callable[[Iterable[bool]], bool]) -> Answer:
    """The answer by going through everything that may turn out to be."""
    found = {of(world) for world in product(*(WORLDS[each] for each in answers))}
    return Answer.UNKNOWN if len(found) > 1 else Answer.of(found.pop())


@given(ANSWERS)
def test_all_and_any_are_what_every_possible_world_says(answers: list[Answer]) -> None:
    """Yes where all worlds say so, no where none does, unknown where they differ."""
    assert all_of(answers) is over_all(answers, all)
    assert any_of(answers) is over_all(answers, any)


@given(ANSWERS)
def test_not_all_is_any_not(answers: list[Answer]) -> None:
    """De Morgan's law, unknown included."""
    assert all_of(answers).opposite is any_of(each.opposite for each in answers)


@pytest.mark.parametrize("answer", Answer)
def test_an_answer_has_no_truth_value(answer: Answer) -> None:
    """``if answer`` would read unknown, or even no, as yes: it raises."""
    with pytest.raises(TypeError, match=r"compare it with Answer\.YES"):
        bool(answer)


def test_there_is_one_answer_in_the_house() -> None:
    """What a measure answers is what a rule about harms is asked: the same values of the same set."""
    assert measures.Answer is Answer
    assert [each.value for each in Answer] == ["yes", "no", "unknown"]
