"""The limits of a site on a day, and everything that keeps them from being limits; each worked out once.

A protocol and a site's settings are values that stay as they are for months, and every command about cells
asks for their limits: they are kept for the last few of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from immutables import Map

from myelos.cells.limits import Limits
from myelos.findings import Finding, Refused
from myelos.protocol.asking import shown, told
from myelos.protocol.settings import SettingValue, edition_in_force, resolve, unsettled
from myelos.protocol.trial import Protocol

Settings = Map[str, SettingValue]

_KEPT = 256
"""How many sites' limits are held ready."""


@dataclass(frozen=True, slots=True, eq=False)
class _The:
    """One protocol, told apart from others by being itself: comparing all of it takes a millisecond."""

    protocol: Protocol

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _The) and other.protocol is self.protocol

    def __hash__(self) -> int:
        return id(self.protocol)


@lru_cache(_KEPT)
def _open(the: _The, settings: Settings) -> tuple[Finding, ...]:
    return unsettled(the.protocol, settings)


@lru_cache(_KEPT)
def _limits(the: _The, settings: Settings, begins: date) -> Limits:
    return resolve(the.protocol, settings, begins)


def open_settings(protocol: Protocol, settings: Settings, at: datetime) -> tuple[Finding, ...]:
    """Everything that keeps a site's settings from being limits at an instant: not filled, or only later; not
    fit; a low limit above its high one."""
    later = [
        told("setting-filled-later", f"settings.{id_}", setting=id_, at=shown(settings[id_].at))
        for id_ in sorted(settings)
        if settings[id_].at > at
    ]
    return (*_open(_The(protocol), settings), *later)


def limits_on(protocol: Protocol, settings: Settings, on: date) -> Limits | None:
    """The limits of the cells on a civil date; None while a setting is open, for a protocol that gives no
    cells, and before its first edition of specifications."""
    the = _The(protocol)
    if protocol.product is None or _open(the, settings) or no_edition(protocol, on):
        return None
    return _limits(the, settings, edition_in_force(protocol.product, on).valid_from)


def no_edition(protocol: Protocol, on: date) -> tuple[Finding, ...]:
    """The finding that no edition of the specifications is in force on a civil date, or nothing."""
    if protocol.product is None:
        return ()
    try:
        edition_in_force(protocol.product, on)
    except Refused as refused:
        return refused.findings
    return ()
