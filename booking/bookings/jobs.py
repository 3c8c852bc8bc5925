"""Asking for background work on bookings, in the transaction that makes it necessary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from booking.bookings.lifecycle import stands_in_calendar
from booking.bookings.models import Booking, CalendarState
from booking.queue import outbox

WRITE = "bookings.write"


def ask_write(session: Session, booking: Booking, now: datetime) -> None:
    """Have the destination calendar catch up with the booking.

    Repeats merge into one job per calendar, which reads bookings as they then are: so the order
    of changes cannot be lost. A request that never stood in a calendar leaves no work.
    """
    never_written = booking.calendar_state == CalendarState.NONE
    if booking.destination_calendar_id is None:
        return
    if never_written and not stands_in_calendar(booking.status):
        return
    booking.calendar_state = CalendarState.PENDING
    booking.calendar_error = None
    session.flush()
    calendar_id = booking.destination_calendar_id
    outbox.add(
        session,
        WRITE,
        {"calendar_id": calendar_id},
        now=now,
        dedup_key=f"bookings-calendar:{calendar_id}",
        aggregate_id=calendar_id,
    )
