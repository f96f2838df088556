"""The steps a result rests on, as codes and parameters, in the order the worksheet asks its questions.

Words for the codes are in ``words.toml``. Parameters are names of cells, segments, numbers and grades, the
same in every language; ``side`` is ``right`` or ``left`` and has its own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from myelos.findings import Finding, Param, Severity
from myelos.isncsci.editions import OUTPUTS, RuleSet
from myelos.isncsci.exam import BLOCKS, SIDES, Exam, KnownExam, KnownSide, cell_name
from myelos.isncsci.rules import Found
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, LABELS, Segment
from myelos.isncsci.sets import unknown_cells

Zones = tuple[Segment | None, Segment | None, Segment | None, Segment | None]
"""Sensory right, sensory left, motor right, motor left; None where no zone applies."""

RULES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("sensory-intact", "sensory-level"), ("R1", "H")),
    **dict.fromkeys(("motor-level", "motor-follows-sensory", "motor-s3-by-sensation"), ("R2", "H")),
    **dict.fromkeys(("motor-intact", "motor-s3-by-contraction"), ("R2", "M")),
    "nli": ("R3", "H"),
    "nli-intact-but-contraction": ("R3", "L"),
    **dict.fromkeys(("vac-yes", "vac-no", "dap-yes", "dap-no", "anal-sensation-yes", "anal-sensation-no"),
                    ("R4", "H")),
    **dict.fromkeys(("sacral-sensation", "no-sacral-sensation", "complete", "incomplete"), ("R4", "H")),
    **dict.fromkeys(("normal-everywhere", "far-muscles", "far-non-key", "nothing-far", "motor-complete",
                     "motor-incomplete-by-vac", "motor-incomplete-by-muscles", "at-least-half-useful",
                     "under-half-useful", "works-below-nli", "nothing-below-nli", "tie-open", "grade"),
                    ("R5", "H")),
    **dict.fromkeys(("sensory-zone", "no-sensory-zone"), ("R6", "H")),
    **dict.fromkeys(("motor-zone", "no-motor-zone"), ("R7", "H")),
    "no-zone-incomplete": ("R6, R7", "H"),
}  # fmt: skip
"""The rule each step applies (numbered as in :mod:`myelos.isncsci.rules`) and its certainty: H, M or L."""


def rule_of(step: Finding) -> tuple[str, str] | None:
    """The rule a step applies and its certainty; None for a step that applies none."""
    return RULES.get(step.code.removeprefix("isncsci."))


def taken(exam: KnownExam, found: Found, grades: Sequence[str], zones: Zones) -> tuple[Finding, ...]:
    """Every step, from the edition to the zones; questions after the deciding one are not asked."""
    rules = found.rules
    return (
        _edition(rules),
        _sensory("right", exam.right, found.sensory_right),
        _sensory("left", exam.left, found.sensory_left),
        _motor("right", exam.right, found.sensory_right, found.motor_right, exam.vac),
        _motor("left", exam.left, found.sensory_left, found.motor_left, exam.vac),
        _nli(found),
        *_grade_steps(exam, found),
        _step("grade", grade=", ".join(grades)),
        *(_zone_steps(found, zones) if "zpp_motor_right" in rules.outputs else ()),
    )


def over_sets(
    exam: Exam,
    low: Sequence[Finding],
    high: Sequence[Finding],
    values: Mapping[str, Sequence[str]],
    chosen: RuleSet,
) -> tuple[Finding, ...]:
    """The steps that hold however the unknown cells turn out, then each output's value or values.

    ``low`` and ``high`` are the steps of the examination with every cell at its least and at its greatest.
    All that a step says (levels, cells, counts below a level) moves one way when a score rises, so a step
    that both ends share holds in between; the few that do not are kept only with what they rest on.
    """
    unknown, tagged = unknown_cells(exam, chosen.asked), unknown_cells(exam, tagged=True)
    shared = [step for step in low if step in high]
    codes = [step.code.removeprefix("isncsci.") for step in shared]
    both_sides = sum(code in ("far-muscles", "far-non-key", "nothing-far") for code in codes) == len(SIDES)
    dropped = {"edition", "grade", "motor-zone"}
    if not both_sides and "nothing-below-nli" not in codes and "works-below-nli" not in codes:
        dropped |= {"motor-complete", "motor-incomplete-by-muscles"}
    kept = [step for step, code in zip(shared, codes, strict=True) if code not in dropped]
    return (
        _edition(chosen),
        *([_step("unknown", n=len(unknown), cells=", ".join(unknown))] if unknown else []),
        *([_step("tagged", n=len(tagged), cells=", ".join(tagged))] if tagged else []),
        *kept,
        *(
            _step(
                "determined" if len(values[name]) == 1 else "open",
                output=name,
                values=", ".join(values[name]),
            )
            for name in OUTPUTS
            if name in chosen.outputs
        ),
    )


def _edition(rules: RuleSet) -> Finding:
    return _step("edition", edition=rules.edition.value, reading=rules.reading.value)


_E_NEEDS_DEFICIT = Finding("isncsci.e-needs-documented-deficit", severity=Severity.WARNING)
_VAC_ALONE_FAILS = Finding("isncsci.only-contraction-missing", severity=Severity.WARNING)
_NO_MUSCLE_BELOW = Finding("isncsci.no-muscle-below-nli", severity=Severity.NOTE)
_ZONE_BY_ENTRY_IN_D = Finding("isncsci.non-key-zone-in-d", severity=Severity.NOTE)
_TIE_OPEN = Finding("isncsci.tie-may-be-open", severity=Severity.NOTE)
_LEVEL_1992 = Finding("isncsci.motor-level-1992", severity=Severity.NOTE)


def findings(
    *,
    ais: Sequence[str],
    only_contraction: bool,
    no_muscle_below: bool,
    zone_by_entry: bool,
    chosen: RuleSet,
) -> tuple[Finding, ...]:
    """What a reader must know: E's condition, and the rows of the rules that are not certain (M, L)."""
    edition = {"edition": chosen.edition.value, "certainty": chosen.certainty}
    asked = (
        ("E" in ais, _E_NEEDS_DEFICIT),
        (only_contraction, _VAC_ALONE_FAILS),
        (no_muscle_below and not chosen.tie_open, _NO_MUSCLE_BELOW),
        (zone_by_entry and not chosen.zones_if_complete, _ZONE_BY_ENTRY_IN_D),
        (chosen.tie_open and {"C", "D"} <= set(ais), _TIE_OPEN),
        (chosen.motor_below_nli, _LEVEL_1992),
        (
            chosen.certainty != "H",
            Finding("isncsci.edition-certainty", params=edition, severity=Severity.NOTE),
        ),
    )
    return tuple(finding for holds, finding in asked if holds)


def tag_findings(
    stars: Sequence[str], by_tag: Sequence[tuple[str, str]], chosen: RuleSet, tagged: bool
) -> Iterator[Finding]:
    """What the tags did: outputs they change, values listed only because of them, an edition without tags."""
    for output in stars:
        only = ", ".join(value for name, value in by_tag if name == output)
        code = "isncsci.by-tag" if only else "isncsci.narrowed-by-tag"
        yield Finding(code, params={"output": output, "values": only}, severity=Severity.NOTE)
    if tagged and not chosen.tags:
        params = {"edition": chosen.edition.value}
        yield Finding("isncsci.tags-before-2019", params=params, severity=Severity.WARNING)


def _step(name: str, **params: Param) -> Finding:
    return Finding(f"isncsci.{name}", params=params, severity=Severity.NOTE)


def _sensory(side: str, scores: KnownSide, level: Segment) -> Finding:
    if level is Segment.INT:
        return _step("sensory-intact", side=side)
    index = level - Segment.C1
    read = (("light_touch", scores.light_touch[index]), ("pin_prick", scores.pin_prick[index]))
    low = [f"{cell_name(side, block, DERMATOMES[index])} = {score}" for block, score in read if score < 2]
    because = ", ".join(low)
    return _step("sensory-level", side=side, level=LABELS[level], because=because)


def _motor(side: str, scores: KnownSide, sensory: Segment, level: Segment, vac: bool) -> Finding:
    if level is Segment.INT:
        return _step("motor-intact", side=side)
    if level is Segment.S3 and sensory >= Segment.S3:
        sacral = sensory is Segment.INT and not vac
        return _step("motor-s3-by-contraction" if sacral else "motor-s3-by-sensation", side=side)
    # the first segment that is not intact: the level itself (grade 3 or 4 there) or the one below it
    for segment in (level, Segment(level + 1)):
        if segment in KEY_MUSCLES and (grade := scores.motor[KEY_MUSCLES.index(segment)]) < 5:
            because = f"{cell_name(side, 'motor', segment)} = {grade}"
            return _step("motor-level", side=side, level=LABELS[level], because=because)
    return _step("motor-follows-sensory", side=side, level=LABELS[level], sensory=LABELS[sensory])


def _nli(found: Found) -> Finding:
    """The NLI is the most rostral level, but for R3 under the Praxis reading."""
    if found.nli > min(found.motor_right, found.motor_left):
        return _step("nli-intact-but-contraction", level=LABELS[found.nli])
    return _step("nli", level=LABELS[found.nli])


def _grade_steps(exam: KnownExam, found: Found) -> Iterator[Finding]:
    if found.normal_everywhere:
        yield _step("normal-everywhere")
        return
    asked = "anal-sensation" if found.rules.any_anal_sensation else "dap"
    yield _step("vac-yes" if exam.vac else "vac-no")
    yield _step(f"{asked}-yes" if exam.dap else f"{asked}-no")
    felt = ", ".join(_sacral_cells("right", exam.right) + _sacral_cells("left", exam.left))
    yield _step("sacral-sensation", cells=felt) if felt else _step("no-sacral-sensation")
    if found.complete:
        yield _step("complete")
        return
    yield _step("incomplete")
    if not found.vac and found.rules.motor_below_nli:
        yield _step(
            "works-below-nli" if found.works_below_nli else "nothing-below-nli", level=LABELS[found.nli]
        )
    elif not found.vac:
        yield _far("right", exam.right, found.motor_right, found.far_muscles_right, found.far_non_key_right)
        yield _far("left", exam.left, found.motor_left, found.far_muscles_left, found.far_non_key_left)
    if not found.motor_incomplete:
        yield _step("motor-complete")
        return
    yield _step("motor-incomplete-by-vac" if found.vac else "motor-incomplete-by-muscles")
    if found.rules.tie_open and found.tie:
        counts: dict[str, Param] = {"n": found.muscles_below_nli, "k": found.useful_below_nli}
        yield _step("tie-open", **counts, level=LABELS[found.nli])
        return
    half = "at-least-half-useful" if found.at_least_half_useful_below_nli else "under-half-useful"
    yield _step(half, n=found.muscles_below_nli, k=found.useful_below_nli, level=LABELS[found.nli])


def _sacral_cells(name: str, side: KnownSide) -> list[str]:
    read = ((BLOCKS[1][0], side.light_touch[-1]), (BLOCKS[2][0], side.pin_prick[-1]))
    return [f"{cell_name(name, block, Segment.S4_5)} = {score}" for block, score in read if score]


def _far(name: str, side: KnownSide, level: Segment, muscles: tuple[Segment, ...], entry: bool) -> Finding:
    if muscles:
        listed = ", ".join(LABELS[muscle] for muscle in muscles)
        return _step("far-muscles", side=name, level=LABELS[level], muscles=listed)
    if entry and side.non_key is not None:
        return _step("far-non-key", side=name, level=LABELS[level], entry=LABELS[side.non_key])
    return _step("nothing-far", side=name, level=LABELS[level])


def _zone_steps(found: Found, zones: Zones) -> Iterator[Finding]:
    if found.rules.zones_if_complete and not found.complete:
        yield _step("no-zone-incomplete", edition=found.rules.edition.value)
        return
    for side, zone in zip(SIDES, zones[:2], strict=True):
        none = _step("no-sensory-zone", side=side)
        yield none if zone is None else _step("sensory-zone", side=side, zone=LABELS[zone])
    if found.vac:
        yield _step("no-motor-zone")
    for side, zone in zip(SIDES, zones[2:], strict=True):
        if zone is not None:
            yield _step("motor-zone", side=side, zone=LABELS[zone])
