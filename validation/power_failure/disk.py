"""A disk that remembers what a power failure cannot take, and what it may.

The model, and it is a hard one:

- What was written to a file is certain once ``fsync`` or ``fdatasync`` of that file, begun after the writing
  ended, has ended. The size a file had then is certain with it.
- Any part of what was written since may be there: each sector of 512 bytes (or page of 4096) by itself, in
  any order, whatever was written first. A file made longer may have grown without what was written to it;
  what lies there then is zeros, or anything.
- That a file exists, was renamed or removed is certain only once its *folder* was synced; a sync of the file
  does not do. Until then each such change may be there or not, by itself, in any order. (ext4 and XFS promise
  more.)
- What is said to the outside is out at once.

Assumed of the disk: a sync that ended did what it says (no drive that lies); a sector is old or new, never
half of both; writing changes nothing beside what it writes (SQLite's "powersafe overwrite"); what was synced
does not rot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from validation.power_failure.trace import Open, Rename, Say, Step, Sync, Truncate, Write


@dataclass(eq=False, slots=True)
class File:
    """What of a file is certain, and the changes since, in order."""

    certain: bytearray = field(default_factory=bytearray)
    changes: list[Write | Truncate] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How long the program sees it."""
        size = len(self.certain)
        for change in self.changes:
            size = (
                change.size if isinstance(change, Truncate) else max(size, change.offset + len(change.data))
            )
        return size

    def sync(self, began: int) -> None:
        """Make certain what ended before; what others wrote meanwhile, and all after that, stays open."""
        ready = 0
        while ready < len(self.changes) and self.changes[ready].ended <= began:
            apply(self.certain, self.changes[ready])
            ready += 1
        del self.changes[:ready]


def apply(content: bytearray, change: Write | Truncate) -> None:
    """Change the bytes of a file, which grows with zeros where it must."""
    if isinstance(change, Truncate):
        resize(content, change.size)
        return
    end = change.offset + len(change.data)
    resize(content, max(len(content), end))
    content[change.offset : end] = change.data


def resize(content: bytearray, size: int) -> None:
    """Cut a file, or let it grow with zeros."""
    del content[size:]
    content.extend(bytes(size - len(content)))


@dataclass(frozen=True, slots=True)
class Named:
    """A change of a folder: a file under a name (None: removed), no more under an older one."""

    name: str
    file: File | None
    older: str | None
    ended: int


@dataclass(slots=True)
class Disk:
    """The files of one folder as the program sees them (``names``), and what of their names is certain."""

    folder: str
    names: dict[str, File] = field(default_factory=dict)
    certain: dict[str, File] = field(default_factory=dict)
    changes: list[Named] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def step(self, step: Step) -> None:
        """Let one thing happen. Raises LookupError for a file nobody made."""
        match step:
            case Say():
                self.said += step.text.splitlines()
            case Write() | Truncate():
                self.names[step.path].changes.append(step)
            case Sync() if step.path == self.folder:
                self._sync_names(step.began)
            case Sync():
                self.names[step.path].sync(step.began)
            case Open():
                self._open(step)
            case Rename():
                self._rename(step)

    def _open(self, step: Open) -> None:
        if step.path not in self.names:
            self._name(Named(step.path, File(), None, step.ended))
        elif step.empties:
            self.names[step.path].changes.append(Truncate(step.path, 0, step.began, step.ended))

    def _rename(self, step: Rename) -> None:
        if step.to is None:
            self._name(Named(step.path, None, None, step.ended))
        else:
            self._name(Named(step.to, self.names[step.path], step.path, step.ended))

    def _name(self, change: Named) -> None:
        self.changes.append(change)
        rename(self.names, (change,))

    def _sync_names(self, began: int) -> None:
        ready = [change for change in self.changes if change.ended <= began]
        rename(self.certain, ready)
        self.changes = [change for change in self.changes if change.ended > began]


def rename(names: dict[str, File], changes: Iterable[Named]) -> None:
    """Apply changes of names."""
    for change in changes:
        if change.older is not None:
            names.pop(change.older, None)
        if change.file is None:
            names.pop(change.name, None)
        else:
            names[change.name] = change.file
