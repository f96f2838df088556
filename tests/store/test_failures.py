"""When a database cannot record or be read: nothing of the command is there, and the caller is told why."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connections
from tests.ledger.kept import NAME
from tests.store.conftest import Fresh
from tests.store.databases import Cluster, opened
from tests.store.ledgers import BOOK, begun, put, refused

from myelos.ledger import Head
from myelos.store import failures, settings
from myelos.store.keeper import Keeper


def everything(keeper: Keeper) -> tuple[Head, int]:
    return keeper.head(NAME), len(keeper.every_word(NAME))


def half(keeper: Keeper) -> tuple[Head, int]:
    """Record the beginning of a ledger; the rest is for a test to fail at."""
    kept = begun(200)
    with keeper.writing(NAME) as writer:
        writer.add(
            NAME,
            kept.rows[:26],
            [each for each in kept.words.values() if each.reference in kept.rows[25].text],
        )
    return everything(keeper)


def rest(keeper: Keeper) -> None:
    """Record the rest, in one transaction."""
    kept = begun(200)
    later = {row.text for row in kept.rows[26:]}
    words = [each for each in kept.words.values() if any(each.reference in text for text in later)]
    with keeper.writing(NAME) as writer:
        writer.add(NAME, kept.rows[26:], words)


# Full -------------------------------------------------------------------------------------------------------


def test_a_full_database_records_nothing_of_the_command(sqlite: Path) -> None:
    """The disk is full in the middle of a command: none of it is there; with room again it is recorded."""
    keeper = Keeper()
    before = half(keeper)
    pages = keeper._execute("PRAGMA page_count")[0][0]
    keeper._execute(f"PRAGMA max_page_count={pages + 5}")
    with refused("disk-full"):
        rest(keeper)
    assert everything(keeper) == before
    keeper._execute("PRAGMA max_page_count=1000000")
    rest(keeper)
    assert keeper.head(NAME) == begun(200).snapshot.head


ALONE = """
import os, resource, signal, sys
import tests.conftest  # Django is set up there, as for every test
from django.db import connections
from tests.store.databases import opened
from tests.store.ledgers import BOOK
from tests.store.test_failures import rest
from myelos.findings import Refused
from myelos.store.keeper import Keeper

path, spare, limit = sys.argv[1:]
rest(Keeper(opened("default", spare)))  # so that all is imported that will be needed
connections["default"].close()
if limit != "none":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
elif os.geteuid() == 0:  # who may write everywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    rest(Keeper(opened("default", path)))
except Refused as refused:
    print(*(each.code for each in refused.findings))
    assert all(BOOK.tell(each) for each in refused.findings)
"""


def alone(path: Path, spare: Path, limit: int | str = "none") -> str:
    """What is told when the rest is recorded by a process that may do less than this one."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(path), str(spare), str(limit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def spare(fresh: Fresh, tmp_path: Path) -> Path:
    """Another database with the beginning of a ledger."""
    half(Keeper(fresh("sqlite", "spare")))
    connections["spare"].close()
    return tmp_path / "spare.db"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX systems")
def test_a_file_that_may_not_grow_records_nothing_of_the_command(sqlite: Path, spare: Path) -> None:
    """A quota ends a write in its middle: none of the command is there, and the caller is told."""
    before = half(Keeper())
    connections["default"].close()
    quota = 100_000  # bytes of a file: the command's log has more
    assert alone(sqlite, spare, quota) in ("store.disk-failed", "store.disk-full")
    assert everything(Keeper()) == before
    assert list(Keeper().verify(NAME, before[0])) == []
    rest(Keeper())
    assert Keeper().head(NAME) == begun(200).snapshot.head


# Read-only --------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(sqlite: Path) -> Iterator[Path]:
    """The beginning of a ledger in a folder that any account of this machine can reach."""
    half(Keeper())
    connections["default"].close()
    folder = Path(tempfile.mkdtemp(prefix="shared-"))
    folder.chmod(0o777)
    path = Path(shutil.copy(sqlite, folder / "trials.db"))
    path.chmod(0o666)
    yield path
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX systems")
@pytest.mark.parametrize(
    ("file", "folder", "told"),
    [
        (0o444, 0o777, ["store.read-only"]),
        (0o444, 0o555, ["store.read-only", "store.cannot-open"]),
        (0o666, 0o555, ["store.read-only", "store.cannot-open"]),
        (0o000, 0o777, ["store.cannot-open"]),
        (0o666, 0o000, ["store.cannot-open", "store.no-such-file"]),
    ],
)
def test_what_may_not_be_written_records_nothing(
    elsewhere: Path, spare: Path, file: int, folder: int, told: list[str]
) -> None:
    """A read-only file, folder, or one that may not even be seen: nothing is recorded, and it is told."""
    before = elsewhere.read_bytes()
    elsewhere.chmod(file)
    elsewhere.parent.chmod(folder)
    assert alone(elsewhere, spare) in told
    elsewhere.parent.chmod(0o777)
    assert elsewhere.read_bytes() == before


def test_a_connection_that_may_only_read_is_told_so(sqlite: Path) -> None:
    """The database itself says that it is read-only: nothing is recorded."""
    keeper = Keeper()
    before = half(keeper)
    keeper._execute("PRAGMA query_only=ON")
    with refused("read-only"):
        rest(keeper)
    assert everything(keeper) == before


# Locked -----------------------------------------------------------------------------------------------------


def test_a_lock_that_is_never_released_is_told(
    kind: str, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited too long for another writer is told to try again; nothing of theirs is there."""
    monkeypatch.setattr(settings, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(settings, "POSTGRESQL", settings.POSTGRESQL.replace("20000", "200"))
    keeper = Keeper(fresh(kind))
    before = half(keeper)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with keeper.writing(NAME):
            held.set()
            done.wait(20)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        with refused("busy"):
            rest(keeper)
        assert everything(keeper) == before
    finally:
        done.set()
        thread.join(10)
    rest(keeper)


# No store at all --------------------------------------------------------------------------------------------


def read_one_moment(keeper: Keeper) -> Head:
    with keeper.reading():
        return keeper.head(NAME)


ASKED: dict[str, Callable[[Keeper], object]] = {
    "head": lambda keeper: keeper.head(NAME),
    "trials": lambda keeper: keeper.trials(),
    "rows": lambda keeper: list(keeper.rows(NAME)),
    "verify": lambda keeper: list(keeper.verify(NAME)),
    "words": lambda keeper: keeper.words(NAME),
    "every_word": lambda keeper: keeper.every_word(NAME),
    "of_command": lambda keeper: keeper.of_command(NAME, "c-1", 1),
    "reading": lambda keeper: read_one_moment(keeper),
    "writing": lambda keeper: put(keeper, begun()),
}


@pytest.fixture(params=ASKED.values(), ids=ASKED)
def asked(request: pytest.FixtureRequest) -> Callable[[Keeper], object]:
    """Whatever may be asked of a keeper."""
    return request.param  # type: ignore[no-any-return]


def test_a_missing_file_is_told_and_not_made(tmp_path: Path, asked: Callable[[Keeper], object]) -> None:
    """A misspelt name makes no empty database."""
    path = tmp_path / "misspelt.db"
    with refused("no-such-file"):
        asked(Keeper(opened("default", path)))
    assert list(tmp_path.iterdir()) == []


def a_text(path: Path) -> None:
    path.write_text("This is a letter, and no database at all.\n" * 100)


def a_few_bytes(path: Path) -> None:
    path.write_bytes(b"SQLite")


def nothing(path: Path) -> None:
    path.touch()


def a_foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE addresses (name text)")
    file.close()


def a_foreign_application(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE django_migrations (app text, name text)")
    file.close()


@pytest.mark.parametrize("make", [a_text, a_few_bytes, nothing, a_foreign_database, a_foreign_application])
def test_a_foreign_file_is_told_and_left_as_it_is(
    tmp_path: Path, asked: Callable[[Keeper], object], make: Callable[[Path], None]
) -> None:
    """A text, an empty file, another program's database: not one byte of it is changed."""
    path = tmp_path / "foreign.db"
    make(path)
    before = path.read_bytes()
    with refused("not-a-store"):
        asked(Keeper(opened("default", path)))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_database(tmp_path: Path, asked: Callable[[Keeper], object]) -> None:
    """The name of a folder is told to be none."""
    with refused("cannot-open"):
        asked(Keeper(opened("default", tmp_path)))


def test_a_database_of_a_later_software_is_not_touched(
    sqlite: Path, asked: Callable[[Keeper], object]
) -> None:
    """What a later software prepared may mean something else: it is told, and nothing is guessed."""
    half(Keeper())
    connections["default"].close()
    with sqlite3.connect(sqlite) as file:
        file.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('store', '0999_later', 'x')")
    file.close()
    before = sqlite.read_bytes()
    with refused("later-store"):
        asked(Keeper(opened("default", sqlite)))
    assert sqlite.read_bytes() == before


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_database_is_told(sqlite: Path, kept: float) -> None:
    """A copy that broke off is refused or found by verifying, never read as if it were whole."""
    put(Keeper(), begun(200))
    connections["default"].close()
    content = sqlite.read_bytes()
    sqlite.write_bytes(content[: int(len(content) * kept)])
    keeper = Keeper(opened("default", sqlite))
    with refused("damaged"):
        found = list(keeper.verify(NAME, begun(200).snapshot.head))
        pytest.fail(f"verified: {found}")


def test_an_edited_database_is_told(sqlite: Path) -> None:
    """A text changed in the file itself, past SQLite: verification finds it at its row."""
    put(Keeper(), begun())
    connections["default"].close()
    content = sqlite.read_bytes()
    row = begun().rows[9]
    assert content.count(row.text.encode()) == 1
    sqlite.write_bytes(content.replace(row.text.encode(), row.text.replace("sapporo", "otaru--").encode()))
    found = list(Keeper(opened("default", sqlite)).verify(NAME))
    assert ("ledger.altered", 10) in [(each.code, each.place.row) for each in found]
    assert all(BOOK.tell(each, language) for each in found for language in ("en", "ja"))


# PostgreSQL -------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://application@%2Fno%2Fsuch%2Ffolder/test", "cannot-open"),
        ("{}/no_such_database", "cannot-open"),
        ("{}/postgres", "not-a-store"),
    ],
)
def test_a_server_or_a_database_that_is_not_there_is_told(
    cluster: Cluster, asked: Callable[[Keeper], object], address: str, code: str
) -> None:
    """No server, no database, a database that was never prepared."""
    keeper = Keeper(opened("default", address.format(cluster.address("").rstrip("/"))))
    with refused(code):
        asked(keeper)
    connections["default"].close()


@pytest.mark.postgresql
def test_a_table_that_cannot_grow_is_told(fresh: Fresh, cluster: Cluster) -> None:
    """A limit of the server's in the middle of a command: none of it is there."""
    keeper = Keeper(fresh("postgresql"))
    before = half(keeper)
    keeper._execute("SET default_transaction_read_only = on")
    with refused("read-only"):
        rest(keeper)
    keeper._execute("SET default_transaction_read_only = off")
    assert everything(keeper) == before


SAID = {
    'could not extend file "base/1/2": No space left on device': "disk-full",
    "could not write to file: Disk quota exceeded": "disk-failed",
    "canceling statement due to lock timeout": "busy",
    "cannot execute INSERT in a read-only transaction": "read-only",
    "permission denied for table store_entry": "read-only",
    'connection failed: connection to server at "h", port 5432 failed: Connection refused': "cannot-open",
    "server closed the connection unexpectedly": "lost",
    "invalid page in block 3 of relation base/1/2": "damaged",
    "database disk image is malformed": "damaged",
    "disk I/O error": "disk-failed",
    "something nobody knows": "failed",
}


@pytest.mark.parametrize(("said", "code"), SAID.items())
def test_what_a_database_says_has_words_of_ours(said: str, code: str) -> None:
    """Each is told in both languages with the database's own words beside it, on one line."""
    with refused(code), failures.told("trial"):
        raise DatabaseError(said + "\nDETAIL: more")
    found = failures.finding(DatabaseError(said + "\nDETAIL: more"), "trial")
    if code not in ("no-such-file",):
        assert said in BOOK.tell(found)
