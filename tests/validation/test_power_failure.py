"""Can the power-failure replay find what it looks for? Its disk, images and traces, toys, and the store."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation.power_failure import measure
from validation.power_failure.check import Content, Recorded, held
from validation.power_failure.disk import Disk
from validation.power_failure.images import Fate, Image, draw, images, moments
from validation.power_failure.trace import (
    Open,
    Rename,
    Say,
    Step,
    Sync,
    Truncate,
    Unreadable,
    Write,
    read,
    traced,
)

FOLDER, FILE = "/disk", "/disk/file"
STRACE = shutil.which("strace")
watched = pytest.mark.skipif(STRACE is None and not os.environ.get("CI"), reason="strace is not installed")


def disk_after(*steps: Step) -> Disk:
    disk = Disk(FOLDER)
    for step in steps:
        disk.step(step)
    return disk


# The disk ---------------------------------------------------------------------------------------------------

MADE = (Open(FILE, False, 0, 0), Sync(FOLDER, 1, 1))


@pytest.mark.parametrize("fate", Fate)
def test_what_was_synced_is_in_every_image(fate: Fate) -> None:
    """After a sync of the file and of its folder there is but one image."""
    disk = disk_after(*MADE, Write(FILE, 3, b"abc" * 500, 2, 2), Truncate(FILE, 1000, 3, 3), Sync(FILE, 4, 4))
    expected = (b"\0\0\0" + b"abc" * 500)[:1000]
    assert draw(disk, Random(1), fate=fate).files == {"file": expected}


def test_a_file_exists_for_certain_only_when_its_folder_was_synced() -> None:
    """A sync of the file itself does not keep its name."""
    disk = disk_after(MADE[0], Write(FILE, 0, b"x", 1, 1), Sync(FILE, 2, 2))
    assert draw(disk, Random(1), fate=Fate.NOTHING).files == {}
    assert draw(disk, Random(1), fate=Fate.EVERYTHING).files == {"file": b"x"}


def test_a_removed_file_may_come_back() -> None:
    """Until the folder is synced the old file may be there again, beside or instead of a new one."""
    old = (*MADE, Write(FILE, 0, b"old", 2, 2), Sync(FILE, 3, 3), Rename(FILE, None, 4, 4))
    new = (Open(FILE, False, 5, 5), Write(FILE, 0, b"new", 6, 6), Sync(FILE, 7, 7))
    assert draw(disk_after(*old), Random(1), fate=Fate.NOTHING).files == {"file": b"old"}
    assert draw(disk_after(*old, *new), Random(1), fate=Fate.NOTHING).files == {"file": b"old"}
    synced = disk_after(*old, *new, Sync(FOLDER, 8, 8))
    assert draw(synced, Random(1), fate=Fate.NOTHING).files == {"file": b"new"}


def test_a_sync_covers_only_what_ended_before_it_began() -> None:
    """What another process writes while a file is being synced may be lost."""
    disk = disk_after(*MADE, Write(FILE, 0, b"1", 2, 2), Write(FILE, 1, b"2", 4, 6), Sync(FILE, 3, 7))
    assert draw(disk, Random(1), fate=Fate.NOTHING).files == {"file": b"1"}


CHANGES = st.lists(
    st.one_of(
        st.builds(
            lambda offset, byte, size: Write(FILE, offset, bytes([byte]) * size, 2, 2),
            st.integers(0, 6000), st.integers(1, 255), st.integers(1, 5000),
        ),
        st.builds(lambda size: Truncate(FILE, size, 2, 2), st.integers(0, 9000)),
    ),
    max_size=6,
)  # fmt: skip


@given(certain=CHANGES, changes=CHANGES, seed=st.integers(0, 1000), fate=st.sampled_from(Fate))
def test_every_byte_of_an_image_was_written_or_lay_there(
    certain: list[Write | Truncate], changes: list[Write | Truncate], seed: int, fate: Fate
) -> None:
    """A byte is what was certain, what was written there since, or, in a part that is new, zero or stale."""
    disk = disk_after(*MADE, *certain, Sync(FILE, 3, 3), *changes)
    kept = bytes(disk.names[FILE].certain)
    image = draw(disk, Random(seed), fate=fate).files["file"]
    shortest = min([len(kept), *(each.size for each in changes if isinstance(each, Truncate))])
    written = [each for each in changes if isinstance(each, Write)]
    for place in range(0, len(image), 97):
        possible = {each.data[0] for each in written if each.offset <= place < each.offset + len(each.data)}
        possible |= {kept[place]} if place < len(kept) else set()
        possible |= {0} if place >= shortest else set()
        assert image[place] in possible or (fate is Fate.STALE and place >= len(kept))


@given(changes=CHANGES, seed=st.integers(0, 1000))
def test_the_same_seed_draws_the_same_image(changes: list[Write | Truncate], seed: int) -> None:
    """Images are chosen by the seed alone."""
    disk = disk_after(*MADE, *changes)
    assert draw(disk, Random(seed)) == draw(disk, Random(seed))


def test_a_torn_write_can_end_between_two_sectors() -> None:
    """Of two sectors written at once, either may be there without the other."""
    disk = disk_after(*MADE, Write(FILE, 0, b"a" * 512 + b"b" * 512, 2, 2))
    seen = {draw(disk, Random(seed), fate=Fate.SECTORS).files["file"] for seed in range(50)}
    assert {b"a" * 512, bytes(512) + b"b" * 512, b"a" * 512 + b"b" * 512, b""} == seen


def test_the_power_fails_after_each_kind_of_step() -> None:
    """Moments are taken evenly along acknowledgements, log, database and names, the end among them."""
    log = [Write(f"{FILE}-wal", 0, b"x", number, number) for number in range(1000)]
    steps = [*MADE, *log, Say("recorded 1 1\n", 1001, 1001), Write(FILE, 0, b"x", 1002, 1002)]
    assert moments(steps, FOLDER, 2) == [1, 2, 253, 753, 1003, 1004]


# Traces -----------------------------------------------------------------------------------------------------


def hexed(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def fd(number: int, path: str = FILE) -> str:
    return f"{number}<{hexed(path)}>"


AT = f"AT_FDCWD<{hexed('/')}>"


def test_a_call_that_others_interrupt_is_put_together_again() -> None:
    """A write counts when it begins; a sync when it ends, for what ended before it began."""
    lines = [
        f'7 openat({AT}, "{hexed("disk/file")}", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = {fd(3)}',
        f"7 fdatasync({fd(3)} <unfinished ...>",
        f'8 pwrite64({fd(4)}, "{hexed("ab")}", 2, 9) = 2',
        "7 <... fdatasync resumed>) = 0",
        f'8 write(1<{hexed("pipe:[1]")}>, "{hexed("recorded 1 1")}", 12 <unfinished ...>',
        "7 +++ exited with 0 +++",
        "8 <... write resumed>) = 12",
    ]
    assert read(lines, Path(FOLDER)) == [
        Open(FILE, False, 0, 0), Write(FILE, 9, b"ab", 2, 2), Sync(FILE, 1, 3), Say("recorded 1 1", 4, 6),
    ]  # fmt: skip


def test_a_short_write_is_as_long_as_it_was() -> None:
    """Only the bytes that the call says it wrote were written; a failed call wrote none."""
    lines = [
        f'7 pwrite64({fd(3)}, "{hexed("abcd")}", 4, 0) = 2',
        f'7 pwrite64({fd(3)}, "{hexed("abcd")}", 4, 0) = -1 ENOSPC (No space left on device)',
        f'7 pwrite64({fd(3)}, "{hexed("abcd")}", 4, 0) = 0',
    ]
    assert [each.data for each in read(lines, Path(FOLDER)) if isinstance(each, Write)] == [b"ab", b""]


@pytest.mark.parametrize(
    "line",
    [
        f'7 write({fd(3)}, "{hexed("x")}", 1) = 1',
        f'7 writev({fd(3)}, [{{iov_base="{hexed("x")}", iov_len=1}}], 1) = 1',
        f"7 fallocate({fd(3)}, 0, 0, 4096) = 0",
        f"7 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, {fd(3)}, 0) = 0x7f0000000000",
        f"7 copy_file_range({fd(4, '/elsewhere')}, NULL, {fd(3)}, NULL, 4096, 0) = 4096",
        f'7 creat("{hexed(FILE)}", 0644) = {fd(3)}',
        f'7 link("{hexed("/elsewhere")}", "{hexed(FILE)}") = 0',
        f'7 unlink("{hexed("file")}") = 0',
        f'7 pwrite64({fd(3)}, "{hexed("x")}"..., 4096, 0) = 4096',
        f"7 fdatasync({fd(3)} <unfinished ...>",
        "what is this",
    ],
)
def test_what_the_model_does_not_know_is_refused(line: str) -> None:
    """A change that would be overlooked makes the trace unreadable, never the disk safer."""
    with pytest.raises(Unreadable):
        read([line], Path(FOLDER))


def test_other_folders_and_shared_memory_are_left_out() -> None:
    """What happens elsewhere is no matter; SQLite makes its shared memory anew."""
    lines = [
        f'7 write({fd(2, "/elsewhere")}, "{hexed("x")}", 1) = 1',
        f'7 pwrite64({fd(3, f"{FILE}-shm")}, "{hexed("x")}", 1, 0) = 1',
        f"7 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, {fd(3, f'{FILE}-shm')}, 0) = 0x7f0000000000",
    ]
    assert read(lines, Path(FOLDER)) == []


# What an image is held to -----------------------------------------------------------------------------------

WORDS, NAME = ("words", "w"), ("identity", "p")
RUN = [
    Recorded("one", (("one", 1), ("one", 2)), frozenset({WORDS, NAME}), frozenset()),
    Recorded("two", (("two", 3),), frozenset(), frozenset({WORDS})),
]
ROWS = tuple(row for each in RUN for row in each.rows)


@pytest.mark.parametrize(
    ("rows", "marks", "lost", "half"),
    [
        (ROWS, {NAME}, (), ()),
        (ROWS[:2], {NAME, WORDS}, ("two",), ()),
        (ROWS[:1], set(), ("one", "two"), ("one",)),
        (ROWS[:2], {NAME}, ("one", "two"), ("one",)),
        (ROWS, {NAME, WORDS}, ("two",), ("two",)),
        ((), {NAME}, ("one", "two"), ("one",)),
        ((), set(), ("one", "two"), ()),
    ],
    ids=["whole", "lost", "an entry", "words gone", "words not erased", "a name alone", "empty"],
)
def test_lost_and_half_written_commands_are_told_apart(
    rows: tuple[tuple[object, ...], ...], marks: set[tuple[str, str]], lost: tuple[str], half: tuple[str]
) -> None:
    """A command is its entries, the words and identities beside them, and what it erased."""
    found = held(Content(rows, frozenset(marks), ()), ["one", "two"], RUN)
    assert (found.asked, found.lost, found.half, found.wrong) == (2, lost, half, ())


def test_entries_of_nobody_and_faults_of_the_chain_are_wrong() -> None:
    """What the store's own check finds is kept, and an entry that the run never recorded is found."""
    found = held(Content((*ROWS, ("three", 4)), frozenset({NAME}), ("ledger.gap",)), ["one"], RUN)
    assert found.wrong == ("ledger.gap", "entries nobody recorded")


# Toys under strace ------------------------------------------------------------------------------------------

TOY = """
import os, sys
way, folder = sys.argv[1:]
path = folder + "/records"
file = os.open(path, os.O_RDWR | os.O_CREAT)
names = os.open(folder, os.O_RDONLY)
if way != "no folder":
    os.fsync(names)
for number in range(20):
    record, said = bytes([65 + number]) * 1024, b"recorded %d\\n" % number
    if way == "by renaming":
        other = os.open(path + "-new", os.O_RDWR | os.O_CREAT)
        os.pwrite(other, b"".join(bytes([65 + each]) * 1024 for each in range(number + 1)), 0)
        os.close(other)
        os.rename(path + "-new", path)
        os.fsync(names)
        os.write(1, said)
        continue
    os.pwrite(file, record, 1024 * number)
    if way == "early":
        os.write(1, said)
    if way != "never":
        os.fdatasync(file)
    if way != "early":
        os.write(1, said)
"""
"""Writes 20 records of two sectors each; ``good`` says so when they are there, the others do not quite."""


def seen(way: str, folder: Path) -> list[tuple[int, int]]:
    """Per image how many acknowledged records are not there whole, and how many records are there in part."""
    steps = traced(Path(STRACE or "strace"), [sys.executable, "-c", TOY, way, str(folder)], folder)
    measure.agree(steps, folder)
    return [missing(each) for each in images(steps, str(folder.resolve()), seed=5, of_each=30)]


def missing(image: Image) -> tuple[int, int]:
    content = image.files.get("records", b"")
    records = [bytes([65 + number]) * 1024 for number in range(20)]
    parts = [content[1024 * number : 1024 * number + 1024] for number in range(20)]
    lost = sum(records[int(each.split()[1])] != parts[int(each.split()[1])] for each in image.said)
    return lost, sum(
        part != record and record[0] in part for part, record in zip(parts, records, strict=True)
    )


@watched
def test_a_good_toy_loses_nothing_and_tears_what_it_had_not_acknowledged(tmp_path: Path) -> None:
    """Synced before it is acknowledged: never lost; without a journal: sometimes half-written."""
    found = seen("good", tmp_path)
    assert len(found) > 50
    assert sum(lost for lost, _ in found) == 0
    assert sum(half for _, half in found) > 0


@watched
@pytest.mark.parametrize("way", ["early", "never", "no folder", "by renaming"])
def test_a_toy_that_promises_too_much_is_caught(way: str, tmp_path: Path) -> None:
    """Acknowledged before the sync, without one, without the folder's, or renamed without any: lost."""
    assert sum(lost for lost, _ in seen(way, tmp_path)) > 0


@watched
def test_a_program_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    """A writer that ends with an error is no run to judge a store by."""
    with pytest.raises(RuntimeError, match="what went wrong"):
        traced(
            Path(STRACE or "strace"), [sys.executable, "-c", "raise SystemExit('what went wrong')"], tmp_path
        )


def test_a_trace_that_leads_to_other_files_is_refused(tmp_path: Path) -> None:
    """The steps must lead to the very bytes that the program left on the disk."""
    (tmp_path / "file").write_bytes(b"x")
    path = str(tmp_path.resolve() / "file")
    steps: list[Step] = [Open(path, False, 0, 0), Write(path, 0, b"x", 1, 1)]
    measure.agree(steps, tmp_path)
    with pytest.raises(Unreadable):
        measure.agree(steps[:1], tmp_path)


# The store itself -------------------------------------------------------------------------------------------


@watched
@pytest.mark.slow
def test_the_store_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """A short run of ``validation.power_failure``: nothing is lost, in part or unsound."""
    run = measure.watch(Path(STRACE or "strace"), tmp_path / "run", "FULL", commands=45)
    found = measure.replay(run, tmp_path / "images", of_each=12)
    assert found.images > 80
    assert found.asked > 1000
    assert (found.lost, found.half, found.wrong) == (0, 0, 0)


@watched
@pytest.mark.slow
def test_the_same_run_with_another_setting_loses_what_it_acknowledged(tmp_path: Path) -> None:
    """With ``synchronous=NORMAL`` the replay finds acknowledged commands that are gone."""
    run = measure.watch(Path(STRACE or "strace"), tmp_path / "run", "NORMAL", commands=45)
    assert measure.replay(run, tmp_path / "images", of_each=12).lost > 0


def test_without_strace_the_witness_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a user's machine that is no failure; with CI set it is one."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    assert measure.main() == 0
    assert "strace is missing" in capsys.readouterr().out.replace(" (Debian: strace)", "")
    monkeypatch.setenv("CI", "1")
    assert measure.main() == 1
