"""What is wrong with a protocol of the right shape: names, references, ranges, dates, orders, all at once.

Each check reads a few sections of a protocol; where one of them is broken in shape, the checks that read it
are left out and the others still run (:data:`CHECKS`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from myelos.findings import Finding, Place
from myelos.protocol.faults import Check, Fault, Measures, fault, ids, in_force, twice
from myelos.protocol.gate_checks import CHECKS as OF_GATES
from myelos.protocol.product_checks import CHECKS as OF_THE_PRODUCT
from myelos.protocol.trial import Protocol
from myelos.protocol.visit_checks import CHECKS as OF_VISITS


def _ids_once(section: str, protocol: Protocol, _: Measures) -> Iterator[Fault]:
    yield from twice(ids(getattr(protocol, section)), section, ".id")


def _names_once(section: str, protocol: Protocol, _: Measures) -> Iterator[Fault]:
    yield from twice(getattr(protocol, section), section)


def _facts(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """A number has a unit, a word has words, and neither has what the other has."""
    for place, fact in enumerate(protocol.facts):
        key = f"facts[{place}]"
        if (fact.unit is not None) != (fact.kind == "number"):
            yield fault(f"{key}.unit", "fact-ill-formed", kind=fact.kind)
        if bool(fact.allowed) != (fact.kind == "word"):
            yield fault(f"{key}.allowed", "fact-ill-formed", kind=fact.kind)
        yield from twice(fact.allowed, f"{key}.allowed")


def _consents(protocol: Protocol, _: Measures) -> Iterator[Fault]:
    """Versions of a consent come one after another, the first in force when the protocol begins."""
    for place, consent in enumerate(protocol.consents):
        yield from in_force(consent.versions, f"consents[{place}].versions", protocol.valid_from)


_WITH_IDS = ("facts", "consents", "gates", "visits", "endpoints", "groups", "settings", "training")

CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    *((partial(_ids_once, section), frozenset({section})) for section in _WITH_IDS),
    *((partial(_names_once, section), frozenset({section})) for section in ("measures", "registry")),
    (_facts, frozenset({"facts"})),
    (_consents, frozenset({"consents", "valid_from"})),
    *OF_VISITS,
    *OF_GATES,
    *OF_THE_PRODUCT,
)
"""Every check and the sections it reads."""


def check(
    protocol: Protocol, measures: Measures, sound: Collection[str], file: str | None = None
) -> list[Finding]:
    """What the checks find that read only ``sound`` sections; the column of a finding is its key."""
    found = [each for run, reads in CHECKS if reads <= set(sound) for each in run(protocol, measures)]
    return [Finding(f"protocol.{code}", Place(file, None, key), params) for key, code, params in found]
