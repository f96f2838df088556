"""Fold the events of one chain of identity into its state. Pure, and computes nothing an event should say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from immutables import Map

from myelos.acts import Act
from myelos.cells import events as e
from myelos.cells.containers import (
    Chain,
    Container,
    Contents,
    Custody,
    Growth,
    Hold,
    Infusion,
    Kind,
    Lot,
    LotDecision,
    LotStatus,
    Match,
    Observation,
    Pause,
    Reasoned,
    Result,
    State,
)  # fmt: skip
from myelos.cells.states import STEP
from myelos.quantities import Amount


def evolve(chain: Chain | None, event: Any, act: Act) -> Chain:
    """The chain after the event. Raises TypeError for what is no event of this room, or a chain that is not
    begun: the ledger holds only what ``decide`` gave, so that is a fault of the program."""
    if isinstance(event, e.ChainOpened):
        return Chain(event.chain, event.person, opened_at=act.at)
    fold = _FOLDS.get(type(event))
    if fold is None or chain is None:
        raise TypeError(f"{type(event).__name__} cannot follow here")
    return fold(chain, event, act)


Containers = Map[str, Container]
"""The containers of a chain by label. What changes several gives them on, so that the chain is made once."""


def _put(chain: Chain, changed: Container) -> Chain:
    return chain.but(containers=chain.containers.set(changed.label, changed))


def _with(containers: Containers, changed: Iterable[Container]) -> Containers:
    for each in changed:
        containers = containers.set(each.label, each)
    return containers


def _moved(container: Container, event: str, part: str, act: Act, **changes: Any) -> Container:
    after = STEP[event, part].after
    if after is not None:
        changes.setdefault("state", after)
    changes.setdefault("last_at", act.at)
    return container.but(**changes)


def _contents(part: e.Part, counted_at: Any) -> Contents:
    return Contents(part.volume, part.viable, part.dead, None if part.viable is None else counted_at)


_BLANK = Container("", Kind.BLOOD, State.PRINTED, "", datetime.min.replace(tzinfo=UTC))
"""No container: what a new one is copied from, which is quicker than to make it."""


def _printed(chain: Chain, event: e.LabelPrinted, act: Act) -> Chain:
    label = _BLANK.but(label=event.container, kind=event.kind, printed_by=act.by, last_at=act.at)
    return _put(chain, label)


def _verified(chain: Chain, event: e.LabelVerified, act: Act) -> Chain:
    return _put(chain, _moved(chain.containers[event.container], "label-verified", "it", act))


def _seen(chain: Chain, event: Any, act: Act) -> Chain:
    """What was only looked at: nothing was done to the container."""
    return chain


def _collected(chain: Chain, event: e.Collected, act: Act) -> Chain:
    it = chain.containers[event.container]
    custody = (Custody(act.by, event.place, act.at),)
    changes = {"contents": Contents(event.volume), "collected": event.volume, "custody": custody}
    return _put(chain, _moved(it, "collected", "target", act, **changes))


def _handed_over(chain: Chain, event: e.HandedOver, act: Act) -> Chain:
    it = chain.containers[event.container]
    custody = (*it.custody, Custody(event.taker, event.place, event.taken_at))
    dispatched = event.given_at if it.state is State.PACKED else it.dispatched_at
    changes = {"custody": custody, "dispatched_at": dispatched, "last_at": event.taken_at}
    return _put(chain, _moved(it, "handed-over", "it", act, **changes))


def _received(chain: Chain, event: e.Received, act: Act) -> Chain:
    it = chain.containers[event.container]
    name = "received-bag" if it.kind is Kind.BAG else "received-material"
    return _put(chain, _moved(it, name, "it", act))


def _filled(
    containers: Containers, name: str, part: e.Part, sources: tuple[Container, ...], act: Act, **more: Any
) -> Containers:
    """A target after it was filled: its parents are the sources, its custody theirs."""
    first = sources[0]
    counted_at = first.contents.counted_at if first.contents else None
    given = {
        "parents": tuple(each.label for each in sources),
        "lot": first.lot,
        "passage": first.passage,
        "contents": _contents(part, counted_at),
        "custody": first.custody[-1:],
    }
    it = _moved(containers[part.container], name, "target", act, **{**given, **more})
    return containers.set(it.label, it)


def _left(
    containers: Containers, name: str, source: str, left: Amount, parts: tuple[e.Part, ...], act: Act
) -> Containers:
    """A source after parts were taken: it keeps what no part has, and ends when that is nothing."""
    it = containers[source]
    before = it.contents
    if before is None:
        raise TypeError(f"{source} holds nothing")
    if left.value == 0:
        it = _moved(it, name, "source", act, state=State.EMPTIED, contents=None)
        return containers.set(it.label, it)
    viable = None if before.viable is None else before.viable - sum(part.viable or 0 for part in parts)
    dead = None if before.dead is None else before.dead - sum(part.dead or 0 for part in parts)
    it = _moved(it, name, "source", act, contents=Contents(left, viable, dead, before.counted_at))
    return containers.set(it.label, it)


def _used(containers: Containers, name: str, serum: tuple[e.Use, ...], act: Act) -> Containers:
    for use in serum:
        it = containers[use.container]
        if it.contents is None:
            raise TypeError(f"{use.container} holds nothing")
        left = it.contents.volume - use.volume
        gone = left.value == 0
        changes = {"state": State.EMPTIED if gone else it.state, "contents": None if gone else Contents(left)}
        it = _moved(it, name, "serum", act, **changes)
        containers = containers.set(it.label, it)
    return containers


def _separated(chain: Chain, event: e.Separated, act: Act) -> Chain:
    containers = chain.containers
    source = containers[event.source]
    for part in event.serum:
        containers = _filled(containers, "separated", part, (source,), act)
    emptied = _moved(source, "separated", "source", act, contents=None)
    return chain.but(containers=containers.set(emptied.label, emptied))


def _seeded(chain: Chain, event: e.Seeded, act: Act) -> Chain:
    containers = chain.containers
    source = containers[event.source]
    serum = tuple(use.container for use in event.serum)
    for part in event.flasks:
        containers = _filled(
            containers, "seeded", part, (source,), act,
            lot=event.lot, passage=0, parents=(event.source, *serum), seeded_at=act.at,
        )  # fmt: skip
    containers = _left(containers, "seeded", event.source, event.left, event.flasks, act)
    containers = _used(containers, "seeded", event.serum, act)
    return chain.but(containers=containers, lots=chain.lots.set(event.lot, Lot(event.lot, event.edition)))


def _fed(chain: Chain, event: e.Fed, act: Act) -> Chain:
    containers = chain.containers
    serum = tuple(use.container for use in event.serum)
    for label in event.flasks:
        it = containers[label]
        parents = (*it.parents, *(each for each in serum if each not in it.parents))
        containers = containers.set(it.label, _moved(it, "fed", "it", act, parents=parents))
    return chain.but(containers=_used(containers, "fed", event.serum, act))


def _harvested(chain: Chain, event: e.Harvested, act: Act) -> Chain:
    flasks = tuple(chain.containers[label] for label in event.flasks)
    contents = _contents(event.suspension, event.counted_at)
    containers = _filled(chain.containers, "harvested", event.suspension, flasks, act, contents=contents)
    emptied = (_moved(each, "harvested", "source", act, contents=None) for each in flasks)
    first = flasks[0]
    counts = [each.contents.viable for each in flasks if each.contents]
    seeded = None if None in counts else sum(count or 0 for count in counts)
    grown = Growth(
        lot=str(first.lot), passage=first.passage or 0, seeded=seeded,
        seeded_at=min(each.seeded_at or act.at for each in flasks),
        harvested=event.suspension.viable or 0, harvested_at=act.at,
    )  # fmt: skip
    return chain.but(containers=_with(containers, emptied), growth=(*chain.growth, grown))


def _passaged(chain: Chain, event: e.Passaged, act: Act) -> Chain:
    containers = chain.containers
    source = containers[event.source]
    serum = tuple(use.container for use in event.serum)
    for part in event.flasks:
        containers = _filled(
            containers, "passaged", part, (source,), act,
            passage=(source.passage or 0) + 1, parents=(event.source, *serum), seeded_at=act.at,
        )  # fmt: skip
    containers = _left(containers, "passaged", event.source, event.left, event.flasks, act)
    return chain.but(containers=_used(containers, "passaged", event.serum, act))


def _split(chain: Chain, event: e.Split, act: Act) -> Chain:
    containers = chain.containers
    source = containers[event.source]
    for part in event.parts:
        containers = _filled(containers, "split", part, (source,), act)
    return chain.but(containers=_left(containers, "split", event.source, event.left, event.parts, act))


def _pooled(chain: Chain, event: e.Pooled, act: Act) -> Chain:
    sources = tuple(chain.containers[label] for label in event.sources)
    times = [each.contents.counted_at for each in sources if each.contents and each.contents.counted_at]
    contents = _contents(event.into, min(times, default=None))
    containers = _filled(chain.containers, "pooled", event.into, sources, act, contents=contents)
    emptied = (_moved(each, "pooled", "source", act, contents=None) for each in sources)
    return chain.but(containers=_with(containers, emptied))


def _sampled(chain: Chain, event: e.Sampled, act: Act) -> Chain:
    source = chain.containers[event.source]
    containers = _filled(chain.containers, "sampled", event.sample, (source,), act)
    return chain.but(containers=_left(containers, "sampled", event.source, event.left, (event.sample,), act))


def _with_added(it: Container, added: Amount) -> Contents:
    if it.contents is None:
        raise TypeError(f"{it.label} holds nothing")
    return it.contents.but(volume=it.contents.volume + added)


def _frozen(chain: Chain, event: e.Frozen, act: Act) -> Chain:
    it = chain.containers[event.container]
    contents = _with_added(it, event.added)
    return _put(chain, _moved(it, "frozen", "it", act, contents=contents, frozen_at=act.at))


def _thawed(chain: Chain, event: e.Thawed, act: Act) -> Chain:
    it = chain.containers[event.container]
    contents = _with_added(it, event.added)
    return _put(chain, _moved(it, "thawed", "it", act, contents=contents, thawed_at=act.at))


def _packed(chain: Chain, event: e.Packed, act: Act) -> Chain:
    it = chain.containers[event.container]
    keep = (event.low, event.high)
    return _put(chain, _moved(it, "packed", "it", act, seal=event.seal, keep=keep, dispatched_at=None))


def _stored(chain: Chain, event: e.Stored, act: Act) -> Chain:
    """Unpacked, if it was packed."""
    it = chain.containers[event.container]
    return _put(chain, _moved(it, "stored", "it", act, seal=None, keep=None, dispatched_at=None))


def _lot(chain: Chain, lot: Lot) -> Chain:
    return chain.but(lots=chain.lots.set(lot.id, lot))


def _tested(chain: Chain, event: e.Tested, act: Act) -> Chain:
    it = chain.containers[event.sample]
    state = State.TESTED if event.used_up else it.state
    contents = None if event.used_up else it.contents
    sample = _moved(it, "tested", "it", act, state=state, contents=contents)
    result = Result(event.specification, event.result, event.sample, act.at, act.by)
    lot = _with_result(chain.lots[event.lot], result)
    return chain.but(containers=chain.containers.set(sample.label, sample), lots=chain.lots.set(lot.id, lot))


def _with_result(lot: Lot, result: Result) -> Lot:
    pending = tuple(each for each in lot.pending if each != result.specification)
    complete = lot.status is LotStatus.CONDITIONAL and not pending
    status = LotStatus.RELEASED if complete else lot.status
    return lot.but(results=(*lot.results, result), pending=pending, status=status)


def _result_corrected(chain: Chain, event: e.ResultCorrected, act: Act) -> Chain:
    lot = chain.lots[event.lot]
    old = lot.results[event.corrects]
    result = Result(
        old.specification, event.result, old.sample, act.at, act.by, event.corrects, event.reason
    )  # fmt: skip
    return _lot(chain, _with_result(lot, result))


def _decided(lot: Lot, decision: LotDecision, **changes: Any) -> Lot:
    return lot.but(status=decision.status, decisions=(*lot.decisions, decision), **changes)


def _released(chain: Chain, event: e.Released, act: Act) -> Chain:
    status = LotStatus.CONDITIONAL if event.pending else LotStatus.RELEASED
    decision = LotDecision(
        status, act.at, act.by, missing=event.pending, bags=event.bags, why=event.reason
    )  # fmt: skip
    changes = {"pending": event.pending, "bags": event.bags, "released_at": act.at}
    return _lot(chain, _decided(chain.lots[event.lot], decision, **changes))


def _rejected(chain: Chain, event: e.Rejected, act: Act) -> Chain:
    missing, outside = (
        tuple(each.removeprefix(mark) for each in event.reasons if each.startswith(mark))
        for mark in (e.MISSING, e.OUTSIDE)
    )
    decision = LotDecision(LotStatus.REJECTED, act.at, act.by, missing, outside, why=event.reason)
    return _lot(chain, _decided(chain.lots[event.lot], decision))


def _release_withdrawn(chain: Chain, event: e.ReleaseWithdrawn, act: Act) -> Chain:
    decision = LotDecision(LotStatus.WITHDRAWN, act.at, act.by, outside=(event.specification,))
    return _lot(chain, _decided(chain.lots[event.lot], decision, pending=(), bags=()))


def _matched(chain: Chain, event: e.Matched, act: Act) -> Chain:
    it = chain.containers[event.container]
    return _put(chain, _moved(it, "matched", "it", act, matches=(*it.matches, Match(act.by, act.at))))


def _infusion_started(chain: Chain, event: e.InfusionStarted, act: Act) -> Chain:
    bag = _moved(chain.containers[event.container], "infusion-started", "it", act)
    begun = Infusion(
        bag=event.container, started_at=act.at, by=(event.first, event.second), basis=event.basis,
        dose=event.dose, counted_at=event.counted_at, weight=event.weight, weighed_at=event.weighed_at,
        lowest=event.lowest, highest=event.highest, flow=event.flow, dilution=event.dilution,
        premedication=event.premedication,
    )  # fmt: skip
    return chain.but(containers=chain.containers.set(bag.label, bag), infusions=(*chain.infusions, begun))


def _infusion(chain: Chain, bag: str, change: Callable[[Infusion], Infusion]) -> tuple[Infusion, ...]:
    return tuple(change(each) if each.bag == bag else each for each in chain.infusions)


def _infusion_observed(chain: Chain, event: e.InfusionObserved, act: Act) -> Chain:
    """Nothing was done to the bag: it was looked at, and the person."""
    seen = Observation(
        at=act.at, by=act.by, oxygen_saturation=event.oxygen_saturation, systolic=event.systolic,
        diastolic=event.diastolic, pulse=event.pulse, temperature=event.temperature,
        reactions=event.reactions,
    )  # fmt: skip
    infusions = _infusion(chain, event.container, lambda it: it.but(observations=(*it.observations, seen)))
    return chain.but(infusions=infusions)


def _infusion_paused(chain: Chain, event: e.InfusionPaused, act: Act) -> Chain:
    bag = _moved(chain.containers[event.container], "infusion-paused", "it", act)
    pause = Pause(Reasoned(act.at, act.by, event.reason))
    infusions = _infusion(chain, bag.label, lambda it: it.but(pauses=(*it.pauses, pause)))
    return chain.but(containers=chain.containers.set(bag.label, bag), infusions=infusions)


def _infusion_resumed(chain: Chain, event: e.InfusionResumed, act: Act) -> Chain:
    bag = _moved(chain.containers[event.container], "infusion-resumed", "it", act)

    def resumed(it: Infusion) -> Infusion:
        *before, last = it.pauses
        return it.but(pauses=(*before, last.but(resumed_at=act.at)))

    infusions = _infusion(chain, bag.label, resumed)
    return chain.but(containers=chain.containers.set(bag.label, bag), infusions=infusions)


def _infusion_over(chain: Chain, event: e.InfusionStopped | e.InfusionEnded, act: Act) -> Chain:
    stopped = Reasoned(act.at, act.by, event.reason) if isinstance(event, e.InfusionStopped) else None
    name = "infusion-ended" if stopped is None else "infusion-stopped"
    bag = _moved(chain.containers[event.container], name, "it", act, contents=None)
    told = {"infused": event.infused, "lost": event.lost, "left": event.left, "delivered": event.delivered}
    infusions = _infusion(chain, bag.label, lambda it: it.but(ended_at=act.at, stopped=stopped, **told))
    return chain.but(containers=chain.containers.set(bag.label, bag), infusions=infusions)


def _quarantined(chain: Chain, event: e.Quarantined, act: Act) -> Chain:
    hold = Hold(event.reason, Reasoned(act.at, act.by, event.words))
    held = (chain.containers[label] for label in event.containers)
    return chain.but(containers=_with(chain.containers, (it.but(holds=(*it.holds, hold)) for it in held)))


def _disposition_signed(chain: Chain, event: e.DispositionSigned, act: Act) -> Chain:
    """It lifts every hold for its reason; one that was lifted before stays as it was."""
    it = chain.containers[event.container]
    signed = Reasoned(act.at, act.by, event.words)
    holds = tuple(
        each.but(lifted=signed) if each.reason is event.reason and each.lifted is None else each
        for each in it.holds
    )
    return _put(chain, it.but(holds=holds))


def _discarded(chain: Chain, event: e.Discarded, act: Act) -> Chain:
    it = chain.containers[event.container]
    name = "discarded-label" if it.state in STEP["discarded-label", "it"].before else "discarded"
    gone = Reasoned(act.at, act.by, event.reason)
    return _put(chain, _moved(it, name, "it", act, contents=None, discarded=gone))


_FOLDS: dict[type, Callable[[Chain, Any, Act], Chain]] = {
    e.LabelPrinted: _printed,
    e.LabelVerified: _verified,
    e.Collected: _collected,
    e.HandedOver: _handed_over,
    e.Received: _received,
    e.Separated: _separated,
    e.Seeded: _seeded,
    e.Fed: _fed,
    e.Harvested: _harvested,
    e.Passaged: _passaged,
    e.Split: _split,
    e.Pooled: _pooled,
    e.Sampled: _sampled,
    e.Frozen: _frozen,
    e.Stored: _stored,
    e.TemperatureRead: _seen,
    e.Tested: _tested,
    e.ResultCorrected: _result_corrected,
    e.Released: _released,
    e.Rejected: _rejected,
    e.ReleaseWithdrawn: _release_withdrawn,
    e.Packed: _packed,
    e.Thawed: _thawed,
    e.Matched: _matched,
    e.InfusionStarted: _infusion_started,
    e.InfusionObserved: _infusion_observed,
    e.InfusionPaused: _infusion_paused,
    e.InfusionResumed: _infusion_resumed,
    e.InfusionStopped: _infusion_over,
    e.InfusionEnded: _infusion_over,
    e.Quarantined: _quarantined,
    e.DispositionSigned: _disposition_signed,
    e.Discarded: _discarded,
}
