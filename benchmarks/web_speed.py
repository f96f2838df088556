"""How fast the pages answer, of a trial of ten thousand people.

    python -m benchmarks.web_speed [PEOPLE]

Prints the median time in which the server makes a page, all below it included (the session, the door, the
state, the drawing), in one thread: the list of everybody, a page of it that nobody looked at yet, the list
after one more entry, one person, and the live classification of an examination in a trial of twenty people.
The people are those of the example of twenty people (synthetic), for ever more of them.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from examples.twenty_people.people import commands
from examples.twenty_people.script import OPENED, opening

from benchmarks.ledger_speed import again, played
from myelos.ledger.accounts.commands import GrantRole
from myelos.store import make_store
from myelos.store.identity import Proof
from myelos.store.settings import configure
from myelos.web.serving import set_up
from myelos.web.settings import web_settings

PEOPLE = 10_000
MOST = 0.3
"""Seconds that the list may take."""

TRIAL, SMALL = "large", "small"
RUNS = 15
HOST = "testserver"
FIRST, OWN = "tall grey heron 41", "slow blue otter 97"


def main(people: int = PEOPLE) -> int:
    """Print every figure; 1 when the list takes longer than it may."""
    rows = played([*opening(OPENED), *commands()])
    per_round = sum(1 for each in rows if each.plain["person"])
    rounds = -(-people // 20)
    with tempfile.TemporaryDirectory(prefix="myelos-bench-") as name:
        path = Path(name) / "record.sqlite"
        configure(path, "benchmark", **web_settings((HOST,), secure=False, synthetic=True))
        door = make_store(path)
        _accounts(door)
        for trial, n in ((TRIAL, rounds), (SMALL, 1)):
            opening_ = len(rows) - per_round
            with door.keeper.writing(trial) as writer:
                writer.add(trial, again(rows, trial, opening_ + n * per_round))
        set_up(path, hosts=(HOST,), secure=False, synthetic=True)
        return measured()


def _accounts(door: Any) -> None:
    """A coordinator and an examiner of the site, who come from everywhere at once."""
    door.create_first_account("admin", "Made Up", OWN)
    visitor = door.sign_in("admin", OWN)
    for account, role in (("coordinator", "coordinator"), ("examiner", "examiner")):
        door.create_account(visitor, account, f"Made Up {account}", FIRST)
        for trial in (TRIAL, SMALL):
            order = GrantRole(account=account, role=role, trial=trial, site="sapporo")  # type: ignore[arg-type]
            door.administer(visitor, order, "made up")
        door.change_password(door.sign_in(account, FIRST), OWN, Proof(FIRST, account))


def measured() -> int:
    """Ask for the pages, print what each took."""
    coordinator, cold = _client("coordinator"), perf_counter()
    _get(coordinator, f"/t/{TRIAL}/")
    cold = perf_counter() - cold
    people = _people(coordinator)
    last, codes = -(-len(people) // 50), cycle(people[::37])
    unseen = cycle(range(2, last + 1))
    print(f"{len(people):,} people; the first look at them, the state read and folded: {cold:.1f} s")
    listed = _told("the list of everybody", lambda: _get(coordinator, f"/t/{TRIAL}/"))
    fresh = _told(
        "a page of it not looked at yet", lambda: _get(coordinator, f"/t/{TRIAL}/?page={next(unseen)}")
    )
    _told("those with something overdue", lambda: _get(coordinator, f"/t/{TRIAL}/?due=overdue"))
    numbers = count(11)
    _told("a search for a code", lambda: _get(coordinator, f"/t/{TRIAL}/?q={next(numbers):03}"))
    entries = _entries()
    after = _told("the list after one more entry", lambda: _get(coordinator, f"/t/{TRIAL}/"), entries)
    one = _told(
        "one person after one more entry",
        lambda: _get(coordinator, f"/t/{TRIAL}/people/{next(codes)}"),
        entries,
    )
    _classified()
    return int(max(listed, fresh, after, one) > MOST)


def _people(client: Any) -> Sequence[str]:
    from myelos.web.doorway import door

    return sorted(door().trials.snapshot(TRIAL).state.people)


def _client(account: str) -> Any:
    from django.test import Client

    client = Client(raise_request_exception=True, HTTP_HOST=HOST)
    client.post("/account/sign-in/", {"login": account, "password": OWN})
    return client


def _get(client: Any, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return answer


def _entries() -> Iterator[None]:
    """One more entry before each look."""
    from myelos.acts import Act
    from myelos.protocol import Command
    from myelos.protocol.events import TrainingRecorded
    from myelos.web.doorway import door

    for number in count():
        at = datetime.now(UTC)
        act = Act(by="coordinator", at=at, role="coordinator", site="sapporo")
        order = TrainingRecorded(account=f"nurse-{number}", training="bedside", until=None, source="made up")
        door().trials.record(TRIAL, f"training-{number}", Command(act, order))
        yield


def _told(what: str, work: Callable[[], object], before: Iterator[None] | None = None) -> float:
    taken = []
    for _ in range(RUNS):
        if before is not None:
            next(before)
        taken.append(_time(work))
    return _say(what, taken[1:])


def _say(what: str, taken: Sequence[float]) -> float:
    middle = median(taken)
    print(f"{what:34} {middle * 1e3:8.1f} ms (most {max(taken) * 1e3:.0f})")
    return middle


def _time(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _classified() -> None:
    """The live classification, cell by cell, as an examiner types an examination."""
    examiner = _client("examiner")
    listed = _get(examiner, f"/t/{SMALL}/exams/").content.decode()
    cells, longest = [], ""
    for address in dict.fromkeys(re.findall(r'href="([^"]*/exams/[^"]+)"', listed)[:20]):
        sheet = _get(examiner, address).content.decode()
        cells = re.findall(r'<input class="(?:score|answer)[^"]*"[^>]* name="([^"]+)"', sheet)
        longest = max(longest, address, key=lambda each: len(_typed(examiner, each, {})) if each else 0)
    if not longest:
        print("nobody is to be examined: the live classification was not measured")
        return
    steps = cycle([{cell: _score(cell) for cell in cells[:n]} for n in range(1, len(cells) + 1)])
    every = [_time(lambda: _typed(examiner, longest, next(steps))) for _ in cells]
    _say("live classification, cell by cell", every)


def _score(cell: str) -> str:
    return "y" if cell in ("vac", "dap") else "1"


def _typed(examiner: Any, address: str, fields: dict[str, str]) -> bytes:
    answer = examiner.post(f"{address}/classify", fields)
    if answer.status_code != 200:
        raise SystemExit(f"{address}/classify: {answer.status_code}")
    return bytes(answer.content)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
