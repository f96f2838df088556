"""The verbs about a trial's record: new, do, show, timeline, audit, verify, head, key, certificate, backup,
restore."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from myelos.cli.asking import read_commands
from myelos.cli.console import ROOMS, table_of, tell
from myelos.cli.signing_in import (
    Account,
    Database,
    Role,
    Site,
    Why,
    is_there,
    one_line,
    open_door,
    password_of,
    sign_in,
    told,
)
from myelos.cli.verifying import SMALL, bytes_of, head_of
from myelos.cli.writing import write_new, write_whole
from myelos.findings import Findings, Phrasebook, Refused

if TYPE_CHECKING:
    from myelos.store.archive import Manifest
    from myelos.store.trials import Done

trial_app = typer.Typer(no_args_is_help=True, help="The record of a trial, behind one door.")

Trial = Annotated[str, typer.Argument(help="The trial's name in this record.")]
Ledger = Annotated[
    str, typer.Argument(help="The trial's name in this record; accounts: the accounts' own chain.")
]
Person = Annotated[str, typer.Argument(help="A trial code.")]
Key = Annotated[Path | None, typer.Option("--key", help="Sign the head with this Ed25519 key (PEM).")]


@trial_app.command("new")
def new(
    trial: Trial,
    protocol: Annotated[str, typer.Option("--protocol", help="A shipped protocol, or a .toml file.")],
    database: Database, account: Account, role: Role = "sponsor", site: Site = "trial-office",
) -> None:  # fmt: skip
    """Begin a trial, by signature. Its protocol is kept in the record, whole."""
    from myelos.ledger.commands import OpenTrial
    from myelos.protocol import load_protocol
    from myelos.shapes import plain

    order = OpenTrial(protocol=plain(load_protocol(protocol)))
    door = open_door(database)
    visitor, proof = sign_in(door, account, OpenTrial.NAME)  # type: ignore[attr-defined]
    _tell(door.do(visitor, trial, f"new-{uuid4().hex}", order, role=role, site=site, proof=proof))


@trial_app.command("do")
def do(
    trial: Trial,
    file: Annotated[Path, typer.Argument(help="Commands as JSON (one, or a list); - for standard input.")],
    database: Database, account: Account, role: Role = "", site: Site = "", why: Why = "",
) -> None:  # fmt: skip
    """Ask for commands to be recorded, in order; the first one that is refused ends it.

    A command is {"id": "...", "at": "2026-03-01T08:00:00Z", "order": {"name": "...", "version": 1, "data":
    {...}}}, and may name "role", "site" and "why" itself. Who does it is who signed in. Every command has an
    id of its own: sent again under it, it does nothing twice. A signed decision takes the password as its
    proof once more, so a file with several needs it typed (or piped, a line each) for each after the first.
    """
    from myelos.store.authority import signs
    from myelos.store.identity import Proof

    asked = read_commands(file, role, site)
    door = open_door(database)
    visitor, proof = sign_in(door, account, asked[0].order.NAME if signs(asked[0].order.NAME) else "")
    for number, each in enumerate(asked):
        request, order = each.request, each.order
        try:
            if number and signs(order.NAME):
                proof = Proof(password_of(account, f"To sign {order.NAME}: password of"), account)
            done = door.do(
                visitor, trial, request.id, order, role=each.role, site=each.site, at=request.at,
                why=request.why or why, proof=proof,
            )  # fmt: skip
            _tell(done)
        except (Refused, typer.Exit) as ended:
            if isinstance(ended, Refused):
                tell(ended)
            if len(asked) > 1:
                before = f"{number} before it" if number else "none before it"
                told(f"{request.id} is command {number + 1} of {len(asked)}; recorded: {before}")
            raise typer.Exit(2) from None


@trial_app.command("show")
def show(
    trial: Trial, database: Database, account: Account,
    person: Annotated[str | None, typer.Option("--person", help="Only this trial code.")] = None,
) -> None:  # fmt: skip
    """Everybody you may see in the trial, and how far they came."""
    door = open_door(database)
    from myelos.store import readings

    seen = readings.show(door, sign_in(door, account)[0], trial)
    if person is not None and person not in seen.people:
        raise Refused([readings.nobody_of_yours(person, trial)])
    snapshot, now, rows = seen.snapshot, door.now(), []
    for code in seen.people if person is None else (person,):
        each = snapshot.state.people[code]
        infused = "" if each.infused_at is None else f"day {each.day(each.infused_at)}"
        left = "" if each.left is None else each.left.how
        rows.append((code, each.site, str(each.day(now)), each.stage.value, infused, left))
    typer.echo(f"{trial}: {snapshot.protocol.title.en}, edition {snapshot.protocol.edition}")
    table_of(("person", "site", "day", "stage", "infused", "left"), rows)
    typer.echo(f"{snapshot.seq} entries, last {snapshot.digest}")


@trial_app.command("timeline")
def timeline(
    trial: Trial, person: Person, database: Database, account: Account,
    as_json: Annotated[
        bool, typer.Option("--json", help="One entry a line: all it says, and its words by their reference.")
    ] = False,
) -> None:  # fmt: skip
    """Everything recorded about a person, in order: when, who, what, why."""
    door = open_door(database)
    from myelos.store import readings

    for line in readings.timeline(door, sign_in(door, account)[0], trial, person):
        if as_json:
            said = {**line.said, "words": dict(line.words)}
            typer.echo(json.dumps(said, ensure_ascii=False, sort_keys=True))
        else:
            typer.echo(one_line(f"{line.seq:>6}  {_told(line.said, line.words)}"))


def _told(said: Mapping[str, Any], words: Mapping[str, str | None]) -> str:
    why = "(erased)" if said["why"] in words else said["why"]
    codes = said["data"].get("codes", ()) if said["event"] == "ledger.command-refused" else ()
    who = f"{said['by']} ({said['role']}, {said['site']})"
    what = f"{said['kind']} refused: {', '.join(codes)}" if codes else said["event"]
    return f"{said['at'][:16].replace('T', ' ')}Z  {who}  {what}" + (f"  because: {why}" if why else "")


@trial_app.command("audit")
def audit(
    trial: Trial, database: Database, account: Account,
    late_after: Annotated[int, typer.Option(min=0, help="Days from an act to its recording.")] = 3,
) -> None:  # fmt: skip
    """What the audit's checks have to say: late entries, voided signatures, refusals, and the rest."""
    door = open_door(database)
    from myelos.store import readings

    book = Phrasebook(*ROOMS)
    found = readings.audited(door, sign_in(door, account)[0], trial, late_after)
    for each in found:
        typer.echo(one_line(f"{each.severity}: {book.tell(each)}"))
    told("1 finding" if len(found) == 1 else f"{len(found)} findings")


@trial_app.command("verify")
def verify(
    trial: Ledger, database: Database,
    head: Annotated[
        str | None, typer.Option("--head", help="A head kept elsewhere: its line, or a file with it.")
    ] = None,
) -> None:  # fmt: skip
    """Check every entry against its digest, its columns, the one before and the words beside it; with a head,
    that nothing is cut off or written anew.

    Needs no account: nothing of the record is shown, only whether it is whole. Exit status 2 when it is not.
    """
    given, door, found = None if head is None else head_of(head), open_door(database), Findings()
    with door.keeper.reading():
        count = door.head(trial).seq
        found.extend(door.verify(trial, given))
    if len(found):
        faults = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        tell(Refused(found.kept, found.more), closing=f"{trial}: {faults} in {count} entries")
        raise typer.Exit(2)
    typer.echo(f"{trial}: {count} entries, every one as it was recorded")
    if given is None:
        told("No head was given: that nothing was cut off or written anew, only a head kept elsewhere shows.")


@trial_app.command("head")
def head(trial: Ledger, database: Database, key: Key = None) -> None:
    """Print the head of the ledger, to be kept elsewhere: on paper, in a mail, with a notary.

    Every entry is verified first: of a ledger with faults there is no head to be kept. Needs no account.
    """
    from myelos.ledger.heads import sign_head

    secret = None if key is None else bytes_of(key, SMALL)
    printed = open_door(database).tree_head(trial)
    signature = "" if secret is None else f"\n{sign_head(printed, secret)}"
    typer.echo(f"{printed}{signature}")


@trial_app.command("key")
def key(
    private: Annotated[
        Path, typer.Argument(help="Where to write the private half; nobody else may read it.")
    ],
    public: Annotated[Path, typer.Argument(help="Where to write the public half.")],
) -> None:
    """Make a site's Ed25519 key: the private half stays at the site, the public half is given away."""
    from myelos.ledger.heads import new_key

    pair = new_key(secrets.token_bytes(32))
    write_new({private: (pair.private, 0o600), public: (pair.public, 0o644)})
    told(f"keep {private} where nobody else can read it; give {public} away")


@trial_app.command("certificate")
def certificate(
    trial: Trial,
    container: Annotated[str, typer.Argument(help="The label of the bag.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write it.")],
    database: Database, account: Account, key: Key = None,
) -> None:  # fmt: skip
    """Write the certificate of an infusion: the path from the person to the bag, with its proofs."""
    secret = None if key is None else bytes_of(key, SMALL)
    door = open_door(database)
    from myelos.store import readings

    made = readings.certified(door, sign_in(door, account)[0], trial, container, secret)
    write_whole(out, json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    told(f"certificate: {out}")


@trial_app.command("backup")
def backup(
    trial: Trial,
    out: Annotated[Path, typer.Argument(help="A new file.")],
    database: Database, account: Account,
    identities: Annotated[
        bool, typer.Option("--identities", help="With who the people are; an entry says that it was read.")
    ] = False,
    accounts: Annotated[
        bool, typer.Option("--accounts", help="With the accounts, their chain and their passwords' hashes.")
    ] = False,
) -> None:  # fmt: skip
    """Write one file with everything of the trial; neither readers nor writers are stopped."""
    door = open_door(database)
    from myelos.store import readings

    visitor, _ = sign_in(door, account)
    _counted(readings.backed_up(door, visitor, trial, out, identities, accounts))
    told(f"backup: {out}")


@trial_app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    database: Database,
    head: Annotated[
        list[str] | None, typer.Option("--head", help="A head kept elsewhere, which it must agree with.")
    ] = None,
    account: Annotated[
        str | None,
        typer.Option("--as", envvar="MYELOS_ACCOUNT", help="Your account, where the record has accounts."),
    ] = None,
) -> None:
    """Put a backup into a record that does not have its trials; a live trial is never written over.

    A record that is not there is made. Where there are accounts already, an administrator restores; where
    there are none, nor in the backup, myelos account first makes one.
    """
    heads = [head_of(each) for each in head or ()]
    _counted(_restored(file, database, heads, account))


def _restored(file: Path, database: str, heads: list[Any], account: str | None) -> Manifest:
    from myelos.store import check_backup, make_store

    if not is_there(database):
        check_backup(database, file, heads)  # before a record is made for it
        door = make_store(database)
    else:
        door = open_door(database)
    from myelos.store import readings

    visitor = None
    if door.accounts.people and account is not None:
        visitor, _ = sign_in(door, account)
    return readings.put_back(door, visitor, file, heads)


def _counted(made: Manifest) -> None:
    for each in made.trials:
        told(f"{each.trial}: {each.seq} entries, last {each.digest}")


def _tell(done: Done) -> None:
    """What became of a command; exit status 2 when the rules refused it, which is in the record then."""
    book = Phrasebook(*ROOMS)
    for each in done.findings:
        told(f"{each.severity}: {book.tell(each)}")
    first, last = done.rows[0].seq, done.rows[-1].seq
    if done.refused:
        codes = f" ({', '.join(done.rows[0].plain['data']['codes'])})" if done.again else ""
        told(f"refused; the refusal is entry {first}{codes}")
        raise typer.Exit(2)
    names = ", ".join(row.event for row in done.rows)
    typer.echo(f"{first}{f'-{last}' if last > first else ''}: {names}")
