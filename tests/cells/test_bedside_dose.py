"""Time, number and dose at the start of an infusion: every limit to the second and to the cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cells.story import Story, amount, codes, dose_rule, findings, limits, told
from tests.cells.tales import two_bags

from myelos.acts import Act, Decision
from myelos.cells import events as e
from myelos.cells.asked import Asked, Bedside, shown
from myelos.cells.bedside import ended, span, started
from myelos.cells.dose import Basis

SECOND = timedelta(seconds=1)
WINDOW = timedelta(minutes=15)


def nurse(number: int, at: datetime) -> Act:
    return Act(by=f"nurse-{number}", at=at, role="nurse", site="sapporo")


def start(story: Story, act: Act | None = None, bedside: Bedside | None = None, **changes: Any) -> Decision:
    return story.ask(story.start(11, **changes), act or story.nurse(), bedside)


# Time and number --------------------------------------------------------------------------------------


def test_the_infusion_starts_within_the_window_after_thawing() -> None:
    """Two hours after the thaw it starts, a second later it does not."""
    story = told("match-2")
    at = story.it(11).last_at
    thawed = at - timedelta(hours=2)
    story.put(11, thawed_at=thawed)
    assert codes(start(story, nurse(1, at))) == []
    story.put(11, thawed_at=thawed - SECOND)
    assert findings(start(story, nurse(1, at))) == [
        ("cells.thaw-window-over",
         {"container": story.container(11), "thawed": shown(thawed - SECOND), "most": "120 min"})
    ]  # fmt: skip
    story.put(11, thawed_at=None)
    assert findings(start(story)) == [("cells.never-thawed", {"container": story.container(11)})]


@pytest.mark.parametrize(
    ("written", "seconds"), [("1 d", 86_400), ("1.5 h", 5_400), ("15 min", 900), ("30 s", 30), ("0 min", 0)]
)
def test_a_span_of_time_is_what_it_says(written: str, seconds: int) -> None:
    """Days of 24 hours, hours, minutes and seconds."""
    assert span(amount(written)) == timedelta(seconds=seconds)


def test_no_more_bags_than_allowed_are_infused() -> None:
    """A first bag when one is allowed, and no second one, even if the first was stopped."""
    story = two_bags(most_infusions=1)
    story.must(story.end(11, "0 mL", left="40 mL", reason="stopped at once"), story.nurse())
    assert findings(story.ask(story.start(12), story.nurse())) == [
        ("cells.infused-already", {"chain": story.chain_id, "most": 1})
    ]
    story.limits = limits(most_infusions=2)
    assert codes(story.ask(story.start(12), story.nurse())) == []


def test_one_bag_runs_at_a_time() -> None:
    """While a bag runs or is paused, the next does not start."""
    story = two_bags()
    running = [("cells.infusion-runs", {"container": story.container(11)})]
    assert findings(story.ask(story.start(12), story.nurse())) == running
    story.must(story.pause(11), story.nurse())
    assert findings(story.ask(story.start(12), story.nurse())) == running


@pytest.mark.requirement("PRD-03")
def test_prd_03_the_highest_dose_is_that_of_all_bags_together() -> None:
    """What arrived from the first bag counts with the second: to the last cell."""
    story = two_bags()
    story.must(story.end(11, "20 mL", left="20 mL", reason="half of it"), story.nurse())
    assert story.chain is not None
    (first,) = story.chain.infusions
    assert first.delivered == 91_000_000
    second = story.it(12).contents
    assert second is not None
    room = 200_000_000 - (second.total or 0)

    def given_before(cells: int) -> list[tuple[str, dict[str, Any]]]:
        assert story.chain is not None
        chain = replace(story.chain, infusions=(replace(first, delivered=cells),))
        return findings(replace_chain(story, chain).ask(story.start(12), story.nurse()))

    assert given_before(room) == []
    assert given_before(room + 1) == [
        ("cells.dose-above-in-all", {"cells": second.total, "before": room + 1, "highest": 200_000_000})
    ]
    most = replace(second, viable=200_000_000, dead=0)
    story.put(12, contents=most)
    assert given_before(0) == []
    assert given_before(1) == [
        ("cells.dose-above-in-all", {"cells": 200_000_000, "before": 1, "highest": 200_000_000})
    ]
    story.put(12, contents=replace(most, dead=1))
    assert given_before(0)[0][0] == "cells.dose-above"
    assert len(given_before(0)) == 1


def test_before_a_second_bag_the_person_is_weighed_too() -> None:
    """Without a weight there is no window, for a second bag as for a first."""
    story = two_bags()
    story.must(story.end(11, "20 mL", left="20 mL", reason="half of it"), story.nurse())
    nobody = story.bedside(weight=None, weighed_at=None)
    assert codes(story.ask(story.start(12), story.nurse(), nobody)) == [
        "cells.weight-missing", "cells.weight-time-missing"
    ]  # fmt: skip
    light = story.bedside(weight=amount("14 kg"))
    assert codes(story.ask(story.start(12), story.nurse(), light)) == [
        "cells.dose-above-cap", "cells.dose-impossible"
    ]  # fmt: skip


def replace_chain(story: Story, chain: Any) -> Story:
    other = story.copy()
    other.chain = chain
    return other


# Dose -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-03")
def test_prd_03_the_start_names_its_dose_basis_times_and_window() -> None:
    """1.75e8 living and 7e6 dead cells for 60 kg: 0.5e8 to 2.0e8 allowed; when counted, when weighed."""
    story = told("match-2")
    bedside = story.bedside()
    command, act = story.start(11), story.nurse()
    (event,) = story.ask(command, act, bedside).events
    assert event == e.InfusionStarted(
        chain=story.chain_id, container=story.container(11), person=story.person, first="nurse-1",
        second="nurse-2", basis="total", dose=182_000_000, counted_at=story.it(11).contents.counted_at,
        weight=amount("60 kg"), weighed_at=bedside.weighed_at, lowest=50_000_000, highest=200_000_000,
        flow=amount("0.8 mL/min"), dilution=amount("3 fold"), premedication=("hydrocortisone",),
    )  # fmt: skip
    story.limits = limits(dose=dose_rule(basis=Basis.VIABLE))
    (event,) = start(story, bedside=bedside).events
    assert (event.basis, event.dose) == ("viable", 175_000_000)


@pytest.mark.requirement("PRD-03")
@pytest.mark.parametrize(
    ("weight", "cells", "found"),
    [
        ("50 kg", 167_000_000, []),
        ("50 kg", 167_000_001, ["cells.dose-above-cap"]),
        ("80 kg", 200_000_000, []),
        ("80 kg", 200_000_001, ["cells.dose-above"]),
        ("80 kg", 50_000_000, []),
        ("80 kg", 49_999_999, ["cells.dose-below"]),
        ("14 kg", 46_760_000, ["cells.dose-below", "cells.dose-impossible"]),
    ],
)
def test_prd_03_the_bag_s_cells_lie_in_the_window_of_the_weight(
    weight: str, cells: int, found: list[str]
) -> None:
    """0.5e8 to 1.67e8 at 50 kg, 0.5e8 to 2.0e8 at 80 kg, none at 14 kg: to the cell."""
    story = told("match-2")
    contents = story.it(11).contents
    assert contents is not None
    story.put(11, contents=replace(contents, viable=cells - 5, dead=5))
    assert codes(start(story, bedside=story.bedside(weight=amount(weight)))) == found


@pytest.mark.requirement("PRD-03")
def test_prd_03_without_weight_or_count_there_is_no_dose() -> None:
    """Nobody weighed, nobody counted: refused, and said."""
    story = told("match-2")
    nobody = story.bedside(weight=None, weighed_at=None)
    assert codes(start(story, bedside=nobody)) == ["cells.weight-missing", "cells.weight-time-missing"]
    contents = story.it(11).contents
    assert contents is not None
    for unknown in ({"viable": None}, {"dead": None}, {"counted_at": None}):
        story.put(11, contents=replace(contents, **unknown))
        assert findings(start(story)) == [("cells.not-counted", {"container": story.container(11)})]
    story.put(11, contents=None)
    assert codes(start(story)) == ["cells.not-counted"]


@pytest.mark.requirement("PRD-03")
def test_prd_03_count_and_weight_are_recent_enough() -> None:
    """Sixty and fourteen days old is still recent, a second more is not."""
    story = told("match-2")
    act = story.nurse()
    contents = story.it(11).contents
    assert contents is not None
    for age, found in ((timedelta(days=60), []), (timedelta(days=60, seconds=1), ["cells.count-too-old"])):
        story.put(11, contents=replace(contents, counted_at=act.at - age))
        assert codes(start(story, act)) == found
    story.put(11, contents=contents)
    for age, found in ((timedelta(days=14), []), (timedelta(days=14, seconds=1), ["cells.weight-too-old"])):
        assert codes(start(story, act, story.bedside(weighed_at=act.at - age))) == found


@pytest.mark.requirement("PRD-04")
@pytest.mark.parametrize(
    ("flow", "dilution", "found"),
    [
        ("0.7 mL/min", "3 fold", []),
        ("1.0 mL/min", "4 fold", []),
        ("1.1 mL/min", "3 fold", ["cells.flow-outside"]),
        ("0.6 mL/min", "2.9 fold", ["cells.flow-outside", "cells.dilution-too-little"]),
    ],
)
def test_prd_04_flow_and_dilution_outside_are_warnings(flow: str, dilution: str, found: list[str]) -> None:
    """They are told beside the event, which says what was set."""
    decision = start(told("match-2"), flow=amount(flow), dilution=amount(dilution))
    assert codes(decision) == found
    (event,) = decision.events
    assert (event.flow, event.dilution) == (amount(flow), amount(dilution))


@pytest.mark.requirement("PRD-03")
def test_prd_03_a_dose_of_living_cells_counts_the_living() -> None:
    """Where the rule counts living cells, dead ones do not make up for them."""
    story = told("match-2")
    contents = story.it(11).contents
    assert contents is not None
    story.limits = limits(dose=dose_rule(basis=Basis.VIABLE))
    story.put(11, contents=replace(contents, viable=49_999_999, dead=1_000_000))
    assert codes(start(story)) == ["cells.dose-below"]
    story.put(11, contents=replace(contents, viable=200_000_000, dead=1_000_000))
    assert codes(start(story)) == []


@pytest.mark.parametrize(
    "passed_by", ["limits", "weight", "weighed_at", "contents", "counted_at", "viable", "cap"]
)
def test_a_gate_that_was_passed_by_is_a_fault_of_the_program(passed_by: str) -> None:
    """No event is made of what no gate has looked at."""
    story = told("match-2")
    bedside, contents = story.bedside(), story.it(11).contents
    assert contents is not None
    if passed_by == "limits":
        story.limits = None
    elif passed_by in ("weight", "weighed_at"):
        bedside = replace(bedside, **{passed_by: None})
    elif passed_by == "cap":
        bedside = replace(bedside, weight=amount("14 kg"))
    else:
        story.put(11, contents=None if passed_by == "contents" else replace(contents, **{passed_by: None}))
    assert story.chain is not None
    asked = Asked(story.chain, story.start(11), story.nurse(), story.limits, bedside)
    with pytest.raises(ValueError, match=r"^nothing is started or ended but after its gates$"):
        started(asked)


def test_an_empty_bag_has_not_run_in() -> None:
    """A bag that holds nothing is not ended."""
    story = told("start")
    story.put(11, contents=None)
    assert story.chain is not None
    asked = Asked(story.chain, story.end(11), story.nurse(), story.limits, story.bedside())
    with pytest.raises(ValueError, match=r"^nothing is started or ended but after its gates$"):
        ended(asked)
