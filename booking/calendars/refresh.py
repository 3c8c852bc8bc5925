"""Refreshes one calendar's busy cache: the BUSY_CACHE use of the sync engine.

Reads what changed, keeps the covered window moving, and keeps book of how it went. A failed,
short or suddenly empty answer changes nothing but that book.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.calendars import health
from booking.calendars.busy import BusyStore, OwnUids, Window
from booking.calendars.connections import ConnectionService
from booking.calendars.models import Calendar, Connection
from booking.calendars.pair_dirty import FULL, TIMES, note_read, strip, wants_full
from booking.calendars.replica import CalendarRemote
from booking.calendars.replica_store import (
    SharedReplica,
    release_lease,
    take_lease,
)
from booking.calendars.sync_models import SHARED, Cursor, ReplicaItem
from booking.core.clock import Clock
from booking.core.errors import BookingError, Conflict, NotFound, ProviderError, Throttled
from booking.core.instants import DAY, Instant, to_instant
from booking.core.zones import is_zone, zone
from booking.db import reading, writing
from booking.sync.ingest import Ingest, Ingested, SuspectListing
from booking.sync.rows import Lease

COVERED_BACK = 35 * DAY
COVERED_AHEAD = 400 * DAY
LIST_EVERY = timedelta(days=1)
_WINDOW_STEP = DAY
_LONGEST_WAIT = timedelta(hours=6)
_FIRST_WAIT = timedelta(seconds=10)
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """What a refresh brought: items read anew, items gone, and whether everything was listed."""

    changed: int
    gone: int
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A calendar with what is needed to read it."""

    calendar_id: int
    connection_id: int
    remote_key: str
    user_id: int
    zone_name: str


class Busy(Conflict):
    """Another worker is reading this calendar right now."""

    default_message = "This calendar is being refreshed already."


class OutOfTime(BookingError):
    """Whoever asked had too little time for an answer, which says nothing about the calendar."""

    default_message = "The calendar server did not answer in the time it was given."


class Refresher:
    """Refreshes calendars, one worker at a time each."""

    def __init__(
        self, *, connections: ConnectionService, clock: Clock, own_uids: OwnUids, owner: str
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._own_uids = own_uids
        self._owner = owner

    def refresh(self, calendar_id: int, *, full: bool = False) -> RefreshReport:
        """Bring a calendar's busy rows up to date; `full` reads every item anew.

        Inside `security.outbound.within` no answer is waited for beyond that deadline; what it cuts
        short is nobody's failure and not written down.
        Errors: NotFound; Busy; OutOfTime; ProviderError, after it was written down at the calendar.
        """
        target = _target(calendar_id)
        now = self._clock.now()
        with writing() as session:
            lease = take_lease(session, calendar_id, self._owner, now)
            book = session.get_one(Cursor, calendar_id, populate_existing=True)
        if lease is None:
            raise Busy
        try:
            ingested, is_whole = self._read(target, lease, book, now, full=full)
        except ProviderError as error:
            self._failed(calendar_id, lease, error)
            raise
        except BaseException:
            with writing() as session:
                release_lease(session, calendar_id, lease)
            raise
        self._succeeded(target, lease, now, is_whole=is_whole)
        return RefreshReport(changed=ingested.changed, gone=ingested.gone, listed=ingested.listed)

    def _read(
        self, target: _Target, lease: Lease, book: Cursor, now: datetime, *, full: bool
    ) -> tuple[Ingested, bool]:
        """Read the calendar; tell whether whole events were read, and not their times alone.

        `book` is how it stood when the lease was taken.
        """
        self._connections.wait_until_allowed(target.connection_id)
        replica = self._replica(target, lease, now)
        _move_window(target, replica, replica.busy, book)
        is_whole = _settle_detail(target.calendar_id, book)
        try:
            provider = self._connections.open_provider(target.connection_id)
            remote = CalendarRemote(provider, target.remote_key, times_only=not is_whole)
            afresh = full or (is_whole and book.detail != FULL)
            ingest = Ingest(remote, replica, now, afresh=afresh)
            ingested = ingest.run(full=full or _is_listing_due(book, now))
        except ProviderError as error:
            if health.was_hurried(error):
                raise OutOfTime from error
            if not isinstance(error, SuspectListing):
                self._connections.record_failure(target.connection_id, error)
            raise
        return ingested, is_whole

    def replica(self, calendar_id: int, lease: Lease, *, pair_id: int = 0) -> SharedReplica:
        """Return a calendar's replica for a pair that holds the calendar's lease.

        Errors: NotFound.
        """
        replica = self._replica(_target(calendar_id), lease, self._clock.now())
        return replace(replica, pair_id=pair_id)

    def _replica(self, target: _Target, lease: Lease, now: datetime) -> SharedReplica:
        return SharedReplica(
            calendar_id=target.calendar_id,
            user_id=target.user_id,
            lease=lease,
            busy=self._busy(target, now),
            now=now,
            place=target.remote_key,
        )

    def _busy(self, target: _Target, now: datetime) -> BusyStore:
        window = Window(
            start=Instant(_days(now) - COVERED_BACK),
            end=Instant(_days(now) + COVERED_AHEAD),
            zone=zone(target.zone_name),
        )
        return BusyStore(target.calendar_id, target.user_id, window, self._own_uids)

    def _succeeded(self, target: _Target, lease: Lease, now: datetime, *, is_whole: bool) -> None:
        calendar_id = target.calendar_id
        with writing() as session:
            self._connections.note_success(session, target.connection_id)
            if is_whole:
                note_read(session, calendar_id, is_whole=True)
            release_lease(session, calendar_id, lease)
            _set(
                session,
                calendar_id,
                synced_at=now,
                failing_since=None,
                error_count=0,
                error_at=None,
                error=None,
                retry_at=None,
            )

    def _failed(self, calendar_id: int, lease: Lease, error: ProviderError) -> None:
        now = self._clock.now()
        with writing() as session:
            release_lease(session, calendar_id, lease)
            row = session.get(Cursor, calendar_id)
            if row is None:
                return
            row.error_count += 1
            row.failing_since = row.failing_since or now
            row.error_at = now
            row.error = error.message
            row.retry_at = now + _wait(row.error_count, error)


def _settle_detail(calendar_id: int, book: Cursor) -> bool:
    """Tell whether whole events are to be read; what is no longer wanted of them is forgotten."""
    with reading() as session:
        is_whole = wants_full(session, calendar_id)
    if is_whole and book.detail == TIMES:
        with writing() as session:
            note_read(session, calendar_id, is_whole=False)
    elif not is_whole and book.detail != TIMES:
        with writing() as session:
            strip(session, calendar_id)
    return is_whole


def _move_window(target: _Target, replica: SharedReplica, busy: BusyStore, book: Cursor) -> None:
    """Expand again what a moved window, or another zone of the calendar, may show anew."""
    window = busy.window
    parameters = hashlib.sha256(target.zone_name.encode()).hexdigest()
    if book.covered_until == window.end and book.parameters == parameters:
        return
    since = None if book.parameters != parameters else book.covered_until
    for keys in _batches(_keys_to_expand(target.calendar_id, since)):
        with replica.writing() as rows:
            rows.put(list(rows.items(keys).values()))
    with writing() as session:
        busy.prune(session)
        _set(
            session,
            target.calendar_id,
            covered_from=window.start,
            covered_until=window.end,
            parameters=parameters,
        )


def _target(calendar_id: int) -> _Target:
    query = (
        select(Calendar, Connection.user_id, User.time_zone)
        .join(Connection, Connection.id == Calendar.connection_id)
        .join(User, User.id == Connection.user_id)
        .where(Calendar.id == calendar_id)
    )
    with reading() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such calendar.")
    calendar, user_id, users_zone = found
    own_zone = calendar.time_zone
    return _Target(
        calendar_id=calendar_id,
        connection_id=calendar.connection_id,
        remote_key=calendar.remote_key,
        user_id=user_id,
        zone_name=own_zone if own_zone and is_zone(own_zone) else users_zone,
    )


def _days(now: datetime) -> int:
    """Return `now` cut to a whole UTC day, so that the window moves once a day."""
    moment = to_instant(now)
    return moment - moment % DAY


def _is_listing_due(book: Cursor, now: datetime) -> bool:
    """Tell whether a day has passed since everything was compared: feeds forget."""
    return book.full_at is None or now - book.full_at >= LIST_EVERY


def _keys_to_expand(calendar_id: int, since: int | None) -> list[str]:
    """Return items that a longer window may show more of; all of them where `since` is None."""
    query = select(ReplicaItem.key).where(
        ReplicaItem.calendar_id == calendar_id, ReplicaItem.scope == SHARED
    )
    if since is not None:
        query = query.where(
            or_(ReplicaItem.is_series.is_(True), ReplicaItem.first_at >= since - 2 * DAY)
        )
    with reading() as session:
        return list(session.scalars(query.order_by(ReplicaItem.id)))


def _batches(keys: list[str]) -> list[list[str]]:
    return [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]


def _set(session: Session, calendar_id: int, **values: object) -> None:
    session.execute(
        update(Cursor)
        .where(Cursor.calendar_id == calendar_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _wait(failures: int, error: BookingError) -> timedelta:
    """Return how long to leave a failing calendar alone: doubling, jittered, up to six hours."""
    step = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(failures - 1, 12)))
    wait = step * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
    asked = timedelta(seconds=error.retry_after if isinstance(error, Throttled) else 0)
    return max(wait, asked)
