"""What stands against a collection or an infusion, besides the cells themselves: all reasons at once.

Consent that holds and is to the version in force, gates passed that still stand, settings filled, training,
withdrawal, stopping rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from myelos import cells
from myelos.acts import Act
from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.cells.containers import Chain, Kind, LotStatus
from myelos.findings import Finding
from myelos.measures import Measure
from myelos.protocol.asking import Around, shown, told, untimely
from myelos.protocol.consents import consent_faults
from myelos.protocol.enrolment import judged_at
from myelos.protocol.people import Person
from myelos.protocol.settings import amount
from myelos.protocol.site_limits import open_settings
from myelos.protocol.state import Trained, Trial
from myelos.protocol.trial import Bound, Gate, Product, Protocol
from myelos.quantities import Amount
from myelos.safety.stopping import Step, blocked, hits

NEEDED_AT_BEDSIDE = ("cells.match", "cells.start-infusion")
"""The two tasks in which both people at the bedside must be trained."""


def product_released(trial: Trial, person: str, at: datetime) -> Answer:
    """Whether a lot of the person's own cells is released by then, and can reach them or has.

    No when every lot was rejected, withdrawn, or is held back; not known while one is open, or there is none.
    """
    chain = trial.chain_of(person)
    lots = tuple(chain.lots.values()) if chain is not None else ()
    if chain is None or not lots:
        return Answer.UNKNOWN
    by_then = {lot.id for lot in lots if lot.released and (lot.released_at or at) <= at}
    reaching = {*cells.usable_lots(chain), *(chain.containers[each.bag].lot for each in chain.infusions)}
    if by_then & reaching:
        return Answer.YES
    later = any(lot.released and lot.id not in by_then for lot in lots)
    return Answer.UNKNOWN if later or any(lot.status is LotStatus.OPEN for lot in lots) else Answer.NO


def blocking_rules(trial: Trial, protocol: Protocol) -> tuple[str, ...]:
    """The stopping rules that are hit and not decided on, by name."""
    found = hits(trial.harms, protocol.safety, trial.infused, trial.collected)
    return tuple(hit.rule for hit in found)


def around(
    trial: Trial, person: Person, at: datetime, protocol: Protocol, own: Mapping[str, Measure]
) -> Around:
    """What the rules about a person are given besides, but for the stopping rules."""
    zone = trial.sites[person.site].zone
    return Around(protocol, zone, product_released(trial, person.code, at), (), own)


# Training -------------------------------------------------------------------------------------------------


def trained(trial: Trial, protocol: Protocol, account: str, task: str, at: datetime) -> bool:
    """Whether an account has every training that a task asks for, valid at an instant."""
    return not any(_untrained(trial, protocol, account, task, at))


def _asked_for(protocol: Protocol, task: str) -> list[str]:
    return [training.id for training in protocol.training if task in training.tasks]


def _untrained(trial: Trial, protocol: Protocol, account: str, task: str, at: datetime) -> Iterator[str]:
    for training in _asked_for(protocol, task):
        if not _holds(trial.training.get((account, training), ()), at):
            yield training


def _holds(recorded: Iterable[Trained], at: datetime) -> bool:
    """Whether the training that was recorded last, of those begun by then, has not ended: a newer record
    takes the place of an older one, also where it ends sooner."""
    begun = [each for each in recorded if each.since <= at]
    last = max(reversed(begun), key=lambda each: each.since, default=None)
    return last is not None and (last.until is None or last.until >= at)


def training_findings(trial: Trial, protocol: Protocol, act: Act, task: str) -> Iterator[Finding]:
    """The training that who acts lacks for what is asked."""
    for training in _untrained(trial, protocol, act.by, task, act.at):
        yield told("not-trained", "by", by=act.by, training=training, task=task)


def trained_at_bedside(trial: Trial, protocol: Protocol, chain: Chain | None, at: datetime) -> frozenset[str]:
    """Of those who matched: who is trained for the bedside at an instant.

    A protocol that asks for no training there has nobody who is trained.
    """
    if chain is None or not all(_asked_for(protocol, task) for task in NEEDED_AT_BEDSIDE):
        return frozenset()
    matched = {match.by for container in chain.containers.values() for match in container.matches}
    return frozenset(
        by for by in matched if all(trained(trial, protocol, by, task, at) for task in NEEDED_AT_BEDSIDE)
    )


# What everything about treatment asks ---------------------------------------------------------------------


def _gates(protocol: Protocol, *before: str) -> list[Gate]:
    return [gate for gate in protocol.gates if gate.before in before]


def _passed(person: Person, gates: list[Gate], at: datetime) -> Iterator[Finding]:
    for gate in gates:
        decision = person.passed(gate.id)
        if decision is None:
            yield told("gate-not-passed", "person", gate=gate.id)
        elif decision.act.at > at:
            yield told("gate-passed-later", "at", gate=gate.id, passed=shown(decision.act.at))


def _no_longer_passed(person: Person, gates: list[Gate], given: Around) -> Iterator[Finding]:
    """The criteria of gates that were passed and, as the record was corrected since, should not have been."""
    for gate in gates if person.history else ():
        decision = person.passed(gate.id)
        if decision is not None:
            yield from _unmet(person, gate, decision.act.at, given)


def _unmet(person: Person, gate: Gate, at: datetime, given: Around) -> Iterator[Finding]:
    judged = judged_at(person, gate, at, given)
    yield from (each.finding for each in judged if each.answer is not Answer.YES)


def _consents(person: Person, gates: list[Gate], at: datetime, protocol: Protocol) -> Iterator[Finding]:
    for form in dict.fromkeys(gate.consent for gate in gates):
        yield from consent_faults(person, form, at, protocol)


def _treatment(person: Person, at: datetime, protocol: Protocol) -> Iterator[Finding]:
    """Whoever has withdrawn from treatment, or is in a group that is given no cells, is given none; nor is
    who died at that very instant (:func:`~myelos.protocol.asking.gone` speaks of later ones)."""
    if person.died is not None and at == person.died:
        yield told("has-left", "at", person=person.code, how="died", since=shown(at))
    if person.off_treatment is not None and at >= person.off_treatment.at:
        yield told("off-treatment", "person", since=shown(person.off_treatment.at))
    infused = {group.id: group.infused for group in protocol.groups}
    if person.group is not None and not infused.get(person.group, False):
        yield told("group-without-cells", "person", group=person.group)
    if person.group is None and False in infused.values():
        yield told("group-not-assigned", "person")


# Collection, takeover -------------------------------------------------------------------------------------


def collection_findings(
    trial: Trial, person: Person, at: datetime, given: Around, takeover: bool = False
) -> Iterator[Finding]:
    """Everything that forbids taking blood or marrow from a person (CON-01: before consent, nothing).

    A takeover takes nothing, and asks for the consent to the infusion besides.
    """
    protocol = given.protocol
    gates = _gates(protocol, "collection")
    agreed = _gates(protocol, "collection", "infusion") if takeover else gates
    yield from untimely(person, at)
    yield from _consents(person, agreed, at, protocol)
    yield from _passed(person, gates, at)
    yield from _no_longer_passed(person, gates, given)
    yield from _treatment(person, at, protocol)
    yield from open_settings(protocol, trial.sites[person.site].settings, at)
    step, rules = Step.COLLECTION, protocol.safety
    yield from blocked(trial.harms, rules, trial.infused, trial.collected, at, step, person.code)


def amounts_findings(
    trial: Trial, person: Person, chain: Chain, order: cc.Collect, product: Product
) -> Iterator[Finding]:
    """No more collections, and no more blood or marrow in all, than the protocol allows."""
    it = chain.containers.get(order.scan.container)
    if it is None or it.kind not in (Kind.BLOOD, Kind.MARROW):
        return
    blood = it.kind is Kind.BLOOD
    most = product.blood_collections if blood else product.marrow_collections
    drawn = trial.drawn.get((person.code, it.kind), ())
    if len(drawn) >= most:
        yield told("collections-complete", "scan", kind=it.kind.value, most=most)
    limit = _filled(trial, person, product.blood_total if blood else product.marrow_total)
    total = sum(drawn, start=order.volume)
    if limit is not None and total > limit:
        in_all = {"read": str(total), "most": str(limit)}
        yield told("too-much-collected", "volume", kind=it.kind.value, **in_all)


def lots_findings(trial: Trial, person: Person, chain: Chain, product: Product) -> Iterator[Finding]:
    """No more expansions than the protocol allows."""
    most = _filled(trial, person, product.most_lots)
    if most is not None and len(chain.lots) >= most.value:
        yield told("lots-complete", "lot", most=str(most))


def _filled(trial: Trial, person: Person, bound: Bound) -> Amount | None:
    """What a limit comes to at the person's site, None while its setting is not filled."""
    settings = trial.sites[person.site].settings
    open_ = bound.amount is None and bound.setting not in settings
    return None if open_ else amount(bound, settings)


# Infusion -------------------------------------------------------------------------------------------------


def infusion_findings(
    trial: Trial, person: Person, at: datetime, given: Around, started: datetime
) -> Iterator[Finding]:
    """Everything of the person and the trial that forbids an infusion, or going on with it after a pause.

    The criteria of the gates before the infusion are judged again at its very instant, ``started``: who
    passed on day 54 is not infused on day 55, and whose re-examination was corrected to D is not either. The
    gates before the collection must still stand as well, as they were judged then.
    """
    protocol = given.protocol
    gates = _gates(protocol, "collection", "infusion")
    yield from untimely(person, at)
    yield from _consents(person, gates, at, protocol)
    yield from _passed(person, gates, at)
    yield from _no_longer_passed(person, _gates(protocol, "collection"), given)
    yield from _treatment(person, at, protocol)
    for gate in _gates(protocol, "infusion"):
        yield from _unmet(person, gate, started, given)
    step, rules = Step.INFUSION, protocol.safety
    yield from blocked(trial.harms, rules, trial.infused, trial.collected, at, step, person.code)


def bedside(
    trial: Trial, person: Person, order: cc.StartInfusion | cc.ResumeInfusion, at: datetime, given: Around
) -> cells.Bedside:
    """What the cells' own gate is told of the person, when an infusion starts or goes on after a pause."""
    chain = trial.chain_of(person.code)
    begun = [each.started_at for each in chain.infusions if each.bag == order.scan.container] if chain else []
    started = begun[-1] if begun and isinstance(order, cc.ResumeInfusion) else at
    weights = [each for each in person.weights if each.act.at <= at]
    last = max(weights, key=lambda each: each.act.at, default=None)
    return cells.Bedside(
        weight=None if last is None else last.weight,
        weighed_at=None if last is None else last.act.at,
        trained=trained_at_bedside(trial, given.protocol, chain, at),
        forbids=tuple(infusion_findings(trial, person, at, given, started)),
    )
