"""The closed sets of words of this room.

The labels are our own short ones: no dictionary of another body's terms is shipped. An event keeps the
reporter's own words beside its kind.
"""

from __future__ import annotations

import enum


class Procedure(enum.StrEnum):
    """What is done to a person, and so what an event can be related to.

    Cells are not a procedure but what the infusion brings: an event can be due to the infusion (its volume,
    DMSO, dextran) and not to the cells. The cells' time is the infusion's.
    """

    BLOOD_DRAW = "blood-draw"
    MARROW = "marrow"
    INFUSION = "infusion"
    CELLS = "cells"


class Kind(enum.StrEnum):
    """What an event or an incident is. ``UNCLASSIFIED`` is not known yet: it may be any of the others."""

    HYPERSENSITIVITY_DMSO = "hypersensitivity-dmso"
    HYPERSENSITIVITY_DEXTRAN = "hypersensitivity-dextran"
    HYPERSENSITIVITY_ANTIBIOTIC = "hypersensitivity-antibiotic"
    HYPERSENSITIVITY_UNKNOWN_CAUSE = "hypersensitivity-unknown-cause"
    DESATURATION = "desaturation"
    HYPOTENSION = "hypotension"
    AUTONOMIC_DYSREFLEXIA = "autonomic-dysreflexia"
    PULMONARY_EMBOLISM = "pulmonary-embolism"
    DEEP_VEIN_THROMBOSIS = "deep-vein-thrombosis"
    SEPSIS = "sepsis"
    LATE_POSITIVE_STERILITY = "late-positive-sterility"
    HAEMOGLOBIN_FALL = "haemoglobin-fall"
    NEW_NEUROPATHIC_PAIN = "new-neuropathic-pain"
    NEUROLOGICAL_WORSENING = "neurological-worsening"
    SYRINX = "syrinx"
    MASS = "mass"
    ABNORMAL_GROWTH = "abnormal-growth"
    NEOPLASM = "neoplasm"
    DEATH = "death"
    CONTAMINATION = "contamination"
    IDENTITY_ERROR = "identity-error"
    CONFIRMED_DETERIORATION = "confirmed-deterioration"
    OTHER = "other"
    UNCLASSIFIED = "unclassified"


INCIDENTS = frozenset({Kind.CONTAMINATION, Kind.IDENTITY_ERROR})
"""Kinds that happen to a product; they are recorded as incidents, not as adverse events of a person."""

COMPUTED = frozenset({Kind.CONFIRMED_DETERIORATION})
"""Kinds that nobody reports: they follow from examinations."""


class Seriousness(enum.StrEnum):
    """Why an event is serious (ICH E2A, II.B); the empty list says that it is not."""

    DEATH = "death"
    LIFE_THREATENING = "life-threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital-anomaly"
    MEDICALLY_IMPORTANT = "medically-important"


class Outcome(enum.StrEnum):
    """How an event ended, or that it has not."""

    RECOVERED = "recovered"
    RECOVERED_WITH_SEQUELAE = "recovered-with-sequelae"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not-recovered"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class Measured(enum.StrEnum):
    """A laboratory value that a rule can ask for."""

    HAEMOGLOBIN = "haemoglobin"


class Status(enum.StrEnum):
    """How a threshold was obtained: read in its source, computed from such, from memory, or our proposal."""

    SEEN = "seen"
    DERIVED = "derived"
    RECALLED = "recalled"
    PROPOSAL = "proposal"


def word(term: enum.StrEnum) -> str:
    """The code of the words for a term of this room, for :class:`~myelos.findings.Phrasebook`."""
    return {
        "Answer": f"safety.answer-{term}",
        "Procedure": f"safety.procedure-{term}",
        "Kind": f"safety.kind-{term}",
        "Seriousness": f"safety.serious-{term}",
        "Outcome": f"safety.outcome-{term}",
        "Sign": f"safety.sign-{term}",
    }[type(term).__name__]
