"""Each audit check finds what it is for, at its entry, and nothing in a ledger that is in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.ledger.kept import (
    IT,
    LATER,
    OTHER,
    TRIAL_1,
    Kept,
    entries,
    found_at,
    freeze,
    infused,
    lock,
    of_person,
    opened,
    reopen,
    resealed,
    sign,
    twenty,
)
from tests.ledger.test_deciding import amend, weigh
from tests.ledger.test_signing import CORRECTIONS, reported
from tests.protocol.played import CHART, report, tell

from myelos import __version__
from myelos.findings import Refused, Severity
from myelos.ledger import audit as au
from myelos.ledger import commands as lc
from myelos.ledger import events as le
from myelos.ledger.audit import CHECKS, audit
from myelos.protocol import corrections as co
from myelos.protocol import person_events as pe
from myelos.quantities import Amount


def found(kept: Kept, late_after: int = 7, software: str = __version__) -> list[tuple[str, int | None]]:
    return found_at(audit(kept.rows, kept.words.values(), late_after, software))


def told(kept: Kept, changes: Mapping[int, Mapping[str, Any]]) -> list[tuple[str, int | None]]:
    """What is found when these entries say otherwise, the chain being written anew."""
    rows = resealed(kept.rows, changes)
    return found_at(audit(rows, kept.words.values(), 7))


def last(kept: Kept) -> int:
    return len(kept.rows)


def test_a_ledger_in_order_has_nothing_to_look_at() -> None:
    """The worked trial; and one in which everything was signed, closed, reopened, corrected and erased."""
    assert found(twenty()) == []
    kept = reported()
    for subject in (of_person(), TRIAL_1, entries(60, 61)):
        kept.do(sign(subject))
    for _, _, command in CORRECTIONS.values():
        if not kept.ask(command).forbidden:
            kept.do(command)
    kept.run(
        [amend(), sign(of_person()), freeze(of_person()), report("AE-2", IT, LATER), lock(), reopen("lock")]
    )
    some = tuple(kept.words)[:1]
    kept.do(tell(lc.EraseWords(references=some), LATER, why="asked to"))
    kept.words = {key: each for key, each in kept.words.items() if key not in some}
    assert found(kept) == []


def test_an_empty_ledger_has_nothing_to_look_at() -> None:
    """Nothing happened."""
    assert list(audit((), (), 0)) == []


def test_every_check_is_found_out_by_a_test() -> None:
    """A check that no test here makes speak would be believed for nothing."""
    assert len(CHECKS) == len(set(CHECKS)) == 14


def test_a_clock_running_backwards_is_found() -> None:
    """At the entry that was recorded earlier than the one before it."""
    kept = infused()
    kept.do(weigh(), recorded_at=LATER + timedelta(days=2))
    kept.do(weigh(), recorded_at=LATER + timedelta(days=1))
    assert found(kept) == [("clock-backwards", last(kept))]


def test_an_act_later_than_its_recording_is_found() -> None:
    """Once for a command."""
    kept = infused()
    kept.do(weigh(), recorded_at=LATER - timedelta(seconds=1))
    assert found(kept) == [("later-than-now", last(kept))]


@pytest.mark.parametrize(("after", "late"), [(6, True), (7, False)])
def test_an_act_told_late_is_found(after: int, late: bool) -> None:
    """More than so many days from the act to its recording; exactly so many are in time."""
    kept = infused()
    kept.do(weigh(), recorded_at=LATER + timedelta(days=7))
    assert found(kept, after) == ([("told-late", last(kept))] if late else [])


def test_a_negative_number_of_days_is_a_fault_of_the_program() -> None:
    """Nothing is told before it is done."""
    with pytest.raises(ValueError, match="before"):
        list(audit((), (), -1))


WEIGHT = co.CorrectWeight(person=IT.person, position=0, new=Amount.of("63 kg"), source=CHART)
WITH_REASON = [
    tell(WEIGHT, LATER, why="misread"), CORRECTIONS["a fact"][2], CORRECTIONS["the time of the injury"][2],
    CORRECTIONS["the time of an examination"][2], CORRECTIONS["an item of an examination"][2], amend(),
    tell(lc.EraseIdentity(person=IT.person), LATER, why="asked to"),
    tell(lc.EraseWords(references=("salted:" + "0" * 64,)), LATER, why="asked to"),
]  # fmt: skip


@pytest.mark.parametrize("command", WITH_REASON, ids=lambda each: each.order.NAME)
def test_a_correction_without_a_reason_is_found(command: Any) -> None:
    """Whatever takes something back says why."""
    kept = infused()
    first = last(kept) + 1
    kept.do(command)
    assert found(kept) == []
    kept.words = {}
    assert told(kept, {seq: {"why": ""} for seq in range(first, last(kept) + 1)}) == [("no-reason", first)]


def test_a_reopening_without_a_reason_is_found() -> None:
    """A lock is lifted for a reason."""
    kept = infused().run([lock(), reopen("lock")])
    kept.words = {}
    assert told(kept, {last(kept): {"why": ""}}) == [("no-reason", last(kept))]


# Signatures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [of_person(), TRIAL_1, entries(40, 41)], ids=lambda each: each.kind)
def test_a_signature_over_something_else_is_found(subject: le.Subject) -> None:
    """An entry changed and the chain written anew: the signature names the digests there were."""
    kept = infused().run([sign(subject), freeze()])
    assert ("other-ground", last(kept) - 1) in told(kept, {40: {"role": "somebody"}})
    assert found(kept) == []


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("subject", ["entries", "person", "trial"])
def test_a_signature_whose_ground_changed_and_that_was_not_voided_is_found(
    correction: str, subject: str
) -> None:
    """A correction recorded past the rules, without the entry that voids the signature."""
    event, which, command = CORRECTIONS[correction]
    kept = reported()
    signed = {"entries": entries(kept.numbers(event)[which]), "person": of_person(), "trial": TRIAL_1}
    kept.do(sign(signed[subject]))
    decided = kept.ask(command).events
    kept.keep(command, [each for each in decided if not isinstance(each, le.SignatureVoided)])
    changed = last(reported()) + 2
    assert found(kept) == [("never-voided", changed)]


def test_a_signature_voided_elsewhere_does_not_excuse_a_change() -> None:
    """The entry that voids stands beside the change, in the same command."""
    kept = reported().run([sign(of_person())])
    signature = last(kept)
    kept.keep(weigh(), kept.ask(weigh()).events[:1])
    kept.keep(sign(TRIAL_1), [le.SignatureVoided(signature=signature, changed_by="somebody")])
    assert found(kept) == [("never-voided", signature + 1)]


def test_a_change_of_another_person_leaves_a_signature_alone() -> None:
    """And so does a signature, a reading of an identity, or a freeze."""
    kept = infused(1, 2).run([sign(of_person()), sign(TRIAL_1), freeze(of_person(OTHER.person))])
    kept.do(tell(lc.ReadIdentity(person=IT.person), LATER))
    assert found(kept) == []


def test_entries_after_a_lock_are_found() -> None:
    """Every one, until the lock is lifted; also an amendment of a locked trial."""
    kept = infused().run([lock()])
    kept.keep(weigh(), infused().ask(weigh()).events)
    kept.keep(amend(), infused().ask(amend()).events)
    start = last(kept) - 1
    kept.run([reopen("lock"), weigh()])
    assert found(kept) == [("after-closing", start), ("after-closing", start + 1)]


def test_entries_after_a_freeze_are_found_but_for_harms() -> None:
    """What a freeze lets through is in order; another person's record is not closed."""
    kept = infused(1, 2).run([freeze(of_person())])
    kept.run([report("AE-1", IT, LATER), weigh(OTHER)])
    assert found(kept) == []
    kept.keep(weigh(), infused().ask(weigh()).events)
    assert found(kept) == [("after-closing", last(kept))]


# Words ------------------------------------------------------------------------------------------------------


def with_words() -> Kept:
    return infused().run([tell(WEIGHT, LATER, why="misread")])


def test_words_missing_that_were_never_erased_are_found() -> None:
    """At the entry that refers to them."""
    kept = with_words()
    kept.words = {}
    assert found(kept) == [("words-missing", last(kept))]


def test_words_that_are_not_those_of_their_reference_are_found() -> None:
    """Words changed beside the chain are told at the entry that refers to them."""
    kept = with_words()
    kept.words = {key: replace(each, text="well read") for key, each in kept.words.items()}
    assert found(kept) == [("other-words", last(kept))]


def test_words_that_no_entry_refers_to_are_found() -> None:
    """They may be left from something that was never recorded."""
    kept = with_words()
    ((key, one),) = kept.words.items()
    kept.words = {key: one, "x": replace(one, reference="salted:" + "0" * 64)}
    assert found(kept) == [("words-of-no-entry", None)]


def test_an_erasure_of_words_still_there_is_found() -> None:
    """At the entry that says they were erased."""
    kept = with_words()
    some = tuple(kept.words)
    kept.do(tell(lc.EraseWords(references=some), LATER, why="asked to"))
    assert found(kept) == [("words-still-there", last(kept))]
    kept.words = {key: each for key, each in kept.words.items() if key not in some}
    assert found(kept) == []


# Commands and software --------------------------------------------------------------------------------------


def test_a_command_whose_entries_stand_apart_is_found() -> None:
    """One command, one run of entries."""
    kept = infused().run([weigh(), weigh(), weigh()])
    first = kept.rows[-3].plain
    same = {key: first[key] for key in ("command", "at", "recorded_at")}
    assert told(kept, {last(kept): same}) == [("command-apart", last(kept))]


@pytest.mark.parametrize(
    "change",
    [{"by": "somebody"}, {"kind": "protocol.returned"}, {"role": "somebody"}, {"site": "elsewhere"},
     {"recorded_at": "2026-08-28T00:02:00.000000Z"}, {"at": "2026-08-27T00:00:00.000000Z"}],
    ids=lambda each: next(iter(each)),
)  # fmt: skip
def test_one_id_for_two_commands_is_found(change: Mapping[str, Any]) -> None:
    """Two entries under one id are of one kind, by one person, at one time."""
    kept = infused().run([weigh(), weigh()])
    command = kept.rows[-2].plain["command"]
    assert told(kept, {last(kept): {"command": command}}) == []
    assert told(kept, {last(kept): {"command": command, **change}}) == [("command-used-twice", last(kept))]


def test_two_infusions_of_one_bag_are_found() -> None:
    """At the second one."""
    kept = infused()
    started = kept.numbers("cells.infusion-started")[0]
    end = last(kept)
    data = kept.rows[started - 1].plain
    changes = {"event": data["event"], "data": data["data"], "version": data["version"]}
    assert told(kept, {end: changes}) == [("infused-twice", end)]


@pytest.mark.parametrize(
    ("software", "later"),
    [
        ("0.0.9", True),
        ("0.1", False),
        (__version__, False),
        ("0.2.0", False),
        ("0.10.0", False),
        ("1", False),
    ],
)
def test_software_of_a_later_version_is_found_once(software: str, later: bool) -> None:
    """Numbers are compared as numbers; the entry that first has a version names it."""
    assert found(opened(), software=software) == ([("later-software", 1)] if later else [])


def test_versions_are_compared_by_their_numbers() -> None:
    """9 comes before 10, which as a text it does not."""
    rows = resealed(opened().rows, {3: {"software": "0.9.0"}, 5: {"software": "0.11.0"}})
    assert found_at(audit(rows, (), 7, "0.10.0")) == [("later-software", 5)]


def test_refused_commands_are_counted_by_kind_and_account() -> None:
    """A note: somebody asked, again and again, for what the rules forbid."""
    kept = opened()
    for who in ("nurse", "nurse", "investigator"):
        refused = le.CommandRefused(codes=("protocol.not-trained",), said="not trained", person=None)
        kept.keep(tell(pe.Returned(person=IT.person), LATER, who), [refused])
    notes = list(audit(kept.rows, kept.words.values(), 7))
    assert {each.severity for each in notes} == {Severity.NOTE}
    assert [(each.params["kind"], each.params["by"], each.params["count"]) for each in notes] == [
        ("protocol.returned", "investigator", 1), ("protocol.returned", "nurse", 2),
    ]  # fmt: skip


def test_an_entry_that_cannot_be_read_is_refused() -> None:
    """An audit does not pass over what this software does not know."""
    row = replace(opened().rows[3], event="cells.thought-of")
    with pytest.raises(Refused):
        list(audit([row], (), 7))


def test_an_entry_holds_what_its_row_says() -> None:
    """Number, digest, act and heading as they were recorded."""
    kept = with_words()
    entry = au.entries_of(kept.rows)[-1]
    said = kept.rows[-1].plain
    assert (entry.number, entry.digest, entry.references) == (
        last(kept), kept.rows[-1].digest, (said["why"],),
    )  # fmt: skip
    assert (entry.act.by, entry.heading.kind, entry.heading.person) == (
        "investigator", "protocol.correct-weight", IT.person,
    )  # fmt: skip
    assert entry.own is False
