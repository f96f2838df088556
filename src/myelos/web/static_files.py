"""Where style sheets, scripts and the reports' sheets are found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder


class Sheets(FileSystemFinder):
    """The reports' style sheets, which lie beside their templates: the sheets alone."""

    def find(self, path: str, *arguments: Any, **more: Any) -> Any:
        return super().find(path, *arguments, **more) if path.endswith(".css") else []

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        return (each for each in super().list(ignore_patterns) if each[0].endswith(".css"))


class OfApps(AppDirectoriesFinder):
    """The files of the pages, and of the sign-in."""
