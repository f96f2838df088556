"""The sign-in: the door's own rules about passwords and locks, the second factor, the end of a session."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client, override_settings
from tests.web.addresses import OWN, PAGES
from tests.web.sites import FIRST, NOBODY, PASSWORD, Served, text_of

from myelos.ledger.accounts.state import FAILURES
from myelos.store.identity import check_password
from myelos.web.doorway import ENROLLING, OPEN

MONITOR = "monitor"
SIGN_IN, PROVE, CODE = "/account/sign-in/", "/account/prove/", "/account/two-factor/authenticate/"
ACTIVATE, RECOVERY = "/account/two-factor/totp/activate/", "/account/two-factor/recovery-codes/"
PASSWORD_PAGE = "/account/password/"
NEXT = "quick brown hare 12"


def signed_in(browser: Client) -> bool:
    return browser.get(PASSWORD_PAGE).status_code == 200


def events(served: Served, after: int) -> list[str]:
    """What the accounts' chain kept since."""
    rows = served.door.keeper.rows("accounts", after=after)
    return [str(row.plain["event"]).removeprefix("ledger.") for row in rows]


def told(answer: Any) -> list[str]:
    """What a sign-in form says is wrong."""
    return re.findall(r'<ul class="errorlist[^"]*"[^>]*>(.*?)</ul>', answer.content.decode(), re.DOTALL)


# Passwords --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_acc_01_a_wrong_password_and_an_account_that_is_not_there_are_told_alike(
    served: Served, language: str
) -> None:
    """Nobody learns which accounts there are."""
    browser = served.client(language=language)
    said = {
        (answer.status_code, *told(answer))
        for answer in (
            served.sign_in(browser, MONITOR, "wrong"), served.sign_in(browser, "ghost", PASSWORD),
            served.sign_in(browser, MONITOR.upper(), PASSWORD),
            served.sign_in(browser, MONITOR, PASSWORD + " "),
        )
    }  # fmt: skip
    assert len(said) == 1
    assert next(iter(said))[0] == 200
    assert not signed_in(browser)


@pytest.mark.requirement("ACC-01")
def test_acc_01_every_sign_in_and_every_failure_is_in_the_accounts_chain(served: Served) -> None:
    """What was typed for an account that is none is not: somebody may have typed their password there."""
    before, browser = served.door.accounts.seq, served.client()
    served.sign_in(browser, MONITOR, "wrong")
    served.sign_in(browser, PASSWORD, "monitor")
    served.sign_in(browser, MONITOR)
    assert events(served, before) == ["sign-in-failed", "sign-in-failed", "signed-in"]
    kept = "".join(row.text for row in served.door.keeper.rows("accounts", after=before))
    assert PASSWORD not in kept
    assert "wrong" not in kept


@pytest.mark.requirement("ACC-01")
def test_acc_01_too_many_failures_lock_the_account_and_the_right_password_is_told_the_same(
    served: Served,
) -> None:
    """The door's own rule; a lock ends by itself, and no answer tells that there was one."""
    before, browser = served.door.accounts.seq, served.client()
    failing = [
        (a.status_code, *told(a)) for a in (served.sign_in(browser, MONITOR, "wrong") for _ in range(5))
    ]
    assert FAILURES == 5
    assert events(served, before)[-2:] == ["sign-in-failed", "locked-out"]
    cache.clear()  # another process, or an hour of somebody patient
    locked = served.sign_in(browser, MONITOR)
    assert (locked.status_code, *told(locked)) == failing[0]
    assert not signed_in(browser)
    served.clock.later(15.1)
    cache.clear()
    assert served.sign_in(browser, MONITOR).status_code == 302


def test_many_tries_in_a_short_time_are_refused_before_they_reach_the_door(served: Served) -> None:
    """Whether there is such an account or not: the record is not filled with what a machine types."""
    for account in (MONITOR, "ghost"):
        cache.clear()
        browser = served.client()
        answers = [served.sign_in(browser, account, "wrong") for _ in range(8)]
        before = served.door.accounts.seq
        assert told(answers[-1]) != told(answers[0])
        served.sign_in(browser, account, "wrong")
        assert events(served, before) == []


def test_a_sign_in_gives_the_browser_another_key(served: Served) -> None:
    """A key that somebody planted before is worth nothing afterwards."""
    browser = served.client()
    served.sign_in(browser, MONITOR, "wrong")
    browser.session.save()
    planted = browser.session.session_key
    browser.cookies["myelos"] = planted
    served.sign_in(browser, MONITOR)
    assert browser.cookies["myelos"].value != planted
    other = Client()
    other.cookies["myelos"] = planted
    assert not signed_in(other)


def test_a_second_person_does_not_take_over_a_session(served: Served) -> None:
    """Whoever types their password at a colleague's screen is not signed in there."""
    browser = served.signed_in("nurse")
    before = served.door.accounts.seq
    assert served.sign_in(browser, MONITOR).status_code == 302
    assert events(served, before) == []
    assert "nurse" in text_of(browser.get(PASSWORD_PAGE))


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_after_the_sign_in_nobody_is_led_elsewhere(served: Served, to: str) -> None:
    """``next`` is an address of ours, or nothing; the same for the language and the sign-out."""
    browser = served.client()
    answer = browser.post(SIGN_IN, {"login": MONITOR, "password": PASSWORD, "next": to})
    assert answer.headers["Location"] == "/"
    assert browser.post("/language/", {"language": "ja", "next": to}).headers["Location"] == "/"
    assert browser.post("/account/sign-out/", {"next": to}).headers["Location"] == SIGN_IN


def test_the_sign_out_asks_and_ends_the_session_on_the_server(served: Served) -> None:
    """A picture on a foreign page cannot sign anybody out; a cookie that was copied is worth nothing."""
    browser, copied = served.client(MONITOR), Client()
    copied.cookies["myelos"] = browser.cookies["myelos"].value
    browser.get("/account/sign-out/")
    assert signed_in(browser)
    assert signed_in(copied)
    gone = browser.post("/account/sign-out/")
    assert gone.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not signed_in(browser)
    assert not signed_in(copied)


# The end of a session ---------------------------------------------------------------------------------------


@pytest.mark.requirement("SIG-03")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_sig_03_a_session_left_for_a_quarter_of_an_hour_ends_with_a_message(
    served: Served, language: str
) -> None:
    """And the sign-in leads back to where they were."""
    browser = served.client(MONITOR, language)
    page = PAGES[1].address
    for _ in range(3):
        served.clock.later(14.4)  # what a ticket does not tell of is half a minute
        assert browser.get(page).status_code == 200
    served.clock.later(15.1)
    ended = browser.get(page, follow=True)
    assert ended.redirect_chain == [(f"{SIGN_IN}?next={page.replace('/', '%2F')}", 302)]
    assert {"en": "15 minutes without use", "ja": "15分間使われなかった"}[language] in text_of(ended)
    assert browser.get(page).status_code == 302
    again = browser.post(SIGN_IN, {"login": MONITOR, "password": PASSWORD, "next": page})
    assert again.headers["Location"] == page


def test_a_session_lasts_no_longer_than_a_day_at_work_however_much_it_is_used(served: Served) -> None:
    """A machine that asks every minute does not keep somebody signed in for ever."""
    browser = served.client(MONITOR)
    for _ in range(72):
        served.clock.later(10)
        assert signed_in(browser)
    served.clock.later(10)
    assert "12 hours" in text_of(browser.get(PASSWORD_PAGE, follow=True))
    assert not signed_in(browser)


def test_every_use_is_kept_within_half_a_minute_and_not_more_often(served: Served) -> None:
    """A page that asks ten times a second does not write ten times a second."""
    browser = served.client(MONITOR)
    written = []
    for _ in range(20):
        served.clock.later(0.1)
        browser.get(PASSWORD_PAGE)
        written.append(browser.session["door-used"])
    assert len(set(written)) in (4, 5)


def test_a_ticket_of_another_account_in_the_same_session_ends_it(served: Served) -> None:
    """Two sign-ins of one browser at once: nobody comes in as one and acts as the other."""
    browser = served.client(MONITOR)
    session = browser.session
    session["door"] = served.door.ticket(served.door.sign_in("nurse", PASSWORD))
    session.save()
    assert not signed_in(browser)


# The second factor ------------------------------------------------------------------------------------------


def code(secret: str, steps: int = 0) -> str:
    """The code an authenticator shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def enrol(served: Served, account: str = MONITOR) -> tuple[Client, str]:
    """The browser of somebody who set an authenticator up, and its secret."""
    browser = served.client(account)
    assert browser.get(ACTIVATE).headers["Location"].startswith(PROVE)
    proved = browser.post(f"{PROVE}?next={ACTIVATE}", {"password": PASSWORD})
    assert proved.headers["Location"] == ACTIVATE
    found = re.search(r'value="([A-Z2-7]{32})"', browser.get(ACTIVATE).content.decode())
    assert found is not None
    done = browser.post(ACTIVATE, {"code": code(found[1])})
    assert done.headers["Location"] == RECOVERY
    cache.clear()
    return browser, found[1]


def second(browser: Client, given: str) -> Any:
    return browser.post(CODE, {"code": given})


@pytest.mark.requirement("ACC-01")
def test_acc_01_without_the_code_no_page_opens_but_that_for_the_code(served: Served) -> None:
    """The password alone brings nobody in: every address leads to the sign-in or the code."""
    enrol(served)
    browser = served.client()
    assert served.sign_in(browser, MONITOR).headers["Location"] == CODE
    assert browser.session["door"]
    for each in (*PAGES, *OWN):
        if each.name in ("language", "account_logout", "mfa_authenticate"):
            continue
        answer = browser.get(each.address)
        assert answer.status_code == 302, each.name
        assert answer.headers["Location"].startswith((SIGN_IN, CODE)), each.name
    assert browser.get(CODE).status_code == 200


@pytest.mark.requirement("ACC-01")
def test_acc_01_the_right_code_brings_in_and_a_wrong_one_or_one_used_before_does_not(served: Served) -> None:
    """A code is good once: who looks over a shoulder has nothing."""
    _, secret = enrol(served)
    browser, other = served.client(), served.client()
    served.sign_in(browser, MONITOR)
    right = code(secret)
    assert second(browser, str(int(right) + 1).zfill(6)[-6:]).status_code == 200
    assert not signed_in(browser)
    assert second(browser, right).headers["Location"] == "/"
    assert signed_in(browser)
    served.sign_in(other, MONITOR)
    assert second(other, right).status_code == 200
    assert not signed_in(other)


@pytest.mark.requirement("ACC-01")
def test_acc_01_wrong_codes_are_kept_and_lock_the_account_as_wrong_passwords_do(served: Served) -> None:
    """And then no code fits, the right one neither, in the same words."""
    _, secret = enrol(served)
    browser = served.client()
    served.sign_in(browser, MONITOR)
    before = served.door.accounts.seq
    wrong = []
    for _ in range(FAILURES):
        cache.clear()
        wrong.append(told(second(browser, "000000")))
    assert events(served, before) == ["sign-in-failed"] * FAILURES + ["locked-out"]
    cache.clear()
    assert told(second(browser, code(secret))) == wrong[0]
    assert not signed_in(browser)


def test_the_second_factor_has_a_quarter_of_an_hour(served: Served) -> None:
    """A password typed this morning is not half of a sign-in tonight."""
    _, secret = enrol(served)
    browser = served.client()
    served.sign_in(browser, MONITOR)
    served.clock.later(16)
    second(browser, code(secret))
    assert not signed_in(browser)


def test_a_recovery_code_brings_in_once(served: Served) -> None:
    """For whoever lost the machine with the authenticator."""
    enrolled, _ = enrol(served)
    shown = re.findall(r"\b\d{8}\b", enrolled.get(RECOVERY).content.decode())
    assert len(shown) >= 10
    browser, other = served.client(), served.client()
    served.sign_in(browser, MONITOR)
    second(browser, shown[0])
    assert signed_in(browser)
    served.sign_in(other, MONITOR)
    second(other, shown[0])
    assert not signed_in(other)
    second(other, shown[1])
    assert signed_in(other)


def test_the_secrets_of_second_factors_are_not_readable_in_the_database(served: Served) -> None:
    """Whoever has the file has no codes: they are kept under the record's secret, which lies apart."""
    enrolled, secret = enrol(served)
    shown = re.findall(r"\b\d{8}\b", enrolled.get(RECOVERY).content.decode())
    kept = "".join(str(each.data) for each in Authenticator.objects.all())
    assert secret not in kept
    assert not [each for each in shown if each in kept]
    with override_settings(SECRET_KEY="the secret of another record, and as long as that one"):
        browser = served.client()
        served.sign_in(browser, MONITOR)
        browser.raise_request_exception = False
        assert second(browser, code(secret)).status_code >= 400
        assert second(browser, code("")).status_code >= 400
        assert not signed_in(browser)


def test_a_second_factor_is_changed_after_a_fresh_proof_only(served: Served) -> None:
    """Whoever finds a machine open cannot make it theirs."""
    browser = served.client(MONITOR)
    browser.get(ACTIVATE)
    key = browser.session.session_key
    answer = browser.post(f"{PROVE}?next={ACTIVATE}", {"password": "wrong"})
    assert answer.status_code == 200
    assert browser.post(ACTIVATE, {"code": "000000"}).headers["Location"].startswith(PROVE)
    assert not Authenticator.objects.exists()
    assert browser.session.session_key == key
    browser.post(f"{PROVE}?next={ACTIVATE}", {"password": PASSWORD})
    assert browser.session.session_key != key
    assert browser.get(ACTIVATE).status_code == 200


@pytest.mark.requirement("ACC-01")
def test_acc_01_behind_tls_nothing_opens_with_a_password_that_somebody_else_knows(served: Served) -> None:
    """Whoever was given one is led to choose their own, before anything else."""
    served.door.reset_password(served.door.sign_in("administrator", PASSWORD), MONITOR, FIRST, "forgotten")
    with override_settings(MYELOS_SECOND_FACTOR="required"):
        browser = served.client()
        served.sign_in(browser, MONITOR, FIRST)
        answer = browser.get(PAGES[1].address, follow=True)
        assert answer.redirect_chain == [(PASSWORD_PAGE, 302)]
        assert "only you know" in text_of(answer)
        change(browser, now=FIRST)
        assert browser.get(PAGES[1].address).headers["Location"] == ACTIVATE


@pytest.mark.requirement("ACC-01")
def test_acc_01_where_a_second_factor_is_required_nothing_opens_before_there_is_one(served: Served) -> None:
    """Behind TLS: whoever has none is led to set one up, and to nothing else."""
    with override_settings(MYELOS_SECOND_FACTOR="required"):
        browser = served.client(MONITOR)
        for each in PAGES:
            if each.name == "password":
                continue
            answer = browser.get(each.address)
            assert (each.name, answer.status_code, answer.headers.get("Location")) == (
                each.name,
                302,
                ACTIVATE,
            )
            assert browser.post(each.address).status_code == 302
        part = browser.get(PAGES[1].address, headers={"HX-Request": "true"})
        assert (part.status_code, part.headers["HX-Redirect"]) == (403, ACTIVATE)
        assert "second factor" in text_of(browser.get(PAGES[1].address, follow=True))
        enrolled, _ = enrol(served)
        assert enrolled.get(PAGES[1].address).status_code == 200


def test_where_a_second_factor_is_required_the_last_one_stays(served: Served) -> None:
    """It can be taken away where it is offered."""
    deactivate = "/account/two-factor/totp/deactivate/"
    browser, _ = enrol(served)
    with override_settings(MYELOS_SECOND_FACTOR="required"):
        browser.post(deactivate)
        assert Authenticator.objects.filter(type="totp").exists()
    browser.post(deactivate)
    assert not Authenticator.objects.exists()


def test_what_is_open_to_whom_is_what_is_meant(served: Served) -> None:
    """Nobody who did not sign in, and nobody without a required second factor, comes to another address."""
    assert {"account_login", "mfa_authenticate", "account_logout", "language"} == OPEN
    more = {"password", "account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_list_webauthn"}
    assert OPEN | more | {"mfa_add_webauthn"} == ENROLLING


def test_a_key_can_be_added_from_a_browser(served: Served) -> None:
    """The page that asks the browser for it opens, with nothing inline; its options name our own host."""
    browser = served.client(MONITOR)
    page = "/account/two-factor/webauthn/add/"
    browser.get(page)
    browser.post(f"{PROVE}?next={page}", {"password": PASSWORD})
    answer = browser.get(page)
    assert answer.status_code == 200
    assert "testserver" in answer.content.decode()


# One's own password -----------------------------------------------------------------------------------------


def change(browser: Client, now: str = PASSWORD, new: str = NEXT, again: str = "") -> Any:
    return browser.post(PASSWORD_PAGE, {"now": now, "new": new, "again": again or new})


def beside(answer: Any, field: str) -> str:
    """What is said beside a field of the password page."""
    found = re.search(rf'id="{field}-told".*?</ul>', answer.content.decode(), re.DOTALL)
    return "" if found is None else " ".join(re.sub("<[^>]*>", " ", found[0]).split())


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_changed_password_ends_every_other_session_and_not_ones_own(served: Served) -> None:
    """And the accounts' chain says that it was changed, by whom."""
    browser, other = served.client(MONITOR), served.client(MONITOR)
    before, key = served.door.accounts.seq, browser.session.session_key
    answer = change(browser)
    assert answer.headers["Location"] == PASSWORD_PAGE
    assert "was changed" in text_of(browser.get(PASSWORD_PAGE))
    assert events(served, before) == ["password-changed"]
    assert browser.session.session_key != key
    assert not signed_in(other)
    assert check_password(MONITOR, NEXT)
    assert not check_password(MONITOR, PASSWORD)
    served.clock.later(14)
    assert signed_in(browser)


@pytest.mark.parametrize(
    ("language", "now", "new", "again", "field", "said"),
    [
        ("en", "wrong", NEXT, NEXT, "now", "do not fit"),
        ("ja", "wrong", NEXT, NEXT, "now", "合わない"),
        ("en", "", NEXT, NEXT, "now", "needs the password"),
        ("en", PASSWORD, "short", "short", "new", "12 characters"),
        ("ja", PASSWORD, "short", "short", "new", "12文字"),
        ("en", PASSWORD, "monitor monitor", "monitor monitor", "new", "too much like"),
        ("en", PASSWORD, "123456789012345", "123456789012345", "new", "not only digits"),
        ("en", PASSWORD, PASSWORD, PASSWORD, "new", "there was"),
        ("en", PASSWORD, "x" * 1025, "x" * 1025, "new", "at most"),
        ("en", PASSWORD, NEXT, "something else", "again", "once more"),
        ("ja", PASSWORD, NEXT, "something else", "again", "同じではない"),
    ],
)
def test_what_speaks_against_a_password_stands_beside_its_field(
    served: Served, language: str, now: str, new: str, again: str, field: str, said: str
) -> None:
    """In both languages, and nothing was changed; nothing typed is sent back."""
    browser = served.client(MONITOR, language)
    answer = change(browser, now, new, again)
    assert answer.status_code == 400
    assert said in beside(answer, field)
    assert not [other for other in ("now", "new", "again") if other != field and beside(answer, other)]
    assert check_password(MONITOR, PASSWORD)
    body = answer.content.decode()
    assert not [each for each in (PASSWORD, NEXT) if each in body]


def test_everything_that_speaks_against_a_password_is_told_at_once(served: Served) -> None:
    """Also where the two do not agree; no name of a field is in the words."""
    answer = change(served.client(MONITOR), new="monitor", again="other")
    assert "12 characters" in beside(answer, "new")
    assert "too much like" in beside(answer, "new")
    assert beside(answer, "again") == 'id="again-told" role="alert"> this is not the new password once more'


def test_a_wrong_password_on_that_page_counts_as_a_failure_to_sign_in(served: Served) -> None:
    """Whoever finds a machine open cannot try passwords there for as long as they like."""
    browser = served.client(MONITOR)
    before = served.door.accounts.seq
    for _ in range(FAILURES):
        change(browser, now="wrong")
    assert events(served, before)[-1] == "locked-out"
    assert change(browser).status_code == 400
    assert check_password(MONITOR, PASSWORD)


def test_a_password_an_administrator_gave_is_changed_here(served: Served) -> None:
    """So its holder can sign; the account says that nobody else knows it now."""
    door = served.door
    administrator = door.sign_in("administrator", PASSWORD)
    door.reset_password(administrator, NOBODY, FIRST, "forgotten")
    browser = served.client()
    served.sign_in(browser, NOBODY, FIRST)
    assert not door.accounts.people[NOBODY].own_password
    assert change(browser, now=FIRST).status_code == 302
    assert door.accounts.people[NOBODY].own_password


def test_allauth_itself_can_write_no_password() -> None:
    """Even where one of its pages were put back by mistake."""
    from myelos.web.sign_in import Accounts

    with pytest.raises(TypeError):
        Accounts().set_password(object(), NEXT)
