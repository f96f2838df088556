"""The trials somebody takes part in, and one trial: what is to be done, enrolment, everybody on one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from myelos.protocol.people import Stage
from myelos.report.course.page import lines_context
from myelos.store import authority
from myelos.web import overview
from myelos.web.books import book_of, labels
from myelos.web.doorway import door
from myelos.web.enrolment import drawn, enrolment
from myelos.web.overview import OVERVIEWS, Everyone
from myelos.web.pages import Asked, rooms_of

A_PAGE = 50
"""People of one page."""

FIRST, MORE = 10, 60
"""How many of those with something to be done are shown at once, and how many at all."""

LONGEST = 80
"""Letters of a search."""


def trials(asked: Asked) -> HttpResponse:
    """The trials of this record in which somebody holds a role; the only one is opened at once."""
    accounts, account = door().accounts, asked.visitor.account
    known = []
    for trial in door().keeper.trials():
        roles = [role for role in authority.ROLES if accounts.sites(account, role, trial)]
        if roles and trial != "accounts":
            reads = any(authority.table()["show"].cells[role] for role in roles)
            rooms = rooms_of(trial, asked.visitor)
            known.append((trial, [asked.say.role(role) for role in roles], reads, rooms))
    if len(known) == 1 and known[0][2]:
        return redirect("trial", trial=known[0][0])
    return asked.page("trials.html", title=asked.say("trials.title"), known=known)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a trial's people somebody asked to see; what is none of the choices chooses nothing."""

    sought: str
    stage: str
    due: str
    page: int

    @classmethod
    def of(cls, request: HttpRequest) -> Choice:
        given = request.GET
        stage, due, page = given.get("stage", ""), given.get("due", ""), given.get("page", "")
        return cls(
            sought=given.get("q", "").strip()[:LONGEST],
            stage=stage if stage in set(Stage) else "",
            due=due if due in overview.URGENCIES else "",
            page=int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
        )

    def address(self, page: int) -> str:
        """The same of another page."""
        asked = {"q": self.sought, "stage": self.stage, "due": self.due, "page": page if page > 1 else ""}
        return f"?{urlencode({key: each for key, each in asked.items() if each})}#everyone"


def trial(asked: Asked, trial: str) -> HttpResponse:
    """One trial as somebody may see it: all of it in sums, and one page of its people drawn."""
    seen, choice = asked.trial, Choice.of(asked.request)
    everyone = OVERVIEWS.of(seen, asked.say.language, door().now())
    words, protocol = labels(seen, asked.say.language), seen.snapshot.protocol
    found = everyone.chosen(choice.sought, choice.stage, choice.due)
    last = max(1, -(-len(found) // A_PAGE))
    page = min(max(choice.page, 1), last)
    shown = tuple(each.code for each in found[(page - 1) * A_PAGE : page * A_PAGE])
    made = enrolment(everyone, protocol.planned)
    context: dict[str, Any] = dict(
        lines_context(book_of(seen, asked.say.language, shown)),
        say=words,
        counts=everyone.counts,
        transitions=everyone.transitions,
        enrolment=made,
        enrolment_drawn="" if made is None else drawn(made, asked.say),
        stages=[(each.value, words.word(f"stage.{each.value}")) for each in Stage],
        due_kinds=overview.URGENCIES,
        choice=choice,
        found=len(found),
        everyone=len(everyone.ones),
        pages=(page, last, choice.address(page - 1), choice.address(page + 1)),
    )
    return asked.page(
        "trial.html", **{**context, **_to_do(asked, everyone)}, words=asked.say, trial=trial
    )  # fmt: skip


def _to_do(asked: Asked, everyone: Everyone) -> dict[str, Any]:
    """What is to be done: its sums, and a line for each of the most urgent people."""
    seen, now = asked.trial, door().now()
    words, waiting = labels(seen, asked.say.language), everyone.waiting
    lines = [
        overview.line(each, seen.snapshot.state.people[each.code], words, asked.say, now)
        for each in waiting[:MORE]
    ]
    return {
        "totals": everyone.totals,
        "lines": lines[:FIRST],
        "more": lines[FIRST:],
        "unseen": max(0, len(waiting) - MORE),
    }
