"""`myelos verify`: what a certificate is worth to somebody who has nothing else. Synthetic."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from examples.twenty_people.script import SITE
from tests.cli.typed import ADMIN, SPONSOR, account, cheap, first, myelos
from tests.ledger.certified import FORGER, KEY, altered, made
from tests.ledger.infused_trial import BAG, OTHER_PERSON, PERSON, TRIAL, Said, played

from myelos.store import open_store

AUTHENTIC, CONSISTENT, REFUSED = 0, 1, 2


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A certificate and what came another way: the head, the site's key, and a stranger's."""
    cheap(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    write(made())
    Path("head.txt").write_text(f"{played().head()}\n", "utf-8")
    Path("site.pem").write_bytes(KEY.public)
    Path("stranger.pem").write_bytes(FORGER.public)


def write(it: Any) -> None:
    Path("c.json").write_text(json.dumps(it, indent=1), "utf-8")


def test_a_certificate_is_authentic_by_a_head_or_a_key_that_came_another_way() -> None:
    """Exit status 0; its facts are told."""
    for words in (("--head", "head.txt"), ("--head", str(played().head())), ("--trust", "site.pem")):
        done = myelos("verify", "c.json", *words)
        assert (done.status, done.err) == (AUTHENTIC, "")
        assert PERSON in done.out
        assert BAG in done.out
        assert done.out.splitlines()[0].startswith("AUTHENTIC")


def test_without_either_it_is_consistent_and_its_origin_unproved() -> None:
    """Exit status 1, also by a stranger's key, or a head of another trial."""
    other = str(played().head()).replace(f" {TRIAL} ", " another ")
    for words in ((), ("--trust", "stranger.pem"), ("--head", other)):
        done = myelos("verify", "c.json", *words)
        assert done.status == CONSISTENT
        assert "ORIGIN UNPROVED" in done.out.splitlines()[0]


def swapped(it: Said) -> None:
    it["summary"]["person"] = OTHER_PERSON


def one_letter(it: Said) -> None:
    it["entries"][3]["text"] = it["entries"][3]["text"].replace(SITE, "sendai")


def without(it: Said) -> None:
    del it["entries"][5]


def later(it: Said) -> None:
    it["version"] = 99


EDITS: tuple[Callable[[Said], None], ...] = (
    swapped,
    one_letter,
    without,
    later,
    lambda it: it.pop("entries"),
)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("words", [(), ("--head", "head.txt"), ("--trust", "site.pem")])
def test_an_edited_certificate_is_refused_whatever_vouches_for_it(
    edit: Callable[[Said], None], words: tuple[str, ...]
) -> None:
    """Exit status 2, and what is wrong."""
    it = made()
    edit(it)
    write(it)
    done = myelos("verify", "c.json", *words)
    assert (done.status, done.err) == (REFUSED, "")
    assert "error: " in done.out


def test_a_ledger_that_somebody_invented_is_never_authentic() -> None:
    """It holds within itself; by the true head it is refused, by the true key unproved."""

    def as_another(said: Said) -> Said:
        return json.loads(json.dumps(said).replace("2026-", "2027-"))  # type: ignore[no-any-return]

    write(altered(as_another))
    assert myelos("verify", "c.json", "--head", "head.txt").status == REFUSED
    assert myelos("verify", "c.json", "--trust", "site.pem").status != AUTHENTIC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '"text"',
        "null",
        "NaN",
        "[" * 100_000,
        "1" * 5000,
        '{"a": 1, "a": 2}',
        "\ufeff{}",
        "\x00",
    ],
)
def test_what_is_no_certificate_is_refused(text: str) -> None:
    """Never exit status 0 or 1, and no trace of a program."""
    Path("c.json").write_text(text, "utf-8")
    done = myelos("verify", "c.json", "--head", "head.txt")
    assert done.status == REFUSED
    assert "error: " in done.out + done.err


def places(found: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value within."""
    keys = found.keys() if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
    return [way, *(each for key in keys for each in places(found[key], (*way, key)))]


@pytest.mark.slow
def test_a_certificate_bent_at_any_place_is_never_a_crash() -> None:
    """A value replaced by one of another kind: refused, or, where it says nothing, as before."""
    few = {**made(), "entries": made()["entries"][:3]}
    for way in places(few)[1::11]:
        for value in (None, -1, "x", [], {}, True, 1.5):
            bent: Any = made()
            at = bent
            for step in way[:-1]:
                at = at[step]
            at[way[-1]] = value
            write(bent)
            assert myelos("verify", "c.json", "--head", "head.txt").status in (AUTHENTIC, REFUSED), way


UNUSABLE = (
    ("nowhere.json",), (".",), ("c.json", "--head", "nowhere.txt"), ("c.json", "--head", "."),
    ("c.json", "--trust", "nowhere.pem"), ("c.json", "--trust", "head.txt"), ("c.json", "--head", "site.pem"),
)  # fmt: skip


@pytest.mark.parametrize("words", UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused(words: tuple[str, ...]) -> None:
    """Neither authentic nor consistent: what was asked for was not looked at."""
    done = myelos("verify", *words)
    assert (done.status, done.out) == (REFUSED, "")
    assert done.err.startswith("error: ")


def test_it_is_told_in_japanese() -> None:
    """Every line, whatever the standing; another language is refused."""
    for words in (("--head", "head.txt"), (), ("--trust", "stranger.pem")):
        for edit in (None, swapped):
            it = made()
            if edit is not None:
                edit(it)
            write(it)
            english, japanese = (
                myelos("verify", "c.json", *words, "--language", each) for each in ("en", "ja")
            )
            assert english.status == japanese.status
            lines = japanese.out.splitlines()
            assert len(lines) == len(english.out.splitlines())
            assert [line for line in lines if line.isascii()] == []
    done = myelos("verify", "nowhere.json", "--language", "ja")
    assert (done.status, "ファイルを読めない" in done.err) == (REFUSED, True)
    assert myelos("verify", "c.json", "--language", "la").status == REFUSED


# From a record ----------------------------------------------------------------------------------------------


def test_a_certificate_is_made_from_a_record_and_verified_elsewhere() -> None:
    """Its head is printed, its key made, both by verbs; a bag that is none has no certificate."""
    first()
    with open_store("record.sqlite").keeper.writing(TRIAL) as writer:
        writer.add(TRIAL, played().rows)
    connections["default"].close()
    account("monitor", SPONSOR, "monitor")
    grant = ("account", "grant", "monitor", "monitor", "--as", "admin", "--why", "charter", "--at", SITE)
    assert myelos(*grant, "--trial", TRIAL, typed=ADMIN).status == 0
    assert myelos("trial", "key", "own.pem", "own.pub").status == 0
    certificate = ("trial", "certificate", TRIAL, BAG, "--as", "monitor", "--out")
    assert myelos(*certificate, "made.json", "--key", "own.pem", typed=SPONSOR).status == 0
    Path("printed.txt").write_text(myelos("trial", "head", TRIAL).out, "utf-8")
    assert myelos("verify", "made.json").status == CONSISTENT
    assert myelos("verify", "made.json", "--head", "printed.txt").status == AUTHENTIC
    assert myelos("verify", "made.json", "--trust", "own.pub").status == AUTHENTIC
    for words, typed in (
        (("trial", "certificate", TRIAL, "CMADE126000999X", "--as", "monitor", "--out", "no.json"), SPONSOR),
        ((*certificate, "no.json", "--key", "own.pub"), SPONSOR),
        ((*certificate, "no.json", "--key", "nowhere.pem"), SPONSOR),
        ((*certificate, "no/folder.json"), SPONSOR),
        (("trial", "certificate", TRIAL, BAG, "--as", "admin", "--out", "no.json"), ADMIN),
    ):
        done = myelos(*words, typed=typed)
        assert (done.status, done.err.startswith("error: ")) == (REFUSED, True)
    assert not Path("no.json").exists()


@pytest.mark.slow
def test_the_exit_status_is_a_process_s_own() -> None:
    """0, 1 and 2, for whoever writes a script around it; it needs no record."""
    for words, status in (
        (("--head", "head.txt"), AUTHENTIC), ((), CONSISTENT), (("--head", "nowhere.txt"), REFUSED)
    ):  # fmt: skip
        command = [sys.executable, "-c", "from myelos.cli import main; main()", "verify", "c.json", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done.stderr
