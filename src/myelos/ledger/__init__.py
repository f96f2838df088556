"""The pure record: entries chained by their digests, the fold to a snapshot, signatures, proofs.

:func:`decide_recorded` gives the events of a command or every finding that forbids it; :func:`record` seals
them into :class:`Row` s; :func:`fold` adds rows up to a :class:`Snapshot`; :func:`verify` finds every row
that is not what it was. :func:`read_head` reads a printed head; :func:`certificate` proves one infusion to
somebody who has no ledger, :func:`verify_certificate` says what that is worth. Nothing here opens a database
or reads a clock: time and salt come in.
"""

from myelos.ledger.certificate import certificate, tell_certificate, verify_certificate
from myelos.ledger.chain import verify
from myelos.ledger.deciding import COMMAND_CATALOGUE, Given, decide_recorded
from myelos.ledger.entry import COLUMNS, Head, Row
from myelos.ledger.heads import TreeHead, read_head
from myelos.ledger.recording import Asked, Recorded, record
from myelos.ledger.snapshot import Snapshot, fold

__all__ = [
    "COLUMNS",
    "COMMAND_CATALOGUE",
    "Asked",
    "Given",
    "Head",
    "Recorded",
    "Row",
    "Snapshot",
    "TreeHead",
    "certificate",
    "decide_recorded",
    "fold",
    "read_head",
    "record",
    "tell_certificate",
    "verify",
    "verify_certificate",
]
