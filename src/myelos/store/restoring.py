"""A backup put back, only where nothing is: everything is checked before the first row is written.

Counts, hashes, the chain of every entry, every word against its reference; then all of it, or nothing. A
backup proves of itself only that it is whole; that it is the record it says it is, only a head kept
elsewhere proves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar

from django.db import connections
from pydantic import Field

from myelos.findings import Finding, Findings, Param, Place, Refused
from myelos.ledger import COLUMNS, Head, Row, verify
from myelos.ledger.accounts import CHAIN
from myelos.ledger.accounts.events import CATALOGUE as ACCOUNT_CATALOGUE
from myelos.ledger.canonical import digest_of
from myelos.ledger.entry import FORMAT, said_in
from myelos.ledger.events import Reference
from myelos.ledger.free_text import Words
from myelos.ledger.reading import typed
from myelos.ledger.snapshot import CATALOGUE
from myelos.shapes import Catalogue, read, value
from myelos.store import account_rows, personal
from myelos.store.archive import ACCOUNTS, Archive, Manifest, name_of, opened
from myelos.store.keeper import BATCH, Keeper, Writer
from myelos.store.personal import Identity

T = TypeVar("T")


@value
class WordsKept:
    """A line of a backup's words; the salt in hexadecimal."""

    reference: Reference
    salt: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){16,64}$")]
    text: str


def restore(file: Path, alias: str, heads: Iterable[Head] = ()) -> Manifest:
    """Put a backup into a prepared database that has none of its trials; all of it, or nothing.

    ``heads``: heads kept elsewhere, which the backup's trials must reach and agree with. Raises
    :class:`~myelos.findings.Refused` with everything that is wrong with the file, and for a trial or accounts
    that are there already.
    """
    with opened(file) as archive:
        manifest = archive.manifest
        check(archive, heads)
        trials = [each.trial for each in manifest.trials]
        if not trials and manifest.member(ACCOUNTS) is None:
            return manifest
        keeper = Keeper(alias)
        with keeper.writing(*(trials or [ACCOUNTS])) as writer:
            _refuse_what_is_there(keeper, manifest)
            for number, each in enumerate(manifest.trials):
                _put(keeper.alias, writer, archive, number, each.trial)
                if keeper.head(each.trial) != Head(each.trial, each.seq, each.digest):
                    raise Refused([archive.finding("member-altered", member=name_of(number, "entries"))])
            if manifest.member(ACCOUNTS) is not None:
                account_rows.put(alias, archive.lines(ACCOUNTS))
        return manifest


# Checking ---------------------------------------------------------------------------------------------------


def check(archive: Archive, heads: Iterable[Head] = ()) -> None:
    """Everything wrong with a backup. Raises :class:`~myelos.findings.Refused` with all of it."""
    found, kept = Findings(), list(heads)
    for number, each in enumerate(archive.manifest.trials):
        entries = name_of(number, "entries")
        wanted = [Head(each.trial, each.seq, each.digest), *(h for h in kept if h.trial == each.trial)]
        for head in wanted:
            _gather(found, _of_entries(archive, entries, each.trial, head))
        _gather(found, _of_words(archive, name_of(number, "words")))
        personal_ = name_of(number, "personal")
        if archive.manifest.member(personal_) is not None:
            _gather(found, _of_identities(archive, personal_))
    if archive.manifest.member(ACCOUNTS) is not None:
        _gather(found, account_rows.check(archive.lines(ACCOUNTS), archive.file))
    found.refuse_on_error()


def _gather(found: Findings, findings: Iterable[Finding]) -> None:
    """Everything one member has to say; a member that is not the one counted ends by itself only."""
    try:
        found.extend(findings)
    except Refused as refused:
        found.extend(refused.findings)
        found.more += refused.more


def _of_entries(archive: Archive, name: str, trial: str, head: Head) -> Iterator[Finding]:
    unreadable, catalogue = Findings(), ACCOUNT_CATALOGUE if trial == CHAIN else CATALOGUE

    def stored() -> Iterator[tuple[Any, ...]]:
        for number, text in enumerate(archive.lines(name), 1):
            said = said_in(text) or {"trial": trial, "seq": number}
            if said.get("format") == FORMAT:
                unreadable.extend(_unreadable(number, text, said, catalogue))
            yield (*(said.get(column) for column in COLUMNS), digest_of(text), text)

    for each in verify(stored(), trial, head):
        yield _at(archive, each)
    yield from (_at(archive, each) for each in unreadable)


def _unreadable(number: int, text: str, said: Mapping[str, Any], catalogue: Catalogue) -> Iterable[Finding]:
    """What this software could not read again, it does not take."""
    event, version = said.get("event"), said.get("version")
    if type(event) is not str or type(version) is not int:
        params: dict[str, Param] = {"event": str(event)[:80], "version": str(version)[:20]}
        return [Finding("ledger.unknown-event", Place(row=number), params)]
    try:
        typed(Row(number, event, version, digest_of(text), text), catalogue)
    except Refused as refused:
        return refused.findings
    return ()


def _of_words(archive: Archive, name: str) -> Iterator[Finding]:
    last = ""
    for number, words, found in _read(archive, name, WordsKept):
        yield from found
        if words is None:
            continue
        kept = _words(words)
        if not kept.authentic or kept.reference <= last:
            yield archive.finding("words-altered", Place(file=archive.file, row=number), member=name)
        last = kept.reference


def _of_identities(archive: Archive, name: str) -> Iterator[Finding]:
    known: set[str] = set()
    for number, identity, found in _read(archive, name, Identity):
        yield from found
        if identity is not None and identity.person in known:
            place = Place(file=archive.file, row=number)
            yield archive.finding("person-twice", place, person=identity.person)
        known.add("" if identity is None else identity.person)


def _read(archive: Archive, name: str, shape: type[T]) -> Iterator[tuple[int, T | None, list[Finding]]]:
    """Each line of a member as a value of a shape, or what is wrong with it."""
    for number, line in enumerate(archive.lines(name), 1):
        place = Place(file=archive.file, row=number)
        try:
            yield number, read(shape, said_in(line), place), []
        except Refused as refused:
            yield number, None, list(refused.findings)


def _at(archive: Archive, finding: Finding) -> Finding:
    place = Place(archive.file, finding.place.row, finding.place.column)
    return Finding(finding.code, place, finding.params, finding.severity)


def _words(kept: WordsKept) -> Words:
    return Words(kept.reference, bytes.fromhex(kept.salt), kept.text)


# Putting back -----------------------------------------------------------------------------------------------


def _refuse_what_is_there(keeper: Keeper, manifest: Manifest) -> None:
    found = Findings()
    for each in manifest.trials:
        head = keeper.head(each.trial)
        if head.seq:
            found.add(Finding("store.trial-exists", params={"trial": each.trial, "seq": head.seq}))
        elif any(_some_of(keeper.alias, table, each.trial) for table in ("store_words", "store_personal")):
            found.add(Finding("store.trial-left-over", params={"trial": each.trial}))
    if manifest.member(ACCOUNTS) is not None and account_rows.any_there(keeper.alias):
        found.add(Finding("store.accounts-exist"))
    found.refuse_on_error()


def _some_of(alias: str, table: str, trial: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE trial = %s LIMIT 1", [trial])  # noqa: S608
        return cursor.fetchone() is not None


def _put(alias: str, writer: Writer, archive: Archive, number: int, trial: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM store_kept WHERE trial = %s", [trial])
    rows = map(_row, archive.lines(name_of(number, "entries")))
    _in_batches(rows, lambda some: writer.add(trial, some))
    words = (_words(read(WordsKept, said_in(line))) for line in archive.lines(name_of(number, "words")))
    _in_batches(words, lambda some: writer.add(trial, (), some))
    name = name_of(number, "personal")
    if archive.manifest.member(name) is not None:
        for line in archive.lines(name):
            personal.write(alias, trial, read(Identity, said_in(line)))


def _row(text: str) -> Row:
    said = said_in(text) or {}
    return Row(said["seq"], said["event"], said["version"], digest_of(text), text, said)


def _in_batches(each: Iterator[T], put: Callable[[list[T]], None]) -> None:
    while some := list(islice(each, BATCH)):
        put(some)
