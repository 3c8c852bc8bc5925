"""Telling hosts of calendars that could not take bookings for a while.

A calendar's owner is told once a day at most, whatever number of bookings waits. Where the account
must be connected again, its own notice has told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from booking.accounts.notices import Cause, Notice, TellHost
from booking.bookings.models import BookingCopy, CalendarState
from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.core.clock import Clock
from booking.core.instants import to_instant
from booking.db import lock_subjects, writing

PATIENCE = timedelta(minutes=15)
_NOTICES = 8  # the namespace of the advisory lock
_QUIET = timedelta(days=1)


class UnwrittenNotices:
    """Finds calendars that hosts should be told of."""

    def __init__(self, *, clock: Clock, tell_host: TellHost) -> None:
        self._clock = clock
        self._tell_host = tell_host

    def tell_due(self) -> int:
        """Tell of calendars where a copy is given up or has failed for 15 minutes; count them."""
        now = self._clock.now()
        with writing() as session:
            lock_subjects(session, _NOTICES, [0])  # two timekeepers must not tell the same
            calendars = _due(session, now)
            for calendar, connection in calendars:
                self._tell_host(session, _notice(session, calendar, connection, now))
                _note(session, calendar.id, now)
            return len(calendars)


def _due(session: Session, now: datetime) -> Sequence[tuple[Calendar, Connection]]:
    told = aliased(BookingCopy)
    was_told = exists().where(
        told.calendar_id == BookingCopy.calendar_id, told.failure_told_at > now - _QUIET
    )
    query = (
        select(Calendar, Connection)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(
            Calendar.id.in_(select(BookingCopy.calendar_id).where(_is_ripe(now), ~was_told)),
            Connection.status != ConnectionStatus.RECONNECT_REQUIRED,
        )
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _is_ripe(now: datetime) -> ColumnElement[bool]:
    failing = and_(
        BookingCopy.state != CalendarState.DEAD, BookingCopy.failing_since <= now - PATIENCE
    )
    return and_(
        BookingCopy.failure_told_at.is_(None), or_(BookingCopy.state == CalendarState.DEAD, failing)
    )


def _notice(session: Session, calendar: Calendar, connection: Connection, now: datetime) -> Notice:
    why = select(BookingCopy.error).where(
        BookingCopy.calendar_id == calendar.id, BookingCopy.error.is_not(None)
    )
    return Notice(
        user_id=connection.user_id,
        cause=Cause.NOT_WRITTEN,
        about=calendar.name,
        detail=session.scalars(why.limit(1)).first() or "",
        path="/settings/calendars",
        key=f"not-written:{calendar.id}:{to_instant(now)}",
    )


def _note(session: Session, calendar_id: int, now: datetime) -> None:
    """Note at all copies of the calendar that fail now that its owner knows."""
    session.execute(
        update(BookingCopy)
        .where(
            BookingCopy.calendar_id == calendar_id,
            or_(BookingCopy.state == CalendarState.DEAD, BookingCopy.failing_since.is_not(None)),
        )
        .values(failure_told_at=now)
        .execution_options(synchronize_session=False)
    )
