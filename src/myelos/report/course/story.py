"""One person's course, gathered from the folded state of a trial: what is drawn and told, with its days.

Nothing is worked out here that the state does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from myelos.cells.containers import Chain, Container, Growth, Infusion, Kind, Lot, Result
from myelos.cells.limits import Limits, Specification
from myelos.measures import Measure
from myelos.protocol import Person, Protocol, Trial
from myelos.protocol.people import Examination
from myelos.protocol.site_limits import limits_on
from myelos.protocol.visits import anchor
from myelos.protocol.windows import window
from myelos.quantities import Amount
from myelos.report.course.say import measure_of
from myelos.safety.harms import AdverseEvent, Deterioration, Incident
from myelos.safety.moments import span
from myelos.times import civil_date

SCORES = "isncsci"
COLLECTED = (Kind.BLOOD, Kind.MARROW)


@dataclass(frozen=True, slots=True)
class Collection:
    """Blood or marrow taken: into which container, how much of it, when, by whom, where."""

    container: Container
    volume: Amount
    at: datetime
    by: str
    place: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An examination: its day, the AIS it leaves possible (none where it was not graded), its results."""

    day: int
    exam: Examination
    ais: tuple[str, ...]

    def bounds(self, output: str) -> tuple[float, float] | None:
        """The least and the most a score can be; None where it was not given."""
        taken = self.exam.taken.get(SCORES)
        result = taken.results.get(output) if taken else None
        if result is None or result.low is None or result.high is None:
            return None
        return float(result.low), float(result.high)


@dataclass(frozen=True, slots=True)
class Harm:
    """A harm on the axis: from which day to which, each None where it is not known or has not come."""

    id: str
    what: AdverseEvent | Deterioration | Incident
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A visit that was missed, or what was left of it: the day it was meant for, if that is known."""

    visit: str
    day: int | None
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Course:
    """Everything of one person. ``until``: the last day anything is known of, ``limits``: of their site."""

    person: Person
    protocol: Protocol
    chain: Chain | None
    limits: Limits | None
    collections: tuple[Collection, ...]
    seen: tuple[Seen, ...]
    missed: tuple[Missing, ...]
    harms: tuple[Harm, ...]
    until: int

    def day(self, at: datetime) -> int:
        return self.person.day(at)

    def drawn(self, kind: Kind) -> tuple[Amount, ...]:
        """The volumes of all collections of a kind, in order of time."""
        return tuple(each.volume for each in self.collections if each.container.kind is kind)

    @property
    def containers(self) -> tuple[Container, ...]:
        """Every container, by kind on the way from the marrow to the bag, then by label."""
        if self.chain is None:
            return ()
        order = list(Kind)
        return tuple(sorted(self.chain.containers.values(), key=lambda c: (order.index(c.kind), c.label)))

    @property
    def lots(self) -> tuple[Lot, ...]:
        return () if self.chain is None else tuple(lot for _, lot in sorted(self.chain.lots.items()))

    @property
    def growth(self) -> tuple[Growth, ...]:
        grown = () if self.chain is None else self.chain.growth
        return tuple(sorted(grown, key=lambda each: (each.lot, each.passage, each.harvested_at)))

    @property
    def infusions(self) -> tuple[Infusion, ...]:
        return () if self.chain is None else self.chain.infusions

    @property
    def frozen(self) -> tuple[Container, ...]:
        """Bags and suspensions that were frozen."""
        return tuple(each for each in self.containers if each.frozen_at and each.kind is not Kind.SERUM)

    def cold_until(self, bag: Container) -> int:
        """The day a frozen container left the cold: thawed or thrown away; else the last day known."""
        out = bag.thawed_at or (bag.discarded.at if bag.discarded is not None else None)
        return self.until if out is None else self.day(out)

    def specifications(self, lot: Lot) -> dict[str, Specification]:
        """What the lot's edition asks, as the site filled it; nothing where that is not known."""
        editions = self.limits.editions if self.limits else ()
        return {
            each.id: each for edition in editions if edition.id == lot.edition
            for each in edition.specifications
        }  # fmt: skip

    def outside(self, lot: Lot) -> tuple[Result, ...]:
        """The valid results that are out of specification."""
        asked = self.specifications(lot)
        return tuple(
            each for each in lot.valid_results()
            if each.specification in asked and within(asked[each.specification], each) is False
        )  # fmt: skip

    def before_infusion(self) -> Seen | None:
        """The last graded examination before the infusion."""
        at = self.person.infused_at
        graded = [each for each in self.seen if each.ais and at is not None and each.exam.at < at]
        return max(graded, key=lambda each: each.exam.at, default=None)

    def at_visit(self, visit: str) -> Seen | None:
        """The graded examination of a visit."""
        return next((each for each in self.seen if each.ais and each.exam.visit == visit), None)


def within(specification: Specification, result: Result) -> bool | None:
    """Whether a result is in range; None where it cannot be held against the specification."""
    if specification.unfit(result.result) is not None:
        return None
    return specification.met_by(result.result)


def courses(trial: Trial, protocol: Protocol) -> tuple[Course, ...]:
    """Everybody of a trial, in order of their codes."""
    harms = _harms(trial)
    return tuple(
        _course(trial, protocol, person, harms.get(code, ())) for code, person in sorted(trial.people.items())
    )


def last_planned(protocol: Protocol) -> int:
    """The day of the last visit counted from the infusion; 0 where there is none."""
    return max((each.day for each in protocol.visits if each.anchor == "infusion"), default=0)


def final_visit(protocol: Protocol) -> str | None:
    """The last visit counted from the infusion at which the neurological examination is made."""
    after = [each for each in protocol.visits if each.anchor == "infusion" and SCORES in each.measures]
    return max(after, key=lambda each: each.day).id if after else None


def measures_of(course: Course) -> tuple[tuple[str, Measure | None], ...]:
    """The measures a person was ever examined with, those of the protocol first."""
    taken = {measure for each in course.seen for measure in each.exam.taken}
    named = [each for each in course.protocol.measures if each in taken]
    return tuple((each, measure_of(each)) for each in [*named, *sorted(taken - set(named))])


def _course(trial: Trial, protocol: Protocol, person: Person, harms: tuple[Harm, ...]) -> Course:
    chain, seen = trial.chain_of(person.code), seen_of(person)
    days = [*_days(person, chain), *(each.day for each in seen)]
    days += [day for each in harms for day in (each.first, each.last) if day is not None]
    site = trial.sites.get(person.site)
    limits = (
        None
        if site is None
        else limits_on(protocol, site.settings, civil_date(_latest(person, chain), site.zone))
    )
    return Course(
        person=person, protocol=protocol, chain=chain, limits=limits,
        collections=tuple(_collections(chain)), seen=seen, missed=tuple(_missed(person, protocol)),
        harms=harms, until=max(days),
    )  # fmt: skip


def seen_of(person: Person) -> tuple[Seen, ...]:
    """Every examination of a person, in order of time."""
    return tuple(sorted((_seen(person, each) for each in person.examinations), key=lambda s: s.exam.at))


def _seen(person: Person, exam: Examination) -> Seen:
    taken = exam.taken.get(SCORES)
    ais = taken.results.get("ais") if taken else None
    return Seen(person.day(exam.at), exam, ais.possible if ais else ())


def _collections(chain: Chain | None) -> Iterator[Collection]:
    """Containers that came from the person, whose hands they were in first, in order of time."""
    taken = () if chain is None else chain.containers.values()
    for each in sorted((c for c in taken if c.custody), key=lambda c: (c.custody[0].since, c.label)):
        if each.collected is not None:
            first = each.custody[0]
            yield Collection(each, each.collected, first.since, first.holder, first.place)


def _missed(person: Person, protocol: Protocol) -> Iterator[Missing]:
    visits = {each.id: each for each in protocol.visits}
    for id_, missed in sorted(person.missed.items(), key=lambda item: item[1].act.at):
        start: date | None = anchor(person, visits[id_]) if id_ in visits else None
        meant = None if start is None else (window(visits[id_], start).meant - person.day_0).days
        yield Missing(id_, meant, missed.reason, missed.act.at, missed.act.by)


def _harms(trial: Trial) -> Mapping[str, tuple[Harm, ...]]:
    """By person: adverse events, deteriorations, incidents that name a person, each in order of time."""
    found: dict[str, list[Harm]] = {}
    harms = trial.harms
    for adverse in harms.adverse.values():
        if (person := trial.people.get(adverse.person)) is not None:
            found.setdefault(adverse.person, []).append(_adverse(person, adverse))
    for worse in harms.deteriorations.values():
        if (person := trial.people.get(worse.person)) is not None:
            day = person.day(worse.examined_at)
            found.setdefault(worse.person, []).append(Harm(worse.id, worse, day, day))
    for incident in harms.incidents.values():
        owner = incident.person or _owner(trial, incident.container)
        if owner is not None and (person := trial.people.get(owner)) is not None:
            day = person.day(incident.at)
            found.setdefault(owner, []).append(Harm(incident.id, incident, day, day))
    late = 10**6
    return {code: tuple(sorted(each, key=lambda h: (late if h.first is None else h.first, h.id)))
            for code, each in found.items()}  # fmt: skip


def _owner(trial: Trial, container: str | None) -> str | None:
    chain = trial.chains.get(trial.labels.get(container or "", ""))
    return None if chain is None else chain.person


def _adverse(person: Person, adverse: AdverseEvent) -> Harm:
    case = adverse.now
    onset, end = span(case.particulars.onset, adverse.zone), span(case.end, adverse.zone)
    first = None if onset.earliest is None else person.day(onset.earliest)
    last = None if end.latest is None else person.day(end.latest)
    return Harm(adverse.id, adverse, first, last)


# Until when -----------------------------------------------------------------------------------------------


def latest(trial: Trial) -> datetime | None:
    """The last moment anything of the trial is known of; None where there is nobody."""
    found = [_latest(each, trial.chain_of(each.code)) for each in trial.people.values()]
    found += [each.history[-1].at for each in trial.harms.adverse.values()]
    found += [each.at for each in trial.harms.decisions]
    found += list(trial.harms.sent.values())
    return max(found, default=None)


def _latest(person: Person, chain: Chain | None) -> datetime:
    return max((*_instants(person), *_of_chain(chain)))


def _days(person: Person, chain: Chain | None) -> Iterator[int]:
    yield from (person.day(each) for each in (*_instants(person), *_of_chain(chain)))


def _instants(person: Person) -> Iterator[datetime]:
    yield person.screened.at
    told: tuple[Any, ...] = (*person.facts.values(), *person.consents, *person.decisions)
    told = (*told, *person.examinations)
    told = (*told, *person.weights, *person.deviations, *person.history, *person.missed.values())
    yield from (each.act.at for each in told)
    yield from (each.withdrawn.at for each in person.consents if each.withdrawn is not None)
    leavings = (person.off_treatment, person.off_follow_up, person.lost)
    yield from (each.at for each in leavings if each is not None)
    yield from (each for each in (person.declined and person.declined.at, person.died) if each)


def _of_chain(chain: Chain | None) -> Iterator[datetime]:
    if chain is None:
        return
    for each in chain.containers.values():
        yield each.last_at
        yield from (told.at for hold in each.holds for told in (hold.held, hold.lifted) if told)
    for lot in chain.lots.values():
        yield from (result.at for result in lot.results)
        yield from (decision.at for decision in lot.decisions)
    yield from (seen.at for given in chain.infusions for seen in given.observations)
