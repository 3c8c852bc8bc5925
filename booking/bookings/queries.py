"""The question for one slot that stands behind booking it, or moving a booking to it."""

from __future__ import annotations

from booking.bookings.models import Booking
from booking.bookings.values import BookingRequest, SlotQuery
from booking.core.instants import Instant


def booking_query(request: BookingRequest) -> SlotQuery:
    """Return the question for the slot that a guest wishes to book."""
    return SlotQuery(
        event_type_id=request.event_type_id,
        start=request.start,
        end=Instant(request.start + 1),
        time_zone=request.time_zone,
        duration_minutes=request.duration_minutes,
        hold_id=request.hold_id,
        guests=request.guests,
    )


def moving_query(booking: Booking, start: Instant) -> SlotQuery:
    """Return the question for another slot for a booking, at its own length."""
    return SlotQuery(
        event_type_id=booking.event_type_id or 0,
        start=start,
        end=Instant(start + 1),
        time_zone=booking.guest_time_zone,
        duration_minutes=(booking.ends_at - booking.starts_at) // 60,
        reschedule_uid=booking.uid,
        guests=1 + len(booking.additional_guests),
    )
