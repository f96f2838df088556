"""Which column holds which cell, and how scores are written there: our CSV, Praxis JSON, REDCap, Sygen,
EMSCI.

Sources of the names: ours are :mod:`myelos.isncsci.layouts`; Praxis JSON is the object of the npm package
``isncsci`` 2.0.6; REDCap is the instrument ``isncsci_exam`` of the public module ``fom-ds-redcap/isncsci``,
read from its code (its data dictionary was not seen: certainty M); Sygen and EMSCI names are those of public
analysis code (certainty M; Sygen's sensory 9 is "not testable", its *any anal sensation* is not deep anal
pressure).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from myelos.isncsci.exam import BLOCKS, CELLS, MOTOR_TOP, SENSORY_TOP, SIDES, cell_name
from myelos.isncsci.segments import KEY_MUSCLES, Segment

NON_KEY = ("right_non_key", "left_non_key")
ANAL = "any_anal_sensation"

NAMES: tuple[str, ...] = ("id", *CELLS, *NON_KEY, ANAL)
"""Everything a column can be: the id, the 134 cells, the non-key entries, any anal sensation."""

OUR_ANSWERS = {"no": 0, "yes": 1, "NT": 2}
NT_CODE, STAR, DOUBLE_STAR = 6, 8, 16


def score_codes(top: int) -> dict[str, int]:
    """The code of every score of the scale 0 to ``top`` as it is written: the score in the low three bits (6
    for NT), plus 8 for the tag ``*`` and 16 for ``**``."""
    plain = {str(value): value for value in range(top + 1)} | {"NT": NT_CODE}
    tagged = {
        text + tag: code + bit
        for text, code in plain.items()
        if code != top
        for tag, bit in (("*", STAR), ("**", DOUBLE_STAR))
    }
    return plain | tagged


@dataclass(frozen=True)
class ColumnMap:
    """How a table names and writes an examination.

    - ``columns``: the column of each of :data:`NAMES`; an optional one, and ``id`` (rows are then counted
      from 1), may be left out.
    - ``motor``, ``sensory``, ``answers``: the code of every text a cell may hold, by scale; numbers are read
      as their text. Codes: a score in the low three bits (6 for NT), plus 8 for ``*`` and 16 for ``**``;
      answers 0 no, 1 yes, 2 NT.
    - ``entries``: the segment of every text a non-key column may hold; empty is no entry.
    - ``tag_suffix``: where the tag of ``COLUMN_value`` stands in a column of its own, the ending that
      replaces ``_value``; its texts follow the score's after ``|``.
    - ``any_case``: column names are compared without regard to case.
    - ``coded``: whole numbers may be the codes themselves (a non-key entry: its segment's number, 0 for
      none).
    """

    name: str
    columns: Mapping[str, str]
    motor: Mapping[str, int] = field(default_factory=lambda: score_codes(MOTOR_TOP))
    sensory: Mapping[str, int] = field(default_factory=lambda: score_codes(SENSORY_TOP))
    answers: Mapping[str, int] = field(default_factory=lambda: OUR_ANSWERS)
    entries: Mapping[str, int] = field(default_factory=lambda: {s.label: int(s) for s in KEY_MUSCLES})
    tag_suffix: str | None = None
    any_case: bool = False
    coded: bool = False

    def __post_init__(self) -> None:
        if unknown := set(self.columns) - set(NAMES):
            raise ValueError(f"no such cells: {', '.join(sorted(unknown))}")

    def renamed(self, columns: Mapping[str, str]) -> ColumnMap:
        """The same map with some cells in other columns. Raises ValueError for a cell that is none."""
        return replace(self, columns={**self.columns, **columns})

    def texts(self, cell: str) -> Mapping[str, int]:
        """What the column of a cell may hold, with its codes."""
        if cell in NON_KEY:
            return self.entries
        if cell in ("vac", "dap", ANAL):
            return self.answers
        return self.motor if "_motor_" in cell else self.sensory


def _cells(pattern: str, labels: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """The columns of the 132 scores: ``pattern`` with side, block and level put in."""
    return {
        cell_name(side, block, segment): pattern.format(
            side=words[side], block=words[block], level=labels.get(segment.label, segment.label)
        )
        for side in SIDES
        for block, segments, _ in BLOCKS
        for segment in segments
    }


OURS = ColumnMap("ours", {name: name for name in NAMES}, coded=True)
"""Columns named after the cells, as in our CSV."""

JSONL = ColumnMap(
    "jsonl",
    {
        **{name: name for name in ("id", "vac", "dap", ANAL)},
        **_cells("{side}.{block}.{level}", {}, {name: name for name in (*SIDES, *(b for b, _, _ in BLOCKS))}),
        **{f"{side}_non_key": f"{side}.non_key" for side in SIDES},
    },
)
"""Our JSON lines; nested names are joined by dots."""

PRAXIS = ColumnMap(
    "praxis",
    {
        "id": "id",
        **_cells(
            "{side}.{block}.{level}",
            {"S4-5": "S4_5"},
            {"right": "right", "left": "left", "motor": "motor", "light_touch": "lightTouch",
             "pin_prick": "pinPrick"},
        ),
        "vac": "voluntaryAnalContraction",
        "dap": "deepAnalPressure",
        ANAL: ANAL,
        **{f"{side}_non_key": f"{side}.lowestNonKeyMuscleWithMotorFunction" for side in SIDES},
    },
    answers={"No": 0, "Yes": 1, "NT": 2},
)  # fmt: skip
"""The object of the npm package ``isncsci``, one a line; nested names are joined by dots. Ours to add: ``id``
and ``any_anal_sensation``, which it does not know."""


def _redcap_scores(top: int) -> dict[str, int]:
    """``ab-3`` with ``1`` in the tag column (consider normal) is ``3**``, with ``2`` it is ``3*``."""
    plain = {str(value): value for value in range(top + 1)} | {"nt": NT_CODE}
    marked = {
        f"ab-{text}|{word}": code + bit
        for text, code in plain.items()
        if code != top
        for word, bit in (("1", DOUBLE_STAR), ("2", STAR))
    }
    return {f"{text}|": code for text, code in plain.items()} | marked


REDCAP = ColumnMap(
    "redcap",
    {
        "id": "record_id",
        **_cells(
            "{side}_{block}_{level}_value",
            {segment.label: segment.label.lower().replace("-", "_") for segment in Segment},
            {"right": "right", "left": "left", "motor": "motor", "light_touch": "light_touch",
             "pin_prick": "pinprick"},
        ),
        "vac": "voluntary_anal_contraction",
        "dap": "deep_anal_pressure",
        **{f"{side}_non_key": f"lowest_non_key_muscle_with_motor_function_{side}" for side in SIDES},
    },
    motor=_redcap_scores(MOTOR_TOP),
    sensory=_redcap_scores(SENSORY_TOP),
    answers={"No": 0, "Yes": 1, "NT": 2},
    tag_suffix="_considernormal",
)  # fmt: skip
"""The REDCap instrument ``isncsci_exam``."""

_SYGEN_MUSCLES = dict(
    zip(
        (segment.label for segment in KEY_MUSCLES),
        ("elbfl", "wrext", "elbex", "finfl", "finab", "hipfl", "knee", "ankdo", "greto", "ankpl"),
        strict=True,
    )
)


def sygen(week: str = "01") -> ColumnMap:
    """Sygen-like names for a week (``01``, ``04`` ... ``52``; empty where the table has one row a visit).

    There is no deep anal pressure: its cell is missing, so ``missing="NT"`` must be asked for; ``anyana`` is
    read as any anal sensation (1992).
    """
    columns = {"id": "ptid", "vac": f"vaccd{week}", ANAL: f"anyana{week}"}
    for side, letter in (("right", "r"), ("left", "l")):
        for block, segments, _ in BLOCKS:
            for segment in segments:
                columns[cell_name(side, block, segment)] = f"{_sygen_stem(block, segment, letter)}{week}"
    return ColumnMap(
        "sygen",
        columns,
        motor={str(value): value for value in range(MOTOR_TOP + 1)},
        sensory={str(value): value for value in range(SENSORY_TOP + 1)} | {"9": NT_CODE},
        answers={"0": 0, "1": 1},
        any_case=True,
    )


def _sygen_stem(block: str, segment: Segment, letter: str) -> str:
    if block != "motor":
        kind = "lt" if block == "light_touch" else "pp"
        return f"{segment.label.lower().replace('-', '')}{kind}{letter}"
    stem = _SYGEN_MUSCLES[segment.label]
    if stem == "knee":  # the one irregular name: kneexl, kneetr
        stem += "x" if letter == "l" else "t"
    return stem + letter


EMSCI = ColumnMap(
    "emsci",
    {
        "id": "Patientennummer",
        **_cells(
            "{side}{block}_{level}",
            {"S4-5": "S45"},
            {"right": "R", "left": "L", "motor": "MS", "light_touch": "LT", "pin_prick": "PP"},
        ),
        "vac": "VAC",
        "dap": "DAP",
    },
    answers={"No": 0, "Yes": 1, "NT": 2},
)
"""EMSCI-like names: ``RMS_C5``, ``LLT_S45``, ``RPP_T4``."""

MAPS: dict[str, ColumnMap] = {each.name: each for each in (OURS, JSONL, PRAXIS, REDCAP, sygen(), EMSCI)}
"""The maps by name; :func:`sygen` makes those of other weeks."""


def column_map(which: str | ColumnMap | Mapping[str, str]) -> ColumnMap:
    """A map by its name (``sygen:26`` for a week of Sygen), as it is, or ours with some columns renamed.

    Raises ValueError for a name that is none, and for a cell that is none.
    """
    if isinstance(which, ColumnMap):
        return which
    if not isinstance(which, str):
        return OURS.renamed(which)
    name, _, week = which.partition(":")
    if week and name == "sygen":
        return sygen(week)
    if which not in MAPS:
        raise ValueError(f"{which!r} is none of {', '.join(MAPS)}, sygen:WEEK")
    return MAPS[which]


def missing_columns(columns: Sequence[str], wanted: ColumnMap) -> list[str]:
    """The columns that a table must have and has not, apart from the id's."""
    there = {name.lower() for name in columns} if wanted.any_case else set(columns)
    return [
        wanted.columns.get(name, name)
        for name in CELLS
        if (column := wanted.columns.get(name)) is None
        or (column.lower() if wanted.any_case else column) not in there
    ]
