"""The iCalendar part of a mail: iTIP REQUEST and CANCEL (RFC 5546, RFC 6047).

One UID for life, SEQUENCE from the booking, a fresh DTSTAMP, times in UTC. ORGANIZER is the
address that all mails come from: constant, also when a booking changes hosts, and equal to From
as mail programs demand. Leaves to others: writing iCalendar text (`calendars.ical`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from booking.calendars.ical import render_event
from booking.core.errors import InvalidInput
from booking.core.event import (
    Answer,
    Attendee,
    CalendarEvent,
    EventStatus,
    Organizer,
    Timed,
)
from booking.mail.addresses import display_name, mailable
from booking.mail.values import (
    Cancelled,
    Declined,
    Expired,
    House,
    Meeting,
    OfBooking,
    Part,
    Person,
    Recipient,
)

REQUEST, CANCEL = "REQUEST", "CANCEL"


def method_of(news: OfBooking) -> str:
    """Return the iTIP method that tells this news."""
    return CANCEL if isinstance(news, Cancelled | Declined | Expired) else REQUEST


def invitation(news: OfBooking, to: Recipient, house: House, now: datetime) -> str:
    """Return the calendar object for one recipient, CRLF and folded.

    `now`: aware UTC. Errors: InvalidInput for an address that is none.
    """
    meeting = news.meeting
    place = meeting.place if to.may_read_guest_words or not meeting.place_is_guests else ""
    status = EventStatus.TENTATIVE if meeting.is_tentative else EventStatus.CONFIRMED
    event = CalendarEvent(
        uid=meeting.ical_uid,
        when=Timed.utc(meeting.start, meeting.end),
        title=meeting.title,
        description=meeting.meeting_url,
        location=place or meeting.meeting_url,
        status=EventStatus.CANCELLED if method_of(news) == CANCEL else status,
        organizer=Organizer(
            address=mailable(house.sender.address).lower(), name=display_name(from_name(meeting))
        ),
        attendees=_attendees(meeting, to, house),
        sequence=meeting.sequence,
    )
    stamp = now.replace(microsecond=0)
    return render_event(event, dtstamp=stamp, method=method_of(news), silent=False)


def from_name(meeting: Meeting) -> str:
    """Return under whose name a booking's mails come."""
    return ", ".join(host.name for host in meeting.hosts if host.name)


def _attendees(meeting: Meeting, to: Recipient, house: House) -> tuple[Attendee, ...]:
    """Return who stands in a recipient's copy: hosts, the recipient, and whom a guest named."""
    is_guest = to.part is Part.GUEST
    me = Person(address=to.address, name=to.name if to.may_read_guest_words else "")
    others = [Person(address=one) for one in meeting.additional_guests] if is_guest else []
    answers = [
        *((host, Answer.ACCEPTED) for host in meeting.hosts),
        *((other, Answer.NEEDS_ACTION) for other in others),
        (me, Answer.ACCEPTED if is_guest else Answer.NEEDS_ACTION),
    ]
    people: dict[str, Attendee] = {}
    for person, answer in answers:
        with suppress(InvalidInput):  # an odd address of one must not keep the others uninvited
            address = mailable(person.address).lower()
            name = display_name(person.name)
            people[address] = Attendee(address=address, name=name, answer=answer)
    people.pop(mailable(house.sender.address).lower(), None)
    return tuple(people[key] for key in sorted(people))
