"""Tables of a person's cells: collections, the way from marrow to bag, growth, release, quarantine."""

from __future__ import annotations

from collections.abc import Iterator

from myelos.cells.containers import Container, Lot, LotDecision, Reasoned, Result
from myelos.cells.limits import Specification
from myelos.cells.tracking import lot_growth
from myelos.findings import Refused
from myelos.report.course.rendered import day_and_utc, plain
from myelos.report.course.say import NONE, Say, amount, count, utc
from myelos.report.course.story import COLLECTED, Course, within
from myelos.report.tables import Cell, Table


def cell_tables(course: Course, say: Say) -> Iterator[Table]:
    """Every table of the cells up to the bedside, those of no rows, too."""
    yield _collections(course, say)
    yield _containers(course, say)
    yield _growth(course, say)
    for lot in course.lots:
        yield _release(course, lot, say)
    yield _decisions(course, say)
    yield _holds(course, say)


def _collections(course: Course, say: Say) -> Table:
    rows = [
        (*day_and_utc(course, each.at), plain(say.word(f"kind.{each.container.kind}")),
         plain(each.container.label), Cell(str(each.volume)), plain(each.by), plain(each.place))
        for each in course.collections
    ]  # fmt: skip
    heads = ("day", "utc", "what", "container", "volume", "by", "place")
    note = say("collections.sum", what=drawn(course, say)) if rows else ""
    return Table(say("collections.caption"), _heads(heads, say), tuple(rows), note)


def drawn(course: Course, say: Say) -> str:
    """How much blood and how much marrow was taken in all, and in how many times."""
    said = []
    for kind in COLLECTED:
        if volumes := course.drawn(kind):
            total = sum(volumes[1:], volumes[0])
            code = "lane.collected-once" if len(volumes) == 1 else "lane.collected"
            said.append(say(code, what=say.word(f"kind.{kind}"), volume=str(total), times=len(volumes)))
    return say("list").join(said)


def _heads(codes: tuple[str, ...], say: Say) -> tuple[str, ...]:
    return tuple(say(f"head.{each}") for each in codes)


# From marrow to bag -----------------------------------------------------------------------------------------


def _containers(course: Course, say: Say) -> Table:
    rows = tuple(_container(each, say) for each in course.containers)
    heads = ("what", "container", "printed-by", "made-from", "lot", "passage", "cold", "custody", "state",
             "since")  # fmt: skip
    note = "" if course.chain is None else say(
        "containers.note", chain=course.chain.id, opened=utc(course.chain.opened_at)
    )  # fmt: skip
    return Table(say("containers.caption"), _heads(heads, say), rows, note)


def _container(each: Container, say: Say) -> tuple[Cell, ...]:
    cold = [say("containers.frozen", at=utc(each.frozen_at))] if each.frozen_at else []
    cold += [say("containers.thawed", at=utc(each.thawed_at))] if each.thawed_at else []
    held = " → ".join(f"{hands.holder} ({hands.place})" for hands in each.custody)
    state = say.word(f"state.{each.state}")
    for reason in sorted(each.quarantine):
        state += say("containers.held-back", reason=say.word(f"quarantine.{reason}"))
    inside = "" if each.discarded is None else f"{each.discarded.why} ({each.discarded.by})"
    if each.contents is not None:
        inside = amount(each.contents.volume)
        if each.contents.viable is not None:
            inside += say(
                "containers.cells", viable=count(each.contents.viable), dead=count(each.contents.dead)
            )
    return (
        plain(say.word(f"kind.{each.kind}")),
        plain(each.label), plain(each.printed_by),
        plain(say("list").join(each.parents) or NONE), plain(each.lot or NONE),
        Cell(NONE if each.passage is None else str(each.passage)),
        plain(say("list").join(cold) or NONE), plain(held or NONE), plain(state, inside),
        plain(utc(each.last_at)),
    )  # fmt: skip


def _growth(course: Course, say: Say) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for lot in dict.fromkeys(each.lot for each in course.growth):
        try:
            grown = lot_growth(course.chain, lot) if course.chain else ()
        except Refused:
            grown = ()
        of_lot = [each for each in course.growth if each.lot == lot]
        for place, each in enumerate(of_lot):
            told = grown[place] if len(grown) == len(of_lot) else None
            number, in_all = (told.doublings.number, told.cumulative.number) if told else (None, None)
            hours = told.doubling_hours if told else None
            rows.append((
                plain(lot), Cell(str(each.passage)), plain(utc(each.seeded_at)),
                Cell(say("growth.not-counted") if each.seeded is None else count(each.seeded)),
                plain(utc(each.harvested_at)), Cell(count(each.harvested)), Cell(_figures(number, 2)),
                Cell(_figures(in_all, 2)), Cell(_figures(hours, 1)),
            ))  # fmt: skip
    heads = ("lot", "passage", "seeded", "cells-seeded", "harvested", "cells-harvested", "doublings",
             "in-all", "doubling-hours")  # fmt: skip
    return Table(say("growth.caption"), _heads(heads, say), tuple(rows), say("growth.note"))


def _figures(number: float | None, digits: int) -> str:
    return NONE if number is None else f"{number:.{digits}f}"


# Release ----------------------------------------------------------------------------------------------------


def _release(course: Course, lot: Lot, say: Say) -> Table:
    asked = course.specifications(lot)
    replaced = {each.corrects for each in lot.results}
    rows = [_test(each, asked, place in replaced, say) for place, each in enumerate(lot.results)]
    tested = {each.specification for each in lot.results}
    rows += [
        (plain(say.specification(id_)), Cell(NONE), plain(_limit(each, say)), plain(say("release.no-result")),
         plain(NONE), plain(NONE), plain(NONE))
        for id_, each in asked.items() if id_ not in tested
    ]  # fmt: skip
    heads = ("test", "result", "asked", "judged", "utc", "by", "sample")
    caption = say("release.caption", lot=lot.id, status=say.word(f"lot.{lot.status}"))
    notes = [say("release.edition", edition=lot.edition)]
    if lot.pending:
        notes.append(say("release.pending", tests=_tests(lot.pending, say)))
    return Table(caption, _heads(heads, say), tuple(rows), " ".join(notes))


def _test(each: Result, asked: dict[str, Specification], replaced: bool, say: Say) -> tuple[Cell, ...]:
    specification = asked.get(each.specification)
    met = None if specification is None else within(specification, each)
    judged = say("release.unjudged") if met is None else say("release.within" if met else "release.outside")
    small = (
        say("release.replaced")
        if replaced
        else say("release.correcting")
        if each.corrects is not None
        else ""
    )
    return (
        plain(say.specification(each.specification), small), Cell(say.told(each.result)),
        plain(NONE if specification is None else _limit(specification, say)),
        Cell(judged, number=False, strong=met is False and not replaced),
        plain(utc(each.at)), plain(each.by), plain(each.sample),
    )  # fmt: skip


def _tests(ids: tuple[str, ...], say: Say) -> str:
    return say("list").join(map(say.specification, ids))


def _decisions(course: Course, say: Say) -> Table:
    """Every release, rejection and withdrawal, of all lots."""
    found = [(each, lot) for lot in course.lots for each in lot.decisions]
    rows = tuple(
        (*day_and_utc(course, each.at), plain(lot.id), plain(say(f"lot.{each.status}"), strong=True),
         plain(say("list").join(each.bags) or NONE), plain(_because(each, say) or NONE),
         plain(each.why or NONE), plain(each.by))
        for each, lot in sorted(found, key=lambda item: item[0].at)
    )  # fmt: skip
    heads = ("day", "utc", "lot", "decision", "bags", "because", "words", "by")
    return Table(say("decided.caption"), _heads(heads, say), rows)


def _because(decision: LotDecision, say: Say) -> str:
    """Which tests a decision rests on: without a result, or with one out of range."""
    said = [say("decided.missing", tests=_tests(decision.missing, say))] if decision.missing else []
    said += [say("decided.outside", tests=_tests(decision.outside, say))] if decision.outside else []
    return say("list").join(said)


def _holds(course: Course, say: Say) -> Table:
    """Every time a container was held back, and the disposition that let it go."""
    found = [(hold, each) for each in course.containers for hold in each.holds]
    rows = []
    for hold, each in sorted(found, key=lambda item: (item[0].held.at, item[1].label)):
        rows.append((
            *day_and_utc(course, hold.held.at), plain(each.label),
            plain(say.word(f"quarantine.{hold.reason}"), hold.held.why), plain(hold.held.by),
            *_lifted(hold.lifted, say),
        ))  # fmt: skip
    heads = ("day", "utc", "container", "reason", "by", "lifted", "words", "signed-by")
    return Table(say("holds.caption"), _heads(heads, say), tuple(rows))


def _lifted(signed: Reasoned | None, say: Say) -> tuple[Cell, ...]:
    if signed is None:
        return plain(say("holds.open"), strong=True), plain(NONE), plain(NONE)
    return plain(utc(signed.at)), plain(signed.why), plain(signed.by)


def _limit(asked: Specification, say: Say) -> str:
    """What a specification asks: ``at least 70 %``, ``negative``."""
    if asked.allowed:
        return say("or").join(say.told(each) for each in asked.allowed)
    said = [say("limit.least", amount=str(asked.low))] if asked.low is not None else []
    said += [say("limit.most", amount=str(asked.high))] if asked.high is not None else []
    return say("list").join(said) or NONE
