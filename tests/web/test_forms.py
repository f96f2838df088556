"""Forms from shapes: every command can be asked for, and what is filled in is read back as it was meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from examples.worked_trial.playing import InMemory, play
from examples.worked_trial.script import steps
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.played import TRIAL
from tests.web.filled_forms import filled

from myelos.findings import Refused
from myelos.ledger import COMMAND_CATALOGUE
from myelos.protocol.enrolment import Screen
from myelos.shapes import plain, read
from myelos.web.forms import Asking, Form, Known, Labels
from myelos.web.forms.fields import Field, fields_of
from myelos.web.forms.posting import MOST_ROWS, NOT_KNOWN, Posted
from myelos.web.say import Say

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SHAPES = {name: shape for (name, _), shape in COMMAND_CATALOGUE.classes.items()}
WITHOUT_SHAPE = {
    ("ledger.open-trial", "protocol"), ("ledger.amend-protocol", "protocol"),
    ("protocol.take-chain-over", "records"),
}  # fmt: skip
"""What is written as plain data: a whole protocol, and another trial's record."""


def form(command: str, zone: str = "Asia/Tokyo", language: str = "en", **entered: str) -> Form:
    """A form as somebody who sees nobody is shown it."""
    known = Known(command, language, NOW, TRIAL, entered=entered)
    labels = Labels(Say(language), command)
    return Form(SHAPES[command], known, labels, Asking((("coordinator", "sapporo"),), {"sapporo": zone}))


def every_field(fields: tuple[Field, ...], path: str = "") -> Iterator[tuple[str, Field]]:
    for each in fields:
        at = f"{path}.{each.name}" if path and each.name else path or each.name
        yield at, each
        yield from every_field(each.parts, at)
        if each.each is not None:
            yield from every_field((each.each,), at)


@cache
def played() -> tuple[Any, ...]:
    """Every command of the worked trial."""
    memory, orders = InMemory(), []
    for step in steps():
        orders.append(step.command(memory).order)
        play(memory, [step])
    return tuple(orders)


def test_every_field_is_asked_in_words_of_both_languages() -> None:
    """A person reads labels: each command, field and option has its own, in English and in Japanese."""
    missing = []
    for command, shape in SHAPES.items():
        for language in ("en", "ja"):
            labels = Labels(Say(language), command)
            missing += [command] if labels.of_command() == command else []
            for path, each in every_field(fields_of(shape)):
                if (
                    each.name
                    and labels.of_field(each, path) == each.name.replace("_", " ")
                    and language == "ja"
                ):
                    missing.append(f"{command}: {path}")
                missing += [
                    f"{command}: {path}={option.code}"
                    for option in each.options
                    if labels.of_option(option, each.term) == option.code and language == "ja"
                ]
    assert missing == []


def test_only_what_has_no_shape_is_written_as_plain_data() -> None:
    """JSON is no form: only where a command holds another document is it asked for."""
    found = {
        (command, path)
        for command, shape in SHAPES.items()
        for path, each in every_field(fields_of(shape))
        if each.kind == "plain"
    }
    assert found == WITHOUT_SHAPE


@pytest.mark.slow
def test_every_command_of_a_whole_trial_is_read_back_as_it_was_meant() -> None:
    """Filled in by hand, each of the commands of the worked trial is the command it was."""
    wrong = []
    for order in played():
        chosen = {
            name: str(getattr(order, name)) for name in ("measure", "item", "fact") if hasattr(order, name)
        }
        this = form(order.NAME, **chosen)
        sent = filled(order, this.known.keys)
        answered = this.read(lambda name, sent=sent: sent.get(name, []))  # type: ignore[misc]
        if answered.order != order:
            wrong.append((order, answered.findings))
    assert wrong == []
    assert len({type(order) for order in played()}) > 50


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Asia/Tokyo", "2026-03-01T08:30", "2026-02-28T23:30:00Z"),
        ("Europe/Zurich", "2026-07-01T12:00", "2026-07-01T10:00:00Z"),
        ("UTC", "2026-03-01T08:30:15", "2026-03-01T08:30:15Z"),
    ],
)
def test_a_time_of_the_site_is_put_into_utc(zone: str, local: str, utc: str) -> None:
    """What the clock on the wall shows is what is typed."""
    sent = {"d.person": ["P-1"], "d.onset": [local], "act.zone": [zone]}
    answered = form("protocol.screen", zone).read(lambda name: sent.get(name, []))
    assert answered.order == read(Screen, {"person": "P-1", "onset": utc})


@pytest.mark.parametrize(
    ("local", "code"),
    [("2026-03-29T02:30", "web.time-never-shown"), ("2026-10-25T02:30", "web.time-shown-twice")],
)
def test_a_time_that_clocks_never_showed_or_showed_twice_is_told(local: str, code: str) -> None:
    """When clocks change nobody guesses which hour is meant."""
    sent = {"d.person": ["P-1"], "d.onset": [local], "act.zone": ["Europe/Zurich"]}
    answered = form("protocol.screen", "Europe/Zurich").read(lambda name: sent.get(name, []))
    assert answered.order is None
    assert [(each.code, each.place.column) for each in answered.findings] == [(code, "onset")]


def test_everything_wrong_is_told_at_once_beside_its_field() -> None:
    """Three faults are three findings, each under the name of its field on the form."""
    sent = {"d.person": ["no good"], "d.weight": ["heavy"], "d.source.kind": ["rumour"]}
    answered = form("protocol.weight-recorded").read(lambda name: sent.get(name, []))
    where = {answered.columns[each.place.column or ""]: each.code for each in answered.findings}
    assert where == {
        "d.person": "shapes.wrong-form",
        "d.weight": "shapes.wrong-kind",
        "d.source.kind": "shapes.unknown-word",
        "d.source.id": "shapes.missing",
    }


def test_nothing_ticked_is_not_nothing() -> None:
    """Whether an event is serious is said: no, not known, or why; an untouched form says none of these."""
    this = form("safety.report-adverse-event")
    particulars = next(each for each in this.fields if each.name == "particulars")
    serious = next(each for each in particulars.parts if each.name == "serious")

    def read_(*ticked: str) -> tuple[Any, list[str]]:
        posted = Posted(lambda name: ticked, None, this.known.keys)
        got = posted.value(serious, "s", "s", ())
        return got, [each.code for each in posted.faults]

    assert read_(NOT_KNOWN) == (None, [])
    assert read_("~none") == ([], [])
    assert read_("death", "disability") == (["death", "disability"], [])
    assert read_("~none", "death")[1] == ["web.says-two-things"]
    answered = this.read(lambda name: [])
    missing = {each.place.column for each in answered.findings if each.code == "shapes.missing"}
    assert "particulars.serious" in missing


def test_empty_rows_are_left_out_and_findings_keep_their_place() -> None:
    """The second of three flasks was left empty: the fault of the third is told at the third."""
    sent = {
        "d.chain": ["I-1"], "n:d.flasks": ["3"], "d.flasks[0].container": ["C-1"],
        "d.flasks[0].read": ["C-1"], "d.flasks[2].container": ["not good"], "d.flasks[2].read": ["x"],
    }  # fmt: skip
    answered = form("cells.feed").read(lambda name: sent.get(name, []))
    (wrong,) = [each for each in answered.findings if each.code == "shapes.wrong-form"]
    assert answered.columns[wrong.place.column or ""] == "d.flasks[2].container"


def test_rows_are_bounded() -> None:
    """Whatever number of rows is sent, a form has so many."""
    sent = {"n:d.flasks": ["999"]}
    drawn = form("cells.feed").show(lambda name: sent.get(name, []), {})
    assert len(next(each for each in drawn.own if each.name == "d.flasks").parts) == MOST_ROWS


KNOWN_NAMES = sorted(
    {name for order in (Screen(person="P-1", onset=NOW),) for name in filled(order)}
    | {
        "d.source.kind",
        "d.source.id",
        "d.weight",
        "d.facts{age}",
        "d.facts{age}~word",
        "n:d.flasks",
        "act.at",
    }
    | {
        "d.particulars.serious",
        "d.particulars.onset",
        "n:d.particulars.readings",
        "d.protocol",
        "n:d.measures",
    }
    | {
        "d.measures+0~key",
        "n:d.measures+0",
        "d.measures+0+0~key",
        "d.measures+0+0",
        "d.records",
        "d.new~unit",
    }
    | {"d.subject.entries[0]", "n:d.subject.entries", "d.new", "d.result", "d.examination", "d.last_contact"}
)
ANYTHING = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["1" * 400, "1e999999", "-0", "nan", "0001-01-01T00:00", "9999-12-31T23:59", "９", "[[[[",
                     "[" * 5000,
                     '{"a": NaN}', "a = 12:00:00", "2026-01-01", "999", "isncsci", "\x00", "40 mL mL"]),
)  # fmt: skip


@given(
    command=st.sampled_from(sorted(SHAPES)),
    sent=st.dictionaries(
        st.one_of(st.sampled_from(KNOWN_NAMES), st.text(max_size=12)), st.lists(ANYTHING, max_size=3)
    ),
)
def test_whatever_is_sent_is_a_command_or_findings_and_can_be_shown_again(
    command: str, sent: dict[str, list[str]]
) -> None:
    """No bytes of a form raise anything, and every finding has words."""
    this = form(command)
    answered = this.read(lambda name: sent.get(name, []))
    assert (answered.order is None) == bool(answered.findings)
    assert all(this.labels.told(each) for each in answered.findings)
    this.show(lambda name: sent.get(name, []), {})


def test_plain_data_is_read_as_json_or_toml_and_told_where_it_ends_to_be() -> None:
    """A protocol is pasted as the file it is."""
    this = form("ledger.amend-protocol")

    def read_(text: str) -> Any:
        return this.read(lambda name: [text] if name == "d.protocol" else [])

    assert read_('{"id": "x"}').order == read_('id = "x"').order is not None
    (wrong,) = read_("id = ").findings
    assert wrong.code == "web.not-plain-data"


def test_what_is_read_is_strict() -> None:
    """A form mends nothing: no unit but the one asked for, no number out of words."""
    with pytest.raises(Refused):
        read(SHAPES["protocol.weight-recorded"], {"person": "P-1", "weight": "70", "source": plain(None)})
    sent = {
        "d.person": ["P-1"],
        "d.weight": ["70 g"],
        "d.source.kind": ["device"],
        "d.source.id": ["scale-1"],
    }
    answered = form("protocol.weight-recorded").read(lambda name: sent.get(name, []))
    assert [each.code for each in answered.findings] == ["shapes.unknown-unit"]
