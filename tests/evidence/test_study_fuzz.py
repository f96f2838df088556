"""Whatever a file holds, reading it ends in a study or in findings that can be said, and in nothing else."""

import datetime
import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.naive import WORDS, study_text

from myelos.evidence import Study, judge, load_study, plain
from myelos.findings import LIMIT, Refused

HONMOU = (files("myelos.evidence.study") / "shipped" / "honmou-2021.toml").read_text("utf-8")
VISITS = """person,visit,day_after_injury,ais,scim
a,before-collection,5,A,10
a,before-infusion,42,B,20
a,follow-up,230,C,60
b,before-collection,7,C,12
b,before-infusion,40,C,
b,follow-up,unknown,D,80
"""
WITH_VISITS = study_text({}) + '[visits]\nfile = "v.csv"\n[index.before-infusion]\nday = 41\n'
COARSE = study_text({("A", "B_or_C"): 2})
COUNTS = "baseline_ais,followup_ais,count\nA,B,3\nA_or_B,improved_ge1,2\nC,D,5\n"

scalars = st.one_of(
    st.booleans(), st.integers(-3, 20), st.integers(), st.floats(), st.text(max_size=12),
    st.dates(), st.datetimes(), st.times(), st.sampled_from("ABCDE"),
    st.sampled_from(["unknown", "A_or_B", "unchanged", "before-infusion", "recalled", "v.csv", "..", "\0"]),
)  # fmt: skip
pieces = st.text(max_size=6) | st.sampled_from(
    ["", "\n", "\r", '"', ",", "[", "]]", "=", "\x0b", "\u2028", "\ufeff", "\0", "'''", "nan", "-1", "AB"]
)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fuzz")
    (made / "v.csv").write_text(VISITS, "utf-8")
    return made


def _toml(value: object) -> str:
    """A value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to everything inside a TOML value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from _paths(each, (*path, key))


def _replaced(value: object, path: tuple[str | int, ...], new: object) -> object:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], new)
    return copy


def _read(folder: Path, content: str | bytes, name: str) -> Study | None:
    """The study or None; findings are few, placed in a file and have words."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    try:
        return load_study(path)
    except Refused as refused:
        found = refused.findings
    assert 0 < len(found) <= LIMIT
    assert all(finding.place.file and len(WORDS.tell(finding)) < 2000 for finding in found)
    return None


@pytest.mark.slow
@settings(max_examples=300)
@given(
    data=st.data(), text=st.sampled_from([HONMOU, WITH_VISITS, study_text({("A", "B_or_C"): 2})]), new=junk
)
def test_any_value_may_be_junk(folder: Path, data: st.DataObject, text: str, new: object) -> None:
    """A TOML with one value of another kind is refused, or is a study."""
    whole = tomllib.loads(text)
    path = data.draw(st.sampled_from(list(_paths(whole))))
    mutated = _replaced(whole, path, new)
    lines = "\n".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in mutated.items())
    study = _read(folder, lines, "junk.toml")
    assert study is None or all(baseline.n > 0 for baseline in study.baselines)


def _cut_and_paste(data: st.DataObject, text: str) -> str:
    """The text with up to four pieces cut out, doubled or written over."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        piece = data.draw(pieces | st.just(2 * text[start:end]))
        text = text[:start] + piece + text[end:]
    return text


@pytest.mark.slow
@settings(max_examples=300)
@given(data=st.data(), which=st.sampled_from([(HONMOU, "t.toml"), (COUNTS, "c.csv"), (VISITS, "p.csv")]))
def test_any_text_may_be_damaged(folder: Path, data: st.DataObject, which: tuple[str, str]) -> None:
    """A damaged TOML or CSV is refused, or is a study whose people are those of its transitions."""
    text, name = which
    study = _read(folder, _cut_and_paste(data, text), name)
    assert study is None or all(baseline.n > 0 for baseline in study.baselines)


@given(data=st.data())
def test_the_table_of_visits_may_be_damaged(folder: Path, data: st.DataObject) -> None:
    """The second file of a study is read as carefully as the first."""
    (folder / "inner").mkdir(exist_ok=True)
    (folder / "inner" / "v.csv").write_bytes(_cut_and_paste(data, VISITS).encode("utf-8", "replace"))
    study = _read(folder / "inner", WITH_VISITS, "t.toml")
    assert study is None or all(each.n == len(study.persons) for each in study.baselines)


@given(st.binary(max_size=300), st.sampled_from(["noise.toml", "noise.csv"]))
def test_any_bytes_may_come(folder: Path, content: bytes, name: str) -> None:
    """Noise is refused."""
    assert _read(folder, content, name) is None


grades = st.sampled_from("ABCDE")
codes = st.one_of(grades, st.sampled_from(["A_or_B", "B_or_C", "unspecified"]))
ends = st.one_of(grades, st.sampled_from(["unchanged", "improved_ge1", "improved_unspecified", "not_C"]))
days = st.sampled_from(["", "[index.before-infusion]\nday = {}\n", "[index.before-collection]\nday = {}\n"])


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.tuples(codes, ends), st.integers(0, 4), min_size=1, max_size=4),
    st.sampled_from(["cervical", "thoracic", "mixed"]),
    st.sampled_from(["acute", "subacute"]),
    st.sampled_from(["seen", "recalled"]),
    days,
    st.sampled_from([0, 3, 40, 200, 360, 365, 4000]),
)
def test_every_study_that_is_read_can_be_judged_and_told(
    folder: Path,
    split: dict[tuple[str, str], int],
    level: str,
    phase: str,
    certainty: str,
    index: str,
    day: int,
) -> None:
    """No grades, level, day or certainty crash the judgement; its numbers are plain and have words."""
    top = {"level": f'"{level}"', "phase": f'"{phase}"', "certainty": f'{{split = "{certainty}"}}'}
    transitions, _, head = study_text(split, **top).partition("[[")[::-1]
    study = _read(folder, f"{head}{index.format(day)}[[{transitions}" if transitions else head, "j.toml")
    if study is None:
        return
    judgement = judge(study)
    json.dumps(plain(judgement), allow_nan=False, default=str)
    assert all(WORDS.say(each.code, each.params) for each in judgement.sentences)
    told = [finding for reading in (*judgement.readings, *judgement.stricter) for finding in reading.findings]
    assert all(WORDS.tell(finding) for finding in (*judgement.findings, *told))
    for reading in (*judgement.readings, *judgement.stricter):
        values = [tail.value.value for tail in reading.tails]
        assert all(value is None or 0 <= value <= 1 for value in values)
        for tail in reading.tails:
            if tail.over_splits and tail.value.value is not None:
                assert tail.over_splits.low.value <= tail.value.value * (1 + 1e-9)
                assert tail.value.value <= tail.over_splits.high.value * (1 + 1e-9)
