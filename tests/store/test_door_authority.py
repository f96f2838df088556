"""Role x command x site at the door: every cell of the table asked in earnest, none a surprise. Synthetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from examples.twenty_people.script import OPENED, SITE
from tests.ledger.kept import NAME, opened
from tests.protocol.played import TRIAL, person
from tests.store.doors import ADMIN, FIRST, OWN, Office, codes, office
from tests.store.ledgers import put
from tests.store.test_authority import EVERYBODY_READS, MAY, OF_A_SITE, SIGNED

from myelos.findings import Refused
from myelos.ledger import COMMAND_CATALOGUE
from myelos.ledger import commands as lc
from myelos.ledger.accounts import commands as ac
from myelos.ledger.events import CommandRefused
from myelos.protocol.enrolment import Screen
from myelos.protocol.events import SiteOpened
from myelos.shapes import plain
from myelos.store import readings
from myelos.store.authority import READINGS, ROLES, table
from myelos.store.identity import Proof

ELSEWHERE, OTHER_TRIAL, NOWHERE = "tokyo", "trial-2", "trial-3"
HERE_PERSON, THERE_PERSON = person(1).person, person(2).person
ORDERS = {name: shape for (name, _), shape in COMMAND_CATALOGUE.classes.items()}
PROTOCOL = plain(TRIAL)
MADE: dict[str, Any] = {
    "ledger.keep-identity": lc.KeepIdentity(person=HERE_PERSON),
    "ledger.open-trial": lc.OpenTrial(protocol=PROTOCOL),
    "ledger.amend-protocol": lc.AmendProtocol(protocol=PROTOCOL),
    "ledger.erase-words": lc.EraseWords(references=("salted:" + "0" * 64,)),
}
"""Commands of which the door asks more than their name."""

AT_THE_DOOR = {
    "ledger.keep-identity": "store.no-identity", "ledger.erase-words": "store.no-such-words",
}  # fmt: skip
"""What it says to them where the table lets somebody ask."""
MAY_NOT = {"store.role-forbids", "store.sponsor-changes-nothing"}


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A trial of two sites with a person at each, and for every role somebody who holds it at one of them."""
    made = office(alias, monkeypatch)
    put(made.keeper, opened())
    made.clock.now = OPENED + timedelta(days=1)
    for role in ROLES:
        if role != "administrator":
            made.person(role, *((role, trial, SITE) for trial in (NAME, NOWHERE)))
    made.person("traveller", ("coordinator", NAME, ELSEWHERE))
    made.person("stranger")
    zone = SiteOpened(site=ELSEWHERE, zone="Asia/Tokyo")
    for account, site, order in (
        ("traveller", ELSEWHERE, zone),
        ("coordinator", SITE, Screen(person=HERE_PERSON, onset=OPENED)),
        ("traveller", ELSEWHERE, Screen(person=THERE_PERSON, onset=OPENED)),
    ):
        assert not made.do(account, order, "coordinator", site).refused
    return made


def holder(role: str) -> str:
    return ADMIN if role == "administrator" else role


def answer(ask: Callable[[], object]) -> str:
    """The first code of a refusal; empty where there is none."""
    try:
        ask()
    except Refused as refused:
        return refused.findings[0].code
    return ""


# Commands ---------------------------------------------------------------------------------------------------


def asked(role: str) -> Iterator[tuple[str, str, str, str]]:
    """Who asks, of which trial, at which site: the holder at their own site, at another, in a trial they are
    not of; and somebody who holds nothing. The trial they ask of is not there: whoever passes learns that."""
    yield "own", holder(role), NOWHERE, SITE
    yield "elsewhere", holder(role), NOWHERE, ELSEWHERE
    yield "another trial", holder(role), OTHER_TRIAL, SITE
    yield "held by nobody", "stranger", NOWHERE, SITE


def as_ruled(role: str, command: str, how: str) -> set[str]:
    """What the door has to say, from the rules as they are written down a second time."""
    if how == "held by nobody" or (how == "another trial" and role != "administrator"):
        return {"store.role-not-held"}
    if command not in MAY[role].split():
        return MAY_NOT
    if how == "elsewhere" and role in OF_A_SITE:
        return {"store.other-site"}
    if command in AT_THE_DOOR:
        return {AT_THE_DOOR[command]}
    if command in SIGNED:
        return {"store.to-sign-account", "store.to-sign-password"}
    return {"store.no-such-trial"}


def surprises(it: Office, cells: Iterable[tuple[str, str]], counted: Counter[str]) -> list[tuple[str, ...]]:
    """Where the door does not say what is ruled of a command and a role; all it says is counted."""
    found = []
    for name, role in cells:
        order = MADE.get(name) or object.__new__(ORDERS[name])
        for how, account, trial, site in asked(role):
            said = answer(lambda: it.do(account, order, role, site, trial=trial, id="c"))  # noqa: B023
            counted[said] += 1
            if said not in as_ruled(role, name, how):
                found.append((role, name, how, said))
    return found


@pytest.mark.requirement("ACC-01")
def test_acc_01_some_commands_by_every_role_and_every_command_by_some_role(it: Office) -> None:
    """Every command by about three roles of the table below: a door without its table is seen at once."""
    roles = sorted(ROLES)
    cells = [(name, roles[n % len(roles)]) for n, name in enumerate([*ORDERS, *ORDERS, *sorted(ORDERS)])]
    assert {role for _, role in cells} == set(ROLES)
    assert surprises(it, cells, Counter()) == []


@pytest.mark.slow
@pytest.mark.requirement("ACC-01")
def test_acc_01_every_command_by_every_role_at_every_site_through_the_door(it: Office) -> None:
    """Allowed, signed without proof, another site, another trial, another role, no role: no surprise."""
    counted = Counter[str]()
    assert surprises(it, product(ORDERS, ROLES), counted) == []
    assert counted.total() == len(ORDERS) * len(ROLES) * 4
    kept = [each.codes[0] for each, _ in it.kept() if isinstance(each, CommandRefused)]
    passed = {"store.to-sign-account", "store.to-sign-password", "store.no-such-trial"}
    passed |= set(AT_THE_DOOR.values())
    assert len(kept) == counted.total() - sum(counted[each] for each in passed)
    assert it.keeper.head(NOWHERE).seq == 0


@pytest.mark.requirement("SIG-03")
def test_sig_03_every_signed_command_goes_on_with_a_proof_and_never_without(it: Office) -> None:
    """By everybody the table lets sign it; with the password of another it is as without."""
    for name in sorted(SIGNED - {"ledger.open-trial"} - set(AT_THE_DOOR)):
        order = MADE.get(name) or object.__new__(ORDERS[name])
        for role in (each for each in ROLES if name in MAY[each].split()):
            more: Any = {"trial": NOWHERE, "id": "c"}
            wrong, right = Proof(FIRST, role), Proof(OWN, role)
            assert answer(lambda: it.do(role, order, role, proof=wrong, **more)) == "store.not-signed-in"  # noqa: B023
            assert answer(lambda: it.do(role, order, role, proof=right, **more)) == "store.no-such-trial"  # noqa: B023
            it.clock.later(16)


# Accounts ---------------------------------------------------------------------------------------------------


def changes(it: Office, account: str) -> dict[str, Callable[[], object]]:
    """Every command about accounts, about somebody who is there, as one account would ask for it."""
    visitor, door = it.enter(account), it.door
    where: Any = {"account": "stranger", "role": "nurse", "trial": "t", "site": "s"}
    return {
        "ledger.create-account": lambda: door.create_account(visitor, "newcomer", "Made Up Newcomer", FIRST),
        "ledger.grant-role": lambda: door.administer(visitor, ac.GrantRole(**where), "made up"),
        "ledger.revoke-role": lambda: door.administer(visitor, ac.RevokeRole(**where), "made up"),
        "ledger.unlock-account": lambda: door.reset_password(visitor, "stranger", FIRST, "made up"),
        "ledger.retire-account": lambda: door.administer(
            visitor, ac.RetireAccount(account="stranger"), "gone"
        ),
    }


@pytest.mark.requirement("ACC-01")
def test_acc_01_every_change_of_accounts_by_every_role_through_the_door(it: Office) -> None:
    """Only an administrator changes accounts; all others learn nothing about them, not even who has one."""
    assert set(changes(it, ADMIN)) | {"ledger.unlock-account"} == set(table()) - set(ORDERS) - set(READINGS)
    for role in (each for each in ROLES if each != "administrator"):
        for ask in changes(it, role).values():
            assert answer(ask) == "store.role-not-held"
        unknown = ac.UnlockAccount(account="ghost")
        assert answer(lambda: it.door.administer(it.enter(role), unknown, "")) == "store.role-not-held"  # noqa: B023
    assert [answer(ask) for ask in changes(it, ADMIN).values()] == [""] * 5


def test_what_needs_more_than_a_reason_is_not_administered(it: Office) -> None:
    """An account without a password, a sign-in, a password that did not change: faults of the caller."""
    for order in (
        ac.CreateAccount(account="newcomer", printed_name="Made Up"), ac.SignIn(), Screen,
        ac.ChangePassword(account=ADMIN), ac.CreateFirstAccount(account="newcomer", printed_name="Made Up"),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            it.door.administer(it.enter(ADMIN), order, "made up")


# Readings ---------------------------------------------------------------------------------------------------


def reading(it: Office, account: str, name: str, folder: Path) -> Any:
    """Read in one way, and whose people came with it; None where it is not about people."""
    visitor, door = it.enter(account), it.door
    match name:
        case "show":
            return readings.show(door, visitor, NAME).people
        case "timeline":
            own = readings.timeline(door, visitor, NAME, HERE_PERSON)
            others = answer(lambda: readings.timeline(door, visitor, NAME, THERE_PERSON))
            assert {line.said["person"] for line in own} == {HERE_PERSON}
            return (HERE_PERSON,) if others == "store.nobody-of-yours" else (HERE_PERSON, THERE_PERSON)
        case "export":
            frames = readings.tidy_rows(door, visitor, NAME)
            people = set(frames["entries"]["person"].drop_nulls())
            assert people == set(frames["people"]["person"])
            return tuple(sorted(people))
        case "audit":
            readings.audited(door, visitor, NAME)
        case "certificate":
            with pytest.raises(Refused) as raised:
                readings.certified(door, visitor, NAME, "CMADE126000999X")
            if raised.value.findings[0].code == "store.may-not-read":
                raise raised.value
        case "backup":
            readings.backed_up(door, visitor, NAME, folder / f"{account}.zip")
        case "accounts":
            assert len(readings.listed_accounts(door, visitor)) >= len(ROLES)
        case _:
            raise ValueError(name)
    return None


@pytest.mark.requirement("ACC-01")
def test_acc_01_every_reading_by_every_role_through_the_door(it: Office, tmp_path: Path) -> None:
    """Whoever may read sees the people of their own sites, or all; whoever may not is told and kept."""
    it.grant("auditor", "auditor", "*", "*")  # the accounts are of no trial
    for name in (each for each in READINGS if each not in EVERYBODY_READS):
        for role in ROLES:
            asks = lambda: reading(it, holder(role), name, tmp_path)  # noqa: B023, E731
            if name in MAY[role].split():
                people = asks()
                assert people in (None, (HERE_PERSON,) if role in OF_A_SITE else (HERE_PERSON, THERE_PERSON))
            else:
                assert answer(asks) == "store.may-not-read"
                assert it.kept()[-1] == (it.last(), holder(role))
                assert it.last().codes == ("store.may-not-read",)


def test_whoever_reads_at_one_site_is_told_nothing_of_another(it: Office) -> None:
    """Neither rows, nor what the audit says, nor whether a bag or a person is there."""
    for _ in range(2):  # refused, and so something the audit tells
        it.do("traveller", Screen(person=THERE_PERSON, onset=OPENED), "coordinator", ELSEWHERE, id="again")
    late = OPENED + timedelta(hours=1)
    it.clock.now = OPENED + timedelta(days=40)
    it.do("traveller", Screen(person=person(3).person, onset=OPENED), "coordinator", ELSEWHERE, at=late)
    visitor = it.enter("monitor")
    entries = readings.tidy_rows(it.door, visitor, NAME)["entries"]
    assert ELSEWHERE not in set(entries["site"])
    assert set(entries["by"]).isdisjoint({"traveller"})
    found = readings.audited(it.door, visitor, NAME)
    assert not any("traveller" in str(each.params) for each in found)
    mine = {each.said["seq"] for each in readings.timeline(it.door, visitor, NAME, HERE_PERSON)}
    numbers = set(entries["number"])
    assert {each.place.row for each in found} - {None} <= numbers
    assert mine <= numbers
    every = readings.audited(it.door, it.enter("data-manager"), NAME)
    assert any(each.code == "ledger.told-late" and each.place.row not in numbers for each in every)
    assert any("traveller" in str(each.params) for each in every)
    with pytest.raises(Refused) as raised:
        readings.timeline(it.door, visitor, NAME, "PMADE1260009999")
    unknown = codes(raised)
    with pytest.raises(Refused) as raised:
        readings.timeline(it.door, visitor, NAME, THERE_PERSON)
    assert codes(raised) == unknown == ["store.nobody-of-yours"]


def test_whoever_holds_the_database_may_verify_it(it: Office) -> None:
    """Without an account: that it is whole, and its head, which tell nothing of what is in it."""
    door = it.another()
    assert list(door.verify(NAME)) == list(door.verify("accounts")) == []
    assert door.tree_head(NAME).digest == door.head(NAME).digest
    for ask in (lambda: list(door.verify(NOWHERE)), lambda: door.tree_head(NOWHERE)):
        with pytest.raises(Refused) as raised:
            ask()
        assert codes(raised) == ["store.no-such-trial"]
    assert OWN not in str(door)
