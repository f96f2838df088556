"""Is this the ledger it says it is? The chain of digests, entry by entry, each finding at its row.

A chain alone proves that nothing within it was altered by somebody who did not write all of it anew. A head
kept elsewhere (printed, signed, sent) proves that nothing was cut off and nothing rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from pydantic_core import from_json

from myelos.findings import Finding, Param, Place
from myelos.ledger.canonical import GENESIS
from myelos.ledger.entry import COLUMNS, FORMAT, Head, later_format

Stored = tuple[Any, ...]
"""A row as a database gives it: the columns of :data:`~myelos.ledger.entry.COLUMNS` in order, then digest and
text."""


def verify(rows: Iterable[Stored], trial: str, head: Head | None = None) -> Iterator[Finding]:
    """Every fault of a ledger's rows, in order of ``seq``; none when it is whole.

    ``head``: a head kept elsewhere; the ledger must reach it and agree with it. Findings are told as they are
    found, so that a ledger of any length needs no more memory than one row.
    """
    seq, last = 0, (GENESIS, GENESIS)
    agreed = head is None or head.seq == 0
    for row in rows:
        *columns, digest, text = row
        actual = sha256(text.encode()).hexdigest()
        said, found = _columns(columns, text)
        yield from found
        number = columns[1]
        if actual != digest:
            yield _finding("altered", number)
        if number != seq + 1:
            yield _finding("gap", number, expected=seq + 1)
        elif said.get("previous") not in last:
            yield _finding("broken", max(seq, 1), next=number)
        if columns[0] != trial:
            yield _finding("other-trial", number, read=str(columns[0])[:80], trial=trial)
        seq, last = number, (digest, actual)
        if head is not None and number == head.seq:
            agreed = True
            if head.digest not in (digest, actual) or actual != digest:
                yield _finding("other-head", number)
    if head is not None and not agreed:
        yield _finding("cut", seq, expected=head.seq)


def _columns(columns: Sequence[Any], text: str) -> tuple[dict[str, Any], list[Finding]]:
    """What the text says, and every column that says otherwise."""
    try:
        said = from_json(text)
    except ValueError:
        return {}, [_finding("no-text", columns[1])]
    if not isinstance(said, dict):
        return {}, [_finding("no-text", columns[1])]
    if said.get("format") != FORMAT:
        return said, [later_format(columns[1], said.get("format"))]
    if columns == [said.get(name) for name in COLUMNS]:
        return said, []
    differing = (name for name, each in zip(COLUMNS, columns, strict=True) if said.get(name) != each)
    return said, [_finding("column", columns[1], column=name) for name in differing]


def _finding(code: str, row: Any, **params: Param) -> Finding:
    place = Place(row=row if isinstance(row, int) else None, column=params.pop("column", None))  # type: ignore[arg-type]
    return Finding(f"ledger.{code}", place, params)
