"""Shipped protocols as the plain data of their TOML, to be broken in one place."""

from __future__ import annotations

import copy
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from myelos.findings import Finding, Phrasebook, Place, Refused
from myelos.protocol.loading import read_protocol

BOOK = Phrasebook("myelos.protocol", "myelos.safety", "myelos")


@cache
def _kept(name: str) -> dict[str, Any]:
    text = files("myelos.protocol").joinpath("shipped", f"{name}.toml").read_text("utf-8")
    plain = tomllib.loads(text)
    if isinstance(plain["safety"], str):
        rules = files("myelos.safety").joinpath("shipped", f"{plain['safety']}.toml").read_text("utf-8")
        plain["safety"] = tomllib.loads(rules)
    return plain


def plain(name: str = "honmou-phase2") -> dict[str, Any]:
    """A shipped protocol as plain data, with its safety rules written out."""
    return copy.deepcopy(_kept(name))


def parts(key: str) -> list[str | int]:
    """``gates[0].label`` as its steps."""
    return [int(step) if step.isdecimal() else step for step in re.findall(r"[^.\[\]]+", key)]


def put(whole: Any, key: str, value: object) -> None:
    """Set what stands at a key."""
    *way, last = parts(key)
    for step in way:
        whole = whole[step]
    whole[last] = value


def take(whole: Any, key: str) -> None:
    """Delete what stands at a key."""
    *way, last = parts(key)
    for step in way:
        whole = whole[step]
    del whole[last]


def place_of(rows: list[dict[str, Any]], id_: str) -> int:
    """The place of the row called ``id_``."""
    return next(place for place, row in enumerate(rows) if row["id"] == id_)


def found(broken: object) -> list[Finding]:
    """What reading these plain data finds, every finding sayable in both languages."""
    try:
        read_protocol(broken, Place("broken.toml"))
    except Refused as refused:
        for finding in refused.findings:
            for language in ("en", "ja"):
                assert BOOK.tell(finding, language)
        return list(refused.findings)
    return []


def told(broken: object) -> list[tuple[str, str | None]]:
    """Codes and keys of what reading these plain data finds."""
    return [(finding.code, finding.place.column) for finding in found(broken)]
