"""What happens to accounts: they are made, given roles, shut; somebody signs in, or fails to.

ICH E6(R3) 4.2.2: creation, changes of roles and permissions, and access are logged. Each is an entry that
says who did it, when and why.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from myelos.acts import Code, Term
from myelos.ledger.events import CommandRefused
from myelos.shapes import Catalogue, named, value
from myelos.times import Instant

AccountCode = Annotated[
    str, StringConstraints(min_length=2, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
"""The code of an account: letters, digits and ``. _ -``; for ever one person's (21 CFR 11.100)."""

Everywhere = Literal["*"] | Code
"""The code of a trial or a site, or ``*`` for every one."""


@named("ledger.account-created")
@value
class AccountCreated:
    """An account for one person, whose signatures bear ``printed_name``."""

    account: AccountCode
    printed_name: Term


@named("ledger.role-granted")
@value
class RoleGranted:
    """From here on the account may act in a role, in a trial and at a site."""

    account: AccountCode
    role: Code
    trial: Everywhere
    site: Everywhere


@named("ledger.role-revoked")
@value
class RoleRevoked:
    """What was granted with these very words holds no longer."""

    account: AccountCode
    role: Code
    trial: Everywhere
    site: Everywhere


@named("ledger.account-retired")
@value
class AccountRetired:
    """The account is shut for good, and its roles end. Its code is never given to anybody again."""

    account: AccountCode


@named("ledger.password-changed")
@value
class PasswordChanged:
    """That it changed; one that somebody else set is known to two people and signs nothing."""

    account: AccountCode


@named("ledger.signed-in")
@value
class SignedIn:
    """Somebody proved to be who the account is for."""

    account: AccountCode


@named("ledger.sign-in-failed")
@value
class SignInFailed:
    """Somebody failed to prove it; ``signing``: within a session, for a signature.

    ``account`` None: none that exists. What was typed is not kept, it may have been a password.
    """

    account: AccountCode | None
    signing: bool


@named("ledger.locked-out")
@value
class LockedOut:
    """After too many failures nobody can sign in to the account until then."""

    account: AccountCode
    until: Instant


@named("ledger.unlocked")
@value
class Unlocked:
    """An administrator lifted a lockout, or forgave failures."""

    account: AccountCode


EVENTS: tuple[type, ...] = (
    AccountCreated, RoleGranted, RoleRevoked, AccountRetired, PasswordChanged, SignedIn, SignInFailed,
    LockedOut, Unlocked, CommandRefused,
)  # fmt: skip
"""Every event an entry of the chain of accounts may hold."""

CATALOGUE = Catalogue(EVENTS)
"""The events by name and version."""
