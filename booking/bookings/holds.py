"""A guest's few minutes on one slot while the form is filled in. Holds claim like bookings."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking.accounts.hosts import AccountHosts
from booking.bookings import store
from booking.bookings.lifecycle import claimed_span
from booking.bookings.models import Hold
from booking.bookings.slots import SlotFinder
from booking.bookings.values import HoldView, OfferedSlot, SlotQuery
from booking.core.clock import Clock
from booking.core.errors import HoldExpired, SlotUnavailable
from booking.core.ids import new_id
from booking.core.instants import Instant
from booking.db import retry_once, writing
from booking.eventtypes import store as event_types

HOLD_LASTS = timedelta(minutes=5)
HELD_AT_MOST = timedelta(minutes=15)
_HOSTS = AccountHosts()


def consume(session: Session, hold_id: int, host_id: int) -> None:
    """Give up the asker's hold on a host so that the booking can take its place."""
    hold = store.find_hold(session, hold_id)
    if hold is not None and hold.host_id == host_id:
        store.drop_hold(session, hold_id)


class HoldService:
    """Places, renews and releases holds. A method is one transaction."""

    def __init__(self, *, clock: Clock, slots: SlotFinder) -> None:
        self._clock = clock
        self._slots = slots

    def place(
        self, event_type_id: int, start: Instant, duration_minutes: int | None = None
    ) -> HoldView:
        """Hold a slot for five minutes. Errors: NotFound, InvalidInput, SlotUnavailable."""
        query = SlotQuery(
            event_type_id=event_type_id,
            start=start,
            end=Instant(start + 1),
            time_zone="UTC",
            duration_minutes=duration_minutes,
        )
        try:
            return retry_once(lambda: self._place(query))
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
        except SlotUnavailable:
            pass
        raise SlotUnavailable(alternatives=_pairs(self._slots.nearest(query)))

    def _place(self, query: SlotQuery) -> HoldView:
        now = self._clock.now()
        with writing() as session:
            event_type, host = event_types.get_bookable(session, query.event_type_id)
            store.lock_hosts(session, [host.id])
            store.drop_expired_holds(session, now, host.id)
            slot = self._slots.check(session, query, query.start)
            hold = Hold(
                id=new_id(),
                event_type_id=event_type.id,
                host_id=host.id,
                starts_at=slot.start,
                ends_at=slot.end,
                expires_at=now + HOLD_LASTS,
                created_at=now,
            )
            session.add(hold)
            session.flush()
            span = claimed_span(
                slot.start,
                slot.end,
                before_minutes=event_type.buffer_before_minutes,
                after_minutes=event_type.buffer_after_minutes,
            )
            store.claim(session, subject_id=host.id, span=span, hold_id=hold.id)
            _HOSTS.touch(session, host.id)
            return _view(hold)

    def renew(self, hold_id: int) -> HoldView:
        """Keep a live hold for five more minutes, fifteen in all. Errors: HoldExpired."""
        now = self._clock.now()
        with writing() as session:
            hold = _living(session, hold_id, now)
            hold.expires_at = min(now + HOLD_LASTS, hold.created_at + HELD_AT_MOST)
            _HOSTS.touch(session, hold.host_id)
            return _view(hold)

    def release(self, hold_id: int) -> None:
        """Give a hold up; one that is gone already is no error."""
        with writing() as session:
            hold = store.find_hold(session, hold_id)
            if hold is not None:
                store.drop_hold(session, hold_id)
                _HOSTS.touch(session, hold.host_id)

    def sweep(self) -> int:
        """Remove expired holds of all hosts; return how many."""
        with writing() as session:
            return store.drop_expired_holds(session, self._clock.now())


def _living(session: Session, hold_id: int, now: datetime) -> Hold:
    hold = store.find_hold(session, hold_id)
    if hold is None or hold.expires_at <= now:
        raise HoldExpired
    return hold


def _view(hold: Hold) -> HoldView:
    return HoldView(
        hold_id=hold.id,
        start=Instant(hold.starts_at),
        end=Instant(hold.ends_at),
        expires_at=hold.expires_at,
    )


def _pairs(slots: tuple[OfferedSlot, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((slot.start, slot.end) for slot in slots)
