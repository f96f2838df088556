"""Tables of a person: consent, gates, facts, examinations, weights, corrections, deviations, leaving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from myelos.answers import Answer
from myelos.protocol import person_events as pe
from myelos.protocol.people import Consented, Corrected, Examination, GateDecision, Leaving
from myelos.report.course.rendered import day_and_utc, plain, source
from myelos.report.course.say import NONE, Say, measure_of, utc
from myelos.report.course.story import Course, measures_of
from myelos.report.tables import Cell, Table

_SIGNS = {Answer.YES: "✓", Answer.NO: "✗", Answer.UNKNOWN: "?"}
_FIRST = (Answer.NO, Answer.UNKNOWN, Answer.YES)


def enrolment_tables(course: Course, say: Say) -> Iterator[Table]:
    """Consent, the gates with every reason, what was asked at screening."""
    yield _consents(course, say)
    yield _gates(course, say)
    yield _facts(course, say)


def examination_tables(course: Course, say: Say) -> Iterator[Table]:
    """The examinations, then every output of every measure by examination; weights."""
    yield _visits(course, say)
    for measure, _ in measures_of(course):
        yield from _outputs(course, measure, say)
    yield _weights(course, say)


def changing_tables(course: Course, say: Say) -> Iterator[Table]:
    """Corrections, deviations, leaving."""
    yield _corrections(course, say)
    yield _deviations(course, say)
    yield _leaving(course, say)


def _heads(say: Say, *codes: str) -> tuple[str, ...]:
    return tuple(say(f"head.{each}") for each in codes)


# Enrolment --------------------------------------------------------------------------------------------------


def _consents(course: Course, say: Say) -> Table:
    rows = [_consent(course, each, say) for each in course.person.consents]
    if course.person.declined is not None:
        no = course.person.declined
        rows.append((*day_and_utc(course, no.at), plain(say("consent.declined"), no.why, strong=True),
                     plain(NONE), plain(NONE), plain(no.by), plain(NONE)))  # fmt: skip
    heads = _heads(say, "day", "utc", "form", "version", "given-by", "recorded-by", "withdrawn")
    return Table(say("consent.caption"), heads, tuple(rows))


def _consent(course: Course, each: Consented, say: Say) -> tuple[Cell, ...]:
    given = each.given
    who = say.word(f"given-by.{given.given_by}")
    small = [say("consent.relationship", relationship=given.relationship)] if given.relationship else []
    small += [say("consent.witness", witness=given.witness)] if given.witness else []
    gone, how = NONE, [""]
    if each.withdrawn is not None:
        gone, by = utc(each.withdrawn.at), each.withdrawn.decided_by
        how = [say.day(course.day(each.withdrawn.at)), say.word(f"decided-by.{by}"), each.withdrawn.why]
    return (
        *day_and_utc(course, each.act.at), plain(say.form(given.form)), plain(given.version),
        plain(who, say("list").join(small)), plain(each.act.by),
        plain(gone, say("list").join(filter(None, how))),
    )  # fmt: skip


def _gates(course: Course, say: Say) -> Table:
    rows, remarks = [], []
    for each in course.person.decisions:
        told = {answer: sum(reason.answer is answer for reason in each.reasons) for answer in _FIRST}
        rows.append((
            *day_and_utc(course, each.act.at), plain(say.gate(each.gate)),
            plain(say("gates.passed" if each.passed else "gates.refused"), strong=not each.passed),
            Cell(str(told[Answer.YES])), Cell(str(told[Answer.NO])), Cell(str(told[Answer.UNKNOWN])),
            plain(each.edition), plain(each.act.by, each.act.why),
        ))  # fmt: skip
        title = say("gates.remark", gate=say.gate(each.gate), day=say.day(course.day(each.act.at)))
        remarks.append((title, _reasons(each, say)))
    heads = _heads(say, "day", "utc", "gate", "decision", "yes", "no", "unknown", "edition", "by")
    return Table(say("gates.caption"), heads, tuple(rows), say("gates.note"), remarks=tuple(remarks))


def _reasons(decision: GateDecision, say: Say) -> tuple[str, ...]:
    """Every reason in words, those that forbid first."""
    found = sorted(decision.reasons, key=lambda each: _FIRST.index(each.answer))
    return tuple(f"{_SIGNS[each.answer]} {say.reason(each)}" for each in found)


def _facts(course: Course, say: Say) -> Table:
    """What was answered, by who told it when and from where."""
    asked = [each.id for each in course.protocol.facts]
    known = course.person.facts
    order = [*(each for each in asked if each in known), *sorted(set(known) - set(asked))]
    told: dict[tuple[datetime, str, str], list[str]] = {}
    for id_ in order:
        each = known[id_]
        said = say("facts.answer", fact=say.fact(id_), answer=say.told(each.value))
        told.setdefault((each.act.at, each.act.by, source(each.source, say)), []).append(said)
    rows, remarks = [], []
    for (at, by, where), answers in sorted(told.items()):
        rows.append((*day_and_utc(course, at), Cell(str(len(answers))), plain(where), plain(by)))
        remarks.append((say("facts.remark", source=where, at=utc(at)), tuple(answers)))
    heads = _heads(say, "day", "utc", "answers", "source", "by")
    return Table(say("facts.caption"), heads, tuple(rows), remarks=tuple(remarks))


# Examinations -----------------------------------------------------------------------------------------------


def _visits(course: Course, say: Say) -> Table:
    rows = []
    for each in course.seen:
        exam = each.exam
        measures = say("list").join(say.measure(name) for name in exam.taken)
        rows.append((
            *day_and_utc(course, exam.at), _what(exam, say), plain(say("or").join(each.ais) or NONE),
            plain(measures), plain(exam.examiner), plain(source(exam.source, say)),
            plain(utc(exam.act.at), exam.act.by),
        ))  # fmt: skip
    for missed in course.missed:
        day = NONE if missed.day is None else str(missed.day)
        rows.append((
            Cell(day), plain(say("visits.missed"), strong=True), plain(say.visit(missed.visit)), plain(NONE),
            plain(missed.reason), plain(NONE), plain(NONE), plain(utc(missed.at), missed.by),
        ))  # fmt: skip
    heads = _heads(say, "day", "utc", "visit", "ais", "measures", "examiner", "source", "recorded")
    return Table(say("visits.caption"), heads, tuple(rows))


def _what(exam: Examination, say: Say) -> Cell:
    """Which visit, or why an examination was made at none."""
    if exam.visit is not None:
        return plain(say.visit(exam.visit))
    return plain(say("visits.none"), exam.reason)


def _outputs(course: Course, measure_id: str, say: Say) -> Iterator[Table]:
    """All outputs of one measure, a column an examination; one table an edition."""
    taken = [(each, each.exam.taken[measure_id]) for each in course.seen if measure_id in each.exam.taken]
    measure = measure_of(measure_id)
    for edition in dict.fromkeys(each.edition for _, each in taken):
        columns = [(seen, each) for seen, each in taken if each.edition == edition]
        known = [each.name for each in measure.outputs] if measure else []
        told = {name for _, each in columns for name in each.results}
        names = [*(each for each in known if each in told), *sorted(told - set(known))]
        rows = tuple(
            (plain(say.output(measure_id, name)), *(_result(each, name, say) for _, each in columns))
            for name in names
        )
        heads = (say("head.result"), *(say.day(seen.day) for seen, _ in columns))
        caption = say("outputs.caption", measure=say.measure(measure_id), edition=edition)
        yield Table(caption, heads, rows, say("outputs.note"))


def _result(taken: pe.Taken, name: str, say: Say) -> Cell:
    return Cell(say.result(taken.results.get(name)))


def _weights(course: Course, say: Say) -> Table:
    rows = tuple(
        (*day_and_utc(course, each.act.at), Cell(str(each.weight)),
         plain(source(each.source, say)), plain(each.act.by))
        for each in sorted(course.person.weights, key=lambda each: each.act.at)
    )  # fmt: skip
    return Table(say("weights.caption"), _heads(say, "day", "utc", "weight", "source", "by"), rows)


# Corrections, deviations, leaving ---------------------------------------------------------------------------


def _corrections(course: Course, say: Say) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in course.person.history:
        what, old, new = _corrected(course, each, say)
        rows.append((*day_and_utc(course, each.act.at), plain(what), plain(old), plain(new),
                     plain(each.act.why or NONE), plain(each.act.by)))  # fmt: skip
    rows += list(_results_corrected(course, say))
    heads = _heads(say, "day", "utc", "what", "old", "new", "reason", "by")
    return Table(say("corrections.caption"), heads, tuple(rows))


def _results_corrected(course: Course, say: Say) -> Iterator[tuple[Cell, ...]]:
    for lot in course.lots:
        for each in lot.results:
            if each.corrects is not None:
                what = say("corrections.result", test=say.specification(each.specification), lot=lot.id)
                old = say.told(lot.results[each.corrects].result)
                yield (*day_and_utc(course, each.at), plain(what), plain(old), plain(say.told(each.result)),
                       plain(each.why or NONE), plain(each.by))  # fmt: skip


def _corrected(course: Course, each: Corrected, say: Say) -> tuple[str, str, str]:
    """What was corrected, the old value and the new one."""
    match each.what:
        case pe.FactCorrected(fact=fact, old=old, new=new):
            return say.fact(fact), say.told(old), say.told(new)
        case pe.ItemCorrected(measure=measure, item=item, examination=place, old=was, new=now):
            exam = course.person.examinations[place]
            words = say("corrections.item", item=say.item(measure, item), measure=say.measure(measure),
                        day=say.day(course.day(exam.at)))  # fmt: skip
            return words, NONE if was is None else str(was), NONE if now is None else str(now)
        case pe.ExaminedAtCorrected(old=before, new=after):
            return say("corrections.examined-at"), utc(before), utc(after)
        case pe.WeightCorrected(old=heavy, new=weighed):
            return say("corrections.weight"), str(heavy), str(weighed)
        case pe.OnsetCorrected(old=before, new=after):
            return say("corrections.onset"), utc(before), utc(after)
        case pe.GroupCorrected(old=one, new=other):
            return say("corrections.group"), say.group(one), say.group(other)


def _deviations(course: Course, say: Say) -> Table:
    rows = []
    for each in course.person.deviations:
        what = each.what
        outside = NONE if what.days is None else f"{what.days:+d}"
        rows.append((
            *day_and_utc(course, each.act.at), plain(say.word(f"deviation.{what.kind}")),
            plain(_about(what.about, say)), Cell(outside), plain(what.words or NONE),
            plain(say("deviations.computed" if what.computed else "deviations.told"), each.act.by),
        ))  # fmt: skip
    heads = _heads(say, "day", "utc", "what", "about", "days-outside", "words", "how")
    return Table(say("deviations.caption"), heads, tuple(rows))


def _about(about: str | None, say: Say) -> str:
    """The visit, gate or form a deviation is about, by its label."""
    if about is None:
        return NONE
    return next(
        (said for said in (say.visit(about), say.gate(about), say.form(about)) if said != about), about
    )


def _leaving(course: Course, say: Say) -> Table:
    """Every way the person left, in order of time."""
    person = course.person
    died = None if person.died is None else Leaving("died", person.died)
    every = (person.off_treatment, person.off_follow_up, person.lost, person.left, died)
    found = dict.fromkeys(each for each in every if each is not None)
    rows = tuple(_left(course, each, say) for each in sorted(found, key=lambda each: each.at))
    heads = _heads(say, "day", "utc", "what", "decided-by", "reason", "last-contact", "recorded-by")
    return Table(say("leaving.caption"), heads, rows, say("leaving.note"))


def _left(course: Course, each: Leaving, say: Say) -> tuple[Cell, ...]:
    decided = NONE if each.decided_by is None else say.word(f"decided-by.{each.decided_by}")
    contact = NONE if each.last_contact is None else each.last_contact.isoformat()
    return (
        *day_and_utc(course, each.at), plain(say.word(f"how.{each.how}"), strong=True), plain(decided),
        plain(each.why or NONE), plain(contact), plain(each.by or NONE),
    )  # fmt: skip
