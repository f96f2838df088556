"""How a database is named, and the settings it runs under."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.conftest import Fresh
from tests.store.ledgers import refused

from myelos.store.keeper import Keeper
from myelos.store.settings import database


def test_a_path_is_a_sqlite_file_wherever_one_goes_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is made absolute at once, and is never read as an address with options."""
    monkeypatch.chdir(tmp_path)
    for name in ("trials.db", "file:trials.db?mode=ro", ":memory:"):
        made = database(name)
        assert (made["ENGINE"], made["NAME"]) == ("django.db.backends.sqlite3", str(tmp_path / name))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://host/trials", ("", "", "host", "", "trials")),
        ("postgres://user@host:5433/trials", ("user", "", "host", "5433", "trials")),
        ("postgresql://u%40x:p%2Fq@Host/my%20trials", ("u@x", "p/q", "Host", "", "my trials")),
        ("postgresql:///trials", ("", "", "", "", "trials")),
        ("postgresql://user@%2Frun%2FPostgreSQL/trials", ("user", "", "/run/PostgreSQL", "", "trials")),
        ("postgresql://user@[::1]:5433/trials", ("user", "", "::1", "5433", "trials")),
    ],
)
def test_an_address_names_a_postgresql_database(address: str, expected: tuple[str, ...]) -> None:
    """User, password, host (or the folder of a socket, whose letters keep their case), port, name."""
    made = database(address)
    assert made["ENGINE"] == "django.db.backends.postgresql"
    assert tuple(made[each] for each in ("USER", "PASSWORD", "HOST", "PORT", "NAME")) == expected


def test_what_an_address_asks_for_is_never_dropped() -> None:
    """Whoever asks for a checked certificate gets one, or is told that this is not known."""
    options = database("postgresql://host/trials?sslmode=verify-full&sslrootcert=/ca.pem")["OPTIONS"]
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/ca.pem")
    with refused("unknown-setting"):
        database("postgresql://host/trials?sslmode=verify-full&sslmod=require")


@pytest.mark.parametrize(
    "address",
    ["mysql://host/trials", "postgresql://host/", "postgresql://host:port/trials", "postgresql://[::1/trials"],
)  # fmt: skip
def test_an_address_of_another_kind_is_told(address: str) -> None:
    """Another database, no name, a port that is no number, a broken host."""
    with refused("no-such-database"):
        database(address)


def test_sqlite_runs_under_the_settings_that_lose_nothing(sqlite: Path) -> None:
    """WAL, a wait for the disk at each commit, REPLACE that asks the triggers, erasing that overwrites."""
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1,
               "secure_delete": 1, "busy_timeout": 20_000}  # fmt: skip
    keeper = Keeper()
    assert {name: keeper._execute(f"PRAGMA {name}")[0][0] for name in pragmas} == pragmas


@pytest.mark.postgresql
def test_postgresql_runs_under_the_settings_that_lose_nothing(fresh: Fresh) -> None:
    """A wait for the disk at each commit, a lock that ends, and each statement sees what others recorded."""
    keeper = Keeper(fresh("postgresql"))
    wanted = {"synchronous_commit": "on", "lock_timeout": "20s", "transaction_isolation": "read committed"}
    assert {name: keeper._execute(f"SHOW {name}")[0][0] for name in wanted} == wanted
