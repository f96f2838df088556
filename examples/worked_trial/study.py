"""The study that the record of the worked trial makes: what it holds, and what its makers say of it."""

from __future__ import annotations

from dataclasses import replace

from examples.worked_trial.script import PROTOCOL

from myelos.evidence import Study, study_of
from myelos.ledger import Snapshot

ENDPOINT = "ais-month-6"
ID = "worked-trial"


def study(snapshot: Snapshot) -> Study:
    """Grades, days, scores and people are read from the state; the words below no record holds."""
    head = f"trial {snapshot.trial}, {snapshot.seq} entries, last {snapshot.digest[:16]}"
    recorded = study_of(snapshot.state, snapshot.protocol, ENDPOINT, source=head, synthetic=True)
    return replace(
        recorded,
        id=ID,
        title="Synthetic data: a made-up trial of 20 people, from the marrow needle to month six",
        design=f"made up: single arm, open label, under the protocol {PROTOCOL}",
        arm="made up",
        phase="subacute",
        blinded="no",
        examiner="made up",
        concurrent_controls="no",
        why_stopped="made up: it ran to its planned end",
    )
