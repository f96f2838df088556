"""One line of the ledger: an event, who did it, when, where and why, chained to the line before.

An entry is its canonical text; its digest is the SHA-256 of that text, and the next entry holds it. The
columns a database keeps beside the text (:data:`COLUMNS`) only help to find it, and are checked against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from pydantic_core import from_json

from myelos.acts import Act
from myelos.findings import Finding, Place, Refused
from myelos.ledger.canonical import canonical, digest_of

FORMAT = 1
"""The version of an entry's text that this software writes. A later one is refused, not guessed."""

COLUMNS = (
    "trial", "seq", "command", "kind", "at", "recorded_at", "by", "role", "site", "why", "person", "event",
    "version", "previous",
)  # fmt: skip
"""The keys of the text that a database also keeps as columns of their own."""

_columns = itemgetter(*COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What an entry has besides its event: the trial, the command (its id and kind) it came from, the act
    (``at``: when it was done; ``recorded_at``: when it was recorded), the editions in force and the software.

    ``person``: the trial code of who it is about, empty where it is about nobody. ``why`` is a reference to
    free text, or empty.
    """

    trial: str
    command: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: str
    role: str
    site: str
    why: str
    person: str
    editions: Mapping[str, str]
    software: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a ledger: how many entries, and the digest of the last."""

    trial: str
    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is stored: its number, the name and version of its event, its digest, its text."""

    seq: int
    event: str
    version: int
    digest: str
    text: str
    _said: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def plain(self) -> dict[str, Any]:
        """What the text says. Raises Refused for a text of a later format, or that cannot be read."""
        read = said_in(self.text)
        if read is None:
            raise Refused([Finding("ledger.no-text", Place(row=self.seq))])
        if read.get("format") != FORMAT:
            raise Refused([later_format(self.seq, read.get("format"))])
        return read

    @property
    def columns(self) -> tuple[Any, ...]:
        """What a database keeps: :data:`COLUMNS` in order, the digest, the text."""
        said = self.plain if self._said is None else self._said
        return (*_columns(said), self.digest, self.text)


def said_in(text: Any) -> dict[str, Any] | None:
    """What the text of an entry says, None where it is no JSON object."""
    try:
        said = from_json(text)
    except (TypeError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def stamp(instant: datetime) -> str:
    """An instant as entries write it: UTC, microseconds always, so that text sorts as time does.

    Raises ValueError for a time without its zone.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal(heading: Heading, event: Mapping[str, Any], previous: Head) -> Row:
    """The next entry after ``previous``: its text and digest.

    ``event`` is ``{"name", "version", "data"}`` with free text already hidden
    (:func:`myelos.ledger.free_text.hide`). Raises ValueError for another trial than the head's.
    """
    if heading.trial != previous.trial:
        raise ValueError(f"an entry of {heading.trial} cannot follow one of {previous.trial}")
    seq = previous.seq + 1
    said = {
            "at": stamp(heading.at), "by": heading.by, "command": heading.command, "data": event["data"],
            "editions": dict(heading.editions), "event": event["name"], "format": FORMAT,
            "kind": heading.kind, "person": heading.person, "previous": previous.digest,
            "recorded_at": stamp(heading.recorded_at), "role": heading.role, "seq": seq,
            "site": heading.site, "software": heading.software, "trial": heading.trial,
            "version": event["version"], "why": heading.why,
    }  # fmt: skip
    text = canonical(said)
    return Row(seq, event["name"], event["version"], digest_of(text), text, said)


def act_of(plain: Mapping[str, Any]) -> Act:
    """The act of an entry's text."""
    at = datetime.fromisoformat(plain["at"])
    return Act(by=plain["by"], at=at, role=plain["role"], site=plain["site"], why=plain["why"])


def later_format(seq: int, read: object) -> Finding:
    """The finding about an entry that this software does not know how to read."""
    params: dict[str, str | int | float | bool] = {"read": str(read)[:80], "known": FORMAT}
    return Finding("ledger.later-format", Place(row=seq), params)
