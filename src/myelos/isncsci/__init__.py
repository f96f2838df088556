"""Score the neurological examination (ISNCSCI): exactly, also where cells could not be tested.

One examination: :func:`parse_exam`, :func:`classify`, :func:`explain`, :func:`draw`. What an untested cell
leaves open: :func:`explain_open`, :func:`open_cells`, :func:`next_cell`, :func:`certificate`. Another
edition:
:func:`reclassify`. A file: :func:`classify_file`, or :func:`read_exams` in one of the layouts (see
:mod:`myelos.isncsci.layouts`). A table or a registry: :mod:`myelos.isncsci.cohorts`. Made-up examinations:
:func:`exam_of_grade` (and :mod:`myelos.isncsci.synthetic`).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myelos.isncsci.adaptive import next_cell, open_cells
    from myelos.isncsci.certificates import certificate
    from myelos.isncsci.classification import Classification, classify
    from myelos.isncsci.drawing import draw
    from myelos.isncsci.editions import Edition, Reading
    from myelos.isncsci.exam import Exam
    from myelos.isncsci.explanation import explain, explain_open
    from myelos.isncsci.layouts import Layout, read_exams, write_exams
    from myelos.isncsci.reclassification import reclassify, reclassify_file
    from myelos.isncsci.records import Missing, parse_exam
    from myelos.isncsci.scoring import classify_file
    from myelos.isncsci.segments import Segment
    from myelos.isncsci.synthetic import exam_of_grade

_HOMES = {
    "adaptive": ("next_cell", "open_cells"),
    "certificates": ("certificate",),
    "classification": ("Classification", "classify"),
    "drawing": ("draw",),
    "editions": ("Edition", "Reading"),
    "exam": ("Exam",),
    "explanation": ("explain", "explain_open"),
    "layouts": ("Layout", "read_exams", "write_exams"),
    "reclassification": ("reclassify", "reclassify_file"),
    "records": ("Missing", "parse_exam"),
    "scoring": ("classify_file",),
    "segments": ("Segment",),
    "synthetic": ("exam_of_grade",),
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
    "Classification",
    "Edition",
    "Exam",
    "Layout",
    "Missing",
    "Reading",
    "Segment",
    "certificate",
    "classify",
    "classify_file",
    "draw",
    "exam_of_grade",
    "explain",
    "explain_open",
    "next_cell",
    "open_cells",
    "parse_exam",
    "read_exams",
    "reclassify",
    "reclassify_file",
    "write_exams",
]
