"""When a task's event is: between a due time with a duration and an event's `when`. Pure.

Tasks are written in UTC, so a host who moves to another zone changes no event. What a person makes
of them in a calendar, dates and other zones included, is read as a moment and whole minutes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from booking.core.event import Timed, When
from booking.core.event_units import when_of, when_unit
from booking.core.instants import from_instant
from booking.core.zones import wall_to_instant, zone
from booking.sync.ports import JSON

LONGEST_MINUTES = 30 * 1440


def unit_of(due_at: datetime, minutes: int) -> dict[str, JSON]:
    """Return the unit `when` of a task."""
    start = due_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return when_unit(Timed(start=start, end=start + timedelta(minutes=minutes), zone="UTC"))


def due_of(unit: JSON, zone_name: str) -> tuple[datetime, int]:
    """Return the due time and the minutes, 1 to 43,200, that a unit `when` stands for.

    Dates and floating times are counted on the clocks of `zone_name`.
    """
    when = when_of(unit)
    start, end = _moments(when, zone_name)
    minutes = -((start - end) // timedelta(minutes=1))
    return start, min(max(minutes, 1), LONGEST_MINUTES)


def _moments(when: When, zone_name: str) -> tuple[datetime, datetime]:
    if isinstance(when, Timed):
        first = when.zone or zone_name
        return _moment(when.start, first), _moment(when.end, when.end_zone or first)
    clocks = zone(zone_name)
    start, end = (wall_to_instant(day, 0, clocks) for day in (when.start, when.end))
    return from_instant(start), from_instant(end)


def _moment(wall: datetime, zone_name: str) -> datetime:
    clocks = zone(zone_name)
    minute = wall.hour * 60 + wall.minute
    instant = wall_to_instant(wall.date(), minute, clocks)
    return from_instant(instant) + timedelta(seconds=wall.second)
