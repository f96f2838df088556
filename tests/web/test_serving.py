"""The pages as docs/deploy.md has them served: a process of its own, on both databases, behind a proxy."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connections
from examples.twenty_people.script import SITE
from examples.worked_trial import script
from examples.worked_trial import serving as demo
from examples.worked_trial.staff import PASSWORD
from tests.ledger.kept import NAME
from tests.ledger.kept import opened as begun
from tests.store import conftest as stores
from tests.store.databases import Cluster, opened
from tests.store.doors import ADMIN, OWN, Office, cheap
from tests.store.ledgers import put

from myelos.findings import Refused
from myelos.store import open_store
from myelos.store.authority import ROLES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
HOST = "trial.example.org"
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.slow
cluster, migrated = stores.cluster, stores.migrated
script_steps = script.steps


def block(kind: str) -> str:
    """The first block of a kind on the page."""
    found = re.search(rf"^```{re.escape(kind)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, kind
    return found[1]


def console(of: str) -> list[str]:
    """The command lines of the page with a word in them."""
    return [each for each in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE) if of in each]


@dataclass
class Machine:
    """A machine with the folders of the page, each below a folder of the test's own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in ("etc/myelos", "var/lib/myelos"):
            (self.folder / each).mkdir(parents=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MYELOS_")}
        self.environment = {**kept, "PATH": f"{BIN}:{kept['PATH']}", "PYTHONPATH": str(ROOT / "src")}

    def here(self, text: str) -> str:
        """A text of the page with this machine's folders."""
        text = text.replace("/opt/myelos/bin/", f"{BIN}/")
        return re.sub(r"/(etc|var/lib)/myelos", lambda found: f"{self.folder}{found[0]}", text)

    def run(self, line: str, typed: str = "") -> str:
        """Run a command line as it stands on the page, in a shell; what it says."""
        done = subprocess.run(
            ["/bin/sh", "-c", self.here(line)], env=self.environment, input=typed, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def unit(self, *more: str) -> tuple[list[str], dict[str, str]]:
        """What the unit of the page starts, and with which variables; ``more``: lines after its own."""
        lines = [*block("ini myelos.service").splitlines(), *more]
        said = [each.partition("=")[2] for each in lines if each.startswith("Environment=")]
        start = [each.partition("=")[2] for each in lines if each.startswith("ExecStart=")]
        variables = dict(self.here(each).split("=", 1) for each in said)
        return shlex.split(self.here(start[0])), {**self.environment, **variables}

    @contextmanager
    def serving(self, *more: str) -> Iterator[Browser]:
        """A browser, while the unit's command runs on a free port. It is ended by its id, and ends well."""
        words, environment = self.unit(*more)
        port = free_port()
        words[words.index("--port") + 1] = str(port)
        server = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            wait_for(server, port)
            yield Browser(port)
        finally:
            server.terminate()
            said, _ = server.communicate(timeout=60)
        assert server.returncode == 0, said
        assert said.startswith(f"https://{HOST}/")
        assert said.rstrip().endswith("no longer served.")

    def refused(self, *more: str) -> str:
        """What the unit's command says where it does not start."""
        words, environment = self.unit(*more)
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 2, done.stderr
        return done.stderr


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(server: subprocess.Popen[str], port: int) -> None:
    for _ in range(600):
        assert server.poll() is None, server.communicate()[0]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server does not listen")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def to(self) -> str:
        return self.headers.get("Location", "")


@dataclass
class Browser:
    """A browser behind the proxy of the page, which sets what the proxy sets."""

    port: int
    host: str = HOST
    headers: dict[str, str] = field(default_factory=lambda: {"X-Forwarded-Proto": "https"})
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, address: str, **form: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        said = {
            "Host": self.host, "Referer": f"https://{self.host}{address}", **self.headers,
            "Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        connection.request(method, address, urlencode(form) if form else None, said)
        answer = connection.getresponse()
        for each in answer.headers.get_all("Set-Cookie", []):
            assert "; Secure" in each
            key, _, value = each.partition(";")[0].partition("=")
            self.cookies[key] = value
        told = Answer(answer.status, answer.headers, answer.read().decode())
        connection.close()
        return told

    def get(self, address: str) -> Answer:
        return self.ask("GET", address)

    def send(self, address: str, **form: str) -> Answer:
        """Fill in the form of a page and send it."""
        return self.fill(address, self.get(address), **form)

    def fill(self, address: str, page: Answer, **form: str) -> Answer:
        """The same of a page that is at hand."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        return self.ask("POST", address, csrfmiddlewaretoken=token[1], **form)

    def sign_in(self, account: str) -> None:
        """With the password, and a second factor that is set up now, as everybody must."""
        assert self.send("/account/sign-in/", login=account, password=OWN).status == 302
        turned = self.get(f"/t/{NAME}/")
        assert (turned.status, turned.to) == (302, "/account/two-factor/totp/activate/")
        proving = self.get(turned.to)
        assert proving.to.startswith("/account/prove/")
        assert self.send(proving.to, password=OWN).status == 302
        page = self.get(turned.to)
        secret = re.search(r"\b([A-Z2-7]{32})\b", page.text)
        assert secret is not None
        assert self.fill(turned.to, page, code=one_time(secret[1])).status == 302


def one_time(secret: str) -> str:
    """The code of RFC 6238 for this half minute."""
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), moment, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    for line in console("/etc/myelos/secret"):
        made.run(line)
    assert (tmp_path / "etc/myelos/secret").stat().st_mode & 0o777 == 0o600
    return made


def peopled(alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial in the record, and a coordinator of its site."""
    cheap(monkeypatch)
    office = Office(alias)
    office.clock.now = datetime.now(UTC)
    if not office.door.accounts.people:
        office.door.create_first_account(ADMIN, "Made Up Administrator", OWN)
    put(office.keeper, begun())
    office.person("coordinator", ("coordinator", NAME, SITE))
    connections[alias].close()


def looked_at(browser: Browser) -> None:
    """Who comes as the page says sees the trial; who comes otherwise, nothing."""
    browser.sign_in("coordinator")
    page = browser.get(f"/t/{NAME}/")
    assert page.status == 200
    assert "Everyone, from injury to month six" in page.text
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert "Everything here is made up" not in page.text  # nobody said so
    assert Browser(browser.port, headers={}).get("/").to == f"https://{HOST}/"
    assert Browser(browser.port, host="other.example.org").get("/").status == 400


def test_a_file_is_served_as_the_page_says(
    machine: Machine,
    migrated: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On SQLite, with the unit and its one line more; a restart with the same secret ends no session."""
    line = block("ini sqlite").strip()
    path = Path(machine.here(line).rpartition("=")[2])
    shutil.copy(migrated, path)
    peopled(opened("default", path), monkeypatch)
    with machine.serving(line) as browser:
        looked_at(browser)
        cookies = browser.cookies
    with machine.serving(line) as browser:
        browser.cookies = cookies
        assert browser.get(f"/t/{NAME}/").status == 200


def test_without_a_secret_nothing_is_served_to_others(machine: Machine, migrated: Path) -> None:
    """Sessions that end with every restart are told of before anybody has one; so is a name that is none."""
    line = block("ini sqlite").strip()
    shutil.copy(migrated, Path(machine.here(line).rpartition("=")[2]))
    said = machine.refused(line, "Environment=MYELOS_SECRET_KEY_FILE=/etc/myelos/none")
    assert said.startswith("error: no secret is kept for this record")


@pytest.mark.postgresql
def test_a_database_of_postgresql_s_is_served_as_the_page_says(
    machine: Machine,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The administrator's lines, the owner's, the first account, the unit; and a table it may not use."""
    machine.environment["PGHOST"] = str(cluster.folder)
    for statement in block("sql").strip().split(";\n"):
        cluster.run(statement.rstrip(";"))
    application = f"postgresql://myelos@{quote(str(cluster.folder), safe='')}/myelos"
    prepare, *_ = console("database prepare")
    try:
        assert machine.run(prepare) == "myelos is prepared; myelos may add entries and read them.\n"
        assert machine.run(*console("account first"), typed=f"{OWN}\n") == "admin administers myelos.\n"
        peopled(opened("default", application), monkeypatch)
        with machine.serving() as browser:
            looked_at(browser)
        cluster.run("REVOKE ALL ON django_session FROM myelos", "myelos", "myelos_owner")
        said = machine.refused()
        assert "missing or are those of an earlier version (django_session)" in said
        machine.run(prepare)
        with machine.serving() as browser:
            assert browser.get("/account/sign-in/").status == 200
    finally:
        connections["default"].close()
        cluster.run("DROP DATABASE myelos WITH (FORCE)")
        for role in ("myelos", "myelos_owner"):
            cluster.run(f"DROP ROLE {role}")


def test_the_proxy_of_the_page_sets_what_it_must_and_passes_nothing_on() -> None:
    """Every header by which a browser could claim to have come otherwise is set, or emptied."""
    said = dict(re.findall(r"proxy_set_header (\S+) (.+);", block("nginx")))
    assert said == {
        "Host": "$host", "X-Forwarded-Proto": "https", "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Host": '""', "X-Forwarded-Port": '""', "Forwarded": '""',
    }  # fmt: skip


def test_the_demo_s_accounts_have_passwords_of_their_own_and_its_record_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account a role at least, each with a password of its own that may sign; in the copy only."""
    cheap(monkeypatch)
    monkeypatch.setattr(script, "steps", lambda: islice(script_steps(), 40))
    record, copy = tmp_path / "record.sqlite", tmp_path / demo.SERVED
    demo.served(tmp_path, copy)
    before = record.read_bytes()
    demo.served(tmp_path, copy)  # again, over the copy there was
    known = demo.accounts(copy)
    assert {role for _, role, _ in known} == set(ROLES)
    assert len({password for *_, password in known}) == len(known)
    door = open_store(copy)
    for account, _, password in known:
        door.sign_in(account, password)
        assert door.accounts.people[account].own_password
        with pytest.raises(Refused):
            door.sign_in(account, PASSWORD)
    connections["default"].close()
    assert record.read_bytes() == before
    assert open_store(record).sign_in("administrator", PASSWORD)
    connections["default"].close()


def test_a_record_that_cannot_be_read_is_left_alone_and_another_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the demo's folder from an earlier version is neither served nor removed."""
    cheap(monkeypatch)
    monkeypatch.setattr(script, "steps", lambda: islice(script_steps(), 40))
    record = tmp_path / "record.sqlite"
    record.write_text("no record")
    demo.served(tmp_path, tmp_path / demo.SERVED)
    assert record.read_text() == "no record"
    assert open_store(tmp_path / demo.SERVED).trials.snapshot(script.TRIAL).seq > 20
    connections["default"].close()


def test_somebody_looks_at_every_page() -> None:
    """A page that is added is photographed, or it is said why not."""
    from docs.screens import PARTS, SHOTS, unknown

    from myelos.web.urls import PAGES

    assert unknown() == set()
    assert PARTS <= {each.name for each in PAGES}
    assert not PARTS & set(SHOTS)
