"""A host's bookings as the pages show them: both zones, the calendar's state, what may be done.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from booking.bookings.values import BookingView
from booking.core.instants import to_instant
from booking.core.zones import zone
from booking.web.host import words

_STATUSES = {
    "pending": ("Unconfirmed", "warn"),
    "confirmed": ("Confirmed", "good"),
    "declined": ("Declined", ""),
    "cancelled": ("Cancelled", ""),
}
_CALENDAR = {
    "none": ("", "In no calendar"),
    "pending": ("", "Being written to your calendar"),
    "written": ("good", "In your calendar"),
    "failing": ("warn", "Not in your calendar yet"),
    "dead": ("bad", "Could not be written to your calendar"),
}
_CHANGED = {"moved": "Moved in the calendar", "deleted": "Deleted in the calendar"}
_ACTORS = {"guest": "the guest", "host": "you", "system": "the deadline"}
LIVING = ("pending", "confirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A booking in a list or on its own page; times in words.

    `series` is its place in a series, such as `2 of 4`, "" where it is none of one.
    """

    booking: BookingView
    day: str
    time: str
    guest_time: str
    length: str
    place: str
    series: str
    status: str
    status_kind: str
    calendar: str
    calendar_kind: str
    calendar_fault: str | None
    ended_by: str
    may_confirm: bool
    may_change: bool
    may_note_no_show: bool


def row(booking: BookingView, now: datetime) -> Row:
    """Return a booking on its host's clocks."""
    host_zone = booking.host.time_zone
    status, status_kind = _STATUSES.get(booking.status, (booking.status, ""))
    if booking.no_show_at is not None and booking.status == "confirmed":
        status, status_kind = "No-show", "warn"
    kind, calendar = _CALENDAR.get(booking.calendar_state, ("", booking.calendar_state))
    if booking.calendar_change is not None:
        kind, calendar = "warn", _CHANGED[booking.calendar_change.kind]
    is_ahead = booking.end > to_instant(now)
    return Row(
        booking=booking,
        day=words.day(words.local(booking.start, host_zone).date()),
        time=words.span(booking.start, booking.end, host_zone),
        guest_time=_guest_time(booking),
        length=words.length((booking.end - booking.start) // 60),
        place=_place(booking),
        series=_place_in_series(booking),
        status=status,
        status_kind=status_kind,
        calendar=_calendar(booking, calendar),
        calendar_kind=kind,
        calendar_fault=booking.calendar_error if kind in {"warn", "bad"} else None,
        ended_by=_ended_by(booking),
        may_confirm=booking.status == "pending" and booking.start > to_instant(now),
        may_change=booking.status in LIVING and is_ahead,
        may_note_no_show=_may_note_no_show(booking, now),
    )


def _may_note_no_show(booking: BookingView, now: datetime) -> bool:
    has_begun = booking.start <= to_instant(now)
    return booking.status == "confirmed" and has_begun and booking.no_show_at is None


def _calendar(booking: BookingView, words_of_state: str) -> str:
    if booking.status in LIVING or booking.calendar_state == "none":
        return words_of_state
    if booking.calendar_state == "written":
        return "Removed from your calendar"
    return "Being removed from your calendar"


def _guest_time(booking: BookingView) -> str:
    """Return the time on the guest's clocks, "" where they show the same as the host's."""
    ours = words.local(booking.start, booking.host.time_zone)
    theirs = words.local(booking.start, booking.guest_time_zone)
    if ours.utcoffset() == theirs.utcoffset():
        return ""
    start = f"{words.day(theirs.date())}, " if theirs.date() != ours.date() else ""
    place = words.zone_label(booking.guest_time_zone, theirs)
    return f"{start}{words.span(booking.start, booking.end, booking.guest_time_zone)} in {place}"


_MEETINGS = {"google_meet": "Google Meet", "teams": "Microsoft Teams"}


def _place(booking: BookingView) -> str:
    place: Mapping[str, Any] = booking.location or {}
    if place.get("type") == "phone":
        return f"Phone {place.get('phone', '')}".strip()
    if place.get("type") == "in_person":
        return str(place.get("address", "In person"))
    if booking.meeting_url:
        return "Video or other link"
    name = _MEETINGS.get(str(place.get("type")))
    return f"{name}, the link is being made" if name and not booking.meeting_error else name or ""


def _place_in_series(booking: BookingView) -> str:
    uids = [each.uid for each in booking.series]
    return f"{uids.index(booking.uid) + 1} of {len(uids)}" if uids else ""


def _ended_by(booking: BookingView) -> str:
    if booking.status in LIVING:
        return ""
    actor = _ACTORS.get(booking.changed_by, booking.changed_by)
    return f"{_STATUSES[booking.status][0]} by {actor}"


def by_day(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return rows, already in order, under the days on which they start."""
    return [(day, list(group)) for day, group in groupby(rows, lambda each: each.day)]


def created(booking: BookingView) -> str:
    """Return when it was booked, on the host's clocks."""
    moment = booking.created_at.astimezone(zone(booking.host.time_zone))
    return f"{words.day(moment.date())}, {words.clock(moment)}"


def series(booking: BookingView) -> list[tuple[str, str]]:
    """Return the days of the series that a booking belongs to, each with its booking's uid."""
    host_zone = booking.host.time_zone
    return [
        (words.day(words.local(each.start, host_zone).date()), each.uid) for each in booking.series
    ]
