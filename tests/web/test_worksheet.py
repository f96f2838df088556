"""The worksheet as values: its cells, what follows from them, and the examiner's own results beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.isncsci import Segment, classify, exam_of_grade
from myelos.isncsci.exam import CELLS, SCORES, replaced
from myelos.isncsci.records import OURS, record_of
from myelos.isncsci.synthetic import KINDS, synthetic_exam
from myelos.protocol import load_protocol
from myelos.web import worksheet as sheet
from myelos.web.say import BOOK

PROTOCOL = load_protocol("honmou-phase2")


def flat(exam: Any) -> dict[str, str]:
    """The fields of an examination, by cell."""
    record: dict[str, Any] = record_of(exam, OURS)
    found = {"vac": record["vac"], "dap": record["dap"]}
    for side in ("right", "left"):
        for block in ("motor", "light_touch", "pin_prick"):
            found |= {f"{side}_{block}_{label}": text for label, text in record[side][block].items()}
        if record[side]["non_key"]:
            found[f"{side}_non_key"] = record[side]["non_key"]
    return found


def of_grade(grade: str = "C", seed: int = 5) -> dict[str, str]:
    return flat(exam_of_grade(Random(seed), grade, Segment.C5))


def told(findings: Any) -> list[tuple[str, str]]:
    """Codes and fields; each is told in both languages."""
    for each in findings:
        assert all(BOOK.tell(each, language) for language in ("en", "ja"))
    return [(each.code, each.place.column) for each in findings]


def test_the_sheet_has_every_cell_once() -> None:
    """All 134, none twice, and the paper goes from the right motor column to the left one, then the anus."""
    assert sorted(sheet.PAPER) == sorted(CELLS)
    assert len(sheet.PAPER) == 134
    assert (sheet.PAPER[0], sheet.PAPER[10], sheet.PAPER[-3]) == (
        "right_motor_C5",
        "right_light_touch_C2",
        "left_motor_S1",
    )
    assert sheet.PAPER[-2:] == ("vac", "dap")


def test_a_row_of_the_sheet_is_one_segment() -> None:
    """Whatever the column, cells of a segment stand in one row."""
    rows: dict[str, set[int]] = {}
    for column in sheet.columns():
        for cell in column.cells:
            rows.setdefault(cell.segment, set()).add(cell.row)
    assert all(len(each) == 1 for each in rows.values())
    assert len(rows) == len(sheet.ROWS) == 28


@given(
    kind=st.sampled_from(sorted(KINDS)),
    seed=st.integers(0, 10**6),
    blank=st.sets(st.sampled_from(CELLS), max_size=134),
)
def test_what_is_missing_is_as_open_as_what_could_not_be_tested(
    kind: str, seed: int, blank: set[str]
) -> None:
    """The live result is that of the rules for the same cells, the missing ones being NT."""
    exam = synthetic_exam(Random(seed), kind)
    fields = {name: text for name, text in flat(exam).items() if name not in blank}
    found, expected = sheet.classification(fields), classify(replaced(exam, dict.fromkeys(blank, "NT")))
    assert (found.ais, found.nli, found.joint, found.sums) == (
        expected.ais,
        expected.nli,
        expected.joint,
        expected.sums,
    )
    assert set(sheet.missing_cells(fields)) == blank


def test_a_cell_takes_every_score_of_its_scale_and_nothing_else() -> None:
    """What the sheet calls fitting is what the examination accepts."""
    assert all(sheet.fits("right_motor_C5", text) for text in SCORES[5] if isinstance(text, str))
    assert all(sheet.fits("right_pin_prick_C5", text) for text in SCORES[2] if isinstance(text, str))
    for text in ("", "6", "5*", "nt", "3***", "３", " 3"):
        assert not sheet.fits("right_motor_C5", text)
    assert not sheet.fits("right_pin_prick_C5", "3")


def test_a_cell_with_something_unusable_is_open_and_missing() -> None:
    """No guess is made of what was meant."""
    fields = {**of_grade(), "vac": "maybe"}
    assert sheet.missing_cells(fields) == ("vac",)
    assert sheet.exam_of(fields).vac == "NT"


def test_fields_are_kept_as_written_and_nothing_else_is() -> None:
    """Of what was sent only the sheet's own fields, without signs that are no text."""
    given_ = {"right_motor_C5": " 3* ", "comments": " two\nlines\x00 ", "is_admin": "yes", "dap": " "}
    assert sheet.fields_of(given_) == {"right_motor_C5": "3*", "comments": "two\nlines"}
    assert sheet.fields_of({"aside.vac": "no", "vac": "yes"}, "aside.") == {"vac": "no"}


def test_a_field_that_is_too_long_is_told() -> None:
    """Each with its limit."""
    found = sheet.too_long({"comments": "x" * 1501, "vac": "x" * 21, "dap": "yes"})
    assert told(found) == [("web.exam-too-long", "comments"), ("web.exam-too-long", "vac")]


@pytest.mark.parametrize(
    ("own", "differs"),
    [
        ({"ais": "C", "nli": "C5"}, []),
        ({"ais": "D"}, ["ais"]),
        ({"ais": "ND"}, ["ais"]),
        ({"nli": "C6", "ais": "C"}, ["nli"]),
        ({}, []),
    ],
)
def test_the_examiners_own_is_held_against_the_rules(own: dict[str, str], differs: list[str]) -> None:
    """A result that the cells do not allow is told, one that was left out is not."""
    assert [each.output for each in sheet.differing(own, of_grade("C"))] == differs


def test_of_an_open_result_both_open_and_each_possible_value_agree() -> None:
    """Where C and D are both possible, D is no disagreement, and A is one."""
    possible = {"ais": ("C", "D")}
    assert sheet.differences({"ais": "ND"}, possible) == sheet.differences({"ais": "D"}, possible) == ()
    assert sheet.differences({"ais": "A"}, possible)[0].computed == ("C", "D")


@given(
    own=st.dictionaries(st.sampled_from(sheet.OWN), st.sampled_from(["A", "C5", "ND", "INT"])),
    comments=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=80),
)
def test_own_results_come_back_from_what_is_recorded(own: dict[str, str], comments: str) -> None:
    """They stand in the words beside the record, before the comments, and are read from there."""
    fitting = {output: value for output, value in own.items() if value in sheet.CHOICES[output]}
    fields = sheet.fields_of(
        {**{f"own_{output}": value for output, value in fitting.items()}, "comments": comments}
    )
    assert sheet.own_in(sheet.reason_of(fields)) == fitting or not fitting
    assert fields.get("comments", "") in sheet.reason_of(fields)


def test_what_the_examiner_makes_of_it_is_asked_for_at_an_endpoint() -> None:
    """All six of them, at once; elsewhere they may be left out, but never be something else."""
    assert told(sheet.own_faults({}, asked=True)) == [
        ("web.exam-no-own", f"own_{output}") for output in sheet.OWN
    ]
    assert sheet.own_faults({}, asked=False) == []
    assert told(sheet.own_faults({"own_ais": "F"}, asked=False)) == [("web.exam-not-a-result", "own_ais")]


def test_the_visits_an_endpoint_compares_are_known() -> None:
    """Index, month 6 and day 220 of the shipped protocol; not those between."""
    held = [each.id for each in PROTOCOL.visits if sheet.at_endpoint(PROTOCOL, each.id)]
    assert held == ["screening", "re-examination", "month-6", "day-220"]


def test_visits_are_numbered_by_those_that_ask_for_the_examination() -> None:
    """The day of the infusion asks for pain alone, and has no number."""
    numbers = {number: visit.id for number, visit in sheet.numbered(PROTOCOL).items()}
    assert numbers["2"] == "re-examination"
    assert numbers["3"] == "day-1"
    assert "infusion-day" not in numbers.values()


def said(**fields: str) -> tuple[sheet.Signed, list[tuple[str, str]]]:
    made, found = sheet.signed(fields, "Asia/Tokyo")
    return made, told(found)


def test_the_time_is_the_sites_and_becomes_one_instant() -> None:
    """09:30 in Tokyo is 00:30 UTC; the source is the sheet of paper, or who examined."""
    made, found = said(date="2026-05-01", time="09:30", examiner="examiner", source="paper")
    assert made.at == datetime(2026, 5, 1, 0, 30, tzinfo=UTC)
    assert made.source is not None
    assert (made.source.kind, made.source.id, found) == ("document", "worksheet", [])


def test_everything_missing_about_the_examination_is_told_at_once() -> None:
    """When, who, and where it was written first."""
    assert [code for code, _ in said()[1]] == [
        "web.exam-no-time",
        "web.exam-no-examiner",
        "web.exam-no-source",
    ]


@pytest.mark.parametrize("hour", ["02:30", "01:30"])
def test_an_hour_that_the_clocks_skip_or_repeat_is_told(hour: str) -> None:
    """In New York 02:30 of 8 March 2026 does not exist, and 01:30 of 1 November exists twice."""
    day = "2026-03-08" if hour == "02:30" else "2026-11-01"
    fields = {"date": day, "time": hour, "examiner": "e", "source": "paper"}
    made, found = sheet.signed(fields, "America/New_York")
    assert (made.at, told(found)) == (None, [("web.exam-no-such-time", "time")])


@pytest.mark.parametrize("written", ["2026-13-01", "soon", "0001-01-01", "2026-05-01T09:00"])
def test_a_date_that_is_none_is_told(written: str) -> None:
    """Also one before any instant."""
    made, found = said(date=written, time="00:10", examiner="e", source="paper")
    assert (made.at, found) == (None, [("web.exam-unreadable-time", "date")])


def test_values_are_shown_by_the_ends_of_their_runs() -> None:
    """Three neighbours or more are one run; nothing claimed is a dash."""
    assert sheet.runs(("C4", "C5", "C6", "T1")) == "C4–C6, T1"
    assert sheet.runs(("C", "D")) == "C, D"
    assert sheet.runs(()) == "–"


def test_only_what_is_due_or_overdue_is_to_be_examined() -> None:
    """Somebody nobody knows anything of but the injury is due for the screening, and nothing else."""
    from examples.twenty_people.playing import play
    from examples.twenty_people.script import OPENED, opening
    from tests.protocol.played import person

    it = person(1)
    trial, _ = play(PROTOCOL, [*opening(OPENED), *it.screening(), *it.consent()])
    found = sheet.open_exams(trial.people[it.person], PROTOCOL, it.at(8).date())
    assert [(number, row.visit) for number, row in found] == [("1", "screening")]
