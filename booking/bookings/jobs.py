"""Asking for background work on bookings, in the transaction that makes it necessary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings import change_store, copies
from booking.bookings.conferences import awaits_link, maker_of
from booking.bookings.lifecycle import stands_in_calendar
from booking.bookings.models import BEHIND, Booking, BookingCopy, CalendarState
from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.calendars.refresh_jobs import lane_of
from booking.queue import outbox

WRITE = "bookings.write"
MEET = "bookings.meet"
LOOK = "bookings.look"


def ask_write(session: Session, booking: Booking, now: datetime) -> None:
    """Have the destination calendars catch up with the booking.

    Repeats merge into one job per calendar, which reads bookings as they then are: so the order
    of changes cannot be lost. A request that never stood in a calendar leaves no work. What its
    host did by hand before is overtaken by this.
    """
    change_store.drop_open(session, booking.id)
    for copy in copies.of_booking(session, booking.id):
        never_written = copy.state == CalendarState.NONE
        if never_written and not (copy.is_wanted and stands_in_calendar(booking.status)):
            continue
        if copy.state == CalendarState.DEAD:
            copy.failing_since = copy.failure_told_at = None
        copy.state = CalendarState.PENDING
        copy.error = None
        session.flush()
        ask_calendar(session, copy.calendar_id, now)


def ask_link(session: Session, booking: Booking, calendar_id: int, now: datetime) -> None:
    """Have the link of a booking's video meeting read back, where this calendar makes it."""
    if not awaits_link(session, booking) or maker_of(session, booking) != calendar_id:
        return
    outbox.add(
        session,
        MEET,
        {"calendar_id": calendar_id},
        now=now,
        dedup_key=f"meet:{calendar_id}",
        lane=lane_of(calendar_id),
    )


def ask_behind(session: Session, now: datetime) -> int:
    """Have calendars catch up that are behind and have no job for it; return how many.

    A refused password or a calendar that may only be read ends a job; once the host has mended
    it, this is what goes on. Calendars of accounts that wait for their host are left alone.
    """
    query = (
        select(BookingCopy.calendar_id)
        .join(Calendar, Calendar.id == BookingCopy.calendar_id)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(
            BookingCopy.state.in_(BEHIND),
            Connection.status != ConnectionStatus.RECONNECT_REQUIRED,
        )
        .distinct()
    )
    idle = [
        calendar_id
        for calendar_id in session.scalars(query)
        if not outbox.is_asked(session, _key(calendar_id))
    ]
    for calendar_id in idle:
        ask_calendar(session, calendar_id, now)
    return len(idle)


def ask_calendar(session: Session, calendar_id: int, now: datetime) -> None:
    """Have a calendar catch up with its bookings; repeats merge."""
    outbox.add(
        session,
        WRITE,
        {"calendar_id": calendar_id},
        now=now,
        dedup_key=_key(calendar_id),
        aggregate_id=calendar_id,
        lane=lane_of(calendar_id),
    )


def ask_look(session: Session, calendar_id: int, now: datetime) -> None:
    """Have the bookings' events in a calendar looked after; repeats merge."""
    outbox.add(
        session,
        LOOK,
        {"calendar_id": calendar_id},
        now=now,
        dedup_key=f"bookings-look:{calendar_id}",
    )


def ask_whole_look(session: Session, calendar_id: int, now: datetime, due_at: datetime) -> None:
    """Have all events of the bookings to come read by their own addresses; repeats merge."""
    outbox.add(
        session,
        LOOK,
        {"calendar_id": calendar_id, "whole": True},
        now=now,
        due_at=due_at,
        dedup_key=f"bookings-look-whole:{calendar_id}",
    )


def _key(calendar_id: int) -> str:
    return f"bookings-calendar:{calendar_id}"
