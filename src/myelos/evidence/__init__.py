"""Own control against natural recovery: what a study without a control group can bear, and what it cannot.

``judge(load_study("honmou-2021"))`` is the main path; ``study_of`` reads a study from a trial's own record.
Submodules: ``study`` (what was reported), ``natural`` (what happens without the cells), ``sensitivity`` (what
else could explain it), ``intervals``, ``poisson_binomial`` and ``predictive`` (the exact routines).
"""

from myelos.evidence.judge import judge
from myelos.evidence.judgement import Judgement, Reading
from myelos.evidence.natural import Comparator
from myelos.evidence.quantity import Quantity, plain
from myelos.evidence.study import Study, load_study, shipped_studies, study_of
from myelos.evidence.verdict import say_tail

__all__ = [
    "Comparator",
    "Judgement",
    "Quantity",
    "Reading",
    "Study",
    "judge",
    "load_study",
    "plain",
    "say_tail",
    "shipped_studies",
    "study_of",
]
