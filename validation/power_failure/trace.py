"""Run a program under strace and read what it did to the files of a folder, in order, with every byte.

Whatever could change a file in a way that is not understood here (a writable shared mapping, ``write``
without a place, ``copy_file_range`` ...) raises :class:`Unreadable`: a change overlooked would make the disk
seem safer than it is. SQLite's ``-shm`` files are left out, as SQLite makes them anew after a failure.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

UNDERSTOOD = (
    "openat", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "unlink", "unlinkat", "write", "mmap",
)  # fmt: skip
NOT_UNDERSTOOD = (
    "open", "creat", "writev", "pwritev", "pwritev2", "truncate", "fallocate", "copy_file_range", "sendfile",
    "splice", "link", "linkat", "symlink", "symlinkat", "io_uring_setup", "mkdir", "mkdirat",
)  # fmt: skip
"""Traced so that they are not overlooked. What promises nothing by itself (``sync_file_range``) or would only
make the disk safer (``sync``, ``O_SYNC``) is not asked for."""


LONGEST = 1 << 26
"""Bytes of one write that are shown; strace takes no more than a quarter of the longest text."""


class Unreadable(RuntimeError):
    """A program did something to the folder that this model of a disk does not know."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put at a place of a file, from ``began`` to ``ended`` (lines of the trace, as in every step)."""

    path: str
    offset: int
    data: bytes
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file made as long as ``size``."""

    path: str
    size: int
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Sync:
    """What was written to the file before it began is on the disk when it ends; of the folder, its names."""

    path: str
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Open:
    """A file opened such that it is made where there is none, or emptied where ``empties``."""

    path: str
    empties: bool
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Rename:
    """A file under a new name (``to``), or without one any more (None)."""

    path: str
    to: str | None
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Say:
    """What the program printed: its acknowledgements."""

    text: str
    began: int
    ended: int


Step = Write | Truncate | Sync | Open | Rename | Say


def traced(
    strace: Path, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> list[Step]:
    """Run ``command`` and give its steps in ``folder``, in the order in which they count.

    What is written begins to count when the call begins, a sync when it ends. Raises RuntimeError with the
    program's own words when it fails, :class:`Unreadable` for what is not understood.
    """
    folder = folder.resolve()
    with tempfile.TemporaryDirectory() as kept:
        out = Path(kept, "trace")
        watch = [
            str(strace), "-f", "-y", "-xx", "-s", str(LONGEST), "--seccomp-bpf", "-o", str(out),
            "-e", "trace=" + ",".join((*UNDERSTOOD, *NOT_UNDERSTOOD)),
        ]  # fmt: skip
        ran = subprocess.run(
            [*watch, *command], env={**os.environ, **(environment or {})}, capture_output=True, text=True
        )
        if ran.returncode:
            raise RuntimeError(f"status {ran.returncode}: {ran.stderr.strip()[-2000:]}")
        with out.open(encoding="ascii") as lines:
            return read(lines, folder)


def read(lines: Iterable[str], folder: Path) -> list[Step]:
    """The steps of a trace (``strace -f -y -xx``), in the order in which they count."""
    steps = [step for call in calls(lines) for step in _steps(call, str(folder))]
    return sorted(steps, key=lambda step: step.ended if isinstance(step, Sync) else step.began)


# Lines to calls ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that did not fail: its name, its arguments as strace writes them, what it returned."""

    name: str
    args: str
    returned: int
    began: int
    ended: int


_WHOLE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)(?:<.*>)?(?: .*)?$")
_BEGUN = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_OTHER = re.compile(r"\d+ +(\+\+\+|---|\w+\(.*\) += (\?|0x))")
"""Ends of processes, signals, calls that never return, addresses (``mmap``)."""


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a trace; one that others interrupted is put together again.

    Raises :class:`Unreadable` for a line of another form, and for a call that never ended.
    """
    begun: dict[str, tuple[int, str]] = {}
    for number, told in enumerate(lines):
        line, began = told.rstrip("\n"), number
        if found := _BEGUN.match(line):
            pid, name, args = found.groups()
            begun[pid] = (number, f"{pid} {name}({args}")
            continue
        if found := _RESUMED.match(line):
            began, start = begun.pop(found[1])
            line = start + found[3]
        if (call := _call(line, began, number)) is not None:
            yield call
    if begun:
        raise Unreadable(f"never ended: {[start[:60] for _, start in begun.values()]}")


def _call(line: str, began: int, ended: int) -> Call | None:
    if (found := _WHOLE.match(line)) is not None:
        _, name, args, returned = found.groups()
        return None if int(returned) < 0 else Call(name, args, int(returned), began, ended)
    if (found := re.match(r"\d+ +(mmap)\((.*)\) += 0x", line)) is not None:
        return Call(found[1], found[2], 0, began, ended)
    if _OTHER.match(line) is None:
        raise Unreadable(f"line {ended} of the trace: {line[:200]}")
    return None


# Calls to steps ---------------------------------------------------------------------------------------------

_FD = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_AT = re.compile(r'(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>, "((?:\\x[0-9a-f]{2})*)"')
_BY_FOLDER = ("openat", "renameat", "renameat2", "unlinkat", "linkat", "symlinkat", "mkdirat")
_BY_PATH = ("open", "creat", "truncate", "rename", "unlink", "link", "symlink", "mkdir")


def _bytes(hexed: str) -> bytes:
    return bytes.fromhex(hexed.replace("\\x", ""))


def _path(hexed: str) -> str:
    return os.fsdecode(_bytes(hexed))


def _paths(call: Call) -> list[str]:
    """Every path in a call's arguments: those at a folder joined to it, and those of open files."""
    if found := _AT.findall(call.args) if call.name in _BY_FOLDER else ():
        return [str(Path(_path(folder), _path(path))) for folder, path in found]
    if call.name in _BY_PATH:
        paths = [_path(each) for each in _TEXT.findall(call.args)]
        if not all(each.startswith("/") for each in paths):
            raise Unreadable(f"{call.name} of a path that is not absolute: {paths}")
        return paths
    return [_path(each) for _, each in _FD.findall(call.args)]


def _steps(call: Call, folder: str) -> Iterator[Step]:
    if call.name == "write" and call.args.startswith("1<"):
        said = _TEXT.search(call.args)
        yield Say(_bytes(said[1]).decode() if said else "", call.began, call.ended)
        return
    paths = _paths(call)
    if not any(_watched(each, folder) for each in paths):
        return
    if call.name not in _READ:
        raise Unreadable(f"{call.name} in the folder: {paths}")
    yield from _READ[call.name](call, paths)


def _watched(path: str, folder: str) -> bool:
    return (path == folder or path.startswith(f"{folder}/")) and not path.endswith("-shm")


def _opened(call: Call, paths: list[str]) -> Iterator[Step]:
    flags = call.args.rpartition('"')[2]
    if "O_CREAT" in flags or "O_TRUNC" in flags:
        yield Open(paths[0], "O_TRUNC" in flags, call.began, call.ended)


def _written(call: Call, paths: list[str]) -> Iterator[Step]:
    data = _TEXT.search(call.args)
    if data is None or '"...' in call.args:
        raise Unreadable(call.args[:200])
    offset = int(call.args.rpartition(", ")[2])
    yield Write(paths[0], offset, _bytes(data[1])[: call.returned], call.began, call.ended)


def _truncated(call: Call, paths: list[str]) -> Iterator[Step]:
    yield Truncate(paths[0], int(call.args.rpartition(", ")[2]), call.began, call.ended)


def _synced(call: Call, paths: list[str]) -> Iterator[Step]:
    yield Sync(paths[0], call.began, call.ended)


def _renamed(call: Call, paths: list[str]) -> Iterator[Step]:
    if "EXCHANGE" in call.args:
        raise Unreadable("two names exchanged")
    yield Rename(paths[0], paths[1], call.began, call.ended)


def _removed(call: Call, paths: list[str]) -> Iterator[Step]:
    yield Rename(paths[0], None, call.began, call.ended)


def _mapped(call: Call, paths: list[str]) -> Iterator[Step]:
    if "PROT_WRITE" in call.args and "MAP_SHARED" in call.args:
        raise Unreadable(f"written through memory: {paths[0]}")
    yield from ()


_READ: Mapping[str, Callable[[Call, list[str]], Iterator[Step]]] = {
    "openat": _opened, "pwrite64": _written, "ftruncate": _truncated, "fsync": _synced, "fdatasync": _synced,
    "rename": _renamed, "renameat": _renamed, "renameat2": _renamed, "unlink": _removed, "unlinkat": _removed,
    "mmap": _mapped,
}  # fmt: skip
