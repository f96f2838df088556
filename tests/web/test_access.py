"""Every address by every role, at their own site, at another, in another trial, with no role and with no
account: from one table, and no surprises."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from examples.worked_trial.script import TRIAL, course
from tests.ledger.kept import NAME as OTHER_TRIAL
from tests.web.addresses import ADMINISTRATOR, EVERY_SITE, EXAMINER, OWN, PAGES, SEE, Row, addresses
from tests.web.sites import NOBODY, PASSWORD, PERSON, SITE, WHERE, Served, text_of

from myelos.ledger.accounts.commands import RetireAccount, RevokeRole
from myelos.store.authority import ROLES

EVERYBODY = [
    (role, where) for where in WHERE for role in ROLES if where == "own-site" or role != ADMINISTRATOR
]
NOT_THERE = PERSON[:-1] + ("A" if PERSON[-1] != "A" else "C")
"""The code of nobody, as like a person's as can be."""

PEOPLE = [course(number).person for number in (1, 2, 3)]


def answers(browser: Client, row: Row) -> tuple[int, int]:
    return browser.get(row.address).status_code, browser.post(row.address).status_code


def test_every_address_has_a_row() -> None:
    """A page that is added and not thought about here fails."""
    known = {each.name: each.address for each in (*PAGES, *OWN)} | {"trials": "/"}
    assert {name for name, _ in addresses()} == set(known)
    assert {name: resolve(address).view_name for name, address in known.items()} == {
        each: each for each in known
    }


def test_there_is_no_admin_and_nothing_that_edits_rows() -> None:
    """Trial data are changed by commands alone."""
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not [pattern for _, pattern in addresses() if "admin" in pattern]


def test_no_page_of_allauths_that_writes_an_account_is_there() -> None:
    """No password, address or account is written but by the door."""
    written = re.compile(
        "signup|email|password_(set|change|reset)|set_password|reset_password|change_password"
    )
    assert not [name for name, _ in addresses() if written.search(name)]
    assert [name for name, pattern in addresses() if "password" in pattern] == ["password"]


@pytest.mark.slow
@pytest.mark.requirement("ACC-01")
def test_acc_01_every_page_by_every_role_answers_as_the_table_says(served: Served) -> None:
    """At one's own site, at another, in another trial: what one may see, and nothing else."""
    surprises = []
    for role, where in EVERYBODY:
        browser = served.signed_in(role, where)
        for row in PAGES:
            expected = (row.get(role, where), row.post(role, where))
            found = answers(browser, row)
            if found != expected:
                surprises.append((role, where, row.name, found, expected))
    assert surprises == []


@pytest.mark.requirement("ACC-01")
def test_acc_01_somebody_without_a_role_sees_no_trial(served: Served) -> None:
    """An account alone opens nothing but itself."""
    browser = served.client(NOBODY)
    for row in PAGES:
        expected = row.shown if row.without_trial else 403
        assert (row.name, browser.get(row.address).status_code) == (row.name, expected)
    said = text_of(browser.get("/"))
    assert TRIAL not in said
    assert OTHER_TRIAL not in said


@pytest.mark.requirement("ACC-01")
def test_acc_01_whoever_did_not_sign_in_sees_the_sign_in_and_nothing_else(served: Served) -> None:
    """Every address, also one that is not there, leads to it; nothing of any trial is in the answer."""
    browser = served.client()
    shown = [("/", 302), ("/no/such/page", 302), *((row.address, 302) for row in PAGES)]
    for address, status in (*shown, *((each.address, each.stranger) for each in OWN)):
        for method in ("get", "post", "put", "delete", "patch", "options", "head"):
            answer = getattr(browser, method)(address)
            assert (address, answer.status_code) in ((address, status), (address, 405), (address, 200)), (
                method
            )
            if answer.status_code == 302:
                last = browser.get(answer.headers["Location"], follow=True)
                assert resolve(last.request["PATH_INFO"]).view_name == "account_login", address
                answer = last
            else:
                assert resolve(address).view_name in ("account_login", "account_logout", "language")
            body = answer.content.decode()
            if PERSON in address:
                body = body.replace(PERSON, "")  # in the way back, as it was asked for
            assert not [word for word in (*PEOPLE, OTHER_TRIAL, "coordinator") if word in body], address


def test_a_part_of_a_page_that_asks_is_led_to_the_sign_in_as_a_whole(served: Served) -> None:
    """htmx would put the sign-in into the middle of a page; it is told to go there."""
    answer = served.client().get(PAGES[1].address, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/account/sign-in/")
    assert answer.content == b""


def test_ones_own_account_is_the_sessions_whoever_asks(served: Served) -> None:
    """The addresses about the second factor answer everybody the same; none of them names an account."""
    for role in ("coordinator", ADMINISTRATOR):
        browser = served.signed_in(role)
        for each in OWN:
            if each.name == "account_logout":
                continue
            got, posted = browser.get(each.address), browser.post(each.address)
            assert (each.name, got.status_code, posted.status_code) == (each.name, each.get, each.post)
            if each.to:
                assert got.headers["Location"].partition("?")[0].replace(f"/t/{TRIAL}/", "/") == each.to
        gone = browser.post("/account/sign-out/")
        assert gone.headers["Location"] == "/account/sign-in/"
        assert browser.get("/account/password/").status_code == 302


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("role", sorted(SEE - EVERY_SITE))
def test_acc_01_people_of_another_site_are_on_no_page(served: Served, role: str) -> None:
    """The trial opens, with nobody in it: not in a list, a task, a drawing or a query."""
    browser = served.signed_in(role, "other-site")
    for row in PAGES:
        body = browser.get(row.address.replace(PERSON, "X")).content.decode()
        assert not [each for each in PEOPLE if each in body], row.name


def _neutral(answer: Any) -> tuple[int, str]:
    """What an answer says, whoever was asked for, without the form's token, which is another each time."""
    said = re.sub(rf"{PERSON}|{NOT_THERE}", "PERSON", answer.content.decode())
    return answer.status_code, re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", said)


def closed(row: Row, role: str, where: str) -> bool:
    """Whether the people of a page are nobody to somebody."""
    return role not in row.may or where != "own-site"


@pytest.mark.requirement("BLD-01")
@pytest.mark.parametrize(
    ("role", "where"),
    [(EXAMINER, "own-site"), ("statistician", "own-site"), (ADMINISTRATOR, "own-site"),
     ("coordinator", "other-site"), ("nurse", "other-site"), ("investigator", "other-trial")],
)  # fmt: skip
def test_bld_01_who_may_not_see_a_person_does_not_learn_whether_there_is_one(
    served: Served, role: str, where: str
) -> None:
    """A person who is not theirs and one who is not there get the same words, in both languages."""
    for language in ("en", "ja"):
        browser = served.signed_in(role, where, language)
        for address in (row.address for row in PAGES if row.of_a_person and closed(row, role, where)):
            there = _neutral(browser.get(address))
            not_there = _neutral(browser.get(address.replace(PERSON, NOT_THERE)))
            assert there == not_there
            assert there[0] in (403, 404)


@pytest.mark.requirement("BLD-01")
def test_bld_01_a_blinded_examiner_sees_no_person_no_arm_and_no_infusion_anywhere(served: Served) -> None:
    """Not on a page or a refusal, not in the list of trials; people only where they are to be examined."""
    browser = served.signed_in(EXAMINER)
    for name, address in (("trials", "/"), *((row.name, row.address) for row in PAGES)):
        said = text_of(browser.get(address, follow=True))
        if name not in ("exams", "exam-recorded"):  # the second leads to the first
            assert not [each for each in PEOPLE if each in said.replace(PERSON, "")], name
        assert not re.search(r"infus|marrow|\barm\b|\bgroup\b", said, re.IGNORECASE), name


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_trial_that_is_not_there_and_one_of_others_are_refused_alike(served: Served) -> None:
    """Whoever holds a role at one trial does not learn the names of others."""
    browser = served.signed_in("monitor", "other-trial")
    for page in ("", "audit/", "record/", "evidence/"):
        theirs = _neutral(browser.get(f"/t/{TRIAL}/{page}"))
        nobodys = _neutral(browser.get(f"/t/no-such-trial/{page}"))
        assert theirs == (403, nobodys[1].replace("no-such-trial", TRIAL))
    assert TRIAL not in text_of(browser.get("/", follow=True))


@pytest.mark.parametrize(
    "trial", ["accounts", "no-such-trial", "*", "%00", "a b", "..", "a" * 300, "試験", "<b>"]
)
def test_what_is_no_trial_opens_nothing(served: Served, trial: str) -> None:
    """The chain of accounts is no trial, nor is every trial at once, nor what is no name."""
    for who, page in (("data-manager", "record/"), ("data-manager", ""), (ADMINISTRATOR, "audit/")):
        answer = served.client(who).get(f"/t/{trial}/{page}")
        assert answer.status_code in (400, 403, 404)
        assert "<b>/" not in answer.content.decode()


def test_a_refusal_is_kept_in_the_accounts_chain(served: Served) -> None:
    """Who asked for what they may not, as at the command line."""
    browser = served.signed_in("nurse")
    before = served.door.accounts.seq
    browser.get(f"/t/{TRIAL}/audit/")
    (row,) = served.door.keeper.rows("accounts", after=before)
    assert row.plain["event"] == "ledger.command-refused"
    assert row.plain["by"] == "nurse"
    assert row.plain["data"]["codes"] == ["store.may-not-read"]


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(served: Served) -> None:
    """No page remembers what somebody might see."""
    browser = served.signed_in("monitor")
    assert browser.get(f"/t/{TRIAL}/").status_code == 200
    administrator = served.door.sign_in(ADMINISTRATOR, PASSWORD)
    order = RevokeRole(account="monitor", role="monitor", trial=TRIAL, site=SITE)
    served.door.administer(administrator, order, "made up")
    assert browser.get(f"/t/{TRIAL}/").status_code == 403
    served.door.administer(administrator, RetireAccount(account="monitor"), "made up")
    assert browser.get("/account/password/").status_code == 302
