"""Plain sentences: what was observed, what the data bear, what they cannot, and what would settle it.

Only codes and parameters are made here; the words are in ``words.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from myelos.evidence.judgement import Observed, Reading, Sentence
from myelos.evidence.natural.cohorts import bias
from myelos.evidence.sensitivity.bias import LARGEST_MULTIPLIER
from myelos.evidence.study.values import IndexExam, Study
from myelos.findings import Finding, Param, Severity

SMALLEST = 0.0001
"""Tails below this are printed as a bound: no comparator is known that finely."""


def say_tail(value: float | None) -> str:
    """A tail for print: two figures, at most four decimals, a bound near 0 and 1, or ``not available``.

    How many decimals is decided on the rounded number, so that a larger tail never prints smaller.
    """
    if value is None:
        return "not available"
    if value < SMALLEST:
        return "< .0001, if the comparator is right"
    if value > 0.995:
        return "> .99"
    digits = 2 if round(value, 2) >= 0.1 else 3 if round(value, 3) >= 0.01 else 4
    return f"{value:.{digits}f}".lstrip("0") or "0"


def study_findings(study: Study) -> list[Finding]:
    """What is unknown or weak about the study itself."""
    people = study.people
    checks = {
        "evidence.split-recalled": study.split_recalled,
        "evidence.index-unknown": not study.index_known,
        "evidence.not-blinded": study.blinded == "no",
        "evidence.blinding-unknown": study.blinded == "unknown",
        "evidence.no-concurrent-controls": study.concurrent_controls == "no",
        "evidence.registered-unknown": people.registered is None,
        "evidence.why-stopped-unknown": study.why_stopped == "unknown",
        "evidence.two-gates": study.gates == 2 and _may_be_early(study),
        "evidence.synthetic": study.synthetic,
        "evidence.edition-unknown": study.edition == "unknown",
    }
    found = [Finding(code, severity=Severity.WARNING) for code, holds in checks.items() if holds]
    if people.registered is not None and people.analysed is not None and people.registered > people.analysed:
        params: dict[str, Param] = {"registered": people.registered, "analysed": people.analysed}
        found.append(Finding("evidence.people-missing", params=params, severity=Severity.WARNING))
    if study.edition not in ("2019", "unknown"):
        found.append(
            Finding("evidence.older-edition", params={"edition": study.edition}, severity=Severity.NOTE)
        )
    return found


def _may_be_early(study: Study) -> bool:
    """Improvement may be counted from an exam before the second gate."""
    return any(baseline.exam is IndexExam.BEFORE_COLLECTION for baseline in study.baselines)


def verdict(
    study: Study, observed: Observed, readings: Sequence[Reading], stricter: Sequence[Reading]
) -> tuple[Sentence, ...]:
    """The sentences of a judgement, in reading order."""
    told = [reading for reading in readings if reading.expected.value is not None]
    return (
        *_observed(study, observed),
        *(_bears(study, told, stricter) if told else _bears_nothing(readings)),
        *_cannot(study, observed, readings, told),
        *_settle(study),
    )


def _observed(study: Study, observed: Observed) -> Iterable[Sentence]:
    fewest, most = (int(each.value or 0) for each in observed.improved)
    shared: dict[str, Param] = {"improved": fewest, "n": observed.n}
    if fewest == most:
        yield Sentence("observed", "evidence.observed", shared)
    else:
        yield Sentence("observed", "evidence.observed-range", {**shared, "most": most})
    low, high = observed.clopper_pearson
    limits: dict[str, Param] = {
        "low": f"{100 * (low.value or 0):.1f}",
        "high": f"{100 * (high.value or 0):.1f}",
    }
    yield Sentence("observed", "evidence.observed-interval", limits)


def _bears_nothing(readings: Sequence[Reading]) -> Iterable[Sentence]:
    if not readings:
        yield Sentence("bears", "evidence.no-reading", {})
    elif ends := _split_range(readings):
        yield Sentence("bears", "evidence.split-needed", ends)
    else:
        yield Sentence("bears", "evidence.split-unusable", {})


def _bears(study: Study, told: Sequence[Reading], stricter: Sequence[Reading]) -> Iterable[Sentence]:
    yield _expected(told)
    tails = sorted(_shifted_tail(reading) for reading in told)
    code = "evidence.chance-one" if len(told) == 1 else "evidence.chance-range"
    yield Sentence(
        "bears", code, {"low": say_tail(tails[0]), "high": say_tail(tails[-1]), "sd": ".5", **_given(told)}
    )
    yield from _bias(told)
    known = [each for reading in stricter if (each := reading.tails[1].value.value) is not None]
    if known:
        ends: dict[str, Param] = {"low": say_tail(min(known)), "high": say_tail(max(known)), **_given(told)}
        yield Sentence("bears", "evidence.stricter-range", ends)


def _bias(told: Sequence[Reading]) -> Iterable[Sentence]:
    """What examiners alone would have to do; in words where no odds multiplier is enough."""
    needs = [
        need for reading in _defaults(told) for need in reading.bias_needed if need.shift_sd in (0.0, 0.5)
    ]
    if not needs:
        return
    shares = [100 * (need.share_scored_improved.value or 0.0) for need in needs]
    published, low, high, _ = bias()["observer-bias-odds"]
    params: dict[str, Param] = {
        "low": f"{min(shares):.0f}",
        "high": f"{max(shares):.0f}",
        "published": f"{1 / published:.1f}",
        "published_low": f"{1 / (high or published):.1f}",
        "published_high": f"{1 / (low or published):.1f}",
        **_given(told),
    }
    enough = [need.odds_multiplier.value for need in needs if need.odds_multiplier.value is not None]
    code = "evidence.bias-range"
    if enough:
        params |= {"least": f"{min(enough):.1f}", "most": f"{max(enough):.1f}"}
    if len(enough) < len(needs):
        code = "evidence.bias-range-open" if enough else "evidence.bias-share"
        params["largest"] = f"{LARGEST_MULTIPLIER:,.0f}"
    yield Sentence("bears", code, params)


def _expected(told: Sequence[Reading]) -> Sentence:
    expected = [reading.expected.value or 0.0 for reading in told]
    widest = [reading.predictions[1] for reading in told]
    params: dict[str, Param] = {
        "least": f"{min(expected):.1f}",
        "most": f"{max(expected):.1f}",
        "low": int(min(each.low.value or 0 for each in widest)),
        "high": int(max(each.high.value or 0 for each in widest)),
        "readings": len(told),
        **_given(told),
    }
    return Sentence("bears", "evidence.expected-one" if len(told) == 1 else "evidence.expected-range", params)


def _given(told: Sequence[Reading]) -> dict[str, Param]:
    """The condition every number that uses the split stands under."""
    return {"given": told[0].expected.given or "given the reported split"}


def _defaults(told: Sequence[Reading]) -> Sequence[Reading]:
    """The default readings, or all where none is."""
    return [reading for reading in told if reading.default] or told


def _shifted_tail(reading: Reading) -> float:
    return reading.tails[1].value.value or 0.0


def _cannot(
    study: Study, observed: Observed, readings: Sequence[Reading], told: Sequence[Reading]
) -> Iterable[Sentence]:
    if study.concurrent_controls != "yes":
        yield Sentence("cannot", "evidence.cannot-separate", {})
    if not study.index_known and told:
        yield Sentence("cannot", "evidence.cannot-index", {})
    if study.blinded != "yes":
        yield Sentence("cannot", "evidence.cannot-examiner", {})
    last = [share for reading in told for share in reading.grades if share.grade == "C"]
    if last and all(share.n.value == share.improved.value for share in last):
        chances = [share.tail.value or 0.0 for share in last]
        params: dict[str, Param] = {
            "n": int(last[0].n.value or 0),
            "low": f"{100 * min(chances):.0f}",
            "high": f"{100 * max(chances):.0f}",
            **_given(told),
        }
        yield Sentence("cannot", "evidence.cannot-c-to-d", params)
    if study.split_recalled and (ends := _split_range(readings)):
        yield Sentence("cannot", "evidence.cannot-split", ends)
    if study.people.registered is None:
        missing = _fewest_missing(told)
        code = "evidence.cannot-missing" if missing else "evidence.cannot-missing-any"
        yield Sentence("cannot", code, missing)
    if study.treated:
        upper = f"{100 * (observed.harm_upper_limit.value or 0):.0f}"
        yield Sentence("cannot", "evidence.cannot-harm", {"n": observed.n, "upper": upper})


def _split_range(readings: Sequence[Reading]) -> dict[str, Param]:
    """The ends of the tail over every split and every reading; empty where no range is given."""
    beside = [each.over_splits for reading in readings for each in reading.tails if each.over_splits]
    if not beside:
        return {}
    low = min(each.low.value or 0.0 for each in beside)
    high = max(each.high.value or 0.0 for each in beside)
    return {"low": say_tail(low), "high": say_tail(high)}


def _fewest_missing(told: Sequence[Reading]) -> dict[str, Param]:
    """How many people missing would undo the result; empty where that is not known."""
    needed = [
        each.people.value
        for reading in _defaults(told)
        for each in reading.unreported
        if each.shift_sd in (0.0, 0.5)
    ]
    known = [int(each) for each in needed if each is not None]
    return {"fewest": min(known), "most": max(known), **_given(told)} if known else {}


def _settle(study: Study) -> Iterable[Sentence]:
    if not study.index_known or study.people.registered is None or study.split_recalled:
        yield Sentence("settle", "evidence.settle-publish", {})
    if study.blinded != "yes":
        yield Sentence("settle", "evidence.settle-blinded", {})
    if study.concurrent_controls != "yes":
        yield Sentence("settle", "evidence.settle-controls", {})
    yield Sentence("settle", "evidence.settle-repeat", {})
