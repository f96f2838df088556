"""The two kinds of page: everybody on one axis, and one person; no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from myelos import __version__
from myelos.protocol import Protocol, Trial
from myelos.report import names
from myelos.report.course import line, outcome, rows, sheet
from myelos.report.course.axis import Days
from myelos.report.course.cell_tables import cell_tables
from myelos.report.course.erased import without_digests
from myelos.report.course.harm_tables import harm_tables
from myelos.report.course.infusion_tables import infusion_tables
from myelos.report.course.person_tables import changing_tables, enrolment_tables, examination_tables
from myelos.report.course.say import Say, file_stem, utc
from myelos.report.course.story import Course, courses, final_visit, last_planned, latest
from myelos.report.page import inline, page_environment
from myelos.report.tables import Table
from myelos.safety.due import DueItem, clocks

OVERVIEW = "people.html"
FOLDER = "people"


@dataclass(frozen=True, slots=True)
class Row:
    """A person's row of the overview."""

    code: str
    link: str
    wide: str
    narrow: str
    alt: str
    grades: tuple[str, ...]
    stage: str
    why: str


@dataclass(frozen=True, slots=True)
class Book:
    """What all pages of a trial share. ``names``: the address of each person's page beside the others, in
    order; ``overview``: that of everybody's page from one of them; ``due``: reports due."""

    everyone: tuple[Course, ...]
    days: Days
    names: Mapping[str, str]
    due: Sequence[DueItem]
    until: datetime | None
    say: Say
    synthetic: bool
    overview: str = f"../{OVERVIEW}"


def book(
    trial: Trial, protocol: Protocol, say: Say, synthetic: bool, until: datetime | None = None
) -> Book:
    """The book of a trial. A code's letters that no file name has become ``-``.

    ``until``: the moment it is looked at; the last one anything is known of, if it is not said.
    """
    trial = without_digests(trial, say("erased"))
    everyone = courses(trial, protocol)
    codes = [each.person.code for each in everyone]
    stems = names.unlike([file_stem(code) for code in codes])
    until = until or latest(trial)
    return Book(
        everyone=everyone,
        days=_days(everyone, protocol),
        names={code: f"{stem}.html" for code, stem in zip(codes, stems, strict=True)},
        due=clocks(trial.harms, protocol.safety, trial.collected, trial.infused, until) if until else (),
        until=until,
        say=say,
        synthetic=synthetic,
    )


def _days(everyone: tuple[Course, ...], protocol: Protocol) -> Days:
    """The axis of all: to the last thing that is known, or to the last visit planned of those infused."""
    infused = [course.day(each.started_at) for course in everyone for each in course.infusions]
    every = [each.until for each in everyone]
    every += [seen.day for course in everyone for seen in course.seen]
    every += [harm.first for course in everyone for harm in course.harms if harm.first is not None]
    planned = max(infused) + last_planned(protocol) if infused else 0
    return Days.of(every, infused, planned)


def environment() -> Environment:
    return page_environment(
        ChoiceLoader([PackageLoader("myelos.report.course"), PackageLoader("myelos.report")])
    )


def overview(book: Book, made: Environment) -> str:
    """The page of everybody."""
    return made.get_template("people.html").render(style=_style(made), **overview_context(book))


def overview_context(book: Book) -> dict[str, Any]:
    """What the page of everybody shows, but for its style."""
    say, protocol = book.say, book.say.protocol
    return dict(
        **lines_context(book),
        counts=outcome.counts(book.everyone, say),
        transitions=outcome.transitions(book.everyone, protocol, say),
    )


def lines_context(book: Book) -> dict[str, Any]:
    """The same but for what is counted."""
    say, protocol = book.say, book.say.protocol
    last = final_visit(protocol)
    visit = say.visit(last) if last else say("people.course")
    return dict(
        **_shared(book),
        title=say(f"people.title-{protocol.onset}"),
        known=(say.label(protocol.title), *protocol.registry, say("people.planned", n=protocol.planned)),
        legend=[(rows.symbol(each), say(f"legend.{each}")) for each in rows.LEGEND],
        axis_words=_axis_words(book),
        axis_alt=say(f"axis.{protocol.onset}"),
        ais_head=say("people.ais", visit=visit),
        days_wide=rows.days_row(book.days, rows.WIDE),
        days_narrow=rows.days_row(book.days, rows.NARROW),
        rows=[_row(each, book) for each in book.everyone],
    )


def _axis_words(book: Book) -> str:
    words = book.say(f"axis.{book.say.protocol.onset}")
    return words if book.days.fold is None else words + book.say("axis.fold", day=book.days.fold)


def _row(course: Course, book: Book) -> Row:
    code, say = course.person.code, book.say
    return Row(
        code=code,
        link=f"{FOLDER}/{book.names[code]}",
        wide=rows.row(course, book.days, rows.WIDE),
        narrow=rows.row(course, book.days, rows.NARROW),
        alt=rows.told(course, say),
        grades=outcome.grades(course, say),
        stage=outcome.stage(course, say),
        why=outcome.why_no_further(course, say) or outcome.last_seen(course, say),
    )


def person_page(course: Course, book: Book, made: Environment) -> str:
    """The page of one person."""
    return made.get_template("person.html").render(style=_style(made), **person_context(course, book))


def person_context(course: Course, book: Book) -> dict[str, Any]:
    """What the page of one person shows, but for its style."""
    say, code = book.say, course.person.code
    codes = list(book.names)
    place = codes.index(code)
    return dict(
        **_shared(book),
        title=say(
            "person.title", code=code, onset=say(f"person.onset-{course.protocol.onset}"), day=course.until
        ),
        known=_known(course, say),
        overview=book.overview,
        before=_linked(codes[place - 1], book) if place else None,
        after=_linked(codes[place + 1], book) if place + 1 < len(codes) else None,
        why=outcome.why_no_further(course, say),
        wide=line.draw(course, book.days, say, sheet.WIDE),
        narrow=line.draw(course, book.days, say, sheet.NARROW),
        alt=_alt(course, say),
        parts=_parts(course, book),
    )


def _linked(code: str, book: Book) -> tuple[str, str]:
    return code, book.names[code]


def _known(course: Course, say: Say) -> tuple[str, ...]:
    person = course.person
    what = say(f"mark.{course.protocol.onset}")
    said = [
        outcome.stage(course, say),
        say("person.site", site=person.site),
        say("person.onset-at", what=what, at=utc(person.onset)),
        say("person.screened", day=say.day(course.day(person.screened.at))),
    ]
    if person.group is not None:
        said.append(say("person.group", group=say.group(person.group)))
    return (*said, say("person.edition", edition=person.edition))


def _alt(course: Course, say: Say) -> str:
    graded = [f"{say.day(each.day)} {outcome.grade(each, say)}" for each in course.seen if each.ais]
    grades = say("list").join(graded) or say("person.no-grades")
    return say("person.alt", code=course.person.code, marks=rows.told(course, say), grades=grades)


def _parts(course: Course, book: Book) -> tuple[tuple[str, tuple[Table, ...]], ...]:
    say = book.say
    made = (
        ("enrolment", enrolment_tables(course, say)),
        ("cells", cell_tables(course, say)),
        ("infusion", infusion_tables(course, say)),
        ("examinations", examination_tables(course, say)),
        ("harms", harm_tables(course, book.due, say)),
        ("changes", changing_tables(course, say)),
    )
    return tuple((say(f"person.part-{name}"), tuple(tables)) for name, tables in made)


def _shared(book: Book) -> dict[str, Any]:
    say, protocol = book.say, book.say.protocol
    footer = say("footer", version=__version__, protocol=protocol.id, edition=protocol.edition)
    if book.synthetic:
        footer += f" {say('footer-synthetic')}"
    return {
        "say": say,
        "inline": inline,
        "synthetic": book.synthetic,
        "footer": footer,
        "times": say("times" if protocol.onset == "injury" else "times-onset"),
        "as_of": say("as-of", at=utc(book.until)) if book.until else "",
    }


def _style(made: Environment) -> Markup:
    loader = made.loader
    assert loader is not None
    text = "\n".join(loader.get_source(made, name)[0] for name in ("page.css", "people.css"))
    return Markup(text)  # noqa: S704 our own files
