"""The comparison with the npm package: it can fail, it explains only what it may, it skips aloud, and its
page is what it found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.isncsci.builders import exam, lost_below
from tests.isncsci.fake_witness import Outputs, faulty, honest
from validation.isncsci_npm import compare, groups, page, tested, witness
from validation.isncsci_npm.three import THREE

from myelos.isncsci import Exam, classify
from myelos.isncsci.synthetic import KINDS

COMMITTED = compare.PAGE
FULL = {"tested": tested.EXAMS, "anywhere": compare.ANYWHERE, "anal": compare.ANAL, "tagged": compare.TAGGED}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tested, "EXAMS", 240)
    for name, count in (("ANYWHERE", 72), ("ANAL", 48), ("TAGGED", 24)):
        monkeypatch.setattr(compare, name, count)
    monkeypatch.setattr(compare, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(witness, "why_not", lambda: None)
    monkeypatch.setattr(witness, "answers", honest)


def test_a_witness_that_reads_as_praxis_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Differences by R3 and R7 alone end in success, each counted, and the page is what is printed."""
    assert compare.main(write=True) == 0
    said = capsys.readouterr().out
    assert "| our Praxis reading | 240 | 100.00 % |" in said
    assert "R3: everything normal but VAC" in said
    assert "| AIS | 72 | 0 | 0 | 0.00 % |" in said
    assert "| AIS | 120 | 0 | 0 | 0 |" in said
    assert compare.PAGE.read_text("utf-8") in said


@pytest.mark.parametrize("field", tested.FIELDS)
def test_one_other_value_fails_the_comparison(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    """A single field of a single fully tested exam that differs is found, under both readings."""

    def wrong_once(tried: Exam, answer: Outputs) -> None:
        if tried.id == "synthetic-17":
            answer[field] = "C2" if answer[field] != "C2" else "C3"

    monkeypatch.setattr(witness, "answers", faulty(wrong_once, tested=True))
    said = tested.compare().unexplained
    assert len(said) == 2
    assert all("synthetic-17" in each and field in each for each in said)


@pytest.mark.slow
def test_a_page_that_is_not_what_was_found_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """One digit of the page that is no longer true fails the run, and the digit is shown."""
    assert compare.main() == 1, "no page at all"
    assert compare.main(write=True) == 0
    assert compare.main() == 0
    text = compare.PAGE.read_text("utf-8")
    compare.PAGE.write_text(text.replace("| 240 |", "| 241 |"), "utf-8")
    capsys.readouterr()
    assert compare.main() == 1
    said = capsys.readouterr().out
    assert "-| our Praxis reading | 241 | 100.00 % |" in said
    assert "+| our Praxis reading | 240 | 100.00 % |" in said


@pytest.mark.slow
def test_no_page_is_written_while_anything_is_unexplained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Writing the page anew does not hide a disagreement."""

    def wrong(_: Exam, answer: Outputs) -> None:
        answer["nli"] = "C2,C3"

    monkeypatch.setattr(witness, "answers", faulty(wrong))
    assert compare.main(write=True) == 1
    assert "UNEXPLAINED" in capsys.readouterr().out
    assert not compare.PAGE.exists()


def test_exams_mixed_up_or_left_out_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers in another order, or one too few, are not compared with anything."""
    exams = [each for _, each in tested.made_up(3, 1)]
    monkeypatch.setattr(witness, "answers", lambda asked: honest(asked)[::-1])
    with pytest.raises(ValueError, match="answered synthetic-2 when asked synthetic-0"):
        witness.ask(exams)
    monkeypatch.setattr(witness, "answers", lambda asked: honest(asked)[1:])
    with pytest.raises(ValueError, match="answered 2 of 3"):
        witness.ask(exams)


def test_exams_are_asked_about_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many exams there are, no more than a batch is held; the answers keep their order."""
    sizes = []

    def counted(exams: Sequence[Exam]) -> list[Outputs]:
        sizes.append(len(exams))
        return honest(exams)

    monkeypatch.setattr(witness, "BATCH", 100)
    monkeypatch.setattr(witness, "answers", counted)
    assert tested.compare().exams == 240
    assert sizes == [100, 100, 40]


def test_a_level_is_explained_only_where_vac_alone_fails() -> None:
    """S3 against INT is R3's only when every score is normal."""
    ours, theirs = {"nli": "S3"}, {"nli": "INT"}
    assert tested.rule_of("nli", exam(vac="no"), ours, theirs) is not None
    assert tested.rule_of("nli", exam({"left_motor_S1": 4}, vac="no"), ours, theirs) is None
    assert tested.rule_of("ais", exam(vac="no"), {"ais": "B"}, {"ais": "C"}) is None


def test_a_motor_zone_is_explained_only_by_its_own_sides_entry() -> None:
    """Without an entry, or with one too near, a differing zone is not explained."""
    ours = {"zpp_motor_right": "C5", "motor_right": "C5", "ais": "C"}
    theirs = {"zpp_motor_right": "C8"}
    near = exam(lost_below("C5") | {"right_non_key": "C8", "left_non_key": "L2"}, vac="no")
    assert tested.rule_of("zpp_motor_right", near, ours, theirs) is None
    assert tested.rule_of("zpp_motor_right", exam(lost_below("C5"), vac="no"), ours, theirs) is None


@pytest.mark.parametrize(("in_ci", "code"), [("", 0), ("true", 1)])
def test_a_missing_witness_is_said_and_fails_only_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], in_ci: str, code: int
) -> None:
    """A user's machine without node skips with the reason; CI does not pass over it."""
    monkeypatch.setenv("CI", in_ci)
    monkeypatch.setattr(witness, "why_not", lambda: "node is not installed")
    assert compare.main() == code
    assert "node is not installed" in capsys.readouterr().out


def _committed() -> str:
    return COMMITTED.read_text("utf-8")


def _row(name: str) -> list[int]:
    """The numbers of a row, of every table that has it, brackets and shares left out."""
    rows = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", _committed(), re.MULTILINE)
    cells = [re.match(r"[\d,]+(?! ?%|\.)", cell.strip()) for row in rows for cell in row.split("|")]
    return [int(cell[0].replace(",", "")) for cell in cells if cell]


def test_the_committed_page_is_of_this_command() -> None:
    """Package, seed and numbers of examinations of the page are those the command has now."""
    text = _committed()
    assert f"# The npm package `{witness.PACKAGE}`" in text
    assert f"(seed {tested.SEED})" in text
    said = [int(n.replace(",", "")) for n in re.findall(r"^([\d,]+) examinations, ", text, re.MULTILINE)]
    assert said == [FULL["tested"], FULL["anywhere"], FULL["anal"]]
    assert text.count(f"| {FULL['tagged']:,} |") == 2
    assert f"| our Praxis reading | {FULL['tested']:,} | 100.00 % |" in text


@pytest.mark.parametrize("output", page.WORDS)
def test_the_rows_of_the_committed_page_add_up(output: str) -> None:
    """Agreeing and disagreeing exams of an output are all there are, under both readings."""
    numbers = _row(page.WORDS[output])
    agree, impossible, missing = (numbers[i] + numbers[i + 3] for i in range(3))
    total = FULL["anywhere"] + FULL["anal"]
    assert max(impossible, missing) <= total - agree <= impossible + missing
    assert sum(numbers[6:10]) == total
    assert numbers[7] <= total - agree


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_three_exams_of_the_committed_page_are_answered_so_today(number: int) -> None:
    """Our answer on the page is what the classifier says now; theirs is the specification's."""
    known = THREE[number - 1]
    ours, theirs = ", ".join(classify(known.exam).values(known.output)), ", ".join(known.theirs)
    table = _committed().partition(f"**{number}.**")[2]
    assert f"| {page.WORDS[known.output]} | {ours} | {theirs} | {', '.join(known.truth)} |" in table


def test_the_readme_of_the_witnesses_says_what_the_page_says() -> None:
    """Every number of three digits or more that the README gives for this witness is on the page."""
    readme = (COMMITTED.parents[1] / "validation" / "README.md").read_text("utf-8")
    part = readme.partition("## isncsci_npm")[2].partition("\n## ")[0]
    said, held = (set(re.findall(r"\d+\.\d+(?= %)|\d[\d,]*\d{2}\b", text)) for text in (part, _committed()))
    assert len(said) >= 8
    assert said - held == set()


@pytest.mark.slow
def test_the_committed_page_counts_todays_open_grades() -> None:
    """Our own part of the page, recounted: exams of a group in which several grades are possible."""
    exams = list(groups.anal(FULL["anal"], tested.SEED + 1))
    several = sum(len(classify(each).ais) > 1 for each in exams)
    entries = sum(tested.has_entry(each) for each in exams)
    said = f"{len(exams):,} examinations, {entries:,} with a non-key entry; several grades are possible in"
    assert f"{said} {several:,}." in " ".join(_committed().split())


def test_every_kind_of_injury_is_compared() -> None:
    """No kind is left out of the fully tested exams."""
    assert set(tested.compare().kinds) == set(KINDS)
