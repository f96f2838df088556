"""Results under untestable cells and tags are exact: equal to enumeration, neither more nor less."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.isncsci.brute import completions, enumerated
from tests.isncsci.builders import Cells, below, both, exam, lost_below
from tests.isncsci.strategies import exams, untested_exams

from myelos.findings import Refused
from myelos.isncsci import Edition, Exam, Reading, classify, rules
from myelos.isncsci.classification import SUMS, known_sets, possible_sets, run, written, zones_of
from myelos.isncsci.editions import OUTPUTS, RuleSet, rules_of
from myelos.isncsci.exam import BLOCKS, CELLS, SIDES, Answer, replaced
from myelos.isncsci.possible import AIS, FINDINGS, JOINT, NLI, NON_KEY, SIDE_SIZE
from myelos.isncsci.sets import ANSWER_SETS, allowed, extreme, muscle_parts, skin_parts
from myelos.isncsci.steps import taken
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

RULES = [rules_of(edition) for edition in Edition] + [rules_of(Edition.Y2019, Reading.PRAXIS)]


def drawn(seed: int, tagged: float) -> Exam:
    """An examination of any kind with 1 to 6 cells untested, one in five also without VAC or DAP."""
    rng = Random(seed)
    whole = synthetic_exam(rng, rng.choice(list(KINDS)), non_key=rng.random() < 0.5, name=f"seed {seed}")
    made = untested(rng, whole, rng.randint(1, 6), tagged=tagged)
    answers = {name: "NT" for name in ("vac", "dap") if rng.random() < 0.1}
    return replace(replaced(made, answers), any_anal_sensation=rng.choice(list(Answer)))


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(20))
def test_two_thousand_examinations_equal_enumeration(batch: int) -> None:
    """All eleven outputs, AIS with NLI, and the findings, under 2019 and in turn under every other rule
    set."""
    for n in range(100):
        made = drawn(1000 * batch + n, tagged=0.5 * (n % 2))
        for chosen in {RULES[4], RULES[n % len(RULES)]}:
            assert possible_sets(made, chosen) == enumerated(made, chosen), (made.id, chosen)


@pytest.mark.parametrize("chosen", RULES, ids=lambda chosen: f"{chosen.edition}-{chosen.reading}")
def test_a_few_examinations_equal_enumeration_under_every_rule_set(chosen: RuleSet) -> None:
    """The fast part of the test above."""
    for n in range(12):
        made = drawn(90_000 + n, tagged=0.5 * (n % 2))
        assert possible_sets(made, chosen) == enumerated(made, chosen), (made.id, chosen)


@given(exams, st.sampled_from(RULES))
def test_a_fully_tested_examination_is_the_same_by_both_forms(made: Exam, chosen: RuleSet) -> None:
    """The rules over sets give, for single scores, what the plain rules give."""
    asked = replace(made, any_anal_sensation=made.dap)
    assert possible_sets(asked, chosen) == enumerated(asked, chosen)


@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=60, deadline=None)
@given(untested_exams(most=3), st.sampled_from(RULES))
def test_any_examination_with_few_untested_cells_equals_enumeration(made: Exam, chosen: RuleSet) -> None:
    """As above where hypothesis chooses the cells, so that a failure comes out small."""
    asked = replace(made, any_anal_sensation=made.dap)
    assert possible_sets(asked, chosen) == enumerated(asked, chosen)


@given(untested_exams(most=134), st.sampled_from(RULES), st.integers(0, 2**32))
def test_whatever_is_filled_in_gives_a_listed_result(made: Exam, chosen: RuleSet, seed: int) -> None:
    """With any number of cells untested, a random completion's results are all in the sets, jointly too."""
    asked = replace(made, any_anal_sensation=made.dap)
    sets = possible_sets(asked, chosen)
    rng = Random(seed)
    scores = {
        name: rng.choice(range(6 if "motor" in name else 3)) if name not in ("vac", "dap") else "yes"
        for name in CELLS
    }
    filled = _filled(asked, {name: str(score) for name, score in scores.items()})
    one = possible_sets(filled, chosen)
    assert all(held & ~sets[i] == 0 for i, held in enumerate(one[:JOINT]))
    assert all(one[JOINT + grade] & ~sets[JOINT + grade] == 0 for grade in range(5))


def _filled(made: Exam, scores: dict[str, str]) -> Exam:
    """Untested cells get the drawn score where they carry no tag; tags narrow and so need no filling."""
    changes = {}
    for name in CELLS:
        side, _, rest = name.partition("_")
        if name in ("vac", "dap"):
            if getattr(made, name) is Answer.NT:
                changes[name] = scores[name]
            continue
        block, _, label = rest.rpartition("_")
        segments = next(segments for key, segments, _ in BLOCKS if key == block)
        score = getattr(made.side(side), block)[[s.label for s in segments].index(label)]
        if score.value is None and not score.tag:
            changes[name] = scores[name]
    filled = replaced(made, changes)
    return replace(filled, any_anal_sensation=filled.dap)


def test_the_first_examination_of_the_spec() -> None:
    """An untestable pin prick at T8 leaves B and D, never C (spec, exam 1)."""
    cells = both("motor_S1", 1) | {"right_motor_S1": 2} | below("L5", touch=1, prick=1, sides=("left",))
    assert classify(exam(cells | {"right_pin_prick_T8": "NT"}, vac="no", dap="no")).ais == ("B", "D")


def test_the_second_examination_of_the_spec() -> None:
    """An untestable left L4 leaves C alone (spec, exam 2)."""
    right: Cells = {"right_motor_S1": 0}
    right |= below("L5", touch=1, sides=("right",)) | below("L4", prick=1, sides=("right",))
    left: Cells = {"left_motor_L4": "NT", "left_motor_L5": 1, "left_motor_S1": 1}
    left |= below("L4", touch=1, prick=1, sides=("left",))
    assert classify(exam(right | left)).ais == ("C",)


def test_the_third_examination_of_the_spec() -> None:
    """An untestable sacral pin prick leaves two left motor zones (spec, exam 3)."""
    cells = lost_below("C6") | {"left_non_key": "L2", "left_pin_prick_S4-5": "NT"}
    assert classify(exam(cells, vac="no", dap="no")).zpp_motor_left == ("C6", "L2")


def test_nothing_tested_leaves_everything_open() -> None:
    """With all 134 cells NT every output has every value it can ever have, and sums run from 0 to their
    top."""
    result = classify(replaced(exam(), dict.fromkeys(CELLS, "NT")))
    assert result.ais == tuple("ABCDE")
    assert len(result.nli) == len(result.sensory_right) == len(result.motor_left) == 29
    assert result.zpp_motor_right[:2] == ("NA", "C1")
    assert [str(getattr(result.sums, name)) for name in ("uems", "lems", "light_touch")] == [
        "0–50",
        "0–50",
        "0–112",
    ]
    assert result.stars == ()


@given(untested_exams(most=20))
def test_sums_are_bounded_by_the_untested_cells(made: Exam) -> None:
    """Each bound is the sum of what was examined, tags ignored, with 0 or the top where nothing was."""
    sums = classify(made).sums
    for side in ("right", "left"):
        cells = made.side(side)
        blocks = (cells.motor[:5], cells.motor[5:], cells.light_touch, cells.pin_prick)
        for name, block in zip(("uems", "lems", "light_touch", "pin_prick"), blocks, strict=True):
            found = getattr(sums, f"{name}_{side}")
            assert found.low == sum(s.value or 0 for s in block)
            assert found.high == sum(s.top if s.value is None else s.value for s in block)
    assert len(SUMS) == 12


@settings(max_examples=60)
@given(untested_exams(most=12))
def test_a_star_stands_exactly_where_the_tags_change_the_set(made: Exam) -> None:
    """Starred: the set differs from the one of the same examination with its tags dropped; no other
    output."""
    result = classify(made)
    bare = classify(_untagged(made))
    differ = tuple(name for name in OUTPUTS if result.values(name) != bare.values(name))
    assert result.stars == differ
    only = {
        (name, value) for name in OUTPUTS for value in result.values(name) if value not in bare.values(name)
    }
    assert set(result.by_tag) == only


def _untagged(made: Exam) -> Exam:
    changes = {}
    for side in ("right", "left"):
        for (block, segments, _), scores in zip(BLOCKS, made.side(side).blocks, strict=True):
            for segment, score in zip(segments, scores, strict=True):
                changes[f"{side}_{block}_{segment.label}"] = "NT" if score.value is None else str(score.value)
    return replaced(made, changes)


@pytest.mark.parametrize(
    ("written_", "level", "starred"),
    [
        ("3*", "C5", False),
        ("3**", "C6", True),
        ("NT**", "C6", True),
        ("NT*", "C4|C5", True),
        ("NT", "C4|C5|C6", False),
    ],
)
def test_tags_say_what_a_muscle_may_truly_be(written_: str, level: str, starred: bool) -> None:
    """A right C5 of 3 above a lost C7: as normal it does not stop the walk, as impaired it does."""
    result = classify(exam(lost_below("C6") | {"right_motor_C5": written_}, vac="no", dap="no"))
    assert "|".join(result.motor_right) == level
    assert ("motor_right" in result.stars) == starred


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(untested_exams(most=3), st.sampled_from(RULES))
def test_a_step_that_is_told_holds_for_every_completion(made: Exam, chosen: RuleSet) -> None:
    """The reasons given for an examination with untestable cells are true however those turn out."""
    asked = replace(made, any_anal_sensation=made.dap)
    told = classify(asked, chosen.reading, chosen.edition).steps
    own = {"isncsci.unknown", "isncsci.tagged", "isncsci.determined", "isncsci.open"}
    kept = [step for step in told if step.code not in own]
    if len(kept) == len(told):
        return
    for known in completions(asked, chosen):
        found = rules.find(known, chosen)
        steps = taken(known, found, rules.ais(found), zones_of(known, found))
        assert all(step in steps for step in kept)


@given(untested_exams(most=20))
def test_determined_and_open_outputs_are_told_apart(made: Exam) -> None:
    """One step an output: determined with its value, or open with all of them."""
    result = classify(made)
    told = {str(s.params["output"]): s for s in result.steps if "output" in s.params}
    if not told:
        return
    for name in OUTPUTS:
        assert told[name].params["values"] == ", ".join(result.values(name))
        assert told[name].code == f"isncsci.{'determined' if len(result.values(name)) == 1 else 'open'}"


def test_the_1992_edition_asks_for_any_anal_sensation() -> None:
    """Deep anal pressure does not stand in for it: without an answer there is a finding, no grade."""
    with pytest.raises(Refused) as refused:
        classify(exam(), edition=Edition.Y1992)
    assert [f.place.column for f in refused.value.findings] == ["any_anal_sensation"]


def test_a_tie_is_open_in_1992_and_d_since() -> None:
    """Nine of eighteen key muscles below the level at 3 or more: undefined in 1992, D in 2019."""
    cells = both("light_touch_C6", 1) | below("C5", motor=0, sides=("left",))
    asked = replace(exam(cells), any_anal_sensation=Answer.YES)
    assert classify(asked).nli == ("C5",)
    assert classify(asked).ais == ("D",)
    then = classify(asked, edition=Edition.Y1992)
    assert (then.ais, then.complete, then.nli) == (("C", "D"), ("I",), ())
    assert "isncsci.tie-may-be-open" in {finding.code for finding in then.findings}


def test_the_low_end_is_below_the_high_end() -> None:
    """The two ends the steps are compared at are the least and the greatest completion."""
    made = untested(Random(5), exam(), 40)
    low, high = extreme(made, made.dap, high=False), extreme(made, made.dap, high=True)
    assert sum(low.right.motor) + sum(low.left.light_touch) < sum(high.right.motor) + sum(
        high.left.light_touch
    )
    assert written("ais", 0b11000) == ("D", "E")


@pytest.mark.parametrize("reading", Reading)
def test_an_examination_that_may_be_wholly_normal_equals_enumeration(reading: Reading) -> None:
    """Where everything but VAC may be normal the readings part (R3): both are held to enumeration."""
    rng, chosen, levels = Random(3), rules_of(reading=reading), set()
    for n in range(60):
        whole = synthetic_exam(rng, rng.choice(("normal", "nearly normal")), non_key=n % 3 == 0)
        made = untested(rng, replaced(whole, {"vac": rng.choice(("no", "NT"))}), rng.randint(0, 3))
        sets = possible_sets(made, chosen)
        assert sets == enumerated(made, chosen)
        levels |= set(written("nli", sets[NLI]))
    assert {"INT", "S3"} <= levels


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(exams, st.sampled_from(RULES), st.data())
def test_any_sets_of_scores_not_only_those_of_tags_equal_enumeration(
    made: Exam, chosen: RuleSet, data: st.DataObject
) -> None:
    """The rules over sets are exact for every set of scores, such as {0, 5} without what lies between."""
    names = data.draw(st.lists(st.sampled_from(CELLS[:-2]), unique=True, max_size=5))
    held = {
        name: data.draw(st.sets(st.sampled_from((0, 1, 3, 5) if "motor" in name else (0, 1, 2)), min_size=1))
        for name in names
    }
    union = [0] * FINDINGS
    for scores in product(*held.values()):
        one = replaced(made, {name: str(score) for name, score in zip(held, scores, strict=True)})
        known = extreme(one, one.dap, high=False)
        union = [a | b for a, b in zip(union, known_sets(known, rules.find(known, chosen)), strict=False)]
    sides = [_side_of_sets(made, name, held, chosen) for name in SIDES]
    answers = (ANSWER_SETS[made.vac], ANSWER_SETS[made.dap])
    assert run(sides[0], sides[1], *answers, chosen)[:FINDINGS] == union


def _side_of_sets(made: Exam, name: str, held: dict[str, set[int]], chosen: RuleSet) -> list[int]:
    side = made.side(name)
    cells = [
        [tuple(sorted(held.get(f"{name}_{block}_{segment.label}", allowed(score))))
         for segment, score in zip(segments, scores, strict=True)]
        for (block, segments, _), scores in zip(BLOCKS, side.blocks, strict=True)
    ]  # fmt: skip
    sets = [0] * SIDE_SIZE
    for i, values in enumerate(cells[0]):
        for part in muscle_parts(values):
            sets[part] |= 1 << i
    for i, (touch, prick) in enumerate(zip(cells[1], cells[2], strict=True)):
        for part in skin_parts(touch, prick):
            sets[part] |= 1 << i
    sets[NON_KEY] = int(side.non_key or 0) if chosen.non_key else 0
    return sets


def test_a_muscle_that_is_either_lost_or_strong_counts_as_strong_where_it_works() -> None:
    """Level L2, right S1 is 0 or 5: B, or with it three of eight become four and D; C would need it weak."""
    cells = below("L2", motor=0, touch=1, prick=1)
    cells |= {"right_motor_L4": 3, "right_motor_L5": 3, "left_motor_L4": 3}
    made, chosen = exam(cells, vac="no"), rules_of()
    sides = [_side_of_sets(made, name, {"right_motor_S1": {0, 5}}, chosen) for name in SIDES]
    answers = (ANSWER_SETS[made.vac], ANSWER_SETS[made.dap])
    assert written("ais", run(sides[0], sides[1], *answers, chosen)[AIS]) == ("B", "D")
