"""The day around a request, for the host who has to answer it: other bookings, and what blocks."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.models import LIVING, Booking, BookingHost
from booking.calendars.models import SelectedCalendar
from booking.calendars.sync_models import BusyRow
from booking.core.instants import Instant, from_instant
from booking.core.zones import is_zone, wall_to_instant, zone
from booking.mail.values import Engagement

_MOST = 20


def day_around(
    session: Session, host: User, booking: Booking, at: Instant
) -> tuple[Engagement, ...]:
    """Return what else a host has on the local day of the instant `at`, in order, at most twenty.

    Bookings are named; of calendars only the times are known.
    """
    place = zone(host.time_zone if is_zone(host.time_zone) else "UTC")
    day = from_instant(at).astimezone(place).date()
    start = wall_to_instant(day, 0, place)
    end = wall_to_instant(day + timedelta(days=1), 0, place)
    found = [*_bookings(session, host.id, booking.id, start, end)]
    found += _blocked(session, host.id, start, end)
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))[:_MOST]


def _bookings(
    session: Session, host_id: int, booking_id: int, start: Instant, end: Instant
) -> list[Engagement]:
    query = (
        select(Booking.starts_at, Booking.ends_at, Booking.title)
        .join(BookingHost, BookingHost.booking_id == Booking.id)
        .where(
            BookingHost.user_id == host_id,
            Booking.id != booking_id,
            Booking.status.in_(LIVING),
            Booking.starts_at < end,
            Booking.ends_at > start,
        )
    )
    rows = session.execute(query)
    return [Engagement(start=Instant(row[0]), end=Instant(row[1]), title=row[2]) for row in rows]


def _blocked(session: Session, host_id: int, start: Instant, end: Instant) -> list[Engagement]:
    query = (
        select(BusyRow.starts_at, BusyRow.ends_at)
        .join(SelectedCalendar, SelectedCalendar.calendar_id == BusyRow.calendar_id)
        .where(
            SelectedCalendar.user_id == host_id,
            SelectedCalendar.event_type_id.is_(None),
            SelectedCalendar.resource_id.is_(None),
            BusyRow.starts_at < end,
            BusyRow.ends_at > start,
            BusyRow.is_own.is_(False),
            or_(BusyRow.is_tentative.is_(False), SelectedCalendar.tentative_blocks),
        )
        .distinct()
    )
    return [
        Engagement(start=Instant(row[0]), end=Instant(row[1])) for row in session.execute(query)
    ]
