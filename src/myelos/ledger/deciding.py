"""What follows from a command in a trial that has a record: the trial's own rules, and the record's.

A frozen or locked record takes no more; a signature whose ground changes is voided by an entry beside the
change, and whoever makes the change is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from myelos.acts import Act, Decision
from myelos.cells import commands as cc
from myelos.findings import Finding, Param, Place, Refused, Severity
from myelos.ledger import commands as lc
from myelos.ledger import events as le
from myelos.ledger import queries as lq
from myelos.ledger.concerned import concerned
from myelos.ledger.signing import made_by, signed_digest, touched
from myelos.ledger.snapshot import Restriction, Signature, Snapshot
from myelos.protocol import COMMANDS as TRIAL_COMMANDS
from myelos.protocol import Command, Protocol, decide, read_protocol
from myelos.safety.commands import COMMANDS as HARM_COMMANDS
from myelos.shapes import Catalogue, faults, plain

COMMANDS: tuple[type, ...] = (*lc.COMMANDS, *lq.COMMANDS, *TRIAL_COMMANDS)
"""Every command of a trial with a record."""

COMMAND_CATALOGUE = Catalogue(COMMANDS)
"""The commands by name and version."""

SIGNED_COMMANDS = lc.SIGNED
"""Those that sign, and so rest on the digests of what is signed."""

WHILE_FROZEN = frozenset(
    [
        *HARM_COMMANDS, cc.ReportIdentityError, cc.HoldBack, cc.Discard, cc.ReadTemperature, cc.PutInStorage,
        cc.ObserveInfusion, cc.PauseInfusion, cc.EndInfusion,
    ]
)  # fmt: skip
"""What a freeze lets through: harms, and what keeps cells from doing any, a running infusion's reactions and
its end among it. A lock lets nothing through."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the record's keeper gives to a signature: the printed name of who signs, the digests of what is
    signed in order, and, where entries are signed, every event about the people they are about."""

    printed_name: str = ""
    digests: Sequence[str] = ()
    events: Sequence[tuple[int, Any]] = ()


NOTHING = Given()


def decide_recorded(snapshot: Snapshot, command: Command, given: Given = NOTHING) -> Decision:
    """The events of a command, or every finding that forbids it.

    Raises TypeError for what is no command, LookupError for a command before the trial is opened.
    """
    order, act = command.order, command.act
    if not snapshot.protocols and type(order) is not lc.OpenTrial:
        raise LookupError(f"the trial {snapshot.trial} was not opened")
    answer = _ANSWERS.get(type(order))
    if answer is not None:
        wrong = [*faults(act), *faults(order)]
        return Decision.of((), wrong) if wrong else answer(snapshot, order, act, given)
    decision = decide(snapshot.state, command, snapshot.protocol)
    if decision.forbidden and all(each.code.startswith("shapes.") for each in decision.findings):
        return decision
    people = {each: None for told in (order, *decision.events) if (each := concerned(snapshot.state, told))}
    closed = [_closed(each) for each in _restrictions(snapshot, people) if _shut(each, order)]
    return _voiding(snapshot, order, Decision.of(decision.events, [*closed, *decision.findings]), people)


def _voiding(snapshot: Snapshot, order: Any, decision: Decision, people: Collection[str]) -> Decision:
    """The decision, and beside its events the end of every signature whose ground they change."""
    if decision.forbidden or not snapshot.signatures:
        return decision
    voided = list(_voided(snapshot, decision, people))
    told = [
        _told("signature-voided", severity=Severity.WARNING, seq=each.seq, name=each.signed.printed_name)
        for each in voided
    ]
    events = [le.SignatureVoided(signature=each.seq, changed_by=order.NAME) for each in voided]
    return Decision.of([*decision.events, *events], [*decision.findings, *told])


# Frozen and locked ------------------------------------------------------------------------------------------


def _restrictions(snapshot: Snapshot, people: Iterable[str]) -> Iterator[Restriction]:
    """What is in force for the trial, and for these people."""
    for key in ("", *people):
        found = snapshot.restrictions.get(key)
        if found is not None:
            yield found


def _shut(restriction: Restriction, order: Any) -> bool:
    return restriction.restricted.level == "lock" or type(order) not in WHILE_FROZEN


def _closed(restriction: Restriction) -> Finding:
    restricted = restriction.restricted
    return _told(
        "locked" if restricted.level == "lock" else "frozen", what=_whose(restricted.subject),
        name=restricted.printed_name, seq=restriction.seq,
    )  # fmt: skip


def _voided(snapshot: Snapshot, decision: Decision, people: Collection[str]) -> Iterator[Signature]:
    """Every signature that holds and covers what these events change, in order of their entries."""
    changed = {each for event in decision.events for each in touched(snapshot.state, event)}
    for _, signature in sorted(snapshot.signatures.items()):
        subject = signature.signed.subject
        covers = subject.kind == "trial" or (subject.kind == "person" and subject.person in people)
        if signature.holds and (covers or changed.intersection(signature.signed.made)):
            yield signature


# Signing ----------------------------------------------------------------------------------------------------


def _sign(snapshot: Snapshot, order: lc.Sign, act: Act, given: Given) -> Decision:
    found = list(_of_subject(snapshot, order.subject, given))
    if found:
        return Decision.of((), found)
    event = le.Signed(
        meaning=order.meaning, printed_name=given.printed_name, subject=order.subject, through=snapshot.seq,
        digest=signed_digest(given.digests), made=made_by(given.events, order.subject.entries),
    )  # fmt: skip
    return Decision.of([event], ())


def _restrict(snapshot: Snapshot, order: lc.Restrict, act: Act, given: Given) -> Decision:
    found = list(_of_subject(snapshot, order.subject, given))
    if order.subject.kind == "entries":
        found.append(_told("cannot-close-entries", "subject"))
    known = snapshot.restrictions.get(order.subject.person or "")
    if known is not None and (known.restricted.level == "lock" or order.level == "freeze"):
        found.append(_told("closed-already", "level", level=known.restricted.level, seq=known.seq))
    if found:
        return Decision.of((), found)
    event = le.Restricted(
        level=order.level, printed_name=given.printed_name, subject=order.subject, through=snapshot.seq,
        digest=signed_digest(given.digests),
    )  # fmt: skip
    return Decision.of([event], ())


def _reopen(snapshot: Snapshot, order: lc.Reopen, act: Act, given: Given) -> Decision:
    found = [*_reason(act), *_of_subject(snapshot, order.subject, given)]
    if order.subject.kind == "entries":
        found.append(_told("cannot-close-entries", "subject"))
    known = snapshot.restrictions.get(order.subject.person or "")
    if known is None or known.restricted.level != order.level:
        level = "-" if known is None else known.restricted.level
        found.append(_told("not-closed", "level", read=order.level, level=level))
    event = le.Reopened(level=order.level, printed_name=given.printed_name, subject=order.subject)
    return Decision.of([event], found)


def _of_subject(snapshot: Snapshot, subject: le.Subject, given: Given) -> Iterator[Finding]:
    """Whether there is what is to be signed, and somebody to sign it."""
    if not given.printed_name:
        yield _told("nobody-to-sign", "by")
    match subject.kind:
        case "entries":
            beyond = [seq for seq in subject.entries if seq > snapshot.seq]
            if not subject.entries or beyond:
                yield _told("no-such-entries", "subject", read=str(beyond[:5]), last=snapshot.seq)
        case "person":
            if subject.person not in snapshot.state.people:
                yield _told("nobody", "subject.person", read=str(subject.person))
        case "trial":
            pass
    if (subject.kind == "person") != (subject.person is not None) or (
        (subject.kind == "entries") != bool(subject.entries)
    ):
        yield _told("unclear-subject", "subject", kind=subject.kind)


# The trial and its words ------------------------------------------------------------------------------------


def _open(snapshot: Snapshot, order: lc.OpenTrial, act: Act, given: Given) -> Decision:
    if snapshot.protocols:
        return Decision.refused(_told("opened-already", trial=snapshot.trial))
    try:
        protocol = read_protocol(order.protocol)
    except Refused as refused:
        return Decision.refused(*refused.findings)
    return Decision.of([le.TrialOpened(protocol=plain(protocol))], ())


def _amend(snapshot: Snapshot, order: lc.AmendProtocol, act: Act, given: Given) -> Decision:
    found = [*_reason(act), *(_closed(each) for each in _restrictions(snapshot, ()))]
    try:
        protocol = read_protocol(order.protocol)
    except Refused as refused:
        return Decision.of((), [*found, *refused.findings])
    found += _amendment(snapshot, protocol)
    amended = Decision.of([le.ProtocolAmended(protocol=plain(protocol))], found)
    return _voiding(snapshot, order, amended, ())


def _amendment(snapshot: Snapshot, protocol: Protocol) -> Iterator[Finding]:
    """Another edition of the same protocol, and not one that was in force before."""
    if protocol.id != snapshot.protocol.id:
        yield _told("another-protocol", "protocol.id", read=protocol.id, known=snapshot.protocol.id)
    if protocol.edition in {each.edition for each in snapshot.protocols}:
        yield _told("edition-known", "protocol.edition", read=protocol.edition)


def _erase(snapshot: Snapshot, order: lc.EraseWords, act: Act, given: Given) -> Decision:
    return Decision.of([le.WordsErased(references=order.references)], _reason(act))


def _identity(event: type) -> Callable[[Snapshot, Any, Act, Given], Decision]:
    def answer(snapshot: Snapshot, order: Any, act: Act, given: Given) -> Decision:
        found = []
        if order.person not in snapshot.state.people:
            found.append(_told("nobody", "person", read=order.person))
        if isinstance(order, lc.EraseIdentity):
            found += _reason(act)
        return Decision.of([event(person=order.person)], found)

    return answer


def _query(rule: Callable[[Snapshot, Any, Act], Decision]) -> Callable[[Snapshot, Any, Act, Given], Decision]:
    """A query is asked and answered under a freeze, too: that is when data are cleaned. Not under a lock."""

    def answer(snapshot: Snapshot, order: Any, act: Act, given: Given) -> Decision:
        decision = rule(snapshot, order, act)
        people = {event.person for event in decision.events if event.person}
        locked = [each for each in _restrictions(snapshot, people) if each.restricted.level == "lock"]
        return Decision.of(decision.events, [*map(_closed, locked), *decision.findings])

    return answer


_ANSWERS: Mapping[type, Callable[[Snapshot, Any, Act, Given], Decision]] = {
    lc.OpenTrial: _open,
    lc.AmendProtocol: _amend,
    lc.Sign: _sign,
    lc.Restrict: _restrict,
    lc.Reopen: _reopen,
    lc.EraseWords: _erase,
    lc.KeepIdentity: _identity(le.IdentityKept),
    lc.ReadIdentity: _identity(le.IdentityRead),
    lc.EraseIdentity: _identity(le.IdentityErased),
    lq.RaiseQuery: _query(lq.raise_query),
    lq.AnswerQuery: _query(lq.answer_query),
    lq.CloseQuery: _query(lq.close_query),
}


def _reason(act: Act) -> list[Finding]:
    return [] if act.why.strip() else [_told("no-reason", "why")]


def _whose(subject: le.Subject) -> str:
    return subject.person or "trial"


def _told(
    code: str, column: str | None = None, severity: Severity = Severity.ERROR, **params: Param
) -> Finding:
    return Finding(f"ledger.{code}", Place(column=column), params, severity)
