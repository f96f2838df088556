"""Who is at the door: passwords, sessions, and the fresh proof that every signature asks for.

An account here is a code and a hash (argon2), nothing else about anybody. What the accounts may do, and every
attempt to sign in, is in their own chain (:mod:`myelos.ledger.accounts`); whoever opens the door records it.

A password is never kept, logged or told: no value and no finding of this module holds one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password, verify_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from myelos.findings import Finding, Param, Place, Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

IDLE_MINUTES = 15
"""So long a session lives without use. 21 CFR 11.200 asks for a single, continuous period; the number is
ours."""

_UNUSABLE = UNUSABLE_PASSWORD_PREFIX
"""What no password fits; Django then takes the time of one hash all the same."""

LONGEST_PASSWORD = 1024
"""Characters of a password: more would only keep the machine busy."""

Component = Literal["account", "password"]
"""What an electronic signature is made of: the code of the account, and what only its holder knows."""

Check = Callable[[str, str], bool]
"""Whether a password is that of an account, see :func:`check_password`."""


# Passwords --------------------------------------------------------------------------------------------------


@sensitive_variables("password")
def check_password(account: str, password: str, alias: str = "default") -> bool:
    """Whether this is the password of an account that is not shut.

    It takes as long where there is no such account: one hash is made in every case.
    """
    user = _users(alias).filter(username=account, is_active=True).first()
    encoded = _UNUSABLE if user is None else user.password
    given = _one_form(password)
    fits, stale = verify_password(given[:LONGEST_PASSWORD], encoded)
    if not fits or len(given) > LONGEST_PASSWORD:
        return False
    if stale:  # hashed with weaker parameters than those of today
        _users(alias).filter(username=account, password=encoded).update(password=make_password(given))
    return True


@sensitive_variables("password")
def set_password(account: str, password: str, printed_name: str = "", alias: str = "default") -> None:
    """Give an account its password, a new account its first one.

    Whether that is allowed was decided before. Raises :class:`~myelos.findings.Refused` with everything that
    speaks against the password; then the old one holds.
    """
    found = list(password_findings(account, password, printed_name))
    users = _users(alias)
    user = users.filter(username=account).first()
    if user is not None and not user.is_active:
        raise ValueError(f"the account {account} is shut")
    if user is not None and check_password(account, password, alias):
        found.append(_about_password("the-same"))
    if found:
        raise Refused(found)
    encoded = make_password(_one_form(password))
    if user is None:
        users.create(username=account, password=encoded)
    else:
        users.filter(username=account).update(password=encoded)


def encoded_password(account: str, alias: str = "default") -> str:
    """The hash of an account's password, empty where there is no such account or it is shut."""
    user = _users(alias).filter(username=account, is_active=True).first()
    return "" if user is None else user.password


def shut(account: str, alias: str = "default") -> None:
    """Nobody signs in to this account any more; its code stays taken."""
    _users(alias).filter(username=account).update(is_active=False, password=make_password(None))


@sensitive_variables("password")
def password_findings(account: str, password: str, printed_name: str = "") -> tuple[Finding, ...]:
    """Everything that speaks against a password: at least 12 characters, none of the common ones, not all
    digits, nothing like the code of the account or the name of who has it."""
    from django.contrib.auth.models import User

    given = _one_form(password)
    if len(given) > LONGEST_PASSWORD:
        return (_about_password("long", most=LONGEST_PASSWORD),)
    found = [_about_password("similar")] if account.lower() in given.lower() else []
    try:
        validate_password(given, User(username=account, last_name=printed_name))
    except ValidationError as error:
        found += [_weakness(each) for each in error.error_list]
    return tuple({each.code: each for each in found}.values())


def _weakness(error: ValidationError) -> Finding:
    params = error.params or {}
    match error.code:
        case "password_too_short":
            return _about_password("short", least=int(params["min_length"]))
        case "password_too_common":
            return _about_password("common")
        case "password_too_similar":
            return _about_password("similar")
        case "password_entirely_numeric":
            return _about_password("digits")
        case _:
            raise TypeError(f"no words for {error.code}")


def _about_password(what: str, **params: Param) -> Finding:
    return Finding(f"store.password-{what}", Place(column="password"), params)


def _one_form(password: str) -> str:
    """The same letters typed on two machines are the same password: both forms of a letter with its mark."""
    return unicodedata.normalize("NFKC", password)


def _users(alias: str) -> QuerySet[User]:
    from django.contrib.auth.models import User  # only once Django is set up

    return User.objects.using(alias)


def not_signed_in() -> Finding:
    """What is told to whoever fails: the same for no such account, one that is shut, locked, or another
    password, so that nobody learns which accounts there are."""
    return Finding("store.not-signed-in", Place(column="account"))


# Sessions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's continuous time at the door: whose, when they last proved who they are, when they last did
    something, and how many signatures they gave."""

    account: str
    proved_at: datetime
    used_at: datetime
    signings: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows to sign: the password, and the code of the account unless a session knows it."""

    password: str | None = None
    account: str | None = None

    def __repr__(self) -> str:
        return f"Proof(account={self.account!r})"


def opened(account: str, at: datetime) -> Session:
    """The session of somebody who just proved who they are."""
    return Session(account, at, at)


def ended(session: Session, at: datetime, idle_minutes: int = IDLE_MINUTES) -> bool:
    """Whether a session was left unused too long."""
    return at - session.used_at > timedelta(minutes=idle_minutes)


def used(session: Session, at: datetime, idle_minutes: int = IDLE_MINUTES) -> Session:
    """The session after one more use. Raises :class:`~myelos.findings.Refused` when it has ended."""
    if ended(session, at, idle_minutes):
        raise Refused([Finding("store.session-ended", params={"minutes": idle_minutes})])
    return replace(session, used_at=max(at, session.used_at))


def needed(session: Session | None, at: datetime, idle_minutes: int = IDLE_MINUTES) -> tuple[Component, ...]:
    """What the next signature asks for (21 CFR 11.200(a)(1)).

    The first one of a session, and every one outside of a session: account and password. A later one in the
    same session: the password.
    """
    if session is None or session.signings == 0 or ended(session, at, idle_minutes):
        return ("account", "password")
    return ("password",)


@sensitive_variables("proof")
def signing(
    session: Session | None, proof: Proof, at: datetime, check: Check, idle_minutes: int = IDLE_MINUTES
) -> Session:
    """The session after the proof for one signature; without a session before, or after one that ended, a new
    one that this proof begins.

    Raises :class:`~myelos.findings.Refused` when a component is missing, is another's, or does not fit.
    """
    found = list(_missing(session, proof, at, idle_minutes))
    if found:
        raise Refused(found)
    account = proof.account or (session.account if session is not None else "")
    if not check(account, proof.password or ""):
        raise Refused([not_signed_in()])
    before = session.signings if session is not None and not ended(session, at, idle_minutes) else 0
    return Session(account, at, at, before + 1)


def _missing(session: Session | None, proof: Proof, at: datetime, idle_minutes: int) -> list[Finding]:
    found = []
    for component in needed(session, at, idle_minutes):
        if not getattr(proof, component):
            found.append(Finding(f"store.to-sign-{component}", Place(column=component)))
    if session is not None and proof.account and proof.account != session.account:
        params: dict[str, Param] = {"account": session.account}
        found.append(Finding("store.to-sign-another", Place(column="account"), params))
    return found
