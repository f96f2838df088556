"""Every address there is. A new page is a row here, a view and a template."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from csp.decorators import csp_update
from django.urls import include, path
from django.views.i18n import set_language

from myelos.web.pages import Page, patterns
from myelos.web.views import audit, person, trials

PAGES = (
    Page("", trials.trials, "trials"),
    Page("t/<str:trial>/", trials.trial, "trial", reads="show"),
    Page("t/<str:trial>/people/<str:person>", person.person, "person", reads="show"),
    Page("t/<str:trial>/people/<str:person>/timeline", person.timeline, "timeline", reads="timeline"),
    Page("t/<str:trial>/audit/", audit.audit, "audit", reads="audit"),
    Page("t/<str:trial>/record/", audit.record, "record"),
)
"""The pages about trials, each with what the door's table has to say about it."""

SIGN_IN = (
    path("account/sign-in/", account.login, name="account_login"),
    path("account/sign-out/", account.logout, name="account_logout"),
    path("account/prove/", account.reauthenticate, name="account_reauthenticate"),
    path(
        "account/two-factor/totp/activate/",
        csp_update({"img-src": ["'self'", "data:"]})(totp.activate_totp),  # the code to scan
        name="mfa_activate_totp",
    ),
    path("account/two-factor/", include("allauth.mfa.urls")),
)

urlpatterns = [
    *patterns(PAGES),
    *SIGN_IN,
    path("language/", set_language, name="language"),
]
