"""Every address there is, and who may come to it: the table of the pages, written down a second time.

A page that is added needs a row here, or ``test_access.py`` fails. Nothing in it is read from the pages' own
rows or from the door's table: that is what it is held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver
from examples.worked_trial.script import TRIAL
from tests.web.sites import PERSON

COORDINATOR, INVESTIGATOR, EXAMINER, COLLECTOR = "coordinator", "investigator", "examiner", "collector"
TECHNICIAN, QUALIFIED, NURSE, MONITOR = "technician", "qualified-person", "nurse", "monitor"
SPONSOR, COMMITTEE, DATA_MANAGER = "sponsor", "safety-committee", "data-manager"
STATISTICIAN, AUDITOR, ADMINISTRATOR = "statistician", "auditor", "administrator"

ALL = frozenset(
    {
        COORDINATOR, INVESTIGATOR, EXAMINER, COLLECTOR, TECHNICIAN, QUALIFIED, NURSE, MONITOR, SPONSOR,
        COMMITTEE, DATA_MANAGER, STATISTICIAN, AUDITOR, ADMINISTRATOR,
    }
)  # fmt: skip
SEE = ALL - {EXAMINER, STATISTICIAN, ADMINISTRATOR}
"""Who sees the people of a trial: nobody who assesses blinded, nobody who lets people in."""

TIMELINE = frozenset(
    {COORDINATOR, INVESTIGATOR, QUALIFIED, MONITOR, SPONSOR, COMMITTEE, DATA_MANAGER, AUDITOR}
)
AUDIT = frozenset({INVESTIGATOR, MONITOR, SPONSOR, DATA_MANAGER, AUDITOR})
EXPORT = frozenset({INVESTIGATOR, MONITOR, SPONSOR, COMMITTEE, DATA_MANAGER, STATISTICIAN, AUDITOR})
ACT = ALL - {ADMINISTRATOR, STATISTICIAN, AUDITOR}
"""Who may ask for anything to be recorded in a trial."""

EXAMINE = frozenset({COORDINATOR, INVESTIGATOR, EXAMINER})
SCREEN = frozenset({COORDINATOR, INVESTIGATOR})
EVERY_SITE = frozenset({SPONSOR, COMMITTEE, DATA_MANAGER, STATISTICIAN, AUDITOR, ADMINISTRATOR})
"""Whose role is not bound to a site, wherever it was granted."""


@dataclass(frozen=True)
class Row:
    """A page. ``may``: the roles that see it. ``of_a_person``: it is about one person, so of another site it
    is about nobody. ``of_everybody``: it is about the people of every site, or refused. ``without_trial``: it
    is no trial's, so everybody who is signed in sees it. ``named``: it names a visit, so a blinded examiner
    is told that there is none. ``shown``, ``posts``: what is answered, and to a form with nothing in it."""

    name: str
    address: str
    may: frozenset[str] = ALL
    of_a_person: bool = False
    of_everybody: bool = False
    without_trial: bool = False
    named: bool = False
    shown: int = 200
    posts: int = 405

    def get(self, role: str, where: str) -> int:
        """What somebody in a role gets to see, by where they hold it."""
        if self.without_trial:
            return self.shown
        stranger = where == "other-trial" and role != ADMINISTRATOR  # who is one in every trial
        if role not in self.may or stranger:
            return 403
        if self.named and role == EXAMINER:
            return 404
        if where == "other-site" and role not in EVERY_SITE:
            return 404 if self.of_a_person else 403 if self.of_everybody else self.shown
        return self.shown

    def post(self, role: str, where: str) -> int:
        """What comes of a form with nothing in it."""
        return (
            self.posts if self.posts == 405 or self.get(role, where) == self.shown else self.get(role, where)
        )


T = f"/t/{TRIAL}/"
P = f"{T}people/{PERSON}"

PAGES = (
    Row("password", "/account/password/", without_trial=True, posts=400),
    Row("trial", T, SEE),
    Row("person", P, SEE, of_a_person=True),
    Row("timeline", f"{P}/timeline", TIMELINE, of_a_person=True),
    Row("audit", f"{T}audit/", AUDIT),
    Row("record", f"{T}record/"),
    Row("queries", f"{T}queries/", SEE),
    Row("evidence-first", f"{T}evidence/", EXPORT, shown=302),
    Row("evidence", f"{T}evidence/ais-month-6/", EXPORT, of_everybody=True),
    Row("commands", f"{T}do/", ACT, posts=200),
    Row("command", f"{T}do/protocol.screen", SCREEN, posts=200),
    Row("visit", f"{P}/visits/month-6", EXAMINE, of_a_person=True, named=True, posts=200),
    Row("visit-scores", f"{P}/visits/month-6/scores", EXAMINE, of_a_person=True, named=True, posts=200),
    Row("exams", f"{T}exams/", EXAMINE, posts=200),
    Row("exam-recorded", f"{T}exams/recorded", EXAMINE, shown=302, posts=302),
    Row("exam", f"{P}/exams/1", EXAMINE, of_a_person=True, posts=422),
    Row("exam-classify", f"{P}/exams/1/classify", EXAMINE, of_a_person=True, posts=200),
    Row("exam-body", f"{P}/exams/1/body", EXAMINE, of_a_person=True, posts=200),
    Row("exam-open", f"{P}/exams/1/open", EXAMINE, of_a_person=True, posts=200),
    Row("exam-draft", f"{P}/exams/1/draft", EXAMINE, of_a_person=True, shown=405, posts=404),
    Row("figure", f"{T}evidence/ais-month-6/no-such.svg", EXPORT, of_everybody=True, shown=404),
)
"""The pages about a trial, and one's own password. ``trials`` has a test of its own."""

PROVE = "/account/prove/"


@dataclass(frozen=True)
class Own:
    """An address about one's own account, of somebody without a second factor: what it answers to GET and a
    form with nothing in it, and where it leads to; for whoever did not sign in, where not to the sign-in."""

    name: str
    address: str
    get: int
    post: int
    to: str = ""
    stranger: int = 302


A = "/account/two-factor/"
OWN = (
    Own("account_login", "/account/sign-in/", 302, 302, "/", stranger=200),
    Own("account_logout", "/account/sign-out/", 200, 302, "/account/sign-in/"),
    Own("account_reauthenticate", PROVE, 200, 200),
    Own("language", "/language/", 302, 302, "/"),
    Own("mfa_index", A, 200, 405),
    Own("mfa_authenticate", f"{A}authenticate/", 302, 302, "/"),
    Own("mfa_reauthenticate", f"{A}reauthenticate/", 302, 302, PROVE),
    Own("mfa_activate_totp", f"{A}totp/activate/", 302, 302, PROVE),
    Own("mfa_deactivate_totp", f"{A}totp/deactivate/", 404, 404),
    Own("mfa_view_recovery_codes", f"{A}recovery-codes/", 404, 405),
    Own("mfa_generate_recovery_codes", f"{A}recovery-codes/generate/", 302, 302, PROVE),
    Own("mfa_download_recovery_codes", f"{A}recovery-codes/download/", 404, 404),
    Own("mfa_list_webauthn", f"{A}webauthn/", 200, 405),
    Own("mfa_add_webauthn", f"{A}webauthn/add/", 302, 302, PROVE),
    Own("mfa_reauthenticate_webauthn", f"{A}webauthn/reauthenticate/", 302, 302, PROVE),
    Own("mfa_remove_webauthn", f"{A}webauthn/keys/1/remove/", 302, 302, PROVE),
    Own("mfa_edit_webauthn", f"{A}webauthn/keys/1/edit/", 302, 302, PROVE),
)
"""The sign-in and the second factor: whose account it is is the session's, no address names one."""


def addresses(resolver: Any = None, before: str = "/") -> Iterator[tuple[str, str]]:
    """The name and the pattern of every address the pages resolve."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            yield str(each.name), before + str(each.pattern)
        else:
            yield from addresses(each, before + str(each.pattern))
