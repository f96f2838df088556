"""Who may do what, where: one table of commands and readings by roles, and nothing beside it.

A cell of ``data/authority.csv`` is ``own`` (at the sites the role was granted for), ``any`` (at every site of
the trial) or empty (not at all). ``signed``: the door asks for a fresh proof of identity first. ``source``:
the requirement, or why; what names no section is recalled, and what says *ours* is our reading.

The table says what a role may do. Which roles somebody holds is asked of the accounts
(:class:`myelos.ledger.accounts.Accounts`), and what is possible at all of the trial's own rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from myelos.findings import Finding, Place
from myelos.ledger import accounts
from myelos.ledger.accounts.commands import EVERYWHERE
from myelos.protocol import Protocol
from myelos.tables import shipped

READINGS = ("show", "timeline", "audit", "export", "certificate", "backup", "accounts", "verify", "head")
"""What can be read: the state of a trial; all about one person; the findings of its audit; tidy rows; the
proof of an infusion; everything in one file; the accounts and their roles; whether the ledger is whole; its
end. To look up who a trial code is is a command, since it is recorded (``ledger.read-identity``)."""

ROLES = accounts.ROLES
"""The roles of the table, in its order."""

CELLS = ("", "own", "any")
SPONSOR, INVESTIGATOR = "sponsor", "investigator"


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says about one command or reading: ``cells`` by role."""

    command: str
    signed: bool
    cells: Mapping[str, str]
    source: str

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that may, in the table's order."""
        return tuple(role for role in ROLES if self.cells[role])


@cache
def table() -> Mapping[str, Row]:
    """The whole table by command or reading.

    Raises ValueError for a row twice, a cell of another kind, no source: a shipped table is code.
    """
    columns = ("command", "signed", *ROLES, "source")
    made: dict[str, Row] = {}
    for read in shipped("myelos.store", "authority.csv", columns):
        cells = {role: read[role] for role in ROLES}
        broken = read["command"] in made or read["signed"] not in ("yes", "no") or not read["source"]
        if broken or not set(cells.values()) <= set(CELLS):
            raise ValueError(f"authority.csv, row {read['row']}: {read}")
        signed = read["signed"] == "yes"
        made[read["command"]] = Row(read["command"], signed, MappingProxyType(cells), read["source"])
    return MappingProxyType(made)


def may(role: str, command: str, granted_site: str, site: str) -> bool:
    """Whether a role, granted for a site (``*``: every one), may do this at a site (``*``: at all of them).

    Nobody may anything in a role that does not exist. Raises KeyError for a command or reading that does not.
    """
    match table()[command].cells.get(role, ""):
        case "any":
            return True
        case "own":
            return granted_site in (EVERYWHERE, site)
        case _:
            return False


def signs(command: str) -> bool:
    """Whether this is a signed decision: the door asks who it is once more. Raises KeyError as above."""
    return table()[command].signed


def commands_of(role: str) -> tuple[str, ...]:
    """Everything a role may do or read, in the table's order; nothing for a role that does not exist."""
    return tuple(name for name, row in table().items() if row.cells.get(role, ""))


def forbidden(role: str, command: str, granted_sites: Iterable[str], site: str) -> Finding | None:
    """Why somebody who holds a role at these sites may not do this at a site; None when they may.

    ``granted_sites`` empty: they do not hold it. Raises KeyError for a command that does not exist.
    """
    row, granted = table()[command], tuple(granted_sites)
    roles = ", ".join(row.roles) or "-"
    if role not in ROLES:
        return Finding("store.unknown-role", Place(column="role"), {"read": role[:80]})
    if not granted:
        return Finding("store.role-not-held", Place(column="role"), {"role": role, "site": site})
    if any(may(role, command, each, site) for each in granted):
        return None
    if row.cells[role]:
        where = {"role": role, "granted": ", ".join(granted), "site": site}
        return Finding("store.other-site", Place(column="site"), where)
    if role == SPONSOR and row.cells[INVESTIGATOR] and command not in READINGS:
        params = {"command": command, "requirement": "BLD-02"}
        return Finding("store.sponsor-changes-nothing", Place(column="role"), params)
    return Finding(
        "store.role-forbids", Place(column="role"), {"role": role, "command": command, "roles": roles}
    )


def unknown_roles(protocol: Protocol) -> Iterator[Finding]:
    """Every role a protocol names and nobody can be given, or that the table lets do nothing of the kind."""
    named = [("cells.release", "product.conditional_release_role", _releaser(protocol))]
    deciders = protocol.safety.decided_by.roles
    named += [("safety.decide-stopping", "safety.decided_by.roles", role) for role in deciders]
    named += [("safety.adjudicate-deterioration", "safety.decided_by.roles", role) for role in deciders]
    for command, key, role in named:
        if role is not None and not table()[command].cells.get(role, ""):
            params = {"role": role, "command": command, "roles": ", ".join(table()[command].roles)}
            yield Finding("store.role-of-protocol", Place(column=key), params)


def _releaser(protocol: Protocol) -> str | None:
    return None if protocol.product is None else protocol.product.conditional_release_role
