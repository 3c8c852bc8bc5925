"""`/bookings`: made by guests, listed for hosts, changed by either.

A guest proves herself with the booking's manage token, a host with an API key; what a key's user
does not own is not found.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from booking.accounts.values import Scope
from booking.bookings.listing import Listed
from booking.bookings.values import Actor, BookingView
from booking.core.ids import decode_id, encode_id
from booking.security.tokens import is_calendar_file_token
from booking.web.api.booking_wire import calendar_file, event_wire, mail_wire, wire_of
from booking.web.api.paging import PAGED
from booking.web.api.slot_questions import read_target
from booking.web.api.slots import entrance, resolve
from booking.web.api.wishes import read_reason, read_wish
from booking.web.current import Acting, acting, now, services, user_id
from booking.web.idempotency import Answer
from booking.web.json_provider import dump_bytes
from booking.web.limits import limit_bookings, limit_resends
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import bad_cursor, page_of, page_request
from booking.web.policy import api_key, manage_token_or_key, public
from booking.web.schemas.bookings import (
    BookingEventSchema,
    BookingMailSchema,
    BookingMailsSchema,
    BookingSchema,
    BookingsQuerySchema,
    NewBookingSchema,
    ReasonSchema,
    ReassignSchema,
    RescheduleSchema,
    WishSchema,
    ZoneSchema,
)

_JSON: Final = "application/json"
_ICS: Final = "text/calendar; charset=utf-8"
_LARGEST_START: Final = 1 << 40

bookings = ApiBlueprint(
    "bookings", __name__, url_prefix=f"{API_ROOT}/bookings", description="What guests booked."
)


@bookings.route("", methods=["POST"])
@public
@bookings.arguments(NewBookingSchema)
@bookings.response(201, BookingSchema)
@bookings.alt_response(202, schema=WishSchema, description="The guest confirms by mail first.")
def book(fields: dict[str, Any]) -> Response:
    """Book a slot. Send an Idempotency-Key: a repeat then gets this very answer."""
    limit_bookings()
    came = entrance(fields.get("private_link"))
    wish = read_wish(resolve(read_target(fields)), fields, came.private_link_id)

    if services().wishes.are_asked(wish.event_type_id):
        waiting = services().wishes.ask(wish)
        body = {"status": "email_confirmation", "expires_at": waiting.expires_at}
        return Response(dump_bytes(body), status=202, content_type=_JSON)

    def render(view: BookingView) -> dict[str, Any]:
        return wire_of(view, wish.time_zone, for_host=False)

    answer = Answer(render, status=201, location=lambda view: f"{API_ROOT}/bookings/{view.uid}")
    return answer.response(services().bookings.book(wish, answer.store))


@bookings.route("")
@api_key(Scope.BOOKINGS)
@bookings.doc(**PAGED)
@bookings.arguments(BookingsQuerySchema, location="query")
@bookings.response(200, page_of(BookingSchema))
def list_bookings(query: dict[str, Any]) -> Response:
    """List the host's bookings: upcoming ones soonest first, all others latest first."""
    wanted = page_request()
    views, following = services().booking_list.page(
        user_id(), Listed(query["status"]), limit=wanted.limit, after=_place_of(wanted.cursor)
    )
    page = {
        "data": [wire_of(view, query["time_zone"], for_host=True) for view in views],
        "next_cursor": None if following is None else _cursor_of(following),
    }
    return Response(dump_bytes(page), content_type=_JSON)


@bookings.route("/<uid>")
@manage_token_or_key(Scope.BOOKINGS)
@bookings.arguments(ZoneSchema, location="query")
@bookings.response(200, BookingSchema)
def show_booking(query: dict[str, Any], uid: str) -> Response:
    """Show a booking."""
    view = services().bookings.get(uid, host_id=acting().user_id)
    return _told(view, query["time_zone"])


@bookings.route("/<uid>/calendar.ics")
@manage_token_or_key(Scope.BOOKINGS, also=is_calendar_file_token)
@bookings.response(200, content_type="text/calendar")
def show_calendar_file(uid: str) -> Response:
    """Return the booking as a calendar file."""
    view = services().bookings.get(uid, host_id=acting().user_id)
    headers = {"Content-Disposition": 'attachment; filename="booking.ics"'}
    body = calendar_file(
        view,
        now(),
        organizer=services().mail.sender.address,
        for_host=acting().actor is Actor.HOST,
    )
    return Response(body, content_type=_ICS, headers=headers)


@bookings.route("/<uid>/cancel", methods=["POST"])
@manage_token_or_key(Scope.BOOKINGS)
@bookings.arguments(ReasonSchema)
@bookings.response(200, BookingSchema)
def cancel(fields: dict[str, Any], uid: str) -> Response:
    """Cancel a booking; its time is free again."""
    who = _changing()
    reason = read_reason(fields)
    return _told(services().bookings.cancel(uid, who.actor, reason, host_id=who.user_id))


@bookings.route("/<uid>/reschedule", methods=["POST"])
@manage_token_or_key(Scope.BOOKINGS)
@bookings.arguments(RescheduleSchema)
@bookings.response(200, BookingSchema)
def reschedule(fields: dict[str, Any], uid: str) -> Response:
    """Move a booking; where the new time is not free it stays."""
    who = _changing()
    reason = read_reason(fields)
    view = services().bookings.reschedule(
        uid, fields["start"], who.actor, reason, host_id=who.user_id
    )
    return _told(view)


@bookings.route("/<uid>/confirm", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.response(200, BookingSchema)
def confirm(uid: str) -> Response:
    """Accept a request."""
    return _told(services().bookings.confirm(uid, host_id=user_id()))


@bookings.route("/<uid>/decline", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.arguments(ReasonSchema)
@bookings.response(200, BookingSchema)
def decline(fields: dict[str, Any], uid: str) -> Response:
    """Refuse a request; its time is free again."""
    view = services().bookings.decline(uid, read_reason(fields), host_id=user_id())
    return _told(view)


@bookings.route("/<uid>/reassign", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.arguments(ReassignSchema)
@bookings.response(200, BookingSchema)
def reassign(fields: dict[str, Any], uid: str) -> Response:
    """Give a booking to another host of its event type: the one named, or whoever is next."""
    view = services().bookings.reassign(
        uid, fields.get("user_id"), read_reason(fields), host_id=user_id()
    )
    return _told(view)


@bookings.route("/<uid>/no-show", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.arguments(ReasonSchema)
@bookings.response(200, BookingSchema)
def no_show(fields: dict[str, Any], uid: str) -> Response:
    """Note that the guest did not come, once the booking has begun."""
    view = services().bookings.no_show(uid, read_reason(fields), host_id=user_id())
    return _told(view)


@bookings.route("/<uid>/calendar-change/accept", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.response(200, BookingSchema)
def accept_change(uid: str) -> Response:
    """Let a booking follow what was done to its event by hand: move it there, or cancel it."""
    return _told(services().answers.accept(uid, host_id=user_id()))


@bookings.route("/<uid>/calendar-change/put-back", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.response(200, BookingSchema)
def put_change_back(uid: str) -> Response:
    """Have a booking's event brought back to where the booking is; the guest hears nothing."""
    return _told(services().answers.put_back(uid, host_id=user_id()))


@bookings.route("/<uid>/history")
@api_key(Scope.BOOKINGS)
@bookings.doc(**PAGED)
@bookings.arguments(ZoneSchema, location="query")
@bookings.response(200, page_of(BookingEventSchema))
def show_history(query: dict[str, Any], uid: str) -> Response:
    """List what happened to a booking, in order: by whom, when and why."""
    wanted = page_request()
    found = services().bookings.history(
        uid, host_id=user_id(), after=wanted.key or 0, limit=wanted.limit + 1
    )
    shown = found[: wanted.limit]
    page = {
        "data": [event_wire(event, query["time_zone"]) for event in shown],
        "next_cursor": encode_id(shown[-1].revision) if len(found) > wanted.limit else None,
    }
    return Response(dump_bytes(page), content_type=_JSON)


@bookings.route("/<uid>/mails")
@api_key(Scope.BOOKINGS)
@bookings.response(200, BookingMailsSchema)
def show_mails(uid: str) -> Response:
    """List the mails about a booking: to whom, and how far each got."""
    found = services().telling.mails.list(uid, host_id=user_id())
    return Response(dump_bytes({"data": [mail_wire(each) for each in found]}), content_type=_JSON)


@bookings.route("/<uid>/mails/<id:mail>/resend", methods=["POST"])
@api_key(Scope.BOOKINGS)
@bookings.response(200, BookingMailSchema)
def resend_mail(uid: str, mail: int) -> Response:
    """Send a mail once more: the same message under the same name."""
    limit_resends()
    again = services().telling.mails.send_again(uid, mail, host_id=user_id())
    return Response(dump_bytes(mail_wire(again)), content_type=_JSON)


def _changing() -> Acting:
    """Return who changes a booking; tries of guests are counted, as on their pages.

    Errors: RateLimited.
    """
    who = acting()
    if who.actor is Actor.GUEST:
        limit_bookings()
    return who


def _told(view: BookingView, time_zone: str = "UTC") -> Response:
    wire = wire_of(view, time_zone, for_host=acting().actor is Actor.HOST)
    return Response(dump_bytes(wire), content_type=_JSON)


def _cursor_of(place: tuple[int, int]) -> str:
    return f"{place[0]}.{encode_id(place[1])}"


def _place_of(cursor: str | None) -> tuple[int, int] | None:
    """Return where a page goes on: start instant and id.

    Errors: InvalidInput at `/cursor`.
    """
    if cursor is None:
        return None
    start, _, name = cursor.partition(".")
    key = decode_id(name)
    if key is None or not start.isdecimal() or len(start) > 12 or int(start) > _LARGEST_START:
        raise bad_cursor()
    return int(start), key
