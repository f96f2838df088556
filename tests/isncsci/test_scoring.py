"""Scoring a file: in order, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.isncsci.builders import exam
from tests.isncsci.test_layouts import csv_file, made_up

from myelos.findings import Refused
from myelos.isncsci import Layout, Reading, classify, classify_file, write_exams
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.scoring import RESULT_COLUMNS, result_fields
from myelos.isncsci.synthetic import KINDS


def source_of(tmp_path: Path, layout: Layout, count: int = 36) -> Path:
    path = tmp_path / "source"
    with path.open("w", encoding="utf-8") as file:
        write_exams(made_up(count), file, layout)
    return path


@pytest.mark.parametrize("layout", Layout)
def test_a_csv_result_has_a_line_for_each_examination_in_order(tmp_path: Path, layout: Layout) -> None:
    """Outputs, sums and finding codes are those of classify, in the order of the file."""
    target = tmp_path / "result.csv"
    assert classify_file(source_of(tmp_path, layout), target, layout) == 36
    rows = list(csv.reader(target.read_text("utf-8").splitlines()))
    assert rows[0] == list(RESULT_COLUMNS)
    assert rows[1:] == [result_fields(classify(made)) for made in made_up(36)]
    assert any("isncsci.e-needs-documented-deficit" in row[-1] for row in rows)


def test_a_jsonl_result_is_the_dictionary_of_each(tmp_path: Path) -> None:
    """One as_dict a line, with exactly its keys and a list for each output."""
    target = tmp_path / "result.jsonl"
    classify_file(source_of(tmp_path, Layout.CSV), target, Layout.CSV, "jsonl")
    records = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert records == [classify(made).as_dict() for made in made_up(36)]
    assert set(records[0]) == {"id", "classification", "stars", "sums", "findings", "edition", "reading"}
    assert all(set(r["classification"]) == set(OUTPUTS) for r in records)
    assert all(len(values) == 1 for r in records for values in r["classification"].values())


def test_an_open_stream_gets_the_whole_result(tmp_path: Path) -> None:
    """Standard output is fed from a spool, so it too is whole or empty."""
    stream = io.StringIO()
    classify_file(csv_file(tmp_path, {}, {}), stream)
    assert [line.split(",")[0] for line in stream.getvalue().splitlines()] == ["id", "p0", "p1"]


@pytest.mark.parametrize("fault", [{"right_motor_C5": "6"}, {"left_pin_prick_S4-5": ""}])
def test_nothing_is_written_when_any_examination_is_refused(tmp_path: Path, fault: dict[str, str]) -> None:
    """An older result stays as it was, no part file is left, and the stream stays empty."""
    source = csv_file(tmp_path, {}, {}, fault)
    target, stream = tmp_path / "result.csv", io.StringIO()
    target.write_text("older\n", "utf-8")
    for to in (target, stream):
        with pytest.raises(Refused) as refused:
            classify_file(source, to)
        place = refused.value.findings[0].place
        assert (place.file, place.row, place.column) == (str(source), 4, next(iter(fault)))
    assert target.read_text("utf-8") == "older\n"
    assert stream.getvalue() == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exams.csv", "result.csv"]


def test_all_faults_of_a_file_are_told_together(tmp_path: Path) -> None:
    """One run tells everything that keeps a file from being scored; NT and tags are no faults."""
    source = csv_file(
        tmp_path, {"vac": "NT", "right_motor_C5": "3*"}, {"dap": "?"}, {"id": "p0"}, {"vac": ""}
    )
    with pytest.raises(Refused) as refused:
        classify_file(source, tmp_path / "result.csv")
    assert [(f.code.split(".")[1], f.place.row, f.place.column) for f in refused.value.findings] == [
        ("not-an-answer", 3, "dap"),
        ("duplicate-id", 4, "id"),
        ("missing", 5, "vac"),
    ]


def test_a_missing_cell_is_untestable_only_when_asked(tmp_path: Path) -> None:
    """missing="NT" reads an empty cell as NT: the result is the one of NT, and its sum has bounds."""
    stream = io.StringIO()
    source = csv_file(tmp_path, {"right_motor_C5": "", "vac": ""})
    classify_file(source, stream, out_format="jsonl", missing="NT")
    wanted = classify(exam({"right_motor_C5": "NT"}, vac="NT")).as_dict() | {"id": "p0"}
    assert json.loads(stream.getvalue()) == json.loads(json.dumps(wanted))
    assert wanted["sums"]["uems"] == [45, 50]  # type: ignore[index]


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong path is a finding, and no result is made."""
    with pytest.raises(Refused) as refused:
        classify_file(tmp_path / "none.csv", tmp_path / "result.csv")
    assert refused.value.findings[0].code == "tables.cannot-be-read"
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A missing folder, a folder, a device: told, never overwritten."""
    source = csv_file(tmp_path, {})
    for target in (tmp_path / "none" / "result.csv", tmp_path, Path("/dev/null")):
        with pytest.raises(Refused) as refused:
            classify_file(source, target)
        assert refused.value.findings[0].code == "isncsci.cannot-write"
    assert not Path("/dev/null").is_file()


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    """A target that is the source, by any name, is refused."""
    source = csv_file(tmp_path, {})
    before = source.read_bytes()
    alias = tmp_path / "alias.csv"
    alias.symlink_to(source)
    for target in (source, alias):
        with pytest.raises(Refused) as refused:
            classify_file(source, target)
        assert refused.value.findings[0].code == "isncsci.target-is-source"
    assert source.read_bytes() == before


def test_an_unknown_format_raises(tmp_path: Path) -> None:
    """A format we do not write is the caller's fault."""
    with pytest.raises(ValueError, match="neither"):
        classify_file(csv_file(tmp_path, {}), tmp_path / "result", out_format="xml")


def test_the_reading_is_passed_on(tmp_path: Path) -> None:
    """The result of a file is that of classify under the same reading."""
    stream = io.StringIO()
    classify_file(csv_file(tmp_path, {"vac": "no"}), stream, reading=Reading.PRAXIS)
    assert stream.getvalue().splitlines()[1].split(",")[5] == "INT"


def test_progress_is_told_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    """A caller can draw a bar; the last count is the whole."""
    counts: list[int] = []
    classify_file(
        source_of(tmp_path, Layout.JSONL, 1100), io.StringIO(), Layout.JSONL, progress=counts.append
    )
    assert counts == [1000, 1100]


def test_results_name_edition_and_reading() -> None:
    """Every result says under which rules it was made."""
    result = classify(exam(), Reading.PRAXIS)
    assert (result.edition, result.reading) == ("2019", Reading.PRAXIS)
    assert result.steps[0].params == {"edition": "2019", "reading": "praxis"}


def test_asking_for_an_output_that_is_none_raises() -> None:
    """only() and values() know the eleven outputs and no other name."""
    with pytest.raises(KeyError):
        classify(exam()).only("uems")


def test_kinds_and_layouts_are_all_exercised() -> None:
    """The made-up file of these tests holds every kind of injury."""
    assert len(made_up(36)) >= 3 * len(KINDS)
