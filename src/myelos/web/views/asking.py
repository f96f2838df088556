"""What a visitor's forms are made of: how they may ask, and what they may be offered."""

from __future__ import annotations

from typing import Any

from myelos.findings import Finding, Refused
from myelos.ledger import Snapshot
from myelos.protocol import Trial
from myelos.store import authority, readings
from myelos.store.door import Visitor
from myelos.store.identity import needed
from myelos.web.doorway import door
from myelos.web.forms import Asking, Form, Known, Labels
from myelos.web.forms.fields import Option
from myelos.web.pages import Asked, held

EVERYWHERE = "*"


def may_see(visitor: Visitor, trial: str) -> bool:
    """Whether somebody may see people of a trial; whoever only assesses may not. Asks nothing of the door."""
    row = authority.table()["show"]
    accounts = door().accounts
    return any(row.cells[role] and accounts.sites(visitor.account, role, trial) for role in authority.ROLES)


def form_of(asked: Asked, trial: str, command: str, shape: type[Any], **more: Any) -> Form:
    """The form of a command for a visitor. Raises Refused when none of their roles may ask for it."""
    ways = held(asked.visitor, trial, (command,))
    if not ways:
        raise _needs_role(asked, trial, command)
    snapshot = snapshot_of(trial)
    seen = readings.show(door(), asked.visitor, trial) if may_see(asked.visitor, trial) and snapshot else None
    state = None if snapshot is None else snapshot.state
    known = Known(
        command=command,
        language=asked.say.language,
        now=door().now(),
        protocol=None if snapshot is None else snapshot.protocol,
        state=None if seen is None else seen.snapshot.state,
        people=() if seen is None else seen.people,
        queries=() if seen is None else tuple(seen.snapshot.queries),
        accounts=_accounts(trial),
        entered=_entered(asked, None if seen is None else seen),
    )
    return Form(shape, known, Labels(asked.say, command), _asking(asked, command, ways, state), **more)


def _needs_role(asked: Asked, trial: str, command: str) -> Refused:
    named = ", ".join(asked.say.role(role) for role in authority.table()[command].roles)
    return Refused([Finding("web.role-needed", params={"trial": trial[:80], "roles": named})])


def snapshot_of(trial: str) -> Snapshot | None:
    """A trial as it stands; None where it was not opened yet, which its sponsor may do."""
    try:
        return door().trials.snapshot(trial)
    except Refused as refused:
        if all(each.code == "store.no-such-trial" for each in refused.findings):
            return None
        raise


def _asking(asked: Asked, command: str, ways: tuple[tuple[str, str], ...], state: Trial | None) -> Asking:
    sites = {} if state is None else {each.id: each.zone for each in state.sites.values()}
    own = authority.table()[command].cells
    chosen: list[tuple[str, str]] = []
    for role, site in ways:
        if site != EVERYWHERE:
            chosen.append((role, site))
        else:
            chosen += [(role, EVERYWHERE)] if own[role] == "any" else []
            chosen += [(role, each) for each in sorted(sites)]
    zones = {site: zone for site, zone in sites.items() if any(site == each for _, each in chosen)} or sites
    signs = needed(asked.visitor.session, door().now()) if authority.signs(command) else ()
    return Asking(tuple(dict.fromkeys(chosen)) or ways, zones, signs)


def _accounts(trial: str) -> tuple[Option, ...]:
    """Who works in a trial: accounts are codes, and their names are printed beside signatures."""
    accounts = door().accounts
    return tuple(
        Option(each.code, each.printed_name)
        for each in sorted(accounts.people.values(), key=lambda each: each.code)
        if not each.retired and any(grant.trial in (trial, EVERYWHERE) for grant in each.open_grants)
    )


def _entered(asked: Asked, seen: readings.Seen | None) -> dict[str, str]:
    """What is chosen already, by the last name of a field, and what follows from it: whose chain it is."""
    request = asked.request
    given = request.GET if request.method != "POST" else request.POST
    entered = {}
    for name in ("person", "container", "chain", "form", "fact", "setting", "measure", "item"):
        written = given.get(name if request.method != "POST" else f"d.{name}", "")
        if written:
            entered[name] = written[:200]
    if seen is None:
        return entered
    state = seen.snapshot.state
    chain = state.labels.get(entered.get("container", ""))
    person = state.people.get(entered.get("person", ""))
    if chain is None and person is not None and person.code in seen.people:
        chain = person.chain
    if chain is not None and state.chains[chain].person in seen.people:
        entered.setdefault("chain", chain)
    if len(state.sites) == 1:
        entered.setdefault("zone", next(iter(state.sites.values())).zone)
    return entered
