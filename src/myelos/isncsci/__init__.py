"""Score the neurological examination (ISNCSCI), 2019 edition, for fully tested examinations.

One examination: :func:`parse_exam`, :func:`classify`, :func:`explain`. A file of them:
:func:`classify_file`, or :func:`read_exams` in one of the layouts (see :mod:`myelos.isncsci.layouts`).
Made-up examinations: :func:`exam_of_grade` (and :mod:`myelos.isncsci.synthetic`).
"""

from myelos.isncsci.classification import Classification, classify
from myelos.isncsci.editions import Edition, Reading
from myelos.isncsci.exam import Exam
from myelos.isncsci.explain import explain
from myelos.isncsci.layouts import Layout, read_exams, write_exams
from myelos.isncsci.records import parse_exam
from myelos.isncsci.scoring import classify_file
from myelos.isncsci.segments import Segment
from myelos.isncsci.synthetic import exam_of_grade

__all__ = [
    "Classification",
    "Edition",
    "Exam",
    "Layout",
    "Reading",
    "Segment",
    "classify",
    "classify_file",
    "exam_of_grade",
    "explain",
    "parse_exam",
    "read_exams",
    "write_exams",
]
