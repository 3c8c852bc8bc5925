"""Which calendar makes a booking's video meeting, and whether one is still awaited.

A meeting is made with the event in one of the calendars that receive the booking: the first that
can. Guests who share a slot meet in one room, which the first of their bookings makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings import copies
from booking.bookings.lifecycle import stands_in_calendar
from booking.bookings.models import Booking
from booking.calendars.conferences import MAKERS, can_make

WORTH_WAITING: Final = timedelta(seconds=20)
"""How long a change is kept from being told, so that it is told with the link."""

NAMES: Final[Mapping[str, str]] = {"google_meet": "Google Meet", "teams": "Microsoft Teams"}


def kind_of(booking: Booking) -> str:
    """Return the kind of video meeting a booking wants, "" where it wants none of ours."""
    kind = str((booking.location or {}).get("type", ""))
    return kind if kind in MAKERS else ""


def maker_of(session: Session, booking: Booking) -> int | None:
    """Return the calendar that makes a booking's meeting, None where none can."""
    kind = kind_of(booking)
    if not kind:
        return None
    wanted = (copy.calendar_id for copy in copies.of_booking(session, booking.id) if copy.is_wanted)
    return next((key for key in wanted if can_make(session, key, kind)), None)


def wanted_with(session: Session, ical_uid: str, calendar_id: int) -> str:
    """Return which kind of meeting is made with a booking's event in a calendar, "" for none."""
    booking = session.scalars(select(Booking).where(Booking.ical_uid == ical_uid)).one_or_none()
    if booking is None or maker_of(session, booking) != calendar_id:
        return ""
    return kind_of(booking) if first_of_sitting(session, booking).id == booking.id else ""


def first_of_sitting(session: Session, booking: Booking) -> Booking:
    """Return the oldest standing booking of the same slot: the booking itself, without seats."""
    if booking.sitting_id is None:
        return booking
    query = select(Booking).where(Booking.sitting_id == booking.sitting_id).order_by(Booking.id)
    standing = (each for each in session.scalars(query) if stands_in_calendar(each.status))
    return next(standing, booking)


def awaits_link(session: Session, booking: Booking) -> bool:
    """Tell whether a link is being made for a booking that stands."""
    if not stands_in_calendar(booking.status) or booking.meeting_url or not kind_of(booking):
        return False
    return maker_of(session, booking) is not None


def note_makers(session: Session, booking: Booking) -> None:
    """Say at a booking that no calendar can make its meeting, or that one can."""
    kind = kind_of(booking)
    if not kind:
        return
    booking.meeting_error = None
    if maker_of(session, booking) is None:
        booking.meeting_error = (
            f"None of the calendars that receive this booking can make a {NAMES[kind]} link. "
            "Send the guest another one."
        )


def made_elsewhere(session: Session, booking: Booking, before: int | None) -> None:
    """Forget the link after the calendar `before` made it, where another calendar does now."""
    if kind_of(booking) and maker_of(session, booking) != before:
        booking.meeting_url = None
    note_makers(session, booking)
