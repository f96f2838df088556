"""One file that holds whole trials, taken while others write.

A backup is of one moment; it is written beside its place and gets its name when it is whole. See
:mod:`myelos.store.restoring` for the way back.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from myelos import __version__
from myelos.findings import Finding, Findings, Param, Place, Refused
from myelos.ledger import COLUMNS, verify
from myelos.ledger.free_text import Words
from myelos.store import account_rows, personal
from myelos.store.archive import ACCOUNTS, Backed, Manifest, Writer, line_of, name_of
from myelos.store.keeper import Keeper
from myelos.store.personal import Identity

_RECORDED = COLUMNS.index("recorded_at")


def back_up(
    alias: str, trials: Sequence[str], file: Path, *, identities: bool, accounts: bool = False
) -> Manifest:
    """Write a backup of trials into a new file that only its owner may read.

    ``identities``: with the personal data of the people. ``accounts``: with the accounts and their passwords'
    hashes. Nobody waits for it, and memory stays bounded. Raises :class:`~myelos.findings.Refused` for a
    trial that does not exist, a ledger with faults, a file that is there already or cannot be written: then
    there is no file.
    """
    keeper = Keeper(alias)
    with whole(file) as out, keeper.reading(), Writer.to(out) as writer:
        backed = []
        for number, trial in enumerate(dict.fromkeys(trials)):
            backed.append(_entries(keeper, trial, writer, name_of(number, "entries")))
            writer.add(name_of(number, "words"), map(_words, keeper.words_in_order(trial)))
            if identities:
                writer.add(name_of(number, "personal"), map(_identity, personal.of_trial(alias, trial)))
        if accounts:
            writer.add(ACCOUNTS, account_rows.lines(alias))
        return writer.finish(__version__, backed)


def _entries(keeper: Keeper, trial: str, writer: Writer, name: str) -> Backed:
    """The entries as they are stored, verified on their way: what is at fault is no backup."""
    head = keeper.head(trial)
    if head.seq == 0:
        known = ", ".join(keeper.trials()[:10]) or "-"
        raise Refused([Finding("store.no-such-trial", params={"read": trial[:80], "known": known})])
    found, recorded = Findings(), ""

    def passing(rows: Iterable[tuple[Any, ...]], write: Callable[[str], None]) -> Iterator[tuple[Any, ...]]:
        nonlocal recorded
        for row in rows:
            write(str(row[-1]))
            recorded = row[_RECORDED]
            yield row

    with writer.member(name) as write:
        found.extend(verify(passing(keeper.stored(trial), write), trial, head))
        found.refuse_on_error()
    return Backed(trial=trial, seq=head.seq, digest=head.digest, recorded_at=recorded)


def _words(words: Words) -> str:
    return line_of(reference=words.reference, salt=words.salt.hex(), text=words.text)


def _identity(identity: Identity) -> str:
    born = identity.birth_date
    return line_of(
        person=identity.person, name=identity.name, hospital_number=identity.hospital_number,
        birth_date=None if born is None else born.isoformat(),
    )  # fmt: skip


@contextmanager
def whole(file: Path) -> Iterator[BinaryIO]:
    """A new file that gets its name when it is whole and on the disk, and else is not there.

    Only its owner may read it. Raises :class:`~myelos.findings.Refused` for a name that is taken, and when
    the file cannot be written.
    """
    place, made = Place(file=str(file)), None
    if file.exists():
        raise Refused([Finding("store.file-exists", place)])
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as out:
            made = Path(out.name)
            yield out  # type: ignore[misc]
            out.flush()
            os.fsync(out.fileno())
        made.rename(file)
        made = None
        _settle(file.parent)
    except OSError as error:
        params: dict[str, Param] = {"said": error.strerror or str(error)}
        raise Refused([Finding("store.cannot-write-file", place, params)]) from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Let the disk keep the name, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
