"""The segments of the cord on one ordered scale, the dermatomes and the key muscles.

Source: rules of the 2019 edition, section "Segments" (certainty H). C1 has no test and counts as normal;
INT (intact) lies beyond S4-5.
"""

from __future__ import annotations

import enum


class Segment(enum.IntEnum):
    """A segment of the cord, rostral to caudal: C1 is least, then C2 ... S4-5, and INT (intact) is greatest.

    Order is anatomy: ``Segment.C5 < Segment.T1`` says that C5 lies above T1, and a difference counts
    segments. Written (``str``) as clinicians write it: ``S4-5``, ``INT``.
    """

    C1, C2, C3, C4, C5, C6, C7, C8 = range(1, 9)
    T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12 = range(9, 21)
    L1, L2, L3, L4, L5 = range(21, 26)
    S1, S2, S3, S4_5 = range(26, 30)
    INT = 30

    @property
    def label(self) -> str:
        """The segment as it is written: ``C5``, ``S4-5``, ``INT``."""
        return LABELS[self]

    @property
    def above(self) -> Segment:
        """The next segment towards the head. Raises ValueError at C1."""
        return Segment(self - 1)

    @classmethod
    def of(cls, label: str) -> Segment:
        """The segment written ``label`` (``C5``, ``S4-5``, ``INT``). Raises ValueError for another text."""
        try:
            return _BY_LABEL[label]
        except KeyError:
            raise ValueError(f"{label!r} is not a segment") from None

    def __str__(self) -> str:
        return LABELS[self]


LABELS: dict[Segment, str] = {segment: segment.name.replace("_", "-") for segment in Segment}
"""Every segment with its written form, from C1 to INT."""

_BY_LABEL = {label: segment for segment, label in LABELS.items()}

DERMATOMES: tuple[Segment, ...] = tuple(s for s in Segment if Segment.C2 <= s <= Segment.S4_5)
"""The 28 tested dermatomes, C2 to S4-5, rostral to caudal."""

ARM_MUSCLES: tuple[Segment, ...] = (Segment.C5, Segment.C6, Segment.C7, Segment.C8, Segment.T1)
"""The five key muscles of an arm, by segment."""

LEG_MUSCLES: tuple[Segment, ...] = (Segment.L2, Segment.L3, Segment.L4, Segment.L5, Segment.S1)
"""The five key muscles of a leg, by segment."""

KEY_MUSCLES: tuple[Segment, ...] = ARM_MUSCLES + LEG_MUSCLES
"""The ten key muscles of a side, rostral to caudal. The non-key entry names one of these levels too."""
