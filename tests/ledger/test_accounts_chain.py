"""The chain of accounts: everything is in it, and it is held to what every chain is. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.office import START, Office, create, failing, grant, opened, revoke, staffed

from myelos.acts import Act
from myelos.findings import Refused
from myelos.ledger import Row, Snapshot, fold, verify
from myelos.ledger.accounts import (
    CHAIN,
    COMMANDS,
    EVENTS,
    Accounts,
    by_oneself,
    decide_account,
    evolve,
    fold_accounts,
)
from myelos.ledger.accounts import commands as c
from myelos.ledger.accounts import events as e
from myelos.ledger.entry import Heading, seal
from myelos.ledger.events import CommandRefused
from myelos.shapes import Catalogue, plain

# The chain -------------------------------------------------------------------------------------------------


def lived() -> Office:
    """Something of everything happened."""
    office = staffed()
    office.do(revoke("nurse-1", "nurse"))
    office.do(c.ChangePassword(account="doctor"), by="doctor", why="")
    failing(office, 5)
    office.do(c.UnlockAccount(account="nurse-1"))
    office.try_to_sign_in("doctor")
    office.try_to_sign_in("ghost", fits=False)
    office.do(c.RetireAccount(account="nurse-1"))
    act = Act(by="doctor", at=office.now, role="investigator", site=CHAIN)
    refused = CommandRefused(codes=("ledger.not-administrator",), said="no", person=None)
    office.keep("ledger.grant-role", [refused], act)
    return office


LIVED = lived()


@pytest.mark.requirement("AUD-04")
def test_aud_04_accounts_roles_passwords_and_access_are_entries() -> None:
    """Each kind of change is in the chain, with who, when and why: ICH E6(R3) 4.2.2."""
    assert {row.event for row in LIVED.rows} == {each.NAME for each in EVENTS}  # type: ignore[attr-defined]
    (revoked,) = (row.plain for row in LIVED.rows if row.event == "ledger.role-revoked")
    assert (revoked["by"], revoked["role"], revoked["trial"]) == ("admin", "administrator", CHAIN)
    assert revoked["data"] == {"account": "nurse-1", "role": "nurse", "trial": "t-1", "site": "sapporo"}
    assert LIVED.words[revoked["why"]] == "a reason"
    assert list(verify((row.columns for row in LIVED.rows), CHAIN, LIVED.accounts.head)) == []


@given(st.lists(st.integers(0, len(LIVED.rows)), max_size=4))
def test_the_chain_folds_to_what_was_recorded_in_any_parts(cuts: list[int]) -> None:
    """What was read and what was recorded are the same, at every cut."""
    accounts = Accounts()
    for start, end in pairwise([0, *sorted(cuts), len(LIVED.rows)]):
        accounts = fold_accounts(accounts, LIVED.rows[start:end], LIVED.words)
    assert accounts == LIVED.accounts


def refused(rows: Any) -> list[tuple[str, int | None]]:
    with pytest.raises(Refused) as raised:
        fold_accounts(Accounts(), rows)
    return [(each.code.removeprefix("ledger."), each.place.row) for each in raised.value.findings]


def test_an_altered_a_missing_and_a_foreign_entry_are_refused() -> None:
    """The chain of accounts is held to what every chain is held to."""
    rows = list(LIVED.rows)
    altered = replace(rows[3], text=rows[3].text.replace("nurse-1", "nurse-2"))
    assert refused([*rows[:3], altered]) == [("altered", 4)]
    assert refused([*rows[:3], *rows[4:]]) == [("does-not-follow", 5)]
    with pytest.raises(Refused) as raised:
        fold(Snapshot(CHAIN), rows)
    assert [each.code for each in raised.value.findings] == ["ledger.unknown-event"]


def forged(event: Any, trial: str = CHAIN) -> Row:
    """An entry after the last one, written past the rules."""
    data = {"name": event.NAME, "version": event.VERSION, "data": plain(event)}
    heading = Heading(
        trial=trial, command="c", kind="k", at=START, recorded_at=START, by="admin", role="administrator",
        site=CHAIN, why="", person="", editions={}, software="0",
    )  # fmt: skip
    return seal(heading, data, replace(LIVED.accounts.head, trial=trial))


@pytest.mark.parametrize(
    "event",
    [e.RoleGranted(account="ghost", role="nurse", trial="*", site="*"), LIVED.ask(create("x1")).events[0]],
    ids=["granted to nobody", "of another chain"],
)
def test_an_entry_that_no_rule_let_through_is_refused(event: Any) -> None:
    """A grant to an account that is not there, or an entry of another chain: told at its row."""
    last = forged(event, CHAIN if isinstance(event, e.RoleGranted) else "t-1")
    code = "cannot-follow" if isinstance(event, e.RoleGranted) else "other-trial"
    assert refused([*LIVED.rows, last]) == [(code, len(LIVED.rows) + 1)]


def test_a_code_given_a_second_time_past_the_rules_is_refused() -> None:
    """Even by somebody who writes to the database."""
    again = forged(e.AccountCreated(account="NURSE-1", printed_name="Another"))
    assert refused([*LIVED.rows, again]) == [("cannot-follow", len(LIVED.rows) + 1)]


def test_what_is_no_command_or_event_of_accounts_is_a_fault_of_ours() -> None:
    """Neither is guessed at."""
    act = by_oneself("admin", START)
    with pytest.raises(TypeError):
        decide_account(Accounts(), e.Unlocked(account="admin"), act)
    with pytest.raises(TypeError):
        evolve(Accounts(), act, act)


def test_every_command_and_event_is_read_back_from_its_plain_data() -> None:
    """What goes into a chain comes out of it."""
    assert len(Catalogue(COMMANDS).classes) == len(COMMANDS)
    for row in LIVED.rows:
        assert (row.event, row.version) in e.CATALOGUE.classes


# Whatever is asked -----------------------------------------------------------------------------------------

PEOPLE = st.sampled_from(["admin", "anna", "Anna", "bert", "ghost", "nobody"])
ORDERS = st.one_of(
    st.builds(c.CreateFirstAccount, account=PEOPLE, printed_name=st.just("Made Up")),
    st.builds(create, PEOPLE),
    st.builds(
        grant, PEOPLE, st.sampled_from(["administrator", "nurse", "monitor"]), st.just("*"), st.just("*")
    ),
    st.builds(revoke, PEOPLE, st.sampled_from(["administrator", "nurse"]), st.just("*"), st.just("*")),
    st.builds(c.RetireAccount, account=PEOPLE),
    st.builds(c.UnlockAccount, account=PEOPLE),
    st.builds(c.ChangePassword, account=PEOPLE),
    st.builds(c.SignIn),
    st.builds(c.FailSignIn, typed=PEOPLE),
)


@given(st.lists(st.tuples(ORDERS, PEOPLE), max_size=40))
def test_whatever_is_asked_the_accounts_stay_in_order(asked: list[tuple[Any, str]]) -> None:
    """There is always an administrator, who is nothing else; no code has two accounts; no retired account has
    a role; whoever was granted one was granted it by another; reading gives what recording gave."""
    office = opened()
    for order, by in asked:
        decision = office.ask(order, by=by)
        for event in decision.events:
            assert not (isinstance(event, e.RoleGranted) and event.account == by)
        act = Act(by=by, at=office.now, role="administrator", site=CHAIN, why="a reason")
        office.keep(order.NAME, decision.events, act)
        people = office.accounts.people
        assert office.accounts.administrators
        assert len({code.lower() for code in people}) == len(people) == len(office.accounts.names)
        for known in people.values():
            roles = {each.role for each in known.open_grants}
            assert roles == {"administrator"} or "administrator" not in roles
            assert not (known.retired and roles)
    assert fold_accounts(Accounts(), office.rows, office.words) == office.accounts
