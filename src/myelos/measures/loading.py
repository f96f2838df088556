"""Read a measure: one of ours by its id, or a user's own TOML, with every fault told at its key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from myelos.findings import Finding, Place, Refused
from myelos.measures.checking import checked, nearest
from myelos.measures.table import Measure
from myelos.shapes import read
from myelos.tables import lines


def _folder() -> Traversable:
    return files("myelos.measures").joinpath("scales")


@cache
def shipped() -> tuple[str, ...]:
    """The ids of the measures that come with Myelos, in order of the alphabet."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in _folder().iterdir()))


@cache
def load(measure_id: str) -> Measure:
    """One of :func:`shipped`, read once. Raises Refused for another id, with the nearest one."""
    if measure_id not in shipped():
        params = {"read": measure_id, "near": nearest(measure_id, shipped())}
        raise Refused([Finding("measures.unknown-measure", params=params)])
    name = f"{measure_id}.toml"
    plain = tomllib.loads(_folder().joinpath(name).read_text("utf-8"))
    return read_measure(plain, Place(name))


def read_measure(given: Path | Mapping[str, object], place: Place | None = None) -> Measure:
    """A user's own measure from a TOML file, or from what such a file holds.

    Raises :class:`~myelos.findings.Refused` with every fault: a file that is no TOML, keys that are unknown,
    missing or of the wrong kind; then names that do not exist, ranges that the items cannot reach, words with
    two meanings. ``place`` says where the findings are; for a file it is the file.
    """
    place = place or Place(str(given) if isinstance(given, Path) else None)
    plain = _toml(given, place) if isinstance(given, Path) else given
    measure = read(Measure, plain, place)
    if found := checked(measure, place):
        raise Refused(found)
    return measure


def _toml(path: Path, place: Place) -> Mapping[str, object]:
    text = "\n".join(line for _, line in lines(path))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused([Finding("measures.not-toml", place, {"why": str(error)})]) from error
