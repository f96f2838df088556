"""What somebody wrote in their own words is never in the chain, and can be forgotten."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.ledger.kept import LATER, NAME, Kept, codes, found_at, infused, opened
from tests.protocol.any_command import every
from tests.protocol.played import tell

from myelos.acts import FREE_TEXT, Act, Code, FreeText, Note, Term, Text
from myelos.ledger import Snapshot, fold, verify
from myelos.ledger import commands as lc
from myelos.ledger.events import CommandRefused
from myelos.ledger.free_text import hide, hide_one, paths, reference, references, reveal
from myelos.ledger.recording import hide_event
from myelos.ledger.snapshot import EVENTS
from myelos.protocol.takeover import ChainTakenOver
from myelos.shapes import named, value

SALT = b"0123456789abcdef"
IT_IS_MADE_UP = "the neighbour told me"


def salt() -> bytes:
    return SALT


# Which fields are free text: read off the source, by another way than the room's ---------------------------


def written(shape: type) -> Iterator[tuple[str, ...]]:
    """The fields whose annotation, as it is written, says Text or Note; those of values within, too."""
    module = vars(sys.modules[shape.__module__])
    for line in inspect.getsource(shape).splitlines():
        field = re.match(r"    (\w+): ([^=#]+)", line)
        if field is None:
            continue
        words = re.findall(r"\w+", field[2])
        step = (field[1], "*") if {"tuple", "Mapping"} & set(words) else (field[1],)
        if {"Text", "Note"} & set(words):
            yield step
        for word in words:
            if is_dataclass(inner := module.get(word)):
                yield from ((*step, *rest) for rest in written(inner))
    if shape is ChainTakenOver:  # its records are one more name for a tuple
        yield ("records", "*", "act", "why")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.NAME)
def test_exactly_the_free_text_of_every_event_is_hidden(event: type) -> None:
    """Every field written as Text or Note is hidden, in values within too, and no other."""
    assert set(paths(event)) == set(written(event))


def test_there_is_free_text_to_be_found() -> None:
    """The other way of finding it finds something: one more or fewer is a change of what is kept for ever."""
    assert sum(len(set(written(event))) for event in EVENTS) == 25


def filled(path: tuple[str, ...], leaf: Any) -> Any:
    """Plain data in which a path leads to a leaf."""
    if not path:
        return leaf
    inner = filled(path[1:], leaf)
    return [inner, inner] if path[0] == "*" else {path[0]: inner, "beside": "kept"}


@pytest.mark.parametrize(
    "event", [each for each in EVENTS if set(written(each))], ids=lambda event: event.NAME
)
def test_hidden_words_leave_no_trace_and_what_stands_beside_them_stays(event: type) -> None:
    """In place of the words stands a reference, which fits where they stood; nothing else changes."""
    for path in written(event):
        plain, words = hide(event, filled(path, "made-up words"), salt)
        assert "made-up words" not in json.dumps(plain)
        assert {each.text for each in words} == {"made-up words"}
        assert plain == filled(path, words[0].reference)


def test_no_free_text_is_an_item_of_a_list() -> None:
    """Words are put back where a reference is the value of a key: a list of references names what was
    erased."""
    assert [path for event in EVENTS for path in paths(event) if path[-1] == "*"] == []


@pytest.mark.parametrize("shape", [Text, Note])
def test_a_reference_fits_where_words_stood(shape: Any) -> None:
    """An entry whose words are gone can still be read."""
    assert TypeAdapter(shape).validate_python(reference(SALT, "x")) == reference(SALT, "x")


@value
class Remark:
    """A value that an event to come may hold."""

    said: Text
    of: Code


@named("test.told")
@value
class Told:
    """An event that no room has."""

    person: Code
    remark: Remark | None
    others: Mapping[Code, Remark]
    more: tuple[Remark, ...]
    plainly: Annotated[str, FREE_TEXT]
    document: Term


def test_a_new_event_with_free_text_is_hidden_without_being_listed() -> None:
    """Whoever adds an event need not think of it: the marks on its fields are enough."""
    remark = Remark(said="she is my neighbour", of="nurse")
    told = Told(
        person="P1", remark=remark, others={"a": remark}, more=(remark, remark), plainly="his wife",
        document="IB 1",
    )  # fmt: skip
    data, words = hide_event(told, salt)
    assert [each.text for each in words] == ["she is my neighbour"] * 4 + ["his wife"]
    assert data == {
        "person": "P1", "document": "IB 1", "plainly": words[-1].reference,
        "remark": {"said": words[0].reference, "of": "nurse"},
        "others": {"a": {"said": words[0].reference, "of": "nurse"}},
        "more": [{"said": words[0].reference, "of": "nurse"}] * 2,
    }  # fmt: skip


def test_the_mark_is_the_one_of_acts() -> None:
    """A reason of an act is free text; a term is none."""
    assert isinstance(FREE_TEXT, FreeText)
    assert paths(Act) == (("why",),)


# Words beside the chain -----------------------------------------------------------------------------------


@given(st.text(min_size=1), st.binary(min_size=16, max_size=32))
def test_words_are_put_back_as_they_were(text: str, fresh: bytes) -> None:
    """Hidden and revealed, any text is what it was, whatever letters it has."""
    said, words = hide_one(text, lambda: fresh)
    entry = json.dumps({"why": said, "by": "nurse"}, separators=(",", ":"))
    assert references(entry) == (said,)
    assert json.loads(reveal(entry, {said: text})) == {"why": text, "by": "nurse"}
    assert words[0].authentic
    assert reveal(entry, {}) == entry


def test_the_same_words_have_another_reference_each_time() -> None:
    """Nobody can tell that two people gave the same reason, nor find words by guessing."""
    assert hide_one("pain", lambda: b"a" * 16)[0] != hide_one("pain", lambda: b"b" * 16)[0]


def test_a_short_salt_is_a_fault_of_the_program() -> None:
    """Sixteen bytes, or guessing would find the words."""
    with pytest.raises(ValueError, match="16 bytes"):
        hide_one("pain", lambda: b"short")


def test_an_empty_text_stays_empty() -> None:
    """It tells nothing, and a reference would say that there was something."""
    assert hide_one("", salt) == ("", ())


def test_other_words_are_not_authentic() -> None:
    """Words that were changed are not those of their reference."""
    _, (words,) = hide_one("no pain", salt)
    changed = type(words)(words.reference, words.salt, "pain")
    assert words.authentic
    assert not changed.authentic


def test_words_that_look_like_a_reference_are_words() -> None:
    """Somebody writes a reference: it is hidden like anything else, and comes back as it was written."""
    written_ = reference(SALT, "another's words")
    said, _ = hide_one(written_, lambda: b"another salt 16 b")
    entry = json.dumps({"why": said}, separators=(",", ":"))
    assert json.loads(reveal(entry, {said: written_, written_: "another's words"})) == {"why": written_}


# In a ledger ----------------------------------------------------------------------------------------------


def with_words() -> Kept:
    """A ledger with a reason in every act, and whatever else could be told."""
    kept = infused()
    for number, command in enumerate(every().values()):
        told = tell(
            command.order, LATER, command.act.by, role=command.act.role, why=f"{IT_IS_MADE_UP} {number}"
        )
        decision = kept.ask(told)
        if not decision.forbidden:
            kept.keep(told, decision.events)
    refused = CommandRefused(codes=("protocol.no-reason",), said=f"{IT_IS_MADE_UP} as well")
    kept.keep(tell(lc.ReadIdentity(person="nobody"), LATER), [refused])
    return kept


def test_no_entry_holds_words_anybody_wrote() -> None:
    """Nothing that was written as a reason or a remark is in any text of the chain."""
    kept = with_words()
    added = [row.text for row in kept.rows if row.seq > len(infused().rows)]
    assert len(added) > 20
    assert [text for text in added if IT_IS_MADE_UP in text] == []
    texts = {each.text for each in kept.words.values()}
    assert {"late", "snow", "pain", f"{IT_IS_MADE_UP} as well"} <= texts
    assert all(each.authentic for each in kept.words.values())


def test_erased_words_leave_the_chain_whole_and_the_trial_readable() -> None:
    """The chain verifies against its head without the words, and folds to the same but for them."""
    kept = with_words()
    assert found_at(verify(kept.stored, NAME, kept.snapshot.head)) == []
    assert fold(Snapshot(NAME), kept.rows, kept.texts) == kept.snapshot
    bare = fold(Snapshot(NAME), kept.rows)
    assert bare.head == kept.snapshot.head
    assert bare != kept.snapshot
    assert set(bare.state.people) == set(kept.snapshot.state.people)


def test_an_erasure_is_an_entry_with_a_reason_and_names_what_went() -> None:
    """The entry names the references and is read as it is, also while their words are still there."""
    kept = with_words()
    some = tuple(kept.words)[:2]
    assert codes(kept.ask(tell(lc.EraseWords(references=some), LATER))) == ["ledger.no-reason"]
    kept.do(tell(lc.EraseWords(references=some), LATER, why="asked to"))
    assert kept.rows[-1].plain["data"] == {"references": list(some)}
    assert references(kept.rows[-1].text) == (kept.rows[-1].plain["why"],)
    assert fold(Snapshot(NAME), kept.rows, kept.texts) == kept.snapshot
    assert kept.rows[-1].event == "ledger.words-erased"


def test_the_words_of_a_chain_taken_over_are_hidden_within_it() -> None:
    """The events of another trial within an entry, and their acts, hold free text too."""
    record = {"chain": "K1", "container": "B1", "reason": "spilt on Ms Made Up"}
    event = {"name": "cells.discarded", "version": 1, "data": record}
    act = {"by": "a", "at": "2026-01-01T00:00:00Z", "role": "a", "site": "s", "why": "her son said so"}
    order = {"person": "P1", "chain": "K1", "from_protocol": "p", "edition": "1"}
    over = TypeAdapter(ChainTakenOver).validate_json(
        json.dumps({**order, "records": [{"act": act, "event": event}]})
    )
    data, words = hide_event(over, salt)
    assert {each.text for each in words} == {"spilt on Ms Made Up", "her son said so"}
    assert "Made Up" not in json.dumps(data)
    assert "her son" not in json.dumps(data)


def test_an_opened_trial_hides_nothing_of_its_protocol() -> None:
    """The protocol is no person's: it is kept whole."""
    assert opened().rows[0].plain["data"]["protocol"]["id"] == "honmou-phase2"
