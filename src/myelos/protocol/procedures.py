"""What a trial asks of every command about cells, before and beside the cells' own gates.

The cells' room knows one person's chain; here stand the person, their site, consent, gates and the amounts
the protocol allows, and that nobody has two chains and no label two uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from myelos import cells
from myelos.acts import Act, Decision
from myelos.cells import commands as cc
from myelos.findings import Finding
from myelos.measures import Measure
from myelos.protocol import permission
from myelos.protocol.asking import Around, nobody, told
from myelos.protocol.people import Person
from myelos.protocol.settings import edition_in_force
from myelos.protocol.site_limits import limits_on, no_edition
from myelos.protocol.state import Trial
from myelos.protocol.takeover import ChainTakenOver, TakeChainOver, take_over
from myelos.protocol.trial import Product, Protocol
from myelos.times import civil_date

WHERE_THE_PERSON_IS = (
    cc.OpenChain, cc.Collect, cc.MatchAtBedside, cc.StartInfusion, cc.ObserveInfusion, cc.PauseInfusion,
    cc.ResumeInfusion, cc.EndInfusion,
)  # fmt: skip
"""Commands that are done at the person's own site. Cells may be grown, tested and released at another."""

_NO_BEDSIDE = cells.Bedside()


def decide_cells(
    trial: Trial, order: Any, act: Act, protocol: Protocol, own: Mapping[str, Measure]
) -> Decision:
    """The events of a command about cells, or everything of the trial and of the cells that forbids it."""
    if protocol.product is None:
        return Decision.refused(told("no-product", protocol=protocol.id))
    chain, opens = trial.chains.get(order.chain), isinstance(order, cc.OpenChain)
    if chain is None and not opens:
        return Decision.refused(told("chain-unknown", "chain", read=order.chain))
    code = order.person if opens or chain is None else chain.person
    person = trial.people.get(code)
    if person is None:
        return Decision.refused(nobody(code))
    site = trial.sites[person.site]
    given = permission.around(trial, person, act.at, protocol, own)
    limits = limits_on(protocol, site.settings, civil_date(act.at, site.zone))
    bedside = _NO_BEDSIDE
    if isinstance(order, cc.StartInfusion | cc.ResumeInfusion):
        bedside = permission.bedside(trial, person, order, act.at, given)
    found = list(_of_the_trial(trial, order, person, chain, act, given))
    decision = cells.decide(chain, order, act, limits, bedside)
    return Decision.of(decision.events, [*found, *decision.findings])


def other_site(person: Person, act: Act) -> Iterator[Finding]:
    """What is done to a person is done at the person's site."""
    if act.site != person.site:
        yield told("other-site", "site", person=person.code, read=act.site)


def _of_the_trial(
    trial: Trial, order: Any, person: Person, chain: cells.Chain | None, act: Act, given: Around
) -> Iterator[Finding]:
    yield from no_edition(given.protocol, civil_date(act.at, given.zone))
    if isinstance(order, WHERE_THE_PERSON_IS):
        yield from other_site(person, act)
    if isinstance(order, cc.OpenChain | cc.Collect):
        yield from permission.collection_findings(trial, person, act.at, given)
    if isinstance(order, cc.PrintLabel):
        yield from _label_used(trial, order)
    product = given.protocol.product
    if product is None:
        return
    if isinstance(order, cc.OpenChain):
        yield from _opens(person, given.protocol, product)
    if chain is not None and isinstance(order, cc.Collect):
        yield from permission.amounts_findings(trial, person, chain, order, product)
    if chain is not None and isinstance(order, cc.Seed):
        yield from permission.lots_findings(trial, person, chain, product)


def _opens(person: Person, protocol: Protocol, product: Product) -> Iterator[Finding]:
    """One chain a person; and none where nothing is collected: there it is taken over."""
    if person.chain is not None:
        yield told("chain-opened-already", "person", chain=person.chain)
    if not (product.blood_collections or product.marrow_collections):
        yield told("collects-nothing", "chain", protocol=protocol.id)


def _label_used(trial: Trial, order: cc.PrintLabel) -> Iterator[Finding]:
    """No label is used twice, not even for two people."""
    used = trial.labels.get(order.container)
    if used is not None and used != order.chain:
        yield told("label-of-another-chain", "container", container=order.container)


def decide_takeover(
    trial: Trial, order: TakeChainOver, act: Act, protocol: Protocol, own: Mapping[str, Measure]
) -> Decision:
    """The chain with its history, or everything that forbids taking it over."""
    person = trial.people.get(order.person)
    if person is None:
        return Decision.refused(nobody(order.person))
    given = permission.around(trial, person, act.at, protocol, own)
    on = civil_date(act.at, given.zone)
    early = no_edition(protocol, on)
    found = [*other_site(person, act), *early]
    found += permission.collection_findings(trial, person, act.at, given, takeover=True)
    if order.chain in trial.chains:
        found.append(told("chain-opened-already", "chain", chain=order.chain))
    found += take_over(person, order, act, protocol, trial.labels)
    if protocol.product is None or early:
        return Decision.of((), found)
    event = ChainTakenOver(
        person=order.person, chain=order.chain, from_protocol=order.from_protocol,
        edition=edition_in_force(protocol.product, on).id, records=order.records,
    )  # fmt: skip
    return Decision.of((event,), found)
