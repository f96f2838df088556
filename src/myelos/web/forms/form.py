"""The form of one command for one visitor: shown empty, shown again, read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from myelos.findings import Finding, Refused
from myelos.shapes import read, value
from myelos.times import Instant
from myelos.web.forms.fields import Field, Option, field_of, fields_of
from myelos.web.forms.known import Known
from myelos.web.forms.labels import Labels
from myelos.web.forms.posting import Get, Keys, Posted
from myelos.web.forms.shown import Drawing, Shown, summary

UTC_ZONE = "UTC"
AS = "act.as"
ACCOUNT, PASSWORD = "sign.account", "sign.password"

ELSEWHERE = {
    "at": "act.at",
    "why": "act.why",
    "role": AS,
    "site": AS,
    "by": AS,
    "account": ACCOUNT,
    "password": PASSWORD,
}
"""The fields beside a command's own that a finding of the door can be about."""


@value
class Moment:
    """When something was done."""

    at: Instant


AT = field_of("at", Instant | None, required=False)


@dataclass(frozen=True)
class Asking:
    """Who asks and in which ways they may.

    ``ways``: a role and a site each; ``zones``: by site; ``signs``: what a signature asks for, nothing where
    there is none.
    """

    ways: tuple[tuple[str, str], ...]
    zones: Mapping[str, str]
    signs: tuple[str, ...] = ()


@dataclass
class Form:
    """The form of a command. ``shape``: what is asked for; ``fixed``: what is given by the address."""

    shape: type[Any]
    known: Known
    labels: Labels
    asking: Asking
    fixed: Mapping[str, Any] = field(default_factory=dict)
    keys: Keys | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that are asked for here."""
        asked = (each for each in fields_of(self.shape) if each.name not in self.fixed)
        return tuple(self.known.particular(each) for each in asked)

    # Reading ------------------------------------------------------------------------------------------------

    def way(self, get: Get) -> tuple[str, str]:
        """The role and the site chosen, as they were sent; the only ones where there is no choice."""
        if len(self.asking.ways) == 1:
            return self.asking.ways[0]
        role, _, site = _first(get, AS).partition("|")
        return role, site

    def zone(self, get: Get) -> str | None:
        chosen = _first(get, "act.zone")
        known = self.zones(get)
        return chosen if chosen in known else None

    def zones(self, get: Get) -> tuple[str, ...]:
        """The time zones to choose from, that of the site first."""
        first = self.asking.zones.get(self.way(get)[1])
        return tuple(dict.fromkeys([*([first] if first else []), *self.asking.zones.values(), UTC_ZONE]))

    def read(self, get: Get) -> Answered:
        """What was sent, read by the shape: the command, or everything that is wrong with it."""
        posted = self._posted(get)
        given = {**self.fixed, **posted.data(self.fields)}
        at = self._at(posted)
        made, found = None, list(posted.faults)
        try:
            made = read(self.shape, given)
        except Refused as refused:
            known = {each.place.column for each in posted.faults}
            found += [each for each in refused.findings if each.place.column not in known]
        return Answered(made if not found else None, at, _first(get, "act.why"), tuple(found), posted.columns)

    def _posted(self, get: Get) -> Posted:
        return Posted(get, self.zone(get), self.keys or self.known.keys)

    def _at(self, posted: Posted) -> datetime | None:
        """When it was done, None for now."""
        written = posted.value(AT, "act.at", "at", ())
        if written is None:
            return None
        try:
            return read(Moment, {"at": written}).at
        except Refused as refused:
            posted.faults += refused.findings
            return None

    # Showing ------------------------------------------------------------------------------------------------

    def show(self, get: Get, told: Mapping[str, Sequence[str]], more: str = "") -> Drawn:
        """The form with what it holds, and what is wrong."""
        drawing = Drawing(self.known, self.labels, get, self.keys or self.known.keys, told, more)
        own = drawing.draw(self.fields)
        act = [drawing.one(each, f"act.{each.name}", f"act.{each.name}", ()) for each in self._act(get)]
        sign = [drawing.one(each, f"sign.{each.name}", f"sign.{each.name}", ()) for each in self._signing()]
        for each in sign:
            each.value = "" if each.name == PASSWORD else each.value
        return Drawn(own, act, sign, drawing.lists)

    def _act(self, get: Get) -> Iterable[Field]:
        if len(self.asking.ways) > 1:
            say = self.labels.say
            ways = tuple(
                Option(f"{role}|{site}", f"{say.role(role)}, {site}") for role, site in self.asking.ways
            )
            yield Field("as", "choice", options=ways)
        yield replace(AT, required=True)  # empty has a meaning, which its label says
        yield Field("zone", "choice", options=tuple(Option(each, each) for each in self.zones(get)))
        yield Field("why", "words")

    def _signing(self) -> Iterable[Field]:
        if "account" in self.asking.signs:
            yield Field("account", "line")
        if "password" in self.asking.signs:
            yield Field("password", "secret")


@dataclass(frozen=True)
class Answered:
    """What was sent: the command (None with anything wrong), when it was done (None: now), why; everything
    that is wrong, and where on the form each key is."""

    order: Any
    at: datetime | None
    why: str
    findings: tuple[Finding, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Drawn:
    """The fields of a form as they are drawn: the command's own, who and when, the signature's."""

    own: list[Shown]
    act: list[Shown]
    sign: list[Shown]
    lists: Mapping[str, tuple[Option, ...]]

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """Everything wrong beside a field: its name, its label, and what."""
        return list(summary([*self.own, *self.act, *self.sign]))


def placed(
    findings: Iterable[Finding], columns: Mapping[str, str], labels: Labels
) -> tuple[dict[str, list[str]], list[str]]:
    """What findings say, by the name of the field each is about, and those about none."""
    by_name: dict[str, list[str]] = {}
    others: list[str] = []
    for each in findings:
        name, said = _name_of(each, columns), labels.told(each)
        (others if name is None else by_name.setdefault(name, [])).append(said)
    return by_name, others


def _name_of(finding: Finding, columns: Mapping[str, str]) -> str | None:
    """The field of a key, or of the nearest one above it."""
    key = finding.place.column or ""
    if finding.code.startswith("store.") and key in ELSEWHERE:
        return ELSEWHERE[key]
    while key:
        if key in columns:
            return columns[key]
        if key in ELSEWHERE:
            return ELSEWHERE[key]
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return None


def _first(get: Get, name: str) -> str:
    return next(iter(get(name)), "")
