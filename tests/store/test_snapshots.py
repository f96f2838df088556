"""A snapshot kept beside a ledger equals its fold; it is believed only when it is ours and of this ledger."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from tests.ledger.kept import NAME, twenty
from tests.store.ledgers import begun, put

from myelos.ledger import Snapshot, fold
from myelos.store import snapshots
from myelos.store.keeper import Keeper


def ask(keeper: Keeper, statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with connections[keeper.alias].cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall()) if cursor.description else []


def keep(keeper: Keeper, snapshot: Snapshot) -> None:
    with keeper.writing(NAME):
        snapshots.keep(keeper.alias, snapshot)


@pytest.mark.slow
def test_a_snapshot_kept_equals_a_full_fold(keeper: Keeper) -> None:
    """The whole worked trial: what is read back is what its entries add up to, here and halfway."""
    kept = twenty()
    put(keeper, kept)
    half = fold(Snapshot(NAME), kept.rows[:400], kept.texts)
    keep(keeper, half)
    assert snapshots.kept(keeper.alias, NAME) == half
    rest = keeper.rows(NAME, after=half.seq)
    assert fold(half, rest, kept.texts) == kept.snapshot
    keep(keeper, kept.snapshot)
    found = snapshots.kept(keeper.alias, NAME)
    assert found == kept.snapshot == fold(Snapshot(NAME), keeper.rows(NAME), keeper.words(NAME))


def test_a_trial_without_a_snapshot_has_none(keeper: Keeper) -> None:
    """Nothing kept is nothing to believe."""
    put(keeper, begun())
    assert snapshots.kept(keeper.alias, NAME) is None


def test_an_older_snapshot_never_takes_the_place_of_a_newer(keeper: Keeper) -> None:
    """Two processes keep theirs in any order; the newer one stays."""
    kept = begun()
    put(keeper, kept)
    keep(keeper, kept.snapshot)
    keep(keeper, fold(Snapshot(NAME), kept.rows[:5]))
    assert snapshots.kept(keeper.alias, NAME) == kept.snapshot


def test_a_snapshot_of_another_ledger_is_not_believed(keeper: Keeper) -> None:
    """Its digest must be that of the entry it stands after."""
    kept = begun()
    put(keeper, kept)
    keep(keeper, replace(kept.snapshot, digest="f" * 64))
    assert snapshots.kept(keeper.alias, NAME) is None
    ask(keeper, "DELETE FROM store_kept")
    keep(keeper, replace(kept.snapshot, seq=kept.snapshot.seq + 1))
    assert snapshots.kept(keeper.alias, NAME) is None


def test_a_snapshot_of_another_secret_or_software_is_not_believed(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot vouch for it with this installation's secret and this software's text did not make it."""
    kept = begun()
    put(keeper, kept)
    keep(keeper, kept.snapshot)
    with monkeypatch.context() as changed:
        changed.setattr(settings, "SECRET_KEY", "another secret")
        assert snapshots.kept(keeper.alias, NAME) is None
    with monkeypatch.context() as changed:
        changed.setattr(snapshots, "_FORM", "0" * 64)
        assert snapshots.kept(keeper.alias, NAME) is None
    with monkeypatch.context() as changed:
        changed.setattr(snapshots, "__version__", "999")
        assert snapshots.kept(keeper.alias, NAME) is None
    assert snapshots.kept(keeper.alias, NAME) == kept.snapshot


def test_a_snapshot_that_was_edited_is_not_believed(keeper: Keeper) -> None:
    """One byte of its state, or its trial, changed in the database: the code no longer vouches for it."""
    kept = begun()
    put(keeper, kept)
    keep(keeper, kept.snapshot)
    ((state,),) = ask(keeper, "SELECT state FROM store_kept")
    edited = bytes(state).replace(b"sapporo", b"otaru--")
    assert edited != bytes(state)
    ask(keeper, "UPDATE store_kept SET state = %s", edited)
    assert snapshots.kept(keeper.alias, NAME) is None


class Malicious:
    """What a pickle can do that was made to do harm."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("vouched", [False, True])
def test_a_malicious_pickle_is_refused(
    keeper: Keeper, tmp_path: Path, vouched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even with the right code (a secret was stolen) nothing but values of ours is made from it."""
    kept, made = begun(), tmp_path / "made"
    put(keeper, kept)
    keep(keeper, kept.snapshot)
    state = pickle.dumps(Malicious(made))
    code = snapshots._code(NAME, state) if vouched else "0" * 64
    ask(keeper, "UPDATE store_kept SET state = %s, code = %s", state, code)
    assert snapshots.kept(keeper.alias, NAME) is None
    assert not made.exists()


REFUSED = (
    b"cos\nsystem\n(S'true'\ntR.",
    b"cbuiltins\neval\n(S'1'\ntR.",
    b"cmyelos.store.snapshots\npickle.loads\n(S'x'\ntR.",
    b"cmyelos.store.settings\nconfigure\n(S'x'\ntR.",
    b"cmyelos.ledger.snapshot\nfold\n.",
    b"cdatetime\nsys.modules\n.",
)


@pytest.mark.parametrize("state", REFUSED)
def test_only_values_are_unpickled(keeper: Keeper, state: bytes) -> None:
    """A function, even one of ours, is no value of a snapshot."""
    put(keeper, begun())
    keep(keeper, begun().snapshot)
    ask(keeper, "UPDATE store_kept SET state = %s, code = %s", state, snapshots._code(NAME, state))
    assert snapshots.kept(keeper.alias, NAME) is None
