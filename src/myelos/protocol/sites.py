"""Sites: one takes part, fills in the limits the literature does not give, records who is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from myelos.acts import Act, Decision
from myelos.findings import Finding
from myelos.measures import Measure
from myelos.protocol.asking import shown, told
from myelos.protocol.events import SettingFilled, SiteOpened, TrainingRecorded
from myelos.protocol.settings import SettingValue, unfit, unsettled
from myelos.protocol.state import Trial
from myelos.protocol.trial import Protocol

Check = Callable[[Trial, Any, Act, Protocol], Iterator[Finding]]


def at_a_site(trial: Trial, act: Act) -> Iterator[Finding]:
    """Everything is done at a site that takes part, since it does."""
    site = trial.sites.get(act.site)
    if site is None:
        yield told("site-unknown", "site", read=act.site)
    elif act.at < site.opened:
        yield told("site-not-open", "at", site=site.id, at=shown(act.at), opened=shown(site.opened))


def decide_site(
    trial: Trial, order: Any, act: Act, protocol: Protocol, own: Mapping[str, Measure]
) -> Decision:
    """The command is the event."""
    return Decision.of((order,), _CHECKS[type(order)](trial, order, act, protocol))


def _open_site(trial: Trial, order: SiteOpened, act: Act, protocol: Protocol) -> Iterator[Finding]:
    """Once. No site is asked for beforehand: the trial's first act opens one."""
    if order.site in trial.sites:
        yield told("site-exists", "site", site=order.site)


def _fill_setting(trial: Trial, order: SettingFilled, act: Act, protocol: Protocol) -> Iterator[Finding]:
    """A setting of this protocol, in its unit and within its bounds, by the site itself, before the first
    cells are collected there."""
    yield from at_a_site(trial, act)
    if order.site != act.site:
        yield told("setting-of-another-site", "site", site=order.site, read=act.site)
    found = unfit(protocol, order.setting, order.value)
    yield from found
    site = trial.sites.get(order.site)
    if site is None:
        return
    if site.begun is not None:
        yield told("setting-fixed", "setting", setting=order.setting, site=order.site)
    if not found:
        filled = SettingValue(value=order.value, origin=order.origin, signed_by=act.by, at=act.at)
        before = unsettled(protocol, site.settings)
        crossed = unsettled(protocol, site.settings.set(order.setting, filled))
        yield from (each for each in crossed if each not in before)


def _record_training(
    trial: Trial, order: TrainingRecorded, act: Act, protocol: Protocol
) -> Iterator[Finding]:
    """A training of this protocol, for no longer than it says one is valid."""
    yield from at_a_site(trial, act)
    known = {training.id: training for training in protocol.training}
    if order.until is not None and order.until <= act.at:
        yield told("training-over", "until", training=order.training)
    training = known.get(order.training)
    if training is None:
        yield told("training-unknown", "training", read=order.training, known=", ".join(known))
    elif training.valid_for is not None:
        last = act.at + timedelta(days=float(training.valid_for.value))
        if order.until is None or order.until > last:
            most = {"valid_for": str(training.valid_for), "last": shown(last)}
            yield told("training-too-long", "until", training=order.training, **most)


_CHECKS: Mapping[type, Check] = {
    SiteOpened: _open_site,
    SettingFilled: _fill_setting,
    TrainingRecorded: _record_training,
}

SITE_COMMANDS: tuple[type, ...] = tuple(_CHECKS)
"""What may be asked about a site; each is also the event that follows."""
