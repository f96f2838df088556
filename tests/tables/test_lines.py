"""Storey 0: a user's text is read in bounded memory or refused with the row."""

from pathlib import Path

import pytest

from myelos.findings import Refused
from myelos.tables import lines


def _refusal(path: Path) -> tuple[str, int | None]:
    with pytest.raises(Refused) as refused:
        list(lines(path))
    finding = refused.value.findings[0]
    return finding.code, finding.place.row


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_encoding_is_named(tmp_path: Path, encoding: str) -> None:
    """UTF-16 and UTF-32 text is refused by name, not read as noise."""
    path = tmp_path / "exams.csv"
    path.write_text("id,vac\n", encoding=encoding)
    assert _refusal(path) == ("tables.not-utf-8", 1)


def test_zero_bytes_are_not_text(tmp_path: Path) -> None:
    """Binary files are refused at the row where they stop being text."""
    path = tmp_path / "exams.csv"
    path.write_bytes(b"id\na\0b\n")
    assert _refusal(path) == ("tables.not-text", 2)


def test_a_line_without_end_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    """A line longer than the limit is never read whole."""
    path = tmp_path / "exams.csv"
    path.write_bytes(b"id\n" + b"x" * 200_000)
    assert _refusal(path) == ("tables.line-too-long", 2)


def test_bytes_that_are_not_utf_8_are_named(tmp_path: Path) -> None:
    """The offending byte is told."""
    path = tmp_path / "exams.csv"
    path.write_bytes(b"id\nM\xfcller\n")
    assert _refusal(path) == ("tables.not-utf-8", 2)


def test_a_byte_order_mark_and_windows_line_ends_are_text(tmp_path: Path) -> None:
    """What spreadsheets write is read as it was meant."""
    path = tmp_path / "exams.csv"
    path.write_bytes(b"\xef\xbb\xbfid,vac\r\na,yes\r\n")
    assert list(lines(path)) == [(1, "id,vac"), (2, "a,yes")]


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    """A wrong path is told, not a traceback."""
    assert _refusal(tmp_path / "none.csv")[0] == "tables.cannot-be-read"
