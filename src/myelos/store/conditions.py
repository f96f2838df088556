"""What the record asks of a command besides the trial's rules, for want of a place in any single room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from myelos.findings import Finding, Param, Place, Refused
from myelos.ledger.accounts import CHAIN
from myelos.ledger.commands import AmendProtocol, EraseWords, OpenTrial
from myelos.ledger.free_text import references
from myelos.protocol import read_protocol
from myelos.store.authority import unknown_roles
from myelos.store.keeper import Keeper


def conditions(keeper: Keeper, trial: str, order: Any, site: str) -> Iterator[Finding]:
    """Every finding that forbids a command at a site: a trial cannot take the accounts' name, a protocol
    names only roles there are, and words are erased where they were written."""
    match order:
        case OpenTrial():
            if trial == CHAIN:
                yield _finding("trial-name-taken", read=trial)
            yield from _roles(order.protocol)
        case AmendProtocol():
            yield from _roles(order.protocol)
        case EraseWords():
            yield from _erasable(keeper, trial, order, site)


def _roles(plain: dict[str, Any]) -> Iterator[Finding]:
    try:
        protocol = read_protocol(plain)
    except Refused:
        return  # the record's own rules say what is wrong with it
    yield from unknown_roles(protocol)


def _erasable(keeper: Keeper, trial: str, order: EraseWords, site: str) -> Iterator[Finding]:
    """Every word asked for is there, and was written at this site."""
    asked, written = frozenset(order.references), dict[str, str]()
    for row in keeper.rows(trial):
        for reference in asked.intersection(references(row.text)):
            written[reference] = row.plain["site"]
    there = keeper.words(trial)
    for number, reference in enumerate(order.references):
        column = f"references[{number}]"
        if reference not in there:
            yield _finding("no-such-words", column, read=reference)
        elif written.get(reference) != site:
            there_written = written.get(reference, "-")
            yield _finding("words-of-another-site", column, read=reference, site=site, written=there_written)


def _finding(code: str, column: str | None = None, **params: Param) -> Finding:
    return Finding(f"store.{code}", Place(column=column), params)
