"""The accounts' own chain in the database: read as it stands, added to in one transaction a command.

Who came, who failed to, who changed what about whom, and who asked for what they may not: all of it is here.
This is the inside of the door (:mod:`myelos.store.door`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from myelos.acts import Act
from myelos.findings import Finding, Phrasebook, Refused, Severity
from myelos.ledger import accounts
from myelos.ledger.accounts import Accounts, RecordedAccounts, by_nobody, by_oneself
from myelos.ledger.accounts import commands as ac
from myelos.ledger.events import CommandRefused
from myelos.ledger.free_text import Salt
from myelos.ledger.recording import Asked
from myelos.store.keeper import Keeper, Writer

_BOOK = Phrasebook("myelos", "myelos.ledger", "myelos.store")


@dataclass
class Register:
    """The accounts of one database. ``clock`` gives the time of recording, ``salt`` 16 random bytes."""

    keeper: Keeper
    clock: Callable[[], datetime]
    salt: Salt
    _known: Accounts = field(default_factory=Accounts)

    @property
    def accounts(self) -> Accounts:
        """The accounts as they stand now. Raises Refused when their chain was altered."""
        head = self.keeper.head(accounts.CHAIN)
        if head != self._known.head:
            known = self._known if self._known.seq < head.seq else Accounts()
            rows = list(self.keeper.rows(accounts.CHAIN, after=known.seq))
            words = self.keeper.words(accounts.CHAIN, rows)
            self._known = accounts.fold_accounts(known, rows, words)
        return self._known

    def proved(self, account: str, fits: bool, signing: bool = False) -> bool:
        """Whether somebody whose password fits (or not) is let in, or may sign; a failure is recorded.

        Decided within the transaction that records it: of many who guess at once, only as many are heard as
        of those who guess one after the other.
        """
        with self.keeper.writing(accounts.CHAIN) as writer:
            at, known = self.clock(), self.accounts.people.get(account)
            well = fits and known is not None and not known.retired and not known.locked(at)
            if well and signing:
                return True  # the signature itself will be an entry
            if well:
                act: Act = by_oneself(account, at)
                order: Any = ac.SignIn()
            else:
                act, order = by_nobody(at), ac.FailSignIn(typed=account if known else "", signing=signing)
            decision = accounts.decide_account(self.accounts, order, act)
            made = self._add(writer, act, order.NAME, decision.events)
        self._known = made.accounts
        return well

    def record(
        self,
        act: Act,
        order: Any,
        beside: Callable[[], object] | None = None,
        more: Iterable[Finding] = (),
    ) -> tuple[Finding, ...]:
        """Decide a command about accounts, record it, and do what belongs to it in the same transaction.

        ``more``: what else there is to say against it. Gives what there is to say of it. Raises
        :class:`~myelos.findings.Refused` with everything that forbids it, which is recorded then.
        """
        with self.keeper.writing(accounts.CHAIN) as writer:
            decision = accounts.decide_account(self.accounts, order, act)
            found = (*decision.findings, *more)
            errors = tuple(each for each in found if each.severity is Severity.ERROR)
            made = self._add(writer, act, order.NAME, _refusal(found) if errors else decision.events)
            if beside is not None and not errors:
                beside()
        self._known = made.accounts
        if errors:
            raise Refused(found)
        return (*found, *made.findings)

    def denied(self, act: Act, name: str, finding: Finding, trial: str) -> Refused:
        """Record that somebody asked for what their roles do not let them; gives what to raise."""
        with self.keeper.writing(accounts.CHAIN) as writer:
            made = self._add(writer, act, name, _refusal((finding,), f"{trial}, {act.role}, {act.site}: "))
        self._known = made.accounts
        return Refused([finding])

    def _add(self, writer: Writer, act: Act, name: str, events: Iterable[Any]) -> RecordedAccounts:
        asked = Asked(uuid4().hex, name, act, self.clock())
        made = accounts.record_accounts(self.accounts, asked, tuple(events), self.salt)
        writer.add(accounts.CHAIN, made.rows, made.words)
        return made


def _refusal(found: tuple[Finding, ...], before: str = "") -> tuple[CommandRefused, ...]:
    """The event that keeps a refusal. Raises Refused where there was not even a command, or only a password
    that nobody should have: that is told and not kept."""
    errors = [each for each in found if each.severity is Severity.ERROR]
    if all(each.code.startswith("shapes.") or each.place.column == "password" for each in errors):
        raise Refused(found)
    said = before + "\n".join(_BOOK.tell(each) for each in found)
    return (CommandRefused(codes=tuple(dict.fromkeys(each.code for each in errors)), said=said[:2000]),)
