"""Run the trial of twenty people and print its tables.

    python -m examples.twenty_people

Synthetic. Every command goes through ``decide``; the tables are read from the state its events fold to.
"""

from __future__ import annotations

from time import perf_counter

from examples.twenty_people.people import LEAVERS, commands
from examples.twenty_people.playing import course, play, transitions
from examples.twenty_people.script import OPENED, opening

from myelos.protocol import load_protocol


def main() -> None:
    """Play, and print who came how far and the transitions of those infused."""
    protocol, asked = load_protocol("honmou-phase2"), [*opening(OPENED), *commands()]
    begun = perf_counter()
    trial, events = play(protocol, asked)
    took = perf_counter() - begun
    print(f"{len(asked)} commands, {events} events in {took:.2f} s (synthetic data)")
    for person in sorted(trial.people.values(), key=lambda each: each.code):
        print(f"  {person.code}  {course(person)}")
    print(f"{len(trial.people)} screened, {len(LEAVERS)} left, {len(trial.infused)} infused")
    for (before, after), count in sorted(transitions(trial).items()):
        print(f"  {before} to {after}: {count}")


if __name__ == "__main__":
    main()
