"""The canonical text of an entry: RFC 8785, whichever of two encoders writes it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from myelos.ledger.canonical import canonical, digest_of, digest_of_stored

TEXTS = st.text(max_size=12) | st.text(st.characters(max_codepoint=0x9F), max_size=12)
NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1e-6, 1e-6)
)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_the_canonical_text_is_that_of_the_standard(plain: Any) -> None:
    """Whatever the plain data, the text is the one that rfc8785 writes."""
    assert canonical(plain) == rfc8785.dumps(plain).decode()


@given(st.integers(2**53, 2**80), st.sampled_from([1, -1]))
def test_integers_that_json_cannot_keep_are_refused(number: int, sign: int) -> None:
    """An integer past 2^53 would be read as another one elsewhere, so it is never written."""
    with pytest.raises(ValueError, match="safe"):
        canonical({"n": [sign * number]})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    """JSON has no NaN and no infinity."""
    with pytest.raises(ValueError, match=r"."):
        canonical({"n": number})


def test_half_a_letter_is_refused() -> None:
    """Half of a surrogate pair is no Unicode and has no UTF-8."""
    with pytest.raises(ValueError, match=r"."):
        canonical({"why": "\ud83d"})


def test_keys_are_sorted_as_the_standard_sorts_them() -> None:
    """RFC 8785, 3.2.3: keys are sorted by their UTF-16 code units; the example is the standard's."""
    keys = {
        "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One", "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }  # fmt: skip
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert canonical(keys).count(":") == 8
    places = [canonical(keys).index(f'"{keys[key]}"') for key in ordered]
    assert places == sorted(places)


def test_numbers_and_strings_are_written_as_in_the_standard() -> None:
    """RFC 8785, 3.2.2: the standard's own example."""
    plain = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(plain) == expected


@pytest.mark.parametrize("stored", [None, 5, b"bytes", "\udcff"])
def test_what_a_database_gives_in_place_of_a_text_has_no_digest(stored: object) -> None:
    """A column that was changed to no text at all is data to be found, not a reason to stop."""
    assert digest_of_stored(stored) == ""


def test_the_digest_is_the_published_one() -> None:
    """FIPS 180-2, appendix B.1: the SHA-256 of ``abc``."""
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of("abc") == digest_of_stored("abc") == expected
