"""Every command finds its room, and whatever is wrong with one is told, all of it at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.protocol.played import (
    CHART,
    TRIAL,
    Play,
    at,
    before,
    codes,
    infused,
    opened,
    person,
    tell,
    visit,
    whole,
    with_,
)

from myelos import cells, safety
from myelos.acts import Decision
from myelos.cells import commands as cc
from myelos.findings import Refused
from myelos.protocol import COMMANDS, Command, Trial, decide, load_protocol
from myelos.protocol.course import COMMANDS as PERSON_COMMANDS
from myelos.protocol.decide import COMMAND_CATALOGUE
from myelos.protocol.enrolment import Screen
from myelos.protocol.events import SiteOpened
from myelos.protocol.person_events import FactsRecorded, GroupAssigned, WeightRecorded
from myelos.protocol.state import EVENT_CATALOGUE, EVENTS
from myelos.protocol.visits import RecordExamination, RecordVisit
from myelos.quantities import Amount
from myelos.safety import commands as sc

IT = person()
TOKYO = timezone(timedelta(hours=9))
OTARU = tell(SiteOpened(site="otaru", zone="Asia/Tokyo"), datetime(2025, 12, 2, tzinfo=UTC))
"""A second site opens."""


def plain(command: Command) -> dict[str, Any]:
    return COMMAND_CATALOGUE.write(command.order)


def refused(record: dict[str, Any]) -> dict[str, str]:
    """What is found in a command that is read from plain data: the code by its key."""
    with pytest.raises(Refused) as caught:
        COMMAND_CATALOGUE.read(record)
    codes(Decision.of((), caught.value.findings))
    return {str(each.place.column): each.code for each in caught.value.findings}


# Every command finds its room -----------------------------------------------------------------------------


def test_every_command_of_every_room_is_a_command_of_a_trial() -> None:
    """A command that a room understands and no trial passes on would be a dead letter; one is asked by
    itself: an examination is assessed when it is recorded."""
    theirs = {*PERSON_COMMANDS, *cc.COMMANDS, *safety.COMMANDS}
    assert theirs - set(COMMANDS) == {sc.AssessExam}
    own = {each.NAME for each in set(COMMANDS) - theirs}
    assert own == {
        "protocol.site-opened", "protocol.setting-filled", "protocol.training-recorded",
        "protocol.take-chain-over",
    }  # fmt: skip


def test_no_two_commands_and_no_two_events_share_a_name() -> None:
    """A name stands for one thing in the record."""
    assert len(COMMAND_CATALOGUE.classes) == len(COMMANDS) == len(set(COMMANDS))
    assert len(EVENT_CATALOGUE.classes) == len(EVENTS) == len(set(EVENTS))


def test_what_is_no_command_of_a_trial_is_a_fault_of_the_program() -> None:
    """An event, a room's inner command or a text cannot be asked."""
    exam = sc.AssessExam.__new__(sc.AssessExam)
    for order in (exam, "cells.collect", cells.EVENTS[0](chain="I", person="P")):
        with pytest.raises(TypeError, match="no command of a trial"):
            decide(Trial(TRIAL.id), tell(order, person().at(7)), TRIAL)


def test_a_trial_is_decided_under_its_own_protocol_only() -> None:
    """Another protocol's limits never decide, whoever passes it in."""
    with pytest.raises(ValueError, match="runs under honmou-phase2"):
        decide(opened().trial, whole()[0], load_protocol("stroke-phase2"))


# Where, by whom -------------------------------------------------------------------------------------------


def test_nothing_is_done_at_a_site_that_takes_no_part_and_the_rest_is_told_too() -> None:
    """The site is unknown; what else is wrong is said beside it."""
    play, collect = before(cc.Collect)
    act = replace(collect.act, site="elsewhere", by="stranger")
    assert codes(play.ask(Command(act, collect.order))) == [
        "protocol.not-trained", "protocol.site-unknown", "protocol.other-site",
    ]  # fmt: skip


def test_nothing_is_done_before_the_site_takes_part() -> None:
    """An act told of a day before the site was opened is out of order."""
    early = datetime(2025, 11, 30, tzinfo=UTC)
    order = Screen(person=person().person, onset=early)
    assert codes(opened().ask(tell(order, early))) == ["protocol.site-not-open"]


def test_a_trial_code_is_the_label_of_a_wristband() -> None:
    """A code that could not be scanned at the bedside is none; it is told with the rest."""
    early = IT.at(-1)
    for code, found in (("P1", "cells.label-too-short"), (IT.chain, "cells.label-wrong-kind")):
        decision = opened().ask(tell(Screen(person=code, onset=IT.at(0)), early))
        assert codes(decision) == [found, "protocol.before-onset"]


def test_who_is_of_one_site_is_examined_and_treated_there() -> None:
    """Another site takes part and may grow cells; the person, and the bedside, are not its."""
    play, start = before(cc.StartInfusion)
    play.do(OTARU)
    weight = tell(
        WeightRecorded(person=person().person, weight=Amount.of("60 kg"), source=CHART), start.act.at
    )
    for command in (start, weight):
        moved = Command(replace(command.act, site="otaru"), command.order)
        assert codes(play.ask(moved)) == ["protocol.other-site"]


def test_cells_may_be_grown_at_another_site() -> None:
    """A laboratory that takes part may serve the wards of several sites."""
    play, seed = before(cc.Seed)
    play.do(OTARU)
    assert codes(play.ask(Command(replace(seed.act, site="otaru"), seed.order))) == []


def test_a_trial_that_gives_no_cells_takes_no_command_about_them() -> None:
    """Where there is no product there is no chain either."""
    protocol = load_protocol("post-market-comparison")
    play = Play(Trial(protocol.id), protocol)
    play.do(OTARU)
    opens = next(each for each in whole() if isinstance(each.order, cc.OpenChain))
    asked = Command(replace(opens.act, site="otaru"), opens.order)
    assert codes(play.ask(asked)) == ["protocol.no-product"]


# Bad input, each alone and all together -------------------------------------------------------------------


@pytest.mark.requirement("AUD-03")
@pytest.mark.parametrize(
    ("instant", "code"),
    [
        (datetime(2026, 2, 16, 3, 30), "shapes.naive-time"),  # noqa: DTZ001
        (datetime(2026, 2, 16, 12, 30, tzinfo=TOKYO), "shapes.not-utc"),
        (datetime(1826, 2, 16, tzinfo=UTC), "shapes.out-of-range"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "shapes.out-of-range"),
    ],
)
def test_aud_03_an_act_has_an_instant_in_utc(instant: datetime, code: str) -> None:
    """A naive, a local or an impossible time is refused, whatever is asked; it is told at its key."""
    play, collect = before(cc.Collect)
    decision = play.ask(at(collect, instant))
    assert codes(decision) == [code]
    assert decision.findings[0].place.column == "at"


def test_a_visit_before_the_injury_is_refused() -> None:
    """Nothing was done to a person before day 0."""
    play, command = before(RecordVisit)
    early = visit(person(), "screening", -3, dict(command.order.measures))
    assert "protocol.before-onset" in codes(play.ask(at(early, command.act.at)))


def test_an_unknown_version_and_a_misspelt_name_are_told_with_what_is_known() -> None:
    """A command of another version is never read as the one at hand."""
    record = plain(whole()[0])
    assert refused({**record, "version": 2}) == {"None": "shapes.unknown-version"}
    assert refused({**record, "name": "protocol.scren"}) == {"None": "shapes.unknown-name"}


@pytest.mark.requirement("DAT-01")
@pytest.mark.parametrize("kind", [RecordVisit, FactsRecorded, WeightRecorded, RecordExamination])
def test_dat_01_a_value_without_its_source_is_rejected(kind: type) -> None:
    """Null provenance, an empty one and none at all are each refused at its key."""
    it = person()
    examined = next(each.order for each in whole() if type(each.order) is RecordVisit)
    unscheduled = RecordExamination(
        person=it.person, examined_at=it.at(8), examiner="examiner", source=CHART, reason="pain",
        measures=examined.measures,
    )  # fmt: skip
    command = next((each for each in whole() if type(each.order) is kind), tell(unscheduled, it.at(9)))
    record = plain(command)
    data = {key: value for key, value in record["data"].items() if key != "source"}
    for source in (None, "", {}):
        assert refused({**record, "data": {**data, "source": source}})
    assert refused({**record, "data": data}) == {"source": "shapes.missing"}
    assert list(refused({**record, "data": {**data, "source": {"kind": "rumour", "id": "x"}}})) == [
        "source.kind"
    ]


HARVEST = {
    "into.volume": ("10", "shapes.no-unit"),
    "viable": (-1, "shapes.out-of-range"),
    "dead": (-60_000, "shapes.out-of-range"),
    "counted_at": ("2026-02-20T05:00:00", "shapes.naive-time"),
}
"""What can be wrong with a count of cells: the key, what stands there, the code."""


def _bent(record: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    data = dict(record["data"])
    for key in keys:
        if key == "into.volume":
            data["into"] = {**data["into"], "volume": HARVEST[key][0]}
        else:
            data[key] = HARVEST[key][0]
    return {**record, "data": data}


@pytest.mark.parametrize("keys", [*([key] for key in HARVEST), list(HARVEST)])
def test_negative_cells_a_missing_unit_and_a_naive_time_are_told_at_once(keys: list[str]) -> None:
    """Each alone, and all in one command: every fault at its key, none hides another."""
    record = plain(next(each for each in whole() if type(each.order) is cc.Harvest))
    assert refused(_bent(record, keys)) == {key: HARVEST[key][1] for key in keys}


def test_the_same_faults_built_in_python_are_told_at_once() -> None:
    """A command built in a program is checked as one read from a file, and its act with it."""
    play, harvest = before(cc.Harvest)
    into = replace(harvest.order.into, volume=Amount.of("10 cells"))
    bent = with_(harvest, into=into, viable=-1, counted_at=datetime(2026, 2, 20))  # noqa: DTZ001
    bent = at(bent, datetime(2026, 2, 20))  # noqa: DTZ001
    assert sorted(codes(play.ask(bent))) == sorted(
        ["shapes.naive-time", "shapes.wrong-unit", "shapes.out-of-range", "shapes.naive-time"]
    )


def test_everything_that_forbids_a_visit_is_told_at_once() -> None:
    """Before the injury, without consent, in the future of the act, a measure it does not take, one twice."""
    play = infused()
    it = person()
    asked = visit(it, "screening", -3, {"pain-0-10": {"intensity": 11}, "isncsci": {"vac": "maybe"}})
    found = codes(play.ask(at(asked, it.at(-4))))
    assert {
        "protocol.before-onset", "protocol.examined-in-future", "protocol.consent-missing",
        "protocol.measure-not-of-visit", "protocol.measure-taken-already",
    } <= set(found)  # fmt: skip
    assert any(code.startswith(("measures.", "isncsci.")) for code in found)


def test_groups_and_facts_of_nobody_are_told() -> None:
    """A person, a fact and a group that are not there are named."""
    nobody = GroupAssigned(person="PMADE126999999X", group="users")
    assert codes(opened().ask(tell(nobody, person().at(7)))) == ["protocol.person-unknown"]
