"""A witness for the tests: it answers as our Praxis reading does, but for faults that a test gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from validation.isncsci_npm.three import THREE

from myelos.isncsci import Exam, Reading, classify
from myelos.isncsci.classification import SUMS, Classification
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.sets import has_tags, unknown_cells

Outputs = dict[str, str]
Fault = Callable[[Exam, Outputs], None]


def answer(exam: Exam) -> Outputs:
    """Our answer as the package writes it, the three exams of the specification as wrong as it is."""
    result = classify(exam, Reading.PRAXIS)
    lists = {name: ",".join(result.values(name)) for name in OUTPUTS}
    lists |= {known.output: ",".join(known.theirs) for known in THREE if known.exam == exam}
    return {"id": exam.id} | lists | _sums(result)


def _sums(result: Classification) -> Outputs:
    bounds = {name: getattr(result.sums, name) for name in SUMS}
    return {name: str(b.low) if b.low == b.high else "ND" for name, b in bounds.items()}


def honest(exams: Sequence[Exam]) -> list[Outputs]:
    """In place of ``witness.answers``."""
    return [answer(exam) for exam in exams]


def is_open(exam: Exam) -> bool:
    """Whether something could not be tested."""
    return bool(unknown_cells(exam))


def faulty(fault: Fault, *, tested: bool = False) -> Callable[[Sequence[Exam]], list[Outputs]]:
    """A witness that changes its answers about exams with NT and no tags, or about fully ``tested`` ones."""

    def answers(exams: Sequence[Exam]) -> list[Outputs]:
        given = honest(exams)
        for exam, each in zip(exams, given, strict=True):
            if is_open(exam) != tested and not has_tags(exam):
                fault(exam, each)
        return given

    return answers
