"""The pages for what went wrong: in our frame, in words, and with nothing of how it went wrong.

They need no database and no session, since either may be what is gone.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from myelos.findings import Refused
from myelos.web.environment import frame
from myelos.web.say import Say

UNAVAILABLE = frozenset(
    f"store.{each}"
    for each in (
        "busy", "lost", "cannot-open", "disk-full", "disk-failed", "read-only", "no-such-file", "not-a-store",
        "damaged", "failed", "later-store", "earlier-store",
    )
)  # fmt: skip
"""What the store says when the database cannot be read or written. Its words name files and machines, so they
are for the log."""


def trouble(request: HttpRequest, kind: str, status: int) -> HttpResponse:
    """The page that says what went wrong, by its kind."""
    say = Say(get_language() or "en")
    context = {
        **frame(request),
        "title": say("refused.title"),
        "told": [say(f"error.{kind}")],
        "message_list": (),
        "say": say,
    }
    return render(request, "refused.html", context, status=status, using="pages")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that cannot be read: a broken form, too many fields, another host."""
    return trouble(request, "bad-request", HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What is forbidden to everybody, or to whoever asks."""
    return trouble(request, "forbidden", HTTPStatus.FORBIDDEN)


def no_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that this software did not make for this browser, or that is too old."""
    return trouble(request, "no-token", HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address; whoever did not sign in is not even told that."""
    from myelos.web.doorway import to_sign_in

    if getattr(request, "visitor", None) is None:
        return to_sign_in(request)
    return trouble(request, "not-found", HTTPStatus.NOT_FOUND)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Too many tries in a short time."""
    return trouble(request, "too-many", HTTPStatus.TOO_MANY_REQUESTS)


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours, or a database that cannot be reached: what was sent is recorded whole or not."""
    if unavailable(sys.exc_info()[1]):
        answer = trouble(request, "unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
        answer.headers["Retry-After"] = "30"
        return answer
    return trouble(request, "broken", HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(error: Any) -> bool:
    """Whether this is the database that cannot be read or written now."""
    if isinstance(error, Refused):
        return any(each.code in UNAVAILABLE for each in error.findings)
    return isinstance(error, DatabaseError | InterfaceError)
