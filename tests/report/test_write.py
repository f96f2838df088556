"""Writing the report: all of it or nothing."""

from pathlib import Path

import pytest

from myelos.evidence import Judgement
from myelos.findings import Refused
from myelos.report import write as writing
from myelos.report import write_report
from myelos.report.figures import DRAWN


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def test_a_report_is_a_page_a_result_and_the_figures(report: Path) -> None:
    """Nothing more, nothing less, for both studies."""
    figures = {
        f"figures/{study}-{name}.{kind}"
        for study in ("honmou-2021", "made-up")
        for name, _ in DRAWN
        for kind in ("svg", "png")
    }
    written = files(report)
    assert {"index.html", "result.json"} < written
    assert written - {"index.html", "result.json"} <= figures
    assert {each for each in figures if "honmou" in each} < written


def test_no_draft_is_left_beside_the_report(report: Path) -> None:
    """What was written aside is gone."""
    assert [each.name for each in report.parent.iterdir()] == [report.name]


@pytest.mark.parametrize("stage", ["drawing", "moving"])
def test_a_failure_leaves_the_old_report_as_it_was(
    tmp_path: Path, honmou: Judgement, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """A full disk or a fault in a figure half-writes nothing."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("the old report", "utf-8")

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    if stage == "drawing":
        monkeypatch.setattr(writing, "contents", fail)
    else:
        monkeypatch.setattr(writing, "contents", lambda *_: {"index.html": b"new"})
        monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="no space"):
        write_report([honmou], out)
    assert (out / "index.html").read_text("utf-8") == "the old report"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_files_of_others_are_left_alone(
    tmp_path: Path, honmou: Judgement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report written into a folder in use replaces its own files only."""
    monkeypatch.setattr(writing, "contents", lambda *_: {"index.html": b"new", "figures/a.svg": b"a"})
    (tmp_path / "out" / "figures").mkdir(parents=True)
    (tmp_path / "out" / "notes.txt").write_text("mine", "utf-8")
    write_report([honmou], tmp_path / "out")
    assert files(tmp_path / "out") == {"index.html", "figures/a.svg", "notes.txt"}
    assert (tmp_path / "out" / "notes.txt").read_text("utf-8") == "mine"


def test_an_output_that_is_a_file_is_refused(tmp_path: Path, honmou: Judgement) -> None:
    """A finding, and the file stays."""
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(Refused) as refused:
        write_report([honmou], tmp_path / "out")
    assert [each.code for each in refused.value.findings] == ["report.not-a-folder"]
    assert (tmp_path / "out").read_text("utf-8") == "mine"


def test_a_language_without_words_is_refused(tmp_path: Path, honmou: Judgement) -> None:
    """A finding before anything is drawn."""
    with pytest.raises(Refused) as refused:
        write_report([honmou], tmp_path / "out", language="xx")
    assert [each.code for each in refused.value.findings] == ["report.no-language"]
    assert not (tmp_path / "out").exists()


def test_a_report_of_nothing_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    """Bad code raises."""
    with pytest.raises(ValueError, match="at least one"):
        write_report([], tmp_path / "out")


@pytest.mark.slow
def test_two_studies_of_one_id_do_not_overwrite_each_other(tmp_path: Path, synthetic: Judgement) -> None:
    """Each keeps its figures."""
    write_report([synthetic, synthetic], tmp_path / "out")
    written = files(tmp_path / "out")
    first = {each for each in written if each.startswith("figures/made-up-") and "made-up-2-" not in each}
    assert {each.replace("made-up-", "made-up-2-") for each in first} <= written
    assert first
