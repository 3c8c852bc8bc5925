"""Recurring bookings: which occurrences a guest asks for."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from booking.availability import store as schedules
from booking.availability.series import Frequency, series_starts
from booking.bookings.subjects import Subject
from booking.core.errors import InvalidInput
from booking.core.instants import Instant
from booking.core.zones import zone


def occurrences(
    session: Session, subject: Subject, start: Instant, count: int
) -> tuple[Instant, ...]:
    """Return the starts of `count` occurrences from `start` on, at its wall time for the host.

    Errors: InvalidInput at `/recurrence_count` where the event type offers fewer, or none.
    """
    if count == 1:
        return (start,)
    rule = subject.event_type.recurrence
    if rule is None:
        raise InvalidInput.at("/recurrence_count", "This event type is booked once at a time.")
    if count > rule["max_count"]:
        raise InvalidInput.at("/recurrence_count", f"At most {rule['max_count']} are offered.")
    starts = series_starts(
        start,
        Frequency(rule["frequency"]),
        interval=rule["interval"],
        count=count,
        zone=_clocks(session, subject),
    )
    if len(starts) < count:
        raise InvalidInput.at("/recurrence_count", "The last of these would be after 2199.")
    return starts


def _clocks(session: Session, subject: Subject) -> ZoneInfo:
    """Return the zone of the schedule whose clocks count, as for the grid."""
    host = subject.hosts[0]
    of_host = None if host.row is None else host.row.schedule_id
    for schedule_id in (subject.event_type.schedule_id, of_host, host.user.default_schedule_id):
        row = schedules.find_schedule(session, schedule_id) if schedule_id is not None else None
        if row is not None:
            return zone(row.time_zone)
    return zone(host.user.time_zone)
