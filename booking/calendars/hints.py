"""Pushes that a provider sends become one reading, however many they are.

A push only says that something changed, so those that come before a reading begins are all
answered by it. The first one after a quiet while is followed at once, later ones a moment after it;
while they pour in, the next reading waits for their end, though not for ever.
Nothing is lost: what is left out is covered by a job that stands in the outbox and has not begun.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from booking.calendars.refresh_jobs import lane_of
from booking.core.clock import Clock
from booking.db import writing
from booking.queue import outbox

HINT = "calendars.hint"
GAP: Final = timedelta(seconds=1.2)
MARGIN: Final = timedelta(seconds=0.4)
FLOOD: Final = 20
LONGEST_FLOOD: Final = timedelta(seconds=10)
_MOST_REMEMBERED = 10_000


@dataclass(slots=True, kw_only=True)
class _Burst:
    """Pushes about one calendar that follow each other closely.

    `since` is from when on they may hold a reading back.
    `due_at`: before then the job that covers them has not begun. `ticket` is the place of the
    last write among all arrivals: whoever arrived before it is covered too.
    """

    since: datetime
    heard_at: datetime
    due_at: datetime
    number: int = 1
    ticket: int = 0


class Hints:
    """Asks for readings. One per process; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._tickets = count(1)
        self._bursts: dict[int, _Burst] = {}
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def hint(self, calendar_id: int) -> None:
        """Have a calendar read soon. What was asked for already costs nothing again."""
        with self._guard:
            ticket = next(self._tickets)
            if self._is_covered(calendar_id, self._clock.now()):
                return
            lock = self._locks[calendar_id]
        with lock:
            with self._guard:
                burst = self._bursts.get(calendar_id)
                if burst is not None and burst.ticket > ticket:
                    burst.number += 1
                    return
                ticket = next(self._tickets)
            self._ask(calendar_id, burst, ticket)

    def _is_covered(self, calendar_id: int, now: datetime) -> bool:
        burst = self._bursts.get(calendar_id)
        if burst is None or now >= burst.due_at - MARGIN:
            return False
        burst.number += 1
        burst.heard_at = now
        return True

    def _ask(self, calendar_id: int, before: _Burst | None, ticket: int) -> None:
        now = self._clock.now()
        is_new = before is None or now - max(before.heard_at, before.due_at) > GAP
        since = now if before is None or is_new else before.since
        number = 1 if before is None or is_new else before.number + 1
        first_at = now if before is None or is_new else max(now, before.due_at + GAP)
        is_flood = number >= FLOOD and since <= now < since + LONGEST_FLOOD
        with writing() as session:
            due_at = outbox.add_soon(
                session,
                HINT,
                {"calendar_id": calendar_id},
                now=now,
                dedup_key=f"hint:{calendar_id}",
                first_at=first_at,
                again_at=now + GAP,
                holds_back=is_flood,
                lane=lane_of(calendar_id),
            )
        if number >= FLOOD and now >= since + LONGEST_FLOOD:
            since, number = due_at, 1
        with self._guard:
            if len(self._bursts) >= _MOST_REMEMBERED:
                self._bursts.clear()
                self._locks.clear()
            self._bursts[calendar_id] = _Burst(
                since=since, heard_at=now, due_at=due_at, number=number, ticket=ticket
            )
