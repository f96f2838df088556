"""From the person to the marrow to the bag to the vein: is the path that entries tell of one path?

Entries are read again from their texts and folded by the ledger's own fold; every rule of the path is asked
of what comes out, with the limits of the protocol and of the site, which stand in the entries too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from myelos.acts import Act
from myelos.cells import Kind, Limits, Lot, LotStatus
from myelos.cells import events as ce
from myelos.cells.containers import QuarantineReason
from myelos.cells.dose import Basis, DoseWindow, dose_window
from myelos.cells.release import standing_results
from myelos.findings import Finding, Param, Place, Refused, Severity
from myelos.ledger import events as le
from myelos.ledger.canonical import canonical
from myelos.ledger.entry import FORMAT, later_format, said_in
from myelos.ledger.infused import Course, Facts, Step, facts_of
from myelos.ledger.snapshot import CATALOGUE, Snapshot, evolve
from myelos.protocol import person_events as pe
from myelos.protocol.events import SettingFilled, SiteOpened
from myelos.protocol.site_limits import limits_on
from myelos.protocol.takeover import ChainTakenOver
from myelos.shapes import read
from myelos.times import civil_date

OF_THE_TRIAL = (le.TrialOpened, le.ProtocolAmended)
OF_THE_SITE = (SiteOpened, SettingFilled)
OF_THE_PATH: tuple[type, ...] = (*OF_THE_TRIAL, *OF_THE_SITE, pe.Screened, ChainTakenOver, *ce.EVENTS)
"""The events a certificate carries: the rules in force, the site's limits, all of the chain of identity."""

_BROKEN = (TypeError, LookupError, ValueError, AttributeError, ArithmeticError)
"""What folding raises for events that were never decided."""


def belongs(event: Any, chain: str, person: str, site: str) -> bool:
    """Whether a certificate about a bag of this chain carries an event."""
    if isinstance(event, OF_THE_TRIAL):
        return True
    if isinstance(event, OF_THE_SITE):
        return bool(event.site == site)
    if isinstance(event, pe.Screened):
        return event.person == person
    return isinstance(event, OF_THE_PATH) and getattr(event, "chain", None) == chain


# Reading one entry ------------------------------------------------------------------------------------------


def read_step(seq: int, text: str, trial: str) -> Step:
    """The event and the act of an entry, from its text. Raises :class:`~myelos.findings.Refused` with every
    reason why it cannot be entry ``seq`` of this trial, or not of a path."""
    said = _said(seq, text)
    found = []
    if said.get("seq") != seq:
        found.append(_at(seq, "ledger.certificate-number", read=str(said.get("seq"))[:20]))
    if said.get("trial") != trial:
        found.append(_at(seq, "ledger.other-trial", read=str(said.get("trial"))[:80], trial=trial))
    named = (said.get("event"), said.get("version"))
    event = act = None
    try:
        event = _event(seq, *named, said.get("data"))
    except Refused as refused:
        found += refused.findings
    try:
        act = read(
            Act, {name: said.get(name) for name in ("by", "at", "role", "site", "why")}, Place(row=seq)
        )
    except Refused as refused:
        found += refused.findings
    if found or event is None or act is None:
        raise Refused(found)
    return Step(seq, event, act, str(said.get("person")), str(said.get("previous")))


def _said(seq: int, text: str) -> dict[str, Any]:
    """What a text says; it says it in canonical form, so that nobody can read it otherwise."""
    said = said_in(text)
    if said is None:
        raise Refused([_at(seq, "ledger.no-text")])
    if type(said.get("format")) is not int or said["format"] != FORMAT:
        raise Refused([later_format(seq, str(said.get("format"))[:20])])
    if not _canonical(said, text):
        raise Refused([_at(seq, "ledger.certificate-not-canonical")])
    return said


def _canonical(said: Any, text: str) -> bool:
    try:
        return canonical(said) == text
    except (ValueError, TypeError, RecursionError):
        return False


def _event(seq: int, name: Any, version: Any, data: Any) -> Any:
    known = isinstance(name, str) and type(version) is int
    shape = CATALOGUE.classes.get((name, version)) if known else None
    if shape is None:
        params = {"event": str(name)[:80], "version": str(version)[:20]}
        raise Refused([_at(seq, "ledger.unknown-event", **params)])
    if not issubclass(shape, OF_THE_PATH):
        raise Refused([_at(seq, "ledger.certificate-foreign", event=name)])
    return read(shape, data, Place(row=seq, column="data"))


# The fold ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Traced:
    """What steps say of a bag's infusion: the facts, as far as they are told, and everything wrong with them
    (and, as notes and warnings, what came to pass later)."""

    facts: Facts | None
    findings: tuple[Finding, ...]


def trace(trial: str, steps: Sequence[Step], container: str) -> Traced:
    """The infusion of a bag, from steps in order."""
    before = start = None
    snapshot = Snapshot(trial)
    for step in steps:
        if (
            before is None
            and isinstance(step.event, ce.InfusionStarted)
            and step.event.container == container
        ):
            before, start = snapshot, step
        try:
            snapshot = evolve(snapshot, step.event, step.act, step.seq)
        except _BROKEN:
            return Traced(None, (_at(step.seq, "ledger.certificate-broken", event=step.event.NAME),))
    if before is None or start is None:
        return Traced(None, (_told("certificate-not-infused", container=container),))
    if not before.protocols:
        return Traced(None, (_told("certificate-no-protocol"),))
    every = tuple(_with_histories(steps))
    course = Course(container, every, before, snapshot, start, _end(every, container))
    try:
        return Traced(facts_of(course), tuple(finding for rule in _RULES for finding in rule(course)))
    except _BROKEN:  # a chain or a lot that began twice: nothing that was decided does
        return Traced(None, (_at(start.seq, "ledger.certificate-broken", event=start.event.NAME),))


def _with_histories(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, and those of a history that was taken over in place of the takeover."""
    for step in steps:
        yield step
        if isinstance(step.event, ChainTakenOver):
            for kept in step.event.records:
                yield replace(step, event=ce.CATALOGUE.read(kept.event), act=kept.act)


def _end(steps: Sequence[Step], container: str) -> Step | None:
    for step in steps:
        if (
            isinstance(step.event, ce.InfusionEnded | ce.InfusionStopped)
            and step.event.container == container
        ):
            return step
    return None


# The rules --------------------------------------------------------------------------------------------------


def _one_person(course: Course) -> Iterator[Finding]:
    """COI-02, COI-05: every entry is about the one person and chain, or about their trial and site."""
    chain, person = course.chain.id, course.chain.person
    site = course.before.state.people[person].site
    for step in course.steps:
        event = step.event
        general = isinstance(event, OF_THE_TRIAL + OF_THE_SITE)
        named = [step.person, *([] if general else [getattr(event, "person", person)])]
        for read_ in dict.fromkeys(named):
            if read_ != ("" if general else person):
                params = {"read": read_[:80] or "-", "person": person}
                yield _at(step.seq, "ledger.certificate-another-person", **params)
        if not belongs(event, chain, person, site):
            yield _at(step.seq, "ledger.certificate-foreign", event=event.NAME)


def _unbroken(course: Course) -> Iterator[Finding]:
    """COI-02, LAB-04: every way back from the bag ends in a collection, one of them in marrow; every label on
    it was verified by another person than printed it, and no identity error touched any of it."""
    collected = course.by_container(ce.Collected)
    printed, verified = course.by_container(ce.LabelPrinted), course.by_container(ce.LabelVerified)
    for each in course.path:
        label = each.label
        if not each.parents and (label not in collected or each.kind not in (Kind.BLOOD, Kind.MARROW)):
            yield _told("certificate-path-broken", container=label)
        if label not in verified or verified[label].act.by == printed[label].act.by:
            yield _told("certificate-label-unverified", container=label)
        if QuarantineReason.IDENTITY in each.quarantine:
            yield _told("certificate-identity-error", container=label)
    if not any(each.kind is Kind.MARROW for each in course.path):
        yield _told("certificate-no-marrow", container=course.container)


def _released(course: Course) -> Iterator[Finding]:
    """PRD-01: the lot was released before the infusion, this bag with it, and was not held back; every result
    was there and in range, but for those a conditional release did not wait for."""
    lot, at, bag = course.lot, course.start.act.at, course.bag
    if lot is None or not lot.released:
        status = lot.status.value if lot else "-"
        yield _told("certificate-not-released", lot=str(bag.lot), status=status)
        return
    labels = {each.label for each in course.path}
    if lot.released_at is None or lot.released_at > at or labels.isdisjoint(lot.bags):
        yield _told("certificate-released-without", lot=lot.id, container=course.container)
    if bag.quarantine:
        yield _told("certificate-held-back", container=bag.label, reasons=", ".join(sorted(bag.quarantine)))
    limits = _limits(course)
    if limits is not None:
        yield from _results(course, lot, limits)
    else:
        yield _told("certificate-no-limits")


def _results(course: Course, lot: Lot, limits: Limits) -> Iterator[Finding]:
    if lot.edition not in {edition.id for edition in limits.editions}:
        yield _told("certificate-no-edition", lot=lot.id, edition=lot.edition)
    missing, outside = standing_results(course.chain, lot, limits)
    for specification in missing:
        if specification.id not in lot.pending:
            yield _told("certificate-result-missing", lot=lot.id, specification=specification.id)
    for specification, result in outside:
        params = {"specification": specification.id, "read": str(result.result)}
        yield _told("certificate-result-outside", lot=lot.id, **params)


def _limits(course: Course) -> Limits | None:
    """The limits in force at the infusion; None where protocol and settings give none."""
    state, at = course.before.state, course.start.act.at
    site = state.sites.get(state.people[course.chain.person].site)
    if site is None:
        return None
    try:
        return limits_on(course.before.protocol, site.settings, civil_date(at, site.zone))
    except _BROKEN:
        return None


def _matched(course: Course) -> Iterator[Finding]:
    """LAB-05: two people matched wristband and bag before the start, and one of them started it."""
    start = course.start
    first, second = start.event.first, start.event.second
    if first == second:
        yield _at(start.seq, "ledger.certificate-one-matched", by=first)
    for by in dict.fromkeys((first, second)):
        if not any(each.by == by and each.at <= start.act.at for each in course.bag.matches):
            yield _at(start.seq, "ledger.certificate-not-matched", by=by)
    if start.act.by != first:
        yield _at(start.seq, "ledger.certificate-another-starter", by=start.act.by, first=first)


def _dosed(course: Course) -> Iterator[Finding]:
    """PRD-03: the dose is what the bag held when it was started, and within the window at the weight."""
    start, held = course.start.event, course.bag.contents
    cells = None if held is None else held.viable if start.basis == Basis.VIABLE else held.total
    counted_at = None if held is None else held.counted_at
    if cells != start.dose or counted_at != start.counted_at:
        yield _at(course.start.seq, "ledger.certificate-dose", read=start.dose, held=str(cells))
    limits = _limits(course)
    window = None if limits is None else dose_window(limits.dose, start.weight)
    told = (start.basis, start.lowest, start.highest)
    known = isinstance(window, DoseWindow) and (window.basis.value, window.lowest, window.highest) == told
    if not known or not start.lowest <= start.dose <= start.highest:
        window_ = {"lowest": start.lowest, "highest": start.highest}
        yield _at(course.start.seq, "ledger.certificate-dose-window", read=start.dose, **window_)


def _over(course: Course) -> Iterator[Finding]:
    """The bag was infused once, to an end after its start, and no more cells arrived than it held."""
    started = [each for each in course.of(ce.InfusionStarted) if each.event.container == course.container]
    for again in started[1:]:
        yield _at(again.seq, "ledger.certificate-twice", container=course.container)
    end = course.end
    if end is None or end.seq < course.start.seq or end.act.at < course.start.act.at:
        yield _told("certificate-not-ended", container=course.container)
    elif end.event.delivered > course.start.event.dose:
        params = {"read": end.event.delivered, "dose": course.start.event.dose}
        yield _at(end.seq, "ledger.certificate-delivered", **params)


def _later(course: Course) -> Iterator[Finding]:
    """What came to pass after the infusion, and what rests on another trial's word: told, not judged."""
    chain, warning = course.chain_after, Severity.WARNING
    lot = None if course.lot is None else chain.lots[course.lot.id]
    if lot is not None and lot.status is LotStatus.WITHDRAWN:
        yield _told("certificate-withdrawn-later", warning, lot=lot.id)
    if lot is not None and lot.pending:
        yield _told("certificate-still-pending", warning, lot=lot.id, pending=", ".join(lot.pending))
    held = chain.containers[course.container].quarantine
    if held:
        params = {"container": course.container, "reasons": ", ".join(sorted(held))}
        yield _told("certificate-held-later", warning, **params)
    for step in course.of(ChainTakenOver):
        read_ = step.event.from_protocol
        yield replace(_at(step.seq, "ledger.certificate-taken-over", read=read_), severity=Severity.NOTE)


_RULES: tuple[Callable[[Course], Iterator[Finding]], ...] = (
    _one_person, _unbroken, _released, _matched, _dosed, _over, _later,
)  # fmt: skip


def _at(seq: int, code: str, **params: Param) -> Finding:
    return Finding(code, Place(row=seq), params)


def _told(code: str, severity: Severity = Severity.ERROR, /, **params: Param) -> Finding:
    told: Mapping[str, Param] = params
    return Finding(f"ledger.{code}", Place(), told, severity)
