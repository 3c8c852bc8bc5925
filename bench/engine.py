"""How fast the pure engine is: the table of docs/availability.md, "Cost", and how it grows.

Run `python bench/engine.py`. Hosts in Berlin, Monday to Friday 09:00 to 17:00, slots of 30
minutes; blocks lie at random over the period, those of several hosts over a month. `spread` gives
the hosts five zones from New York to Tokyo instead. Each figure is the median processor time of 50
runs, as the engine does nothing but compute.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from booking.availability.calculator import check_slot, explain, find_slots
from booking.availability.facts import Ask, Busy, CalendarBlock, HostFacts, Situation
from booking.availability.hosts import check_team_slot, explain_team, find_team_slots
from booking.availability.hosts_choice import Given, Ledger, choose_hosts
from booking.availability.hosts_facts import Scheduling, TeamHost, TeamSituation
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
ROBIN, ALL = Scheduling.ROUND_ROBIN, Scheduling.COLLECTIVE
TEAM_GOALS = ((ROBIN, 10, 500, 10.0), (ROBIN, 50, 100, 15.0), (ALL, 10, 100, 4.0))
SPREAD = tuple(
    zone(name)
    for name in (
        "Europe/Berlin",
        "Europe/London",
        "America/New_York",
        "Asia/Kolkata",
        "Asia/Tokyo",
    )
)


@dataclass(frozen=True, slots=True)
class Question:
    """A situation with so many blocks over so many days, and the question about them all."""

    situation: Situation
    ask: Ask


def question(days: int, blocks: int, longest: int = 60) -> Question:
    """Return a host with `blocks` random events of up to `longest` minutes over `days`."""
    host = host_facts(days, blocks, random.Random(blocks), longest=longest)
    return Question(
        situation=Situation(rules=SlotRules(duration_minutes=30), host=host), ask=asked_of(days)
    )


def asked_of(days: int) -> Ask:
    """Return the question about so many days."""
    end = Instant(START + days * DAY)
    return Ask(now=Instant(START - DAY), start=START, end=end, guest_zone=BERLIN)


def host_facts(
    days: int, blocks: int, dice: random.Random, *, longest: int = 60, where: ZoneInfo = BERLIN
) -> HostFacts:
    """Return a host with random events."""
    drawn = sorted((dice.randrange(days * 1440), dice.randint(1, longest)) for _ in range(blocks))
    # Made in order of time, as they come from the database: neighbours in memory, too.
    rows = tuple(
        CalendarBlock(START + minute * 60, START + (minute + length) * 60, 1, ref)
        for ref, (minute, length) in enumerate(drawn)
    )
    return HostFacts(hours=WorkingHours(zone=where), busy=Busy(calendar=rows))


def team(
    scheduling: Scheduling, hosts: int, blocks: int, zones: tuple[ZoneInfo, ...] = (BERLIN,)
) -> TeamSituation:
    """Return so many hosts with `blocks` random events each over a month."""
    dice = random.Random(hosts)
    facts = [
        host_facts(MONTH, blocks, dice, where=zones[number % len(zones)]) for number in range(hosts)
    ]
    return TeamSituation(
        rules=SlotRules(duration_minutes=30),
        scheduling=scheduling,
        hosts=tuple(TeamHost(host_id=at, facts=own) for at, own in enumerate(facts, start=1)),
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


def print_team_goals() -> bool:
    """Print each goal of several hosts with what is reached; tell whether all are met."""
    is_met, asked = True, asked_of(MONTH)
    print(f"\n{'':>11} {'hosts':>5} {'blocks':>7} {'slots':>6} {'ms':>8} {'goal':>6}")
    for scheduling, hosts, blocks, goal in TEAM_GOALS:
        for label, zones in ((scheduling.value, (BERLIN,)), ("spread", SPREAD)):
            situation = team(scheduling, hosts, blocks, zones)
            slots = len(find_team_slots(situation, asked).slots)
            taken = median_ms(partial(find_team_slots, situation, asked))
            is_met = is_met and taken <= goal
            verdict = "met" if taken <= goal else "MISSED"
            figures = f"{hosts:>5} {blocks:>7} {slots:>6} {taken:>8.3f} {goal:>6}"
            print(f"{label:>11} {figures} {verdict}")
    return is_met


def print_team_growth() -> None:
    """Print what a round robin costs as its hosts grow in number, with 100 blocks each."""
    print(f"\n{'hosts':>7} {'list':>8} {'check':>8} {'choose':>8} {'explain':>9}  (ms, one month)")
    asked, noon = asked_of(MONTH), Instant(START + 12 * 3600)
    for hosts in (1, 10, 50, 200):
        situation = team(ROBIN, hosts, 100)
        listed = median_ms(partial(find_team_slots, situation, asked), runs=20)
        checked = median_ms(partial(check_team_slot, situation, asked, noon), runs=20)
        chosen = median_ms(choice(situation), runs=20)
        explained = median_ms(partial(explain_team, situation, asked), runs=3)
        print(f"{hosts:>7} {listed:>8.3f} {checked:>8.3f} {chosen:>8.3f} {explained:>9.2f}")


def choice(situation: TeamSituation) -> Callable[[], object]:
    """Return the choice among all hosts, after 1,000 bookings."""
    ids = [host.host_id for host in situation.hosts]
    dice = random.Random(1)
    given = tuple(Given(dice.choice(ids), START - n * 60, START) for n in range(1_000))
    ledger = Ledger(given=given)
    return partial(choose_hosts, situation, ids, ledger, now=START, start=START, seed=1)


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
    met = print_team_goals() and met
    print_growth()
    print_team_growth()
    raise SystemExit(not met)
