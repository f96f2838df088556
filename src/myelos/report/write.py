"""Writing the report: everything beside its place first, then moved there, or moved back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from myelos.evidence import Judgement
from myelos.findings import Finding, Refused
from myelos.report import names
from myelos.report.result import as_json, document
from myelos.report.words import Words

Progress = Callable[[str], None]


def write_report(
    judgements: Sequence[Judgement],
    out: Path,
    *,
    language: str = "en",
    progress: Progress | None = None,
    people: str | None = None,
) -> Path:
    """Write ``index.html``, ``result.json`` and ``figures/`` into ``out``; the path of ``index.html``.

    ``people``: where the pages about the people begin, as a link from ``index.html`` (``people.html``, which
    :func:`~myelos.report.write_people` writes); None where there are none.

    The report is whole or ``out`` is as it was: see :func:`put`. Files of other names in ``out`` are left
    alone. Raises Refused when ``out`` is a file, when a folder stands where one of the files belongs or when
    the language has no words; ValueError without judgements.
    """
    if not judgements:
        raise ValueError("a report needs at least one judgement")
    words = Words(language)
    _refuse(_in_the_way(out, ()))
    put(contents(judgements, words, progress, people), out)
    return out / "index.html"


def put(files: Mapping[str, bytes], out: Path) -> None:
    """All the files into the folder ``out``, or none of them. Put the page last.

    They are written into a hidden folder in ``out`` (which may be a mount, its parent read-only). Then the
    earlier files of these names are moved aside, the page first, and the new ones moved in, the page last:
    old and new never stand side by side. A failure or an interrupt moves everything back; an earlier file
    that cannot be moved back stays in the hidden folder, and the error names it. An end without warning
    (power, kill) between two moves leaves ``out`` without its page, and the earlier files in the hidden
    folder. Raises Refused when a folder is where a file belongs, or a file where a folder does.
    """
    _refuse(_in_the_way(out, files))
    with ExitStack() as undo:
        _make(out, undo)
        hidden = Path(tempfile.mkdtemp(prefix=".myelos-", dir=out))
        new, old = hidden / "new", hidden / "old"
        undo.callback(_clear, hidden, old)
        for name, data in files.items():
            for folder in (new, old):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(data)
            _make((out / name).parent, undo)
        for name in reversed(list(files)):
            if _there(out / name):
                _move(out / name, old / name, undo)
        for name in files:
            _move(new / name, out / name, undo)
        undo.pop_all()
    shutil.rmtree(hidden, ignore_errors=True)


def _refuse(found: Iterable[Finding]) -> None:
    if findings := list(found):
        raise Refused(findings)


def _in_the_way(out: Path, files: Iterable[str]) -> Iterable[Finding]:
    """Files where the report needs a folder, and folders where it needs a file."""
    folders = dict.fromkeys([out, *((out / name).parent for name in files)])
    for folder in folders:
        if _there(folder) and not folder.is_dir():
            yield Finding("report.not-a-folder", params={"read": str(folder)})
    for name in files:
        if (out / name).is_dir():
            yield Finding("report.not-a-file", params={"read": str(out / name)})


def _make(folder: Path, undo: ExitStack) -> None:
    """The folder and those above it; those made here are removed again if still empty."""
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(exist_ok=True)
            undo.callback(_unmake, each)


def _unmake(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _clear(hidden: Path, old: Path) -> None:
    """The hidden folder is removed, unless it holds an earlier file that could not be moved back."""
    if not any(_there(each) and not each.is_dir() for each in old.rglob("*")):
        shutil.rmtree(hidden, ignore_errors=True)


def _move(source: Path, goal: Path, undo: ExitStack) -> None:
    """One file moved; how it is moved back is noted first, so that an interrupt finds it."""
    undo.callback(_move_back, source, goal)
    source.replace(goal)


def _move_back(source: Path, goal: Path) -> None:
    if not _there(source):
        goal.replace(source)


def _there(path: Path) -> bool:
    """Something has this name, were it a link to nothing."""
    return path.is_symlink() or path.exists()


def contents(
    judgements: Sequence[Judgement],
    words: Words,
    progress: Progress | None = None,
    people: str | None = None,
) -> dict[str, bytes]:
    """Every file of a report by name, ``index.html`` last."""
    from myelos.report.figures import draw  # drawing libraries are loaded only when something is drawn
    from myelos.report.page import render

    drawn = [draw(each, words, progress) for each in judgements]
    files: dict[str, bytes] = {}
    stems = names.file_names([each.study for each in judgements])
    for study, figures in zip(stems, drawn, strict=True):
        for figure in figures:
            files[f"figures/{study}-{figure.name}.svg"] = figure.wide.encode()
            files[f"figures/{study}-{figure.name}.png"] = figure.png
    files["result.json"] = as_json(document(judgements, words.language)).encode()
    files["index.html"] = render(judgements, drawn, words, people).encode()
    return files
