"""How the command line finds the record, and proves who is at it: never by a name alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from myelos.cli.console import err
from myelos.findings import Finding, Param, Place, Refused

if TYPE_CHECKING:
    from myelos.store.door import Door, Visitor
    from myelos.store.identity import Proof

Database = Annotated[
    str,
    typer.Option(
        "--database", "-d", envvar="MYELOS_DATABASE",
        help="The record: a SQLite file, or postgresql://role@host/name.",
    ),
]  # fmt: skip
Account = Annotated[
    str,
    typer.Option("--as", envvar="MYELOS_ACCOUNT", help="Your account; its password is asked for, or piped."),
]
Role = Annotated[str, typer.Option("--role", help="The role you act in.")]
Site = Annotated[str, typer.Option("--site", help="The site you act at.")]
Why = Annotated[str, typer.Option("--why", help="The reason, where one is needed.")]

PASSWORD_FILE = "MYELOS_PASSWORD_FILE"  # noqa: S105 - the name of a variable, not a password
NEW_PASSWORD_FILE = "MYELOS_NEW_PASSWORD_FILE"  # noqa: S105

LONGEST = 4096
"""Characters of the line a password stands in."""


def password_of(account: str, prompt: str = "Password of") -> str:
    """A password: the first line of the file that ``MYELOS_PASSWORD_FILE`` names, the next line of a pipe, or
    typed and not shown.

    It is never an argument, since anybody on a machine may read those. Raises
    :class:`~myelos.findings.Refused` where none is given, and tells nothing of what was.
    """
    return _password(PASSWORD_FILE, f"{prompt} {account}", twice=False)


def new_password_of(account: str) -> str:
    """A new password, typed twice; its file is that of ``MYELOS_NEW_PASSWORD_FILE``, never the other one."""
    return _password(NEW_PASSWORD_FILE, f"New password of {account}", twice=True)


def _password(variable: str, prompt: str, twice: bool) -> str:
    named = os.environ.get(variable)
    try:
        if named:
            with Path(named).open(encoding="utf-8") as file:
                given = file.readline(LONGEST)
        elif sys.stdin.isatty():
            given = str(typer.prompt(prompt, hide_input=True, err=True, confirmation_prompt=twice))
        else:
            given = sys.stdin.readline(LONGEST)
        given.encode()
    except OSError as error:
        raise _refused("cli.file-cannot-be-read", named, why=error.strerror or "-") from None
    except (UnicodeError, ValueError):  # what it says may hold a part of a password
        raise _refused("store.password-unreadable", named) from None
    given = given.rstrip("\r\n")
    if not given:
        raise _refused("cli.no-password", named, variable=variable)
    return given


def _refused(code: str, file: str | None, **params: Param) -> Refused:
    return Refused([Finding(code, Place(file=file, column="password"), params)])


def open_door(database: str) -> Door:
    """The door to a record; the command line has no other."""
    from myelos.store import open_store

    return open_store(database)


def sign_in(door: Door, account: str, signing: str = "") -> tuple[Visitor, Proof]:
    """Somebody who proved who they are, and the proof, which also signs the first thing they ask for.

    ``signing``: what that is, told before the password is typed. Raises Refused when they did not.
    """
    from myelos.store.identity import Proof

    prompt = f"To sign in, and to sign {signing}: password of" if signing else "Password of"
    password = password_of(account, prompt)
    return door.sign_in(account, password), Proof(password, account)


def told(text: str) -> None:
    """Say something beside the output."""
    err.print(text, markup=False, highlight=False, soft_wrap=True)


def is_there(database: str) -> bool:
    """Whether there is something where a record is named; of PostgreSQL's the server is asked later."""
    return "://" in database or os.path.lexists(database)


def shown(database: str) -> str:
    """How a record is called on the screen: without the password that an address may hold."""
    return database if "://" not in database else database.partition("?")[0].rpartition("/")[2]


_CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160))}
_CONTROLS |= {
    number: f"\\u{number:04x}" for number in (0x061C, *range(0x200E, 0x2010), *range(0x2028, 0x202F))
}
_CONTROLS |= {number: f"\\u{number:04x}" for number in range(0x2066, 0x206A)}


def one_line(text: str) -> str:
    """A text that somebody entered as it may stand in a line of a screen: it cannot begin a line of its own,
    nor steer the screen, nor turn the direction of what is beside it."""
    return text.translate(_CONTROLS)
