"""The printed head, and the site's signature over it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.infused_trial import played

from myelos.findings import Refused
from myelos.ledger.heads import (
    HeadSignature,
    TreeHead,
    new_key,
    print_head,
    public_keys,
    read_head,
    read_signature,
    sign_head,
    signed,
    tree_head,
)
from myelos.ledger.merkle import root

HEAD = TreeHead("made-up", 3, "ab" * 32, "cd" * 32)
KEY, OTHER = new_key(b"1" * 32), new_key(b"2" * 32)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [each.code for each in refused.value.findings]


def elliptic() -> tuple[bytes, bytes]:
    """A key of another kind, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def test_a_head_is_one_line_and_reads_back() -> None:
    """What is printed is all there is to keep."""
    line = print_head(HEAD)
    assert line == f"myelos-head 1 made-up 3 {'ab' * 32} {'cd' * 32}"
    assert read_head(f"  {line}\n") == HEAD


def test_the_head_of_a_ledger_names_its_last_entry_and_its_root() -> None:
    """The head of the chain and the root of the tree are of the same entries."""
    ledger = played()
    head = tree_head(ledger.snapshot.head, ledger.digests)
    assert head == ledger.head()
    assert head.root == root(ledger.digests)
    for digests in (ledger.digests[:-1], [*ledger.digests[:-1], "00" * 32]):
        with pytest.raises(ValueError, match="are not those"):
            tree_head(ledger.snapshot.head, digests)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "ledger.head-form"),
        ("a letter", "ledger.head-form"),
        (str(HEAD).replace("head 1", "head 2"), "ledger.head-version"),
        (str(HEAD).replace("head 1", "head 2") + " and more", "ledger.head-version"),
        (str(HEAD)[:-1], "ledger.head-form"),
        (str(HEAD) + "0", "ledger.head-form"),
        (str(HEAD).replace(" 3 ", " 03 "), "ledger.head-form"),
        (str(HEAD).replace(" 3 ", " -3 "), "ledger.head-form"),
        (str(HEAD).replace(" 3 ", " ３ "), "ledger.head-form"),
        (str(HEAD).replace("ab", "AB"), "ledger.head-form"),
        (str(HEAD).replace("made-up", "made up"), "ledger.head-form"),
        (str(HEAD).replace(" 3 ", "\n3 "), "ledger.head-form"),
    ],
)
def test_what_is_no_head_is_refused(line: str, code: str) -> None:
    """Nothing in a line is guessed or corrected; a later version is not read."""
    with pytest.raises(Refused) as refused:
        read_head(line)
    assert codes(refused) == [code]


@given(st.text(max_size=200) | st.from_regex(r"myelos-head [0-9]+ .*"))
def test_any_text_is_a_head_or_refused(text: str) -> None:
    """No text makes reading fail in another way, and what was read prints as it was."""
    try:
        read = read_head(text)
    except Refused:
        return
    assert str(read) == text.strip()


def test_a_trial_that_no_line_can_hold_makes_no_head() -> None:
    """A blank in a trial's code would shift every field."""
    with pytest.raises(ValueError, match="no head"):
        replace(HEAD, trial="made up")


def test_a_signature_holds_for_its_head_and_its_key() -> None:
    """Any other head, and any other key, is another matter."""
    signature = sign_head(HEAD, KEY.private)
    assert signed(HEAD, signature)
    assert {signature.key} == public_keys([KEY.public])
    others = [replace(HEAD, trial="other"), replace(HEAD, seq=4), replace(HEAD, digest="00" * 32)]
    assert not any(signed(head, signature) for head in [*others, replace(HEAD, root="00" * 32)])
    theirs = sign_head(HEAD, OTHER.private)
    assert not signed(HEAD, HeadSignature(key=signature.key, signature=theirs.signature))
    assert not signed(HEAD, HeadSignature(key="ff" * 32, signature=signature.signature))
    assert read_signature(f"{signature}\n") == signature


def test_the_signature_is_ed25519_over_the_printed_line() -> None:
    """The library's own verification takes it, from the PEM and the line alone; it is always the same."""
    signature = sign_head(HEAD, KEY.private)
    key = serialization.load_pem_public_key(KEY.public)
    assert isinstance(key, ed25519.Ed25519PublicKey)
    key.verify(bytes.fromhex(signature.signature), print_head(HEAD).encode())
    assert sign_head(HEAD, KEY.private) == signature


def test_a_key_under_a_password_needs_it() -> None:
    """A private key on a disk can be of no use to who finds it."""
    locked = new_key(b"1" * 32, b"correct")
    assert sign_head(HEAD, locked.private, b"correct") == sign_head(HEAD, KEY.private)
    for password in (None, b"wrong"):
        with pytest.raises(Refused) as refused:
            sign_head(HEAD, locked.private, password)
        assert codes(refused) == ["ledger.key-unreadable"]


def test_what_is_no_key_is_refused_all_at_once() -> None:
    """A trusted key that cannot be read is never passed over."""
    private, public = elliptic()
    with pytest.raises(Refused) as refused:
        public_keys([b"", KEY.public, public, KEY.private])
    places = [each.place.column for each in refused.value.findings]
    assert list(zip(codes(refused), places, strict=True)) == [
        ("ledger.key-unreadable", "trusted[0]"),
        ("ledger.key-kind", "trusted[2]"),
        ("ledger.key-unreadable", "trusted[3]"),
    ]
    for wrong, code in ((b"", "ledger.key-unreadable"), (private, "ledger.key-kind")):
        with pytest.raises(Refused) as refused:
            sign_head(HEAD, wrong)
        assert codes(refused) == [code]
    with pytest.raises(ValueError, match="32 bytes"):
        new_key(b"short")
    with pytest.raises(Refused) as refused:
        read_signature(sha256(b"").hexdigest())
    assert codes(refused) == ["ledger.signature-form"]
