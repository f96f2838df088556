"""What a disk may hold after a power failure: images of it, drawn from all that its model allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from random import Random

from validation.power_failure.disk import Disk, File, Named, apply, rename, resize
from validation.power_failure.trace import Say, Step, Sync, Truncate, Write

SECTOR, PAGE = 512, 4096


class Fate(StrEnum):
    """What became of the changes of a file (or of names) that were not certain."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    BEGINNING = "beginning"
    """The first of them, and of the next one the first sectors."""
    SECTORS = "sectors"
    PAGES = "pages"
    GROWN = "grown"
    """Some sectors, in a file that is already as long as it was going to be; elsewhere zeros."""
    STALE = "stale"
    """The same, but elsewhere whatever lay there."""


@dataclass(frozen=True, slots=True)
class Image:
    """The files by name as the failure left them, after so many steps; what had been said by then."""

    after: int
    files: dict[str, bytes]
    said: tuple[str, ...]

    @property
    def digest(self) -> bytes:
        """The same for two images that ask the same question."""
        found = blake2b(f"{len(self.said)}".encode(), digest_size=16)
        for name, content in sorted(self.files.items()):
            found.update(b"%d %s %d " % (len(name), name.encode(), len(content)))
            found.update(content)
        return found.digest()

    def write(self, folder: Path) -> None:
        """Lay the files out in a folder."""
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def draw(disk: Disk, rng: Random, after: int = 0, fate: Fate | None = None) -> Image:
    """One image; without a ``fate`` every file meets its own."""

    def fated() -> Fate:
        return fate or rng.choice(list(Fate))

    names = dict(disk.certain)
    rename(names, _names(disk.changes, fated(), rng))
    start = len(disk.folder) + 1
    files = {path[start:]: _content(file, fated(), rng) for path, file in sorted(names.items())}
    return Image(after, files, tuple(disk.said))


def _names(changes: Sequence[Named], fate: Fate, rng: Random) -> list[Named]:
    match fate:
        case Fate.NOTHING:
            return []
        case Fate.EVERYTHING:
            return list(changes)
        case Fate.BEGINNING:
            return list(changes[: rng.randint(0, len(changes))])
        case _:
            return [change for change in changes if rng.random() < 0.5]


def _content(file: File, fate: Fate, rng: Random) -> bytes:
    content = bytearray(file.certain)
    if not file.changes or fate is Fate.NOTHING:
        return bytes(content)
    if fate is Fate.EVERYTHING:
        for change in file.changes:
            apply(content, change)
        return bytes(content)
    if fate is Fate.BEGINNING:
        return _beginning(content, file.changes, rng)
    if fate in (Fate.GROWN, Fate.STALE):
        size, certain = file.size, len(content)
        resize(content, max(size, certain))
        if fate is Fate.STALE:
            content[certain:] = rng.randbytes(len(content) - certain)
    share = rng.choice((0.1, 0.5, 0.9))
    for change in file.changes:
        _torn(content, change, PAGE if fate is Fate.PAGES else SECTOR, share, rng)
    return bytes(content)


def _beginning(content: bytearray, changes: Sequence[Write | Truncate], rng: Random) -> bytes:
    whole = rng.randint(0, len(changes))
    for change in changes[:whole]:
        apply(content, change)
    if whole < len(changes) and isinstance(last := changes[whole], Write):
        pieces = list(_pieces(last, SECTOR))
        for piece in pieces[: rng.randint(0, len(pieces))]:
            apply(content, piece)
    return bytes(content)


def _torn(content: bytearray, change: Write | Truncate, unit: int, share: float, rng: Random) -> None:
    pieces = [change] if isinstance(change, Truncate) else _pieces(change, unit)
    for piece in pieces:
        if rng.random() < share:
            apply(content, piece)


def _pieces(write: Write, unit: int) -> Iterator[Write]:
    """A write cut where the disk's units begin."""
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, start - start % unit + unit)
        data = write.data[start - write.offset : stop - write.offset]
        yield Write(write.path, start, data, write.began, write.ended)
        start = stop


# Where it fails ---------------------------------------------------------------------------------------------


def moments(steps: Sequence[Step], folder: str, of_each: int) -> list[int]:
    """After how many steps the power fails: evenly along each kind of step, ``of_each`` times or always.

    Kinds: something was said; the log was written; the database itself was; names changed or were synced.
    """
    kinds: dict[str, list[int]] = {}
    for number, step in enumerate(steps, start=1):
        kinds.setdefault(_kind(step, folder), []).append(number)
    chosen: set[int] = {len(steps)}
    for numbers in kinds.values():
        count = min(of_each, len(numbers))
        chosen.update(numbers[(2 * place + 1) * len(numbers) // (2 * count)] for place in range(count))
    return sorted(chosen)


def _kind(step: Step, folder: str) -> str:
    match step:
        case Say():
            return "said"
        case Write() | Truncate() | Sync() if step.path.endswith("-wal"):
            return "log"
        case Write() | Truncate() | Sync() if step.path != folder:
            return "database"
        case _:
            return "names"


def images(steps: Sequence[Step], folder: str, seed: int, of_each: int, drawn: int = 3) -> Iterator[Image]:
    """Distinct images of a run, in its order: at each moment one that lost all it could lose, one that lost
    nothing, and ``drawn`` others. The same ``seed`` gives the same choices."""
    disk, seen, done = Disk(folder), set[bytes](), 0
    for moment in moments(steps, folder, of_each):
        for step in steps[done:moment]:
            disk.step(step)
        done = moment
        rng = Random(f"{seed} {moment}")
        fates = (Fate.NOTHING, Fate.EVERYTHING, *[None] * drawn)
        for image in (draw(disk, rng, moment, fate) for fate in fates):
            if image.digest not in seen:
                seen.add(image.digest)
                yield image
