"""Nobody's cells but their own, measured: every history of six steps, ten thousand random ones, every swap.

Each part runs through ``protocol.decide`` and is judged by the oracle, which knows none of its gates; what is
printed are counts. Two processes run beside one another; seeds are fixed, so that the counts stay the same.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from validation.identity import random_histories, swaps
from validation.identity.alphabet import CUT, Step, alphabet
from validation.identity.model import Found, Layer, Model
from validation.identity.random_histories import Drawn, draw
from validation.identity.two_people import begin, unspaced

HISTORIES, SEEDS, INFUSED = 10_000, (20210701, 20210702), 1_000
DEPTH, WHOLE_DEPTH = 6, 4
AT_THE_VEIN = ("match", "start", "pause", "resume", "end", "16 minutes", "consent withdrawn")


@dataclass(frozen=True, slots=True)
class Part:
    """What one part says, whether it holds, and how long it took."""

    name: str
    lines: tuple[str, ...]
    holds: bool
    seconds: float


def from_the_freezer() -> Part:
    """The longest histories, over an alphabet without what has its like."""
    record = begin()
    return _modelled("from the freezer", Model(record, alphabet(record.protocol)), DEPTH, f"{len(CUT)} cut")


def whole_alphabet() -> Part:
    """Shorter ones, over all of it."""
    record = begin()
    return _modelled(
        "from the freezer", Model(record, alphabet(record.protocol, ())), WHOLE_DEPTH, "none cut"
    )


def at_the_vein() -> Part:
    """Both bags thawed, and no days asked for between two people: both can be infused within six steps."""
    record = begin(unspaced(), thawed=True)
    steps = tuple(step for step in alphabet(record.protocol, ()) if step.name.startswith(AT_THE_VEIN))
    return _modelled("with both bags thawed", Model(record, steps), DEPTH, "the bedside only")


def _modelled(name: str, model: Model, depth: int, cut: str) -> Part:
    gc.disable()  # nothing here is ever garbage
    start, steps = time.perf_counter(), model.steps
    found = model.run(depth)
    told = tuple(_told(found, steps, cut))
    exact = found.layers[-1].histories == len(steps) ** depth
    reached = found.layers[-1].starts_granted > 0
    holds = exact and reached and not found.violations
    return Part(f"every history of {depth} steps {name}", told, holds, time.perf_counter() - start)


def _told(found: Found, steps: tuple[Step, ...], cut: str) -> Iterator[str]:
    last = found.layers[-1]
    yield f"{len(steps)} steps in the alphabet ({cut}); {last.histories:,} histories"
    states = ", ".join(f"{layer.states:,}" for layer in found.layers)
    yield f"different states after 0 to {last.depth - 1} steps: {states}"
    yield f"steps asked of a state {sum(layer.asked for layer in found.layers):,}, decided {found.decided:,}"
    yield f"at the last step {last.granted:,} granted, {last.refused:,} refused"
    yield _starts(found.layers)
    yield f"histories with an infusion {last.infused:,}; infusions and resumptions judged {found.checked:,}"
    yield f"violations {sum(found.violations.values()):,}"
    yield from (f"  in {count:,} histories: {each}" for each, count in list(found.violations.items())[:10])


def _starts(layers: Iterable[Layer]) -> str:
    granted = sum(layer.starts_granted for layer in layers)
    refused = sum(layer.starts_refused for layer in layers)
    return f"infusions granted {granted:,}, refused {refused:,} (in histories of each length)"


def swapped() -> Part:
    """Every label swapped for others at every step of the trial of twenty people."""
    start, found = time.perf_counter(), swaps.swap_all()
    holds = not found.granted and sum(found.asked.values()) > 0
    return Part("any two labels swapped", tuple(swaps.lines(found)), holds, time.perf_counter() - start)


def drawn(seed: int) -> tuple[Drawn, float]:
    """One half of the random histories, and how long it took."""
    start = time.perf_counter()
    return draw(seed, HISTORIES // len(SEEDS)), time.perf_counter() - start


def _joined(halves: Iterable[tuple[Drawn, float]]) -> Part:
    whole, seconds = Drawn(), 0.0
    for half, took in halves:
        whole.add(half)
        seconds += took
    holds = whole.histories >= HISTORIES and whole.counts.starts_granted >= INFUSED and not whole.wrong
    told = (*random_histories.lines(whole), *(f"  {each}" for each in whole.wrong[:10]))
    return Part(f"random histories from screening on, seeds {SEEDS}", told, holds, seconds)


PARTS: tuple[Callable[[], Part], ...] = (from_the_freezer, whole_alphabet, at_the_vein, swapped)


def main() -> int:
    """Run and print; 0 when every count is exact, enough was infused, and nothing was wrong."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(part) for part in PARTS]
        halves = [pool.submit(drawn, seed) for seed in SEEDS]
        parts = [each.result() for each in running]
        parts.append(_joined(each.result() for each in halves))
    for part in parts:
        print(f"{part.name}: {'holds' if part.holds else 'DOES NOT HOLD'} ({part.seconds:.0f} s)")
        print("\n".join(f"  {line}" for line in part.lines), flush=True)
    return 0 if all(part.holds for part in parts) else 1
