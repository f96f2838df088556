"""What a page is: an address, a view, and who may see it, said by the door's own table.

A page that reads names a reading of :mod:`myelos.store.authority`; one where something is recorded names its
commands. A page never decides by itself who may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import get_language

from myelos.findings import Finding, Param, Place, Refused
from myelos.store import authority, readings
from myelos.store.door import Visitor
from myelos.web.doorway import door, to_sign_in
from myelos.web.environment import frame
from myelos.web.errors import trouble, unavailable
from myelos.web.say import Say

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Page:
    """A page. ``reads``: the reading it shows; ``commands``: what is done there, any of them lets somebody
    come. Neither: everybody who is signed in. ``posts``: whether something is sent to it although it names no
    commands, such as one's own password or a question that changes nothing. ``room``: what it is called above
    a trial's pages, empty for a page that is reached from another one."""

    address: str
    view: View
    name: str
    reads: str = ""
    commands: tuple[str, ...] = ()
    posts: bool = False
    room: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """What a browser may do with it."""
        return ("GET", "HEAD", "POST") if self.commands or self.posts else ("GET", "HEAD")


WITHOUT_STATE = ("verify", "head", "accounts", "backup")
"""Readings that show nothing of a trial's state: it is not read for them, as it may be what is broken."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of somebody who may make it. ``seen``: the trial as they may see it, where the page reads it;
    ``holds``: the roles and sites in which they may do what is done here."""

    request: HttpRequest
    visitor: Visitor
    say: Say
    seen: readings.Seen | None = None
    holds: tuple[tuple[str, str], ...] = ()

    @property
    def trial(self) -> readings.Seen:
        """The trial. Raises LookupError on a page that reads none."""
        if self.seen is None:
            raise LookupError("this page reads no trial")
        return self.seen

    def page(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        """The page, in its frame."""
        shared = {
            **frame(self.request),
            "say": self.say,
            "message_list": _told(self.request),
            "rooms": rooms(self.request, self.visitor),
        }
        return render(self.request, template, {**shared, **context}, status=status, using="pages")


def _told(request: HttpRequest) -> list[str]:
    from django.contrib.messages import get_messages

    return [str(each) for each in get_messages(request)]


def rooms(request: HttpRequest, visitor: Visitor) -> tuple[Page, ...]:
    """The rooms of the trial that is asked about which somebody may enter; none where none is asked about."""
    match = request.resolver_match
    trial = match.kwargs.get("trial", "") if match is not None else ""
    return rooms_of(trial, visitor) if trial else ()


def rooms_of(trial: str, visitor: Visitor) -> tuple[Page, ...]:
    """The rooms of a trial which somebody may enter."""
    from myelos.web.urls import PAGES

    return tuple(each for each in PAGES if each.room and _open_to(each, visitor, trial))


def _open_to(page: Page, visitor: Visitor, trial: str) -> bool:
    needed = page.commands or (page.reads,)
    return bool(held(visitor, trial, needed))


def patterns(pages: tuple[Page, ...]) -> list[URLPattern]:
    """The addresses of pages, each guarded."""
    return [path(each.address, guarded(each), name=each.name) for each in pages]


def guarded(page: Page) -> View:
    """A view that is only called for who may see the page."""

    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        visitor: Visitor | None = getattr(request, "visitor", None)
        if visitor is None:
            return to_sign_in(request)
        if request.method not in page.methods:
            answer = trouble(request, "method", HTTPStatus.METHOD_NOT_ALLOWED)
            answer.headers["Allow"] = ", ".join(page.methods)
            return answer
        say = Say(get_language() or "en")
        try:
            asked = _asked(page, request, visitor, say, parts)
            return page.view(asked, **parts)
        except Refused as refused:
            return refusal(Asked(request, visitor, say), refused)

    view.__name__ = page.name
    return view


def _asked(page: Page, request: HttpRequest, visitor: Visitor, say: Say, parts: Mapping[str, str]) -> Asked:
    seen, holds = None, tuple[tuple[str, str], ...]()
    if page.reads in WITHOUT_STATE:
        door().where(visitor, parts["trial"], page.reads)
    elif page.reads:
        seen = readings.show(door(), visitor, parts["trial"], page.reads)
    if page.commands:
        holds = held(visitor, parts["trial"], page.commands)
        if not holds:
            roles = dict.fromkeys(role for each in page.commands for role in authority.table()[each].roles)
            named = ", ".join(say.role(role) for role in roles)
            params: dict[str, Param] = {"trial": parts["trial"][:80], "roles": named}
            raise Refused([Finding("web.role-needed", params=params)])
    return Asked(request, visitor, say, seen, holds)


def held(visitor: Visitor, trial: str, commands: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The roles and sites in which a visitor may ask for any of these commands; ``*``: at every site."""
    found = []
    for role in authority.ROLES:
        for granted in door().accounts.sites(visitor.account, role, trial):
            where = {authority.table()[each].cells[role] for each in commands}
            if "any" in where:
                found.append((role, "*"))
            elif "own" in where:
                found.append((role, granted))
    return tuple(dict.fromkeys(found))


_STATUS = {
    "web.role-needed": HTTPStatus.FORBIDDEN,
    "store.may-not-read": HTTPStatus.FORBIDDEN,
    "store.role-forbids": HTTPStatus.FORBIDDEN,
    "store.role-not-held": HTTPStatus.FORBIDDEN,
    "store.other-site": HTTPStatus.FORBIDDEN,
    "store.no-such-trial": HTTPStatus.NOT_FOUND,
    "store.nobody-of-yours": HTTPStatus.NOT_FOUND,
    "web.not-everybody": HTTPStatus.FORBIDDEN,
    "web.no-endpoint": HTTPStatus.NOT_FOUND,
    "web.no-figure": HTTPStatus.NOT_FOUND,
    "web.exam-not-open": HTTPStatus.NOT_FOUND,
}
"""What a refusal is to a browser; anything else is a request that cannot be done as it was asked."""


def refusal(asked: Asked, refused: Refused) -> HttpResponse:
    """The page that says why not, with everything that was found. Raises a refusal that is the database's."""
    if unavailable(refused):
        raise refused
    codes = [_STATUS.get(each.code, HTTPStatus.BAD_REQUEST) for each in refused.findings]
    status = next(iter(codes), HTTPStatus.FORBIDDEN)
    told = [asked.say.tell(replace(each, place=Place())) for each in refused.findings]  # no field stands here
    return asked.page("refused.html", status=status, title=asked.say("refused.title"), told=told)
