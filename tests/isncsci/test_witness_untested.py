"""The comparison of sets with the npm package: what is proven theirs is counted, anything else fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.isncsci import brute
from tests.isncsci.builders import exam, lost_below
from tests.isncsci.fake_witness import Fault, Outputs, faulty, honest
from validation.isncsci_npm import groups, proof, three, untested, witness

from myelos.isncsci import Exam, Reading, classify
from myelos.isncsci.classification import written
from myelos.isncsci.editions import OUTPUTS, Edition, rules_of
from myelos.isncsci.exam import Answer
from myelos.isncsci.sets import has_tags, unknown_cells

Maker = Callable[[int, int], Any]

OPEN = exam(lost_below("C6") | {"left_pin_prick_S4-5": "NT", "left_non_key": "L2"}, vac="no", dap="no")
"""A or C; left motor zone C6 or L2."""


@pytest.fixture(autouse=True)
def _honest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "answers", honest)


def compared(monkeypatch: pytest.MonkeyPatch, fault: Fault, *, tested: bool = False) -> untested.Tally:
    """The one exam ``OPEN`` beside a witness with a fault."""
    monkeypatch.setattr(witness, "answers", faulty(fault, tested=tested))
    return untested.compare([OPEN])


def putting(output: str, text: str) -> Fault:
    """The fault of giving ``text`` for an output."""

    def fault(_: Exam, answer: Outputs) -> None:
        answer[output] = text

    return fault


def test_an_honest_witness_agrees() -> None:
    """Where the witness gives our Praxis reading nothing is counted but agreement, in every group."""
    for maker in (groups.anywhere, groups.anal, groups.tagged_scores, groups.tagged_anywhere):
        seen = untested.compare(maker(48, 5))
        assert (seen.exams, seen.whole, seen.sums, seen.unexplained) == (48, 48, 48, [])


def test_an_impossible_grade_is_counted_and_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grade that no completion has is theirs; the witness itself denies it when asked about each."""
    seen = compared(monkeypatch, putting("ais", "A,B,C"))
    assert (seen.impossible["ais"], seen.grades["B"], seen.missing["ais"]) == (1, 1, 0)
    assert (seen.asked_all, seen.completions, seen.unexplained) == (1, 3, [])


def test_a_missing_zone_is_counted_and_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A motor zone left out is theirs when they give it for a completion."""
    seen = compared(monkeypatch, putting("zpp_motor_left", "L2"))
    assert (seen.missing["zpp_motor_left"], seen.certain["zpp_motor_left"], seen.asked_one) == (1, 1, 1)
    assert seen.unexplained == []


def test_a_missing_zone_that_they_deny_is_unexplained(monkeypatch: pytest.MonkeyPatch) -> None:
    """When they give something else for our completion, it may be us who are wrong."""

    def always(exams: list[Exam]) -> list[Outputs]:
        return [a | {"zpp_motor_left": "L2"} for a in honest(exams)]

    monkeypatch.setattr(witness, "answers", always)
    said = untested.compare([OPEN]).unexplained
    assert any("a completion gives C6 by our rules, L2 by theirs" in each for each in said)
    assert any("over all completions they say {L2}, our rules {C6, L2}" in each for each in said)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("ais", "C"),
        ("complete", "C"),
        ("sensory_right", "C5,C6"),
        ("nli", "C5,C6"),
        ("zpp_sensory_left", "C6"),
    ],
)
def test_a_fault_where_none_was_seen_fails(monkeypatch: pytest.MonkeyPatch, output: str, text: str) -> None:
    """A missing grade or answer, or an impossible level, would be news; a proven one too."""
    seen = compared(monkeypatch, putting(output, text))
    assert any("proven theirs, but not seen before" in each for each in seen.unexplained)


def test_a_wrong_set_of_ours_is_not_blamed_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """When our set is not what the plain rules give over all completions, the run fails."""

    def wrong(tried: Exam, reading: Reading = Reading.MYELOS) -> object:
        return replace(classify(tried, reading), ais=("A", "B", "C"))

    monkeypatch.setattr(untested, "classify", wrong)
    seen = untested.compare([OPEN])
    assert any("enumerated {A, C}" in each for each in seen.unexplained)
    assert seen.impossible["ais"] == seen.missing["ais"] == 0


@pytest.mark.parametrize(("output", "text"), [("ais", "A*,C"), ("uems", "21"), ("pin_prick", "24")])
def test_a_star_without_a_tag_and_another_sum_fail(
    monkeypatch: pytest.MonkeyPatch, output: str, text: str
) -> None:
    """Stars need tags, sums are the same, and a sum with an NT cell is ND."""
    assert compared(monkeypatch, putting(output, text)).unexplained


def test_stars_are_counted_by_what_tags_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AIS that tags change, shown without a star, is counted as such; it does not fail."""
    changed = exam(lost_below("C5") | {"right_light_touch_S4-5": "0*"}, vac="no", dap="no")
    same = exam(lost_below("C5") | {"right_light_touch_C7": "0*"}, vac="no", dap="no")
    seen = untested.compare([changed, same])
    assert seen.stars == {(True, False): 1, (False, False): 1}
    assert seen.stars_added == {(True, False): 1, (False, False): 1}
    assert seen.unexplained == []


@pytest.mark.parametrize(
    "maker", [groups.anywhere, groups.anal, groups.tagged_scores, groups.tagged_anywhere]
)
@pytest.mark.parametrize("reading", Reading)
def test_the_enumeration_is_the_tests_own(maker: Maker, reading: Reading) -> None:
    """Two enumerations, written apart, give the same sets; every value has a completion to show for it."""
    chosen = rules_of(Edition.Y2019, reading)
    for tried in (each for each in maker(36, 3) if proof.how_many(each) <= 200):
        found = proof.attained(tried, reading)
        for output, held in zip(OUTPUTS, brute.enumerated(tried, chosen), strict=False):
            assert found[output].keys() == set(written(output, held)), (tried.id, output)
        value, known = next(iter(found["ais"].items()))
        assert classify(proof.completed("x", known), reading).ais == (value,)
        assert sum(1 for _ in proof.completions(tried)) == proof.how_many(tried)


def test_readings_are_set_aside_by_their_rule_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """R3 accounts for S3 against INT; not for another set, nor when a completion lacks its condition."""
    normal = exam({"right_motor_C5": "NT"}, vac="no")
    ours = frozenset(classify(normal).nli)
    assert proof.set_aside(normal, "nli", ours) == "R3"
    assert proof.set_aside(normal, "nli", ours | {"C6"}) is None
    assert proof.set_aside(normal, "ais", frozenset(classify(normal).ais)) is None
    monkeypatch.setattr(proof, "rule_of", lambda *_: None)
    assert proof.set_aside(normal, "nli", ours) is None


def test_readings_that_differ_unexplained_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default that differs from the Praxis reading for no stated rule fails the run."""
    monkeypatch.setattr(proof, "set_aside", lambda *_: None)
    seen = untested.compare([exam({"right_motor_C5": "NT"}, vac="no")])
    assert any("by neither R3 nor R7" in each for each in seen.unexplained)


def test_the_three_exams_are_held_to_their_description(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that no longer errs there is noticed."""
    assert [shown.unexplained for shown in three.compare()] == [(), (), ()]

    def mended(exams: list[Exam]) -> list[Outputs]:
        truth = {known.exam: {known.output: ",".join(known.truth)} for known in three.THREE}
        return [a | truth.get(e, {}) for e, a in zip(exams, honest(exams), strict=True)]

    monkeypatch.setattr(witness, "answers", mended)
    assert all("their answer is not as described" in shown.unexplained[0] for shown in three.compare())


@pytest.mark.parametrize(
    "maker", [groups.anywhere, groups.anal, groups.tagged_scores, groups.tagged_anywhere]
)
def test_the_groups_are_as_described(maker: Maker) -> None:
    """The same seed gives the same exams; half have entries to choose from, one to six cells are changed."""
    made = list(maker(288, 8))
    assert made == list(maker(288, 8))
    assert made != list(maker(288, 9))
    changed = [len(unknown_cells(each)) + len(unknown_cells(each, tagged=True)) for each in made]
    assert set(changed) == {1, 2, 3, 4, 5, 6}
    with_tags = {has_tags(each) for each in made}
    assert with_tags == {maker in (groups.tagged_scores, groups.tagged_anywhere)}
    anal = [Answer.NT in (each.vac, each.dap) for each in made]
    assert all(anal) if maker is groups.anal else not all(anal)
