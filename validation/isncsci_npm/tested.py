"""Fully tested, made-up exams: every output and sum beside the package's.

The package reads two open points otherwise than our default: the neurological level when only VAC fails
(R3), and which non-key entries set a motor zone (R7). So two things are asked. Under ``Reading.PRAXIS``
every field must agree. Under the default every field that disagrees must be one of these two rules', in an
exam where that rule's condition holds, checked here from the scores and not from our classifier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from myelos.isncsci import Classification, Exam, Reading, Segment, classify
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import Answer
from myelos.isncsci.synthetic import KINDS, synthetic_exam
from validation.isncsci_npm import witness
from validation.isncsci_npm.witness import Outputs

EXAMS = 100_000
SEED = 20190826

FAR = 3
FIELDS = (*OUTPUTS, *SUMS)


@dataclass
class Tested:
    """What was seen: counts of exams, of fields by rule, and every field that nothing explains."""

    exams: int = 0
    entries: int = 0
    default: int = 0
    praxis: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


def made_up(count: int, seed: int) -> Iterator[tuple[str, Exam]]:
    """(kind, exam): every kind in turn, every other round with non-key entries."""
    rng = Random(seed)
    kinds = list(KINDS)
    for i in range(count):
        kind = kinds[i % len(kinds)]
        yield kind, synthetic_exam(rng, kind, non_key=i // len(kinds) % 2 == 1, name=f"synthetic-{i}")


def fields_of(result: Classification) -> Outputs:
    """Our outputs and sums as texts."""
    sums = {name: str(getattr(result.sums, name)) for name in SUMS}
    return {name: result.only(name) for name in OUTPUTS} | sums


def disagreeing(result: Classification, theirs: Outputs) -> list[str]:
    """The outputs and sums on which we and the witness differ."""
    ours = fields_of(result)
    return [name for name in FIELDS if ours[name] != theirs[name]]


def compare() -> Tested:
    """Run the comparison."""
    seen = Tested()
    for batch in witness.batches(made_up(EXAMS, SEED)):
        exams = [exam for _, exam in batch]
        seen.kinds.update(kind for kind, _ in batch)
        for exam, theirs in zip(exams, witness.ask(exams), strict=True):
            _compare_one(seen, exam, theirs)
    return seen


def _compare_one(seen: Tested, exam: Exam, theirs: Outputs) -> None:
    default, praxis = classify(exam), classify(exam, Reading.PRAXIS)
    seen.exams += 1
    seen.entries += has_entry(exam)
    seen.grades[default.only("ais")] += 1
    seen.levels[default.only("nli")] += 1
    fields, ours = disagreeing(default, theirs), fields_of(default)
    seen.default += not fields
    for name in fields:
        rule = rule_of(name, exam, ours, theirs)
        if rule is None:
            seen.unexplained.append(f"{exam.id} {name}: ours {ours[name]}, theirs {theirs[name]}")
        else:
            seen.rules[rule] += 1
    fields = disagreeing(praxis, theirs)
    seen.praxis += not fields
    if fields:
        seen.unexplained.append(f"{exam.id} under the Praxis reading: {', '.join(fields)}")


def has_entry(exam: Exam) -> bool:
    """Whether either side has a non-key entry."""
    return exam.right.non_key is not None or exam.left.non_key is not None


def rule_of(name: str, exam: Exam, ours: Outputs, theirs: Outputs) -> str | None:
    """The open rule that a disagreement turns on, from the scores alone; None when neither explains it."""
    sides = (exam.right, exam.left)
    normal = all({s.value for s in side.motor} == {5} for side in sides) and all(
        {s.value for s in (*side.light_touch, *side.pin_prick)} == {2} for side in sides
    )
    if name == "nli":
        explained = normal and exam.vac is Answer.NO and (ours[name], theirs[name]) == ("S3", "INT")
        return "R3: everything normal but VAC" if explained else None
    if name.startswith("zpp_motor") and exam.vac is Answer.NO:
        return _zone_rule(name.removeprefix("zpp_motor_"), exam, ours, theirs)
    return None


def _zone_rule(name: str, exam: Exam, ours: Outputs, theirs: Outputs) -> str | None:
    """R7: one takes the entry of this side, far enough by its own measure, and the other does not."""
    side = exam.right if name == "right" else exam.left
    our_zone, their_zone = ours[f"zpp_motor_{name}"], theirs[f"zpp_motor_{name}"]
    if side.non_key is None:
        return None
    if our_zone == side.non_key.label and side.non_key - Segment.of(ours[f"motor_{name}"]) > FAR:
        return f"R7: we take the non-key entry, far below the motor level, in AIS {ours['ais']}"
    far_by_zone = side.non_key - Segment.of(our_zone) > FAR and ours["ais"] == "C"
    if their_zone == side.non_key.label and far_by_zone:
        return "R7: they take the non-key entry, though a key muscle already makes it AIS C"
    return None
