"""What a page keeps of somebody between two requests: a session, sealed by the record's own secret.

A ticket stays on the server, within the session of a browser. It is void once the password of its account is
another, and like any session once it was left unused too long.
"""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.utils.crypto import salted_hmac

from myelos.findings import Refused
from myelos.store import identity
from myelos.store.identity import Session

_SEAL = "myelos.store.ticket"


def issue(session: Session, alias: str) -> str:
    """The ticket of a session."""
    said = [
        session.account, session.proved_at.isoformat(), session.used_at.isoformat(), session.signings,
        _fingerprint(session.account, alias),
    ]  # fmt: skip
    return signing.dumps(said, salt=_SEAL)


def read(ticket: str, alias: str) -> Session:
    """The session of a ticket.

    Raises :class:`~myelos.findings.Refused` for one that this record did not issue, and for one whose
    account was shut or has another password since.
    """
    try:
        account, proved_at, used_at, signings, fingerprint = signing.loads(ticket, salt=_SEAL)
    except signing.BadSignature as error:
        raise Refused([identity.not_signed_in()]) from error
    if not fingerprint or fingerprint != _fingerprint(account, alias):
        raise Refused([identity.not_signed_in()])
    proved, used = datetime.fromisoformat(proved_at), datetime.fromisoformat(used_at)
    return Session(account, proved, used, signings)


def _fingerprint(account: str, alias: str) -> str:
    """Changes with the password, and tells nothing of it; empty for an account that is shut."""
    encoded = identity.encoded_password(account, alias)
    return salted_hmac(_SEAL, encoded, algorithm="sha256").hexdigest() if encoded else ""
