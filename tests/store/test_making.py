"""A record is made whole or not at all, and never over something. Synthetic."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import tests.store.databases  # noqa: F401 - sets Django up
from django.core.management import call_command
from django.db import connections
from tests.cli.typed import ADMIN, cheap, myelos
from tests.store.databases import APPLICATION, OWNER, Cluster, opened
from tests.store.ledgers import refused, told
from validation.power_failure.images import images
from validation.power_failure.trace import traced

from myelos.findings import Refused
from myelos.store import check_backup, make_store, making, open_store, prepare_database, refuse_first
from myelos.store.door import Door
from myelos.store.opening import look

STRACE = shutil.which("strace")
watched = pytest.mark.skipif(STRACE is None and not os.environ.get("CI"), reason="strace is not installed")
GOOD = "tall grey heron 41"


@pytest.fixture(autouse=True)
def _closed() -> Any:
    yield
    connections["default"].close()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# A file -----------------------------------------------------------------------------------------------------


def test_a_record_is_a_file_and_its_secret_that_only_their_owner_reads(tmp_path: Path) -> None:
    """Nothing else is left beside them; SQLite's own files have the same mode."""
    path = tmp_path / "record.sqlite"
    door = make_store(path)
    assert {"record.sqlite", "record.sqlite.key"} <= set(names(tmp_path))
    assert not [each for each in names(tmp_path) if each.startswith(".")]
    door.create_first_account("admin", "Made Up", GOOD)
    assert {mode(each) for each in tmp_path.iterdir()} == {0o600}
    assert open_store(path).sign_in("admin", GOOD).account == "admin"


@pytest.mark.parametrize("what", ["a record", "a file", "a folder", "a link to nowhere"])
def test_nothing_is_made_over_something(tmp_path: Path, what: str) -> None:
    """What is there stays as it is, and no secret is put beside it."""
    path = tmp_path / "record.sqlite"
    match what:
        case "a record":
            make_store(path).create_first_account("admin", "Made Up", GOOD)
            connections["default"].close()
        case "a file":
            path.write_text("something else", "utf-8")
        case "a folder":
            path.mkdir()
        case _:
            path.symlink_to(tmp_path / "nowhere")
    before = names(tmp_path), path.read_bytes() if path.is_file() else None
    with refused("there-already"):
        make_store(path)
    made = [each for each in names(tmp_path) if each not in before[0]]
    assert made in ([], ["record.sqlite.key"])
    assert before[1] == (path.read_bytes() if path.is_file() else None)


def test_where_nothing_can_be_made_it_is_told(tmp_path: Path) -> None:
    """A folder that is not there, a file in the place of one, a name that is too long."""
    (tmp_path / "file").write_text("", "utf-8")
    for path in (tmp_path / "no" / "folder", tmp_path / "file" / "record", tmp_path / ("x" * 300)):
        with refused("cannot-open"):
            make_store(path)
    assert names(tmp_path) == ["file"]


def test_two_who_make_one_record_make_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second is told, and the first one's record stays."""
    path = tmp_path / "record.sqlite"
    migrate = making._migrate

    def meanwhile(alias: str) -> None:
        migrate(alias)
        path.write_text("the other one's", "utf-8")

    monkeypatch.setattr(making, "_migrate", meanwhile)
    with refused("there-already"):
        make_store(path)
    assert path.read_text("utf-8") == "the other one's"
    assert names(tmp_path) == ["record.sqlite", "record.sqlite.key"]


def test_a_making_that_fails_leaves_nothing_under_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stops it, at the last moment."""

    def stopped(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "_synced", stopped)
    making_ = tmp_path / "made"
    making_.mkdir()
    with refused("cannot-open"):
        making.make(making_ / "record.sqlite")
    assert names(making_) == []


def test_each_record_is_believed_by_its_own_secret(tmp_path: Path) -> None:
    """Of two that one process opens, one after the other."""
    from django.conf import settings

    first, second = tmp_path / "first", tmp_path / "second"
    make_store(first)
    one = settings.SECRET_KEY
    make_store(second)
    two = settings.SECRET_KEY
    open_store(first)
    assert (settings.SECRET_KEY, making.key_of(first), making.key_of(second)) == (one, one, two)
    assert one != two


# Half made --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", ["0001", "none", "tables"])
def test_a_half_made_file_is_refused(tmp_path: Path, steps: str) -> None:
    """With some of the migrations, with none, with the tables and nobody's word that they are whole."""
    path = tmp_path / "record.sqlite"
    if steps == "0001":
        call_command("migrate", "store", "0001", database=opened("half", path), verbosity=0)
        connections["half"].close()
    else:
        with sqlite3.connect(path) as driver:
            if steps == "tables":
                driver.execute("CREATE TABLE store_entry (trial text)")
                driver.execute("CREATE TABLE store_words (trial text)")
    before = path.read_bytes()
    with refused("earlier-store" if steps == "0001" else "not-a-store"):
        open_store(path)
    with refused("there-already"):
        make_store(path)
    assert path.read_bytes() == before


_MAKE = """
import os, sys
os.link = os.replace  # the model of a disk knows renames; the name comes as late
from myelos.store.settings import configure
configure(sys.argv[1], "a secret of the tests")
from myelos.store.making import make
make(sys.argv[1])
"""
_STRAIGHT = """
import sys
from myelos.store.settings import configure
configure(sys.argv[1], "a secret of the tests")
from django.core.management import call_command
from django.db import connections
call_command("migrate", verbosity=0)
connections["default"].close()
"""


def after_power_failures(folder: Path, program: str, of_each: int) -> list[str]:
    """What becomes of a record whose making is cut off, image by image: none, whole, or why it is refused."""
    (made := folder / "made").mkdir(parents=True)
    path = made / "record.sqlite"
    steps = traced(Path(str(STRACE)), [sys.executable, "-c", program, str(path)], made)
    found = []
    for number, image in enumerate(images(steps, str(made.resolve()), 5, of_each)):
        image.write(folder / str(number))
        found.append(_state(folder / str(number) / "record.sqlite"))
        shutil.rmtree(folder / str(number))
    return found


def _state(path: Path) -> str:
    if not path.exists():
        return "none"
    try:
        look(path)
        return "whole" if Door(_trials(path)).keeper.trials() == () else "strange"
    except Refused as error:
        return told(error)[0]
    finally:
        connections["image"].close()


def _trials(path: Path) -> Any:
    from myelos.store.keeper import Keeper
    from myelos.store.trials import Trials

    return Trials(Keeper(opened("image", path)))


@watched
@pytest.mark.slow
def test_the_power_fails_while_a_record_is_made(tmp_path: Path) -> None:
    """There is none, or a whole one. Made straight under its name, a half-made one is refused."""
    opened("image", tmp_path / "none")
    found = after_power_failures(tmp_path / "by-link", _MAKE, 60)
    assert set(found) == {"none", "whole"}
    assert len(found) > 100
    straight = after_power_failures(tmp_path / "straight", _STRAIGHT, 30)
    assert set(straight) & {"earlier-store", "not-a-store"}
    assert "strange" not in straight


# Before there is anything -----------------------------------------------------------------------------------


def test_what_speaks_against_a_first_account_is_told_before_a_record_is_made(tmp_path: Path) -> None:
    """And what is wrong with a backup is, too: a refusal leaves no empty record behind."""
    path = tmp_path / "record.sqlite"
    with pytest.raises(Refused) as raised:
        refuse_first(path, "a b", "Made Up", "short")
    assert {each.code for each in raised.value.findings} == {"shapes.wrong-form", "store.password-short"}
    refuse_first(path, "admin", "Made Up", GOOD)
    (tmp_path / "no.zip").write_text("no backup", "utf-8")
    for file in ("no.zip", "nowhere.zip"):
        with pytest.raises(Refused):
            check_backup(path, tmp_path / file)
    assert names(tmp_path) == ["no.zip"]


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        (lambda path: path, "no-such-file"),
        (lambda path: path.parent, "cannot-open"),
        (lambda path: path.parent / "text", "not-a-store"),
        (lambda path: "mysql://host/name", "no-such-database"),
        (lambda path: "postgresql://host", "no-such-database"),
        (lambda path: "postgresql://host/" + "x" * 64, "no-such-database"),
        (
            lambda path: f"postgresql://nobody:tall-grey@{quote(str(path.parent), safe='')}/none",
            "cannot-open",
        ),
    ],
)
def test_what_is_no_record_is_refused_in_words(
    tmp_path: Path, bent: Callable[[Path], Any], code: str
) -> None:
    """And a password that stands in an address is told to nobody."""
    (tmp_path / "text").write_text("something else, and long enough to be read as a page\n" * 20, "utf-8")
    with pytest.raises(Refused) as raised:
        open_store(bent(tmp_path / "none.sqlite"))
    assert told(raised.value) == [code]
    assert "tall-grey" not in f"{raised.value}{raised.value.findings}"


# PostgreSQL -------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_database_of_postgresql_s_is_prepared_by_its_owner_for_somebody_else(cluster: Cluster) -> None:
    """The application can open it, record and read; prepared again, as after an update, nothing is lost."""
    cluster.run("CREATE DATABASE prepared")
    address = cluster.address("prepared", OWNER)
    prepare_database(address, APPLICATION)
    door = open_store(cluster.address("prepared"))
    door.create_first_account("admin", "Made Up", GOOD)
    head = door.head("accounts")
    connections["default"].close()
    prepare_database(address, APPLICATION)
    assert open_store(cluster.address("prepared")).head("accounts") == head
    with refused("there-already"):
        make_store(address)
    connections["default"].close()
    cluster.drop("prepared")


@pytest.mark.postgresql
def test_a_record_of_postgresql_s_is_made_and_used_from_the_command_line(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner prepares, everybody else works under the application's role; no address is told."""
    cheap(monkeypatch, tmp_path)
    cluster.run("CREATE DATABASE typed")
    owner, application = cluster.address("typed", OWNER), cluster.address("typed")
    early = myelos("account", "first", "admin", "--name", "Made Up", "-d", application, typed=ADMIN)
    assert (early.status, early.err.startswith("error: this is no record of trials")) == (2, True)
    done = myelos("database", "prepare", owner, "--application-role", APPLICATION)
    assert done.err == f"typed is prepared; {APPLICATION} may add entries and read them.\n"
    monkeypatch.setenv("MYELOS_DATABASE", application)
    made = myelos("account", "first", "admin", "--name", "Made Up", typed=ADMIN)
    assert (made.status, made.err) == (0, "admin administers typed.\n")
    assert "admin" in myelos("account", "list", "--as", "admin", typed=ADMIN).out
    assert myelos("trial", "verify", "accounts").out.startswith("accounts: 3 entries")
    cluster.drop("typed")


@pytest.mark.postgresql
def test_a_database_that_is_something_else_s_is_never_prepared(cluster: Cluster) -> None:
    """Nor one for a role that does not exist or could undo it; and a file needs none."""
    cluster.run("CREATE DATABASE others")
    cluster.run("CREATE TABLE auth_user (id int)", "others")
    with refused("there-already"):
        prepare_database(cluster.address("others", OWNER), APPLICATION)
    assert cluster.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "others") == [(1,)]
    cluster.drop("others")
    cluster.run("CREATE DATABASE prepared")
    for role, code in (("ghost", "no-such-role"), (OWNER, "role-superuser")):
        with refused(code):
            prepare_database(cluster.address("prepared", OWNER), role)
    with refused("needs-no-preparing"):
        prepare_database("record.sqlite", APPLICATION)
    connections["default"].close()
    cluster.drop("prepared")


def test_a_record_is_made_by_a_program_of_its_own(tmp_path: Path) -> None:
    """From nothing set up, as the command line does."""
    program = (
        "import sys; from myelos.store import make_store; print(make_store(sys.argv[1]).keeper.trials())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "record.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "()\n"), done.stderr
