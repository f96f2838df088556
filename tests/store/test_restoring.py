"""A backup put back: all of it, only where nothing is, and only what it says it is."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from tests.ledger.kept import NAME, resealed
from tests.store.backups import PEOPLE, nothing_there, rewritten, told_again
from tests.store.conftest import Fresh
from tests.store.ledgers import begun, put, refused

from myelos.store import personal
from myelos.store.archive import MANIFEST
from myelos.store.backup import back_up
from myelos.store.keeper import Keeper
from myelos.store.restoring import restore


def test_a_backup_is_never_put_over_a_trial(taken: Path) -> None:
    """A live trial stays as it is, whether it is ahead of the backup, behind it, or another one."""
    kept = begun()
    put(Keeper(), begun(0))
    before = Keeper().head(NAME)
    with refused("trial-exists"):
        restore(taken, "default")
    assert Keeper().head(NAME) == before != kept.snapshot.head
    with refused("trial-exists"):
        restore(taken, "source")


def test_a_backup_is_not_put_beside_what_is_left_of_a_trial(taken: Path) -> None:
    """Personal data under the trial's name would become those of other people."""
    personal.write("default", NAME, PEOPLE[1])
    with refused("trial-left-over"):
        restore(taken, "default")


def test_a_backup_of_several_trials_is_put_back_whole_or_not(fresh: Fresh, tmp_path: Path) -> None:
    """When one of its trials is there already, none of the others is put."""
    keeper = Keeper(fresh("sqlite", "source"))
    put(keeper, begun())
    rows = [row.plain | {"trial": "other"} for row in begun(0).rows]
    with keeper.writing("other") as writer:
        made = resealed(begun(0).rows, {each["seq"]: {"trial": "other"} for each in rows})
        writer.add("other", made)
    back_up("source", keeper.trials(), tmp_path / "b.zip", identities=True)
    put(Keeper(fresh("sqlite")), begun(0))
    with refused("trial-exists"):
        restore(tmp_path / "b.zip", "default")
    assert Keeper().trials() == (NAME,)
    assert Keeper(fresh("sqlite", "third")).trials() == ()
    restore(tmp_path / "b.zip", "third")
    assert Keeper("third").trials() == ("other", NAME)


def _later(held: dict[str, bytes]) -> None:
    held[MANIFEST] = held[MANIFEST].replace(b'"format": 1', b'"format": 2')


def _shapeless(held: dict[str, bytes]) -> None:
    manifest = json.loads(held[MANIFEST])
    manifest["trials"][0].update(seq=0, digest="x", more=1)
    held[MANIFEST] = json.dumps(manifest).encode()


def _edited(held: dict[str, bytes]) -> None:
    held["0001/entries.jsonl"] = held["0001/entries.jsonl"].replace(b"sapporo", b"otaru--", 1)


def _entry(seq: int, **changes: Any) -> Callable[[dict[str, bytes]], None]:
    """A forger changes an entry and gives every entry and the manifest fresh digests."""

    def change(held: dict[str, bytes]) -> None:
        made = resealed(begun().rows, {seq: changes})
        held["0001/entries.jsonl"] = "".join(row.text + "\n" for row in made).encode()
        manifest = json.loads(held[MANIFEST])
        manifest["trials"][0]["digest"] = made[-1].digest
        held[MANIFEST] = json.dumps(manifest).encode()
        told_again(held)

    return change


def _line(name: str, number: int, before: bytes, after: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(held: dict[str, bytes]) -> None:
        lines = held[name].splitlines(keepends=True)
        assert before in lines[number]
        lines[number] = lines[number].replace(before, after, 1)
        held[name] = b"".join(lines)
        told_again(held)

    return change


def _without(held: dict[str, bytes]) -> None:
    del held["0001/words.jsonl"]


def _more(held: dict[str, bytes]) -> None:
    held["../../elsewhere"] = b"x"


def _cut_tail(held: dict[str, bytes]) -> None:
    lines = held["0001/entries.jsonl"].splitlines(keepends=True)
    held["0001/entries.jsonl"] = b"".join(lines[:-1])
    told_again(held)


def _later_entry(held: dict[str, bytes]) -> None:
    lines = held["0001/entries.jsonl"].splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b'"format":1', b'"format":2')
    held["0001/entries.jsonl"] = b"".join(lines)
    told_again(held)


ENTRIES, WORDS = "0001/entries.jsonl", "0001/words.jsonl"


def _both(held: dict[str, bytes]) -> None:
    _line(ENTRIES, 3, b"sapporo", b"otaru--")(held)
    _line(WORDS, 1, b'"text":"', b'"text":"x')(held)


CHANGES = {
    "later format": (_later, ["later-backup"]),
    "no manifest": (lambda held: held.pop(MANIFEST), ["not-a-backup"]),
    "manifest of nonsense": (lambda held: held.update({MANIFEST: b"{"}), ["not-a-backup"]),
    "manifest of another shape": (
        _shapeless, ["shapes.out-of-range", "shapes.wrong-form", "shapes.unknown-key"],
    ),
    "member gone": (_without, ["member-missing"]),
    "member more": (_more, ["member-unknown"]),
    "edited": (_edited, ["ledger.broken", "member-altered"]),
    "not text": (_line(ENTRIES, 3, b"sapporo", b"sappor\xff"), ["member-altered"]),
    "edited with a fresh manifest": (_line(ENTRIES, 3, b"sapporo", b"otaru--"), ["ledger.broken"]),
    "an entry and words": (_both, ["ledger.broken", "words-altered"]),
    "no JSON": (_line(ENTRIES, 3, b"{", b"["), ["ledger.no-text", "ledger.broken"]),
    "tail cut": (_cut_tail, ["ledger.cut"]),
    "entry of a later format": (_later_entry, ["ledger.later-format", "ledger.other-head"]),
    "event of a later version": (_entry(27, version=9), ["ledger.unknown-event"]),
    "event unknown": (_entry(27, event="cells.teleported"), ["ledger.unknown-event"]),
    "event that is no name": (_entry(27, event={"a": 1}), ["ledger.unknown-event"]),
    "data of another shape": (_entry(27, data={"account": 5}), ["ledger.unreadable"]),
    "another trial's entries": (_entry(27, trial="other"), ["ledger.other-trial"]),
    "words edited": (_line(WORDS, 1, b'"text":"', b'"text":"x'), ["words-altered"]),
    "words without salt": (_line(WORDS, 1, b'"salt":"', b'"salt":"x'), ["shapes.wrong-form"]),
    "a person twice": (_line("0001/personal.jsonl", 1, b"SCI-002", b"SCI-001"), ["person-twice"]),
    "a date that is none": (
        _line("0001/personal.jsonl", 0, b"1970-02-28", b"1970-02-30"), ["shapes.wrong-kind"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "codes"), CHANGES.values(), ids=CHANGES)
def test_a_backup_that_was_changed_is_refused_with_everything_wrong(
    taken: Path, change: Callable[[dict[str, bytes]], None], codes: list[str]
) -> None:
    """Whatever was edited, with fresh hashes or without, is found before the first row is written."""
    with refused(*codes):
        restore(rewritten(taken, change), "default")
    assert nothing_there()


def test_a_rewritten_record_is_found_against_a_head_kept_elsewhere(taken: Path) -> None:
    """A backup written anew with fresh digests is whole in itself; the head that was printed is not its."""
    head = begun().snapshot.head
    forged = rewritten(taken, _entry(27, by="somebody-else"))
    with refused("ledger.other-head"):
        restore(forged, "default", [head])
    assert nothing_there()
    restore(forged, "default")


@pytest.mark.parametrize("size", [0, 100, 0.5, 0.99])
def test_a_truncated_backup_is_refused(taken: Path, size: float) -> None:
    """A copy that broke off, wherever it did, is no backup."""
    content = taken.read_bytes()
    taken.write_bytes(content[: int(size * len(content)) if size < 1 else int(size)])
    with refused("not-a-backup"):
        restore(taken, "default")


def test_a_bit_that_flipped_is_found_anywhere(taken: Path) -> None:
    """A byte changed anywhere in the file is refused, or is nothing that says anything."""
    from myelos.findings import Refused

    content, passed = bytearray(taken.read_bytes()), 0
    for place in range(0, len(content), 37):
        content[place] ^= 0x55
        taken.write_bytes(content)
        content[place] ^= 0x55
        try:
            restore(taken, "default")
        except Refused:
            assert nothing_there()
            continue
        passed += 1
        assert Keeper().head(NAME) == begun().snapshot.head
        break  # times and modes in the zip's own tables say nothing of the record
    assert passed <= 1


def test_a_foreign_file_is_refused(taken: Path, tmp_path: Path) -> None:
    """A text, a folder, a zip of something else, and no file at all."""
    text = tmp_path / "note.txt"
    text.write_text("not a backup")
    with refused("not-a-backup"):
        restore(text, "default")
    with refused("cannot-read-file"):
        restore(tmp_path / "none.zip", "default")
    with refused("cannot-read-file"):
        restore(tmp_path, "default")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as out:
        out.writestr("letter.txt", "hello")
    with refused("not-a-backup"):
        restore(tmp_path / "other.zip", "default")


def test_a_disk_that_fills_up_while_restoring_leaves_nothing(taken: Path) -> None:
    """All of it, or nothing: the database has what it had."""
    with connections["default"].cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count={pages + 3}")
    with refused("disk-full"):
        restore(taken, "default")
    assert nothing_there()
