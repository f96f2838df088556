"""Classify one examination: the possible values of eleven outputs, the sums, and the steps they rest on.

A result is the *set* of values it takes when every cell that could not be tested runs over all its scores
(spec, "Cells that could not be tested", certainty H). A fully tested examination goes through the plain
rules; any other through the same rules over sets.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

from myelos.findings import Finding, Place, Refused
from myelos.isncsci import possible, rules, steps
from myelos.isncsci.editions import OUTPUTS, Edition, Reading, RuleSet, rules_of
from myelos.isncsci.exam import Answer, Exam, KnownExam, Side
from myelos.isncsci.plausibility import implausible
from myelos.isncsci.rules import Found
from myelos.isncsci.segments import ARM_MUSCLES, LABELS, Segment
from myelos.isncsci.sets import ANSWER_SETS, extreme, has_tags, side_sets

Values = tuple[str, ...]
"""The possible values of an output, as they are written, in order; one when it is determined."""

NOT_APPLICABLE = "NA"
"""What a zone of partial preservation says where none applies; the first of several values."""

GRADES = "ABCDE"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest a sum can be; equal when every cell of it was tested. Written ``43`` or
    ``40–45``. Two of them add."""

    low: int
    high: int

    @property
    def exact(self) -> int:
        """The sum. Raises ValueError when it is only bounded."""
        if self.low != self.high:
            raise ValueError(f"the sum is only known to be {self}")
        return self.low

    def plain(self) -> int | list[int]:
        """For JSON: the number, or the two bounds."""
        return self.low if self.low == self.high else [self.low, self.high]

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"


@dataclass(frozen=True, slots=True)
class Sums:
    """R8: sums of the examined scores, tags ignored; a cell that could not be tested widens the bounds.

    UEMS and LEMS run 0 to 25 for a side and 0 to 50 for both; light touch and pin prick 0 to 56 for a side
    and 0 to 112 for both.
    """

    uems_right: Bounds
    uems_left: Bounds
    uems: Bounds
    lems_right: Bounds
    lems_left: Bounds
    lems: Bounds
    light_touch_right: Bounds
    light_touch_left: Bounds
    light_touch: Bounds
    pin_prick_right: Bounds
    pin_prick_left: Bounds
    pin_prick: Bounds


SUMS = tuple(field.name for field in fields(Sums))
"""The names of the sums, in the order of every record."""


@dataclass(frozen=True, slots=True)
class Classification:
    """The result for one examination.

    Levels are segments as written (``C4``, ``S3``, ``INT``); ``complete`` is ``C`` or ``I``; ``ais`` is
    ``A`` to ``E``; zones are segments or ``NA``. Several values: not determinable, and these are the possible
    ones, neither more nor fewer. No value: nothing is claimed for this output under this edition.

    ``joint`` holds the pairs (AIS, NLI) that occur together. ``stars`` names the outputs whose set differs
    from what it were without the tags; ``by_tag`` the pairs (output, value) that are listed only because of
    them. ``steps`` holds what the results rest on, in order, as codes and parameters (see
    :func:`~myelos.isncsci.explain`); ``findings`` what the reader must know before using the result.
    ``edition`` and ``reading`` say which rules were used.
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
    joint: tuple[tuple[str, str], ...]
    sums: Sums
    stars: tuple[str, ...]
    by_tag: tuple[tuple[str, str], ...]
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
        """Plain values for JSON: id, classification (a list for each output), stars, sums (a number, or a
        list of the two bounds), findings, edition, reading."""
        return {
            "id": self.id,
            "classification": {name: list(self.values(name)) for name in OUTPUTS},
            "stars": list(self.stars),
            "sums": {name: getattr(self.sums, name).plain() for name in SUMS},
            "findings": [finding.as_dict() for finding in self.findings],
            "edition": self.edition,
            "reading": self.reading.value,
        }


def classify(
    exam: Exam, reading: Reading = Reading.MYELOS, edition: Edition = Edition.Y2019
) -> Classification:
    """Classify an examination by an edition of the standard, exactly, whatever could not be tested.

    ``reading`` chooses between the definition (default) and what the npm package ``isncsci`` does where
    the standard is open (R3, R7). Pure: the same examination always gives the same result. Raises
    :class:`~myelos.findings.Refused` when the edition asks for any anal sensation (1992) and the examination
    has no answer to it.
    """
    chosen = rules_of(edition, reading)
    anal = anal_answer(exam, chosen)
    low = extreme(exam, anal, high=False)
    tagged = has_tags(exam)
    if extreme(exam, anal, high=True) == low and not tagged:
        return _of_known(exam, low, chosen)
    return _of_sets(exam, low, chosen, anal, tagged)


def anal_answer(exam: Exam, chosen: RuleSet) -> Answer:
    """The answer by which an edition judges sensation in the anus. Raises Refused where it is missing."""
    if not chosen.any_anal_sensation:
        return exam.dap
    if exam.any_anal_sensation is None:
        place = Place(column="any_anal_sensation")
        params = {"cell": "any_anal_sensation", "edition": chosen.edition.value}
        raise Refused([Finding("isncsci.anal-sensation-missing", place, params)])
    return exam.any_anal_sensation


def possible_sets(exam: Exam, chosen: RuleSet, tags: bool = True) -> list[int]:
    """The sets of :mod:`myelos.isncsci.possible`; without ``tags`` as if no cell carried one.

    Raises Refused as :func:`classify`.
    """
    anal = anal_answer(exam, chosen)
    sides = [side_sets(side, tags, chosen.entries) for side in (exam.right, exam.left)]
    return run(sides[0], sides[1], ANSWER_SETS[exam.vac], ANSWER_SETS[anal], chosen)


def run(right: list[int], left: list[int], vac: int, anal: int, chosen: RuleSet) -> list[int]:
    """The sets for two sides and two sets of answers, under the rules chosen."""
    result = [0] * possible.RESULT_SIZE
    possible.possible(right, left, vac, anal, rule_numbers(chosen), possible.workspace(), result)
    return result


def rule_numbers(chosen: RuleSet) -> list[int]:
    """The rules as :mod:`myelos.isncsci.possible` takes them."""
    numbers = [0] * possible.RULES_SIZE
    numbers[possible.PRAXIS] = int(chosen.reading is Reading.PRAXIS)
    numbers[possible.ZONES_IF_COMPLETE] = int(chosen.zones_if_complete)
    numbers[possible.MOTOR_BELOW_NLI] = int(chosen.motor_below_nli)
    numbers[possible.TIE_OPEN] = int(chosen.tie_open)
    return numbers


@cache
def written(output: str, held: int) -> Values:
    """The values of a set of :mod:`myelos.isncsci.possible`, in order, as they are written."""
    if output == "ais":
        return tuple(grade for i, grade in enumerate(GRADES) if held >> i & 1)
    if output == "complete":
        return tuple(word for i, word in enumerate("CI") if held >> i & 1)
    levels = tuple(LABELS[segment] for segment in Segment if held >> segment & 1)
    return ((NOT_APPLICABLE,) if held & possible.NOT_APPLICABLE else ()) + levels


def known_sets(known: KnownExam, found: Found) -> list[int]:
    """The plain rules' results of one fully tested examination, as sets of one value each (AIS: a tie has
    two).

    FINDINGS are left out.
    """
    levels = (found.sensory_right, found.sensory_left, found.motor_right, found.motor_left, found.nli)
    grades = [GRADES.index(grade) for grade in rules.ais(found)]
    zones = [possible.NOT_APPLICABLE if zone is None else 1 << zone for zone in zones_of(known, found)]
    joint = [1 << found.nli if grade in grades else 0 for grade in range(5)]
    complete = 1 if found.complete else 2
    return [*(1 << level for level in levels), complete, sum(1 << g for g in grades), *zones, *joint, 0]


def zones_of(known: KnownExam, found: Found) -> steps.Zones:
    """R6 and R7 for both sides: sensory right and left, motor right and left."""
    right, left = known.right, known.left
    return (
        rules.sensory_zone(right, known.dap, found),
        rules.sensory_zone(left, known.dap, found),
        rules.motor_zone(right, found.motor_right, found.far_non_key_right, found),
        rules.motor_zone(left, found.motor_left, found.far_non_key_left, found),
    )


def _of_known(exam: Exam, known: KnownExam, chosen: RuleSet) -> Classification:
    found = rules.find(known, chosen)
    grades = rules.ais(found)
    zones = zones_of(known, found)
    sets = known_sets(known, found)
    taken = steps.taken(known, found, grades, zones)
    noted = (
        *steps.findings(
            ais=grades,
            only_contraction=found.sensory_right is found.sensory_left is Segment.INT and not found.vac
            and found.motor_right is found.motor_left is Segment.S3,
            no_muscle_below="D" in grades and not found.muscles_below_nli,
            zone_by_entry="D" in grades and found.incomplete_by_non_key_only and not chosen.motor_below_nli,
            chosen=chosen,
        ),
        *implausible(exam, chosen.asked),
    )  # fmt: skip
    return _classification(exam, sets, chosen, taken, noted, stars=(), by_tag=())


def _of_sets(exam: Exam, low: KnownExam, chosen: RuleSet, anal: Answer, tagged: bool) -> Classification:
    sets = possible_sets(exam, chosen)
    stars: list[str] = []
    by_tag: list[tuple[str, str]] = []
    if tagged:
        untagged = possible_sets(exam, chosen, tags=False)
        for i, output in enumerate(OUTPUTS):
            if output in chosen.outputs and sets[i] != untagged[i]:
                stars.append(output)
                by_tag.extend((output, value) for value in written(output, sets[i] & ~untagged[i]))
    flags = sets[possible.FINDINGS]
    noted = (
        *steps.findings(
            ais=written("ais", sets[possible.AIS]),
            only_contraction=bool(flags & possible.ONLY_CONTRACTION),
            no_muscle_below=bool(flags & possible.NO_MUSCLE_BELOW),
            zone_by_entry=bool(flags & possible.ZONE_BY_ENTRY_IN_D),
            chosen=chosen,
        ),
        *steps.tag_findings(stars, by_tag, chosen, tagged),
        *implausible(exam, chosen.asked),
    )
    ends = [_with_steps(known, chosen) for known in (low, extreme(exam, anal, high=True))]
    values = {name: written(name, held) for name, held in zip(OUTPUTS, sets, strict=False)}
    taken = steps.over_sets(exam, ends[0], ends[1], values, chosen)
    return _classification(exam, sets, chosen, taken, noted, tuple(stars), tuple(by_tag))


def _with_steps(known: KnownExam, chosen: RuleSet) -> tuple[Finding, ...]:
    found = rules.find(known, chosen)
    return steps.taken(known, found, rules.ais(found), zones_of(known, found))


def _classification(
    exam: Exam,
    sets: list[int],
    chosen: RuleSet,
    taken: tuple[Finding, ...],
    noted: tuple[Finding, ...],
    stars: tuple[str, ...],
    by_tag: tuple[tuple[str, str], ...],
) -> Classification:
    outputs = {
        name: written(name, held) if name in chosen.outputs else ()
        for name, held in zip(OUTPUTS, sets, strict=False)
    }
    joint = tuple(
        (grade, level)
        for i, grade in enumerate(GRADES)
        for level in written("nli", sets[possible.JOINT + i])
        if "nli" in chosen.outputs
    )
    return Classification(
        exam.id,
        **outputs,
        joint=joint,
        sums=sums_of(exam),
        stars=stars,
        by_tag=by_tag,
        steps=taken,
        findings=noted,
        edition=chosen.edition.value,
        reading=chosen.reading,
    )


def sums_of(exam: Exam) -> Sums:
    """R8: twelve sums; an untested cell adds 0 at the least and its scale's top at the most. H."""
    right, left = _side_sums(exam.right), _side_sums(exam.left)
    sums = [(one, other, one + other) for one, other in zip(right, left, strict=True)]
    return Sums(*(bounds for three in sums for bounds in three))


def _side_sums(side: Side) -> list[Bounds]:
    arm = len(ARM_MUSCLES)
    blocks = (side.motor[:arm], side.motor[arm:], side.light_touch, side.pin_prick)
    sums = []
    for block in blocks:
        tested = [score.value for score in block if score.value is not None]
        low = sum(tested)
        sums.append(Bounds(low, low + (len(block) - len(tested)) * block[0].top))
    return sums
