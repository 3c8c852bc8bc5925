"""Announces changes of bookings to the programs of their hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from booking.accounts.announcements import Announce, Announcement
from booking.bookings import history
from booking.bookings.lifecycle import EventKind
from booking.bookings.values import BookingEventView, BookingView, HostView, Person, Previous
from booking.core.ids import encode_id
from booking.core.instants import Instant, from_instant

_EVENTS: Final[Mapping[str, str]] = {
    EventKind.CREATED: "booking.created",
    EventKind.REQUESTED: "booking.requested",
    EventKind.CONFIRMED: "booking.confirmed",
    EventKind.DECLINED: "booking.declined",
    # To a program a request that nobody answered is a declined one; `changed_by` says by whom.
    EventKind.EXPIRED: "booking.declined",
    EventKind.RESCHEDULED: "booking.rescheduled",
    EventKind.CANCELLED: "booking.cancelled",
    EventKind.REASSIGNED: "booking.reassigned",
    EventKind.NO_SHOW: "booking.no_show",
}


class Announcer:
    """A listener (`bookings.telling`) that hands each change on, as it was."""

    def __init__(self, announce: Announce) -> None:
        self._announce = announce

    def hear(self, session: Session, event: BookingEventView, booking: BookingView) -> None:
        """Announce a change to the programs of whoever was or is its host.

        A link that came late is no event of its own: later ones carry it.
        """
        if event.kind not in _EVENTS:
            return
        later = history.replaced_after(session, booking.uid, event.revision)
        people = later.hosts or booking.hosts
        before = () if event.previous is None else event.previous.hosts
        self._announce(
            session,
            Announcement(
                user_ids=tuple(sorted({one.user_id for one in (*people, *before)})),
                event=_EVENTS[event.kind],
                at=event.at,
                data=_data(event, booking, later, people),
                key=f"booking-event:{event.id}",
                subject=booking.uid,
                seq=event.revision,
            ),
        )


def _data(
    event: BookingEventView,
    booking: BookingView,
    later: Previous,
    people: Iterable[HostView | Person],
) -> dict[str, Any]:
    """Return the booking as it was after this change, without the token that manages it.

    `later` is what changes after this one replaced.
    """
    guest, type_id = booking.guest, booking.event_type_id
    data: dict[str, Any] = {
        "uid": booking.uid,
        "sequence": event.revision,
        "event_type_id": None if type_id is None else encode_id(type_id),
        "title": booking.title,
        "status": event.status,
        "start": _moment(booking.start if later.start is None else later.start),
        "end": _moment(booking.end if later.end is None else later.end),
        "hosts": [_person(one) for one in people],
        "guest": {
            "name": guest.name,
            "email": guest.email,
            "phone": guest.phone,
            "locale": guest.locale,
        },
        "time_zone": booking.guest_time_zone,
        "additional_guests": list(booking.additional_guests),
        "answers": dict(booking.answers),
        "location": None if booking.location is None else dict(booking.location),
        "meeting_url": booking.meeting_url,
        "reason": event.reason,
        "changed_by": event.actor,
    }
    return data if event.previous is None else {**data, "previous": _previous(event)}


def _previous(event: BookingEventView) -> dict[str, Any]:
    """Return what the change replaced: `start` and `end`, `hosts`, or all three."""
    previous, told = event.previous, dict[str, Any]()
    if previous is not None and previous.start is not None and previous.end is not None:
        told |= {"start": _moment(previous.start), "end": _moment(previous.end)}
    if previous is not None and previous.hosts:
        told["hosts"] = [_person(one) for one in previous.hosts]
    return told


def _person(one: HostView | Person) -> dict[str, str]:
    return {"user_id": encode_id(one.user_id), "name": one.name}


def _moment(instant: Instant) -> str:
    return from_instant(instant).isoformat().replace("+00:00", "Z")
