"""The command line: exit status, findings, whole output or none, bounded memory."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMS = ROOT / "examples" / "marrow-to-month-six" / "data" / "exams.csv"
MYELOS = [sys.executable, "-c", "from myelos.cli import main; main()"]

MEASURED = [
    sys.executable,
    "-c",
    "import atexit, pathlib, sys; from myelos.cli import main; "
    "atexit.register(lambda: sys.stderr.write(pathlib.Path('/proc/self/status').read_text())); main()",
]
"""The same, telling its own peak memory: what the kernel tells of a child counts its parent's, too."""


def myelos(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MYELOS, *map(str, words)], capture_output=True, text=True, timeout=300)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The example's exams with one text replaced once."""
    path = tmp_path / "exams.csv"
    path.write_text(EXAMS.read_text("utf-8").replace(old, new, 1), "utf-8")
    return path


def test_classify_writes_one_row_an_exam_in_order(tmp_path: Path) -> None:
    """The order and number of exams never change on the way through."""
    done = myelos("classify", EXAMS)
    ids = [line.split(",", 1)[0] for line in EXAMS.read_text("utf-8").splitlines()[1:]]
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids


def test_classify_json_lines_carry_the_documented_fields() -> None:
    """Each classification is a list of possible values; eleven outputs, sums and findings stand beside it."""
    first = json.loads(myelos("classify", EXAMS).stdout.splitlines()[0])
    assert list(first) == ["id", "classification", "stars", "sums", "findings", "edition", "reading"]
    assert len(first["classification"]) == 11
    assert all(isinstance(each, list) and len(each) == 1 for each in first["classification"].values())


def test_praxis_exams_score_as_ours(tmp_path: Path) -> None:
    """The same exam in Praxis's JSON shape has the same classification."""
    from myelos.isncsci import Layout, read_exams, write_exams

    exams = list(read_exams(EXAMS, Layout.CSV))
    path = tmp_path / "exams.json"
    with path.open("w", encoding="utf-8") as target:
        write_exams(exams, target, Layout.PRAXIS)
    ours, theirs = myelos("classify", EXAMS), myelos("classify", path, "--from", "praxis")
    assert theirs.returncode == 0, theirs.stderr
    classified = [
        [json.loads(line)["classification"] for line in done.stdout.splitlines()] for done in (ours, theirs)
    ]
    assert classified[0] == classified[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("right_motor_C5", "right_motor_C55", "right_motor_C55"),
        ("S02 day 1,", "S01 day 1,", "S01 day 1"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A wrong column or a name used twice ends with status 2, the place named and nothing written."""
    out = tmp_path / "out.csv"
    done = myelos("classify", changed(tmp_path, old, new), "--out", out)
    assert (done.returncode, out.exists()) == (2, False)
    assert said in done.stderr
    assert "exams.csv" in done.stderr


def test_a_score_of_6_in_a_motor_cell_is_refused_with_row_and_column(tmp_path: Path) -> None:
    """The finding names the row, the column, what was read and what is allowed."""
    lines = EXAMS.read_text("utf-8").splitlines()
    column = lines[0].split(",").index("left_motor_L3")
    cells = lines[4].split(",")
    cells[column] = "6"
    path, out = tmp_path / "exams.csv", tmp_path / "out.csv"
    path.write_text("\n".join([*lines[:4], ",".join(cells), *lines[5:]]), "utf-8")
    done = myelos("classify", path, "--out", out)
    assert (done.returncode, out.exists()) == (2, False)
    assert "row 5" in done.stderr
    assert "left_motor_L3" in done.stderr


def test_an_output_that_was_there_stays_when_the_input_is_refused(tmp_path: Path) -> None:
    """Refused input never touches an older result."""
    out = tmp_path / "out.csv"
    out.write_text("older", "utf-8")
    empty = tmp_path / "exams.csv"
    empty.write_text("", "utf-8")
    done = myelos("classify", empty, "--out", out)
    assert (done.returncode, out.read_text("utf-8")) == (2, "older")


def test_thousands_of_findings_end_in_a_thousand_and_a_count(tmp_path: Path) -> None:
    """The first 1,000 findings are printed and the rest counted."""
    header, row = EXAMS.read_text("utf-8").splitlines()[:2]
    cells = row.split(",")
    cells[header.split(",").index("left_motor_C5")] = "9"
    rows = [",".join([f"P{number}", *cells[1:]]) for number in range(1500)]
    path = tmp_path / "exams.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    done = myelos("classify", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sum(line.startswith("error:") for line in done.stderr.splitlines()) == 1000
    assert "and 500 more findings" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["exams.csv", "exams.jsonl", "study.csv", "study.toml"])
@pytest.mark.parametrize(
    "content", [b"", "id,vac\n".encode("utf-16"), bytes(range(256)) * 40], ids=["empty", "utf-16", "noise"]
)
def test_no_file_however_wrong_gives_anything_but_findings(tmp_path: Path, name: str, content: bytes) -> None:
    """Empty files, UTF-16 and noise end with status 2 and a finding, never a traceback."""
    path = tmp_path / name
    path.write_bytes(content)
    verb = "judge" if name.startswith("study") else "classify"
    done = myelos(verb, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "error:" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to tell a peak")
@pytest.mark.parametrize("verb", ["classify", "judge"])
def test_a_hundred_megabytes_of_noise_fit_in_200(tmp_path: Path, verb: str) -> None:
    """Memory stays under 200 MB however large the noise (a gigabyte of it is run by `make validate`)."""
    path = tmp_path / ("exams.csv" if verb == "classify" else "study.csv")
    line = b"noise,with,commas,and,1,2,3,4,5,6,7,8,9\n" * 25_000
    with path.open("wb") as target:
        for _ in range(100):
            target.write(line)
    done = subprocess.run([*MEASURED, verb, path], capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert peak
    assert int(peak[1]) < 200 * 1024
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_judge_prints_the_published_numbers_as_json() -> None:
    """12 of 13, exact interval .640 to .998, and every number with its sources (issue 2, point 2)."""
    told = json.loads(myelos("judge", "honmou-2021", "--json").stdout)
    observed = told["observed"]
    low, high = observed["clopper_pearson"]
    assert (observed["improved"][0]["value"], observed["n"]) == (12, 13)
    assert (round(low["value"], 3), round(high["value"], 3)) == (0.640, 0.998)
    levels = next(reading for reading in told["readings"] if reading["comparator"] == "all-levels")
    assert [f"{tail['value']['value']:.2e}" for tail in levels["tails"][:2]] == ["5.37e-04", "4.91e-03"]
    assert levels["tails"][0]["value"]["given"] == "given the recalled split"
    assert levels["tails"][0]["value"]["recalled"] is True


@pytest.mark.slow
def test_a_study_that_is_not_there_is_refused_with_those_that_are() -> None:
    """A mistyped name is answered with the names that exist."""
    done = myelos("judge", "honmou-2020")
    assert done.returncode == 2
    assert "honmou-2021" in done.stderr
