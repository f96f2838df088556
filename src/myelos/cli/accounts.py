"""The verbs about accounts: who may do what, where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from myelos.cli.console import ROOMS, table_of
from myelos.cli.signing_in import (
    Account,
    Database,
    Why,
    is_there,
    new_password_of,
    one_line,
    open_door,
    shown,
    sign_in,
    told,
)
from myelos.findings import Finding, Phrasebook

if TYPE_CHECKING:
    from collections.abc import Iterable

account_app = typer.Typer(
    no_args_is_help=True,
    help="Accounts: who may do what in which trial, where. A password is never an argument: it is typed, "
    "piped, or the first line of the file that MYELOS_PASSWORD_FILE (a new one: MYELOS_NEW_PASSWORD_FILE) "
    "names.",
)

Name = Annotated[str, typer.Argument(help="The account's code; it is never given to anybody again.")]
PrintedName = Annotated[str, typer.Option("--name", help="The name printed beside a signature.")]
Granted = Annotated[str, typer.Argument(help="A role: see myelos account roles.")]
Trial = Annotated[str, typer.Option("--trial", help="A trial, or '*' (quoted) for every one.")]
At = Annotated[str, typer.Option("--at", help="A site, or '*' (quoted) for every one.")]
Reason = Annotated[str, typer.Option("--why", help="The reason; it is recorded.")]


@account_app.command("first")
def first(name: Name, printed_name: PrintedName, database: Database) -> None:
    """Make a record and its first account, an administrator's. Needs nobody before it.

    In a PostgreSQL database the record is there already: see myelos database prepare.
    """
    from myelos.store import make_store, refuse_first

    door = open_door(database) if is_there(database) else None
    password = new_password_of(name)
    if door is None:
        refuse_first(database, name, printed_name, password)  # before a record is made for it
        door = make_store(database)
    door.create_first_account(name, printed_name, password)
    told(f"{name} administers {shown(database)}.")


@account_app.command("create")
def create(name: Name, printed_name: PrintedName, database: Database, account: Account) -> None:
    """Create an account for one more person. It has no role yet.

    Its password is known to two people, so it signs nothing: its holder changes it first.
    """
    door = open_door(database)
    visitor, _ = sign_in(door, account)
    _tell(door.create_account(visitor, name, printed_name, new_password_of(name)))
    told(f"{name} was created; to sign anything its holder changes the password first.")


@account_app.command("grant")
def grant(
    name: Name, role: Granted, database: Database, account: Account, why: Reason, trial: Trial, at: At,
) -> None:  # fmt: skip
    """Let an account act in a role, in a trial and at a site."""
    from myelos.ledger.accounts.commands import GrantRole

    given: Any = role
    _administer(database, account, GrantRole(account=name, role=given, trial=trial, site=at), why)
    told(f"{name} is {role} in {_every(trial, 'trial')} at {_every(at, 'site')}.")


@account_app.command("revoke")
def revoke(
    name: Name, role: Granted, database: Database, account: Account, why: Reason, trial: Trial, at: At,
) -> None:  # fmt: skip
    """Take a role from an account, named with the very words it was granted with."""
    from myelos.ledger.accounts.commands import RevokeRole

    given: Any = role
    _administer(database, account, RevokeRole(account=name, role=given, trial=trial, site=at), why)
    told(f"{name} is no longer {role} in {_every(trial, 'trial')} at {_every(at, 'site')}.")


@account_app.command("retire")
def retire(name: Name, database: Database, account: Account, why: Reason) -> None:
    """Shut an account for good. Its code is never given to anybody again."""
    from myelos.ledger.accounts.commands import RetireAccount

    _administer(database, account, RetireAccount(account=name), why)
    told(f"{name} was shut.")


@account_app.command("unlock")
def unlock(name: Name, database: Database, account: Account, why: Reason) -> None:
    """Lift a lockout after too many failures to sign in."""
    from myelos.ledger.accounts.commands import UnlockAccount

    _administer(database, account, UnlockAccount(account=name), why)
    told(f"{name} was unlocked.")


@account_app.command("password")
def password(
    database: Database,
    account: Account,
    of: Annotated[
        str | None, typer.Option("--of", help="Somebody who forgot theirs (administrators).")
    ] = None,
    why: Why = "",
) -> None:
    """Change your own password, or, as an administrator, give a new one to somebody who forgot theirs."""
    door = open_door(database)
    visitor, proof = sign_in(door, account)
    if of is None or of == account:
        door.change_password(visitor, new_password_of(account), proof)
        told("The password was changed.")
        return
    door.reset_password(visitor, of, new_password_of(of), why)
    told(f"{of} has a new password; to sign anything its holder changes it first.")


@account_app.command("list")
def listed(database: Database, account: Account) -> None:
    """Every account, with its roles."""
    door = open_door(database)
    from myelos.store.readings import listed_accounts

    rows = listed_accounts(door, sign_in(door, account)[0])
    table_of(("account", "name", "role", "trial", "site", ""), (map(one_line, row) for row in rows))


@account_app.command("roles")
def roles() -> None:
    """Every role, and what it may do and read; signed decisions are marked."""
    from myelos.store.authority import ROLES, commands_of, signs

    for role in ROLES:
        named = (f"{each} (signed)" if signs(each) else each for each in commands_of(role))
        typer.echo(f"{role}: {', '.join(named) or '-'}")


def _administer(database: str, account: str, order: Any, why: str) -> None:
    door = open_door(database)
    _tell(door.administer(sign_in(door, account)[0], order, why))


def _tell(found: Iterable[Finding]) -> None:
    book = Phrasebook(*ROOMS)
    for each in found:
        told(f"{each.severity}: {book.tell(each)}")


def _every(code: str, what: str) -> str:
    return f"every {what}" if code == "*" else code
