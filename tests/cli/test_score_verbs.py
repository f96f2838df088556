"""The verbs of scoring: what they write, where, and what they refuse with nothing written."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from tests.isncsci.builders import Cells, exam, lost_below

from myelos.cli import main
from myelos.isncsci import Edition, Exam, Layout, classify, explain, explain_open, reclassify, write_exams
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import Answer
from myelos.isncsci.scoring import RESULT_COLUMNS, result_fields

OPEN: Cells = lost_below("C5") | {
    "right_motor_C6": "3*",
    "left_motor_C6": "NT",
    "right_pin_prick_S4-5": "NT",
    "left_light_touch_T1": "NT**",
}
EXAMS = [
    replace(exam(OPEN, vac="no", dap="no"), id="open", any_anal_sensation=Answer.YES),
    replace(exam(lost_below("T4"), vac="no", dap="no"), id="complete", any_anal_sensation=Answer.NO),
    replace(exam(), id="normal", any_anal_sensation=Answer.YES),
]
"""One with NT and tags and several values, one complete, one normal."""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: its exit status and what it printed."""

    def myelos(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["myelos", *map(str, words)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Done(code, *capsys.readouterr())

    return myelos


def file_of(tmp_path: Path, *exams: Exam, layout: Layout = Layout.CSV, name: str = "") -> Path:
    path = tmp_path / (name or {Layout.PRAXIS: "exams.json"}.get(layout, f"exams.{layout.value}"))
    with path.open("w", encoding="utf-8", newline="") as target:
        write_exams(exams or EXAMS, target, layout)
    return path


def unasked(*exams: Exam) -> list[Exam]:
    return [replace(one, any_anal_sensation=None) for one in exams or EXAMS]


def plain(value: object) -> Any:
    return json.loads(json.dumps(value))


# classify


@pytest.mark.parametrize("layout", Layout)
def test_classify_prints_json_lines_of_sets_stars_and_bounds(
    tmp_path: Path, run: Run, layout: Layout
) -> None:
    """NT and tags give lists of several values, stars, and sums as two bounds, in every layout."""
    words = ["--from", "praxis"] if layout is Layout.PRAXIS else []
    done = run("classify", file_of(tmp_path, layout=layout), *words)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [plain(classify(one).as_dict()) for one in EXAMS]
    first = done.lines[0]
    assert list(first) == ["id", "classification", "stars", "sums", "findings", "edition", "reading"]
    assert list(first["classification"]) == list(OUTPUTS)
    assert first["classification"]["ais"] == ["A", "B"]
    assert first["classification"]["motor_left"] == ["C5", "C6"]
    assert "motor_right" not in first["stars"]
    assert (first["sums"]["uems_right"], first["sums"]["uems_left"]) == (8, [5, 10])
    assert (first["edition"], first["reading"]) == ("2019", "myelos")


def test_a_star_stands_where_a_tag_changes_the_set(tmp_path: Path, run: Run) -> None:
    """3* may be 4 and no more, 3** is 5: only the second moves the motor level and is starred."""
    starred = exam(lost_below("C5") | {"right_motor_C6": "3**"}, vac="no", dap="no")
    (line,) = run("classify", file_of(tmp_path, starred)).lines
    assert line["classification"]["motor_right"] == ["C6"]
    assert "zpp_sensory_right" not in line["stars"]
    assert line["stars"] == list(classify(starred).stars)


def test_an_output_file_ending_in_csv_holds_the_csv_result(tmp_path: Path, run: Run) -> None:
    """Its columns are the documented ones; --to says otherwise where asked."""
    source = file_of(tmp_path, name="in.csv")
    done = run("classify", source, "--out", tmp_path / "out.csv")
    assert (done.code, done.out) == (0, "")
    rows = list(csv.reader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
    assert rows == [list(RESULT_COLUMNS), *(result_fields(classify(one)) for one in EXAMS)]
    run("classify", source, "--to", "jsonl", "--out", tmp_path / "lines.csv")
    assert json.loads((tmp_path / "lines.csv").read_text("utf-8").splitlines()[0])["id"] == "open"


def test_empty_cells_are_refused_unless_missing_nt_is_said(tmp_path: Path, run: Run) -> None:
    """--missing NT gives the result of NT; without it, status 2, the cell named, nothing written."""
    source, out = file_of(tmp_path, EXAMS[0]), tmp_path / "out.jsonl"
    source.write_text(source.read_text("utf-8").replace("NT,", ","), "utf-8")
    done = run("classify", source, "--out", out)
    assert (done.code, done.out, out.exists()) == (2, "", False)
    assert "left_motor_C6" in done.err
    forgiving = run("classify", source, "--missing", "NT")
    assert forgiving.lines == [plain(classify(EXAMS[0]).as_dict())]
    assert run("classify", source, "--missing", "0").code == 2


@pytest.mark.parametrize("edition", Edition)
def test_classify_grades_by_the_edition_asked_for(tmp_path: Path, run: Run, edition: Edition) -> None:
    """Every line names its edition and is that of classify under it."""
    done = run("classify", file_of(tmp_path), "--edition", edition)
    assert done.lines == [plain(classify(one, edition=edition).as_dict()) for one in EXAMS]
    assert {line["edition"] for line in done.lines} == {edition}


def test_an_unknown_edition_is_refused_with_those_that_are(tmp_path: Path, run: Run) -> None:
    """A year without an edition is answered with the years there are."""
    done = run("classify", file_of(tmp_path), "--edition", "1993")
    assert (done.code, done.out) == (2, "")
    assert "1992" in done.err
    assert "2019" in done.err


def test_1992_without_its_answer_is_refused_row_by_row(tmp_path: Path, run: Run) -> None:
    """Every verb that grades names each row whose any anal sensation is missing, and writes nothing."""
    source, out = file_of(tmp_path, *unasked()), tmp_path / "out"
    for words in (["classify"], ["explain"], ["reclassify"], ["draw", "--out", out]):
        extra = [] if words == ["reclassify"] else ["--edition", "1992"]
        done = run(*words, source, *extra)
        assert (done.code, done.out, out.exists()) == (2, "", False)
        for row in (2, 3, 4):
            assert f"exams.csv, row {row}, column any_anal_sensation" in done.err


@pytest.mark.parametrize("to", ["parquet", "xml", "CSV"])
def test_another_format_is_refused(tmp_path: Path, run: Run, to: str) -> None:
    """--to takes csv or jsonl."""
    done = run("classify", file_of(tmp_path), "--to", to)
    assert (done.code, done.out) == (2, "")
    assert "csv or jsonl" in done.err


# tables


@pytest.mark.parametrize("words", [("--columns", "ours"), ("--columns", "ours", "--out", "x.jsonl")])
def test_a_table_asks_for_a_file_to_write(tmp_path: Path, run: Run, words: tuple[str, ...]) -> None:
    """Tables are scored into .parquet or .csv, never onto the screen."""
    done = run("classify", file_of(tmp_path), *words)
    assert (done.code, done.out) == (2, "")
    assert "--out" in done.err
    assert ".parquet" in done.err


def test_unknown_columns_are_refused_with_the_maps_there_are(tmp_path: Path, run: Run) -> None:
    """A mistyped name of a map is answered with the names."""
    done = run("classify", file_of(tmp_path), "--columns", "redcup", "--out", tmp_path / "out.csv")
    assert (done.code, (tmp_path / "out.csv").exists()) == (2, False)
    for name in ("redcup", "redcap", "sygen:WEEK", "emsci"):
        assert name in done.err


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ("redcap", "right_motor_c5_value"),
        ("praxis", "right.motor.C5"),
        ("emsci", "RMS_C5"),
        ("sygen:26", "elbflr26"),
    ],
)
def test_a_map_that_does_not_fit_names_the_columns_that_are_missing(
    tmp_path: Path, run: Run, columns: str, missing: str
) -> None:
    """Our CSV read as another's: every column of theirs is told as missing, and nothing is written."""
    out = tmp_path / "out.csv"
    done = run("classify", file_of(tmp_path), "--columns", columns, "--out", out)
    assert (done.code, out.exists()) == (2, False)
    assert f"column {missing}: the column is missing" in done.err
    assert "Traceback" not in done.err


def test_a_file_of_another_kind_is_no_table(tmp_path: Path, run: Run) -> None:
    """A .json has no rows to be read in chunks: refused with the kinds that have."""
    source = file_of(tmp_path, layout=Layout.PRAXIS)
    done = run("classify", source, "--from", "praxis", "--out", tmp_path / "out.parquet")
    assert (done.code, (tmp_path / "out.parquet").exists()) == (2, False)
    assert ".jsonl" in done.err


@pytest.mark.slow
@pytest.mark.parametrize("edition", [Edition.Y1992, Edition.Y2019])
@pytest.mark.parametrize("layout", Layout)
def test_a_parquet_result_equals_the_json_lines(
    tmp_path: Path, run: Run, layout: Layout, edition: Edition
) -> None:
    """Each row holds the value where there is one, and the sums; the same from CSV, JSON lines and Praxis."""
    source = file_of(tmp_path, layout=layout, name="exams.csv" if layout is Layout.CSV else "exams.jsonl")
    words = ["--edition", edition, *(["--from", "praxis"] if layout is Layout.PRAXIS else [])]
    out = tmp_path / "out.parquet"
    done = run("classify", source, *words, "--out", out)
    assert done.code == 0, done.err
    for row, line in zip(pl.read_parquet(out).iter_rows(named=True), run("classify", source, *words).lines,
                         strict=True):  # fmt: skip
        assert row["id"] == line["id"]
        for name, values in line["classification"].items():
            if values:
                assert row[name] == (values[0] if len(values) == 1 else None)
        for name in SUMS:
            bounds = line["sums"][name]
            assert [row[f"{name}_low"], row[f"{name}_high"]] == (
                bounds if isinstance(bounds, list) else [bounds] * 2
            )


# explain


@pytest.mark.parametrize("language", ["en", "ja"])
def test_explain_says_the_steps_and_what_is_open(tmp_path: Path, run: Run, language: str) -> None:
    """Under each id the lines of explain and of explain_open, indented, in the language asked for."""
    done = run("explain", file_of(tmp_path), "--language", language)
    wanted = []
    for one in EXAMS:
        lines = explain(classify(one), language) + explain_open(one, language=language)
        wanted += [one.id, *(f"  {line}" for line in lines)]
    assert (done.code, done.out.splitlines()) == (0, wanted)
    assert explain_open(EXAMS[0], language=language)


def test_explain_can_leave_out_the_witnesses(tmp_path: Path, run: Run) -> None:
    """--no-witnesses leaves the steps, and no example of what untested cells could be."""
    done = run("explain", file_of(tmp_path), "--no-witnesses", "--id", "open")
    assert done.out.splitlines() == ["open", *(f"  {line}" for line in explain(classify(EXAMS[0])))]


def test_a_faulty_row_leaves_the_explanation_unprinted(tmp_path: Path, run: Run) -> None:
    """Refused input prints nothing, also when the rows before it were good."""
    source = file_of(tmp_path)
    source.write_text(source.read_text("utf-8").replace("normal,5", "normal,7"), "utf-8")
    done = run("explain", source)
    assert (done.code, done.out) == (2, "")
    assert "row 4, column right_motor_C5" in done.err


@pytest.mark.parametrize("verb", ["explain", "draw"])
def test_an_id_that_is_not_there_is_refused(tmp_path: Path, run: Run, verb: str) -> None:
    """A mistyped id is never an empty answer."""
    out = tmp_path / "out"
    words = ["--out", out] if verb == "draw" else []
    done = run(verb, file_of(tmp_path), "--id", "opne", *words)
    assert (done.code, done.out, out.exists()) == (2, "", False)
    assert "opne" in done.err


@pytest.mark.parametrize("verb", ["explain", "draw"])
@pytest.mark.parametrize("language", ["de", "EN", ""])
def test_a_language_without_words_is_refused(tmp_path: Path, run: Run, verb: str, language: str) -> None:
    """en and ja have words; another language is told so, with nothing written."""
    out = tmp_path / "out"
    words = ["--out", out] if verb == "draw" else []
    done = run(verb, file_of(tmp_path), "--language", language, *words)
    assert (done.code, done.out, out.exists()) == (2, "", False)
    assert "en or ja" in done.err


# reclassify


def test_reclassify_prints_lines_and_sums_up_on_standard_error(tmp_path: Path, run: Run) -> None:
    """Standard output is JSON lines alone; how many differ is said beside it."""
    done = run("reclassify", file_of(tmp_path))
    assert done.code == 0
    assert done.lines == [plain(reclassify(one).as_dict()) for one in EXAMS]
    assert sorted(done.err.splitlines()) == [
        "ais: 1 of 3 exams differ (33.3 %)",
        "complete: 1 of 3 exams differ (33.3 %)",
    ]


def test_reclassify_writes_a_file_between_the_editions_asked_for(tmp_path: Path, run: Run) -> None:
    """--before, --after, --out and --missing reach the work."""
    out = tmp_path / "out.jsonl"
    done = run("reclassify", file_of(tmp_path), "--before", "2015", "--after", "2019", "--out", out)
    assert (done.code, done.out) == (0, "")
    wanted = [plain(reclassify(one, Edition.Y2015, Edition.Y2019).as_dict()) for one in EXAMS]
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == wanted
    forgiving = run("reclassify", file_of(tmp_path, *unasked()), "--missing", "NT")
    assert forgiving.lines[1]["before"]["ais"] == ["A", "B"]


# draw


def test_one_exam_is_drawn_into_the_svg_named(tmp_path: Path, run: Run) -> None:
    """--id and an .svg: one drawing, well-formed, of that exam."""
    out = tmp_path / "one.svg"
    done = run("draw", file_of(tmp_path), "--id", "complete", "--out", out)
    assert (done.code, done.out, done.err) == (0, "", "")
    said = "".join(ElementTree.fromstring(out.read_text("utf-8")).itertext())
    assert "complete" in said
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".svg"] == ["one.svg"]


def test_several_exams_are_drawn_into_a_folder(tmp_path: Path, run: Run) -> None:
    """One file an exam, numbered in the order of the file."""
    out = tmp_path / "new" / "drawings"
    assert run("draw", file_of(tmp_path), "--out", out, "--language", "ja").code == 0
    names = ["0001-open.svg", "0002-complete.svg", "0003-normal.svg"]
    assert sorted(path.name for path in out.iterdir()) == names
    for name in names:
        ElementTree.fromstring((out / name).read_text("utf-8"))


def test_several_exams_do_not_fit_one_svg(tmp_path: Path, run: Run) -> None:
    """Refused with how many there are; an older drawing stays."""
    out = tmp_path / "one.svg"
    out.write_text("older", "utf-8")
    done = run("draw", file_of(tmp_path), "--out", out)
    assert (done.code, out.read_text("utf-8")) == (2, "older")
    assert "3 exams" in done.err


HOSTILE = [
    "../../up",
    "/etc/passwd",
    "a/b",
    "..",
    "C:\\nul",
    "<script>&\"'",
    "x" * 128,
    "猫" * 128,
    "a b\u00e9?*|",
]


def test_hostile_ids_become_file_names_inside_the_folder(tmp_path: Path, run: Run) -> None:
    """No id leaves the folder, hides, clashes or breaks the drawing."""
    out = tmp_path / "inner" / "drawings"
    done = run("draw", file_of(tmp_path, *(replace(EXAMS[2], id=name) for name in HOSTILE)), "--out", out)
    assert done.code == 0, done.err
    assert [path for path in tmp_path.rglob("*.svg") if path.parent != out] == []
    names = sorted(path.name for path in out.iterdir())
    assert [name[:5] for name in names] == [f"{n:04}-" for n in range(1, len(HOSTILE) + 1)]
    assert not set("/\\:*?\"<>|' ") & set("".join(names))
    for path in out.iterdir():
        ElementTree.fromstring(path.read_text("utf-8"))


def test_a_drawing_that_cannot_be_written_is_refused(tmp_path: Path, run: Run) -> None:
    """A folder that is a file or is not there, the exams themselves: told, nothing overwritten."""
    source = file_of(tmp_path)
    before = source.read_bytes()
    for out in (source, source / "in", tmp_path / "none" / "one.svg"):
        done = run("draw", source, "--id", "open", "--out", out)
        assert (done.code, done.out) == (2, "")
        assert "error:" in done.err
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["exams.csv"]
