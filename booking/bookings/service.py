"""Booking, moving, cancelling: each a single transaction that leaves nothing half done.

The order is always the same: lock hosts and resources, ask the one validator, claim the place (the
database has the last word), write the booking and its jobs. No lock is held while a provider is
called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from booking.bookings import choosing, history, holds, jobs, placing, store
from booking.bookings.access import found, lock
from booking.bookings.ending import end
from booking.bookings.guest_limits import check_guest_room
from booking.bookings.inviting import inviter
from booking.bookings.lifecycle import Step, check_time, first_kind, kind_of, next_status
from booking.bookings.looking import Looker
from booking.bookings.making import Maker, check_address, check_seats
from booking.bookings.models import Booking
from booking.bookings.moving import Mover
from booking.bookings.placing import Taker
from booking.bookings.queries import booking_query, moving_query
from booking.bookings.reassigning import Reassigner
from booking.bookings.slots import SlotFinder
from booking.bookings.subjects import Subject, find_subject
from booking.bookings.taking_over import place_of
from booking.bookings.values import (
    Actor,
    BookingEventView,
    BookingRequest,
    BookingView,
    Candidate,
    Cause,
    SlotQuery,
)
from booking.bookings.views import Views
from booking.core.clock import Clock
from booking.core.errors import Forbidden, IllegalTransition, NotFound, SlotUnavailable
from booking.core.ids import new_id
from booking.core.instants import DAY, Instant, to_instant
from booking.db import is_retryable, reading, retry_once, writing
from booking.eventtypes import private_links
from booking.eventtypes.models import EventType

LINKS_LAST = 30 * DAY
"""How long after its end guests may look at a booking, in seconds."""
_Result = TypeVar("_Result")
StoreAnswer = Callable[[Session, BookingView], None]
_GUESTS = {
    Step.CANCEL: ("guest_can_cancel", "guest_cancel_notice_minutes", "cancelled"),
    Step.RESCHEDULE: ("guest_can_reschedule", "guest_reschedule_notice_minutes", "moved"),
}


class BookingService:
    """What guests and hosts do with bookings. A method is one transaction."""

    def __init__(
        self,
        *,
        clock: Clock,
        slots: SlotFinder,
        views: Views,
        looker: Looker,
        domain: str,
        sends_mail: bool,
    ) -> None:
        self._clock = clock
        self._slots = slots
        self._views = views
        self._looker = looker
        self._domain = domain
        self._invites_from = inviter(sends_mail=sends_mail)

    def book(self, request: BookingRequest, store_answer: StoreAnswer | None = None) -> BookingView:
        """Book a slot, or a series; `store_answer` is called in the same transaction.

        The view is that of the first booking. Calendars that were read more than a minute ago are
        looked at first, for two seconds at most.
        Errors: NotFound, InvalidInput, SlotUnavailable with alternatives, and the conflicts of a
        series.
        """
        query = booking_query(request)
        maker = self._maker()
        doubted = self._looker.doubted(query, maker.seed, request.recurrence_count)
        return self.or_alternatives(
            lambda: self._book(request, maker, doubted, store_answer), lambda: query
        )

    def _maker(self) -> Maker:
        return Maker(
            domain=self._domain,
            now=self._clock.now(),
            seed=new_id(),
            invites_from=self._invites_from,
        )

    def _book(
        self,
        request: BookingRequest,
        maker: Maker,
        doubted: frozenset[int],
        store_answer: StoreAnswer | None,
    ) -> BookingView:
        with writing() as session:
            subject = self._locked(session, request.event_type_id)
            check_address(subject.event_type, request)
            check_seats(subject.event_type, request)
            check_guest_room(session, subject, request, maker.now)
            private_links.use(session, subject.event_type, request.private_link_id, maker.now)
            query = booking_query(request)
            checked = self._slots.check(
                session, query, request.start, doubted, request.recurrence_count
            )
            freed: Iterable[int] = ()
            if request.hold_id is not None:
                freed = holds.consume(session, request.hold_id, subject)
            made = maker.make(session, checked, request)
            cause = Cause(now=maker.now, actor=Actor.GUEST)
            for booking in made:
                history.record(session, booking, first_kind(booking.status), cause)
                jobs.ask_write(session, booking, maker.now)
            hosts = choosing.hosts_of(session, made[0].id)
            store.touch(session, (*freed, *checked.subject.occupied_with(hosts)))
            view = self._views.of(session, made[0])
            if store_answer is not None:
                store_answer(session, view)
            return view

    def _locked(self, session: Session, event_type_id: int) -> Subject:
        """Be the only one that books these hosts and resources; expired holds are gone then."""
        subject = find_subject(session, event_type_id)
        store.lock_hosts(session, subject.ids)
        holds.drop_expired(session, self._clock.now(), subject.ids)
        return subject

    def or_alternatives(
        self, unit: Callable[[], _Result], query: Callable[[], SlotQuery]
    ) -> _Result:
        """Run a unit; where its slot is gone, say so with the nearest free times.

        A slot over which two units ran into each other twice counts as gone.
        """
        conflicts: tuple[tuple[int, tuple[str, ...]], ...] = ()
        message = ""
        try:
            return retry_once(unit)
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
        except OperationalError as error:
            if not is_retryable(error):
                raise
        except SlotUnavailable as error:
            conflicts = error.conflicts
            message = error.message if error.message != SlotUnavailable.default_message else ""
        nearest = self._slots.nearest(query())
        usual = "This time was just taken." if nearest else "This time is not available."
        raise SlotUnavailable(
            message or usual,
            alternatives=tuple((slot.start, slot.end) for slot in nearest),
            conflicts=conflicts,
        )

    def get(self, uid: str, *, host_id: int | None = None) -> BookingView:
        """Return a booking; with `host_id`, only if it is that host's. Errors: NotFound."""
        with reading() as session:
            return self._views.of(session, found(session, uid, host_id))

    def check_link(self, uid: str) -> None:
        """Refuse a guest's link to a booking that was over long ago. Errors: NotFound."""
        with reading() as session:
            booking = found(session, uid, None)
        if to_instant(self._clock.now()) >= booking.ends_at + LINKS_LAST:
            raise NotFound("This link has ended: the meeting was more than thirty days ago.")

    def cancel(
        self, uid: str, actor: Actor, reason: str | None = None, *, host_id: int | None = None
    ) -> BookingView:
        """Cancel. Errors: NotFound, Forbidden, IllegalTransition."""
        cause = self._cause(actor, host_id, reason)
        return retry_once(lambda: self._end(uid, Step.CANCEL, cause))

    def decline(self, uid: str, reason: str | None = None, *, host_id: int) -> BookingView:
        """Refuse a request. Errors: NotFound, IllegalTransition."""
        cause = self._cause(Actor.HOST, host_id, reason)
        return retry_once(lambda: self._end(uid, Step.DECLINE, cause))

    def _cause(self, actor: Actor, user_id: int | None, reason: str | None = None) -> Cause:
        return Cause(now=self._clock.now(), actor=actor, user_id=user_id, reason=reason)

    def _end(self, uid: str, step: Step, cause: Cause) -> BookingView:
        with writing() as session:
            booking = found(session, uid, cause.user_id)
            lock(session, booking)
            next_status(booking.status, step)
            if cause.actor is Actor.GUEST:
                self._check_guest_may(session, booking, step)
            if step is Step.EXPIRE:
                _check_ran_out(booking, cause)
            self._changed(session, booking, end(session, booking, step, cause))
            return self._views.of(session, booking)

    def confirm(self, uid: str, *, host_id: int) -> BookingView:
        """Accept a request. Errors: NotFound, IllegalTransition, SlotUnavailable."""
        return self.or_alternatives(
            lambda: self._confirm(uid, host_id), lambda: self._moving_query(uid, None)
        )

    def _confirm(self, uid: str, host_id: int) -> BookingView:
        cause = self._cause(Actor.HOST, host_id)
        with writing() as session:
            booking = found(session, uid, host_id)
            subject = self._subject(session, booking)
            resources = () if subject is None else subject.occupied_with(())
            lock(session, booking, resources)
            hosts = choosing.hosts_of(session, booking.id)
            status = next_status(booking.status, Step.CONFIRM)
            check_time(Step.CONFIRM, starts_at=booking.starts_at, now=to_instant(cause.now))
            holds.drop_expired(session, cause.now, [*hosts, *resources])
            store.change(session, booking, cause.actor, cause.now, status=status, expires_at=None)
            if not placing.has_place(session, booking.id):
                booking.sitting_id = placing.take(
                    session,
                    place_of(booking, subject),
                    (*hosts, *resources),
                    Taker(booking_id=booking.id, seats=1 + len(booking.additional_guests)),
                )
            history.record(session, booking, kind_of(Step.CONFIRM), cause)
            self._changed(session, booking, (*hosts, *resources))
            return self._views.of(session, booking)

    def _subject(self, session: Session, booking: Booking) -> Subject | None:
        """Return the booking's event type with its hosts, None where it was deleted."""
        try:
            return find_subject(session, booking.event_type_id or 0)
        except NotFound:
            return None

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

        Its hosts stay where they are free, else another one is chosen.
        Errors: NotFound, Forbidden, IllegalTransition, SlotUnavailable with alternatives.
        """
        with reading() as session:
            booking = found(session, uid, host_id)
            self._check_may_move(session, booking, actor)
            query = moving_query(booking, start)
            seed = booking.id
        doubted = self._looker.doubted(query, seed)
        mover = Mover(cause=self._cause(actor, host_id, reason))
        return self.or_alternatives(
            lambda: self._reschedule(uid, start, mover, doubted),
            lambda: self._moving_query(uid, start),
        )

    def _reschedule(
        self, uid: str, start: Instant, mover: Mover, doubted: frozenset[int]
    ) -> BookingView:
        with writing() as session:
            # Asked once more: while calendars were looked at, it may have been given away.
            booking = found(session, uid, mover.cause.user_id)
            subject = find_subject(session, booking.event_type_id or 0)
            lock(session, booking, subject.ids)
            holds.drop_expired(session, self._clock.now(), subject.ids)
            self._check_may_move(session, booking, mover.cause.actor)
            checked = self._slots.check(session, moving_query(booking, start), start, doubted)
            self._changed(session, booking, mover.move(session, booking, checked))
            return self._views.of(session, booking)

    def _check_may_move(self, session: Session, booking: Booking, actor: Actor) -> None:
        next_status(booking.status, Step.RESCHEDULE)
        if actor is Actor.GUEST:
            self._check_guest_may(session, booking, Step.RESCHEDULE)

    def _changed(self, session: Session, booking: Booking, subject_ids: Iterable[int]) -> None:
        """Follow up a change: slots are void, and the calendars have to catch up."""
        store.touch(session, {*subject_ids, *choosing.hosts_of(session, booking.id)})
        jobs.ask_write(session, booking, self._clock.now())

    def _check_guest_may(self, session: Session, booking: Booking, step: Step) -> None:
        event_type = session.get(EventType, booking.event_type_id or 0)
        flag, notice, verb = _GUESTS[step]
        if event_type is not None and not getattr(event_type, flag):
            raise Forbidden(f"This booking can't be {verb} online. Please write to the host.")
        now = to_instant(self._clock.now())
        check_time(step, starts_at=booking.starts_at, now=now, by_guest=True)
        minutes = 0 if event_type is None else getattr(event_type, notice)
        if now >= booking.starts_at - minutes * 60:
            raise Forbidden(
                f"It is too late for this booking to be {verb} online. Please write to the host."
            )

    def expire_requests(self) -> int:
        """Decline requests that nobody answered in time; return how many."""
        with reading() as session:
            uids = store.expired_requests(session, self._clock.now())
        return sum(self._expire(uid) for uid in uids)

    def _expire(self, uid: str) -> bool:
        try:
            self._end(uid, Step.EXPIRE, self._cause(Actor.SYSTEM, None, "No answer in time."))
        except IllegalTransition:
            return False  # the host was faster
        return True

    def reassign(
        self, uid: str, to: int | None = None, reason: str | None = None, *, host_id: int
    ) -> BookingView:
        """Give a booking to the host `to` of its event type, or to whoever of them is next.

        Its time stays, and so do its other hosts.
        Errors: NotFound, InvalidInput at `/user_id`, IllegalTransition, Conflict, SlotUnavailable.
        """
        reassigner = Reassigner(cause=self._cause(Actor.HOST, host_id, reason), to=to)
        with reading() as session:
            booking = found(session, uid, host_id)
            reassigner.check(booking)
            subject = find_subject(session, booking.event_type_id or 0)
            calendars = reassigner.calendars(session, booking, subject)
        doubted = self._looker.doubted_of(calendars)
        try:
            return retry_once(lambda: self._reassign(uid, reassigner, doubted))
        except IntegrityError as error:
            if not store.is_overlap(error):
                raise
            raise SlotUnavailable("This host is not free at this time any more.") from None

    def _reassign(self, uid: str, reassigner: Reassigner, doubted: frozenset[int]) -> BookingView:
        with writing() as session:
            booking = found(session, uid, reassigner.cause.user_id)
            subject = find_subject(session, booking.event_type_id or 0)
            lock(session, booking, subject.ids)
            holds.drop_expired(session, reassigner.cause.now, subject.ids)
            self._changed(session, booking, reassigner.reassign(session, booking, subject, doubted))
            return self._views.of(session, booking)

    def candidates(self, uid: str, *, host_id: int) -> tuple[Candidate, ...]:
        """Return the hosts who could take over a booking, and whether each is free then.

        Errors: NotFound.
        """
        reassigner = Reassigner(cause=self._cause(Actor.HOST, host_id), to=None)
        with reading() as session:
            booking = found(session, uid, host_id)
            try:
                subject = find_subject(session, booking.event_type_id or 0)
            except NotFound:
                return ()
            return reassigner.candidates(session, booking, subject)

    def no_show(self, uid: str, reason: str | None = None, *, host_id: int) -> BookingView:
        """Note that the guest did not come; only after the start, and once.

        Errors: NotFound, IllegalTransition.
        """
        cause = self._cause(Actor.HOST, host_id, reason)
        return retry_once(lambda: self._no_show(uid, cause))

    def _no_show(self, uid: str, cause: Cause) -> BookingView:
        with writing() as session:
            booking = found(session, uid, cause.user_id)
            lock(session, booking)
            next_status(booking.status, Step.NO_SHOW)
            check_time(Step.NO_SHOW, starts_at=booking.starts_at, now=to_instant(cause.now))
            if booking.no_show_at is not None:
                raise IllegalTransition("It is noted already that the guest did not come.")
            store.compare_and_set(session, booking, no_show_at=cause.now)
            history.record(session, booking, kind_of(Step.NO_SHOW), cause)
            return self._views.of(session, booking)

    def history(
        self, uid: str, *, host_id: int, after: int = 0, limit: int | None = None
    ) -> tuple[BookingEventView, ...]:
        """Return a booking's changes in order, from the one after revision `after` on.

        Errors: NotFound.
        """
        with reading() as session:
            booking = found(session, uid, host_id)
            return history.of_booking(session, booking.id, after=after, limit=limit)

    def _moving_query(self, uid: str, start: Instant | None) -> SlotQuery:
        with reading() as session:
            booking = found(session, uid, None)
            return moving_query(booking, Instant(booking.starts_at) if start is None else start)


def _check_ran_out(booking: Booking, cause: Cause) -> None:
    """Refuse to end a request that was moved meanwhile and waits again.

    Errors: IllegalTransition.
    """
    if booking.expires_at is not None and booking.expires_at > cause.now:
        raise IllegalTransition("This request still waits for an answer.")
