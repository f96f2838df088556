"""Plain data become values of a shape, or every fault is found, each at its key."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from myelos.acts import Act, Decision
from myelos.findings import Finding, Phrasebook, Place, Refused, Severity
from myelos.quantities import Amount, In
from myelos.shapes import Catalogue, faults, named, plain, read, value
from myelos.times import Instant, Zone

BOOK = Phrasebook("myelos")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@value
class Leaf:
    volume: Annotated[Amount, In("mL")]
    colour: Colour
    count: Annotated[int, Field(ge=0, le=5)] = 1


@value
class Tree:
    leaves: tuple[Leaf, ...]
    planted: date
    at: Instant
    zone: Zone
    any_amount: Amount | None = None


LEAF = {"volume": "2 mL", "colour": "red"}
GOOD: dict[str, Any] = {
    "leaves": [LEAF],
    "planted": "2026-01-10",
    "at": "2026-01-10T00:00:00Z",
    "zone": "Asia/Tokyo",
}


def found(broken: object, shape: type = Tree) -> dict[str | None, str]:
    """Every fault as key: code, each sayable in both languages."""
    with pytest.raises(Refused) as refused:
        read(shape, broken, Place("trees.toml"))
    for finding in refused.value.findings:
        assert finding.place.file == "trees.toml"
        assert BOOK.tell(finding)
        assert BOOK.tell(finding, "ja")
    return {finding.place.column: finding.code for finding in refused.value.findings}


def test_what_is_read_is_written_back_as_it_was() -> None:
    """Reading and writing are inverse, over dates, instants, amounts and enumerations."""
    tree = read(Tree, GOOD)
    assert tree.leaves[0].volume == Amount(Decimal(2), "mL")
    assert tree.at == datetime(2026, 1, 10, tzinfo=UTC)
    assert read(Tree, plain(tree)) == tree
    assert plain(tree)["at"] == "2026-01-10T00:00:00Z"


@pytest.mark.parametrize(
    ("key", "broken", "code"),
    [
        ("at", {"at": "2026-01-10T00:00:00"}, "shapes.naive-time"),
        ("at", {"at": "2026-01-10T09:00:00+09:00"}, "shapes.not-utc"),
        ("at", {"at": 1768003200}, "shapes.wrong-kind"),
        ("planted", {"planted": "10.1.2026"}, "shapes.wrong-kind"),
        ("zone", {"zone": "Tokyo"}, "shapes.unknown-zone"),
        ("plantd", {"plantd": "2026-01-10"}, "shapes.unknown-key"),
        ("leaves[0].volume", {"leaves": [{"volume": "2", "colour": "red"}]}, "shapes.no-unit"),
        ("leaves[0].volume", {"leaves": [{"volume": 2, "colour": "red"}]}, "shapes.no-unit"),
        ("leaves[0].volume", {"leaves": [{"volume": "2 kg", "colour": "red"}]}, "shapes.wrong-unit"),
        ("leaves[0].volume", {"leaves": [{"volume": "2 stone", "colour": "red"}]}, "shapes.unknown-unit"),
        ("leaves[0].volume", {"leaves": [{"volume": "-2 mL", "colour": "red"}]}, "shapes.too-small"),
        ("leaves[0].volume", {"leaves": [{"volume": [], "colour": "red"}]}, "shapes.wrong-kind"),
        ("leaves[0].colour", {"leaves": [{"volume": "2 mL", "colour": "green"}]}, "shapes.unknown-word"),
        ("leaves[0].colour", {"leaves": [{"volume": "2 mL"}]}, "shapes.missing"),
        ("leaves[0].count", {"leaves": [{**LEAF, "count": 6}]}, "shapes.out-of-range"),
        ("leaves[0].count", {"leaves": [{**LEAF, "count": "3"}]}, "shapes.wrong-kind"),
        ("leaves[0].count", {"leaves": [{**LEAF, "count": True}]}, "shapes.wrong-kind"),
        ("leaves", {"leaves": "none"}, "shapes.wrong-kind"),
        ("any_amount", {"any_amount": 3}, "shapes.no-unit"),
    ],
)
def test_each_fault_has_its_code_and_its_key(key: str, broken: dict[str, Any], code: str) -> None:
    """One fault, one finding, at exactly the key that has it."""
    assert found({**GOOD, **broken}) == {key: code}


def test_all_faults_are_found_at_once() -> None:
    """Nobody has to mend one fault to hear of the next."""
    leaf = {"volume": "2", "colour": "green", "cuont": 1}
    broken = {"leaves": [leaf], "at": "2026-01-10T00:00:00", "zone": "x"}
    assert found(broken) == {
        "leaves[0].volume": "shapes.no-unit",
        "leaves[0].colour": "shapes.unknown-word",
        "leaves[0].cuont": "shapes.unknown-key",
        "planted": "shapes.missing",
        "at": "shapes.naive-time",
        "zone": "shapes.unknown-zone",
    }


def test_a_misspelt_key_is_told_its_nearest() -> None:
    """``cuont`` was meant as ``count``: the finding says so, however deep it stands."""
    with pytest.raises(Refused) as refused:
        read(Tree, {**GOOD, "leaves": [{"volume": "2 mL", "colour": "red", "cuont": 1}]})
    assert refused.value.findings[0].params["near"] == "count"


def test_a_value_built_in_python_is_checked_as_if_it_were_read() -> None:
    """Python does not check what a dataclass is given; this does, all of it."""
    leaf = Leaf(volume=Amount.of("2 kg"), colour="green", count=9)  # type: ignore[arg-type]
    local = datetime(2026, 1, 10, 9, tzinfo=timezone(timedelta(hours=9)))
    tree = Tree(leaves=(leaf,), planted=date(2026, 1, 10), at=local, zone="Asia/Tokyo")
    assert {each.place.column: each.code for each in faults(tree)} == {
        "leaves[0].volume": "shapes.wrong-unit",
        "leaves[0].colour": "shapes.wrong-kind",
        "leaves[0].count": "shapes.out-of-range",
        "at": "shapes.not-utc",
    }
    assert faults(read(Tree, GOOD)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(object()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["leaves", "planted", "at", "zone", "any_amount", "more"]))
def test_whatever_is_read_is_a_value_or_findings(broken: Any, key: str) -> None:
    """No data make the reader crash; what is refused can be said in both languages."""
    told: tuple[Finding, ...] = ()
    try:
        read(Tree, {**GOOD, key: broken})
    except Refused as refused:
        told = refused.findings or (Finding("shapes.nothing-said"),)
    assert all(BOOK.tell(finding, language) for finding in told for language in ("en", "ja"))


@named("trees.felled", version=1)
@value
class Felled:
    at: Instant


@named("trees.felled", version=2)
@value
class FelledAgain:
    at: Instant
    by: str


TREES = Catalogue((Felled, FelledAgain))


def test_a_catalogue_reads_what_it_wrote() -> None:
    """Name, version and data lead back to the very event."""
    event = FelledAgain(at=datetime(2026, 1, 10, tzinfo=UTC), by="x")
    record = TREES.write(event)
    assert record == {"name": "trees.felled", "version": 2, "data": {"at": "2026-01-10T00:00:00Z", "by": "x"}}
    assert TREES.read(record) == event


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"name": "trees.feled", "version": 1, "data": {}}, "shapes.unknown-name"),
        ({"version": 1, "data": {}}, "shapes.unknown-name"),
        ({"name": "trees.felled", "version": 3, "data": {}}, "shapes.unknown-version"),
        ({"name": "trees.felled", "version": "1", "data": {}}, "shapes.unknown-version"),
        ({"name": "trees.felled", "version": True, "data": {}}, "shapes.unknown-version"),
        ({"name": "trees.felled", "data": {}}, "shapes.unknown-version"),
        ({"name": "trees.felled", "version": 1, "data": {}}, "shapes.missing"),
        ({"name": "trees.felled", "version": 1}, "shapes.missing"),
        ({"name": ["trees.felled"], "version": 1}, "shapes.unknown-name"),
    ],
)
def test_an_unknown_event_or_version_is_refused(record: dict[str, object], code: str) -> None:
    """An event of a version that is not known is not guessed at."""
    with pytest.raises(Refused) as refused:
        TREES.read(record)
    assert [finding.code for finding in refused.value.findings] == [code]
    assert BOOK.tell(refused.value.findings[0], "ja")


def test_an_error_drops_the_events_and_a_warning_does_not() -> None:
    """A decision with an error among its findings has no events."""
    act = Act(by="x", at=datetime(2026, 1, 10, tzinfo=UTC), role="nurse", site="s")
    warning, error = Finding("shapes.empty", severity=Severity.WARNING), Finding("shapes.empty")
    assert Decision.of([act], [warning]).events == (act,)
    assert not Decision.of([act], [warning]).forbidden
    assert Decision.of([act], [warning, error]).events == ()
    assert Decision.of([act], [error]).forbidden
