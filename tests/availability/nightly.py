"""The brute force on many random cases, with other seeds every night.

Run `python -m tests.availability.nightly --cases 20000`. The seed is printed; a batch
that fails tells how it is repeated.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from hypothesis import HealthCheck, given, seed, settings

from booking.availability.calculator import find_slots
from booking.availability.hosts import find_team_slots
from tests.availability.oracle import oracle
from tests.availability.strategies import Case, cases
from tests.availability.team_oracle import team_oracle
from tests.availability.team_strategies import TeamCase, team_cases

BATCH = 250


def one_host(case: Case) -> None:
    """The engine and the brute force agree about one host."""
    shown = [
        (s.start, s.seats_left, s.on_request) for s in find_slots(case.situation, case.ask).slots
    ]
    assert shown == oracle(case.situation, case.ask)


def several_hosts(case: TeamCase) -> None:
    """The engine and the brute force agree about several hosts."""
    answer = find_team_slots(case.situation, case.ask)
    shown = [(s.start, s.seats_left, s.on_request, s.free) for s in answer.slots]
    assert shown == team_oracle(case.situation, case.ask)


def run_batch(number: int) -> None:
    """Try one batch, of one host or of several by turns; tell its seed when it fails."""
    chosen = settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    test: Callable[[], None]
    test = given(team_cases())(several_hosts) if number % 2 else given(cases())(one_host)
    has_passed = False
    try:
        seed(number)(chosen(test))()
        has_passed = True
    finally:
        if not has_passed:
            tell(f"fails: --cases {BATCH} --seed {number}")


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run as many batches as the cases asked for need; the first that fails ends the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    first = secrets.randbelow(2**31) if wanted.seed is None else wanted.seed
    batches = -(-wanted.cases // BATCH)
    tell(f"seed {first}: {batches} batches of {BATCH} cases")
    began = time.monotonic()
    with ProcessPoolExecutor(wanted.jobs) as pool:
        for _ in pool.map(run_batch, range(first, first + batches)):
            pass
    tell(f"all of them agree, after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
