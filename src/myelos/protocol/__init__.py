"""A trial as data, and what may follow from what.

:func:`load_protocol` reads a trial from TOML (:func:`shipped_protocols` names those shipped) into a
:class:`Protocol`. :class:`Trial` is the state of one that runs; :func:`decide` gives the events of a
:class:`Command` or every finding that forbids it; :func:`evolve` folds them.
"""

from myelos.protocol.decide import COMMANDS, Command, decide
from myelos.protocol.loading import load_protocol, read_protocol, shipped_protocols
from myelos.protocol.people import Person
from myelos.protocol.state import Site, Trial, evolve
from myelos.protocol.trial import Protocol

__all__ = [
    "COMMANDS",
    "Command",
    "Person",
    "Protocol",
    "Site",
    "Trial",
    "decide",
    "evolve",
    "load_protocol",
    "read_protocol",
    "shipped_protocols",
]
