"""Every scale behind one interface: ISNCSCI, SCIM III, WISCI II, NIHSS and the rest, a TOML each.

:func:`shipped` and :func:`load` for ours, :func:`read_measure` for a user's own; :func:`score` gives every
output of a record with what is known of it: a value, or the bounds or set that untested items leave open;
:func:`change` compares two outputs of one person. What a rule asks of an output is answered yes, no or
unknown (:class:`Answer`); nothing untested ever counts as 0.
"""

from myelos.answers import Answer
from myelos.measures.loading import load, read_measure, shipped
from myelos.measures.outputs import Change, Output, change
from myelos.measures.scoring import Scored, score
from myelos.measures.table import Measure

__all__ = [
    "Answer",
    "Change",
    "Measure",
    "Output",
    "Scored",
    "change",
    "load",
    "read_measure",
    "score",
    "shipped",
]
