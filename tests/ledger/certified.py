"""The certificate of the first person's bag in the made-up trial, and others bent from it. Synthetic."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache

from tests.ledger.infused_trial import (
    BAG,
    Said,
    about_the_bag,
    forged,
    played,
    resealed,
)

from myelos.findings import Phrasebook, Severity
from myelos.ledger.certificate import (
    Verified,
    certificate,
    verify_certificate,
)
from myelos.ledger.heads import new_key, sign_head

KEY, FORGER = new_key(b"1" * 32), new_key(b"2" * 32)
BOOK = Phrasebook("myelos", "myelos.ledger")


@cache
def _made() -> Said:
    ledger = played()
    signature = sign_head(ledger.head(), KEY.private)
    made: Said = json.loads(json.dumps(certificate(ledger.rows, ledger.snapshot, BAG, signature)))
    return made


def made() -> Said:
    """The certificate of the first person's bag, signed, as it comes out of a JSON file."""
    return copy.deepcopy(_made())


def vouched(it: object) -> Verified:
    """Verified against the head of the ledger, kept elsewhere, and the site's key."""
    return verify_certificate(it, [played().head()], [KEY.public])


def codes(verified: Verified) -> set[str]:
    """The codes of the errors, without the room."""
    errors = (each for each in verified.findings if each.severity is Severity.ERROR)
    return {each.code.removeprefix("ledger.") for each in errors}


def notes(verified: Verified) -> set[str]:
    others = (each for each in verified.findings if each.severity is not Severity.ERROR)
    return {each.code.removeprefix("ledger.") for each in others}


def altered(change: Callable[[Said], Said | None]) -> Said:
    """A certificate from a ledger that somebody invented by changing the true one, with proofs that hold."""
    return forged(resealed(played().rows, change), made()["summary"], about_the_bag)
