"""A fresh migrated database for each test: a SQLite file, and a database of PostgreSQL's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from tests.store.backups import take
from tests.store.databases import Cluster, opened, programs

from myelos.store.keeper import Keeper

Fresh = Callable[..., str]
"""``fresh(kind, alias)``: let an alias stand for a fresh database, ``sqlite`` or ``postgresql``."""

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for as long as the tests run (with -n, one for each worker)."""
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's server programs are missing, and CI must have them")
        pytest.skip("needs PostgreSQL's server programs (apt-get install postgresql)")
    made = Cluster.start(found)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and trigger, for others to be copies of."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    alias = opened("made", path)
    call_command("migrate", verbosity=0, database=alias)
    connections[alias].close()
    assert [each.name for each in path.parent.iterdir()] == ["empty.db"]  # nothing is left in a WAL
    return path


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """A maker of fresh databases."""
    made: list[str] = []
    dropped: list[Callable[[], None]] = []

    def make(kind: str, alias: str = "default") -> str:
        if kind == "sqlite":
            path = tmp_path / f"{alias}.db"
            shutil.copy(request.getfixturevalue("migrated"), path)
            made.append(opened(alias, path))
            return alias
        server: Cluster = request.getfixturevalue("cluster")
        name = server.new()
        dropped.append(lambda: server.drop(name))
        made.append(opened(alias, server.address(name)))
        return alias

    yield make
    for alias in made:
        connections[alias].close()
    for drop in dropped:
        drop()


@pytest.fixture(params=["sqlite", POSTGRESQL])
def kind(request: pytest.FixtureRequest) -> str:
    """Both kinds of database, one after the other."""
    return str(request.param)


@pytest.fixture
def alias(kind: str, fresh: Fresh) -> str:
    """A fresh database of either kind, as ``default``."""
    return fresh(kind)


@pytest.fixture
def keeper(alias: str) -> Keeper:
    """The keeper of a fresh database of either kind."""
    return Keeper(alias)


@pytest.fixture
def sqlite(fresh: Fresh, tmp_path: Path) -> Path:
    """The file of a fresh SQLite database, which ``default`` stands for."""
    return tmp_path / f"{fresh('sqlite')}.db"


@pytest.fixture
def taken(fresh: Fresh, tmp_path: Path) -> Path:
    """A backup with identities, and an empty database as ``default`` to put it into."""
    fresh("sqlite", "source")
    file = take("source", tmp_path)
    fresh("sqlite")
    return file
