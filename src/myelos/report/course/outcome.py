"""How far everybody came and why no further, and the grades of those infused: what the overview counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from myelos.answers import Answer
from myelos.protocol import Protocol
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
    infused = sum(each.person.infused_at is not None for each in everyone)
    reasons = [(each, why_no_further(each, say)) for each in everyone]
    gone = [(each, why) for each, why in reasons if why]
    never = sum(each.person.infused_at is None for each, _ in gone)
    return Counts(
        screened=len(everyone),
        infused=infused,
        left=never,
        open=len(everyone) - infused - never,
        why=tuple(Counter(why for _, why in gone).most_common()),
    )


def why_no_further(course: Course, say: Say) -> str:
    """Why a person came no further, in words; empty for one who is under way or was followed to the end.

    A refusal that was followed by passing the same gate is none.
    """
    person, said = course.person, []
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
    graded = [each for each in course.seen if each.ais]
    first = graded[0] if graded else None
    if course.person.infused_at is None:
        return (grade(first, say),)
    last = final_visit(course.protocol)
    return (
        grade(first, say),
        grade(course.before_infusion(), say),
        grade(course.at_visit(last) if last else None, say),
    )


def transitions(everyone: Sequence[Course], protocol: Protocol, say: Say) -> Table | None:
    """People by grade before the infusion and at the last visit planned; None where nobody was infused."""
    last = final_visit(protocol)
    infused = [each for each in everyone if each.person.infused_at is not None]
    if not infused or last is None:
        return None
    found: Counter[tuple[str, str]] = Counter()
    for each in infused:
        _, before, after = grades(each, say)
        found[before, after] += 1
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
