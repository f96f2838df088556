"""The infusion certificate: one bag's path from a person to their marrow to the bag to their vein, proved.

It carries every entry of the chain of identity (and the rules and limits they were decided under), each with
its proof against the head of the ledger. Whoever verifies it works everything out again from the texts of
these entries; the summary it begins with is for reading, and is believed in nothing.

What a certificate shows: that these entries stand, as they are, in the ledger of that head. What it cannot
show: that no entry was left out, such as a later quarantine or a correction (only the ledger itself can be
asked), nor that what was entered was true. Anybody can make up a whole ledger, and a certificate from it in
which everything holds: so one is *authentic* only against a head that came another way, or one signed by a
trusted key. Words that people wrote are in the entries as salted digests and stay so.

Version 1, in JSON: ``format``, ``version``, ``head`` (its printed line), ``last`` (the proof that the last
digest is the last leaf), ``summary``, ``entries`` (each ``seq``, ``text``, ``proof``), ``extensions`` (each
``size`` and ``proof``: that the tree of this head and one of another size begin alike), ``signature``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from myelos.findings import Finding, Param, Place, Refused, Severity
from myelos.ledger.canonical import digest_of
from myelos.ledger.entry import Row
from myelos.ledger.events import Digest, Seq
from myelos.ledger.heads import HeadSignature, TreeHead, public_keys, read_head, signed
from myelos.ledger.infused import Facts, Step
from myelos.ledger.merkle import LONGEST, Tree, check_consistency, check_inclusion
from myelos.ledger.snapshot import Snapshot
from myelos.ledger.tracing import OF_THE_PATH, OF_THE_SITE, OF_THE_TRIAL, belongs, read_step, trace
from myelos.protocol.asking import shown
from myelos.protocol.person_events import Screened
from myelos.shapes import plain, read, value

FORMAT, VERSION = "myelos-infusion-certificate", 1

_BESIDE: tuple[type, ...] = (*OF_THE_TRIAL, *OF_THE_SITE, Screened)
_NAMES = frozenset(event.NAME for event in OF_THE_PATH)  # type: ignore[attr-defined]
_GENERAL = frozenset(event.NAME for event in _BESIDE)  # type: ignore[attr-defined]

Proof = Annotated[tuple[Digest, ...], Field(max_length=LONGEST)]


@value
class Carried:
    """One entry: its number, its text, and the proof that it stands in the ledger of the head."""

    seq: Seq
    text: Annotated[str, StringConstraints(min_length=1)]
    proof: Proof


@value
class Extension:
    """The proof that the shorter of two trees, this head's and one of ``size`` entries, begins the longer."""

    size: Seq
    proof: Proof


@value
class Certificate:
    """A certificate as it is written, nothing of it checked yet but its shape."""

    format: str
    version: int
    head: str
    last: Proof
    summary: dict[str, Any]
    entries: Annotated[tuple[Carried, ...], Field(min_length=1)]
    extensions: tuple[Extension, ...] = ()
    signature: HeadSignature | None = None


class Standing(StrEnum):
    """What a certificate is worth. ``CONSISTENT``: everything holds within it, and nothing from outside says
    that it is of a ledger anybody kept."""

    AUTHENTIC = "authentic"
    CONSISTENT = "consistent, origin unproved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate verified: its standing, everything there is to say, and, unless it is refused, its facts
    as the entries tell them and the head they stand under. ``by``: whether it is authentic by a ``head`` that
    was supplied or by a trusted ``key``."""

    standing: Standing
    findings: tuple[Finding, ...]
    facts: Facts | None = None
    head: TreeHead | None = None
    by: str = ""


# Making -----------------------------------------------------------------------------------------------------


def certificate(
    rows: Iterable[Row], snapshot: Snapshot, container: str, signature: HeadSignature | None = None
) -> dict[str, Any]:
    """The certificate of an infused bag, as plain data for JSON.

    ``rows``: the whole ledger, in order, up to where the ``snapshot`` stands; ``signature``: over its head.
    Raises :class:`~myelos.findings.Refused` for a bag that is unknown or whose infusion has not ended, a
    signature that is not over this head, and whatever else a certificate would be refused for; ValueError for
    rows that are not those of the snapshot.
    """
    chain = snapshot.state.labels.get(container)
    if chain is None:
        raise Refused([_told("certificate-no-such-bag", container=container[:80])])
    person = snapshot.state.chains[chain].person
    about = (chain, person, snapshot.state.people[person].site)
    digests, carried, steps = _select(rows, snapshot.trial, about)
    if len(digests) != snapshot.seq or (digests and digests[-1] != snapshot.digest):
        raise ValueError(f"these {len(digests)} rows are not those up to entry {snapshot.seq}")
    traced = trace(snapshot.trial, steps, container)
    tree = Tree.of(digests)
    head = TreeHead(snapshot.trial, snapshot.seq, snapshot.digest, tree.root)
    found = [each for each in traced.findings if each.severity is Severity.ERROR]
    if signature is not None and not signed(head, signature):
        found.append(_told("certificate-signature"))
    if found or traced.facts is None:
        raise Refused(found)
    entries = tuple(Carried(seq=row.seq, text=row.text, proof=tree.inclusion(row.seq - 1)) for row in carried)
    made: dict[str, Any] = plain(Certificate(
        format=FORMAT, version=VERSION, head=str(head), last=tree.inclusion(head.seq - 1),
        summary=plain(traced.facts), entries=entries, signature=signature,
    ))  # fmt: skip
    return made


def _select(
    rows: Iterable[Row], trial: str, about: tuple[str, str, str]
) -> tuple[list[str], list[Row], list[Step]]:
    """Every digest, and the rows that a certificate about a chain, a person and a site carries."""
    digests, carried, steps = [], [], []
    for row in rows:
        digests.append(row.digest)
        if row.event in _GENERAL or (row.event in _NAMES and about[0] in row.text):
            step = read_step(row.seq, row.text, trial)
            if belongs(step.event, *about):
                carried.append(row)
                steps.append(step)
    return digests, carried, steps


def extended(made: Mapping[str, Any], digests: Sequence[str], sizes: Collection[int]) -> dict[str, Any]:
    """A certificate that can be held against heads of other sizes of the same ledger, too.

    ``digests``: of the ledger as it is now, in order. Raises ValueError when they are not of the ledger of
    the certificate's head, or for a size they do not reach.
    """
    head = read_head(made["head"])
    if head.root != Tree.of(digests[: head.seq]).root or not all(0 < size <= len(digests) for size in sizes):
        raise ValueError("these digests are of another ledger, or too few")
    known = [each for each in made["extensions"] if each["size"] not in set(sizes)]
    for size in sorted({*sizes} - {head.seq}):
        shorter, longer = sorted((size, head.seq))
        proof = Tree.of(digests[:longer]).consistency(shorter)
        known.append(plain(Extension(size=size, proof=proof)))
    return {**made, "extensions": known}


# Verifying --------------------------------------------------------------------------------------------------


def verify_certificate(
    made: object, heads: Iterable[TreeHead] = (), trusted: Iterable[bytes] = ()
) -> Verified:
    """What a certificate is worth, with every reason.

    ``heads``: printed heads that came another way than the certificate; ``trusted``: public keys (PEM) of the
    sites whose signature is believed. It is authentic when everything in it holds and one of the heads is its
    own (or is tied to it by an extension, and all its entries lie before both), or a trusted key signed its
    head. Raises :class:`~myelos.findings.Refused` for a trusted key that cannot be read.
    """
    keys = public_keys(trusted)
    try:
        it = _read(made)
        head = read_head(it.head)
    except Refused as refused:
        return Verified(Standing.REFUSED, refused.findings)
    found = list(_proofs(it, head))
    facts, of_entries = _entries(it, head)
    found += of_entries
    by_head, of_heads = _heads(it, head, tuple(heads))
    by_key, of_key = _key(it, head, keys)
    found += [*of_heads, *of_key]
    if any(each.severity is Severity.ERROR for each in found):
        return Verified(Standing.REFUSED, tuple(found), head=head)
    by = "head" if by_head else "key" if by_key else ""
    standing = Standing.AUTHENTIC if by else Standing.CONSISTENT
    return Verified(standing, tuple(found), facts, head, by)


def _read(made: object) -> Certificate:
    said = made if isinstance(made, Mapping) else {}
    if said.get("format") != FORMAT:
        raise Refused([_told("certificate-format", read=str(said.get("format"))[:80])])
    if type(said.get("version")) is not int or said["version"] != VERSION:
        raise Refused([_told("certificate-version", read=str(said.get("version"))[:20], known=VERSION)])
    return read(Certificate, made)


def _proofs(it: Certificate, head: TreeHead) -> Iterator[Finding]:
    """Every entry stands in the tree of the head, and in order."""
    if not check_inclusion(head.root, head.seq, head.seq - 1, head.digest, it.last):
        yield _told("certificate-head", column="last")
    for number, each in enumerate(it.entries):
        if not check_inclusion(head.root, head.seq, each.seq - 1, digest_of(each.text), each.proof):
            place = Place(row=each.seq, column=f"entries[{number}]")
            yield Finding("ledger.certificate-proof", place, {"size": head.seq})
    for number, (one, next_) in enumerate(pairwise(it.entries), start=1):
        if next_.seq <= one.seq:
            place = Place(row=next_.seq, column=f"entries[{number}]")
            yield Finding("ledger.certificate-order", place, {"before": one.seq})


def _entries(it: Certificate, head: TreeHead) -> tuple[Facts | None, list[Finding]]:
    """The facts as the entries tell them, and everything against them or against the summary."""
    steps: list[Step] = []
    found: list[Finding] = []
    for each in it.entries:
        try:
            steps.append(read_step(each.seq, each.text, head.trial))
        except Refused as refused:
            found += refused.findings
    readable = not found
    found += _follow(it, steps)
    container = it.summary.get("container")
    if not isinstance(container, str):
        return None, [*found, _told("certificate-summary", column="summary.container", read="-", told="?")]
    if not readable:
        return None, found
    traced = trace(head.trial, steps, container)
    found += traced.findings
    if traced.facts is not None:
        found += _otherwise(it.summary, plain(traced.facts), "summary")
    return traced.facts, found


def _follow(it: Certificate, steps: Sequence[Step]) -> Iterator[Finding]:
    """Of two entries with nothing between them the second names the digest of the first."""
    digests = {each.seq: digest_of(each.text) for each in it.entries}
    for step in steps:
        if digests.get(step.seq - 1, step.previous) != step.previous:
            yield Finding("ledger.broken", Place(row=step.seq - 1), {"next": step.seq})


def _otherwise(read_: Any, told: Any, where: str) -> Iterator[Finding]:
    """Every place where a summary says otherwise than the entries."""
    if isinstance(read_, dict) and isinstance(told, dict):
        for key in dict.fromkeys((*told, *read_)):
            yield from _otherwise(read_.get(key), told.get(key), f"{where}.{key}"[:200])
    elif isinstance(read_, list) and isinstance(told, list) and len(read_) == len(told):
        for number, (one, other) in enumerate(zip(read_, told, strict=True)):
            yield from _otherwise(one, other, f"{where}[{number}]")
    elif type(read_) is not type(told) or read_ != told:
        yield _told("certificate-summary", column=where, read=str(read_)[:80], told=str(told)[:80])


def _heads(it: Certificate, head: TreeHead, heads: Sequence[TreeHead]) -> tuple[bool, list[Finding]]:
    """Whether a supplied head vouches for the certificate, and what there is to say of each."""
    vouched, found = False, []
    for each in heads:
        if each == head:
            vouched = True
        elif each.trial != head.trial:
            found.append(_note("head-of-another-trial", read=each.trial, trial=head.trial))
        elif each.seq == head.seq:
            found.append(_told("head-differs", size=head.seq))
        else:
            holds, told = _across(it, head, each)
            vouched = vouched or holds
            found += told
    return vouched, found


def _across(it: Certificate, head: TreeHead, other: TreeHead) -> tuple[bool, list[Finding]]:
    """Whether a head of another size vouches for it: an extension ties the two, and both hold its entries."""
    sizes: dict[str, Any] = {"read": other.seq, "size": head.seq}
    proof = next((each.proof for each in it.extensions if each.size == other.seq), None)
    if proof is None:
        return False, [_note("head-of-another-size", **sizes)]
    one, two = sorted((head, other), key=lambda each: each.seq)
    if not check_consistency(one.root, one.seq, two.root, two.seq, proof):
        return False, [_told("head-not-of-this-ledger", **sizes)]
    last = max(each.seq for each in it.entries)
    if last > other.seq:
        return False, [_note("head-too-early", read=other.seq, last=last)]
    return True, []


def _key(it: Certificate, head: TreeHead, keys: frozenset[str]) -> tuple[bool, list[Finding]]:
    """Whether a trusted key signed the head."""
    if it.signature is None:
        return False, [_note("certificate-unsigned")] if keys else []
    if not signed(head, it.signature):
        return False, [_told("certificate-signature")]
    if it.signature.key not in keys:
        return False, [_note("certificate-key-unknown", key=it.signature.key)]
    return True, []


# Telling ----------------------------------------------------------------------------------------------------


def tell_certificate(verified: Verified) -> tuple[Finding, ...]:
    """A verified certificate line by line, for people: its standing, what was found, then (unless it is
    refused) its facts, and what it cannot show. The words are in ``words.toml``; the lines are notes."""
    match verified.standing:
        case Standing.AUTHENTIC:
            first = _note(f"tell-authentic-by-{verified.by}")
        case Standing.CONSISTENT:
            first = _note("tell-consistent")
        case Standing.REFUSED:
            first = _note("tell-refused", faults=sum(e.severity is Severity.ERROR for e in verified.findings))
    lines = [first, *verified.findings]
    if verified.facts is not None:
        lines += [*_of_person(verified.facts), *_of_bag(verified.facts)]
        lines.append(_note("tell-head", head=str(verified.head)))
    return (*lines, _note("tell-cannot"))


def _of_person(facts: Facts) -> Iterator[Finding]:
    named: dict[str, Param] = {"trial": facts.trial, "person": facts.person, "chain": facts.chain}
    yield _note("tell-infusion", container=facts.container, **named)
    for each in facts.donations:
        told: dict[str, Param] = {"container": each.container, "volume": str(each.volume), "by": each.by}
        yield _note(f"tell-{each.kind.value}", at=shown(each.at), entry=each.entry, **told)
    parents = {each.container: each.parents for each in facts.lineage}
    ways = (f"{label} < {', '.join(of)}" for label, of in parents.items() if of)
    yield _note("tell-lineage", ways="; ".join(ways))


def _of_bag(facts: Facts) -> Iterator[Finding]:
    results = "; ".join(f"{each.specification} {each.result}" for each in facts.results)
    yield _note("tell-results", lot=facts.lot, edition=facts.edition, results=results)
    yield _note("tell-released", lot=facts.lot, at=shown(facts.released_at), by=facts.released_by)
    if facts.pending:
        yield _note("tell-pending", pending=", ".join(facts.pending))
    scans = {"first": facts.first.by, "second": facts.second.by}
    times = {"first_at": shown(facts.first.at), "second_at": shown(facts.second.at)}
    yield _note("tell-matched", **scans, **times)
    window: dict[str, Param] = {"lowest": facts.lowest, "highest": facts.highest, "weight": str(facts.weight)}
    yield _note("tell-dose", dose=facts.dose, basis=facts.basis, **window)
    end = "tell-stopped" if facts.stopped else "tell-ended"
    ran: dict[str, Param] = {"infused": str(facts.infused), "delivered": facts.delivered}
    yield _note(end, start=shown(facts.started_at), end=shown(facts.ended_at), **ran)


def _told(code: str, *, column: str | None = None, **params: Param) -> Finding:
    return Finding(f"ledger.{code}", Place(column=column), params)


def _note(code: str, **params: Param) -> Finding:
    return Finding(f"ledger.{code}", Place(), params, Severity.NOTE)
