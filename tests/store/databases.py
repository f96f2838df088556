"""Databases of the tests' own: SQLite files, and a PostgreSQL cluster that lives as long as the tests do."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connections

from myelos.store.postgresql import prepare
from myelos.store.settings import point

OWNER, APPLICATION = "owner", "application"
"""Who owns the tables, and who the application is: they are never the same."""

SERVER = {
    "listen_addresses": "", "fsync": "off", "shared_buffers": "32MB", "max_connections": "40",
    "autovacuum": "off", "log_min_messages": "error",
}  # fmt: skip
"""No network, and no wait for the disk: what a power failure leaves is another test's matter."""


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, Debian's newest first; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: -int(each.parent.name))
    on_path = shutil.which("postgres")
    found += [Path(on_path).resolve().parent] if on_path else []
    return next((each for each in found if (each / "initdb").exists() and (each / "postgres").exists()), None)


@dataclass
class Cluster:
    """A PostgreSQL server of the tests' own, on a socket in a folder of its own."""

    folder: Path
    process: subprocess.Popen[bytes]
    made: int = 0

    @classmethod
    def start(cls, bin_: Path) -> Cluster:
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        as_whom = _unprivileged(folder)
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        data = str(folder / "data")
        made = subprocess.run(
            [bin_ / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"],
            cwd=folder, env=environment, capture_output=True, text=True, check=False, **as_whom,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        settings = [part for name, value in SERVER.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_ / "postgres", "-D", data, "-k", str(folder), *settings],
                cwd=folder, env=environment, stdout=log, stderr=log, **as_whom,
            )  # fmt: skip
        cluster = cls(folder, process)
        try:
            cluster._wait()
            cluster._template()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def stop(self) -> None:
        """Stop the server that was started here, and nothing else."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)

    def address(self, name: str, user: str = APPLICATION) -> str:
        return f"postgresql://{user}@{quote(str(self.folder), safe='')}/{name}"

    def new(self, template: str = "template") -> str:
        """The name of a fresh database, with everything migrated and the application's role prepared."""
        self.made += 1
        name = f"test_{self.made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        self.prepare(name)
        return name

    def prepare(self, name: str) -> None:
        alias = opened("made", self.address(name, OWNER))
        prepare(alias, APPLICATION)
        connections[alias].close()

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str, name: str = "postgres", user: str = OWNER) -> list[Any]:
        """Run one statement by itself, and get its rows."""
        with self.connect(name, user) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def connect(self, name: str, user: str = OWNER) -> Any:
        import psycopg

        return psycopg.connect(host=str(self.folder), dbname=name, user=user, autocommit=True)

    def _wait(self) -> None:
        import psycopg

        for _ in range(300):
            assert self.process.poll() is None, (self.folder / "log").read_text("utf-8")
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        pytest.fail((self.folder / "log").read_text("utf-8"))

    def _template(self) -> None:
        self.run(f"CREATE ROLE {APPLICATION} LOGIN")
        self.run("CREATE DATABASE template")
        alias = opened("made", self.address("template", OWNER))
        call_command("migrate", verbosity=0, database=alias)
        connections[alias].close()


def opened(alias: str, address: str | Path) -> str:
    """Let an alias stand for a database."""
    return point(alias, address)


def _unprivileged(folder: Path) -> Mapping[str, Any]:
    """How a process is started that must not be root's: PostgreSQL will not run as root."""
    if os.geteuid() != 0:
        return {}
    known = {each.pw_name: each for each in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
