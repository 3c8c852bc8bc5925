"""`/booking/<uid>?token=…`: one booking as it stands now. Looking at it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import render_template, request

from booking.bookings.values import BookingView
from booking.core.errors import NotFound
from booking.core.instants import to_instant
from booking.eventtypes.values import EventTypeView
from booking.security.tokens import calendar_file_token
from booking.web import current, english
from booking.web.headers import embeddable
from booking.web.policy import manage_token
from booking.web.public import looking
from booking.web.public.addresses import address_of
from booking.web.public.door import door
from booking.web.public.moments import When, when
from booking.web.public.occasions import booking_address, series_of
from booking.web.public.outcomes import outcome
from booking.web.public.party import party_of_booking
from booking.web.public.places import booked_place
from booking.web.public.viewer import Viewer

_NEWS = ("made", "moved", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What may be done next; None where it may not.

    `goes_on`: the guest is led to `onward` at once, as the link to this page comes by mail.
    """

    calendar: str | None
    move: str | None
    cancel: str | None
    again: str | None
    keep: str
    onward: str | None
    goes_on: bool


@door.get("/booking/<uid>")
@embeddable
@manage_token
def booking(uid: str) -> str:
    """Show a booking to its guest."""
    found = current.services().bookings.get(uid)
    event = event_of(found)
    viewer = looking.at_booking(found)
    news = next((name for name in _NEWS if request.args.get(name) == "1"), "")
    now = to_instant(current.now())
    return render_template(
        "public/booking.html",
        booking=found,
        viewer=viewer,
        who=party_of_booking(found),
        series=series_of(found, viewer),
        outcome=outcome(found, viewer, now, news),
        when=when_of(found, viewer),
        place=booked_place(found.location, found.meeting_url),
        answers=_answers(found, event),
        links=_links(found, event, viewer, now),
    )


def event_of(found: BookingView) -> EventTypeView | None:
    """Return the event type of a booking, None where it is offered no more."""
    try:
        return current.services().event_types.public_by_id(found.event_type_id or 0)
    except NotFound:
        return None


def when_of(found: BookingView, viewer: Viewer) -> When:
    """Return a booking's time in words."""
    return when(found.start, found.end, viewer, found.hosts)


def page_of(found: BookingView, viewer: Viewer, endpoint: str = "booking", **more: str) -> str:
    """Return the address of one of a booking's pages, with its token."""
    return booking_address(found.uid, found.manage_token, viewer, endpoint, **more)


def _links(found: BookingView, event: EventTypeView | None, viewer: Viewer, now: int) -> Links:
    stands = found.status in {"pending", "confirmed"}
    may_change = stands and found.start > now
    may_move = found.may_be_moved(now) and event is not None
    return Links(
        calendar=_calendar_file(found) if found.status == "confirmed" else None,
        move=page_of(found, viewer, "move") if may_move else None,
        cancel=page_of(found, viewer, "cancel") if found.may_be_cancelled(now) else None,
        again=_again(event, viewer) if event and not may_change and _is_open(event) else None,
        keep=page_of(found, viewer),
        onward=_onward(event) if stands and request.args.get("made") == "1" else None,
        goes_on=bool(current.services().settings.smtp_url),
    )


def _calendar_file(found: BookingView) -> str:
    token = calendar_file_token(current.services().settings.secret_key, found.uid)
    return f"/api/v1/bookings/{found.uid}/calendar.ics?token={token}"


def _again(event: EventTypeView, viewer: Viewer) -> str:
    return address_of(event) + viewer.query(token=None, hold=None)


def _is_open(event: EventTypeView) -> bool:
    """Tell whether the guest can book another time without being let in anew."""
    return not event.private_links_only


def _onward(event: EventTypeView | None) -> str | None:
    """Return the host's own page for afterwards; other schemes than the web's are left out."""
    address = event.confirmation_redirect_url if event else None
    return address if address and urlsplit(address).scheme in {"http", "https"} else None


def _answers(found: BookingView, event: EventTypeView | None) -> tuple[tuple[str, str], ...]:
    labels = {question.key: question.label for question in event.questions} if event else {}
    return tuple(english.answers(found.answers, labels))
