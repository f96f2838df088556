"""Harms of a trial: what is reported, what is due, what stops it.

The thresholds are :class:`SafetyRules`, which a protocol carries (:func:`check_rules`; :func:`proposal` is
what we propose). The state is :class:`Harms`; :func:`decide` turns a command of ``COMMANDS`` into events of
``EVENTS``, and :func:`evolve` folds them. Asked of a state: :func:`tabulate` (people harmed of those
collected and infused), :func:`clocks` (reports due), :func:`hits` and :func:`blocked` (stopping rules). Of a
rule: :func:`characteristics` (how often it trips). What is told from outside is in :class:`Facts`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myelos.safety.boundaries import characteristics, trip_probability
    from myelos.safety.commands import COMMANDS
    from myelos.safety.deciding import decide
    from myelos.safety.due import clocks
    from myelos.safety.events import EVENTS
    from myelos.safety.facts import Done, Facts, NeuroScores
    from myelos.safety.harms import Harms, evolve
    from myelos.safety.proposed import proposal
    from myelos.safety.rules import SafetyRules, check_rules
    from myelos.safety.stopping import Step, blocked, hits
    from myelos.safety.tabulation import tabulate

_HOMES = {
    "boundaries": ("characteristics", "trip_probability"),
    "due": ("clocks",),
    "commands": ("COMMANDS",),
    "deciding": ("decide",),
    "events": ("EVENTS",),
    "facts": ("Done", "Facts", "NeuroScores"),
    "harms": ("Harms", "evolve"),
    "proposed": ("proposal",),
    "rules": ("SafetyRules", "check_rules"),
    "stopping": ("Step", "blocked", "hits"),
    "tabulation": ("tabulate",),
}
"""Where the names live; each module is loaded when one of its names is first asked for."""


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "COMMANDS",
    "EVENTS",
    "Done",
    "Facts",
    "Harms",
    "NeuroScores",
    "SafetyRules",
    "Step",
    "blocked",
    "characteristics",
    "check_rules",
    "clocks",
    "decide",
    "evolve",
    "hits",
    "proposal",
    "tabulate",
    "trip_probability",
]
