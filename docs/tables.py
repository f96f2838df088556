"""Write docs/measures.md and docs/stopping.md from the tables they tell of.

    python docs/tables.py            write both pages
    python docs/tables.py --check    fail when one is stale
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from myelos.measures import Measure, load, shipped
from myelos.safety import characteristics, proposal
from myelos.safety.boundaries import boundary
from myelos.safety.rules import AnyEvent, BetaBinomial, Spacing, StoppingRule

DOCS = Path(__file__).parent
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
PLANNED = 30

MEASURES = """# Measures

Every scale is one table in [scales](../src/myelos/measures/scales): items with the values they may have,
outputs with their range, what an item that could not be tested does, which way is better. Item labels are our
own short ones; a scale's manual and its wording stay with whoever publishes it. This page is generated
(`make pages`).

"Sources" counts how each table's sources were obtained: *seen* in a copy, *derived*, *recalled* from memory,
*proposal* (ours). A recalled row never decides anything by itself.

| measure | edition | items | outputs | better | a missing item | sources |
|---|---|---|---|---|---|---|
"""

STOPPING = """# Stopping rules

What the proposed rules of a trial's safety do, for {planned} people planned, if every person has the event
with the same chance. Exact: all sequences of people are summed
([boundaries.py](../src/myelos/safety/boundaries.py)); `python -m validation.stopping_boundaries` compares
with every one of 2^n sequences and with R. In each cell: the probability that the rule is hit, and how many
people are infused on average when nobody is infused after a hit. This page is generated (`make pages`) from
[proposal.toml](../src/myelos/safety/shipped/proposal.toml); every threshold there is a proposal with its
origin, for a trial's own committee to settle.

"""


def measures_page() -> str:
    return MEASURES + "\n".join(_measure(load(id_)) for id_ in shipped()) + "\n"


def _measure(measure: Measure) -> str:
    outputs = "; ".join(_output(output) for output in measure.outputs[:12])
    if len(measure.outputs) > 12:
        outputs += f"; and {len(measure.outputs) - 12} more"
    counts: dict[str, int] = {}
    for source in measure.sources:
        counts[source.status] = counts.get(source.status, 0) + 1
    sources = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    better = ", ".join(sorted({output.better for output in measure.outputs}))
    cells = (
        f"`{measure.id}`: {measure.label.en}", measure.edition, str(len(measure.items)), outputs, better,
        measure.missing.rule, sources,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _output(output: Any) -> str:
    name, kind = output.name, output.kind
    if kind == "category":
        categories = output.categories
        return f"{name} ({categories[0]} … {categories[-1]})"
    low, high = output.low, output.high
    unit = f" {output.unit}" if output.unit not in (None, "points") else ""
    span = f"{low} to {high}" if high is not None else f"from {low}"
    return f"{name} ({span}{unit})"


def stopping_page() -> str:
    rules = proposal()
    lines = [STOPPING.format(planned=PLANNED), *_spacings(rules.stopping), ""]
    lines += ["| rule | " + " | ".join(f"true rate {rate:.0%}" for rate in RATES) + " |", "|---" * 7 + "|"]
    counting = [rule for rule in rules.stopping if not isinstance(rule, Spacing | AnyEvent)]
    any_rule = next(rule for rule in rules.stopping if isinstance(rule, AnyEvent))
    lines += [_row("any one event of a kind", any_rule), *(_row(rule.name, rule) for rule in counting)]
    for rule in counting:
        if isinstance(rule, BetaBinomial):
            lines += ["", f"`{rule.name}` is hit at the least counts, by people infused: {_counts(rule)}."]
    names = ", ".join(f"`{rule.name}`" for rule in rules.stopping if isinstance(rule, AnyEvent))
    lines += ["", f"Rules that any one event hits: {names}.", ""]
    return "\n".join(lines)


def _spacings(rules: tuple[StoppingRule, ...]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, Spacing):
            yield f"The first {rule.first} infusions are at least {rule.apart} apart (`{rule.name}`)."


def _row(name: str, rule: StoppingRule) -> str:
    found = [characteristics(rule, rate, PLANNED) for rate in RATES]
    cells = [f"{100 * each.trips:.1f} % ({each.expected_n:.1f})" for each in found]
    return f"| {name} | {' | '.join(cells)} |"


def _counts(rule: BetaBinomial) -> str:
    starts: dict[int, int] = {}
    for n, least in boundary(rule).items():
        starts.setdefault(least, n)
    return ", ".join(f"{least} from {n} on" for least, n in starts.items())


PAGES = {"measures.md": measures_page, "stopping.md": stopping_page}


def main() -> None:
    stale = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text("utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, "utf-8")
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; make pages")


if __name__ == "__main__":
    main()
