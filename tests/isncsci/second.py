"""A second classifier, written from the worksheet's wording with names and sets instead of our rules.

It shares no code with ``myelos.isncsci.rules``: segments are texts, a level is found by asking every segment
whether it could be the level, and the non-key exception by grading the exam again without its entries.
"""

from __future__ import annotations

from typing import Any

ORDER = (
    "C1 C2 C3 C4 C5 C6 C7 C8 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 L1 L2 L3 L4 L5 S1 S2 S3 S4-5 INT".split()
)
KEY = "C5 C6 C7 C8 T1 L2 L3 L4 L5 S1".split()
SKIN = ORDER[1:-1]
PLACE = {name: place for place, name in enumerate(ORDER)}
Record = dict[str, Any]


def where(name: str) -> int:
    return PLACE[name]


def feels_normal(side: Record, down_to: str) -> bool:
    upper = SKIN[: where(down_to)]
    return all(side["light_touch"][name] == side["pin_prick"][name] == 2 for name in upper)


def sensory(side: Record) -> str:
    last = [name for name in ORDER[:-1] if feels_normal(side, name)][-1]
    return "INT" if last == "S4-5" else last


def motor(side: Record, vac: bool) -> str:
    def intact(name: str) -> bool:
        return side["motor"][name] == 5 if name in KEY else feels_normal(side, name)

    def enough(name: str) -> bool:
        return side["motor"][name] >= 3 if name in KEY else intact(name)

    could_be = [
        name
        for name in ORDER[: where("S4-5")]
        if enough(name) and all(intact(above) for above in ORDER[: where(name)])
    ]
    level = could_be[-1]
    return "INT" if level == "S3" and feels_normal(side, "S4-5") and vac else level


def far_things(side: Record, level: str) -> set[str]:
    moving = {name for name in KEY if side["motor"][name] > 0} | ({side["non_key"]} - {None})
    return {name for name in moving if where(name) >= where(level) + 4}


def sacral(side: Record) -> bool:
    return bool(side["light_touch"]["S4-5"] or side["pin_prick"]["S4-5"])


def grade(rec: Record) -> str:
    sides = [rec["right"], rec["left"]]
    if rec["vac"] and all(
        feels_normal(side, "S4-5") and set(side["motor"].values()) == {5} for side in sides
    ):
        return "E"
    if not (rec["vac"] or rec["dap"] or any(sacral(side) for side in sides)):
        return "A"
    if not rec["vac"] and not any(far_things(side, motor(side, False)) for side in sides):
        return "B"
    nli = min(where(level) for side in sides for level in (sensory(side), motor(side, rec["vac"])))
    grades = [side["motor"][name] for side in sides for name in KEY if where(name) > nli]
    weak = sum(g < 3 for g in grades)
    return "C" if weak > len(grades) - weak else "D"


def motor_zone(rec: Record, name: str) -> str:
    side = rec[name]
    if rec["vac"]:
        return "NA"
    level = motor(side, False)
    without = rec | {n: rec[n] | {"non_key": None} for n in ("right", "left")}
    entry = side["non_key"]
    decided_by_entry = grade(without) == "B" and grade(rec) in ("C", "D")
    if decided_by_entry and entry and where(entry) >= where(level) + 4:
        return str(entry)
    return max([level, *(m for m in KEY if side["motor"][m] > 0)], key=where)


def sensory_zone(rec: Record, name: str) -> str:
    side = rec[name]
    if rec["dap"] or sacral(side):
        return "NA"
    felt = [n for n in SKIN[:-1] if side["light_touch"][n] + side["pin_prick"][n] > 0]
    return max(["C1", *felt], key=where)


def classify_again(rec: Record) -> dict[str, str]:
    """The eleven outputs of a record with plain numbers and truth values."""
    right, left = rec["right"], rec["left"]
    levels = {
        "sensory_right": sensory(right),
        "sensory_left": sensory(left),
        "motor_right": motor(right, rec["vac"]),
        "motor_left": motor(left, rec["vac"]),
    }
    found = grade(rec)
    return levels | {
        "nli": min(levels.values(), key=where),
        "complete": "C" if found == "A" else "I",
        "ais": found,
        "zpp_sensory_right": sensory_zone(rec, "right"),
        "zpp_sensory_left": sensory_zone(rec, "left"),
        "zpp_motor_right": motor_zone(rec, "right"),
        "zpp_motor_left": motor_zone(rec, "left"),
    }


def plain(record: Record) -> Record:
    """A record of ours (text scores, ``yes``) as plain numbers and truth values."""

    def numbers(cells: dict[str, str]) -> dict[str, int]:
        return {name: int(score) for name, score in cells.items()}

    def side(cells: Record) -> Record:
        return {name: numbers(value) if isinstance(value, dict) else value for name, value in cells.items()}

    answers = {name: record[name] == "yes" for name in ("vac", "dap")}
    return answers | {name: side(record[name]) for name in ("right", "left")}
