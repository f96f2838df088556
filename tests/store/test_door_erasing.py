"""Words are erased: from the database, every kept snapshot, and what a process remembers. Synthetic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from examples.twenty_people.script import OPENED, SITE
from tests.ledger.kept import NAME
from tests.protocol.played import person
from tests.store.conftest import Fresh
from tests.store.doors import OWN, Office, codes, running

from myelos.findings import Refused
from myelos.ledger import commands as lc
from myelos.ledger.free_text import references
from myelos.protocol.enrolment import Screen
from myelos.protocol.visits import RecordDeviation
from myelos.store import readings, snapshots, trials
from myelos.store.door import Door
from myelos.store.identity import Proof

CODE = person(1).person
SAID, WHY = "Hanako Mihon missed her train", "her sister called"


def begun(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Words about a person, in an event and in a reason; a snapshot is kept after every entry."""
    monkeypatch.setattr(trials, "KEEP_EVERY", 1)
    made = running(alias, monkeypatch)
    made.do("coordinator", Screen(person=CODE, onset=OPENED), "coordinator")
    order = RecordDeviation(person=CODE, kind="other", words=SAID)
    assert not made.do("coordinator", order, "coordinator", id="told", why=WHY).refused
    return made


@pytest.fixture
def it(alias: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    return begun(alias, monkeypatch)


def told(it: Office) -> tuple[str, ...]:
    return tuple(each for row in it.door.trials.of_command(NAME, "told") for each in references(row.text))


def erase(it: Office, why: str = "asked to be", **more: Any) -> Any:
    proof = Proof(OWN, "investigator")
    order = lc.EraseWords(references=more.pop("references", None) or told(it))
    return it.do("investigator", order, "investigator", id="erase", why=why, proof=proof, **more)


def known(door: Door) -> str:
    """Everything a process knows of a trial, and remembers."""
    return f"{door.trials.snapshot(NAME)}{door.trials._cached}"


def stored(it: Office) -> str:
    """Everything in the database; of the kept snapshot every text in it."""
    kept = snapshots.kept(it.alias, NAME)
    with connections[it.alias].cursor() as cursor:
        tables = ("store_entry", "store_words", "store_personal")
        rows = [cursor.execute(f"SELECT * FROM {each}").fetchall() for each in tables]
        states = [bytes(each) for (each,) in cursor.execute("SELECT state FROM store_kept").fetchall()]
    return f"{rows}{states}{kept}"


def test_erased_words_are_in_no_state_no_kept_snapshot_and_no_process(it: Office) -> None:
    """Not in the process that erased them, nor in another one that had read them before."""
    other = it.another()
    assert SAID in known(other)
    assert SAID in known(it.door)
    assert SAID in stored(it)
    assert not erase(it).refused
    for _ in range(3):  # kept again with every entry that follows
        for text in (known(it.door), known(other), known(it.another()), stored(it)):
            assert SAID not in text
            assert WHY not in text
        order = RecordDeviation(person=CODE, kind="other", words="something else")
        visitor = other.sign_in("coordinator", OWN)
        id_ = f"later-{it.keeper.head(NAME).seq}"
        other.do(visitor, NAME, id_, order, role="coordinator", site=SITE, at=it.clock.now)
    assert it.another().trials.snapshot(NAME) == it.door.trials.snapshot(NAME)


def test_the_chain_verifies_after_erasing_and_a_timeline_says_so(it: Office) -> None:
    """The erasing is an entry; what was erased is a reference without words; nothing else is missing."""
    head, wanted = it.door.tree_head(NAME), told(it)
    erase(it)
    assert list(it.door.verify(NAME)) == []
    rows = list(it.keeper.rows(NAME))
    assert rows[head.seq - 1].digest == head.digest
    lines = readings.timeline(it.door, it.enter("monitor"), NAME, CODE)
    words = {reference: text for line in lines for reference, text in line.words.items()}
    assert [words[each] for each in wanted] == [None] * len(wanted)
    assert SAID not in str(lines)


def test_a_timeline_names_the_reference_under_which_words_can_be_erased(it: Office) -> None:
    """Whoever is asked to erase has to find it."""
    lines = readings.timeline(it.door, it.enter("monitor"), NAME, CODE)
    words = {text: reference for line in lines for reference, text in line.words.items()}
    assert {words[SAID], words[WHY]} == set(told(it))
    assert any(line.said["why"] == WHY for line in lines)


def test_an_erasing_without_a_reason_erases_nothing(it: Office) -> None:
    """It is refused, and kept as refused."""
    assert erase(it, why="").refused
    assert SAID in known(it.another())
    assert SAID in stored(it)


def test_a_proof_that_does_not_fit_erases_nothing(it: Office) -> None:
    """What cannot be undone takes a signature."""
    with pytest.raises(Refused) as raised:
        it.do("investigator", lc.EraseWords(references=told(it)), "investigator", why="asked to be")
    assert codes(raised) == ["store.to-sign-account", "store.to-sign-password"]
    assert SAID in stored(it)


def test_the_file_itself_holds_no_erased_words(
    fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last connection is closed neither the file nor its log has a byte of them left."""
    alias = fresh("sqlite")
    made = begun(alias, monkeypatch)
    connections[alias].close()

    def held() -> list[str]:
        content = b"".join(each.read_bytes() for each in tmp_path.glob("default.db*"))
        return [each for each in (SAID, WHY) if each.encode() in content]

    assert held() == [SAID, WHY]
    erase(made)
    connections[alias].close()
    assert held() == []


# Words beside the chain -------------------------------------------------------------------------------------


@pytest.mark.requirement("VAL-02")
def test_val_02_words_changed_by_hand_are_found_at_their_entry(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who owns the machine drops the trigger and writes; the chain holds a digest of the words."""
    it = begun(fresh("sqlite"), monkeypatch)
    (row,) = it.door.trials.of_command(NAME, "told")
    with connections[it.alias].cursor() as cursor:
        cursor.execute("DROP TRIGGER words_unchanged")
        cursor.execute("UPDATE store_words SET text = 'came in time' WHERE text = %s", [SAID])
    assert [(each.code, each.place.row) for each in it.door.verify(NAME)] == [("ledger.other-words", row.seq)]


@pytest.mark.requirement("VAL-02")
def test_val_02_words_that_are_gone_or_nobodys_or_still_there_are_found(it: Office) -> None:
    """Erased past the rules; added to no entry; put back after an erasing."""
    (row,) = it.door.trials.of_command(NAME, "told")
    insert = "INSERT INTO store_words (trial, reference, salt, text) VALUES (%s, %s, %s, %s)"
    with connections[it.alias].cursor() as cursor:
        cursor.execute("SELECT salt FROM store_words WHERE text = %s", [SAID])
        salt = bytes(cursor.fetchone()[0])
        cursor.execute("DELETE FROM store_words WHERE text = %s", [SAID])
        assert [(each.code, each.place.row) for each in it.door.verify(NAME)] == [
            ("ledger.words-missing", row.seq)
        ]
        cursor.execute(insert, [NAME, "salted:" + "0" * 64, b"0" * 16, "made up"])
        found = sorted(each.code for each in it.door.verify(NAME))
        assert found == ["ledger.words-missing", "store.words-of-no-entry"]
        cursor.execute("DELETE FROM store_words WHERE text = 'made up'")
        reference = json.loads(row.text)["data"]["words"]
        cursor.execute(insert, [NAME, reference, salt, SAID])
        assert list(it.door.verify(NAME)) == []
        erase(it)
        cursor.execute(insert, [NAME, reference, salt, SAID])
    assert [each.code for each in it.door.verify(NAME)] == ["ledger.words-still-there"]
