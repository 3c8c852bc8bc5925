"""Comparing bookings with what the busy cache knows of their events: hints, and never a proof.

The cache may be older than our last write, or miss what stands there: whatever differs is read by
its own address before anything follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings import change_store
from booking.bookings.change_models import CalendarChange
from booking.bookings.deciding import ChangeState, found_in
from booking.bookings.models import Booking, BookingCopy, BookingStatus, CalendarState
from booking.calendars.item_rows import item_of
from booking.calendars.link_models import SyncLink, SyncPair
from booking.calendars.models import Calendar, Connection
from booking.calendars.sync_models import SHARED, Cursor, ReplicaItem
from booking.core.instants import to_instant
from booking.sync.policy import BOOKINGS


def standing(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of bookings to come whose events stand in a calendar, by their copies."""
    return (
        Booking.status == BookingStatus.CONFIRMED,
        Booking.ends_at > to_instant(now),
        BookingCopy.is_wanted.is_(True),
        BookingCopy.state == CalendarState.WRITTEN,
    )


def differing_from_cache(session: Session, calendar_id: int, now: datetime) -> Sequence[int]:
    """Return the bookings to come whose events the busy cache knows otherwise than we do.

    None where the calendar is not in the cache.
    """
    cursor = session.get(Cursor, calendar_id)
    pair_id = session.scalar(
        select(SyncPair.id).where(
            SyncPair.policy == BOOKINGS.name, SyncPair.right_calendar_id == calendar_id
        )
    )
    if pair_id is None or cursor is None or cursor.full_at is None or cursor.synced_at is None:
        return ()
    bookings = _bookings(session, calendar_id, pair_id, now)
    keys = list(bookings)
    ours, theirs = (_items(session, calendar_id, scope, keys) for scope in (pair_id, SHARED))
    ids = [booking.id for booking in bookings.values()]
    known = change_store.of_calendar(session, calendar_id, ids)
    zone_name = _zone_of(session, calendar_id)
    return [
        booking.id
        for key, booking in bookings.items()
        if not _is_newer(ours.get(key), cursor.synced_at)
        and _is_news(booking, theirs.get(key), known.get(booking.id), zone_name)
    ]


def _bookings(
    session: Session, calendar_id: int, pair_id: int, now: datetime
) -> Mapping[str, Booking]:
    """Return the bookings to come, by the keys of their events."""
    query = (
        select(SyncLink.right_key, Booking)
        .join(BookingCopy, BookingCopy.booking_id == Booking.id)
        .join(SyncLink, SyncLink.left_key == cast(Booking.id, String))
        .where(
            *standing(now),
            BookingCopy.calendar_id == calendar_id,
            SyncLink.pair_id == pair_id,
            SyncLink.right_key.is_not(None),
        )
        .order_by(Booking.starts_at)
    )
    return {key or "": booking for key, booking in session.execute(query)}


def _items(
    session: Session, calendar_id: int, scope: int, keys: Sequence[str]
) -> Mapping[str, ReplicaItem]:
    query = select(ReplicaItem).where(
        ReplicaItem.calendar_id == calendar_id,
        ReplicaItem.scope == scope,
        ReplicaItem.key.in_(keys),
    )
    return {row.key: row for row in session.scalars(query)}


def _is_newer(ours: ReplicaItem | None, synced_at: datetime) -> bool:
    """Tell whether we wrote an event after the cache was read."""
    return ours is not None and ours.wrote_at is not None and ours.wrote_at >= synced_at


def _is_news(
    booking: Booking, theirs: ReplicaItem | None, known: CalendarChange | None, zone_name: str
) -> bool:
    span = (booking.starts_at, booking.ends_at)
    found = found_in(None if theirs is None else item_of(theirs), span, zone_name)
    if known is None or known.state == ChangeState.FOLLOWED:
        return found is not None
    return found != change_store.found_of(known)


def _zone_of(session: Session, calendar_id: int) -> str:
    """Return the time zone of a calendar's owner."""
    query = (
        select(User.time_zone)
        .join(Connection, Connection.user_id == User.id)
        .join(Calendar, Calendar.connection_id == Connection.id)
        .where(Calendar.id == calendar_id)
    )
    return session.scalar(query) or "UTC"
