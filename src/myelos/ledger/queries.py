"""Queries: somebody asks the site about what was recorded, the site answers, whoever reviews it closes it.

A query changes no value: what it leads to is a correction, an entry of its own with its reason. Everything
asked and answered stays readable (ICH E6(R3) 4.2.2; the audit trail of queries).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from myelos.acts import Act, Code, Decision, Text
from myelos.findings import Finding, Param, Place
from myelos.ledger.events import Seq
from myelos.shapes import Frozen, named, value

if TYPE_CHECKING:
    from immutables import Map

    from myelos.ledger.snapshot import Snapshot


# Commands ---------------------------------------------------------------------------------------------------


@named("ledger.raise-query")
@value
class RaiseQuery:
    """Ask about a person's record, or the trial's.

    ``entry``: the number of the entry it is about, ``field``: which value of it.
    """

    query: Code
    person: Code | None = None
    entry: Seq | None = None
    field: Code | None = None
    text: Text


@named("ledger.answer-query")
@value
class AnswerQuery:
    """Answer a query; what was wrong is corrected by a command of its own."""

    query: Code
    text: Text


@named("ledger.close-query")
@value
class CloseQuery:
    """Close a query; one that nobody answered needs a reason."""

    query: Code


COMMANDS = (RaiseQuery, AnswerQuery, CloseQuery)


# Events -----------------------------------------------------------------------------------------------------


@named("ledger.query-raised")
@value
class QueryRaised:
    """Somebody asks."""

    query: Code
    person: Code | None
    entry: Seq | None
    field: Code | None
    text: Text


@named("ledger.query-answered")
@value
class QueryAnswered:
    """The site answers."""

    query: Code
    person: Code | None
    text: Text


@named("ledger.query-closed")
@value
class QueryClosed:
    """Nothing is open about it any more; the act has the reason, where one was given."""

    query: Code
    person: Code | None


EVENTS = (QueryRaised, QueryAnswered, QueryClosed)


# State ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, by whom and when."""

    text: str
    act: Act


@dataclass(frozen=True, slots=True)
class Query(Frozen):
    """A query with all that was answered; ``closed``: by whom, None while it is open."""

    raised: QueryRaised
    act: Act
    answers: tuple[Answer, ...] = ()
    closed: Act | None = None

    @property
    def id(self) -> str:
        return self.raised.query

    @property
    def open(self) -> bool:
        return self.closed is None


def evolve(queries: Map[str, Query], event: Any, act: Act) -> Map[str, Query]:
    """The queries after an event of this module. Raises KeyError for one about a query nobody raised."""
    if isinstance(event, QueryRaised):
        return queries.set(event.query, Query(event, act))
    known = queries[event.query]
    if isinstance(event, QueryAnswered):
        return queries.set(event.query, known.but(answers=(*known.answers, Answer(event.text, act))))
    return queries.set(event.query, known.but(closed=act))


# Decisions --------------------------------------------------------------------------------------------------


def raise_query(snapshot: Snapshot, order: RaiseQuery, act: Act) -> Decision:
    """Whether it can be asked: about somebody of this site and an entry there is, under an id of its own."""
    found = list(_at_their_site(snapshot, order.person, act))
    if order.query in snapshot.queries:
        found.append(_told("query-exists", "query", query=order.query))
    if order.person is not None and order.person not in snapshot.state.people:
        found.append(_told("nobody", "person", read=order.person))
    if order.entry is not None and order.entry > snapshot.seq:
        found.append(_told("no-such-entries", "entry", read=str(order.entry), last=snapshot.seq))
    event = QueryRaised(
        query=order.query, person=order.person, entry=order.entry, field=order.field, text=order.text
    )  # fmt: skip
    return Decision.of([event], found)


def answer_query(snapshot: Snapshot, order: AnswerQuery, act: Act) -> Decision:
    """Whether it can be answered: while it is open, at the person's site; as often as needed."""
    known = snapshot.queries.get(order.query)
    if known is None or not known.open:
        return Decision.refused(_not_open(order.query))
    person = known.raised.person
    event = QueryAnswered(query=order.query, person=person, text=order.text)
    return Decision.of([event], _at_their_site(snapshot, person, act))


def close_query(snapshot: Snapshot, order: CloseQuery, act: Act) -> Decision:
    """Whether it can be closed: while it is open, answered or with a reason, at the person's site."""
    known = snapshot.queries.get(order.query)
    if known is None or not known.open:
        return Decision.refused(_not_open(order.query))
    person = known.raised.person
    found = list(_at_their_site(snapshot, person, act))
    if not known.answers and not act.why.strip():
        found.append(_told("no-reason", "why"))
    return Decision.of([QueryClosed(query=order.query, person=person)], found)


def _at_their_site(snapshot: Snapshot, person: str | None, act: Act) -> Iterator[Finding]:
    """A query about a person is a matter of their site, whoever asks."""
    known = snapshot.state.people.get(person or "")
    if known is not None and known.site != act.site:
        yield _told("query-of-another-site", "site", person=known.code, site=act.site)


def _not_open(query: str) -> Finding:
    return _told("no-open-query", "query", read=query)


def _told(code: str, column: str, **params: Param) -> Finding:
    return Finding(f"ledger.{code}", Place(column=column), params)
