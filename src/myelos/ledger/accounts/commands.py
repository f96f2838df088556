"""What may be asked about accounts, and the roles there are. The act beside a command says who, when, why."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from myelos.acts import Act, Term
from myelos.ledger.accounts.events import AccountCode, Everywhere
from myelos.shapes import named, value

Role = Literal[
    "administrator", "coordinator", "investigator", "examiner", "collector", "technician", "qualified-person",
    "nurse", "monitor", "sponsor", "safety-committee", "data-manager", "statistician", "auditor",
]  # fmt: skip

ROLES: tuple[str, ...] = get_args(Role)
"""The roles an account can be given. ``examiner``: whoever assesses, blinded; ``qualified-person``: releases
cells; ``safety-committee``: weighs harms."""

ADMINISTRATOR = "administrator"
"""Makes accounts and grants roles, and has no other role: whoever lets people in takes no part."""

EVERYWHERE = "*"

CHAIN = "accounts"
"""The name of the chain of accounts, and the site of its acts, which are done at no site of a trial."""

NOBODY = "nobody"
"""By whom an act is when nobody proved to be anybody; no account can have this code."""

HOLDER = "account-holder"
"""The role in which somebody sees to their own account."""


@named("ledger.create-first-account")
@value
class CreateFirstAccount:
    """Make the first account, an administrator's, while there is none; the act is its own."""

    account: AccountCode
    printed_name: Term


@named("ledger.create-account")
@value
class CreateAccount:
    """Make an account for one more person. It has no role yet."""

    account: AccountCode
    printed_name: Term


@named("ledger.grant-role")
@value
class GrantRole:
    """Let an account act in a role; the reason is in the act."""

    account: AccountCode
    role: Role
    trial: Everywhere
    site: Everywhere


@named("ledger.revoke-role")
@value
class RevokeRole:
    """Take back what was granted with these very words; the reason is in the act."""

    account: AccountCode
    role: Role
    trial: Everywhere
    site: Everywhere


@named("ledger.retire-account")
@value
class RetireAccount:
    """Shut an account for good; the reason is in the act."""

    account: AccountCode


@named("ledger.unlock-account")
@value
class UnlockAccount:
    """Lift a lockout, or forgive failures; the reason is in the act."""

    account: AccountCode


@named("ledger.change-password")
@value
class ChangePassword:
    """Record that a password changed: one's own, or, by an administrator with a reason, another's."""

    account: AccountCode


@named("ledger.sign-in")
@value
class SignIn:
    """Record that whoever the act is by proved who they are."""


@named("ledger.fail-sign-in")
@value
class FailSignIn:
    """Record that somebody failed to prove to be ``typed``; ``signing``: in a session, for a signature."""

    typed: str
    signing: bool = False


ADMINISTRATORS: tuple[type, ...] = (CreateAccount, GrantRole, RevokeRole, RetireAccount, UnlockAccount)
"""Commands that only an administrator may ask for."""

COMMANDS: tuple[type, ...] = (*ADMINISTRATORS, CreateFirstAccount, ChangePassword, SignIn, FailSignIn)
"""Every command about accounts."""


def by_oneself(account: str, at: datetime) -> Act:
    """The act of somebody who sees to their own account."""
    return Act(by=account, at=at, role=HOLDER, site=CHAIN)


def by_nobody(at: datetime) -> Act:
    """The act of somebody who proved to be nobody."""
    return Act(by=NOBODY, at=at, role=NOBODY, site=CHAIN)
