"""Signing in: five failures lock, a password somebody else set is not one's own. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.ledger.office import codes, create, failing, opened, staffed

from myelos.ledger.accounts import commands as c
from myelos.ledger.accounts import events as e

# Signing in ------------------------------------------------------------------------------------------------


def test_five_failures_in_a_quarter_of_an_hour_lock_for_a_quarter_of_an_hour() -> None:
    """The right password helps no more until then."""
    office = staffed()
    failing(office, 4)
    assert codes(office.try_to_sign_in("nurse-1")) == []
    failing(office, 4)
    fifth = office.try_to_sign_in("nurse-1", fits=False)
    assert [each.NAME for each in fifth.events] == ["ledger.sign-in-failed", "ledger.locked-out"]
    until = fifth.events[1].until
    assert until == office.now - timedelta(minutes=1) + timedelta(minutes=15)
    office.now = until - timedelta(seconds=1)
    assert office.accounts.locked("nurse-1", office.now)
    assert codes(office.try_to_sign_in("nurse-1")) == ["ledger.account-locked"]
    office.now = until
    assert codes(office.try_to_sign_in("nurse-1")) == []


@pytest.mark.parametrize(("apart", "locks"), [(3.75, True), (3.76, False)])
def test_failures_are_counted_over_a_quarter_of_an_hour(apart: float, locks: bool) -> None:
    """Four intervals of 3.75 minutes are just within it."""
    office = staffed()
    failing(office, 5, apart)
    assert (office.accounts.people["nurse-1"].locked_until is not None) == locks


def test_a_lockout_is_not_prolonged_and_begins_with_five_again() -> None:
    """Whoever goes on trying locks nobody out for ever; once it is over, four failures are free again."""
    office = staffed()
    failing(office, 5)
    until = office.accounts.people["nurse-1"].locked_until
    failing(office, 5)
    assert office.accounts.people["nurse-1"].locked_until == until
    office.later(20)
    failing(office, 4)
    assert not office.accounts.locked("nurse-1", office.now)
    failing(office, 1)
    assert office.accounts.locked("nurse-1", office.now)


def test_one_account_locked_locks_no_other() -> None:
    """Failures are an account's own."""
    office = staffed()
    failing(office, 5)
    assert codes(office.try_to_sign_in("doctor")) == []


def test_an_administrator_lifts_a_lockout_and_says_why() -> None:
    """And only where there is something to lift."""
    office = staffed()
    order = c.UnlockAccount(account="nurse-1")
    assert codes(office.ask(order)) == ["ledger.not-locked"]
    failing(office, 5)
    assert codes(office.ask(order, why="")) == ["ledger.no-reason"]
    office.do(order)
    assert codes(office.try_to_sign_in("nurse-1")) == []


def test_failures_at_signing_count_like_those_at_the_door() -> None:
    """Nobody guesses a password by signing."""
    office = staffed()
    for _ in range(5):
        office.try_to_sign_in("nurse-1", fits=False, signing=True)
    assert office.accounts.locked("nurse-1", office.now)
    assert '"signing":true' in office.rows[-1].text or '"signing":true' in office.rows[-2].text


def test_what_was_typed_is_kept_only_where_it_is_an_account() -> None:
    """A password typed into the wrong field never comes into the record."""
    office = staffed()
    for typed in ("hunter2-correct-horse", "NURSE-1", "x" * 5000, ""):
        (event,) = office.try_to_sign_in(typed, fits=False).events
        assert event == e.SignInFailed(account=None, signing=False)
    assert "hunter2" not in "".join(row.text for row in office.rows)
    assert codes(office.try_to_sign_in("hunter2-correct-horse")) == ["ledger.no-such-account"]


def test_a_clock_that_runs_backwards_forgives_no_failure() -> None:
    """Failures that seem to lie ahead are counted."""
    office = staffed()
    failing(office, 3)
    office.later(-600)
    failing(office, 2)
    assert office.accounts.people["nurse-1"].locked_until is not None


# Passwords -------------------------------------------------------------------------------------------------


def test_a_password_somebody_else_set_is_not_ones_own() -> None:
    """It is known to two people: nobody signs with it until it is changed (21 CFR 11.200(a)(3))."""
    office = opened()
    assert office.accounts.people["admin"].own_password
    office.do(create("anna"))
    assert not office.accounts.people["anna"].own_password
    office.do(c.ChangePassword(account="anna"), by="anna", why="")
    assert office.accounts.people["anna"].own_password
    office.do(c.ChangePassword(account="anna"))
    assert not office.accounts.people["anna"].own_password


def test_another_ones_password_is_set_by_an_administrator_with_a_reason() -> None:
    """By nobody else."""
    order = c.ChangePassword(account="nurse-1")
    assert codes(staffed().ask(order, by="doctor")) == ["ledger.not-administrator"]
    assert codes(staffed().ask(order, why="")) == ["ledger.no-reason"]
    assert codes(staffed().ask(replace(order, account="ghost"))) == ["ledger.no-such-account"]
