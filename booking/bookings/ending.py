"""Ending a booking, inside the unit that has locked it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from booking.bookings import history, placing, store
from booking.bookings.lifecycle import Step, kind_of, next_status
from booking.bookings.models import Booking
from booking.bookings.values import Cause


def end(session: Session, booking: Booking, step: Step, cause: Cause) -> Sequence[int]:
    """Cancel or decline a booking; return the hosts and resources that are free of it.

    Errors: IllegalTransition.
    """
    status = next_status(booking.status, step)
    occupied = store.occupied_by_booking(session, booking)
    store.change(
        session,
        booking,
        cause.actor,
        cause.now,
        status=status,
        reason=cause.reason,
        expires_at=None,
        sitting_id=None,
    )
    placing.give_up(session, booking_id=booking.id)
    history.record(session, booking, kind_of(step), cause)
    return occupied
