"""A session at the door: it ends when left alone, and every signature in it asks for a fresh proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from myelos.findings import Phrasebook, Refused
from myelos.store.identity import Proof, Session, ended, needed, opened, signing, used

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
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


FITS = {"nurse-1": GOOD, "nurse-2": OTHER}


def check(account: str, password: str) -> bool:
    return FITS.get(account) == password


def sign(session: Session | None, minutes: float = 1, **shown: str) -> Session:
    """One signature so many minutes after the last use."""
    last = START if session is None else session.used_at
    return signing(session, Proof(**shown), last + timedelta(minutes=minutes), check)


def refused(session: Session | None, minutes: float = 1, **shown: str) -> list[str]:
    with pytest.raises(Refused) as raised:
        sign(session, minutes, **shown)
    return codes(raised)


@pytest.mark.requirement("SIG-03")
def test_sig_03_the_first_signature_of_a_session_asks_for_both_components() -> None:
    """21 CFR 11.200(a)(1)(i): signing in is not yet a signature."""
    session = opened("nurse-1", START)
    assert needed(session, START) == ("account", "password")
    assert refused(session, password=GOOD) == ["to-sign-account"]
    assert refused(session, account="nurse-1") == ["to-sign-password"]
    assert refused(session) == ["to-sign-account", "to-sign-password"]
    assert sign(session, account="nurse-1", password=GOOD).signings == 1


@pytest.mark.requirement("SIG-03")
def test_sig_03_a_later_signature_of_the_session_asks_for_the_password_at_least() -> None:
    """21 CFR 11.200(a)(1)(i): the component that only its holder knows; the account alone is none."""
    session = sign(opened("nurse-1", START), account="nurse-1", password=GOOD)
    assert needed(session, session.used_at) == ("password",)
    assert refused(session) == refused(session, account="nurse-1") == ["to-sign-password"]
    second = sign(session, password=GOOD)
    assert sign(second, password=GOOD, account="nurse-1").signings == 3


@pytest.mark.requirement("SIG-03")
def test_sig_03_outside_of_a_session_every_signature_asks_for_both() -> None:
    """21 CFR 11.200(a)(1)(ii)."""
    assert needed(None, START) == ("account", "password")
    assert refused(None, password=GOOD) == ["to-sign-account"]
    assert sign(None, account="nurse-1", password=GOOD).account == "nurse-1"
    assert refused(None, password=GOOD) == ["to-sign-account"]


@pytest.mark.requirement("SIG-03")
@pytest.mark.parametrize(("minutes", "asked"), [(15, ("password",)), (15.01, ("account", "password"))])
def test_sig_03_a_session_that_was_left_unused_is_none(minutes: float, asked: tuple[str, ...]) -> None:
    """A quarter of an hour without use ends it; the next signature asks for both again."""
    session = sign(opened("nurse-1", START), account="nurse-1", password=GOOD)
    at = session.used_at + timedelta(minutes=minutes)
    assert needed(session, at) == asked
    assert ended(session, at) == (len(asked) == 2)
    if ended(session, at):
        assert sign(session, minutes, account="nurse-1", password=GOOD).signings == 1
        with pytest.raises(Refused) as raised:
            used(session, at)
        assert codes(raised) == ["session-ended"]


@pytest.mark.requirement("SIG-03")
def test_sig_03_only_the_genuine_owner_signs() -> None:
    """21 CFR 11.200(a)(2): a colleague's account and password, right as they are, sign nothing in a session
    that is not theirs, nor does a wrong password."""
    session = sign(opened("nurse-1", START), account="nurse-1", password=GOOD)
    assert refused(session, account="nurse-2", password=OTHER) == ["to-sign-another"]
    assert refused(session, 20, account="nurse-2", password=OTHER) == ["to-sign-another"]
    assert refused(session, password=OTHER) == ["not-signed-in"]
    assert refused(None, account="ghost", password=GOOD) == ["not-signed-in"]


def test_use_keeps_a_session_and_a_signature_is_a_use() -> None:
    """Fourteen minutes again and again end nothing; a clock that runs backwards takes nothing away."""
    session = opened("nurse-1", START)
    for _ in range(5):
        session = used(session, session.used_at + timedelta(minutes=14))
    assert session.proved_at == START
    signed = sign(session, 14, account="nurse-1", password=GOOD)
    assert signed.proved_at == signed.used_at == session.used_at + timedelta(minutes=14)
    assert used(signed, START).used_at == signed.used_at


def test_how_long_a_session_lives_is_a_setting_of_whoever_asks() -> None:
    """The number is ours, and one may want less."""
    session = opened("nurse-1", START)
    at = START + timedelta(minutes=6)
    assert not ended(session, at)
    assert ended(session, at, idle_minutes=5)
    with pytest.raises(Refused):
        used(session, at, idle_minutes=5)


@pytest.mark.requirement("ACC-01")
def test_acc_01_nothing_is_checked_before_everything_is_there() -> None:
    """A missing component is told without a try at the password, which would count as a failure."""
    asked: list[str] = []

    def counted(account: str, password: str) -> bool:
        asked.append(account)
        return True

    with pytest.raises(Refused):
        signing(opened("nurse-1", START), Proof(password=GOOD), START, counted)
    assert asked == []
