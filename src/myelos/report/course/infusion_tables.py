"""Tables of the infusion: who matched, what ran in, how, and the vital signs while it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from myelos.cells.containers import Infusion, Observation
from myelos.quantities import Amount
from myelos.report.course.rendered import plain
from myelos.report.course.say import NONE, Say, amount, count, utc
from myelos.report.course.story import Course
from myelos.report.tables import Cell, Table

Fact = tuple[str, str, str]
"""The code of what is told of an infusion, its value, and what there is to say beside it."""


def infusion_tables(course: Course, say: Say) -> Iterator[Table]:
    """Of every infusion what was given and how, and the vital signs."""
    for given in course.infusions:
        yield _infusion(course, given, say)
        yield _signs(course, given, say)


def _day(course: Course, given: Infusion, say: Say) -> str:
    return say.day(course.day(given.started_at))


def _infusion(course: Course, given: Infusion, say: Say) -> Table:
    told = [
        ("bag", given.bag, _lot(course, given, say)), *_matched(course, given, say),
        *_run(given, say), *_dose(given, say), *_how(given, say), *_arrived(given, say),
    ]  # fmt: skip
    rows = tuple((plain(say(f"infusion.{code}")), plain(text, small)) for code, text, small in told)
    caption = say("infusion.caption", day=_day(course, given, say))
    return Table(caption, (say("head.what"), say("head.value")), rows)


def _lot(course: Course, given: Infusion, say: Say) -> str:
    bag = course.chain.containers.get(given.bag) if course.chain else None
    return say("infusion.of-lot", lot=bag.lot) if bag is not None and bag.lot else ""


def _matched(course: Course, given: Infusion, say: Say) -> Iterator[Fact]:
    """The two on whose scans the infusion began, each with the last one before it."""
    bag = course.chain.containers.get(given.bag) if course.chain else None
    last: dict[str, datetime] = {}
    for each in bag.matches if bag is not None else ():
        if each.at <= given.started_at:
            last[each.by] = each.at
    for number, by in enumerate(given.by):
        small = say("infusion.starter") if number == 0 else ""
        yield f"matched-{number + 1}", f"{by}, {utc(last.get(by))}", small


def _run(given: Infusion, say: Say) -> Iterator[Fact]:
    yield "started", utc(given.started_at), ""
    for pause in given.pauses:
        until = pause.resumed_at
        said = utc(pause.paused.at) if until is None else f"{utc(pause.paused.at)} – {until:%H:%M}"
        minutes = "" if until is None else say("infusion.lasted", minutes=_minutes(pause.paused.at, until))
        yield (
            "paused",
            said,
            say("list").join(filter(None, (minutes, _whose(pause.paused.why, pause.paused.by)))),
        )
    if given.ended_at is None:
        yield "ended", say("infusion.running"), ""
        return
    after = say("infusion.minutes", minutes=_minutes(given.started_at, given.ended_at))
    if given.stopped is None:
        yield "ended", utc(given.ended_at), after
    else:
        why = _whose(given.stopped.why, given.stopped.by)
        yield "stopped", utc(given.ended_at), say("list").join((after, why))


def _whose(words: str, by: str) -> str:
    return f"{words} ({by})"


def _minutes(start: datetime, end: datetime) -> str:
    return f"{(end - start).total_seconds() / 60:g}"


def _dose(given: Infusion, say: Say) -> Iterator[Fact]:
    yield "dose", say("infusion.cells", cells=count(given.dose)), say.word(f"basis.{given.basis}")
    window = say("infusion.from-to", low=count(given.lowest), high=count(given.highest))
    yield "window", window, say("infusion.inclusive")
    yield "counted", utc(given.counted_at), ""
    yield "weight", str(given.weight), say("infusion.weighed", at=utc(given.weighed_at))


def _how(given: Infusion, say: Say) -> Iterator[Fact]:
    yield "flow", str(given.flow), ""
    yield "dilution", say("infusion.fold", times=f"{given.dilution.value.normalize():f}"), ""
    yield "premedication", say("list").join(given.premedication) or say("infusion.none"), ""


def _arrived(given: Infusion, say: Say) -> Iterator[Fact]:
    if given.ended_at is not None:
        volumes = {"infused": given.infused, "lost": given.lost, "left": given.left}
        said = say("infusion.volumes", **{name: amount(each) for name, each in volumes.items()})
        yield "delivered", say("infusion.cells", cells=count(given.delivered)), said


# Vital signs ------------------------------------------------------------------------------------------------


def _signs(course: Course, given: Infusion, say: Say) -> Table:
    seen = sorted(given.observations, key=lambda each: each.at)
    rows = tuple(_sign(each, given, say) for each in seen)
    heads = ("utc", "minutes", "oxygen", "pressure", "pulse", "temperature", "reactions", "by")
    caption = say("signs.caption", day=_day(course, given, say))
    return Table(caption, tuple(say(f"head.{each}") for each in heads), rows)


def _sign(each: Observation, given: Infusion, say: Say) -> tuple[Cell, ...]:
    minutes = (each.at - given.started_at).total_seconds() / 60
    return (
        plain(utc(each.at)), Cell(f"{minutes:g}"), Cell(amount(each.oxygen_saturation)),
        Cell(_pressure(each.systolic, each.diastolic)), Cell(amount(each.pulse)),
        Cell(amount(each.temperature).replace("degC", "°C")),
        plain(say("list").join(each.reactions) or NONE, strong=bool(each.reactions)), plain(each.by),
    )  # fmt: skip


def _pressure(systolic: Amount | None, diastolic: Amount | None) -> str:
    """Systolic over diastolic; a dash for one that was not measured."""
    if systolic is None and diastolic is None:
        return NONE
    over, under = (NONE if each is None else f"{each.value:f}" for each in (systolic, diastolic))
    return f"{over}/{under} mmHg"
