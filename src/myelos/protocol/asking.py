"""What every rule about a person is given beside the command, and what each of them asks first.

A rule is a function of the person, the command, the act and the :class:`Around`; it answers with a
:class:`~myelos.acts.Decision`. Findings name the key of the command they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.findings import Finding, Param, Place
from myelos.measures import Measure, load
from myelos.protocol.people import Person
from myelos.protocol.trial import Protocol


@dataclass(frozen=True, slots=True)
class Around:
    """What a rule needs to know that is not of the person.

    ``zone``: the site's. ``product``: whether a lot of the person's own cells is released. ``blocked``: the
    stopping rules that are hit and not yet decided on. ``own``: the user's own measures by id.
    """

    protocol: Protocol
    zone: str
    product: Answer
    blocked: tuple[str, ...]
    own: Mapping[str, Measure]

    def measure(self, id_: str) -> Measure:
        """A measure of the protocol. Raises Refused for one that neither the user nor Myelos has."""
        return self.own[id_] if id_ in self.own else load(id_)


Rule = Callable[[Person, Any, Act, Around], Decision]


def told(code: str, column: str | None = None, /, **params: Param) -> Finding:
    """An error of this room at a key of the command."""
    return Finding(f"protocol.{code}", Place(column=column), params)


def nobody(person: str) -> Finding:
    """Nobody of that code is known."""
    return told("person-unknown", "person", person=person)


def shown(at: datetime) -> str:
    """An instant as it is written: ``2026-03-01T08:00:00Z``."""
    return at.isoformat().replace("+00:00", "Z")


def early(person: Person, at: datetime, column: str = "at") -> Iterator[Finding]:
    """Before the injury nothing was done to a person."""
    if at < person.onset:
        yield told("before-onset", column, at=shown(at), onset=shown(person.onset))


def gone(person: Person, at: datetime, column: str = "at", but: tuple[str, ...] = ()) -> Iterator[Finding]:
    """After leaving nothing more is done; what was done before may still be told. ``but``: ways of leaving
    after which this may follow all the same."""
    left = person.left
    if left is not None and left.how not in but and at > left.at:
        yield told("has-left", column, person=person.code, how=left.how, since=shown(left.at))


def untimely(person: Person, at: datetime, column: str = "at") -> Iterator[Finding]:
    """Before the injury, or after leaving."""
    yield from early(person, at, column)
    yield from gone(person, at, column)


def no_reason(act: Act) -> Iterator[Finding]:
    """A correction says why (ICH E6(R3) 4.2.4)."""
    if not act.why.strip():
        yield told("reason-missing", "why")
