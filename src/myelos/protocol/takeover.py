"""A trial for what another one rejects: it takes a person's chain over, with its whole history.

PRD-05: cells out of specification are no use to the trial that grew them; a separate protocol, with its own
consent, gate, specifications and dose, may use them for the very person they came from. It never sees a bag
without the history that leads to it: every event, with who did it and when, is told and folded anew. That
nothing of it was left out, or told otherwise than it was, only the other trial's record can prove.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from immutables import Map
from pydantic import Field

from myelos import cells
from myelos.acts import Act, Code
from myelos.cells import LabelKind
from myelos.cells import events as ce
from myelos.cells.containers import Chain, LotStatus
from myelos.findings import Finding, Place, Refused
from myelos.protocol.asking import shown, told
from myelos.protocol.people import Person
from myelos.protocol.trial import Product, Protocol
from myelos.shapes import named, value

REJECTED = (LotStatus.REJECTED, LotStatus.WITHDRAWN)
"""What a lot must be in the other trial: rejected there, or its release withdrawn."""


@value
class Kept:
    """One event of the other trial, as its record keeps it, and the act beside it."""

    act: Act
    event: dict[str, Any]


Records = Annotated[tuple[Kept, ...], Field(min_length=1)]


@named("protocol.take-chain-over")
@value
class TakeChainOver:
    """Take a chain of identity over from the trial under ``from_protocol``; ``records``: all its events."""

    person: Code
    chain: Code
    from_protocol: Code
    records: Records


@named("protocol.chain-taken-over")
@value
class ChainTakenOver:
    """The chain goes on here; its rejected lots are open again, under this protocol's specifications."""

    person: Code
    chain: Code
    from_protocol: Code
    edition: Code
    records: Records


def take_over(
    person: Person, order: TakeChainOver, act: Act, protocol: Protocol, labels: Mapping[str, str]
) -> list[Finding]:
    """Every finding that forbids a takeover, of the chain and its history. ``labels``: those in use here."""
    found = list(_may(person, order, protocol))
    history = read_history(order.records)
    found += history.findings
    found += _told_later(order, act.at)
    if history.chain is not None:
        found += _of_person(history.chain, order)
        found += _to_be_used(history.chain)
        found += _labels(history.chain, labels)
    return found


def _may(person: Person, order: TakeChainOver, protocol: Protocol) -> Iterator[Finding]:
    product: Product | None = protocol.product
    takes = None if product is None else product.takes_lots_of
    if takes is None or takes != order.from_protocol:
        yield told("takes-no-lots", "from_protocol", read=order.from_protocol, takes=takes or "-")
    if person.chain is not None:
        yield told("chain-opened-already", "person", chain=person.chain)


def _told_later(order: TakeChainOver, at: datetime) -> Iterator[Finding]:
    for place, kept in enumerate(order.records):
        if kept.act.at > at:
            yield told("history-later", f"records[{place}].act.at", at=shown(kept.act.at), told=shown(at))


def _of_person(chain: Chain, order: TakeChainOver) -> Iterator[Finding]:
    """The chain is that person's and no other's, and was never infused."""
    if chain.id != order.chain or chain.person != order.person:
        yield told("taken-over-anothers", "chain", chain=chain.id, person=chain.person)
    if chain.infusions:
        yield told("taken-over-infused", "chain", chain=chain.id)


def _to_be_used(chain: Chain) -> Iterator[Finding]:
    """There is a lot, and the other trial has done with every one."""
    if not chain.lots:
        yield told("taken-over-without-lot", "chain", chain=chain.id)
    for id_, lot in sorted(chain.lots.items()):
        if lot.status not in REJECTED:
            yield told("taken-over-unsettled", "records", lot=id_, status=lot.status.value)


def _labels(chain: Chain, used: Mapping[str, str]) -> Iterator[Finding]:
    """Labels of our form, none of them in use here."""
    every = [(chain.id, LabelKind.CHAIN), (chain.person, LabelKind.PERSON)]
    for text, kind in (*every, *((label, LabelKind.CONTAINER) for label in sorted(chain.containers))):
        try:
            cells.read_label(text, kind)
        except Refused as refused:
            yield from refused.findings
        if text in used:
            yield told("label-of-another-chain", "records", container=text)


# The history ----------------------------------------------------------------------------------------------


@dataclass
class History:
    """What a history leads to, and everything wrong with it; no chain where it breaks."""

    chain: Chain | None = None
    findings: list[Finding] = field(default_factory=list)


def read_history(records: Records) -> History:
    """Fold a history, event by event, as far as it goes."""
    history = History()
    for place, kept in enumerate(records):
        column = f"records[{place}].event"
        try:
            event = ce.CATALOGUE.read(kept.event, Place(column=column))
        except Refused as refused:
            history.findings += refused.findings
            return History(None, history.findings)
        if not _follows(history, event, kept.act, column):
            return History(None, history.findings)
    return history


_BROKEN = (TypeError, LookupError, ValueError, AttributeError, ArithmeticError)
"""What the fold raises for an event that cannot follow: it was never decided."""


def _follows(history: History, event: Any, act: Act, column: str) -> bool:
    """Whether an event can follow; then the history has it. One of another chain or person is told of, and
    the history read on."""
    before = history.chain
    try:
        made = cells.evolve(before, event, act)
    except _BROKEN:
        history.findings.append(told("history-broken", column, event=event.NAME))
        return False
    if before is not None and (made.id != before.id or isinstance(event, ce.ChainOpened)):
        history.findings.append(told("history-broken", column, event=event.NAME))
        return False
    person = getattr(event, "person", made.person)
    if event.chain != made.id or person != made.person:
        named_ = {"chain": event.chain, "person": person}
        history.findings.append(told("history-of-another", column, event=event.NAME, **named_))
    history.chain = made
    return True


def reopened(event: ChainTakenOver) -> Chain:
    """The chain as it goes on: rejected lots are open under the edition of the trial that takes them.

    Their results stay, and are held against that edition's specifications. Raises Refused for a history that
    breaks, which is never decided.
    """
    history = read_history(event.records)
    if history.chain is None:
        raise Refused(history.findings)
    lots: Map[str, cells.Lot] = history.chain.lots
    for id_, lot in history.chain.lots.items():
        if lot.status in REJECTED:
            lots = lots.set(id_, lot.but(status=LotStatus.OPEN, edition=event.edition))
    return history.chain.but(lots=lots)
