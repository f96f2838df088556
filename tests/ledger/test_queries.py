"""Queries: asked, answered, closed; nothing recorded is changed by one. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.ledger.kept import IT, LATER, Kept, codes, freeze, infused, lock
from tests.protocol.played import tell

from myelos.ledger import Snapshot, fold
from myelos.ledger.queries import AnswerQuery, CloseQuery, Query, RaiseQuery
from myelos.protocol import Command


def asked(**changes: Any) -> Command:
    order = {"query": "Q1", "person": IT.person, "entry": 3, "field": "onset", "text": "Is the hour known?"}
    return tell(RaiseQuery(**{**order, **changes}), LATER)


def answered(text: str = "It is: the ambulance wrote it down.") -> Command:
    return tell(AnswerQuery(query="Q1", text=text), LATER)


def closed(why: str = "") -> Command:
    return tell(CloseQuery(query="Q1"), LATER, why=why)


def the_query(kept: Kept) -> Query:
    return kept.snapshot.queries["Q1"]


@pytest.fixture
def kept() -> Kept:
    return infused()


def test_a_query_is_asked_answered_and_closed_and_all_of_it_stays(kept: Kept) -> None:
    """Who asked what about which entry, each answer, and who closed it."""
    state = kept.snapshot.state
    for command in (asked(), answered("I shall look."), answered(), closed()):
        kept.do(command)
    query = the_query(kept)
    assert (query.raised.entry, query.raised.field, query.open) == (3, "onset", False)
    assert [each.text for each in query.answers] == ["I shall look.", "It is: the ambulance wrote it down."]
    assert query.closed is not None
    assert kept.snapshot.state == state


def test_what_was_asked_is_free_text_that_can_be_erased(kept: Kept) -> None:
    """Whoever asks may write of a person: the chain holds a salted digest, the words lie beside it."""
    kept.do(asked())
    kept.do(answered())
    assert all("ambulance" not in row.text and "hour" not in row.text for row in kept.rows)
    words = {each.reference: each.text for each in kept.words.values()}
    assert fold(Snapshot(kept.snapshot.trial), kept.rows, words).queries == kept.snapshot.queries


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (asked(person="nobody"), "ledger.nobody"),
        (asked(entry=10_000), "ledger.no-such-entries"),
        (answered(), "ledger.no-open-query"),
        (closed("done"), "ledger.no-open-query"),
        (asked(text=""), "shapes.empty"),
    ],
)
def test_what_cannot_be_asked_is_refused(kept: Kept, command: Command, code: str) -> None:
    """About somebody or an entry that is not there, or a query nobody asked."""
    assert codes(kept.ask(command)) == [code]


def test_a_query_is_asked_once_and_ended_once(kept: Kept) -> None:
    """Another one has another id; what is closed takes no answer: ask anew."""
    kept.do(asked())
    assert codes(kept.ask(asked())) == ["ledger.query-exists"]
    assert codes(kept.ask(closed())) == ["ledger.no-reason"]  # nobody answered
    kept.do(closed("asked by mistake"))
    for command in (asked(), answered(), closed("again")):
        assert codes(kept.ask(command)) != []


@pytest.mark.parametrize("command", [asked(), answered(), closed("a reason")])
def test_a_query_about_somebody_is_a_matter_of_their_site(kept: Kept, command: Command) -> None:
    """Whoever has a role at another site only neither asks, nor answers, nor closes."""
    if not isinstance(command.order, RaiseQuery):
        kept.do(asked())
    elsewhere = replace(command, act=replace(command.act, site="elsewhere"))
    assert codes(kept.ask(elsewhere)) == ["ledger.query-of-another-site"]


def test_queries_go_on_under_a_freeze_and_end_with_a_lock(kept: Kept) -> None:
    """Data are cleaned while they are frozen; under a lock nothing is recorded."""
    kept.do(freeze())
    kept.do(asked())
    kept.do(answered())
    kept.do(lock())
    assert codes(kept.ask(closed())) == ["ledger.locked"]
