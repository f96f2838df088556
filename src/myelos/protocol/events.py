"""The events of a trial that are no person's: sites, settings, training."""

from __future__ import annotations

from myelos.acts import Code, Term
from myelos.quantities import Amount
from myelos.shapes import named, value
from myelos.times import Instant, Zone


@named("protocol.site-opened")
@value
class SiteOpened:
    """A site takes part. Its time zone decides every civil date of its people."""

    site: Code
    zone: Zone


@named("protocol.setting-filled")
@value
class SettingFilled:
    """A site filled a limit that the literature does not give: the value, and where it comes from.

    The act beside it is the signature.
    """

    site: Code
    setting: Code
    value: Amount
    origin: Term


@named("protocol.training-recorded")
@value
class TrainingRecorded:
    """An account was trained; ``until`` None: without end."""

    account: Code
    training: Code
    until: Instant | None
    source: Term


EVENTS = (SiteOpened, SettingFilled, TrainingRecorded)
"""The events that are no person's, nor of cells or harms."""
