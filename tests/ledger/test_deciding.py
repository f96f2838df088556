"""What the record allows: freezing, locking, reopening, amending, and the identity apart from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.kept import (
    IT,
    LATER,
    NAME,
    OTHER,
    TRIAL_1,
    Kept,
    codes,
    entries,
    freeze,
    infused,
    lock,
    of_person,
    open_trial,
    opened,
    reopen,
    sign,
)
from tests.protocol.any_command import commands, every
from tests.protocol.played import TRIAL, report, tell, whole

from myelos.acts import Act
from myelos.cells import commands as cc
from myelos.findings import Refused
from myelos.ledger import COMMAND_CATALOGUE, Given, Snapshot, decide_recorded, fold
from myelos.ledger import commands as lc
from myelos.ledger import events as le
from myelos.ledger.deciding import COMMANDS, SIGNED_COMMANDS, WHILE_FROZEN
from myelos.protocol import Command
from myelos.protocol import person_events as pe
from myelos.protocol.enrolment import Screen
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.shapes import plain

CHART = pe.Provenance(kind="document", id="chart")
EDITION_2 = replace(TRIAL, edition="2")


def weigh(it: Any = IT) -> Command:
    return tell(pe.WeightRecorded(person=it.person, weight=Amount.of("64 kg"), source=CHART), LATER)


def amend(protocol: Any = EDITION_2, why: str = "the ethics committee asked") -> Command:
    return tell(lc.AmendProtocol(protocol=plain(protocol)), LATER, why=why)


# Freeze, lock, reopen ---------------------------------------------------------------------------------------


@pytest.mark.requirement("LCK-01")
def test_lck_01_after_a_freeze_writes_are_refused_until_it_is_lifted_by_signature() -> None:
    """LCK-01: the refusal names who froze; lifting needs a signature and a reason, and is an entry."""
    kept = infused()
    assert codes(kept.ask(weigh())) == []
    kept.do(freeze())
    refused = kept.ask(weigh())
    assert codes(refused) == ["ledger.frozen"]
    assert refused.findings[0].params == {"what": "trial", "name": "Made Up", "seq": kept.snapshot.seq}
    assert codes(kept.ask(reopen("freeze"), printed_name="")) == ["ledger.nobody-to-sign"]
    assert codes(kept.ask(reopen("freeze", why=""))) == ["ledger.no-reason"]
    assert lc.Reopen in SIGNED_COMMANDS
    kept.do(reopen("freeze"))
    assert (kept.rows[-1].event, kept.rows[-1].plain["data"]["printed_name"]) == (
        "ledger.reopened",
        "Made Up",
    )
    assert codes(kept.ask(weigh())) == []


@pytest.mark.requirement("AUD-06")
def test_aud_06_a_freeze_a_signature_and_a_reopening_are_entries() -> None:
    """AUD-06: what is done to the record is logged beside the data: who, when, and over which entries."""
    kept = infused()
    kept.do(sign(of_person()))
    kept.do(freeze())
    kept.do(lock())
    kept.do(reopen("lock"))
    assert [row.event for row in kept.rows[-4:]] == [
        "ledger.signed", "ledger.restricted", "ledger.restricted", "ledger.reopened",
    ]  # fmt: skip
    frozen = kept.rows[-3].plain
    assert (frozen["by"], frozen["data"]["level"], frozen["data"]["through"]) == (
        "investigator", "freeze", kept.rows[-4].seq,
    )  # fmt: skip


STATES: dict[str, list[Command]] = {
    "open": [],
    "frozen": [freeze()],
    "locked": [lock()],
    "frozen and locked": [freeze(), lock()],
    "reopened": [freeze(), reopen("freeze")],
}
ALLOWED = {
    "open": {"weigh", "harm", "freeze", "lock", "sign", "amend"},
    "frozen": {"harm", "lock", "reopen freeze", "sign"},
    "locked": {"reopen lock", "sign"},
    "frozen and locked": {"reopen lock", "sign"},
    "reopened": {"weigh", "harm", "freeze", "lock", "sign", "amend"},
}
ASKED = {
    "weigh": weigh(), "harm": report("AE-1", IT, LATER), "freeze": freeze(), "lock": lock(),
    "reopen freeze": reopen("freeze"), "reopen lock": reopen("lock"), "sign": sign(TRIAL_1), "amend": amend(),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("asked", ASKED)
def test_what_may_be_done_to_a_record_that_is_open_frozen_or_locked(state: str, asked: str) -> None:
    """The whole table: a freeze lets harms through and can become a lock; a lock lets nothing through."""
    kept = infused().run(STATES[state])
    assert (codes(kept.ask(ASKED[asked])) == []) == (asked in ALLOWED[state])


@pytest.mark.parametrize("close", [freeze, lock])
def test_one_persons_record_is_closed_and_no_others(close: Any) -> None:
    """A person's record is closed for every command about them, by whatever name it calls them."""
    kept = infused(1, 2)
    kept.do(close(of_person()))
    assert codes(kept.ask(weigh(OTHER))) == []
    told = [
        weigh(), tell(cc.Release(chain=IT.chain, lot="LOT-1"), LATER, role="qualified"),
        tell(cc.SignDisposition(
            chain=IT.chain, container=IT.container(10), reason=cc.QuarantineReason.OTHER, words="x",
        ), LATER),
    ]  # fmt: skip
    name = "ledger.frozen" if close is freeze else "ledger.locked"
    assert [name in codes(kept.ask(each)) for each in told] == [True] * 3
    assert codes(kept.ask(close(of_person(OTHER.person)))) == []
    assert codes(kept.ask(reopen("freeze" if close is freeze else "lock", of_person(OTHER.person)))) == [
        "ledger.not-closed"
    ]


def test_the_trials_lock_and_a_persons_are_both_told() -> None:
    """Every restriction that stands in the way is named at once, with what else forbids it."""
    kept = infused().run([lock(of_person()), lock()])
    heavy = tell(pe.WeightRecorded(person=IT.person, weight=Amount.of("0 kg"), source=CHART), LATER)
    assert codes(kept.ask(heavy)) == ["ledger.locked", "ledger.locked", "protocol.weight-not-positive"]


@pytest.mark.parametrize(
    "order", [order for order in every() if order in WHILE_FROZEN], ids=lambda each: each.NAME
)
def test_harms_and_holding_cells_back_pass_a_freeze_and_no_lock(order: type) -> None:
    """Whatever keeps a person or cells from harm is never refused because of a freeze."""
    command = every()[order]
    frozen, locked = infused().run([freeze()]), infused().run([lock()])
    assert "ledger.frozen" not in codes(frozen.ask(command))
    assert "ledger.locked" in codes(locked.ask(command))


def test_nothing_else_passes_a_freeze() -> None:
    """Every other command of a trial is refused, whatever else is wrong with it."""
    frozen = infused().run([freeze()])
    passed = {
        order for order, command in every().items() if "ledger.frozen" not in codes(frozen.ask(command))
    }
    assert passed == WHILE_FROZEN - {sc.AssessExam}
    assert "ledger.frozen" in codes(frozen.ask(tell(Screen(person=OTHER.person, onset=OTHER.at(0)), LATER)))


@pytest.mark.parametrize("command", [freeze, lock, sign, lambda subject: reopen("freeze", subject)])
@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (le.Subject(kind="person"), "unclear-subject"),
        (le.Subject(kind="trial", person=IT.person), "unclear-subject"),
        (le.Subject(kind="trial", entries=(1,)), "unclear-subject"),
        (le.Subject(kind="entries", entries=(1,), person=IT.person), "unclear-subject"),
        (entries(), "no-such-entries"),
        (entries(1, 10**6), "no-such-entries"),
        (of_person("P-NOBODY"), "nobody"),
    ],
)
def test_what_is_no_clear_subject_is_neither_signed_nor_closed_nor_reopened(
    command: Any, subject: le.Subject, code: str
) -> None:
    """A signature is over something that is there, and one thing."""
    kept = infused().run([freeze()])
    assert f"ledger.{code}" in codes(kept.ask(command(subject)))


@pytest.mark.parametrize("command", [freeze, lock, lambda subject: reopen("lock", subject)])
def test_single_entries_are_neither_closed_nor_reopened(command: Any) -> None:
    """A record is closed, of a person or of the trial."""
    assert "ledger.cannot-close-entries" in codes(infused().ask(command(entries(3))))


@pytest.mark.parametrize("command", [freeze(), lock(), sign(TRIAL_1), sign(entries(3))])
def test_nobody_signs_without_a_name(command: Command) -> None:
    """A printed name is part of a signature (21 CFR 11.50)."""
    assert codes(infused().ask(command, printed_name="")) == ["ledger.nobody-to-sign"]


# The trial --------------------------------------------------------------------------------------------------


def test_a_trial_is_opened_once_under_a_protocol_that_reads() -> None:
    """A second opening, or a protocol with faults, is refused with everything that is wrong."""
    assert codes(opened().ask(open_trial())) == ["ledger.opened-already"]
    broken = tell(lc.OpenTrial(protocol={"id": 5, "surprise": True}), LATER)
    decision = Kept().ask(broken)
    assert decision.forbidden
    assert len(decision.findings) > 3


@pytest.mark.parametrize("command", [weigh(), sign(TRIAL_1), freeze(), amend(), reopen("freeze")])
def test_nothing_is_asked_of_a_trial_that_was_not_opened(command: Command) -> None:
    """That is a fault of the program, which knows whether there is a trial."""
    with pytest.raises(LookupError, match="not opened"):
        decide_recorded(Snapshot(NAME), command, Given("Made Up"))


def test_an_amendment_is_another_edition_of_the_same_protocol_with_a_reason() -> None:
    """From its entry on, entries name the new edition; the old ones stay as they are."""
    kept = opened()
    assert codes(kept.ask(amend(why=""))) == ["ledger.no-reason"]
    assert codes(kept.ask(amend(TRIAL))) == ["ledger.edition-known"]
    assert codes(kept.ask(amend(replace(TRIAL, id="another", edition="2")))) == ["ledger.another-protocol"]
    assert codes(kept.ask(amend(replace(TRIAL, id="another"), why=" "))) == [
        "ledger.no-reason", "ledger.another-protocol", "ledger.edition-known",
    ]  # fmt: skip
    kept.do(amend())
    assert [each.edition for each in kept.snapshot.protocols] == ["1", "2"]
    assert [row.plain["editions"]["protocol"] for row in kept.rows[-2:]] == ["1", "2"]
    assert fold(Snapshot(NAME), kept.rows, kept.texts) == kept.snapshot
    assert codes(kept.ask(amend(TRIAL))) == ["ledger.edition-known"]


@pytest.mark.parametrize("event", [lc.KeepIdentity, lc.ReadIdentity, lc.EraseIdentity])
def test_an_identity_is_kept_read_and_erased_of_somebody_by_an_entry(event: Any) -> None:
    """Who looked up, wrote down or erased who a code is stands in the record; erasing needs a reason."""
    kept = infused()
    kept.do(tell(event(person=IT.person), LATER, why="asked to"))
    assert kept.rows[-1].plain["person"] == IT.person
    assert codes(kept.ask(tell(event(person="P-NOBODY"), LATER, why="asked to"))) == ["ledger.nobody"]
    expected = ["ledger.no-reason"] if event is lc.EraseIdentity else []
    assert codes(kept.ask(tell(event(person=IT.person), LATER))) == expected


# Any command at all -----------------------------------------------------------------------------------------


def test_every_command_has_a_name_of_its_own() -> None:
    """So a command can be read back by its name and version."""
    assert len(COMMAND_CATALOGUE.classes) == len(COMMANDS)


@pytest.mark.parametrize("state", ["open", "frozen", "locked"])
def test_a_command_of_the_wrong_shape_gives_the_findings_of_its_shape(state: str) -> None:
    """A command built with anything in it is told its faults, whatever state the record is in."""
    kept = infused().run([sign(TRIAL_1), *STATES[state]])
    for nothing in (None, 5, ["a"], {"a": 1}, "no code"):
        for order in (
            cc.Release(chain=nobody(nothing), lot="LOT-1"), pe.Returned(person=nobody(nothing)),
            sc.RecordReportSent(clock="c", subject=nobody(nothing)), lc.ReadIdentity(person=nobody(nothing)),
            lc.EraseWords(references=nobody(nothing)), lc.Sign(meaning="author", subject=nobody(nothing)),
        ):  # fmt: skip
            found = codes(kept.ask_unsigned(tell(order, LATER)))
            assert found
            assert all(code.startswith("shapes.") for code in found)
    early = Command(replace_at(weigh().act), weigh().order)
    assert codes(kept.ask(early)) == ["shapes.naive-time"]


def nobody(anything: Any) -> Any:
    return anything


def replace_at(act: Act) -> Act:
    return replace(act, at=act.at.replace(tzinfo=None))


KEPT = infused().run([sign(of_person()), sign(entries(40, 41))])
FROZEN = KEPT.copy().run([freeze(of_person())])


@given(commands(as_it_is=True), st.sampled_from([KEPT, FROZEN]))
def test_any_command_is_decided_and_what_is_decided_is_recorded_and_read_again(
    command: Command | Refused, before: Kept
) -> None:
    """Whatever is asked: findings, or events that are recorded and fold to the same snapshot."""
    if isinstance(command, Refused):
        return
    kept = before.copy()
    decision = kept.ask(command)
    codes(decision, all_=True)
    if decision.forbidden:
        return
    kept.keep(command, decision.events, LATER)
    added = kept.rows[len(before.rows) :]
    assert fold(before.snapshot, added, kept.texts) == kept.snapshot


def test_the_commands_of_one_person_are_decided_as_without_a_record() -> None:
    """Where nothing is signed and nothing closed, the record adds nothing to the trial's rules."""
    kept = opened()
    for command in whole():
        events = kept.do(command).events
        assert not [event for event in events if type(event) in le.EVENTS]
