"""A host's bookings in pages: upcoming, unconfirmed, past, cancelled."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, or_, select

from booking.bookings.models import LIVING, Booking, BookingHost, BookingStatus
from booking.bookings.values import BookingView
from booking.bookings.views import Views
from booking.core.clock import Clock
from booking.core.instants import Instant, to_instant
from booking.db import reading


class Listed(StrEnum):
    """Which of a host's bookings are asked for."""

    UPCOMING = "upcoming"
    UNCONFIRMED = "unconfirmed"
    PAST = "past"
    CANCELLED = "cancelled"
    ALL = "all"


class BookingList:
    """Reads a host's bookings, page by page."""

    def __init__(self, *, clock: Clock, views: Views) -> None:
        self._clock = clock
        self._views = views

    def page(
        self,
        host_id: int,
        listed: Listed = Listed.ALL,
        *,
        limit: int = 50,
        after: tuple[int, int] | None = None,
    ) -> tuple[tuple[BookingView, ...], tuple[int, int] | None]:
        """Return one page and where the next one goes on (start instant, id), None at the end.

        Upcoming ones come soonest first, all others latest first.
        """
        now = to_instant(self._clock.now())
        forward = listed in {Listed.UPCOMING, Listed.UNCONFIRMED}
        query = (
            select(Booking)
            .join(BookingHost, BookingHost.booking_id == Booking.id)
            .where(BookingHost.user_id == host_id, *_wanted(listed, now))
        )
        query = _ordered(query, after, forward=forward).limit(limit + 1)
        with reading() as session:
            rows = list(session.scalars(query))
            views = self._views.many(session, rows[:limit])
        if len(rows) <= limit:
            return views, None
        last = rows[limit - 1]
        return views, (last.starts_at, last.id)


def _wanted(listed: Listed, now: Instant) -> list[ColumnElement[bool]]:
    if listed is Listed.UPCOMING:
        return [Booking.status.in_(LIVING), Booking.ends_at > now]
    if listed is Listed.UNCONFIRMED:
        return [Booking.status == BookingStatus.PENDING]
    if listed is Listed.PAST:
        return [Booking.status == BookingStatus.CONFIRMED, Booking.ends_at <= now]
    if listed is Listed.CANCELLED:
        return [Booking.status.not_in(LIVING)]
    return []


def _ordered(
    query: Select[Booking], after: tuple[int, int] | None, *, forward: bool
) -> Select[Booking]:
    if after is not None:
        start, key = after
        later = Booking.starts_at > start if forward else Booking.starts_at < start
        beside = Booking.id > key if forward else Booking.id < key
        query = query.where(or_(later, and_(Booking.starts_at == start, beside)))
    if forward:
        return query.order_by(Booking.starts_at, Booking.id)
    return query.order_by(Booking.starts_at.desc(), Booking.id.desc())
