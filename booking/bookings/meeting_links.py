"""Reads back the links of video meetings that calendars made with bookings' events.

A link may come later than its event. What waits to be told is told with it; where that was told
already, the link is a change of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings import conferences, copies, history, jobs, store
from booking.bookings.lifecycle import EventKind
from booking.bookings.models import Booking, BookingCopy, BookingEvent, CalendarState
from booking.bookings.values import Actor, Cause
from booking.calendars.connections import ConnectionService
from booking.calendars.link_models import SyncLink, SyncPair
from booking.calendars.models import Calendar
from booking.core.clock import Clock
from booking.core.errors import ItemGone, ProviderError, Unreachable
from booking.core.instants import to_instant
from booking.db import reading, writing
from booking.queue import outbox
from booking.sync.policy import BOOKINGS

_SAFE = ("https://", "http://")


class MeetingLinks:
    """Fetches links, one calendar at a time."""

    def __init__(self, *, connections: ConnectionService, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def fetch(self, calendar_id: int) -> None:
        """Store the links that a calendar has made since.

        Errors: Unreachable while any is still being made; the other ProviderErrors.
        """
        with reading() as session:
            calendar = session.get(Calendar, calendar_id)
            waiting = _waiting(session, calendar_id, to_instant(self._clock.now()))
            keys = _keys(session, calendar_id, waiting)
        if calendar is None or not waiting:
            return
        try:
            is_missing = self._read(calendar, waiting, keys)
        except ProviderError as error:
            self._connections.record_failure(calendar.connection_id, error)
            raise
        if is_missing:
            raise Unreachable("The video link is not made yet.", step="read")

    def _read(self, calendar: Calendar, waiting: Sequence[int], keys: dict[int, str]) -> bool:
        """Ask for each event; tell whether any has no link yet."""
        self._connections.wait_until_allowed(calendar.connection_id)
        provider = self._connections.open_provider(calendar.connection_id)
        is_missing = False
        for booking_id in waiting:
            link = self._of_sitting(booking_id)
            if not link and booking_id in keys:
                try:
                    event = provider.get(calendar.remote_key, keys[booking_id]).event
                except ItemGone:
                    continue
                link = event.meeting_url if event is not None else ""
            if link.startswith(_SAFE):
                self._store(booking_id, link)
            else:
                is_missing = True
        return is_missing

    def _of_sitting(self, booking_id: int) -> str:
        """Return the link of the first who booked the same slot."""
        with reading() as session:
            booking = session.get(Booking, booking_id)
            if booking is None:
                return ""
            return conferences.first_of_sitting(session, booking).meeting_url or ""

    def _store(self, booking_id: int, link: str) -> None:
        now = self._clock.now()
        with writing() as session:
            booking = session.get(Booking, booking_id)
            if booking is None or booking.meeting_url == link:
                return
            if _is_told(session, booking):
                cause = Cause(now=now, actor=Actor.SYSTEM)
                store.change(
                    session, booking, Actor.SYSTEM, now, meeting_url=link, meeting_error=None
                )
                history.record(session, booking, EventKind.LINKED, cause)
            else:
                booking.meeting_url, booking.meeting_error = link, None
                session.flush()
                outbox.hasten(session, [booking.id], now)
            if len(copies.of_booking(session, booking.id)) > 1:
                jobs.ask_write(session, booking, now)

    def give_up(self, calendar_id: int) -> None:
        """Note at the bookings that still have no link that there will be none."""
        with writing() as session:
            for booking_id in _waiting(session, calendar_id, to_instant(self._clock.now())):
                booking = session.get_one(Booking, booking_id)
                name = conferences.NAMES[conferences.kind_of(booking)]
                booking.meeting_error = (
                    f"No {name} link was made for this event. Send the guest another one."
                )


def _waiting(session: Session, calendar_id: int, now: int) -> list[int]:
    """Return the bookings to come whose event stands in a calendar, and whose link is awaited."""
    query = (
        select(Booking)
        .join(BookingCopy, BookingCopy.booking_id == Booking.id)
        .where(
            BookingCopy.calendar_id == calendar_id,
            BookingCopy.state == CalendarState.WRITTEN,
            Booking.meeting_url.is_(None),
            Booking.ends_at > now,
        )
        .order_by(Booking.starts_at)
    )
    return [
        row.id
        for row in session.scalars(query)
        if conferences.awaits_link(session, row)
        and conferences.maker_of(session, row) == calendar_id
    ]


def _keys(session: Session, calendar_id: int, booking_ids: Sequence[int]) -> dict[int, str]:
    """Return under which keys events were written."""
    query = (
        select(SyncLink.left_key, SyncLink.right_key)
        .join(SyncPair, SyncPair.id == SyncLink.pair_id)
        .where(
            SyncPair.policy == BOOKINGS.name,
            SyncPair.right_calendar_id == calendar_id,
            SyncLink.left_key.in_([str(key) for key in booking_ids]),
        )
    )
    return {int(left or 0): right for left, right in session.execute(query) if right is not None}


def _is_told(session: Session, booking: Booking) -> bool:
    """Tell whether everything that happened to a booking so far was told."""
    query = select(BookingEvent.id).where(
        BookingEvent.booking_id == booking.id, BookingEvent.told_at.is_(None)
    )
    return session.scalar(query.limit(1)) is None
