"""What another library makes of a series, in the same form as ours."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from booking.core.instants import to_instant
from tests.core.series import BERLIN, wall


def expanded(body: bytes, start: str, end: str, zone: ZoneInfo = BERLIN) -> list[tuple[int, int]]:
    """Return (start, end) of every occurrence in UTC epoch seconds, sorted."""
    calendar = icalendar.Calendar.from_ical(body)
    window = wall(start).replace(tzinfo=zone), wall(end).replace(tzinfo=zone)
    found = recurring_ical_events.of(calendar).between(*window)
    return sorted((_instant(one.start, zone), _instant(one.end, zone)) for one in found)


def _instant(moment: date, zone: ZoneInfo) -> int:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))
