"""The rules over sets: every value the outputs can take when each cell is only known to lie in a set.

This is the second form of the rules, for speed; the first, :mod:`myelos.isncsci.rules`, is the plain one, and
tests prove them equal, examination by examination, against enumeration. It needs no enumeration:

- The rules see a dermatome in three states only (light touch and pin prick both 0; both 2; anything else)
  and a key muscle in four (0; 1 or 2; 3 or 4; 5). A side is a product of sets of such states.
- *Fixing the two levels of a side leaves a product.* A sensory level says "normal down to here, abnormal in
  the next"; a motor level says "5 down to here, this muscle stops the walk". Each such *box* is again a
  product of sets, cell by cell, so every question about it is answered by looking at its cells one at a time.
- Of a box, the grade asks only: its level (the more rostral of the two), sensation at S4-5, function far
  below, and how many key muscles below the level are *weak* (under 3). A muscle between the neurological
  level and the side's own level is never weak, so weak muscles below the NLI are weak muscles below each
  side's own level, and C or D is a matter of the least and the greatest count.
- The sides meet only in the NLI (the more rostral level), VAC and DAP: they are joined level by level.

Everything is whole numbers in flat sequences, so that the same source runs interpreted (lists, one
examination at a time) and compiled (arrays; see :mod:`myelos.isncsci.cohorts`). Bit ``n`` of a set of levels
is segment ``n`` (C1 is 1, INT 30); bit 31 is "not applicable".
"""

from __future__ import annotations

from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES

Numbers = list[int]
"""A flat, mutable sequence of whole numbers; an array when compiled."""

# the parts of a side: sets of dermatomes (bit 0 is C2) and of key muscles (bit 0 is C5) by possible state
NORMAL, SOME, NOTHING, ZERO, TRACE, USEFUL, FULL, NON_KEY = range(8)
SIDE_SIZE = 8
"""A side: dermatomes that may be normal, abnormal but felt, not felt; key muscles that may be 0, 1-2, 3-4, 5;
and the segment of the non-key entry (0 for none)."""

# the rules chosen: one number each
PRAXIS, ZONES_IF_COMPLETE, MOTOR_BELOW_NLI, TIE_OPEN = range(4)
RULES_SIZE = 4

# the result
SENSORY_R, SENSORY_L, MOTOR_R, MOTOR_L, NLI, COMPLETE, AIS = range(7)
ZPP_SENSORY_R, ZPP_SENSORY_L, ZPP_MOTOR_R, ZPP_MOTOR_L = range(7, 11)
JOINT = 11
"""From here on five sets of levels: the NLIs that go with AIS A, B, C, D, E."""
FINDINGS = 16
RESULT_SIZE = 17
GRADE_A, GRADE_B, GRADE_C, GRADE_D, GRADE_E = range(5)
ONLY_CONTRACTION, NO_MUSCLE_BELOW, ZONE_BY_ENTRY_IN_D = 1, 2, 4
"""Bits of FINDINGS: everything may be normal but VAC; D may rest on n = 0; D may rest on a non-key entry."""

NOT_APPLICABLE = 1 << 31
_INT, _S3 = 30, 28
_SACRAL = 27  # place of S4-5 among the dermatomes
_ALL = 1023  # the ten key muscles

MUSCLES = tuple(int(segment) for segment in KEY_MUSCLES)
"""Segments of the key muscles."""

BELOW = tuple(sum(1 << i for i, muscle in enumerate(MUSCLES) if muscle > s) for s in range(35))
"""Key muscles below a segment, as a set."""

POP = tuple(i.bit_count() for i in range(1024))
"""How many key muscles a set holds."""


_NO_MUSCLE = tuple(s for s in map(int, DERMATOMES) if s <= _S3 and s not in MUSCLES)


def _cap(sensory: int) -> int:
    """The most caudal motor level that a sensory level allows (R2: segments without a key muscle follow
    it)."""
    free = [s for s in _NO_MUSCLE if s > sensory]
    return free[0] - 1 if free else (_S3 if sensory < _INT else _INT)


CAP = tuple(_cap(s) for s in range(31))
WALKED = tuple(sum(muscle <= CAP[s] for muscle in MUSCLES) for s in range(31))
"""How many key muscles the walk of R2 can meet, by sensory level."""

# a box: its numbers in a row of the table of boxes
B_SENSORY, B_MOTOR, B_ZERO, B_TRACE, B_STRONG, B_SACRAL = range(6)
BOX_SIZE = 6
MOST_BOXES = 400

# how a side bears on the grade, by level: (function far below: none, by entry only, by muscle) x S4-5 felt
STATES = 6
BY_ENTRY, BY_MUSCLE = 1, 2
BEYOND = 31 * STATES
"""Where a grid keeps what lies beyond the level that is being joined."""
GRID_SIZE = BEYOND + STATES
EMPTY_LOW = (99,) * GRID_SIZE
EMPTY_HIGH = (-1,) * GRID_SIZE

# what is known of a whole side
LEVELS, REACHED, SENSORY, MOTOR_NO_VAC, MOTOR_VAC = range(5)
SUMMARY_SIZE = 5
"""Its levels (the more rostral of the two), its states, its sensory levels, its motor levels by VAC."""


def possible(
    right: Numbers, left: Numbers, vac: int, dap: int, rules: Numbers, work: list[Numbers], result: Numbers
) -> None:
    """Write into ``result`` every value each output can take, and the NLIs that go with each grade.

    ``right`` and ``left`` are sides; ``vac`` and ``dap`` sets of answers (1 no, 2 yes); ``rules`` the rules
    chosen (under ``MOTOR_BELOW_NLI`` non-key entries are not looked at). ``work`` is :func:`workspace`.
    """
    boxes_r, boxes_l, low_r, high_r, low_l, high_l, sum_r, sum_l = work
    count_r = fill_boxes(right, boxes_r)
    count_l = fill_boxes(left, boxes_l)
    by_nli = rules[MOTOR_BELOW_NLI]
    fill_grid(boxes_r, count_r, right[NON_KEY], by_nli, low_r, high_r, sum_r)
    fill_grid(boxes_l, count_l, left[NON_KEY], by_nli, low_l, high_l, sum_l)
    _levels(sum_r, vac, SENSORY_R, result)
    _levels(sum_l, vac, SENSORY_L, result)
    _complete(right, left, vac, dap, result)
    result[ZPP_SENSORY_R] = _sensory_zone(right, left, vac, dap, rules)
    result[ZPP_SENSORY_L] = _sensory_zone(left, right, vac, dap, rules)
    result[ZPP_MOTOR_R] = _motor_zone(
        boxes_r, count_r, right[NON_KEY], low_l, high_l, sum_l, vac, dap, rules, result
    )
    result[ZPP_MOTOR_L] = _motor_zone(
        boxes_l, count_l, left[NON_KEY], low_r, high_r, sum_r, vac, dap, rules, result
    )
    join(low_r, high_r, sum_r[LEVELS], low_l, high_l, sum_l[LEVELS], vac, dap, rules, result)


def workspace() -> list[Numbers]:
    """Room for the tables of both sides, to be used again for every examination."""
    sizes = (MOST_BOXES * BOX_SIZE,) * 2 + (GRID_SIZE,) * 4 + (SUMMARY_SIZE,) * 2
    return [[0] * size for size in sizes]


def fill_boxes(side: Numbers, boxes: Numbers) -> int:
    """Write the boxes of a side, rostral to caudal; how many.

    A box holds its sensory and motor level (INT where everything is normal, whatever VAC), the key muscles
    that may be 0, 1 or 2, and 3 or more in it, and whether S4-5 may be unfelt (1) or felt (2).
    """
    count = 0
    for place in range(29):
        end = place == 28
        if end or ((side[SOME] | side[NOTHING]) >> place) & 1:
            count = _walk(side, _INT if end else place + 1, _sacral(side, place), boxes, count)
        if end or not (side[NORMAL] >> place) & 1:
            break
    return count


def _sacral(side: Numbers, place: int) -> int:
    """Whether S4-5 may be unfelt (1) and felt (2) when the dermatome at ``place`` is the first not normal."""
    unfelt = (side[NOTHING] >> _SACRAL) & 1
    some = (side[SOME] >> _SACRAL) & 1
    normal = (side[NORMAL] >> _SACRAL) & 1
    if place > _SACRAL:
        return 2
    if place == _SACRAL:
        return unfelt + 2 * some
    return unfelt + 2 * (some | normal)


def _walk(side: Numbers, sensory: int, sacral: int, boxes: Numbers, count: int) -> int:
    """R2 over sets: the boxes of one sensory level, by the key muscle that stops the walk."""
    zero, trace, strong = side[ZERO], side[TRACE], side[USEFUL] | side[FULL]
    for i in range(WALKED[sensory]):
        bit = 1 << i
        before, after = bit - 1, _ALL & ~(2 * bit - 1)  # 5 | free
        if (zero | trace) & bit:  # under 3: the segment above
            here = after | bit
            count = _put(boxes, count, sensory, MUSCLES[i] - 1, zero & here, trace & here,
                         strong & after | before, sacral)  # fmt: skip
        if side[USEFUL] & bit:  # 3 or 4: this segment
            count = _put(boxes, count, sensory, MUSCLES[i], zero & after, trace & after,
                         strong & after | before | bit, sacral)  # fmt: skip
        if not side[FULL] & bit:
            return count
    before = (1 << WALKED[sensory]) - 1
    return _put(boxes, count, sensory, CAP[sensory], zero & ~before, trace & ~before,
                strong & ~before | before, sacral)  # fmt: skip


def _put(
    boxes: Numbers, count: int, sensory: int, motor: int, zero: int, trace: int, strong: int, sacral: int
) -> int:
    row = count * BOX_SIZE
    boxes[row + B_SENSORY] = sensory
    boxes[row + B_MOTOR] = motor
    boxes[row + B_ZERO] = zero
    boxes[row + B_TRACE] = trace
    boxes[row + B_STRONG] = strong
    boxes[row + B_SACRAL] = sacral
    return count + 1


def fill_grid(
    boxes: Numbers, count: int, non_key: int, by_nli: int, low: Numbers, high: Numbers, summary: Numbers
) -> None:
    """Write, for every level and state a side can have, the least and the greatest count of weak muscles."""
    low[:] = EMPTY_LOW
    high[:] = EMPTY_HIGH
    for i in range(SUMMARY_SIZE):
        summary[i] = 0
    for row in range(0, count * BOX_SIZE, BOX_SIZE):
        sensory, motor = boxes[row + B_SENSORY], boxes[row + B_MOTOR]
        level = min(sensory, motor)
        summary[LEVELS] |= 1 << level
        summary[SENSORY] |= 1 << sensory
        summary[MOTOR_NO_VAC] |= 1 << min(motor, _S3)
        summary[MOTOR_VAC] |= 1 << motor
        zero, strong = boxes[row + B_ZERO], boxes[row + B_STRONG]
        weak = zero | boxes[row + B_TRACE]
        counted = BELOW[level]
        far = counted if by_nli else BELOW[motor + 3]
        if not far & ~zero:  # everything far below may be 0
            state = 2 * BY_ENTRY if non_key > motor + 3 else 0
            least, most = POP[counted & (far | ~strong)], POP[counted & (far | weak)]
            _widen(low, high, level, state, boxes[row + B_SACRAL], least, most, summary)
        if far & (boxes[row + B_TRACE] | strong):  # something far below may work
            # when none of it can be 1 or 2, and none must be strong, one at least is strong
            spared = 0 if far & (boxes[row + B_TRACE] | ~weak) else 1
            least, most = POP[counted & ~strong], POP[counted & weak] - spared
            _widen(low, high, level, 2 * BY_MUSCLE, boxes[row + B_SACRAL], least, most, summary)


def _widen(
    low: Numbers, high: Numbers, level: int, state: int, sacral: int, least: int, most: int, summary: Numbers
) -> None:
    for felt in range(2):
        if (sacral >> felt) & 1:
            at = level * STATES + state + felt
            low[at] = min(low[at], least)
            high[at] = max(high[at], most)
            summary[REACHED] |= 1 << (state + felt)


def _levels(summary: Numbers, vac: int, at: int, result: Numbers) -> None:
    result[at] = summary[SENSORY]
    motor = summary[MOTOR_NO_VAC] if vac & 1 else 0
    result[at + MOTOR_R - SENSORY_R] = motor | (summary[MOTOR_VAC] if vac & 2 else 0)


def _unfelt(side: Numbers) -> int:
    """Whether S4-5 of a side may be without sensation (1), may be felt (2)."""
    return _sacral(side, 0)


def _complete(right: Numbers, left: Numbers, vac: int, dap: int, result: Numbers) -> None:
    """R4 over sets: complete (1) where every answer and score may be no and 0, incomplete (2) where any may
    not."""
    lost = vac & dap & _unfelt(right) & _unfelt(left) & 1
    kept = (vac | dap | _unfelt(right) | _unfelt(left)) & 2
    result[COMPLETE] = lost | kept


def _sensory_zone(side: Numbers, other: Numbers, vac: int, dap: int, rules: Numbers) -> int:
    """R6 over sets: each segment above S4-5 that may be felt with nothing felt below it."""
    spared = (dap | _unfelt(side)) & 2
    open_ = dap & _unfelt(side) & 1
    if rules[ZONES_IF_COMPLETE]:
        spared |= (vac | _unfelt(other)) & 2
        open_ &= vac & _unfelt(other)
    zones = NOT_APPLICABLE if spared else 0
    if not open_:
        return zones
    for place in range(_SACRAL - 1, -1, -1):
        if ((side[NORMAL] | side[SOME]) >> place) & 1:
            zones |= 1 << (place + 2)
        if not (side[NOTHING] >> place) & 1:
            return zones
    return zones | 1 << 1


def _motor_zone(
    boxes: Numbers, count: int, non_key: int, low: Numbers, high: Numbers, other: Numbers,
    vac: int, dap: int, rules: Numbers, result: Numbers,
) -> int:  # fmt: skip
    """R7 over sets; ``low``, ``high`` and ``other`` are the grid and summary of the other side."""
    zones = NOT_APPLICABLE if vac & 2 else 0
    if rules[ZONES_IF_COMPLETE] and result[COMPLETE] & 2:
        zones = NOT_APPLICABLE
    if not vac & 1 or (rules[ZONES_IF_COMPLETE] and not result[COMPLETE] & 1):
        return zones
    for row in range(0, count * BOX_SIZE, BOX_SIZE):
        entry = non_key > boxes[row + B_MOTOR] + 3
        if rules[ZONES_IF_COMPLETE]:
            if boxes[row + B_SACRAL] & 1:
                zones |= _reach(boxes, row, 0) | _reach(boxes, row, 1)
        elif not entry:
            zones |= _reach(boxes, row, 0) | _reach(boxes, row, 1)
        elif rules[PRAXIS]:
            zones |= _praxis_zones(boxes, row, non_key, zones, low, high, other, dap, rules)
        else:
            zones |= _entry_zones(boxes, row, non_key, other[REACHED], dap)
    return zones


def _reach(boxes: Numbers, row: int, far: int) -> int:
    """What the more caudal of motor level and last working key muscle can be in a box: with (``far`` 1) or
    without (0) a muscle that works more than three segments below the motor level."""
    motor = min(boxes[row + B_MOTOR], _S3)
    active, zero = boxes[row + B_TRACE] | boxes[row + B_STRONG], boxes[row + B_ZERO]
    zones = 0
    for i in range(9, -1, -1):
        if MUSCLES[i] <= motor:
            break
        if (active >> i) & 1 and (MUSCLES[i] > motor + 3) == (far == 1):
            zones |= 1 << MUSCLES[i]
        if not (zero >> i) & 1:
            return zones
    return zones if far else zones | 1 << motor


def _entry_zones(boxes: Numbers, row: int, non_key: int, other: int, dap: int) -> int:
    """R7's exception over sets, in a box whose non-key entry lies far enough below its motor level.

    The entry sets the zone when there is sacral sensation and no key muscle works far below on either side.
    ``other`` holds the states of the other side: bits 0 to 3 without such a muscle, bits 4 and 5 with one.
    """
    near, sacral = _reach(boxes, row, 0), boxes[row + B_SACRAL]
    zones = _reach(boxes, row, 1)  # a key muscle of this side works far below: no exception
    quiet, quiet_unfelt, quiet_felt = other & 15, other & 5, other & 10
    if other & 48 or (dap & 1 and sacral & 1 and quiet_unfelt):
        zones |= near
    if near and ((dap & 2 and quiet) or (sacral & 2 and quiet) or quiet_felt):
        zones |= 1 << non_key
    return zones


def _praxis_zones(
    boxes: Numbers, row: int, non_key: int, zones: int, low: Numbers, high: Numbers, other: Numbers,
    dap: int, rules: Numbers,
) -> int:  # fmt: skip
    """R7 as Praxis reads it: the entry sets the zone in any AIS C when it lies far below the zone without it.

    ``zones`` are those already found, which are not asked for again.
    """
    reach = _reach(boxes, row, 0) | _reach(boxes, row, 1)
    for zone in range(1, _INT):
        if not (reach >> zone) & 1:
            continue
        if non_key - zone <= 3:
            zones |= 1 << zone
        if (zones >> zone) & 1 and (non_key - zone <= 3 or (zones >> non_key) & 1):
            continue  # nothing more to learn
        grades = _grades_at_zone(boxes, row, zone, low, high, other[LEVELS], dap, rules)
        if grades & (1 << GRADE_C):
            zones |= 1 << non_key
        if grades & ~(1 << GRADE_C):
            zones |= 1 << zone
    return zones


def _grades_at_zone(
    boxes: Numbers, row: int, zone: int, low: Numbers, high: Numbers, levels: int, dap: int, rules: Numbers
) -> int:
    """The grades (VAC no) of a box in which the last working key muscle, or the motor level, is ``zone``."""
    motor, sacral = min(boxes[row + B_MOTOR], _S3), boxes[row + B_SACRAL]
    level = min(boxes[row + B_SENSORY], motor)
    last = BELOW[zone - 1] & ~BELOW[zone] if zone > motor else 0
    counted, beyond = BELOW[level], BELOW[zone]
    zero, trace, strong = boxes[row + B_ZERO] & ~last, boxes[row + B_TRACE], boxes[row + B_STRONG]
    least = POP[counted & (beyond | ~strong)]
    most = POP[counted & (beyond | zero | trace)]
    state = 2 * (BY_MUSCLE if zone > motor + 3 else BY_ENTRY)
    grades = 0
    for theirs in range(1, _INT + 1):
        if (levels >> theirs) & 1:
            for felt in range(2):
                if (sacral >> felt) & 1:
                    for at in range(STATES):
                        if high[theirs * STATES + at] >= 0:
                            grades |= grades_of(
                                state + felt, at, least + low[theirs * STATES + at],
                                most + high[theirs * STATES + at], min(level, theirs), 1, dap, rules,
                            )  # fmt: skip
    return grades & 31


def grades_of(a: int, b: int, least: int, most: int, nli: int, vac: int, dap: int, rules: Numbers) -> int:
    """R5 over sets, for one NLI and one state of each side: the grades (bits 0 to 4) and FINDINGS (from bit
    5).

    ``least`` and ``most`` bound the weak muscles below the NLI; ``half`` of all are on one side, so they are
    not the majority when at most ``half`` are weak.
    """
    half = POP[BELOW[nli]]
    motor_incomplete = (1 << GRADE_D if least <= half else 0) | (
        1 << GRADE_C if most > half or (rules[TIE_OPEN] and most == half) else 0
    )
    grades = 0
    if vac & 2:
        grades |= 1 << GRADE_E if nli == _INT else motor_incomplete
    if vac & 1:
        felt, works = (a | b) & 1, (a | b) >> 1
        if not felt and dap & 1:
            grades |= 1 << GRADE_A
        if felt or dap & 2:
            grades |= motor_incomplete if works else 1 << GRADE_B
            if works == BY_ENTRY and motor_incomplete & (1 << GRADE_D):
                grades |= ZONE_BY_ENTRY_IN_D << 5
        if nli == _INT:
            grades |= ONLY_CONTRACTION << 5
    if not half and grades & (1 << GRADE_D):
        grades |= NO_MUSCLE_BELOW << 5
    return grades


def join(
    low_r: Numbers, high_r: Numbers, levels_r: int, low_l: Numbers, high_l: Numbers, levels_l: int,
    vac: int, dap: int, rules: Numbers, result: Numbers,
) -> None:  # fmt: skip
    """R3 and R5 over sets: join the sides at every NLI, from caudal to rostral."""
    for i in range(JOINT, RESULT_SIZE):
        result[i] = 0
    for nli in range(_INT, 0, -1):
        if rules[MOTOR_BELOW_NLI] and nli < _INT and BELOW[nli] != BELOW[nli + 1]:
            _works_below(low_r, high_r)
            _works_below(low_l, high_l)
        here_r, here_l = (levels_r >> nli) & 1, (levels_l >> nli) & 1
        if here_r or here_l:
            _join_at(low_r, high_r, here_r, low_l, high_l, here_l, nli, vac, dap, rules, result)
        if not (levels_r | levels_l) & ((1 << nli) - 1):
            break
    result[NLI] = result[AIS] = 0
    for grade in range(5):
        result[NLI] |= result[JOINT + grade]
        if result[JOINT + grade]:
            result[AIS] |= 1 << grade


def _join_at(
    low_r: Numbers, high_r: Numbers, here_r: int, low_l: Numbers, high_l: Numbers, here_l: int,
    nli: int, vac: int, dap: int, rules: Numbers, result: Numbers,
) -> None:  # fmt: skip
    """One side has the level ``nli`` itself; the other has it too or lies beyond (more caudal)."""
    at = nli * STATES
    if here_r and here_l:
        _pair(low_r, high_r, at, low_l, high_l, at, nli, vac, dap, rules, result)
    if here_r:
        _pair(low_r, high_r, at, low_l, high_l, BEYOND, nli, vac, dap, rules, result)
    if here_l:
        _pair(low_r, high_r, BEYOND, low_l, high_l, at, nli, vac, dap, rules, result)
    if here_r:
        _pass(low_r, high_r, at)
    if here_l:
        _pass(low_l, high_l, at)


def _works_below(low: Numbers, high: Numbers) -> None:
    """1992: seen from a level above a key muscle that is 3 or more, something works below."""
    for felt in range(2):
        at, works = BEYOND + felt, BEYOND + 2 * BY_MUSCLE + felt
        low[works] = min(low[works], low[at])
        high[works] = max(high[works], high[at])
        low[at] = EMPTY_LOW[0]
        high[at] = EMPTY_HIGH[0]


def _pass(low: Numbers, high: Numbers, at: int) -> None:
    for state in range(STATES):
        low[BEYOND + state] = min(low[BEYOND + state], low[at + state])
        high[BEYOND + state] = max(high[BEYOND + state], high[at + state])


def _pair(
    low_r: Numbers, high_r: Numbers, at_r: int, low_l: Numbers, high_l: Numbers, at_l: int,
    nli: int, vac: int, dap: int, rules: Numbers, result: Numbers,
) -> None:  # fmt: skip
    """Every state of the right with every state of the left."""
    for a in range(STATES):
        if high_r[at_r + a] < 0:
            continue
        for b in range(STATES):
            if high_l[at_l + b] < 0:
                continue
            least, most = low_r[at_r + a] + low_l[at_l + b], high_r[at_r + a] + high_l[at_l + b]
            found = grades_of(a, b, least, most, nli, vac, dap, rules)
            result[FINDINGS] |= found >> 5
            for grade in range(5):
                if (found >> grade) & 1:
                    level = _S3 if nli == _INT and grade == GRADE_B and not rules[PRAXIS] else nli
                    result[JOINT + grade] |= 1 << level
