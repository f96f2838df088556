"""A trial as tables: a row for each thing, with the columns that are promised, and no personal data."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest
from examples.twenty_people.people import items, of_grade
from examples.twenty_people.playing import transitions
from polars.testing import assert_frame_equal
from tests.ledger.kept import IT, LATER, NAME, Kept, infused, opened, twenty
from tests.ledger.test_signing import CORRECTIONS, reported
from tests.protocol.played import tell

from myelos.findings import Refused
from myelos.ledger import Row, Snapshot, fold, tidy
from myelos.protocol import person_events as pe
from myelos.safety import commands as sc

SCHEMAS = {
    "people": tidy.PEOPLE, "examinations": tidy.EXAMINATIONS, "items": tidy.ITEMS,
    "containers": tidy.CONTAINERS, "results": tidy.RESULTS, "infusions": tidy.INFUSIONS,
    "harms": tidy.HARMS,
}  # fmt: skip


@pytest.mark.parametrize("name", tidy.TABLES)
@pytest.mark.parametrize("kept", [Kept, opened, infused, twenty], ids=lambda each: each.__name__)
def test_every_table_has_its_columns_whatever_is_in_it(name: str, kept: Any) -> None:
    """Also before the trial is opened, and while nobody is in it: empty tables have their columns."""
    table = tidy.TABLES[name](kept().snapshot)
    assert dict(table.schema) == dict(pl.Schema(SCHEMAS[name]))
    if kept in (Kept, opened):
        assert table.is_empty()


@pytest.mark.parametrize("kept", [Kept, opened], ids=["no trial", "nobody"])
def test_the_table_of_entries_has_its_columns(kept: Any) -> None:
    """One row an entry, none of none."""
    table = tidy.entries(kept().rows)
    assert dict(table.schema) == dict(pl.Schema(tidy.ENTRIES))
    assert table["number"].to_list() == list(range(1, len(kept().rows) + 1))


def grade(table: pl.DataFrame, visit: str) -> pl.DataFrame:
    of_visit = table.filter(pl.col("visit") == visit, pl.col("output") == "ais")
    return of_visit.select("person", pl.col("possible").list.join(" or ").alias(visit))


def test_the_worked_trials_transitions_come_out_of_the_table_of_examinations() -> None:
    """Honmou 2021, table 2: A to A 1, A to B 3, A to C 2, B to C 1, B to D 1, C to D 5, of thirteen."""
    snapshot = twenty().snapshot
    taken = tidy.examinations(snapshot)
    infused_ = tidy.infusions(snapshot).select("person")
    pairs = (
        infused_.join(grade(taken, "re-examination"), on="person").join(grade(taken, "month-6"), on="person")
    )  # fmt: skip
    found = Counter(pairs.select("re-examination", "month-6").iter_rows())
    assert found == {
        ("A", "A"): 1, ("A", "B"): 3, ("A", "C"): 2, ("B", "C"): 1, ("B", "D"): 1, ("C", "D"): 5,
    }  # fmt: skip
    assert found == transitions(snapshot.state)


def test_one_row_is_one_thing() -> None:
    """No key stands twice in a table."""
    kept = twenty()
    keys = {
        "people": ["person"], "examinations": ["person", "examination", "measure", "output"],
        "items": ["person", "examination", "measure", "item"], "containers": ["container"],
        "results": ["chain", "lot", "number"], "infusions": ["container", "started_at"], "harms": ["harm"],
    }  # fmt: skip
    for name, table in tidy.TABLES.items():
        frame = table(kept.snapshot)
        assert frame.select(keys[name]).is_duplicated().sum() == 0
        assert frame.select(keys[name]).null_count().sum_horizontal().sum() == 0


def test_days_are_civil_days_where_the_person_is() -> None:
    """An examination at 01:00 UTC is at 10 o'clock of the same day in Tokyo; before an infusion the day after
    it is negative, and null where there was none."""
    kept = infused().run([IT.visit("day-1", 41, items(of_grade("B", 1)), after_infusion=True)])
    days = tidy.examinations(kept.snapshot).select("visit", "day_after_injury", "day_after_infusion").unique()
    assert sorted(days.iter_rows()) == [("day-1", 41, 1), ("re-examination", 38, -2), ("screening", 7, -33)]
    people = tidy.people(kept.snapshot)
    assert people["day_0"].to_list() == [date(2026, 2, 9)] == [IT.day_0]
    assert people["infused_day_after_injury"].to_list() == [40]
    declined = twenty().snapshot
    none = tidy.examinations(declined).join(
        tidy.people(declined).filter(pl.col("infused_at").is_null()), on="person"
    )
    assert none["day_after_infusion"].null_count() == len(none) > 0


def test_the_thirteen_infused_and_the_seven_who_left() -> None:
    """The worked trial by how far people came."""
    people = tidy.people(twenty().snapshot)
    assert len(people) == 20
    assert people["infused_at"].count() == len(tidy.infusions(twenty().snapshot)) == 13
    assert people["left_how"].drop_nulls().to_list() == ["consent-declined"]
    assert people["off_treatment_at"].count() == 1


def test_a_range_stays_a_range() -> None:
    """An item that could not be tested leaves bounds apart and categories several, never one of them."""
    kept = infused().run(
        [IT.visit("day-1", 41, {**items(of_grade("B", 1)), "right_motor_C5": "NT"}, after_infusion=True)]
    )
    taken = tidy.examinations(kept.snapshot).filter(visit="day-1", measure="isncsci")
    uems = taken.row(by_predicate=pl.col("output") == "uems", named=True)
    assert uems["high"] - uems["low"] == 5
    ais = taken.row(by_predicate=pl.col("output") == "ais", named=True)
    assert len(ais["possible"]) > 1


def test_a_corrected_value_stands_corrected_and_a_corrected_result_stands_no_longer() -> None:
    """Tables say what holds now; of results both stand, and one of them counts."""
    kept = infused().run([CORRECTIONS["an item of an examination"][2], CORRECTIONS["a release result"][2]])
    entered = tidy.items(kept.snapshot).filter(examination=0, item="right_motor_C6")
    assert entered["entered"].to_list() == ["3"]
    results = tidy.results(kept.snapshot).filter(specification="sterility")
    assert results.select("number", "result", "corrects", "stands").rows() == [
        (8, "negative", None, False), (9, "positive", 8, True),
    ]  # fmt: skip
    amounts = tidy.results(kept.snapshot).filter(specification="viability")
    assert amounts.select("result", "value", "unit").rows() == [("92 %", 92.0, "%")]
    assert tidy.containers(kept.snapshot).filter(kind="bag")["state"].to_list() == ["infused"]


def test_every_sort_of_harm_is_a_row() -> None:
    """An adverse event with every version counted, an incident; unknown stays unknown."""
    incident = sc.RecordIncident(
        incident="I-1", kind=sc.Kind.CONTAMINATION, what="cloudy", person=IT.person, container=None
    )
    kept = reported().run([CORRECTIONS["an outcome"][2], tell(incident, LATER)])
    harms = tidy.harms(kept.snapshot)
    assert harms.select("harm", "sort", "grade", "outcome", "versions").rows() == [
        ("AE-1", "adverse-event", 2, "recovered", 2), ("I-1", "incident", None, None, 1),
    ]  # fmt: skip
    assert harms["serious"].to_list() == [[], None]


def test_no_table_holds_words_anybody_wrote() -> None:
    """Reasons, remarks and the words of a report stay out; so do references to them."""
    kept = reported()
    told = pe.TreatmentWithdrawn(person=IT.person, decided_by="person", reason="my brother Made Up said so")
    decided = kept.ask(tell(told, LATER, why="told on the ward"))
    kept.keep(tell(told, LATER, why="told on the ward"), decided.events or [told])
    tables = [table(kept.snapshot) for table in tidy.TABLES.values()] + [tidy.entries(kept.rows)]
    text = "".join(table.write_json() for table in tables)
    assert [each.text for each in kept.words.values() if each.text in text] == []
    assert "salted" not in text


def test_tables_of_a_ledger_read_again_are_the_same_without_the_words() -> None:
    """Erased words change no table."""
    kept = reported()
    bare = fold(Snapshot(NAME), kept.rows)
    for table in tidy.TABLES.values():
        assert_frame_equal(table(bare), table(kept.snapshot))


def test_entries_tell_who_did_what_when() -> None:
    """By number; nobody is null."""
    kept = infused()
    table = tidy.entries(kept.rows)
    first, last = table.row(0, named=True), table.row(-1, named=True)
    assert (first["event"], first["person"], first["by"]) == ("ledger.trial-opened", None, "coordinator")
    assert (last["event"], last["person"], last["kind"]) == (
        "cells.infusion-ended", IT.person, "cells.end-infusion",
    )  # fmt: skip
    assert (table["recorded_at"] - table["at"]).dt.total_minutes().unique().to_list() == [1]


def test_entries_that_cannot_be_read_are_refused() -> None:
    """A table of half a ledger would pass as the whole."""
    row = kept_row()
    with pytest.raises(Refused):
        tidy.entries([Row(row.seq, "cells.thought-of", 1, row.digest, row.text)])


def kept_row() -> Row:
    return opened().rows[2]
