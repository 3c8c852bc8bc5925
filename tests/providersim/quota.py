"""Counters of what an account asks for: at once, and within a minute of the simulator's time."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from tests.providersim.clock import SimClock

_MINUTE = timedelta(minutes=1)


class Quota:
    """`at_once`, `a_minute`: how much an account may ask for; None for as much as it likes."""

    def __init__(
        self, clock: SimClock, *, at_once: int | None = None, a_minute: int | None = None
    ) -> None:
        self.at_once = at_once
        self.a_minute = a_minute
        self.most_at_once: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._asked: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def asking(self, account: str) -> Iterator[bool]:
        """Count a request while it lasts; tell whether it is within the limits."""
        with self._lock:
            self._open[account] += 1
            self.most_at_once[account] = max(self.most_at_once[account], self._open[account])
            may = self._may(account)
            self.refused[account] += not may
        try:
            yield may
        finally:
            with self._lock:
                self._open[account] -= 1

    def _may(self, account: str) -> bool:
        now, asked = self._clock.now(), self._asked.setdefault(account, deque())
        while asked and asked[0] <= now - _MINUTE:
            asked.popleft()
        is_too_many = self.at_once is not None and self._open[account] > self.at_once
        is_too_fast = self.a_minute is not None and len(asked) >= self.a_minute
        if is_too_many or is_too_fast:
            return False
        asked.append(now)
        return True
