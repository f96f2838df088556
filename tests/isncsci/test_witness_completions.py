"""Every possible value of an open output has a completion that gives it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.isncsci.brute import completions
from tests.isncsci.builders import below, both, exam
from tests.isncsci.strategies import untested_exams

from myelos.isncsci import Edition, Exam, Reading, classify, rules
from myelos.isncsci.classification import known_sets, written
from myelos.isncsci.editions import OUTPUTS, RuleSet, rules_of
from myelos.isncsci.exam import CELLS, SCORES, Answer, replaced
from myelos.isncsci.explanation import explain_open, say_cells
from myelos.isncsci.sets import allowed
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested
from myelos.isncsci.witness import Witness, steps_to, witnesses

RULES = [rules_of(edition) for edition in Edition] + [rules_of(Edition.Y2019, Reading.PRAXIS)]


def _values(one: Witness, chosen: RuleSet) -> dict[str, tuple[str, ...]]:
    held = known_sets(one.exam, rules.find(one.exam, chosen))
    return {name: written(name, mask) for name, mask in zip(OUTPUTS, held, strict=False)}


@settings(max_examples=60, deadline=None)
@given(untested_exams(most=40), st.sampled_from(RULES))
def test_each_value_of_each_open_output_has_one_witness(made: Exam, chosen: RuleSet) -> None:
    """Exactly the pairs (output, value) of outputs with several values, each once."""
    asked = replace(made, any_anal_sensation=made.dap)
    result = classify(asked, chosen.reading, chosen.edition)
    found = witnesses(asked, chosen.reading, chosen.edition)
    told = sorted(pair for one in found for pair in one.outputs)
    several = [name for name in OUTPUTS if len(result.values(name)) > 1]
    assert told == sorted((name, value) for name in several for value in result.values(name))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(untested_exams(most=40), st.sampled_from(RULES))
def test_the_plain_rules_confirm_every_witness(made: Exam, chosen: RuleSet) -> None:
    """The completion, classified by the plain rules, has the values it is the witness of."""
    asked = replace(made, any_anal_sensation=made.dap)
    for one in witnesses(asked, chosen.reading, chosen.edition):
        values = _values(one, chosen)
        assert all(value in values[name] for name, value in one.outputs)


@settings(max_examples=40, deadline=None)
@given(untested_exams(most=40))
def test_a_witness_changes_only_what_was_open_and_as_the_tags_allow(made: Exam) -> None:
    """Its cells are those with several true scores, in order, each with one of them; the rest is as read."""
    for one in witnesses(made):
        given_ = dict(one.cells)
        names = iter(CELLS)
        for side, known in ((made.right, one.exam.right), (made.left, one.exam.left)):
            for block, scores in zip(side.blocks, known[:3], strict=True):
                for score, value in zip(block, scores, strict=True):
                    name = next(names)
                    assert value in allowed(score)
                    if name in given_:
                        assert given_[name] == str(value)
                    else:
                        assert len({_class(score.top, v) for v in allowed(score)}) == 1
        assert [name for name, _ in one.cells] == [name for name in CELLS if name in given_]
        assert ("vac" in given_) == (made.vac is Answer.NT)
        assert ("dap" in given_) == (made.dap is Answer.NT)


def _class(top: int, value: int) -> int:
    assert value in SCORES[top]
    return value if top == 2 else (value + 1) // 2 if value < 5 else 3


@settings(max_examples=25, deadline=None)
@given(untested_exams(most=3))
def test_a_witness_is_one_of_the_completions(made: Exam) -> None:
    """Enumeration meets every witness."""
    every = set(completions(made, rules_of()))
    assert all(one.exam in every for one in witnesses(made))


def test_a_determined_examination_has_no_witnesses() -> None:
    """Nothing is open: nothing to show."""
    assert witnesses(exam()) == ()
    assert explain_open(exam()) == []


@pytest.mark.slow
def test_nothing_tested_has_a_witness_for_everything() -> None:
    """All 134 cells NT: every value each output can ever have is reached."""
    blank = replaced(exam(), dict.fromkeys(CELLS, "NT"))
    told = {pair for one in witnesses(blank) for pair in one.outputs}
    result = classify(blank)
    assert told == {(name, value) for name in OUTPUTS for value in result.values(name)}


def _first_of_the_spec() -> Exam:
    cells = both("motor_S1", 1) | {"right_motor_S1": 2} | below("L5", touch=1, prick=1, sides=("left",))
    return exam(cells | {"right_pin_prick_T8": "NT"}, vac="no", dap="no")


def test_the_first_examination_of_the_spec_is_told_by_its_one_cell() -> None:
    """T8 normal gives B, T8 not felt gives D, each followed by its steps (spec, exam 1)."""
    said = explain_open(_first_of_the_spec(), outputs=("ais",))
    at_b = said.index("The AIS grade is B, for example, with right_pin_prick_T8 = 2:")
    at_d = said.index("The AIS grade is D, for example, with right_pin_prick_T8 = 0:")
    assert at_b == 0
    assert said[at_d - 1] == "AIS B. (R5)"
    assert said[-1] == "AIS D. (R5)"
    assert any("L2, L3, L4, L5, S1" in line for line in said[at_d:])
    assert not any("zone" in line for line in said)


def test_runs_of_cells_are_told_by_their_ends() -> None:
    """Neighbours of a block with the same score are one run; T1 is followed by L2; sides are apart."""
    cells = [("right_motor_C8", "5"), ("right_motor_T1", "5"), ("right_motor_L2", "5"), ("vac", "yes")]
    assert say_cells(cells) == "right_motor_C8 to L2 = 5, vac = yes"
    assert say_cells([("right_motor_C8", "5"), ("right_motor_L2", "5")]) == (
        "right_motor_C8 = 5, right_motor_L2 = 5"
    )
    ends = [("right_motor_S1", "5"), ("right_light_touch_C2", "5")]
    assert say_cells(ends) == "right_motor_S1 = 5, right_light_touch_C2 = 5"


def test_every_open_output_is_told_and_every_line_has_words() -> None:
    """No step that leads to an output is without words; each value has its line."""
    rng = Random(17)
    for number in range(40):
        whole = synthetic_exam(rng, rng.choice(list(KINDS)), non_key=True)
        made = replace(untested(rng, whole, rng.randint(1, 20)), any_anal_sensation=Answer.NT)
        chosen = RULES[number % len(RULES)]
        said = explain_open(made, chosen.reading, chosen.edition)
        result = classify(made, chosen.reading, chosen.edition)
        values = [result.values(name) for name in OUTPUTS]
        assert sum(line.endswith(":") for line in said) == sum(len(v) for v in values if len(v) > 1)
        assert all(line and "{" not in line for line in said)


@pytest.mark.parametrize("output", OUTPUTS)
def test_some_step_leads_to_each_output(output: str) -> None:
    """Whatever the examination, an output has at least one step of its own, and the last names its value."""
    rng = Random(output)
    for _ in range(40):
        whole = synthetic_exam(rng, rng.choice(list(KINDS)), non_key=True)
        known = next(completions(whole, rules_of()))
        led = steps_to(output, known, rules_of())
        assert led
        value = classify(whole).only(output)
        told = [str(param) for step in led for param in step.params.values()]
        assert value in told or value in ("INT", "NA", "S3", "C", "I")
