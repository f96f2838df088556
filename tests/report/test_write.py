"""Writing the report: all of it or nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from myelos.evidence import Judgement
from myelos.findings import Refused
from myelos.report import figures, names, page, result, write_report
from myelos.report import write as writing
from myelos.report.figures import DRAWN, Drawn

FAKE = Drawn(
    "fake", "a title", "words for who cannot see it", "a caption", "<svg></svg>", "<svg></svg>", b"P"
)

THEIRS = ("notes.txt", "figures/mine.png")


def files(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def fail(*_: object, **__: object) -> None:
    raise OSError("no space left")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One figure that costs nothing to draw."""
    monkeypatch.setattr(figures, "draw", lambda judgement, *_: (replace(FAKE, title=judgement.study.id),))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with an earlier report and a file of somebody else."""
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    for name in (
        "index.html",
        "result.json",
        "notes.txt",
        "figures/honmou-2021-fake.svg",
        "figures/mine.png",
    ):
        (out / name).write_text(f"the old {name}", "utf-8")
    return out


def test_a_report_is_a_page_a_result_and_the_figures(report: Path, honmou: Judgement) -> None:
    """Nothing more, nothing less, for both studies; every drawing as SVG and as PNG."""
    written = files(report)
    drawn = {name for name in written if name.startswith("figures/")}
    possible = {
        f"figures/{study}-{name}.{kind}"
        for study in ("honmou-2021", "made-up")
        for name, _ in DRAWN
        for kind in ("svg", "png")
    }
    assert set(written) - drawn == {"index.html", "result.json"}
    assert {each for each in possible if "honmou" in each} < drawn <= possible
    assert {each.replace(".svg", ".png") for each in drawn} == {
        each for each in drawn if each.endswith(".png")
    }
    for name in drawn:
        if name.endswith(".svg"):
            ElementTree.fromstring(written[name])
    assert json.loads(written["result.json"])["results"][0] == result(honmou)


def test_no_draft_is_left_beside_the_report(report: Path) -> None:
    """What was written aside is gone."""
    assert [each.name for each in report.parent.iterdir()] == [report.name]


Break = Callable[[pytest.MonkeyPatch], None]
STAGES: dict[str, Break] = {
    "a figure cannot be drawn": lambda patch: patch.setattr(figures, "draw", fail),
    "the page cannot be laid out": lambda patch: patch.setattr(page, "render", fail),
    "the result cannot be made": lambda patch: patch.setattr(writing, "document", fail),
    "the disk is full": lambda patch: patch.setattr(Path, "write_bytes", fail),
    "nothing can be moved": lambda patch: patch.setattr(Path, "replace", fail),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("there", [True, False])
def test_a_failure_leaves_everything_as_it_was(
    old: Path, honmou: Judgement, monkeypatch: pytest.MonkeyPatch, stage: str, there: bool
) -> None:
    """An earlier report stays whole, a new folder stays without a page, and no draft is left behind."""
    out = old if there else old.parent / "new"
    before = files(old.parent)
    with monkeypatch.context() as patch:
        STAGES[stage](patch)
        with pytest.raises(OSError, match="no space"):
            write_report([honmou], out)
    assert files(old.parent) == before
    assert {each.name for each in old.parent.iterdir()} <= {"out", "new"}


@pytest.mark.usefixtures("quick")
def test_a_page_that_cannot_be_put_in_place_changes_nothing(old: Path, honmou: Judgement) -> None:
    """A folder where index.html belongs: no old result beside new figures, and the folder stays."""
    (old / "index.html").unlink()
    (old / "index.html").mkdir()
    (old / "index.html" / "mine.txt").write_text("mine", "utf-8")
    before = files(old)
    with pytest.raises(Refused) as refused:
        write_report([honmou], old)
    assert [each.code for each in refused.value.findings] == ["report.not-a-file"]
    assert files(old) == before


@pytest.mark.usefixtures("quick")
def test_everything_in_the_way_is_told_at_once(tmp_path: Path, honmou: Judgement) -> None:
    """A file where the figures belong and folders where files belong, each with its path."""
    (tmp_path / "figures").write_text("mine", "utf-8")
    (tmp_path / "result.json").mkdir()
    (tmp_path / "index.html").mkdir()
    with pytest.raises(Refused) as refused:
        write_report([honmou], tmp_path)
    assert {(each.code, each.params["read"]) for each in refused.value.findings} == {
        ("report.not-a-folder", str(tmp_path / "figures")),
        ("report.not-a-file", str(tmp_path / "result.json")),
        ("report.not-a-file", str(tmp_path / "index.html")),
    }
    assert files(tmp_path) == {"figures": b"mine"}


MOVES = 7
"""Three earlier files aside (the old report has no PNG), four new ones in."""


def broken_at(patch: pytest.MonkeyPatch, fault: BaseException, breaks: Callable[[int], bool]) -> list[Path]:
    """Each move whose number ``breaks`` picks fails; the list fills with what was moved or tried."""
    tried: list[Path] = []
    replace_ = Path.replace

    def move(self: Path, target: Path) -> Path:
        tried.append(self)
        if breaks(len(tried)):
            raise fault
        return replace_(self, target)

    patch.setattr(Path, "replace", move)
    return tried


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", [OSError("no space left"), KeyboardInterrupt()], ids=["error", "ctrl-c"])
@pytest.mark.parametrize("there", [True, False])
def test_a_failure_at_any_move_puts_everything_back(
    old: Path, honmou: Judgement, monkeypatch: pytest.MonkeyPatch, fault: BaseException, there: bool
) -> None:
    """Every file, the very same (not a copy), no folder more; and without the fault it can be written."""
    out = old if there else old.parent / "a" / "new"
    before, inode = sorted(old.parent.rglob("*")), (old / "index.html").stat().st_ino
    held = files(old)
    moves = MOVES if there else 4
    for broken in range(1, moves + 1):
        with monkeypatch.context() as patch:
            broken_at(patch, fault, lambda n, broken=broken: n == broken)  # type: ignore[misc]
            with pytest.raises(type(fault)):
                write_report([honmou], out)
        assert sorted(old.parent.rglob("*")) == before
        assert files(old) == held
        assert (old / "index.html").stat().st_ino == inode
    with monkeypatch.context() as patch:
        tried = broken_at(patch, fault, lambda _: False)
        write_report([honmou], out)
    assert len(tried) == moves
    assert tried[-1].name == "index.html"
    assert not there or tried[0] == old / "index.html"


@pytest.mark.usefixtures("quick")
def test_at_no_moment_do_old_and_new_stand_side_by_side(
    old: Path, honmou: Judgement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each move the report's files in place are of one making, and nothing is beside the folder."""
    made: list[set[bool]] = []

    def look(_: int) -> bool:
        assert list(old.parent.iterdir()) == [old]
        ours = {name: data for name, data in files(old).items() if not name.startswith(".")}
        made.append({data.startswith(b"the old") for name, data in ours.items() if name not in THEIRS})
        return False

    with monkeypatch.context() as patch:
        broken_at(patch, OSError(), look)
        write_report([honmou], old)
    assert len(made) == MOVES
    assert {True, False} not in made


@pytest.mark.usefixtures("quick")
def test_an_earlier_file_that_cannot_be_moved_back_is_kept(
    old: Path, honmou: Judgement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When moving back fails too, the only copy of the earlier page is not thrown away."""
    with monkeypatch.context() as patch:
        broken_at(patch, OSError("gone"), lambda n: n > 3)
        with pytest.raises(OSError, match="gone"):
            write_report([honmou], old)
    kept = {name.partition("/old/")[2]: data for name, data in files(old).items() if "/old/" in name}
    assert kept["index.html"] == b"the old index.html"
    assert len(kept) == 3


@pytest.mark.usefixtures("quick")
def test_links_are_followed_to_the_folder_and_replaced_as_files(old: Path, honmou: Judgement) -> None:
    """A link to the folder is written through; a linked page is replaced, what it pointed to stays."""
    elsewhere = old.parent / "elsewhere.html"
    elsewhere.write_text("theirs", "utf-8")
    (old / "index.html").unlink()
    (old / "index.html").symlink_to(elsewhere)
    link = old.parent / "link"
    link.symlink_to(old, target_is_directory=True)
    write_report([honmou], link)
    assert link.is_symlink()
    assert not (old / "index.html").is_symlink()
    assert elsewhere.read_text("utf-8") == "theirs"


@pytest.mark.usefixtures("quick")
def test_files_of_others_are_left_alone(old: Path, honmou: Judgement) -> None:
    """A report written into a folder in use replaces its own files only, twice the same."""
    write_report([honmou], old)
    first = files(old)
    ours = {"index.html", "result.json", "figures/honmou-2021-fake.svg", "figures/honmou-2021-fake.png"}
    assert set(first) == ours | set(THEIRS)
    assert {name for name, data in first.items() if data.startswith(b"the old")} == set(THEIRS)
    assert write_report([honmou], old) == old / "index.html"
    assert files(old) == first


def test_an_output_that_is_a_file_is_refused(tmp_path: Path, honmou: Judgement) -> None:
    """A finding, and the file stays."""
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(Refused) as refused:
        write_report([honmou], tmp_path / "out")
    assert [each.code for each in refused.value.findings] == ["report.not-a-folder"]
    assert files(tmp_path) == {"out": b"mine"}


@pytest.mark.parametrize("language", ["xx", "", "../en", "EN"])
def test_a_language_without_words_is_refused(tmp_path: Path, honmou: Judgement, language: str) -> None:
    """A finding before anything is drawn or written, from the result too."""
    for act in (lambda: write_report([honmou], tmp_path / "out", language=language),
                lambda: result(honmou, language)):  # fmt: skip
        with pytest.raises(Refused) as refused:
            act()
        assert [each.code for each in refused.value.findings] == ["report.no-language"]
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_nothing_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    """Bad code raises, and writes nothing."""
    with pytest.raises(ValueError, match="at least one"):
        write_report([], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "ids",
    [
        ["a", "a"],
        ["a b", "a-b", "a/b"],
        ["a", "b", "a", "a"],
        ["", "-", "研究", "study"],
        ["a", "a", "a-2"],
        ["a-2", "a", "a", "a-2", "a-2-2"],
        ["../../a", "/etc/a", "..", "a\0b", "a\nb", '"><i>'],
    ],
)
def test_studies_whose_ids_are_alike_keep_their_own_figures(
    tmp_path: Path, honmou: Judgement, ids: list[str]
) -> None:
    """One file for each study, within the folder, whatever the ids are."""
    told = [replace(honmou, study=replace(honmou.study, id=each)) for each in ids]
    write_report(told, tmp_path / "out")
    written = files(tmp_path)
    assert sum(name.startswith("out/figures/") and name.endswith(".svg") for name in written) == len(ids)
    assert all(name.count("/") <= 2 and name.startswith("out/") for name in written)
    assert len(json.loads(written["out/result.json"])["results"]) == len(ids)


@pytest.mark.parametrize(
    ("ids", "wanted"),
    [
        (["a", "a", "a-2"], ["a", "a-3", "a-2"]),
        (["a", "b", "a", "a"], ["a", "b", "a-2", "a-3"]),
        (["a-2", "a", "a", "a-2"], ["a-2", "a", "a-3", "a-2-2"]),
        (["A", "a"], ["A", "a-2"]),
        (["", "study"], ["study", "study-2"]),
    ],
)
def test_a_name_that_is_a_studys_own_is_given_to_no_other(
    honmou: Judgement, ids: list[str], wanted: list[str]
) -> None:
    """The first of an id keeps it; numbers pass over the ids of others; upper and lower case count as one."""
    assert names.file_names([replace(honmou.study, id=each) for each in ids]) == wanted
