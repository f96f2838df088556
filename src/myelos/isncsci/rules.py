"""The rules R1 to R7 for examinations in which every cell is a known score: the 2019 edition, and where
earlier editions differ (:class:`~myelos.isncsci.editions.RuleSet`).

Each rule is a pure function of plain values. Certainty of a rule is H (agrees with an independent program
or with the standard's wording as seen), M (second-hand or by analogy) or L (open), as marked at the rule;
rows M and L wait for a reader of the 2019 booklet (8th edition; Rupp 2021, Top Spinal Cord Inj Rehabil
27(2):1-22). Unknown cells are no matter of this module: :mod:`myelos.isncsci.possible` runs the rules over
sets. R8, the sums, is :func:`myelos.isncsci.classification.sums_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

from myelos.isncsci.editions import Reading, RuleSet
from myelos.isncsci.exam import MOTOR_TOP, SENSORY_TOP, KnownExam, KnownSide
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, Segment

FAR = 3
"""Motor function counts in R5 when it lies *more than* this many segments below the motor level."""

USEFUL = 3
"""The motor grade from which a key muscle counts towards D."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the worksheet's questions are answered from: every one is a stored step of the result.

    ``rules`` are those it was found under; ``works_below_nli`` is asked by the 1992 edition only.
    """

    rules: RuleSet

    sensory_right: Segment
    sensory_left: Segment
    motor_right: Segment
    motor_left: Segment
    nli: Segment
    normal_everywhere: bool
    complete: bool
    sacral_sparing: bool
    vac: bool
    far_muscles_right: tuple[Segment, ...]
    far_muscles_left: tuple[Segment, ...]
    far_non_key_right: bool
    far_non_key_left: bool
    muscles_below_nli: int
    useful_below_nli: int
    works_below_nli: bool

    @property
    def motor_incomplete(self) -> bool:
        """R5.3: VAC, or sacral sensory sparing with motor function far below the motor level. H.

        1992: VAC, or any motor function below the NLI. H.
        """
        if self.rules.motor_below_nli:
            return self.vac or self.works_below_nli
        muscles = self.far_muscles_right or self.far_muscles_left
        far = bool(muscles) or self.far_non_key_right or self.far_non_key_left
        return self.vac or (self.sacral_sparing and far)

    @property
    def incomplete_by_non_key_only(self) -> bool:
        """R7: whether the grade would be B but for a non-key entry (with VAC no)."""
        return self.motor_incomplete and not (self.vac or self.far_muscles_right or self.far_muscles_left)

    @property
    def at_least_half_useful_below_nli(self) -> bool:
        """R5.4: 2k >= n for n key muscles below the NLI, k of them 3 or more. H; that n = 0 gives D is M."""
        return 2 * self.useful_below_nli >= self.muscles_below_nli

    @property
    def tie(self) -> bool:
        """Whether as many key muscles below the NLI are under 3 as are not (also when there is none)."""
        return 2 * self.useful_below_nli == self.muscles_below_nli


def find(exam: KnownExam, rules: RuleSet) -> Found:
    """Levels first, then everything the grade rests on."""
    right, left = exam.right, exam.left
    sensory_right, sensory_left = sensory_level(right), sensory_level(left)
    motor_right = motor_level(right, sensory_right, exam.vac)
    motor_left = motor_level(left, sensory_left, exam.vac)
    scores_normal = all_scores_normal(exam)
    levels = (sensory_right, sensory_left, motor_right, motor_left)
    nli = neurological_level(levels, scores_normal, rules.reading)
    below, useful = muscles_below(exam, nli)
    return Found(
        rules,
        *levels,
        nli=nli,
        normal_everywhere=scores_normal and exam.vac,
        complete=is_complete(exam),
        sacral_sparing=exam.dap or bool(sacral_scores(right) or sacral_scores(left)),
        vac=exam.vac,
        far_muscles_right=far_muscles(right, motor_right),
        far_muscles_left=far_muscles(left, motor_left),
        far_non_key_right=rules.non_key and far_non_key(right, motor_right),
        far_non_key_left=rules.non_key and far_non_key(left, motor_left),
        muscles_below_nli=below,
        useful_below_nli=useful,
        works_below_nli=any_muscle_below(exam, nli),
    )


def sensory_level(side: KnownSide) -> Segment:
    """R1: the most caudal segment with light touch and pin prick 2 there and everywhere above. H.

    C2 abnormal gives C1; normal through S4-5 gives INT.
    """
    for segment, light_touch, pin_prick in zip(DERMATOMES, side.light_touch, side.pin_prick, strict=True):
        if light_touch < SENSORY_TOP or pin_prick < SENSORY_TOP:
            return segment.above
    return Segment.INT


_WALK = tuple(
    (segment, KEY_MUSCLES.index(segment) if segment in KEY_MUSCLES else None)
    for segment in DERMATOMES
    if segment <= Segment.S3
)


def motor_level(side: KnownSide, sensory: Segment, vac: bool) -> Segment:
    """R2: walk down from C2 to the first segment whose motor function is not intact. H.

    A key muscle under 3 gives the segment above, 3 or 4 its own. A segment without a key muscle is intact
    when the sensory level lies at or below it. At S4-5: all dermatomes normal and VAC give INT, else S3
    (that VAC is asked is M).
    """
    for segment, muscle in _WALK:
        if muscle is None:
            if sensory < segment:
                return segment.above
        elif side.motor[muscle] < USEFUL:
            return segment.above
        elif side.motor[muscle] < MOTOR_TOP:
            return segment
    return Segment.INT if vac and sensory is Segment.INT else Segment.S3


def neurological_level(levels: tuple[Segment, ...], scores_normal: bool, reading: Reading) -> Segment:
    """R3: the most rostral of the four levels.

    L: when every score is normal and VAC is no, the motor levels, and so the NLI, are S3 by definition;
    the PRAXIS reading says INT. The case is under review by the standard's committee.
    """
    if reading is Reading.PRAXIS and scores_normal:
        return Segment.INT
    return min(levels)


def all_scores_normal(exam: KnownExam) -> bool:
    """Whether every dermatome is 2 and every key muscle 5 on both sides (VAC and DAP not asked)."""
    return all(
        min(side.light_touch) == min(side.pin_prick) == SENSORY_TOP and min(side.motor) == MOTOR_TOP
        for side in (exam.right, exam.left)
    )


def sacral_scores(side: KnownSide) -> int:
    """Light touch plus pin prick at S4-5 of a side, 0 to 4; above 0 is sensation there."""
    return side.light_touch[-1] + side.pin_prick[-1]


def is_complete(exam: KnownExam) -> bool:
    """R4: VAC no, DAP no, and no light touch or pin prick at S4-5 on either side. H."""
    return not (exam.vac or exam.dap or sacral_scores(exam.right) or sacral_scores(exam.left))


def far_muscles(side: KnownSide, motor: Segment) -> tuple[Segment, ...]:
    """R5.3: the key muscles above 0 more than three segments below that side's own motor level. H."""
    graded = zip(KEY_MUSCLES, side.motor, strict=True)
    return tuple([segment for segment, grade in graded if grade and segment - motor > FAR])


def far_non_key(side: KnownSide, motor: Segment) -> bool:
    """R5.3: whether the non-key entry lies more than three segments below that side's motor level. H."""
    return side.non_key is not None and side.non_key - motor > FAR


def muscles_below(exam: KnownExam, nli: Segment) -> tuple[int, int]:
    """R5.4: (n, k): key muscles of both sides below the NLI, and how many of them are 3 or more. H."""
    first = next((i for i, segment in enumerate(KEY_MUSCLES) if segment > nli), len(KEY_MUSCLES))
    grades = exam.right.motor[first:] + exam.left.motor[first:]
    return len(grades), sum([grade >= USEFUL for grade in grades])


def any_muscle_below(exam: KnownExam, nli: Segment) -> bool:
    """1992: whether a key muscle of either side below the NLI is above 0. H."""
    first = next((i for i, segment in enumerate(KEY_MUSCLES) if segment > nli), len(KEY_MUSCLES))
    return any(exam.right.motor[first:]) or any(exam.left.motor[first:])


def ais(found: Found) -> tuple[str, ...]:
    """R5: the grade, from the worksheet's questions in order. H. C and D for a tie that an edition leaves
    open."""
    if found.normal_everywhere:
        return ("E",)
    if found.complete:
        return ("A",)
    if not found.motor_incomplete:
        return ("B",)
    if found.rules.tie_open and found.tie:
        return ("C", "D")
    return ("D",) if found.at_least_half_useful_below_nli else ("C",)


def sensory_zone(side: KnownSide, dap: bool, found: Found) -> Segment | None:
    """R6: the sensory zone of partial preservation of a side, None where none applies. H.

    None when DAP is yes or that side has any sensation at S4-5; else the most caudal segment above S4-5
    with light touch or pin prick above 0; C1 when there is none. Before 2019: None unless complete.
    """
    if dap or sacral_scores(side) or (found.rules.zones_if_complete and not found.complete):
        return None
    for segment in reversed(DERMATOMES[:-1]):
        index = segment - Segment.C2
        if side.light_touch[index] or side.pin_prick[index]:
            return segment
    return Segment.C1


def motor_zone(side: KnownSide, motor: Segment, far_entry: bool, found: Found) -> Segment | None:
    """R7: the motor zone of partial preservation of a side, None where none applies (VAC yes).

    Else the more caudal of the motor level and the most caudal key muscle above 0. Exception: when the
    grade would be B but for a non-key entry far below its side's motor level (``far_entry``), that entry
    sets the zone of its side (H for C, M for D). The PRAXIS reading instead lets the entry count in any C
    when it lies more than three segments below the zone found without it. Before 2019: None unless complete,
    and no exception.
    """
    if found.vac or (found.rules.zones_if_complete and not found.complete):
        return None
    active = [segment for segment, grade in zip(KEY_MUSCLES, side.motor, strict=True) if grade]
    zone = max(motor, active[-1]) if active else motor
    if side.non_key is None or found.rules.zones_if_complete:
        return zone
    if found.rules.reading is Reading.PRAXIS:
        return side.non_key if ais(found) == ("C",) and side.non_key - zone > FAR else zone
    return side.non_key if far_entry and found.incomplete_by_non_key_only else zone
