"""Is this the ledger it says it is? The chain of digests, entry by entry, each finding at its row.

A chain alone proves that nothing within it was altered by somebody who did not write all of it anew. A head
kept elsewhere (printed, signed, sent) proves that nothing was cut off and nothing rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from myelos.findings import Finding, Param, Place
from myelos.ledger.canonical import GENESIS, digest_of_stored
from myelos.ledger.entry import COLUMNS, FORMAT, Head, later_format, said_in

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
        actual = digest_of_stored(text)
        said = said_in(text)
        number = _number(columns[1], said, actual == digest, seq + 1)
        found = _of_itself(columns, said, number, actual == digest)
        yield from found
        if number != seq + 1:
            yield _finding("gap", number, expected=seq + 1)
        elif not found and said is not None and said.get("previous") not in last:
            yield _finding("broken", max(seq, 1), next=number)
        if columns[0] != trial:
            yield _finding("other-trial", number, read=str(columns[0])[:80], trial=trial)
        seq, last = number, (digest, actual)
        if head is not None and number == head.seq:
            agreed = True
            if not head.digest == digest == actual:
                yield _finding("other-head", number)
    if head is not None and not agreed:
        yield _finding("cut", seq, expected=head.seq)


def _number(column: Any, said: dict[str, Any] | None, authentic: bool, expected: int) -> int:
    """Which entry a row is: the one its text says where that is what was hashed and comes next, otherwise
    what its column says; a column that is no number says nothing."""
    if authentic and said is not None and said.get("seq") == expected:
        return expected
    return column if type(column) is int else expected


def _of_itself(
    columns: Sequence[Any], said: dict[str, Any] | None, number: int, authentic: bool
) -> list[Finding]:
    """What is wrong with a row, whatever comes before and after: its text, and every column that says
    otherwise than the text."""
    found = [] if authentic else [_finding("altered", number)]
    if said is None:
        return [*found, _finding("no-text", number)]
    if said.get("format") != FORMAT:
        return [*found, later_format(number, said.get("format"))]
    if columns == [said.get(name) for name in COLUMNS]:
        return found
    differing = (name for name, each in zip(COLUMNS, columns, strict=True) if said.get(name) != each)
    return [*found, *(_finding("column", number, column=name) for name in differing)]


def _finding(code: str, row: int, column: str | None = None, **params: Param) -> Finding:
    return Finding(f"ledger.{code}", Place(row=row, column=column), params)
