"""What must have been told before cells run into a person's vein, in plain words over the raw history.

Nothing of the gates is used here: no state, no fold, no limit that was resolved, no finding. The numbers are
those the made-up site of ``examples/twenty_people`` signed for, and those of the protocol, written out again.
An infusion that was granted and breaks one of these rules is a violation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from myelos.cells import events as e
from myelos.cells.containers import QuarantineReason
from myelos.protocol import person_events as pe
from myelos.protocol.events import TrainingRecorded
from myelos.quantities import Amount
from myelos.safety import events as se
from myelos.safety.terms import Kind, Outcome, Seriousness
from validation.identity.lineage import Way, way_back
from validation.identity.record import Granted, Line, Told

MATCH_WINDOW, THAW_WINDOW = timedelta(minutes=15), timedelta(minutes=120)
SHELF_LIFE, WEIGHT_AGE, COUNT_AGE = timedelta(days=60), timedelta(days=7), timedelta(days=60)
TOKYO = timezone(timedelta(hours=9))
LAST_DAY, APART, FIRST = 54, 14, 3
GATES = ("first-registration", "second-registration")
FEWEST, MOST, PER_KG = Decimal("0.5e8"), Decimal("2.0e8"), Decimal("3.34e6")


def _least(limit: str) -> Callable[[Any], bool]:
    return lambda result: isinstance(result, Amount) and result >= Amount.of(limit)


def _most(limit: str) -> Callable[[Any], bool]:
    return lambda result: isinstance(result, Amount) and result <= Amount.of(limit)


TESTS: Mapping[str, Callable[[Any], bool]] = {
    "viability": _least("70 %"), "cd73": _least("95 %"), "cd105": _least("95 %"), "cd34": _most("5 %"),
    "cd45": _most("5 %"), "endotoxin": _most("5 EU/mL"), "karyotype": _most("0 %"),
    "mycoplasma": lambda result: result == "negative", "sterility": lambda result: result == "negative",
}  # fmt: skip
"""Every release test, and when its result is in range."""

MAY_BE_PENDING = "sterility"


def violations(told: Told, now: Granted, apart: bool = True) -> list[str]:
    """What is wrong with what was granted just now, after everything told before; empty when nothing is.

    ``apart``: the first infusions are some days apart, which a trial may do without.
    """
    found = []
    for event in now.events:
        if isinstance(event, e.InfusionStarted | e.InfusionResumed):
            person = person_of(told, event.chain)
            wrong = list(_at_the_vein(told, now, event, person))
            if isinstance(event, e.InfusionStarted):
                wrong += _at_the_start(told, now, event, person)
                wrong += _spacing(told, person, now.act.at) if apart else ()
            found += [f"{type(event).__name__} of {event.container} in {person}: {each}" for each in wrong]
    return found


def person_of(told: Told, chain: str) -> str:
    """Whose chain it is: whom it was opened for."""
    opened = [line.event.person for line in told.of(e.ChainOpened) if line.event.chain == chain]
    return opened[0] if len(opened) == 1 else "nobody"


def _at_the_vein(told: Told, now: Granted, event: Any, person: str) -> Iterator[str]:
    """Of a start, and of going on after a pause: this person, this bag, this consent, at this instant."""
    order, at = now.order, now.act.at
    if order.wristband != person:
        yield f"the wristband read {order.wristband}"
    if order.scan.read != event.container or order.scan.container != event.container:
        yield f"the bag's label read {order.scan.read}"
    way = way_back(told, event.container, event.chain, person)
    yield from way.wrong
    yield from _held_back(told, event.container)
    yield from _release(told, event.container, way, at)
    yield from _consent(told, person, at)
    yield from _gates(told, person, at, _begun(told, event, at))
    yield from _left(told, person, at)
    yield from _stopping(told)


def _at_the_start(told: Told, now: Granted, event: e.InfusionStarted, person: str) -> Iterator[str]:
    if event.person != person:
        yield f"the event names {event.person}"
    yield from _two_people(told, now, event.container, person)
    yield from _thawed(told, event.container, now.act.at)
    yield from _dose(told, event, person, now.act.at)


# Two people at the bedside --------------------------------------------------------------------------------


def _two_people(told: Told, now: Granted, bag: str, person: str) -> Iterator[str]:
    """Two different trained people each scanned that wristband and that bag in the last 15 minutes."""
    scanned = set()
    for line in told.of(e.Matched):
        order, since = line.order, now.act.at - line.act.at
        right = order.wristband == person and order.scan.read == bag and line.event.container == bag
        if right and since <= MATCH_WINDOW and _trained(told, line.act.by, now.act.at):
            scanned.add(line.act.by)
    if len(scanned) < 2:
        yield f"{len(scanned)} trained people matched wristband and bag in time"
    if now.act.by not in scanned:
        yield f"{now.act.by} starts without having matched"


def _trained(told: Told, account: str, at: datetime) -> bool:
    """The last training of those begun by then has not ended."""
    lines = [
        line
        for line in told.of(TrainingRecorded)
        if line.event.account == account and line.event.training == "bedside" and line.act.at <= at
    ]
    last = max(lines, key=lambda line: (line.act.at, line.place), default=None)
    return last is not None and (last.event.until is None or last.event.until >= at)


# The bag --------------------------------------------------------------------------------------------------


def _held_back(told: Told, bag: str) -> Iterator[str]:
    held = sum(bag in line.event.containers for line in told.of(e.Quarantined))
    let_go = sum(line.event.container == bag for line in told.of(e.DispositionSigned))
    if held > let_go:
        yield "the bag is held back"
    if any(line.event.container == bag for line in told.of(e.Discarded)):
        yield "the bag was discarded"


def _release(told: Told, bag: str, way: Way, at: datetime) -> Iterator[str]:
    """Its lot was released with it, by then, was not withdrawn since, and every test is in range."""
    lots = {line.event.lot for line in told.of(e.Seeded) if _labels(line.event) & set(way.containers)}
    if len(lots) != 1:
        yield f"the bag is of {len(lots)} lots"
        return
    (lot,) = lots
    of_lot = [line for line in told.of(e.Released) if line.event.lot == lot]
    released = [line for line in of_lot if line.act.at <= at and set(line.event.bags) & set(way.containers)]
    withdrawn = [line for line in told.of(e.ReleaseWithdrawn) if line.event.lot == lot]
    if len(released) <= len(withdrawn):
        yield f"the lot {lot} is not released, or its release was withdrawn"
        return
    yield from _tests(told, lot, way, released[-1].event.pending)


def _labels(event: e.Seeded) -> set[str]:
    return {part.container for part in event.flasks}


def _tests(told: Told, lot: str, way: Way, pending: tuple[str, ...]) -> Iterator[str]:
    if set(pending) - {MAY_BE_PENDING}:
        yield f"released without {', '.join(pending)}"
    results = list(_standing(told, lot))
    for test, in_range in TESTS.items():
        found = [result for of, result, sample in results if of == test and _same_lot(told, sample, way)]
        if not found and test not in pending:
            yield f"no result of {test}"
        if not all(in_range(result) for result in found):
            yield f"{test} is out of range"


def _standing(told: Told, lot: str) -> Iterator[tuple[str, Any, str]]:
    """The results that no correction replaced: test, result, sample."""
    lines = [line for line in told.of(e.Tested, e.ResultCorrected) if line.event.lot == lot]
    lines.sort(key=lambda line: line.place)
    every: list[tuple[str, Any, str]] = []
    replaced = set()
    for line in lines:
        if isinstance(line.event, e.Tested):
            every.append((line.event.specification, line.event.result, line.event.sample))
        else:
            replaced.add(line.event.corrects)
            test, _, sample = every[line.event.corrects]
            every.append((test, line.event.result, sample))
    yield from (each for place, each in enumerate(every) if place not in replaced)


def _same_lot(told: Told, sample: str, way: Way) -> bool:
    """The sample comes from a container the bag comes from, and no identity error touched it."""
    touched = any(
        sample in line.event.containers and line.event.reason is QuarantineReason.IDENTITY
        for line in told.of(e.Quarantined)
    )
    sources = {line.event.source for line in told.of(e.Sampled) if line.event.sample.container == sample}
    return not touched and bool(sources & set(way.containers))


def _thawed(told: Told, bag: str, at: datetime) -> Iterator[str]:
    frozen = [line.act.at for line in told.of(e.Frozen) if line.event.container == bag]
    thawed = [line.act.at for line in told.of(e.Thawed) if line.event.container == bag]
    if len(frozen) != 1 or len(thawed) != 1:
        yield f"frozen {len(frozen)} times, thawed {len(thawed)} times"
    elif not timedelta(0) <= at - thawed[0] <= THAW_WINDOW:
        yield "not within the window after thawing"
    elif thawed[0] - frozen[0] > SHELF_LIFE:
        yield "the shelf life was over"


def _dose(told: Told, event: e.InfusionStarted, person: str, at: datetime) -> Iterator[str]:
    """As many living cells as the label says for the last weight; counted and weighed lately; never twice."""
    weights = _weights(told, person, at)
    weighed, weight = max(
        weights, key=lambda each: each[0], default=(datetime.min.replace(tzinfo=UTC), Decimal(0))
    )
    filled = [
        part.viable
        for line in told.of(e.Split)
        for part in line.event.parts
        if part.container == event.container
    ]
    if filled != [event.dose] or not FEWEST <= event.dose <= min(MOST, PER_KG * weight):
        yield f"{event.dose} cells at {weight} kg"
    if not timedelta(0) <= at - weighed <= WEIGHT_AGE or event.weight.value != weight:
        yield "the weight is old, or another"
    if not timedelta(0) <= at - event.counted_at <= COUNT_AGE:
        yield "the count is old"
    if any(line.event.person == person for line in told.of(e.InfusionStarted)):
        yield "infused before"


def _weights(told: Told, person: str, at: datetime) -> list[tuple[datetime, Decimal]]:
    lines = [line for line in told.of(pe.WeightRecorded) if line.event.person == person]
    known = [[line.act.at, line.event.weight.value] for line in lines]
    for line in told.of(pe.WeightCorrected):
        if line.event.person == person:
            known[line.event.position][1] = line.event.new.value
    return [(when, value) for when, value in known if when <= at]


# The person -----------------------------------------------------------------------------------------------


def _consent(told: Told, person: str, at: datetime) -> Iterator[str]:
    """Agreed to the version in force, and not taken back since."""
    lines = [
        line
        for line in told.of(pe.ConsentGiven, pe.ConsentWithdrawn)
        if line.event.person == person and line.event.form == "trial" and line.act.at <= at
    ]
    last = max(lines, key=lambda line: (line.act.at, line.place), default=None)
    if last is None or not isinstance(last.event, pe.ConsentGiven) or last.event.version != "1":
        yield "no consent stands"


def _begun(told: Told, event: Any, at: datetime) -> datetime:
    """When the infusion of a bag began: now, or, when it goes on after a pause, before."""
    lines = [line.act.at for line in told.of(e.InfusionStarted) if line.event.container == event.container]
    return lines[-1] if isinstance(event, e.InfusionResumed) and lines else at


def _gates(told: Told, person: str, at: datetime, begun: datetime) -> Iterator[str]:
    """Both were passed; the infusion began within 54 days, and the last examination before is A, B or C."""
    passed = {
        line.event.gate
        for line in told.of(pe.GatePassed)
        if line.event.person == person and line.act.at <= at
    }
    yield from (f"{gate} was not passed" for gate in GATES if gate not in passed)
    onset = [line.event.onset for line in told.of(pe.Screened) if line.event.person == person]
    onset += [line.event.new for line in told.of(pe.OnsetCorrected) if line.event.person == person]
    days = (begun.astimezone(TOKYO).date() - onset[-1].astimezone(TOKYO).date()).days if onset else -1
    if not 0 <= days <= LAST_DAY:
        yield f"day {days} after the injury"
    if not set(_grades(told, person)) <= {"A", "B", "C"}:
        yield "the re-examination no longer shows A, B or C"


def _grades(told: Told, person: str) -> tuple[str, ...]:
    """What the re-examination leaves possible; a correction of an item tells its results again."""
    place, grades = -1, ("?",)
    examined = [line for line in told.of(pe.VisitRecorded) if line.event.person == person]
    for number, line in enumerate(examined):
        if line.event.visit == "re-examination" and "isncsci" in line.event.taken:
            place, grades = number, line.event.taken["isncsci"].results["ais"].possible
    for line in told.of(pe.ItemCorrected):
        if line.event.person == person and line.event.examination == place:
            grades = line.event.results["ais"].possible
    return grades


def _left(told: Told, person: str, at: datetime) -> Iterator[str]:
    for line in told.of(pe.TreatmentWithdrawn, pe.FollowUpWithdrawn):
        if line.event.person == person and line.act.at <= at:
            yield "withdrawn"
    lost = [line for line in told.of(pe.LostToFollowUp) if line.event.person == person and line.act.at <= at]
    back = [line for line in told.of(pe.Returned) if line.event.person == person]
    if len(lost) > len(back):
        yield "lost to follow-up"
    if any(line.event.person == person and _fatal(line.event.particulars) for line in _events(told)):
        yield "dead"


# The trial ------------------------------------------------------------------------------------------------


def _events(told: Told) -> Iterator[Line]:
    return told.of(se.AdverseEventReported)


def _fatal(known: se.Particulars) -> bool:
    serious = known.serious or ()
    return known.grade == 5 or known.kind is Kind.DEATH or Seriousness.DEATH in serious


def _bad(told: Told) -> Iterator[tuple[str, str]]:
    """What stops a trial, with the rule it falls under: death, tumour, contamination, mistaken identity."""
    for line in _events(told):
        if _fatal(line.event.particulars):
            yield "grade-5", line.event.event
        if line.event.particulars.kind is Kind.NEOPLASM:
            yield "neoplasm", line.event.event
        if line.event.particulars.kind is Kind.LATE_POSITIVE_STERILITY:
            yield "late-positive-sterility", line.event.event
    for line in told.of(se.OutcomeRecorded):
        if line.event.outcome is Outcome.FATAL:
            yield "grade-5", line.event.event
    for line in told.of(se.IncidentRecorded):
        rule = "contamination" if line.event.kind is Kind.CONTAMINATION else "identity-error"
        yield rule, line.event.incident


def _stopping(told: Told) -> Iterator[str]:
    """Every such thing was named in a signed decision, and the last decision was not to stop."""
    decided = [line.event for line in told.of(se.StoppingDecided)]
    named = {(hit.rule, fact.id) for event in decided for hit in event.hits for fact in hit.facts}
    yield from (
        f"{rule} ({fact}) is not decided on" for rule, fact in _bad(told) if (rule, fact) not in named
    )
    if decided and decided[-1].verdict is se.Verdict.STOP:
        yield "the trial was stopped"


def _spacing(told: Told, person: str, at: datetime) -> Iterator[str]:
    """The first three people are infused at least 14 days apart."""
    first: dict[str, datetime] = {}
    for line in told.of(e.InfusionStarted):
        first[line.event.person] = min(line.act.at, first.get(line.event.person, line.act.at))
    if person in first or not 0 < len(first) < FIRST:
        return
    last = max(first.values())
    if (at.astimezone(TOKYO).date() - last.astimezone(TOKYO).date()).days < APART:
        yield "too soon after the person before"
