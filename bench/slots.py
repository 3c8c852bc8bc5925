"""Slots over HTTP, as ratios measured in one run: `python bench/slots.py`.

A warm `GET /api/v1/slots` (one month, three calendars, 500 busy rows) against a bare Flask route
that returns the same bytes on the same server; the same with 50,000 rows over two years; a 304.
Slices alternate, the ratio is the median of the rounds.
"""

from __future__ import annotations

import sys
import tempfile
import zoneinfo
from pathlib import Path
from statistics import median

import requests

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.load import rate  # noqa: E402 - the path comes first
from bench.site import bare, running  # noqa: E402

SECONDS = 2.0
ROUNDS = 5


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running(folder / "few", 500, 31) as few,
            running(folder / "many", 50_000, 730) as many,
        ):
            answer = requests.get(few.slots_url, timeout=60)
            with bare(answer.content, folder) as bare_url:
                _measure(
                    bare_url,
                    {
                        "slots, 500 rows, warm": (few.slots_url, {}),
                        "slots, 50,000 rows, warm": (many.slots_url, {}),
                        "slots, 304": (few.slots_url, {"If-None-Match": answer.headers["ETag"]}),
                    },
                )
            _cold(few.slots_url, many.slots_url)


def _measure(bare_url: str, targets: dict[str, tuple[str, dict[str, str]]]) -> None:
    rates: dict[str, list[float]] = {name: [] for name in ("bare Flask route", *targets)}
    for url, headers in ((bare_url, {}), *targets.values()):
        rate(url, 0.5, headers)
    for _ in range(ROUNDS):
        rates["bare Flask route"].append(rate(bare_url, SECONDS))
        for name, (url, headers) in targets.items():
            rates[name].append(rate(url, SECONDS, headers))
    base = rates["bare Flask route"]
    print(f"{'':28}{'requests/s':>12}{'ratio':>8}")
    for name, found in rates.items():
        ratio = median(mine / bare for mine, bare in zip(found, base, strict=True))
        print(f"{name:28}{median(found):12.0f}{ratio:8.0%}")


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
    print(f"cold, 50,000 rows    {second:6.1f} ms   {second / first:.2f} times that of 500")


if __name__ == "__main__":
    main()
