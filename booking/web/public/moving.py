"""`/booking/<uid>/reschedule`: pick another time, see old and new, and only then move."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template, request, url_for
from marshmallow import ValidationError

from booking.bookings.values import Actor, BookingView
from booking.core.errors import Forbidden, IllegalTransition, SlotUnavailable
from booking.core.instants import Instant, to_instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.limits import limit_bookings, limit_slots
from booking.web.policy import manage_token
from booking.web.public import looking, picking, wording
from booking.web.public.door import door
from booking.web.public.event import see_other
from booking.web.public.manage import event_of, page_of, when_of
from booking.web.public.moments import when
from booking.web.public.month import rfc3339
from booking.web.public.party import party_of_booking
from booking.web.public.picker import read_wish
from booking.web.public.taken import Taken, taken
from booking.web.public.viewer import Viewer
from booking.web.schemas.public import MoveForm, first_messages

_form = MoveForm()
_NOTHING: Mapping[str, str] = {}


@door.get("/booking/<uid>/reschedule")
@manage_token
def move(uid: str) -> Response:
    """Show the times a booking can move to; its own place counts as free."""
    limit_slots()
    found = current.services().bookings.get(uid)
    event = _movable(found)
    viewer = _viewer(found, event)
    if event is None:
        return see_other(page_of(found, viewer))
    return picking.answer(_picking(found, event, viewer))


@door.get("/booking/<uid>/reschedule/confirm")
@manage_token
def ask_move(uid: str) -> Response:
    """Show the old and the new time; without a time that can be read, back to the picker."""
    found = current.services().bookings.get(uid)
    event = _movable(found)
    faults = _form.validate(request.args)
    if event is None or "start" in faults:
        return see_other(page_of(found, _viewer(found, event), "move" if event else "booking"))
    return _ask(found, event, _form.load(request.args)["start"])


@door.post("/booking/<uid>/reschedule/confirm")
@manage_token
def do_move(uid: str) -> Response:
    """Move the booking; the old place is kept where the new one is gone."""
    limit_bookings()
    found = current.services().bookings.get(uid)
    event = _movable(found)
    viewer = _viewer(found, event)
    if event is None:
        return see_other(page_of(found, viewer))
    try:
        wish = _form.load(request.form)
    except ValidationError as error:
        return _refused(found, event, error)
    try:
        moved = current.services().bookings.reschedule(
            uid, wish["start"], Actor.GUEST, wish["reason"] or None
        )
    except SlotUnavailable as error:
        return _ask(found, event, wish["start"], gone=error)
    except (Forbidden, IllegalTransition):
        return see_other(page_of(found, viewer))
    return see_other(page_of(moved, viewer, moved="1"))


def _movable(found: BookingView) -> EventTypeView | None:
    """Return the event type whose times count, None where the booking cannot be moved."""
    return event_of(found) if found.may_be_moved(to_instant(current.now())) else None


def _viewer(found: BookingView, event: EventTypeView | None) -> Viewer:
    """Return who looks; the length is that of the booking, not one of the address."""
    return looking.at_booking(
        found,
        locked_zone=event.time_zone_locked if event else None,
        duration=(found.end - found.start) // 60,
    )


def _picking(found: BookingView, event: EventTypeView, viewer: Viewer) -> picking.Picking:
    present = when_of(found, viewer)
    return picking.Picking(
        event=event,
        viewer=viewer,
        wish=read_wish(request.args, reschedule_uid=found.uid),
        choose=picking.ChooseForm(
            method="get", action=url_for("public.ask_move", uid=found.uid), hidden=viewer.kept
        ),
        title=f"Another time for {found.title}",
        back=page_of(found, viewer),
        back_label=f"Keep {present.span}",
        moving=f"{present.day}, {present.span}",
    )


def _ask(
    found: BookingView,
    event: EventTypeView,
    start: Instant,
    *,
    gone: SlotUnavailable | None = None,
    errors: Mapping[str, str] = _NOTHING,
) -> Response:
    viewer = _viewer(found, event)
    page = render_template(
        "public/move.html",
        booking=found,
        viewer=viewer,
        before=when_of(found, viewer),
        who=party_of_booking(found),
        when=when(start, start + found.end - found.start, viewer, found.hosts),
        start=rfc3339(start),
        action=page_of(found, viewer, "do_move"),
        again=url_for("public.ask_move", uid=found.uid),
        back=page_of(found, viewer, "move", date=str(wording.local(start, viewer.zone).date())),
        keep=page_of(found, viewer),
        values=request.values,
        errors=errors,
        taken=_taken(gone, start, viewer, event),
    )
    return Response(page, status=409 if gone else 422 if errors else 200)


def _taken(
    gone: SlotUnavailable | None, start: Instant, viewer: Viewer, event: EventTypeView
) -> Taken | None:
    if gone is None:
        return None
    return taken(gone, start, viewer, event, to_instant(current.now()), form="again")


def _refused(found: BookingView, event: EventTypeView, error: ValidationError) -> Response:
    faults = first_messages(error)
    if "start" in faults:
        return see_other(page_of(found, _viewer(found, event), "move"))
    return _ask(found, event, _form.load({"start": request.form["start"]})["start"], errors=faults)
