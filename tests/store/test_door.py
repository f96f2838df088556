"""Who is let in, who may sign, and that nobody is anybody without a proof. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from examples.twenty_people.script import OPENED
from tests.ledger.kept import IT, NAME, TRIAL_1, of_person
from tests.store.doors import ADMIN, FIRST, OWN, Office, codes, office, running

from myelos.findings import Refused
from myelos.ledger import accounts
from myelos.ledger import commands as lc
from myelos.ledger.accounts import events as ae
from myelos.ledger.accounts.commands import RetireAccount
from myelos.protocol.enrolment import Screen
from myelos.store.door import Door, Visitor
from myelos.store.identity import Proof, opened

SIGN = lc.Sign(meaning="approved", subject=TRIAL_1)
NOT = ["store.not-signed-in"]


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    return office(alias, monkeypatch)


@pytest.fixture
def at_work(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    return running(alias, monkeypatch)


def not_let_in(it: Office, account: str, password: str) -> None:
    with pytest.raises(Refused) as raised:
        it.door.sign_in(account, password)
    assert codes(raised) == NOT
    assert [dict(each.params) for each in raised.value.findings] == [{}]


# Signing in -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("AUD-04")
def test_aud_04_whoever_comes_in_is_recorded(it: Office) -> None:
    """The entry says who and when; it holds no password."""
    assert it.door.sign_in(ADMIN, OWN).account == ADMIN
    assert it.last() == ae.SignedIn(account=ADMIN)
    assert not any(OWN in row.text for row in it.keeper.rows(accounts.CHAIN))


@pytest.mark.requirement("ACC-01")
def test_acc_01_whoever_is_not_let_in_is_told_the_same_and_recorded(it: Office) -> None:
    """Another password, no account, one that is shut, one that is locked, what is no account at all."""
    it.person("gone", own=False)
    it.door.administer(it.enter(ADMIN), RetireAccount(account="gone"), "left")
    before = it.keeper.head(accounts.CHAIN).seq
    tries = [(ADMIN, FIRST), ("ghost", OWN), ("gone", FIRST), ("ADMIN", OWN), ("", OWN), (ADMIN, "")]
    tries += [("x" * 500, OWN), ("a\0b", OWN), ("\udcff", OWN), (ADMIN, "\udcff" + OWN), (ADMIN, OWN + "\0")]
    for account, password in tries:
        not_let_in(it, account, password)
    failed = [each for each, _ in it.kept()[before:] if isinstance(each, ae.SignInFailed)]
    assert len(failed) == len(tries)
    assert {each.account for each in failed} == {ADMIN, "gone", None}


def test_what_was_typed_in_place_of_an_account_is_not_kept(it: Office) -> None:
    """It may have been a password."""
    not_let_in(it, OWN, ADMIN)
    assert not any(OWN in row.text for row in it.keeper.rows(accounts.CHAIN))
    assert OWN not in "".join(it.keeper.words(accounts.CHAIN).values())


def test_five_failures_lock_an_account_also_for_the_right_password(it: Office) -> None:
    """Until the time is over, or an administrator lifts it."""
    for _ in range(5):
        not_let_in(it, ADMIN, FIRST)
    assert isinstance(it.last(), ae.LockedOut)
    not_let_in(it, ADMIN, OWN)
    it.clock.later(16)
    assert it.door.sign_in(ADMIN, OWN).account == ADMIN


def test_many_who_guess_at_once_are_heard_as_often_as_one(
    it: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right guess whose hash was made before the lockout and that is recorded after it is late."""
    others = [it.another() for _ in range(6)]
    fits = Door._fits

    def while_others_guess(door: Door, account: str, password: str) -> bool:
        monkeypatch.setattr(Door, "_fits", fits)
        found = fits(door, account, password)
        for other in others[:5]:
            with pytest.raises(Refused):
                other.sign_in(account, FIRST)
        return found

    monkeypatch.setattr(Door, "_fits", while_others_guess)
    not_let_in(it, ADMIN, OWN)


def test_a_session_ends_when_it_is_left_alone(at_work: Office) -> None:
    """Sixteen minutes later nobody knows who is at the keyboard."""
    visitor = at_work.enter("coordinator")
    at_work.clock.later(14)
    assert at_work.door.where(visitor, NAME, "show") == ("sapporo",)
    at_work.clock.later(16)
    with pytest.raises(Refused) as raised:
        at_work.door.where(visitor, NAME, "show")
    assert codes(raised) == ["store.session-ended"]


def test_a_session_ends_when_its_account_is_shut(at_work: Office) -> None:
    """Whoever was let in and is shut out meanwhile does nothing more."""
    visitor = at_work.enter("nurse")
    at_work.door.administer(at_work.enter(ADMIN), RetireAccount(account="nurse"), "left")
    with pytest.raises(Refused) as raised:
        at_work.door.where(visitor, NAME, "show")
    assert codes(raised) == NOT


# Nobody without a proof -------------------------------------------------------------------------------------


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_claimed_identity_without_proof_is_nobody(at_work: Office) -> None:
    """A visitor made by hand, one of another door, and one whose session was turned into another's."""
    made = Visitor(opened(ADMIN, at_work.clock.now))
    elsewhere = at_work.another().sign_in("nurse", OWN)
    for visitor in (made, elsewhere):
        with pytest.raises(Refused) as raised:
            at_work.door.where(visitor, NAME, "show")
        assert codes(raised) == NOT
    turned = at_work.door.sign_in("nurse", OWN)
    turned.session = replace(turned.session, account=ADMIN, signings=5)
    with pytest.raises(Refused):
        at_work.door.where(turned, NAME, "backup")
    assert turned.account == "nurse"


# Signing ----------------------------------------------------------------------------------------------------


def sign(it: Office, account: str, role: str, proof: Proof | None, order: Any = SIGN) -> Any:
    return it.do(account, order, role, proof=proof)


def refused_to_sign(it: Office, proof: Proof | None, *expected: str) -> None:
    before = it.keeper.head(NAME)
    with pytest.raises(Refused) as raised:
        sign(it, "investigator", "investigator", proof)
    assert codes(raised) == list(expected)
    assert it.keeper.head(NAME) == before


@pytest.mark.requirement("SIG-03")
def test_sig_03_the_first_signature_of_a_session_takes_account_and_password(at_work: Office) -> None:
    """Later ones the password; never less, and the session itself is no proof."""
    at_work.door.sign_in("investigator", OWN)
    both = ["store.to-sign-account", "store.to-sign-password"]
    refused_to_sign(at_work, None, *both)
    refused_to_sign(at_work, Proof(), *both)
    refused_to_sign(at_work, Proof(password=OWN), both[0])
    refused_to_sign(at_work, Proof(account="investigator"), both[1])
    assert not sign(at_work, "investigator", "investigator", Proof(OWN, "investigator")).refused
    refused_to_sign(at_work, None, both[1])
    assert not sign(at_work, "investigator", "investigator", Proof(OWN)).refused
    at_work.clock.later(20)
    refused_to_sign(at_work, Proof(password=OWN), both[0])


def test_another_persons_proof_signs_nothing_and_the_session_stays(at_work: Office) -> None:
    """The attempt is kept as a failure of whose session it is; they go on, and sign with their own."""
    refused_to_sign(at_work, Proof(OWN, "nurse"), "store.to-sign-another")
    assert at_work.last() == ae.SignInFailed(account="investigator", signing=True)
    refused_to_sign(at_work, Proof(FIRST, "investigator"), *NOT)
    assert at_work.last() == ae.SignInFailed(account="investigator", signing=True)
    assert at_work.door.where(at_work.enter("investigator"), NAME, "show") == ("sapporo",)
    assert not sign(at_work, "investigator", "investigator", Proof(OWN, "investigator")).refused


def test_too_many_failures_to_sign_lock_the_account(at_work: Office) -> None:
    """The keyboard of somebody else is no place to guess."""
    for _ in range(5):
        refused_to_sign(at_work, Proof(FIRST, "investigator"), *NOT)
    refused_to_sign(at_work, Proof(OWN, "investigator"), *NOT)
    not_let_in(at_work, "investigator", OWN)


@pytest.mark.requirement("SIG-03")
def test_sig_03_a_password_that_two_people_know_signs_nothing(at_work: Office) -> None:
    """Neither that which an account was made with, nor one an administrator set; the rest it may do."""
    at_work.person("doctor", ("investigator", NAME, "sapporo"), own=False)
    at_work.inside["doctor"] = at_work.door.sign_in("doctor", FIRST)
    for _ in range(2):
        with pytest.raises(Refused) as raised:
            sign(at_work, "doctor", "investigator", Proof(FIRST, "doctor"))
        assert codes(raised) == ["store.change-password-first"]
        screen = Screen(person=IT.person, onset=OPENED)
        assert at_work.do("doctor", screen, "investigator").rows
        at_work.door.change_password(at_work.enter("doctor"), OWN, Proof(FIRST, "doctor"))
        assert not sign(at_work, "doctor", "investigator", Proof(OWN, "doctor")).refused
        at_work.door.reset_password(at_work.enter(ADMIN), "doctor", FIRST, "forgotten")


@pytest.mark.requirement("SIG-01")
def test_sig_01_a_signature_bears_the_printed_name_of_whose_account_it_is(at_work: Office) -> None:
    """It is the door's to say, not the asker's."""
    at_work.do("coordinator", Screen(person=IT.person, onset=OPENED), "coordinator")
    order = lc.Sign(meaning="reviewed", subject=of_person(IT.person))
    done = sign(at_work, "investigator", "investigator", Proof(OWN, "investigator"), order)
    said = done.rows[0].plain
    assert (said["by"], said["data"]["printed_name"]) == ("investigator", "Made Up investigator")
    assert (said["data"]["meaning"], said["at"]) == ("reviewed", said["recorded_at"])
