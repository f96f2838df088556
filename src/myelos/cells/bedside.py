"""At the bedside: two people, one person, one bag; the dose it holds for them, and what of it arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any, TypeVar

from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.cells.asked import Asked, Part, finding, shown
from myelos.cells.containers import Container, Match
from myelos.cells.dose import Basis, Dose, DoseWindow, check_dose, check_infusion, delivered, dose_window
from myelos.findings import Finding, Param, Place, Severity
from myelos.quantities import Amount

T = TypeVar("T")

EXACT = Amount.of("0 mL")
"""What is told of a bag adds up to what it held, to the last digit."""

_SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}


def span(amount: Amount) -> timedelta:
    """A length of time in d, h, min or s. Raises KeyError for another unit."""
    return timedelta(seconds=float(Fraction(amount.value) * _SECONDS[amount.unit]))


def recent_matches(asked: Asked, bag: Container) -> tuple[Match, ...]:
    """The scans that still count at the act: those within the window before it."""
    if asked.limits is None:
        return ()
    window = span(asked.limits.match_window)
    return tuple(match for match in bag.matches if asked.act.at - match.at <= window)


def two_people(asked: Asked, bag: Container, part: Part) -> Iterator[Finding]:
    """LAB-05: two different trained people have matched wristband and bag within the window, and one of them
    starts the infusion. The scan of someone whose training does not hold counts for nothing, and is told."""
    if asked.limits is None:
        return
    matched = {match.by for match in recent_matches(asked, bag)}
    trained = matched & asked.bedside.trained
    for by in sorted(matched - trained):
        yield finding("cells.not-trained", bag.label, Severity.WARNING, by=by)
    if len(trained) < 2:
        window = str(asked.limits.match_window)
        yield finding("cells.two-people-needed", bag.label, people=len(trained), window=window)
    if asked.act.by not in trained:
        yield finding("cells.starter-did-not-match", bag.label, by=asked.act.by)


def thaw_window(asked: Asked, bag: Container, part: Part) -> Iterator[Finding]:
    """The infusion starts within the window after thawing."""
    limits = asked.limits
    if bag.thawed_at is None:
        yield finding("cells.never-thawed", bag.label)
    elif limits is not None and asked.act.at - bag.thawed_at > span(limits.thaw_window):
        thawed, most = shown(bag.thawed_at), str(limits.thaw_window)
        yield finding("cells.thaw-window-over", bag.label, thawed=thawed, most=most)


def after_the_start(asked: Asked, bag: Container, part: Part) -> Iterator[Finding]:
    """Vital signs of an infusion are seen once it has begun; they may be told late."""
    begun = [each.started_at for each in asked.chain.infusions if each.bag == bag.label]
    if not begun or asked.act.at < begun[-1]:
        yield finding("cells.before-the-start", bag.label, at=shown(asked.act.at))


def _held(bag: Container, basis: Basis) -> int | None:
    if bag.contents is None:
        return None
    return bag.contents.viable if basis is Basis.VIABLE else bag.contents.total


def dose(asked: Asked, bag: Container, part: Part) -> Iterator[Finding]:
    """PRD-03: the bag's cells lie in the window for the person's weight, together with what they were given
    before; count and weight are recent enough. One bag runs at a time.

    Flow and dilution outside their limits are warnings (PRD-04).
    """
    limits, bedside, command = asked.limits, asked.bedside, asked.command
    if limits is None:
        return
    yield from check_infusion(limits.infusion, command.flow, command.dilution)
    cells = _held(bag, limits.dose.basis)
    if cells is None or bag.contents is None or bag.contents.counted_at is None:
        yield finding("cells.not-counted", bag.label)
        return
    meant = Dose(
        basis=limits.dose.basis, cells=cells, counted_at=bag.contents.counted_at, weight=bedside.weight,
        weighed_at=bedside.weighed_at,
    )  # fmt: skip
    yield from check_dose(meant, limits.dose, asked.act.at, limits.count_age, limits.weight_age)
    for each in asked.chain.infusions:
        if each.delivered is None:
            yield finding("cells.infusion-runs", each.bag)
    if bedside.weight is not None:
        yield from _with_those_before(asked, cells, dose_window(limits.dose, bedside.weight))


def _with_those_before(asked: Asked, cells: int, window: DoseWindow | Finding) -> Iterator[Finding]:
    """What was given before counts as it arrived."""
    arrived = [each.delivered for each in asked.chain.infusions if each.delivered is not None]
    before = sum(arrived)
    if before > 0 and isinstance(window, DoseWindow) and before + cells > window.highest:
        told: dict[str, Param] = {"cells": cells, "before": before, "highest": window.highest}
        yield Finding("cells.dose-above-in-all", Place(), told)


def adds_up(asked: Asked, bag: Container, part: Part) -> Iterator[Finding]:
    """What ran in, what was lost and what is left are what the bag held."""
    command = asked.command
    told = command.infused + command.lost + command.left
    if bag.contents is None:
        yield finding("cells.holds-nothing", bag.label)
    elif told != bag.contents.volume:
        yield finding("cells.does-not-add-up", bag.label, told=str(told), whole=str(bag.contents.volume))
    if part.event == "infusion-ended" and command.left.value != 0:
        yield finding("cells.left-without-reason", bag.label, left=str(command.left))


def _known(what: T | None) -> T:
    """What a gate before this has made sure of."""
    if what is None:
        raise ValueError("nothing is started or ended but after its gates")
    return what


def started(asked: Asked) -> tuple[Any, ...]:
    """The infusion starts, with its dose, its window, and the two who matched: who starts it, and the last
    other one whose scan counts. Raises ValueError where a gate was passed by."""
    command: c.StartInfusion = asked.command
    limits, bedside = _known(asked.limits), asked.bedside
    bag = asked.chain.containers[command.scan.container]
    weight = _known(bedside.weight)
    window = dose_window(limits.dose, weight)
    allowed = _known(window if isinstance(window, DoseWindow) else None)
    others = bedside.trained - {asked.act.by}
    second = next(match.by for match in reversed(recent_matches(asked, bag)) if match.by in others)
    return (
        e.InfusionStarted(
            chain=asked.chain.id, container=bag.label, person=asked.chain.person, first=asked.act.by,
            second=second, basis=limits.dose.basis.value, dose=_known(_held(bag, limits.dose.basis)),
            counted_at=_known(_known(bag.contents).counted_at), weight=weight,
            weighed_at=_known(bedside.weighed_at), lowest=allowed.lowest, highest=allowed.highest,
            flow=command.flow, dilution=command.dilution, premedication=command.premedication,
        ),
    )  # fmt: skip


def ended(asked: Asked) -> tuple[Any, ...]:
    """The infusion is over: how many of the dose's cells arrived, a half rounded to the even number. Raises
    ValueError for a bag that holds nothing."""
    command: c.EndInfusion = asked.command
    bag = asked.chain.containers[command.container]
    cells = next(each.dose for each in asked.chain.infusions if each.bag == bag.label)
    arrived, _ = delivered(
        cells, _known(bag.contents).volume, command.infused, command.lost, stopped_early=bool(command.reason),
        tolerance=EXACT,
    ).whole  # fmt: skip
    told: dict[str, Any] = {
        "chain": asked.chain.id, "container": bag.label, "infused": command.infused, "lost": command.lost,
        "left": command.left, "delivered": arrived,
    }  # fmt: skip
    if command.reason:
        return (e.InfusionStopped(reason=command.reason, **told),)
    return (e.InfusionEnded(**told),)
