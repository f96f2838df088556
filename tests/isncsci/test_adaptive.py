"""An examination in progress: what can still change, what to test next, and what a result rests on."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import comb
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.isncsci.brute import completions
from tests.isncsci.builders import below, both, exam, lost_below
from tests.isncsci.strategies import exams, untested_exams

from myelos.isncsci import Edition, Exam, Reading, classify, rules
from myelos.isncsci.adaptive import next_cell, open_cells
from myelos.isncsci.certificates import Certificate, certificate, only
from myelos.isncsci.classification import known_sets
from myelos.isncsci.editions import OUTPUTS, RuleSet, rules_of
from myelos.isncsci.exam import CELLS, KnownExam, replaced
from myelos.isncsci.sets import unknown_cells
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

RULES = [rules_of(edition) for edition in Edition] + [rules_of(Edition.Y2019, Reading.PRAXIS)]
BOTH = ("ais", "nli")
BLANK = replaced(exam(), dict.fromkeys(CELLS, "NT"))


def _scores(known: KnownExam) -> list[int]:
    sides = [score for side in (known.right, known.left) for block in side[:3] for score in block]
    return [*sides, int(known.vac), int(known.dap)]


def _enumerated(made: Exam, outputs: tuple[str, ...], chosen: RuleSet) -> tuple[str, ...]:
    """The untested cells in which alone two completions differ that differ in one of ``outputs``."""
    anal = "any_anal_sensation" if chosen.any_anal_sensation else "dap"
    names = [*CELLS[:-1], anal]
    at = [OUTPUTS.index(name) for name in outputs]
    told = [
        (_scores(known), tuple(known_sets(known, rules.find(known, chosen))[i] for i in at))
        for known in completions(made, chosen)
    ]
    found = []
    for name in unknown_cells(made, anal):
        cell = names.index(name)
        results: dict[tuple[int, ...], tuple[int, ...]] = {}
        if any(
            results.setdefault((*scores[:cell], *scores[cell + 1 :]), result) != result
            for scores, result in told
        ):
            found.append(name)
    return tuple(sorted(found, key=names.index))


@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=80, deadline=None)
@given(
    untested_exams(most=4),
    st.sampled_from(RULES),
    st.sampled_from((BOTH, ("ais",), ("nli",), *((name,) for name in OUTPUTS))),
)
def test_the_open_cells_are_those_that_enumeration_finds(
    made: Exam, chosen: RuleSet, outputs: tuple[str, ...]
) -> None:
    """A cell is listed when, and only when, two completions differ in it alone and in an output."""
    asked = replace(made, any_anal_sensation=made.dap)
    wanted = tuple(name for name in outputs if name in chosen.outputs) or ("ais",)
    assert open_cells(asked, wanted, chosen.reading, chosen.edition) == _enumerated(asked, wanted, chosen)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(6))
def test_open_cells_near_the_level_equal_enumeration(batch: int) -> None:
    """The same where the untested cells are drawn from the answers, S4-5, the muscles and two dermatomes, so
    that function far below, counts and the exception of the motor zone decide."""
    rng = Random(batch)
    for _ in range(15):
        whole = synthetic_exam(rng, rng.choice(list(KINDS)), non_key=True)
        drawn = rng.sample([c for c in CELLS if "motor" in c], 2)
        drawn += rng.sample(["vac", "dap", *(c for c in CELLS if "S4-5" in c)], 2)
        drawn += rng.sample([c for c in CELLS if "motor" not in c], 1)
        made = replaced(whole, dict.fromkeys(drawn, "NT"))
        asked = replace(made, any_anal_sensation=made.dap)
        chosen = rng.choice(RULES)
        for name in chosen.outputs:
            found = open_cells(asked, (name,), chosen.reading, chosen.edition)
            assert found == _enumerated(asked, (name,), chosen), (drawn, name, chosen)


def test_of_a_blank_examination_every_cell_is_open() -> None:
    """Nothing tested: any of the 134 cells can change AIS or NLI."""
    assert open_cells(BLANK) == CELLS


def test_once_the_grade_is_fixed_nothing_is_open() -> None:
    """A complete injury with a known level stays AIS A whatever the legs show above S4-5."""
    cells = lost_below("C6") | below("T1", touch=0, prick=0)
    made = replaced(exam(cells, vac="no", dap="no"), {"right_pin_prick_T8": "NT", "left_motor_C8": "NT"})
    assert open_cells(made) == ()
    assert next_cell(made) is None
    assert open_cells(made, ("zpp_motor_left", "zpp_sensory_right")) == (
        "right_pin_prick_T8",
        "left_motor_C8",
    )


def test_a_tagged_cell_is_not_open_to_testing() -> None:
    """NT* is not listed though the result hangs on it; the next cell is then none."""
    made = replaced(exam(), {"right_motor_C5": "NT*"})
    assert len(classify(made).nli) == 2
    assert open_cells(made) == ()
    assert next_cell(made) is None


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(untested_exams(most=12), st.sampled_from((BOTH, ("ais",), ("nli", "complete", "zpp_motor_left"))))
def test_the_next_cell_is_the_best_by_trying_all(made: Exam, outputs: tuple[str, ...]) -> None:
    """Worst and mean number of results over the scores are those of classifying each outcome anew, and no
    other cell has a better worst, mean and place."""
    found = next_cell(made, outputs)
    tried = []
    for name in unknown_cells(made):
        texts = ("no", "yes") if name in ("vac", "dap") else range(6 if "_motor_" in name else 3)
        sizes = [_size(replaced(made, {name: str(text)}), outputs) for text in texts]
        tried.append((max(sizes), sum(sizes) / len(sizes), CELLS.index(name)))
    if found is None:
        assert _size(made, outputs) == 1 or not open_cells(made, outputs)
        return
    assert found.before == _size(made, outputs)
    assert dict(found.after).keys() >= {"yes"} or len(found.after) in (3, 6)
    worst, mean, place = min(tried)
    assert (found.worst, found.mean) == (worst, mean)
    assert CELLS.index(found.cell) == place or mean == found.before


def _size(made: Exam, outputs: tuple[str, ...]) -> int:
    result = classify(made)
    total = len(result.joint) if set(BOTH) <= set(outputs) else 1
    for name in outputs:
        if not (name in BOTH and set(BOTH) <= set(outputs)):
            total *= len(result.values(name))
    return total


def _adaptively(whole: Exam) -> tuple[Exam, int]:
    """Test what :func:`next_cell` says, from nothing, until AIS and NLI are determined."""
    made, tested = replaced(whole, dict.fromkeys(CELLS, "NT")), 0
    while (found := next_cell(made)) is not None:
        made = _with(made, found.cell, _text(whole, found.cell))
        tested += 1
    return made, tested


def _text(whole: Exam, cell: str) -> str:
    if cell in ("vac", "dap"):
        return str(getattr(whole, cell))
    side, rest = cell.split("_", 1)
    blocks = whole.side(side).blocks
    names = [name for name in CELLS if name.startswith(side)]
    return str([score for block in blocks for score in block][names.index(f"{side}_{rest}")])


def _with(made: Exam, cell: str, text: str) -> Exam:
    return replaced(made, {cell: text})


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_adaptive_examination_ends_at_the_result_of_the_full_one(kind: str) -> None:
    """Starting blank and stopping when determined, AIS and NLI are those of the hidden full examination."""
    whole = synthetic_exam(Random(f"adaptive {kind}"), kind)
    made, tested = _adaptively(whole)
    assert (classify(made).ais, classify(made).nli) == (classify(whole).ais, classify(whole).nli)
    assert tested <= len(CELLS)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(untested_exams(most=30), st.sampled_from(RULES))
def test_a_certificate_alone_gives_the_same_result(made: Exam, chosen: RuleSet) -> None:
    """With every other cell NT the possible AIS and NLI are the same, jointly."""
    asked = replace(made, any_anal_sensation=made.dap)
    outputs = tuple(name for name in BOTH if name in chosen.outputs)
    found = certificate(asked, outputs, chosen.reading, chosen.edition)
    assert found.check(asked)
    bare = classify(only(asked, found.cells), chosen.reading, chosen.edition)
    whole = classify(asked, chosen.reading, chosen.edition)
    assert (bare.ais, bare.joint) == (whole.ais, whole.joint)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(untested_exams(most=30))
def test_no_cell_of_a_certificate_can_be_dropped(made: Exam) -> None:
    """Without any one of its cells the result is another, and it has no fewer than the bound."""
    found = certificate(made)
    assert found.least <= len(found.cells)
    for cell in found.cells:
        rest = replace(found, cells=tuple(name for name in found.cells if name != cell))
        assert not rest.check(made), cell


def test_a_certificate_names_what_the_grade_rests_on() -> None:
    """C6, AIS A: both sides normal to C6, one cell that stops the level, and the six of no sacral sparing."""
    made = exam(lost_below("C6"), vac="no", dap="no")
    found = certificate(made)
    assert found.values == ("A C6",)
    assert len(found.cells) == found.least == 4 * 5 + 2 * 2 + 6 + 1
    assert {"vac", "dap", "left_pin_prick_S4-5", "right_motor_C6"} <= set(found.cells)
    assert not found.check(exam(both("light_touch_S4-5", 1) | {"right_motor_C5": 3}))


@pytest.mark.slow
def test_no_smaller_certificate_escapes_the_bound() -> None:
    """Enumeration of every set of the cells that are not in each certificate finds none below the bound."""
    tried = 0
    for seed in range(200):
        made = synthetic_exam(Random(seed), list(KINDS)[seed % len(KINDS)], non_key=True)
        found = certificate(made)
        free = [cell for cell in CELLS if replace(found, cells=_all_but(cell)).check(made)]
        needed = [cell for cell in CELLS if cell not in free]
        fewer = found.least - 1 - len(needed)
        if fewer < 1 or comb(len(free), fewer) > 400:
            continue
        tried += 1
        for some in combinations(free, fewer):
            assert not replace(found, cells=(*needed, *some)).check(made)
    assert tried >= 5


def _all_but(cell: str) -> tuple[str, ...]:
    return tuple(name for name in CELLS if name != cell)


def test_a_normal_examination_rests_on_every_cell_but_one() -> None:
    """AIS E: all cells but deep anal pressure, and the bound says so."""
    found = certificate(exam())
    assert found.cells == _all_but("dap")
    assert found.least == 133


@given(exams)
@settings(max_examples=20, deadline=None)
def test_a_certificate_is_the_same_each_time(made: Exam) -> None:
    """No chance enters."""
    found = certificate(made)
    assert isinstance(found, Certificate)
    assert found == certificate(made)


def test_an_output_the_edition_does_not_give_raises() -> None:
    """1992 stands behind no NLI."""
    with pytest.raises(ValueError, match="nli"):
        certificate(replace(exam(), any_anal_sensation=exam().dap), edition=Edition.Y1992)
    with pytest.raises(KeyError):
        only(exam(), ["right_motor_C2"])


@pytest.mark.slow
def test_examinations_half_done_are_answered() -> None:
    """Any number of untested cells: an answer comes, and its next cell is one of the open ones."""
    rng = Random(11)
    for cells in (20, 60, 110):
        made = untested(rng, synthetic_exam(rng, "uneven"), cells)
        found, still_open = next_cell(made), open_cells(made)
        assert (found is None) == (not still_open)
        assert found is None or found.cell in still_open
