"""Every rule of the path is asked again of a certificate's entries; what came later is told. Synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from examples.twenty_people.people import items, of_grade, script
from examples.twenty_people.script import CHART, OPENED, SITE
from tests.ledger.certified import BOOK, altered, codes, notes
from tests.ledger.infused_trial import (
    BAG,
    CHAIN,
    OTHER_PERSON,
    PERSON,
    Played,
    Said,
    forged,
    play,
    played,
    resealed,
)
from tests.protocol.played import tell, visit
from tests.protocol.test_takeover import FIT, IT, SEPARATE, takeover
from tests.protocol.test_takeover import _openings as openings

from myelos.acts import Act
from myelos.cells import Kind, LotStatus
from myelos.cells import commands as cc
from myelos.ledger.certificate import (
    Standing,
    certificate,
    verify_certificate,
)
from myelos.ledger.commands import OpenTrial
from myelos.protocol import Command
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.person_events import ConsentGiven, FactsRecorded, WeightRecorded
from myelos.quantities import Amount
from myelos.shapes import plain

# The rules, each broken in an invented ledger ---------------------------------------------------------------


def without(event: str, **data: Any) -> Callable[[Said], Said | None]:
    """The ledger without an entry."""
    return lambda said: None if _is(said, event, data) else said


def changed(event: str, where: Said, **data: Any) -> Callable[[Said], Said | None]:
    """The ledger with some data of an entry otherwise; keys with a leading underscore are of the entry."""

    def change(said: Said) -> Said:
        if not _is(said, event, where):
            return said
        own = {key.removeprefix("_"): each for key, each in data.items() if key.startswith("_")}
        inner = {key: each for key, each in data.items() if not key.startswith("_")}
        return {**said, **own, "data": {**said["data"], **inner}}

    return change


def _is(said: Said, event: str, data: Said) -> bool:
    same = said["event"] == event and all(said["data"].get(key) == each for key, each in data.items())
    return same and ("chain" not in said["data"] or said["data"]["chain"] == CHAIN)


MARROW, SUSPENSION = script(1).container(3), script(1).container(8)
ON_BAG = {"container": BAG}
LATE = "2026-12-01T00:00:00.000000Z"
START = "cells.infusion-started"
RULES: dict[str, tuple[Callable[[Said], Said | None], set[str]]] = {
    "no screening": (without("protocol.screened", person=PERSON), {"certificate-broken"}),
    "no protocol": (without("ledger.trial-opened"), {"certificate-no-protocol"}),
    "no site": (without("protocol.site-opened"), {"certificate-broken"}),
    "no limit": (without("protocol.setting-filled", setting="viability-least"), {"certificate-no-limits"}),
    "no collection": (without("cells.collected", container=MARROW), {"certificate-broken"}),
    "no verified label": (without("cells.label-verified", **ON_BAG), {"certificate-label-unverified"}),
    "label verified by who printed it": (
        changed("cells.label-verified", ON_BAG, _by="technician"), {"certificate-label-unverified"},
    ),
    "no result": (without("cells.tested", specification="cd73"), {"certificate-result-missing"}),
    "no release": (without("cells.released"), {"certificate-not-released"}),
    "released later": (changed("cells.released", {}, _at=LATE), {"certificate-released-without"}),
    "released without the bag": (changed("cells.released", {}, bags=[]), {"certificate-released-without"}),
    "lot of no edition": (changed("cells.seeded", {}, edition="0"), {"certificate-no-edition"}),
    "nobody matched": (without("cells.matched"), {"certificate-not-matched"}),
    "one matched": (changed("cells.matched", {}, _by="nurse"), {"certificate-not-matched"}),
    "one matched twice": (
        changed(START, ON_BAG, second="nurse"), {"certificate-one-matched"},
    ),
    "matched later": (changed("cells.matched", ON_BAG, _at=LATE), {"certificate-not-matched"}),
    "another started": (changed(START, ON_BAG, _by="somebody"), {"certificate-another-starter"}),
    "another dose": (changed(START, ON_BAG, dose=119_700_001), {"certificate-dose"}),
    "dose counted otherwise": (
        changed("cells.harvested", {}, counted_at="2026-01-01T00:00:00Z"), {"certificate-dose"},
    ),
    "a wider window": (changed(START, ON_BAG, highest=10**12), {"certificate-dose-window"}),
    "another weight": (changed(START, ON_BAG, weight="20 kg"), {"certificate-dose-window"}),
    "too much arrived": (
        changed("cells.infusion-ended", ON_BAG, delivered=10**9), {"certificate-delivered"},
    ),
    "no start": (without(START), {"certificate-not-infused"}),
    "no end": (without("cells.infusion-ended"), {"certificate-not-ended"}),
    "ended before it began": (
        changed("cells.infusion-ended", ON_BAG, _at="2026-01-01T00:00:00.000000Z"), {"certificate-not-ended"},
    ),
    "another person named": (
        changed("cells.stored", {}, _person=OTHER_PERSON), {"certificate-another-person"},
    ),
    "another person collected from": (
        changed("cells.collected", {"container": MARROW}, person=OTHER_PERSON),
        {"certificate-another-person"},
    ),
    "the bag from nowhere": (
        changed("cells.split", {}, source="CNOWHERE"), {"certificate-broken"},
    ),
    "a later format": (changed("cells.stored", {}, _format=2), {"later-format"}),
    "a format that is no number": (changed("cells.stored", {}, _format=True), {"later-format"}),
    "a later version": (changed("cells.stored", {}, _version=2), {"unknown-event"}),
    "an unknown event": (changed("cells.stored", {}, _event="cells.teleported"), {"unknown-event"}),
    "another trial": (changed("cells.stored", {}, _trial="another"), {"other-trial"}),
    "a local time": (changed("cells.stored", {}, _at="2026-03-01T00:00:00"), {"shapes.naive-time"}),
    "no account": (changed("cells.stored", {}, _by=""), {"shapes.empty"}),
}  # fmt: skip


@pytest.mark.parametrize("case", RULES)
def test_every_rule_of_the_path_is_asked_again(case: str) -> None:
    """An invented ledger that breaks a rule makes a certificate that is refused for it, at its entry."""
    change, expected = RULES[case]
    verified = verify_certificate(altered(change))
    assert verified.standing is Standing.REFUSED
    assert verified.facts is None
    assert expected <= codes(verified)
    assert all(BOOK.tell(each, language) for each in verified.findings for language in ("en", "ja"))


def test_the_start_of_a_bag_that_was_held_back_is_refused() -> None:
    """A quarantine before the infusion, told in the entries, is never passed over; nor an identity error."""

    def held(reason: str) -> Callable[[Said], Said]:
        def change(said: Said) -> Said:
            if said["event"] != "cells.infusion-observed" and not _is(said, "cells.handed-over", ON_BAG):
                return said
            data = {"chain": said["data"]["chain"], "containers": [BAG], "reason": reason, "words": "made up"}
            return {**said, "event": "cells.quarantined", "data": data}

        return change

    other = codes(verify_certificate(altered(held("other"))))
    assert "certificate-held-back" in other
    assert "certificate-identity-error" in codes(verify_certificate(altered(held("identity"))))


def test_a_second_start_is_refused() -> None:
    """One bag runs once."""
    started = changed("cells.infusion-observed", {}, _event=START)
    start = next(json.loads(row.text) for row in played().rows if row.event == START)

    def change(said: Said) -> Said | None:
        again = started(said)
        if again is not None and again is not said:
            again["data"] = start["data"]
        return again

    assert "certificate-twice" in codes(verify_certificate(altered(change)))


def test_all_faults_are_told_at_once() -> None:
    """One fault hides no other."""
    changes = [RULES[case][0] for case in ("no verified label", "no result", "one matched", "another dose")]

    def change(said: Said | None) -> Said | None:
        for each in changes:
            said = each(said) if said is not None else None
        return said

    found = codes(verify_certificate(altered(change)))
    assert found >= {
        "certificate-label-unverified", "certificate-result-missing", "certificate-not-matched",
        "certificate-dose",
    }  # fmt: skip


# What came later --------------------------------------------------------------------------------------------


def test_what_came_after_the_infusion_is_told_and_not_judged() -> None:
    """A result out of range found late withdraws the release: the certificate says so, and is authentic."""
    it = script(1)
    order = cc.CorrectResult(
        chain=CHAIN, lot="LOT-1", corrects=0, result=Amount.of("10 %"), reason="read off wrongly"
    )
    later = play([it.ask(order, it.at(200), "technician")], played())
    verified = verify_certificate(certificate(later.rows, later.snapshot, BAG), [later.head()])
    assert verified.standing is Standing.AUTHENTIC
    assert notes(verified) >= {"certificate-withdrawn-later"}
    assert verified.facts is not None
    assert verified.facts.status is LotStatus.WITHDRAWN
    corrected = [each for each in verified.facts.results if each.corrected]
    assert [(each.specification, str(each.result)) for each in corrected] == [("viability", "10 %")]


def taken_over() -> Played:
    """A bag that another trial rejected, taken over with its history, released and infused."""
    act = Act(by="coordinator", at=OPENED, role="coordinator", site=SITE)
    given = ConsentGiven(person=IT.person, form="out-of-specification", version="1", given_by="self")
    weight = WeightRecorded(person=IT.person, weight=Amount.of("62 kg"), source=CHART)
    return play([
        Command(act, OpenTrial(protocol=plain(SEPARATE))),
        *openings(),
        tell(Screen(person=IT.person, onset=IT.at(0, 3)), IT.at(41)),
        tell(given, IT.at(41, 1)),
        tell(FactsRecorded(person=IT.person, facts=FIT, source=CHART), IT.at(41, 1, 30)),
        visit(IT, "week-6-to-8", 43, {"isncsci": items(of_grade("B", 1))}),
        takeover(),
        tell(cc.Release(chain=IT.chain, lot="LOT-1"), IT.at(45), "qualified"),
        tell(DecideGate(person=IT.person, gate="registration"), IT.at(45, 1)),
        tell(weight, IT.at(45, 2), "nurse"),
        *replace(IT, days=replace(IT.days, infusion=46)).infusion(),
    ])  # fmt: skip


def test_a_history_taken_over_is_traced_to_the_marrow_and_told_as_anothers_word() -> None:
    """The path leads through the other trial's events, which only that trial's own record can prove."""
    ledger = taken_over()
    bag = IT.container(10)
    verified = verify_certificate(certificate(ledger.rows, ledger.snapshot, bag), [ledger.head()])
    assert (verified.standing, notes(verified)) == (Standing.AUTHENTIC, {"certificate-taken-over"})
    assert verified.facts is not None
    assert {each.kind for each in verified.facts.donations} == {Kind.BLOOD, Kind.MARROW}
    (entry,) = {each.entry for each in verified.facts.donations}
    assert ledger.rows[entry - 1].event == "protocol.chain-taken-over"

    def swapped(said: Said) -> Said:
        if said["event"] == "protocol.chain-taken-over":
            for kept in said["data"]["records"]:
                if kept["event"]["name"] == "cells.collected":
                    kept["event"]["data"]["person"] = OTHER_PERSON
        return said

    carried = {each["seq"] for each in certificate(ledger.rows, ledger.snapshot, bag)["entries"]}
    rows = resealed(ledger.rows, swapped)
    summary = plain(verified.facts)
    it = forged(rows, summary, lambda said: said["seq"] in carried)
    assert codes(verify_certificate(it)) == {"certificate-another-person"}
