"""A state is never changed: it is copied with some fields changed, quickly, and the copy is as good."""

import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from myelos.cells import containers
from myelos.protocol import people, state
from myelos.safety import harms
from myelos.shapes import Frozen, value

STATES = [
    each
    for room in (containers, people, state, harms)
    for each in vars(room).values()
    if isinstance(each, type) and issubclass(each, Frozen) and each is not Frozen
]


@dataclass(frozen=True, slots=True)
class Bag(Frozen):
    label: str
    volume: int = 0


@dataclass(frozen=True, slots=True)
class Sealed(Bag):
    seal: str = ""


@value
class Told(Frozen):
    what: str
    days: int | None = None


def test_every_state_of_the_rooms_is_looked_at() -> None:
    """The copies below are of the states that a fold copies."""
    names = {each.__name__ for each in STATES}
    assert {"Trial", "Site", "Person", "Chain", "Container", "Lot", "Harms", "AdverseEvent", "Case"} <= names


@pytest.mark.parametrize("cls", STATES, ids=lambda cls: cls.__name__)
def test_a_copy_is_the_one_dataclasses_would_make(cls: type[Any]) -> None:
    """Each field is given on or changed by its own name, none by another's; the old value stays as it was."""
    made = cls(**{each.name: each.name for each in fields(cls)})
    for each in fields(cls):
        changed = made.but(**{each.name: None})
        assert changed == replace(made, **{each.name: None})
        assert type(changed) is cls
        assert hash(changed) == hash(replace(made, **{each.name: None}))
    assert made.but() == made == cls(**{each.name: each.name for each in fields(cls)})


def test_a_copy_is_frozen_and_keeps_well() -> None:
    """No field of a copy can be set or deleted, and it goes through a file as any other."""
    copy = Bag("B1").but(volume=40)
    with pytest.raises(FrozenInstanceError):
        copy.volume = 41  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del copy.label
    assert pickle.loads(pickle.dumps(copy)) == copy == Bag("B1", 40)
    assert repr(copy) == repr(Bag("B1", 40))


def test_a_value_read_from_plain_data_is_copied_too() -> None:
    """Fields given by keyword only are no hindrance; a copy is not read again."""
    assert Told(what="x").but(days=3) == Told(what="x", days=3)


def test_a_copy_has_the_class_of_what_was_copied() -> None:
    """Also when its parent was copied first."""
    assert Bag("B1").but(volume=1) == Bag("B1", 1)
    sealed = Sealed("B1", 1, "S").but(volume=2)
    assert type(sealed) is Sealed
    assert sealed == Sealed("B1", 2, "S")
    assert type(Bag("B1").but(volume=3)) is Bag


def test_only_a_field_can_be_changed() -> None:
    """A change of what is no field is a fault of the program, and raises."""
    with pytest.raises(TypeError, match="lable"):
        Bag("B1").but(lable="B2")


def test_what_works_something_out_when_it_is_made_is_not_copied() -> None:
    """A copy is made of the fields alone, so there must be nothing else to do."""

    @dataclass(frozen=True, slots=True)
    class Checked(Frozen):
        label: str

        def __post_init__(self) -> None:
            assert self.label

    @dataclass(frozen=True, slots=True)
    class Counted(Frozen):
        label: str
        size: int = field(init=False, default=1)

    for made in (Checked("B1"), Counted("B1")):
        with pytest.raises(TypeError, match="fields alone"):
            made.but(label="B2")
