"""The events of a command that nothing forbids: parts are divided, doses and growth worked out here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.cells.asked import Asked
from myelos.cells.bedside import ended, started
from myelos.cells.containers import Container, Contents, QuarantineReason
from myelos.cells.custody import excursion, held, kept_range
from myelos.cells.dividing import divide, join
from myelos.cells.release import open_bags, out_of_range, standing_results
from myelos.quantities import Amount

Events = tuple[Any, ...]


def _contents(container: Container) -> Contents:
    if container.contents is None:
        raise ValueError(f"{container.label} holds nothing")
    return container.contents


def _parts(asked: Asked, fillings: Sequence[c.Filling]) -> tuple[tuple[e.Part, ...], Amount]:
    source = asked.containers("source")[0]
    made, left = divide(_contents(source), [filling.volume for filling in fillings])
    parts = tuple(
        e.Part(container=filling.scan.container, volume=part.volume, viable=part.viable, dead=part.dead)
        for filling, part in zip(fillings, made, strict=True)
    )
    return parts, left.volume


def _uses(serum: Sequence[c.Filling]) -> tuple[e.Use, ...]:
    return tuple(e.Use(container=use.scan.container, volume=use.volume) for use in serum)


def _print(asked: Asked) -> Events:
    command: c.PrintLabel = asked.command
    return (
        e.LabelPrinted(
            chain=asked.chain.id, container=command.container, kind=command.kind, template=command.template,
            template_version=command.template_version,
        ),
    )  # fmt: skip


def _verify(asked: Asked) -> Events:
    return (e.LabelVerified(chain=asked.chain.id, container=asked.command.scan.container),)


def _collect(asked: Asked) -> Events:
    command: c.Collect = asked.command
    return (
        e.Collected(
            chain=asked.chain.id, container=command.scan.container, person=asked.chain.person,
            volume=command.volume, place=command.place,
        ),
    )  # fmt: skip


def _hand_over(asked: Asked) -> Events:
    command: c.HandOver = asked.command
    over = e.HandedOver(
        chain=asked.chain.id, container=command.scan.container, giver=command.giver, taker=command.taker,
        place=command.place, given_at=command.given_at, taken_at=command.taken_at,
        condition=command.condition, seal_intact=command.seal_intact, temperature=command.temperature,
    )  # fmt: skip
    it = asked.chain.containers[over.container]
    follows = excursion(asked, it, command.temperature, kept_range(asked, it))
    if command.seal_intact:
        return (over, *follows)
    return (over, held(asked, it.label, QuarantineReason.EXCURSION, "seal broken"), *follows)


def _receive(asked: Asked) -> Events:
    command: c.Receive = asked.command
    it = asked.chain.containers[command.scan.container]
    received = e.Received(
        chain=asked.chain.id, container=it.label, condition=command.condition, temperature=command.temperature
    )
    return (received, *excursion(asked, it, command.temperature, it.keep))


def _separate(asked: Asked) -> Events:
    command: c.SeparateSerum = asked.command
    serum = tuple(e.Part(container=each.scan.container, volume=each.volume) for each in command.serum)
    return (e.Separated(chain=asked.chain.id, source=command.scan.container, serum=serum),)


def _seed(asked: Asked) -> Events:
    command: c.Seed = asked.command
    flasks, left = _parts(asked, command.flasks)
    limits = asked.limits
    edition = limits.edition_in_force if limits else ""
    return (
        e.Seeded(
            chain=asked.chain.id, source=command.scan.container, lot=command.lot, edition=edition,
            flasks=flasks, serum=_uses(command.serum), left=left,
        ),
    )  # fmt: skip


def _feed(asked: Asked) -> Events:
    command: c.Feed = asked.command
    flasks = tuple(scan.container for scan in command.flasks)
    return (e.Fed(chain=asked.chain.id, flasks=flasks, serum=_uses(command.serum)),)


def _harvest(asked: Asked) -> Events:
    command: c.Harvest = asked.command
    into = command.into
    suspension = e.Part(
        container=into.scan.container, volume=into.volume, viable=command.viable, dead=command.dead
    )
    flasks = tuple(scan.container for scan in command.flasks)
    chain = asked.chain.id
    return (e.Harvested(chain=chain, flasks=flasks, suspension=suspension, counted_at=command.counted_at),)


def _passage(asked: Asked) -> Events:
    command: c.Passage = asked.command
    flasks, left = _parts(asked, command.flasks)
    serum = _uses(command.serum)
    source = command.scan.container
    return (e.Passaged(chain=asked.chain.id, source=source, flasks=flasks, serum=serum, left=left),)


def _divide(asked: Asked) -> Events:
    parts, left = _parts(asked, asked.command.parts)
    source = asked.command.scan.container
    return (e.Split(chain=asked.chain.id, source=source, parts=parts, left=left),)


def _pool(asked: Asked) -> Events:
    command: c.Pool = asked.command
    whole = join([_contents(each) for each in asked.containers("source")])
    into = e.Part(container=command.into.container, volume=whole.volume, viable=whole.viable, dead=whole.dead)
    sources = tuple(scan.container for scan in command.sources)
    return (e.Pooled(chain=asked.chain.id, sources=sources, into=into),)


def _sample(asked: Asked) -> Events:
    (sample,), left = _parts(asked, (asked.command.into,))
    source = asked.command.scan.container
    return (e.Sampled(chain=asked.chain.id, source=source, sample=sample, left=left),)


def _freeze(asked: Asked) -> Events:
    command: c.Freeze = asked.command
    label = command.scan.container
    return (e.Frozen(chain=asked.chain.id, container=label, added=command.added, agents=command.agents),)


def _store(asked: Asked) -> Events:
    command: c.PutInStorage = asked.command
    it, read, limits = asked.chain.containers[command.scan.container], command.temperature, asked.limits
    kept = None if limits is None else (limits.storage_low, limits.storage_high)
    stored = e.Stored(chain=asked.chain.id, container=it.label, place=command.place, temperature=read)
    return (stored, *excursion(asked, it, read, kept))


def _read_temperature(asked: Asked) -> Events:
    command: c.ReadTemperature = asked.command
    it, read = asked.chain.containers[command.container], command.temperature
    reading = e.TemperatureRead(chain=asked.chain.id, container=it.label, temperature=read)
    return (reading, *excursion(asked, it, read, kept_range(asked, it)))


def _record_result(asked: Asked) -> Events:
    command: c.RecordResult = asked.command
    tested = e.Tested(
        chain=asked.chain.id, lot=command.lot, sample=command.scan.container,
        specification=command.specification, result=command.result, used_up=command.used_up,
    )  # fmt: skip
    return (tested, *_late(asked, command.specification, command.result))


def _correct_result(asked: Asked) -> Events:
    command: c.CorrectResult = asked.command
    specification = asked.chain.lots[command.lot].results[command.corrects].specification
    corrected = e.ResultCorrected(
        chain=asked.chain.id, lot=command.lot, corrects=command.corrects, result=command.result,
        reason=command.reason,
    )  # fmt: skip
    return (corrected, *_late(asked, specification, command.result))


def _late(asked: Asked, specification: str, result: Amount | str) -> Events:
    """A result out of range after the release: the release is withdrawn and every bag left is held back."""
    chain, limits = asked.chain, asked.limits
    lot = chain.lots[asked.command.lot]
    if limits is None or not lot.released or not out_of_range(lot, limits, specification, result):
        return ()
    infused = any(chain.containers[each.bag].lot == lot.id for each in chain.infusions)
    withdrawn = e.ReleaseWithdrawn(chain=chain.id, lot=lot.id, specification=specification, infused=infused)
    left = tuple(bag.label for bag in open_bags(chain, lot))
    if not left:
        return (withdrawn,)
    reason = QuarantineReason.RELEASE_WITHDRAWN
    words = f"{specification}: {result}"
    return (withdrawn, e.Quarantined(chain=chain.id, containers=left, reason=reason, words=words))


def _release(asked: Asked) -> Events:
    command: c.Release = asked.command
    chain, lot = asked.chain, asked.chain.lots[command.lot]
    if asked.limits is None:
        raise ValueError("a release needs limits")
    missing, _ = standing_results(chain, lot, asked.limits)
    return (
        e.Released(
            chain=chain.id, lot=lot.id, edition=lot.edition,
            bags=tuple(bag.label for bag in open_bags(chain, lot)),
            pending=tuple(each.id for each in missing), reason=command.reason,
        ),
    )  # fmt: skip


def _reject(asked: Asked) -> Events:
    lot = asked.chain.lots[asked.command.lot]
    if asked.limits is None:
        raise ValueError("a rejection needs limits")
    missing, outside = standing_results(asked.chain, lot, asked.limits)
    reasons = (
        *(f"{e.MISSING}{each.id}" for each in missing), *(f"{e.OUTSIDE}{each.id}" for each, _ in outside)
    )  # fmt: skip
    reason = asked.command.reason
    return (e.Rejected(chain=asked.chain.id, lot=lot.id, reasons=reasons, reason=reason),)


def _pack(asked: Asked) -> Events:
    command: c.Pack = asked.command
    return (
        e.Packed(
            chain=asked.chain.id, container=command.scan.container, secondary=command.secondary,
            seal=command.seal, low=command.low, high=command.high,
        ),
    )  # fmt: skip


def _thaw(asked: Asked) -> Events:
    command: c.Thaw = asked.command
    return (e.Thawed(chain=asked.chain.id, container=command.scan.container, added=command.added),)


def _match(asked: Asked) -> Events:
    label = asked.command.scan.container
    return (e.Matched(chain=asked.chain.id, container=label, person=asked.chain.person),)


def _observe(asked: Asked) -> Events:
    command: c.ObserveInfusion = asked.command
    return (
        e.InfusionObserved(
            chain=asked.chain.id, container=command.container, oxygen_saturation=command.oxygen_saturation,
            systolic=command.systolic, diastolic=command.diastolic, pulse=command.pulse,
            temperature=command.temperature, reactions=command.reactions,
        ),
    )  # fmt: skip


def _pause(asked: Asked) -> Events:
    command: c.PauseInfusion = asked.command
    return (e.InfusionPaused(chain=asked.chain.id, container=command.container, reason=command.reason),)


def _resume(asked: Asked) -> Events:
    return (e.InfusionResumed(chain=asked.chain.id, container=asked.command.scan.container),)


def _identity_error(asked: Asked) -> Events:
    """The container and everything made of it: for discard only."""
    command: c.ReportIdentityError = asked.command
    labels = (command.container, *asked.chain.descendants(command.container))
    reason = QuarantineReason.IDENTITY
    return (e.Quarantined(chain=asked.chain.id, containers=labels, reason=reason, words=command.words),)


def _hold_back(asked: Asked) -> Events:
    command: c.HoldBack = asked.command
    return (held(asked, command.container, QuarantineReason.OTHER, command.words),)


def _sign(asked: Asked) -> Events:
    command: c.SignDisposition = asked.command
    return (
        e.DispositionSigned(
            chain=asked.chain.id, container=command.container, reason=command.reason, words=command.words
        ),
    )


def _discard(asked: Asked) -> Events:
    command: c.Discard = asked.command
    return (e.Discarded(chain=asked.chain.id, container=command.scan.container, reason=command.reason),)


EVENTS_OF: dict[type, Callable[[Asked], Events]] = {
    c.PrintLabel: _print,
    c.VerifyLabel: _verify,
    c.Collect: _collect,
    c.HandOver: _hand_over,
    c.Receive: _receive,
    c.SeparateSerum: _separate,
    c.Seed: _seed,
    c.Feed: _feed,
    c.Harvest: _harvest,
    c.Passage: _passage,
    c.Divide: _divide,
    c.Pool: _pool,
    c.Sample: _sample,
    c.Freeze: _freeze,
    c.PutInStorage: _store,
    c.ReadTemperature: _read_temperature,
    c.RecordResult: _record_result,
    c.CorrectResult: _correct_result,
    c.Release: _release,
    c.Reject: _reject,
    c.Pack: _pack,
    c.Thaw: _thaw,
    c.MatchAtBedside: _match,
    c.StartInfusion: started,
    c.ObserveInfusion: _observe,
    c.PauseInfusion: _pause,
    c.ResumeInfusion: _resume,
    c.EndInfusion: ended,
    c.ReportIdentityError: _identity_error,
    c.HoldBack: _hold_back,
    c.SignDisposition: _sign,
    c.Discard: _discard,
}
"""How each command that nothing forbids becomes events."""
