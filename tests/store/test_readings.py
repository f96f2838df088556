"""What is read through the door is what was recorded, and can be proved to somebody outside. Synthetic."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from examples.twenty_people.script import SITE
from tests.ledger.infused_trial import BAG, OTHER_BAG, PERSON, TRIAL, played
from tests.store.conftest import Fresh
from tests.store.doors import ADMIN, OWN, Office, codes, office

from myelos.findings import Refused
from myelos.ledger import fold, verify_certificate
from myelos.ledger.certificate import Standing
from myelos.ledger.heads import new_key, read_head
from myelos.ledger.snapshot import Snapshot
from myelos.store import readings

KEY = new_key(b"1" * 32)


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A trial with two infused people, and a monitor of its site."""
    made = office(alias, monkeypatch)
    with made.keeper.writing(TRIAL) as writer:
        writer.add(TRIAL, played().rows)
    made.clock.now += timedelta(days=400)
    made.person("monitor", ("monitor", TRIAL, SITE))
    made.person("manager", ("data-manager", TRIAL, "*"))
    return made


def test_the_state_that_is_shown_is_that_of_the_entries(it: Office) -> None:
    """The snapshot is a fold of everything, and its head is the ledger's."""
    seen = readings.show(it.door, it.enter("monitor"), TRIAL)
    assert seen.snapshot == fold(Snapshot(TRIAL), it.keeper.rows(TRIAL))
    assert seen.snapshot.head == it.door.head(TRIAL)
    assert seen.people == tuple(sorted(seen.snapshot.state.people))


@pytest.mark.requirement("AUD-01")
def test_aud_01_a_timeline_is_every_entry_about_a_person_in_order(it: Office) -> None:
    """Who, when, as what, where, and all that was said, old values too."""
    lines = readings.timeline(it.door, it.enter("monitor"), TRIAL, PERSON)
    mine = [row for row in it.keeper.rows(TRIAL) if row.plain["person"] == PERSON]
    assert [line.seq for line in lines] == [row.seq for row in mine]
    assert [line.said for line in lines] == [row.plain for row in mine]


@pytest.mark.requirement("COI-06")
def test_coi_06_a_certificate_made_at_the_door_is_authentic_by_its_head_and_its_key(it: Office) -> None:
    """Consistent without either; and the printed head is that of the whole ledger."""
    made = json.loads(json.dumps(readings.certified(it.door, it.enter("monitor"), TRIAL, BAG, KEY.private)))
    head = read_head(str(it.door.tree_head(TRIAL)))
    assert verify_certificate(made).standing is Standing.CONSISTENT
    assert verify_certificate(made, [head]).standing is Standing.AUTHENTIC
    assert verify_certificate(made, (), [KEY.public]).standing is Standing.AUTHENTIC
    assert made["summary"]["person"] == PERSON


def test_no_certificate_is_made_with_a_key_or_of_a_bag_that_is_none(it: Office) -> None:
    """Told, not raised as a fault of ours; whoever reads one site learns only that it is not theirs."""
    for account, bag, key, code in (
        ("monitor", BAG, b"no key", "ledger.key-unreadable"),
        ("manager", "CMADE126000999X", None, "ledger.certificate-no-such-bag"),
        ("monitor", "CMADE126000999X", None, "store.nobody-of-yours"),
    ):
        with pytest.raises(Refused) as raised:
            readings.certified(it.door, it.enter(account), TRIAL, bag, key)
        assert codes(raised) == [code]
    assert readings.certified(it.door, it.enter("manager"), TRIAL, OTHER_BAG)["signature"] is None


def test_the_audit_reads_every_check(it: Office) -> None:
    """Whoever may read of every site is told what the pure checks say of all entries."""
    late = readings.audited(it.door, it.enter("manager"), TRIAL, late_after=0)
    assert {each.code for each in late} <= {
        "ledger.told-late",
        "ledger.words-missing",
        "ledger.refused-commands",
    }
    with pytest.raises(Refused) as raised:
        readings.audited(it.door, it.enter(ADMIN), TRIAL)
    assert codes(raised) == ["store.may-not-read"]


def test_a_head_vouches_for_no_other_ledger(it: Office) -> None:
    """A head of another trial is told as such, not as a cut ledger; one that is too long is a cut."""
    head = it.door.tree_head("accounts")
    with pytest.raises(Refused) as raised:
        it.door.verify(TRIAL, head)
    assert codes(raised) == ["store.head-of-another"]
    later = read_head(str(it.door.tree_head(TRIAL)).replace(f" {len(played().rows)} ", " 9999 "))
    assert [each.code for each in it.door.verify(TRIAL, later)] == ["ledger.cut"]


@pytest.mark.requirement("VAL-02")
def test_val_02_no_head_is_printed_of_a_ledger_with_faults(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody should be handed a head that vouches for what somebody altered."""
    it = office(fresh("sqlite"), monkeypatch)
    with it.keeper.writing(TRIAL) as writer:
        writer.add(TRIAL, played().rows)
    with connections[it.alias].cursor() as cursor:
        cursor.execute("DROP TRIGGER entry_unchanged")
        cursor.execute("UPDATE store_entry SET site = 'elsewhere' WHERE trial = %s AND seq = 7", [TRIAL])
    with pytest.raises(Refused) as raised:
        it.door.tree_head(TRIAL)
    assert [(each.code, each.place.row) for each in raised.value.findings] == [("ledger.column", 7)]


# Backups ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("DAT-03")
def test_dat_03_a_record_that_is_lost_is_put_back_whole_with_its_accounts(
    it: Office, fresh: Fresh, tmp_path: Path
) -> None:
    """Same heads; people sign in with their own passwords; to restore into nothing takes nobody."""
    file = tmp_path / "all.zip"
    heads = [it.door.head(TRIAL)]
    made = readings.backed_up(it.door, it.enter(ADMIN), TRIAL, file, with_accounts=True)
    lost = Office(fresh("sqlite", "other"), it.clock)
    assert readings.put_back(lost.door, None, file, heads) == made
    assert lost.door.head(TRIAL) == heads[0]
    assert lost.door.sign_in("monitor", OWN).account == "monitor"
    assert readings.show(lost.door, lost.enter("monitor"), TRIAL).people
    assert list(lost.door.verify("accounts")) == []


def test_where_there_are_accounts_only_an_administrator_restores(
    it: Office, fresh: Fresh, tmp_path: Path
) -> None:
    """The command line is no back door for a trial that somebody invented."""
    file = tmp_path / "trial.zip"
    readings.backed_up(it.door, it.enter(ADMIN), TRIAL, file)
    other = Office(fresh("sqlite", "other"), it.clock)
    other.door.create_first_account(ADMIN, "Made Up Administrator", OWN)
    other.person("monitor", ("monitor", TRIAL, "*"))
    for visitor, code in ((None, "store.restoring-needs-account"), ("monitor", "store.may-not-read")):
        inside = None if visitor is None else other.enter(visitor)
        with pytest.raises(Refused) as raised:
            readings.put_back(other.door, inside, file)
        assert codes(raised) == [code]
        assert other.keeper.head(TRIAL).seq == 0
    readings.put_back(other.door, other.enter(ADMIN), file)
    assert other.keeper.head(TRIAL) == it.keeper.head(TRIAL)
    with pytest.raises(Refused) as raised:
        readings.put_back(other.door, other.enter(ADMIN), file)
    assert codes(raised) == ["store.trial-exists"]


def test_a_reading_of_the_accounts_chain_is_no_reading_of_a_trial(it: Office) -> None:
    """It folds to accounts, not to people."""
    it.grant("manager", "data-manager", "*", "*")
    with pytest.raises(Refused) as raised:
        readings.show(it.door, it.enter("manager"), "accounts")
    assert codes(raised) == ["store.no-such-trial"]
