"""A booking's history as its host reads it: what, by whom, when, why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from booking.bookings.values import BookingEventView, Previous
from booking.core.zones import zone
from booking.web import english
from booking.web.host import words

_WORDS = {
    "created": "Booked",
    "requested": "Requested",
    "confirmed": "Confirmed",
    "declined": "Declined",
    "expired": "Declined",
    "rescheduled": "Moved",
    "cancelled": "Cancelled",
    "reassigned": "Given to another host",
    "linked": "The video link was made",
    "no_show": "Noted: the guest did not come",
}
_ACTORS = {"guest": "the guest", "host": "a host", "system": "the deadline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One change in words; `moment` is its time for programs."""

    what: str
    who: str
    when: str
    moment: str
    before: str
    reason: str | None
    in_calendar: bool


def lines(events: Sequence[BookingEventView], user_id: int, zone_name: str) -> list[Line]:
    """Return a booking's changes, the latest first, on the clocks of `zone_name`.

    `user_id` is who reads: their own changes are "you".
    """
    return [_line(event, user_id, zone_name) for event in reversed(events)]


def _line(event: BookingEventView, user_id: int, zone_name: str) -> Line:
    moment = event.at.astimezone(zone(zone_name))
    what = _WORDS.get(event.kind, event.kind)
    if event.kind == "rescheduled" and event.status == "pending":
        what = "Moved, to be confirmed again"
    return Line(
        what=what,
        who=_who(event, user_id),
        when=f"{words.day(moment.date())}, {words.clock(moment)}",
        moment=moment.isoformat(),
        before="" if event.previous is None else _before(event.previous, zone_name),
        reason=event.reason,
        in_calendar=event.in_calendar,
    )


def _who(event: BookingEventView, user_id: int) -> str:
    if event.user is None:
        return _ACTORS.get(event.actor, event.actor)
    return "you" if event.user.user_id == user_id else event.user.name


def _before(previous: Previous, zone_name: str) -> str:
    """Return what it was before, such as `Tue 24 November 2026, 10:00-11:00, with Some`."""
    parts = []
    if previous.start is not None and previous.end is not None:
        day = words.day(words.local(previous.start, zone_name).date())
        parts += [day, words.span(previous.start, previous.end, zone_name)]
    if previous.hosts:
        parts.append(f"with {english.listed([person.name for person in previous.hosts])}")
    return ", ".join(parts)
