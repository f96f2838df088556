"""Other ways a made-up person's cells can go; together they use every row of the table and every event.

Synthetic, like the story they branch from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.cells.story import Story, amount, limits, told

from myelos.acts import Decision
from myelos.cells import commands as c
from myelos.cells.containers import Kind, QuarantineReason


def to_the_end(story: Story) -> None:
    """Marrow to vein without a hitch."""
    for _ in story.steps():
        pass


def stopped_early(story: Story) -> None:
    """Observed, paused, resumed, paused again and stopped with half of the bag left."""
    story.until("start")
    story.must(story.pause(11), story.nurse(minutes=10))
    story.must(story.resume(11), story.nurse(2, minutes=5))
    story.must(story.observe(11), story.nurse(minutes=5))
    story.must(story.pause(11), story.nurse(minutes=5))
    story.must(story.end(11, "20 mL", "1 mL", "19 mL", "desaturation"), story.nurse())
    story.must(story.observe(11), story.nurse(minutes=60))
    story.must(story.discard(12))


def pooled_and_banked(story: Story) -> None:
    """Serum pooled, divided, frozen and thawed; cells pooled, banked, thawed and passaged; a bag repacked."""
    story.until("seed")
    for serial, kind in ((21, Kind.SERUM), (22, Kind.SERUM), (23, Kind.SERUM), (24, Kind.SUSPENSION),
                         (25, Kind.SUSPENSION), (26, Kind.SUSPENSION), (27, Kind.BAG)):  # fmt: skip
        story.new_label(serial, kind)
    serum = (story.filling(21, "90 mL"),)
    story.must(c.SeparateSerum(chain=story.chain_id, scan=story.scan(2), serum=serum))
    story.must(story.divide(21, {22: "40 mL"}))
    story.must(story.pool((4, 22), 23))
    story.must(story.freeze(23, "0 mL"))
    story.must(story.store(23))
    story.must(story.thaw(23, "0 mL"))
    story.must(story.feed(serum=(story.filling(23, "10 mL"),)))
    story.must(story.harvest((5,), 24, 2_000_000, 50_000))
    story.must(story.harvest((6,), 25, 1_000_001, 49_999))
    story.must(story.pool((24, 25), 26))
    story.must(story.freeze(26))
    story.must(story.store(26))
    story.must(story.thaw(26))
    story.must(c.Passage(chain=story.chain_id, scan=story.scan(26), flasks=story.fillings({8: "53 mL"}),
                         serum=(story.filling(23, "20 mL"),)))  # fmt: skip
    story.must(story.harvest((8,), 9, 90_000_000, 10_000_000))
    story.must(story.divide(9, {11: "10 mL"}))
    story.must(story.divide(11, {27: "10 mL"}))
    story.must(story.sample(27))


def sample_used_up(story: Story) -> None:
    """Every result from one sample, used up by the last of them; one result corrected; released."""
    story.until("store-12")
    story.must(story.result("viability", amount("19 %")))
    story.must(story.correct(0, amount("91 %")))
    story.must(story.result("endotoxin", amount("0.5 EU/mL")))
    story.must(story.result("sterility", "negative", used_up=True))
    story.must(story.release(), story.act("qp-1", "qualified-person"))


def rejected(story: Story) -> None:
    """Out of specification."""
    story.until("test-viability")
    story.must(story.result("endotoxin", amount("6 EU/mL")))
    story.must(story.reject(), story.act("qp-1", "qualified-person"))
    for serial in (11, 12, 10):
        story.must(story.discard(serial))


def late_positive(story: Story) -> None:
    """Released on condition, infused, and the sterility test is positive after all."""
    story.until("test-endotoxin")
    story.must(story.release(True, "infusion is due"), story.act("qp-1", "qualified-person"))
    for _ in story._bedside():
        pass
    story.must(story.result("sterility", "positive"))


def warmed_on_the_way(story: Story) -> None:
    """A reading outside the range, a broken seal, a signed disposition of both; then back into store."""
    story.until("pack")
    story.must(story.read(11, "-100 degC"))
    over = story.hand_over(11, "tech-2", "nurse-1", "-150 degC", seal_intact=False)
    story.must(over, story.nurse(minutes=10))
    story.must(story.receive(11, "-150 degC"), story.nurse())
    story.must(story.sign(11, QuarantineReason.EXCURSION), story.act("qp-1", "qualified-person"))
    story.must(story.store(11))
    story.must(story.hold(12))
    story.must(story.sign(12, QuarantineReason.OTHER), story.act("qp-1", "qualified-person"))


def identity_error(story: Story) -> None:
    """Two labels on one flask: it and all that came of it are thrown away, and a label is spoilt."""
    story.until("release")
    story.must(story.identity_error(8))
    story.new_label(30, Kind.BAG)
    for serial in (10, 11, 12, 30):
        story.must(story.discard(serial))


TALES: tuple[Callable[[Story], None], ...] = (
    to_the_end, stopped_early, pooled_and_banked, sample_used_up, rejected, late_positive, warmed_on_the_way,
    identity_error,
)  # fmt: skip


def tell(tale: Callable[[Story], None], story: Story | None = None) -> Story:
    """A whole tale."""
    story = story or Story()
    tale(story)
    return story


# Places to begin from ---------------------------------------------------------------------------------

QP = "qualified-person"
RESULTS: dict[str, Any] = {
    "viability": amount("91 %"), "endotoxin": amount("0.5 EU/mL"), "sterility": "negative",
}  # fmt: skip
WAITING = {"conditional": True, "reason": "the infusion is due"}


def with_results(**results: Any) -> Story:
    """Two frozen bags and these results, in this order; each None is left out."""
    story = told("store-12")
    for name, result in {**RESULTS, **results}.items():
        if result is not None:
            story.must(story.result(name, result))
    return story


def release(story: Story, **changes: Any) -> Decision:
    return story.ask(replace(story.release(), **changes), story.act("qp-1", QP))


def released(story: Story, **changes: Any) -> Decision:
    return story.must(replace(story.release(), **changes), story.act("qp-1", QP))


def two_bags(**changes: Any) -> Story:
    """Two thawed bags of 1.82e8 and about 0.52e8 cells, the first being infused."""
    story = told("release")
    story.limits = limits(**{"most_infusions": 2, **changes})
    for serial in (11, 12):
        story.must(story.thaw(serial), story.nurse())
        story.must(story.match(serial), story.nurse())
        story.must(story.match(serial), story.nurse(2))
    story.must(story.start(11), story.nurse())
    return story
