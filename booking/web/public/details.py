"""`…/<slug>/details`: the form behind a chosen time, and the booking it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from booking.bookings.values import (
    BookingRequest,
    BookingView,
    Guest,
    HoldView,
    companions,
)
from booking.bookings.wishes import WishView
from booking.core.errors import InvalidInput, SlotUnavailable
from booking.core.ids import decode_id, encode_id
from booking.core.instants import Instant, to_instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.headers import embeddable
from booking.web.limits import is_stranger, limit_bookings, limit_visitor
from booking.web.policy import public
from booking.web.public import looking, wording
from booking.web.public.addresses import address_of, find_event, picker_address, private_link
from booking.web.public.door import door
from booking.web.public.event import HOLDS, place_hold, release_hold, see_other
from booking.web.public.manage import page_of
from booking.web.public.once import StoreAddress, once
from booking.web.public.picker import duration_of
from booking.web.public.places import chosen_option
from booking.web.public.repeats import conflicts_of, repeat_of
from booking.web.public.sheet import Sheet, errors_of, offer_of, show
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
_FEWER = "repeat_instead"
_SHOW_DATES = "show_dates"
_form = DetailsForm()


@door.get("/<username>/<slug>/details")
@door.get("/team/<team>/<slug>/details")
@embeddable
@public
def details(slug: str, username: str | None = None, team: str | None = None) -> Response:
    """Show the empty form; without a time that can be read, back to the picker."""
    found = find_event(username, team, slug)
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
@door.post("/team/<team>/<slug>/details")
@embeddable
@public
def book(slug: str, username: str | None = None, team: str | None = None) -> Response:
    """Book; whatever is wrong, the form comes back with everything in it."""
    found = find_event(username, team, slug)
    viewer = looking.at_event(found)
    sheet = Sheet(
        event=found,
        viewer=viewer,
        start=_start(request.form.get("start")) or Instant(0),
        hold=viewer.kept_value("hold"),
        hold_until=_digits(request.form.get("until", "")),
        key=request.form.get("idempotency_key", ""),
        values=_values(found),
        errors={},
    )
    if _SHOW_DATES in request.form:
        return show(sheet)
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
    wish, services = _request(sheet, loaded), current.services()

    def address_of_booking(view: BookingView) -> str:
        return page_of(view, sheet.viewer, made="1", tz=sheet.viewer.zone.key)

    def address_of_wish(view: WishView) -> str:
        until = to_instant(view.expires_at)
        return address_of(sheet.event, "asked") + sheet.viewer.query(until=until, hold=None)

    def act(store: StoreAddress | None) -> str:
        if sheet.event.requires_email_confirmation:
            keep = None if store is None else lambda s, view: store(s, address_of_wish(view))
            return address_of_wish(services.wishes.ask(wish, keep))
        note = None if store is None else lambda s, view: store(s, address_of_booking(view))
        return address_of_booking(services.bookings.book(wish, note))

    return once(loaded["idempotency_key"], act)


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
        additional_guests=companions(loaded["email"], loaded["guests"]),
        answers=answers_of(event.questions, request.form),
        location=chosen_option(event, loaded["place"]),
        hold_id=decode_id(sheet.hold),
        recurrence_count=loaded[_FEWER] or loaded["repeat"],
        private_link_id=private_link(),
        is_limited=is_stranger(),
    )


def _values(found: EventTypeView) -> dict[str, Any]:
    """Return the form as it was sent; fewer dates that were asked for are the choice from now."""
    values = values_of(found.questions, request.form)
    return values | ({"repeat": values[_FEWER]} if values.get(_FEWER) else {})


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
    """Return the sheet with what to say; the hold stands where the first date is not refused."""
    repeat = repeat_of(sheet.event, sheet.start, sheet.viewer, sheet.values)
    conflicts = conflicts_of(error, repeat, sheet.viewer) if repeat else None
    if conflicts is not None and conflicts.fewer:
        return replace(sheet, conflicts=conflicts, key="")
    fault = _too_many_people(sheet)
    if fault:
        return replace(sheet, errors={"guests": fault}, key="")
    now = to_instant(current.now())
    said = taken(error, sheet.start, sheet.viewer, sheet.event, now, form="details", field=_INSTEAD)
    return replace(sheet, taken=said, conflicts=conflicts, hold="", hold_until="", key="")


def _too_many_people(sheet: Sheet) -> str:
    """Return what is wrong where the time has seats, only not for all; how many only if shown."""
    if sheet.event.seats is None or not sheet.values.get("guests"):
        return ""
    offered = offer_of(sheet).slots
    if not offered:
        return ""
    left = offered[0].seats_left
    if left is None:
        return "There are not enough seats left for all of you. Invite fewer people."
    return (
        f"{wording.seats_left(left)}, your own counted. "
        "Invite fewer people, or choose another time."
    )


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
