"""What a page keeps of somebody between two requests: a session, sealed by the record's own secret.

A ticket stays on the server, within the session of a browser. It is void once the password of its account is
another, and like any session once it was left unused too long.
"""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

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
        session, fingerprint = _opened(*signing.loads(ticket, salt=_SEAL))
    except (signing.BadSignature, TypeError, ValueError) as error:  # the last two: another version's
        raise Refused([identity.not_signed_in()]) from error
    expected = _fingerprint(session.account, alias)
    if not expected or not constant_time_compare(fingerprint, expected):
        raise Refused([identity.not_signed_in()])
    return session


def _opened(
    account: str, proved_at: str, used_at: str, signings: int, fingerprint: str
) -> tuple[Session, str]:
    """The session a ticket tells of, and what has to fit its account. Raises TypeError or ValueError."""
    if not isinstance(account, str) or not isinstance(signings, int):
        raise TypeError("no ticket")
    return Session(account, _instant(proved_at), _instant(used_at), signings), str(fingerprint)


def _instant(read: str) -> datetime:
    at = datetime.fromisoformat(read)
    if at.tzinfo is None:
        raise ValueError(f"{read} is no instant")
    return at


def _fingerprint(account: str, alias: str) -> str:
    """Changes with the password, and tells nothing of it; empty for an account that is shut."""
    encoded = identity.encoded_password(account, alias)
    return salted_hmac(_SEAL, encoded, algorithm="sha256").hexdigest() if encoded else ""
