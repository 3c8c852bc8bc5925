"""`/<username>/<slug>` and `/team/<team>/<slug>`: pick a day and a time.

A time that is pressed is held by a POST.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Response, request

from booking.bookings.values import HoldView
from booking.core.errors import HoldExpired, NotFound, RateLimited, SlotUnavailable
from booking.core.ids import decode_id, encode_id
from booking.core.instants import Instant, to_instant
from booking.eventtypes.values import EventTypeView
from booking.security.throttle import Limit
from booking.web import current
from booking.web.headers import embeddable
from booking.web.limits import limit_slots, limit_visitor, visitor
from booking.web.policy import public
from booking.web.public import looking, picking, wording
from booking.web.public.addresses import address_of, find_event
from booking.web.public.door import door
from booking.web.public.month import rfc3339
from booking.web.public.picker import duration_of, read_wish
from booking.web.public.taken import taken
from booking.web.public.viewer import Viewer
from booking.web.schemas.public import ChoiceForm

HOLDS = Limit(hits=30, seconds=300)
_form = ChoiceForm()


@door.get("/<username>/<slug>")
@door.get("/team/<team>/<slug>")
@embeddable
@public
def event(slug: str, username: str | None = None, team: str | None = None) -> Response:
    """Show the months and times of an event type."""
    limit_slots()
    found = find_event(username, team, slug)
    return picking.answer(_picking(found, looking.at_event(found)))


@door.post("/<username>/<slug>")
@door.post("/team/<team>/<slug>")
@embeddable
@public
def choose(slug: str, username: str | None = None, team: str | None = None) -> Response:
    """Hold the time that was pressed and go on to the form."""
    limit_visitor("holds", HOLDS)
    found = find_event(username, team, slug)
    viewer = looking.at_event(found)
    faults = _form.validate(request.form)
    if faults:
        return picking.answer(_picking(found, viewer), status=422)
    start: Instant = _form.load(request.form)["start"]
    release_hold(viewer)
    try:
        hold = place_hold(found, viewer, start)
    except SlotUnavailable as error:
        now = to_instant(current.now())
        gone = taken(error, start, viewer, found, now, form="choose")
        return picking.answer(_picking(found, viewer, start), taken=gone, status=409)
    return see_other(_details_address(found, viewer, start, hold))


@door.post("/<username>/<slug>/renew")
@door.post("/team/<team>/<slug>/renew")
@embeddable
@public
def renew(slug: str, username: str | None = None, team: str | None = None) -> Response:
    """Keep a hold for longer; the answer is the instant it ends at, 409 where it has ended."""
    limit_visitor("holds", HOLDS)
    find_event(username, team, slug)
    hold_id = decode_id(request.form.get("hold", ""))
    if hold_id is None:
        raise NotFound
    try:
        hold = current.services().holds.renew(hold_id)
    except HoldExpired:
        return Response("", status=409)
    return Response(str(to_instant(hold.expires_at)), content_type="text/plain")


def place_hold(found: EventTypeView, viewer: Viewer, start: Instant) -> HoldView | None:
    """Hold `start`; None where this visitor holds enough already: the form works without.

    Errors: SlotUnavailable with alternatives.
    """
    with suppress(RateLimited):
        return current.services().holds.place(
            found.id, start, duration_of(found, viewer), visitor=visitor()
        )
    return None


def release_hold(viewer: Viewer) -> None:
    """Give up the hold named in the address, as another time is wanted."""
    hold_id = decode_id(viewer.kept_value("hold"))
    if hold_id is not None:
        current.services().holds.release(hold_id)


def see_other(address: str) -> Response:
    """Return the redirect that follows a POST."""
    return Response("", status=303, headers={"Location": address})


def _picking(
    found: EventTypeView, viewer: Viewer, pressed: Instant | None = None
) -> picking.Picking:
    """Return the picker, open at the day of the time that was pressed."""
    day = None if pressed is None else wording.local(pressed, viewer.zone).date()
    return picking.Picking(
        event=found,
        viewer=viewer,
        wish=read_wish(request.args if day is None else {"date": str(day)}),
        choose=picking.ChooseForm(
            method="post",
            action=address_of(found),
            hidden=viewer.kept,
        ),
    )


def _details_address(
    found: EventTypeView, viewer: Viewer, start: Instant, hold: HoldView | None
) -> str:
    return address_of(found, "details") + viewer.query(
        start=rfc3339(start),
        hold=encode_id(hold.hold_id) if hold else None,
        until=to_instant(hold.expires_at) if hold else None,
    )
