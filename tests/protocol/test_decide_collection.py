"""Before anything is taken: consent, gates, settings, the chain; and no more than is allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from examples.twenty_people.script import SETTINGS, opening
from tests.protocol.played import (
    CHART,
    OPENED,
    SITE,
    TRIAL,
    Play,
    at,
    before,
    before_gate,
    by,
    codes,
    gate,
    infused,
    opened,
    person,
    report,
    tell,
    whole,
    with_,
)

from myelos.cells import Kind, Lot
from myelos.cells import commands as cc
from myelos.protocol import Trial
from myelos.protocol.corrections import CorrectFact
from myelos.protocol.events import SettingFilled, TrainingRecorded
from myelos.protocol.person_events import ConsentGiven, ConsentWithdrawn, TreatmentWithdrawn
from myelos.protocol.settings import resolve
from myelos.protocol.site_limits import limits_on
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety.events import Verdict
from myelos.safety.stopping import hits

IT = person()


@pytest.mark.requirement("CON-01")
@pytest.mark.parametrize("kind", [cc.OpenChain, cc.Collect])
def test_con_01_nothing_is_taken_from_a_person_who_has_not_consented(kind: type) -> None:
    """Neither the chain is opened nor blood drawn; consent given later does not reach back."""
    play, command = before(kind)
    known = play.trial.people[IT.person]
    never = replace(play.trial, people=play.trial.people.set(IT.person, replace(known, consents=())))
    assert codes(Play(never).ask(command)) == ["protocol.consent-missing"]
    late = replace(known.consents[0], act=replace(known.consents[0].act, at=command.act.at + timedelta(1)))
    later = replace(play.trial, people=play.trial.people.set(IT.person, replace(known, consents=(late,))))
    assert codes(Play(later).ask(command)) == ["protocol.consent-missing"]


@pytest.mark.requirement("CON-01")
def test_con_01_a_consent_that_was_withdrawn_or_is_outdated_is_none() -> None:
    """From the instant of withdrawal on; and a new version asks for a new consent."""
    play, collect = before(cc.Collect)
    form = TRIAL.consents[0]
    version = replace(form.versions[0], id="2", valid_from=collect.act.at.date())
    newer = replace(TRIAL, consents=(replace(form, versions=(*form.versions, version)),))
    assert codes(Play(play.trial, newer).ask(collect)) == ["protocol.consent-outdated"]
    play.do(tell(ConsentWithdrawn(person=IT.person, form="trial", withdrawn_by="self"), collect.act.at))
    assert codes(play.ask(collect)) == ["protocol.consent-not-standing"]
    after = at(collect, collect.act.at + timedelta(seconds=1))
    assert codes(play.ask(after)) == ["protocol.has-left", "protocol.consent-not-standing"]


@pytest.mark.requirement("CON-01")
def test_con_01_a_representative_may_agree_where_the_form_permits() -> None:
    """Their consent carries a collection; it names the relationship, and the version is the one in force."""
    play, command = before(ConsentGiven)
    by_spouse = with_(command, given_by="representative", relationship="spouse")
    assert codes(play.ask(with_(command, given_by="representative"))) == ["protocol.relationship-missing"]
    play.do(by_spouse)
    rest = [each for each in whole() if each.act.at > command.act.at]
    play.run(rest, until=lambda each: isinstance(each.order, cc.Harvest))
    assert len(play.trial.collected) == 3


@pytest.mark.requirement("COI-01")
def test_coi_01_nothing_is_collected_without_a_chain_and_the_chain_is_before_every_record_of_a_bag() -> None:
    """A collection under no chain, or another's, is refused; the first event that names a container comes
    after the one that opens its chain, and every one of them names it."""
    play, opens = before(cc.OpenChain)
    label, collect = before(cc.PrintLabel)[1], before(cc.Collect)[1]
    for command in (label, collect):
        assert codes(play.ask(command)) == ["protocol.chain-unknown"]
    told = []
    for command in whole():
        decision = play.ask(command) if command.act.at >= opens.act.at else None
        if decision is not None and type(command.order) in cc.COMMANDS:
            told += [event.NAME for event in play.do(command).events if hasattr(event, "chain")]
        elif decision is not None and not decision.forbidden:
            play.do(command)
    assert told[0] == "cells.chain-opened"
    assert told.count("cells.chain-opened") == 1


def test_a_person_has_one_chain_and_a_chain_one_person() -> None:
    """Neither a second chain for a person, nor a chain again for another."""
    play, opens = before(cc.OpenChain, number=2)
    play.run(whole(1))
    other = with_(opens, person=IT.person)
    assert "protocol.chain-opened-already" in codes(play.ask(other))
    again = with_(opens, chain=IT.chain)
    assert "cells.chain-exists" in codes(play.ask(again))


def test_a_label_has_one_use_in_the_whole_trial() -> None:
    """A container's label of one person is no label for another's."""
    play, printed = before(cc.PrintLabel, number=2)
    play.run(whole(1))
    taken = with_(printed, container=IT.container(3), decoded=IT.container(3))
    assert codes(play.ask(taken)) == ["protocol.label-of-another-chain"]


# Settings -------------------------------------------------------------------------------------------------


def test_every_setting_that_is_not_filled_is_named_at_once() -> None:
    """With no limits nothing is collected; the site sees the whole list the first time."""
    play, collect = before(cc.Collect)
    site = play.trial.sites[SITE]
    bare = replace(site, settings=site.settings.delete("shelf-life").delete("cd34-most"))
    trial = replace(play.trial, sites=play.trial.sites.set(SITE, bare))
    decision = Play(trial).ask(collect)
    named = [each.params["setting"] for each in decision.findings]
    assert codes(decision) == ["protocol.setting-not-filled"] * 2
    assert set(named) == {"shelf-life", "cd34-most"}
    none = replace(
        play.trial, sites=play.trial.sites.set(SITE, replace(site, settings=type(site.settings)()))
    )
    missing = {each.params["setting"] for each in Play(none).ask(collect).findings}
    assert missing == {setting.id for setting in TRIAL.settings} == SETTINGS.keys()


def test_a_setting_counts_from_its_signature_on() -> None:
    """What was signed after a collection was no limit at it."""
    commands = list(opening(OPENED))
    play = Play(Trial(TRIAL.id))
    late = IT.at(60)
    for each in commands:
        filled = isinstance(each.order, SettingFilled) and each.order.setting == "thaw-window"
        play.do(at(each, late) if filled else each)
    opens = before(cc.OpenChain)[1]
    play.run(whole(), until=lambda each: isinstance(each.order, cc.OpenChain))
    assert codes(play.ask(opens)) == ["protocol.setting-filled-later"]


def test_settings_are_fixed_by_the_first_collection_and_by_the_site_itself() -> None:
    """Until then a value may be filled anew; from then on it stays, whoever asks and whenever it was told."""
    play, collect = before(cc.Collect)
    order = SettingFilled(site=SITE, setting="thaw-window", value=Amount.of("90 min"), origin="made up")
    play.do(tell(order, collect.act.at))
    elsewhere = tell(order, collect.act.at, site="otaru")
    assert codes(play.ask(elsewhere)) == ["protocol.site-unknown", "protocol.setting-of-another-site"]
    play.do(collect)
    for instant in (collect.act.at + timedelta(1), OPENED + timedelta(1)):
        assert codes(play.ask(tell(order, instant))) == ["protocol.setting-fixed"]


@pytest.mark.parametrize(
    ("setting", "value", "found"),
    [
        ("thaw-windo", "90 min", ["protocol.no-such-setting"]),
        ("thaw-window", "2 h", ["protocol.setting-wrong-unit"]),
        ("cd34-most", "101 %", ["protocol.setting-out-of-bounds"]),
        ("shelf-life", "1e9 d", ["protocol.setting-out-of-bounds"]),
        ("most-lots", "1.5 lots", ["protocol.setting-not-whole"]),
        ("storage-low", "-100 degC", ["protocol.limits-crossed"]),
    ],
)
def test_a_setting_that_cannot_be_a_limit_is_refused(setting: str, value: str, found: list[str]) -> None:
    """A name, a unit, a size or a pair of limits that cannot be."""
    order = SettingFilled(site=SITE, setting=setting, value=Amount.of(value), origin="made up")
    assert codes(opened().ask(tell(order, OPENED))) == found


def test_limits_kept_ready_are_those_of_their_own_protocol_settings_and_day() -> None:
    """Two protocols with the same settings have their own dose; a new edition begins on its day."""
    site = opened().trial.sites[SITE]
    day = OPENED.date()
    dose = replace(TRIAL.product.dose, low=Amount.of("0.3e8 cells"))
    other = replace(TRIAL, product=replace(TRIAL.product, dose=dose))
    for protocol in (TRIAL, other, TRIAL, other):
        limits = limits_on(protocol, site.settings, day)
        assert limits is not None
        assert limits.dose == protocol.product.dose
        assert limits == resolve(protocol, site.settings, day)
    second = replace(TRIAL.product.editions[0], id="2", valid_from=day)
    newer = replace(TRIAL, product=replace(TRIAL.product, editions=(*TRIAL.product.editions, second)))
    days = (day - timedelta(days=1), day, day - timedelta(days=5000))
    found = [limits_on(newer, site.settings, each) for each in days]
    assert [each and each.edition_in_force for each in found] == ["1", "2", None]
    assert limits_on(TRIAL, site.settings.delete("shelf-life"), day) is None


def test_before_the_first_edition_of_the_specifications_nothing_is_done_to_cells() -> None:
    """An act of another century is refused with its reasons, and raises nothing."""
    play, opens = before(cc.OpenChain)
    early = at(opens, opens.act.at.replace(year=2013))
    assert "protocol.no-edition-in-force" in codes(play.ask(early))


# How much, and whether at all -----------------------------------------------------------------------------


def test_no_more_is_collected_than_the_protocol_allows() -> None:
    """Two draws and one marrow, 480 mL of blood in all, marrow up to the site's limit."""
    play, second = before(cc.Collect, 1)
    assert codes(play.ask(with_(second, volume=Amount.of("250 mL")))) == []
    assert codes(play.ask(with_(second, volume=Amount.of("250.1 mL")))) == ["protocol.too-much-collected"]
    play.do(second)
    assert codes(play.ask(second)) == ["protocol.collections-complete", "protocol.too-much-collected",
                                       "cells.wrong-state"]  # fmt: skip
    play, marrow = before(cc.Collect, 2)
    assert codes(play.ask(with_(marrow, volume=Amount.of("100.5 mL")))) == ["protocol.too-much-collected"]


def test_no_more_cultures_begin_than_the_site_allows() -> None:
    """The setting says two; a third is refused."""
    play, seed = before(cc.Seed)
    chain = play.trial.chains[IT.chain]
    lots = chain.lots.set("A", Lot("A", "1")).set("B", Lot("B", "1"))
    full = replace(play.trial, chains=play.trial.chains.set(IT.chain, replace(chain, lots=lots)))
    assert codes(Play(full).ask(seed)) == ["protocol.lots-complete"]


def test_the_first_gate_comes_before_a_collection_in_time_too() -> None:
    """Not passed, or passed later than the collection is said to have been: refused."""
    play, opens = before(cc.OpenChain)
    early = at(opens, next(each for each in whole() if gate("first-registration")(each)).act.at
               - timedelta(minutes=1))  # fmt: skip
    assert codes(play.ask(early)) == ["protocol.gate-passed-later"]
    play, _ = before_gate("first-registration")
    assert codes(play.ask(opens)) == ["protocol.gate-not-passed"]


def test_a_gate_that_rests_on_a_corrected_fact_carries_nothing_any_more() -> None:
    """A test result that turns out to have been positive forbids the collection and the infusion."""
    for kind in (cc.Collect, cc.StartInfusion):
        play, command = before(kind)
        wrong = CorrectFact(person=IT.person, fact="hiv", new="yes", source=CHART)
        play.do(tell(wrong, command.act.at, why="read from another person's sheet"))
        assert codes(play.ask(command)) == ["protocol.criterion-yes-no-no"]


def test_who_gave_up_treatment_is_not_collected_from() -> None:
    """From that instant on; the visits go on."""
    play, collect = before(cc.Collect)
    play.do(tell(TreatmentWithdrawn(person=IT.person, decided_by="person"), collect.act.at))
    assert codes(play.ask(collect)) == ["protocol.off-treatment"]


def test_a_hit_blocks_collections_infusions_and_their_gates_until_a_signed_decision() -> None:
    """A death hits a rule: nothing goes on until the committee has decided; a stop closes the trial."""
    decided = []
    for verdict in (Verdict.CONTINUE, Verdict.STOP):
        for kind in (cc.Collect, cc.StartInfusion):
            play, command = before(kind, number=2)
            play.run(whole(1)[:1])
            play.do(report("AE-1", IT, command.act.at, grade=5))
            assert "safety.hit" in codes(play.ask(command))
            found = hits(play.trial.harms, TRIAL.safety, play.trial.infused, play.trial.collected)
            order = sc.DecideStopping(
                verdict=verdict, hits=tuple(hit.reviewed for hit in found), reasons="seen", amendment=None
            )
            assert codes(play.ask(tell(order, command.act.at))) == ["safety.not-a-decider"]
            play.do(by(tell(order, command.act.at), "chair", "safety-committee"))
            decided.append(codes(play.ask(command)))
    assert decided == [[], [], ["safety.stopped"], ["safety.stopped"]]


def test_a_hit_or_a_stop_closes_the_gates_before_treatment() -> None:
    """Nobody is registered for a collection or an infusion while one stands."""
    for name in ("first-registration", "second-registration"):
        play, command = before_gate(name, number=2)
        play.run(whole(1)[:1])
        play.do(report("AE-1", IT, command.act.at, grade=5))
        assert codes(play.ask(command)) == ["protocol.gate-blocked"]
        order = sc.DecideStopping(verdict=Verdict.STOP, hits=(), reasons="seen", amendment=None)
        play.do(by(tell(order, command.act.at), "chair", "safety-committee"))
        assert "protocol.trial-stopped" in codes(play.ask(command))


# Training -------------------------------------------------------------------------------------------------


def test_training_counts_from_the_day_it_was_given_to_the_day_it_ends() -> None:
    """An act told of an earlier or a later day is an untrained one's; a newer record takes the older's
    place."""
    play, collect = before(cc.Collect)
    day = timedelta(days=1)
    first, last = collect.act.at - day, collect.act.at + day
    order = TrainingRecorded(account="new", training="collection", until=last, source="course")
    play.do(tell(order, first))
    asked = by(collect, "new")
    found = {shift: codes(play.ask(at(asked, collect.act.at + shift * day))) for shift in (-2, 0, 1, 2)}
    assert "protocol.not-trained" in found[-2]
    assert found[0] == found[1] == []
    assert found[2] == ["protocol.not-trained"]
    shorter = replace(order, until=first + timedelta(hours=1))
    play.do(tell(shorter, first))
    assert codes(play.ask(asked)) == ["protocol.not-trained"]


def test_a_training_ends_no_later_than_the_protocol_lets_it() -> None:
    """Where it is valid for a year, a record without an end, or with a later one, is refused."""
    training = replace(TRIAL.training[0], valid_for=Amount.of("365 d"))
    play = Play(opened().trial, replace(TRIAL, training=(training, *TRIAL.training[1:])))
    order = TrainingRecorded(account="new", training="collection", until=None, source="course")
    year = OPENED + timedelta(days=365)
    assert codes(play.ask(tell(order, OPENED))) == ["protocol.training-too-long"]
    assert codes(play.ask(tell(replace(order, until=year), OPENED))) == []
    late = replace(order, until=year + timedelta(seconds=1))
    assert codes(play.ask(tell(late, OPENED))) == ["protocol.training-too-long"]
    over = replace(order, training="colection", until=OPENED)
    assert codes(play.ask(tell(over, OPENED))) == ["protocol.training-over", "protocol.training-unknown"]


def test_an_infused_persons_collections_are_the_denominators() -> None:
    """Two draws, one marrow, one infusion: each in order of time, with the zone it was done in."""
    trial = infused().trial
    assert [done.procedure.value for done in trial.collected] == ["blood-draw", "blood-draw", "marrow"]
    assert [done.person for done in trial.infused] == [IT.person]
    assert trial.drawn[IT.person, Kind.BLOOD] == (Amount.of("230 mL"), Amount.of("230 mL"))
