"""The rules compiled, for whole columns of examinations.

Three stages, each over a block of rows: cells to sets of states, column by column; then, row by row, fully
tested examinations by :func:`_known`, any other by :mod:`myelos.isncsci.possible`, whose source is compiled
here as it stands. ``_known`` is a third form of the rules, needed for speed only: on whole columns of bits it
answers a fully tested examination in a few dozen operations. Tests hold it equal to the plain rules.

A cell is a code: its score in the low three bits (0 to 5; 6 for NT), plus 8 for the tag ``*`` and 16 for
``**``. VAC and the anal answer are 0 no, 1 yes, 2 NT; a non-key entry is its segment's number, 0 for none.
Any code from
:data:`FAULTY` on is a cell that could not be read; its row gets no result.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from myelos.isncsci import possible
from myelos.isncsci.cohorts.columns import NT_CODE, STAR, score_codes
from myelos.isncsci.cohorts.scan import PLACES
from myelos.isncsci.exam import MOTOR_TOP, SCORES, SENSORY_TOP
from myelos.isncsci.plausibility import STRETCH, STRONGER_BELOW
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES
from myelos.isncsci.sets import allowed, muscle_parts

FAULTY, MISSING = 32, 33
"""Codes of a cell that could not be read, and of an empty one."""

MUSCLE_COUNT, SKIN_COUNT = len(KEY_MUSCLES), len(DERMATOMES)
SIDE_CELLS = MUSCLE_COUNT + 2 * SKIN_COUNT
ROWS = 2 * SIDE_CELLS + 4
"""Rows of a block: the cells of the right side (motor, light touch, pin prick), of the left, VAC, the anal
answer, the right and the left non-key entry."""

SET_COUNT = possible.FINDINGS
"""Sets a row gets: the eleven outputs and the NLIs of each grade (see :mod:`myelos.isncsci.possible`)."""

SUM_COUNT = 8
"""Sums of a row: UEMS, LEMS, light touch, pin prick, right and left in turn."""

BY_ENTRY_IN_D, NO_MUSCLE, ONLY_VAC = (
    possible.ZONE_BY_ENTRY_IN_D,
    possible.NO_MUSCLE_BELOW,
    possible.ONLY_CONTRACTION,
)
STRONGER, DENIED, PRICKED, TAGGED, REFUSED = 8, 16, 32, 64, 128
"""Bits of a row's flags beside those of ``possible``: the three warnings about scores, any tag, no result."""


def _bits(top: int, holds: Callable[[tuple[int, ...]], bool], tags: bool = True) -> int:
    """The codes whose scores satisfy ``holds``, as bits: ``bits >> code & 1``."""
    codes = score_codes(top)
    return sum(
        1 << codes[str(score)] for score in dict.fromkeys(SCORES[top].values()) if holds(allowed(score, tags))
    )


def _muscle(part: int, tags: bool) -> int:
    return _bits(MOTOR_TOP, lambda values: part in muscle_parts(values), tags)


def _constants(tags: bool) -> tuple[int, ...]:
    """Codes that may be 0, 1-2, 3-4, 5 (motor); may be 2, may be 0, are 2, are 0 (sensory)."""
    parts = (possible.ZERO, possible.TRACE, possible.USEFUL, possible.FULL)
    return (
        *(_muscle(part, tags) for part in parts),
        _bits(SENSORY_TOP, lambda values: SENSORY_TOP in values, tags),
        _bits(SENSORY_TOP, lambda values: 0 in values, tags),
        _bits(SENSORY_TOP, lambda values: values == (SENSORY_TOP,), tags),
        _bits(SENSORY_TOP, lambda values: values == (0,), tags),
    )


CONSTANTS = {tags: np.array(_constants(tags), dtype=np.uint32) for tags in (True, False)}

_STAMP = zlib.crc32(b"".join(Path(str(file)).read_bytes() for file in (__file__, possible.__file__)))
"""Of the sources compiled: a cache of another source is never used."""

_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "boundscheck": False}


def _compiled() -> dict[str, Any]:
    """The functions of :mod:`myelos.isncsci.possible`, compiled; its tables as arrays."""
    space: dict[str, Any] = {"__name__": possible.__name__, "__builtins__": __builtins__}
    for name, value in vars(possible).items():
        if isinstance(value, tuple):
            space[name] = np.array(value, dtype=np.int64)
        elif isinstance(value, int):
            space[name] = value
    for name, value in vars(possible).items():
        if (
            isinstance(value, FunctionType)
            and value.__module__ == possible.__name__
            and name not in ("_cap",)
        ):
            space[name] = numba.njit(**_OPTIONS)(FunctionType(value.__code__, space, name))
    return space


_SPACE = _compiled()
_possible = _SPACE["possible"]
_MUSCLES, _BELOW, _POP = _SPACE["MUSCLES"], _SPACE["BELOW"], _SPACE["POP"]
_CAP, _WALKED = _SPACE["CAP"], _SPACE["WALKED"]

_LAST = np.array([0] + [possible.MUSCLES[held.bit_length() - 1] for held in range(1, 1024)], dtype=np.int64)
"""The most caudal segment of a set of key muscles; 0 for none."""

_N, _S, _Z = possible.NORMAL, possible.SOME, possible.NOTHING
_M0, _M1, _M3, _M5 = possible.ZERO, possible.TRACE, possible.USEFUL, possible.FULL
PARTS = 7
"""Sets of states that a side has."""
_PRAXIS, _IF_COMPLETE = possible.PRAXIS, possible.ZONES_IF_COMPLETE
_BELOW_NLI, _TIE = possible.MOTOR_BELOW_NLI, possible.TIE_OPEN
_AIS, _JOINT, _FINDINGS, _NA = possible.AIS, possible.JOINT, possible.FINDINGS, possible.NOT_APPLICABLE
_GRADE_C, _GRADE_D = possible.GRADE_C, possible.GRADE_D


@numba.njit(**_OPTIONS)
def _cells_to_sets(codes: NDArray[Any], constants: NDArray[Any], sets: NDArray[Any]) -> None:
    """Cells to sets of states, a column at a time; ``sets`` is 2 sides x 7 parts x rows, all 0 at first."""
    one = np.uint32(1)
    zero, trace, useful, full = constants[0], constants[1], constants[2], constants[3]
    may_2, may_0, are_2, are_0 = constants[4], constants[5], constants[6], constants[7]
    for side in range(2):
        first, at = side * SIDE_CELLS, side * PARTS
        for i in range(MUSCLE_COUNT):
            place = np.uint32(i)
            for r in range(codes.shape[1]):
                code = np.uint32(codes[first + i, r])
                sets[at + _M0, r] |= np.uint32(((zero >> code) & one) << place)
                sets[at + _M1, r] |= np.uint32(((trace >> code) & one) << place)
                sets[at + _M3, r] |= np.uint32(((useful >> code) & one) << place)
                sets[at + _M5, r] |= np.uint32(((full >> code) & one) << place)
        first += MUSCLE_COUNT
        for i in range(SKIN_COUNT):
            place = np.uint32(i)
            for r in range(codes.shape[1]):
                touch, prick = np.uint32(codes[first + i, r]), np.uint32(codes[first + SKIN_COUNT + i, r])
                sets[at + _N, r] |= np.uint32(((may_2 >> touch) & (may_2 >> prick) & one) << place)
                sets[at + _Z, r] |= np.uint32(((may_0 >> touch) & (may_0 >> prick) & one) << place)
                plain = ((are_2 >> touch) & (are_2 >> prick)) | ((are_0 >> touch) & (are_0 >> prick))
                sets[at + _S, r] |= np.uint32((~plain & one) << place)


@numba.njit(**_OPTIONS)
def _sums(codes: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> None:
    """R8: eight sums (UEMS right, left, LEMS, light touch, pin prick), tags ignored; NT adds 0, at most the
    top."""
    for side in range(2):
        first = side * SIDE_CELLS
        for cell in range(SIDE_CELLS):
            block = 0 if cell < 5 else (1 if cell < 10 else (2 if cell < 10 + SKIN_COUNT else 3))
            top = np.uint8(MOTOR_TOP if block < 2 else SENSORY_TOP)
            at = 2 * block + side
            for r in range(codes.shape[1]):
                value = codes[first + cell, r] & np.uint8(7)
                untested = value == NT_CODE
                low[at, r] += np.uint8(0) if untested else value
                high[at, r] += top if untested else value


@numba.njit(**_OPTIONS)
def _flag(codes: NDArray[Any], flags: NDArray[Any]) -> None:
    """Faulty rows, rows with a tag, and the three warnings of :mod:`myelos.isncsci.plausibility`."""
    rows = codes.shape[1]
    for cell in range(ROWS):
        tags = np.uint8(TAGGED if cell < 2 * SIDE_CELLS else 0)
        for r in range(rows):
            code = codes[cell, r]
            flags[r] |= np.uint8(REFUSED) if code >= FAULTY else np.uint8(0)
            flags[r] |= tags if (code >= STAR) & (code < FAULTY) else np.uint8(0)
    run = np.zeros(rows, dtype=np.uint8)
    for side in range(2):
        first = side * SIDE_CELLS
        for i in range(1, MUSCLE_COUNT):
            if i == 5:
                continue
            for r in range(rows):
                above = np.int8(codes[first + i - 1, r] & np.uint8(7))
                here = np.int8(codes[first + i, r] & np.uint8(7))
                ask = (here < NT_CODE) & (above < NT_CODE) & (here - above >= STRONGER_BELOW)
                flags[r] |= np.uint8(STRONGER) if ask else np.uint8(0)
        first += MUSCLE_COUNT
        run[:] = 0
        for i in range(SKIN_COUNT):
            for r in range(rows):
                touch = codes[first + i, r] & np.uint8(7)
                prick = codes[first + SKIN_COUNT + i, r] & np.uint8(7)
                odd = (touch == 0) & (prick > 0) & (prick < NT_CODE)
                run[r] = run[r] + np.uint8(1) if odd else np.uint8(0)
                flags[r] |= np.uint8(PRICKED) if run[r] >= STRETCH else np.uint8(0)
        for r in range(rows):
            touch = codes[first + SKIN_COUNT - 1, r] & np.uint8(7)
            prick = codes[first + 2 * SKIN_COUNT - 1, r] & np.uint8(7)
            felt = ((touch > 0) & (touch < NT_CODE)) | ((prick > 0) & (prick < NT_CODE))
            flags[r] |= np.uint8(DENIED) if felt & (codes[2 * SIDE_CELLS + 1, r] == 0) else np.uint8(0)


@numba.njit(**_OPTIONS)
def _first_not(held: int, end: int) -> int:
    """The first place that a set lacks; at most ``end``."""
    lacking = ~held & ((1 << end) - 1) | (1 << end)
    return int(PLACES[((lacking & -lacking) * 0x077CB531 & 0xFFFFFFFF) >> 27])


@numba.njit(**_OPTIONS)
def _last_of(held: int) -> int:
    """The last place of a set that is not empty."""
    for shift in (1, 2, 4, 8, 16):
        held |= held >> shift
    return int(PLACES[(((held >> 1) + 1) * 0x077CB531 & 0xFFFFFFFF) >> 27])


@numba.njit(**_OPTIONS)
def _side_levels(normal: int, strong: int, full: int) -> tuple[int, int]:
    """R1 and R2: the sensory level, and the motor level as if VAC were yes."""
    first = _first_not(normal, SKIN_COUNT)
    sensory = 30 if first == SKIN_COUNT else first + 1
    muscle = _first_not(full, MUSCLE_COUNT)
    if muscle >= _WALKED[sensory]:
        return sensory, _CAP[sensory]
    return sensory, _MUSCLES[muscle] - 1 + ((strong >> muscle) & 1)


@numba.njit(**_OPTIONS)
def _grade(complete: int, vac: int, works: int, normal: int, weak: int, half: int, tie: int) -> int:
    """R5 as a set of grades; ``weak`` of twice ``half`` key muscles below the NLI are under 3."""
    if normal and vac:
        return 16
    if complete:
        return 1
    if not vac and not works:
        return 2
    if tie and weak == half:
        return 12
    return 8 if weak <= half else 4


@numba.njit(**_OPTIONS)
def _sensory_zone(zero: int, felt: int, none: int) -> int:
    """R6."""
    if none or felt:
        return _NA
    lived = ~zero & ((1 << (SKIN_COUNT - 1)) - 1)
    return 1 << (_last_of(lived) + 2) if lived else 2


@numba.njit(**_OPTIONS)
def _motor_zone(motor: int, active: int, entry: int, exception: int, none: int, praxis: int) -> int:
    """R7; ``exception`` says that the entry may set the zone: by its distance from the zone as Praxis reads
    it, from the motor level by ours."""
    if none:
        return _NA
    zone = max(motor, _LAST[active])
    if exception and entry > (zone if praxis else motor) + 3:
        zone = entry
    return 1 << zone


@numba.njit(**_OPTIONS)
def _known(
    cells: NDArray[Any], r: int, entry_r: int, entry_l: int, vac: int, anal: int,
    rules: NDArray[Any], sets: NDArray[Any], joint: bool,
) -> int:  # fmt: skip
    """A fully tested examination: its sets of one value into column ``r`` of ``sets``; its findings."""
    strong_r = np.int64(cells[_M3, r] | cells[_M5, r])
    strong_l = np.int64(cells[PARTS + _M3, r] | cells[PARTS + _M5, r])
    zero_r, zero_l = np.int64(cells[_Z, r]), np.int64(cells[PARTS + _Z, r])
    active_r, active_l = 1023 & ~np.int64(cells[_M0, r]), 1023 & ~np.int64(cells[PARTS + _M0, r])
    sensory_r, raw_r = _side_levels(np.int64(cells[_N, r]), strong_r, np.int64(cells[_M5, r]))
    sensory_l, raw_l = _side_levels(np.int64(cells[PARTS + _N, r]), strong_l, np.int64(cells[PARTS + _M5, r]))
    end = 30 if vac else 28
    motor_r, motor_l = min(raw_r, end), min(raw_l, end)
    normal = raw_r == 30 and raw_l == 30
    nli = min(min(sensory_r, motor_r), min(sensory_l, motor_l))
    if normal and rules[_PRAXIS]:
        nli = 30
    felt_r, felt_l = 1 - ((zero_r >> 27) & 1), 1 - ((zero_l >> 27) & 1)
    spared = anal | felt_r | felt_l
    complete = 1 - (vac | spared)
    muscles = (active_r & _BELOW[motor_r + 3]) | (active_l & _BELOW[motor_l + 3])
    entries = entry_r > motor_r + 3 or entry_l > motor_l + 3
    below = _BELOW[nli]
    if rules[_BELOW_NLI]:
        works = (active_r | active_l) & below
    else:
        works = np.int64(spared and (muscles != 0 or entries))
    half = _POP[below]
    weak = 2 * half - _POP[strong_r & below] - _POP[strong_l & below]
    grades = _grade(complete, vac, works, normal, weak, half, rules[_TIE])
    sets[0, r], sets[1, r] = 1 << sensory_r, 1 << sensory_l
    sets[2, r], sets[3, r] = 1 << motor_r, 1 << motor_l
    sets[4, r] = 1 << nli
    sets[5, r] = 1 if complete else 2
    sets[6, r] = grades
    barred = rules[_IF_COMPLETE] and not complete
    sets[7, r] = _sensory_zone(zero_r, felt_r, anal or barred)
    sets[8, r] = _sensory_zone(zero_l, felt_l, anal or barred)
    only_entry = spared and entries and muscles == 0 and not vac
    exception = grades == 1 << _GRADE_C if rules[_PRAXIS] else only_entry
    exception = exception and not rules[_IF_COMPLETE]
    sets[9, r] = _motor_zone(motor_r, active_r, entry_r, exception, vac or barred, rules[_PRAXIS])
    sets[10, r] = _motor_zone(motor_l, active_l, entry_l, exception, vac or barred, rules[_PRAXIS])
    if joint:
        for grade in range(5):
            sets[_JOINT + grade, r] = (1 << nli) if (grades >> grade) & 1 else 0
    d = (grades >> _GRADE_D) & 1
    found = ONLY_VAC if normal and not vac else 0
    found |= NO_MUSCLE if d and not half else 0
    return found | (BY_ENTRY_IN_D if d and only_entry and not rules[_BELOW_NLI] else 0)


@numba.njit(**_OPTIONS)
def _is_known(cells: NDArray[Any], r: int) -> bool:
    """Whether every cell has one state only."""
    for side in range(2):
        at = side * PARTS
        n, s, z = cells[at + _N, r], cells[at + _S, r], cells[at + _Z, r]
        a, b, c, d = cells[at + _M0, r], cells[at + _M1, r], cells[at + _M3, r], cells[at + _M5, r]
        if (n & s) | (n & z) | (s & z) | (a & b) | ((a | b) & (c | d)) | (c & d):
            return False
    return True


@numba.njit(**_OPTIONS)
def _gather(cells: NDArray[Any], r: int, sides: NDArray[Any]) -> None:
    """The sets of one row, in the shape :mod:`myelos.isncsci.possible` takes (non-key entries apart)."""
    for side in range(2):
        for part in range(PARTS):
            sides[side, part] = cells[side * PARTS + part, r]


@numba.njit(**_OPTIONS)
def _by_sets(
    codes: NDArray[Any], bare: NDArray[Any], rules: NDArray[Any], r: int, sides: NDArray[Any], work: Any,
    result: NDArray[Any], again: NDArray[Any], tagged: bool,
) -> int:  # fmt: skip
    """An examination that is not fully tested: its sets into ``result``; its stars."""
    vac, anal = codes[2 * SIDE_CELLS, r], codes[2 * SIDE_CELLS + 1, r]
    vacs, anals = 3 if vac == 2 else 1 << vac, 3 if anal == 2 else 1 << anal
    _possible(sides[0], sides[1], vacs, anals, rules, work, result)
    stars = 0
    if tagged:
        alone = np.zeros((2 * PARTS, 1), dtype=np.uint32)
        _cells_to_sets(codes[:, r : r + 1].copy(), bare, alone)
        _gather(alone, 0, sides)
        _possible(sides[0], sides[1], vacs, anals, rules, work, again)
        for i in range(_JOINT):
            if result[i] != again[i]:
                stars |= 1 << i
    return stars


def _entry_point(stamp: int) -> Callable[..., int]:
    """The compiled door; ``stamp`` is part of what its cached code is found by."""

    @numba.njit(**_OPTIONS)
    def classify_block(
        codes: NDArray[Any], constants: NDArray[Any], bare: NDArray[Any], rules: NDArray[Any], non_key: bool,
        cells: NDArray[Any], work: Any, sets: NDArray[Any], stars: NDArray[Any],
        low: NDArray[Any], high: NDArray[Any], flags: NDArray[Any], joint: bool,
    ) -> int:  # fmt: skip
        """Classify every column of ``codes`` into the other arrays, all 0 at first; how many went through
        :func:`_known`. The shapes are those of :func:`myelos.isncsci.cohorts.table.run_blocks`."""
        _cells_to_sets(codes, constants, cells)
        _sums(codes, low, high)
        _flag(codes, flags)
        known = 0 * stamp
        sides = np.zeros((2, possible.SIDE_SIZE), dtype=np.int64)
        result, again = np.zeros(possible.RESULT_SIZE, np.int64), np.zeros(possible.RESULT_SIZE, np.int64)
        for r in range(codes.shape[1]):
            if flags[r] & REFUSED:
                continue
            vac, anal = codes[2 * SIDE_CELLS, r], codes[2 * SIDE_CELLS + 1, r]
            entry_r = np.int64(codes[2 * SIDE_CELLS + 2, r]) if non_key else 0
            entry_l = np.int64(codes[2 * SIDE_CELLS + 3, r]) if non_key else 0
            tagged = flags[r] & TAGGED != 0
            if not tagged and vac < 2 and anal < 2 and _is_known(cells, r):
                known += 1
                found = _known(cells, r, entry_r, entry_l, np.int64(vac), np.int64(anal), rules, sets, joint)
                flags[r] |= np.uint8(found)
                continue
            _gather(cells, r, sides)
            sides[0, PARTS], sides[1, PARTS] = entry_r, entry_l
            stars[r] = _by_sets(codes, bare, rules, r, sides, work, result, again, tagged)
            for i in range(sets.shape[0]):
                sets[i, r] = result[i]
            flags[r] |= np.uint8(result[_FINDINGS])
        return known

    compiled: Callable[..., int] = classify_block
    return compiled


classify_block = _entry_point(_STAMP)
