"""Words that must never be said of an own-control study, wherever Myelos speaks; every language complete."""

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

SRC = Path(__file__).parents[2] / "src" / "myelos"
FORBIDDEN = {
    r"\beffective(ly|ness)?\b": "nothing here can show an effect",
    r"\bsignifican(t|ce|tly)\b": "a tail against natural history is conditional on the comparator",
    r"\bresponse rate\b": "improving is not responding",
    r"\bsafe\b": "0 of 13 allows up to 21 %",
    r"\brapid effect\b": "early improvement has many causes",
    r"\brobust(ly|ness)?\b": "the range is shown instead",
}
PLACES = [*SRC.rglob("words.toml"), *SRC.rglob("*.j2"), *SRC.rglob("*.html"), *SRC.rglob("shipped/*.toml")]


def offences(text: str) -> list[str]:
    return [pattern for pattern in FORBIDDEN if re.search(pattern, text, re.IGNORECASE)]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.relative_to(SRC)))
def test_no_word_claims_more_than_own_controls_bear(place: Path) -> None:
    """Words, templates and studies never use a forbidden word."""
    assert offences(place.read_text("utf-8")) == []


def test_the_forbidden_words_would_be_caught() -> None:
    """The list above finds what it is meant to find."""
    said = "Safe, robust and effective: a response rate of 92 %, significant, a rapid effect."
    assert len(offences(said)) == len(FORBIDDEN)


@pytest.mark.parametrize("place", sorted(SRC.rglob("words.toml")), ids=lambda place: place.parent.name)
def test_every_code_of_a_room_has_words_and_every_word_a_code(place: Path) -> None:
    """A code without words would crash at the bedside; words without a code are dead."""
    room = place.parent.name if place.parent != SRC else "(?:tables|shapes)"  # storey 0
    words = set(tomllib.loads(place.read_text("utf-8"))["en"])
    files = place.parent.rglob("*") if place.parent != SRC else sorted(SRC.glob("*.py"))
    sources = [file for file in files if file.suffix in (".py", ".j2", ".html")]
    text = "\n".join(file.read_text("utf-8") for file in sources)
    names = set(re.findall(r'named\("([a-z0-9.-]+)"', text))  # of events and commands
    used = set(re.findall(rf'"({room}\.[a-z0-9-]+)"', text))
    used |= {f"{room}.{code}" for code in re.findall(r'\btold\(\s*"([a-z0-9-]+)"', text)}
    assert used - names - words == set()
    built = re.findall(rf'f"(?:{room}\.)?([a-z0-9.-]+[.-])\{{', text)
    built += re.findall(r'"([a-z0-9.-]+[.-])" ~', text)
    short = {word: word.removeprefix(f"{room}.") for word in words - used}
    dead = [
        word
        for word, name in short.items()
        if not name.startswith(tuple(built)) and not re.search(rf"[\"']{re.escape(name)}[\"']", text)
    ]
    assert dead == []


BOOKS = {place.parent.name: tomllib.loads(place.read_text("utf-8")) for place in SRC.rglob("words.toml")}
"""The words of every room by the name of its folder (``myelos`` for storey 0), then by language."""


def _params(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _plain(text: str) -> str:
    return "".join(part for part, _, _, _ in Formatter().parse(text))


def test_the_rooms_that_speak_japanese_are_those_we_know() -> None:
    """What the command line says in Japanese comes from these rooms: none loses its table unseen."""
    assert {room for room, words in BOOKS.items() if "ja" in words} >= {"isncsci", "myelos"}


@pytest.mark.parametrize("room", sorted(room for room, words in BOOKS.items() if "ja" in words))
def test_both_languages_say_the_same_codes_with_the_same_parameters(room: str) -> None:
    """A code or a parameter that one language lacks would be silence, or a crash, in that language."""
    english, japanese = BOOKS[room]["en"], BOOKS[room]["ja"]
    assert list(japanese) == list(english)
    assert {code: _params(text) for code, text in japanese.items()} == {
        code: _params(text) for code, text in english.items()
    }


@pytest.mark.parametrize("room", sorted(room for room, words in BOOKS.items() if "ja" in words))
def test_what_is_words_in_english_is_japanese_in_japanese(room: str) -> None:
    """Only a text that is all parameters and signs may be plain ASCII."""
    english, japanese = BOOKS[room]["en"], BOOKS[room]["ja"]
    worded = (code for code, text in english.items() if re.search("[a-z]", _plain(text)))
    assert [code for code in worded if _plain(japanese[code]).isascii()] == []
