"""Whole tables give what single examinations give, whatever holds them, and every fault is told in its
place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.isncsci.brute import enumerated

from myelos.findings import Refused
from myelos.isncsci import Edition, Exam, Layout, Reading, classify, write_exams
from myelos.isncsci.classification import SUMS
from myelos.isncsci.cohorts import (
    FINDING_CODES,
    ColumnMap,
    classify_table,
    classify_table_file,
    column_map,
    files,
    finding_names,
    set_names,
    star_names,
    sygen,
    table,
)
from myelos.isncsci.cohorts.columns import EMSCI, NON_KEY, PRAXIS, REDCAP, score_codes
from myelos.isncsci.csv_layout import COLUMNS, fields_of
from myelos.isncsci.editions import rules_of
from myelos.isncsci.exam import CELLS, Answer, replaced
from myelos.isncsci.records import OURS as OUR_SHAPE
from myelos.isncsci.records import PRAXIS as PRAXIS_SHAPE
from myelos.isncsci.records import parse_exam, record_of
from myelos.isncsci.synthetic import KINDS, synthetic_exam, untested

RULES = [rules_of(edition) for edition in Edition] + [rules_of(Edition.Y2019, Reading.PRAXIS)]


def made_up(count: int, seed: int, most: int = 40) -> list[Exam]:
    """Examinations of every kind, in turn fully tested, with some cells untested, with tags."""
    rng, kinds = Random(seed), list(KINDS)
    exams = []
    for n in range(count):
        whole = synthetic_exam(rng, kinds[n % len(kinds)], non_key=n % 2 == 0, name=f"e{n}")
        exam = untested(rng, whole, 0 if n % 3 == 0 else rng.randint(1, most), tagged=0.4 * (n % 3 == 2))
        exams.append(replace(exam, any_anal_sensation=rng.choice(list(Answer))))
    return exams


def texts(exams: Sequence[Exam]) -> pl.DataFrame:
    """The columns of our CSV, as text."""
    return pl.DataFrame([fields_of(exam) for exam in exams], schema=list(COLUMNS), orient="row")


def coded(exams: Sequence[Exam]) -> pl.DataFrame:
    """The same as whole numbers."""
    frame = texts(exams)
    answers = {"no": 0, "yes": 1, "NT": 2}
    entries = {"": 0, **{str(each): code for each, code in column_map("ours").entries.items()}}
    wanted = {name: score_codes(5 if "motor" in name else 2) for name in CELLS[:-2]}
    wanted |= dict.fromkeys(("vac", "dap", "any_anal_sensation"), answers) | dict.fromkeys(NON_KEY, entries)
    read = [pl.col(name).replace_strict(codes, return_dtype=pl.Int64) for name, codes in wanted.items()]
    return frame.with_columns(read)


HOLDERS: dict[str, Callable[[Sequence[Exam]], Any]] = {
    "text": texts,
    "lazy": lambda exams: texts(exams).lazy(),
    "categories": lambda exams: texts(exams).with_columns(pl.all().exclude("id").cast(pl.Categorical)),
    "numbers": coded,
    "small numbers": lambda exams: coded(exams).with_columns(pl.all().exclude("id").cast(pl.UInt8)),
    "floats": lambda exams: coded(exams).with_columns(pl.all().exclude("id").cast(pl.Float64)),
    "pandas": lambda exams: pd.DataFrame([fields_of(e) for e in exams], columns=list(COLUMNS)),
    "arrow": lambda exams: texts(exams).to_arrow(),
    "numpy": lambda exams: {name: coded(exams)[name].to_numpy() for name in COLUMNS},
}


def assert_same(result: pl.DataFrame, exams: Sequence[Exam], reading: Reading, edition: Edition) -> None:
    """Outputs, sets, joint results, stars, sums and findings are those of ``classify``."""
    assert result.height == len(exams)
    for row, exam in zip(result.iter_rows(named=True), exams, strict=True):
        one = classify(exam, reading, edition)
        assert row["id"] == exam.id
        for name in rules_of(edition).outputs:
            assert set_names(name, row[f"{name}_set"]) == one.values(name), (exam.id, name)
            assert row[name] == (one.only(name) if len(one.values(name)) == 1 else None)
        assert star_names(row["stars"]) == one.stars
        for name in SUMS:
            bounds = getattr(one.sums, name)
            assert (row[f"{name}_low"], row[f"{name}_high"]) == (bounds.low, bounds.high)
        assert set(finding_names(row["findings"])) == {f.code for f in one.findings} & set(FINDING_CODES)


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_holder_of_a_table_gives_the_results_of_single_examinations(holder: str) -> None:
    """Text, categories, numbers, floats, pandas, Arrow, numpy: one result."""
    exams = made_up(60, seed=1)
    assert_same(classify_table(HOLDERS[holder](exams)), exams, Reading.MYELOS, Edition.Y2019)


@pytest.mark.parametrize("chosen", RULES, ids=lambda chosen: f"{chosen.edition}-{chosen.reading}")
def test_every_rule_set_gives_the_results_of_single_examinations(chosen: Any) -> None:
    """Editions and readings reach the compiled rules."""
    exams = made_up(240, seed=2)
    result = classify_table(texts(exams), reading=chosen.reading, edition=chosen.edition)
    assert_same(result, exams, chosen.reading, chosen.edition)
    assert ("nli" in result.columns) == ("nli" in chosen.outputs)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", RULES, ids=lambda chosen: f"{chosen.edition}-{chosen.reading}")
def test_the_third_form_of_the_rules_equals_the_plain_one(chosen: Any) -> None:
    """Fully tested examinations on compiled columns: 6,000 by every rule set, joint results included."""
    exams = [replace(exam, any_anal_sensation=exam.dap) for exam in _whole(6000)]
    cells = decode_all(exams, chosen)
    job = table.Job(column_map("ours"), chosen, files_missing(), joint=True)
    sets = table.run_blocks(cells, job).sets
    for n, exam in enumerate(exams):
        assert [int(held) for held in sets[:, n]] == enumerated(exam, chosen)[:16], exam.id


def _whole(count: int) -> list[Exam]:
    rng, kinds = Random(99), list(KINDS)
    return [synthetic_exam(rng, kinds[n % len(kinds)], non_key=n % 2 == 0, name=str(n)) for n in range(count)]


def decode_all(exams: Sequence[Exam], chosen: Any) -> Any:
    from myelos.findings import Findings
    from myelos.isncsci.cohorts.decode import Source, decode

    return decode(
        texts(exams), column_map("ours"), chosen.any_anal_sensation, files_missing(), Findings(), Source()
    )


def files_missing() -> Any:
    from myelos.isncsci.records import Missing

    return Missing.ERROR


def test_grades_and_levels_that_go_together_are_given_on_request() -> None:
    """``joint`` gives, for each grade, exactly the NLIs of the pairs of ``classify``."""
    exams = made_up(60, seed=3)
    result = classify_table(texts(exams), joint=True)
    for row, exam in zip(result.iter_rows(named=True), exams, strict=True):
        pairs = {(g, level) for g in "ABCDE" for level in set_names("nli", row[f"nli_if_{g}"])}
        assert pairs == set(classify(exam).joint)


def test_threads_change_nothing_but_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come back in order however they were divided."""
    monkeypatch.setattr(table, "SLICE", 7)
    monkeypatch.setattr(table, "LEAST", 1)
    exams = made_up(60, seed=4)
    with ThreadPoolExecutor(2) as threads:
        assert classify_table(texts(exams), executor=threads).equals(classify_table(texts(exams)))


def faults(refused: Refused) -> list[tuple[str, int | None, str | None]]:
    return [(f.code.split(".")[1], f.place.row, f.place.column) for f in refused.findings]


def test_every_fault_of_a_table_is_told_at_once() -> None:
    """Row, column, what was read and what is allowed, for every cell; other rows hide nothing."""
    frame = texts(made_up(4, seed=5)).with_columns(
        right_motor_C5=pl.Series(["6", "5*", "", "05"]),
        left_pin_prick_T4=pl.Series(["3", "1", None, "nt"]),
        vac=pl.Series(["yes", "Yes", "no", "?"]),
        left_non_key=pl.Series(["", "T2", None, "C5"]),
        id=pl.Series(["a", "a", "=b", ""]),
    )
    with pytest.raises(Refused) as refused:
        classify_table(frame)
    assert set(faults(refused.value)) == {
        ("not-in-column", 1, "right_motor_C5"), ("not-in-column", 2, "right_motor_C5"),
        ("missing", 3, "right_motor_C5"), ("not-in-column", 4, "right_motor_C5"),
        ("not-in-column", 1, "left_pin_prick_T4"), ("missing", 3, "left_pin_prick_T4"),
        ("not-in-column", 4, "left_pin_prick_T4"), ("not-an-answer", 2, "vac"), ("not-an-answer", 4, "vac"),
        ("not-a-key-level", 2, "left_non_key"), ("duplicate-id", 2, "id"), ("unusable-id", 3, "id"),
        ("missing", 4, "id"),
    }  # fmt: skip
    told = next(f for f in refused.value.findings if f.place.column == "vac")
    assert told.params == {"cell": "vac", "read": "Yes", "allowed": "no, yes, NT"}


ODD = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["NT", "nt", "5*", "2**", "NT*", " 3 ", "3.0", "-1", "9", "", "٣", "0x1", "True"]),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from((*CELLS, *NON_KEY)), ODD, max_size=8), st.booleans())
def test_a_table_and_a_record_refuse_the_same_cells(changes: dict[str, str], as_nt: bool) -> None:
    """Whatever is typed: never a crash, never a guess; faults and results are those of ``parse_exam``."""
    base = made_up(1, seed=6)[0]
    row = dict(zip(COLUMNS, fields_of(base), strict=True)) | changes
    missing = "NT" if as_nt else "error"
    expected, exam = _parsed(row, missing)
    told, result = _classified({name: [text] for name, text in row.items()}, missing)
    assert told == expected
    if result is not None and exam is not None:
        assert_same(result, [exam], Reading.MYELOS, Edition.Y2019)


def _classified(frame: dict[str, list[str]], missing: str) -> tuple[set[str | None], pl.DataFrame | None]:
    try:
        return set(), classify_table(frame, missing=missing)
    except Refused as refused:
        return {f.place.column for f in refused.findings}, None


def _parsed(row: dict[str, str], missing: str) -> tuple[set[str | None], Exam | None]:
    record: dict[str, Any] = {name: row[name] for name in ("id", "vac", "dap", "any_anal_sensation")}
    for side in ("right", "left"):
        record[side] = {"motor": {}, "light_touch": {}, "pin_prick": {}, "non_key": row[f"{side}_non_key"]}
    for name in CELLS[:-2]:
        side, rest = name.split("_", 1)
        block, level = rest.rsplit("_", 1)
        record[side][block][level] = row[name]
    try:
        return set(), parse_exam(record, OUR_SHAPE, missing)
    except Refused as refused:
        return {f.place.column for f in refused.findings}, None


@pytest.mark.parametrize("value", [6, 7, -1, 255, 256, 300, 2**40])
def test_a_number_that_is_no_score_is_refused(value: int) -> None:
    """Numbers that would fit a byte only by wrapping around are no scores (6 is the code of NT)."""
    frame = coded(made_up(1, seed=7)).with_columns(right_motor_C5=pl.lit(value, dtype=pl.Int64))
    if value == 6:
        assert classify_table(frame)["uems_high"][0] >= 5
        return
    with pytest.raises(Refused) as refused:
        classify_table(frame)
    assert faults(refused.value) == [("not-in-column", 1, "right_motor_C5")]


def test_a_float_that_is_no_whole_number_is_refused_and_nan_is_missing() -> None:
    """2.5 is no score; NaN, as pandas writes what is not there, is missing and not NT."""
    frame = coded(made_up(2, seed=8)).with_columns(right_motor_C5=pl.Series([2.5, float("nan")]))
    with pytest.raises(Refused) as refused:
        classify_table(frame)
    assert faults(refused.value) == [("not-in-column", 1, "right_motor_C5"), ("missing", 2, "right_motor_C5")]


def test_columns_that_are_not_there_are_told_and_may_be_absent_only_when_asked() -> None:
    """A table without DAP is refused; with missing="NT" it is scored as if DAP were untested."""
    exams = [replaced(exam, {"dap": "NT"}) for exam in made_up(12, seed=9)]
    frame = texts(exams).drop("dap", "right_non_key", "left_non_key", "any_anal_sensation")
    with pytest.raises(Refused) as refused:
        classify_table(frame)
    assert faults(refused.value) == [("missing-column", 1, "dap")]
    bare = [
        replace(e, right=replace(e.right, non_key=None), left=replace(e.left, non_key=None)) for e in exams
    ]
    assert_same(classify_table(frame, missing="NT"), bare, Reading.MYELOS, Edition.Y2019)


def test_a_table_of_something_else_is_refused_even_when_missing_is_nt() -> None:
    """No column of an examination: nothing is made up."""
    with pytest.raises(Refused):
        classify_table({"id": ["a"], "height": [180]}, missing="NT")
    with pytest.raises(TypeError):
        classify_table([1, 2, 3])


def named(exams: Sequence[Exam], names: ColumnMap, write: Callable[[str, str], str | None]) -> pl.DataFrame:
    """A table as another program would name and write it."""
    ours = texts(exams)
    columns = {}
    for cell, column in names.columns.items():
        columns[column] = [write(cell, text) for text in ours[cell].to_list()] if cell != "id" else ours["id"]
    return pl.DataFrame(columns)


CAPITAL = {"yes": "Yes", "no": "No", "NT": "NT"}


def test_the_redcap_instrument_is_read_with_its_tags() -> None:
    """``ab-3`` with 1 beside it is ``3**``, with 2 ``3*``; names and answers are the instrument's."""
    exams = made_up(60, seed=10)

    def value(cell: str, text: str) -> str | None:
        if cell in ("vac", "dap"):
            return CAPITAL[text]
        bare = text.rstrip("*").lower() if cell not in NON_KEY else text
        return f"ab-{bare}" if text.endswith("*") else bare

    frame = named(exams, REDCAP, value)
    tags = {"": "", "*": "2", "**": "1"}
    for cell in CELLS[:-2]:
        column = REDCAP.columns[cell].removesuffix("_value") + "_considernormal"
        marks = [tags[text.lstrip("0123456789NT")] for text in texts(exams)[cell].to_list()]
        frame = frame.with_columns(pl.Series(column, marks))
    assert_same(classify_table(frame, "redcap"), exams, Reading.MYELOS, Edition.Y2019)
    with pytest.raises(Refused) as refused:
        classify_table(frame.with_columns(right_motor_c5_value=pl.lit("ab-5")), "redcap")
    assert {f.place.column for f in refused.value.findings} == {"right_motor_c5_value"}


def test_sygen_like_names_are_read_by_week_and_in_any_case() -> None:
    """Sensory 9 is not testable, the left and right knee have their own names, DAP is not recorded."""
    exams = [replaced(e, {name: "NT" for name in ("left_light_touch_T4", "dap")}) for e in _whole(24)]
    exams = [replace(e, right=replace(e.right, non_key=None), left=replace(e.left, non_key=None),
                     any_anal_sensation=Answer.YES) for e in exams]  # fmt: skip
    answers = {"yes": "1", "no": "0"}
    frame = named(exams, sygen("26"), lambda cell, text: answers.get(text, "9" if text == "NT" else text))
    assert {"kneexl26", "kneetr26", "c2ltr26", "s45ppl26", "vaccd26"} <= set(frame.columns)
    frame = frame.rename({name: name.upper() for name in frame.columns})
    result = classify_table(frame, "sygen:26", missing="NT")
    assert_same(result, exams, Reading.MYELOS, Edition.Y2019)
    assert_same(
        classify_table(frame, sygen("26"), missing="NT", edition=Edition.Y1992),
        exams, Reading.MYELOS, Edition.Y1992,
    )  # fmt: skip


def test_emsci_like_names_are_read() -> None:
    """``RMS_C5``, ``LLT_S45``; NT as text; yes and no with a capital."""
    exams = [untested(Random(n), e, 3) for n, e in enumerate(_whole(24))]
    exams = [
        replace(e, right=replace(e.right, non_key=None), left=replace(e.left, non_key=None)) for e in exams
    ]
    frame = named(exams, EMSCI, lambda cell, text: CAPITAL[text] if cell in ("vac", "dap") else text)
    assert {"RMS_C5", "LLT_S45", "RPP_T4"} <= set(frame.columns)
    assert_same(classify_table(frame, "emsci"), exams, Reading.MYELOS, Edition.Y2019)


@pytest.mark.parametrize("name", ["excel", "sygen:", "ours:3", ""])
def test_a_map_that_is_none_raises(name: str) -> None:
    """No guess about columns."""
    with pytest.raises(ValueError, match="none of"):
        column_map(name)


def test_a_map_of_cells_renames_ours() -> None:
    """A caller with own names gives only those that differ; a cell that is none raises."""
    exams = made_up(3, seed=11)
    frame = texts(exams).rename({"vac": "contraction"})
    assert_same(classify_table(frame, {"vac": "contraction"}), exams, Reading.MYELOS, Edition.Y2019)
    with pytest.raises(ValueError, match="no such cells"):
        column_map({"vca": "contraction"})


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 10)


def written(folder: Path, exams: Sequence[Exam], kind: str) -> Path:
    path = folder / f"exams{kind}"
    if kind == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            write_exams(exams, file, Layout.CSV)
    elif kind == ".parquet":
        coded(exams).write_parquet(path)
    else:
        lines = (json.dumps(record_of(exam, PRAXIS_SHAPE)) for exam in exams)
        path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("to", [".parquet", ".csv"])
@pytest.mark.parametrize("kind", [".csv", ".parquet", ".jsonl"])
def test_a_file_is_streamed_into_another(tmp_path: Path, kind: str, to: str) -> None:
    """In chunks and in order, with progress; the result is that of the table in memory."""
    exams = made_up(35, seed=12)
    if kind == ".jsonl":
        exams = [replace(exam, any_anal_sensation=None) for exam in exams]
    seen: list[int] = []
    source, target = written(tmp_path, exams, kind), tmp_path / f"result{to}"
    names = "praxis" if kind == ".jsonl" else "ours"
    assert classify_table_file(source, target, names, progress=seen.append) == 35
    assert seen[-1] == 35
    assert len(seen) > 1
    wanted = classify_table(texts(exams))
    if to == ".parquet":
        assert pl.read_parquet(target).equals(wanted)
    else:
        assert target.read_text("utf-8") == wanted.write_csv()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((source.name, target.name))


@pytest.mark.usefixtures("small_chunks")
def test_a_file_with_any_fault_leaves_the_target_as_it_was(tmp_path: Path) -> None:
    """Faults of all chunks are told together with their rows; an id there twice, chunks apart, too."""
    exams = [*made_up(25, seed=13), *made_up(1, seed=13)]
    source, target = written(tmp_path, exams, ".csv"), tmp_path / "result.parquet"
    lines = source.read_text("utf-8").splitlines()
    lines[15] = lines[15].replace(",yes", ",maybe").replace(",no,", ",maybe,")
    source.write_text("\n".join(lines), "utf-8")
    target.write_text("older", "utf-8")
    with pytest.raises(Refused) as refused:
        classify_table_file(source, target)
    told = faults(refused.value)
    assert {row for code, row, _ in told if code == "not-an-answer"} == {16}
    assert ("duplicate-id", 27, "id") in told
    assert target.read_text("utf-8") == "older"


@pytest.mark.parametrize("content", ["", "id,vac\n", "\0\1\2", "id,vac\na,b,c\n"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    """Empty, a header alone, noise, ragged: findings, and no result."""
    source, target = tmp_path / "exams.csv", tmp_path / "result.csv"
    source.write_text(content, "utf-8")
    with pytest.raises(Refused):
        classify_table_file(source, target)
    assert not target.exists()


def test_a_file_of_another_kind_raises(tmp_path: Path) -> None:
    """Kinds that we do not read or write are the caller's fault; a file that is not there is a finding."""
    with pytest.raises(ValueError, match="cannot classify"):
        classify_table_file(tmp_path / "exams.xlsx", tmp_path / "result.csv")
    with pytest.raises(Refused):
        classify_table_file(tmp_path / "none.parquet", tmp_path / "result.csv")


def test_findings_beyond_the_first_thousand_are_counted() -> None:
    """A table of noise tells a thousand cells and counts the rest."""
    frame = texts(made_up(30, seed=14)).with_columns(pl.all().exclude("id").str.replace(".*", "x"))
    with pytest.raises(Refused) as refused:
        classify_table(frame)
    assert len(refused.value.findings) == 1000
    assert refused.value.more == 30 * (len(COLUMNS) - 1) - 1000


def test_the_names_of_the_praxis_columns_are_those_of_its_object() -> None:
    """Dots join the names of objects in objects."""
    assert PRAXIS.columns["left_pin_prick_S4-5"] == "left.pinPrick.S4_5"


def test_a_table_of_praxis_objects_has_a_column_for_everything_we_write_there() -> None:
    """Nested names joined by dots are the map's columns, any anal sensation among them."""
    asked = replace(made_up(1, seed=5)[0], any_anal_sensation=Answer.YES)
    frame = pl.read_ndjson(json.dumps(record_of(asked, PRAXIS_SHAPE)).encode(), infer_schema_length=None)
    assert set(files._flat(frame).columns) == set(PRAXIS.columns.values())
