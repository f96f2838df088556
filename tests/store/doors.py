"""A door with people who may come to it, at a clock of the tests' own. Synthetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from examples.twenty_people.script import OPENED, SITE
from tests.ledger.kept import NAME, open_trial, opened
from tests.store.ledgers import BOOK, put

from myelos.findings import Finding, Refused
from myelos.ledger import accounts
from myelos.ledger.accounts import commands as ac
from myelos.ledger.accounts.events import CATALOGUE as OF_ACCOUNTS
from myelos.ledger.reading import typed
from myelos.store.door import Door, Visitor
from myelos.store.identity import Proof
from myelos.store.keeper import Keeper
from myelos.store.trials import Done, Trials

ADMIN = "admin"
FIRST, OWN = "tall grey heron 41", "slow blue otter 97"
"""The password an account was made with, known to two people, and the one its holder gave it."""


@dataclass
class Clock:
    """A clock that goes only when it is told to."""

    now: datetime = OPENED

    def __call__(self) -> datetime:
        return self.now

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@dataclass
class Salts:
    """A salt that is another one each time, the same in each run."""

    number: int = 0

    def __call__(self) -> bytes:
        self.number += 1
        return sha256(f"{self.number}".encode()).digest()[:16]


@dataclass
class Office:
    """A door, its clock, and who was let in."""

    alias: str
    clock: Clock = field(default_factory=Clock)
    inside: dict[str, Visitor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.door = self.another()

    def another(self) -> Door:
        """Another door to the same database, as another process would have it."""
        return Door(Trials(Keeper(self.alias), clock=self.clock, salt=Salts()))

    @property
    def keeper(self) -> Keeper:
        return self.door.keeper

    def enter(self, account: str) -> Visitor:
        """Somebody's session, a new one when the last has ended."""
        known = self.inside.get(account)
        if known is None or self.clock.now - known.session.used_at > timedelta(minutes=15):
            self.inside[account] = known = self.door.sign_in(account, OWN)
        return known

    def person(self, account: str, *grants: tuple[str, str, str], own: bool = True) -> None:
        """An account with roles (role, trial, site), whose holder changed the password."""
        admin = self.enter(ADMIN)
        self.door.create_account(admin, account, f"Made Up {account}", FIRST)
        for role, trial, site in grants:
            self.grant(account, role, trial, site)
        if own:
            visitor = self.door.sign_in(account, FIRST)
            self.door.change_password(visitor, OWN, Proof(FIRST, account))
            self.inside[account] = visitor

    def grant(self, account: str, role: Any, trial: str = NAME, site: str = SITE) -> None:
        order = ac.GrantRole(account=account, role=role, trial=trial, site=site)
        self.door.administer(self.enter(ADMIN), order, "made up")

    def do(self, account: str, order: Any, role: str, site: str = SITE, **more: Any) -> Done:
        """Ask for something at the door, in a session of one's own; an id of its own unless one is given."""
        more.setdefault("at", self.clock.now)
        id_ = more.pop("id", None) or f"c-{self.keeper.head(NAME).seq + 1}"
        visitor = self.enter(account)
        return self.door.do(visitor, more.pop("trial", NAME), id_, order, role=role, site=site, **more)

    def kept(self) -> list[tuple[Any, Any]]:
        """Every event in the chain of accounts, each with its act's account."""
        rows = self.keeper.rows(accounts.CHAIN)
        return [(each.data, each.by) for each in (typed(row, OF_ACCOUNTS) for row in rows)]

    def last(self) -> Any:
        """The last event in the chain of accounts."""
        return self.kept()[-1][0]


def codes(found: tuple[Finding, ...] | pytest.ExceptionInfo[Refused]) -> list[str]:
    """The codes of findings or of a refusal, each told in both languages, and no password in any of it."""
    findings = found if isinstance(found, tuple) else found.value.findings
    text = "" if isinstance(found, tuple) else str(found.value)
    for each in findings:
        text += "".join(BOOK.tell(each, language) for language in ("en", "ja"))
    assert OWN not in text
    assert FIRST not in text
    return [each.code for each in findings]


def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 at a cost that lets tests be quick."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)


def office(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A record with an administrator, and nothing else."""
    cheap(monkeypatch)
    made = Office(alias)
    made.door.create_first_account(ADMIN, "Made Up Administrator", OWN)
    return made


def running(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The same, with a trial whose site is open, and people who work at that site."""
    made = office(alias, monkeypatch)
    put(made.keeper, opened())
    made.clock.now = open_trial().act.at + timedelta(days=30)
    for account, role, site in (
        ("coordinator", "coordinator", SITE), ("investigator", "investigator", SITE),
        ("nurse", "nurse", SITE), ("nurse-2", "nurse", SITE), ("monitor", "monitor", SITE),
        ("sponsor", "sponsor", "*"), ("data-manager", "data-manager", "*"),
    ):  # fmt: skip
        made.person(account, (role, NAME, site))
    return made
