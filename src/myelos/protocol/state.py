"""The state of a whole trial, and how each event changes it: the fold that a ledger keeps.

A person's cells live in their own chain of identity; harms and stopping are the trial's; settings and time
zone are the site's. Each room folds its own events; what an event of one room means for another (an infusion
is also an event of the person) is said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from immutables import Map

from myelos import cells
from myelos.acts import Act
from myelos.answers import Answer
from myelos.cells import events as ce
from myelos.protocol.events import SettingFilled, SiteOpened, TrainingRecorded
from myelos.protocol.people import EVENTS as PERSON_EVENTS
from myelos.protocol.people import Person, evolve_person
from myelos.protocol.settings import SettingValue
from myelos.protocol.takeover import ChainTakenOver, reopened
from myelos.quantities import Amount
from myelos.safety import events as se
from myelos.safety.criteria import fatal
from myelos.safety.facts import Done, InTime
from myelos.safety.harms import AdverseEvent, Case, Harms
from myelos.safety.harms import evolve as evolve_harms
from myelos.safety.moments import UNKNOWN, span
from myelos.safety.terms import Kind, Outcome, Procedure
from myelos.shapes import Catalogue, Frozen

EVENTS: tuple[type, ...] = (
    SiteOpened, SettingFilled, TrainingRecorded, ChainTakenOver, *PERSON_EVENTS, *ce.EVENTS, *se.EVENTS,
)  # fmt: skip
"""Every event of a trial, of every room."""

EVENT_CATALOGUE = Catalogue(EVENTS)
"""The events by name and version, to read them from plain data and write them."""


@dataclass(frozen=True, slots=True)
class Site(Frozen):
    """A site: where its civil dates are kept, since when it takes part, the limits it filled in.

    ``begun``: when cells were first collected, or taken over, under those limits; then they are fixed.
    """

    id: str
    zone: str
    opened: datetime
    settings: Map[str, SettingValue] = Map()
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """From when to when (None: without end) a training holds."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Trial(Frozen):
    """Everything that is known of a trial.

    ``people`` by trial code; ``chains`` by chain of identity; ``labels``: every container label to its chain;
    ``training``: by account and kind of training, as recorded. ``collected`` and ``infused``: every procedure
    in order of time, the denominators of all harm. ``drawn``: by person and kind, the volumes (mL) that were
    collected. ``deaths``: by person, when each fatal adverse event ended the person's life.
    """

    protocol: str
    sites: Map[str, Site] = Map()
    people: Map[str, Person] = Map()
    chains: Map[str, cells.Chain] = Map()
    labels: Map[str, str] = Map()
    training: Map[tuple[str, str], tuple[Trained, ...]] = Map()
    harms: Harms = Harms()  # noqa: RUF009
    collected: InTime = InTime()  # noqa: RUF009
    infused: InTime = InTime()  # noqa: RUF009
    drawn: Map[tuple[str, cells.Kind], tuple[Amount, ...]] = Map()
    deaths: Map[str, Map[str, datetime]] = Map()

    def chain_of(self, person: str) -> cells.Chain | None:
        """The chain of identity of a person, None before it is opened."""
        known = self.people.get(person)
        return self.chains.get(known.chain) if known is not None and known.chain is not None else None


def evolve(trial: Trial, event: Any, act: Act) -> Trial:
    """The trial after an event. Raises TypeError for what is no event of any room."""
    fold = _FOLDS.get(type(event))
    if fold is None:
        raise TypeError(f"{type(event).__name__} is no event of a trial")
    return fold(trial, event, act)


def after(trial: Trial, events: Iterable[Any], act: Act) -> Trial:
    """The trial after all the events of one act."""
    for event in events:
        trial = evolve(trial, event, act)
    return trial


# Sites ----------------------------------------------------------------------------------------------------


def _site_opened(trial: Trial, event: SiteOpened, act: Act) -> Trial:
    return trial.but(sites=trial.sites.set(event.site, Site(event.site, event.zone, act.at)))


def _setting_filled(trial: Trial, event: SettingFilled, act: Act) -> Trial:
    site = trial.sites[event.site]
    filled = SettingValue(value=event.value, origin=event.origin, signed_by=act.by, at=act.at)
    settings = site.settings.set(event.setting, filled)
    return trial.but(sites=trial.sites.set(event.site, site.but(settings=settings)))


def _training_recorded(trial: Trial, event: TrainingRecorded, act: Act) -> Trial:
    key = (event.account, event.training)
    held = (*trial.training.get(key, ()), Trained(act.at, event.until))
    return trial.but(training=trial.training.set(key, held))


def _begun(trial: Trial, person: str, at: datetime) -> Map[str, Site]:
    """The sites, the person's being one that has begun."""
    site = trial.sites[trial.people[person].site]
    if site.begun is not None and site.begun <= at:
        return trial.sites
    return trial.sites.set(site.id, site.but(begun=at))


# People ---------------------------------------------------------------------------------------------------


def _person_event(trial: Trial, event: Any, act: Act) -> Trial:
    person = evolve_person(trial.people.get(event.person), event, act)
    return trial.but(people=trial.people.set(event.person, person))


def _with(trial: Trial, code: str, **changes: Any) -> Map[str, Person]:
    """The people, one of them changed."""
    return trial.people.set(code, trial.people[code].but(**changes))


# Cells ----------------------------------------------------------------------------------------------------


def _cells(trial: Trial, event: Any, act: Act) -> Trial:
    chain = cells.evolve(trial.chains.get(event.chain), event, act)
    more = _MORE.get(type(event))
    changes = {} if more is None else more(trial, chain, event, act)
    return trial.but(chains=trial.chains.set(event.chain, chain), **changes)


def _opened(trial: Trial, chain: cells.Chain, event: ce.ChainOpened, act: Act) -> dict[str, Any]:
    return {"people": _with(trial, event.person, chain=event.chain)}


def _printed(trial: Trial, chain: cells.Chain, event: ce.LabelPrinted, act: Act) -> dict[str, Any]:
    return {"labels": trial.labels.set(event.container, event.chain)}


def _collected(trial: Trial, chain: cells.Chain, event: ce.Collected, act: Act) -> dict[str, Any]:
    kind = chain.containers[event.container].kind
    key = (chain.person, kind)
    return {
        "collected": trial.collected.adding(_done(trial, chain.person, _COLLECTIONS[kind], act)),
        "drawn": trial.drawn.set(key, (*trial.drawn.get(key, ()), event.volume)),
        "sites": _begun(trial, chain.person, act.at),
    }


def _infused(trial: Trial, chain: cells.Chain, event: ce.InfusionStarted, act: Act) -> dict[str, Any]:
    """Day 0 of an infusion is the day of a person's first one."""
    before = trial.people[chain.person].infused_at
    first = act.at if before is None else min(before, act.at)
    return {
        "infused": trial.infused.adding(_done(trial, chain.person, Procedure.INFUSION, act)),
        "people": _with(trial, chain.person, infused_at=first),
    }


_MORE: dict[type, Callable[[Trial, cells.Chain, Any, Act], dict[str, Any]]] = {
    ce.ChainOpened: _opened,
    ce.LabelPrinted: _printed,
    ce.Collected: _collected,
    ce.InfusionStarted: _infused,
}
_COLLECTIONS = {cells.Kind.BLOOD: Procedure.BLOOD_DRAW, cells.Kind.MARROW: Procedure.MARROW}


def _done(trial: Trial, person: str, procedure: Procedure, act: Act) -> Done:
    zone = trial.sites[trial.people[person].site].zone
    return Done(person=person, procedure=procedure, at=act.at, zone=zone)


def _chain_taken_over(trial: Trial, event: ChainTakenOver, act: Act) -> Trial:
    chain = reopened(event)
    return trial.but(
        chains=trial.chains.set(chain.id, chain),
        labels=trial.labels.update({label: chain.id for label in chain.containers}),
        people=_with(trial, event.person, chain=chain.id),
        sites=_begun(trial, event.person, act.at),
    )


# Harms ----------------------------------------------------------------------------------------------------


def _harm(trial: Trial, event: Any, act: Act) -> Trial:
    return trial.but(harms=evolve_harms(trial.harms, event, act))


def _adverse(trial: Trial, event: Any, act: Act) -> Trial:
    """An adverse event; while it is surely fatal and not withdrawn it is the end of the person's course."""
    harms = evolve_harms(trial.harms, event, act)
    adverse = harms.adverse[event.event]
    before: Map[str, datetime] = trial.deaths.get(adverse.person, Map())
    died = died_at(adverse)
    if before.get(adverse.id) == died:
        return trial.but(harms=harms)
    deaths = before.set(adverse.id, died) if died is not None else before.delete(adverse.id)
    people = _with(trial, adverse.person, died=min(deaths.values(), default=None))
    return trial.but(harms=harms, people=people, deaths=trial.deaths.set(adverse.person, deaths))


def died_at(adverse: AdverseEvent) -> datetime | None:
    """The latest moment the person can have died of an adverse event; None while it is not surely fatal.

    That is the end of a fatal event, or the onset of a death, as far as they are known, and in any case no
    later than it was first told.
    """
    if not _fatal(adverse.now):
        return None
    known = [min(entry.at for entry in adverse.history if _fatal(entry.case))]
    case = adverse.now
    if case.outcome is Outcome.FATAL:
        known.append(span(case.end, adverse.zone).latest or known[0])
    if case.particulars.kind is Kind.DEATH and case.particulars.onset != UNKNOWN:
        known.append(span(case.particulars.onset, adverse.zone).latest or known[0])
    return min(known)


def _fatal(case: Case) -> bool:
    return case.withdrawn is None and fatal(case) is Answer.YES


_ADVERSE = (
    se.AdverseEventReported,
    se.AdverseEventUpdated,
    se.OutcomeRecorded,
    se.AdverseEventWithdrawn,
)
"""The events by which an adverse event becomes fatal or is no longer so."""

_FOLDS: dict[type, Callable[[Trial, Any, Act], Trial]] = {
    **dict.fromkeys(PERSON_EVENTS, _person_event),
    **dict.fromkeys(ce.EVENTS, _cells),
    **dict.fromkeys(se.EVENTS, _harm),
    **dict.fromkeys(_ADVERSE, _adverse),
    SiteOpened: _site_opened,
    SettingFilled: _setting_filled,
    TrainingRecorded: _training_recorded,
    ChainTakenOver: _chain_taken_over,
}
