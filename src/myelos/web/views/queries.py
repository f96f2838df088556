"""Queries about a trial: what was asked, what was answered, what is still open."""

from __future__ import annotations

from django.http import HttpResponse

from myelos.ledger.queries import Query
from myelos.web.doorway import door
from myelos.web.pages import Asked, held


def queries(asked: Asked, trial: str) -> HttpResponse:
    """The queries somebody may see, the open ones first, each with what they may do about it."""
    seen = asked.trial
    every = seen.snapshot.queries.values()
    theirs = [each for each in every if seen.theirs(each.act.site, each.raised.person)]
    may = {
        name: bool(held(asked.visitor, trial, (f"ledger.{name}-query",)))
        for name in ("raise", "answer", "close")
    }
    return asked.page(
        "queries.html",
        title=asked.say("queries.title"),
        trial=trial,
        queries=sorted(theirs, key=_order),
        may=may,
        days={each.id: (door().now() - each.act.at).days for each in theirs},
    )


def _order(query: Query) -> tuple[bool, bool, str]:
    """Open before closed, unanswered before answered."""
    return not query.open, bool(query.answers), query.act.at.isoformat()
