"""The study to be judged: its values, its grades, and how it is read: from a file, from those shipped, from a
trial's own record."""

from myelos.evidence.study.grades import GRADES, Event, Transition
from myelos.evidence.study.read import load_study, shipped_studies
from myelos.evidence.study.recorded import study_of
from myelos.evidence.study.values import (
    Baseline,
    Certainty,
    IndexExam,
    People,
    Person,
    Study,
    Visit,
    VisitGrades,
)

__all__ = [
    "GRADES",
    "Baseline",
    "Certainty",
    "Event",
    "IndexExam",
    "People",
    "Person",
    "Study",
    "Transition",
    "Visit",
    "VisitGrades",
    "load_study",
    "shipped_studies",
    "study_of",
]
