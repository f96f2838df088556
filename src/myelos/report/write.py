"""Writing the report: everything to a folder beside the goal first, then moved into place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from myelos.evidence import Judgement
from myelos.findings import Finding, Param, Refused
from myelos.report import names
from myelos.report.result import as_json, document
from myelos.report.words import Words

Progress = Callable[[str], None]


def write_report(
    judgements: Sequence[Judgement], out: Path, *, language: str = "en", progress: Progress | None = None
) -> Path:
    """Write ``index.html``, ``result.json`` and ``figures/`` into ``out``; the path of ``index.html``.

    All is drawn and written beside ``out`` before the first file is moved into place, ``index.html`` last:
    a failure leaves ``out`` as it was. Files of other names in ``out`` are left alone.
    Raises Refused when ``out`` is a file or the language has no words, ValueError without judgements.
    """
    if not judgements:
        raise ValueError("a report needs at least one judgement")
    words = Words(language)
    if out.exists() and not out.is_dir():
        params: dict[str, Param] = {"read": str(out)}
        raise Refused([Finding("report.not-a-folder", params=params)])
    files = contents(judgements, words, progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    drafts = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.resolve().parent))
    try:
        for name, data in files.items():
            (drafts / name).parent.mkdir(parents=True, exist_ok=True)
            (drafts / name).write_bytes(data)
        for name in files:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (drafts / name).replace(out / name)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    return out / "index.html"


def contents(
    judgements: Sequence[Judgement], words: Words, progress: Progress | None = None
) -> dict[str, bytes]:
    """Every file of a report by name, ``index.html`` last."""
    from myelos.report.figures import draw  # drawing libraries are loaded only when something is drawn
    from myelos.report.page import render

    drawn = [draw(each, words, progress) for each in judgements]
    files: dict[str, bytes] = {}
    for place, (judgement, figures) in enumerate(zip(judgements, drawn, strict=True)):
        same = sum(names.slug(each.study) == names.slug(judgement.study) for each in judgements[:place])
        study = names.slug(judgement.study) + (f"-{same + 1}" if same else "")
        for figure in figures:
            files[f"figures/{study}-{figure.name}.svg"] = figure.wide.encode()
            files[f"figures/{study}-{figure.name}.png"] = figure.png
    files["result.json"] = as_json(document(judgements, words.language)).encode()
    files["index.html"] = render(judgements, drawn, words).encode()
    return files
