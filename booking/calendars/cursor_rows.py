"""What the busy store remembers of calendars as wholes: their state, and forgetting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.calendars.models import Calendar, SelectedCalendar
from booking.calendars.pair_dirty import wants_full
from booking.calendars.sync_models import BusyRow, Cursor, ReplicaItem
from booking.calendars.values import CachedCalendar
from booking.calendars.watch_rows import pushed_calendars

_SOONEST = timedelta(seconds=60)
_LATEST = timedelta(minutes=5)
_BESIDE_PUSH = timedelta(minutes=5)
_LATEST_BESIDE_PUSH = timedelta(minutes=10)


def cached_calendars(session: Session, calendar_ids: Sequence[int]) -> Mapping[int, CachedCalendar]:
    """Return the state of each calendar that was ever refreshed."""
    counted = session.execute(
        select(BusyRow.calendar_id, func.count())
        .where(BusyRow.calendar_id.in_(calendar_ids))
        .group_by(BusyRow.calendar_id)
    )
    faulty = session.execute(
        select(ReplicaItem.calendar_id, func.count())
        .where(
            ReplicaItem.calendar_id.in_(calendar_ids),
            ReplicaItem.scope == 0,
            ReplicaItem.fault != "",
        )
        .group_by(ReplicaItem.calendar_id)
    )
    counts = {row[0]: row[1] for row in counted}
    faults = {row[0]: row[1] for row in faulty}
    cursors = session.scalars(select(Cursor).where(Cursor.calendar_id.in_(calendar_ids)))
    return {
        row.calendar_id: _state(row, counts.get(row.calendar_id, 0), faults.get(row.calendar_id, 0))
        for row in cursors
    }


def synced_at(session: Session, calendar_ids: Sequence[int]) -> Mapping[int, datetime | None]:
    """Return when each calendar was last read completely; those never read are left out."""
    query = select(Cursor.calendar_id, Cursor.synced_at).where(Cursor.calendar_id.in_(calendar_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def _state(row: Cursor, cached_events: int, unread_events: int) -> CachedCalendar:
    return CachedCalendar(
        synced_at=row.synced_at,
        has_cursor=row.token is not None,
        error_count=row.error_count,
        error_at=row.error_at,
        error=row.error,
        retry_at=row.retry_at,
        cached_events=cached_events,
        unread_events=unread_events,
    )


def due_calendars(session: Session, now: datetime) -> list[int]:
    """Return selected calendars whose next poll is due, those never read first.

    A quiet calendar is asked less often: after a tenth of the time since it last changed, within
    one to five minutes, or five to ten where its provider pushes as well. A failing one waits for
    its `retry_at`.
    """
    query = (
        select(SelectedCalendar.calendar_id, Cursor)
        .outerjoin(Cursor, Cursor.calendar_id == SelectedCalendar.calendar_id)
        .join(Calendar, Calendar.id == SelectedCalendar.calendar_id)
        .where(Calendar.gone_at.is_(None))
        .order_by(Cursor.synced_at)
    )
    found = dict(session.execute(query).all())
    pushed = pushed_calendars(session, now)
    return [key for key, row in found.items() if _is_due(row, now, has_push=key in pushed)]


def _is_due(row: Cursor | None, now: datetime, *, has_push: bool) -> bool:
    if row is None:
        return True
    if row.retry_at is not None:
        return now >= row.retry_at
    if row.synced_at is None:
        return True
    quiet = now - (row.changed_at or row.synced_at)
    soonest, latest = (_BESIDE_PUSH, _LATEST_BESIDE_PUSH) if has_push else (_SOONEST, _LATEST)
    return now - row.synced_at >= min(max(quiet / 10, soonest), latest)


def forget_busy(session: Session, calendar_id: int) -> None:
    """Drop the busy rows and the place in the feed of a calendar that nobody uses any more.

    Where a pair uses it, its items have to stay: one that is missing would read as deleted.
    """
    if wants_full(session, calendar_id):
        return
    session.execute(delete(BusyRow).where(BusyRow.calendar_id == calendar_id))
    session.execute(
        delete(ReplicaItem).where(ReplicaItem.calendar_id == calendar_id, ReplicaItem.scope == 0)
    )
    session.execute(delete(Cursor).where(Cursor.calendar_id == calendar_id))
