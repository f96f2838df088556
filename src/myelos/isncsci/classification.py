"""Classify one examination: eleven outputs, the sums, and every step the grade rests on.

Each output is a tuple of its possible values. For a fully tested examination, the only kind this module
takes so far, every tuple has one element; :func:`classify` refuses any other, cell by cell.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from myelos.findings import Finding, Severity
from myelos.isncsci import rules, steps
from myelos.isncsci.exam import Exam, KnownExam, known_form
from myelos.isncsci.rules import Found, Reading
from myelos.isncsci.segments import LABELS, Segment

Values = tuple[str, ...]
"""The possible values of an output, as they are written."""

NOT_APPLICABLE = "NA"
"""What a zone of partial preservation says where none applies."""

_WRITTEN: dict[Segment | None, Values] = {
    None: (NOT_APPLICABLE,),
    **{segment: (label,) for segment, label in LABELS.items()},
}

OUTPUTS = (
    "sensory_right",
    "sensory_left",
    "motor_right",
    "motor_left",
    "nli",
    "complete",
    "ais",
    "zpp_sensory_right",
    "zpp_sensory_left",
    "zpp_motor_right",
    "zpp_motor_left",
)
"""The eleven outputs, in the order of every record."""


@dataclass(frozen=True, slots=True)
class Sums:
    """R8: sums of the examined scores, tags ignored.

    UEMS and LEMS run 0 to 25 for a side and 0 to 50 for both; light touch and pin prick 0 to 56 for a side
    and 0 to 112 for both.
    """

    uems_right: int
    uems_left: int
    uems: int
    lems_right: int
    lems_left: int
    lems: int
    light_touch_right: int
    light_touch_left: int
    light_touch: int
    pin_prick_right: int
    pin_prick_left: int
    pin_prick: int


SUMS = tuple(field.name for field in fields(Sums))
"""The names of the sums, in the order of every record."""


@dataclass(frozen=True, slots=True)
class Classification:
    """The result for one examination (2019 edition).

    Levels are segments as written (``C4``, ``S3``, ``INT``); ``complete`` is ``C`` or ``I``; ``ais`` is
    ``A`` to ``E``; zones are segments or ``NA``. ``steps`` holds what the grade rests on, in order, as
    codes and parameters (see :func:`~myelos.isncsci.explain`); ``findings`` what the reader must know
    before using the result. ``edition`` and ``reading`` say which rules were used.
    """

    id: str
    sensory_right: Values
    sensory_left: Values
    motor_right: Values
    motor_left: Values
    nli: Values
    complete: Values
    ais: Values
    zpp_sensory_right: Values
    zpp_sensory_left: Values
    zpp_motor_right: Values
    zpp_motor_left: Values
    sums: Sums
    steps: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    edition: str
    reading: Reading

    def values(self, output: str) -> Values:
        """The possible values of one of :data:`OUTPUTS`. Raises KeyError for another name."""
        if output not in OUTPUTS:
            raise KeyError(output)
        found: Values = getattr(self, output)
        return found

    def only(self, output: str) -> str:
        """The value of an output that has one. Raises ValueError when it is not determinable."""
        found = self.values(output)
        if len(found) != 1:
            raise ValueError(f"{output} of {self.id} is not determinable: {', '.join(found)}")
        return found[0]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON: id, classification (a list for each output), sums, findings."""
        return {
            "id": self.id,
            "classification": {name: list(self.values(name)) for name in OUTPUTS},
            "sums": {name: getattr(self.sums, name) for name in SUMS},
            "findings": [finding.as_dict() for finding in self.findings],
        }


def classify(exam: Exam, reading: Reading = Reading.MYELOS) -> Classification:
    """Classify a fully tested examination by the 2019 edition.

    ``reading`` chooses between the definition (default) and what the npm package ``isncsci`` does where
    the standard is open (R3, R7). Pure: the same examination always gives the same result. Raises
    :class:`~myelos.findings.Refused` with one finding for every cell that is NT or carries a tag.
    """
    known = known_form(exam)
    found = rules.find(known, reading)
    grade = rules.ais(found)
    zones = _zones(known, found, reading)
    return Classification(
        exam.id,
        sensory_right=_WRITTEN[found.sensory_right],
        sensory_left=_WRITTEN[found.sensory_left],
        motor_right=_WRITTEN[found.motor_right],
        motor_left=_WRITTEN[found.motor_left],
        nli=_WRITTEN[found.nli],
        complete=("C" if found.complete else "I",),
        ais=(grade,),
        zpp_sensory_right=_WRITTEN[zones[0]],
        zpp_sensory_left=_WRITTEN[zones[1]],
        zpp_motor_right=_WRITTEN[zones[2]],
        zpp_motor_left=_WRITTEN[zones[3]],
        sums=_sums(known),
        steps=steps.taken(known, found, grade, zones, reading),
        findings=_findings(found, grade),
        edition=rules.EDITION,
        reading=reading,
    )


def _zones(exam: KnownExam, found: Found, reading: Reading) -> steps.Zones:
    right, left = exam.right, exam.left
    return (
        rules.sensory_zone(right, exam.dap),
        rules.sensory_zone(left, exam.dap),
        rules.motor_zone(right, found.motor_right, found.far_non_key_right, found, reading),
        rules.motor_zone(left, found.motor_left, found.far_non_key_left, found, reading),
    )


def _sums(exam: KnownExam) -> Sums:
    right, left = exam.right, exam.left
    (uems_right, lems_right), (uems_left, lems_left) = rules.motor_sums(right), rules.motor_sums(left)
    touch_right, touch_left = sum(right.light_touch), sum(left.light_touch)
    prick_right, prick_left = sum(right.pin_prick), sum(left.pin_prick)
    return Sums(
        *(uems_right, uems_left, uems_right + uems_left),
        *(lems_right, lems_left, lems_right + lems_left),
        *(touch_right, touch_left, touch_right + touch_left),
        *(prick_right, prick_left, prick_right + prick_left),
    )


_E_NEEDS_DEFICIT = Finding("isncsci.e-needs-documented-deficit", severity=Severity.WARNING)
_VAC_ALONE_FAILS = Finding("isncsci.only-contraction-missing", severity=Severity.WARNING)
_NO_MUSCLE_BELOW = Finding("isncsci.no-muscle-below-nli", severity=Severity.NOTE)
_ZONE_BY_ENTRY_IN_D = Finding("isncsci.non-key-zone-in-d", severity=Severity.NOTE)


def _findings(found: Found, grade: str) -> tuple[Finding, ...]:
    """What a reader must know: E's condition, and the rows of the rules that are not certain (M, L)."""
    sensory_intact = found.sensory_right is found.sensory_left is Segment.INT
    levels_at_s3 = found.motor_right is found.motor_left is Segment.S3
    asked = (
        (grade == "E", _E_NEEDS_DEFICIT),
        (sensory_intact and levels_at_s3 and not found.vac, _VAC_ALONE_FAILS),
        (grade == "D" and not found.muscles_below_nli, _NO_MUSCLE_BELOW),
        (grade == "D" and found.incomplete_by_non_key_only, _ZONE_BY_ENTRY_IN_D),
    )
    return tuple(finding for holds, finding in asked if holds)
