"""Who is at the door: passwords that fit their accounts, and that nobody keeps. Synthetic."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from tests.store.conftest import Fresh

from myelos.findings import Phrasebook, Refused
from myelos.store import identity
from myelos.store.identity import Proof, signing

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
ALIAS = "identity"
COST = (Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost)
GOOD, OTHER = "tall grey heron 41", "slow blue otter 97"
WORDS = Phrasebook("myelos", "myelos.store")


def codes(raised: pytest.ExceptionInfo[Refused]) -> list[str]:
    """The codes of a refusal, without the room; each is told in both languages and tells no password."""
    for each in raised.value.findings:
        for language in ("en", "ja"):
            told = WORDS.tell(each, language)
            assert told
            assert GOOD not in told
    return [each.code.removeprefix("store.") for each in raised.value.findings]


@pytest.fixture
def alias(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the tables of accounts, and argon2 at a cost that lets tests be quick."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 1024)
    fresh("sqlite", ALIAS)
    return ALIAS


def the_hash(alias: str, account: str) -> str:
    from django.contrib.auth.models import User

    return str(User.objects.using(alias).get(username=account).password)


# Passwords -------------------------------------------------------------------------------------------------


def test_a_password_fits_its_account_and_no_other(alias: str) -> None:
    """Neither another password, nor that of another account, nor none."""
    identity.set_password("nurse-1", GOOD, alias=alias)
    identity.set_password("nurse-2", OTHER, alias=alias)
    assert identity.check_password("nurse-1", GOOD, alias)
    for account, password in [
        ("nurse-1", OTHER), ("nurse-2", GOOD), ("ghost", GOOD), ("NURSE-1", GOOD), ("", GOOD),
        ("nurse-1", ""), ("nurse-1", GOOD.upper()), ("nurse-1", GOOD + " "), ("nurse-1", GOOD + "\0"),
    ]:  # fmt: skip
        assert not identity.check_password(account, password, alias)


def test_a_password_is_hashed_with_argon2(alias: str) -> None:
    """The hash names its kind and cost, and two accounts with one password have two hashes."""
    identity.set_password("nurse-1", GOOD, alias=alias)
    identity.set_password("nurse-2", GOOD, alias=alias)
    first, second = the_hash(alias, "nurse-1"), the_hash(alias, "nurse-2")
    assert first.startswith("argon2$argon2id$")
    assert first != second


def test_an_account_here_is_a_code_and_a_hash(alias: str) -> None:
    """No name, no mail, no rights of Django's own: what somebody may do is in the chain of accounts."""
    from django.contrib.auth.models import User

    identity.set_password("nurse-1", GOOD, "Made Up", alias=alias)
    user = User.objects.using(alias).get(username="nurse-1")
    assert (user.first_name, user.last_name, user.email) == ("", "", "")
    assert (user.is_staff, user.is_superuser, user.last_login) == (False, False, None)


def test_a_password_is_nowhere_but_in_the_head(
    alias: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the files of the database, not in a log, not in a value that is printed, not in a refusal."""
    with caplog.at_level(logging.DEBUG):
        identity.set_password("nurse-1", GOOD, alias=alias)
        identity.check_password("nurse-1", GOOD, alias)
        identity.check_password("nurse-1", OTHER, alias)
        proof = Proof(password=GOOD, account="nurse-1")
        session = signing(None, proof, START, lambda a, p: identity.check_password(a, p, alias))
        with pytest.raises(Refused) as raised:
            signing(None, Proof(password=OTHER, account="nurse-1"), START, lambda a, p: False)
    printed = "".join(map(str, (caplog.text, repr(proof), session, raised.value)))
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for password in (GOOD, OTHER):
        assert password not in printed
        assert password.encode() not in stored
    assert b"argon2$argon2id$" in stored


def test_the_same_letters_are_the_same_password(alias: str) -> None:
    """A letter and its mark come in two forms; which one a keyboard gives is not the person's doing."""
    identity.set_password("nurse-1", "Brücke über die Elbe", alias=alias)
    assert identity.check_password("nurse-1", "Bru\u0308cke u\u0308ber die Elbe", alias)
    identity.set_password("nurse-2", "ガラスのうさぎと森の中の道", alias=alias)
    assert identity.check_password("nurse-2", "ｶﾞﾗｽのうさぎと森の中の道", alias)


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("", ["password-short"]),
        ("grey heron4", ["password-short"]),
        ("grey heron41", []),
        ("passwordpassword", []),
        ("qwertyuiop[]", ["password-common"]),
        ("1234567890", ["password-short", "password-common", "password-digits"]),
        ("836104729518", ["password-digits"]),
        ("nurse-1-nurse-1", ["password-similar"]),
        ("made-up-person-x", ["password-similar"]),
        ("tall grey NURSE-1 heron", ["password-similar"]),
        ("x" * 1024, []),
        ("x" * 1025, ["password-long"]),
    ],
)
def test_a_weak_password_is_refused_with_every_reason(alias: str, password: str, found: list[str]) -> None:
    """Twelve characters, no common one, not all digits, nothing like account or name."""
    if not found:
        identity.set_password("nurse-1", password, "Made Up Person", alias)
        assert identity.check_password("nurse-1", password, alias)
        return
    with pytest.raises(Refused) as raised:
        identity.set_password("nurse-1", password, "Made Up Person", alias)
    assert sorted(codes(raised)) == sorted(found)
    assert not identity.check_password("nurse-1", password, alias)


def test_a_refused_change_leaves_the_password_that_was(alias: str) -> None:
    """And the same one again is no change: a password set by somebody else must become one's own."""
    identity.set_password("nurse-1", GOOD, alias=alias)
    for password, found in (("short", ["password-short"]), (GOOD, ["password-the-same"])):
        with pytest.raises(Refused) as raised:
            identity.set_password("nurse-1", password, alias=alias)
        assert codes(raised) == found
    assert identity.check_password("nurse-1", GOOD, alias)
    identity.set_password("nurse-1", OTHER, alias=alias)
    assert identity.check_password("nurse-1", OTHER, alias)
    assert not identity.check_password("nurse-1", GOOD, alias)


def test_a_shut_account_fits_no_password_and_takes_no_new_one(alias: str) -> None:
    """Its code stays taken."""
    identity.set_password("nurse-1", GOOD, alias=alias)
    identity.shut("nurse-1", alias)
    assert not identity.check_password("nurse-1", GOOD, alias)
    with pytest.raises(ValueError, match="shut"):
        identity.set_password("nurse-1", OTHER, alias=alias)
    identity.shut("ghost", alias)


def test_the_flag_alone_and_the_lost_hash_alone_keep_an_account_shut(alias: str) -> None:
    """Shutting does both: a flag set by hand in the database opens nothing again."""
    from django.contrib.auth.models import User

    identity.set_password("nurse-1", GOOD, alias=alias)
    User.objects.using(alias).update(is_active=False)
    assert not identity.check_password("nurse-1", GOOD, alias)
    identity.shut("nurse-1", alias)
    User.objects.using(alias).update(is_active=True)
    assert not identity.check_password("nurse-1", GOOD, alias)


def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(alias: str) -> None:
    """The cost grows over the years; the password is only known when it is typed."""
    from django.contrib.auth.models import User

    class Weak(Argon2PasswordHasher):
        time_cost, memory_cost = 1, 512

    identity.set_password("nurse-1", OTHER, alias=alias)
    weak = Weak().encode(GOOD, "a-salt-of-some-length")
    User.objects.using(alias).update(password=weak)
    assert not identity.check_password("nurse-1", OTHER, alias)
    assert the_hash(alias, "nurse-1") == weak
    assert identity.check_password("nurse-1", GOOD, alias)
    assert the_hash(alias, "nurse-1") != weak
    assert identity.check_password("nurse-1", GOOD, alias)


def test_a_password_set_within_a_transaction_goes_with_it(alias: str) -> None:
    """The entry that says so and the hash stand or fall together."""
    from django.db import connections

    identity.set_password("nurse-1", GOOD, alias=alias)
    driver = connections[alias].connection
    driver.execute("BEGIN IMMEDIATE")
    identity.set_password("nurse-1", OTHER, alias=alias)
    identity.set_password("nurse-2", OTHER, alias=alias)
    identity.shut("nurse-1", alias)
    driver.execute("ROLLBACK")
    assert identity.check_password("nurse-1", GOOD, alias)
    assert not identity.check_password("nurse-2", OTHER, alias)


@pytest.mark.slow
def test_an_account_that_is_not_there_takes_as_long_as_one_that_is(
    alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody learns from the clock which accounts there are: the times are those of one hash each."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", COST[0])
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", COST[1])
    identity.set_password("nurse-1", GOOD, alias=alias)
    identity.set_password("gone-1", GOOD, alias=alias)
    identity.shut("gone-1", alias)

    def timed(account: str) -> float:
        started = perf_counter()
        identity.check_password(account, OTHER, alias)
        return perf_counter() - started

    times: dict[str, list[float]] = {"nurse-1": [], "ghost": [], "gone-1": []}
    for _ in range(9):
        for account, taken in times.items():
            taken.append(timed(account))
    middle = {account: median(taken) for account, taken in times.items()}
    assert max(middle.values()) < 1.5 * min(middle.values()), middle


def test_an_account_that_is_not_there_costs_one_hash(alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rule counted instead of timed: one run of argon2, whoever is asked for."""
    identity.set_password("nurse-1", GOOD, alias=alias)
    identity.set_password("gone-1", GOOD, alias=alias)
    identity.shut("gone-1", alias)
    ran: list[str] = []
    for name in ("encode", "verify"):
        before = getattr(Argon2PasswordHasher, name)

        def counted(self: Any, *given: Any, before: Any = before, name: str = name) -> Any:
            ran.append(name)
            return before(self, *given)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    for account in ("nurse-1", "ghost", "gone-1"):
        ran.clear()
        identity.check_password(account, OTHER, alias)
        assert len(ran) == 1


def test_whoever_fails_is_told_the_same() -> None:
    """Not whether the account is there, shut or locked, nor that only the password is another."""
    told = identity.not_signed_in()
    assert dict(told.params) == {}
    assert all(WORDS.tell(told, language) for language in ("en", "ja"))


def test_a_name_with_signs_of_sql_is_only_a_name(alias: str, tmp_path: Path) -> None:
    """What is typed is a value, never a part of a statement."""
    identity.set_password("nurse-1", GOOD, alias=alias)
    for typed in ("' OR 1=1 --", "nurse-1'; DROP TABLE auth_user; --", "%", "nurse_1"):
        assert not identity.check_password(typed, GOOD, alias)
    with sqlite3.connect(tmp_path / f"{ALIAS}.db") as driver:
        assert driver.execute("SELECT count(*) FROM auth_user").fetchone() == (1,)
