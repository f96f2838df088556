"""What follows from a command about cells: its events, or every finding that forbids it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from myelos.acts import Act, Decision
from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.cells import handling
from myelos.cells.asked import PARTS, Asked, Bedside, finding, shown
from myelos.cells.containers import Chain, Kind, LotStatus
from myelos.cells.gates import label_findings, needs_limits, ours, part_findings
from myelos.cells.label_templates import LabelUse
from myelos.cells.labels import LabelKind
from myelos.cells.limits import Limits
from myelos.cells.release import release_findings, result_findings
from myelos.findings import Finding, Param, Place, Severity
from myelos.shapes import faults

NEEDS_LIMITS = (
    c.Seed, c.Passage, c.PutInStorage, c.ReadTemperature, c.RecordResult, c.CorrectResult, c.Release,
    c.Reject, c.Pack, c.Thaw, c.MatchAtBedside, c.StartInfusion, c.ResumeInfusion,
)  # fmt: skip
"""Commands that compare with a limit of the protocol, and are refused while there are none."""

IDENTITY_FIELDS = ("person", "chain", "parents", "label", "kind")


_NO_BEDSIDE = Bedside()


def decide(
    chain: Chain | None, command: Any, act: Act, limits: Limits | None, bedside: Bedside = _NO_BEDSIDE
) -> Decision:
    """The events of a command about one person's cells, or all the findings that forbid it.

    ``chain`` is the person's, None while it is not opened. ``limits`` are the protocol's with the site's
    settings filled in, None while one is missing. Raises TypeError for what is no command of this room.
    """
    if type(command) not in c.COMMANDS:
        raise TypeError(f"{type(command).__name__} is no command of this room")
    wrong = [*faults(act), *faults(command)]
    if wrong:
        return Decision(findings=tuple(wrong))
    if isinstance(command, c.OpenChain):
        return _open(chain, command)
    if chain is None or command.chain != chain.id:
        read = chain.id if chain else "-"
        return Decision(
            findings=(Finding("cells.no-such-chain", Place(), {"chain": command.chain, "read": read}),)
        )
    asked = Asked(chain, command, act, limits, bedside)
    if type(command) in PARTS:
        asked.parts = tuple(PARTS[type(command)](chain, command))
    found = list(_findings(asked))
    if any(each.severity is Severity.ERROR for each in found):
        return Decision(findings=tuple(found))
    return Decision.of(handling.EVENTS_OF[type(command)](asked), found)


def _open(chain: Chain | None, command: c.OpenChain) -> Decision:
    """COI-01: the chain of identity begins before anything is taken, once, with labels of its own."""
    found = list(label_findings(command.chain, LabelKind.CHAIN))
    found += label_findings(command.person, LabelKind.PERSON)
    if chain is not None:
        found.append(Finding("cells.chain-exists", Place(), {"chain": chain.id}))
    return Decision.of((e.ChainOpened(chain=command.chain, person=command.person),), found)


def _findings(asked: Asked) -> Iterator[Finding]:
    if isinstance(asked.command, NEEDS_LIMITS):
        yield from needs_limits(asked.limits)
    yield from _blank(asked)
    yield from _twice(asked)
    for part in asked.parts:
        yield from part_findings(asked, part)
    yield from _OWN.get(type(asked.command), _nothing)(asked)


def _blank(asked: Asked) -> Iterator[Finding]:
    """Words that are given are words."""
    for field in ("reason", "words"):
        if hasattr(asked.command, field) and getattr(asked.command, field).isspace():
            yield Finding("cells.only-blanks", Place(), {"field": field})


def _twice(asked: Asked) -> Iterator[Finding]:
    """No container plays two parts in one command."""
    labels = [part.label for part in asked.parts]
    for label in sorted({each for each in labels if labels.count(each) > 1}):
        yield finding("cells.named-twice", label)


def _nothing(asked: Asked) -> Iterator[Finding]:
    return iter(())


def _print(asked: Asked) -> Iterator[Finding]:
    """A label is new in its chain, made after it, and what was printed reads as what was meant."""
    command: c.PrintLabel = asked.command
    yield from label_findings(command.container, LabelKind.CONTAINER)
    if command.container in asked.chain.containers:
        yield finding("cells.label-used", command.container)
    if command.decoded != command.container:
        yield finding("cells.print-not-readable", command.container, read=ours(command.decoded))
    opened = asked.chain.opened_at
    if opened is not None and asked.act.at < opened:
        at = shown(asked.act.at)
        yield finding("cells.before-the-chain", command.container, at=at, opened=shown(opened))
    yield from _template(asked)


def _template(asked: Asked) -> Iterator[Finding]:
    """LAB-04: a label is printed by a template's version in use, made for what is in the container."""
    command, limits = asked.command, asked.limits
    if limits is None or limits.templates is None:
        return
    in_use = {each.id: each for each in limits.templates}
    template = in_use.get(command.template)
    if template is None or str(template.version) != command.template_version:
        known = ", ".join(f"{each.id} {each.version}" for each in limits.templates)
        read = f"{command.template} {command.template_version}"
        yield finding("cells.not-the-template-in-use", command.container, read=read, known=known)
    needed = LabelUse.PRODUCT if command.kind is Kind.BAG else LabelUse.PROCESS
    if template is not None and template.use is not needed:
        use = template.use.value
        yield finding("cells.template-of-another-use", command.container, use=use, needed=needed.value)


def _lot_is_new(asked: Asked) -> Iterator[Finding]:
    if asked.command.lot in asked.chain.lots:
        yield Finding("cells.lot-exists", Place(), {"lot": asked.command.lot})
    if not asked.command.serum:
        yield Finding("cells.no-serum", Place(), {"lot": asked.command.lot})


def _serum(asked: Asked) -> Iterator[Finding]:
    if not asked.command.serum:
        yield Finding("cells.no-serum", Place(), {"lot": "-"})


def _some_flasks(asked: Asked) -> Iterator[Finding]:
    command = asked.command
    if not command.flasks:
        yield Finding("cells.names-nothing", Place(), {"part": "flasks"})
    if isinstance(command, c.Harvest):
        if command.into.volume.value <= 0:
            yield finding("cells.empty-part", command.into.scan.container)
        for flask in asked.containers("source"):
            if command.counted_at < flask.last_at:
                yield finding("cells.counted-before", flask.label)
        if command.counted_at > asked.act.at:
            yield finding("cells.counted-later", command.into.scan.container)


def _collect(asked: Asked) -> Iterator[Finding]:
    if asked.command.volume.value <= 0:
        yield finding("cells.empty-part", asked.command.scan.container)


def _pool(asked: Asked) -> Iterator[Finding]:
    if len(asked.command.sources) < 2:
        yield Finding("cells.nothing-to-pool", Place(), {"sources": len(asked.command.sources)})


def _record_result(asked: Asked) -> Iterator[Finding]:
    command: c.RecordResult = asked.command
    lot = asked.chain.lots.get(command.lot)
    if lot is None:
        yield Finding("cells.no-such-lot", Place(), {"lot": command.lot})
    elif asked.limits is not None:
        yield from result_findings(lot, asked.limits, command.specification, command.result)


def _correct_result(asked: Asked) -> Iterator[Finding]:
    command: c.CorrectResult = asked.command
    if not command.reason.strip():
        yield Finding("cells.no-reason", Place(), {"lot": command.lot})
    lot = asked.chain.lots.get(command.lot)
    if lot is None:
        yield Finding("cells.no-such-lot", Place(), {"lot": command.lot})
    elif command.corrects >= len(lot.results):
        params: dict[str, Param] = {"lot": lot.id, "read": command.corrects, "results": len(lot.results)}
        yield Finding("cells.no-such-result", Place(), params)
    elif command.corrects in {each.corrects for each in lot.results}:
        yield Finding("cells.corrected-before", Place(), {"lot": lot.id, "read": command.corrects})
    elif asked.limits is not None:
        specification = lot.results[command.corrects].specification
        yield from result_findings(lot, asked.limits, specification, command.result)


def _release(asked: Asked) -> Iterator[Finding]:
    command: c.Release = asked.command
    lot = asked.chain.lots.get(command.lot)
    if lot is None:
        yield Finding("cells.no-such-lot", Place(), {"lot": command.lot})
    elif asked.limits is not None:
        role, at = asked.act.role, asked.act.at
        yield from release_findings(asked.chain, lot, asked.limits, command.conditional, role, at)
    if command.conditional and not command.reason.strip():
        yield Finding("cells.no-reason", Place(), {"lot": command.lot})


def _reject(asked: Asked) -> Iterator[Finding]:
    lot = asked.chain.lots.get(asked.command.lot)
    if lot is None:
        yield Finding("cells.no-such-lot", Place(), {"lot": asked.command.lot})
    elif lot.status is not LotStatus.OPEN:
        yield Finding("cells.lot-not-open", Place(), {"lot": lot.id, "status": lot.status.value})


def _forbidden(asked: Asked) -> Iterator[Finding]:
    """What the protocol says against an infusion."""
    yield from asked.bedside.forbids


def _start(asked: Asked) -> Iterator[Finding]:
    yield from _forbidden(asked)
    limits = asked.limits
    if limits is not None and len(asked.chain.infusions) >= limits.most_infusions:
        params: dict[str, Param] = {"chain": asked.chain.id, "most": limits.most_infusions}
        yield Finding("cells.infused-already", Place(), params)


def _report(asked: Asked) -> Iterator[Finding]:
    if asked.command.container not in asked.chain.containers:
        yield finding("cells.not-of-this-chain", asked.command.container, chain=asked.chain.id)


def _correct_identity(asked: Asked) -> Iterator[Finding]:
    """Never: an error of identity is reported, and what it touched is discarded."""
    yield from _report(asked)
    fields = ", ".join(IDENTITY_FIELDS)
    params = {"field": asked.command.field, "fields": fields}
    yield finding("cells.identity-cannot-be-corrected", asked.command.container, **params)


_OWN: dict[type, Callable[[Asked], Iterator[Finding]]] = {
    c.PrintLabel: _print,
    c.Collect: _collect,
    c.Seed: _lot_is_new,
    c.Passage: _serum,
    c.Feed: lambda asked: (each for check in (_serum, _some_flasks) for each in check(asked)),
    c.Harvest: _some_flasks,
    c.Pool: _pool,
    c.RecordResult: _record_result,
    c.CorrectResult: _correct_result,
    c.Release: _release,
    c.Reject: _reject,
    c.StartInfusion: _start,
    c.ResumeInfusion: _forbidden,
    c.ReportIdentityError: _report,
    c.CorrectIdentity: _correct_identity,
}
"""What a command is asked besides the gates of its containers."""
