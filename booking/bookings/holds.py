"""A guest's few minutes on one slot while the form is filled in. Holds claim like bookings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking.bookings import placing, store
from booking.bookings.choosing import choose
from booking.bookings.models import Hold
from booking.bookings.placing import Place, Taker
from booking.bookings.slots import SlotFinder, check_entrance
from booking.bookings.subjects import Subject, find_subject
from booking.bookings.values import Entrance, HoldView, OfferedSlot, SlotQuery
from booking.bookings.verdicts import Checked
from booking.core.clock import Clock
from booking.core.errors import HoldExpired, RateLimited, SlotUnavailable
from booking.core.ids import new_secret_id
from booking.core.instants import Instant
from booking.db import retry_once, writing
from booking.eventtypes.models import EventType

MOST_OF_VISITOR = 2
MOST_OF_EVENT_TYPE = 20
HOLD_LASTS = timedelta(minutes=5)
HELD_AT_MOST = timedelta(minutes=15)


def consume(session: Session, hold_id: int, subject: Subject) -> Sequence[int]:
    """Give up the asker's hold on a host or resource so that the booking can take its place.

    Return the hosts and resources that are free of it now.
    """
    occupied = store.occupied_by_hold(session, hold_id)
    if not set(occupied) & set(subject.ids):
        return ()
    _drop(session, hold_id)
    return occupied


def drop_expired(session: Session, now: datetime, subject_ids: Sequence[int] | None = None) -> int:
    """Remove holds whose time is over, all or those on these hosts and resources.

    With them goes what a deleted event type's holds have left. Return how many there were.
    """
    expired = store.expired_holds(session, now, subject_ids)
    for hold_id in expired:
        _drop(session, hold_id)
    placing.end_deserted_sittings(session, subject_ids)
    return len(expired)


def _drop(session: Session, hold_id: int) -> None:
    placing.give_up(session, hold_id=hold_id)
    session.execute(delete(Hold).where(Hold.id == hold_id))


def put(
    session: Session,
    checked: Checked,
    taker: Taker,
    *,
    visitor: str | None,
    now: datetime,
    expires_at: datetime,
) -> Hold:
    """Place a hold on the first span that was checked; `taker` says how many seats it takes.

    Errors: SlotUnavailable; IntegrityError where the database refuses the overlap.
    """
    subject = checked.subject
    start, end = checked.bookable.spans[0]
    hold = Hold(
        id=new_secret_id(),
        event_type_id=subject.event_type.id,
        starts_at=start,
        ends_at=end,
        expires_at=expires_at,
        visitor=visitor,
        created_at=now,
    )
    session.add(hold)
    session.flush()
    assignment = choose(session, checked, now=now, seed=hold.id)
    occupied = subject.occupied_with(assignment.hosts)
    span = Place.of(subject.event_type, (start, end))
    placing.take(session, span, occupied, replace(taker, hold_id=hold.id))
    store.touch(session, occupied)
    return hold


class HoldService:
    """Places, renews and releases holds. A method is one transaction."""

    def __init__(self, *, clock: Clock, slots: SlotFinder) -> None:
        self._clock = clock
        self._slots = slots

    def place(
        self,
        event_type_id: int,
        start: Instant,
        duration_minutes: int | None = None,
        *,
        entrance: Entrance | None = None,
        visitor: str | None = None,
    ) -> HoldView:
        """Hold a slot for five minutes; `visitor` is whose holds are counted together.

        Errors: NotFound, InvalidInput, SlotUnavailable; RateLimited where the visitor, or all
        guests of the event type together, hold enough already.
        """
        query = SlotQuery(
            event_type_id=event_type_id,
            start=start,
            end=Instant(start + 1),
            time_zone="UTC",
            duration_minutes=duration_minutes,
            entrance=entrance,
        )
        try:
            return retry_once(lambda: self._place(query, visitor))
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
        except SlotUnavailable:
            pass
        raise SlotUnavailable(alternatives=_pairs(self._slots.nearest(query)))

    def _place(self, query: SlotQuery, visitor: str | None) -> HoldView:
        now = self._clock.now()
        with writing() as session:
            subject = find_subject(session, query.event_type_id)
            store.lock_hosts(session, subject.ids)
            drop_expired(session, now, subject.ids)
            check_entrance(session, query, subject, now)
            check_room(session, subject.event_type, visitor, now)
            checked = self._slots.check(session, query, query.start)
            hold = put(
                session, checked, Taker(), visitor=visitor, now=now, expires_at=now + HOLD_LASTS
            )
            return _view(hold)

    def renew(self, hold_id: int) -> HoldView:
        """Keep a live hold for five more minutes, fifteen in all. Errors: HoldExpired."""
        now = self._clock.now()
        with writing() as session:
            occupied = store.occupied_by_hold(session, hold_id)
            store.lock_hosts(session, occupied)
            hold = _living(session, hold_id, now)
            hold.expires_at = min(now + HOLD_LASTS, hold.created_at + HELD_AT_MOST)
            store.touch(session, occupied)
            return _view(hold)

    def release(self, hold_id: int) -> None:
        """Give a hold up; one that is gone already is no error."""
        with writing() as session:
            occupied = store.occupied_by_hold(session, hold_id)
            store.lock_hosts(session, occupied)
            _drop(session, hold_id)
            store.touch(session, occupied)

    def sweep(self) -> int:
        """Remove expired holds of all hosts; return how many."""
        now = self._clock.now()
        with writing() as session:
            store.lock_hosts(session, store.held(session, now))
            return drop_expired(session, now)


def check_room(session: Session, event_type: EventType, visitor: str | None, now: datetime) -> None:
    """Refuse one hold more than a visitor, or all guests of an event type, may have at once.

    Errors: RateLimited, with the seconds until one of them ends.
    """
    counted = [(MOST_OF_EVENT_TYPE, Hold.event_type_id == event_type.id)]
    if visitor is not None:
        store.lock_visitor(session, visitor)
        counted.append((MOST_OF_VISITOR, Hold.visitor == visitor))
    for most, whose in counted:
        ends = store.ends_of_holds(session, now, whose)
        if len(ends) >= most:
            raise RateLimited(max(1, ceil((ends[0] - now).total_seconds())))


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
