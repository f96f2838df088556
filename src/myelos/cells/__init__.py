"""Cells from the marrow needle to the vein: chain of identity, culture, release, bedside.

State and fold: :class:`Chain`, :func:`evolve`. Commands are in :mod:`myelos.cells.commands`, events in
:mod:`myelos.cells.events`; :func:`decide` turns the ones into the others, or says everything that forbids
them. Labels: :func:`read_label`, :class:`Issuer`. What a protocol asks of cells: :class:`Limits`. Where cells
came from and went: :func:`origins`, :func:`dispositions`; how a lot grew: :func:`lot_growth`.
"""

from myelos.cells.asked import Bedside
from myelos.cells.containers import Chain, Container, Kind, Lot, LotStatus, State
from myelos.cells.decide import decide
from myelos.cells.events import EVENTS
from myelos.cells.evolve import evolve
from myelos.cells.labels import Issuer, Label, LabelKind, read_label
from myelos.cells.limits import Limits
from myelos.cells.release import usable_lots
from myelos.cells.tracking import dispositions, lot_growth, origins

__all__ = [
    "EVENTS",
    "Bedside",
    "Chain",
    "Container",
    "Issuer",
    "Kind",
    "Label",
    "LabelKind",
    "Limits",
    "Lot",
    "LotStatus",
    "State",
    "decide",
    "dispositions",
    "evolve",
    "lot_growth",
    "origins",
    "read_label",
    "usable_lots",
]
