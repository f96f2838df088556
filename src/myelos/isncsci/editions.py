"""Editions of the standard side by side, each a value: which rules it has, which results we stand behind.

Source: the spec's table of editions. Certainty of each row is H, M or L (see :mod:`myelos.isncsci.rules`);
what is not H is told with every result made under it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from functools import cache

OUTPUTS = (
    "sensory_right",
    "sensory_left",
    "motor_right",
    "motor_left",
    "nli",
    "complete",
    "ais",
    "zpp_sensory_right",
    "zpp_sensory_left",
    "zpp_motor_right",
    "zpp_motor_left",
)
"""The eleven outputs, in the order of every record."""


class Edition(enum.StrEnum):
    """An edition of the standard by its year."""

    Y1992 = "1992"
    Y2011 = "2011"
    Y2013 = "2013"
    Y2015 = "2015"
    Y2019 = "2019"


class Reading(enum.StrEnum):
    """How two open points are read: the NLI when only VAC fails (R3) and the motor zone's exception (R7).

    MYELOS follows the definition as stated; PRAXIS does as the npm package ``isncsci`` 2.0.6 does.
    """

    MYELOS = "myelos"
    PRAXIS = "praxis"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What distinguishes one edition's rules, and the reading of the open points.

    - ``outputs``: those we stand behind under this edition; the others are left empty.
    - ``certainty``: H, M or L for the edition as a whole, as the spec marks it.
    - ``any_anal_sensation``: complete is judged by *any anal sensation* in place of deep anal pressure.
    - ``motor_below_nli``: C and D ask for motor function below the NLI; later editions ask for VAC, or sacral
      sensation with function more than three segments below a side's own motor level.
    - ``tie_open``: as many key muscles under 3 as not: undefined, so C and D; later editions say D.
    - ``non_key``: whether non-key muscles count.
    - ``zones_if_complete``: zones of partial preservation are for complete injuries only.
    - ``tags``: whether ``*`` and ``**`` belong to the edition.
    """

    edition: Edition
    reading: Reading = Reading.MYELOS
    outputs: tuple[str, ...] = OUTPUTS
    certainty: str = "H"
    any_anal_sensation: bool = False
    motor_below_nli: bool = False
    tie_open: bool = False
    non_key: bool = True
    zones_if_complete: bool = False
    tags: bool = True

    @property
    def entries(self) -> bool:
        """Whether non-key entries are looked at: function below the NLI is asked of key muscles alone."""
        return self.non_key and not self.motor_below_nli

    @property
    def asked(self) -> str:
        """The answer about sensation in the anus that the edition asks for, by the name of its cell."""
        return "any_anal_sensation" if self.any_anal_sensation else "dap"


_BEFORE_2019 = RuleSet(Edition.Y2015, zones_if_complete=True, tags=False)

EDITIONS: dict[Edition, RuleSet] = {
    Edition.Y1992: RuleSet(
        Edition.Y1992,
        outputs=("complete", "ais"),
        certainty="H",
        any_anal_sensation=True,
        motor_below_nli=True,
        tie_open=True,
        non_key=False,
        zones_if_complete=True,
        tags=False,
    ),
    Edition.Y2011: replace(_BEFORE_2019, edition=Edition.Y2011, certainty="M"),
    Edition.Y2013: replace(_BEFORE_2019, edition=Edition.Y2013, certainty="H"),
    Edition.Y2015: replace(_BEFORE_2019, certainty="M"),
    Edition.Y2019: RuleSet(Edition.Y2019),
}
"""Every edition with its rules, oldest first."""


@cache
def rules_of(edition: Edition = Edition.Y2019, reading: Reading = Reading.MYELOS) -> RuleSet:
    """The rules of an edition under a reading of the open points."""
    return replace(EDITIONS[edition], reading=reading)
