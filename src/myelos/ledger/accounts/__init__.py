"""Who may act: accounts, their roles, and who came to the door. A chain of its own, read like any other.

No password is here, in whatever form; nor is anything about anybody in a trial.
"""

from myelos.ledger.accounts.commands import CHAIN, COMMANDS, ROLES, by_nobody, by_oneself
from myelos.ledger.accounts.deciding import decide_account
from myelos.ledger.accounts.events import EVENTS
from myelos.ledger.accounts.recording import RecordedAccounts, record_accounts
from myelos.ledger.accounts.state import Account, Accounts, evolve, fold_accounts

__all__ = [
    "CHAIN",
    "COMMANDS",
    "EVENTS",
    "ROLES",
    "Account",
    "Accounts",
    "RecordedAccounts",
    "by_nobody",
    "by_oneself",
    "decide_account",
    "evolve",
    "fold_accounts",
    "record_accounts",
]
