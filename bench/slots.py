"""Slots over HTTP, as ratios measured in one run, with their goals: `python bench/slots.py`.

A warm `GET /api/v1/slots` (one month, three calendars, 500 busy rows) against a bare Flask route
that returns the same bytes on the same server; the same with 50,000 rows over two years; a 304.
Then a month of a round robin of 50 hosts with 100 rows each against one of these hosts: cold, the
first question after a change, and warm. Short slices alternate, so that other work on the machine
disturbs both sides alike; a ratio is the median of the rounds, its spread the middle half of them.
The exit status tells whether all goals hold.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zoneinfo
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

import requests

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.load import rate  # noqa: E402 - the path comes first
from bench.site import bare, running  # noqa: E402
from bench.team import Offer, running_team  # noqa: E402

SECONDS = 0.5
ROUNDS = 15
HOSTS, ROWS_EACH = 50, 100
ASKED = 40
WARM_GOAL, UNCHANGED_GOAL = 0.35, 0.70
TEAM_GOAL = 8.0


def main() -> bool:
    """Measure and print; tell whether all goals hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        is_met = _one_host(folder)
        with running_team(folder / "team", HOSTS, ROWS_EACH) as (one, robin):
            return _team(one, robin) and is_met


def _one_host(folder: Path) -> bool:
    with (
        running(folder / "few", 500, 31) as few,
        running(folder / "many", 50_000, 730) as many,
    ):
        answer = requests.get(few.slots_url, timeout=60)
        tag = {"If-None-Match": answer.headers["ETag"]}
        with bare(answer.content, folder) as bare_url:
            is_met = _measure(
                bare_url,
                {
                    "slots, 500 rows, warm": (few.slots_url, {}, WARM_GOAL),
                    "slots, 50,000 rows, warm": (many.slots_url, {}, WARM_GOAL),
                    "slots, 304": (few.slots_url, tag, UNCHANGED_GOAL),
                },
            )
        _cold(few.slots_url, many.slots_url)
    return is_met


def _measure(bare_url: str, targets: dict[str, tuple[str, dict[str, str], float]]) -> bool:
    rates: dict[str, list[float]] = {name: [] for name in targets}
    ratios: dict[str, list[float]] = {name: [] for name in targets}
    base: list[float] = []
    for url, headers, _ in ((bare_url, {}, 0.0), *targets.values()):
        rate(url, SECONDS, headers)
    for _ in range(ROUNDS):
        for name, (url, headers, _) in targets.items():
            base.append(rate(bare_url, SECONDS))
            rates[name].append(rate(url, SECONDS, headers))
            ratios[name].append(rates[name][-1] / base[-1])
    print(f"{'':28}{'requests/s':>12}{'ratio':>8}{'spread':>12}{'goal':>8}")
    print(f"{'bare Flask route':28}{median(base):12.0f}")
    is_met = True
    for name, (_, _, goal) in targets.items():
        ratio, holds = median(ratios[name]), median(ratios[name]) >= goal
        figures = f"{median(rates[name]):12.0f}{ratio:8.0%}{_spread(ratios[name], '.0%'):>12}"
        print(f"{name:28}{figures}{f'>= {goal:.0%}':>8} {_verdict(holds)}")
        is_met = is_met and holds
    return is_met


def _cold(few: str, many: str) -> None:
    """Ask for the month in a zone nobody asked in before, again and again."""
    times: dict[str, list[float]] = {few: [], many: []}
    with requests.Session() as session:
        for zone in sorted(zoneinfo.available_timezones())[:60]:
            for url in (few, many):
                answer = session.get(f"{url.rpartition('=')[0]}={zone}", timeout=60)
                answer.raise_for_status()
                times[url].append(answer.elapsed.total_seconds() * 1000)
    first, second = (median(found[5:]) for found in times.values())
    print(f"\ncold, 500 rows       {first:6.1f} ms")
    print(f"cold, 50,000 rows    {second:6.1f} ms   {second / first:.2f} times that of 500\n")


def _team(one: Offer, robin: Offer) -> bool:
    """Compare what a round robin takes with what one of its hosts takes."""
    for offer in (one, robin):
        offer.slots()
    cold = _times(one, robin, lambda offer, number: offer.change(number))
    warm = _times(one, robin, lambda offer, _: offer.slots())
    print(f"{'':22}{'one host':>10}{f'{HOSTS} hosts':>12}{'ratio':>8}{'spread':>12}{'goal':>8}")
    is_met = True
    for name, pairs in (("cold", cold), ("warm", warm)):
        ratios = [many / single for single, many in pairs]
        single, many = (median(side) * 1000 for side in zip(*pairs, strict=True))
        holds = median(ratios) <= TEAM_GOAL
        figures = f"{single:7.1f} ms{many:9.1f} ms{median(ratios):8.1f}{_spread(ratios, '.1f'):>12}"
        print(f"{f'a month, {name}':22}{figures}{f'<= {TEAM_GOAL:g}':>8} {_verdict(holds)}")
        is_met = is_met and holds
    return is_met


def _times(
    one: Offer, robin: Offer, before: Callable[[Offer, int], object]
) -> list[tuple[float, float]]:
    """Return seconds for both by turns; `before` each question comes what is not measured."""
    pairs = []
    for number in range(ASKED):
        taken = []
        for offer in (one, robin):
            before(offer, number)
            begun = time.perf_counter()
            offer.slots()
            taken.append(time.perf_counter() - begun)
        pairs.append((taken[0], taken[1]))
    return pairs


def _spread(ratios: Sequence[float], form: str) -> str:
    low, _, high = quantiles(ratios, n=4)
    return f"{low:{form}}-{high:{form}}"


def _verdict(holds: bool) -> str:
    return "met" if holds else "MISSED"


if __name__ == "__main__":
    raise SystemExit(not main())
