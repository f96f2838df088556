"""What the record asks of a command besides the trial's rules. Synthetic."""

from __future__ import annotations

from typing import Any

import pytest
from examples.twenty_people.script import OPENED, SITE
from tests.ledger.kept import NAME
from tests.protocol.played import person
from tests.store.doors import OWN, Office, codes, running

from myelos.findings import Refused
from myelos.ledger import commands as lc
from myelos.ledger.accounts import CHAIN
from myelos.ledger.free_text import references
from myelos.protocol import load_protocol
from myelos.protocol.enrolment import Screen
from myelos.protocol.visits import RecordDeviation
from myelos.shapes import plain
from myelos.store.identity import Proof

CODE = person(1).person
ELSEWHERE = "osaka"


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A trial with a sponsor, and an investigator at two sites; words were written at the first."""
    made = running(alias, monkeypatch)
    made.person("sponsor-x", ("sponsor", "*", "*"))
    made.grant("investigator", "investigator", site=ELSEWHERE)
    made.do("coordinator", Screen(person=CODE, onset=OPENED), "coordinator")
    order = RecordDeviation(person=CODE, kind="other", words="made up words")
    assert not made.do("coordinator", order, "coordinator", id="told").refused
    return made


def signed(it: Office, account: str, order: Any, role: str, **more: Any) -> Any:
    return it.do(account, order, role, proof=Proof(OWN, account), **more)


def test_no_trial_takes_the_name_of_the_accounts(it: Office) -> None:
    """A trial called like the chain of accounts would be mixed up with it: it is refused, nothing kept."""
    before = it.keeper.head(CHAIN)
    order = lc.OpenTrial(protocol=plain(load_protocol("honmou-phase2")))
    with pytest.raises(Refused) as refused:
        signed(it, "sponsor-x", order, "sponsor", trial=CHAIN, id="open")
    assert "store.trial-name-taken" in codes(refused)
    assert {row.event for row in it.keeper.rows(CHAIN, after=before.seq)} <= {"ledger.signed-in"}


@pytest.mark.parametrize("command", ["open", "amend"])
def test_a_protocol_names_only_roles_that_somebody_can_have(it: Office, command: str) -> None:
    """A decision that only a role which does not exist may take could never be taken."""
    protocol = plain(load_protocol("honmou-phase2"))
    protocol["safety"]["decided_by"]["roles"] = ["wise-people"]
    protocol["edition"] = "2"
    order: Any = lc.OpenTrial(protocol=protocol) if command == "open" else lc.AmendProtocol(protocol=protocol)
    with pytest.raises(Refused) as refused:
        signed(it, "sponsor-x", order, "sponsor", trial="new" if command == "open" else NAME, why="made up")
    assert set(codes(refused)) == {"store.role-of-protocol"}


def test_words_are_erased_where_they_were_written(it: Office) -> None:
    """An investigator of two sites cannot erase at one what was written at the other."""
    told = tuple(each for row in it.door.trials.of_command(NAME, "told") for each in references(row.text))
    order = lc.EraseWords(references=told)
    with pytest.raises(Refused) as refused:
        signed(it, "investigator", order, "investigator", site=ELSEWHERE, why="asked to be")
    assert codes(refused) == ["store.words-of-another-site"] * len(told)
    assert set(told) <= set(it.keeper.words(NAME))


def test_words_are_erased_once(it: Office) -> None:
    """The same command asked again gives what it gave; another one finds no words, and says which."""
    told = tuple(each for row in it.door.trials.of_command(NAME, "told") for each in references(row.text))
    order = lc.EraseWords(references=told)
    asked = {"id": "erase", "why": "asked to be", "site": SITE}
    assert not signed(it, "investigator", order, "investigator", **asked).refused
    assert signed(it, "investigator", order, "investigator", **asked).again
    with pytest.raises(Refused) as refused:
        signed(it, "investigator", order, "investigator", **{**asked, "id": "erase-again"})
    assert codes(refused) == ["store.no-such-words"] * len(told)
