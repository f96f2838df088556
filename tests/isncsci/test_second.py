"""The second classifier of second.py against ours on many generated examinations."""

from __future__ import annotations

from random import Random

import pytest
from tests.isncsci.second import classify_again, plain

from myelos.isncsci import classify
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.records import record_of
from myelos.isncsci.synthetic import KINDS, synthetic_exam


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_both_classifiers_agree_on_every_kind_of_injury(kind: str) -> None:
    """500 examinations of each kind, half of them with non-key entries, agree on all eleven outputs."""
    rng = Random(f"second {kind}")
    for number in range(500):
        exam = synthetic_exam(rng, kind, non_key=number % 2 == 1)
        result = classify(exam)
        assert {name: result.only(name) for name in OUTPUTS} == classify_again(plain(record_of(exam)))
