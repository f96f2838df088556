"""One's own account: the password, which only the door changes."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_variables

from myelos.findings import Finding, Place, Refused
from myelos.store.identity import Proof, password_findings
from myelos.web.doorway import door, renew
from myelos.web.errors import unavailable
from myelos.web.pages import Asked

NOW, NEW, AGAIN = "now", "new", "again"
"""The fields: the password there is, the new one, and the new one once more."""

_OF_NOW = frozenset({"store.not-signed-in", "store.to-sign-password", "store.to-sign-account"})


def password(asked: Asked) -> HttpResponse:
    """Change one's own password, after a proof with the one there is; every finding beside its field."""
    found: tuple[Finding, ...] = ()
    if asked.request.method == "POST":
        try:
            _change(asked)
        except Refused as refused:
            if unavailable(refused):
                raise
            found = refused.findings
        else:
            messages.success(asked.request, asked.say("password.changed"))
            return redirect("password")
    told = {
        field: [asked.say.tell(replace(each, place=Place())) for each in found if _field(each) == field]
        for field in (NOW, NEW, AGAIN)
    }
    status = 400 if found else 200
    return asked.page("password.html", status, title=asked.say("password.title"), told=told)


@sensitive_variables("now", "new", "again")
def _change(asked: Asked) -> None:
    """Raise Refused with everything that speaks against it; then the old password holds."""
    request: HttpRequest = asked.request
    now, new, again = (request.POST.get(each, "") for each in (NOW, NEW, AGAIN))
    if new != again:
        weak = password_findings(asked.visitor.account, new)
        raise Refused([*weak, Finding("web.password-differ", Place(column=AGAIN))])
    door().change_password(asked.visitor, new, Proof(now, asked.visitor.account))
    renew(request)
    user = User.objects.get(username=asked.visitor.account)
    update_session_auth_hash(request, user)  # this session goes on; every other one of the account is over


def _field(found: Finding) -> str:
    if found.code in _OF_NOW:
        return NOW
    return AGAIN if found.place.column == AGAIN else NEW
