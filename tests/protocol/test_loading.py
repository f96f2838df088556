"""Reading a protocol: shape faults and checks at once, each with its file, row and key; never a crash."""

from __future__ import annotations

import copy
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocol.plain_protocols import BOOK, found, plain, put, take, told

from myelos import shapes
from myelos.findings import Finding, Place, Refused
from myelos.measures import read_measure
from myelos.protocol.loading import LARGEST, load_protocol, read_protocol, shipped_protocols
from myelos.protocol.rows import row_of
from myelos.protocol.trial import Protocol

MAIN = "honmou-phase2"
TEXT = files("myelos.protocol").joinpath("shipped", f"{MAIN}.toml").read_text("utf-8")


def refused(path: Path | str) -> tuple[Finding, ...]:
    with pytest.raises(Refused) as caught:
        load_protocol(path)
    for finding in caught.value.findings:
        assert BOOK.tell(finding)
        assert BOOK.tell(finding, "ja")
    return caught.value.findings


# The shape -----------------------------------------------------------------------------------------------

DELETE = object()
SHAPES: list[tuple[str, object, str, str | None]] = [
    ("gates[0].criteria[2].hgih", "70 y", "unknown-key", None),
    ("titel", {"en": "a", "ja": "b"}, "unknown-key", None),
    ("visits[2].dya", 3, "unknown-key", None),
    ("gates[0].criteria[2].high", 70, "no-unit", None),
    ("gates[0].criteria[2].high", "70", "no-unit", None),
    ("gates[0].criteria[2].high", "70 years", "unknown-unit", None),
    ("product.dose.per_kg", "3.34e6 cells", "wrong-unit", None),
    ("product.dose.low", "-1 cells", "too-small", None),
    ("gates[0].criteria[0].high", "14", "wrong-kind", None),
    ("gates[0].criteria[0].high", 14.5, "wrong-kind", None),
    ("gates[0].criteria[1].kind", "measures", "unknown-word", "gates[0].criteria[1]"),
    ("gates[0].criteria[1].visit", DELETE, "missing", None),
    ("gates[0].criteria", [], "empty", None),
    ("gates[0].before", "harvest", "unknown-word", None),
    ("visits[0].before", -1, "out-of-range", None),
    ("facts[0].id", "", "empty", None),
    ("facts[0].id", "the age", "wrong-form", None),
    ("facts[0].label", {"en": "Age"}, "missing", "facts[0].label.ja"),
    ("settings[0].unit", "ml", "unknown-unit", None),
    ("product.editions[0].specifications", [], "empty", None),
    ("product.editions[0].valid_from", "1 December", "wrong-kind", None),
    ("product.most_infusions", 0, "out-of-range", None),
    ("product.marrow_total", DELETE, "missing", None),
    ("onset", "birth", "unknown-word", None),
    ("planned", True, "wrong-kind", None),
    ("safety.stopping[0].apart", "14 points", "wrong-unit", None),
    ("safety.stopping[0].frist", 3, "unknown-key", None),
    ("safety.special_interest[0].kind", "hypersensitivty-dmso", "unknown-word", None),
    ("source", DELETE, "missing", None),
]


@pytest.mark.parametrize(("key", "value", "code", "where"), SHAPES, ids=[f"{e[2]}-{e[0]}" for e in SHAPES])
def test_a_fault_of_shape_is_told_once_at_its_key(
    key: str, value: object, code: str, where: str | None
) -> None:
    """One value of another shape: that finding, at that key, and none of what might follow from it."""
    whole = plain()
    if value is DELETE:
        take(whole, key)
    else:
        put(whole, key, value)
    assert told(whole) == [(f"shapes.{code}", where or key)]


def test_a_misspelt_key_is_answered_with_the_nearest() -> None:
    """``titel`` is told with ``title`` beside it."""
    whole = plain()
    put(whole, "gates[0].criteria[2].hgih", "70 y")
    assert [finding.params["near"] for finding in found(whole)] == ["high"]
    whole = plain()
    put(whole, "titel", whole["title"])
    assert [finding.params["near"] for finding in found(whole)] == ["title"]


def test_faults_of_shape_and_of_meaning_are_told_in_one_round() -> None:
    """A broken gate hides nothing of the visits; what would read the broken gate is not guessed at."""
    whole = plain()
    put(whole, "gates[0].criteria[2].high", 70)
    put(whole, "visits[0].before", 8)
    put(whole, "training[0].tasks", ["cells.colect"])
    put(whole, "facts[0].unit", "years")
    assert set(told(whole)) == {
        ("shapes.no-unit", "gates[0].criteria[2].high"),
        ("shapes.unknown-unit", "facts[0].unit"),
        ("protocol.window-before-injury", "visits[0].before"),
        ("protocol.unknown-task", "training[0].tasks[0]"),
    }


@pytest.mark.parametrize("key", ["value", "default", "amount", "proposed"])
def test_a_setting_that_comes_filled_is_refused(key: str) -> None:
    """What the literature does not give, no protocol may give: the loader refuses to invent it."""
    whole = plain()
    put(whole, f"settings[3].{key}", "70 %")
    assert told(whole) == [("protocol.setting-with-value", f"settings[3].{key}")]


def test_safety_rules_that_are_not_shipped_are_refused_once() -> None:
    """The name of a set of safety rules is checked like any other name."""
    whole = plain()
    whole["safety"] = "propsal"
    findings = found(whole)
    assert [(each.code, each.params["near"]) for each in findings] == [
        ("protocol.unknown-safety-rules", "proposal")
    ]


def test_faults_within_the_safety_rules_are_told_under_safety() -> None:
    """The checks of the safety room run as well, at keys of the protocol."""
    whole = plain()
    put(whole, "safety.stopping[8].at_least", 11)
    assert told(whole) == [("safety.more-than-there-are", "safety.stopping[8].at_least")]


@pytest.mark.parametrize("nothing", [None, [], "", 3, {}, [{}]])
def test_what_is_no_table_at_all_is_refused(nothing: object) -> None:
    """Plain data of any kind give findings, not an exception of another kind."""
    assert found(nothing)


# Files ---------------------------------------------------------------------------------------------------


def test_a_file_is_read_like_a_shipped_protocol(tmp_path: Path) -> None:
    """A user's copy of a shipped protocol is the same protocol."""
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, "utf-8")
    assert load_protocol(path) == load_protocol(MAIN)


def test_a_finding_names_file_row_and_key(tmp_path: Path) -> None:
    """In 200 lines a key alone is hard to find: the row of the file is told too."""
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace('high = "70 y"', 'high = "70 kg"'), "utf-8")
    row = 1 + TEXT[: TEXT.index('high = "70 y"')].count("\n")
    (finding,) = refused(path)
    assert finding.place == Place(str(path), row, "gates[0].criteria[2].high")


def test_rows_of_tables_lists_and_headings_are_counted() -> None:
    """Arrays of tables within arrays of tables, lists over several lines, comments among them."""
    text = "a = 1\nb = [\n  # c\n  { x = 1 },\n  { x = 2 },\n]\n"
    text += '[[g]]\nid = "1"\n[[g]]\nid = "2"\n[[g.c]]\nz = 1\n'
    rows = {key: row_of(text, key) for key in ("a", "b", "b[1].x", "g[0].id", "g[1].id", "g[1].c[0].z", "no")}
    assert rows == {"a": 1, "b": 2, "b[1].x": 5, "g[0].id": 8, "g[1].id": 10, "g[1].c[0].z": 12, "no": None}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"id = ", "protocol.not-toml"),
        (b"id = 1\nid = 2\n", "protocol.not-toml"),
        (b"planned = " + b"9" * 5000, "protocol.not-toml"),
        (b"a = " + b"[" * 20000, "protocol.not-toml"),
        (b"\xff\xfeid", "tables.not-utf-8"),
        (b"id = \0", "tables.not-text"),
        (b"# " + b"x" * 70000, "tables.line-too-long"),
        (b"#\n" * LARGEST, "protocol.too-large"),
    ],
    ids=["cut", "twice", "digits", "nested", "utf-16", "zero", "line", "large"],
)
def test_a_file_that_is_no_protocol_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """Whatever a file holds, reading it ends with a finding, in bounded memory."""
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    assert [finding.code for finding in refused(path)] == [code]


def test_an_empty_file_lacks_every_section(tmp_path: Path) -> None:
    """All missing sections are told at once."""
    path = tmp_path / "mine.toml"
    path.write_text("")
    assert {finding.code for finding in refused(path)} == {"shapes.missing"}
    assert {"gates", "visits", "safety"} <= {str(finding.place.column) for finding in refused(path)}


def test_a_name_that_is_not_shipped_is_answered_with_the_nearest() -> None:
    """A misspelt name is no reason to guess, but to ask."""
    (finding,) = refused("honmou-phase-2")
    assert (finding.code, finding.params["near"]) == ("protocol.no-such-protocol", MAIN)
    assert [each.code for each in refused("nowhere.toml")] == ["tables.cannot-be-read"]


def test_a_protocol_can_use_a_measure_of_ones_own(tmp_path: Path) -> None:
    """A trial brings its own scale: known by its id, checked by its outputs."""
    own = read_measure(_own())
    whole = plain()
    whole["measures"].append("own")
    whole["visits"][0]["measures"].append("own")
    assert told(whole) == [("protocol.unknown-measure", f"measures[{len(whole['measures']) - 1}]")]
    assert "own" in read_protocol(whole, own=[own]).measures


def _own() -> dict[str, Any]:
    label = {"en": "made up", "ja": "試作"}
    item = {"id": "a", "label": label, "takes": {"kind": "whole", "low": 0, "high": 2}, "source": "us"}
    output = {"name": "a", "label": label, "kind": "number", "low": 0, "high": 2, "unit": "points"}
    output |= {"better": "higher", "how": {"kind": "item", "item": "a"}, "source": "us"}
    source = {"id": "us", "text": "made up for a test", "status": "proposal"}
    missing = {"rule": "unknown", "source": "us"}
    head = {"id": "own", "edition": "1", "label": label, "sources": [source], "missing": missing}
    return {**head, "items": [item], "outputs": [output]}


# What was read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_protocols())
def test_a_protocol_written_as_plain_data_is_read_again_as_the_same(name: str) -> None:
    """What a ledger keeps of a protocol is the whole of it, safety rules included."""
    protocol = load_protocol(name)
    assert read_protocol(shapes.plain(protocol)) == protocol
    assert shapes.read(Protocol, shapes.plain(protocol)) == protocol


def test_a_shipped_protocol_is_read_once_and_fast() -> None:
    """Reading takes well under 100 ms (best of five), and a second asking takes nothing."""
    assert load_protocol(MAIN) is load_protocol(MAIN)
    taken = []
    for _ in range(5):
        start = perf_counter()
        read_protocol(tomllib.loads(TEXT))
        taken.append(perf_counter() - start)
    assert min(taken) < 0.1


# Fuzz ----------------------------------------------------------------------------------------------------


def keys(part: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to everything within plain data."""
    inside: list[tuple[str | int, ...]] = []
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, each in pairs:
        inside += [(*way, key), *keys(each, (*way, key))]
    return inside


WAYS = {name: keys(plain(name)) for name in shipped_protocols()}
OTHERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 400),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["1 d", "-5 %", "2 cells", "isncsci", "screening", "injury", "is", "", "age", "AIS"]),
    st.lists(st.sampled_from(["A", "isncsci", 1, {}]), max_size=3),
    st.dictionaries(
        st.sampled_from(["id", "en", "amount", "setting", "kind"]), st.text(max_size=3), max_size=2
    ),
)


def changed(whole: Any, way: tuple[str | int, ...], how: str, value: object) -> None:
    """Delete, rename, double or change what stands at the end of a way, if it is still there."""
    for step in way[:-1]:
        try:
            whole = whole[step]
        except (LookupError, TypeError):
            return
    last = way[-1]
    if isinstance(whole, list) and isinstance(last, int) and last < len(whole):
        {
            "delete": lambda: whole.pop(last),
            "double": lambda: whole.append(copy.deepcopy(whole[last])),
        }.get(how, lambda: whole.__setitem__(last, value))()
    elif isinstance(whole, dict) and last in whole:
        {
            "delete": lambda: whole.pop(last),
            "rename": lambda: whole.__setitem__(f"{last}x", whole.pop(last)),
        }.get(how, lambda: whole.__setitem__(last, value))()


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_changed_the_answer_is_findings_or_a_protocol(data: st.DataObject) -> None:
    """Random deletions, renamings, doublings, changes: findings with their key, or a protocol; no crash."""
    name = data.draw(st.sampled_from(shipped_protocols()))
    whole = plain(name)
    for _ in range(data.draw(st.integers(1, 4))):
        way = data.draw(st.sampled_from(WAYS[name]))
        changed(
            whole,
            way,
            data.draw(st.sampled_from(["delete", "rename", "double", "change"])),
            data.draw(OTHERS),
        )
    findings = found(whole)
    for finding in findings:
        assert finding.place.file == "broken.toml"
        assert finding.place.column or finding.code == "shapes.wrong-kind"
    if not findings:
        assert found(shapes.plain(read_protocol(whole))) == []


# The page ------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_protocol_on_the_page_is_one() -> None:
    """Whoever copies the page's TOML has a protocol."""
    (toml,) = blocks("toml")
    assert read_protocol(tomllib.loads(toml)).id == "two-looks"


def test_what_the_page_says_of_its_broken_protocol_is_what_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page's code prints what the page shows."""
    (toml,), (code,), (text,) = blocks("toml"), blocks("python"), blocks("text")
    monkeypatch.chdir(tmp_path)
    exec(code, {"text": toml, "Path": Path})
    assert capsys.readouterr().out == text


def test_the_page_names_every_section_and_every_kind_of_criterion() -> None:
    """A section or a kind that is not on the page is one nobody finds."""
    text = PAGE.read_text("utf-8")
    sections = ("facts", "gates", "visits", "endpoints", "product", "settings", "training", "safety")
    kinds = ("number", "word", "yes-no", "days", "measure", "product")
    assert [name for name in (*sections, *kinds) if f"`{name}`" not in text] == []
