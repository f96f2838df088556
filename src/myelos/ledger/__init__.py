"""The pure record: entries chained by their digests, the fold to a snapshot, signatures, proofs.

:func:`decide_recorded` gives the events of a command or every finding that forbids it; :func:`record` seals
them into :class:`Row` s; :func:`fold` adds rows up to a :class:`Snapshot`; :func:`verify` finds every row
that is not what it was. Nothing here opens a database or reads a clock: time and salt come in.
"""

from myelos.ledger.chain import verify
from myelos.ledger.deciding import COMMAND_CATALOGUE, Given, decide_recorded
from myelos.ledger.entry import COLUMNS, Head, Row
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
    "decide_recorded",
    "fold",
    "record",
    "verify",
]
