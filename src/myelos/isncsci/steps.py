"""The steps a grade rests on, as codes and parameters, in the order the worksheet asks its questions.

Words for the codes are in ``words.toml``. Parameters are names of cells, segments, numbers and grades, the
same in every language; ``side`` is ``right`` or ``left`` and has its own words.
"""

from __future__ import annotations

from collections.abc import Iterator

from myelos.findings import Finding, Param, Severity
from myelos.isncsci.exam import BLOCKS, SIDES, KnownExam, KnownSide, cell_name
from myelos.isncsci.rules import EDITION, Found, Reading
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, LABELS, Segment

Zones = tuple[Segment | None, Segment | None, Segment | None, Segment | None]
"""Sensory right, sensory left, motor right, motor left; None where no zone applies."""


def taken(exam: KnownExam, found: Found, grade: str, zones: Zones, reading: Reading) -> tuple[Finding, ...]:
    """Every step, from the edition to the zones; questions after the deciding one are not asked."""
    return (
        _step("edition", edition=EDITION, reading=reading.value),
        _sensory("right", exam.right, found.sensory_right),
        _sensory("left", exam.left, found.sensory_left),
        _motor("right", exam.right, found.sensory_right, found.motor_right, exam.vac),
        _motor("left", exam.left, found.sensory_left, found.motor_left, exam.vac),
        _nli(found),
        *_grade_steps(exam, found),
        _step("grade", grade=grade),
        *_zone_steps(found, zones),
    )


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
    yield _step("vac-yes" if exam.vac else "vac-no")
    yield _step("dap-yes" if exam.dap else "dap-no")
    felt = ", ".join(_sacral_cells("right", exam.right) + _sacral_cells("left", exam.left))
    yield _step("sacral-sensation", cells=felt) if felt else _step("no-sacral-sensation")
    if found.complete:
        yield _step("complete")
        return
    yield _step("incomplete")
    if not found.vac:
        yield _far("right", exam.right, found.motor_right, found.far_muscles_right, found.far_non_key_right)
        yield _far("left", exam.left, found.motor_left, found.far_muscles_left, found.far_non_key_left)
    if not found.motor_incomplete:
        yield _step("motor-complete")
        return
    yield _step("motor-incomplete-by-vac" if found.vac else "motor-incomplete-by-muscles")
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
    for side, zone in zip(SIDES, zones[:2], strict=True):
        none = _step("no-sensory-zone", side=side)
        yield none if zone is None else _step("sensory-zone", side=side, zone=LABELS[zone])
    if found.vac:
        yield _step("no-motor-zone")
    for side, zone in zip(SIDES, zones[2:], strict=True):
        if zone is not None:
            yield _step("motor-zone", side=side, zone=LABELS[zone])
