"""How far everybody came and why no further, and the grades of those infused: what the overview counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from myelos.answers import Answer
from myelos.protocol import Person, Protocol
from myelos.report.course.say import NONE, Say
from myelos.report.course.story import Course, Seen, final_visit
from myelos.report.tables import Cell, Table


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were screened, infused and not, and the reasons with how many people each has."""

    screened: int
    infused: int
    left: int
    open: int
    why: tuple[tuple[str, int], ...]


def counts(everyone: Sequence[Course], say: Say) -> Counts:
    """The counts of a trial. Somebody infused who left later is counted among both."""
    return counted((each.person.infused_at is not None, why_no_further(each, say)) for each in everyone)


def counted(everyone: Iterable[tuple[bool, str]]) -> Counts:
    """The same, where of each it is known whether they were infused, and why they came no further."""
    told = list(everyone)
    infused, gone = sum(given for given, _ in told), [each for each in told if each[1]]
    never = sum(not given for given, _ in gone)
    return Counts(
        screened=len(told),
        infused=infused,
        left=never,
        open=len(told) - infused - never,
        why=tuple(Counter(why for _, why in gone).most_common()),
    )


def why_no_further(course: Course, say: Say) -> str:
    """Why a person came no further, in words; empty for one who is under way or was followed to the end."""
    return why(course.person, say)


def why(person: Person, say: Say) -> str:
    """The same, of a person. A refusal that was followed by passing the same gate is none."""
    said = []
    if person.infused_at is None:
        refused = [each for each in person.decisions if not each.passed and person.passed(each.gate) is None]
        for each in refused[-1:]:
            unmet = [reason for reason in each.reasons if reason.answer is not Answer.YES]
            told = say("list").join(_unmet(reason.criterion, reason.answer, say) for reason in unmet)
            said.append(say("why.refused", gate=say.gate(each.gate), criteria=told or NONE))
        if person.off_treatment is not None:
            said.append(say.word(f"how.{person.off_treatment.how}"))
    if person.left is not None:
        said.append(say.word(f"how.{person.left.how}"))
    return say("list").join(said)


def _unmet(criterion: str, answer: Answer, say: Say) -> str:
    label = say.criterion(criterion)
    return say("why.unknown", criterion=label) if answer is Answer.UNKNOWN else say("why.no", criterion=label)


def last_seen(course: Course, say: Say) -> str:
    """The last visit somebody infused was seen at; empty where there is none after the infusion."""
    after = [
        each for each in course.seen if course.person.infused_at and each.exam.at > course.person.infused_at
    ]
    if not after:
        return ""
    last = after[-1]
    visit = say.visit(last.exam.visit) if last.exam.visit else say("visits.none")
    return say("why.seen", visit=visit, day=say.day(last.day))


def stage(course: Course, say: Say) -> str:
    return say.word(f"stage.{course.person.stage.value}")


def grade(seen: Seen | None, say: Say) -> str:
    """The grade, all that it can be; a dash where there is none."""
    return NONE if seen is None else say("or").join(seen.ais)


def grades(course: Course, say: Say) -> tuple[str, ...]:
    """The grade at the first examination, at the last before the infusion, and at the last visit planned.

    Of somebody who was not infused the first only.
    """
    return grades_of(course.person, course.seen, final_visit(course.protocol), say)


def grades_of(person: Person, seen: Sequence[Seen], last: str | None, say: Say) -> tuple[str, ...]:
    """The same, of a person and their examinations in order of time; ``last``: the last visit planned."""
    graded, at = [each for each in seen if each.ais], person.infused_at
    first = graded[0] if graded else None
    if at is None:
        return (grade(first, say),)
    before = [each for each in graded if each.exam.at < at]
    end = [each for each in graded if last and each.exam.visit == last]
    told = (first, before[-1] if before else None, end[0] if end else None)
    return tuple(grade(each, say) for each in told)


def transitions(everyone: Sequence[Course], protocol: Protocol, say: Say) -> Table | None:
    """People by grade before the infusion and at the last visit planned; None where nobody was infused."""
    infused = (each for each in everyone if each.person.infused_at is not None)
    return transitions_of((grades(each, say)[1:] for each in infused), protocol, say)


def transitions_of(pairs: Iterable[tuple[str, ...]], protocol: Protocol, say: Say) -> Table | None:
    """The same, from the two grades of everybody infused."""
    last, found = final_visit(protocol), Counter(pairs)
    if not found or last is None:
        return None
    ends = sorted({after for _, after in found}, key=_last)
    rows = []
    for start in sorted({before for before, _ in found}, key=_last):
        cells = [Cell(str(found[start, end]) if found[start, end] else "·") for end in ends]
        total = sum(found[start, end] for end in ends)
        rows.append((Cell(start, number=False, strong=True), *cells, Cell(str(total), strong=True)))
    heads = (say("transitions.before"), *(_head(each, say) for each in ends), say("transitions.all"))
    groups = (("", 1), (say.visit(last), len(ends)), ("", 1))
    caption = say("transitions.caption", visit=say.visit(last))
    return Table(caption, heads, tuple(rows), note=say("transitions.note"), groups=groups)


def _head(grade_: str, say: Say) -> str:
    return say("transitions.none") if grade_ == NONE else grade_


def _last(grade_: str) -> tuple[bool, str]:
    return grade_ == NONE, grade_
