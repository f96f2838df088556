"""What a click writes: the entries of one command in one transaction, and beside them what is on a list.

The statements are those the driver itself carried out, so nothing goes past the list by another way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings
from examples.twenty_people.script import CHART
from tests.web.addresses import ADMINISTRATOR, EXAMINER, OWN, PAGES
from tests.web.filled_forms import filled
from tests.web.sites import TRIAL, Served
from tests.web.test_exam import BETWEEN, examiner
from tests.web.test_exam import filled as examined
from tests.web.test_sign_in import ACTIVATE, RECOVERY, change, enrol, second

from myelos.protocol.events import TrainingRecorded
from myelos.protocol.person_events import WeightRecorded
from myelos.quantities import Amount

RECORD = {"store_entry", "store_words"}
"""The record itself, which commands alone write."""

ALLOWED = {
    "django_session": {"INSERT", "UPDATE", "DELETE"},
    "auth_user": {"UPDATE"},
    "mfa_authenticator": {"INSERT", "UPDATE", "DELETE"},
    "web_draft": {"INSERT", "UPDATE", "DELETE"},
    "store_kept": {"INSERT", "UPDATE", "DELETE"},
    "store_personal": {"INSERT", "UPDATE", "DELETE"},
}
"""What a page may write beside it. ``auth_user``: the time of a sign-in and, at the door, a password;
``store_personal``: who a trial code is, in the transaction of its entry; ``store_kept``: snapshots, which can
be thrown away."""

_WRITES = re.compile(r'(INSERT|UPDATE|DELETE|REPLACE)(?: OR \w+)?(?: INTO| FROM)?\s+"?(\w+)', re.IGNORECASE)
_SET = re.compile(r'UPDATE "?auth_user"? SET (.*?) WHERE', re.DOTALL)


@dataclass
class Statements:
    """Everything a database carried out, in order; once, also where a trigger made SQLite tell it again."""

    said: list[str] = field(default_factory=list)

    def hear(self, said: str) -> None:
        if not self.said or said != self.said[-1] or not said.startswith("INSERT"):
            self.said.append(said)

    @property
    def writes(self) -> list[tuple[str, str, str]]:
        """The kind, the table and the text of each write."""
        found = ((_WRITES.match(each.lstrip()), each) for each in self.said)
        return [(match[1].upper(), match[2], each) for match, each in found if match]

    @property
    def counted(self) -> Counter[str]:
        return Counter(table for _, table, _ in self.writes)

    @property
    def transactions(self) -> list[set[str]]:
        """The tables that each transaction wrote; a write outside of one is its own."""
        made: list[set[str]] = []
        inside: set[str] | None = None
        for each in self.said:
            word = each.lstrip().partition(" ")[0].rstrip(";").upper()
            match = _WRITES.match(each.lstrip())
            if word == "BEGIN":
                inside = set()
            elif word in ("COMMIT", "ROLLBACK", "END"):
                made.append(inside or set())
                inside = None
            elif match and inside is not None:
                inside.add(match[2])
            elif match:
                made.append({match[2]})
        return [each for each in made if each]

    def check(self) -> None:
        """Nothing was written but what is on the list, and nothing else was done to the database."""
        strange = [text for kind, table, text in self.writes if kind not in _allowed(table)]
        assert strange == []
        changed = [_SET.match(text) for kind, table, text in self.writes if table == "auth_user"]
        parts = [part for each in changed if each for part in each[1].split(", ")]
        assert {re.sub(" =.*", "", part).strip('" ') for part in parts} <= {"last_login", "password"}
        other = re.compile(r"\s*(CREATE|DROP|ALTER|ATTACH|VACUUM|REINDEX|PRAGMA writable)", re.IGNORECASE)
        assert [each for each in self.said if other.match(each)] == []


def _allowed(table: str) -> set[str]:
    return {"INSERT"} if table in RECORD else ALLOWED.get(table, set())


@contextmanager
def watched() -> Iterator[Statements]:
    """Every statement of the database within, as its driver carried it out."""
    made = Statements()
    connection = connections["default"]
    connection.ensure_connection()
    connection.connection.set_trace_callback(made.hear)
    try:
        yield made
    finally:
        connection.connection.set_trace_callback(None)


def entries(served: Served, after: int, trial: str = TRIAL) -> list[Any]:
    return list(served.door.keeper.rows(trial, after=after))


def head(served: Served, trial: str = TRIAL) -> int:
    return served.door.keeper.head(trial).seq


# Reading ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_page_that_is_only_looked_at_writes_to_a_trial(served: Served) -> None:
    """Every page, by several roles: at most a session, and what was refused in the accounts' own chain."""
    for role in ("investigator", "data-manager", EXAMINER, ADMINISTRATOR):
        browser = served.signed_in(role)
        before = {trial: head(served, trial) for trial in served.door.keeper.trials()}
        for each in (*PAGES, *OWN):
            with watched() as statements:
                browser.get(each.address)
            statements.check()
            assert statements.counted.keys() <= {"django_session", "store_kept", *RECORD}, each
        after = {trial: head(served, trial) for trial in before}
        assert {trial for trial in before if before[trial] != after[trial]} <= {"accounts"}


def test_a_page_in_use_writes_nothing_but_its_session_and_that_rarely(served: Served) -> None:
    """A ticket is renewed after half a minute, not at each click."""
    browser = served.signed_in("monitor")
    browser.get(PAGES[1].address)
    with watched() as statements:
        browser.get(PAGES[1].address)
    assert statements.writes == []
    served.clock.later(1)
    with watched() as statements:
        browser.get(PAGES[1].address)
    assert statements.counted == {"django_session": 1}


# Commands ---------------------------------------------------------------------------------------------------


def _posted(served: Served, order: Any, why: str = "") -> dict[str, list[str]]:
    at = served.clock.now.strftime("%Y-%m-%dT%H:%M:%S")
    return {**filled(order), "act.as": ["coordinator sapporo"], "act.at": [at], "act.why": [why]}


TRAINED = TrainingRecorded(account="nurse", training="bedside", until=None, source="made up")


@pytest.mark.requirement("AUD-01")
def test_aud_01_a_command_writes_its_entries_in_one_transaction_under_one_id(served: Served) -> None:
    """And nothing else with them; sent again, the same form writes nothing to the record."""
    browser, address = served.signed_in("coordinator"), f"/t/{TRIAL}/do/{TrainingRecorded.NAME}"
    form = {**_posted(served, TRAINED, "made up"), "id": ["made-up-training"]}
    browser.get(address)
    before = head(served)
    with watched() as statements:
        answer = browser.post(address, form)
    assert answer.status_code in (200, 201, 302), answer.content.decode()[-2000:]
    statements.check()
    made = entries(served, before)
    assert made
    assert {row.plain["command"] for row in made} == {"made-up-training"}
    assert [each - {"store_kept"} for each in statements.transactions if each & RECORD] == [RECORD]
    assert statements.counted["store_entry"] == len(made)
    for _ in range(2):
        with watched() as again:
            browser.post(address, form)
        again.check()
        assert not again.counted.keys() & RECORD
    assert head(served) == before + len(made)


def test_a_command_that_is_refused_writes_its_refusal_the_same_way(served: Served) -> None:
    """One entry, one transaction, its own id: nothing of what was asked for happened."""
    browser, address = served.signed_in("coordinator"), f"/t/{TRIAL}/do/{WeightRecorded.NAME}"
    nobody = WeightRecorded(person="P-NOBODY", weight=Amount.of("70 kg"), source=CHART)
    before = head(served)
    with watched() as statements:
        browser.post(address, {**_posted(served, nobody), "id": ["made-up-weight"]})
    statements.check()
    (row,) = entries(served, before)
    assert row.plain["event"] == "ledger.command-refused"
    assert row.plain["command"] == "made-up-weight"
    assert [each - {"store_kept"} for each in statements.transactions if each & RECORD] == [RECORD]


def test_an_examination_is_one_transaction_and_its_draft_another(served: Served) -> None:
    """While it is typed only the draft is written; recorded, its entries are, and then the draft goes."""
    browser = examiner(served)
    before = head(served)
    with watched() as statements:
        browser.post(f"{BETWEEN}/draft", {"version": "0", "command": "exam-1", "vac": "no"})
    statements.check()
    assert statements.counted.keys() <= {"web_draft", "django_session"}
    for part in ("classify", "body", "open"):
        with watched() as statements:
            browser.post(f"{BETWEEN}/{part}", {"vac": "no"})
        assert statements.writes == [], part
    assert head(served) == before
    with watched() as statements:
        assert browser.post(BETWEEN, examined(served, version="1")).status_code == 302
    statements.check()
    made = entries(served, before)
    assert len({row.plain["command"] for row in made}) == 1
    assert len([each for each in statements.transactions if "store_entry" in each]) == 1
    assert not [each for each in statements.transactions if "store_entry" in each and "web_draft" in each]


# Accounts ---------------------------------------------------------------------------------------------------


def test_a_sign_in_writes_a_session_a_time_and_one_entry(served: Served) -> None:
    """The entry is in the accounts' chain; one that failed writes no time and no user."""
    browser = served.client()
    before = head(served, "accounts")
    with watched() as statements:
        served.sign_in(browser, "monitor", "wrong")
    statements.check()
    assert statements.counted.keys() <= {"store_entry", "django_session"}
    with watched() as statements:
        served.sign_in(browser, "monitor")
    statements.check()
    assert statements.counted.keys() == {"store_entry", "django_session", "auth_user"}
    assert statements.counted["store_entry"] == 1
    assert [row.plain["event"] for row in entries(served, before, "accounts")] == [
        "ledger.sign-in-failed", "ledger.signed-in"
    ]  # fmt: skip
    with watched() as statements:
        browser.post("/account/sign-out/")
    statements.check()
    assert statements.counted.keys() == {"django_session"}


def test_allauth_writes_its_own_tables_the_session_and_the_time_of_a_sign_in(served: Served) -> None:
    """Enrolling, signing in with a code, recovery codes, taking it away: no password, no account, no record
    but the accounts' chain."""
    with watched() as statements:
        browser, _ = enrol(served)
        browser.post(f"{RECOVERY}generate/")
        shown = re.findall(r"\b\d{8}\b", browser.get(RECOVERY).content.decode())
        other = served.client()
        served.sign_in(other, "monitor")
        second(other, "000000")
        second(other, shown[0])
        browser.post("/account/two-factor/totp/deactivate/")
    statements.check()
    tables = {"django_session", "auth_user", "mfa_authenticator", "store_entry", "store_words"}
    assert statements.counted.keys() <= tables
    assert not [text for _, table, text in statements.writes if table == "auth_user" and '"password"' in text]
    kept = [each for each in statements.transactions if "mfa_authenticator" in each and "store_entry" in each]
    assert kept == []


def test_a_password_is_written_in_the_transaction_of_its_entry(served: Served) -> None:
    """One without the other cannot be."""
    browser = served.client("monitor")
    with watched() as statements:
        change(browser)
    statements.check()
    (together,) = [each for each in statements.transactions if "auth_user" in each]
    assert together == {"auth_user", "store_entry"}
    with watched() as statements:
        change(browser, now="wrong")
    assert "auth_user" not in statements.counted


def test_the_gate_to_the_second_factor_writes_only_its_message(served: Served) -> None:
    """Whoever is led there has asked for nothing."""
    browser = served.client("monitor")
    with override_settings(MYELOS_SECOND_FACTOR="required"), watched() as statements:
        assert browser.get(PAGES[1].address).headers["Location"] == ACTIVATE
    statements.check()
    assert statements.counted.keys() <= {"django_session"}


def test_a_write_that_is_not_on_the_list_would_be_found(served: Served) -> None:
    """The list is held against what the driver says, however it is asked."""
    with watched() as statements, connections["default"].cursor() as cursor:
        cursor.execute("UPDATE auth_user SET is_staff = 1 WHERE username = 'monitor'")
    with pytest.raises(AssertionError):
        statements.check()
    with watched() as statements:
        connections["default"].connection.execute("DELETE FROM store_personal WHERE person = 'x'")
        connections["default"].connection.execute("INSERT OR REPLACE INTO auth_group (name) VALUES ('x')")
    assert statements.counted == {"store_personal": 1, "auth_group": 1}
    with pytest.raises(AssertionError):
        statements.check()
