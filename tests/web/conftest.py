"""A made record copied for each test, and the pages of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.sites import Served, cheap, make_record, serving


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record that others are copies of, made once."""
    path = tmp_path_factory.mktemp("made") / "record.sqlite"
    with pytest.MonkeyPatch.context() as monkeypatch:
        cheap(monkeypatch)
        make_record(path)
    return path


@pytest.fixture
def served(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The pages of a fresh copy of the record, at a clock that stands still."""
    cheap(monkeypatch)
    path = tmp_path / "record.sqlite"
    shutil.copy(made, path)
    shutil.copy(f"{made}.key", f"{path}.key")
    with serving(path) as served:
        yield served
