"""The bookings that were made together as a series, on the page of one of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from booking.bookings.values import BookingView, Occurrence
from booking.security.tokens import manage_token
from booking.web import current
from booking.web.public.repeats import occurrence
from booking.web.public.viewer import Viewer

_LEFT_BEHIND = dict.fromkeys(("hold", "name", "email", "duration"))
_STATES = {"pending": "requested", "declined": "declined", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One date of a series with its own page; `state` is "" where the booking stands."""

    label: str
    href: str
    state: str
    is_this: bool


def series_of(found: BookingView, viewer: Viewer) -> tuple[Occasion, ...]:
    """Return all dates of the series that a booking belongs to, in order; none for a single one."""
    return tuple(
        Occasion(
            label=occurrence(each.start, found.series[0].start, viewer),
            href=booking_address(each.uid, _token_of(each), viewer),
            state=_STATES.get(each.status, ""),
            is_this=each.uid == found.uid,
        )
        for each in found.series
    )


def booking_address(
    uid: str, token: str, viewer: Viewer, endpoint: str = "booking", **more: str
) -> str:
    """Return the address of one of a booking's pages, with its token."""
    page = url_for(f"public.{endpoint}", uid=uid)
    return page + viewer.query(**{**_LEFT_BEHIND, "token": token, **more})


def _token_of(each: Occurrence) -> str:
    # One guest made them all, so whoever holds the link of one may see the others.
    return manage_token(current.services().settings.secret_key, each.uid)
