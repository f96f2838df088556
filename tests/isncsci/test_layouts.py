"""Reading and writing files: three layouts, bad input told whole and with its place, memory bounded."""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.isncsci.builders import exam

from myelos.findings import Findings, Refused
from myelos.isncsci import Exam, Layout, Missing, read_exams, write_exams
from myelos.isncsci.csv_layout import COLUMNS, fields_of
from myelos.isncsci.exam import Answer
from myelos.isncsci.records import PRAXIS, record_of
from myelos.isncsci.synthetic import KINDS, synthetic_exam

Told = list[tuple[str, int | None, str | None]]


def made_up(count: int) -> list[Exam]:
    rng, kinds = Random(3), list(KINDS)
    return [
        synthetic_exam(rng, kinds[i % len(kinds)], non_key=i % 2 == 0, name=f"s{i}") for i in range(count)
    ]


def written(exams: list[Exam], layout: Layout) -> str:
    text = io.StringIO()
    assert write_exams(exams, text, layout) == len(exams)
    return text.getvalue()


def told(path: Path, layout: Layout, missing: str = "error") -> Told:
    """(code without room, row, column) of everything a reading tells."""
    findings = Findings()
    list(read_exams(path, layout, findings, missing))
    return [(f.code.split(".")[1], f.place.row, f.place.column) for f in findings]


def csv_file(tmp_path: Path, *changes: dict[str, str], header: list[str] | None = None) -> Path:
    """A CSV of one normal examination for each of ``changes``, whose fields they replace."""
    path = tmp_path / "exams.csv"
    rows = [header or list(COLUMNS)]
    for number, change in enumerate(changes):
        fields = dict(zip(COLUMNS, fields_of(exam()), strict=True)) | {"id": f"p{number}"} | change
        rows.append(list(fields.values()))
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("layout", Layout)
def test_what_is_written_is_read_back_unchanged(tmp_path: Path, layout: Layout) -> None:
    """Every layout carries an examination whole, tags, NT and non-key entries included."""
    tagged = exam({"right_motor_C5": "3*", "left_light_touch_S4-5": "NT**", "left_non_key": "L2"}, dap="NT")
    exams = [*made_up(48), tagged, replace(tagged, id='Ω, "quoted" #7')]
    path = tmp_path / "exams"
    path.write_text(written(exams, layout), "utf-8")
    assert list(read_exams(path, layout)) == exams


@pytest.mark.parametrize("layout", Layout)
def test_any_anal_sensation_is_carried_by_every_layout(tmp_path: Path, layout: Layout) -> None:
    """Yes, no, NT and not asked come back as they were, in one file."""
    answers = [*Answer, None]
    exams = [replace(exam(), id=f"a{n}", any_anal_sensation=answer) for n, answer in enumerate(answers)]
    path = tmp_path / "exams"
    path.write_text(written(exams, layout), "utf-8")
    assert list(read_exams(path, layout)) == exams
    forgiving = [one.any_anal_sensation for one in read_exams(path, layout, missing="NT")]
    assert forgiving == [*Answer, Answer.NT]


@pytest.mark.parametrize("layout", Layout)
def test_a_wrong_any_anal_sensation_is_told(tmp_path: Path, layout: Layout) -> None:
    """The optional answer is checked like the others where it is given."""
    asked = replace(exam(), any_anal_sensation=Answer.YES)
    path = tmp_path / "exams"
    old, new = {Layout.CSV: (",yes\n", ",ja\n"), Layout.JSONL: (': "yes", "right"', ': "ja", "right"')}.get(
        layout, (': "Yes", "right"', ': "yes", "right"')
    )
    text = written([asked], layout)
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    row = 2 if layout is Layout.CSV else 1
    for missing in Missing:
        assert told(path, layout, missing) == [("not-an-answer", row, "any_anal_sensation")]


BLANKED = exam({"right_motor_C5": "NT", "left_pin_prick_S4-5": "NT"}, dap="NT")
"""What a record without these three cells is, when the caller takes missing cells for NT."""


@pytest.mark.parametrize("blank", ["empty", "spaces", "absent"])
@pytest.mark.parametrize("layout", [Layout.JSONL, Layout.PRAXIS])
def test_missing_json_cells_are_faults_by_default_and_untestable_on_request(
    tmp_path: Path, layout: Layout, blank: str
) -> None:
    """An empty text, blanks or an absent key: three findings, or three NT."""
    text = written([BLANKED], layout)
    record = json.loads(text)
    assert text.count('"NT"') == 3
    emptied = text.replace('"NT"', '""' if blank == "empty" else '"  "')
    if blank == "absent":
        for block in ("motor", "pin_prick", "pinPrick"):
            for side in ("right", "left"):
                cells = record[side].get(block, {})
                record[side] |= {block: {k: v for k, v in cells.items() if v != "NT"}} if cells else {}
        emptied = json.dumps({k: v for k, v in record.items() if v != "NT"})
    path = tmp_path / "exams"
    path.write_text(emptied, "utf-8")
    cells = ("right_motor_C5", "left_pin_prick_S4-5", "dap")
    assert sorted(told(path, layout)) == sorted(("missing", 1, cell) for cell in cells)
    assert list(read_exams(path, layout, missing="NT")) == [replace(BLANKED, any_anal_sensation=Answer.NT)]


def test_missing_csv_cells_are_faults_by_default_and_untestable_on_request(tmp_path: Path) -> None:
    """Empty or blank fields: three findings, or three NT."""
    path = csv_file(tmp_path, {"right_motor_C5": "", "left_pin_prick_S4-5": "  ", "dap": ""})
    assert told(path, Layout.CSV) == [
        ("missing", 2, cell) for cell in ("right_motor_C5", "left_pin_prick_S4-5", "dap")
    ]
    (read,) = read_exams(path, Layout.CSV, missing="NT")
    assert read == replace(BLANKED, id="p0", any_anal_sensation=Answer.NT)


def test_absent_csv_columns_are_faults_by_default_and_untestable_on_request(tmp_path: Path) -> None:
    """A column left out is told once for the file, or NT in every row."""
    kept = [c for c in COLUMNS if c not in ("right_motor_C5", "left_pin_prick_S4-5", "dap")]
    fields = dict(zip(COLUMNS, fields_of(exam()), strict=True))
    rows = [",".join(fields[c] if c != "id" else name for c in kept) for name in ("a", "b")]
    path = tmp_path / "exams.csv"
    path.write_text("\n".join([",".join(kept), *rows]), "utf-8")
    assert told(path, Layout.CSV) == [
        ("missing-column", 1, cell) for cell in ("right_motor_C5", "left_pin_prick_S4-5", "dap")
    ]
    wanted = replace(BLANKED, any_anal_sensation=Answer.NT)
    assert list(read_exams(path, Layout.CSV, missing="NT")) == [replace(wanted, id=i) for i in ("a", "b")]


def test_a_table_without_id_or_with_unknown_columns_is_refused_also_then(tmp_path: Path) -> None:
    """missing="NT" forgives an absent score, not a misspelt column, an absent id or another table."""
    header = ["right_motor_C55" if c == "right_motor_C5" else c for c in COLUMNS if c != "id"]
    path = tmp_path / "exams.csv"
    path.write_text("\n".join([",".join(header), ",".join(fields_of(exam())[1:])]), "utf-8")
    assert told(path, Layout.CSV, "NT") == [
        ("missing-column", 1, "id"),
        ("unknown-column", 1, "right_motor_C55"),
    ]
    path.write_text("name,age\nx,7\n", "utf-8")
    found = told(path, Layout.CSV, "NT")
    assert ("unknown-column", 1, "age") in found
    assert ("missing-column", 1, "id") in found


def test_columns_may_come_in_any_order_and_non_key_columns_may_be_absent(tmp_path: Path) -> None:
    """The header, not the position, names a cell."""
    kept = [name for name in reversed(COLUMNS) if not name.endswith("non_key")]
    fields = dict(zip(COLUMNS, fields_of(exam({"right_motor_C5": 3})), strict=True))
    path = tmp_path / "exams.csv"
    path.write_text(",".join(kept) + "\r\n\r\n" + ",".join(fields[name] for name in kept) + "\r\n", "utf-8")
    assert list(read_exams(path, Layout.CSV)) == [exam({"right_motor_C5": 3})]


@pytest.mark.parametrize("form", ["one object", "one object over several lines", "an array", "lines"])
def test_a_praxis_file_has_one_of_four_forms(tmp_path: Path, form: str) -> None:
    """One object, an array or one object a line; without an id an exam is named by its number."""
    records = [{k: v for k, v in record_of(e, PRAXIS).items() if k != "id"} for e in made_up(3)]
    texts = {
        "one object": json.dumps(records[0]),
        "one object over several lines": json.dumps(records[0], indent=2),
        "an array": json.dumps(records, indent=1),
        "lines": "\n".join(map(json.dumps, records)),
    }
    path = tmp_path / "exams.json"
    path.write_text(texts[form], "utf-8")
    expected = [1] if form.startswith("one") else [1, 2, 3]
    assert [e.id for e in read_exams(path, Layout.PRAXIS)] == [f"exam-{number}" for number in expected]


@pytest.mark.parametrize(
    ("cell", "read", "code"),
    [
        ("right_motor_C5", "6", "not-a-score"),
        ("right_motor_C5", "5*", "not-a-score"),
        ("left_light_touch_S4-5", "3", "not-a-score"),
        ("left_pin_prick_T12", "", "missing"),
        ("right_non_key", "T5", "not-a-key-level"),
        ("vac", "Yes", "not-an-answer"),
        ("dap", "", "missing"),
        ("id", "", "missing"),
        ("id", "=1+1", "unusable-id"),
        ("id", "@cmd", "unusable-id"),
        ("id", "-4", "unusable-id"),
        ("id", "x" * 129, "unusable-id"),
    ],
)
def test_a_faulty_cell_is_told_with_row_and_column(tmp_path: Path, cell: str, read: str, code: str) -> None:
    """The finding names the line of the file and the column."""
    assert told(csv_file(tmp_path, {}, {cell: read}, {}), Layout.CSV) == [(code, 3, cell)]


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """Reading never stops at the first fault, and good examinations are still given."""
    path = csv_file(tmp_path, {"right_motor_C5": "9", "vac": "x"}, {}, {"left_motor_S1": "?"}, {"id": "p1"})
    path.write_text(path.read_text("utf-8") + 'a,b\n"never closed\n', "utf-8")
    findings = Findings()
    assert [e.id for e in read_exams(path, Layout.CSV, findings)] == ["p1"]
    assert [(f.code.split(".")[1], f.place.row, f.place.column) for f in findings] == [
        ("not-a-score", 2, "right_motor_C5"),
        ("not-an-answer", 2, "vac"),
        ("not-a-score", 4, "left_motor_S1"),
        ("duplicate-id", 5, "id"),
        ("wrong-field-count", 6, None),
        ("not-csv", 7, None),
    ]
    with pytest.raises(Refused) as refused:
        list(read_exams(path, Layout.CSV))
    assert len(refused.value.findings) == 6


def test_the_header_is_checked_column_by_column_and_the_rows_all_the_same(tmp_path: Path) -> None:
    """Missing, unknown and doubled columns are one finding each; cells of other columns are still read."""
    header = list(COLUMNS)
    header[1], header[5] = "right_motor_C55", header[4]
    path = csv_file(tmp_path, {"left_motor_C5": "7"}, header=header)
    assert told(path, Layout.CSV) == [
        ("missing-column", 1, "right_motor_C5"),
        ("missing-column", 1, "right_motor_T1"),
        ("unknown-column", 1, "right_motor_C55"),
        ("duplicate-column", 1, "right_motor_C8"),
        ("not-a-score", 2, "left_motor_C5"),
    ]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("text", ["", "\n\n  \n"])
def test_an_empty_file_is_told(tmp_path: Path, layout: Layout, text: str) -> None:
    """A file without an examination is an error, not an empty result."""
    path = tmp_path / "empty"
    path.write_text(text, "utf-8")
    assert told(path, layout) == [("empty-file", None, None)]


def test_a_header_without_rows_and_an_empty_array_are_empty_files(tmp_path: Path) -> None:
    """No examination is no examination, whatever surrounds it."""
    assert told(csv_file(tmp_path), Layout.CSV) == [("empty-file", None, None)]
    path = tmp_path / "exams.json"
    path.write_text(" [ ] ", "utf-8")
    assert told(path, Layout.PRAXIS) == [("empty-file", None, None)]


@pytest.mark.parametrize("layout", Layout)
def test_utf_16_is_told_by_name(tmp_path: Path, layout: Layout) -> None:
    """A spreadsheet's "Unicode text" is refused with what it is."""
    path = tmp_path / "exams"
    path.write_text(written([exam()], layout), "utf-16")
    assert told(path, layout) == [("not-utf-8", 1, None)]


@pytest.mark.parametrize("layout", Layout)
def test_binary_noise_is_told(tmp_path: Path, layout: Layout) -> None:
    """Random bytes end in findings, not in a traceback."""
    path = tmp_path / "noise"
    path.write_bytes(Random(1).randbytes(300_000))
    assert told(path, layout)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "not-json"),
        ("[1, 2", "not-json"),
        ('{"id": "a"} {"id": "b"}', "not-json"),
        ('{"id": "a", "id": "b"}', "not-json"),
        ("[" * 20_000, "not-json"),
        ("9" * 5000, "not-json"),
        ("7", "not-an-object"),
        ('"' + "x" * 100 + '"', "not-an-object"),
    ],
)
@pytest.mark.parametrize("layout", [Layout.JSONL, Layout.PRAXIS])
def test_what_is_no_json_object_is_told(tmp_path: Path, layout: Layout, text: str, code: str) -> None:
    """Broken, doubled, too deep, too long or of another type: a finding with the row."""
    path = tmp_path / "exams"
    path.write_text("\n" + text, "utf-8")
    findings = told(path, layout)
    assert {c for c, _, _ in findings} <= {"not-json", "not-an-object"}
    assert (code, 2, None) in findings


def test_a_broken_line_among_good_ones_hides_none_of_them(tmp_path: Path) -> None:
    """JSON lines are read one by one."""
    good = [json.dumps(record_of(e)) for e in made_up(2)]
    path = tmp_path / "exams.jsonl"
    path.write_text("\n".join([good[0], "{broken", good[1]]), "utf-8")
    findings = Findings()
    assert [e.id for e in read_exams(path, Layout.JSONL, findings)] == ["s0", "s1"]
    assert [(f.code, f.place.row) for f in findings] == [("isncsci.not-json", 2)]


def test_an_array_is_read_up_to_where_it_breaks(tmp_path: Path) -> None:
    """Faults of elements before the break are told too, each with its line."""
    first, second = (json.dumps(record_of(e, PRAXIS)) for e in made_up(2))
    path = tmp_path / "exams.json"
    path.write_text("[\n" + first + ",\n" + second.replace('"Yes"', '"Ja"') + "\n;]", "utf-8")
    found = told(path, Layout.PRAXIS)
    assert found[-1] == ("not-json", 4, None)
    assert all(row == 3 for _, row, _ in found[:-1])


def test_a_trailing_comma_is_no_json(tmp_path: Path) -> None:
    """An array that ends in a comma may have lost its last examination."""
    path = tmp_path / "exams.json"
    path.write_text("[" + json.dumps(record_of(exam(), PRAXIS)) + ",]", "utf-8")
    assert told(path, Layout.PRAXIS) == [("not-json", 1, None)]


def test_a_missing_sacral_pin_prick_is_told(tmp_path: Path) -> None:
    """The fault that silently turns an A into a B elsewhere is an error that names the cell."""
    record = record_of(exam(), PRAXIS)
    right = record["right"]
    assert isinstance(right, dict)
    del right["pinPrick"]["S4_5"]
    path = tmp_path / "exams.json"
    path.write_text(json.dumps(record), "utf-8")
    assert told(path, Layout.PRAXIS) == [("missing", 1, "right_pin_prick_S4-5")]


def test_a_file_that_must_be_read_whole_is_limited(tmp_path: Path) -> None:
    """An array beyond the limit is refused before it fills memory."""
    path = tmp_path / "exams.json"
    with path.open("wb") as file:
        file.write(b"[\n")
        for _ in range(40):
            file.write(b" " * 1_000_000 + b"\n")
    assert told(path, Layout.PRAXIS) == [("too-large", None, None)]


def test_endless_blank_lines_are_no_table(tmp_path: Path) -> None:
    """A run of blank lines is given up after a bound, not counted for an hour."""
    path = csv_file(tmp_path, {})
    path.write_text(path.read_text("utf-8") + "\n" * 100_001, "utf-8")
    assert told(path, Layout.CSV) == [("blank-lines", 100_003, None)]


def test_noise_after_a_good_header_is_counted_in_bounded_memory(tmp_path: Path) -> None:
    """50 MB of noise: a thousand findings kept, the rest counted, a few megabytes of memory."""
    path = csv_file(tmp_path)
    line = b"lorem ipsum " * 400 + b"\n"
    with path.open("ab") as file:
        for _ in range(50):
            file.write(line * (1_000_000 // len(line)))
    rows = 50 * (1_000_000 // len(line))
    findings = Findings()
    tracemalloc.start()
    assert list(read_exams(path, Layout.CSV, findings)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(findings.kept), len(findings)) == (1000, rows)
    assert peak < 20_000_000


@pytest.mark.slow
@pytest.mark.parametrize("layout", Layout)
def test_much_noise_of_short_lines_is_counted_in_bounded_memory(tmp_path: Path, layout: Layout) -> None:
    """200,000 short lines: every one counted, memory as for one."""
    path = csv_file(tmp_path) if layout is Layout.CSV else tmp_path / "exams"
    if layout is Layout.PRAXIS:
        path.write_text('{"id": "first"}\n', "utf-8")
    with path.open("ab") as file:
        for _ in range(20):
            file.write(b"x,y,z qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n" * 10_000)
    findings = Findings()
    tracemalloc.start()
    assert list(read_exams(path, layout, findings)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(findings.kept) == 1000
    assert len(findings) >= 200_000
    assert peak < 20_000_000
