"""Accounts through the door: made, given roles, shut, unlocked, their passwords changed. Synthetic."""

from __future__ import annotations

from typing import Any

import pytest
from tests.store.doors import ADMIN, FIRST, OWN, Office, cheap, codes, office

from myelos.findings import Finding, Refused, Severity
from myelos.ledger import accounts
from myelos.ledger.accounts import commands as ac
from myelos.ledger.accounts import events as ae
from myelos.ledger.events import CommandRefused
from myelos.store.identity import Proof

GRANT = ac.GrantRole(account="nurse", role="nurse", trial="t-1", site="sapporo")
REVOKE = ac.RevokeRole(account="nurse", role="nurse", trial="t-1", site="sapporo")


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    return office(alias, monkeypatch)


def refused(ask: Any) -> list[str]:
    with pytest.raises(Refused) as raised:
        ask()
    return codes(raised)


def administer(it: Office, order: Any, why: str = "a reason") -> tuple[Finding, ...]:
    return it.door.administer(it.enter(ADMIN), order, why)


# The first one ----------------------------------------------------------------------------------------------


def test_the_first_account_is_made_once(it: Office) -> None:
    """Afterwards only an administrator lets anybody in, and the attempt is kept."""
    assert it.door.accounts.administrators == (ADMIN,)
    for account in (ADMIN, "second"):
        said = refused(lambda: it.door.create_first_account(account, "Made Up Second", OWN))  # noqa: B023
        assert "ledger.not-the-first" in said
        assert isinstance(it.last(), CommandRefused)
    assert it.door.sign_in(ADMIN, OWN).account == ADMIN


def test_everything_wrong_with_a_first_account_is_told_at_once(
    alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code, the name and the password; and there is no account, no hash, and no entry then."""
    cheap(monkeypatch)
    it = Office(alias)
    said = refused(lambda: it.door.create_first_account("a b", "", "short"))
    assert {"shapes.wrong-form", "shapes.empty", "store.password-short"} <= set(said)
    assert refused(lambda: it.door.create_first_account(ADMIN, "Made Up", "\udcff" * 12)) == [
        "store.password-unreadable"
    ]
    assert it.keeper.head(accounts.CHAIN).seq == 0
    it.door.create_first_account(ADMIN, "Made Up Administrator", OWN)
    assert it.door.sign_in(ADMIN, OWN)


# In the log -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("AUD-04")
def test_aud_04_accounts_roles_and_access_appear_in_the_log(it: Office) -> None:
    """Who made, granted, took back, unlocked and shut what, why; who came; and the chain verifies."""
    it.person("nurse", own=False)
    administer(it, GRANT, "charter of the site")
    it.door.sign_in("nurse", FIRST)
    administer(it, REVOKE, "moved to another ward")
    for _ in range(5):
        refused(lambda: it.door.sign_in("nurse", OWN))
    administer(it, ac.UnlockAccount(account="nurse"), "called by telephone")
    administer(it, ac.RetireAccount(account="nurse"), "left")
    granted = {"account": "nurse", "role": "nurse", "trial": "t-1", "site": "sapporo"}
    kept = it.kept()
    assert [each for each, _ in kept if not isinstance(each, ae.SignInFailed)] == [
        ae.AccountCreated(account=ADMIN, printed_name="Made Up Administrator"),
        ae.RoleGranted(account=ADMIN, role="administrator", trial="*", site="*"),
        ae.SignedIn(account=ADMIN),
        ae.AccountCreated(account="nurse", printed_name="Made Up nurse"),
        ae.RoleGranted(**granted), ae.SignedIn(account="nurse"), ae.RoleRevoked(**granted),
        ae.LockedOut(account="nurse", until=it.clock.now + accounts.state.LOCKOUT),
        ae.Unlocked(account="nurse"), ae.AccountRetired(account="nurse"),
    ]  # fmt: skip
    assert {by for each, by in kept if isinstance(each, ae.RoleGranted | ae.RoleRevoked)} == {ADMIN}
    reasons = it.keeper.words(accounts.CHAIN).values()
    assert {"charter of the site", "moved to another ward", "called by telephone", "left"} <= set(reasons)
    assert list(it.door.verify(accounts.CHAIN, it.door.head(accounts.CHAIN))) == []


@pytest.mark.requirement("AUD-04")
def test_aud_04_a_refused_change_of_accounts_is_in_the_log(it: Office) -> None:
    """What the rules forbid an administrator is kept with its reasons; a wrong shape is told and not kept."""
    it.person("nurse", own=False)
    assert refused(lambda: administer(it, REVOKE, "")) == ["ledger.no-reason", "ledger.role-not-held"]
    assert it.last().codes == ("ledger.no-reason", "ledger.role-not-held")
    before = it.keeper.head(accounts.CHAIN)
    wrong: Any = {"account": "nurse", "role": "wizard", "trial": "", "site": "*"}
    assert set(refused(lambda: administer(it, ac.GrantRole(**wrong)))) >= {"shapes.unknown-word"}
    assert it.keeper.head(accounts.CHAIN) == before


@pytest.mark.requirement("SIG-04")
def test_sig_04_the_code_of_a_retired_account_is_nobodys_again(it: Office) -> None:
    """Not in other letters either; whoever had it is not let in, and the refusal changes no hash."""
    it.person("nurse")
    administer(it, ac.RetireAccount(account="nurse"), "left")
    for code in ("nurse", "Nurse"):
        said = refused(lambda: it.door.create_account(it.enter(ADMIN), code, "Made Up Other", FIRST))  # noqa: B023
        assert said == ["ledger.code-retired"]
    for password in (OWN, FIRST):
        assert refused(lambda: it.door.sign_in("nurse", password)) == ["store.not-signed-in"]  # noqa: B023


def test_a_second_account_of_one_name_is_asked_about(it: Office) -> None:
    """It is made, and whoever makes it is told: one person with two could verify their own work."""
    it.person("nurse", own=False)
    found = it.door.create_account(it.enter(ADMIN), "nurse-2", "Made Up nurse", FIRST)
    assert codes(found) == ["ledger.printed-name-known"]
    assert found[0].severity is Severity.WARNING


def test_everything_wrong_with_a_new_account_is_told_at_once(it: Office) -> None:
    """A code that is taken and a password that is weak; the account that has the code is as it was."""
    said = refused(lambda: it.door.create_account(it.enter(ADMIN), ADMIN, "Made Up", "short"))
    assert said == ["ledger.code-taken", "store.password-short"]
    assert it.door.sign_in(ADMIN, OWN)


# Passwords --------------------------------------------------------------------------------------------------


def test_whoever_changes_a_password_shows_the_one_there_was(it: Office) -> None:
    """A session left open is no proof; a weak one, or the same, leaves the old one."""
    it.person("nurse", own=False)
    visitor = it.door.sign_in("nurse", FIRST)
    for proof, password, expected in (
        (Proof(), OWN, ["store.to-sign-account", "store.to-sign-password"]),
        (Proof(OWN, "nurse"), OWN, ["store.not-signed-in"]),
        (Proof(FIRST, "nurse"), "short", ["store.password-short"]),
        (Proof(FIRST, "nurse"), FIRST, ["store.password-the-same"]),
    ):
        assert refused(lambda: it.door.change_password(visitor, password, proof)) == expected  # noqa: B023
    assert not it.door.accounts.people["nurse"].own_password
    it.door.change_password(visitor, OWN, Proof(FIRST, "nurse"))
    assert it.last() == ae.PasswordChanged(account="nurse")
    assert it.door.accounts.people["nurse"].own_password
    assert it.door.sign_in("nurse", OWN)
    assert refused(lambda: it.door.sign_in("nurse", FIRST)) == ["store.not-signed-in"]


def test_an_administrator_resets_a_password_with_a_reason(it: Office) -> None:
    """It is then known to two people, and the log says whose it was, by whom and why."""
    it.person("nurse")
    assert refused(lambda: it.door.reset_password(it.enter(ADMIN), "nurse", FIRST, "")) == [
        "ledger.no-reason"
    ]
    assert it.door.sign_in("nurse", OWN)
    it.door.reset_password(it.enter(ADMIN), "nurse", FIRST, "forgotten")
    assert it.kept()[-1] == (ae.PasswordChanged(account="nurse"), ADMIN)
    assert not it.door.accounts.people["nurse"].own_password
    assert it.door.sign_in("nurse", FIRST)


# Two doors --------------------------------------------------------------------------------------------------


def test_what_one_door_records_another_knows(it: Office) -> None:
    """A role given or taken elsewhere holds here at once, and so does a lockout."""
    it.person("nurse", own=False)
    other = it.another()
    visitor = other.sign_in("nurse", FIRST)
    assert refused(lambda: other.where(visitor, "t-1", "show")) == ["store.may-not-read"]
    administer(it, GRANT)
    assert other.where(visitor, "t-1", "show") == ("sapporo",)
    administer(it, REVOKE)
    assert refused(lambda: other.where(visitor, "t-1", "show")) == ["store.may-not-read"]
    for _ in range(5):
        refused(lambda: it.door.sign_in("nurse", OWN))
    assert refused(lambda: other.sign_in("nurse", FIRST)) == ["store.not-signed-in"]


def test_an_altered_chain_of_accounts_lets_nobody_in(it: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes past the door gives nobody a role."""
    from dataclasses import replace

    from myelos.store.keeper import Keeper

    it.person("nurse", own=False)
    administer(it, GRANT)
    rows = Keeper.rows

    def altered(keeper: Keeper, trial: str, after: int = 0) -> Any:
        for row in rows(keeper, trial, after):
            yield replace(row, text=row.text.replace('"nurse","site"', '"administrator","site"'))

    monkeypatch.setattr(Keeper, "rows", altered)
    assert refused(lambda: it.another().sign_in("nurse", FIRST)) == ["ledger.altered"]


def test_a_door_prints_nobody(it: Office) -> None:
    """Neither sessions nor hashes stand in what a debugger or a log would show of it."""
    it.enter(ADMIN)
    assert "Session" not in repr(it.door)
    assert "argon2" not in repr(it.door)
