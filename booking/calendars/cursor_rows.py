"""What the busy store remembers of calendars as wholes: their state, and forgetting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.calendars.sync_models import BusyRow, Cursor
from booking.calendars.values import CachedCalendar


def cached_calendars(session: Session, calendar_ids: Sequence[int]) -> Mapping[int, CachedCalendar]:
    """Return the state of each calendar that was ever refreshed."""
    counted = session.execute(
        select(BusyRow.calendar_id, func.count())
        .where(BusyRow.calendar_id.in_(calendar_ids))
        .group_by(BusyRow.calendar_id)
    )
    counts = {row[0]: row[1] for row in counted}
    cursors = session.scalars(select(Cursor).where(Cursor.calendar_id.in_(calendar_ids)))
    return {row.calendar_id: _state(row, counts.get(row.calendar_id, 0)) for row in cursors}


def synced_at(session: Session, calendar_ids: Sequence[int]) -> Mapping[int, datetime | None]:
    """Return when each calendar was last read completely; those never read are left out."""
    query = select(Cursor.calendar_id, Cursor.synced_at).where(Cursor.calendar_id.in_(calendar_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def _state(row: Cursor, cached_events: int) -> CachedCalendar:
    return CachedCalendar(
        synced_at=row.synced_at,
        has_cursor=row.token is not None,
        error_count=row.error_count,
        error_at=row.error_at,
        error=row.error,
        cached_events=cached_events,
    )


def forget_busy(session: Session, calendar_id: int) -> None:
    """Drop the busy rows and the place in the feed of a calendar that nobody uses any more."""
    session.execute(delete(BusyRow).where(BusyRow.calendar_id == calendar_id))
    session.execute(delete(Cursor).where(Cursor.calendar_id == calendar_id))
