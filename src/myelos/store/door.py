"""The one door to the record: who are you, may you, and only then is anything read or recorded.

The command line and the pages both come through here, and neither can claim to be somebody without a proof.
Who came, who failed to, who asked for what they may not, and whatever changed about accounts is in the
accounts' own chain (:mod:`myelos.store.register`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from django.views.decorators.debug import sensitive_variables

from myelos.acts import Act
from myelos.findings import Finding, Param, Place, Refused
from myelos.ledger import COMMAND_CATALOGUE, Head, TreeHead, accounts
from myelos.ledger.accounts import Account, Accounts, by_oneself
from myelos.ledger.accounts import commands as ac
from myelos.ledger.commands import EraseIdentity, KeepIdentity
from myelos.protocol import Command
from myelos.shapes import faults
from myelos.store import authority, identity, personal, proving, tickets
from myelos.store.conditions import conditions
from myelos.store.failures import told
from myelos.store.identity import Proof, Session
from myelos.store.keeper import Keeper
from myelos.store.register import Register
from myelos.store.requests import Addressed
from myelos.store.trials import Done, Trials

_ORDERS = frozenset(COMMAND_CATALOGUE.classes.values())

CHANGES = (ac.GrantRole, ac.RevokeRole, ac.RetireAccount, ac.UnlockAccount)
"""What an administrator may ask for with nothing beside it."""


@dataclass(eq=False)
class Visitor:
    """Somebody who proved who they are, for as long as their session lives. A door knows those it let in: one
    that was made elsewhere is nobody to it."""

    session: Session

    @property
    def account(self) -> str:
        return self.session.account


@dataclass
class Door:
    """The door to the trials of one database."""

    trials: Trials = field(default_factory=Trials)
    _inside: WeakKeyDictionary[Visitor, Session] = field(default_factory=WeakKeyDictionary, repr=False)

    @property
    def keeper(self) -> Keeper:
        return self.trials.keeper

    @cached_property
    def register(self) -> Register:
        """The accounts' own chain, as it is kept."""
        return Register(self.keeper, self.now, self.trials.salt)

    @property
    def accounts(self) -> Accounts:
        """The accounts as they stand now. Raises Refused when their chain was altered."""
        return self.register.accounts

    def now(self) -> datetime:
        return self.trials.clock()

    # Who is there

    @sensitive_variables("password")
    def sign_in(self, account: str, password: str) -> Visitor:
        """Somebody's session, once they proved who they are.

        Raises :class:`~myelos.findings.Refused`, in the same words whatever was wrong; the failure is
        recorded, and too many of them lock the account.
        """
        if not self.register.proved(account, self._fits(account, password)):
            raise Refused([identity.not_signed_in()])
        return self._keep(Visitor(identity.opened(account, self.now())))

    @sensitive_variables("password")
    def _fits(self, account: str, password: str) -> bool:
        """Whether a password is that of an account: one hash in every case, also for what can be neither."""
        named = account if account in self.accounts.people else "-"
        with told(accounts.CHAIN):
            return identity.check_password(named, password if _is_text(password) else "", self.keeper.alias)

    def ticket(self, visitor: Visitor) -> str:
        """What lets a visitor come back by another door to the same record, such as that of the next request.

        It is sealed, void once the password changes, and no longer good than the session itself. Keep it
        where only this software can read it. Raises :class:`~myelos.findings.Refused` as any use does.
        """
        self._use(visitor)
        return tickets.issue(visitor.session, self.keeper.alias)

    def come_back(self, ticket: str) -> Visitor:
        """The visitor of a ticket. Raises :class:`~myelos.findings.Refused` for one that is void or was left
        unused too long."""
        with told(accounts.CHAIN):
            visitor = Visitor(tickets.read(ticket, self.keeper.alias))
        self._keep(visitor)
        self._use(visitor)
        return visitor

    def _keep(self, visitor: Visitor) -> Visitor:
        self._inside[visitor] = visitor.session
        return visitor

    def _use(self, visitor: Visitor) -> Account:
        """The account of a visitor, whose session lives on. Raises Refused when it or the account ended."""
        session = self._inside.get(visitor)
        if session is None:
            raise Refused([identity.not_signed_in()])
        visitor.session = identity.used(session, self.now())
        self._keep(visitor)
        account = self.accounts.people.get(visitor.account)
        if account is None or account.retired:
            raise Refused([identity.not_signed_in()])
        return account

    @sensitive_variables("proof")
    def _prove(self, visitor: Visitor, proof: Proof | None) -> None:
        """A fresh proof for one signature; one that does not fit is a failure like one to sign in."""
        given = proof or Proof()
        if given.account and given.account != visitor.account:
            self.register.proved(visitor.account, fits=False, signing=True)

        def check(account: str, password: str) -> bool:
            return self.register.proved(account, self._fits(account, password), signing=True)

        visitor.session = identity.signing(visitor.session, given, self.now(), check)
        self._keep(visitor)

    # Recording

    @sensitive_variables("proof")
    def do(
        self,
        visitor: Visitor,
        trial: str,
        command_id: str,
        order: Any,
        *,
        role: str,
        site: str,
        at: datetime | None = None,
        why: str = "",
        proof: Proof | None = None,
        beside: Callable[[], object] | None = None,
    ) -> Done:
        """Ask for a command to be recorded, by the visitor and by nobody else.

        ``command_id``: one for every time somebody means to do something; sent again it does nothing twice.
        ``at``: when it was done, now if it is not said. ``proof``: for a signed decision, see
        :func:`myelos.store.identity.needed`. ``beside``: see :meth:`myelos.store.trials.Trials.record`.
        Raises :class:`~myelos.findings.Refused` when the visitor may not (which the accounts' chain keeps),
        did not prove who they are once more, or the database cannot record. A command that the trial's rules
        forbid is recorded as refused: ``Done.refused``. TypeError for what is no command of a trial.
        """
        if type(order) not in _ORDERS:
            raise TypeError(f"{type(order).__name__} is no command of a trial")
        account = self._use(visitor)
        act = Act(by=account.code, at=at or self.now(), role=role, site=site, why=why)
        wrong = [*faults(Addressed(trial=trial, command=command_id)), *faults(act)]
        if wrong:
            raise Refused(wrong)
        self._may(act, order.NAME, trial)
        if not self.trials.of_command(trial, command_id):
            unmet = tuple(conditions(self.keeper, trial, order, site))
            if unmet:
                raise Refused(unmet)
        if authority.signs(order.NAME):
            if not account.own_password:
                raise Refused([Finding("store.change-password-first", Place(column="password"))])
            self._prove(visitor, proof)
        if at is None:
            act = self._as_before(act, trial, command_id)
        beside = self._beside(trial, order, beside)
        return self.trials.record(trial, command_id, Command(act, order), account.printed_name, beside)

    def _may(self, act: Act, name: str, trial: str) -> None:
        """Whether the table lets somebody do this; that it did not is recorded."""
        granted = self.accounts.sites(act.by, act.role, trial)
        finding = authority.forbidden(act.role, name, granted, act.site)
        if finding is not None:
            raise self.register.denied(act, name, finding, trial)

    def _as_before(self, act: Act, trial: str, command_id: str) -> Act:
        """The act at the time it had when it was asked for the first time, where nobody says another."""
        for row in self.trials.of_command(trial, command_id)[:1]:
            at = datetime.fromisoformat(row.plain["at"])
            return Act(by=act.by, at=at, role=act.role, site=act.site, why=act.why)
        return act

    def _beside(
        self, trial: str, order: Any, given: Callable[[], object] | None
    ) -> Callable[[], object] | None:
        """What an entry about an identity says was done, is done with it."""
        if isinstance(order, EraseIdentity):
            return lambda: personal.erase(self.keeper.alias, trial, order.person)
        if isinstance(order, KeepIdentity) and given is None:
            raise Refused([Finding("store.no-identity", Place(column="person"), {"person": order.person})])
        return given

    # Reading

    def where(self, visitor: Visitor, trial: str, reading: str) -> tuple[str, ...]:
        """The sites whose people a visitor may read of in this way, ``*`` for every one.

        Raises :class:`~myelos.findings.Refused` where there is none, which the accounts' chain keeps.
        """
        _named(trial)
        account = self._use(visitor)
        row, found = authority.table()[reading], set[str]()
        for role in authority.ROLES:
            granted = self.accounts.sites(account.code, role, trial)
            cell = row.cells[role] if granted else ""
            found.update({"any": ("*",), "own": granted}.get(cell, ()))
        if not found:
            roles = ", ".join(row.roles) or "-"
            params: dict[str, Param] = {"command": reading, "roles": roles, "trial": trial[:80]}
            finding = Finding("store.may-not-read", Place(column="by"), params)
            raise self.register.denied(by_oneself(account.code, self.now()), reading, finding, trial[:80])
        return ("*",) if "*" in found else tuple(sorted(found))

    def head(self, trial: str) -> Head:
        """The end of a ledger. Whoever holds the database may know it."""
        _named(trial)
        return self.keeper.head(trial)

    def tree_head(self, trial: str) -> TreeHead:
        """The end of a ledger with the Merkle root over all of it, to be printed and kept elsewhere.

        Raises :class:`~myelos.findings.Refused` for a ledger with faults: nobody should vouch for one.
        """
        self._there(trial)
        return proving.whole_head(self.keeper, trial)

    def verify(self, trial: str, head: Head | None = None) -> Iterator[Finding]:
        """Every fault of a ledger as it is stored, and of the words beside it. It shows nothing of either."""
        _named(trial)
        if head is None:
            self._there(trial)
        elif head.trial != trial:
            params: dict[str, Param] = {"read": head.trial, "trial": trial[:80]}
            raise Refused([Finding("store.head-of-another", params=params)])
        return proving.faults_of(self.keeper, trial, head)

    def _there(self, trial: str) -> None:
        if self.head(trial).seq == 0:
            raise Refused([self.trials.no_such_trial(trial)])

    # Accounts

    @sensitive_variables("password")
    def create_first_account(self, account: str, printed_name: str, password: str) -> None:
        """Make the first account, an administrator's, while there is none."""
        order = ac.CreateFirstAccount(account=account, printed_name=printed_name)
        self._with_password(by_oneself(account, self.now()), order, password, printed_name)

    @sensitive_variables("password")
    def create_account(
        self, visitor: Visitor, account: str, printed_name: str, password: str
    ) -> tuple[Finding, ...]:
        """Make an account for one more person, who has to change the password before it signs anything.

        Administrators only. Gives what there is to say of it: a name that is known.
        """
        order = ac.CreateAccount(account=account, printed_name=printed_name)
        return self._with_password(self._as_administrator(visitor, order, ""), order, password, printed_name)

    @sensitive_variables("password", "proof")
    def change_password(self, visitor: Visitor, password: str, proof: Proof) -> None:
        """Change the visitor's own password; ``proof`` as for a signature, with the one there was."""
        account = self._use(visitor)
        before = visitor.session.signings
        self._prove(visitor, proof)
        visitor.session = replace(visitor.session, signings=before)  # it proved, and signed nothing
        self._keep(visitor)
        order = ac.ChangePassword(account=account.code)
        self._with_password(by_oneself(account.code, self.now()), order, password, account.printed_name)

    @sensitive_variables("password")
    def reset_password(self, visitor: Visitor, account: str, password: str, why: str) -> None:
        """Give somebody who forgot theirs a password, which signs nothing until they change it.

        Administrators only, as to unlock.
        """
        act = self._as_administrator(visitor, ac.UnlockAccount(account=account), why)
        known = self.accounts.people.get(account)
        name = "" if known is None else known.printed_name
        self._with_password(act, ac.ChangePassword(account=account), password, name)

    def administer(self, visitor: Visitor, order: Any, why: str = "") -> tuple[Finding, ...]:
        """Ask for a change of accounts: grant, revoke, retire, unlock. Administrators only.

        Gives what there is to say of it. Raises :class:`~myelos.findings.Refused` with every finding that
        forbids it, TypeError for another command; then nothing changed.
        """
        if not isinstance(order, CHANGES):
            raise TypeError(f"{type(order).__name__} needs more than a reason")
        act = self._as_administrator(visitor, order, why)
        shut = isinstance(order, ac.RetireAccount)
        beside = (lambda: identity.shut(order.account, self.keeper.alias)) if shut else None
        return self.register.record(act, order, beside)

    def _as_administrator(self, visitor: Visitor, order: Any, why: str) -> Act:
        """The act of an administrator; whoever is none learns nothing about accounts."""
        account = self._use(visitor)
        act = Act(by=account.code, at=self.now(), role=ac.ADMINISTRATOR, site=accounts.CHAIN, why=why)
        self._may(act, order.NAME, ac.EVERYWHERE)
        return act

    @sensitive_variables("password")
    def _with_password(self, act: Act, order: Any, password: str, printed_name: str) -> tuple[Finding, ...]:
        if not _is_text(password):
            raise Refused([Finding("store.password-unreadable", Place(column="password"))])

        def beside() -> None:
            identity.set_password(order.account, password, printed_name, self.keeper.alias)

        weak = identity.password_findings(order.account, password, printed_name)
        return self.register.record(act, order, beside, weak)


def _named(trial: str) -> None:
    """Raise Refused for what cannot be the name of a trial: no database is asked for it."""
    wrong = [] if trial == ac.EVERYWHERE else faults(Addressed(trial=trial, command="any"))
    if wrong:
        raise Refused(wrong)


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True
