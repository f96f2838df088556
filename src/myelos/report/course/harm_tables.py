"""Tables of harms: adverse events as known now, every version before, reports due, deteriorations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from myelos.report.course.rendered import day_and_utc, plain
from myelos.report.course.say import NONE, Say, utc
from myelos.report.course.story import Course
from myelos.report.tables import Cell, Table
from myelos.safety.due import DueItem
from myelos.safety.harms import AdverseEvent, Case, Deterioration, Entry, Incident


def harm_tables(course: Course, due: Sequence[DueItem], say: Say) -> Iterator[Table]:
    """Every table of harms. ``due``: the reports of the trial's clocks."""
    adverse = [each.what for each in course.harms if isinstance(each.what, AdverseEvent)]
    yield _adverse(course, adverse, say)
    yield _versions(course, adverse, say)
    yield _reports([each for each in due if each.subject in {event.id for event in adverse}], say)
    yield _worse([each.what for each in course.harms if isinstance(each.what, Deterioration)], say)
    incidents = [each.what for each in course.harms if isinstance(each.what, Incident)]
    yield _incidents(course, incidents, say)


def _heads(say: Say, *codes: str) -> tuple[str, ...]:
    return tuple(say(f"head.{each}") for each in codes)


def _adverse(course: Course, events: Sequence[AdverseEvent], say: Say) -> Table:
    rows = []
    for event in events:
        case, known = event.now, event.now.particulars
        gone = say("harms.withdrawn", why=say.word(f"because.{case.withdrawn}")) if case.withdrawn else ""
        rows.append((
            plain(event.id, gone), plain(say.term(known.kind), known.term), Cell(_grade(case, say)),
            plain(_serious(case, say)), plain(_when(known.onset, say)), plain(_related(case, say)),
            plain(say.answer(case.expected), case.reference or ""),
            plain(say.term(case.outcome), _when(case.end, say) if case.end != "unknown" else ""),
            plain(utc(known.known_at), say.day(course.day(known.known_at))),
        ))  # fmt: skip
    heads = _heads(
        say, "id", "what", "grade", "serious", "onset", "related", "expected", "outcome", "known-at"
    )
    return Table(say("harms.caption"), heads, tuple(rows), say("harms.note"))


def _grade(case: Case, say: Say) -> str:
    grade = case.particulars.grade
    return say("answer.unknown") if grade is None else str(grade)


def _serious(case: Case, say: Say) -> str:
    reasons = case.particulars.serious
    if reasons is None:
        return say("answer.unknown")
    return say("list").join(say.term(each) for each in reasons) or say("answer.no")


def _when(when: str, say: Say) -> str:
    """A moment as far as it is known, as it was written."""
    return say.word(f"answer.{when}").replace("T", " ").removesuffix("Z")


def _related(case: Case, say: Say) -> str:
    judged = sorted(case.related.items(), key=lambda item: (str(item[0][0]), item[0][1]))
    said = [say("harms.related", procedure=say.term(of), answer=say.answer(answer), by=by)
            for (of, by), answer in judged]  # fmt: skip
    return say("list").join(said) or say("harms.not-judged")


# What was known when ----------------------------------------------------------------------------------------


def _versions(course: Course, events: Sequence[AdverseEvent], say: Say) -> Table:
    rows = []
    for event in events:
        if len(event.history) > 1:
            rows.append(_version(course, event.id, event.history[0], say("versions.first"), say))
        for before, after in pairwise(event.history):
            rows.append(_version(course, event.id, after, _changed(before.case, after.case, say), say))
    heads = _heads(say, "day", "utc", "id", "changed", "reason", "by")
    return Table(say("versions.caption"), heads, tuple(rows))


def _version(course: Course, id_: str, entry: Entry, changed: str, say: Say) -> tuple[Cell, ...]:
    return (
        *day_and_utc(course, entry.at),
        plain(id_),
        plain(changed),
        plain(entry.why or NONE),
        plain(entry.by),
    )


def _changed(before: Case, after: Case, say: Say) -> str:
    """What differs between two versions: old value, arrow, new value."""
    aspects = (
        ("grade", _grade), ("serious", _serious),
        ("kind", lambda case, say: say.term(case.particulars.kind)),
        ("words", lambda case, say: case.particulars.term),
        ("onset", lambda case, say: _when(case.particulars.onset, say)),
        ("expected", lambda case, say: say.answer(case.expected)),
        ("outcome", lambda case, say: say.term(case.outcome)),
        ("end", lambda case, say: _when(case.end, say)),
        ("withdrawn", lambda case, say: say.word(f"because.{case.withdrawn}") if case.withdrawn else NONE),
    )  # fmt: skip
    said = []
    for code, read in aspects:
        old, new = read(before, say), read(after, say)
        if old != new:
            said.append(say("versions.aspect", what=say(f"head.{code}"), old=old, new=new))
    said += _judged(before, after, say)
    return say("list").join(said) or say("versions.nothing")


def _judged(before: Case, after: Case, say: Say) -> Iterator[str]:
    """Of each procedure that somebody judged anew: what they said before, arrow, what they say now."""
    for of, by in sorted(after.related, key=lambda key: (str(key[0]), key[1])):
        old, new = before.related.get((of, by)), after.related[of, by]
        if old is not new:
            what = say("versions.related", procedure=say.term(of), by=by)
            was = say("harms.not-judged") if old is None else say.answer(old)
            yield say("versions.aspect", what=what, old=was, new=say.answer(new))


# Reports, deteriorations, incidents -------------------------------------------------------------------------


def _reports(due: Sequence[DueItem], say: Say) -> Table:
    rows = tuple(
        (plain(each.subject), plain(say.word(f"clock.{each.clock}")), plain(say.word(f"to.{each.to}")),
         plain(utc(each.since)), plain(utc(each.due)), plain(utc(each.sent)),
         plain(say(f"due.{each.state.value}"), say.word(f"surely.{each.answer}")))
        for each in due
    )  # fmt: skip
    heads = _heads(say, "id", "report", "to", "clock-since", "due", "sent", "stands")
    return Table(say("reports.caption"), heads, rows, say("reports.note"))


def _worse(found: Sequence[Deterioration], say: Say) -> Table:
    rows = []
    for each in found:
        signs, open_ = (
            say("list").join(map(say.term, group)) or NONE for group in (each.signs, each.unknown)
        )
        rows.append((plain(each.id), plain(say(f"deterioration.{each.stage.value}"), strong=True),
                     plain(utc(each.examined_at)), plain(each.examiner), plain(signs), plain(open_),
                     plain(utc(each.confirm_by))))  # fmt: skip
    heads = _heads(say, "id", "stands", "utc", "examiner", "signs", "signs-open", "confirm-by")
    return Table(say("worse.caption"), heads, tuple(rows))


def _incidents(course: Course, found: Sequence[Incident], say: Say) -> Table:
    rows = tuple(
        (*day_and_utc(course, each.at), plain(each.id), plain(say.term(each.kind), each.what),
         plain(each.container or NONE))
        for each in found
    )  # fmt: skip
    heads = _heads(say, "day", "utc", "id", "what", "container")
    return Table(say("incidents.caption"), heads, rows)
