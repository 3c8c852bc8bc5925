"""`/<username>/<slug>/details`: the form behind a chosen time, and the booking it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from booking.bookings.values import BookingRequest, Guest, HoldView
from booking.core.errors import InvalidInput, SlotUnavailable
from booking.core.ids import decode_id, encode_id
from booking.core.instants import Instant, to_instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.headers import embeddable
from booking.web.limits import limit_bookings, limit_visitor
from booking.web.policy import public
from booking.web.public import looking
from booking.web.public.door import door
from booking.web.public.event import HOLDS, place_hold, release_hold, see_other
from booking.web.public.manage import page_of
from booking.web.public.once import book_once
from booking.web.public.picker import duration_of
from booking.web.public.places import chosen_option
from booking.web.public.sheet import Sheet, errors_of, picker_address, show
from booking.web.public.taken import taken
from booking.web.schemas.fields import parse_moment
from booking.web.schemas.public import (
    QUESTION_PREFIX,
    DetailsForm,
    answers_of,
    first_messages,
    values_of,
)

_INSTEAD = "start_instead"
_form = DetailsForm()


@door.get("/<username>/<slug>/details")
@embeddable
@public
def details(username: str, slug: str) -> Response:
    """Show the empty form; without a time that can be read, back to the picker."""
    found = current.services().event_types.public(username, slug)
    viewer = looking.at_event(found)
    start = _start(request.args.get("start"))
    if start is None:
        return see_other(picker_address(found, viewer))
    return show(
        Sheet(
            event=found,
            viewer=viewer,
            start=start,
            hold=viewer.kept_value("hold"),
            hold_until=_digits(request.args.get("until", "")),
            values=_prefilled(found),
            errors={},
        )
    )


@door.post("/<username>/<slug>/details")
@embeddable
@public
def book(username: str, slug: str) -> Response:
    """Book; whatever is wrong, the form comes back with everything in it."""
    found = current.services().event_types.public(username, slug)
    viewer = looking.at_event(found)
    sheet = Sheet(
        event=found,
        viewer=viewer,
        start=_start(request.form.get("start")) or Instant(0),
        hold=viewer.kept_value("hold"),
        hold_until=_digits(request.form.get("until", "")),
        key=request.form.get("idempotency_key", ""),
        values=values_of(found.questions, request.form),
        errors={},
    )
    instead = _start(request.form.get(_INSTEAD))
    if instead is not None:
        return _change_time(sheet, instead)
    limit_bookings()
    try:
        return _book(sheet)
    except ValidationError as error:
        return show(replace(sheet, errors=first_messages(error)), 422)
    except InvalidInput as error:
        return show(replace(sheet, errors=errors_of(error)), 422)
    except SlotUnavailable as error:
        return show(_gone(sheet, error), 409)


def _book(sheet: Sheet) -> Response:
    loaded = _form.load(request.form)
    return book_once(
        _request(sheet, loaded),
        loaded["idempotency_key"],
        lambda view: page_of(view, sheet.viewer, made="1", tz=sheet.viewer.zone.key),
    )


def _request(sheet: Sheet, loaded: Mapping[str, Any]) -> BookingRequest:
    event = sheet.event
    return BookingRequest(
        event_type_id=event.id,
        start=loaded["start"],
        time_zone=sheet.viewer.zone.key,
        guest=Guest(
            name=loaded["name"],
            email=loaded["email"],
            phone=loaded["phone"] or None,
            locale=looking.language(),
        ),
        duration_minutes=duration_of(event, sheet.viewer),
        additional_guests=loaded["guests"],
        answers=answers_of(event.questions, request.form),
        location=chosen_option(event, loaded["place"]),
        hold_id=decode_id(sheet.hold),
    )


def _change_time(sheet: Sheet, start: Instant) -> Response:
    """Hold another time and show the same form for it."""
    limit_visitor("holds", HOLDS)
    release_hold(sheet.viewer)
    moved = replace(sheet, start=start, key="")
    try:
        return show(_held(moved, place_hold(sheet.event, sheet.viewer, start)))
    except SlotUnavailable as error:
        return show(_gone(moved, error), 409)


def _held(sheet: Sheet, hold: HoldView | None) -> Sheet:
    if hold is None:
        return replace(sheet, hold="", hold_until="")
    until = str(to_instant(hold.expires_at))
    return replace(sheet, hold=encode_id(hold.hold_id), hold_until=until)


def _gone(sheet: Sheet, error: SlotUnavailable) -> Sheet:
    now = to_instant(current.now())
    said = taken(error, sheet.start, sheet.viewer, sheet.event, now, form="details", field=_INSTEAD)
    return replace(sheet, taken=said, hold="", hold_until="", key="")


def _prefilled(found: EventTypeView) -> dict[str, str]:
    names = [
        "name",
        "email",
        "phone",
        "guests",
        *(QUESTION_PREFIX + q.key for q in found.questions),
    ]
    return {name: request.args.get(name, "")[:500] for name in names}


def _start(text: str | None) -> Instant | None:
    try:
        return parse_moment(text)
    except ValidationError:
        return None


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 12 else ""
