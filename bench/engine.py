"""How fast the pure engine is: the table of docs/availability.md, "Cost", and how it grows.

Run `python bench/engine.py`. One host in Berlin, Monday to Friday 09:00 to 17:00, slots of 30
minutes; blocks lie at random over the period. Each figure is the median processor time of 50 runs,
as the engine does nothing but compute.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from booking.availability.calculator import check_slot, explain, find_slots
from booking.availability.facts import Ask, Busy, CalendarBlock, HostFacts, Situation
from booking.availability.hours import WorkingHours
from booking.availability.rules import SlotRules
from booking.core.instants import DAY, Instant
from booking.core.zones import wall_to_instant, zone

RUNS = 50
BERLIN = zone("Europe/Berlin")
START = wall_to_instant(date(2026, 12, 1), 0, BERLIN)
MONTH, YEAR = 31, 365
GOALS = ((MONTH, 500, 1.0), (MONTH, 5_000, 2.5), (YEAR, 5_000, 10.0))
GROWTH = (50, 500, 5_000, 50_000)


@dataclass(frozen=True, slots=True)
class Question:
    """A situation with so many blocks over so many days, and the question about them all."""

    situation: Situation
    ask: Ask


def question(days: int, blocks: int, longest: int = 60) -> Question:
    """Return a host with `blocks` random events of up to `longest` minutes over `days`."""
    dice = random.Random(blocks)
    drawn = sorted((dice.randrange(days * 1440), dice.randint(1, longest)) for _ in range(blocks))
    # Made in order of time, as they come from the database: neighbours in memory, too.
    rows = tuple(
        CalendarBlock(START + minute * 60, START + (minute + length) * 60, 1, ref)
        for ref, (minute, length) in enumerate(drawn)
    )
    host = HostFacts(hours=WorkingHours(zone=BERLIN), busy=Busy(calendar=rows))
    end = Instant(START + days * DAY)
    return Question(
        situation=Situation(rules=SlotRules(duration_minutes=30), host=host),
        ask=Ask(now=Instant(START - DAY), start=START, end=end, guest_zone=BERLIN),
    )


def median_ms(run: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median processor time of `runs` calls in milliseconds, after one that warms up."""
    run()
    taken = []
    for _ in range(runs):
        began = time.process_time()
        run()
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1000


def listing(asked: Question) -> float:
    """Return the median time of the listing."""
    return median_ms(partial(find_slots, asked.situation, asked.ask))


def print_goals() -> bool:
    """Print each goal with what is reached; tell whether all are met."""
    is_met = True
    print(f"{'days':>5} {'blocks':>7} {'slots':>6} {'ms':>8} {'goal':>6}")
    for days, blocks, goal in GOALS:
        asked = question(days, blocks)
        slots = len(find_slots(asked.situation, asked.ask).slots)
        taken = listing(asked)
        is_met = is_met and taken <= goal
        verdict = "met" if taken <= goal else "MISSED"
        print(f"{days:>5} {blocks:>7} {slots:>6} {taken:>8.3f} {goal:>6} {verdict}")
    return is_met


def print_growth() -> None:
    """Print what one month costs as the number of blocks grows, short and long ones."""
    print(f"\n{'blocks':>7} {'list':>8} {'short':>8} {'check':>8} {'explain':>9}  (ms, one month)")
    for blocks in GROWTH:
        asked, short = question(MONTH, blocks), question(MONTH, blocks, longest=2)
        noon = Instant(START + 12 * 3600)
        checked = median_ms(partial(check_slot, asked.situation, asked.ask, noon))
        explained = median_ms(partial(explain, asked.situation, asked.ask), runs=5)
        figures = f"{listing(asked):>8.3f} {listing(short):>8.3f} {checked:>8.3f}"
        print(f"{blocks:>7} {figures} {explained:>9.2f}")


if __name__ == "__main__":
    met = print_goals()
    print_growth()
    raise SystemExit(not met)
