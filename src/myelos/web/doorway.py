"""From a browser's session to a visitor at the door, and back: the pages have no other way to the record.

Whoever did not sign in sees the addresses of :data:`OPEN` and no other, whatever a page says of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables

from myelos.findings import Finding, Refused
from myelos.store.door import Door, Visitor
from myelos.store.identity import Session
from myelos.web.settings import SESSION_HOURS

TICKET, USED, BEGAN = "door", "door-used", "door-began"
"""The keys of a browser's session under which lie its ticket, when that was used, and when it all began."""

RENEWED_AFTER = timedelta(seconds=30)
"""So old may the last use be that a ticket tells of, before another one is kept."""

OPEN = frozenset({"account_login", "mfa_authenticate", "account_logout", "language"})
"""What can be asked for by somebody who did not sign in; all of it is part of doing so."""

ENROLLING = OPEN | {
    "password", "account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_list_webauthn",
    "mfa_add_webauthn",
}  # fmt: skip
"""What can be asked for by somebody without a second factor, or with a password that somebody else gave them,
where both are required to be their own."""

CLEARED = '"cache", "storage"'
"""What a browser is told to forget once somebody signed out."""

_GONE = frozenset({"store.not-signed-in", "store.session-ended", "web.session-over"})
"""Why a session is no more; anything else is a record that cannot be read now, and ends no session."""


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
        """The user of an account and its password, None for anything else.

        Raises :class:`~myelos.findings.Refused` when the record cannot be read or written: nobody is told
        that a password is wrong which was not looked at.
        """
        if request is None or not username or not password:
            return None
        try:
            visitor = door().sign_in(username, password)
        except Refused as refused:
            if _gone(refused):
                return None
            raise
        request.session.cycle_key()  # also where somebody proves anew who they are
        request.session[TICKET] = door().ticket(visitor)
        request.session[BEGAN] = visitor.session.proved_at.isoformat()
        request.session.pop(USED, None)
        return User.objects.get(username=visitor.account)

    def get_user(self, user: int) -> User | None:
        return User.objects.filter(pk=user, is_active=True).first()


class Doorway:
    """Who asks: ``request.visitor``, None for somebody who did not sign in or whose time is over.

    It is also the lock: a page nobody thought of is shut, not open.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asking: Any = request
        asking.visitor = visitor = self._visitor(request)
        came = None if visitor is None else visitor.session
        response = self.answer(request)
        if visitor is not None and TICKET in request.session and _changed(request, visitor, came):
            request.session[TICKET] = door().ticket(visitor)
            request.session[USED] = visitor.session.used_at.isoformat()
        if visitor is not None and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = CLEARED
        return response

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponse | None:
        """To the sign-in, or to what is missing, with whoever may not go on; None for everybody else."""
        match = request.resolver_match
        name = "" if match is None else match.view_name
        if name in OPEN:
            return None
        if getattr(request, "visitor", None) is None:
            return to_sign_in(request)
        if name not in ENROLLING and settings.MYELOS_SECOND_FACTOR == "required":
            return _unfinished(request)
        return None

    def _visitor(self, request: HttpRequest) -> Visitor | None:
        if not request.user.is_authenticated:
            return None
        try:
            visitor = door().come_back(request.session.get(TICKET, ""))
            if visitor.account != request.user.get_username():  # two sign-ins of one browser at once
                raise Refused([Finding("store.not-signed-in")])
            _not_over(request)
        except Refused as refused:
            if not _gone(refused):
                raise
            from myelos.web.say import Say

            logout(request)
            say = Say(get_language() or "en")
            for finding in refused.findings:
                messages.warning(request, say.tell(finding))
            return None
        return visitor


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in and back; a part of a page that asks is told so, and the page goes there."""
    back = "" if request.path == "/" else f"?{urlencode({'next': request.path})}"
    address = f"{reverse('account_login')}{back}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": address})
    return redirect(address)


def _unfinished(request: HttpRequest) -> HttpResponse | None:
    """To one's own password, then to one's second factor, with whoever lacks it; None for who has both."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import is_mfa_enabled

    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    if not door().accounts.people[visitor.account].own_password:
        page, told = "password", "password.needed"
    elif not is_mfa_enabled(request.user, kinds):
        page, told = "mfa_activate_totp", "second-factor.needed"
    else:
        return None
    from myelos.web.say import Say

    if request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.FORBIDDEN, headers={"HX-Redirect": reverse(page)})
    messages.warning(request, Say(get_language() or "en")(told))
    return redirect(page)


def _gone(refused: Refused) -> bool:
    return {each.code for each in refused.findings} <= _GONE


def _not_over(request: HttpRequest) -> None:
    """Raise Refused when a session lasted as long as one may, however much it was used."""
    began = datetime.fromisoformat(request.session[BEGAN])
    if door().now() - began > timedelta(hours=SESSION_HOURS):
        raise Refused([Finding("web.session-over", params={"hours": SESSION_HOURS})])


def renew(request: HttpRequest) -> None:
    """Let the ticket of a session be made anew, since the one there is was made under another password."""
    request.session.pop(USED, None)


def _changed(request: HttpRequest, visitor: Visitor, came: Session | None) -> bool:
    """Whether the ticket kept no longer tells of the session as it is."""
    kept, now = request.session.get(USED, ""), visitor.session
    proved = came is None or (came.proved_at, came.signings) != (now.proved_at, now.signings)
    return proved or not kept or (now.used_at - RENEWED_AFTER).isoformat() > kept
