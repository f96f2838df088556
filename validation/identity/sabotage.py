"""Gates taken away on purpose: a witness that cannot fail is none.

Each takes one thing away that stands between a bag and a vein, everywhere it is asked (some are asked twice:
who withdrew consent has no current one, and has left). The model and the random histories must then find what
the oracle forbids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from myelos.cells import bedside, gates
from myelos.protocol import permission


def _nothing(*args: Any, **named: Any) -> Iterator[Any]:
    return iter(())


def _none(*args: Any, **named: Any) -> tuple[Any, ...]:
    return ()


def _every_match(asked: Any, bag: Any) -> Any:
    return bag.matches


GUARDS: dict[str, tuple[str, ...]] = {
    "the wristband": ("own_wristband",),
    "release, path and quarantine": ("may_be_infused",),
    "the thaw window": ("thaw_window",),
}
"""Guards of the table of states, by what they ask."""

FUNCTIONS: dict[str, tuple[tuple[Any, str, Any], ...]] = {
    "the scanned label": ((gates, "_scan", _nothing),),
    "release, path and quarantine": (
        (gates, "_held_back", _nothing),
        (permission, "_unmet", _nothing),
    ),
    "the match window": ((bedside, "recent_matches", _every_match),),
    "the training": ((permission, "_untrained", _nothing),),
    "the consent": ((permission, "_consents", _nothing), (permission, "untimely", _nothing)),
    "the withdrawal from treatment": ((permission, "_treatment", _nothing),),
    "the stopping rules": ((permission, "blocked", _none),),
    "the second gate": ((permission, "_passed", _nothing), (permission, "_unmet", _nothing)),
}
"""Functions of the gates."""

SABOTAGES = tuple(dict.fromkeys((*GUARDS, *FUNCTIONS)))


@contextmanager
def without(name: str) -> Iterator[None]:
    """While it is open, nobody asks for what is called ``name``."""
    with ExitStack() as stack:
        for guard in GUARDS.get(name, ()):
            stack.enter_context(patch.dict(gates.GUARDS, {guard: _nothing}))
        for home, function, instead in FUNCTIONS.get(name, ()):
            stack.enter_context(patch.object(home, function, instead))
        yield
