"""Small builders for the tests: an examination from what differs from normal."""

from __future__ import annotations

from collections.abc import Mapping

from myelos.isncsci import Exam, Segment
from myelos.isncsci.exam import BLOCKS, SIDES
from myelos.isncsci.records import parse_exam

Cells = dict[str, int | str]


def record(
    changes: Mapping[str, int | str] | None = None, *, vac: str = "yes", dap: str = "yes"
) -> dict[str, object]:
    """The JSON record of a normal examination but for ``changes`` (cell name to score)."""
    left_over = dict(changes or {})
    sides = {}
    for side in SIDES:
        blocks: dict[str, object] = {"non_key": left_over.pop(f"{side}_non_key", None)}
        for block, segments, top in BLOCKS:
            names = [segment.label for segment in segments]
            blocks[block] = {name: left_over.pop(f"{side}_{block}_{name}", top) for name in names}
        sides[side] = blocks
    assert not left_over, f"no such cells: {left_over}"
    return {"id": "x", "vac": vac, "dap": dap, **sides}


def exam(changes: Mapping[str, int | str] | None = None, *, vac: str = "yes", dap: str = "yes") -> Exam:
    """A normal examination but for ``changes``."""
    return parse_exam(record(changes, vac=vac, dap=dap))


def below(
    level: str,
    *,
    motor: int | None = None,
    touch: int | None = None,
    prick: int | None = None,
    sides: tuple[str, ...] = SIDES,
) -> Cells:
    """The same scores in every cell below ``level`` of the blocks given."""
    wanted = {"motor": motor, "light_touch": touch, "pin_prick": prick}
    return {
        f"{side}_{block}_{segment.label}": score
        for side in sides
        for block, segments, _ in BLOCKS
        for segment in segments
        if (score := wanted[block]) is not None and segment > Segment.of(level)
    }


def lost_below(level: str) -> Cells:
    """Nothing moves and nothing is felt below ``level``."""
    return below(level, motor=0, touch=0, prick=0)


def both(cell: str, score: int | str) -> Cells:
    """``cell`` (such as ``motor_L2``) on both sides."""
    return {f"{side}_{cell}": score for side in SIDES}
