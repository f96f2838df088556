"""The accounts as their chain has them: a fold, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from immutables import Map

from myelos.acts import Act
from myelos.ledger.accounts import events as e
from myelos.ledger.accounts.commands import ADMINISTRATOR, CHAIN, EVERYWHERE
from myelos.ledger.canonical import GENESIS
from myelos.ledger.entry import Head, Row
from myelos.ledger.events import CommandRefused
from myelos.ledger.reading import NEVER_DECIDED, NO_WORDS, Chain, cannot_follow, follow

FAILURES = 5
"""So many failures within :data:`WINDOW` lock an account. 21 CFR 11.300(d) asks for safeguards; the numbers
are ours."""

WINDOW = timedelta(minutes=15)
LOCKOUT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a trial and at a site (``*``: every one), held from ``since`` until before ``until``."""

    role: str
    trial: str
    site: str
    since: datetime
    until: datetime | None = None

    def covers(self, trial: str, site: str) -> bool:
        """Whether it is for this trial and this site; ``*`` asks for every one."""
        return self.trial in (EVERYWHERE, trial) and self.site in (EVERYWHERE, site)

    def held(self, at: datetime) -> bool:
        """Whether it was held at an instant."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account. ``grants``: all there ever were. ``failures``: when somebody failed to sign in
    since it last went well. ``own_password``: nobody but its holder set the password that holds now."""

    code: str
    printed_name: str
    created_at: datetime
    own_password: bool
    retired_at: datetime | None = None
    grants: tuple[Grant, ...] = ()
    failures: tuple[datetime, ...] = ()
    locked_until: datetime | None = None

    @property
    def retired(self) -> bool:
        return self.retired_at is not None

    @property
    def open_grants(self) -> tuple[Grant, ...]:
        """What is granted and was not revoked."""
        return tuple(each for each in self.grants if each.until is None)

    def locked(self, at: datetime) -> bool:
        """Whether a lockout is in force at an instant."""
        return self.locked_until is not None and at < self.locked_until

    def recent_failures(self, at: datetime) -> int:
        """How many failures count at an instant."""
        return sum(at - each <= WINDOW for each in self.failures)


@dataclass(frozen=True, slots=True)
class Accounts:
    """All accounts after entry ``seq`` of their chain, whose digest is ``digest``.

    ``names``: the codes by their small letters, since two codes that differ in nothing else would be
    taken for one another.
    """

    seq: int = 0
    digest: str = GENESIS
    recorded_at: datetime | None = None
    people: Map[str, Account] = field(default_factory=Map)
    names: Map[str, str] = field(default_factory=Map)

    @property
    def head(self) -> Head:
        return Head(CHAIN, self.seq, self.digest)

    @property
    def administrators(self) -> tuple[str, ...]:
        """The accounts that are administrators now."""
        return tuple(sorted(code for code in self.people if self.is_administrator(code)))

    def is_administrator(self, account: str) -> bool:
        return self.may(account, ADMINISTRATOR, EVERYWHERE, EVERYWHERE)

    def roles(self, account: str, trial: str, site: str, at: datetime) -> frozenset[str]:
        """The roles an account held in a trial and at a site (``*``: at every one) at an instant."""
        known = self.people.get(account)
        grants = () if known is None else known.grants
        return frozenset(each.role for each in grants if each.covers(trial, site) and each.held(at))

    def may(self, account: str, role: str, trial: str, site: str) -> bool:
        """Whether an account holds a role now; a retired one holds none."""
        return any(each.role == role and each.covers(trial, site) for each in self._open(account))

    def sites(self, account: str, role: str, trial: str) -> tuple[str, ...]:
        """Where an account holds a role of a trial now; ``*``: everywhere."""
        held = (each for each in self._open(account) if each.role == role and each.trial in ("*", trial))
        return tuple(sorted({each.site for each in held}))

    def locked(self, account: str, at: datetime) -> bool:
        """Whether nobody can sign in to an account at an instant, after too many failures."""
        known = self.people.get(account)
        return known is not None and known.locked(at)

    def _open(self, account: str) -> tuple[Grant, ...]:
        known = self.people.get(account)
        return () if known is None else known.open_grants


def evolve(accounts: Accounts, event: Any, act: Act) -> Accounts:
    """The accounts after one event; head and time are the caller's. Raises LookupError for an event about an
    account that is not there, TypeError for one that is not of this chain."""
    fold = _FOLDS.get(type(event))
    if fold is None:
        raise TypeError(f"{type(event).__name__} is no event of accounts")
    if getattr(event, "account", None) is None:
        return accounts
    if isinstance(event, e.AccountCreated):
        return _created(accounts, event, act)
    made = fold(accounts.people[event.account], event, act)
    return replace(accounts, people=accounts.people.set(event.account, made))


def fold_accounts(accounts: Accounts, rows: Iterable[Row], words: Mapping[str, str] = NO_WORDS) -> Accounts:
    """The accounts after more rows of their chain, in order; see :func:`myelos.ledger.fold`.

    Raises :class:`~myelos.findings.Refused` at the first row that was altered, does not follow, or that this
    software does not know how to read.
    """
    seq, digest, recorded = accounts.seq, accounts.digest, accounts.recorded_at
    for row, entry, act in follow(Chain(accounts.head, e.CATALOGUE, words), rows):
        seq, digest, recorded = row.seq, row.digest, entry.recorded_at
        try:
            accounts = evolve(accounts, entry.data, act)
        except NEVER_DECIDED as error:
            raise cannot_follow(row, error) from error
    return replace(accounts, seq=seq, digest=digest, recorded_at=recorded)


# Events -----------------------------------------------------------------------------------------------------


def _created(accounts: Accounts, event: e.AccountCreated, act: Act) -> Accounts:
    code = event.account
    if code.lower() in accounts.names:
        raise ValueError(f"{code} is an account already")
    made = Account(code, event.printed_name, act.at, own_password=act.by == code)
    return replace(
        accounts, people=accounts.people.set(code, made), names=accounts.names.set(code.lower(), code)
    )


def _granted(account: Account, event: e.RoleGranted, act: Act) -> Account:
    grant = Grant(event.role, event.trial, event.site, act.at)
    return replace(account, grants=(*account.grants, grant))


def _revoked(account: Account, event: e.RoleRevoked, act: Act) -> Account:
    named = (event.role, event.trial, event.site)
    return replace(account, grants=tuple(_ended(account.grants, act.at, named)))


def _retired(account: Account, event: e.AccountRetired, act: Act) -> Account:
    grants = tuple(_ended(account.grants, act.at))
    return replace(account, retired_at=act.at, grants=grants, failures=(), locked_until=None)


def _ended(
    grants: Iterable[Grant], at: datetime, named: tuple[str, str, str] | None = None
) -> Iterator[Grant]:
    for each in grants:
        ends = each.until is None and named in (None, (each.role, each.trial, each.site))
        yield replace(each, until=at) if ends else each


def _password(account: Account, event: e.PasswordChanged, act: Act) -> Account:
    return replace(account, own_password=act.by == account.code)


def _signed_in(account: Account, event: e.SignedIn, act: Act) -> Account:
    return replace(account, failures=(), locked_until=None) if account.failures else account


def _failed(account: Account, event: e.SignInFailed, act: Act) -> Account:
    return replace(account, failures=(*account.failures, act.at)[-FAILURES:])


def _locked_out(account: Account, event: e.LockedOut, act: Act) -> Account:
    return replace(account, locked_until=event.until, failures=())


def _unlocked(account: Account, event: e.Unlocked, act: Act) -> Account:
    return replace(account, locked_until=None, failures=())


def _nothing(account: Account, event: Any, act: Act) -> Account:
    return account


_FOLDS: Mapping[type, Callable[[Account, Any, Act], Account]] = {
    e.AccountCreated: _nothing,  # see _created: there is no account yet
    e.RoleGranted: _granted,
    e.RoleRevoked: _revoked,
    e.AccountRetired: _retired,
    e.PasswordChanged: _password,
    e.SignedIn: _signed_in,
    e.SignInFailed: _failed,
    e.LockedOut: _locked_out,
    e.Unlocked: _unlocked,
    CommandRefused: _nothing,
}
