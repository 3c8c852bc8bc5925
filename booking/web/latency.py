"""How many requests this process answered, and how fast: a histogram by method and status."""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import Final

from booking.upkeep.metrics import sample_line

BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NAME: Final = "booking_http_request_seconds"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Latencies:
    """Counts requests; `taken` in seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._sums: dict[tuple[str, str], float] = {}

    def note(self, method: str, status: int, taken: float) -> None:
        """Count one request."""
        key = (method if method in _METHODS else "OTHER", f"{status // 100}xx")
        with self._lock:
            counts = self._counts.setdefault(key, [0] * (len(BOUNDS) + 1))
            counts[bisect_left(BOUNDS, taken)] += 1
            self._sums[key] = self._sums.get(key, 0.0) + taken

    def as_text(self) -> str:
        """Return the histogram in Prometheus' text format."""
        lines = [
            f"# HELP {_NAME} Time to answer a request, in seconds, in this process.",
            f"# TYPE {_NAME} histogram",
        ]
        with self._lock:
            known = sorted((key, list(counts)) for key, counts in self._counts.items())
            sums = dict(self._sums)
        for key, counts in known:
            lines += _lines(dict(zip(("method", "status"), key, strict=True)), counts, sums[key])
        return "\n".join(lines) + "\n"


def _lines(labels: dict[str, str], counts: list[int], total: float) -> list[str]:
    lines, so_far = [], 0
    for bound, count in zip((*BOUNDS, None), counts, strict=True):
        so_far += count
        le = "+Inf" if bound is None else f"{bound:g}"
        lines.append(sample_line(f"{_NAME}_bucket", {**labels, "le": le}, so_far))
    lines.append(sample_line(f"{_NAME}_sum", labels, total))
    lines.append(sample_line(f"{_NAME}_count", labels, so_far))
    return lines


latencies = Latencies()
"""Those of this process."""
