"""Writing the pages about people: all of them or none."""

from __future__ import annotations

from pathlib import Path

from myelos.protocol import Protocol, Trial
from myelos.report import names
from myelos.report.course.axis import Days
from myelos.report.course.erased import without_digests
from myelos.report.course.page import FOLDER, OVERVIEW, Book, environment, overview, person_page
from myelos.report.course.say import Say, file_stem
from myelos.report.course.story import Course, courses, last_planned, latest
from myelos.report.write import put
from myelos.safety.due import clocks


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
    trial = without_digests(trial, say("erased"))
    everyone = courses(trial, protocol)
    codes = [each.person.code for each in everyone]
    stems = names.unlike([file_stem(code) for code in codes])
    until = latest(trial)
    due = clocks(trial.harms, protocol.safety, trial.collected, trial.infused, until) if until else ()
    book = Book(
        everyone=everyone,
        days=_days(everyone, protocol),
        names={code: f"{stem}.html" for code, stem in zip(codes, stems, strict=True)},
        due=due,
        until=until,
        say=say,
        synthetic=synthetic,
    )
    made = environment()
    files = {
        f"{FOLDER}/{book.names[each.person.code]}": person_page(each, book, made).encode()
        for each in everyone
    }
    files[OVERVIEW] = overview(book, made).encode()
    return files


def _days(everyone: tuple[Course, ...], protocol: Protocol) -> Days:
    """The axis of all: to the last thing that is known, or to the last visit planned of those infused."""
    infused = [course.day(each.started_at) for course in everyone for each in course.infusions]
    every = [each.until for each in everyone]
    every += [seen.day for course in everyone for seen in course.seen]
    every += [harm.first for course in everyone for harm in course.harms if harm.first is not None]
    planned = max(infused) + last_planned(protocol) if infused else 0
    return Days.of(every, infused, planned)
