"""Accounts: one code one person for ever, nobody lets themselves in. Synthetic."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.ledger.office import ADMIN_TOO, SHUT, codes, create, empty, grant, opened, revoke, staffed

from myelos.ledger.accounts import (
    ROLES,
)
from myelos.ledger.accounts import commands as c

# The first account, and the code of an account -------------------------------------------------------------


def test_the_first_account_is_an_administrators_and_there_is_one_first_only() -> None:
    """Whoever comes first lets the others in; nobody comes first a second time."""
    office = opened()
    assert office.accounts.administrators == ("admin",)
    again = c.CreateFirstAccount(account="second", printed_name="Made Up Too")
    assert codes(office.ask(again, by="second")) == ["ledger.not-the-first"]
    assert codes(empty().ask(again, by="third")) == ["ledger.first-for-another"]


def test_before_there_is_an_administrator_nothing_else_can_be_asked_for() -> None:
    """The empty chain is no back door."""
    assert codes(empty().ask(create("anna"))) == ["ledger.not-administrator"]
    assert codes(empty().ask(grant("admin", "nurse"))) == [
        "ledger.not-administrator", "ledger.no-such-account", "ledger.grants-to-oneself",
    ]  # fmt: skip


@pytest.mark.requirement("SIG-04")
def test_sig_04_the_code_of_an_account_is_never_given_again() -> None:
    """Not while it is open, not once it is retired, and not with other capitals: 21 CFR 11.100(a)."""
    office = staffed()
    assert codes(office.ask(create("nurse-1"))) == ["ledger.code-taken"]
    assert codes(office.ask(create("NURSE-1"))) == ["ledger.code-taken"]
    office.do(c.RetireAccount(account="nurse-1"))
    assert codes(office.ask(create("nurse-1"))) == ["ledger.code-retired"]
    assert codes(office.ask(create("Nurse-1"))) == ["ledger.code-retired"]


@pytest.mark.requirement("SIG-04")
def test_sig_04_a_retired_code_stays_a_record_of_whose_it_was() -> None:
    """What it signed before still names a person."""
    office = staffed()
    office.do(c.RetireAccount(account="nurse-1"))
    known = office.accounts.people["nurse-1"]
    assert (known.printed_name, known.retired) == ("Made Up (nurse-1)", True)


@pytest.mark.parametrize("account", ["", "a", "-nurse", "ann a", "anna@home", "a/b", "*", "アンナ", "a" * 81])
def test_a_code_is_letters_digits_and_few_signs(account: str) -> None:
    """It stands in every entry, in files and in addresses."""
    found = codes(opened().ask(create(account)))
    assert found
    assert all(each.startswith("shapes.") for each in found)


def test_an_account_stands_for_somebody_with_a_name() -> None:
    """A signature without a printed name would be none; nobody is nobody's account."""
    office = opened()
    assert codes(office.ask(c.CreateAccount(account="anna", printed_name="  "))) == ["ledger.no-printed-name"]
    assert codes(office.ask(create("Nobody"))) == ["ledger.code-reserved"]


def test_a_second_account_of_the_same_name_is_asked_about() -> None:
    """One person with two accounts could verify their own work; two people may have one name."""
    office = staffed()
    same = c.CreateAccount(account="nurse-2", printed_name=" Made Up (nurse-1) ")
    decision = office.ask(same)
    assert codes(decision, all_=True) == ["ledger.printed-name-known"]
    assert decision.events[0].printed_name == "Made Up (nurse-1)"
    office.do(c.RetireAccount(account="nurse-1"))
    assert codes(office.ask(same), all_=True) == []


# Roles -----------------------------------------------------------------------------------------------------

ADMINISTRATORS_ONLY = [
    create("new"), grant("nurse-1", "collector"), revoke("nurse-1", "nurse"),
    c.RetireAccount(account="nurse-1"), c.UnlockAccount(account="nurse-1"),
]  # fmt: skip


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("order", ADMINISTRATORS_ONLY, ids=lambda each: each.NAME)
@pytest.mark.parametrize(("by", "role"), [("doctor", ""), ("admin", "investigator"), ("ghost", "")])
def test_acc_01_only_an_administrator_lets_people_in(order: Any, by: str, role: str) -> None:
    """Not by claiming the role, not in another one, not as somebody who is not there."""
    office = staffed()
    office.try_to_sign_in("nurse-1", fits=False)
    assert codes(office.ask(order, by=by, role=role)) == ["ledger.not-administrator"]
    assert codes(office.ask(order)) == []


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_retired_administrator_lets_nobody_in() -> None:
    """A role ends with its account."""
    office = opened()
    office.do(create("admin-2"))
    office.do(ADMIN_TOO)
    office.do(c.RetireAccount(account="admin"), by="admin-2")
    assert codes(office.ask(create("anna"))) == ["ledger.not-administrator"]


def test_nobody_gives_themselves_a_role() -> None:
    """An administrator neither; somebody else has to."""
    found = codes(opened().ask(grant("admin", "nurse")))
    assert found == ["ledger.grants-to-oneself", "ledger.administrator-apart"]


def test_an_administrator_has_no_other_role_whichever_comes_first() -> None:
    """Whoever lets people in takes no part: separation of duties."""
    office = staffed()
    office.do(create("admin-2"))
    office.do(ADMIN_TOO)
    assert codes(office.ask(grant("admin-2", "monitor"))) == ["ledger.administrator-apart"]
    assert codes(office.ask(grant("nurse-1", "administrator", "*", "*"))) == ["ledger.administrator-apart"]
    office.do(revoke("nurse-1", "nurse"))
    assert codes(office.ask(grant("nurse-1", "administrator", "*", "*"))) == []


def test_an_administrator_is_one_everywhere() -> None:
    """The accounts are the whole installation's."""
    office = staffed()
    office.do(create("admin-2"))
    assert codes(office.ask(grant("admin-2", "administrator"))) == ["ledger.administrator-everywhere"]


@pytest.mark.parametrize(
    "order",
    [grant("nurse-1", "collector"), revoke("nurse-1", "nurse"), c.RetireAccount(account="nurse-1")],
    ids=lambda each: each.NAME,
)
def test_who_grants_revokes_or_retires_says_why(order: Any) -> None:
    """An empty reason is none, nor are spaces."""
    for why in ("", "  "):
        assert codes(staffed().ask(order, why=why)) == ["ledger.no-reason"]


def test_a_role_is_granted_once_and_revoked_in_the_words_it_was_granted() -> None:
    """Every grant stands for itself: one for all sites is not taken back at one of them."""
    office = staffed()
    assert codes(office.ask(grant("nurse-1", "nurse"))) == ["ledger.role-held"]
    assert codes(office.ask(revoke("nurse-1", "nurse", "t-1", "*"))) == ["ledger.role-not-held"]
    assert codes(office.ask(revoke("nurse-1", "collector"))) == ["ledger.role-not-held"]
    office.do(grant("nurse-1", "nurse", "*", "*"))
    office.do(revoke("nurse-1", "nurse", "*", "*"))
    assert office.accounts.may("nurse-1", "nurse", "t-1", "sapporo")
    office.do(revoke("nurse-1", "nurse"))
    assert not office.accounts.may("nurse-1", "nurse", "t-1", "sapporo")
    office.do(grant("nurse-1", "nurse"))
    assert office.accounts.may("nurse-1", "nurse", "t-1", "sapporo")


def test_a_role_that_does_not_exist_is_not_granted() -> None:
    """A misspelt role would let in nobody, silently."""
    assert codes(staffed().ask(grant("nurse-1", "nurze"))) == ["shapes.unknown-word"]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_there_is_can_be_granted(role: str) -> None:
    """To somebody who has none yet."""
    office = opened()
    office.do(create("anna"))
    office.do(grant("anna", role, "*", "*"))
    assert office.accounts.may("anna", role, "any-trial", "any-site")


def test_the_last_administrator_stays() -> None:
    """Else nobody could ever let anybody in again; a second one sets the first free."""
    office = opened()
    last = ["ledger.last-administrator"]
    assert codes(office.ask(revoke("admin", "administrator", "*", "*"))) == last
    assert codes(office.ask(c.RetireAccount(account="admin"))) == last
    office.do(create("admin-2"))
    office.do(ADMIN_TOO)
    office.do(revoke("admin", "administrator", "*", "*"))
    assert codes(office.ask(c.RetireAccount(account="admin-2"), by="admin-2")) == last


def test_a_retired_account_takes_nothing_more() -> None:
    """No role, no password, no second end."""
    office = staffed()
    office.do(c.RetireAccount(account="nurse-1"))
    assert codes(office.ask(grant("nurse-1", "nurse"))) == SHUT
    assert codes(office.ask(c.RetireAccount(account="nurse-1"))) == SHUT
    assert codes(office.ask(c.ChangePassword(account="nurse-1"))) == SHUT
    assert codes(office.ask(c.UnlockAccount(account="nurse-1"))) == [*SHUT, "ledger.not-locked"]
    assert codes(office.try_to_sign_in("nurse-1")) == SHUT


# What may be asked of the accounts -------------------------------------------------------------------------


def test_roles_are_asked_for_a_trial_a_site_and_a_moment() -> None:
    """Each grant counts from its moment to its end, where it was granted."""
    office = staffed()
    granted = office.accounts.people["nurse-1"].grants[0].since
    revoked = office.now
    office.do(revoke("nurse-1", "nurse"))

    def roles(trial: str, site: str, at: datetime) -> frozenset[str]:
        return office.accounts.roles("nurse-1", trial, site, at)

    assert roles("t-1", "sapporo", granted) == {"nurse"}
    assert roles("t-1", "sapporo", granted - timedelta(seconds=1)) == frozenset()
    assert roles("t-1", "sapporo", revoked - timedelta(seconds=1)) == {"nurse"}
    assert roles("t-1", "sapporo", revoked) == frozenset()
    assert roles("t-1", "tokyo", granted) == roles("t-2", "sapporo", granted) == frozenset()
    assert roles("*", "*", granted) == frozenset()
    assert office.accounts.roles("ghost", "t-1", "sapporo", granted) == frozenset()


def test_what_is_granted_everywhere_holds_anywhere_and_not_the_other_way_round() -> None:
    """A star in a grant covers every trial or site; a star in a question asks for them all."""
    office = staffed()
    office.do(grant("doctor", "sponsor", "t-2", "*"))
    accounts = office.accounts
    assert accounts.may("doctor", "sponsor", "t-2", "tokyo")
    assert accounts.may("doctor", "sponsor", "t-2", "*")
    assert not accounts.may("doctor", "sponsor", "t-1", "tokyo")
    assert not accounts.may("doctor", "sponsor", "*", "tokyo")
    assert not accounts.may("doctor", "investigator", "t-1", "*")


def test_where_a_role_is_held_is_what_the_table_of_authority_asks() -> None:
    """Every site of the trial for which the role was granted, once."""
    office = staffed()
    office.do(grant("doctor", "investigator", "*", "sapporo"))
    office.do(grant("doctor", "investigator", "t-1", "tokyo"))
    office.do(grant("doctor", "investigator", "t-2", "osaka"))
    assert office.accounts.sites("doctor", "investigator", "t-1") == ("sapporo", "tokyo")
    assert office.accounts.sites("doctor", "nurse", "t-1") == ()
    assert office.accounts.sites("ghost", "nurse", "t-1") == ()
