"""PostgreSQL: a role that can only add, triggers that the owner meets too, one lock a trial."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections
from tests.ledger.kept import NAME, Kept, opened
from tests.store.conftest import Fresh
from tests.store.databases import APPLICATION, OWNER, Cluster
from tests.store.databases import opened as pointed
from tests.store.ledgers import begun, put, refused

from myelos.store.keeper import Keeper
from myelos.store.postgresql import prepare

pytestmark = pytest.mark.postgresql

TABLES = ("store_entry", "store_words")


@dataclass
class Held:
    """A database with the beginning of a trial in it, and a way to ask it anything as either role."""

    cluster: Cluster
    name: str
    kept: Kept

    def ask(self, user: str, *statements: str) -> Any:
        with self.cluster.connect(self.name, user) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def standing(cluster: Cluster) -> Iterator[Held]:
    name, kept = cluster.new(), begun()
    put(Keeper(pointed("held", cluster.address(name))), kept)
    yield Held(cluster, name, kept)
    connections["held"].close()
    cluster.drop(name)


@pytest.fixture
def held(standing: Held) -> Iterator[Held]:
    """The same for all that change nothing: afterwards the record is whole."""
    yield standing
    keeper, kept = Keeper("held"), standing.kept
    assert list(keeper.verify(NAME, kept.snapshot.head)) == []
    assert set(keeper.every_word(NAME)) == set(kept.words.values())


FORBIDDEN = (
    "UPDATE {} SET trial = 'other'",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} ADD COLUMN more text",
    "DROP TABLE {}",
    "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION store_refused()",
    "CREATE RULE mine AS ON INSERT TO {} DO INSTEAD NOTHING",
)
ENTRIES_ONLY = (
    "DELETE FROM store_entry",
    "SELECT * FROM store_entry FOR UPDATE",
    "CREATE TABLE mine (one int)",
    "CREATE TEMPORARY TABLE store_entry (trial text, seq bigint, digest text)",
    "CREATE OR REPLACE FUNCTION store_refused() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    f"SET ROLE {OWNER}",
    "SELECT * FROM django_migrations",
)  # fmt: skip
STATEMENTS = [*(each.format(table) for table in TABLES for each in FORBIDDEN), *ENTRIES_ONLY]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_application_may_only_add_to_the_record(held: Held, statement: str) -> None:
    """Whatever else the application's role tries with the record is not its to do."""
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        held.ask(APPLICATION, statement)


def test_the_application_may_erase_words_and_keep_all_else(held: Held) -> None:
    """What may have to be erased, or is about accounts, the application can write, change and remove."""
    assert held.ask(APPLICATION, "DELETE FROM store_words WHERE reference = 'none'") == []
    for table in ("store_personal", "store_kept", "auth_user", "auth_group", "auth_user_groups"):
        held.ask(APPLICATION, f"SELECT * FROM {table}", f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE store_entry SET why = 'other' WHERE seq = 1",
        "DELETE FROM store_entry WHERE seq = 3",
        "TRUNCATE store_entry",
        "TRUNCATE store_words",
        "UPDATE store_words SET text = 'other'",
        "INSERT INTO store_entry SELECT * FROM store_entry WHERE seq = 1",
        "INSERT INTO store_entry SELECT * FROM store_entry WHERE seq = 1"
        " ON CONFLICT (trial, seq) DO UPDATE SET why = 'other'",
    ],
)
@pytest.mark.requirement("AUD-02")
@pytest.mark.parametrize("role", ["origin", "replica", "local"])
def test_aud_02_the_owner_meets_the_triggers_too(held: Held, statement: str, role: str) -> None:
    """A superuser who owns the tables is refused by their triggers, also in the guise of a replica."""
    import psycopg

    with pytest.raises(psycopg.errors.RaiseException, match=r"never changed or removed|only added"):
        held.ask(OWNER, f"SET session_replication_role = {role}", statement)


def test_a_table_of_the_same_name_does_not_deceive_the_trigger(held: Held) -> None:
    """The trigger asks the record's own table, whatever table or function stands before it on the path."""
    import psycopg

    deceit = (
        "CREATE TEMPORARY TABLE store_entry (LIKE public.store_entry)",
        "INSERT INTO store_entry SELECT * FROM public.store_entry WHERE seq <= 2",
        "INSERT INTO public.store_entry SELECT trial, 3, command, kind, at, recorded_at, by, role, site, why,"
        " person, event, version, digest, digest, text FROM store_entry WHERE seq = 2",
    )
    with pytest.raises(psycopg.errors.RaiseException, match="only added"):
        held.ask(OWNER, *deceit)


@pytest.mark.parametrize(
    ("role", "code"),
    [("nobody_here", "no-such-role"), (OWNER, "role-superuser"), ("heir", "role-owns")],
)
def test_a_role_that_could_undo_it_is_not_given_the_record(
    cluster: Cluster, fresh: Fresh, role: str, code: str
) -> None:
    """A superuser, an owner and who may become one could lift every trigger: the application is neither."""
    fresh("postgresql")
    name = connections["default"].settings_dict["NAME"]
    owner = pointed("owner", cluster.address(name, OWNER))
    if not cluster.run("SELECT 1 FROM pg_roles WHERE rolname = 'heir'"):
        cluster.run(f"CREATE ROLE heir LOGIN IN ROLE {OWNER}")
    with refused(code):
        prepare(owner, role)
    connections[owner].close()


def test_preparing_again_changes_nothing(cluster: Cluster, fresh: Fresh) -> None:
    """After each migration the owner prepares again: the rights are the same, none is left from before."""
    fresh("postgresql")
    name = connections["default"].settings_dict["NAME"]
    rights = (
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        f" WHERE grantee = '{APPLICATION}' ORDER BY 1, 2"
    )
    before = cluster.run(rights, name)
    cluster.run(f"GRANT UPDATE, TRUNCATE ON store_entry TO {APPLICATION}", name)
    owner = pointed("owner", cluster.address(name, OWNER))
    prepare(owner, APPLICATION)
    connections[owner].close()
    assert cluster.run(rights, name) == before
    assert [right for table, right in before if table == "store_entry"] == ["INSERT", "SELECT"]
    assert [right for table, right in before if table == "store_words"] == ["DELETE", "INSERT", "SELECT"]


def test_two_writers_of_one_trial_wait_and_two_trials_do_not(fresh: Fresh) -> None:
    """One lock a trial: a second writer waits for the first, a writer of another trial for nobody."""
    keeper = Keeper(fresh("postgresql"))
    began = time.perf_counter()
    waited: dict[str, float] = {}

    def write(trial: str) -> None:
        with keeper.writing(trial):
            waited[trial] = time.perf_counter() - began
        connections.close_all()

    threads = [threading.Thread(target=write, args=(trial,)) for trial in ("one", "two")]
    with keeper.writing("one"):
        for thread in threads:
            thread.start()
        threads[1].join(10)
        assert list(waited) == ["two"]
        time.sleep(0.3)
        assert list(waited) == ["two"]
        released = time.perf_counter() - began
    threads[0].join(10)
    assert waited["two"] < released <= waited["one"]


def test_a_connection_cut_by_the_server_says_that_the_outcome_is_unknown(
    fresh: Fresh, cluster: Cluster
) -> None:
    """When the server goes away nobody knows what it recorded: this is told, and the next call works."""
    keeper, kept = Keeper(fresh("postgresql")), opened()
    name = connections["default"].settings_dict["NAME"]
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    with refused("lost"), keeper.writing(NAME) as writer:
        cluster.run(cut)
        writer.add(NAME, kept.rows)
    with keeper.writing(NAME) as writer:
        writer.add(NAME, kept.rows)
    assert keeper.head(NAME) == kept.snapshot.head
