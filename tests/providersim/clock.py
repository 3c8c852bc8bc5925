"""The simulator's time: the machine's, moved by the tests."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class SimClock:
    """Runs on from the machine's clock, or from `start`; `skew` falsifies what clients are told."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta() if start is None else start - _machine()
        self._lock = threading.Lock()
        self._last = _machine() + self._offset
        self.skew = timedelta()

    def now(self) -> datetime:
        """Return the present moment, aware UTC, never the same twice."""
        with self._lock:
            moment = _machine() + self._offset
            self._last = max(moment, self._last + timedelta(milliseconds=1))
            return self._last

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)

    def stamp(self) -> str:
        """Return the present moment as providers write it, skew included."""
        moment = self.now() + self.skew
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _machine() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
