"""The printed head of a ledger: one line that stands for all of it, and a site's signature over that line.

::

    myelos-head 1 TRIAL 1167 <digest of the last entry> <Merkle root over all digests>

A head kept where the ledger is not (on paper, in a letter, with a journal) is what proves later that nothing
was cut off and nothing rewritten. A signature is Ed25519 over the line's bytes, so nothing else that a key
signs can be taken for a head. Keys are PEM, read by the caller; the seed of a new one comes from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import StringConstraints

from myelos.findings import Finding, Place, Refused
from myelos.ledger.entry import Head
from myelos.ledger.events import Digest
from myelos.ledger.merkle import Tree
from myelos.shapes import value

FORMAT = 1
"""The version of the line that this software writes."""

SEED_BYTES = 32

_LINE = re.compile(r"myelos-head ([1-9][0-9]{0,8}) (.*)", re.DOTALL)
_TRIAL = r"[A-Za-z0-9][A-Za-z0-9._*/-]{0,79}"
_REST = re.compile(rf"({_TRIAL}) (0|[1-9][0-9]{{0,17}}) ([0-9a-f]{{64}}) ([0-9a-f]{{64}})")
_SIGNATURE = re.compile(r"myelos-signature 1 ([0-9a-f]{64}) ([0-9a-f]{128})")


@dataclass(frozen=True, slots=True)
class TreeHead(Head):
    """The end of a ledger with the Merkle root over the digests of all its entries. ``str()`` is the printed
    line. Raises ValueError for a trial's code, a number or a digest that a line cannot hold.
    """

    root: str

    def __post_init__(self) -> None:
        if _REST.fullmatch(self._rest) is None:
            raise ValueError(f"{self._rest!r} makes no head")

    @property
    def _rest(self) -> str:
        return f"{self.trial} {self.seq} {self.digest} {self.root}"

    def __str__(self) -> str:
        return f"myelos-head {FORMAT} {self._rest}"


@value
class HeadSignature:
    """An Ed25519 signature over a head's line: the raw public key and the signature, as hexadecimal text.

    The key says which one signed; whether it is to be trusted is the reader's to know.
    """

    key: Digest
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]

    def __str__(self) -> str:
        return f"myelos-signature 1 {self.key} {self.signature}"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key, both halves as PEM: the private one stays at the site, the public one is given away."""

    private: bytes
    public: bytes


def tree_head(head: Head, digests: Sequence[str]) -> TreeHead:
    """The printed head of a ledger with these digests, all of them in order.

    Raises ValueError when they are not those of the head.
    """
    if len(digests) != head.seq or (digests and digests[-1] != head.digest):
        raise ValueError(f"these {len(digests)} digests are not those up to entry {head.seq}")
    return TreeHead(head.trial, head.seq, head.digest, Tree.of(digests).root)


def print_head(head: TreeHead) -> str:
    """The line of a head, to be kept where the ledger is not."""
    return str(head)


def read_head(text: str) -> TreeHead:
    """The head that a printed line is; blanks around it do not count, within it nothing is corrected.

    Raises :class:`~myelos.findings.Refused` for another text, or a line of a later version.
    """
    line = _LINE.fullmatch(text.strip())
    if line is None:
        raise Refused([Finding("ledger.head-form", params={"read": text.strip()[:80]})])
    if int(line[1]) != FORMAT:
        raise Refused([Finding("ledger.head-version", params={"read": int(line[1]), "known": FORMAT})])
    rest = _REST.fullmatch(line[2])
    if rest is None:
        raise Refused([Finding("ledger.head-form", params={"read": text.strip()[:80]})])
    return TreeHead(rest[1], int(rest[2]), rest[3], rest[4])


def read_signature(text: str) -> HeadSignature:
    """The signature that a printed line is. Raises :class:`~myelos.findings.Refused` for another text."""
    line = _SIGNATURE.fullmatch(text.strip())
    if line is None:
        raise Refused([Finding("ledger.signature-form", params={"read": text.strip()[:80]})])
    return HeadSignature(key=line[1], signature=line[2])


def new_key(seed: bytes, password: bytes | None = None) -> KeyPair:
    """The key of 32 fresh random bytes; with a password the private half is encrypted under it.

    Raises ValueError for another number of bytes.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"the seed of a key has {SEED_BYTES} bytes, not {len(seed)}")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    kept: pem.KeySerializationEncryption = pem.NoEncryption()
    if password is not None:
        kept = pem.BestAvailableEncryption(password)
    public = private.public_key()
    return KeyPair(
        private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, kept),
        public.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo),
    )


def sign_head(head: TreeHead, private: bytes, password: bytes | None = None) -> HeadSignature:
    """A head signed with a private key (PEM). Raises :class:`~myelos.findings.Refused` for a key that cannot
    be read, also for want of its password, and for one of another kind."""
    try:
        key = pem.load_pem_private_key(private, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused([Finding("ledger.key-unreadable", Place(column="private"))]) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused([Finding("ledger.key-kind", Place(column="private"))])
    raw = key.public_key().public_bytes_raw()
    return HeadSignature(key=raw.hex(), signature=key.sign(str(head).encode()).hex())


def public_keys(trusted: Iterable[bytes]) -> frozenset[str]:
    """The raw public keys (hexadecimal text) of PEM texts. Raises :class:`~myelos.findings.Refused` with
    every one that is no Ed25519 public key."""
    keys, found = set(), []
    for number, text in enumerate(trusted):
        place = Place(column=f"trusted[{number}]")
        try:
            key = pem.load_pem_public_key(text)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            found.append(Finding("ledger.key-unreadable", place))
            continue
        if isinstance(key, Ed25519PublicKey):
            keys.add(key.public_bytes_raw().hex())
        else:
            found.append(Finding("ledger.key-kind", place))
    if found:
        raise Refused(found)
    return frozenset(keys)


def signed(head: TreeHead, signature: HeadSignature) -> bool:
    """Whether the key that a signature names made it over this head. Trusting that key is another matter."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.key))
        key.verify(bytes.fromhex(signature.signature), str(head).encode())
    except (InvalidSignature, ValueError):
        return False
    return True
