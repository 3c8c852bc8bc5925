"""Making the rows of new bookings, inside the unit that has checked and locked their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from booking.availability.hosts_choice import Assignment
from booking.bookings import choosing, conferences, copies, placing
from booking.bookings.lifecycle import blocks
from booking.bookings.models import Booking, BookingStatus
from booking.bookings.placing import Place, Taker
from booking.bookings.subjects import Subject
from booking.bookings.values import Actor, BookingRequest
from booking.bookings.verdicts import Checked
from booking.core.errors import Forbidden, InvalidInput
from booking.core.ids import new_id, new_uid
from booking.core.instants import Instant, from_instant
from booking.eventtypes.locations import choose
from booking.eventtypes.models import EventType
from booking.eventtypes.questions import check_answers, to_questions

REQUEST_LASTS = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes bookings for one request; `domain` names them in the world (RFC 7986, 5.3).

    `seed` draws the lot among equal hosts: it is the id of the first booking. `invites_from` is who
    sends the invitations.
    """

    domain: str
    now: datetime
    seed: int
    invites_from: str

    def make(self, session: Session, checked: Checked, request: BookingRequest) -> list[Booking]:
        """Make a booking, or all of a series, with hosts, places and copies; in order of time.

        Errors: InvalidInput for answers or a place that were not asked for; SlotUnavailable;
        IntegrityError where the database refuses the overlap.
        """
        first = self._row(checked, request, checked.bookable.spans[0])
        first.id = self.seed
        assignment = choosing.choose(session, checked, now=self.now, seed=self.seed)
        checked.with_hosts(assignment.hosts)
        rows = [first]
        rows += [self._row(checked, request, span) for span in checked.bookable.spans[1:]]
        for row in rows:
            row.host_id = assignment.hosts[0]
            row.series_uid = first.uid if len(rows) > 1 else None
            self._add(session, checked.subject, row, assignment)
        return rows

    def _add(
        self, session: Session, subject: Subject, booking: Booking, assignment: Assignment
    ) -> None:
        session.add(booking)
        session.flush()
        choosing.set_hosts(session, booking, assignment)
        settle_place(session, booking, subject, assignment.hosts)
        calendars = copies.wanted_calendars(
            session, assignment.hosts, subject.event_type.destination_calendar_id
        )
        copies.set_wanted(session, booking.id, calendars)
        conferences.note_makers(session, booking)

    def _row(
        self, checked: Checked, request: BookingRequest, span: tuple[Instant, Instant]
    ) -> Booking:
        event_type = checked.subject.event_type
        place = choose(event_type.location, request.location, request.guest.phone)
        is_request = event_type.requires_confirmation or checked.bookable.on_request
        uid = new_uid()
        return Booking(
            id=new_id(),
            uid=uid,
            ical_uid=f"{uid}@{self.domain}",
            event_type_id=event_type.id,
            title=f"{event_type.title}: {request.guest.name}",
            starts_at=span[0],
            ends_at=span[1],
            buffer_before_minutes=event_type.buffer_before_minutes,
            buffer_after_minutes=event_type.buffer_after_minutes,
            status=BookingStatus.PENDING if is_request else BookingStatus.CONFIRMED,
            guest_name=request.guest.name,
            guest_email=request.guest.email,
            guest_phone=request.guest.phone,
            guest_locale=request.guest.locale,
            guest_time_zone=request.time_zone,
            guest_is_verified=request.is_verified,
            additional_guests=list(request.additional_guests),
            answers=check_answers(to_questions(event_type.questions), request.answers),
            location=place,
            meeting_url=place.get("url") if place else None,
            changed_by=Actor.GUEST,
            invites_from=self.invites_from,
            expires_at=request_expiry(self.now, span[0]) if is_request else None,
            created_at=self.now,
            updated_at=self.now,
        )


def check_form(event_type: EventType, request: BookingRequest) -> None:
    """Refuse what could not be booked whatever the time. Errors: InvalidInput."""
    check_seats(event_type, request)
    choose(event_type.location, request.location, request.guest.phone)
    check_answers(to_questions(event_type.questions), request.answers)


def check_address(event_type: EventType, request: BookingRequest) -> None:
    """Refuse a guest who has to confirm the address first. Errors: Forbidden."""
    if event_type.requires_email_confirmation and not request.is_verified:
        raise Forbidden("The e-mail address has to be confirmed before this can be booked.")


def check_seats(event_type: EventType, request: BookingRequest) -> None:
    """Refuse more guests than a time has seats. Errors: InvalidInput at `/additional_guests`."""
    if event_type.seats is not None and request.guests > event_type.seats:
        most = event_type.seats - 1
        text = f"You can bring {most} at most." if most else "You can't bring anybody along."
        raise InvalidInput.at("/additional_guests", text)


def request_expiry(now: datetime, start: Instant) -> datetime:
    """Return until when a request for `start` waits for an answer."""
    return min(now + REQUEST_LASTS, from_instant(start))


def settle_place(
    session: Session, booking: Booking, subject: Subject, host_ids: tuple[int, ...]
) -> None:
    """Let a booking occupy its hosts and resources if its status says so; else it waits without.

    Errors: SlotUnavailable; IntegrityError where the database refuses the overlap.
    """
    if not blocks(booking.status, pending_blocks=subject.event_type.pending_blocks):
        booking.sitting_id = None
        return
    booking.sitting_id = placing.take(
        session,
        Place.of(subject.event_type, (booking.starts_at, booking.ends_at)),
        subject.occupied_with(host_ids),
        Taker(booking_id=booking.id, seats=1 + len(booking.additional_guests)),
    )
    session.flush()
