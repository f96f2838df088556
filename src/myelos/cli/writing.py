"""How a verb writes a file: whole or not at all, and a secret never where there is something already."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from myelos.findings import Finding, Place, Refused


def write_whole(out: Path, text: str) -> None:
    """Write a text in the place of what was there, or leave that. Raises Refused when it cannot be."""
    part = out.with_name(f".{out.name}.{uuid4().hex}")
    try:
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _refused("store.cannot-write-file", out, error) from error


def write_new(files: Mapping[Path, tuple[bytes, int]]) -> None:
    """Write new files with their modes; none of them when one is there or cannot be written.

    Raises Refused then.
    """
    made: list[Path] = []
    try:
        for path, (content, mode) in files.items():
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
            made.append(path)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
    except (OSError, ValueError) as error:
        for each in made:
            each.unlink(missing_ok=True)
        code = "store.file-exists" if isinstance(error, FileExistsError) else "store.cannot-write-file"
        raise _refused(code, path, error) from error


def _refused(code: str, path: Path, error: Exception) -> Refused:
    params = (
        {"said": getattr(error, "strerror", None) or str(error)[:200]} if code != "store.file-exists" else {}
    )
    return Refused([Finding(code, Place(str(path)), params)])
