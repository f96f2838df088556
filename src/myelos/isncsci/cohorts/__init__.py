"""Score whole cohorts: frames in memory, and files larger than memory, on all cores.

:func:`classify_table` takes a frame and gives a frame; :func:`classify_table_file` streams a Parquet, CSV or
JSON lines file into a Parquet or CSV file. Both give, for every examination, exactly what
:func:`myelos.isncsci.classify` gives. The first use on a machine compiles the rules (some fifteen seconds),
later ones find them compiled.

The result has, in order: ``id``; the eleven outputs (the value, null where several are possible); the eleven
``OUTPUT_set`` (all possible values as bits, read by :func:`set_names`); with ``joint`` the ``nli_if_A`` ...
``nli_if_E``; ``stars`` (bits, read by :func:`star_names`); the twelve sums as ``SUM_low`` and ``SUM_high``;
``findings`` (bits, read by :func:`finding_names`).
"""

from myelos.isncsci.cohorts.api import classify_table, classify_table_file
from myelos.isncsci.cohorts.columns import MAPS, ColumnMap, column_map, sygen
from myelos.isncsci.cohorts.table import FINDING_CODES, finding_names, set_names, star_names

__all__ = [
    "FINDING_CODES",
    "MAPS",
    "ColumnMap",
    "classify_table",
    "classify_table_file",
    "column_map",
    "finding_names",
    "set_names",
    "star_names",
    "sygen",
]
