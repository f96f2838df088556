"""The verbs about who a trial code is: keep, read, erase. Names are in a file, never an argument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from myelos.cli.console import ROOMS
from myelos.cli.records import Person, Trial
from myelos.cli.signing_in import Account, Database, Role, Site, one_line, open_door, sign_in, told
from myelos.cli.verifying import SMALL, bytes_of, each_key_once
from myelos.findings import Finding, Findings, Phrasebook, Place, Refused

identity_app = typer.Typer(
    no_args_is_help=True, help="Who a trial code is: apart from the record, every reading an entry, erasable."
)

Reason = Annotated[str, typer.Option("--why", help="The reason; it is recorded.")]


@identity_app.command("keep")
def keep(
    trial: Trial,
    file: Annotated[Path, typer.Argument(help="JSON: one, or a list.")],
    database: Database, account: Account, role: Role, site: Site,
) -> None:  # fmt: skip
    """Write down who trial codes are, in place of what was kept of them.

    One is {"person": "...", "name": "...", "birth_date": "1970-02-28", "hospital_number": "..."}; all but the
    trial code may be left out.
    """
    plain = _list(file)
    door = open_door(database)
    from myelos.shapes import read
    from myelos.store import readings
    from myelos.store.personal import Identity

    found, kept = Findings(), []
    for number, each in enumerate(plain):
        try:
            kept.append(read(Identity, each, Place(str(file), None, f"[{number}]")))
        except Refused as refused:
            found.extend(refused.findings)
    found.refuse_on_error()
    visitor, _ = sign_in(door, account)
    for who in kept:
        done = readings.keep_identity(door, visitor, trial, _id(), who, role=role, site=site)
        _tell(done, who.person)


@identity_app.command("read")
def read_one(
    trial: Trial, person: Person, database: Database, account: Account, role: Role, site: Site, why: Reason,
) -> None:  # fmt: skip
    """Look up who a trial code is; that you did is an entry."""
    door = open_door(database)
    from myelos.store import readings

    visitor, _ = sign_in(door, account)
    found = readings.look_up(door, visitor, trial, _id(), person, role=role, site=site, why=why)
    if found is None:
        told(f"nothing is kept of {person}")
        return
    born = "" if found.birth_date is None else found.birth_date.isoformat()
    for name, value in (
        ("name", found.name),
        ("birth date", born),
        ("hospital number", found.hospital_number),
    ):
        typer.echo(one_line(f"{name}: {value or '-'}"))


@identity_app.command("erase")
def erase(
    trial: Trial, person: Person, database: Database, account: Account, role: Role, site: Site, why: Reason,
) -> None:  # fmt: skip
    """Erase who a trial code is, by signature; the code and its record stay."""
    door = open_door(database)
    from myelos.store import readings

    visitor, proof = sign_in(door, account, "ledger.erase-identity")
    done = readings.erase_identity(
        door, visitor, trial, _id(), person, role=role, site=site, why=why, proof=proof
    )
    _tell(done, person)


def _id() -> str:
    return f"identity-{uuid4().hex}"


def _list(file: Path) -> list[Any]:
    try:
        plain = json.loads(bytes_of(file, SMALL), object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused([Finding("cli.file-not-json", Place(str(file)), {"why": str(error)[:200]})]) from error
    return plain if isinstance(plain, list) else [plain]


def _tell(done: Any, person: str) -> None:
    book = Phrasebook(*ROOMS)
    for each in done.findings:
        told(f"{each.severity}: {book.tell(each)}")
    if done.refused:
        told(f"refused; the refusal is entry {done.rows[0].seq}")
        raise typer.Exit(2)
    typer.echo(f"{done.rows[0].seq}: {done.rows[0].event} {person}")
