"""The viewer of this request, from its address (or its form) and the browser's language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import request

from booking.bookings.values import BookingView
from booking.eventtypes.values import EventTypeView
from booking.web.public.viewer import Viewer, read_viewer

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")


def language() -> str | None:
    """Return the language the browser likes best, such as `de-AT`; None where it has no say."""
    best = request.accept_languages.best or ""
    return best if _LANGUAGE.fullmatch(best) else None


def at_event(event: EventTypeView, given: Mapping[str, str] | None = None) -> Viewer:
    """Return who looks at an event type: its host's zone unless the address names one.

    `given` is read in place of the address.
    """
    return read_viewer(
        request.values if given is None else given,
        request.headers.get("Accept-Language", ""),
        default_zone=event.owner.time_zone,
        locked_zone=event.time_zone_locked,
    )


def at_booking(
    booking: BookingView, locked_zone: str | None = None, duration: int | None = None
) -> Viewer:
    """Return who looks at a booking: the zone it was made in unless the address names one.

    `duration` (minutes) outranks the address.
    """
    given = dict(request.values.items())
    if duration is not None:
        given["duration"] = str(duration)
    return read_viewer(
        given,
        request.headers.get("Accept-Language", ""),
        default_zone=booking.guest_time_zone,
        locked_zone=locked_zone,
    )
