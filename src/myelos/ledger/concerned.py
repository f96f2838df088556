"""Who an event or a command is about: a trial code, or the empty text where it is about nobody."""

from __future__ import annotations

from typing import Any

from myelos.protocol import Trial


def concerned(state: Trial, told: Any) -> str:
    """The trial code of the person an event or command is about, as far as the state before it knows."""
    for named in (told, getattr(told, "subject", None)):
        person = getattr(named, "person", None)
        if isinstance(person, str):
            return person
    return _by_chain(state, told) or _by_container(state, told) or _by_harm(state, told)


def _by_chain(state: Trial, told: Any) -> str:
    chain = state.chains.get(_code(told, "chain"))
    return "" if chain is None else chain.person


def _by_container(state: Trial, told: Any) -> str:
    chain = state.labels.get(_code(told, "container"))
    return "" if chain is None else state.chains[chain].person


def _by_harm(state: Trial, told: Any) -> str:
    harms = state.harms
    event = harms.adverse.get(_code(told, "event") or _code(told, "subject"))
    if event is not None:
        return event.person
    deterioration = harms.deteriorations.get(_code(told, "deterioration"))
    return "" if deterioration is None else deterioration.person


def _code(told: Any, field: str) -> str:
    code = getattr(told, field, None)
    return code if isinstance(code, str) else ""
