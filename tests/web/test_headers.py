"""What every answer carries, what no page holds, what is too much, and what is said when something breaks."""

from __future__ import annotations

import io
import logging
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import path
from examples.worked_trial.script import TRIAL
from tests.web.addresses import ADMINISTRATOR, EXAMINER, OWN, PAGES
from tests.web.sites import PASSWORD, PERSON, Served, text_of
from tests.web.test_sign_in import ACTIVATE, CODE, PROVE, enrol

from myelos.findings import Finding, Refused
from myelos.web import urls
from myelos.web.settings import LARGEST_BODY, web_settings

TRIAL_PAGE = f"/t/{TRIAL}/"
STRICT = {
    "default-src": "'self'", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
    "object-src": "'none'",
}  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip


def policy(answer: Any) -> dict[str, str]:
    """The content security policy of an answer."""
    parts = (each.strip().partition(" ") for each in answer.headers["Content-Security-Policy"].split(";"))
    return {name: said for name, _, said in parts}


def check(answer: Any, kept: bool = False) -> None:
    """An answer has every header it should, and none it should not."""
    assert policy(answer) == STRICT
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert ("no-store" in answer.headers["Cache-Control"]) != kept
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(answer.headers)


class Inline(HTMLParser):
    """Finds what a strict policy forbids within a page, and what would be fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.script: dict[str, str | None] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        wrong = [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"{tag} {name}" for name in wrong]
        if tag in ("style", "base", "iframe", "object", "embed"):
            self.found.append(tag)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("script")
        for name in ("src", "href", "action", "formaction", "hx-get", "hx-post", "data"):
            said = (given.get(name) or "").strip().lower()
            if said.startswith("https://") and tag == "a":
                continue  # a source to read, fetched only when somebody follows it
            if said.startswith(("http:", "https:", "//", "javascript:", "vbscript:")):
                self.found.append(f"{tag} {name}={said}")
            if said.startswith("data:") and tag != "img":
                self.found.append(f"{tag} {name}=data:")


def inline(body: str) -> list[str]:
    reader = Inline()
    reader.feed(body)
    return reader.found


def test_what_is_inline_would_be_found() -> None:
    """The reader above sees what it is meant to see."""
    bad = (
        '<p style="x">', "<b onclick=1>", "<script>1</script>", "<style>", '<a href=" JavaScript:x">',
        '<img src="//x">', '<img src="https://x">', "<div hx-on:click=1>", '<a href="data:text/html,x">',
    )  # fmt: skip
    assert [each for each in bad if not inline(each)] == []
    assert (
        inline('<script src="/a.js"></script><script type="application/json">{}</script><img src="data:x">')
        == []
    )


# Headers and what is in a page ------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_answer_of_every_page_is_strict_and_holds_nothing_inline(served: Served) -> None:
    """By every kind of role, in both languages: pages, refusals, redirects, forms that were not right."""
    for role, language in (
        ("investigator", "en"),
        ("data-manager", "ja"),
        (EXAMINER, "ja"),
        (ADMINISTRATOR, "en"),
    ):
        browser = served.signed_in(role, language=language)
        for each in (*PAGES, *OWN):
            if each.name == "account_logout":
                continue
            for answer in (browser.get(each.address), browser.post(each.address)):
                check(answer)
                if answer.headers["Content-Type"].startswith("text/html"):
                    assert (each.name, inline(answer.content.decode())) == (each.name, [])


def test_the_sign_in_and_its_second_factor_hold_nothing_inline(served: Served) -> None:
    """Only the page with the code to scan may show an image that is in the page itself."""
    browser, _ = enrol(served)
    for address in (
        "",
        "recovery-codes/",
        "recovery-codes/generate/",
        "totp/deactivate/",
        "webauthn/",
        "webauthn/add/",
    ):
        answer = browser.get(f"/account/two-factor/{address}")
        assert answer.status_code == 200, address
        check(answer)
        assert inline(answer.content.decode()) == [], address
    other = served.client()
    for answer in (other.get("/account/sign-in/"), served.sign_in(other, "monitor"), other.get(CODE)):
        check(answer)
        assert inline(answer.content.decode()) == []
    third = served.client("nurse")
    third.post(f"{PROVE}?next={ACTIVATE}", {"password": PASSWORD})
    scanned = third.get(ACTIVATE)
    assert policy(scanned) == {**STRICT, "img-src": "'self' data:"}
    assert inline(scanned.content.decode()) == []
    assert "data:image/svg+xml" in scanned.content.decode()


def test_files_are_as_strict_and_are_the_only_thing_a_browser_keeps(served: Served) -> None:
    """Style sheets, the one script, the mark; nothing beside them, and nothing outside of their folders."""
    browser = served.client()
    for file in (
        "report/page.css",
        "course/people.css",
        "web/web.css",
        "web/htmx-2.0.11.min.js",
        "web/mark.svg",
    ):
        answer = browser.get(f"/static/{file}")
        assert answer.status_code == 200, file
        check(answer, kept=True)
        assert b"".join(answer)
    for file in (
        "report/page.html",
        "../web/settings.py",
        "%2e%2e/settings.py",
        "course/../page.html",
        "no-such.css",
    ):
        assert browser.get(f"/static/{file}").status_code in (302, 404), file


def test_the_policy_of_htmx_is_in_every_page(served: Served) -> None:
    """It evaluates nothing, injects no style, asks no other host and keeps no page in the browser."""
    body = served.signed_in("monitor").get(TRIAL_PAGE).content.decode()
    (said,) = re.findall(r"name=\"htmx-config\" content='([^']*)'", body)
    for part in (
        '"allowEval":false',
        '"includeIndicatorStyles":false',
        '"selfRequestsOnly":true',
        '"historyCacheSize":0',
    ):
        assert part in said


def test_nothing_of_ours_is_kept_in_a_browser_but_a_key_and_a_language(served: Served) -> None:
    """No message, no name, no state; scripts of ours touch no storage."""
    browser = served.client("monitor")
    browser.get(TRIAL_PAGE)
    browser.post("/language/", {"language": "ja"})
    assert set(browser.cookies) == {"myelos", "myelos-csrf", "myelos-language"}
    assert all(each["httponly"] and each["samesite"] for each in browser.cookies.values() if each["path"])
    ours = (Path(urls.__file__).parent / "static" / "web").glob("*.js")
    for script in ours:
        if not script.name.startswith("htmx"):
            assert not re.search(
                "localStorage|sessionStorage|indexedDB|document.cookie|caches", script.read_text("utf-8")
            )


SECURE = web_settings(("myelos.example",), secure=True, synthetic=False)
TLS = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "myelos.example"}


@contextmanager
def behind_tls() -> Iterator[Client]:
    """The pages as behind a proxy with TLS."""
    names = re.compile("COOKIE|SECURE|CSRF|HSTS|SSL|HOSTS|SECOND_FACTOR")
    changed = {name: said for name, said in SECURE.items() if names.search(name)}
    with override_settings(**changed):
        yield Client(**TLS)


def test_behind_tls_cookies_go_nowhere_else_and_no_page_goes_without(served: Served) -> None:
    """Host-bound, secure, not for scripts; whoever came without TLS is sent to it, and told to stay."""
    with behind_tls() as browser:
        browser.get("/account/sign-in/")
        answer = served.sign_in(browser, "monitor")
        assert answer.status_code == 302
        browser.post("/language/", {"language": "ja"})
        check(browser.get("/"))
        assert set(browser.cookies) == {"__Host-myelos", "__Host-myelos-csrf", "__Host-myelos-language"}
        for each in browser.cookies.values():
            assert each["secure"]
            assert each["httponly"]
            assert each["samesite"] in ("Lax", "Strict")
            assert (each["path"], each["domain"]) == ("/", "")
        secure = browser.get("/account/sign-in/")
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        plain = Client(HTTP_HOST="myelos.example").get("/account/sign-in/")
        assert (plain.status_code, plain.headers["Location"]) == (
            301,
            "https://myelos.example/account/sign-in/",
        )
        check(plain)
        assert not plain.cookies


def test_a_second_factor_is_required_behind_tls_and_offered_on_the_machine_itself() -> None:
    """Unless whoever serves the pages says otherwise."""
    assert SECURE["MYELOS_SECOND_FACTOR"] == "required"
    assert web_settings((), secure=False, synthetic=True)["MYELOS_SECOND_FACTOR"] == "offered"
    asked = web_settings((), secure=True, synthetic=True, second_factor="offered")
    assert asked["MYELOS_SECOND_FACTOR"] == "offered"


@pytest.mark.slow
def test_django_itself_has_nothing_to_say_about_the_secure_settings(tmp_path: Path) -> None:
    """``check --deploy`` without a warning, in a process that serves the pages behind TLS."""
    program = (
        "import secrets, sys; from pathlib import Path\n"
        "from myelos.store.settings import configure; from myelos.web.settings import web_settings\n"
        "more = web_settings(('myelos.example',), secure=True, synthetic=False)\n"
        "configure(Path(sys.argv[1]), secrets.token_urlsafe(48), **more)\n"
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:myelos", "-c", program, str(tmp_path / "none.db")],
        capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout + done.stderr


# Forms from elsewhere, and too much of everything -----------------------------------------------------------


def test_a_form_that_was_not_made_for_this_browser_is_refused(served: Served) -> None:
    """Without the token nothing is recorded, signed in or signed out, in our words and in our frame."""
    browser = Client(enforce_csrf_checks=True)
    for address in (
        "/account/sign-in/",
        "/account/sign-out/",
        "/language/",
        "/account/password/",
        TRIAL_PAGE,
    ):
        for token in ("", "a" * 64):
            answer = browser.post(
                address, {"login": "monitor", "password": PASSWORD, "csrfmiddlewaretoken": token}
            )
            assert answer.status_code == 403, address
            check(answer)
            assert "nothing was recorded" in text_of(answer)
            assert inline(answer.content.decode()) == []
    token = browser.get("/account/sign-in/").cookies["myelos-csrf"].value
    form = {"login": "monitor", "password": PASSWORD, "csrfmiddlewaretoken": token}
    elsewhere = {"Origin": "https://evil.example"}
    assert browser.post("/account/sign-in/", form, headers=elsewhere).status_code == 403
    assert browser.post("/account/sign-in/", form).status_code == 302


def test_every_form_of_every_page_carries_the_token(served: Served) -> None:
    """One without would only be found when somebody sends it."""
    browser = served.signed_in("investigator")
    for each in (*PAGES, *OWN):
        for form in re.findall(r"<form\b.*?</form>", browser.get(each.address).content.decode(), re.DOTALL):
            posts = re.match(r"<form[^>]*method=.post", form, re.IGNORECASE)
            assert not posts or "csrfmiddlewaretoken" in form, (each.name, form[:200])


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("large", 413), ("fields", 400), ("files", 400), ("file", 413), ("multipart", 400), ("encoding", 400),
        ("no-length", 413),
    ],
)  # fmt: skip
def test_more_than_any_form_holds_is_refused_before_it_is_read(
    served: Served, what: str, status: int
) -> None:
    """A message in our frame, never a fault of ours, and the page opens as before."""
    browser = served.client("monitor")
    send: dict[str, Callable[[], Any]] = {
        "large": lambda: browser.post("/account/password/", {"new": "x" * LARGEST_BODY}),
        "fields": lambda: browser.post("/account/password/", {f"f{n}": "" for n in range(1100)}),
        "files": lambda: browser.post("/account/password/", {f"f{n}": _file(3) for n in range(3)}),
        "file": lambda: browser.post("/account/password/", {"f": _file(LARGEST_BODY)}),
        "multipart": lambda: browser.generic(
            "POST", "/account/password/", b"--x\r\nbroken", "multipart/form-data; boundary=\xe9"
        ),
        "encoding": lambda: browser.generic(
            "POST",
            "/account/password/",
            b"now=%FF%FE%00",
            "application/x-www-form-urlencoded; charset=no-such",
        ),
        "no-length": lambda: browser.post("/account/password/", {}, CONTENT_LENGTH="many"),
    }
    answer = send[what]()
    assert answer.status_code == status, text_of(answer)
    check(answer)
    assert inline(answer.content.decode()) == []
    assert browser.get("/account/password/").status_code == 200


def _file(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.csv", b"x" * size)


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "testserver:x", ""])
def test_a_request_for_another_host_is_refused(served: Served, host: str) -> None:
    """Nothing is built from a name that a browser made up; the answer names none."""
    answer = served.client().get("/account/sign-in/", HTTP_HOST=host)
    if host:
        assert answer.status_code == 400
        check(answer)
        assert "evil" not in answer.content.decode()


def test_a_name_of_a_host_in_another_header_is_not_believed(served: Served) -> None:
    """``X-Forwarded-Host`` is anybody's."""
    answer = served.client().get("/", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in answer.headers["Location"]


# What breaks ------------------------------------------------------------------------------------------------


def _breaks(request: Any) -> None:
    raise RuntimeError("a fault that nobody thought of, with a name in it: Hanako")


def _forbids(request: Any) -> None:
    from django.core.exceptions import PermissionDenied

    raise PermissionDenied("a reason that is for nobody")


class _Broken:
    """The pages, and two that break."""

    urlpatterns = (
        *urls.urlpatterns,
        path("breaks/", _breaks, name="password"),
        path("forbids/", _forbids, name="password"),
    )
    handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
    handler429, handler500 = urls.handler429, urls.handler500


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_went_wrong_is_told_in_our_frame_and_nothing_of_how(served: Served, language: str) -> None:
    """No trace, no path, no setting, no exception's words; 403, 404, 405 and 500."""
    with override_settings(ROOT_URLCONF=_Broken):
        browser = served.client("monitor", language)
        browser.raise_request_exception = False
        for address, status, method in (
            ("/breaks/", 500, "get"), ("/forbids/", 403, "get"), ("/no-such/", 404, "get"),
            (TRIAL_PAGE, 405, "post"),
        ):  # fmt: skip
            answer = getattr(browser, method)(address)
            body = answer.content.decode()
            assert answer.status_code == status
            check(answer)
            assert inline(body) == []
            assert f'<html lang="{language}">' in body
            assert 'class="faults"' in body
            assert not re.search("Traceback|RuntimeError|Hanako|reason|django|/src/|\\.py", body)
        assert browser.post(TRIAL_PAGE).headers["Allow"] == "GET, HEAD"


@contextmanager
def locked(served: Served) -> Iterator[None]:
    """The record's file, held by somebody else."""
    from django.db import connections

    connections["default"].close()
    connections["default"].settings_dict["OPTIONS"]["timeout"] = 0.05
    connect, other = sqlite3.connect, sqlite3.connect(served.path)
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        with mock.patch(
            "sqlite3.connect", lambda *given, **more: connect(*given, **{**more, "timeout": 0.05})
        ):
            yield
    finally:
        other.rollback()
        other.close()
        connections["default"].close()


@contextmanager
def gone(served: Served) -> Iterator[None]:
    """The record's file, moved away."""
    from django.db import connections

    connections["default"].close()
    away = served.path.with_name("away")
    served.path.rename(away)
    try:
        yield
    finally:
        connections["default"].close()
        served.path.unlink(missing_ok=True)
        away.rename(served.path)


@contextmanager
def spoiled(served: Served) -> Iterator[None]:
    """Something else where the record's file was."""
    with gone(served):
        served.path.write_bytes(b"this is no database, whatever it is" * 100)
        yield


@pytest.mark.parametrize("how", [locked, gone, spoiled])
def test_without_its_database_every_page_is_shut_in_words(
    served: Served, how: Callable[[Served], Any], caplog: pytest.LogCaptureFixture
) -> None:
    """503 and when to come again; nobody is signed out, let in, or told that a password is wrong."""
    inside, outside = served.client("monitor"), served.client()
    for each in (inside, outside):
        each.raise_request_exception = False
    with how(served):
        for browser, address in (
            (inside, TRIAL_PAGE),
            (inside, "/account/two-factor/"),
            (inside, "/no-such/"),
        ):
            _shut(browser.get(address), served)
        _shut(served.sign_in(outside, "monitor"), served)
        _shut(inside.post("/account/password/", {"now": PASSWORD, "new": "a", "again": "a"}), served)
    assert inside.get(TRIAL_PAGE).status_code == 200
    assert served.sign_in(outside, "monitor").status_code == 302


def test_a_database_that_is_busy_signs_nobody_out(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read now is not what is over."""
    browser = served.client("monitor")
    browser.raise_request_exception = False

    def busy(ticket: str) -> Any:
        raise Refused([Finding("store.busy", params={"said": "locked", "where": str(served.path)})])

    with monkeypatch.context() as patched:
        patched.setattr(served.door, "come_back", busy)
        _shut(browser.get(TRIAL_PAGE), served)
    assert browser.get(TRIAL_PAGE).status_code == 200


def test_a_page_that_nobody_guarded_is_shut_to_whoever_did_not_sign_in(served: Served) -> None:
    """The lock is before the pages, not in each of them"""
    with override_settings(ROOT_URLCONF=_Broken):
        for address in ("/breaks/", "/forbids/"):
            answer = served.client().get(address)
            assert answer.status_code == 302
            assert answer.headers["Location"] == f"/account/sign-in/?next=%2F{address[1:-1]}%2F"


def _shut(answer: Any, served: Served) -> None:
    assert answer.status_code == 503, text_of(answer)
    check(answer)
    assert answer.headers["Retry-After"] == "30"
    said = text_of(answer)
    assert "cannot be reached" in said
    assert str(served.path) not in answer.content.decode()
    assert PERSON not in said
    assert inline(answer.content.decode()) == []


# Logs -------------------------------------------------------------------------------------------------------


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger says, down to the statements of the database."""
    said, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(exc_text)s %(args)s"))
    levels = {
        each: each.level
        for each in (root, *map(logging.getLogger, ("django", "allauth", "myelos", "waitress")))
    }
    root.addHandler(handler)
    for each in levels:
        each.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # statements are logged in DEBUG only
    try:
        yield said
    finally:
        root.removeHandler(handler)
        for each, level in levels.items():
            each.setLevel(level)


NAME, BORN, NUMBER = "Yamada Made-up Hanako", "1971-03-14", "MADE-UP-7714"


@pytest.mark.requirement("DAT-04")
def test_dat_04_no_name_birth_date_or_password_comes_into_a_log_or_an_address(served: Served) -> None:
    """Of a session that signs in, fails to, changes a password, writes down who somebody is and looks it up,
    and runs into every kind of error."""
    from datetime import date

    from myelos.store.personal import Identity
    from myelos.store.readings import keep_identity, look_up

    with everything_logged() as said:
        browser = served.client("coordinator")
        browser.raise_request_exception = False
        served.sign_in(served.client(), "coordinator", "wrong otter 33")
        served.sign_in(served.client(), "slow otter in the wrong field")
        browser.post(
            "/account/password/",
            {"now": "wrong otter 33", "new": "brand new newt 8", "again": "other newt 9"},
        )
        browser.post(
            "/account/password/", {"now": PASSWORD, "new": "brand new newt 8", "again": "brand new newt 8"}
        )
        door, now = served.door, PERSON
        visitor = door.sign_in("coordinator", "brand new newt 8")
        kept = Identity(person=now, name=NAME, birth_date=date.fromisoformat(BORN), hospital_number=NUMBER)
        where = {"role": "coordinator", "site": "sapporo"}
        keep_identity(door, visitor, TRIAL, "made-up-kept", kept, **where)
        look_up(door, visitor, TRIAL, "made-up-look", now, why="made up", **where)
        browser.get(f"/t/{TRIAL}/people/{now}/timeline")
        browser.get("/no-such/")
        browser.post("/account/password/", {"new": "brand new newt 8" + "x" * LARGEST_BODY})
        Client(enforce_csrf_checks=True).post("/account/sign-in/", {"login": "nurse", "password": PASSWORD})
        with override_settings(ROOT_URLCONF=_Broken):
            browser.post("/breaks/", {"name": NAME, "born": BORN, "password": PASSWORD})
        with gone(served):
            served.sign_in(browser, "nurse")
    written = said.getvalue()
    assert "Not Found: /no-such/" in written
    assert "RuntimeError" in written
    secrets = (NAME, BORN, NUMBER, PASSWORD, "newt", "wrong otter", "slow otter", "argon2")
    assert [each for each in secrets if each in written] == []
    with sqlite3.connect(served.path) as database:
        sessions = "".join(str(row) for row in database.execute("SELECT session_data FROM django_session"))
    assert not [each for each in (NAME, PASSWORD, "newt") if each in sessions]


def test_the_debug_page_is_off_everywhere() -> None:
    """No setting of ours and no environment turns it on."""
    assert not settings.DEBUG
    assert "DEBUG" not in web_settings((), secure=False, synthetic=True)
