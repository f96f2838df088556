"""Storey 0: findings are bounded, placed and worded."""

import pytest

from myelos.findings import Finding, Findings, Phrasebook, Place, Refused, Severity


def test_the_first_thousand_findings_are_kept_and_the_rest_counted() -> None:
    """Memory stays bounded however bad the input is."""
    findings = Findings()
    findings.extend(Finding("tables.not-text", Place("f", row)) for row in range(2500))
    assert (len(findings.kept), findings.more, len(findings), findings.errors) == (1000, 1500, 2500, 2500)


def test_refusal_carries_every_finding_kept_and_the_count_of_the_rest() -> None:
    """A refusal loses nothing."""
    findings = Findings(limit=2)
    findings.extend(Finding("tables.not-text", Place("f", row)) for row in range(5))
    with pytest.raises(Refused) as refused:
        findings.refuse_on_error()
    assert (len(refused.value.findings), refused.value.more) == (2, 3)


def test_a_warning_refuses_nothing() -> None:
    """Only an error forbids."""
    findings = Findings()
    findings.add(Finding("tables.not-text", severity=Severity.WARNING))
    findings.refuse_on_error()


def test_a_finding_is_told_with_its_place_and_parameters() -> None:
    """A reader sees file, row and what was read."""
    finding = Finding("tables.not-utf-8", Place("exams.csv", 3), {"read": "byte 0xff"})
    told = Phrasebook("myelos").tell(finding)
    assert told.startswith("exams.csv, row 3: ")
    assert "byte 0xff" in told


def test_a_code_without_words_is_our_fault_and_raises() -> None:
    """A missing phrase never becomes an empty message."""
    with pytest.raises(KeyError):
        Phrasebook("myelos").say("tables.no-such-code")
