"""Telling hosts that guests find no time any more: looked at after bookings, told once a day."""

from __future__ import annotations

from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.accounts.notices import Cause, Notice, TellHost
from booking.bookings.lifecycle import EventKind
from booking.bookings.slots import MOST_DAYS, SlotFinder
from booking.bookings.values import BookingEventView, BookingView, SlotQuery
from booking.core.clock import Clock
from booking.core.ids import encode_id
from booking.core.instants import DAY, Instant, to_instant
from booking.core.zones import zone
from booking.db import reading, writing
from booking.eventtypes.models import EventType
from booking.queue import outbox

FULL = "bookings.full"
_TAKING = (EventKind.CREATED, EventKind.REQUESTED, EventKind.RESCHEDULED)


class FullNotices:
    """Looks whether an event type has a time left, and tells its owner where it has none."""

    def __init__(self, *, clock: Clock, slots: SlotFinder, tell_host: TellHost) -> None:
        self._clock = clock
        self._slots = slots
        self._tell_host = tell_host

    def hear(self, session: Session, event: BookingEventView, booking: BookingView) -> None:
        """Have the event type looked at whose time was taken; see `telling.Listener`."""
        event_type_id = booking.event_type_id
        if event.kind in _TAKING and event_type_id is not None:
            payload = {"event_type_id": event_type_id}
            key = f"full:{event_type_id}"
            outbox.add(session, FULL, payload, now=self._clock.now(), dedup_key=key)

    def look(self, event_type_id: int) -> bool:
        """Tell the owner of an event type without times, once on each of their days.

        Returns whether there was none. Hidden event types, and those whose calendars are too old
        to offer anything, have other reasons.
        """
        with reading() as session:
            event_type = session.get(EventType, event_type_id)
            owner = None if event_type is None else session.get(User, event_type.user_id)
        if event_type is None or owner is None or event_type.hidden:
            return False
        if not self._is_full(event_type_id, owner.time_zone):
            return False
        today = self._clock.now().astimezone(zone(owner.time_zone)).date()
        notice = Notice(
            user_id=owner.id,
            cause=Cause.NO_TIMES,
            about=event_type.title,
            path=f"/event-types/{encode_id(event_type_id)}",
            key=f"no-times:{event_type_id}:{today}",
        )
        with writing() as session:
            self._tell_host(session, notice)
        return True

    def _is_full(self, event_type_id: int, time_zone: str) -> bool:
        now = to_instant(self._clock.now())
        nearest = self._slots.find(
            SlotQuery(
                event_type_id=event_type_id,
                start=now,
                end=Instant(now + MOST_DAYS * DAY),
                time_zone=time_zone,
            )
        )
        if nearest.slots or nearest.hidden_as_stale:
            return False
        return self._slots.next_available(event_type_id, now, time_zone) is None
