"""The only place that asks what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows the present moment."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FrozenClock:
    """A clock that moves only when it is told to."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def advance(self, **delta: float) -> None:
        """Move forward by `timedelta(**delta)`."""
        self.moment += timedelta(**delta)


def monotonic() -> float:
    """Seconds that never run backwards, for deadlines inside one process."""
    return time.monotonic()
