"""The gates: everything that can forbid a command, all reasons at once.

A guard is a function of what is asked and one container; the table of states names the guards of each row.
Identity is asked three times over, each time from another side: the chain that is named, the label that was
scanned, and the wristband. No role, reason or setting is an argument of any of these functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from myelos.cells import bedside, custody
from myelos.cells.asked import Asked, Part, finding, shown
from myelos.cells.containers import Container, Kind, QuarantineReason
from myelos.cells.labels import LabelKind, read_label
from myelos.cells.limits import Limits
from myelos.cells.release import released_findings
from myelos.cells.states import ALLOWED_AFTER_IDENTITY_ERROR, ALLOWED_IN_QUARANTINE, LOOKED_AT, STEP
from myelos.findings import Finding, Refused
from myelos.quantities import Amount


def part_findings(asked: Asked, part: Part) -> Iterator[Finding]:
    """Everything that forbids the part one container shall play."""
    yield from _scan(part)
    it = asked.chain.containers.get(part.label)
    if it is None:
        yield finding("cells.not-of-this-chain", part.label, chain=asked.chain.id)
        return
    yield from _in_table(it, part)
    yield from _held_back(it, part)
    yield from _in_order(asked, it, part)
    for guard in STEP[part.event, part.part].guards:
        yield from GUARDS[guard](asked, it, part)


def label_findings(text: str, kind: LabelKind) -> Iterator[Finding]:
    """Everything wrong with a text that should be a label of a kind."""
    try:
        read_label(text, kind)
    except Refused as refused:
        yield from refused.findings


def ours(text: str) -> str:
    """A scanned text as a finding may repeat it: a label of ours. Another code may hold a name: "?"."""
    try:
        return str(read_label(text, None))
    except Refused:
        return "?"


def _scan(part: Part) -> Iterator[Finding]:
    """The scanned text is a whole label of a container, and that of the container meant."""
    if part.read is None:
        return
    yield from label_findings(part.read, LabelKind.CONTAINER)
    if part.read != part.label:
        yield finding("cells.scanned-another", part.label, read=ours(part.read))


def _in_table(it: Container, part: Part) -> Iterator[Finding]:
    step = STEP[part.event, part.part]
    if it.kind not in step.kinds:
        kinds = ", ".join(sorted(step.kinds))
        yield finding("cells.wrong-kind", it.label, kind=it.kind.value, event=part.event, needed=kinds)
    if it.state not in step.before:
        states = ", ".join(sorted(step.before))
        yield finding("cells.wrong-state", it.label, state=it.state.value, event=part.event, needed=states)


def _held_back(it: Container, part: Part) -> Iterator[Finding]:
    if QuarantineReason.IDENTITY in it.quarantine:
        if part.event not in ALLOWED_AFTER_IDENTITY_ERROR:
            yield finding("cells.identity-stays", it.label)
    elif it.quarantine and part.event not in ALLOWED_IN_QUARANTINE:
        yield finding("cells.quarantined", it.label, reasons=", ".join(sorted(it.quarantine)))


def _in_order(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """Nothing is done before the last thing that was done, nor before a quarantine in which it could not be
    was lifted. What is only looked at may be told late."""
    last = it.last_at
    if part.event not in ALLOWED_IN_QUARANTINE and it.held_at is not None:
        last = max(last, it.held_at)
    if asked.act.at < last and part.event not in LOOKED_AT:
        yield finding("cells.before-the-last", it.label, at=shown(asked.act.at), last=shown(last))


def _another_person(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """LAB-04: who printed a label does not verify it."""
    if asked.act.by == it.printed_by:
        yield finding("cells.same-person", it.label, by=asked.act.by)


def _own_wristband(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """COI-05: the wristband scanned is that of the person the chain belongs to."""
    read: str = asked.command.wristband
    yield from label_findings(read, LabelKind.PERSON)
    if read != asked.chain.person:
        yield finding("cells.another-persons", it.label, read=ours(read))


def _volume(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """Conservation: nobody takes more out than there is, and no part is empty."""
    if any(volume.value <= 0 for volume in part.taken):
        yield finding("cells.empty-part", it.label)
    if not part.taken:
        yield finding("cells.no-part", it.label)
    if it.contents is None:
        yield finding("cells.holds-nothing", it.label)
        return
    taken = sum(part.taken, start=Amount.of("0 mL"))
    if taken > it.contents.volume:
        whole = str(it.contents.volume)
        yield finding("cells.more-than-there-is", it.label, taken=str(taken), whole=whole)


def _same_kind(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    return _kind_of_sources(asked, it)


def _kind_of_sources(asked: Asked, it: Container) -> Iterator[Finding]:
    for source in asked.containers("source"):
        if source.kind is not it.kind:
            yield finding("cells.another-kind", it.label, kind=it.kind.value, source=source.kind.value)


def _same_kind_or_bag(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """What is divided stays what it is; a suspension may be filled into bags."""
    sources = asked.containers("source")
    if it.kind is Kind.BAG and all(source.kind is Kind.SUSPENSION for source in sources):
        return
    yield from _kind_of_sources(asked, it)


def _one_lot(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    first = asked.containers("source")[0]
    if it.lot != first.lot:
        yield finding("cells.another-lot", it.label, lot=str(it.lot), first=str(first.lot))


def _one_passage(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    first = asked.containers("source")[0]
    if it.passage != first.passage:
        yield finding("cells.another-passage", it.label, passage=str(it.passage), first=str(first.passage))


def _passages(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    limits, passage = asked.limits, (it.passage or 0) + 1
    if limits is not None and passage > limits.most_passages:
        yield finding("cells.too-many-passages", it.label, passage=passage, most=limits.most_passages)


def _own_lot(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    if it.lot != asked.command.lot:
        yield finding("cells.another-lot", it.label, lot=str(it.lot), first=asked.command.lot)


def _shelf_life(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """Thawed within the shelf life, which begins with freezing."""
    if it.frozen_at is None:
        yield finding("cells.never-frozen", it.label)
    elif asked.limits is not None and asked.act.at - it.frozen_at > bedside.span(asked.limits.shelf_life):
        frozen, most = shown(it.frozen_at), str(asked.limits.shelf_life)
        yield finding("cells.shelf-life-over", it.label, frozen=frozen, most=most)


def _may_be_infused(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """An unbroken path back to the person, and a lot released with all its tests in range."""
    yield from path_findings(asked, it)
    yield from released_findings(asked, it)


def path_findings(asked: Asked, it: Container) -> Iterator[Finding]:
    """COI-02: every way back from a bag ends in a collection of this chain, over containers of this chain
    that no identity error has touched."""
    chain = asked.chain
    path = [chain.containers[label] for label in (it.label, *chain.ancestors(it.label))]
    for each in path:
        if QuarantineReason.IDENTITY in each.quarantine:
            yield finding("cells.identity-error-on-path", it.label, at=each.label)
        collected = each.kind in (Kind.BLOOD, Kind.MARROW)
        if not each.parents and not (collected and each.custody):
            yield finding("cells.path-broken", it.label, at=each.label)
    if not any(each.kind is Kind.MARROW for each in path):
        yield finding("cells.path-without-marrow", it.label)


def _may_be_lifted(asked: Asked, it: Container, part: Part) -> Iterator[Finding]:
    """A quarantine for identity is never lifted; one for a withdrawn release only after a new release."""
    reason, lot = asked.command.reason, asked.chain.lot_of(it)
    if QuarantineReason.IDENTITY in (reason, *it.quarantine):
        yield finding("cells.identity-stays", it.label)
    elif reason not in it.quarantine:
        yield finding("cells.not-held-back", it.label, reason=reason.value)
    elif reason is QuarantineReason.RELEASE_WITHDRAWN and not (lot is not None and lot.released):
        yield finding("cells.withdrawn-stays", it.label)
    if it.held_at is not None and asked.act.at < it.held_at:
        yield finding("cells.before-the-last", it.label, at=shown(asked.act.at), last=shown(it.held_at))


Guard = Callable[[Asked, Container, Part], Iterator[Finding]]
GUARDS: dict[str, Guard] = {
    "another_person": _another_person,
    "own_wristband": _own_wristband,
    "custody": custody.custody,
    "cold_is_measured": custody.cold_is_measured,
    "holder_receives": custody.holder_receives,
    "shipment": custody.shipment,
    "packed_within_storage": custody.packed_within_storage,
    "between_freezing_and_thawing": custody.between_freezing_and_thawing,
    "volume": _volume,
    "same_kind": _same_kind,
    "same_kind_or_bag": _same_kind_or_bag,
    "one_lot": _one_lot,
    "one_passage": _one_passage,
    "passages": _passages,
    "own_lot": _own_lot,
    "shelf_life": _shelf_life,
    "may_be_infused": _may_be_infused,
    "two_people": bedside.two_people,
    "thaw_window": bedside.thaw_window,
    "dose": bedside.dose,
    "after_the_start": bedside.after_the_start,
    "adds_up": bedside.adds_up,
    "may_be_lifted": _may_be_lifted,
}
"""The guards by the names the table of states uses."""


def needs_limits(limits: Limits | None) -> Iterator[Finding]:
    """A command that compares with a limit is refused while there are none."""
    if limits is None:
        yield Finding("cells.limits-not-set")
