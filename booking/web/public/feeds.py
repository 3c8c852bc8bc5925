"""`/<username>/calendar.ics` and `/<username>/freebusy.ifb`: what calendar programs read."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from flask import Response, request
from marshmallow import ValidationError

from booking.core.errors import InvalidInput, NotFound
from booking.core.instants import Instant
from booking.core.zones import wall_to_instant, zone
from booking.web import current
from booking.web.limits import limit_feeds
from booking.web.policy import feed_token, public
from booking.web.public.door import door
from booking.web.schemas.fields import parse_moment

_ICS: Final = "text/calendar; charset=utf-8"
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@door.get("/<username>/calendar.ics")
@feed_token
def calendar(username: str) -> Response:  # noqa: ARG001 - the policy has looked at it
    """Return a host's bookings; an unchanged calendar is a 304."""
    body = current.services().feeds.publisher.bookings(current.feed_owner())
    response = Response(body, content_type=_ICS)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="bookings.ics"'
    response.add_etag()
    response.make_conditional(request)
    return response


@door.get("/<username>/freebusy.ifb")
@public
def free_busy(username: str) -> Response:
    """Return when a host is busy, where the host publishes it: `?start=&end=`, up to 92 days."""
    limit_feeds()
    host = current.services().accounts.find_by_username(username)
    if host is None or not current.services().feeds.is_free_busy_shown(host.id):
        raise NotFound("No busy times are published here.")
    body = current.services().feeds.publisher.free_busy(host, _moment("start"), _moment("end"))
    response = Response(body, content_type=_ICS)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="freebusy.ifb"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _moment(name: str) -> Instant | None:
    """Return a date (its start in UTC) or a moment from the address. Errors: InvalidInput."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return wall_to_instant(date.fromisoformat(text), 0, zone("UTC"))
        return parse_moment(text)
    except (ValidationError, ValueError):
        raise InvalidInput.at(f"/{name}", "Must be a date or a moment with its offset.") from None
