"""The trials somebody takes part in, and one trial: everybody on one axis, and what is due."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from myelos.report.course.page import overview_context
from myelos.store import authority
from myelos.web.books import book_of, labels, tasks
from myelos.web.doorway import door
from myelos.web.pages import Asked


def trials(asked: Asked) -> HttpResponse:
    """The trials of this record in which somebody holds a role; the only one is opened at once."""
    accounts, account = door().accounts, asked.visitor.account
    known = []
    for trial in door().keeper.trials():
        roles = [role for role in authority.ROLES if accounts.sites(account, role, trial)]
        if roles and trial != "accounts":
            reads = any(authority.table()["show"].cells[role] for role in roles)
            known.append((trial, [asked.say.role(role) for role in roles], reads))
    if len(known) == 1 and known[0][2]:
        return redirect("trial", trial=known[0][0])
    return asked.page("trials.html", title=asked.say("trials.title"), known=known)


def trial(asked: Asked, trial: str) -> HttpResponse:
    """One trial as somebody may see it."""
    seen = asked.trial
    book = book_of(seen, asked.say.language)
    return asked.page(
        "trial.html",
        **{**overview_context(book), "say": labels(seen, asked.say.language)},
        words=asked.say,
        trial=trial,
        tasks=tasks(seen, asked.say, door().now()),
    )
