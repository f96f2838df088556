"""Who may do what, and in which order: every task of the protocol's training."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.protocol.played import TRIAL, Play, at, before, by, codes, opened, person, tell, whole

from myelos.cells import commands as cc
from myelos.protocol import COMMANDS, Command
from myelos.protocol.state import Trained

IT = person()
TASKS = sorted({task for training in TRIAL.training for task in training.tasks})
KIND = {each.NAME: each for each in COMMANDS}  # type: ignore[attr-defined]


def just_before(task: str) -> tuple[Play, Command]:
    """The trial just before a task is done for the first time, and the command that does it."""
    kind = KIND[task]
    if kind is cc.Reject:
        play, release = before(cc.Release)
        order = cc.Reject(chain=IT.chain, lot="LOT-1", reason="out of specification")
        return play, Command(release.act, order)
    if kind is cc.Pool:
        play, sample = before(cc.Sample)
        for serial in (20, 21, 22):
            printed, verified = IT.label(serial, _SUSPENSION, sample.act.at)
            play.do(printed)
            play.do(verified)
        filled = cc.Divide(
            chain=IT.chain, scan=IT.scan(8), parts=(IT.filling(20, "4 mL"), IT.filling(21, "4 mL"))
        )
        play.do(Command(sample.act, filled))
        order = cc.Pool(chain=IT.chain, sources=(IT.scan(20), IT.scan(21)), into=IT.scan(22))
        return play, Command(sample.act, order)
    return before(kind)


_SUSPENSION = next(each.order.kind for each in whole() if isinstance(each.order, cc.PrintLabel)
                   and each.order.kind.value == "suspension")  # fmt: skip


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("task", TASKS)
def test_acc_01_a_task_is_done_by_who_is_trained_for_it_and_by_nobody_else(task: str) -> None:
    """The account that is trained may; a stranger in the very same role, one trained for another task, and
    one whose training has ended may not."""
    play, command = just_before(task)
    assert codes(play.ask(command)) == []
    training = next(each.id for each in TRIAL.training if task in each.tasks)
    other = next(each.id for each in TRIAL.training if each.id != training)
    over = Trained(command.act.at - timedelta(days=9), command.act.at - timedelta(seconds=1))
    held = {"stranger": Trained(command.act.at, None), "lapsed": over}
    kinds = {"stranger": other, "lapsed": training}
    known = play.trial.training.update({(who, kinds[who]): (each,) for who, each in held.items()})
    asked = Play(replace(play.trial, training=known))
    for account in ("stranger", "lapsed", "nobody"):
        decision = asked.ask(by(command, account))
        assert "protocol.not-trained" in codes(decision)
        assert decision.events == ()


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("task", TASKS)
def test_acc_01_a_task_before_its_turn_is_refused(task: str) -> None:
    """Asked in a trial where the person has only been screened, and of a day before the last thing done."""
    play, command = just_before(task)
    early = opened()
    early.run(whole()[:1])
    assert codes(early.ask(command)) == ["protocol.chain-unknown"]
    backdated = at(command, IT.at(IT.days.screening, 2, 31))
    assert backdated.act.at < command.act.at
    if task != "cells.reject":  # a lot may be given up at any time
        assert codes(play.ask(backdated)) != []


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_role_that_a_decision_asks_for_is_asked_for() -> None:
    """A conditional release by the qualified person, a decision on a hit by the committee: by no other."""
    play, _ = before(cc.RecordResult)
    for each in whole():
        if isinstance(each.order, cc.RecordResult) and each.order.specification != "sterility":
            play.do(each)
    order = cc.Release(chain=IT.chain, lot="LOT-1", conditional=True, reason="cells cannot wait")
    asked = tell(order, IT.at(22, 6), "qualified")
    assert codes(play.ask(asked)) == ["cells.conditional-release-role"]
    assert codes(play.ask(by(asked, "qualified", "qualified-person"))) == []


@pytest.mark.requirement("ACC-01")
def test_acc_01_no_command_of_the_script_can_be_skipped() -> None:
    """Leave out one of the steps that lead to the bag: then nobody is infused."""
    steps = (cc.OpenChain, cc.Collect, cc.Receive, cc.Seed, cc.Harvest, cc.Divide, cc.Freeze,
             cc.PutInStorage, cc.RecordResult, cc.Release, cc.Thaw, cc.MatchAtBedside)  # fmt: skip
    for left_out in steps:
        play = opened()
        for each in whole():
            decision = None if isinstance(each.order, left_out) else play.ask(each)
            if decision is not None and not decision.forbidden:
                play.do(each)
        assert not play.trial.infused, left_out
