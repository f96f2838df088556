"""From a browser's session to a visitor at the door, and back: the pages have no other way to the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables

from myelos.findings import Refused
from myelos.store.door import Door, Visitor

TICKET = "door"
"""The key of a browser's session under which its ticket lies."""

RENEWED_AFTER = timedelta(seconds=30)
"""So old may the last use be that a ticket tells of, before another one is kept."""


@cache
def door() -> Door:
    """The door to the record this process serves."""
    return Door()


class ByTheDoor:
    """Signs in whom the door lets in: it counts failures, locks accounts, and keeps both in the record."""

    @sensitive_variables("password")
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None,
        **other: object,
    ) -> User | None:  # fmt: skip
        """The user of an account and its password, None for anything else."""
        if request is None or not username or not password:
            return None
        try:
            visitor = door().sign_in(username, password)
        except Refused:
            return None
        request.session[TICKET] = door().ticket(visitor)
        return User.objects.get(username=visitor.account)

    def get_user(self, user: int) -> User | None:
        return User.objects.filter(pk=user, is_active=True).first()


class Doorway:
    """Who asks: ``request.visitor``, None for somebody who did not sign in or whose time is over."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asking: Any = request
        asking.visitor = visitor = self._visitor(request)
        response = self.answer(request)
        if visitor is not None and TICKET in request.session and _changed(request, visitor):
            request.session[TICKET] = door().ticket(visitor)
            request.session[TICKET + "-used"] = visitor.session.used_at.isoformat()
        return response

    def _visitor(self, request: HttpRequest) -> Visitor | None:
        if not request.user.is_authenticated:
            return None
        try:
            return door().come_back(request.session.get(TICKET, ""))
        except Refused as refused:
            from myelos.web.say import Say

            logout(request)
            say = Say(get_language() or "en")
            for finding in refused.findings:
                messages.warning(request, say.tell(finding))
            return None


def _changed(request: HttpRequest, visitor: Visitor) -> bool:
    """Whether the ticket kept no longer tells of the session as it is."""
    kept = request.session.get(TICKET + "-used", "")
    latest = visitor.session.used_at
    signed = visitor.session.proved_at == latest or not kept
    return signed or (latest - RENEWED_AFTER).isoformat() > kept
