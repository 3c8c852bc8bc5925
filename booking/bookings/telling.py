"""Telling what happened to bookings: every listener hears of each change, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from booking.bookings import history
from booking.bookings.models import Booking
from booking.bookings.values import BookingEventView, BookingView
from booking.bookings.views import Views
from booking.core.clock import Clock
from booking.db import writing


class Listener(Protocol):
    """Who hears of every change of a booking."""

    def hear(self, session: Session, event: BookingEventView, booking: BookingView) -> None:
        """Follow up a change with rows and jobs of one's own, in the unit that tells of it.

        `booking` is as it stands now, which may be after later changes. No network is asked and
        nothing is committed; an error leaves the change untold, for all listeners.
        """


class Teller:
    """Tells changes of bookings to listeners, each change once."""

    def __init__(self, *, clock: Clock, views: Views, listeners: Sequence[Listener]) -> None:
        self._clock = clock
        self._views = views
        self._listeners = tuple(listeners)

    def tell(self, event_id: int) -> int:
        """Tell a change, after those of its booking before it that are untold; return how many.

        What listeners write and that they heard is one transaction: repeats tell nothing. A
        booking that is gone has nothing to tell.
        """
        with writing() as session:
            events = history.untold(session, event_id)
            if not events:
                return 0
            booking = session.get_one(Booking, events[0].booking_id)
            view = self._views.of(session, booking)
            for event, told in zip(events, history.views(session, events), strict=True):
                for listener in self._listeners:
                    listener.hear(session, told, view)
                event.told_at = self._clock.now()
            return len(events)
