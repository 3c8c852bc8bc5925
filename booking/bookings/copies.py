"""The copies of bookings in destination calendars: which there should be, and how each stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings.models import BookingCopy, CalendarState
from booking.calendars.models import Calendar, Connection
from booking.calendars.selection import destination_for

_WORST_FIRST = (
    CalendarState.DEAD,
    CalendarState.FAILING,
    CalendarState.PENDING,
    CalendarState.WRITTEN,
    CalendarState.NONE,
)


def wanted_calendars(
    session: Session, host_ids: Sequence[int], of_event_type: int | None
) -> tuple[int, ...]:
    """Return the calendars that receive a booking with these hosts.

    The event type's destination receives all of its bookings, and so does the own one of every
    host to whom that calendar does not belong.
    """
    found: dict[int, None] = {}
    if of_event_type is not None:
        found[of_event_type] = None
    owner = _owner_of(session, of_event_type)
    for host_id in host_ids:
        own = destination_for(session, host_id) if host_id != owner else None
        if own is not None:
            found[own] = None
    return tuple(found)


def _owner_of(session: Session, calendar_id: int | None) -> int | None:
    query = (
        select(Connection.user_id)
        .join(Calendar, Calendar.connection_id == Connection.id)
        .where(Calendar.id == calendar_id)
    )
    return None if calendar_id is None else session.scalar(query)


def of_booking(session: Session, booking_id: int) -> Sequence[BookingCopy]:
    """Return a booking's copies, in order of their calendars' ids."""
    query = (
        select(BookingCopy)
        .where(BookingCopy.booking_id == booking_id)
        .order_by(BookingCopy.calendar_id)
    )
    return session.scalars(query).all()


def one(session: Session, booking_id: int, calendar_id: int) -> BookingCopy:
    """Return a booking's copy in a calendar, as it now stands."""
    return session.get_one(BookingCopy, (booking_id, calendar_id), populate_existing=True)


def set_wanted(session: Session, booking_id: int, calendar_ids: Iterable[int]) -> None:
    """Let a booking stand in these calendars and no others; what was never written just goes."""
    wanted = set(calendar_ids)
    for copy in of_booking(session, booking_id):
        copy.is_wanted = copy.calendar_id in wanted
        if not copy.is_wanted and copy.state == CalendarState.NONE:
            session.delete(copy)
        wanted.discard(copy.calendar_id)
    for calendar_id in sorted(wanted):
        session.add(BookingCopy(booking_id=booking_id, calendar_id=calendar_id))
    session.flush()


def settle(session: Session, copy: BookingCopy, *, is_written: bool) -> None:
    """Note that a calendar is in step with a booking; a copy that nobody wants is forgotten."""
    if not copy.is_wanted:
        session.delete(copy)
        return
    copy.state = CalendarState.WRITTEN if is_written else CalendarState.NONE
    copy.error = copy.failing_since = copy.failure_told_at = None


def worst_of(session: Session, booking_ids: Iterable[int]) -> Mapping[int, tuple[str, str | None]]:
    """Return the state and error of each booking's worst copy; bookings without one are absent."""
    query = select(BookingCopy).where(BookingCopy.booking_id.in_(booking_ids))
    found: dict[int, tuple[str, str | None]] = {}
    for copy in sorted(session.scalars(query), key=lambda each: _WORST_FIRST.index(each.state)):
        found.setdefault(copy.booking_id, (copy.state, copy.error))
    return found
