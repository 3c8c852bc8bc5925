"""What a host publishes: bookings as a calendar for the host, and busy times for anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.accounts.values import UserView
from booking.availability.facts import Source
from booking.bookings.models import LIVING, Booking, BookingHost, BookingStatus
from booking.bookings.own_blocks import own_blocks
from booking.bookings.replica import event_of
from booking.calendars.busy_rows import BusyQuery, busy_between
from booking.calendars.ical import render_feed, render_free_busy
from booking.calendars.store import selections_for
from booking.core.clock import Clock
from booking.core.errors import InvalidInput
from booking.core.event import CalendarEvent, EventStatus, Timed
from booking.core.instants import DAY, Instant, to_instant
from booking.core.spans import Spans, clip, join
from booking.db import reading
from booking.eventtypes.models import EventType

PAST_DAYS: Final = 30
USUAL_DAYS: Final = 60
MOST_DAYS: Final = 92
_EARLIEST_DAYS = 7
_LATEST_DAYS = 366
_MOST_EVENTS = 2000
_REFRESH = timedelta(minutes=15)


class Publisher:
    """Writes what hosts publish, as iCalendar; who may read it is decided by `feeds`."""

    def __init__(self, clock: Clock, base_url: str) -> None:
        self._clock = clock
        self._base_url = base_url

    def bookings(self, host: UserView) -> str:
        """Return a host's bookings of the last 30 days and all to come, at most 2,000.

        Requests are tentative; what was declined or cancelled is left out, so that readers
        remove it. The text changes only when a booking does, or once a day.
        """
        since = self._today() - PAST_DAYS * DAY
        query = (
            select(Booking, EventType)
            .join(BookingHost, BookingHost.booking_id == Booking.id)
            .outerjoin(EventType, EventType.id == Booking.event_type_id)
            .where(
                BookingHost.user_id == host.id,
                Booking.status.in_(LIVING),
                Booking.ends_at > since,
            )
            .order_by(Booking.starts_at, Booking.id)
            .limit(_MOST_EVENTS)
        )
        with reading() as session:
            rows = session.execute(query).all()
            user = session.get_one(User, host.id)
        events = [
            (_event(booking, event_type, user, self._base_url), booking.updated_at)
            for booking, event_type in rows
        ]
        return render_feed(events, name=f"Bookings of {host.name}", refresh=_REFRESH)

    def free_busy(
        self, host: UserView, start: Instant | None = None, end: Instant | None = None
    ) -> str:
        """Return when a host is busy in `[start, end)`: the next 60 days, unless said otherwise.

        Busy is what blocks every event type: the host's common calendars and own bookings.
        Errors: InvalidInput for more than 92 days, or days too long past or ahead.
        """
        first = self._today() if start is None else start
        last = Instant(first + USUAL_DAYS * DAY) if end is None else end
        self._check(first, last)
        with reading() as session:
            busy = _busy(session, host.id, first, last)
        address = f"{self._base_url}/{host.username}"
        domain = urlsplit(self._base_url).hostname or "localhost"
        return render_free_busy(
            busy,
            uid=f"free-busy-{host.username}@{domain}",
            start=first,
            end=last,
            owner=address,
            name=host.name,
            now=self._clock.now().replace(microsecond=0),
        )

    def _check(self, start: Instant, end: Instant) -> None:
        today = self._today()
        if not 0 < end - start <= MOST_DAYS * DAY:
            raise InvalidInput.at("/end", f"Must lie up to {MOST_DAYS} days after the start.")
        if start < today - _EARLIEST_DAYS * DAY or end > today + _LATEST_DAYS * DAY:
            raise InvalidInput.at(
                "/start", "Only the last week and the coming year can be asked about."
            )

    def _today(self) -> Instant:
        now = to_instant(self._clock.now())
        return Instant(now - now % DAY)


def _event(
    booking: Booking, event_type: EventType | None, host: User, base_url: str
) -> CalendarEvent:
    """Return a booking as it stands in the host's calendar, without people to be asked."""
    is_request = booking.status == BookingStatus.PENDING
    return replace(
        event_of(booking, host, event_type, base_url),
        when=Timed.utc(booking.starts_at, booking.ends_at),
        attendees=(),
        status=EventStatus.TENTATIVE if is_request else EventStatus.CONFIRMED,
        created_at=booking.created_at,
        updated_at=booking.updated_at,
    )


def _busy(session: Session, user_id: int, start: Instant, end: Instant) -> Spans:
    calendars = [
        BusyQuery(row.calendar_id, row.tentative_blocks)
        for row in selections_for(session, user_id, None)
    ]
    blocks = [(block.start, block.end) for block in busy_between(session, calendars, start, end)]
    own = [
        (block.start, block.end)
        for block in own_blocks(session, [user_id], start, end).get(user_id, ())
        if block.source is Source.BOOKING
    ]
    return clip(join([*blocks, *own]), start, end)
