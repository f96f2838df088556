"""The three exams in which the package is provably wrong, as the specification describes them."""

from __future__ import annotations

from dataclasses import dataclass

from myelos.isncsci import Exam, Reading, Segment, classify
from myelos.isncsci.exam import Answer, Side, replaced
from myelos.isncsci.segments import DERMATOMES
from validation.isncsci_npm import proof, witness
from validation.isncsci_npm.witness import listed


@dataclass(frozen=True)
class Known:
    """An exam, what it holds in words, one output of it, what that can be and what the package lists."""

    exam: Exam
    words: str
    output: str
    truth: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """What was answered: by us, by the package, and by the package about every completion."""

    known: Known
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    completions: int
    over_all: tuple[str, ...]
    unexplained: tuple[str, ...]


def _to(level: str, score: int) -> list[int]:
    """A sensory block: 2 down to ``level``, ``score`` below."""
    return [2 if segment <= Segment.of(level) else score for segment in DERMATOMES]


_WHOLE = [2] * len(DERMATOMES)

THREE = (
    Known(
        replaced(
            Exam(
                "one",
                Side.known([5] * 9 + [2], _WHOLE, _WHOLE),
                Side.known([5] * 9 + [1], _to("L5", 1), _to("L5", 1)),
                Answer.NO,
                Answer.NO,
            ),
            {"right_pin_prick_T8": "NT"},
        ),
        "VAC no, DAP no. Right: muscles 5 but S1 2; light touch 2; pin prick 2 but T8 NT. Left: muscles 5 "
        "but S1 1; light touch and pin prick 2 to L5, 1 below.",
        "ais",
        ("B", "D"),
        ("B", "C", "D"),
    ),
    Known(
        replaced(
            Exam(
                "two",
                Side.known([5] * 9 + [0], _to("L5", 1), _to("L4", 1)),
                Side.known([5] * 7 + [5, 1, 1], _to("L4", 1), _to("L4", 1)),
                Answer.YES,
                Answer.YES,
            ),
            {"left_motor_L4": "NT"},
        ),
        "VAC yes, DAP yes. Right: muscles 5 but S1 0; light touch 2 to L5, 1 below; pin prick 2 to L4, 1 "
        "below. Left: muscles 5 to L3, L4 NT, L5 and S1 1; light touch and pin prick 2 to L4, 1 below.",
        "ais",
        ("C",),
        ("C", "D"),
    ),
    Known(
        replaced(
            Exam(
                "three",
                Side.known([5, 5] + [0] * 8, _to("C6", 0), _to("C6", 0)),
                Side.known([5, 5] + [0] * 8, _to("C6", 0), _to("C6", 0), Segment.L2),
                Answer.NO,
                Answer.NO,
            ),
            {"left_pin_prick_S4-5": "NT"},
        ),
        "VAC no, DAP no. Both sides: muscles C5 and C6 5, the others 0; light touch and pin prick 2 to C6, "
        "0 below, but left pin prick S4-5 NT. Left non-key entry L2.",
        "zpp_motor_left",
        ("C6", "L2"),
        ("L2",),
    ),
)


def compare() -> list[Shown]:
    """Ask the package about the three and about all their completions."""
    answers = witness.ask([known.exam for known in THREE])
    return [_shown(known, listed(answer[known.output])) for known, answer in zip(THREE, answers, strict=True)]


def _shown(known: Known, theirs: tuple[str, ...]) -> Shown:
    asked = [proof.completed(known.exam.id, each) for each in proof.completions(known.exam)]
    answers = {answer[known.output] for answer in witness.ask(asked)}
    values = proof.attained(known.exam)[known.output]
    ours, praxis = (classify(known.exam, reading).values(known.output) for reading in Reading)
    truth = set(known.truth)
    checks = {
        "our answer": ours == known.truth,
        "our answer under the Praxis reading": praxis == known.truth,
        "what the plain rules give over all completions": values.keys() == truth,
        "their answer": theirs == known.theirs,
        "what they give over all completions": answers == truth,
    }
    wrong = tuple(
        f"exam {known.exam.id}: {what} is not as described" for what, ok in checks.items() if not ok
    )
    return Shown(known, ours, theirs, len(asked), tuple(sorted(answers)), wrong)
