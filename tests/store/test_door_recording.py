"""What is recorded through the door: once, or as refused, and what belongs to it beside it. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import Any

import pytest
from examples.twenty_people.script import OPENED, SITE
from tests.ledger.kept import NAME, opened
from tests.protocol.played import person, whole
from tests.store.doors import OWN, Office, codes, office, running
from tests.store.ledgers import put

from myelos.cells import commands as cc
from myelos.findings import Refused
from myelos.ledger import commands as lc
from myelos.ledger.accounts import commands as ac
from myelos.ledger.events import CommandRefused
from myelos.protocol.enrolment import Screen
from myelos.protocol.events import TrainingRecorded
from myelos.shapes import plain
from myelos.store.identity import Proof

CODE = person(1).person
SCREEN = Screen(person=CODE, onset=OPENED)


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    return running(alias, monkeypatch)


def refused(it: Office, *given: Any, **more: Any) -> list[str]:
    """The codes of what is refused at the door; the trial's own ledger stays as it was."""
    before = it.keeper.head(NAME)
    with pytest.raises(Refused) as raised:
        it.do(*given, **more)
    assert it.keeper.head(NAME) == before
    return codes(raised)


# Once -------------------------------------------------------------------------------------------------------


def test_a_command_is_by_whom_the_door_let_in(it: Office) -> None:
    """Account, role and site of the entry are those that were proved and allowed."""
    said = it.do("coordinator", SCREEN, "coordinator").rows[0].plain
    assert (said["by"], said["role"], said["site"]) == ("coordinator", "coordinator", SITE)


@pytest.mark.parametrize("at", [None, OPENED + timedelta(days=20)])
def test_a_command_sent_again_is_recorded_once(it: Office, at: Any) -> None:
    """Under one id, whether it said when it was done or not, and however much later it comes again."""
    first = it.do("coordinator", SCREEN, "coordinator", id="one", at=at)
    it.clock.later(5)
    again = it.do("coordinator", SCREEN, "coordinator", id="one", at=at)
    assert (again.rows, again.again, first.again) == (first.rows, True, False)
    assert [each.code for each in again.findings] == ["store.recorded-before"]
    assert it.keeper.head(NAME) == first.head


def test_an_id_that_was_used_for_something_else_is_refused(it: Office) -> None:
    """Another kind of command, or another person's."""
    it.do("coordinator", SCREEN, "coordinator", id="one")
    other = TrainingRecorded(account="nurse", training="bedside", until=None, source="made up")
    assert refused(it, "coordinator", other, "coordinator", id="one") == ["store.command-id-used"]
    assert refused(it, "investigator", SCREEN, "investigator", id="one") == ["store.command-id-used"]


@pytest.mark.parametrize(
    ("more", "columns"),
    [
        ({"id": "no code", "trial": "no trial"}, {"command", "trial"}),
        ({"id": "x" * 81}, {"command"}),
        ({"site": "", "why": "x" * 2001}, {"site", "why"}),
        ({"at": OPENED.replace(tzinfo=None)}, {"at"}),
        ({"trial": "a\0b"}, {"trial"}),
    ],
)
def test_what_has_no_form_is_refused_with_every_fault(it: Office, more: Any, columns: set[str]) -> None:
    """An id, a name of a trial, a site, a time without its zone; before anybody asks what it is about."""
    before = it.keeper.head(NAME)
    with pytest.raises(Refused) as raised:
        it.do("coordinator", SCREEN, "coordinator", **more)
    assert {each.place.column for each in raised.value.findings} == columns
    assert all(code.startswith("shapes.") for code in codes(raised))
    assert it.keeper.head(NAME) == before


@pytest.mark.parametrize("order", [ac.RetireAccount(account="nurse"), ac.SignIn(), object(), Screen])
def test_what_is_no_command_of_a_trial_is_a_fault_of_the_caller(it: Office, order: Any) -> None:
    """Nothing about accounts goes into the ledger of a trial."""
    with pytest.raises(TypeError):
        it.do("coordinator", order, "coordinator")


# Refused ----------------------------------------------------------------------------------------------------


def test_a_refusal_is_an_entry_with_every_reason(it: Office) -> None:
    """Somebody is screened twice: what, whom, why, and words that tell it; sent again it is refused again."""
    it.do("coordinator", SCREEN, "coordinator")
    done = it.do("coordinator", SCREEN, "coordinator", id="twice")
    assert done.refused
    (row,) = done.rows
    assert (row.event, row.plain["person"]) == (CommandRefused.NAME, CODE)  # type: ignore[attr-defined]
    assert row.plain["data"]["codes"] == [each.code for each in done.findings]
    assert CODE in "".join(it.keeper.words(NAME, [row]).values())
    again = it.do("coordinator", SCREEN, "coordinator", id="twice")
    assert (again.rows, again.refused, again.again) == (done.rows, True, True)


@pytest.mark.requirement("COI-05")
@pytest.mark.parametrize("wrong", ["bag", "wristband"])
def test_coi_05_the_wrong_bag_and_the_wrong_person_are_refused_and_logged(
    alias: str, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Nothing is infused, the attempt is an entry, and the right one still goes ahead."""
    story = list(whole(1))
    start = next(each for each in story if isinstance(each.order, cc.StartInfusion))
    kept = opened().run(takewhile(lambda each: each is not start, story))
    it = office(alias, monkeypatch)
    put(it.keeper, kept)
    it.person(start.act.by, ("nurse", NAME, SITE))
    it.clock.now = start.act.at + timedelta(minutes=1)
    scan = replace(start.order.scan, container=person(2).container(10))
    order = replace(start.order, wristband=person(2).person) if wrong == "wristband" else start.order
    order = replace(order, scan=scan) if wrong == "bag" else order
    done = it.do(start.act.by, order, "nurse", at=start.act.at)
    assert done.refused
    (row,) = done.rows
    code = {"bag": "cells.scanned-another", "wristband": "cells.another-persons"}[wrong]
    assert row.event == "ledger.command-refused"
    assert code in row.plain["data"]["codes"]
    assert (row.plain["by"], row.plain["kind"]) == (start.act.by, "cells.start-infusion")
    assert it.door.trials.snapshot(NAME).state == kept.snapshot.state
    assert not it.do(start.act.by, start.order, "nurse", at=start.act.at).refused


@pytest.mark.requirement("ACC-01")
def test_acc_01_whoever_may_not_is_told_and_kept_in_the_accounts_chain(it: Office) -> None:
    """A wrong role, one not held, another site, a sponsor: nothing of it comes to the trial's ledger."""
    at_tokyo = {"site": "tokyo"}
    asked: list[tuple[str, str, dict[str, Any], str]] = [
        ("nurse", "nurse", {}, "store.role-forbids"),
        ("nurse", "coordinator", {}, "store.role-not-held"),
        ("nurse", "wizard", {}, "store.unknown-role"),
        ("coordinator", "coordinator", at_tokyo, "store.other-site"),
        ("coordinator", "coordinator", {"trial": "another"}, "store.role-not-held"),
        ("sponsor", "sponsor", {}, "store.sponsor-changes-nothing"),
    ]
    for account, role, more, code in asked:
        assert refused(it, account, SCREEN, role, **more) == [code]
        assert it.last().codes == (code,)
        assert it.kept()[-1][1] == account


# Beginning --------------------------------------------------------------------------------------------------


def test_a_trial_never_begins_with_a_refusal(alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A protocol that is refused leaves no ledger, and neither does anything asked of a trial that is not."""
    it = office(alias, monkeypatch)
    it.person("sponsor", ("sponsor", "*", "*"), ("coordinator", "*", "*"))
    good = opened().rows[0].plain["data"]["protocol"]
    bad = {**good, "gates": [{**good["gates"][0], "id": good["gates"][1]["id"]}, *good["gates"][1:]]}
    proof = Proof(OWN, "sponsor")
    for protocol in (bad, {}):
        with pytest.raises(Refused):
            it.do("sponsor", lc.OpenTrial(protocol=protocol), "sponsor", trial="new", proof=proof)
    with pytest.raises(Refused) as raised:
        it.do("sponsor", SCREEN, "coordinator", trial="new")
    assert codes(raised) == ["store.no-such-trial"]
    assert it.keeper.head("new").seq == 0
    done = it.do("sponsor", lc.OpenTrial(protocol=plain(good)), "sponsor", trial="new", proof=proof)
    assert [row.event for row in done.rows] == ["ledger.trial-opened"]


def test_the_accounts_chain_is_no_trial(it: Office) -> None:
    """Nobody opens a trial over it or records anything of a trial in it."""
    it.person("boss", ("sponsor", "*", "*"), ("coordinator", "*", "*"))
    before = [row.event for row in it.keeper.rows("accounts") if not row.event.startswith("ledger.")]
    protocol = opened().rows[0].plain["data"]["protocol"]
    for order, role in ((lc.OpenTrial(protocol=protocol), "sponsor"), (SCREEN, "coordinator")):
        with pytest.raises(Refused):
            it.do("boss", order, role, trial="accounts", proof=Proof(OWN, "boss"))
    assert [row.event for row in it.keeper.rows("accounts") if not row.event.startswith("ledger.")] == before
    assert list(it.door.verify("accounts")) == []
