"""Made-up exams in which cells could not be tested or carry tags: the set of each output beside theirs.

Every disagreement is proven to be theirs, or it is unexplained and fails. For a value that they list and we
do not: no completion gives it, by the plain rules over all completions. For a value that we list and they do
not: a completion gives it, by the plain rules, and the package itself gives it when asked about that
completion. Where an exam on which we disagree has few completions the package is asked about every one of
them, and what it answers must be our set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from myelos.isncsci import Classification, Exam, Reading, classify
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.sets import has_tags
from validation.isncsci_npm import proof, witness
from validation.isncsci_npm.tested import has_entry
from validation.isncsci_npm.witness import Outputs, is_starred, listed

FEW = 120
"""An exam with at most so many completions is put to the package in all of them."""

MAY_LIST_IMPOSSIBLE = frozenset({"ais", "zpp_motor_right", "zpp_motor_left"})
MAY_MISS = frozenset({"zpp_motor_right", "zpp_motor_left"})
"""Outputs in which the package has been seen to fail so; anywhere else it is news, and the run fails."""


def _counter() -> Counter[str]:
    return Counter()


@dataclass
class Tally:
    """What was seen in one group of exams.

    By output, exams: that ``agree``; in which they list ``impossible`` values, have values ``missing``, or
    ``both``; in which theirs are several and ours is one (``needless``), or the other way round
    (``certain``). ``stars`` and ``stars_added`` count pairs: what tags do to AIS, and whether they star it.
    """

    exams: int = 0
    entries: int = 0
    whole: int = 0
    sums: int = 0
    several: int = 0
    agree: Counter[str] = field(default_factory=_counter)
    impossible: Counter[str] = field(default_factory=_counter)
    impossible_values: Counter[str] = field(default_factory=_counter)
    grades: Counter[str] = field(default_factory=_counter)
    missing: Counter[str] = field(default_factory=_counter)
    missing_values: Counter[str] = field(default_factory=_counter)
    both: Counter[str] = field(default_factory=_counter)
    needless: Counter[str] = field(default_factory=_counter)
    certain: Counter[str] = field(default_factory=_counter)
    default_agree: Counter[str] = field(default_factory=_counter)
    default_same: Counter[str] = field(default_factory=_counter)
    aside: Counter[tuple[str, str]] = field(default_factory=Counter)
    stars: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    stars_added: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    asked_one: int = 0
    asked_all: int = 0
    completions: int = 0
    unexplained: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Doubt:
    """An exam on which we and the package disagree: in which outputs, and our sets of them by enumeration."""

    exam: Exam
    outputs: tuple[str, ...]
    found: proof.Attained
    missing: tuple[tuple[str, str], ...]


def compare(exams: Iterable[Exam]) -> Tally:
    """Run the comparison for one group of exams."""
    seen = Tally()
    for batch in witness.batches(exams):
        doubts = []
        for exam, theirs in zip(batch, witness.ask(batch), strict=True):
            doubt = _compare_one(seen, exam, theirs)
            if doubt is not None:
                doubts.append(doubt)
        _ask_one(seen, doubts)
        _ask_all(seen, doubts)
    return seen


def _compare_one(seen: Tally, exam: Exam, theirs: Outputs) -> Doubt | None:
    praxis = classify(exam, Reading.PRAXIS)
    sets = {output: frozenset(listed(theirs[output])) for output in OUTPUTS}
    seen.exams += 1
    seen.entries += has_entry(exam)
    seen.several += len(praxis.ais) > 1
    _compare_sums(seen, praxis, theirs)
    _look_at_stars(seen, exam, praxis, theirs)
    differing = tuple(o for o in OUTPUTS if frozenset(praxis.values(o)) != sets[o])
    seen.whole += not differing
    seen.agree.update(output for output in OUTPUTS if output not in differing)
    _compare_default(seen, exam, praxis, sets)
    return _explain(seen, exam, praxis, sets, differing) if differing else None


def _compare_sums(seen: Tally, result: Classification, theirs: Outputs) -> None:
    """Every sum must be the same, ``ND`` where ours has bounds."""
    bounds = {name: getattr(result.sums, name) for name in SUMS}
    ours = {name: str(b.low) if b.low == b.high else "ND" for name, b in bounds.items()}
    wrong = [name for name in SUMS if ours[name] != theirs[name]]
    seen.sums += not wrong
    seen.unexplained += [f"{result.id} {name}: ours {ours[name]}, theirs {theirs[name]}" for name in wrong]


def _look_at_stars(seen: Tally, exam: Exam, result: Classification, theirs: Outputs) -> None:
    """Count, of exams with tags, (tags change the AIS set, they star it) and (tags add a grade, they star
    one); without tags no output may have a star."""
    if has_tags(exam):
        shown = is_starred(theirs["ais"])
        seen.stars["ais" in result.stars, shown] += 1
        seen.stars_added[any(output == "ais" for output, _ in result.by_tag), shown] += 1
        return
    for output in OUTPUTS:
        if is_starred(theirs[output]):
            seen.unexplained.append(f"{exam.id} {output}: a star without a tag, {theirs[output]}")


def _compare_default(
    seen: Tally, exam: Exam, praxis: Classification, sets: dict[str, frozenset[str]]
) -> None:
    """Our default beside theirs; where it differs from our Praxis reading, R3 or R7 must be the reason."""
    default = classify(exam)
    for output in OUTPUTS:
        ours = frozenset(default.values(output))
        if ours == sets[output]:
            seen.default_agree[output] += 1
        elif ours == frozenset(praxis.values(output)):
            seen.default_same[output] += 1
        elif rule := proof.set_aside(exam, output, ours):
            seen.aside[output, rule] += 1
        else:
            seen.unexplained.append(f"{exam.id} {output}: our readings differ, by neither R3 nor R7 alone")


def _explain(
    seen: Tally,
    exam: Exam,
    praxis: Classification,
    sets: dict[str, frozenset[str]],
    differing: tuple[str, ...],
) -> Doubt:
    found = proof.attained(exam)
    missing: list[tuple[str, str]] = []
    for output in differing:
        ours, theirs = frozenset(praxis.values(output)), sets[output]
        said = f"{exam.id} {output}: ours {_say(ours)}, theirs {_say(theirs)}"
        if found[output].keys() != ours:
            seen.unexplained.append(f"{said}, enumerated {_say(found[output])}")
            continue
        _count(seen, output, ours, theirs)
        missing += [(output, value) for value in sorted(ours - theirs)]
        news = (theirs - ours and output not in MAY_LIST_IMPOSSIBLE) or (
            ours - theirs and output not in MAY_MISS
        )
        if news:
            seen.unexplained.append(f"{said}: proven theirs, but not seen before in this output")
    return Doubt(exam, differing, found, tuple(missing))


def _count(seen: Tally, output: str, ours: frozenset[str], theirs: frozenset[str]) -> None:
    impossible, missing = theirs - ours, ours - theirs
    seen.impossible[output] += bool(impossible)
    seen.impossible_values[output] += len(impossible)
    seen.missing[output] += bool(missing)
    seen.missing_values[output] += len(missing)
    seen.both[output] += bool(impossible and missing)
    seen.needless[output] += len(ours) == 1
    seen.certain[output] += len(theirs) == 1
    if output == "ais":
        seen.grades.update(impossible)


def _say(values: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(values)) + "}"


def _ask_one(seen: Tally, doubts: Sequence[Doubt]) -> None:
    """Ask about one completion for every value that they miss; it must give that value."""
    wanted = [(doubt, output, value) for doubt in doubts for output, value in doubt.missing]
    exams = [
        proof.completed(f"{doubt.exam.id} {output} {value}", doubt.found[output][value])
        for doubt, output, value in wanted
    ]
    for (doubt, output, value), answer in zip(wanted, witness.ask(exams), strict=True):
        seen.asked_one += 1
        if answer[output] != value:
            said = f"{doubt.exam.id} {output}: a completion gives {value} by our rules"
            seen.unexplained.append(f"{said}, {answer[output]} by theirs")


def _ask_all(seen: Tally, doubts: Sequence[Doubt]) -> None:
    """Ask about all completions of the exams that have few; the answers together must be our sets."""
    small = [doubt for doubt in doubts if proof.how_many(doubt.exam) <= FEW]
    exams = [proof.completed(d.exam.id, known) for d in small for known in proof.completions(d.exam)]
    answers = iter(witness.ask(exams))
    for doubt in small:
        given = [next(answers) for _ in range(proof.how_many(doubt.exam))]
        seen.asked_all += 1
        seen.completions += len(given)
        for output in doubt.outputs:
            union = {answer[output] for answer in given}
            if union != doubt.found[output].keys():
                said = f"{doubt.exam.id} {output}: over all completions they say {_say(union)}"
                seen.unexplained.append(f"{said}, our rules {_say(doubt.found[output])}")
