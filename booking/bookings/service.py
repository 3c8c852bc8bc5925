"""Booking, moving, cancelling: each a single transaction that leaves nothing half done.

The order is always the same: lock the host, ask the one validator, claim the place (the database
has the last word), write the booking and its jobs. No lock is held while a provider is called.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking.accounts.hosts import AccountHosts
from booking.availability.facts import Slot
from booking.bookings import holds, jobs, store
from booking.bookings.lifecycle import Step, blocks, claimed_span, next_status
from booking.bookings.models import Booking, BookingStatus
from booking.bookings.slots import SlotFinder
from booking.bookings.values import Actor, BookingRequest, BookingView, SlotQuery
from booking.bookings.views import Views
from booking.calendars.selection import destination_for
from booking.core.clock import Clock
from booking.core.errors import Forbidden, IllegalTransition, NotFound, SlotUnavailable
from booking.core.ids import new_id, new_uid
from booking.core.instants import Instant, from_instant, to_instant
from booking.db import reading, retry_once, writing
from booking.eventtypes import store as event_types
from booking.eventtypes.locations import choose
from booking.eventtypes.models import EventType
from booking.eventtypes.questions import check_answers, to_questions

REQUEST_LASTS = timedelta(hours=48)
StoreAnswer = Callable[[Session, BookingView], None]
_HOSTS = AccountHosts()


class BookingService:
    """What guests and hosts do with bookings. A method is one transaction."""

    def __init__(self, *, clock: Clock, slots: SlotFinder, views: Views, domain: str) -> None:
        self._clock = clock
        self._slots = slots
        self._views = views
        self._domain = domain

    def book(self, request: BookingRequest, store_answer: StoreAnswer | None = None) -> BookingView:
        """Book a slot; `store_answer` is called in the same transaction.

        Errors: NotFound, InvalidInput, SlotUnavailable with alternatives.
        """
        try:
            return retry_once(lambda: self._book(request, store_answer))
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
        except SlotUnavailable as error:
            if error.alternatives:
                raise
        raise self._taken(_query_of(request))

    def _book(self, request: BookingRequest, store_answer: StoreAnswer | None) -> BookingView:
        now = self._clock.now()
        with writing() as session:
            event_type, host = event_types.get_bookable(session, request.event_type_id)
            store.lock_hosts(session, [host.id])
            store.drop_expired_holds(session, now, host.id)
            slot = self._slots.check(session, _query_of(request), request.start)
            booking = self._new_booking(session, event_type, request, slot)
            if request.hold_id is not None:
                holds.consume(session, request.hold_id, host.id)
            session.add(booking)
            session.flush()
            self._claim(session, booking, event_type)
            self._changed(session, booking)
            view = self._views.of(session, booking)
            if store_answer is not None:
                store_answer(session, view)
            return view

    def _new_booking(
        self,
        session: Session,
        event_type: EventType,
        request: BookingRequest,
        slot: Slot,
    ) -> Booking:
        now = self._clock.now()
        place = choose(event_type.location, request.location, request.guest.phone)
        answers = check_answers(to_questions(event_type.questions), request.answers)
        is_request = event_type.requires_confirmation or slot.on_request
        uid = new_uid()
        return Booking(
            id=new_id(),
            uid=uid,
            ical_uid=f"{uid}@{self._domain}",
            host_id=event_type.user_id,
            event_type_id=event_type.id,
            title=f"{event_type.title}: {request.guest.name}",
            starts_at=slot.start,
            ends_at=slot.end,
            buffer_before_minutes=event_type.buffer_before_minutes,
            buffer_after_minutes=event_type.buffer_after_minutes,
            status=BookingStatus.PENDING if is_request else BookingStatus.CONFIRMED,
            guest_name=request.guest.name,
            guest_email=request.guest.email,
            guest_phone=request.guest.phone,
            guest_locale=request.guest.locale,
            guest_time_zone=request.time_zone,
            additional_guests=list(request.additional_guests),
            answers=answers,
            location=place,
            meeting_url=place.get("url") if place else None,
            changed_by=Actor.GUEST,
            destination_calendar_id=destination_for(
                session, event_type.user_id, event_type.destination_calendar_id
            ),
            expires_at=self._expiry(slot.start) if is_request else None,
            created_at=now,
            updated_at=now,
        )

    def _expiry(self, start: Instant) -> datetime:
        return min(self._clock.now() + REQUEST_LASTS, from_instant(start))

    def _claim(self, session: Session, booking: Booking, event_type: EventType) -> None:
        store.claim(
            session,
            subject_id=booking.host_id,
            span=_span_of(booking),
            booking_id=booking.id,
            active=blocks(booking.status, pending_blocks=event_type.pending_blocks),
        )

    def _changed(self, session: Session, booking: Booking) -> None:
        """Follow up a change: slots are void, and the calendar has to catch up."""
        _HOSTS.touch(session, booking.host_id)
        jobs.ask_write(session, booking, self._clock.now())

    def get(self, uid: str, *, host_id: int | None = None) -> BookingView:
        """Return a booking; with `host_id`, only if it is that host's. Errors: NotFound."""
        with reading() as session:
            return self._views.of(session, _found(session, uid, host_id))

    def cancel(
        self, uid: str, actor: Actor, reason: str | None = None, *, host_id: int | None = None
    ) -> BookingView:
        """Cancel. Errors: NotFound, Forbidden, IllegalTransition."""
        return self._end(uid, Step.CANCEL, actor, reason, host_id)

    def decline(self, uid: str, reason: str | None = None, *, host_id: int) -> BookingView:
        """Refuse a request. Errors: NotFound, IllegalTransition."""
        return self._end(uid, Step.DECLINE, Actor.HOST, reason, host_id)

    def _end(
        self, uid: str, step: Step, actor: Actor, reason: str | None, host_id: int | None
    ) -> BookingView:
        with writing() as session:
            booking = _found(session, uid, host_id)
            store.lock_hosts(session, [booking.host_id])
            session.refresh(booking)
            status = next_status(booking.status, step)
            if actor is Actor.GUEST:
                self._check_guest_may(session, booking, "guest_can_cancel", "cancelled")
            self._set(session, booking, actor, status=status, reason=reason, expires_at=None)
            store.release_claims(session, booking.id)
            self._changed(session, booking)
            return self._views.of(session, booking)

    def confirm(self, uid: str, *, host_id: int) -> BookingView:
        """Accept a request. Errors: NotFound, IllegalTransition, SlotUnavailable."""
        try:
            return retry_once(lambda: self._confirm(uid, host_id))
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
            raise SlotUnavailable("Another booking has taken this time meanwhile.") from error

    def _confirm(self, uid: str, host_id: int) -> BookingView:
        with writing() as session:
            booking = _found(session, uid, host_id)
            store.lock_hosts(session, [booking.host_id])
            session.refresh(booking)
            status = next_status(booking.status, Step.CONFIRM)
            if booking.starts_at <= to_instant(self._clock.now()):
                raise IllegalTransition("This request has run out: its time has come.")
            store.drop_expired_holds(session, self._clock.now(), booking.host_id)
            self._set(session, booking, Actor.HOST, status=status, expires_at=None)
            store.move_claims(session, booking.id, _span_of(booking), active=True)
            self._changed(session, booking)
            return self._views.of(session, booking)

    def reschedule(
        self,
        uid: str,
        start: Instant,
        actor: Actor,
        reason: str | None = None,
        *,
        host_id: int | None = None,
    ) -> BookingView:
        """Move a booking to another slot; the old place is kept if the new one is refused.

        Errors: NotFound, Forbidden, IllegalTransition, SlotUnavailable with alternatives.
        """
        try:
            return retry_once(lambda: self._reschedule(uid, start, actor, reason, host_id))
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
        except SlotUnavailable as error:
            if error.alternatives:
                raise
        raise self._taken(self._moving_query(uid, start))

    def _reschedule(
        self, uid: str, start: Instant, actor: Actor, reason: str | None, host_id: int | None
    ) -> BookingView:
        now = self._clock.now()
        with writing() as session:
            booking = _found(session, uid, host_id)
            store.lock_hosts(session, [booking.host_id])
            session.refresh(booking)
            next_status(booking.status, Step.RESCHEDULE)
            if actor is Actor.GUEST:
                self._check_guest_may(session, booking, "guest_can_reschedule", "moved")
            store.drop_expired_holds(session, now, booking.host_id)
            slot = self._slots.check(session, _moving_query(booking, start), start)
            self._move(session, booking, slot, actor, reason)
            return self._views.of(session, booking)

    def _move(
        self,
        session: Session,
        booking: Booking,
        slot: Slot,
        actor: Actor,
        reason: str | None,
    ) -> None:
        event_type, _ = event_types.get_bookable(session, booking.event_type_id or 0)
        needs_word = actor is Actor.GUEST and (event_type.requires_confirmation or slot.on_request)
        status = next_status(booking.status, Step.RESCHEDULE, asks_again=needs_word)
        self._set(
            session,
            booking,
            actor,
            status=status,
            reason=reason,
            starts_at=slot.start,
            ends_at=slot.end,
            buffer_before_minutes=event_type.buffer_before_minutes,
            buffer_after_minutes=event_type.buffer_after_minutes,
            expires_at=self._expiry(slot.start) if status == BookingStatus.PENDING else None,
        )
        is_active = blocks(status, pending_blocks=event_type.pending_blocks)
        store.move_claims(session, booking.id, _span_of(booking), active=is_active)
        self._changed(session, booking)

    def _set(self, session: Session, booking: Booking, actor: Actor, **values: Any) -> None:
        store.compare_and_set(
            session,
            booking,
            sequence=booking.sequence + 1,
            changed_by=actor,
            updated_at=self._clock.now(),
            **values,
        )

    def _check_guest_may(self, session: Session, booking: Booking, flag: str, verb: str) -> None:
        event_type = session.get(EventType, booking.event_type_id or 0)
        if event_type is not None and not getattr(event_type, flag):
            raise Forbidden(f"This booking can't be {verb} online. Please write to the host.")
        if booking.starts_at <= to_instant(self._clock.now()):
            raise IllegalTransition(f"This booking has begun, so it can't be {verb} any more.")

    def expire_requests(self) -> int:
        """Decline requests that nobody answered in time; return how many."""
        with reading() as session:
            uids = store.expired_requests(session, self._clock.now())
        return sum(self._expire(uid) for uid in uids)

    def _expire(self, uid: str) -> bool:
        try:
            self._end(uid, Step.EXPIRE, Actor.SYSTEM, "No answer in time.", None)
        except IllegalTransition:
            return False  # the host was faster
        return True

    def _taken(self, query: SlotQuery) -> SlotUnavailable:
        nearest = self._slots.nearest(query)
        return SlotUnavailable(
            "This time was just taken." if nearest else "This time is not available.",
            alternatives=tuple((slot.start, slot.end) for slot in nearest),
        )

    def _moving_query(self, uid: str, start: Instant) -> SlotQuery:
        with reading() as session:
            return _moving_query(_found(session, uid, None), start)


def _found(session: Session, uid: str, host_id: int | None) -> Booking:
    booking = store.find_by_uid(session, uid)
    if booking is None or (host_id is not None and booking.host_id != host_id):
        raise NotFound("There is no such booking.")
    return booking


def _span_of(booking: Booking) -> tuple[int, int]:
    return claimed_span(
        booking.starts_at,
        booking.ends_at,
        before_minutes=booking.buffer_before_minutes,
        after_minutes=booking.buffer_after_minutes,
    )


def _query_of(request: BookingRequest) -> SlotQuery:
    return SlotQuery(
        event_type_id=request.event_type_id,
        start=request.start,
        end=Instant(request.start + 1),
        time_zone=request.time_zone,
        duration_minutes=request.duration_minutes,
        hold_id=request.hold_id,
    )


def _moving_query(booking: Booking, start: Instant) -> SlotQuery:
    return SlotQuery(
        event_type_id=booking.event_type_id or 0,
        start=start,
        end=Instant(start + 1),
        time_zone=booking.guest_time_zone,
        duration_minutes=(booking.ends_at - booking.starts_at) // 60,
        reschedule_uid=booking.uid,
    )
