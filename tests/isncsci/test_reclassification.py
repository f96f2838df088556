"""Another edition: what differs, by which rule, and how certain that is."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.isncsci.brute import enumerated
from tests.isncsci.builders import Cells, below, both, exam, lost_below, record
from tests.isncsci.second import KEY, classify_again, plain, where
from tests.isncsci.strategies import exams

from myelos.findings import Refused, Severity
from myelos.isncsci import (
    Edition,
    Exam,
    Layout,
    classify,
    parse_exam,
    reclassify,
    reclassify_file,
    write_exams,
)
from myelos.isncsci.editions import OUTPUTS, RuleSet, rules_of
from myelos.isncsci.exam import Answer
from myelos.isncsci.explanation import book
from myelos.isncsci.reclassification import DIFFERENCES, Change, Reclassification
from myelos.isncsci.records import record_of
from myelos.isncsci.segments import KEY_MUSCLES
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

FIELDS = {
    "rule-any-anal-sensation": "any_anal_sensation",
    "rule-motor-below-nli": "motor_below_nli",
    "rule-tie": "tie_open",
    "rule-non-key": "non_key",
    "rule-zones": "zones_if_complete",
}
PAIRS = [(a, b) for a in Edition for b in Edition if a < b]


def asked(made: Exam, anal: Answer | str) -> Exam:
    return replace(made, any_anal_sensation=Answer(anal))


asked_exams = st.builds(asked, exams, st.sampled_from((Answer.YES, Answer.NO)))
"""Fully tested examinations with an answer of their own to *any anal sensation*."""


def change(found: Reclassification, output: str) -> Change:
    return next(one for one in found.changes if one.output == output)


def codes(one: Change) -> list[str]:
    return [rule.code.removeprefix("isncsci.") for rule in one.rules]


def ais_1992(rec: dict[str, object], anal: bool) -> tuple[str, ...]:
    """The grade of 1992, written from the spec's table on texts and numbers; nothing of our rules."""
    again = classify_again(rec)  # type: ignore[arg-type]
    if again["ais"] == "E":
        return ("E",)
    sides = [rec["right"], rec["left"]]
    sacral = any(side[block]["S4-5"] for side in sides for block in ("light_touch", "pin_prick"))  # type: ignore[index]
    if not (rec["vac"] or anal or sacral):
        return ("A",)
    nli = where(again["nli"])
    grades = [side["motor"][name] for side in sides for name in KEY if where(name) > nli]  # type: ignore[index]
    if not rec["vac"] and not any(grades):
        return ("B",)
    strong = sum(grade >= 3 for grade in grades)
    weak = len(grades) - strong
    return ("C", "D") if weak == strong else ("C",) if weak > strong else ("D",)


# what differs


@given(asked_exams)
def test_the_same_edition_twice_changes_nothing(made: Exam) -> None:
    """A re-reading by the rules of the first reading has nothing to tell and compares every output it has."""
    for edition in Edition:
        found = reclassify(made, edition, edition)
        assert found.changes == ()
        assert found.before == found.after
        assert set(found.not_compared) == set(OUTPUTS) - set(rules_of(edition).outputs)


@given(asked_exams)
@settings(deadline=None)
def test_1992_and_2019_give_what_two_naive_gradings_give(made: Exam) -> None:
    """AIS before and after are those of classifiers that share no rule with ours; a change is told iff they
    differ."""
    rec = plain(record_of(made))
    old, new = ais_1992(rec, made.any_anal_sensation is Answer.YES), (classify_again(rec)["ais"],)
    found = reclassify(made)
    assert (found.before.ais, found.after.ais) == (old, new)
    told = {one.output: (one.before, one.after) for one in found.changes}
    assert told.get("ais") == ((old, new) if old != new else None)


@given(asked_exams, st.sampled_from([*PAIRS, *((b, a) for a, b in PAIRS)]))
@settings(deadline=None)
def test_every_pair_of_editions_differs_where_classify_differs_and_nowhere_else(
    made: Exam, pair: tuple[Edition, Edition]
) -> None:
    """Changes are the outputs that both editions claim and that come out differently, in their order."""
    results = [classify(made, edition=edition) for edition in pair]
    claimed = [o for o in OUTPUTS if all(o in rules_of(edition).outputs for edition in pair)]
    differ = [o for o in claimed if results[0].values(o) != results[1].values(o)]
    found = reclassify(made, *pair)
    assert [one.output for one in found.changes] == differ
    assert [(one.before, one.after) for one in found.changes] == [
        (results[0].values(o), results[1].values(o)) for o in differ
    ]
    assert sorted((*claimed, *found.not_compared), key=OUTPUTS.index) == list(OUTPUTS)


def test_1992_is_compared_only_in_what_it_claims() -> None:
    """Levels and zones of 1992 are not claimed: they are named as not compared, never as changed."""
    found = reclassify(asked(exam(lost_below("C5"), vac="no", dap="no"), "no"))
    assert found.not_compared == tuple(o for o in OUTPUTS if o not in ("complete", "ais"))
    assert {one.output for one in found.changes} <= {"complete", "ais"}


# by which rule


def deciding(made: Exam, old: RuleSet, new: RuleSet, output: str) -> set[str]:
    """By the plain rules over every completion: fields that change the output when switched at one end."""
    at = OUTPUTS.index(output)
    differ = [field for field in FIELDS.values() if getattr(old, field) != getattr(new, field)]

    def value(rules: RuleSet) -> int:
        return enumerated(made, rules)[at]

    alone = {
        field
        for field in differ
        for here, there in ((old, new), (new, old))
        if value(replace(here, **{field: getattr(there, field)})) != value(here)
    }
    return alone or set(differ)


@given(asked_exams, st.sampled_from([(Edition.Y1992, Edition.Y2019), *PAIRS]))
@settings(deadline=None)
def test_the_rules_told_are_those_that_alone_change_the_output(
    made: Exam, pair: tuple[Edition, Edition]
) -> None:
    """Switched alone at one of the ends, in the plain rules, exactly the rules told change the output."""
    for one in reclassify(made, *pair).changes:
        wanted = deciding(made, *map(rules_of, pair), one.output)
        assert {FIELDS[code] for code in codes(one)} == wanted


@pytest.mark.parametrize("number", range(40))
def test_the_rules_told_of_an_untested_examination_are_those_of_its_completions(number: int) -> None:
    """Also where an output has several values, a rule is told iff alone it changes the set of them."""
    rng = Random(number)
    made = untested(rng, synthetic_exam(rng, rng.choice(list(KINDS)), non_key=True), 3, tagged=0.3)
    made = asked(made, rng.choice(list(Answer)))
    for pair in ((Edition.Y1992, Edition.Y2019), (Edition.Y2015, Edition.Y2019)):
        for one in reclassify(made, *pair).changes:
            wanted = deciding(made, *map(rules_of, pair), one.output)
            assert {FIELDS[code] for code in codes(one)} == wanted


HALF: Cells = {f"right_motor_{muscle.label}": 3 for muscle in KEY_MUSCLES[1:]}
ONE_ARM: Cells = (
    {"left_light_touch_C5": 1}
    | both("light_touch_S4-5", 1)
    | {f"left_motor_{muscle.label}": 0 for muscle in KEY_MUSCLES[5:]}
)
BY_HAND = {
    "tie": (lost_below("C5") | HALF, "yes", "yes", "yes", ("C", "D"), ("D",), ["rule-tie"]),
    "a trace just below the level": (
        lost_below("C5") | {"right_motor_C6": 1}, "no", "yes", "yes", ("C",), ("B",),
        ["rule-motor-below-nli"],
    ),
    "strength near each motor level": (
        ONE_ARM, "no", "yes", "yes", ("D",), ("B",), ["rule-motor-below-nli"],
    ),
    "a non-key muscle far below": (
        lost_below("C5") | {"left_non_key": "L4"}, "no", "yes", "yes", ("B",), ("C",),
        ["rule-motor-below-nli", "rule-non-key"],
    ),
    "felt, but not deep pressure": (
        lost_below("T4"), "no", "no", "yes", ("B",), ("A",), ["rule-any-anal-sensation"],
    ),
    "deep pressure, but sensation denied": (
        lost_below("T4"), "no", "yes", "no", ("A",), ("B",), ["rule-any-anal-sensation"],
    ),
}  # fmt: skip
"""Cells, VAC, DAP, any anal sensation; AIS of 1992 and of 2019; the rules told."""


@pytest.mark.parametrize("name", BY_HAND)
def test_examinations_made_by_hand_change_by_the_rule_they_were_made_for(name: str) -> None:
    """One picture for each rule in which 1992 and 2019 grade differently."""
    cells, vac, dap, anal, old, new, rules = BY_HAND[name]
    found = reclassify(asked(exam(cells, vac=vac, dap=dap), anal))
    one = change(found, "ais")
    assert (one.before, one.after, codes(one)) == (old, new, rules)
    complete = {"A": "C"}.get(old[0], "I"), {"A": "C"}.get(new[0], "I")
    assert (found.before.only("complete"), found.after.only("complete")) == complete


def test_backwards_the_same_rules_are_told() -> None:
    """From 2019 to 1992 before and after trade places and the rules stay."""
    for cells, vac, dap, anal, old, new, rules in BY_HAND.values():
        made = asked(exam(cells, vac=vac, dap=dap), anal)
        one = change(reclassify(made, Edition.Y2019, Edition.Y1992), "ais")
        assert (one.before, one.after, codes(one)) == (new, old, rules)


def test_zones_of_an_incomplete_injury_appear_in_2019() -> None:
    """2015 gives zones to complete injuries only; 2019 gives the motor zone by VAC, the sensory by S4-5."""
    motor = reclassify(exam(lost_below("C5"), vac="no", dap="yes"), Edition.Y2015, Edition.Y2019)
    sensory = reclassify(exam(lost_below("C5"), vac="yes", dap="no"), Edition.Y2015, Edition.Y2019)
    for found, kind in ((motor, "motor"), (sensory, "sensory")):
        assert [one.output for one in found.changes] == [f"zpp_{kind}_right", f"zpp_{kind}_left"]
        for one in found.changes:
            assert (one.before, one.after, codes(one)) == (("NA",), ("C5",), ["rule-zones"])


def test_zones_of_a_complete_injury_are_the_same_in_2015_and_2019() -> None:
    """A complete injury has its zones under both."""
    made = exam(lost_below("C5") | {"right_motor_C7": 2}, vac="no", dap="no")
    assert reclassify(made, Edition.Y2015, Edition.Y2019).changes == ()


def test_each_rule_told_carries_the_certainty_of_the_spec() -> None:
    """Non-key muscles since 2011 are M, the other differences H; a rule is a note, not a fault."""
    certainties = {}
    for cells, vac, dap, anal, *_ in BY_HAND.values():
        for rule in change(reclassify(asked(exam(cells, vac=vac, dap=dap), anal)), "ais").rules:
            certainties[rule.code.removeprefix("isncsci.")] = rule.params["certainty"]
            assert rule.severity is Severity.NOTE
    assert certainties == {
        "rule-any-anal-sensation": "H",
        "rule-motor-below-nli": "H",
        "rule-tie": "H",
        "rule-non-key": "M",
    }


def test_what_is_uncertain_of_either_result_is_carried_once() -> None:
    """The findings of both results are joined, each once: the open tie, the motor level of 1992, 2011's M."""
    made = asked(exam(lost_below("C5") | HALF), "yes")
    told = [finding.code.removeprefix("isncsci.") for finding in reclassify(made).findings]
    assert {"tie-may-be-open", "motor-level-1992"} <= set(told)
    assert len(told) == len(set(told))
    later = reclassify(made, Edition.Y2011, Edition.Y2015).findings
    assert [f.params for f in later if f.code == "isncsci.edition-certainty"] == [
        {"edition": "2011", "certainty": "M"},
        {"edition": "2015", "certainty": "M"},
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_difference_has_words_that_say_how_certain_it_is(language: str) -> None:
    """A rule without words, or words without its certainty, would mislead a reader."""
    for code, certainty in DIFFERENCES.values():
        assert certainty in ("H", "M", "L")
        said = book().say(code, {"certainty": "<sure>"}, language)
        assert "<sure>" in said
        assert "1992" in said or "2019" in said


# any anal sensation


def test_an_examination_without_any_anal_sensation_is_refused_under_1992() -> None:
    """The finding names the cell and the edition; deep anal pressure is never taken in its place."""
    with pytest.raises(Refused) as refused:
        reclassify(exam())
    (finding,) = refused.value.findings
    assert (finding.code, finding.place.column) == ("isncsci.anal-sensation-missing", "any_anal_sensation")
    assert finding.params["edition"] == "1992"
    assert reclassify(exam(), Edition.Y2011, Edition.Y2019).changes == ()


def test_taken_for_untestable_any_anal_sensation_leaves_a_and_b() -> None:
    """With missing="NT" the answer is unknown: 1992 gives the set {A, B} where 2019 gives A."""
    made = parse_exam(record(lost_below("T4"), vac="no", dap="no"), missing="NT")
    found = reclassify(made)
    one = change(found, "ais")
    assert (one.before, one.after, codes(one)) == (("A", "B"), ("A",), ["rule-any-anal-sensation"])
    assert change(found, "complete").before == ("C", "I")


# how often


@pytest.mark.slow
def test_1992_and_2019_grade_a_fair_share_of_injuries_differently() -> None:
    """Over 3,000 drawn injuries the AIS differs in some per cent: neither never nor mostly."""
    rng, kinds = Random(1992), list(KINDS)
    drawn = (synthetic_exam(rng, kinds[n % len(kinds)], non_key=n % 2 == 0) for n in range(3000))
    differ = sum(
        any(one.output == "ais" for one in reclassify(replace(e, any_anal_sensation=e.dap)).changes)
        for e in drawn
    )
    assert 0.03 < differ / 3000 < 0.30, differ / 3000


# a file


def file_of(tmp_path: Path, layout: Layout, *made: Exam) -> Path:
    path = tmp_path / "exams"
    with path.open("w", encoding="utf-8") as target:
        write_exams(made, target, layout)
    return path


def hand_made() -> list[Exam]:
    made = [asked(exam(c, vac=vac, dap=dap), anal) for c, vac, dap, anal, *_ in BY_HAND.values()]
    same = asked(exam(below("C5", motor=0, touch=1, prick=1)), "yes")
    return [replace(one, id=f"h{n}") for n, one in enumerate([*made, same])]


@pytest.mark.parametrize("layout", Layout)
def test_a_file_gives_a_json_line_an_examination_and_a_tally(tmp_path: Path, layout: Layout) -> None:
    """Lines are as_dict of each, in order; the tally counts examinations and those that differ."""
    target, counts = tmp_path / "result.jsonl", list[int]()
    tally = reclassify_file(file_of(tmp_path, layout, *hand_made()), target, layout, progress=counts.append)
    lines = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert lines == [reclassify(one).as_dict() for one in hand_made()]
    assert [line["id"] for line in lines] == [f"h{n}" for n in range(7)]
    assert (tally.count, tally.differ) == (7, {"ais": 6, "complete": 2})
    assert lines[-1]["changes"] == []
    assert lines[0]["before"] == {"edition": "1992", "ais": ["C", "D"]}
    assert lines[0]["changes"] == [
        {
            "output": "ais",
            "before": ["C", "D"],
            "after": ["D"],
            "rules": [{"code": "isncsci.rule-tie", "certainty": "H"}],
        }
    ]


def test_one_refused_examination_leaves_nothing_written(tmp_path: Path) -> None:
    """Every examination without the answer 1992 needs is told with its row; an older result stays."""
    asking, silent = hand_made()[0], [replace(exam(), id=name) for name in ("s1", "s2")]
    source = file_of(tmp_path, Layout.JSONL, silent[0], asking, silent[1])
    target, stream = tmp_path / "result.jsonl", io.StringIO()
    target.write_text("older", "utf-8")
    for to in (target, stream):
        with pytest.raises(Refused) as refused:
            reclassify_file(source, to, Layout.JSONL)
        assert [(f.code, f.place.file, f.place.row, f.place.column) for f in refused.value.findings] == [
            ("isncsci.anal-sensation-missing", str(source), row, "any_anal_sensation") for row in (1, 3)
        ]
    assert (target.read_text("utf-8"), stream.getvalue()) == ("older", "")
    assert {path.name for path in tmp_path.iterdir()} == {"exams", "result.jsonl"}


def test_a_file_may_be_read_with_missing_cells_as_untestable(tmp_path: Path) -> None:
    """missing="NT" lets a file without the column any_anal_sensation be re-read from 1992, as a set."""
    stream = io.StringIO()
    made = exam(lost_below("T4"), vac="no", dap="no")
    tally = reclassify_file(file_of(tmp_path, Layout.CSV, made), stream, missing="NT")
    assert tally.differ == {"complete": 1, "ais": 1}
    assert json.loads(stream.getvalue())["before"]["ais"] == ["A", "B"]


def test_progress_is_told_by_the_hundred(tmp_path: Path) -> None:
    """A caller can show how far the re-reading has come."""
    many = [replace(hand_made()[-1], id=f"m{n}") for n in range(201)]
    counts: list[int] = []
    source = file_of(tmp_path, Layout.JSONL, *many)
    reclassify_file(source, io.StringIO(), Layout.JSONL, progress=counts.append)
    assert counts == [100, 200]
