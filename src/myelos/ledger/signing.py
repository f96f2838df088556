"""What a signature rests on: which values the signed entries made, and which later event changes one.

A signature is bound to its record (21 CFR 11.70): it names the digest of exactly what was signed, and the
values in it, so that a correction made by another entry is known to change it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from myelos.cells import events as ce
from myelos.ledger.events import Made
from myelos.protocol import Trial
from myelos.protocol import person_events as pe
from myelos.protocol.events import SettingFilled
from myelos.protocol.takeover import ChainTakenOver
from myelos.safety import events as se


def signed_digest(digests: Iterable[str]) -> str:
    """The digest of what is signed: the SHA-256 over the digests of its entries, one a line, in order."""
    return sha256("\n".join(digests).encode()).hexdigest()


def made_by(events: Sequence[tuple[int, Any]], entries: Collection[int]) -> tuple[Made, ...]:
    """The values that ``entries`` made. ``events``: every event about the same people, with its number, from
    the first on, since a correction names a value by its place in a list."""
    wanted, seen, found = frozenset(entries), Counter[str](), []
    for seq, event in events:
        made = list(makes(event, seen))
        if seq in wanted:
            found += made
    return tuple(dict.fromkeys(found))


def makes(event: Any, seen: Counter[str]) -> Iterator[Made]:
    """The values an event makes, or makes anew. ``seen``: how many of each list there are; counted on."""
    if isinstance(event, ChainTakenOver):
        for kept in event.records:
            yield from _made(ce.CATALOGUE.read(kept.event), seen)
    else:
        yield from _made(event, seen)


def touched(state: Trial, event: Any) -> Iterator[Made]:
    """The values an event changes that an earlier entry made."""
    find = _TOUCHED.get(type(event))
    if find is not None:
        yield find(event)
    elif isinstance(event, pe.FactsRecorded):
        person = state.people.get(event.person)
        known = () if person is None else person.facts
        yield from (_fact(event.person, fact) for fact in event.facts if fact in known)
    elif isinstance(event, SettingFilled):
        site = state.sites.get(event.site)
        if site is not None and event.setting in site.settings:
            yield _setting(event)


def _made(event: Any, seen: Counter[str]) -> Iterator[Made]:
    find = _TOUCHED.get(type(event)) or _NAMED.get(type(event))
    if find is not None:
        yield find(event)
    match event:
        case pe.VisitRecorded() | pe.ExaminationRecorded():
            yield _examination(event.person, _next(seen, f"examination/{event.person}"))
        case pe.WeightRecorded():
            yield _weight(event.person, _next(seen, f"weight/{event.person}"))
        case pe.FactsRecorded():
            yield from (_fact(event.person, fact) for fact in event.facts)
        case ce.Tested() | ce.ResultCorrected():  # a corrected result takes a new place of its own, too
            lot = f"{event.chain}/{event.lot}"
            yield Made(kind="result", key=f"{lot}/{_next(seen, f'result/{lot}')}")


def _next(seen: Counter[str], key: str) -> int:
    seen[key] += 1
    return seen[key] - 1


def _examination(person: str, position: int) -> Made:
    return Made(kind="examination", key=f"{person}/{position}")


def _weight(person: str, position: int) -> Made:
    return Made(kind="weight", key=f"{person}/{position}")


def _fact(person: str, fact: str) -> Made:
    return Made(kind="fact", key=f"{person}/{fact}")


def _setting(event: SettingFilled) -> Made:
    return Made(kind="setting", key=f"{event.site}/{event.setting}")


def _result(event: ce.ResultCorrected) -> Made:
    return Made(kind="result", key=f"{event.chain}/{event.lot}/{event.corrects}")


def _adverse(event: Any) -> Made:
    return Made(kind="adverse-event", key=event.event)


_NAMED: Mapping[type, Callable[[Any], Made]] = {
    SettingFilled: _setting,
    pe.Screened: lambda event: Made(kind="onset", key=event.person),
    pe.GroupAssigned: lambda event: Made(kind="group", key=event.person),
    se.AdverseEventReported: _adverse,
}
"""Values that have a name of their own."""

_TOUCHED: Mapping[type, Callable[[Any], Made]] = {
    pe.ItemCorrected: lambda event: _examination(event.person, event.examination),
    pe.ExaminedAtCorrected: lambda event: _examination(event.person, event.examination),
    pe.WeightCorrected: lambda event: _weight(event.person, event.position),
    pe.FactCorrected: lambda event: _fact(event.person, event.fact),
    pe.OnsetCorrected: lambda event: Made(kind="onset", key=event.person),
    pe.GroupCorrected: lambda event: Made(kind="group", key=event.person),
    ce.ResultCorrected: _result,
    se.AdverseEventUpdated: _adverse,
    se.RelatednessJudged: _adverse,
    se.ExpectednessDecided: _adverse,
    se.OutcomeRecorded: _adverse,
    se.AdverseEventWithdrawn: _adverse,
}
"""Corrections, and whatever else changes a value that an earlier entry made."""
