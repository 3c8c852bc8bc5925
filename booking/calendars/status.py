"""How each calendar's cached copy stands, and asking for it to be made new.

Reading the calendars is left to `refresh`: here it is only asked for, as a job. A guest's visit
asks too, but never waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from booking.calendars import store
from booking.calendars.busy_rows import BusyQuery, busy_between
from booking.calendars.connection_rows import let_through
from booking.calendars.cursor_rows import synced_at
from booking.calendars.refresh_jobs import ask_refresh
from booking.calendars.values import (
    CachedCalendar,
    CalendarStatus,
    FreshnessState,
    WatchView,
)
from booking.calendars.watch_rows import watch_views
from booking.core.clock import Clock
from booking.core.errors import InvalidInput
from booking.core.spans import Spans, join
from booking.db import reading, writing

FRESH_FOR = timedelta(hours=2)
_VISIT_AGE = timedelta(seconds=5)
_MOST_REMEMBERED = 10_000


CachedCalendars = Callable[[Session, Sequence[int]], Mapping[int, CachedCalendar]]
"""Says, inside the caller's unit, how each calendar stands that was ever refreshed."""


class StatusService:
    """Status of calendars, always asked for by their owner; nudges come from guests' visits."""

    def __init__(self, *, clock: Clock, cached: CachedCalendars) -> None:
        self._clock = clock
        self._cached = cached
        self._nudged: dict[int, datetime] = {}

    def status(self, user_id: int, calendar_id: int) -> CalendarStatus:
        """Return how a calendar's copy stands.

        Errors: NotFound.
        """
        now = self._clock.now()
        with reading() as session:
            store.get_calendar(session, user_id, calendar_id)
            state = self._cached(session, [calendar_id]).get(calendar_id, CachedCalendar())
            watch = watch_views(session, [calendar_id], now).get(calendar_id, WatchView())
        return _status(calendar_id, state, watch, now)

    def statuses(self, user_id: int) -> dict[int, CalendarStatus]:
        """Return the status of all of a user's calendars, by their ids."""
        now = self._clock.now()
        with reading() as session:
            ids = [row.id for row in store.calendars_of_user(session, user_id)]
            states, watches = self._cached(session, ids), watch_views(session, ids, now)
        return {
            each: _status(
                each, states.get(each, CachedCalendar()), watches.get(each, WatchView()), now
            )
            for each in ids
        }

    def busy(self, user_id: int, start: int, end: int) -> Spans:
        """Return what blocks all of a host's event types between two instants, joined."""
        with reading() as session:
            calendars = [
                BusyQuery(row.calendar_id, row.tentative_blocks)
                for row in store.selections_for(session, user_id, None)
            ]
            blocks = busy_between(session, calendars, start, end) if calendars else ()
        return join((block.start, block.end) for block in blocks if block.end > block.start)

    def ask_refresh(self, user_id: int, calendar_id: int, full: bool = False) -> None:
        """Have a calendar refreshed now; `full` clears its cache and fetches everything afresh.

        Errors: NotFound; InvalidInput for a calendar that is gone from its provider.
        """
        with writing() as session:
            calendar = store.get_calendar(session, user_id, calendar_id)
            if calendar.gone_at is not None:
                raise InvalidInput.at("/calendar_id", "This calendar is no longer at its server.")
            let_through(store.get_connection(session, user_id, calendar.connection_id))
            ask_refresh(session, calendar_id, now=self._clock.now(), is_full=full)

    def nudge(self, calendar_ids: Iterable[int], now: datetime) -> tuple[int, ...]:
        """Have those calendars refreshed whose copy is older than a few seconds; say which.

        For pages that guests have open: repeats within those seconds cost nothing at all, as this
        process remembers whom it nudged. Other processes' repeats merge into one job.
        """
        wanted = [each for each in calendar_ids if self._is_due(each, now)]
        if not wanted:
            return ()
        self._remember(wanted, now)
        with reading() as session:
            read_at = synced_at(session, wanted)
        old = tuple(each for each in wanted if _is_old(read_at.get(each), now))
        if old:
            with writing() as session:
                for calendar_id in sorted(old):
                    ask_refresh(session, calendar_id, now=now)
        return old

    def _is_due(self, calendar_id: int, now: datetime) -> bool:
        last = self._nudged.get(calendar_id)
        return last is None or now - last >= _VISIT_AGE

    def _remember(self, calendar_ids: Iterable[int], now: datetime) -> None:
        if len(self._nudged) > _MOST_REMEMBERED:
            self._nudged = {}
        self._nudged.update(dict.fromkeys(calendar_ids, now))


def _is_old(read_at: datetime | None, now: datetime) -> bool:
    return read_at is None or now - read_at >= _VISIT_AGE


def freshness_of(synced_at: datetime | None, now: datetime) -> FreshnessState:
    """Return how well a calendar is known that was last read completely at `synced_at`."""
    if synced_at is None:
        return FreshnessState.UNKNOWN
    return FreshnessState.FRESH if now - synced_at <= FRESH_FOR else FreshnessState.STALE


def _status(
    calendar_id: int, state: CachedCalendar, watch: WatchView, now: datetime
) -> CalendarStatus:
    return CalendarStatus(
        calendar_id=calendar_id,
        synced_at=state.synced_at,
        sync_token_present=state.has_cursor,
        error_count=state.error_count,
        error_at=state.error_at,
        error=state.error,
        cached_events=state.cached_events,
        unread_events=state.unread_events,
        freshness=freshness_of(state.synced_at, now),
        watch=watch,
    )
