"""Writing the pages about people: all of them or none."""

from __future__ import annotations

from pathlib import Path

from myelos.protocol import Protocol, Trial
from myelos.report.course.page import FOLDER, OVERVIEW, environment, overview, person_page
from myelos.report.course.page import book as book_of
from myelos.report.course.say import Say
from myelos.report.write import put


def write_people(
    trial: Trial, protocol: Protocol, folder: Path, *, language: str = "en", synthetic: bool
) -> Path:
    """Write ``people.html`` and ``people/<code>.html`` for everybody of a trial; the path of ``people.html``.

    Everything comes from the folded state and the protocol. ``synthetic``: whether the people are made up;
    every page then says so. A code's letters that no file name has become ``-``. The pages are whole or
    ``folder`` is as it was (:func:`myelos.report.write.put`); pages of people who are no longer in the trial
    stay. Raises Refused when a file stands where a folder belongs or the other way, or when the language has
    no words.
    """
    put(pages(trial, protocol, Say(language, protocol), synthetic=synthetic), folder)
    return folder / OVERVIEW


def pages(trial: Trial, protocol: Protocol, say: Say, *, synthetic: bool) -> dict[str, bytes]:
    """Every page by its name, the overview last."""
    book = book_of(trial, protocol, say, synthetic)
    made = environment()
    files = {
        f"{FOLDER}/{book.names[each.person.code]}": person_page(each, book, made).encode()
        for each in book.everyone
    }
    files[OVERVIEW] = overview(book, made).encode()
    return files
