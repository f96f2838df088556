"""A record for the pages' tests: a trial under way at one site, another trial, people of every role.

It is made once in a run and copied for each test. Everybody has the same password, given by themselves.
Nobody in it exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache as limits
from django.db import connections
from django.test import Client
from examples.twenty_people.script import SITE
from examples.worked_trial import playing
from examples.worked_trial.script import TRIAL, course, steps
from tests.ledger.kept import NAME as OTHER_TRIAL
from tests.ledger.kept import opened
from tests.store.databases import opened as pointed

from myelos.ledger import Row
from myelos.ledger.accounts import commands as ac
from myelos.ledger.free_text import Words
from myelos.ledger.recording import record
from myelos.store.authority import ROLES
from myelos.store.door import Door
from myelos.store.identity import Proof
from myelos.store.keeper import Keeper
from myelos.store.making import make, new_key
from myelos.store.trials import Trials
from myelos.web import books, doorway

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
"""Until when the worked trial is played: people in every state, nothing frozen yet."""

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
"""The time by the door's clock when a test begins."""

FIRST, PASSWORD = "tall grey heron 41", "slow blue otter 97"
"""What an account was made with, and what its holder changed that to."""

OTHER_SITE = "osaka"
WHERE = ("own-site", "other-site", "other-trial")
NOBODY = "nobody-yet"
"""Somebody with an account and no role."""

PERSON = course(1).person
"""Somebody of the trial, at its only site."""


def account(role: str, where: str = "own-site") -> str:
    """The account of somebody who holds a role: at the people's site, at another one, or in another trial.
    An administrator is one everywhere, so there is one."""
    return role if where == "own-site" or role == ac.ADMINISTRATOR else f"{role}-{where}"


@dataclass
class Clock:
    """A clock that goes only when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 at a cost that lets tests be quick."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)


@cache
def _played() -> tuple[tuple[Row, ...], tuple[Words, ...]]:
    """The trial's rows and the words beside them."""
    said: dict[str, Words] = {}

    def kept(*given: Any) -> Any:
        made = record(*given)
        said.update({each.reference: each for each in made.words})
        return made

    memory = playing.InMemory()
    with mock.patch.object(playing, "record", kept):
        playing.play(memory, [step for step in steps() if step.recorded_at < UNTIL])
    return tuple(memory.rows), tuple(said[each] for each in memory.words)


def make_record(path: Path) -> None:
    """Make the record in a new SQLite file, with its key beside it."""
    new_key(path)
    make(path)
    alias = pointed("made", path)
    keeper = Keeper(alias)
    rows, words = _played()
    other = opened()
    with keeper.writing(TRIAL) as writer:
        writer.add(TRIAL, rows, words)
    with keeper.writing(OTHER_TRIAL) as writer:
        writer.add(OTHER_TRIAL, other.rows, other.words.values())
    _people(Door(Trials(keeper, clock=Clock(NOW - timedelta(days=1)))))
    connections[alias].close()


def _people(door: Door) -> None:
    first = account(ac.ADMINISTRATOR)
    door.create_first_account(first, "Made Up Administrator", PASSWORD)
    administrator = door.sign_in(first, PASSWORD)
    places = {
        "own-site": (TRIAL, SITE),
        "other-site": (TRIAL, OTHER_SITE),
        "other-trial": (OTHER_TRIAL, SITE),
    }
    known = {
        account(role, where): (role, *places[where])
        for role in ROLES
        for where in WHERE
        if role != ac.ADMINISTRATOR
    }
    for code in (*known, NOBODY):
        door.create_account(administrator, code, f"Made Up {code.title()}", FIRST)
        if code in known:
            role, trial, site = known[code]
            order = ac.GrantRole(account=code, role=role, trial=trial, site=site)  # type: ignore[arg-type]
            door.administer(administrator, order, "made up")
        door.change_password(door.sign_in(code, FIRST), PASSWORD, Proof(FIRST, code))


@dataclass
class Served:
    """The pages of a record of one test's own: who asks for them, and what time it is for the door."""

    path: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def door(self) -> Door:
        """The door the pages go through."""
        return doorway.door()

    def client(self, code: str = "", language: str = "en", **more: Any) -> Client:
        """A browser, in which somebody signed in unless the account is empty."""
        browser = Client(**more)
        browser.cookies["myelos-language"] = language
        if code:
            limits.clear()  # many people come from one address here
            answer = self.sign_in(browser, code)
            assert answer.status_code == 302, (code, text_of(answer))
            browser.get("/account/password/")  # where the greeting is told, on no page of a test
        return browser

    def signed_in(self, role: str, where: str = "own-site", language: str = "en") -> Client:
        """The browser of somebody in a role."""
        return self.client(account(role, where), language)

    def sign_in(self, browser: Client, code: str, password: str = PASSWORD) -> Any:
        """Send the sign-in form."""
        return browser.post("/account/sign-in/", {"login": code, "password": password})


@contextmanager
def serving(path: Path) -> Iterator[Served]:
    """Let the pages of this process be those of a record, at a clock of the test's own."""
    pointed("default", path)
    forget()
    limits.clear()
    made = Served(path)
    made.door.trials.clock = made.clock
    try:
        yield made
    finally:
        connections["default"].close()
        forget()


def forget() -> None:
    """Forget the record that was served before."""
    doorway.door.cache_clear()
    books._book.cache_clear()


def text_of(answer: Any) -> str:
    """What a page says, without its marks."""
    said = re.sub(r"<(head|script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", said).split())
