"""The infusion certificate: what it proves, and that nothing forged is ever called authentic. Synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from examples.twenty_people.people import script
from tests.ledger.certified import BOOK, FORGER, KEY, altered, codes, made, notes, vouched
from tests.ledger.infused_trial import (
    BAG,
    CHAIN,
    OTHER_BAG,
    OTHER_PERSON,
    PERSON,
    Said,
    about_the_bag,
    forged,
    played,
    resealed,
)

from myelos.cells import Kind, LotStatus
from myelos.findings import Refused
from myelos.ledger import Snapshot
from myelos.ledger.certificate import (
    Standing,
    Verified,
    certificate,
    extended,
    tell_certificate,
    verify_certificate,
)
from myelos.ledger.heads import TreeHead, sign_head
from myelos.ledger.snapshot import fold

# What holds -------------------------------------------------------------------------------------------------


def test_a_certificate_is_authentic_under_its_head_or_a_trusted_key() -> None:
    """Either vouches alone; each says how it does."""
    by_head = verify_certificate(made(), [played().head()])
    by_key = verify_certificate(made(), (), [FORGER.public, KEY.public])
    assert (by_head.standing, by_head.by) == (Standing.AUTHENTIC, "head")
    assert (by_key.standing, by_key.by) == (Standing.AUTHENTIC, "key")
    assert by_head.facts == by_key.facts
    assert by_head.head == played().head()


def test_without_anything_from_outside_the_origin_is_unproved() -> None:
    """That everything holds within it proves nothing about where it comes from."""
    for heads, trusted in (((), ()), ((), (FORGER.public,))):
        verified = verify_certificate(made(), heads, trusted)
        assert verified.standing is Standing.CONSISTENT
        assert notes(verified) == {"certificate-key-unknown"}
    unsigned = verify_certificate({**made(), "signature": None}, (), [KEY.public])
    assert (unsigned.standing, notes(unsigned)) == (Standing.CONSISTENT, {"certificate-unsigned"})


@pytest.mark.requirement("COI-02")
def test_coi_02_the_facts_lead_from_the_bag_to_donations_of_one_person() -> None:
    """Every way back from the bag ends in blood or marrow with its own number, under one chain."""
    facts = vouched(made()).facts
    assert facts is not None
    it = script(1)
    assert (facts.person, facts.chain, facts.container) == (PERSON, CHAIN, BAG)
    assert [(each.container, each.kind) for each in facts.donations] == [
        (it.container(1), Kind.BLOOD), (it.container(3), Kind.MARROW),
    ]  # fmt: skip
    parents = {each.container: each.parents for each in facts.lineage}
    assert parents[BAG] == (it.container(8),)
    ends = {label for label, of in parents.items() if not of}
    assert ends == {each.container for each in facts.donations}
    assert {each for of in parents.values() for each in of} <= set(parents)


def test_the_facts_are_those_of_the_ledger() -> None:
    """Dose, results, release, both who matched: as the snapshot of the whole ledger has them."""
    facts, state = vouched(made()).facts, played().snapshot.state
    assert facts is not None
    chain = state.chains[CHAIN]
    lot, infusion = chain.lots["LOT-1"], chain.infusions[0]
    assert (facts.first.by, facts.second.by) == infusion.by
    assert (facts.dose, facts.delivered) == (infusion.dose, infusion.delivered)
    assert (facts.started_at, facts.ended_at) == (infusion.started_at, infusion.ended_at)
    assert (facts.lot, facts.status, facts.released_at) == (lot.id, LotStatus.RELEASED, lot.released_at)
    assert {each.specification: each.result for each in facts.results} == {
        each.specification: each.result for each in lot.valid_results()
    }


def test_no_free_text_is_in_a_certificate() -> None:
    """Words that people wrote stay salted digests."""
    texts = [json.loads(each["text"]) for each in made()["entries"]]
    assert all(said["why"] == "" or said["why"].startswith("salted:") for said in texts)


def test_it_carries_every_entry_of_the_chain_and_nothing_about_anybody_else() -> None:
    """No other person's code, and no examination, leaves the trial with it."""
    carried = made()["entries"]
    assert [each["seq"] for each in carried] == [
        row.seq for row in played().rows if about_the_bag(json.loads(row.text))
    ]
    assert OTHER_PERSON not in json.dumps(carried)
    assert "visit-recorded" not in json.dumps(carried)


# Making -----------------------------------------------------------------------------------------------------


def refused(ledger: Any, container: str, **more: Any) -> set[str]:
    with pytest.raises(Refused) as caught:
        certificate(ledger.rows, ledger.snapshot, container, **more)
    return {each.code.removeprefix("ledger.") for each in caught.value.findings}


def test_only_a_bag_whose_infusion_ended_has_a_certificate() -> None:
    """An unknown label, a bag that was not infused, one that still runs: each is told."""
    ledger = played()
    assert refused(ledger, "nothing") == {"certificate-no-such-bag"}
    assert refused(ledger, script(1).container(8)) == {"certificate-not-infused"}
    assert refused(ledger.until(ledger.after("cells.infusion-started")), BAG) == {"certificate-not-ended"}
    foreign = sign_head(ledger.head(5), KEY.private)
    assert refused(ledger, BAG, signature=foreign) == {"certificate-signature"}


def test_rows_that_are_not_the_snapshots_are_a_fault_of_the_caller() -> None:
    """A certificate over half a ledger would have a head that nobody has."""
    ledger = played()
    with pytest.raises(ValueError, match="are not those"):
        certificate(ledger.rows[:-1], ledger.snapshot, BAG)


# Heads of other sizes ---------------------------------------------------------------------------------------


def test_a_head_of_another_size_says_nothing_by_its_root_alone() -> None:
    """It is told that it cannot be held against it, and nothing is called authentic."""
    earlier = played().head(120)
    verified = verify_certificate(made(), [earlier])
    assert verified.standing is Standing.CONSISTENT
    assert notes(verified) == {"head-of-another-size", "certificate-key-unknown"}


def test_an_extension_ties_it_to_an_earlier_or_a_later_head() -> None:
    """A proof of consistency carries the one head's word to the other, for the entries both have."""
    ledger = played()
    last = max(each["seq"] for each in made()["entries"])
    then = ledger.until(last + 10)
    old = certificate(then.rows, then.snapshot, BAG)
    later = extended(old, ledger.digests, [len(ledger.rows)])
    assert verify_certificate(later, [ledger.head()]).by == "head"
    earlier = extended(made(), ledger.digests, [last, last - 1])
    assert verify_certificate(earlier, [ledger.head(last)]).by == "head"
    too_early = verify_certificate(earlier, [ledger.head(last - 1)])
    assert too_early.standing is Standing.CONSISTENT
    assert "head-too-early" in notes(too_early)


def test_an_extension_to_another_history_is_found() -> None:
    """A head that was kept, and a ledger written anew since: no proof joins them."""
    ledger = played()
    anew = resealed(ledger.rows, lambda said: {**said, "software": "0.0.0"})
    invented = forged(anew, made()["summary"], about_the_bag)
    longer = extended(invented, [row.digest for row in anew], [120])
    verified = verify_certificate(longer, [ledger.head(120)])
    assert (verified.standing, codes(verified)) == (Standing.REFUSED, {"head-not-of-this-ledger"})
    with pytest.raises(ValueError, match="another ledger"):
        extended(made(), [row.digest for row in anew], [120])


def test_two_histories_of_one_size_are_found() -> None:
    """A head that was kept and is another one is never passed over, whatever key signed the certificate."""
    head = played().head()
    other = TreeHead(head.trial, head.seq, head.digest, "00" * 32)
    verified = verify_certificate(made(), [head, other], [KEY.public])
    assert codes(verified) == {"head-differs"}
    foreign = TreeHead("another", head.seq, head.digest, head.root)
    assert notes(verify_certificate(made(), [foreign], [KEY.public])) == {"head-of-another-trial"}


# Forged -----------------------------------------------------------------------------------------------------


def never_authentic(it: Said) -> Verified:
    """Held against the true head and the true key, also with a forger's own signature on it."""
    verified = vouched(it)
    assert verified.standing is not Standing.AUTHENTIC
    head = verify_certificate(it).head
    if head is not None:
        signature = sign_head(head, FORGER.private)
        again = vouched({**it, "signature": {"key": signature.key, "signature": signature.signature}})
        assert again.standing is not Standing.AUTHENTIC
    return verified


@pytest.mark.requirement("VAL-02")
def test_val_02_a_certificate_from_an_invented_ledger_is_not_authentic() -> None:
    """Whoever makes up a whole ledger makes a certificate that holds in itself, and under no true head."""
    invented = resealed(played().rows, lambda said: {**said, "software": "9.9.9"})
    snapshot = fold(Snapshot(played().snapshot.trial), invented)
    it = json.loads(json.dumps(certificate(invented, snapshot, BAG)))
    assert verify_certificate(it).standing is Standing.CONSISTENT
    assert codes(never_authentic(it)) == {"head-differs"}
    shorter = resealed(played().rows, lambda said: None if "visit" in said["event"] else said)
    it = certificate(shorter, fold(Snapshot(played().snapshot.trial), shorter), BAG)
    assert notes(never_authentic(it)) >= {"head-of-another-size"}


@pytest.mark.requirement("COI-05")
def test_coi_05_a_swapped_person_is_not_authentic() -> None:
    """In the summary, in one entry, in one entry of an invented ledger, in the whole of it."""
    in_summary = made()
    in_summary["summary"]["person"] = OTHER_PERSON
    assert codes(never_authentic(in_summary)) == {"certificate-summary"}
    in_entry = made()
    for each in in_entry["entries"]:
        each["text"] = each["text"].replace(PERSON, OTHER_PERSON)
    assert codes(never_authentic(in_entry)) == {"certificate-proof", "certificate-summary", "broken"}

    def matched(said: Said) -> Said:
        if said["event"] == "cells.matched" and said["data"]["container"] == BAG:
            said["data"]["person"] = OTHER_PERSON
        return said

    assert codes(never_authentic(altered(matched))) == {"certificate-another-person", "head-differs"}
    text = json.dumps([json.loads(row.text) for row in played().rows])
    swapped = {PERSON: OTHER_PERSON, OTHER_PERSON: PERSON}
    both = json.loads("".join(swapped.get(part, part) for part in _parts(text)))
    it = iter(both)
    rows = resealed(played().rows, lambda said: next(it))
    whole = certificate(rows, fold(Snapshot(played().snapshot.trial), rows), BAG)
    assert whole["summary"]["person"] == OTHER_PERSON
    assert codes(never_authentic(whole)) == {"head-differs"}


def _parts(text: str) -> list[str]:
    return [
        part
        for outer in text.replace(PERSON, f"\0{PERSON}\0").split("\0")
        for part in outer.replace(OTHER_PERSON, f"\0{OTHER_PERSON}\0").split("\0")
    ]


def test_a_changed_test_result_is_not_authentic() -> None:
    """In the summary, in its entry, in an invented ledger with a better or a worse result."""
    in_summary = made()
    in_summary["summary"]["results"][0]["result"] = "99 %"
    assert codes(never_authentic(in_summary)) == {"certificate-summary"}
    in_entry = made()
    for each in in_entry["entries"]:
        each["text"] = each["text"].replace('"result":"92 %"', '"result":"99 %"')
    assert codes(never_authentic(in_entry)) >= {"certificate-proof", "certificate-summary"}

    def with_viability(result: str) -> Callable[[Said], Said]:
        def change(said: Said) -> Said:
            if said["event"] == "cells.tested" and said["data"]["specification"] == "viability":
                said["data"]["result"] = result
            return said

        return change

    better = codes(never_authentic(altered(with_viability("99 %"))))
    assert better == {"certificate-summary", "head-differs"}
    worse = codes(never_authentic(altered(with_viability("10 %"))))
    assert worse == {"certificate-result-outside", "certificate-summary", "head-differs"}


def test_entries_of_a_true_ledger_about_another_bag_do_not_pass_for_this_one() -> None:
    """Every proof holds, and the path is another person's."""
    it = forged(played().rows, {**made()["summary"], "container": OTHER_BAG}, about_the_bag)
    assert codes(vouched(it)) == {"certificate-not-infused"}
    both = forged(
        played().rows, made()["summary"], lambda said: about_the_bag(said) or "cells" in said["event"]
    )
    assert codes(vouched(both)) == {"certificate-broken"}
    seen = forged(played().rows, made()["summary"], lambda said: True)
    assert codes(vouched(seen)) == {"certificate-foreign"}


# Words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_told_in_words_with_what_it_cannot_show(language: str) -> None:
    """Standing first, what it cannot show last, whatever the standing."""
    wrong = made()
    wrong["summary"]["person"] = OTHER_PERSON
    for verified in (vouched(made()), verify_certificate(made()), vouched(wrong), vouched(None)):
        lines = tell_certificate(verified)
        said = [BOOK.tell(each, language) for each in lines]
        assert said[-1] == BOOK.say("ledger.tell-cannot", {}, language)
        assert lines[0].code.startswith("ledger.tell-")
        assert (verified.standing is Standing.REFUSED) == (lines[0].code == "ledger.tell-refused")
        assert (BAG in "\n".join(said[:-1])) == (verified.facts is not None)
