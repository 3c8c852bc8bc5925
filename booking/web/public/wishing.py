"""`/booking/confirm?token=…`: a guest confirms an address; only the POST books."""

from __future__ import annotations

from flask import Response, g, render_template, request

from booking.bookings.wishes import WishView
from booking.core.errors import IllegalTransition, NotFound, SlotUnavailable
from booking.core.instants import Instant, to_instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.headers import embeddable
from booking.web.limits import limit_bookings
from booking.web.policy import public, wish_token
from booking.web.public import looking, wording
from booking.web.public.addresses import address_of, find_event
from booking.web.public.door import door
from booking.web.public.event import see_other
from booking.web.public.manage import page_of
from booking.web.public.moments import when
from booking.web.public.party import party_of_event
from booking.web.public.viewer import Viewer

_LONGEST = 12


@door.get("/<username>/<slug>/asked")
@door.get("/team/<team>/<slug>/asked")
@embeddable
@public
def asked(slug: str, username: str | None = None, team: str | None = None) -> str:
    """Tell a guest to look for the mail."""
    found = find_event(username, team, slug)
    viewer = looking.at_event(found)
    return render_template("public/asked.html", event=found, viewer=viewer, until=_until(viewer))


def _until(viewer: Viewer) -> str:
    text = request.args.get("until", "")
    if not (text.isascii() and text.isdigit() and len(text) < _LONGEST):
        return ""
    moment = wording.local(Instant(int(text)), viewer.zone)
    return wording.time_of_day(moment, viewer.hours)


@door.get("/booking/confirm")
@wish_token
def wish() -> Response:
    """Show what is to be booked; one that was confirmed leads to its booking."""
    found = current.services().wishes.get(g.wish_id)
    if found.booking_uid is not None:
        return _to_booking(found.booking_uid)
    if found.expires_at <= current.now():
        return _gone(found)
    return _show(found)


@door.post("/booking/confirm")
@wish_token
def confirm_wish() -> Response:
    """Book; a time that was lost after all leads back to the others."""
    limit_bookings()
    wishes = current.services().wishes
    try:
        made = wishes.confirm(g.wish_id)
    except IllegalTransition:
        made = current.services().bookings.get(wishes.get(g.wish_id).booking_uid or "")
    except (SlotUnavailable, NotFound):
        found = wishes.get(g.wish_id)
        if found.booking_uid is not None:
            return _to_booking(found.booking_uid)
        return _gone(found)
    return _to_booking(made.uid)


def _to_booking(uid: str) -> Response:
    found = current.services().bookings.get(uid)
    return see_other(page_of(found, looking.at_booking(found), made="1"))


def _show(found: WishView) -> Response:
    event = _event_of(found)
    viewer = _viewer(event, found)
    who = party_of_event(event, current.services().guest_pages.company(event))
    end = Instant(found.start + (found.duration_minutes or event.duration_minutes) * 60)
    return _page(found, event, viewer, who=who, when=when(found.start, end, viewer, who.clocks))


def _gone(found: WishView) -> Response:
    event = _event_of(found)
    viewer = _viewer(event, found)
    return _page(found, event, viewer, status=410)


def _page(
    found: WishView, event: EventTypeView, viewer: Viewer, status: int = 200, **more: object
) -> Response:
    until = wording.local(to_instant(found.expires_at), viewer.zone)
    page = render_template(
        "public/wish.html",
        event=event,
        wish=found,
        viewer=viewer,
        until=wording.time_of_day(until, viewer.hours),
        token=request.values.get("token", ""),
        again=address_of(event) + viewer.query(token=None, hold=None),
        is_open=status == 200,
        **more,
    )
    return Response(page, status=status)


def _event_of(found: WishView) -> EventTypeView:
    return current.services().event_types.public_by_id(found.event_type_id)


def _viewer(event: EventTypeView, found: WishView) -> Viewer:
    """Return who looks: in the zone in which the time was chosen."""
    given = {**request.values, "tz": request.values.get("tz", found.time_zone)}
    return looking.at_event(event, given)
