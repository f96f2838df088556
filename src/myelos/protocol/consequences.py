"""What an event of one room means for another: a late positive result is a harm, an examination may show one.

What follows stands or falls with the command it follows from. Ids of what follows by itself are made from
what there is, so that the same history gives the same ids, and never one that is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import count
from typing import Any

from myelos.acts import Act, Decision
from myelos.cells import events as ce
from myelos.cells.containers import Chain, QuarantineReason
from myelos.cells.limits import SpecificationKind
from myelos.cells.release import open_bags
from myelos.protocol.leaving import after_leaving
from myelos.protocol.person_events import DeviationRecorded
from myelos.protocol.state import Trial, after
from myelos.protocol.trial import Bound, Protocol, SpecificationRow
from myelos.protocol.visits import outside_at_infusion
from myelos.safety import commands as sc
from myelos.safety import events as se
from myelos.safety.deciding import decide as decide_harm
from myelos.safety.facts import Facts, NeuroScores
from myelos.safety.terms import Kind

NOTHING = Decision()
Follow = Callable[[Trial, Any, Act, Protocol], Decision]

GERMS = frozenset({"CFU/mL", "EU/mL", "EU/kg"})
"""Units of what comes from germs. A test whose result is a word (sterility, mycoplasma) asks for them too."""


def free_id(prefix: str, taken: Collection[str]) -> str:
    """The next id with this beginning that nothing has yet."""
    numbers = count(len(taken) + 1)
    return next(id_ for id_ in (f"{prefix}-{number}" for number in numbers) if id_ not in taken)


def facts(trial: Trial, before: tuple[NeuroScores, ...] = ()) -> Facts:
    """What the rules about harms are told of the trial."""
    return Facts(collected=trial.collected, infused=trial.infused, before=before)


def harm(trial: Trial, order: Any, act: Act, protocol: Protocol) -> Decision:
    """What the rules about harms say to a command."""
    return decide_harm(trial.harms, order, act, protocol.safety, facts(trial))


def follows(before: Trial, decision: Decision, act: Act, protocol: Protocol) -> Iterator[Decision]:
    """What follows from events about cells and harms, each from the state with those before it."""
    trial = before
    for event in decision.events:
        trial = after(trial, (event,), act)
        follow = _FOLLOWS.get(type(event))
        if follow is not None:
            more = follow(trial, event, act, protocol)
            trial = after(trial, more.events, act)
            yield more
    yield from _deaths(before, trial, decision)


# Cells ----------------------------------------------------------------------------------------------------


def _infused(trial: Trial, event: ce.InfusionStarted, act: Act, protocol: Protocol) -> Decision:
    """Day 0 has come: visits before it may turn out to lie outside their windows."""
    person, chain = trial.people[event.person], trial.chains[event.chain]
    if len(chain.infusions) > 1:
        return NOTHING
    return Decision.of(outside_at_infusion(person, protocol), ())


def _late_result(trial: Trial, event: ce.ReleaseWithdrawn, act: Act, protocol: Protocol) -> Decision:
    """Germs found after the release are a harm, or nearly one; anything else, once infused, a deviation."""
    chain, taken = trial.chains[event.chain], trial.harms.incidents
    if not _asks_for_germs(protocol, chain, event):
        return Decision.of(_product_deviation(chain, event), ())
    words = f"{event.specification}: out of range after release"
    order = sc.ReportLateSterility(
        incident=free_id("LATE", taken), event=free_id("AE-LATE", trial.harms.adverse), person=chain.person,
        container=_bag(chain, event.lot), what=words, known_at=act.at,
        zone=trial.sites[trial.people[chain.person].site].zone,
    )  # fmt: skip
    return harm(trial, order, act, protocol)


def _asks_for_germs(protocol: Protocol, chain: Chain, event: ce.ReleaseWithdrawn) -> bool:
    if protocol.product is None:
        return False
    lot, units = chain.lots[event.lot], {setting.id: setting.unit for setting in protocol.settings}
    rows = (row for edition in protocol.product.editions if edition.id == lot.edition
            for row in edition.specifications if row.id == event.specification)  # fmt: skip
    return any(row.kind is SpecificationKind.IS or not GERMS.isdisjoint(_units(row, units)) for row in rows)


def _units(row: SpecificationRow, of_settings: dict[str, str]) -> Iterator[str]:
    bounds: list[Bound] = [bound for bound in (row.low, row.high) if bound is not None]
    for bound in bounds:
        yield bound.amount.unit if bound.amount else of_settings.get(bound.setting or "", "")


def _product_deviation(chain: Chain, event: ce.ReleaseWithdrawn) -> tuple[DeviationRecorded, ...]:
    if not event.infused:
        return ()
    return (DeviationRecorded(person=chain.person, kind="product", about=event.specification, computed=True),)


def _bag(chain: Chain, lot: str) -> str:
    """The first infused bag of a lot, or else the first container of it."""
    infused = [each.bag for each in chain.infusions if chain.containers[each.bag].lot == lot]
    return (infused or sorted(each.label for each in chain.containers.values() if each.lot == lot))[0]


def _identity_error(trial: Trial, event: ce.Quarantined, act: Act, protocol: Protocol) -> Decision:
    if event.reason is not QuarantineReason.IDENTITY:
        return NOTHING
    order = sc.RecordIncident(
        incident=free_id("IDENTITY", trial.harms.incidents), kind=Kind.IDENTITY_ERROR, what=event.words,
        person=trial.chains[event.chain].person, container=event.containers[0],
    )  # fmt: skip
    return harm(trial, order, act, protocol)


# Harms ----------------------------------------------------------------------------------------------------


def _incident(trial: Trial, event: se.IncidentRecorded, act: Act, protocol: Protocol) -> Decision:
    """A container that is ours is held back with everything made of it: for ever after an identity error;
    after a contamination, with the bags of its lot, until a signed disposition."""
    chain = trial.chains.get(trial.labels.get(event.container or "", ""))
    if chain is None or event.container is None:
        return NOTHING
    touched = [event.container, *chain.descendants(event.container)]
    if event.kind is Kind.IDENTITY_ERROR:
        return Decision.of((_held(chain, touched, QuarantineReason.IDENTITY, event.what),), ())
    lot = chain.lots.get(chain.containers[event.container].lot or "")
    bags = () if lot is None else (bag.label for bag in open_bags(chain, lot))
    left = [each for each in dict.fromkeys((*touched, *bags)) if not chain.containers[each].ended]
    return Decision.of((_held(chain, left, QuarantineReason.OTHER, event.what),) if left else (), ())


def _held(chain: Chain, containers: list[str], reason: QuarantineReason, words: str) -> ce.Quarantined:
    return ce.Quarantined(chain=chain.id, containers=tuple(containers), reason=reason, words=words)


def _deaths(before: Trial, trial: Trial, decision: Decision) -> Iterator[Decision]:
    """What is on record after a death that becomes known is kept, and is a deviation."""
    ids = {event.event for event in decision.events if isinstance(event, _OF_ADVERSE_EVENTS)}
    for code in sorted({trial.harms.adverse[id_].person for id_ in ids}):
        person, died = trial.people[code], before.people[code].died
        if person.died is not None and (died is None or person.died < died):
            yield Decision.of(after_leaving(person, person.died), ())


_OF_ADVERSE_EVENTS = (se.AdverseEventReported, se.AdverseEventUpdated, se.OutcomeRecorded)

_FOLLOWS: dict[type, Follow] = {
    ce.InfusionStarted: _infused,
    ce.ReleaseWithdrawn: _late_result,
    ce.Quarantined: _identity_error,
    se.IncidentRecorded: _incident,
}
"""What follows from an event that a command gave; nothing follows from what followed."""
