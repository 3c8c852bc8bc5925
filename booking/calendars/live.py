"""The live look: selected calendars are read at once, while a guest who books waits a moment.

A look is an ordinary incremental refresh with a short deadline (docs/adr/0015), so the busy rows
themselves are renewed and whoever asks them next sees the truth. It leaves to the caller what
becomes of a calendar that gave no answer in time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.calendars.refresh import Busy, Refresher
from booking.calendars.sync_models import Cursor
from booking.core.clock import Clock
from booking.core.errors import BookingError
from booking.db import reading
from booking.security.outbound_exchange import within

BUDGET_SECONDS = 2.0
FRESH_SECONDS = 60
MOST_THREADS = 8
_ASK_AGAIN_SECONDS = 0.05

_log = logging.getLogger(__name__)


class _Standing(Enum):
    """What a look does about a calendar: nothing more, nothing at all, wait, or read it."""

    FRESH = auto()
    CLOSED = auto()
    LEASED = auto()
    DUE = auto()


@dataclass(slots=True)
class _Reading:
    """One calendar being read for all who look at it now.

    `wanted_until` (monotonic seconds) is when the last of them goes; `is_current` holds once
    `done` is set.
    """

    calendar_id: int
    wanted_until: float
    done: threading.Event = field(default_factory=threading.Event)
    is_current: bool = False


class LiveLook:
    """Brings calendars up to date within a budget. One per process; thread-safe."""

    def __init__(
        self,
        *,
        refresher: Refresher,
        clock: Clock,
        context: Callable[[], AbstractContextManager[object]],
        budget_seconds: float = BUDGET_SECONDS,
        fresh_seconds: int = FRESH_SECONDS,
    ) -> None:
        """Take `context`, inside which the database can be asked from any thread."""
        self._refresher = refresher
        self._clock = clock
        self._budget = budget_seconds
        self._fresh_for = timedelta(seconds=fresh_seconds)
        self._context = context
        self._crew = _Crew(MOST_THREADS, self._run)
        self._lock = threading.Lock()
        self._under_way: dict[int, _Reading] = {}

    def look(self, calendar_ids: Sequence[int]) -> frozenset[int]:
        """Read these calendars, all at once; return those known to be up to date.

        Left out are those without an answer within the budget, those that fail or may not be asked
        now, and those that are gone. A reading that ends later still renews the busy rows. Must
        not be called inside a unit, as it waits.
        """
        ends_at = time.monotonic() + self._budget
        standings = _standings(calendar_ids, self._clock.now(), self._fresh_for)
        current = {each for each, how in standings.items() if how is _Standing.FRESH}
        asked = [
            self._join(each, ends_at)
            for each, how in standings.items()
            if how in {_Standing.DUE, _Standing.LEASED}
        ]
        for one in asked:
            if one.done.wait(max(0.0, ends_at - time.monotonic())) and one.is_current:
                current.add(one.calendar_id)
        return frozenset(current)

    def _join(self, calendar_id: int, ends_at: float) -> _Reading:
        """Return the reading of a calendar that is under way, or begin one."""
        with self._lock:
            found = self._under_way.get(calendar_id)
            if found is not None:
                found.wanted_until = max(found.wanted_until, ends_at)
                return found
            begun = self._under_way[calendar_id] = _Reading(calendar_id, ends_at)
        self._crew.put(begun)
        return begun

    def _run(self, one: _Reading) -> None:
        try:
            with self._context():
                one.is_current = self._bring_up(one)
        finally:
            with self._lock:
                del self._under_way[one.calendar_id]
            one.done.set()

    def _bring_up(self, one: _Reading) -> bool:
        """Read the calendar, or wait while another worker does; tell whether it is up to date."""
        while (left := one.wanted_until - time.monotonic()) > 0:
            standing = self._standing(one.calendar_id)
            if standing in {_Standing.FRESH, _Standing.CLOSED}:
                return standing is _Standing.FRESH
            if standing is _Standing.DUE:
                try:
                    return self._refresh(one.calendar_id, left)
                except Busy:
                    continue
            # The other worker may be another process, so its end is only seen in the database.
            time.sleep(_ASK_AGAIN_SECONDS)
        return False

    def _refresh(self, calendar_id: int, seconds: float) -> bool:
        """Refresh within the deadline; tell whether it succeeded. Errors: Busy."""
        try:
            with within(seconds):
                self._refresher.refresh(calendar_id)
        except Busy:
            raise
        except (BookingError, SQLAlchemyError) as error:
            _log.info("live_look.left_out error=%s", type(error).__name__)
            return False
        return True

    def _standing(self, calendar_id: int) -> _Standing:
        found = _standings([calendar_id], self._clock.now(), self._fresh_for)
        return found.get(calendar_id, _Standing.CLOSED)


class _Crew:
    """Runs readings on daemon threads, so many at once and no more; the others wait their turn."""

    def __init__(self, most: int, run: Callable[[_Reading], None]) -> None:
        self._most = most
        self._run = run
        self._lock = threading.Lock()
        self._waiting: deque[_Reading] = deque()
        self._size = 0

    def put(self, one: _Reading) -> None:
        """Run a reading now, or as soon as another has ended."""
        with self._lock:
            if self._size == self._most:
                self._waiting.append(one)
                return
            self._size += 1
        self._begin(one)

    def _begin(self, one: _Reading) -> None:
        threading.Thread(target=self._work, args=(one,), daemon=True, name="live-look").start()

    def _work(self, one: _Reading) -> None:
        try:
            self._run(one)
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Hand the place to whoever waits longest, or give it up."""
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            if following is None:
                self._size -= 1
        if following is not None:
            self._begin(following)


def _standings(
    calendar_ids: Sequence[int], now: datetime, fresh_for: timedelta
) -> Mapping[int, _Standing]:
    """Return how each calendar stands; those that do not exist are left out."""
    query = (
        select(Calendar, Connection, Cursor)
        .join(Connection, Connection.id == Calendar.connection_id)
        .outerjoin(Cursor, Cursor.calendar_id == Calendar.id)
        .where(Calendar.id.in_(calendar_ids))
    )
    with reading() as session:
        return {
            calendar.id: _standing_of(calendar, connection, book, now, fresh_for)
            for calendar, connection, book in session.execute(query)
        }


def _standing_of(
    calendar: Calendar,
    connection: Connection,
    book: Cursor | None,
    now: datetime,
    fresh_for: timedelta,
) -> _Standing:
    if book is not None and book.synced_at is not None and now - book.synced_at < fresh_for:
        return _Standing.FRESH
    if calendar.gone_at is not None or _is_closed(connection):
        return _Standing.CLOSED
    if book is None:
        return _Standing.DUE
    if book.retry_at is not None and book.retry_at > now:
        return _Standing.CLOSED
    is_leased = book.lease_until is not None and book.lease_until >= now
    return _Standing.LEASED if is_leased else _Standing.DUE


def _is_closed(connection: Connection) -> bool:
    """Tell whether the account is left alone now.

    A breaker whose wait is over counts as open too: its one probe belongs to a refresh that has the
    time for a slow answer.
    """
    is_refused = connection.status == ConnectionStatus.RECONNECT_REQUIRED
    return is_refused or connection.retry_at is not None
