"""Every address there is. A new page is a row here, a view and a template."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from csp.decorators import csp_update
from django.urls import include, path
from django.views.i18n import set_language

from myelos.web.pages import Page, patterns
from myelos.web.views import account as own
from myelos.web.views import audit, commands, evidence, exam, measures, person, queries, trials

EXAM = "t/<str:trial>/people/<str:person>/exams/<str:visit>"

PAGES = (
    Page("", trials.trials, "trials"),
    Page("account/password/", own.password, "password", posts=True),
    Page("t/<str:trial>/", trials.trial, "trial", reads="show", room="people"),
    Page("t/<str:trial>/people/<str:person>", person.person, "person", reads="show"),
    Page("t/<str:trial>/people/<str:person>/timeline", person.timeline, "timeline", reads="timeline"),
    Page("t/<str:trial>/exams/", exam.exams, "exams", commands=exam.RECORDS, room="exams"),
    Page("t/<str:trial>/do/", commands.listed, "commands", commands=commands.COMMANDS, room="do"),
    Page("t/<str:trial>/do/<str:command>", commands.command, "command", commands=commands.COMMANDS),
    Page(
        "t/<str:trial>/people/<str:person>/visits/<str:visit>", measures.visit, "visit",
        commands=(measures.COMMAND,),
    ),
    Page(
        "t/<str:trial>/people/<str:person>/visits/<str:visit>/scores", measures.scored, "visit-scores",
        commands=(measures.COMMAND,),
    ),
    Page("t/<str:trial>/queries/", queries.queries, "queries", reads="show", room="queries"),
    Page("t/<str:trial>/evidence/", evidence.first, "evidence-first", reads="export", room="evidence"),
    Page("t/<str:trial>/evidence/<str:endpoint>/", evidence.evidence, "evidence", reads="export"),
    Page("t/<str:trial>/evidence/<str:endpoint>/<str:figure>", evidence.figure, "figure", reads="export"),
    Page("t/<str:trial>/exams/recorded", exam.recorded, "exam-recorded", commands=exam.RECORDS),
    Page(EXAM, exam.worksheet, "exam", commands=exam.RECORDS),
    Page(f"{EXAM}/classify", exam.classify, "exam-classify", commands=exam.RECORDS),
    Page(f"{EXAM}/body", exam.body, "exam-body", commands=exam.RECORDS),
    Page(f"{EXAM}/open", exam.what_is_open, "exam-open", commands=exam.RECORDS),
    Page(f"{EXAM}/draft", exam.draft, "exam-draft", commands=exam.RECORDS),
    Page("t/<str:trial>/audit/", audit.audit, "audit", reads="audit", room="audit"),
    Page("t/<str:trial>/record/", audit.record, "record", reads="verify", room="record"),
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

handler400 = "myelos.web.errors.bad_request"
handler403 = "myelos.web.errors.forbidden"
handler404 = "myelos.web.errors.not_found"
handler429 = "myelos.web.errors.too_many"
handler500 = "myelos.web.errors.broken"
