"""A ticket at the door: it brings its own session back, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from tests.store.doors import ADMIN, OWN, Office, codes, office

from myelos.findings import Refused
from myelos.ledger.accounts import commands as ac
from myelos.store import tickets
from myelos.store.door import Visitor
from myelos.store.identity import Proof, Session

NURSE, OTHER, NEXT = "nurse", "nurse-2", "quick brown hare 12"


@pytest.fixture
def at(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A record with two people of whom one comes back, on either kind of database."""
    made = office(alias, monkeypatch)
    made.person(NURSE)
    made.person(OTHER)
    return made


def refused(at: Office, ticket: str) -> list[str]:
    """The codes for which another process would not take a ticket."""
    with pytest.raises(Refused) as found:
        at.another().come_back(ticket)
    return codes(found)


NOBODY = ["store.not-signed-in"]


@pytest.mark.requirement("SIG-03")
def test_sig_03_a_ticket_brings_the_session_back_as_it_was(at: Office) -> None:
    """Signings and the time of the proof go on by another door, so the next signature asks what it would."""
    visitor = at.door.sign_in(NURSE, OWN)
    before = visitor.session.proved_at
    at.clock.later(4)
    at.door.change_password(visitor, NEXT, Proof(OWN, NURSE))
    again = at.another().come_back(at.door.ticket(visitor))
    assert again.session == visitor.session
    assert again.session.proved_at == before + timedelta(minutes=4)
    assert again.account == NURSE
    signed = Session(NURSE, before, at.clock.now, 3)
    assert tickets.read(tickets.issue(signed, at.alias), at.alias) == signed


def test_coming_back_is_a_use(at: Office) -> None:
    """A session lives on with every request, a quarter of an hour from the last one."""
    ticket = at.door.ticket(at.enter(NURSE))
    for _ in range(3):
        at.clock.later(14)
        door = at.another()
        visitor = door.come_back(ticket)
        assert visitor.session.used_at == at.clock.now
        ticket = door.ticket(visitor)


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_left_unused_for_a_quarter_of_an_hour_is_void(at: Office) -> None:
    """The session's own rule: exactly 15 minutes are still in time."""
    ticket = at.door.ticket(at.enter(NURSE))
    at.clock.later(15)
    at.another().come_back(ticket)
    at.clock.later(0.01)
    assert refused(at, ticket) == ["store.session-ended"]


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_is_void_once_the_password_is_another(at: Office) -> None:
    """Whoever changes a password sends everybody else who knew the old one away."""
    stolen = at.door.ticket(at.door.sign_in(NURSE, OWN))
    other = at.door.ticket(at.enter(OTHER))
    visitor = at.door.sign_in(NURSE, OWN)
    at.door.change_password(visitor, NEXT, Proof(OWN, NURSE))
    assert refused(at, stolen) == NOBODY
    assert at.another().come_back(at.door.ticket(visitor)).account == NURSE
    assert at.another().come_back(other).account == OTHER


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_is_void_once_an_administrator_resets_the_password(at: Office) -> None:
    """A reset is a change."""
    ticket = at.door.ticket(at.enter(NURSE))
    at.door.reset_password(at.enter(ADMIN), NURSE, NEXT, "forgotten")
    assert refused(at, ticket) == NOBODY


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_is_void_once_the_account_is_retired(at: Office) -> None:
    """Who left does not come back, in the same words as one who never was."""
    ticket = at.door.ticket(at.enter(NURSE))
    at.door.administer(at.enter(ADMIN), ac.RetireAccount(account=NURSE), "left")
    assert refused(at, ticket) == NOBODY


def test_no_ticket_is_issued_for_a_session_that_ended_or_was_made_elsewhere(at: Office) -> None:
    """Only whom this door let in, and only while their session lives."""
    visitor = at.enter(NURSE)
    with pytest.raises(Refused) as found:
        at.door.ticket(Visitor(visitor.session))
    assert codes(found) == NOBODY
    at.clock.later(16)
    with pytest.raises(Refused) as found:
        at.door.ticket(visitor)
    assert codes(found) == ["store.session-ended"]


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_of_another_records_key_is_void(at: Office) -> None:
    """The seal is of this record's own secret."""
    with override_settings(SECRET_KEY="another record's secret, just as long as it has to be"):
        foreign = at.door.ticket(at.enter(NURSE))
    assert refused(at, foreign) == NOBODY


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_under_another_seal_of_this_record_is_void(at: Office) -> None:
    """What this software sealed for another purpose lets nobody in."""
    session = at.enter(NURSE).session
    said = [NURSE, session.proved_at.isoformat(), session.used_at.isoformat(), 0, ""]
    assert refused(at, signing.dumps(said, salt="another purpose")) == NOBODY


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_ticket_with_another_account_in_it_is_void(at: Office) -> None:
    """Even sealed by this record, the account of one ticket does not go with the password of another."""
    ticket = at.door.ticket(at.enter(NURSE))
    said = signing.loads(ticket, salt=tickets._SEAL)
    assert said[0] == NURSE
    for account in (OTHER, ADMIN, "ghost", ""):
        assert refused(at, signing.dumps([account, *said[1:]], salt=tickets._SEAL)) == NOBODY


@pytest.mark.parametrize(
    "said", [[], ["nurse"], {"account": "nurse"}, "nurse", 7, None, ["nurse", "yesterday", "now", 0, "x"]]
)
def test_what_was_sealed_and_is_no_ticket_is_void(at: Office, said: object) -> None:
    """A seal alone makes no session, and nothing fails in another way."""
    assert refused(at, signing.dumps(said, salt=tickets._SEAL)) == NOBODY


def test_a_ticket_with_times_that_are_none_is_void(at: Office) -> None:
    """As above, with the right account and the right password behind it."""
    seal = signing.loads(at.door.ticket(at.enter(NURSE)), salt=tickets._SEAL)
    for wrong in ([seal[0], "yesterday", *seal[2:]], [seal[0], 5, *seal[2:]], [*seal[:3], "many", seal[4]]):
        assert refused(at, signing.dumps(wrong, salt=tickets._SEAL)) == NOBODY


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("how", ["longer", "shorter", "account", "empty", "no-seal"])
def test_acc_01_a_ticket_that_was_altered_is_void(at: Office, how: str) -> None:
    """It is refused as nobody's, whatever was done to it."""
    ticket = at.door.ticket(at.enter(NURSE))
    payload, _, seal = ticket.partition(":")
    altered = {
        "longer": ticket + "A", "shorter": ticket[:-1], "account": payload[::-1] + ":" + seal, "empty": "",
        "no-seal": payload,
    }  # fmt: skip
    assert refused(at, altered[how]) == NOBODY


@given(place=st.integers(0, 10_000), letter=st.sampled_from("AZaz09-_:."))
def test_one_letter_of_a_ticket_that_is_another_voids_it(place: int, letter: str) -> None:
    """Whatever letter it is: the seal covers all of it, and one that does not fit asks no database."""
    sealed = signing.dumps(["nurse", "2026-01-05T08:00:00+00:00"] * 2, salt=tickets._SEAL)
    place %= len(sealed)
    altered = sealed[:place] + letter + sealed[place + 1 :]
    if altered != sealed:
        with pytest.raises(Refused) as found:
            tickets.read(altered, "no such database")
        assert codes(found) == NOBODY


def test_a_ticket_tells_nothing_of_the_password_or_its_hash(at: Office) -> None:
    """It says whose session it is and until when, and a mark that only this record can make."""
    from myelos.store.identity import encoded_password

    ticket = at.door.ticket(at.enter(NURSE))
    said = str(signing.loads(ticket, salt=tickets._SEAL))
    encoded = encoded_password(NURSE, at.alias)
    assert encoded
    for secret in (OWN, encoded, *encoded.split("$")[-2:]):
        assert secret not in ticket + said
