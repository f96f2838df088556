"""Fold the events of one chain of identity into its state. Pure, and computes nothing an event should say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from myelos.acts import Act
from myelos.cells import events as e
from myelos.cells.containers import (
    Chain,
    Container,
    Contents,
    Custody,
    Growth,
    Infusion,
    Kind,
    Lot,
    LotStatus,
    Match,
    QuarantineReason,
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


def _put(chain: Chain, *changed: Container) -> Chain:
    containers = chain.containers
    for each in changed:
        containers = containers.set(each.label, each)
    return replace(chain, containers=containers)


def _moved(container: Container, event: str, part: str, act: Act, **changes: Any) -> Container:
    after = STEP[event, part].after
    state = container.state if after is None else after
    return container.but(**{"state": state, "last_at": act.at, **changes})


def _contents(part: e.Part, counted_at: Any) -> Contents:
    return Contents(part.volume, part.viable, part.dead, None if part.viable is None else counted_at)


def _printed(chain: Chain, event: e.LabelPrinted, act: Act) -> Chain:
    return _put(chain, Container(event.container, event.kind, State.PRINTED, act.by, act.at))


def _simple(name: str) -> Callable[[Chain, Any, Act], Chain]:
    def fold(chain: Chain, event: Any, act: Act) -> Chain:
        return _put(chain, _moved(chain.containers[event.container], name, "it", act))

    return fold


def _seen(chain: Chain, event: Any, act: Act) -> Chain:
    """What was only looked at: nothing was done to the container."""
    return chain


def _collected(chain: Chain, event: e.Collected, act: Act) -> Chain:
    it = chain.containers[event.container]
    custody = (Custody(act.by, event.place, act.at),)
    contents = Contents(event.volume)
    return _put(chain, _moved(it, "collected", "target", act, contents=contents, custody=custody))


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
    chain: Chain, name: str, part: e.Part, sources: tuple[Container, ...], act: Act, **more: Any
) -> Chain:
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
    it = chain.containers[part.container]
    return _put(chain, _moved(it, name, "target", act, **{**given, **more}))


def _left(chain: Chain, name: str, source: str, left: Amount, parts: tuple[e.Part, ...], act: Act) -> Chain:
    """A source after parts were taken: it keeps what no part has, and ends when that is nothing."""
    it = chain.containers[source]
    before = it.contents
    if before is None:
        raise TypeError(f"{source} holds nothing")
    if left.value == 0:
        return _put(chain, _moved(it, name, "source", act, state=State.EMPTIED, contents=None))
    viable = None if before.viable is None else before.viable - sum(part.viable or 0 for part in parts)
    dead = None if before.dead is None else before.dead - sum(part.dead or 0 for part in parts)
    contents = Contents(left, viable, dead, before.counted_at)
    return _put(chain, _moved(it, name, "source", act, contents=contents))


def _used(chain: Chain, name: str, serum: tuple[e.Use, ...], act: Act) -> Chain:
    for use in serum:
        it = chain.containers[use.container]
        if it.contents is None:
            raise TypeError(f"{use.container} holds nothing")
        left = it.contents.volume - use.volume
        gone = left.value == 0
        changes = {"state": State.EMPTIED if gone else it.state, "contents": None if gone else Contents(left)}
        chain = _put(chain, _moved(it, name, "serum", act, **changes))
    return chain


def _separated(chain: Chain, event: e.Separated, act: Act) -> Chain:
    source = chain.containers[event.source]
    for part in event.serum:
        chain = _filled(chain, "separated", part, (source,), act)
    return _put(chain, _moved(source, "separated", "source", act, contents=None))


def _seeded(chain: Chain, event: e.Seeded, act: Act) -> Chain:
    source = chain.containers[event.source]
    serum = tuple(use.container for use in event.serum)
    for part in event.flasks:
        chain = _filled(
            chain, "seeded", part, (source,), act,
            lot=event.lot, passage=0, parents=(event.source, *serum), seeded_at=act.at,
        )  # fmt: skip
    chain = _left(chain, "seeded", event.source, event.left, event.flasks, act)
    chain = _used(chain, "seeded", event.serum, act)
    return replace(chain, lots=chain.lots.set(event.lot, Lot(event.lot, event.edition)))


def _fed(chain: Chain, event: e.Fed, act: Act) -> Chain:
    serum = tuple(use.container for use in event.serum)
    for label in event.flasks:
        it = chain.containers[label]
        parents = (*it.parents, *(each for each in serum if each not in it.parents))
        chain = _put(chain, _moved(it, "fed", "it", act, parents=parents))
    return _used(chain, "fed", event.serum, act)


def _harvested(chain: Chain, event: e.Harvested, act: Act) -> Chain:
    flasks = tuple(chain.containers[label] for label in event.flasks)
    contents = _contents(event.suspension, event.counted_at)
    chain = _filled(chain, "harvested", event.suspension, flasks, act, contents=contents)
    chain = _put(chain, *(_moved(each, "harvested", "source", act, contents=None) for each in flasks))
    first = flasks[0]
    counts = [each.contents.viable for each in flasks if each.contents]
    seeded = None if None in counts else sum(count or 0 for count in counts)
    grown = Growth(
        lot=str(first.lot), passage=first.passage or 0, seeded=seeded,
        seeded_at=min(each.seeded_at or act.at for each in flasks),
        harvested=event.suspension.viable or 0, harvested_at=act.at,
    )  # fmt: skip
    return replace(chain, growth=(*chain.growth, grown))


def _passaged(chain: Chain, event: e.Passaged, act: Act) -> Chain:
    source = chain.containers[event.source]
    serum = tuple(use.container for use in event.serum)
    for part in event.flasks:
        chain = _filled(
            chain, "passaged", part, (source,), act,
            passage=(source.passage or 0) + 1, parents=(event.source, *serum), seeded_at=act.at,
        )  # fmt: skip
    chain = _left(chain, "passaged", event.source, event.left, event.flasks, act)
    return _used(chain, "passaged", event.serum, act)


def _split(chain: Chain, event: e.Split, act: Act) -> Chain:
    source = chain.containers[event.source]
    for part in event.parts:
        chain = _filled(chain, "split", part, (source,), act)
    return _left(chain, "split", event.source, event.left, event.parts, act)


def _pooled(chain: Chain, event: e.Pooled, act: Act) -> Chain:
    sources = tuple(chain.containers[label] for label in event.sources)
    times = [each.contents.counted_at for each in sources if each.contents and each.contents.counted_at]
    contents = _contents(event.into, min(times, default=None))
    chain = _filled(chain, "pooled", event.into, sources, act, contents=contents)
    return _put(chain, *(_moved(each, "pooled", "source", act, contents=None) for each in sources))


def _sampled(chain: Chain, event: e.Sampled, act: Act) -> Chain:
    chain = _filled(chain, "sampled", event.sample, (chain.containers[event.source],), act)
    return _left(chain, "sampled", event.source, event.left, (event.sample,), act)


def _with_added(it: Container, added: Amount) -> Contents:
    if it.contents is None:
        raise TypeError(f"{it.label} holds nothing")
    return replace(it.contents, volume=it.contents.volume + added)


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
    return replace(chain, lots=chain.lots.set(lot.id, lot))


def _tested(chain: Chain, event: e.Tested, act: Act) -> Chain:
    it = chain.containers[event.sample]
    state = State.TESTED if event.used_up else it.state
    contents = None if event.used_up else it.contents
    chain = _put(chain, _moved(it, "tested", "it", act, state=state, contents=contents))
    result = Result(event.specification, event.result, event.sample, act.at, act.by)
    return _lot(chain, _with_result(chain.lots[event.lot], result))


def _with_result(lot: Lot, result: Result) -> Lot:
    pending = tuple(each for each in lot.pending if each != result.specification)
    complete = lot.status is LotStatus.CONDITIONAL and not pending
    status = LotStatus.RELEASED if complete else lot.status
    return replace(lot, results=(*lot.results, result), pending=pending, status=status)


def _result_corrected(chain: Chain, event: e.ResultCorrected, act: Act) -> Chain:
    lot = chain.lots[event.lot]
    old = lot.results[event.corrects]
    result = Result(old.specification, event.result, old.sample, act.at, act.by, event.corrects)
    return _lot(chain, _with_result(lot, result))


def _released(chain: Chain, event: e.Released, act: Act) -> Chain:
    status = LotStatus.CONDITIONAL if event.pending else LotStatus.RELEASED
    lot = replace(chain.lots[event.lot], status=status, pending=event.pending)
    return _lot(chain, replace(lot, bags=event.bags, released_at=act.at))


def _rejected(chain: Chain, event: e.Rejected, act: Act) -> Chain:
    return _lot(chain, replace(chain.lots[event.lot], status=LotStatus.REJECTED))


def _release_withdrawn(chain: Chain, event: e.ReleaseWithdrawn, act: Act) -> Chain:
    return _lot(chain, replace(chain.lots[event.lot], status=LotStatus.WITHDRAWN, pending=(), bags=()))


def _matched(chain: Chain, event: e.Matched, act: Act) -> Chain:
    it = chain.containers[event.container]
    return _put(chain, _moved(it, "matched", "it", act, matches=(*it.matches, Match(act.by, act.at))))


def _infusion_started(chain: Chain, event: e.InfusionStarted, act: Act) -> Chain:
    chain = _put(chain, _moved(chain.containers[event.container], "infusion-started", "it", act))
    begun = Infusion(event.container, act.at, (event.first, event.second), event.dose)
    return replace(chain, infusions=(*chain.infusions, begun))


def _infusion_over(chain: Chain, event: e.InfusionStopped | e.InfusionEnded, act: Act) -> Chain:
    name = "infusion-ended" if isinstance(event, e.InfusionEnded) else "infusion-stopped"
    it = chain.containers[event.container]
    over = tuple(
        replace(each, ended_at=act.at, delivered=event.delivered) if each.bag == event.container else each
        for each in chain.infusions
    )
    chain = replace(chain, infusions=over)
    return _put(chain, _moved(it, name, "it", act, contents=None))


def _quarantined(chain: Chain, event: e.Quarantined, act: Act) -> Chain:
    held = (chain.containers[label] for label in event.containers)
    return _put(chain, *(_held(each, each.quarantine | {event.reason}, act) for each in held))


def _held(it: Container, quarantine: frozenset[QuarantineReason], act: Act) -> Container:
    at = act.at if it.held_at is None else max(it.held_at, act.at)
    return it.but(quarantine=quarantine, held_at=at)


def _disposition_signed(chain: Chain, event: e.DispositionSigned, act: Act) -> Chain:
    it = chain.containers[event.container]
    return _put(chain, _held(it, it.quarantine - {event.reason}, act))


def _discarded(chain: Chain, event: e.Discarded, act: Act) -> Chain:
    it = chain.containers[event.container]
    name = "discarded-label" if it.state in STEP["discarded-label", "it"].before else "discarded"
    return _put(chain, _moved(it, name, "it", act, contents=None))


_FOLDS: dict[type, Callable[[Chain, Any, Act], Chain]] = {
    e.LabelPrinted: _printed,
    e.LabelVerified: _simple("label-verified"),
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
    e.InfusionObserved: _seen,
    e.InfusionPaused: _simple("infusion-paused"),
    e.InfusionResumed: _simple("infusion-resumed"),
    e.InfusionStopped: _infusion_over,
    e.InfusionEnded: _infusion_over,
    e.Quarantined: _quarantined,
    e.DispositionSigned: _disposition_signed,
    e.Discarded: _discarded,
}
