"""At the bedside: two trained people, one person, one bag, its dose; and what of it arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cells.story import Story, amount, codes, findings, running, told
from tests.cells.tales import two_bags

from myelos.acts import Act, Decision
from myelos.cells import events as e
from myelos.cells.asked import Bedside, shown
from myelos.cells.containers import Match, State
from myelos.findings import Finding, Severity

SECOND = timedelta(seconds=1)
WINDOW = timedelta(minutes=15)


def nurse(number: int, at: datetime) -> Act:
    return Act(by=f"nurse-{number}", at=at, role="nurse", site="sapporo")


def start(story: Story, act: Act | None = None, bedside: Bedside | None = None, **changes: Any) -> Decision:
    return story.ask(story.start(11, **changes), act or story.nurse(), bedside)


# Two people -------------------------------------------------------------------------------------------


@pytest.mark.requirement("LAB-05")
def test_lab_05_two_trained_people_match_and_one_of_them_starts() -> None:
    """Either of the two may start, and the event names both: who starts first."""
    story = told("match-2")
    for one, other in ((1, 2), (2, 1)):
        (event,) = start(story, story.nurse(one, 0)).events
        assert (event.first, event.second) == (f"nurse-{one}", f"nurse-{other}")


@pytest.mark.requirement("LAB-05")
def test_lab_05_one_signature_is_not_enough() -> None:
    """One person alone cannot start, nor with nobody's scan at all."""
    story = told("match-1")
    label = story.container(11)
    lacking = ("cells.two-people-needed", {"container": label, "people": 1, "window": "15 min"})
    assert findings(start(story)) == [lacking]
    story = told("thaw")
    assert findings(start(story)) == [
        ("cells.two-people-needed", {"container": label, "people": 0, "window": "15 min"}),
        ("cells.starter-did-not-match", {"container": label, "by": "nurse-1"}),
    ]


@pytest.mark.requirement("LAB-05")
def test_lab_05_the_same_person_twice_is_one_person() -> None:
    """Scanning again does not make a second person."""
    story = told("match-1")
    story.must(story.match(11), story.nurse())
    assert codes(start(story)) == ["cells.two-people-needed"]


@pytest.mark.requirement("LAB-05")
def test_lab_05_who_starts_has_matched() -> None:
    """A third person, trained or not, does not start what two others matched."""
    story = told("match-2")
    trained = story.bedside(trained=frozenset({"nurse-1", "nurse-2", "nurse-3"}))
    for bedside in (story.bedside(), trained):
        assert findings(start(story, story.nurse(3), bedside)) == [
            ("cells.starter-did-not-match", {"container": story.container(11), "by": "nurse-3"})
        ]


@pytest.mark.requirement("LAB-05")
def test_lab_05_an_untrained_person_s_scan_counts_for_nothing() -> None:
    """It is told as a warning; two trained people beside it are enough, one is not."""
    story = told("match-2")
    one = start(story, bedside=story.bedside(trained=frozenset({"nurse-1"})))
    assert findings(one) == [
        ("cells.not-trained", {"container": story.container(11), "by": "nurse-2"}),
        ("cells.two-people-needed", {"container": story.container(11), "people": 1, "window": "15 min"}),
    ]
    assert one.findings[0].severity is Severity.WARNING
    nobody = start(story, bedside=story.bedside(trained=frozenset()))
    assert codes(nobody) == ["cells.not-trained"] * 2 + [
        "cells.two-people-needed", "cells.starter-did-not-match"
    ]  # fmt: skip
    story.must(story.match(11), story.nurse(3))
    three = start(story)
    assert codes(three) == ["cells.not-trained"]
    assert (three.events[0].first, three.events[0].second) == ("nurse-1", "nurse-2")


@pytest.mark.requirement("LAB-05")
def test_lab_05_both_scans_lie_within_the_window_before_the_start() -> None:
    """Fifteen minutes after the first scan it starts, a second later the first must scan again."""
    story = told("match-2")
    first = story.it(11).matches[0].at
    assert codes(start(story, nurse(1, first + WINDOW))) == []
    late = nurse(1, first + WINDOW + SECOND)
    assert codes(start(story, late)) == ["cells.two-people-needed", "cells.starter-did-not-match"]
    assert codes(start(story, replace(late, by="nurse-2"))) == ["cells.two-people-needed"]
    story.must(story.match(11), late)
    assert codes(start(story, late)) == []


def test_the_second_person_named_is_one_whose_scan_counts() -> None:
    """Of several, the last other trained person within the window: no older scan, no untrained one."""
    story = told("thaw")
    at = story.now + timedelta(hours=1)
    trained = frozenset({"nurse-1", "nurse-2", "nurse-3"})
    matches = [("nurse-2", 16), ("nurse-3", 10), ("nurse-1", 9), ("nurse-9", 8), ("nurse-1", 7)]
    story.put(11, matches=tuple(Match(by, at - timedelta(minutes=before)) for by, before in matches))
    (event,) = start(story, nurse(1, at), story.bedside(trained=trained)).events
    assert (event.first, event.second) == ("nurse-1", "nurse-3")
    story.put(11, matches=(*story.it(11).matches, Match("nurse-2", at)))
    (event,) = start(story, nurse(1, at), story.bedside(trained=trained)).events
    assert event.second == "nurse-2"


# The person -------------------------------------------------------------------------------------------


@pytest.mark.requirement("COI-05")
@pytest.mark.parametrize("step", ["collect", "match", "start", "resume"])
def test_coi_05_the_wristband_is_that_of_the_person_the_cells_came_from(step: str) -> None:
    """Another person's wristband is a hard stop, at the needle and at the bag, whoever asks."""
    before = {"collect": "label-1", "match": "thaw", "start": "match-2", "resume": "start"}[step]
    mine, other = told(before), told(before, 2)
    if step == "resume":
        mine.must(mine.pause(11), mine.nurse())
    command = {
        "collect": lambda: mine.collect(1, "240 mL"), "match": lambda: mine.match(11),
        "start": lambda: mine.start(11), "resume": lambda: mine.resume(11),
    }[step]()  # fmt: skip
    serial = 1 if step == "collect" else 11
    assert not mine.ask(command, mine.nurse()).forbidden
    for role in ("nurse", "qualified-person", "investigator", "admin"):
        act = replace(mine.nurse(), role=role)
        decision = mine.ask(replace(command, wristband=other.person), act)
        assert findings(decision) == [
            ("cells.another-persons", {"container": mine.container(serial), "read": other.person})
        ]
        assert decision.events == ()


@pytest.mark.requirement("COI-05")
@pytest.mark.parametrize("wristband", ["", "P", "SUZUKI TARO 1960-01-01", "container", "chain", "changed"])
def test_coi_05_what_is_no_wristband_of_ours_is_refused_and_not_repeated(wristband: str) -> None:
    """A truncated scan, a hospital's own band, a label of another kind, one character changed."""
    story = told("match-2")
    changed = story.person[:-2] + ("0" if story.person[-2] != "0" else "1") + story.person[-1]
    read = {"container": story.container(11), "chain": story.chain_id, "changed": changed}.get(
        wristband, wristband
    )
    decision = start(story, wristband=read)
    assert len(decision.findings) >= 2
    said = dict(decision.findings[-1].params)
    ours = wristband in ("container", "chain")
    assert (decision.findings[-1].code, said["read"]) == ("cells.another-persons", read if ours else "?")
    assert "SUZUKI" not in str(decision.findings)


def test_what_the_protocol_says_against_it_forbids_the_start_and_the_resumption() -> None:
    """Consent, gates and stopping rules come in as findings, and go out as they came."""
    against = (Finding("protocol.no-consent"), Finding("protocol.gate-not-passed"))
    story = told("match-2")
    decision = start(story, bedside=story.bedside(forbids=against))
    assert decision.findings == against
    assert decision.events == ()
    story = told("start")
    story.must(story.pause(11), story.nurse(), story.bedside(forbids=against))
    assert story.ask(story.resume(11), story.nurse(), story.bedside(forbids=against)).findings == against
    assert (
        codes(story.ask(story.end(11, reason="withdrawn"), story.nurse(), story.bedside(forbids=against)))
        == []
    )


# While it runs ----------------------------------------------------------------------------------------


def test_vital_signs_are_told_as_they_were_seen() -> None:
    """Every value of the command is in the event; what was not measured is absent."""
    story = told("start")
    command = story.observe(11)
    (event,) = story.must(command, story.nurse()).events
    names = ("oxygen_saturation", "systolic", "diastolic", "pulse", "temperature", "reactions")
    assert [getattr(event, name) for name in names] == [getattr(command, name) for name in names]
    (event,) = story.must(replace(command, pulse=None, reactions=()), story.nurse()).events
    assert (event.pulse, event.reactions) == (None, ())


def test_vital_signs_may_be_told_late_but_not_of_before_the_start() -> None:
    """Written on paper and typed in after the end: at the instant of the start it counts, before it not."""
    story = told("end")
    assert story.chain is not None
    begun = story.chain.infusions[0].started_at
    assert codes(story.ask(story.observe(11), nurse(1, begun))) == []
    assert findings(story.ask(story.observe(11), nurse(1, begun - SECOND))) == [
        ("cells.before-the-start", {"container": story.container(11), "at": shown(begun - SECOND)})
    ]
    story.must(story.observe(11), nurse(1, begun))
    assert story.it(11).last_at > begun
    story.chain = replace(story.chain, infusions=())
    assert codes(story.ask(story.observe(11), nurse(1, begun))) == ["cells.before-the-start"]
    other = running("other", begun - SECOND, 1)
    story.chain = replace(story.chain, infusions=(other,))
    assert codes(story.ask(story.observe(11), nurse(1, begun))) == ["cells.before-the-start"]


def test_a_pause_keeps_its_reason_and_a_resumption_scans_again() -> None:
    """Paused, then the bag and the wristband are scanned again, and its release is looked at again."""
    story = told("start")
    (event,) = story.must(story.pause(11), story.nurse()).events
    assert event == e.InfusionPaused(chain=story.chain_id, container=story.container(11), reason="flushing")
    other = story.copy()
    other.put_lot(results=())
    assert codes(other.ask(other.resume(11), other.nurse())) == ["cells.result-missing"] * 3
    other.limits = None
    assert codes(other.ask(other.resume(11), other.nurse())) == ["cells.limits-not-set"]
    (event,) = story.must(story.resume(11), story.nurse()).events
    assert event == e.InfusionResumed(chain=story.chain_id, container=story.container(11))
    assert story.it(11).state is State.INFUSING


# What arrived -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("infused", "lost", "left", "reason", "arrived"),
    [
        ("40 mL", "0 mL", "0 mL", "", 182_000_000),
        ("38 mL", "2 mL", "0 mL", "", 172_900_000),
        ("20 mL", "0 mL", "20 mL", "desaturation", 91_000_000),
        ("10 mL", "10 mL", "20 mL", "line torn", 45_500_000),
        ("0 mL", "0 mL", "40 mL", "refused", 0),
        ("40.00 mL", "0 mL", "0 mL", "stopped as it ran dry", 182_000_000),
    ],
)
def test_the_cells_that_arrived_are_the_share_of_the_volume(
    infused: str, lost: str, left: str, reason: str, arrived: int
) -> None:
    """Of 182000000 cells in 40 mL, what ran in; stopped early with its reason, or ended."""
    story = told("observe")
    (event,) = story.must(story.end(11, infused, lost, left, reason), story.nurse()).events
    assert isinstance(event, e.InfusionStopped if reason else e.InfusionEnded)
    assert (event.delivered, event.infused, event.lost, event.left) == (
        arrived, amount(infused), amount(lost), amount(left)
    )  # fmt: skip
    assert getattr(event, "reason", "") == reason
    assert story.chain is not None
    (infusion,) = story.chain.infusions
    assert (infusion.delivered, infusion.ended_at) == (arrived, story.now)
    assert (story.it(11).state, story.it(11).contents) == (State.INFUSED, None)


def test_half_a_cell_goes_to_the_even_number() -> None:
    """Three cells in 40 mL, half of them run in: 1.5 is told as 2; one cell: 0.5 as 0."""
    for dose, arrived in ((3, 2), (1, 0)):
        story = told("observe")
        assert story.chain is not None
        story.chain = replace(story.chain, infusions=(replace(story.chain.infusions[0], dose=dose),))
        decision = story.ask(story.end(11, "20 mL", left="20 mL", reason="half"), story.nurse())
        assert decision.events[0].delivered == arrived


@settings(deadline=None)
@given(st.integers(0, 40_000), st.integers(0, 40_000), st.booleans())
def test_what_is_told_of_a_bag_adds_up_to_what_it_held(infused: int, lost: int, exact: bool) -> None:
    """Infused, lost and left make the bag, to the microlitre, or it is refused and nothing ends."""
    story = told("observe")
    left = 40_000 - infused - lost + (0 if exact else 1)
    if left < 0:
        return
    volumes = [f"{each / 1000:f} mL" for each in (infused, lost, left)]
    decision = story.ask(story.end(11, *volumes, reason="told"), story.nurse())
    assert codes(decision) == ([] if exact else ["cells.does-not-add-up"])


def test_what_does_not_add_up_is_told_with_its_sum() -> None:
    """The sum, and what the bag held; and what is left needs a reason."""
    story = told("observe")
    label = story.container(11)
    assert findings(story.ask(story.end(11, "30 mL", "1 mL"), story.nurse())) == [
        ("cells.does-not-add-up", {"container": label, "told": "31 mL", "whole": "40 mL"})
    ]
    assert findings(story.ask(story.end(11, "30 mL", "0 mL", "10 mL"), story.nurse())) == [
        ("cells.left-without-reason", {"container": label, "left": "10 mL"})
    ]
    assert codes(story.ask(story.end(11, "30 mL", "0 mL", "10 mL", " "), story.nurse())) == [
        "cells.only-blanks"
    ]
    story.put(11, contents=None)
    assert findings(story.ask(story.end(11), story.nurse())) == [
        ("cells.holds-nothing", {"container": label})
    ]


def test_the_second_of_two_bags_ends_by_its_own_dose() -> None:
    """Each infusion ends for itself."""
    story = two_bags()
    story.must(story.end(11, "10 mL", left="30 mL", reason="short"), story.nurse())
    story.must(story.start(12), story.nurse())
    volume = str(story.it(12).contents.volume)  # type: ignore[union-attr]
    story.must(story.end(12, volume), story.nurse())
    assert story.chain is not None
    first, second = story.chain.infusions
    assert (first.delivered, second.delivered) == (45_500_000, second.dose)


def test_while_limits_are_not_set_nothing_is_matched_or_started() -> None:
    """What compares with a limit is refused while there is none, once."""
    story = told("match-2")
    story.limits = None
    assert codes(story.ask(story.match(11), story.nurse())) == ["cells.limits-not-set"]
    assert codes(start(story)) == ["cells.limits-not-set"]
