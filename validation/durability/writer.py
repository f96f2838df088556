"""One writer: records its commands one by one, and says each one's number only once the store told it that
the command is recorded. Refused, it says why and ends."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from myelos.findings import Refused
from myelos.store.keeper import Keeper
from myelos.store.trials import Trials
from validation.durability.script import NAME, TRIAL, command


def write(said: int, writer: int, first: int, how_many: int) -> None:
    """Record commands from number ``first`` on, telling a file descriptor of each."""
    trials = Trials(Keeper(), clock=lambda: datetime.now(UTC))
    for number in range(first, first + how_many):
        id_, asked = command(writer, number)
        try:
            done = trials.record(TRIAL, id_, asked, NAME)
        except Refused as refused:
            os.write(said, f"refused {number} {refused}\n".encode())
            return
        word = f"refused {number} {done.findings}" if done.refused else f"recorded {number}"
        os.write(said, f"{word}\n".encode())
