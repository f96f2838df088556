"""A PostgreSQL cluster of a run's own: made, started, stopped, and gone with its folder."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

USER = "myelos"


def found() -> Path | None:
    """Where the newest PostgreSQL's programs are, None where there are none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name))
    return next((each for each in reversed(folders) if (each / "initdb").exists()), None)


class Cluster:
    """A cluster in a folder, on a Unix socket there and nowhere else. As root it runs as ``postgres``."""

    def __init__(self, folder: Path) -> None:
        programs = found()
        if programs is None:
            raise FileNotFoundError("PostgreSQL is not installed (Debian: postgresql)")
        self.programs, self.folder, self.data = programs, folder, folder / "data"
        self.server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Cluster:
        self.folder.mkdir(parents=True)
        self._owned()
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(60)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [
            str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.folder),
            "-c", "listen_addresses=", "-c", "max_connections=40",
        ]  # fmt: skip
        self.server = subprocess.Popen(
            [*_as_somebody(), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )
        for _ in range(300):
            if self._answers():
                return
            time.sleep(0.1)
        raise TimeoutError("PostgreSQL did not start")

    def stop_without_warning(self) -> None:
        """As a power failure of the server's would: no checkpoint, no word to its clients."""
        assert self.server is not None
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(60)

    def database(self, name: str) -> str:
        """Make a database; its address."""
        self._run("createdb", "-h", str(self.folder), "-U", USER, name)
        return self.address(name)

    def address(self, name: str, user: str = USER) -> str:
        folder = str(self.folder).replace("/", "%2F")
        return f"postgresql://{user}@{folder}/{name}"

    def _answers(self) -> bool:
        asked = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_somebody(), str(self.programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def _owned(self) -> None:
        """The server's user owns the folder and can reach it."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            for each in self.folder.parents:
                if each.owner() == getpass.getuser() and not each.stat().st_mode & 0o001:
                    each.chmod(each.stat().st_mode | 0o011)


def _as_somebody() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
