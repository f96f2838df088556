"""Accounts as an office would make them, for a test to bend. Synthetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from myelos.acts import Act, Decision
from myelos.findings import Phrasebook, Severity
from myelos.ledger import Asked, Row
from myelos.ledger.accounts import (
    CHAIN,
    Accounts,
    by_nobody,
    by_oneself,
    decide_account,
    record_accounts,
)
from myelos.ledger.accounts import commands as c

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
WORDS = Phrasebook("myelos", "myelos.ledger")
SHUT = ["ledger.account-shut"]


@dataclass
class Office:
    """The accounts as they come to be; a minute passes from one command to the next."""

    accounts: Accounts = field(default_factory=Accounts)
    rows: tuple[Row, ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    now: datetime = START

    def ask(self, order: Any, by: str = "admin", why: str = "a reason", role: str = "") -> Decision:
        """Decide, and record nothing."""
        act = Act(by=by, at=self.now, role=role or "administrator", site=CHAIN, why=why)
        return self._told(decide_account(self.accounts, order, act))

    def do(self, order: Any, by: str = "admin", why: str = "a reason") -> Decision:
        """Decide and record; nothing may forbid it."""
        decision = self.ask(order, by, why)
        assert codes(decision) == []
        act = Act(by=by, at=self.now, role="administrator", site=CHAIN, why=why)
        self.keep(order.NAME, decision.events, act)
        return decision

    def try_to_sign_in(self, account: str, fits: bool = True, signing: bool = False) -> Decision:
        """What a door does: the password fits or not; then it asks the rules."""
        order, act = c.SignIn(), by_oneself(account, self.now)
        if not fits:
            order, act = c.FailSignIn(typed=account, signing=signing), by_nobody(self.now)
        decision = self._told(decide_account(self.accounts, order, act))
        self.keep(order.NAME, decision.events, act)
        return decision

    def keep(self, kind: str, events: Any, act: Act) -> None:
        """Record these events, whatever the rules say."""
        asked = Asked(f"c-{len(self.rows)}", kind, act, self.now)
        made = record_accounts(self.accounts, asked, list(events), self.salt)
        self.accounts, self.rows = made.accounts, (*self.rows, *made.rows)
        self.words |= {each.reference: each.text for each in made.words}
        self.now += timedelta(minutes=1)

    def salt(self) -> bytes:
        return sha256(f"{len(self.rows)}/{len(self.words)}".encode()).digest()[:16]

    def later(self, minutes: float) -> Office:
        self.now += timedelta(minutes=minutes)
        return self

    def _told(self, decision: Decision) -> Decision:
        for each in decision.findings:
            assert all(WORDS.tell(each, language) for language in ("en", "ja"))
        assert not decision.forbidden or decision.events == ()
        return decision


def codes(decision: Decision, *, all_: bool = False) -> list[str]:
    return [each.code for each in decision.findings if all_ or each.severity is Severity.ERROR]


def create(account: str, name: str = "Made Up") -> c.CreateAccount:
    return c.CreateAccount(account=account, printed_name=f"{name} ({account})")


def grant(account: str, role: Any, trial: str = "t-1", site: str = "sapporo") -> c.GrantRole:
    return c.GrantRole(account=account, role=role, trial=trial, site=site)


def revoke(account: str, role: Any, trial: str = "t-1", site: str = "sapporo") -> c.RevokeRole:
    return c.RevokeRole(account=account, role=role, trial=trial, site=site)


ADMIN_TOO = grant("admin-2", "administrator", "*", "*")


def empty() -> Office:
    return Office()


def opened() -> Office:
    """One administrator."""
    office = empty()
    office.do(c.CreateFirstAccount(account="admin", printed_name="Made Up"))
    return office


def staffed() -> Office:
    """An administrator, and a nurse and an investigator of one site."""
    office = opened()
    for account, role in (("nurse-1", "nurse"), ("doctor", "investigator")):
        office.do(create(account))
        office.do(grant(account, role))
    return office


def failing(office: Office, times: int, apart: float = 1) -> None:
    for _ in range(times):
        office.try_to_sign_in("nurse-1", fits=False)
        office.later(apart - 1)
