"""A booking as the API tells it, and as a calendar file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from booking.bookings.inviting import neutral_title
from booking.bookings.lifecycle import EVENT_STATUS
from booking.bookings.values import (
    BookingEventView,
    BookingView,
    CalendarChangeView,
    HostView,
    Person,
    Previous,
)
from booking.calendars.ical import render_event
from booking.core.event import CalendarEvent, Organizer, Timed
from booking.core.ids import encode_id
from booking.core.zones import zone
from booking.mail.outbox import Delivery
from booking.web.api.told_times import told


def wire_of(view: BookingView, time_zone: str, *, for_host: bool) -> dict[str, Any]:
    """Return a booking with its times in `time_zone`; what is for hosts alone only to them."""
    local = zone(time_zone)
    guest = view.guest
    return {
        "uid": view.uid,
        "event_type_id": None if view.event_type_id is None else encode_id(view.event_type_id),
        "title": view.title,
        "status": view.status,
        "start": told(view.start, local),
        "end": told(view.end, local),
        "hosts": [_host(host, for_host=for_host) for host in view.hosts],
        "series": [
            {
                "uid": each.uid,
                "start": told(each.start, local),
                "end": told(each.end, local),
                "status": each.status,
            }
            for each in view.series
        ],
        "guest": {
            "name": guest.name,
            "email": guest.email,
            "phone": guest.phone,
            "locale": guest.locale,
        },
        "time_zone": view.guest_time_zone,
        "additional_guests": view.additional_guests,
        "answers": view.answers,
        "location": view.location,
        "meeting_url": view.meeting_url,
        "meeting_error": view.meeting_error if for_host else None,
        "reason": view.reason,
        "changed_by": view.changed_by,
        "manage_url": view.manage_url,
        "invites_from": view.invites_from,
        "calendar_state": view.calendar_state,
        "calendar_error": view.calendar_error if for_host else None,
        "calendar_change": _change(view.calendar_change, local) if for_host else None,
        "guest_can_cancel": view.guest_can_cancel,
        "guest_can_reschedule": view.guest_can_reschedule,
        "guest_cancel_until": told(view.guest_cancel_until, local),
        "guest_reschedule_until": told(view.guest_reschedule_until, local),
        "no_show_at": view.no_show_at if for_host else None,
        "created_at": view.created_at,
    }


def mail_wire(mail: Delivery) -> dict[str, Any]:
    """Return one mail about a booking, without its words."""
    return {
        "id": encode_id(mail.id),
        "kind": mail.kind,
        "part": mail.part,
        "recipient": mail.recipient,
        "message_id": mail.message_id,
        "state": mail.state,
        "tries": mail.tries,
        "error": mail.error,
        "created_at": mail.created_at,
        "sent_at": mail.sent_at,
        "can_be_sent_again": mail.can_be_sent_again,
    }


def _change(change: CalendarChangeView | None, local: ZoneInfo) -> dict[str, Any] | None:
    """Return what a host did by hand to the booking's event, with its times in `local`."""
    if change is None:
        return None
    return {
        "kind": change.kind,
        "state": change.state,
        "start": None if change.start is None else told(change.start, local),
        "end": None if change.end is None else told(change.end, local),
        "reason": change.reason,
        "noticed_at": change.noticed_at,
        "decide_by": change.decide_by,
    }


def event_wire(event: BookingEventView, time_zone: str) -> dict[str, Any]:
    """Return one change of a booking with its times in `time_zone`."""
    return {
        "kind": event.kind,
        "status": event.status,
        "actor": event.actor,
        "user": None if event.user is None else _person(event.user),
        "at": event.at,
        "reason": event.reason,
        "in_calendar": event.in_calendar,
        "sequence": event.sequence,
        "previous": None if event.previous is None else _previous(event.previous, time_zone),
    }


def _previous(previous: Previous, time_zone: str) -> dict[str, Any]:
    local = zone(time_zone)
    return {
        "start": None if previous.start is None else told(previous.start, local),
        "end": None if previous.end is None else told(previous.end, local),
        "hosts": [_person(each) for each in previous.hosts],
    }


def _person(person: Person) -> dict[str, str]:
    return {"user_id": encode_id(person.user_id), "name": person.name}


def _host(host: HostView, *, for_host: bool) -> dict[str, Any]:
    """Return one of a booking's hosts; why it is this one is no guest's business."""
    seen = {
        "user_id": encode_id(host.user_id),
        "name": host.name,
        "username": host.username,
        "time_zone": host.time_zone,
    }
    return {**seen, "reason": host.reason} if for_host else seen


def calendar_file(view: BookingView, now: datetime, *, organizer: str, for_host: bool) -> str:
    """Return the booking as iCalendar, under the name that it has in calendars and invitations.

    `now` is aware UTC. `organizer` is the address that invitations come from; a file is none, so
    it has no METHOD. Guests get the title of their invitation, hosts that of their calendar. The
    manage token is left out: such files are passed on.
    """
    return render_event(
        CalendarEvent(
            uid=view.ical_uid,
            when=Timed.utc(view.start, view.end),
            title=view.title if for_host else neutral_title(view.title, view.guest.name),
            location=_place(view.location),
            status=EVENT_STATUS[view.status],
            url=view.meeting_url or "",
            sequence=view.sequence,
            created_at=view.created_at,
            organizer=Organizer(
                address=organizer.lower(), name=", ".join(host.name for host in view.hosts)
            ),
        ),
        dtstamp=now,
        silent=False,
    )


def _place(location: Mapping[str, Any] | None) -> str:
    """Return where to meet, in one line."""
    told_by = ("address", "url", "phone")
    return next((str(location[name]) for name in told_by if location and name in location), "")
