"""Studies that cannot be used: every fault at once, each with its file, row and column."""

import re
import tracemalloc
from pathlib import Path

import pytest
from tests.evidence.naive import refusal, study_text, written

from myelos.evidence import load_study
from myelos.evidence.study.read import LARGEST
from myelos.findings import LIMIT, Refused

COUNTS = "baseline_ais,followup_ais,count"
PERSONS = "person,visit,day_after_injury,ais"
PEOPLE = study_text({("A", "B"): 3, ("C", "D"): 2})

# Name of the file, its text, and what must be found: code, row, column.
CSV = [
    (f"{COUNTS}\nA,B,three\n", ("not-in-range", 2, "count")),
    (f"{COUNTS}\nA,B,-1\n", ("not-in-range", 2, "count")),
    (f"{COUNTS}\nA,B,1.5\n", ("not-in-range", 2, "count")),
    (f"{COUNTS}\nA,B,1_0\n", ("not-in-range", 2, "count")),
    (f"{COUNTS}\nA,B,nan\n", ("not-in-range", 2, "count")),
    (f"{COUNTS}\nA,B,1e9\n", ("not-in-range", 2, "count")),
    (f"{COUNTS}\nA,B,1\nF,B,1\n", ("unknown-grade", 3, "baseline_ais")),
    (f"{COUNTS}\nA,improved,1\n", ("unknown-grade", 2, "followup_ais")),
    (f"{COUNTS}\nD,improved_2_grades,4\n", ("impossible-transition", 2, "followup_ais")),
    (f"{COUNTS}\nE,improved_ge1,4\n", ("impossible-transition", 2, "followup_ais")),
    (f"{COUNTS}\nA,B\n", ("row-length", 2, None)),
    (f"{COUNTS}\nA,B,1,2\n", ("row-length", 2, None)),
    (f"{COUNTS}\nA,B\rA,B,1\n", ("not-csv", 2, None)),
    (f"{COUNTS}\rA,B,1\r", ("not-csv", 1, None)),
    (f"{COUNTS},note\nA,B,1,x\n", ("unknown-column", 1, "note")),
    ("baseline_ais,followup_ais\nA,B\n", ("missing-column", 1, "count")),
    (f"{COUNTS},count\nA,B,1,1\n", ("column-twice", 1, "count")),
    (f"{COUNTS}\n", ("empty-file", None, None)),
    (f"{COUNTS}\nA,B,0\n", ("nobody", None, "transition")),
    (f"{PERSONS},weight\na,before-infusion,3,A,70\n", ("unknown-column", 1, "weight")),
    (f"visit,{PERSONS[7:]}\na,before-infusion,3,A\n", ("missing-column", 1, "person")),
    (f"{PERSONS}\na,before-infusion,3,AB\na,follow-up,200,D\n", ("unknown-grade", 2, "ais")),
    (f"{PERSONS}\na,before-infusion,3,\na,follow-up,200,D\n", ("unknown-grade", 2, "ais")),
    (f"{PERSONS}\na,before-infusion,3,A\na,follow-up,3,B\n",
     ("followup-before-baseline", 3, "day_after_injury")),
    (f"{PERSONS}\na,before-infusion,-3,A\na,follow-up,3,B\n", ("not-in-range", 2, "day_after_injury")),
    (f"{PERSONS}\na,before-infusion,3,A\na,before-infusion,4,A\n", ("visit-twice", 3, "visit")),
    (f"{PERSONS}\n,before-infusion,3,A\n", ("missing", 2, "person")),
    (f"{PERSONS}\na,,3,A\n", ("missing", 2, "visit")),
    (f"{PERSONS}\na,before-infusion,3,A\nb,follow-up,4,A\n", ("visit-missing", None, "visits.file")),
    (f"{PERSONS},scim\na,before-infusion,3,A,101\na,follow-up,4,A,1\n", ("not-in-range", 2, "scim")),
    (f"{PERSONS},uems\na,before-infusion,3,A,51\na,follow-up,4,A,1\n", ("not-in-range", 2, "uems")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), CSV)
def test_a_fault_in_a_csv_is_found_where_it_is(tmp_path: Path, text: str, found: tuple[object, ...]) -> None:
    """Row and column of the file, the header being row 1."""
    assert found in refusal(written(tmp_path, text, "study.csv"))


AT_VISIT = '[[at_visit]]\nvisit = "day 30"\n'
MONTHS = "followup_months = [6, 6]"
# A line of the good TOML, what stands there instead, and what must be found.
TOMLS = [
    ('id = "try"', "id = 3", ("wrong-kind", 1, "id")),
    ('id = "try"', "", ("missing", None, "id")),
    ('level = "cervical"', 'level = "neck"', ("unknown-word", 4, "level")),
    (MONTHS, "followup_months = [-1, 6]", ("followup-before-baseline", 6, "followup_months")),
    (MONTHS, "followup_months = [7, 6]", ("wrong-kind", 6, "followup_months")),
    (MONTHS, "followup_months = [nan, nan]", ("wrong-kind", 6, "followup_months")),
    (MONTHS, "followup_months = [false, true]", ("wrong-kind", 6, "followup_months")),
    (MONTHS, "followup_months = 6", ("wrong-kind", 6, "followup_months")),
    (MONTHS, "folowup_months = [6, 6]", ("unknown-key", 6, "folowup_months")),
    (MONTHS, "gates = 1.5", ("not-in-range", 6, "gates")),
    (MONTHS, "people.analysed = 6", ("counts-do-not-sum", 6, "people.analysed")),
    (MONTHS, "people = {infused = 2, analysed = 5}", ("people-grow", 6, "people.analysed")),
    (MONTHS, "people = 5", ("wrong-kind", 6, "people")),
    (MONTHS, "treated = 1", ("wrong-kind", 6, "treated")),
    (MONTHS, "index.before-infusion = {day = 3, day_range = [4, 5]}",
     ("day-outside-range", 6, "index.before-infusion.day")),
    (MONTHS, "index.before-infusion.days_before_infusion = [-3, 0]",
     ("wrong-kind", 6, "index.before-infusion.days_before_infusion")),
    (MONTHS, "visits = {}", ("transitions-twice", 7, "transition")),
    (MONTHS, "visits = {file = 3}", ("wrong-kind", 6, "visits.file")),
    (MONTHS, "visits = {}", ("missing", 6, "visits.file")),
    ('baseline = "C"', 'baseline = "F"', ("unknown-grade", 12, "transition[1].baseline")),
    ('followup = "D"', 'followup = "better"', ("unknown-grade", 13, "transition[1].followup")),
    ('followup = "D"', 'followup = "improved_3_grades"',
     ("impossible-transition", 13, "transition[1].followup")),
    ("count = 2", "", ("missing", 11, "transition[1].count")),
    ("count = 2", 'count = "unknown"', ("missing", 14, "transition[1].count")),
    ("count = 2", "count = -2", ("not-in-range", 14, "transition[1].count")),
    ("count = 2", "count = 2\nnote = 1", ("unknown-key", 15, "transition[1].note")),
    (MONTHS, "at_visit = 5", ("wrong-kind", 6, "at_visit")),
    (MONTHS, "at_visit = [5]", ("wrong-kind", 6, "at_visit[0]")),
    ("count = 2", f"count = 2\n{AT_VISIT}grades = {{A = 5, B = 1}}",
     ("too-many-at-visit", 17, "at_visit[0].grades")),
    ("count = 2", f"count = 2\n{AT_VISIT}grades = {{F = 1}}", ("unknown-grade", 17, "at_visit[0].grades.F")),
    ("count = 2", f"count = 2\n{AT_VISIT}grades = {{A = -1}}", ("not-in-range", 17, "at_visit[0].grades.A")),
    ("count = 2", f"count = 2\n{AT_VISIT}days = [3, 2]\ngrades = {{A = 1}}",
     ("wrong-kind", 17, "at_visit[0].days")),
    ("count = 2", f"count = 2\n{AT_VISIT}", ("missing", 15, "at_visit[0].grades")),
    ("count = 2", f"count = 2\n{AT_VISIT}grades = {{A = 1}}\n{AT_VISIT}grades = {{A = 1}}",
     ("visit-listed-twice", 19, "at_visit[1].visit")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "found"), TOMLS)
def test_a_fault_in_a_toml_is_found_where_it_is(
    tmp_path: Path, old: str, new: str, found: tuple[object, ...]
) -> None:
    """The dotted key and the line it stands on."""
    assert old in PEOPLE
    assert found in refusal(written(tmp_path, PEOPLE.replace(old, new)))


def test_the_good_toml_of_these_tests_is_good(tmp_path: Path) -> None:
    """Each refusal above is the fault's own."""
    assert refusal(written(tmp_path, PEOPLE)) == []


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one finding at a time."""
    text = PEOPLE.replace('"cervical"', "1").replace('"A"', '"F"').replace("count = 2", "count = -2")
    assert {code for code, _, _ in refusal(written(tmp_path, text))} == {
        "wrong-kind", "unknown-grade", "not-in-range",
    }  # fmt: skip


def test_a_fault_in_the_table_of_visits_names_that_table(tmp_path: Path) -> None:
    """Two files make the study; a finding says which."""
    rows = f"{PERSONS}\na,before-infusion,30,A\na,follow-up,20,Z\n"
    written(tmp_path, rows, "v.csv")
    path = written(tmp_path, study_text({}) + '[index]\nexam = "before-infusion"\n[visits]\nfile = "v.csv"\n')
    with pytest.raises(Refused) as refused:
        load_study(path)
    places = {(f.code, Path(f.place.file or "").name, f.place.row) for f in refused.value.findings}
    assert places == {
        ("evidence.unknown-grade", "v.csv", 3),
        ("evidence.followup-before-baseline", "v.csv", 3),
    }


@pytest.mark.parametrize("name", ["none.csv", "../none.csv", ".", "", "a\0b", "x" * 5000])
def test_a_table_of_visits_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    """A wrong file name inside a study is a finding, not a traceback."""
    quoted = name.replace("\0", "\\u0000")
    assert refusal(written(tmp_path, study_text({}) + f'[visits]\nfile = "{quoted}"\n'))


@pytest.mark.parametrize("name", ["honmou-2022", "study.xlsx", "", "."])
def test_a_study_that_is_not_there_is_refused(name: str) -> None:
    """The finding lists what is shipped."""
    assert refusal(Path(name)) == [("no-such-study", None, None)]


@pytest.mark.parametrize("name", ["study.csv", "study.toml"])
@pytest.mark.parametrize("content", [b"", b"\n \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """Nothing, white space or a lone byte-order mark is no study."""
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == [("empty-file", None, None)]


@pytest.mark.parametrize("name", ["study.csv", "study.toml"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf_16_is_refused_at_row_one(tmp_path: Path, name: str, encoding: str) -> None:
    """A spreadsheet's "Unicode text" is named, with or without its mark."""
    path = tmp_path / name
    path.write_text(PEOPLE, encoding)
    code = "tables.not-text" if encoding == "utf-16-le" else "tables.not-utf-8"
    assert refusal(path) == [(code, 1, None)]


@pytest.mark.parametrize(
    "value", ["[" * 3000 + "]" * 3000, "9" * 5000, "{a=" * 2000 + "1" + "}" * 2000, "[", "2021-13-45"]
)
def test_a_toml_that_no_reader_can_hold_is_refused(tmp_path: Path, value: str) -> None:
    """Nesting past the reader's depth and numbers past its digits are findings."""
    assert refusal(written(tmp_path, PEOPLE + f"x = {value}\n"))[0][0] == "not-toml"


def test_a_number_of_thousands_of_digits_can_be_said(tmp_path: Path) -> None:
    """Hexadecimal passes the reader's own limit, and the finding still has words."""
    path = written(tmp_path, f"gates = 0x{'f' * 5000}\n{PEOPLE}")
    assert refusal(path) == [("not-in-range", 1, "gates")]


def test_a_thousand_findings_are_kept_and_the_rest_counted(tmp_path: Path) -> None:
    """1,500 bad rows give 1,000 findings in order, and a count of 500."""
    rows = "\n".join(["A,B,x"] * 1500)
    with pytest.raises(Refused) as refused:
        load_study(written(tmp_path, f"{COUNTS}\n{rows}\n", "study.csv"))
    assert (len(refused.value.findings), refused.value.more) == (LIMIT, 500)
    assert [f.place.row for f in refused.value.findings] == list(range(2, LIMIT + 2))


def test_many_faults_of_a_toml_are_counted_too(tmp_path: Path) -> None:
    """3,000 unknown keys: 1,000 findings, each with its row, found in one walk through the file."""
    keys = "\n".join(f"key{number} = 1" for number in range(3000))
    with pytest.raises(Refused) as refused:
        load_study(written(tmp_path, f"{keys}\n{PEOPLE}"))
    assert (len(refused.value.findings), refused.value.more) == (LIMIT, 2000)
    assert [f.place.row for f in refused.value.findings] == list(range(1, LIMIT + 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("noise.csv", "@#\n"),
        ("noise.csv", "\n"),
        ("noise.csv", f"{'é' * 300}\n"),
        ("noise.toml", "a1\n"),
        ("noise.toml", "# ü\n"),
    ],
)
def test_a_file_of_noise_is_refused_in_bounded_memory(tmp_path: Path, name: str, line: str) -> None:
    """Past the largest size reading stops; 20 million bytes of any line length need little memory."""
    path = tmp_path / name
    path.write_bytes((line.encode() * (20_000_000 // len(line.encode()) + 1))[:20_000_000])
    tracemalloc.start()
    try:
        assert refusal(path)[0][0] == "too-large"
        assert tracemalloc.get_traced_memory()[1] < 80e6
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("row", ["{n},a,1,A", "p,{n},1,A", "{n},a,x,Z", ",,,"])
def test_the_largest_table_of_visits_stays_in_bounds(tmp_path: Path, row: str) -> None:
    """Just below the largest size, many people, many visits and many faults end soon and small."""
    header, size, rows = f"{PERSONS}\n", 0, []
    while size < LARGEST - 100:
        rows.append(row.format(n=len(rows)))
        size += len(rows[-1]) + 1
    path = written(tmp_path, header + "\n".join(rows), "study.csv")
    del rows
    tracemalloc.start()
    try:
        found = refusal(path)
        assert found
        assert len(found) <= LIMIT
        assert tracemalloc.get_traced_memory()[1] < 80e6
    finally:
        tracemalloc.stop()


def test_a_line_of_spaces_and_brackets_is_no_trap(tmp_path: Path) -> None:
    """Rows are found in time linear in the text, whatever a line looks like."""
    nasty = "\n".join(
        [f"#{' ' * 60_000}", f"x = '''\n[{' ' * 60_000}\n[[{'[' * 60_000}\n{'k' * 60_000}\n'''"]
    )
    found = refusal(written(tmp_path, f"{nasty}\n{PEOPLE}"))
    assert [code for code, _, _ in found] == ["unknown-key"]


def test_every_code_of_this_file_is_one_the_reader_has() -> None:
    """The tables above name real codes, and no code of the two readers is left untested."""
    folder = Path(__file__).parents[2] / "src" / "myelos" / "evidence" / "study"
    text = "".join((folder / f"{name}.py").read_text("utf-8") for name in ("read", "table", "toml"))
    used = set(re.findall(r'"(?:evidence\.)?([a-z]+(?:-[a-z0-9]+)+)"', text))
    used &= {code for code in used if f"evidence.{code}" in text or f'fault("{code}"' in text}
    used |= {"unknown-column", "missing-column", "column-twice"}
    tested = set(re.findall(r'"([a-z0-9-]+)"', Path(__file__).read_text("utf-8")))
    assert used - tested == set()
