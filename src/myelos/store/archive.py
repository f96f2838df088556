"""The file of a backup: a zip of JSON lines, and a manifest that counts and hashes every one of them.

Every member is text that any program can read: the entries as they were hashed, one a line; the words with
their salts; personal data by themselves, so that they can be left out. The same record always gives the same
members, byte for byte.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from pydantic import Field

from myelos.findings import Finding, Findings, Param, Place, Refused
from myelos.ledger.canonical import canonical
from myelos.shapes import plain, read, value

FORMAT = 1
"""The version of the file that this software writes and reads. A later one is refused, not guessed."""

MANIFEST, ACCOUNTS = "manifest.json", "accounts.jsonl"
LONGEST = 64 * 2**20
"""Bytes of the longest line, and of a manifest: memory stays bounded whatever the file."""

_CHUNK = 2**20
_DATE = (1980, 1, 1, 0, 0, 0)
_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0)]


@value
class Member:
    """One file in the zip: how many lines and bytes it has, and their SHA-256."""

    name: str
    lines: _Count
    bytes: _Count
    sha256: _Digest


@value
class Backed:
    """A trial in a backup: its head, and when its last entry was recorded."""

    trial: Annotated[str, Field(min_length=1, max_length=80)]
    seq: Annotated[int, Field(ge=1)]
    digest: _Digest
    recorded_at: Annotated[str, Field(max_length=40)]


@value
class Manifest:
    """What a backup holds, and which software made it."""

    format: int
    software: Annotated[str, Field(max_length=80)]
    trials: tuple[Backed, ...]
    members: tuple[Member, ...]

    def __str__(self) -> str:
        return ", ".join(f"{each.trial}: {each.seq} entries, head {each.digest}" for each in self.trials)

    def member(self, name: str) -> Member | None:
        return next((each for each in self.members if each.name == name), None)


def name_of(trial: int, what: str) -> str:
    """The name of a trial's member: ``entries``, ``words`` or ``personal``. A trial's own name may hold what
    no file's name can."""
    return f"{trial + 1:04}/{what}.jsonl"


# Writing ----------------------------------------------------------------------------------------------------


class Writer:
    """Writes members one after the other, each as it comes, and the manifest at the end."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self.members: list[Member] = []

    @classmethod
    @contextmanager
    def to(cls, file: BinaryIO) -> Iterator[Writer]:
        """Write into this file; it is a backup once its manifest is in it."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened_:
            yield cls(opened_)

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[str], None]]:
        """Begin one member; what is given writes one line of it."""
        digest, count, size = sha256(), 0, 0
        with self._zip.open(_info(name), "w", force_zip64=True) as out:

            def write(line: str) -> None:
                nonlocal count, size
                written = line.encode() + b"\n"
                digest.update(written)
                out.write(written)
                count, size = count + 1, size + len(written)

            yield write
        self.members.append(Member(name=name, lines=count, bytes=size, sha256=digest.hexdigest()))

    def add(self, name: str, lines: Iterable[str]) -> None:
        """One member of these lines."""
        with self.member(name) as write:
            for line in lines:
                write(line)

    def finish(self, software: str, trials: Iterable[Backed]) -> Manifest:
        """Write the manifest, after all else."""
        manifest = Manifest(
            format=FORMAT, software=software, trials=tuple(trials), members=tuple(self.members)
        )
        self._zip.writestr(_info(MANIFEST), json.dumps(plain(manifest), indent=1, ensure_ascii=False) + "\n")
        return manifest


def line_of(**fields: Any) -> str:
    """One line: these fields as canonical JSON."""
    return canonical(fields)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return info


# Reading ----------------------------------------------------------------------------------------------------


class Archive:
    """A backup that was opened: its manifest, and the lines of its members."""

    def __init__(self, opened: zipfile.ZipFile, file: str) -> None:
        self._zip, self.file = opened, file
        self.manifest = self._manifest()
        self._check_names()

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a member.

        Raises :class:`~myelos.findings.Refused`, at the latest after the last line, when they are not those
        that the manifest counts and hashes.
        """
        member = self.manifest.member(name)
        assert member is not None
        digest, count, size, rest = sha256(), 0, 0, b""
        for chunk in self._chunks(name):
            digest.update(chunk)
            size += len(chunk)
            *whole, rest = (rest + chunk).split(b"\n")
            if size > member.bytes or len(rest) > LONGEST:
                raise Refused([self.finding("member-altered", member=name)])
            for each in whole:
                count += 1
                yield self._text(each, name)
        if rest or (count, size, digest.hexdigest()) != (member.lines, member.bytes, member.sha256):
            raise Refused([self.finding("member-altered", member=name)])

    def finding(self, code: str, place: Place | None = None, **params: Param) -> Finding:
        """A finding about this file."""
        return Finding(f"store.{code}", place or Place(file=self.file), params)

    def _text(self, line: bytes, name: str) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise Refused([self.finding("member-altered", member=name)]) from error

    def _chunks(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(name) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk
        except _BROKEN as error:
            raise Refused([self.finding("member-altered", member=name)]) from error

    def _manifest(self) -> Manifest:
        foreign = Refused([self.finding("not-a-backup")])
        if MANIFEST not in self._zip.namelist() or self._zip.getinfo(MANIFEST).file_size > LONGEST:
            raise foreign
        try:
            said = json.loads(self._zip.read(MANIFEST))
        except (*_BROKEN, ValueError, RecursionError) as error:
            raise foreign from error
        known = said.get("format") if isinstance(said, dict) else None
        if type(known) is not int:
            raise foreign
        if known != FORMAT:
            raise Refused([self.finding("later-backup", read=known, known=FORMAT)])
        return read(Manifest, said, Place(file=self.file))

    def _check_names(self) -> None:
        found = Findings()
        manifest, there = self.manifest, self._zip.namelist()
        named = [MANIFEST, *(each.name for each in manifest.members)]
        wanted, allowed = [MANIFEST], [MANIFEST, ACCOUNTS]
        for number in range(len(manifest.trials)):
            wanted += [name_of(number, "entries"), name_of(number, "words")]
            allowed += [*wanted[-2:], name_of(number, "personal")]
        for each in sorted({*wanted, *named} - set(there) | set(wanted) - set(named)):
            found.add(self.finding("member-missing", member=each[:80]))
        for each in sorted({*there, *named} - set(allowed) | set(there) - set(named) | _twice(there, named)):
            found.add(self.finding("member-unknown", member=each[:80]))
        for each in sorted(_twice([each.trial for each in manifest.trials])):
            found.add(self.finding("trial-twice", trial=each))
        found.refuse_on_error()


_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What reading a zip raises that is broken, encrypted or packed in a way we do not know."""


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """Open a backup. Raises :class:`~myelos.findings.Refused` for what is none, or only a part of one."""
    where = str(file)
    try:
        opened_ = zipfile.ZipFile(file)
    except OSError as error:
        params: dict[str, Param] = {"said": error.strerror or str(error)}
        raise Refused([Finding("store.cannot-read-file", Place(file=where), params)]) from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Refused([Finding("store.not-a-backup", Place(file=where))]) from error
    with opened_:
        yield Archive(opened_, where)


def _twice(*lists: list[str]) -> set[str]:
    return {each for names in lists for each in names if names.count(each) > 1}
