"""Read a protocol: one of those shipped, or a user's TOML. Every fault is a finding with its file and key.

First the shape (keys, kinds, units), then what the checks find (:mod:`myelos.protocol.checks`). Where a
section is broken in shape, the checks that do not read it still run, so that one round shows as much as can
be known. ``safety = "proposal"`` takes the rules shipped under that name in place of a section of one's own.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

from myelos.findings import Finding, Findings, Param, Place, Refused
from myelos.measures import Measure, load, shipped
from myelos.protocol.checks import check
from myelos.protocol.rows import row_of
from myelos.protocol.trial import Protocol
from myelos.safety.rules import check_rules
from myelos.shapes import read
from myelos.tables import lines

LARGEST = 1 << 20
"""Characters a protocol may have: about a million, far above any trial."""

VALUES = ("value", "default", "amount", "proposed")
"""Keys by which a protocol would fill a setting itself; it may not."""


def shipped_protocols() -> tuple[str, ...]:
    """The ids of the protocols that come with Myelos, in alphabetical order."""
    return _names("myelos.protocol")


@cache
def _names(package: str) -> tuple[str, ...]:
    names = (entry.name for entry in files(package).joinpath("shipped").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_protocol(name: str | Path, own: Iterable[Measure] = ()) -> Protocol:
    """The shipped protocol of this id (read once), or the protocol in this TOML file.

    ``own``: measures of the user's, beside those shipped. Raises :class:`~myelos.findings.Refused` with every
    finding when it cannot be used.
    """
    if str(name) in shipped_protocols():
        return _shipped(str(name))
    path = Path(name)
    if path.suffix != ".toml":
        near = difflib.get_close_matches(str(name), shipped_protocols(), 1)
        params = {"read": str(name)[:80], "near": near[0] if near else "-"}
        known = ", ".join(shipped_protocols())
        raise Refused([Finding("protocol.no-such-protocol", params={**params, "known": known})])
    return _from_text(_text(path), str(path), own)


@cache
def _shipped(name: str) -> Protocol:
    entry = files("myelos.protocol").joinpath("shipped", f"{name}.toml")
    return _from_text(entry.read_text("utf-8"), f"{name}.toml", ())


def _text(path: Path) -> str:
    rows, size = [], 0
    for number, row in lines(path):
        size += len(row) + 1
        if size > LARGEST:
            raise Refused([Finding("protocol.too-large", Place(str(path), number), {"largest": LARGEST})])
        rows.append(row)
    return "\n".join(rows)


def _from_text(text: str, file: str, own: Iterable[Measure]) -> Protocol:
    try:
        plain = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: not TOML, or a number of too many digits
        raise Refused([Finding("protocol.not-toml", Place(file), {"why": str(error)[:200]})]) from error
    try:
        return read_protocol(plain, Place(file), own)
    except Refused as refused:
        found = [_with_row(finding, text, file) for finding in refused.findings]
        raise Refused(found, refused.more) from refused


def _with_row(finding: Finding, text: str, file: str) -> Finding:
    key = finding.place.column
    row = row_of(text, key) if key and finding.place.file == file else None
    return Finding(finding.code, Place(finding.place.file, row, key), finding.params, finding.severity)


def read_protocol(plain: object, place: Place = Place(), own: Iterable[Measure] = ()) -> Protocol:  # noqa: B008
    """The protocol these plain data hold. Raises :class:`~myelos.findings.Refused` with every finding, each
    at its key."""
    if not isinstance(plain, Mapping):
        return read(Protocol, plain, place)
    findings = Findings()
    sections = _with_safety(_without_values(plain, place, findings), place, findings)
    made: Any
    sound: Collection[str] = _kinds()
    try:
        made = read(Protocol, sections, place)
    except Refused as refused:
        told = {each.place.column for each in findings}
        findings.extend(each for each in refused.findings if each.place.column not in told)
        made, sound = _sound_parts(sections, place)
    measures = {each.id: each for each in own}
    if "measures" in sound:
        measures |= {name: load(name) for name in made.measures if name in shipped() and name not in measures}
    findings.extend(check(made, measures, sound, place.file))
    if "safety" in sound:
        findings.extend(check_rules(made.safety, Place(place.file, None, "safety")))
    findings.refuse_on_error()
    return made  # type: ignore[no-any-return]


def _without_values(plain: Mapping[str, object], place: Place, findings: Findings) -> Mapping[str, object]:
    """The same without values in its settings, each of which is a finding: a site fills them, nobody else."""
    rows = plain.get("settings")
    if not isinstance(rows, list):
        return plain
    kept = []
    for number, row in enumerate(rows):
        given = [key for key in VALUES if isinstance(row, dict) and key in row]
        for key in given:
            where = Place(place.file, place.row, f"settings[{number}].{key}")
            findings.add(Finding("protocol.setting-with-value", where, {"read": key}))
        kept.append({key: row[key] for key in row if key not in given} if given else row)
    return {**plain, "settings": kept}


def _with_safety(plain: Mapping[str, object], place: Place, findings: Findings) -> Mapping[str, object]:
    """The same with the shipped safety rules in place of their name."""
    name = plain.get("safety")
    if not isinstance(name, str):
        return plain
    known = _names("myelos.safety")
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        params: dict[str, Param] = {"read": name[:80], "near": near[0] if near else "-"}
        where = Place(place.file, place.row, "safety")
        findings.add(Finding("protocol.unknown-safety-rules", where, params))
        return {key: plain[key] for key in plain if key != "safety"}
    rules = files("myelos.safety").joinpath("shipped", f"{name}.toml").read_text("utf-8")
    return {**plain, "safety": tomllib.loads(rules)}


@cache
def _kinds() -> Mapping[str, Any]:
    """The sections of a protocol and what each holds."""
    return get_type_hints(Protocol, include_extras=True)


def _sound_parts(plain: Mapping[str, object], place: Place) -> tuple[Any, frozenset[str]]:
    """A protocol of the sections that are of their shape, None for the others, and which are."""
    made = dict.fromkeys(_kinds())
    sound = {"product"} - plain.keys()
    for name in _kinds().keys() & plain.keys():
        try:
            made[name] = read(_kinds()[name], plain[name], Place(place.file, place.row, name))
            sound.add(name)
        except Refused:
            continue
    return Protocol(**made), frozenset(sound)  # type: ignore[arg-type]
