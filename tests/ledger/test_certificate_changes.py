"""A certificate read from any file, and any single change to a good one. Synthetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.certified import KEY, codes, made, vouched
from tests.ledger.infused_trial import (
    Said,
    about_the_bag,
    forged,
    played,
)

from myelos.findings import Refused
from myelos.ledger.canonical import digest_of
from myelos.ledger.certificate import (
    Standing,
    verify_certificate,
)
from myelos.ledger.heads import HeadSignature, sign_head
from myelos.shapes import plain

# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        (None, {"certificate-format"}),
        ([], {"certificate-format"}),
        ({}, {"certificate-format"}),
        ({"format": "myelos-infusion-certificate"}, {"certificate-version"}),
        ({"format": "myelos-infusion-certificate", "version": 2}, {"certificate-version"}),
        ({"format": "myelos-infusion-certificate", "version": True}, {"certificate-version"}),
        ({"format": "myelos-infusion-certificate", "version": 1}, {"shapes.missing"}),
    ],
)
def test_what_is_no_certificate_is_refused(it: object, expected: set[str]) -> None:
    """Another file, a later version, one that was cut off: findings, and nothing raised."""
    verified = verify_certificate(it, [played().head()])
    assert (verified.standing, codes(verified), verified.facts) == (Standing.REFUSED, expected, None)


def test_a_trusted_key_that_cannot_be_read_is_no_fault_of_the_certificate() -> None:
    """It is refused before anything is verified."""
    with pytest.raises(Refused):
        verify_certificate(made(), (), [b"no key"])


def test_a_head_whose_last_digest_is_not_its_last_leaf_is_refused() -> None:
    """Digest and root of a head are of one ledger, also where nobody supplied it."""
    it = made()
    line = it["head"].split()
    line[4] = "00" * 32
    assert codes(verify_certificate({**it, "head": " ".join(line), "signature": None})) == {
        "certificate-head"
    }


def test_a_signature_that_is_not_over_the_head_is_refused() -> None:
    """Whoever else vouches, and whosever key it names: a false signature is never passed over."""
    other = sign_head(played().head(5), KEY.private)
    for wrong in (other, HeadSignature(key=other.key, signature="00" * 64)):
        it = {**made(), "signature": plain(wrong)}
        assert codes(vouched(it)) == {"certificate-signature"}
        assert codes(verify_certificate(it)) == {"certificate-signature"}


def test_an_entry_whose_text_gives_another_number_is_refused() -> None:
    """The place in the tree and the number in the text are one."""
    rows = list(played().rows)
    text = rows[40].text.replace('"seq":41', '"seq":141')
    rows[40] = replace(rows[40], text=text, digest=digest_of(text))
    assert codes(verify_certificate(forged(rows, made()["summary"], about_the_bag))) >= {"certificate-number"}


def test_entries_out_of_order_are_found() -> None:
    """Each proof holds, and the story told is another."""
    it = made()
    it["entries"][40], it["entries"][41] = it["entries"][41], it["entries"][40]
    assert "certificate-order" in codes(vouched(it))


def test_a_text_that_can_be_read_in_two_ways_is_refused() -> None:
    """Two values under one key, or blanks: canonical text has neither."""
    rows = list(played().rows)
    it = forged(rows, made()["summary"], about_the_bag)
    twice = it["entries"][30]["text"].replace('{"at"', '{"site":"x","at"', 1)
    it["entries"][30]["text"] = twice
    assert codes(vouched(it)) >= {"certificate-not-canonical", "certificate-proof"}


PARTS = ["format", "version", "head", "last", "summary", "entries", "extensions", "signature", "another"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(PARTS), json_values)
def test_any_json_in_place_of_any_part_is_read_or_refused(part: str, other: Any) -> None:
    """Nothing in a file makes verifying fail in another way than by a finding."""
    verified = vouched({**made(), part: other})
    assert verified.standing is not Standing.CONSISTENT
    if verified.standing is Standing.AUTHENTIC:
        assert verified.facts == vouched(made()).facts


# Any single change ------------------------------------------------------------------------------------------


def leaves(it: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every leaf."""
    if isinstance(it, dict | list) and it:
        for key, each in it.items() if isinstance(it, dict) else enumerate(it):
            yield from leaves(each, (*path, key))
    else:
        yield path


def at(it: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        it = it[key]
    return it


def put(path: tuple[Any, ...], new: Any) -> Said:
    """The certificate with one leaf otherwise."""
    it = made()
    inner = at(it, path[:-1])
    inner[path[-1]] = new
    return it


@cache
def paths() -> list[tuple[Any, ...]]:
    """The ways to every leaf of the certificate."""
    return list(leaves(made()))


def mend(leaf: Any, draw: Callable[[Any], Any]) -> Any:
    """Another leaf: one character otherwise, more or less, a number beside it, or another kind of value."""
    if isinstance(leaf, str) and leaf and draw(st.integers(0, 5)):
        where = draw(st.integers(0, len(leaf) - 1))
        what = draw(st.sampled_from(["", "0", "a", "\n", " "]) | st.characters())
        return leaf[:where] + what + leaf[where + draw(st.integers(0, 1)) :]
    if isinstance(leaf, int) and not isinstance(leaf, bool) and draw(st.booleans()):
        return leaf + draw(st.sampled_from([-1, 1, 10**20]))
    return draw(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]))


@given(st.data())
def test_any_single_change_is_found_or_leaves_the_facts_as_they_are(data: st.DataObject) -> None:
    """No leaf of the JSON can be changed so that another story is called authentic."""
    path = data.draw(st.sampled_from(paths()))
    new = mend(at(made(), path), data.draw)
    verified = vouched(put(path, new))
    if verified.standing is not Standing.REFUSED:
        assert (verified.standing, verified.facts) == (Standing.AUTHENTIC, vouched(made()).facts)


@pytest.mark.slow
def test_every_leaf_but_the_empty_ones_counts() -> None:
    """Each leaf in turn (of a proof the first hash), made another of its kind: every change is an error."""
    unfound = []
    for path in (path for path in paths() if "proof" not in path or path[-1] == 0):
        leaf = at(made(), path)
        if isinstance(leaf, bool) or leaf is None:
            new: Any = not leaf
        elif isinstance(leaf, int):
            new = leaf + 1
        elif isinstance(leaf, str):
            new = leaf[:-1] + ("0" if leaf[-1] != "0" else "1")
        else:
            continue
        if vouched(put(path, new)).standing is not Standing.REFUSED:
            unfound.append(path)
    assert unfound == []
