"""PRD-05: what the main trial rejects, a trial of its own may use, for the very person it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from examples.twenty_people.people import enrolled, items, of_grade
from examples.twenty_people.script import SETTINGS, opening
from immutables import Map
from tests.protocol.played import (
    CHART,
    NO_LOSS,
    OPENED,
    SITE,
    Play,
    at,
    before,
    by,
    codes,
    names,
    opened,
    person,
    tell,
    visit,
    whole,
    with_,
)

from myelos.acts import Act
from myelos.cells import LotStatus
from myelos.cells import commands as cc
from myelos.cells import events as ce
from myelos.cells.containers import QuarantineReason
from myelos.protocol import Command, Trial, decide, evolve, load_protocol
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.events import SettingFilled, SiteOpened
from myelos.protocol.person_events import ConsentGiven, FactsRecorded, WeightRecorded
from myelos.protocol.state import EVENT_CATALOGUE
from myelos.protocol.takeover import Kept, TakeChainOver, read_history, reopened
from myelos.quantities import Amount

IT, OTHER = person(1), person(2)
SEPARATE = load_protocol("honmou-out-of-specification")
LOWER = {**SETTINGS, "viability-least": "60 %"}
"""The separate trial's site fills its own settings: 60 % living cells are enough there."""

FIT = {
    "rehabilitation": "yes", "hypersensitivity": "no", "consciousness": "0", "respiratory-disorder": "no",
    "infection": "no", "neoplasm": "no", "blood-disease": "no",
}  # fmt: skip


@cache
def rejected() -> tuple[Trial, tuple[Kept, ...]]:
    """The main trial, in which the lot missed its viability and was rejected, and the chain's history."""
    commands = [
        *enrolled(IT, of_grade("B", 1)), *IT.culture(), *IT.results(viability=Amount.of("61 %")), IT.reject()
    ]  # fmt: skip
    play, kept = opened(), []
    for command in commands:
        for event in play.do(command).events:
            if type(event) in ce.EVENTS:
                kept.append(Kept(act=command.act, event=ce.CATALOGUE.write(event)))
    return play.trial, tuple(kept)


def _openings() -> Iterable[Command]:
    used = {setting.id for setting in SEPARATE.settings}
    trainings = {training.id for training in SEPARATE.training}
    for command in opening(OPENED):
        order = command.order
        if isinstance(order, SettingFilled):
            value = Amount.of(LOWER[order.setting])
            if order.setting in used:
                yield with_(command, value=value)
        elif getattr(order, "training", None) is None or order.training in trainings:
            yield command


@cache
def _enrolled(consent: bool) -> Trial:
    play = Play(Trial(SEPARATE.id), SEPARATE)
    for command in _openings():
        play.do(command)
    onset = IT.at(0, 3)
    play.do(tell(Screen(person=IT.person, onset=onset), IT.at(41)))
    if consent:
        given = ConsentGiven(person=IT.person, form="out-of-specification", version="1", given_by="self")
        play.do(tell(given, IT.at(41, 1)))
        play.do(tell(FactsRecorded(person=IT.person, facts=FIT, source=CHART), IT.at(41, 1, 30)))
        play.do(visit(IT, "week-6-to-8", 43, {"isncsci": items(of_grade("B", 1))}))
    return play.trial


def separate(consent: bool = True) -> Play:
    """The separate trial, in which the person is known and has agreed to this, too."""
    return Play(_enrolled(consent), SEPARATE)


def takeover(records: tuple[Kept, ...] | None = None, **changes: Any) -> Command:
    order = TakeChainOver(
        person=IT.person, chain=IT.chain, from_protocol="honmou-phase2", records=records or rejected()[1]
    )
    return tell(replace(order, **changes), IT.at(44))


def released(play: Play) -> None:
    """Taken over, and released under the separate trial's own specifications."""
    play.do(takeover())
    play.do(tell(cc.Release(chain=IT.chain, lot="LOT-1"), IT.at(45), "qualified"))


def to_the_bedside(play: Play) -> Command:
    """Registered there, the bag thawed and matched; the command that starts the infusion."""
    play.do(tell(DecideGate(person=IT.person, gate="registration"), IT.at(45, 1)))
    weight = WeightRecorded(person=IT.person, weight=Amount.of("62 kg"), source=CHART)
    play.do(tell(weight, IT.at(45, 2), "nurse"))
    later = [Command(replace(each.act, at=each.act.at.replace()), each.order)
             for each in replace(IT, days=replace(IT.days, infusion=46)).infusion()]  # fmt: skip
    place = next(n for n, each in enumerate(later) if isinstance(each.order, cc.StartInfusion))
    play.run(later[:place])
    return later[place]


# The way through ------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-05")
def test_prd_05_the_main_trial_never_infuses_a_rejected_lot() -> None:
    """Neither by a second release, nor at the gate, nor at the bedside."""
    trial, _ = rejected()
    play = Play(trial)
    again = tell(cc.Release(chain=IT.chain, lot="LOT-1"), IT.at(30), "qualified")
    assert "cells.lot-not-open" in codes(play.ask(again))
    play.do(visit(IT, "re-examination", 38, {"isncsci": items(of_grade("B", 1))}))
    gate = tell(DecideGate(person=IT.person, gate="second-registration"), IT.at(38, 3))
    decision = play.do(gate)
    assert names(decision) == ["protocol.gate-refused"]
    assert [each.criterion for each in decision.events[0].reasons if each.answer == "no"] == [
        "product-accepted"
    ]
    play.do(IT.weight())
    later = list(IT.infusion())
    match = next(n for n, each in enumerate(later) if isinstance(each.order, cc.MatchAtBedside))
    play.run(later[:match])
    start = next(each for each in later if isinstance(each.order, cc.StartInfusion))
    assert "cells.not-released" in codes(play.ask(later[match]))
    assert {"cells.not-released", "protocol.gate-not-passed", "protocol.criterion-product-no"} <= set(
        codes(play.ask(start))
    )


@pytest.mark.requirement("PRD-05")
def test_prd_05_the_separate_trial_takes_the_lot_over_releases_and_infuses_it() -> None:
    """With its own consent, gate, specifications and settings: 61 % living cells meet its 60 %."""
    play = separate()
    assert names(play.do(takeover())) == ["protocol.chain-taken-over"]
    lot = play.trial.chains[IT.chain].lots["LOT-1"]
    assert (lot.status, lot.edition, len(lot.results)) == (LotStatus.OPEN, "1", 9)
    assert play.trial.people[IT.person].chain == IT.chain
    play = separate()
    released(play)
    start = to_the_bedside(play)
    assert names(play.do(start)) == ["cells.infusion-started"]
    assert [done.person for done in play.trial.infused] == [IT.person]


@pytest.mark.requirement("PRD-05")
@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (29_999_999, ["cells.dose-below"]),
        (30_000_000, []),
        (200_000_000, []),
        (200_000_001, ["cells.dose-above"]),
    ],
)
def test_prd_05_its_dose_window_is_its_own(cells: int, found: list[str]) -> None:
    """0.3e8 to 2.0e8 cells: what the main trial would refuse as too few is enough here."""
    play = separate()
    released(play)
    start = to_the_bedside(play)
    chain = play.trial.chains[IT.chain]
    bag = chain.containers[IT.container(10)]
    assert bag.contents is not None
    full = replace(bag, contents=replace(bag.contents, viable=cells))
    chain = replace(chain, containers=chain.containers.set(bag.label, full))
    play.trial = replace(play.trial, chains=play.trial.chains.set(chain.id, chain))
    assert codes(play.ask(start)) == found


@pytest.mark.requirement("PRD-05")
def test_prd_05_without_its_own_consent_nothing_is_taken_over() -> None:
    """Consent to the main trial is consent to the main trial."""
    assert codes(separate(consent=False).ask(takeover())) == ["protocol.consent-missing"]


@pytest.mark.requirement("PRD-05")
def test_prd_05_a_lot_that_misses_the_separate_trials_limits_too_is_not_released() -> None:
    """Its results came over with it, and are held against the limits that are in force here."""
    play = separate()
    site = play.trial.sites[SITE]
    value = replace(site.settings["viability-least"], value=Amount.of("65 %"))
    stricter = replace(site, settings=site.settings.set("viability-least", value))
    play.trial = replace(play.trial, sites=play.trial.sites.set(SITE, stricter))
    play.do(takeover())
    release = tell(cc.Release(chain=IT.chain, lot="LOT-1"), IT.at(45), "qualified")
    assert codes(play.ask(release)) == ["cells.result-outside"]


def test_a_lot_whose_release_was_withdrawn_is_taken_over_as_a_rejected_one_is() -> None:
    """Its viability was corrected after the release: here it may be released, and its bag is let go then."""
    play, kept = opened(), []
    wrong = cc.CorrectResult(
        chain=IT.chain, lot="LOT-1", corrects=0, result=Amount.of("61 %"), reason="read wrongly"
    )
    every = [*enrolled(IT, of_grade("B", 1)), *IT.culture(), *IT.results(), IT.release()]
    for command in (*every, tell(wrong, IT.at(30), "technician")):
        for event in play.do(command).events:
            if type(event) in ce.EVENTS:
                kept.append(Kept(act=command.act, event=ce.CATALOGUE.write(event)))
    assert play.trial.chains[IT.chain].lots["LOT-1"].status is LotStatus.WITHDRAWN
    there = separate()
    there.do(takeover(tuple(kept)))
    assert there.trial.chains[IT.chain].lots["LOT-1"].status is LotStatus.OPEN
    there.do(tell(cc.Release(chain=IT.chain, lot="LOT-1"), IT.at(45), "qualified"))
    signed = cc.SignDisposition(
        chain=IT.chain, container=IT.container(10), reason=QuarantineReason.RELEASE_WITHDRAWN,
        words="meets ours",
    )  # fmt: skip
    there.do(tell(signed, IT.at(45), "qualified"))
    assert names(there.do(to_the_bedside(there))) == ["cells.infusion-started"]


def test_a_part_of_a_visit_before_the_infusion_is_no_examination_after_it() -> None:
    """The day of the infusion: scores before it, losses after; the weak scores are a reference."""
    play = separate()
    released(play)
    start = to_the_bedside(play)
    weak = {cell: "0" if "motor" in cell else score for cell, score in items(of_grade("B", 1)).items()}
    play.do(visit(IT, "infusion-day", 46, {"isncsci": weak}))
    play.do(start)
    losses = visit(IT, "infusion-day", 46, {"acute-loss": NO_LOSS})
    later = with_(at(losses, IT.at(46, 6)), examined_at=IT.at(46, 5))
    assert names(play.do(later)) == ["protocol.visit-recorded"]


# What is refused ------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-05")
def test_prd_05_another_persons_history_is_refused() -> None:
    """Told of the wrong person, of the wrong chain, or of one who has a chain already."""
    play = separate()
    play.do(tell(Screen(person=OTHER.person, onset=IT.at(0, 3)), IT.at(41)))
    given = ConsentGiven(person=OTHER.person, form="out-of-specification", version="1", given_by="self")
    play.do(tell(given, IT.at(41, 1)))
    assert codes(play.ask(takeover(person=OTHER.person))) == ["protocol.taken-over-anothers"]
    assert codes(play.ask(takeover(chain=OTHER.chain))) == ["protocol.taken-over-anothers"]
    play.do(takeover())
    assert codes(play.ask(takeover())) == [
        "protocol.chain-opened-already", "protocol.chain-opened-already",
        *["protocol.label-of-another-chain"] * len(play.trial.labels),
    ]  # fmt: skip


def test_a_chain_is_taken_over_at_the_persons_own_site() -> None:
    """Another site that takes part has nothing to do with this person."""
    play = separate()
    play.do(tell(SiteOpened(site="otaru", zone="Asia/Tokyo"), OPENED))
    moved = Command(replace(takeover().act, site="otaru"), takeover().order)
    assert codes(play.ask(moved)) == ["protocol.other-site"]


@pytest.mark.requirement("PRD-05")
def test_prd_05_a_chain_that_was_infused_is_not_taken_over() -> None:
    """Cells that reached a person are no product any more; nor is a lot that was never rejected."""
    play, kept = opened(), []
    for command in whole():
        for event in play.do(command).events:
            if type(event) in ce.EVENTS:
                kept.append(Kept(act=command.act, event=ce.CATALOGUE.write(event)))
    assert codes(separate().ask(takeover(tuple(kept)))) == [
        "protocol.taken-over-infused", "protocol.taken-over-unsettled",
    ]  # fmt: skip


@pytest.mark.parametrize("until", [cc.Seed, cc.Release])
def test_what_the_other_trial_has_not_done_with_is_not_taken_over(until: type) -> None:
    """No lot yet, or one that is open: two trials would grow the same cells."""
    play, kept = opened(), []
    for command in whole():
        if isinstance(command.order, until):
            break
        for event in play.do(command).events:
            if type(event) in ce.EVENTS:
                kept.append(Kept(act=command.act, event=ce.CATALOGUE.write(event)))
    found = {cc.Seed: "protocol.taken-over-without-lot", cc.Release: "protocol.taken-over-unsettled"}
    assert codes(separate().ask(takeover(tuple(kept)))) == [found[until]]


def _bent(name: str, **data: Any) -> tuple[Kept, ...]:
    """The history with one event of a name told otherwise."""
    records = list(rejected()[1])
    place = next(n for n, each in enumerate(records) if each.event["name"] == name)
    event = records[place].event
    records[place] = replace(records[place], event={**event, "data": {**event["data"], **data}})
    return tuple(records)


@pytest.mark.requirement("PRD-05")
@pytest.mark.parametrize("name", ["cells.label-printed", "cells.collected", "cells.seeded", "cells.tested"])
def test_prd_05_an_edited_history_with_the_chain_swapped_in_one_event_is_refused(name: str) -> None:
    """One event of another chain among hundreds: found, and named by its place."""
    decision = separate().ask(takeover(_bent(name, chain=OTHER.chain)))
    assert codes(decision) == ["protocol.history-of-another"]
    assert str(decision.findings[0].place.column).startswith("records[")


@pytest.mark.requirement("PRD-05")
def test_prd_05_an_edited_history_with_the_person_swapped_is_refused() -> None:
    """In a collection, or in the event that opens the chain, or by opening it a second time."""
    play = separate()
    assert codes(play.ask(takeover(_bent("cells.collected", person=OTHER.person)))) == [
        "protocol.history-of-another"
    ]
    opened_for = codes(play.ask(takeover(_bent("cells.chain-opened", person=OTHER.person))))
    assert set(opened_for) == {"protocol.history-of-another", "protocol.taken-over-anothers"}
    records = rejected()[1]
    twice = (*_bent("cells.chain-opened", person=OTHER.person, chain=OTHER.chain)[:1], *records)
    for broken in (twice, (*records, records[0])):
        assert codes(play.ask(takeover(broken))) == ["protocol.history-broken"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": "cells.collectd"}, "shapes.unknown-name"),
        ({"version": 9}, "shapes.unknown-version"),
        ({"data": {}}, "shapes.missing"),
        ({"data": None}, "shapes.wrong-kind"),
        ({"name": "protocol.screened"}, "shapes.unknown-name"),
    ],
)
def test_a_history_of_what_is_no_event_is_refused_at_its_place(change: dict[str, Any], found: str) -> None:
    """Another room's event, an unknown version, data of another shape: told by place, never raised."""
    records = list(rejected()[1])
    records[7] = replace(records[7], event={**records[7].event, **change})
    decision = separate().ask(takeover(tuple(records)))
    assert set(codes(decision)) == {found}
    assert all(str(each.place.column).startswith("records[7].event") for each in decision.findings)


def test_a_history_that_cannot_be_is_refused_wherever_it_is_cut() -> None:
    """One event left out: the history breaks at the first that needs it, or it is of no use; or nothing of
    the bag's path hung on it. It never raises."""
    records = rejected()[1]
    play = separate()
    for place in range(len(records)):
        decision = play.ask(takeover((*records[:place], *records[place + 1 :])))
        assert bool(codes(decision)) != bool(decision.events)


def test_a_history_told_of_a_later_day_than_the_takeover_is_refused() -> None:
    """What has not happened yet is no history."""
    early = at(takeover(), IT.at(43, 3))
    records = rejected()[1]
    late = (*records[:-1], replace(records[-1], act=replace(records[-1].act, at=IT.at(44))))
    decision = separate().ask(at(takeover(late), early.act.at))
    assert codes(decision) == ["protocol.history-later"]


def test_labels_of_the_history_are_whole_and_new_here() -> None:
    """A label with a wrong check character, or one that is in use in this trial, is told."""
    records = tuple(
        replace(each, event=_relabelled(each.event, IT.container(9), "CMADE1260001099"))
        for each in rejected()[1]
    )
    assert "cells.label-check" in codes(separate().ask(takeover(records)))
    play = separate()
    play.trial = replace(play.trial, labels=Map({IT.container(3): OTHER.chain}))
    assert codes(play.ask(takeover())) == ["protocol.label-of-another-chain"]


def _relabelled(event: Any, old: str, new: str) -> Any:
    if isinstance(event, dict):
        return {key: _relabelled(each, old, new) for key, each in event.items()}
    if isinstance(event, list):
        return [_relabelled(each, old, new) for each in event]
    return new if event == old else event


def test_lots_are_taken_from_the_trial_that_the_protocol_names() -> None:
    """The main trial takes none, and the separate one takes no other's."""
    assert codes(separate().ask(takeover(from_protocol="stroke-phase2"))) == ["protocol.takes-no-lots"]
    play, opens = before(cc.OpenChain)
    main = Command(opens.act, takeover().order)
    assert "protocol.takes-no-lots" in codes(play.ask(main))


def test_where_nothing_is_collected_no_chain_is_opened_and_nothing_is_grown() -> None:
    """The separate trial takes chains over; it takes no blood and begins no culture."""
    play = separate()
    opens = tell(cc.OpenChain(chain=IT.chain, person=IT.person), IT.at(44))
    assert codes(play.ask(opens)) == ["protocol.collects-nothing"]
    play.do(takeover())
    seed = next(each for each in whole() if isinstance(each.order, cc.Seed))
    found = codes(play.ask(by(at(with_(seed, lot="LOT-2"), IT.at(45)), "technician")))
    assert "protocol.lots-complete" in found


def test_settings_are_fixed_by_a_takeover() -> None:
    """From then on the lot is held against them."""
    play = separate()
    order = SettingFilled(
        site=SITE, setting="viability-least", value=Amount.of("60 %"), origin="made up again"
    )
    assert codes(play.ask(tell(order, IT.at(45)))) == []
    play.do(takeover())
    assert codes(play.ask(tell(order, IT.at(45)))) == ["protocol.setting-fixed"]


def test_a_takeover_reads_back_from_its_record() -> None:
    """Through plain JSON and the catalogue of events the same state follows."""
    play = separate()
    command = takeover()
    (event,) = play.ask(command).events
    again = EVENT_CATALOGUE.read(EVENT_CATALOGUE.write(event))
    assert again == event
    assert evolve(play.trial, again, command.act) == evolve(play.trial, event, command.act)


def test_a_broken_history_in_the_record_is_a_fault_of_the_program() -> None:
    """The fold trusts what was decided; a takeover that could not have been is not folded silently."""
    play, command = separate(), takeover()
    (event,) = decide(play.trial, command, SEPARATE).events
    bad = replace(event, records=event.records[1:])
    with pytest.raises(ValueError, match="history-broken"):
        evolve(play.trial, bad, Act(by="x", at=IT.at(44), role="x", site=SITE))


def test_a_lot_goes_on_under_the_edition_of_the_trial_that_takes_it() -> None:
    """It is released under these specifications and no longer under those it was seeded under."""
    (event,) = separate().ask(takeover()).events
    lots = reopened(replace(event, edition="another")).lots
    assert {lot.edition for lot in lots.values()} == {"another"}
    assert {lot.status for lot in lots.values()} == {LotStatus.OPEN}
    (decision,) = [each for lot in lots.values() for each in lot.decisions]
    assert (decision.status, decision.outside) == (LotStatus.REJECTED, ("viability",))


def test_a_history_is_told_up_to_the_very_instant_of_the_takeover() -> None:
    """What was done at that instant is history; a second later it is not."""
    records = rejected()[1]
    last = records[-1].act.at
    late = (*records[:-1], replace(records[-1], act=replace(records[-1].act, at=IT.at(44))))
    assert codes(separate().ask(takeover(late))) == []
    after = (*records[:-1], replace(records[-1], act=replace(records[-1].act, at=IT.at(44, 0, 1))))
    assert codes(separate().ask(takeover(after))) == ["protocol.history-later"]
    assert last < IT.at(44)


def test_all_that_is_wrong_with_a_history_is_told_up_to_where_it_breaks() -> None:
    """An event of another chain first, a broken one later: both are told, and there is no chain."""
    first = _bent("cells.collected", person=OTHER.person)
    second = Kept(act=first[-1].act, event={"name": "cells.no-such", "version": 1, "data": {}})
    history = read_history((*first, second))
    assert history.chain is None
    assert [each.code for each in history.findings][-1] == "shapes.unknown-name"
    assert "protocol.history-of-another" in {each.code for each in history.findings}
    twice = (*rejected()[1], rejected()[1][0])
    broken = read_history(twice)
    assert broken.chain is None
    assert [each.code for each in broken.findings] == ["protocol.history-broken"]


def test_a_chain_named_by_another_kind_of_label_is_told() -> None:
    """A container's label is no chain of identity, a chain's no wristband."""
    wrong = tuple(
        replace(each, event=_relabelled(each.event, IT.chain, IT.container(50))) for each in rejected()[1]
    )
    assert "cells.label-wrong-kind" in codes(separate().ask(takeover(wrong, chain=IT.container(50))))


def test_a_trial_without_cells_takes_nothing_over() -> None:
    """Where there is no product there is nothing to take over for, and nothing is raised."""
    play = separate()
    nothing = Play(play.trial, replace(SEPARATE, product=None))
    decision = nothing.ask(takeover())
    assert "protocol.takes-no-lots" in codes(decision)
    assert next(each.params["takes"] for each in decision.findings if "takes" in each.params) == "-"


def test_a_takeover_asks_for_the_consent_of_the_gates_before_the_collection_too() -> None:
    """Where a trial has both gates, both forms are asked for before a chain is taken over."""
    form = replace(SEPARATE.consents[0], id="collection-form")
    early = replace(
        SEPARATE.gates[0], id="early", before="collection", consent="collection-form", criteria=()
    )
    protocol = replace(
        SEPARATE, consents=(*SEPARATE.consents, form), gates=(early, *SEPARATE.gates)
    )  # fmt: skip
    found = codes(Play(separate().trial, protocol).ask(takeover()))
    assert found == ["protocol.consent-missing", "protocol.gate-not-passed"]
