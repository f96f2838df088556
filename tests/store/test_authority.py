"""The one table of role x command x site: every cell of it, against rules written down a second time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from examples.twenty_people.people import commands as twenty_people
from examples.twenty_people.script import OPENED, SITE, opening
from hypothesis import given
from hypothesis import strategies as st

from myelos.findings import Finding, Phrasebook
from myelos.ledger import COMMAND_CATALOGUE
from myelos.ledger.accounts import COMMANDS as ACCOUNT_COMMANDS
from myelos.ledger.accounts import commands as ac
from myelos.ledger.deciding import SIGNED_COMMANDS
from myelos.protocol import Command, load_protocol
from myelos.shapes import plain, read
from myelos.store import authority
from myelos.store.authority import READINGS, ROLES, commands_of, forbidden, may, signs, table, unknown_roles

WORDS = Phrasebook("myelos", "myelos.store")
SHIPPED = ("honmou-phase2", "honmou-out-of-specification", "stroke-phase2")

OF_A_SITE = {
    "coordinator", "investigator", "examiner", "collector", "technician", "qualified-person", "nurse",
    "monitor",
}  # fmt: skip
"""Roles somebody has at a site; the others belong to the trial as a whole."""

EVERYBODY_READS = {"verify", "head"}

CARES_FOR_PEOPLE = """
    ledger.keep-identity ledger.read-identity protocol.training-recorded protocol.screen
    protocol.facts-recorded ledger.raise-query ledger.answer-query
    protocol.consent-given protocol.consent-declined protocol.consent-withdrawn protocol.group-assigned
    protocol.record-visit protocol.record-examination protocol.visit-missed protocol.weight-recorded
    protocol.treatment-withdrawn protocol.follow-up-withdrawn protocol.lost-to-follow-up protocol.returned
    protocol.correct-fact protocol.correct-item protocol.correct-examined-at protocol.correct-weight
    protocol.correct-onset protocol.correct-person-identity cells.open-chain safety.update-adverse-event
    safety.record-outcome safety.record-report-sent certificate show timeline
"""
"""What coordinator and investigator may both do."""

SEES_HARM = """
    ledger.sign protocol.record-deviation cells.report-identity-error cells.hold-back
    safety.report-adverse-event safety.record-incident
"""
"""What everybody at a site who does anything may do: say that something is wrong, and sign what they did."""

GIVES_CELLS = """
    cells.match cells.start-infusion cells.observe-infusion cells.pause-infusion cells.resume-infusion
    cells.end-infusion
"""

MAY = {
    "administrator": """
        ledger.create-account ledger.grant-role ledger.revoke-role ledger.retire-account ledger.unlock-account
        backup accounts
    """,
    "coordinator": CARES_FOR_PEOPLE + SEES_HARM + "protocol.site-opened cells.correct-identity",
    "investigator": CARES_FOR_PEOPLE + SEES_HARM + GIVES_CELLS + """
        ledger.erase-words ledger.erase-identity protocol.setting-filled protocol.decide-gate
        protocol.correct-group protocol.take-chain-over cells.collect cells.correct-identity
        safety.judge-relatedness safety.decide-expectedness safety.withdraw-adverse-event
        safety.report-late-sterility audit export
    """,
    "examiner": SEES_HARM + """
        ledger.raise-query ledger.answer-query
        protocol.record-visit protocol.record-examination protocol.visit-missed protocol.consent-withdrawn
        protocol.correct-item protocol.correct-examined-at
    """,
    "collector": SEES_HARM + """
        protocol.consent-withdrawn cells.print-label cells.verify-label cells.collect cells.hand-over show
        cells.correct-identity
    """,
    "technician": SEES_HARM + """
        ledger.answer-query
        cells.print-label cells.verify-label cells.hand-over cells.receive cells.separate-serum cells.seed
        cells.feed cells.harvest cells.passage cells.divide cells.pool cells.sample cells.freeze
        cells.put-in-storage cells.read-temperature cells.record-result cells.correct-result cells.pack
        cells.thaw cells.discard cells.correct-identity safety.report-late-sterility show
    """,
    "qualified-person": SEES_HARM + """
        ledger.answer-query
        protocol.setting-filled protocol.take-chain-over cells.read-temperature cells.record-result
        cells.correct-result cells.release cells.reject cells.sign-disposition cells.discard
        cells.correct-identity safety.report-late-sterility show timeline certificate
    """,
    "nurse": SEES_HARM + GIVES_CELLS + """
        ledger.answer-query
        protocol.consent-withdrawn protocol.weight-recorded protocol.correct-weight cells.hand-over
        cells.receive cells.read-temperature cells.thaw cells.discard cells.correct-identity show
    """,
    "monitor": "ledger.raise-query ledger.close-query show timeline audit export certificate",
    "sponsor": """
        ledger.open-trial ledger.amend-protocol ledger.sign protocol.site-opened safety.decide-expectedness
        safety.record-report-sent show timeline audit export certificate
    """,
    "safety-committee": """
        ledger.sign safety.adjudicate-deterioration safety.decide-stopping show timeline export
    """,
    "data-manager": """
        ledger.sign ledger.restrict ledger.reopen ledger.raise-query ledger.close-query
        show timeline audit export certificate
    """,
    "statistician": "export",
    "auditor": "show timeline audit export certificate accounts",
}  # fmt: skip
"""What each role may do, and nothing else."""

SIGNED = set("""
    ledger.open-trial ledger.amend-protocol ledger.sign ledger.restrict ledger.reopen ledger.erase-words
    ledger.erase-identity protocol.setting-filled protocol.decide-gate protocol.correct-group
    protocol.take-chain-over cells.release cells.reject cells.match cells.sign-disposition
    safety.judge-relatedness safety.decide-expectedness safety.withdraw-adverse-event
    safety.adjudicate-deterioration safety.decide-stopping
""".split())  # fmt: skip
"""What is decided by a signature."""

EVERY = sorted(table())


def said(finding: Finding | None) -> str:
    """The code of a finding, which has words in both languages; empty where there is none."""
    if finding is None:
        return ""
    assert all(WORDS.tell(finding, language) for language in ("en", "ja"))
    return finding.code.removeprefix("store.")


def cells() -> Iterator[tuple[str, str, str, str]]:
    """Every role, command, granted site and site, where these are the same, another, or all of them."""
    for command in EVERY:
        for role in ROLES:
            for granted in ("here", "there", "*"):
                for site in ("here", "*"):
                    yield role, command, granted, site


def as_ruled(role: str, command: str, granted: str, site: str) -> bool:
    """The second writing of the table."""
    if command in EVERYBODY_READS:
        return True
    return command in MAY[role].split() and (role not in OF_A_SITE or granted in ("*", site))


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize("command", EVERY)
def test_acc_01_every_cell_says_what_was_ruled(command: str) -> None:
    """Role by role and site by site, the table gives what the rules above give: no surprise."""
    mine = [each for each in cells() if each[1] == command]
    assert [each for each in mine if may(*each) != as_ruled(*each)] == []


def test_the_rules_name_only_what_there_is() -> None:
    """A misspelt rule would rule nothing."""
    assert set(MAY) == set(ROLES)
    ruled = {each for named in MAY.values() for each in named.split()} | SIGNED | EVERYBODY_READS
    assert ruled == set(EVERY)


def test_every_command_and_reading_has_a_row_and_nothing_else_has() -> None:
    """A command without a row would have no answer, a row without a command none to give one to."""
    trial = {name for name, _ in COMMAND_CATALOGUE.classes}
    kinds: Any = ac.ADMINISTRATORS
    assert set(table()) == trial | {each.NAME for each in kinds} | set(READINGS)


def test_what_everybody_does_for_their_own_account_is_no_row() -> None:
    """To sign in or change one's password needs no role."""
    assert {each.NAME for each in ACCOUNT_COMMANDS} - set(table()) == {
        "ledger.create-first-account", "ledger.change-password", "ledger.sign-in", "ledger.fail-sign-in",
    }  # fmt: skip


def test_the_table_has_the_roles_an_account_can_be_given_each_row_its_source() -> None:
    """A role without a column could do nothing; a cell without a reason cannot be argued about."""
    text = files("myelos.store").joinpath("data", "authority.csv").read_text("utf-8")
    header, *rows = csv.reader(text.splitlines())
    assert header == ["command", "signed", *ac.ROLES, "source"]
    assert {len(row) for row in rows} == {len(header)}
    assert len({row[0] for row in rows}) == len(rows)
    assert all(row[-1].strip() for row in rows)
    assert {cell for row in rows for cell in row[2:-1]} == set(authority.CELLS)


@pytest.mark.parametrize(
    "change", [{"signed": "perhaps"}, {"nurse": "all"}, {"source": ""}, {"command": "ledger.sign"}]
)
def test_a_broken_table_is_never_used(change: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell of another kind, no source, a row twice: a fault of ours, told at once."""
    row = {"command": "show", "signed": "no", **dict.fromkeys(ROLES, ""), "source": "made up", "row": "3"}
    first = {**row, "command": "ledger.sign", "row": "2"}
    monkeypatch.setattr(authority, "shipped", lambda *_: [first, {**row, **change}])
    with pytest.raises(ValueError, match=r"authority\.csv, row 3"):
        table.__wrapped__()


@pytest.mark.parametrize("command", EVERY)
def test_a_signed_decision_is_one_that_was_ruled_to_be(command: str) -> None:
    """The door asks for a fresh proof for these and no others."""
    assert signs(command) == (command in SIGNED)


def test_what_the_record_calls_a_signature_is_one_here() -> None:
    """A signature without a proof would be a claim."""
    kinds: Any = SIGNED_COMMANDS
    assert all(signs(each.NAME) for each in kinds)


# What is refused, and how it is told ------------------------------------------------------------------------

_SITE_ONLY = sorted(
    name for name in EVERY if name in MAY["investigator"].split() and name not in READINGS
)  # fmt: skip


@pytest.mark.requirement("BLD-02")
@pytest.mark.parametrize("command", _SITE_ONLY)
def test_bld_02_a_sponsor_changes_nothing_of_the_investigators(command: str) -> None:
    """Whatever the investigator answers for is refused to the sponsor at every site, by the requirement's
    name, and an investigator has to do it; but what is the sponsor's own duty as well."""
    found = forbidden("sponsor", command, ["*"], "sapporo")
    if command in MAY["sponsor"].split():
        assert found is None
        return
    assert said(found) == "sponsor-changes-nothing"
    assert found is not None
    assert (found.params["requirement"], found.place.column) == ("BLD-02", "role")
    assert "investigator of the site has to do" in WORDS.tell(found)


@pytest.mark.requirement("BLD-02")
def test_bld_02_no_correction_is_a_sponsors() -> None:
    """Every command that corrects is refused to the sponsor, and to all who only read."""
    corrections = [name for name in EVERY if "correct" in name or "update" in name or "erase" in name]
    assert len(corrections) > 8
    for role in ("sponsor", "monitor", "auditor", "statistician", "data-manager", "administrator"):
        assert [name for name in corrections if may(role, name, "*", "sapporo")] == []


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_refusal_says_what_is_in_the_way() -> None:
    """Not the role, not the site, not a role there is: each told as what it is."""
    assert said(forbidden("nurse", "cells.release", ["sapporo"], "sapporo")) == "role-forbids"
    assert said(forbidden("qualified-person", "cells.release", ["sapporo"], "tokyo")) == "other-site"
    assert said(forbidden("qualified-person", "cells.release", [], "tokyo")) == "role-not-held"
    assert said(forbidden("wizard", "cells.release", ["*"], "tokyo")) == "unknown-role"
    assert said(forbidden("sponsor", "cells.harvest", ["*"], "tokyo")) == "role-forbids"
    assert said(forbidden("monitor", "protocol.correct-item", ["*"], "tokyo")) == "role-forbids"
    assert said(forbidden("qualified-person", "cells.release", ["tokyo", "sapporo"], "tokyo")) == ""


@pytest.mark.requirement("ACC-01")
@given(st.sampled_from(ROLES), st.sampled_from(EVERY), st.sets(st.sampled_from(["a", "b", "*"])))
def test_acc_01_a_refusal_and_a_permission_never_stand_side_by_side(
    role: str, command: str, granted: set[str]
) -> None:
    """There is a reason against it exactly where no grant allows it."""
    allowed = any(may(role, command, each, "a") for each in granted)
    assert (said(forbidden(role, command, granted, "a")) == "") == allowed


def test_what_does_not_exist_is_not_allowed_to_anybody() -> None:
    """A role that is none may nothing; a command that is none is a fault of ours."""
    assert not any(may("wizard", command, "*", "*") for command in EVERY)
    assert commands_of("wizard") == ()
    with pytest.raises(KeyError):
        may("nurse", "cells.fly", "*", "*")
    with pytest.raises(KeyError):
        forbidden("nurse", "cells.fly", ["*"], "*")


# Who must not be able to ------------------------------------------------------------------------------------


def test_who_only_reads_changes_nothing() -> None:
    """Monitors, statisticians and auditors have readings alone; a monitor asks, and changes no value."""
    asking = {"ledger.raise-query", "ledger.close-query"}
    for role in ("monitor", "statistician", "auditor"):
        assert set(commands_of(role)) - set(READINGS) <= (asking if role == "monitor" else set())


def test_who_assesses_blinded_reads_nothing_that_unblinds() -> None:
    """Neither state nor timeline, audit, rows nor certificate: they tell arm, infusion and dose."""
    assert set(commands_of("examiner")) & set(READINGS) == EVERYBODY_READS


@pytest.mark.requirement("DAT-04")
def test_dat_04_only_the_site_knows_who_a_code_is() -> None:
    """Personal data are kept, read and erased by those of the site who look after the person."""
    for what in ("keep", "read", "erase"):
        assert set(table()[f"ledger.{what}-identity"].roles) <= {"coordinator", "investigator"}
        assert not may("investigator", f"ledger.{what}-identity", "tokyo", "sapporo")


def test_an_administrator_has_no_hand_in_a_trial() -> None:
    """Whoever lets people in asks for nothing of a trial but its backup."""
    trial = {name for name, _ in COMMAND_CATALOGUE.classes}
    assert trial.isdisjoint(commands_of("administrator"))


# What is asked in earnest -----------------------------------------------------------------------------------


def test_the_worked_trial_asks_for_nothing_that_is_forbidden() -> None:
    """Everybody in it acts in a role there is, and does what this role may do at their own site."""
    asked: list[Command] = [*opening(OPENED), *twenty_people()]
    found = [forbidden(each.act.role, each.order.NAME, [SITE], each.act.site) for each in asked]
    assert [each for each in found if each is not None] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_protocols_name_roles_that_may_do_it(name: str) -> None:
    """Whom a protocol lets release or decide, the table lets, too."""
    assert list(unknown_roles(load_protocol(name))) == []


def test_a_protocol_that_names_a_role_nobody_has_is_told() -> None:
    """Its conditional releases and its stops would wait for ever."""
    said_ = plain(load_protocol("honmou-phase2"))
    said_["safety"]["decided_by"]["roles"] = ["safety-committee", "nurse", "oracle"]
    said_["product"]["conditional_release_role"] = "wizard"
    protocol = read(type(load_protocol("honmou-phase2")), said_)
    found = [(said(each), each.params["role"], each.params["command"]) for each in unknown_roles(protocol)]
    assert found == [
        ("role-of-protocol", "wizard", "cells.release"),
        ("role-of-protocol", "nurse", "safety.decide-stopping"),
        ("role-of-protocol", "oracle", "safety.decide-stopping"),
        ("role-of-protocol", "nurse", "safety.adjudicate-deterioration"),
        ("role-of-protocol", "oracle", "safety.adjudicate-deterioration"),
    ]
