"""What follows from a command about accounts: its events, or every finding that forbids it.

Whoever lets people in takes no part in a trial, gives nothing to themselves, and says why; there is always
somebody left who can let people in; the code of an account stands for one person for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from myelos.acts import Act, Decision
from myelos.findings import Finding, Param, Place, Severity
from myelos.ledger.accounts import commands as c
from myelos.ledger.accounts import events as e
from myelos.ledger.accounts.commands import ADMINISTRATOR, EVERYWHERE, NOBODY
from myelos.ledger.accounts.state import FAILURES, LOCKOUT, Accounts
from myelos.shapes import faults


def decide_account(accounts: Accounts, order: Any, act: Act) -> Decision:
    """The events of a command about accounts, or every finding that forbids it.

    Raises TypeError for what is no command about accounts.
    """
    answer = _ANSWERS.get(type(order))
    if answer is None:
        raise TypeError(f"{type(order).__name__} is no command about accounts")
    wrong = [*faults(act), *faults(order)]
    if wrong:
        return Decision.of((), wrong)
    found: list[Finding] = []
    if isinstance(order, c.ADMINISTRATORS):
        found += _administrator(accounts, act)
    decision = answer(accounts, order, act)
    return Decision.of(decision.events, [*found, *decision.findings])


# Accounts ---------------------------------------------------------------------------------------------------


def _create_first(accounts: Accounts, order: c.CreateFirstAccount, act: Act) -> Decision:
    found = list(_new(accounts, order))
    if accounts.people:
        found.append(_told("not-the-first", "account", count=len(accounts.people)))
    if act.by != order.account:
        found.append(_told("first-for-another", "by", by=act.by, account=order.account))
    everywhere = {"trial": EVERYWHERE, "site": EVERYWHERE}
    granted = e.RoleGranted(account=order.account, role=ADMINISTRATOR, **everywhere)
    return Decision.of([_account_created(order), granted], found)


def _create(accounts: Accounts, order: c.CreateAccount, act: Act) -> Decision:
    return Decision.of([_account_created(order)], _new(accounts, order))


def _account_created(order: c.CreateAccount | c.CreateFirstAccount) -> e.AccountCreated:
    return e.AccountCreated(account=order.account, printed_name=order.printed_name.strip())


def _new(accounts: Accounts, order: c.CreateAccount | c.CreateFirstAccount) -> Iterator[Finding]:
    """The code was never anybody's; the name is one. A name that is known is asked about: one person with two
    accounts could verify their own work."""
    known = accounts.names.get(order.account.lower())
    if known is not None and accounts.people[known].retired:
        yield _told("code-retired", "account", account=known)
    elif known is not None:
        yield _told("code-taken", "account", account=known)
    if order.account.lower() == NOBODY:
        yield _told("code-reserved", "account", account=order.account)
    name = order.printed_name.strip()
    if not name:
        yield _told("no-printed-name", "printed_name")
    same = (each.code for each in accounts.people.values() if each.printed_name == name and not each.retired)
    for code in sorted(same):
        yield _told("printed-name-known", "printed_name", Severity.WARNING, account=code, name=name)


def _retire(accounts: Accounts, order: c.RetireAccount, act: Act) -> Decision:
    found = [*_reason(act), *_known(accounts, order.account), *_last(accounts, order.account)]
    return Decision.of([e.AccountRetired(account=order.account)], found)


# Roles ------------------------------------------------------------------------------------------------------


def _grant(accounts: Accounts, order: c.GrantRole, act: Act) -> Decision:
    found = [*_reason(act), *_known(accounts, order.account)]
    if order.account == act.by:
        found.append(_told("grants-to-oneself", "account", by=act.by))
    if order.role == ADMINISTRATOR and (order.trial, order.site) != (EVERYWHERE, EVERYWHERE):
        found.append(_told("administrator-everywhere", "role", trial=order.trial, site=order.site))
    if _holds(accounts, order):
        where = {"trial": order.trial, "site": order.site}
        found.append(_told("role-held", "role", account=order.account, role=order.role, **where))
    found += _apart(accounts, order)
    granted = e.RoleGranted(account=order.account, role=order.role, trial=order.trial, site=order.site)
    return Decision.of([granted], found)


def _revoke(accounts: Accounts, order: c.RevokeRole, act: Act) -> Decision:
    found = [*_reason(act), *_known(accounts, order.account)]
    if not _holds(accounts, order):
        where = {"trial": order.trial, "site": order.site}
        found.append(_told("role-not-held", "role", account=order.account, role=order.role, **where))
    elif order.role == ADMINISTRATOR:
        found += _last(accounts, order.account)
    revoked = e.RoleRevoked(account=order.account, role=order.role, trial=order.trial, site=order.site)
    return Decision.of([revoked], found)


def _holds(accounts: Accounts, order: c.GrantRole | c.RevokeRole) -> bool:
    known = accounts.people.get(order.account)
    asked = (order.role, order.trial, order.site)
    return known is not None and any((g.role, g.trial, g.site) == asked for g in known.open_grants)


def _apart(accounts: Accounts, order: c.GrantRole) -> Iterator[Finding]:
    """An administrator has no other role, in any trial: who may let anybody in would else be able to let in
    a second self, and sign for both."""
    known = accounts.people.get(order.account)
    others = {each.role for each in known.open_grants} - {order.role} if known is not None else set()
    if others and ADMINISTRATOR in (order.role, *others):
        roles = ", ".join(sorted(others))
        yield _told("administrator-apart", "role", account=order.account, role=order.role, held=roles)


# Passwords and signing in -----------------------------------------------------------------------------------


def _change_password(accounts: Accounts, order: c.ChangePassword, act: Act) -> Decision:
    found = list(_known(accounts, order.account))
    if order.account != act.by:
        found += [*_administrator(accounts, act), *_reason(act)]
    return Decision.of([e.PasswordChanged(account=order.account)], found)


def _sign_in(accounts: Accounts, order: c.SignIn, act: Act) -> Decision:
    found = list(_known(accounts, act.by, "by"))
    known = accounts.people.get(act.by)
    if known is not None and known.locked(act.at):
        until = f"{known.locked_until:%Y-%m-%dT%H:%M:%SZ}"
        found.append(_told("account-locked", "by", account=act.by, until=until))
    return Decision.of([e.SignedIn(account=act.by)] if known is not None else (), found)


def _fail_sign_in(accounts: Accounts, order: c.FailSignIn, act: Act) -> Decision:
    """While an account is locked or retired a failure is recorded, and counts for nothing."""
    known = accounts.people.get(order.typed)
    if known is None:
        return Decision.of([e.SignInFailed(account=None, signing=order.signing)], ())
    failed = e.SignInFailed(account=known.code, signing=order.signing)
    if known.retired or known.locked(act.at) or known.recent_failures(act.at) + 1 < FAILURES:
        return Decision.of([failed], ())
    return Decision.of([failed, e.LockedOut(account=known.code, until=act.at + LOCKOUT)], ())


def _unlock(accounts: Accounts, order: c.UnlockAccount, act: Act) -> Decision:
    found = [*_reason(act), *_known(accounts, order.account)]
    known = accounts.people.get(order.account)
    if known is not None and not known.locked(act.at) and not known.failures:
        found.append(_told("not-locked", "account", account=order.account))
    return Decision.of([e.Unlocked(account=order.account)], found)


_ANSWERS: Mapping[type, Callable[[Accounts, Any, Act], Decision]] = {
    c.CreateFirstAccount: _create_first,
    c.CreateAccount: _create,
    c.GrantRole: _grant,
    c.RevokeRole: _revoke,
    c.RetireAccount: _retire,
    c.UnlockAccount: _unlock,
    c.ChangePassword: _change_password,
    c.SignIn: _sign_in,
    c.FailSignIn: _fail_sign_in,
}


# What several rules ask -------------------------------------------------------------------------------------


def _administrator(accounts: Accounts, act: Act) -> Iterator[Finding]:
    if act.role != ADMINISTRATOR or not accounts.is_administrator(act.by):
        yield _told("not-administrator", "by", by=act.by, role=act.role)


def _known(accounts: Accounts, code: str, column: str = "account") -> Iterator[Finding]:
    known = accounts.people.get(code)
    if known is None:
        yield _told("no-such-account", column, account=code)
    elif known.retired:
        yield _told("account-shut", column, account=code)


def _last(accounts: Accounts, code: str) -> Iterator[Finding]:
    if accounts.administrators == (code,):
        yield _told("last-administrator", "account", account=code)


def _reason(act: Act) -> Iterator[Finding]:
    if not act.why.strip():
        yield Finding("ledger.no-reason", Place(column="why"))


def _told(code: str, column: str, severity: Severity = Severity.ERROR, /, **params: Param) -> Finding:
    return Finding(f"ledger.{code}", Place(column=column), params, severity)
