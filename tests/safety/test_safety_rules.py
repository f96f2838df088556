"""The thresholds: nothing is taken for granted, every fault is found at its key."""

from __future__ import annotations

import copy
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from myelos.answers import Answer, all_of, any_of
from myelos.findings import Phrasebook, Place, Refused
from myelos.safety import COMMANDS, EVENTS, SafetyRules, check_rules, proposal
from myelos.safety.rules import Spacing
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness, word
from myelos.shapes import plain, read

PLAIN = tomllib.loads(files("myelos.safety").joinpath("shipped/proposal.toml").read_text("utf-8"))


def rules_with(change: Any) -> dict[str, Any]:
    changed = copy.deepcopy(PLAIN)
    change(changed)
    return changed


def test_the_proposal_is_sound_and_comes_back_from_plain_data() -> None:
    """What is shipped has no fault and loses nothing when it is written and read."""
    assert check_rules(proposal()) == []
    assert read(SafetyRules, plain(proposal())) == proposal()


def test_every_threshold_has_an_origin_and_a_status() -> None:
    """No row of rules can be read without saying where it comes from."""
    rows = [*PLAIN["special_interest"], *PLAIN["clocks"], *PLAIN["stopping"]]
    rows += [PLAIN["decided_by"], PLAIN["deterioration"]]
    rows += [row for row in PLAIN["deterioration"].values() if isinstance(row, dict)]
    assert len(rows) > 30
    for row in rows:
        assert row["origin"]
        assert row["status"] in ("seen", "derived", "recalled", "proposal")


@pytest.mark.parametrize("key", ["special_interest", "deterioration", "clocks", "stopping", "decided_by"])
def test_there_is_no_default_for_a_section(key: str) -> None:
    """A protocol that leaves a section out is refused, never filled."""
    with pytest.raises(Refused) as refused:
        read(SafetyRules, {name: part for name, part in PLAIN.items() if name != key})
    assert [(f.code, f.place.column) for f in refused.value.findings] == [("shapes.missing", key)]


def test_all_faults_of_shape_are_found_at_once() -> None:
    """A wrong unit, no unit, a misspelt key, an unknown kind, a negative and a zero limit: six findings."""

    def spoil(rules: dict[str, Any]) -> None:
        rules["deterioration"]["uems_down_by"]["limit"] = "4 d"
        rules["stopping"][0]["apart"] = "14"
        rules["clocks"][0]["what"] = {"serius": True}
        rules["stopping"][1]["kind"] = "some"
        rules["special_interest"][0]["within"] = "-24 h"
        rules["deterioration"]["confirm_within"]["limit"] = "0 h"

    with pytest.raises(Refused) as refused:
        read(SafetyRules, rules_with(spoil))
    found = {f.code: f.place.column for f in refused.value.findings}
    assert len(refused.value.findings) == 6
    assert found["shapes.wrong-unit"] == "deterioration.uems_down_by"
    assert set(found) == {
        "shapes.wrong-unit",
        "shapes.no-unit",
        "shapes.unknown-key",
        "shapes.unknown-word",
        "shapes.too-small",
    }


@pytest.mark.parametrize("longest", ["36501 d", "1e99 h"])
def test_no_window_is_longer_than_a_hundred_years(longest: str) -> None:
    """A date so far away could not be told; the rule is refused where it is read."""

    def spoil(rules: dict[str, Any]) -> None:
        rules["special_interest"][0]["within"] = longest

    with pytest.raises(Refused) as refused:
        read(SafetyRules, rules_with(spoil))
    assert [f.code for f in refused.value.findings] == ["shapes.out-of-range"]


def test_all_faults_of_sense_are_found_at_once() -> None:
    """Rules of the right shape that do not fit together are found, each at its key, all of them."""

    def spoil(rules: dict[str, Any]) -> None:
        rules["stopping"][1]["name"] = rules["stopping"][2]["name"]
        rules["stopping"][3]["what"] = {}
        rules["stopping"][5]["what"]["grade_at_least"] = 3
        rules["stopping"][8]["at_least"] = 11
        rules["stopping"][9]["first_look"] = 31
        rules["stopping"][6]["what"] = {"kinds": ["unclassified"], "within": "3 d"}
        rules["special_interest"][0]["after"] = []
        rules["special_interest"][1]["of"] = "haemoglobin"
        rules["special_interest"][11]["after"] = []
        rules["special_interest"][3]["kind"] = "confirmed-deterioration"

    made = read(SafetyRules, rules_with(spoil))
    found = {
        (f.code.removeprefix("safety."), f.place.column) for f in check_rules(made, Place(column="safety"))
    }
    assert found == {
        ("name-used-twice", "safety.stopping[1].name"),
        ("name-used-twice", "safety.stopping[2].name"),
        ("criterion-empty", "safety.stopping[3].what.kinds"),
        ("kind-stands-alone", "safety.stopping[5].what.kinds"),
        ("more-than-there-are", "safety.stopping[8].at_least"),
        ("looks-out-of-order", "safety.stopping[9].first_look"),
        ("kind-not-reported", "safety.stopping[6].what.kinds"),
        ("window-without-start", "safety.stopping[6].what.within"),
        ("window-without-start", "safety.special_interest[0].within"),
        ("fall-without-value", "safety.special_interest[1].falls_by"),
        ("fall-without-start", "safety.special_interest[11].after"),
        ("kind-not-reported", "safety.special_interest[3].kind"),
    }


def test_findings_about_rules_can_be_said_in_both_languages() -> None:
    """Every finding of a spoilt file has words."""
    made = read(SafetyRules, rules_with(lambda rules: rules["stopping"][8].update(at_least=11)))
    book = Phrasebook("myelos.safety")
    (finding,) = check_rules(made)
    assert "11 of 10" in book.tell(finding, "en")
    assert "10人中11人" in book.tell(finding, "ja")


def test_every_term_event_and_command_has_words() -> None:
    """What a form or a record shows is never a bare code."""
    book = Phrasebook("myelos.safety")
    terms = [term for kind in (Answer, Procedure, Kind, Seriousness, Outcome) for term in kind]
    names = [word(term) for term in terms] + [each.NAME for each in (*EVENTS, *COMMANDS)]
    assert set(names) <= book.codes("en") & book.codes("ja")


def test_names_of_events_and_commands_are_used_once() -> None:
    """Two events of one name could not be told apart in the record."""
    names = [each.NAME for each in (*EVENTS, *COMMANDS)]
    assert len(set(names)) == len(names)


def test_unknown_is_neither_yes_nor_no_when_answers_are_joined() -> None:
    """Kleene's tables: an unknown part decides nothing and is not dropped."""
    yes, no, unknown = Answer.YES, Answer.NO, Answer.UNKNOWN
    assert [all_of(pair) for pair in ((yes, unknown), (no, unknown), (yes, yes), ())] == [
        unknown,
        no,
        yes,
        yes,
    ]
    assert [any_of(pair) for pair in ((yes, unknown), (no, unknown), (no, no), ())] == [yes, unknown, no, no]
    assert [each.opposite for each in (yes, no, unknown)] == [no, yes, unknown]


def test_the_first_three_infusions_stand_fourteen_days_apart_in_the_proposal() -> None:
    """The issue's own rule is among those shipped, with its unit."""
    (spacing,) = (rule for rule in proposal().stopping if isinstance(rule, Spacing))
    assert (spacing.first, str(spacing.apart)) == (3, "14 d")
