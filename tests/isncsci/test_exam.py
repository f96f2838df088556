"""Segments, scores and the plain form: what is one, and what is refused."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.isncsci.builders import exam, record
from tests.isncsci.strategies import untested_exams

from myelos.findings import Refused
from myelos.isncsci import Exam, Missing, Segment
from myelos.isncsci.exam import BLOCKS, SCORES, SIDES, Answer, Score, Side, Tag, parse_score
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


# missing cells


def without(path: str, blank: object = None, shape: Shape = OURS) -> dict[str, Any]:
    """A normal record without the key at ``path`` (dots between keys), or with ``blank`` there."""
    made: dict[str, Any] = deepcopy(record_of(exam(), shape))
    *above, last = path.split(".")
    place = made
    for key in above:
        place = place[key]
    if blank is None:
        del place[last]
    else:
        place[last] = blank
    return made


BLANKS = [None, "", "  ", "\t"]


@pytest.mark.parametrize("blank", BLANKS, ids=repr)
@pytest.mark.parametrize(
    ("path", "cell"),
    [
        ("right.motor.C5", "right_motor_C5"),
        ("left.pin_prick.S4-5", "left_pin_prick_S4-5"),
        ("vac", "vac"),
        ("dap", "dap"),
    ],
)
def test_a_missing_cell_is_an_error_unless_the_caller_says_untestable(
    path: str, cell: str, blank: str | None
) -> None:
    """Absent or blank: a finding that names the cell; NT only with missing="NT"."""
    typed = without(path, blank)
    with pytest.raises(Refused) as refused:
        parse_exam(typed)
    assert [(f.code, f.place.column) for f in refused.value.findings] == [("isncsci.missing", cell)]
    changes, answers = ({}, {cell: "NT"}) if cell in ("vac", "dap") else ({cell: "NT"}, {})
    assert parse_exam(typed, missing="NT") == asked(exam(changes, **answers), "NT")


def asked(made: Exam, anal: str) -> Exam:
    return replace(made, any_anal_sensation=Answer(anal))


def untested_side(non_key: Segment | None = None) -> Side:
    blocks = [tuple([SCORES[top]["NT"]] * len(segments)) for _, segments, top in BLOCKS]
    return Side(blocks[0], blocks[1], blocks[2], non_key)


@pytest.mark.parametrize("shape", [OURS, PRAXIS], ids=["ours", "praxis"])
def test_an_absent_side_is_66_missing_cells_or_66_untestable_ones(shape: Shape) -> None:
    """Every cell of the side is told; with missing="NT" the side is NT throughout."""
    with pytest.raises(Refused) as refused:
        parse_exam(without("left", shape=shape), shape)
    assert {f.code for f in refused.value.findings} == {"isncsci.missing"}
    assert len({f.place.column for f in refused.value.findings}) == 66
    found = parse_exam(without("left", shape=shape), shape, missing=Missing.NT)
    assert (found.right, found.left) == (exam().right, untested_side())


def test_nothing_but_an_id_is_an_examination_only_when_the_caller_says_so() -> None:
    """134 cells NT and any anal sensation with them; no non-key entry is made up; the id is asked for."""
    nothing = Exam("x", untested_side(), untested_side(), Answer.NT, Answer.NT, Answer.NT)
    assert parse_exam({"id": "x"}, missing="NT") == nothing
    with pytest.raises(Refused) as refused:
        parse_exam({}, missing="NT")
    assert [(f.code, f.place.column) for f in refused.value.findings] == [("isncsci.missing", "id")]
    with pytest.raises(Refused) as refused:
        parse_exam({"id": "x"})
    assert len(refused.value.findings) == 134


def test_a_wrong_cell_stays_wrong_where_missing_ones_are_untestable() -> None:
    """missing="NT" forgives what is blank and nothing else."""
    typed = without("right.motor.C5", "6") | {"vac": "maybe", "dap": ""}
    typed["left"] |= {"pin_prick": 7, "non_key": "T2"}
    with pytest.raises(Refused) as refused:
        parse_exam(typed, missing="NT")
    assert {(f.code.removeprefix("isncsci."), f.place.column) for f in refused.value.findings} == {
        ("not-a-score", "right_motor_C5"),
        ("not-an-answer", "vac"),
        ("not-an-object", "left_pin_prick"),
        ("not-a-key-level", "left_non_key"),
    }


@pytest.mark.parametrize("missing", ["nt", "", "ignore"])
def test_another_word_for_missing_raises(missing: str) -> None:
    """Only error and NT are meant: a typing error never changes what is read."""
    with pytest.raises(ValueError, match="Missing"):
        parse_exam(record(), missing=missing)


@pytest.mark.parametrize("shape", [OURS, PRAXIS], ids=["ours", "praxis"])
@pytest.mark.parametrize("anal", [None, *Answer])
def test_any_anal_sensation_is_written_and_read_in_both_shapes(shape: Shape, anal: Answer | None) -> None:
    """One key in both; where it was not asked it is left out, and read as not asked."""
    original = replace(exam(), any_anal_sensation=anal)
    typed = record_of(original, shape)
    assert ("any_anal_sensation" in typed) == (anal is not None)
    assert parse_exam(typed, shape) == original


@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_any_anal_sensation_left_blank_was_not_asked(blank: str | None) -> None:
    """Only 1992 asks for it: blank is no fault, and NT only when the caller says so."""
    typed = record() | {"any_anal_sensation": blank}
    assert parse_exam(typed) == exam()
    assert parse_exam(typed, missing="NT") == asked(exam(), "NT")


# junk

_NEARLY = """0 1 2 3 4 5 6 -1 5* 5** 2* 2** 3* 4** 1** 0* NT NT* NT** nt NT*** * ** 3.0 =1+1 yes no Yes No YES
ja C5 S1 T2 l2"""
_SPACED = ("", " ", " 3 ", "NT ", "\u00a01", "\u0663", "\u00b2", "1\n", "\x00", "\ud800")
_NUMBERS = st.integers() | st.integers(-1, 6) | st.floats() | st.sampled_from([1.0, 2.0, 10**300])
_TEXTS = st.text(max_size=50) | st.sampled_from([*_NEARLY.split(), *_SPACED])


def _holding(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


JUNK = st.recursive(st.none() | st.booleans() | _NUMBERS | _TEXTS, _holding, max_leaves=4)
"""What JSON may hold in place of a score, much of it nearly one."""


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _scores(top: int) -> set[str]:
    tagged = {f"{value}{tag}" for value in (*range(top), "NT") for tag in ("*", "**")}
    return {*map(str, range(top + 1)), "NT"} | tagged


def _text(value: object, texts: set[str]) -> str | None:
    """How a cell is written back; None for one that is wrong. Whole numbers only where digits are scores."""
    written = str(value).strip() if isinstance(value, str) or (type(value) is int and abs(value) < 10) else ""
    return written if written in texts else None


@st.composite
def _typed(draw: st.DrawFn, shape: Shape) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """A record with junk in some cells; for each cell where it is: its keys, and the texts allowed."""
    typed = deepcopy(record_of(draw(untested_exams(5)), shape))
    answers = set(shape.answers)
    cells: dict[str, tuple[Any, ...]] = {
        "vac": ((shape.vac,), answers),
        "dap": ((shape.dap,), answers),
        "any_anal_sensation": ((shape.any_anal_sensation,), answers),
    }
    for side in SIDES:
        cells[f"{side}_non_key"] = ((side, shape.non_key), set("C5 C6 C7 C8 T1 L2 L3 L4 L5 S1".split()))
        for key, (block, segments, top) in zip(shape.blocks, BLOCKS, strict=True):
            for segment in segments:
                keys = (side, key, shape.label(segment))
                cells[f"{side}_{block}_{segment.label}"] = (keys, _scores(top))
    for cell in draw(st.lists(st.sampled_from(sorted(cells)), max_size=12, unique=True)):
        _put(typed, cells[cell][0], draw(JUNK))
    return typed, cells


def _put(place: Any, keys: tuple[str, ...], value: object) -> None:
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value


def _at(place: Any, keys: tuple[str, ...]) -> Any:
    for key in keys[:-1]:
        place = place[key]
    return place.get(keys[-1])


@pytest.mark.parametrize("missing", Missing)
@pytest.mark.parametrize("shape", [OURS, PRAXIS], ids=["ours", "praxis"])
@given(data=st.data())
def test_junk_gives_a_finding_for_each_wrong_cell_or_an_examination_of_what_was_typed(
    shape: Shape, missing: Missing, data: st.DataObject
) -> None:
    """Never a crash, no cell forgiven or blamed for another; what is accepted is written back as typed."""
    typed, cells = data.draw(_typed(shape))
    optional = {"right_non_key", "left_non_key", "any_anal_sensation"}
    wrong, kept = set(), {}
    for cell, (keys, texts) in cells.items():
        value = _at(typed, keys)
        kept[cell] = "NT" if _blank(value) and not cell.endswith("non_key") else _text(value, texts)
        if _blank(value):
            kept[cell] = None if missing is Missing.ERROR else kept[cell]
            if cell not in optional and missing is Missing.ERROR:
                wrong.add(cell)
        elif kept[cell] is None:
            wrong.add(cell)
    if wrong:
        with pytest.raises(Refused) as refused:
            parse_exam(typed, shape, missing)
        assert sorted(f.place.column or "" for f in refused.value.findings) == sorted(wrong)
        return
    written = record_of(parse_exam(typed, shape, missing), shape)
    assert {cell: _at(written, keys) for cell, (keys, _) in cells.items()} == kept


@given(st.dictionaries(st.sampled_from(["id", "vac", "dap", *SIDES, "any_anal_sensation", "note"]), JUNK))
@example({"id": True, "right": {"motor": {"C5": {}}, "": 1}, "left": [], "vac": {}})
def test_an_object_of_junk_is_refused_with_findings(typed: dict[str, object]) -> None:
    """Whatever stands in place of a side or an id: findings with codes and places, no other exception."""
    with pytest.raises(Refused) as refused:
        parse_exam(typed)
    assert all(f.code.startswith("isncsci.") and f.place.column for f in refused.value.findings)
