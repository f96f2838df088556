"""Bad input: every fault at once, each in words, and nothing done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.cells.story import codes, told
from tests.cells.tales import TALES, tell

from myelos.acts import Decision
from myelos.cells import commands as c
from myelos.cells.containers import Kind, QuarantineReason
from myelos.cells.decide import NEEDS_LIMITS, decide
from myelos.findings import Refused
from myelos.quantities import Amount
from myelos.shapes import Catalogue

CATALOGUE = Catalogue(c.COMMANDS)


def places(decision: Decision) -> list[tuple[str, str | None]]:
    codes(decision)
    return [(each.code, each.place.column) for each in decision.findings]


def test_what_is_no_command_of_this_room_is_a_fault_of_the_program() -> None:
    """Bad code raises; bad data does not."""
    story = told("open")
    with pytest.raises(TypeError, match="object is no command of this room"):
        story.ask(object())


def test_a_naive_or_local_time_is_refused_wherever_it_stands() -> None:
    """In the act and in the command, all of them at once."""
    story = told("collect-1")
    naive, local = datetime(2026, 3, 2, 1), datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=9)))  # noqa: DTZ001
    act = replace(story.act(), at=naive)
    command = story.hand_over(1, given_at=naive, taken_at=local)
    assert places(story.ask(command, act)) == [
        ("shapes.naive-time", "at"), ("shapes.naive-time", "given_at"), ("shapes.not-utc", "taken_at")
    ]  # fmt: skip


def test_negative_cells_and_volumes_are_refused() -> None:
    """There is no less than none."""
    story = told("feed")
    command = replace(story.harvest((5, 6), 7, -1, -5), into=story.filling(7, "-10 mL"))
    assert places(story.ask(command)) == [
        ("shapes.too-small", "into.volume"), ("shapes.out-of-range", "viable"),
        ("shapes.out-of-range", "dead"),
    ]  # fmt: skip


def test_a_missing_or_another_unit_is_refused() -> None:
    """A number is no volume, and no amount is converted."""
    story = told("collect-1")
    for volume, code in (
        (240, "shapes.no-unit"),
        (Amount.of("240 cells"), "shapes.wrong-unit"),
        (True, "shapes.wrong-kind"),
    ):
        found = places(story.ask(replace(story.collect(1, "1 mL"), volume=volume)))
        assert found == [(code, "volume")]


@pytest.mark.parametrize(
    ("volume", "fits"),
    [
        ("1000000 mL", True), ("1000000.000001 mL", False), ("1e99 mL", False), ("0.000001 mL", True),
        ("0.0000015 mL", False), ("1e-99 mL", False), ("1.2345670 mL", True),
        ("1.0000000000000000001 mL", False),
    ],
)  # fmt: skip
def test_a_volume_is_one_that_can_be_measured(volume: str, fits: bool) -> None:
    """Up to a cubic metre and down to a nanolitre: within that every sum is exact."""
    story = told("label-1")
    found = places(story.ask(story.collect(1, volume)))
    assert found == ([] if fits else [("shapes.out-of-range", "volume")])


def test_plain_data_with_several_faults_tells_all_of_them() -> None:
    """Unknown key, missing key, number for text, misspelt kind: each at its key."""
    data = {
        "chain": 5,
        "container": "",
        "kind": "blod",
        "templte": "vessel",
        "template_version": "1",
        "decoded": "x",
    }
    with pytest.raises(Refused) as refused:
        CATALOGUE.read({"name": "cells.print-label", "version": 1, "data": data})
    assert {(each.code, each.place.column) for each in refused.value.findings} == {
        ("shapes.wrong-kind", "chain"), ("shapes.empty", "container"), ("shapes.unknown-word", "kind"),
        ("shapes.missing", "template"), ("shapes.unknown-key", "templte"),
    }  # fmt: skip


def test_an_unknown_version_of_a_command_is_refused() -> None:
    """Nothing is read as something like it."""
    record = CATALOGUE.write(told("open").print_label(1, Kind.BLOOD))
    with pytest.raises(Refused) as refused:
        CATALOGUE.read({**record, "version": 7})
    assert [each.code for each in refused.value.findings] == ["shapes.unknown-version"]


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.__name__)
def test_every_command_survives_plain_data(tale: Any) -> None:
    """What was asked can be written down and asked again."""
    for command, _ in tell(tale).commands:
        assert CATALOGUE.read(CATALOGUE.write(command)) == command


# Everything at once -----------------------------------------------------------------------------------


def test_a_start_with_everything_wrong_says_everything() -> None:
    """Wrong bag, person and state, no release, nobody matched, never thawed, never counted, no weight: one
    refusal, all reasons."""
    story = told("label-12")
    other = told("end", 2)
    scan = c.Scan(container=story.container(10), read=other.container(11))
    command = story.start(10, scan=scan, wristband=other.person)
    nobody = story.bedside(weight=None, weighed_at=None, trained=frozenset())
    assert codes(story.ask(command, story.act(minutes=-9999), nobody)) == [
        "cells.scanned-another", "cells.wrong-kind", "cells.wrong-state", "cells.before-the-last",
        "cells.another-persons", "cells.path-broken", "cells.path-without-marrow", "cells.not-released",
        "cells.two-people-needed", "cells.starter-did-not-match", "cells.never-thawed", "cells.not-counted",
    ]  # fmt: skip


def test_a_division_with_several_faults_says_them_for_each_container() -> None:
    """Of the source and of each target, in the order they are named; one named twice is said first."""
    story = told("sample")
    command = story.divide(9, {11: "7 mL", 4: "2 mL", 99: "0 mL", 9: "1 mL"})
    decision = story.ask(command)
    said = [(each.code, str(each.params["container"])) for each in decision.findings]
    assert said == [
        ("cells.named-twice", story.container(9)),
        ("cells.empty-part", story.container(9)),
        ("cells.more-than-there-is", story.container(9)),
        ("cells.wrong-state", story.container(4)),
        ("cells.another-kind", story.container(4)),
        ("cells.not-of-this-chain", story.container(99)),
        ("cells.wrong-state", story.container(9)),
    ]
    assert codes(decision)
    assert dict(decision.findings[2].params) == {
        "container": story.container(9), "taken": "10 mL", "whole": "9 mL"
    }  # fmt: skip


def test_names_in_a_refusal_are_those_of_the_table() -> None:
    """The kind and state it has, the event, the kinds and states needed, sorted."""
    story = told("label-12")
    decision = story.ask(story.freeze(10))
    label = story.container(10)
    assert [(each.code, dict(each.params)) for each in decision.findings] == [
        ("cells.wrong-kind",
         {"container": label, "kind": "sample", "event": "frozen", "needed": "bag, serum, suspension"}),
        ("cells.wrong-state", {"container": label, "state": "labelled", "event": "frozen", "needed": "held"}),
    ]  # fmt: skip
    decision = story.ask(story.store(10))
    assert decision.findings[1].params["needed"] == "delivered, frozen, stored"


def test_words_given_are_words() -> None:
    """A reason of blanks is none, wherever a reason or words are asked."""
    story = told("release")
    hold = replace(story.hold(11), words=" \t ")
    assert [(each.code, dict(each.params)) for each in story.ask(hold).findings] == [
        ("cells.only-blanks", {"field": "words"})
    ]
    discard = replace(story.discard(11), reason=" ")
    assert [(each.code, dict(each.params)) for each in story.ask(discard).findings] == [
        ("cells.only-blanks", {"field": "reason"})
    ]
    assert places(story.ask(replace(story.discard(11), reason=""))) == [("shapes.empty", "reason")]


def test_a_command_that_compares_with_a_limit_needs_limits() -> None:
    """Without them each such command says so, once and first, and the others do not ask."""
    needing: set[type] = set()
    for story in map(tell, TALES):
        for command, act in story.commands:
            decision = decide(story.chain, command, act, None, story.bedside())
            found = [each.code for each in decision.findings]
            if type(command) in NEEDS_LIMITS:
                assert found[0] == "cells.limits-not-set"
                assert found.count("cells.limits-not-set") == 1
                needing.add(type(command))
            elif type(command) is not c.HandOver:
                assert "cells.limits-not-set" not in found
    assert needing == set(NEEDS_LIMITS)
    assert {each.__name__ for each in NEEDS_LIMITS} == {
        "Seed", "Passage", "PutInStorage", "ReadTemperature", "RecordResult", "CorrectResult", "Release",
        "Reject", "Pack", "Thaw", "MatchAtBedside", "StartInfusion", "ResumeInfusion",
    }  # fmt: skip


def test_another_chain_than_the_person_s_is_refused() -> None:
    """The chain named is the chain there is."""
    story = told("open")
    other = replace(story.print_label(1, Kind.BLOOD), chain="I-9")
    decision = story.ask(other)
    assert [(each.code, dict(each.params)) for each in decision.findings] == [
        ("cells.no-such-chain", {"chain": "I-9", "read": story.chain_id})
    ]


def test_a_decision_depends_on_nothing_but_what_it_is_given() -> None:
    """Asked twice, the same command has the same answer, and the chain is as it was."""
    story = told("match-2")
    chain, act, bedside = story.chain, story.nurse(), story.bedside()
    command = story.start(11)
    assert decide(chain, command, act, story.limits, bedside) == decide(
        chain, command, act, story.limits, bedside
    )
    assert chain == told("match-2").chain
    assert hash(story.it(11)) == hash(told("match-2").it(11))


def test_the_bedside_is_empty_unless_it_is_given() -> None:
    """Nobody is trained and nobody was weighed by default."""
    story = told("match-2")
    decision = decide(story.chain, story.start(11), story.nurse(), story.limits)
    assert {"cells.weight-missing", "cells.two-people-needed"} <= set(codes(decision))


def test_a_sign_off_needs_a_known_reason() -> None:
    """A reason is one of the list."""
    record = CATALOGUE.write(told("release").sign(11, QuarantineReason.OTHER))
    data: Any = record["data"]
    with pytest.raises(Refused) as refused:
        CATALOGUE.read({**record, "data": {**data, "reason": "lost"}})
    assert [(each.code, each.place.column) for each in refused.value.findings] == [
        ("shapes.unknown-word", "reason")
    ]
