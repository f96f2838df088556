"""What may be asked of the record itself. The act beside a command is who asks, when, and why."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from myelos.acts import Code
from myelos.ledger.events import Level, Meaning, Reference, Subject
from myelos.shapes import named, value


@named("ledger.open-trial")
@value
class OpenTrial:
    """Begin a trial under a protocol (plain data, as its TOML holds it)."""

    protocol: dict[str, Any]


@named("ledger.amend-protocol")
@value
class AmendProtocol:
    """Go on under another edition of the same protocol; the reason is in the act."""

    protocol: dict[str, Any]


@named("ledger.sign")
@value
class Sign:
    """Sign entries, a person's record or the trial's, for what it says now."""

    meaning: Meaning
    subject: Subject


@named("ledger.restrict")
@value
class Restrict:
    """Freeze or lock a person's record, or the trial."""

    level: Level
    subject: Subject


@named("ledger.reopen")
@value
class Reopen:
    """Lift a freeze or a lock; the reason is in the act."""

    level: Level
    subject: Subject


@named("ledger.erase-words")
@value
class EraseWords:
    """Erase free text by its references; the reason is in the act."""

    references: Annotated[tuple[Reference, ...], Field(min_length=1)]


@named("ledger.keep-identity")
@value
class KeepIdentity:
    """Write down, apart from the record, who a trial code is; the identity itself is no part of this."""

    person: Code


@named("ledger.read-identity")
@value
class ReadIdentity:
    """Look up who a trial code is."""

    person: Code


@named("ledger.erase-identity")
@value
class EraseIdentity:
    """Erase who a trial code is; the reason is in the act."""

    person: Code


COMMANDS = (
    OpenTrial, AmendProtocol, Sign, Restrict, Reopen, EraseWords, KeepIdentity, ReadIdentity, EraseIdentity,
)  # fmt: skip
"""Every command of this room."""

SIGNED = (Sign, Restrict, Reopen)
"""Those that are signatures: the door asks for a fresh proof of identity."""
