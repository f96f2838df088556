"""A decided command about accounts to the entries that record it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from myelos.findings import Finding
from myelos.ledger.accounts.state import Accounts, evolve
from myelos.ledger.entry import Row
from myelos.ledger.free_text import Salt, Words
from myelos.ledger.recording import Asked, clock_findings, sealed


@dataclass(frozen=True, slots=True)
class RecordedAccounts:
    """What a command adds: rows to the chain, words to lie beside it, and the accounts after it."""

    rows: tuple[Row, ...]
    words: tuple[Words, ...]
    accounts: Accounts
    findings: tuple[Finding, ...] = ()


def record_accounts(accounts: Accounts, asked: Asked, events: Sequence[Any], salt: Salt) -> RecordedAccounts:
    """The entries of a command's events; see :func:`myelos.ledger.record`."""
    rows: list[Row] = []
    words: list[Words] = []
    found = tuple(clock_findings(accounts.recorded_at, asked))
    for event in events:
        accounts = evolve(accounts, event, asked.act)
        row, hidden = sealed(accounts.head, asked, event, "", {}, salt)
        accounts = replace(accounts, seq=row.seq, digest=row.digest, recorded_at=asked.recorded_at)
        rows.append(row)
        words += hidden
    return RecordedAccounts(tuple(rows), tuple(words), accounts, found)
