"""The worked trial's record in a database. Import it after ``make_store``: Django has to be set up first."""

from __future__ import annotations

from datetime import timedelta

from examples.twenty_people.script import OPENED
from examples.worked_trial.identities import IDENTITIES
from examples.worked_trial.playing import Answer, Salts, barred
from examples.worked_trial.script import TRIAL, course
from examples.worked_trial.staff import BY_NAME, FIRST_PASSWORD, PASSWORD, SIGNERS, STAFF
from examples.worked_trial.steps import Step

from myelos.ledger import Snapshot
from myelos.ledger.accounts.commands import GrantRole
from myelos.ledger.commands import EraseIdentity, KeepIdentity
from myelos.ledger.deciding import SIGNED_COMMANDS
from myelos.ledger.free_text import references
from myelos.protocol import Command
from myelos.store.door import Door, Visitor
from myelos.store.identity import Proof, ended
from myelos.store.keeper import Keeper
from myelos.store.personal import Identity, of_trial
from myelos.store.readings import erase_identity, keep_identity
from myelos.store.trials import Done, Trials


class InStore:
    """A record in a database. Its clock is the script's: the trial is played at made-up dates.

    Signatures go through the door, with an account and its password each time, and so does who somebody is.
    To sign in anew for each of a thousand other acts, days apart, would only make passwords be hashed: they
    are held to the door's table of authority and asked of what is behind it.
    """

    def __init__(self, trial: str = TRIAL) -> None:
        self.trial = trial
        self._now, self._salts = OPENED - timedelta(days=2), Salts()
        self._trials = Trials(Keeper(), clock=lambda: self._now, salt=self._salts)
        self._door = Door(self._trials)
        self._visitors: dict[str, Visitor] = {}
        self.keeper = self._trials.keeper
        if not self._door.accounts.people:
            self._people()

    def _people(self) -> None:
        """Everybody gets an account and a role; those who sign change the password they were given."""
        first, *others = STAFF
        self._door.create_first_account(first.name, first.printed, PASSWORD)
        visitor = self._door.sign_in(first.name, PASSWORD)
        for each in others:
            given = FIRST_PASSWORD if each.name in SIGNERS else PASSWORD
            self._door.create_account(visitor, each.name, each.printed, given)
            order = GrantRole(account=each.name, role=each.role, trial=self.trial, site=each.at)  # type: ignore[arg-type]
            self._door.administer(visitor, order, why="made up")
        for name in SIGNERS:
            newcomer = self._door.sign_in(name, FIRST_PASSWORD)
            self._door.change_password(newcomer, PASSWORD, Proof(FIRST_PASSWORD, name))

    def do(self, step: Step) -> Answer:
        self._now = step.recorded_at
        self._salts.of(step)
        command = step.command(self)
        found = barred(step, command)
        if found:
            return Answer((), found)
        if isinstance(command.order, SIGNED_COMMANDS):
            done = self._signed(step, command)
        elif isinstance(command.order, KeepIdentity | EraseIdentity):
            done = self._who(step, command.order)
        else:
            done = self._trials.record(self.trial, step.id, command, BY_NAME[step.act.by].printed)
        return Answer(done.rows, done.findings, done.again)

    def _visitor(self, account: str) -> Visitor:
        visitor = self._visitors.get(account)
        if visitor is None or ended(visitor.session, self._now):
            visitor = self._visitors[account] = self._door.sign_in(account, PASSWORD)
        return visitor

    def _signed(self, step: Step, command: Command) -> Done:
        act = command.act
        return self._door.do(
            self._visitor(act.by), self.trial, step.id, command.order, role=act.role, site=act.site,
            at=act.at, why=act.why, proof=Proof(PASSWORD, act.by),
        )  # fmt: skip

    def _who(self, step: Step, order: KeepIdentity | EraseIdentity) -> Done:
        """Who somebody is: written beside the record, or erased there, and the record says that it was."""
        act, visitor = step.act, self._visitor(step.act.by)
        if isinstance(order, EraseIdentity):
            return erase_identity(
                self._door, visitor, self.trial, step.id, order.person, role=act.role, site=act.site,
                why=act.why, proof=Proof(PASSWORD, act.by),
            )  # fmt: skip
        (made,) = (each for number, each in IDENTITIES.items() if course(number).person == order.person)
        kept = Identity(
            person=order.person, name=made.name, birth_date=made.birth_date,
            hospital_number=made.hospital_number,
        )  # fmt: skip
        return keep_identity(self._door, visitor, self.trial, step.id, kept, role=act.role, site=act.site)

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Who of the people is kept beside the record."""
        return of_trial(self.keeper.alias, self.trial)

    @property
    def snapshot(self) -> Snapshot:
        return self._trials.snapshot(self.trial)

    def entries(self, command: str) -> tuple[int, ...]:
        return tuple(row.seq for row in self._trials.of_command(self.trial, command))

    def references(self, person: str) -> tuple[str, ...]:
        rows = self.keeper.of_person(self.trial, person)
        return tuple(each for row in rows for each in references(row.text))
