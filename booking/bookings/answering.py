"""A host's answer to what they did by hand in their calendar: accept it, or put the event back.

Accepting is an ordinary change of the booking: its place is claimed before the old one is given
up, and its history, mails and webhooks follow by themselves. A host may overrule their own hours,
notice and limits this way, but no other booking.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking.accounts.notices import Cause as NoticeCause
from booking.accounts.notices import Notice, TellHost
from booking.bookings import change_store, holds, jobs, store
from booking.bookings.access import found, lock
from booking.bookings.change_models import CalendarChange
from booking.bookings.choosing import hosts_of
from booking.bookings.deciding import ChangeKind, ChangeState, Decision, Found, hindrance
from booking.bookings.ending import end
from booking.bookings.lifecycle import Step
from booking.bookings.models import Booking
from booking.bookings.noticing import ask_put_back
from booking.bookings.subjects import Subject, find_subject
from booking.bookings.taking_over import check_free, take_over
from booking.bookings.values import Actor, BookingView, Cause
from booking.bookings.views import Views
from booking.calendars.models import Calendar, Connection
from booking.core.clock import Clock
from booking.core.errors import Conflict, IllegalTransition, NotFound, SlotUnavailable
from booking.core.instants import Instant, to_instant
from booking.db import reading, retry_once, writing

_NOTHING = "Nothing that was changed in the calendar waits for an answer."
_TAKEN = "Another booking or request takes this time."


class Answers:
    """What hosts decide about changes in their calendars. A method is one transaction."""

    def __init__(self, *, clock: Clock, views: Views, tell_host: TellHost) -> None:
        self._clock = clock
        self._views = views
        self._tell_host = tell_host

    def accept(self, uid: str, *, host_id: int) -> BookingView:
        """Let a booking follow its event: move it there, or cancel it.

        Errors: NotFound; IllegalTransition where nothing waits, or where the event stands at no
        time that a booking can have; SlotUnavailable, and the booking stays.
        """
        cause = self._cause(host_id)
        try:
            return retry_once(lambda: self._accept(uid, cause))
        except (SlotUnavailable, IntegrityError) as error:
            reason = _reason_of(error)
        self._note(uid, host_id, reason)
        raise SlotUnavailable(f"{reason} The booking was not moved.")

    def _cause(self, user_id: int) -> Cause:
        now = self._clock.now()
        return Cause(now=now, actor=Actor.HOST, user_id=user_id, in_calendar=True)

    def _accept(self, uid: str, cause: Cause) -> BookingView:
        with writing() as session:
            booking = found(session, uid, cause.user_id)
            subject = _locked(session, booking, cause.now)
            row = _waiting(session, booking)
            self._carry_out(session, booking, subject, change_store.found_of(row), cause)
            return self._views.of(session, booking)

    def _carry_out(
        self,
        session: Session,
        booking: Booking,
        subject: Subject | None,
        wanted: Found,
        cause: Cause,
        *,
        is_asked: bool = True,
    ) -> None:
        """Do with a booking what was done with its event; the change is then forgotten."""
        against = hindrance(wanted, cause.now)
        if against is not None:
            raise IllegalTransition(f"{against} Move the booking, or put the event back.")
        occupied: Iterable[int]
        if wanted.kind is ChangeKind.DELETED:
            occupied = end(session, booking, Step.CANCEL, cause)
        else:
            span = (wanted.start or Instant(0), wanted.end or Instant(0))
            overruled = cause.user_id if is_asked else None
            check_free(session, booking, subject, span, overruled_by=overruled)
            occupied = take_over(session, booking, subject, span, cause)
        store.touch(session, {*occupied, *hosts_of(session, booking.id)})
        jobs.ask_write(session, booking, cause.now)

    def put_back(self, uid: str, *, host_id: int) -> BookingView:
        """Have a booking's event brought back to where the booking is; guests hear nothing.

        Errors: NotFound; IllegalTransition where nothing waits.
        """
        return retry_once(lambda: self._put_back(uid, host_id))

    def _put_back(self, uid: str, host_id: int) -> BookingView:
        with writing() as session:
            booking = found(session, uid, host_id)
            lock(session, booking)
            row = _waiting(session, booking)
            change_store.settle(session, row, Decision(state=ChangeState.PUTTING_BACK))
            store.touch(session, [_owner_of(session, row.calendar_id)])
            ask_put_back(session, booking.id, row.calendar_id, self._clock.now())
            return self._views.of(session, booking)

    def follow(self, calendar_id: int, booking_ids: Iterable[int]) -> int:
        """Accept what these bookings' host was given time to undo; return how many were accepted.

        The events have just been read again. What cannot be accepted is asked about.
        """
        return sum(self._followed(calendar_id, booking_id) for booking_id in booking_ids)

    def _followed(self, calendar_id: int, booking_id: int) -> bool:
        place = (booking_id, calendar_id)
        try:
            return retry_once(lambda: self._follow(place))
        except (Conflict, IntegrityError) as error:
            reason = _reason_of(error)
        with writing() as session:
            row = session.get(CalendarChange, place)
            if row is not None and row.state == ChangeState.FOLLOWING:
                change_store.settle(session, row, _asking(reason))
                self._tell(session, row, reason)
        return False

    def _follow(self, place: tuple[int, int]) -> bool:
        with writing() as session:
            booking = session.get(Booking, place[0])
            if booking is None:
                return False
            subject = _locked(session, booking, self._clock.now())
            row = session.get(CalendarChange, place, populate_existing=True)
            if row is None or row.booking_id not in change_store.grace_over(
                session, self._clock.now(), place[1]
            ):
                return False
            wanted = change_store.found_of(row)
            cause = self._cause(_owner_of(session, place[1]))
            self._carry_out(session, booking, subject, wanted, cause, is_asked=False)
            change_store.put_followed(session, place, wanted, cause.now)
            return True

    def _note(self, uid: str, host_id: int, reason: str) -> None:
        """Keep with the change why it could not be accepted."""
        with writing() as session:
            row = change_store.undecided(session, found(session, uid, host_id).id)
            if row is not None:
                change_store.settle(session, row, _asking(reason))

    def _tell(self, session: Session, row: CalendarChange, reason: str) -> None:
        booking = session.get_one(Booking, row.booking_id)
        notice = Notice(
            user_id=_owner_of(session, row.calendar_id),
            cause=NoticeCause.CALENDAR_CHANGED,
            about=booking.title,
            detail=reason,
            path=f"/bookings/{booking.uid}",
            key=f"calendar-change-refused:{row.booking_id}:{to_instant(row.noticed_at)}",
        )
        self._tell_host(session, notice)

    def open(self, user_id: int) -> tuple[BookingView, ...]:
        """Return the bookings of a host whose events were changed by hand, soonest first."""
        with reading() as session:
            return self._views.many(session, change_store.changed_bookings(session, user_id))

    def missing_calendars(self, user_id: int) -> list[str]:
        """Return the names of a user's calendars with bookings that cannot be found any more."""
        with reading() as session:
            return change_store.missing_calendars(session, user_id)


def _locked(session: Session, booking: Booking, now: datetime) -> Subject | None:
    """Be the only one that changes a booking; return its event type, None where it was deleted."""
    try:
        subject = find_subject(session, booking.event_type_id or 0)
    except NotFound:
        subject = None
    ids = () if subject is None else subject.ids
    lock(session, booking, ids)
    holds.drop_expired(session, now, ids)
    return subject


def _waiting(session: Session, booking: Booking) -> CalendarChange:
    row = change_store.undecided(session, booking.id)
    if row is None:
        raise IllegalTransition(_NOTHING)
    return row


def _asking(reason: str) -> Decision:
    return Decision(state=ChangeState.ASKING, reason=reason)


def _owner_of(session: Session, calendar_id: int) -> int:
    calendar = session.get_one(Calendar, calendar_id)
    return session.get_one(Connection, calendar.connection_id).user_id


def _reason_of(error: Conflict | IntegrityError) -> str:
    """Return the sentence for a refusal. Errors: an IntegrityError that is no overlap, again."""
    if isinstance(error, Conflict):
        return error.message
    if not store.is_overlap(error):
        raise error
    return _TAKEN
