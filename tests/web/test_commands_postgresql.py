"""The forms on PostgreSQL: recorded once, refused and kept, signed, as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.ledger.kept import NAME
from tests.store.conftest import Fresh, cluster, fresh, migrated  # noqa: F401 - fixtures
from tests.store.doors import OWN, Office, running
from tests.web.filled_forms import filled
from tests.web.sites import forget, text_of

from myelos.cells import LabelKind
from myelos.cells.labels import issue
from myelos.ledger.commands import Sign
from myelos.ledger.events import Subject
from myelos.protocol.enrolment import Screen
from myelos.web import doorway

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
NEW = str(issue(LabelKind.PERSON, "MADE1", 27, 1))


@pytest.fixture
def office(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:  # noqa: F811
    """A trial with people at its door, and the pages of this process in front of it."""
    made = running(fresh("postgresql"), monkeypatch)
    forget()
    cache.clear()
    doorway.door().trials.clock = made.clock
    yield made
    forget()


def signed_in(account: str) -> Client:
    browser = Client()
    answer = browser.post("/account/sign-in/", {"login": account, "password": OWN})
    assert answer.status_code == 302, text_of(answer)
    return browser


def test_a_form_is_recorded_once_refused_and_signed_on_postgresql(office: Office) -> None:
    """Screened, sent twice, asked for again under another id, and signed by the investigator."""
    order = Screen(person=NEW, onset=office.clock.now - timedelta(days=3))
    browser, sent = signed_in("coordinator"), filled(order)
    address = f"/t/{NAME}/do/{order.NAME}"
    assert browser.post(address, sent).status_code == 200
    head = office.keeper.head(NAME)
    assert "recorded already" in text_of(browser.post(address, sent))
    assert office.keeper.head(NAME) == head
    assert browser.post(address, {**sent, "id": ["made-up-2"]}).status_code == 422
    assert office.keeper.head(NAME).seq == head.seq + 1
    sign = Sign(meaning="reviewed", subject=Subject(kind="person", person=NEW))
    signature = {"id": ["made-up-3"], "sign.account": ["investigator"], "sign.password": [OWN]}
    answer = signed_in("investigator").post(f"/t/{NAME}/do/{sign.NAME}", {**filled(sign), **signature})
    assert answer.status_code == 200, text_of(answer)
    assert list(doorway.door().verify(NAME)) == []
