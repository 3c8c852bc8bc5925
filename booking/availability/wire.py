"""Stored schedules as the engine is given them."""

from __future__ import annotations

from booking.availability.hours import WorkingHours, parse_overrides, parse_weekly
from booking.availability.models import Schedule
from booking.core.zones import zone


def plain_hours(schedule: Schedule) -> WorkingHours:
    """Return a schedule's hours, without anybody's absences or travel."""
    return WorkingHours(
        zone=zone(schedule.time_zone),
        weekly=parse_weekly(schedule.weekly),
        overrides=parse_overrides(schedule.overrides),
    )
