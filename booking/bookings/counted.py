"""The bookings that limits count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from booking.availability.facts import Counted
from booking.bookings.models import LIVING, Booking, BookingHost
from booking.eventtypes.models import EventType


def bookings_of(session: Session, event_type_id: int, start: int, end: int) -> list[Counted]:
    """Return the bookings of an event type that start in `[start, end)`, pending ones included."""
    query = select(Booking.starts_at, Booking.ends_at, Booking.id).where(
        Booking.event_type_id == event_type_id, *_living_between(start, end)
    )
    return [_counted(row) for row in session.execute(query)]


def bookings_of_team(
    session: Session, team_id: int, host_ids: Sequence[int], start: int, end: int
) -> Mapping[int, tuple[Counted, ...]]:
    """Return, for each of these hosts, their bookings over all of a team's event types."""
    query = (
        select(Booking.starts_at, Booking.ends_at, Booking.id, BookingHost.user_id)
        .join(BookingHost, BookingHost.booking_id == Booking.id)
        .join(EventType, EventType.id == Booking.event_type_id)
        .where(
            EventType.team_id == team_id,
            BookingHost.user_id.in_(host_ids),
            *_living_between(start, end),
        )
    )
    found: dict[int, tuple[Counted, ...]] = {}
    for row in session.execute(query):
        found[row.user_id] = (*found.get(row.user_id, ()), _counted(row))
    return found


def _living_between(start: int, end: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Booking.starts_at >= start,
        Booking.starts_at < end,
        Booking.status.in_(LIVING),
    )


def _counted(row: Any) -> Counted:
    minutes = (row.ends_at - row.starts_at) // 60
    return Counted(start=row.starts_at, minutes=minutes, booking_id=row.id)
