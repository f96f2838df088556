"""A command as the gates see it: who plays which part in it, and how much of each is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from myelos.acts import Act
from myelos.cells import commands as c
from myelos.cells.containers import Chain, Container, Kind, State
from myelos.cells.limits import Limits
from myelos.findings import Finding, Param, Place, Severity
from myelos.quantities import Amount


@dataclass(frozen=True, slots=True)
class Bedside:
    """What the protocol knows and this room does not, as plain values.

    ``weight`` and ``weighed_at``: the person's last weight, None when there is none. ``trained``: the
    accounts whose training to match and to infuse is valid at the act. ``forbids``: everything else that
    stands against starting an infusion, or going on with it after a pause (consent, gates, stopping rules).
    """

    weight: Amount | None = None
    weighed_at: datetime | None = None
    trained: frozenset[str] = frozenset()
    forbids: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One container's part in a command: a row of the table is looked up by ``event`` and ``part``.

    ``read`` is the scanned text, None for a container that is only named (a logger's reading, a report).
    ``taken`` are the volumes that leave it.
    """

    event: str
    part: str
    label: str
    read: str | None
    taken: tuple[Amount, ...] = ()


@dataclass(slots=True)
class Asked:
    """A command with everything its gates need."""

    chain: Chain
    command: Any
    act: Act
    limits: Limits | None
    bedside: Bedside
    parts: tuple[Part, ...] = field(default=())

    def containers(self, *parts: str) -> list[Container]:
        """The containers that play one of ``parts``, as far as they are in this chain."""
        known = self.chain.containers
        return [known[each.label] for each in self.parts if each.part in parts and each.label in known]


def finding(code: str, label: str, severity: Severity = Severity.ERROR, **params: Param) -> Finding:
    """A finding about one container."""
    return Finding(code, Place(), {"container": label, **params}, severity)


def shown(instant: datetime) -> str:
    """An instant as it is written: ``2026-03-01T08:00:00Z``."""
    return instant.isoformat().replace("+00:00", "Z")


def _scans(event: str, part: str, scans: Iterable[c.Scan]) -> list[Part]:
    return [Part(event, part, scan.container, scan.read) for scan in scans]


def _fillings(event: str, fillings: Iterable[c.Filling]) -> list[Part]:
    return _scans(event, "target", (filling.scan for filling in fillings))


def _sera(event: str, sera: Iterable[c.Filling]) -> list[Part]:
    return [Part(event, "serum", use.scan.container, use.scan.read, (use.volume,)) for use in sera]


def _source(event: str, scan: c.Scan, fillings: Sequence[c.Filling]) -> list[Part]:
    taken = tuple(filling.volume for filling in fillings)
    return [Part(event, "source", scan.container, scan.read, taken)]


def _it(event: str) -> Callable[[Chain, Any], list[Part]]:
    """For commands about one scanned container."""
    return lambda chain, command: _scans(event, "it", (command.scan,))


def _named(event: str) -> Callable[[Chain, Any], list[Part]]:
    """For commands about one container that is named, not scanned."""
    return lambda chain, command: [Part(event, "it", command.container, None)]


def _receive(chain: Chain, command: c.Receive) -> list[Part]:
    it = chain.containers.get(command.scan.container)
    bag = it is not None and it.kind is Kind.BAG
    return _scans("received-bag" if bag else "received-material", "it", (command.scan,))


def _discard(chain: Chain, command: c.Discard) -> list[Part]:
    it = chain.containers.get(command.scan.container)
    empty = it is not None and it.state in (State.PRINTED, State.LABELLED)
    return _scans("discarded-label" if empty else "discarded", "it", (command.scan,))


def _end(chain: Chain, command: c.EndInfusion) -> list[Part]:
    return _named("infusion-stopped" if command.reason else "infusion-ended")(chain, command)


def _separate(chain: Chain, command: c.SeparateSerum) -> list[Part]:
    return _source("separated", command.scan, command.serum) + _fillings("separated", command.serum)


def _seed(chain: Chain, command: c.Seed) -> list[Part]:
    parts = _source("seeded", command.scan, command.flasks) + _fillings("seeded", command.flasks)
    return parts + _sera("seeded", command.serum)


def _feed(chain: Chain, command: c.Feed) -> list[Part]:
    return _scans("fed", "it", command.flasks) + _sera("fed", command.serum)


def _harvest(chain: Chain, command: c.Harvest) -> list[Part]:
    return _scans("harvested", "source", command.flasks) + _fillings("harvested", (command.into,))


def _passage(chain: Chain, command: c.Passage) -> list[Part]:
    parts = _source("passaged", command.scan, command.flasks) + _fillings("passaged", command.flasks)
    return parts + _sera("passaged", command.serum)


def _divide(chain: Chain, command: c.Divide) -> list[Part]:
    return _source("split", command.scan, command.parts) + _fillings("split", command.parts)


def _pool(chain: Chain, command: c.Pool) -> list[Part]:
    return _scans("pooled", "source", command.sources) + _scans("pooled", "target", (command.into,))


def _sample(chain: Chain, command: c.Sample) -> list[Part]:
    return _source("sampled", command.scan, (command.into,)) + _fillings("sampled", (command.into,))


PARTS: dict[type, Callable[[Chain, Any], list[Part]]] = {
    c.VerifyLabel: _it("label-verified"),
    c.Collect: lambda chain, command: _scans("collected", "target", (command.scan,)),
    c.HandOver: _it("handed-over"),
    c.Receive: _receive,
    c.SeparateSerum: _separate,
    c.Seed: _seed,
    c.Feed: _feed,
    c.Harvest: _harvest,
    c.Passage: _passage,
    c.Divide: _divide,
    c.Pool: _pool,
    c.Sample: _sample,
    c.Freeze: _it("frozen"),
    c.PutInStorage: _it("stored"),
    c.ReadTemperature: _named("temperature-read"),
    c.RecordResult: _it("tested"),
    c.Pack: _it("packed"),
    c.Thaw: _it("thawed"),
    c.MatchAtBedside: _it("matched"),
    c.StartInfusion: _it("infusion-started"),
    c.ObserveInfusion: _named("infusion-observed"),
    c.PauseInfusion: _named("infusion-paused"),
    c.ResumeInfusion: _it("infusion-resumed"),
    c.EndInfusion: _end,
    c.HoldBack: _named("quarantined"),
    c.SignDisposition: _named("disposition-signed"),
    c.Discard: _discard,
}
"""Which containers a command is about. A command that is not here is about none, or about more than the table
says (a lot; a container in whatever state)."""
