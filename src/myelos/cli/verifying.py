"""The verb about certificates: verify; and how heads and other small files are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from myelos.cli.console import ROOMS, Words, check_language, tell
from myelos.findings import Finding, Phrasebook, Place, Refused, Severity

if TYPE_CHECKING:
    from myelos.ledger import TreeHead

LARGEST = 256 << 20
"""Bytes a certificate may have."""

SMALL = 1 << 20
"""Bytes a head or a key may have."""


def verify_command(
    file: Annotated[Path, typer.Argument(help="A certificate of an infusion, as JSON.")],
    head: Annotated[
        list[str] | None,
        typer.Option("--head", help="A head that came another way: its line, or a file with it."),
    ] = None,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="The public key (PEM) of a site that is believed.")
    ] = None,
    language: Words = "en",
) -> None:
    """Say what a certificate is worth: authentic, consistent with its origin unproved, or refused.

    Exit status 0 for authentic, 1 for consistent, 2 for refused. It needs no record and no account.
    """
    from myelos.ledger import tell_certificate, verify_certificate
    from myelos.ledger.certificate import Standing

    check_language(language)
    try:
        heads = [head_of(each) for each in head or ()]
        trusted = [bytes_of(each, SMALL) for each in trust or ()]
        verified = verify_certificate(_read(file), heads, trusted)
    except Refused as refused:
        tell(refused, language)
        raise typer.Exit(2) from None
    book = Phrasebook(*ROOMS)
    for each in tell_certificate(verified):
        mark = "" if each.severity is Severity.NOTE else f"{each.severity}: "
        typer.echo(mark + book.tell(each, language))
    order = (Standing.AUTHENTIC, Standing.CONSISTENT, Standing.REFUSED)
    raise typer.Exit(order.index(verified.standing))


def _read(file: Path) -> Any:
    text = bytes_of(file, LARGEST)
    try:
        return json.loads(text, object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as error:
        raise Refused([_finding("file-not-json", file, error)]) from error


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ValueError for a key that stands twice: two readers would read two things."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return made


def head_of(given: str) -> TreeHead:
    """The head that a line is, or that a file holds; signatures that stand below it there must be over it.

    Raises Refused for what is none.
    """
    from myelos.ledger import read_head
    from myelos.ledger.heads import read_signature, signed

    if given.lstrip().startswith("myelos-head"):
        return read_head(given)
    first, *others = bytes_of(Path(given), SMALL).decode("utf-8", "replace").strip().splitlines() or [""]
    head = read_head(first)
    wrong = [each for each in filter(str.strip, others) if not signed(head, read_signature(each))]
    if wrong:
        raise Refused([Finding("ledger.certificate-signature", Place(given))])
    return head


def bytes_of(file: Path, most: int) -> bytes:
    """What a file holds. Raises Refused for one that cannot be read, or is too large."""
    try:
        with file.open("rb") as source:
            found = source.read(most + 1)
    except (OSError, ValueError) as error:
        raise Refused(
            [_finding("file-cannot-be-read", file, getattr(error, "strerror", None) or error)]
        ) from error
    if len(found) > most:
        raise Refused([_finding("file-too-large", file, f"{most >> 20} MB at most")])
    return found


def _finding(code: str, file: Path, why: object) -> Finding:
    return Finding(f"cli.{code}", Place(str(file)), {"why": str(why)[:200]})
