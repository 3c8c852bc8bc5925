"""`/booking/<uid>/cancel`: asks once more; only the POST cancels."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template, request
from marshmallow import ValidationError

from booking.bookings.values import Actor, BookingView
from booking.core.errors import Forbidden, IllegalTransition
from booking.core.instants import to_instant
from booking.web import current
from booking.web.limits import limit_bookings
from booking.web.policy import manage_token
from booking.web.public import looking
from booking.web.public.door import door
from booking.web.public.event import see_other
from booking.web.public.manage import page_of, when_of
from booking.web.public.party import party_of_booking
from booking.web.schemas.public import ReasonForm, first_messages

_form = ReasonForm()
_NOTHING: Mapping[str, str] = {}


@door.get("/booking/<uid>/cancel")
@manage_token
def cancel(uid: str) -> Response:
    """Ask whether to cancel; a booking that cannot be cancelled shows its present state."""
    found = current.services().bookings.get(uid)
    if not found.may_be_cancelled(to_instant(current.now())):
        return see_other(page_of(found, looking.at_booking(found)))
    return _ask(found, _NOTHING)


@door.post("/booking/<uid>/cancel")
@manage_token
def do_cancel(uid: str) -> Response:
    """Cancel; a link that was used before shows the present state."""
    limit_bookings()
    bookings = current.services().bookings
    found = bookings.get(uid)
    viewer = looking.at_booking(found)
    try:
        reason = _form.load(request.form)["reason"]
        bookings.cancel(uid, Actor.GUEST, reason or None)
    except ValidationError as error:
        return _ask(found, first_messages(error), 422)
    except (Forbidden, IllegalTransition):
        return see_other(page_of(found, viewer))
    return see_other(page_of(found, viewer, cancelled="1"))


def _ask(found: BookingView, errors: Mapping[str, str], status: int = 200) -> Response:
    viewer = looking.at_booking(found)
    page = render_template(
        "public/cancel.html",
        booking=found,
        viewer=viewer,
        who=party_of_booking(found),
        when=when_of(found, viewer),
        action=page_of(found, viewer, "do_cancel"),
        back=page_of(found, viewer),
        values=request.form,
        errors=errors,
    )
    return Response(page, status=status)
