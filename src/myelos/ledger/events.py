"""What happens to the record itself: it is opened, amended, signed, frozen, locked, and told to forget words.

Everything here is an entry like any other. What a person signed is named by the digests of the entries it
rests on; nothing about a signature is ever changed, a later change of what was signed voids it by an entry of
its own.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from myelos.acts import Code, Note, Term
from myelos.shapes import Catalogue, named, value

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^salted:[0-9a-f]{64}$")]
Seq = Annotated[int, Field(ge=1)]

Meaning = Literal["author", "reviewed", "approved", "responsible"]
"""What a signature says: I made this, I read it, I approve it, I answer for it (21 CFR 11.50)."""

Level = Literal["freeze", "lock"]


@value
class Subject:
    """What is signed, frozen or locked: some entries by number, all about one person, or all of the trial."""

    kind: Literal["entries", "person", "trial"]
    entries: tuple[Seq, ...] = ()
    person: Code | None = None


@value
class Made:
    """A value that an entry made and another may correct: its kind, and the way to it."""

    kind: Code
    key: Term


@named("ledger.trial-opened")
@value
class TrialOpened:
    """A trial begins, under a protocol that is kept here whole."""

    protocol: dict[str, Any]


@named("ledger.protocol-amended")
@value
class ProtocolAmended:
    """From here on the trial runs under another edition of its protocol, kept here whole."""

    protocol: dict[str, Any]


@named("ledger.command-refused")
@value
class CommandRefused:
    """Somebody who may ask for it asked for something that the rules forbid: what, and every reason's code.

    ``said``: the reasons in words, which may repeat what was entered. ``person``: whom it was about.
    """

    codes: Annotated[tuple[Code, ...], Field(min_length=1)]
    said: Note
    person: Code | None = None


@named("ledger.signed")
@value
class Signed:
    """A signature: who (``printed_name``), what it means, and the digest of exactly what was signed.

    ``through``: the last entry there was. ``made``: the values those entries made, whose correction voids it.
    """

    meaning: Meaning
    printed_name: Term
    subject: Subject
    through: Seq
    digest: Digest
    made: tuple[Made, ...] = ()


@named("ledger.signature-voided")
@value
class SignatureVoided:
    """What was signed has changed; the signature stays readable and holds no longer."""

    signature: Seq
    changed_by: Code


@named("ledger.restricted")
@value
class Restricted:
    """Frozen (only harms, and keeping cells from harm, are still recorded) or locked (nothing is), signed."""

    level: Level
    printed_name: Term
    subject: Subject
    through: Seq
    digest: Digest


@named("ledger.reopened")
@value
class Reopened:
    """A freeze or lock is lifted, signed. Signatures hold on until something they cover changes."""

    level: Level
    printed_name: Term
    subject: Subject


@named("ledger.words-erased")
@value
class WordsErased:
    """Free text was erased at a person's wish or a court's; the chain keeps its salted digests."""

    references: Annotated[tuple[Reference, ...], Field(min_length=1)]


@named("ledger.identity-kept")
@value
class IdentityKept:
    """Who a trial code is was written down, or anew, apart from the record."""

    person: Code


@named("ledger.identity-read")
@value
class IdentityRead:
    """Somebody looked up who a trial code is."""

    person: Code


@named("ledger.identity-erased")
@value
class IdentityErased:
    """Who a trial code is was erased; the code and its record stay."""

    person: Code


EVENTS = (
    TrialOpened, ProtocolAmended, CommandRefused, Signed, SignatureVoided, Restricted, Reopened, WordsErased,
    IdentityKept, IdentityRead, IdentityErased,
)  # fmt: skip
"""Every event of this room."""

CATALOGUE = Catalogue(EVENTS)
"""The events by name and version."""
