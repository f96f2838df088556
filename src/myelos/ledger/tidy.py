"""A trial as tidy tables: one row a thing, one column a fact, for evidence, reports and exchange.

People go by their trial code; names, free text and reasons are in none of the tables. What is not known is
null, and a result that could be several stays several. Times are UTC, days are civil days where the person
is; volumes are in mL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from myelos.cells.containers import Chain, Container, Result
from myelos.ledger.audit import entries_of
from myelos.ledger.entry import Row
from myelos.ledger.snapshot import Snapshot
from myelos.protocol import Person, Trial
from myelos.quantities import Amount
from myelos.safety.harms import AdverseEvent
from myelos.times import day_after

TIME = pl.Datetime("us", "UTC")
Schema = Mapping[str, Any]

PEOPLE: Schema = {
    "person": pl.String, "site": pl.String, "edition": pl.String, "stage": pl.String, "group": pl.String,
    "onset": TIME, "day_0": pl.Date, "screened_at": TIME, "consented_at": TIME, "chain": pl.String,
    "infused_at": TIME, "infused_day_after_injury": pl.Int64, "left_how": pl.String, "left_at": TIME,
    "off_treatment_at": TIME,
}  # fmt: skip
"""One row a person: how far they came, and when. ``day_0``: the civil date of the injury (or onset)."""

EXAMINATIONS: Schema = {
    "person": pl.String, "examination": pl.Int64, "visit": pl.String, "day_after_injury": pl.Int64,
    "day_after_infusion": pl.Int64, "measure": pl.String, "edition": pl.String, "output": pl.String,
    "possible": pl.List(pl.String), "low": pl.Float64, "high": pl.Float64, "examiner": pl.String, "at": TIME,
}  # fmt: skip
"""One row an output of a measure that was taken: all that it can be. ``examination``: its position in the
person's list, from 0; ``visit`` is null where it belongs to none."""

ITEMS: Schema = {
    "person": pl.String, "examination": pl.Int64, "visit": pl.String, "measure": pl.String,
    "edition": pl.String, "item": pl.String, "entered": pl.String, "at": TIME,
}  # fmt: skip
"""One row an item of a measure, as it was entered (or corrected)."""

CONTAINERS: Schema = {
    "person": pl.String, "chain": pl.String, "container": pl.String, "kind": pl.String, "state": pl.String,
    "lot": pl.String, "passage": pl.Int64, "parents": pl.List(pl.String), "volume_ml": pl.Float64,
    "viable": pl.Int64, "dead": pl.Int64, "counted_at": TIME, "seeded_at": TIME, "frozen_at": TIME,
    "thawed_at": TIME, "last_at": TIME, "place": pl.String, "quarantine": pl.List(pl.String),
}  # fmt: skip
"""One row a labelled container, as it stands now."""

RESULTS: Schema = {
    "person": pl.String, "chain": pl.String, "lot": pl.String, "lot_status": pl.String, "number": pl.Int64,
    "specification": pl.String, "result": pl.String, "value": pl.Float64, "unit": pl.String,
    "sample": pl.String, "by": pl.String, "at": TIME, "corrects": pl.Int64, "stands": pl.Boolean,
}  # fmt: skip
"""One row a result of a release test. ``number``: its place in the lot's list, from 0; ``stands``: no later
one corrects it."""

INFUSIONS: Schema = {
    "person": pl.String, "chain": pl.String, "container": pl.String, "lot": pl.String, "started_at": TIME,
    "ended_at": TIME, "day_after_injury": pl.Int64, "dose": pl.Int64, "delivered": pl.Int64,
    "first": pl.String, "second": pl.String,
}  # fmt: skip
"""One row a bag infused: cells in it (``dose``) and cells that reached the person."""

HARMS: Schema = {
    "harm": pl.String, "sort": pl.String, "person": pl.String, "kind": pl.String, "grade": pl.Int64,
    "serious": pl.List(pl.String), "onset": pl.String, "outcome": pl.String, "ended": pl.String,
    "suspected": pl.List(pl.String), "cleared": pl.List(pl.String), "expected": pl.String,
    "withdrawn": pl.String, "versions": pl.Int64, "at": TIME,
}  # fmt: skip
"""One row a harm of a ``sort``: an adverse event, an incident or a deterioration. ``serious`` is null while
that is not known, empty when it is not; ``onset`` and ``ended`` as far as they are known; ``at``: when it was
first told (of a deterioration: when it was examined)."""

ENTRIES: Schema = {
    "number": pl.Int64, "at": TIME, "recorded_at": TIME, "by": pl.String, "role": pl.String,
    "site": pl.String, "kind": pl.String, "event": pl.String, "person": pl.String, "command": pl.String,
}  # fmt: skip
"""One row an entry: who did what when. ``person`` is null where it is about nobody."""


def people(snapshot: Snapshot) -> pl.DataFrame:
    """Everyone known to the trial, by trial code; :data:`PEOPLE`."""
    return _frame(PEOPLE, (_person(each) for _, each in sorted(snapshot.state.people.items())))


def examinations(snapshot: Snapshot) -> pl.DataFrame:
    """Every output of every measure that was taken, as it stands corrected; :data:`EXAMINATIONS`."""
    return _frame(EXAMINATIONS, _each_person(snapshot.state, _outputs))


def items(snapshot: Snapshot) -> pl.DataFrame:
    """Every item of every measure as it was entered, or as it stands corrected; :data:`ITEMS`."""
    return _frame(ITEMS, _each_person(snapshot.state, _items))


def containers(snapshot: Snapshot) -> pl.DataFrame:
    """Every labelled container; :data:`CONTAINERS`."""
    return _frame(CONTAINERS, _each_chain(snapshot.state, _containers))


def results(snapshot: Snapshot) -> pl.DataFrame:
    """Every result of a release test, also those that were corrected; :data:`RESULTS`."""
    return _frame(RESULTS, _each_chain(snapshot.state, _results))


def infusions(snapshot: Snapshot) -> pl.DataFrame:
    """Every bag that was infused; :data:`INFUSIONS`."""
    state = snapshot.state
    return _frame(INFUSIONS, _each_chain(state, lambda chain: _infusions(state, chain)))


def harms(snapshot: Snapshot) -> pl.DataFrame:
    """Every adverse event, incident and deterioration, withdrawn ones too; :data:`HARMS`."""
    return _frame(HARMS, _harms(snapshot.state))


def entries(rows: Iterable[Row]) -> pl.DataFrame:
    """The entries of a ledger's rows; :data:`ENTRIES`.

    Raises :class:`~myelos.findings.Refused` for an entry that this software does not know how to read.
    """
    return _frame(ENTRIES, map(_entry, entries_of(rows)))


TABLES: Mapping[str, Callable[[Snapshot], pl.DataFrame]] = {
    "people": people,
    "examinations": examinations,
    "items": items,
    "containers": containers,
    "results": results,
    "infusions": infusions,
    "harms": harms,
}
"""The tables of a snapshot by name; ``entries`` is that of the ledger itself."""

Told = dict[str, Any]


def _frame(schema: Schema, rows: Iterable[Told]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _each_person(state: Trial, of: Callable[[Person], Iterator[Told]]) -> Iterator[Told]:
    for _, person in sorted(state.people.items()):
        yield from of(person)


def _each_chain(state: Trial, of: Callable[[Chain], Iterator[Told]]) -> Iterator[Told]:
    for _, chain in sorted(state.chains.items()):
        yield from of(chain)


# People -----------------------------------------------------------------------------------------------------


def _person(person: Person) -> Told:
    left, off, infused = person.left, person.off_treatment, person.infused_at
    return {
        "person": person.code, "site": person.site, "edition": person.edition, "stage": person.stage.value,
        "group": person.group, "onset": person.onset, "day_0": person.day_0,
        "screened_at": person.screened.at,
        "consented_at": min((each.act.at for each in person.consents), default=None),
        "chain": person.chain, "infused_at": infused,
        "infused_day_after_injury": None if infused is None else person.day(infused),
        "left_how": None if left is None else left.how, "left_at": None if left is None else left.at,
        "off_treatment_at": None if off is None else off.at,
    }  # fmt: skip


def _after_infusion(person: Person, at: datetime) -> int | None:
    start = person.infusion_day
    return None if start is None else day_after(start, at, person.zone)


def _outputs(person: Person) -> Iterator[Told]:
    for place, each in enumerate(person.examinations):
        days = {
            "day_after_injury": person.day(each.at),
            "day_after_infusion": _after_infusion(person, each.at),
        }
        for measure, taken in sorted(each.taken.items()):
            for output, result in sorted(taken.results.items()):
                yield {
                    "person": person.code, "examination": place, "visit": each.visit, **days,
                    "measure": measure, "edition": taken.edition, "output": output,
                    "possible": list(result.possible), "low": _number(result.low),
                    "high": _number(result.high), "examiner": each.examiner, "at": each.at,
                }  # fmt: skip


def _items(person: Person) -> Iterator[Told]:
    for place, each in enumerate(person.examinations):
        for measure, taken in sorted(each.taken.items()):
            for item, entered in sorted(taken.items.items()):
                yield {
                    "person": person.code, "examination": place, "visit": each.visit, "measure": measure,
                    "edition": taken.edition, "item": item, "entered": str(entered), "at": each.at,
                }  # fmt: skip


def _number(bound: Any) -> float | None:
    return None if bound is None else float(bound)


# Cells ------------------------------------------------------------------------------------------------------


def _containers(chain: Chain) -> Iterator[Told]:
    for _, it in sorted(chain.containers.items()):
        yield {
            "person": chain.person, "chain": chain.id, "container": it.label, "kind": it.kind.value,
            "state": it.state.value, "lot": it.lot, "passage": it.passage, "parents": list(it.parents),
            **_contents(it), "seeded_at": it.seeded_at, "frozen_at": it.frozen_at,
            "thawed_at": it.thawed_at, "last_at": it.last_at,
            "place": it.custody[-1].place if it.custody else None,
            "quarantine": sorted(each.value for each in it.quarantine),
        }  # fmt: skip


def _contents(it: Container) -> Told:
    holds = it.contents
    if holds is None:
        return {"volume_ml": None, "viable": None, "dead": None, "counted_at": None}
    return {
        "volume_ml": float(holds.volume.value), "viable": holds.viable, "dead": holds.dead,
        "counted_at": holds.counted_at,
    }  # fmt: skip


def _results(chain: Chain) -> Iterator[Told]:
    for _, lot in sorted(chain.lots.items()):
        replaced = {each.corrects for each in lot.results}
        for place, each in enumerate(lot.results):
            yield {
                "person": chain.person, "chain": chain.id, "lot": lot.id, "lot_status": lot.status.value,
                "number": place, "specification": each.specification, **_result(each),
                "sample": each.sample, "by": each.by, "at": each.at, "corrects": each.corrects,
                "stands": place not in replaced,
            }  # fmt: skip


def _result(each: Result) -> Told:
    told = each.result
    if isinstance(told, Amount):
        return {"result": str(told), "value": float(told.value), "unit": told.unit}
    return {"result": told, "value": None, "unit": None}


def _infusions(state: Trial, chain: Chain) -> Iterator[Told]:
    person = state.people.get(chain.person)
    for each in chain.infusions:
        bag = chain.containers.get(each.bag)
        yield {
            "person": chain.person, "chain": chain.id, "container": each.bag,
            "lot": None if bag is None else bag.lot, "started_at": each.started_at,
            "ended_at": each.ended_at,
            "day_after_injury": None if person is None else person.day(each.started_at),
            "dose": each.dose, "delivered": each.delivered, "first": each.by[0], "second": each.by[1],
        }  # fmt: skip


# Harms ------------------------------------------------------------------------------------------------------


def _harms(state: Trial) -> Iterator[Told]:
    nothing: Told = dict.fromkeys(HARMS)
    for _, event in sorted(state.harms.adverse.items()):
        yield _adverse(event)
    for _, incident in sorted(state.harms.incidents.items()):
        yield {
            **nothing, "harm": incident.id, "sort": "incident", "person": incident.person,
            "kind": incident.kind.value, "at": incident.at, "versions": 1,
        }  # fmt: skip
    for _, each in sorted(state.harms.deteriorations.items()):
        yield {
            **nothing, "harm": each.id, "sort": "deterioration", "person": each.person,
            "outcome": each.stage.value, "at": each.examined_at, "versions": 1,
        }  # fmt: skip


def _adverse(event: AdverseEvent) -> Told:
    case = event.now
    known = case.particulars
    return {
        "harm": event.id, "sort": "adverse-event", "person": event.person, "kind": known.kind.value,
        "grade": known.grade,
        "serious": None if known.serious is None else [each.value for each in known.serious],
        "onset": str(known.onset), "outcome": case.outcome.value, "ended": str(case.end),
        "suspected": sorted(each.value for each in event.suspected),
        "cleared": sorted(each.value for each in event.cleared), "expected": case.expected.value,
        "withdrawn": None if case.withdrawn is None else case.withdrawn.value,
        "versions": len(event.history), "at": event.history[0].at,
    }  # fmt: skip


# Entries ----------------------------------------------------------------------------------------------------


def _entry(entry: Any) -> Told:
    told = entry.heading
    return {
        "number": entry.number, "at": told.at, "recorded_at": told.recorded_at, "by": told.by,
        "role": told.role, "site": told.site, "kind": told.kind, "event": entry.event.NAME,
        "person": told.person or None, "command": told.command,
    }  # fmt: skip
