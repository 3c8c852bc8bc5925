"""How much one guest may book with one host in a day: a brake on spam, counted exactly."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.bookings.models import Booking, BookingHost
from booking.bookings.subjects import Subject
from booking.bookings.values import BookingRequest
from booking.core.errors import RateLimited

MOST_A_DAY = 5
_DAY = timedelta(days=1)


def check_guest_room(
    session: Session, subject: Subject, request: BookingRequest, now: datetime
) -> None:
    """Refuse the sixth booking of an address within a day with any of these hosts.

    A series counts once, cancelled ones count: they were mails, too. Under the hosts' locks.
    Errors: RateLimited, with the seconds until the first of them is a day old.
    """
    if not request.is_limited:
        return
    hosts = [host.user.id for host in subject.hosts]
    query = (
        select(func.min(Booking.created_at))
        .join(BookingHost, BookingHost.booking_id == Booking.id)
        .where(
            BookingHost.user_id.in_(hosts),
            func.lower(Booking.guest_email) == request.guest.email.lower(),
            Booking.created_at > now - _DAY,
        )
        .group_by(func.coalesce(Booking.series_uid, Booking.uid))
        .order_by(func.min(Booking.created_at))
    )
    made = session.scalars(query).all()
    if len(made) >= MOST_A_DAY:
        raise RateLimited(max(1, int((made[0] + _DAY - now).total_seconds())))
