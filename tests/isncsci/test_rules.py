"""Rules R1 to R8 of the 2019 edition, one by one, at their edges."""

from __future__ import annotations

import pytest
from tests.isncsci.builders import Cells, below, both, exam, lost_below

from myelos.isncsci import Classification, Reading, classify
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, Segment


def result(changes: Cells | None = None, vac: str = "yes", dap: str = "yes") -> Classification:
    return classify(exam(changes, vac=vac, dap=dap))


# R1


@pytest.mark.parametrize("segment", DERMATOMES)
@pytest.mark.parametrize("block", ["light_touch", "pin_prick"])
def test_the_first_abnormal_dermatome_ends_the_sensory_level_above_it(segment: Segment, block: str) -> None:
    """R1: one score under 2 puts that side's level one segment higher; C2 gives C1; the other side is INT."""
    found = result({f"right_{block}_{segment.label}": 1})
    assert (found.only("sensory_right"), found.only("sensory_left")) == (segment.above.label, "INT")


# R2


@pytest.mark.parametrize("segment", KEY_MUSCLES)
@pytest.mark.parametrize("grade", range(6))
def test_a_key_muscle_decides_by_its_grade(segment: Segment, grade: int) -> None:
    """R2: 0 to 2 gives the segment above, 3 or 4 the muscle's own, 5 goes on."""
    expected = segment.above.label if grade < 3 else segment.label if grade < 5 else "INT"
    assert result({f"left_motor_{segment.label}": grade}).only("motor_left") == expected


@pytest.mark.parametrize("segment", ["C2", "C3", "C4", "T2", "T7", "T12", "L1", "S2", "S3"])
def test_a_segment_without_a_key_muscle_follows_sensation(segment: str) -> None:
    """R2: where no muscle is tested, an abnormal dermatome stops the motor level above it."""
    found = result({f"right_light_touch_{segment}": 1})
    assert found.only("motor_right") == Segment.of(segment).above.label


@pytest.mark.parametrize(("dermatome", "level"), [("C5", "T1"), ("T1", "T1"), ("L3", "S1"), ("C6", "T1")])
def test_an_abnormal_dermatome_among_key_muscles_counts_at_the_next_free_segment(
    dermatome: str, level: str
) -> None:
    """R2: muscles of 5 carry the level past it, but every dermatome above a free segment counts there."""
    assert result({f"right_pin_prick_{dermatome}": 1}).only("motor_right") == level


def test_the_motor_level_is_s3_when_only_s4_5_is_abnormal() -> None:
    """R2: at S4-5 all dermatomes must be normal, also with voluntary contraction."""
    assert result({"right_light_touch_S4-5": 1}).only("motor_right") == "S3"


def test_the_motor_level_is_s3_when_only_contraction_is_missing() -> None:
    """R2 (M): without voluntary contraction the motor level is not INT."""
    found = result(vac="no")
    assert (found.only("motor_right"), found.only("motor_left")) == ("S3", "S3")


# R3


@pytest.mark.parametrize("cell", ["motor_C6", "light_touch_C6", "pin_prick_C6"])
@pytest.mark.parametrize("side", ["right", "left"])
def test_the_neurological_level_is_the_most_rostral_of_four(side: str, cell: str) -> None:
    """R3: each of the four levels alone can set it."""
    assert result({f"{side}_{cell}": 0}).only("nli") == "C5"


def test_everything_normal_but_contraction_is_read_in_two_ways() -> None:
    """R3 (L): S3 by the definition, INT by the Praxis reading, grade B in both, with a warning."""
    normal = exam(vac="no")
    by_definition, by_praxis = classify(normal), classify(normal, Reading.PRAXIS)
    assert (by_definition.nli, by_praxis.nli) == (("S3",), ("INT",))
    assert by_definition.ais == by_praxis.ais == ("B",)
    assert [finding.code for finding in by_definition.findings] == ["isncsci.only-contraction-missing"]


def test_with_contraction_the_two_readings_of_the_level_agree() -> None:
    """R3: the Praxis reading departs only where VAC alone fails."""
    assert classify(exam(), Reading.PRAXIS).nli == ("INT",)
    assert classify(exam({"left_motor_S1": 4}, vac="no"), Reading.PRAXIS).nli == ("S1",)


# R4


@pytest.mark.parametrize(
    "spared",
    [
        *(
            {f"{side}_{block}_S4-5": 1}
            for side in ("right", "left")
            for block in ("light_touch", "pin_prick")
        ),
        {"vac": "yes"},
        {"dap": "yes"},
    ],
    ids=str,
)
def test_any_one_sacral_function_makes_the_injury_incomplete(spared: Cells) -> None:
    """R4: VAC alone, DAP alone, or one sacral score alone is enough."""
    vac, dap = str(spared.get("vac", "no")), str(spared.get("dap", "no"))
    cells = {cell: score for cell, score in spared.items() if cell not in ("vac", "dap")}
    found = result(lost_below("T4") | cells, vac, dap)
    assert found.complete == ("I",)
    assert found.ais == ("C" if vac == "yes" else "B",)


def test_without_any_sacral_function_the_injury_is_complete_whatever_moves() -> None:
    """R4: strong legs do not make an injury incomplete."""
    found = result(lost_below("C5") | both("motor_L2", 5), "no", "no")
    assert (found.complete, found.ais) == (("C",), ("A",))


# R5


def test_e_asks_for_a_documented_deficit() -> None:
    """R5.1: the grade E comes with a warning."""
    found = result()
    assert found.ais == ("E",)
    assert [(f.code, f.severity.value) for f in found.findings] == [
        ("isncsci.e-needs-documented-deficit", "warning")
    ]


@pytest.mark.parametrize(("muscle", "grade"), [("C8", "B"), ("T1", "C")])
def test_a_key_muscle_counts_from_the_fourth_segment_below(muscle: str, grade: str) -> None:
    """R5.3: motor level C5: C8 is three below and does not count, T1 is four below and does."""
    found = result(lost_below("C5") | {f"right_motor_{muscle}": 1}, "no", "yes")
    assert (found.only("motor_right"), found.only("ais")) == ("C5", grade)


@pytest.mark.parametrize(("entry", "grade"), [("C8", "B"), ("T1", "C"), ("S1", "C")])
def test_a_non_key_entry_counts_from_the_fourth_segment_below(entry: str, grade: str) -> None:
    """R5.3: a non-key entry is held to the same distance."""
    assert result(lost_below("C5") | {"left_non_key": entry}, "no", "yes").only("ais") == grade


def test_the_distance_is_counted_from_that_sides_own_motor_level() -> None:
    """R5.3: C5 right and T1 left: a trace in left T1 is at its own level, though far below the NLI."""
    cells = lost_below("C5") | {f"left_motor_{muscle}": 5 for muscle in ("C6", "C7", "C8", "T1")}
    found = result(cells, "no", "yes")
    assert (found.only("motor_right"), found.only("motor_left"), found.only("ais")) == ("C5", "T1", "B")


def test_motor_function_far_below_without_sacral_sensation_changes_nothing() -> None:
    """R5.3: without sacral sparing the injury is complete, not C."""
    assert result(lost_below("C5") | {"right_non_key": "S1"}, "no", "no").only("ais") == "A"


def test_contraction_alone_makes_c() -> None:
    """R5.3: VAC yes needs no other motor function."""
    assert result(lost_below("C5"), "yes", "no").only("ais") == "C"


@pytest.mark.parametrize(("useful", "grade"), [(4, "C"), (5, "D"), (6, "D")])
def test_a_tie_gives_d(useful: int, grade: str) -> None:
    """R5.4: ten key muscles lie below T4; five of 3 or more are half, and half is D."""
    legs = [f"{side}_motor_{muscle.label}" for side in ("right", "left") for muscle in KEY_MUSCLES[5:]]
    cells: Cells = {leg: 3 if index < useful else 2 for index, leg in enumerate(legs)}
    assert result(below("T4", touch=1, prick=1) | cells).only("ais") == grade


def test_useful_muscles_are_counted_below_the_nli_not_the_motor_level() -> None:
    """R5.4: sensory level C4 with normal arms: the arms are below the NLI and make it D."""
    cells = {"right_light_touch_C5": 1} | both("motor_L2", 0) | both("motor_L3", 0) | both("motor_L4", 0)
    found = result(cells | both("motor_L5", 0) | both("motor_S1", 0))
    assert (found.only("nli"), found.only("motor_right"), found.only("ais")) == ("C4", "T1", "D")


def test_no_key_muscle_below_the_level_gives_d_with_a_note() -> None:
    """R5.4 (M): n = 0 gives D, and the result says that this is read by analogy."""
    found = result(below("S1", touch=1, prick=1))
    assert (found.only("nli"), found.only("ais")) == ("S1", "D")
    assert [finding.code for finding in found.findings] == ["isncsci.no-muscle-below-nli"]


# R6


def test_the_sensory_zone_is_each_sides_own() -> None:
    """R6: sensation at S4-5 on one side takes the zone from that side only."""
    found = result(lost_below("T4") | {"right_light_touch_S4-5": 1, "left_light_touch_L2": 1}, "no", "no")
    assert (found.only("zpp_sensory_right"), found.only("zpp_sensory_left")) == ("NA", "L2")


def test_deep_anal_pressure_takes_both_sensory_zones() -> None:
    """R6: DAP yes: no zone on either side, also without any score at S4-5."""
    found = result(lost_below("T4"), "no", "yes")
    assert (found.only("zpp_sensory_right"), found.only("zpp_sensory_left")) == ("NA", "NA")


def test_the_sensory_zone_jumps_over_gaps() -> None:
    """R6: the most caudal segment with any sensation counts, whatever lies between."""
    found = result(lost_below("T4") | {"left_pin_prick_S3": 1}, "no", "no")
    assert found.only("zpp_sensory_left") == "S3"


def test_a_side_without_any_sensation_has_its_zone_at_c1() -> None:
    """R6: no sensation from C2 down gives C1."""
    assert result(lost_below("C1"), "no", "no").only("zpp_sensory_right") == "C1"


# R7


def test_contraction_takes_both_motor_zones() -> None:
    """R7: VAC yes: no motor zone on either side."""
    found = result(lost_below("T4"), "yes", "no")
    assert (found.only("zpp_motor_right"), found.only("zpp_motor_left")) == ("NA", "NA")


def test_the_motor_zone_is_never_above_the_motor_level() -> None:
    """R7: in the thorax the motor level, not T1, is the zone."""
    assert result(lost_below("T8"), "no", "no").only("zpp_motor_left") == "T8"


def test_the_motor_zone_of_an_incomplete_injury_is_given_too() -> None:
    """R7: since 2019 the zone depends on VAC, not on the grade."""
    found = result(lost_below("C5") | {"right_motor_L3": 1}, "no", "yes")
    assert (found.only("ais"), found.only("zpp_motor_right")) == ("C", "L3")


def test_an_entry_that_alone_makes_c_sets_its_sides_zone() -> None:
    """R7, exception (H for C): only the side of the entry."""
    found = result(lost_below("C5") | {"left_non_key": "L4"}, "no", "yes")
    assert (found.only("ais"), found.only("zpp_motor_right"), found.only("zpp_motor_left")) == (
        "C",
        "C5",
        "L4",
    )


def test_an_entry_near_its_motor_level_sets_nothing_though_the_other_side_does() -> None:
    """R7: each side's entry is held to its own distance."""
    found = result(lost_below("C5") | {"left_non_key": "L4", "right_non_key": "C7"}, "no", "yes")
    assert (found.only("zpp_motor_right"), found.only("zpp_motor_left")) == ("C5", "L4")


def test_an_entry_that_alone_makes_d_sets_its_sides_zone_with_a_note() -> None:
    """R7, exception (M for D): the zone is the entry, and the result says how sure that is."""
    cells: Cells = {"right_light_touch_C5": 1, "left_non_key": "S1"}
    cells |= {f"{side}_motor_{muscle.label}": 0 for side in ("right", "left") for muscle in KEY_MUSCLES[5:]}
    found = result(cells, "no", "yes")
    assert (found.only("ais"), found.only("motor_left"), found.only("zpp_motor_left")) == ("D", "L1", "S1")
    assert [finding.code for finding in found.findings] == ["isncsci.non-key-zone-in-d"]


def test_an_entry_does_not_set_the_zone_where_a_key_muscle_already_makes_c() -> None:
    """R7: by default the exception needs an injury that would else be B; the Praxis reading does not."""
    tested = exam(lost_below("C5") | {"right_motor_L2": 1, "left_non_key": "L4"}, vac="no", dap="yes")
    assert classify(tested).only("zpp_motor_left") == "C5"
    assert classify(tested, Reading.PRAXIS).only("zpp_motor_left") == "L4"


def test_an_entry_near_a_trace_sets_the_zone_by_default_only() -> None:
    """R7: distance is from the motor level; the Praxis reading measures from the zone found without it."""
    cells = lost_below("C5") | {"right_motor_C8": 1, "right_non_key": "T1"}
    tested = exam(cells, vac="no", dap="yes")
    assert classify(tested).only("zpp_motor_right") == "T1"
    assert classify(tested, Reading.PRAXIS).only("zpp_motor_right") == "C8"


def test_an_entry_in_a_complete_injury_sets_nothing() -> None:
    """R7: without sacral sparing the exception does not apply."""
    assert result(lost_below("C5") | {"right_non_key": "L4"}, "no", "no").only("zpp_motor_right") == "C5"


# R8


def test_sums_of_a_normal_examination_are_the_greatest() -> None:
    """R8: 25 and 50, 56 and 112."""
    assert result().as_dict()["sums"] == {
        "uems_right": 25, "uems_left": 25, "uems": 50,
        "lems_right": 25, "lems_left": 25, "lems": 50,
        "light_touch_right": 56, "light_touch_left": 56, "light_touch": 112,
        "pin_prick_right": 56, "pin_prick_left": 56, "pin_prick": 112,
    }  # fmt: skip


def test_arm_and_leg_sums_do_not_mix() -> None:
    """R8: T1 belongs to the arm, L2 to the leg, each to its own side."""
    sums = result({"right_motor_T1": 1, "left_motor_L2": 2, "left_pin_prick_S4-5": 0}).sums
    motor = (sums.uems_right, sums.uems_left, sums.lems_right, sums.lems_left)
    assert [each.exact for each in motor] == [21, 25, 25, 22]
    assert [each.exact for each in (sums.pin_prick_right, sums.pin_prick_left, sums.pin_prick)] == [56, 54,
    110]
