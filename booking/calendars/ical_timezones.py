"""The VTIMEZONE blocks an event needs, for the years it needs them.

The library finds the changes of a zone; two things are ours. It is told the years (else each zone
is 3 kB), and where clocks go forward it gives the wall time after the gap, whereas an onset is
written in the offset before it (RFC 5545, 3.6.5): one hour is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

import icalendar
from icalendar.prop import vDDDLists

from booking.calendars.ical_lines import Block, block_of
from booking.core.event import CalendarEvent, Timed, When
from booking.core.recurrence_rule import rule_of

_YEARS_AHEAD = 5
_MOST_YEARS = 60


def timezone_blocks(event: CalendarEvent, now: datetime) -> list[Block]:
    """Return a VTIMEZONE for each zone the event refers to, in order of name.

    An endless series is covered for five years from `now`; after that a reader has the zone's
    name to go by.
    """
    first, last = _years(event, now)
    return [_block(name, first, last) for name in sorted(zones_of(event))]


def zones_of(event: CalendarEvent) -> set[str]:
    """Return the names of the zones that an event's TZIDs use."""
    named = {name for when in _whens(event) if isinstance(when, Timed) for name in _names(when)}
    return named - {"UTC"}


def _names(when: Timed) -> Iterator[str]:
    yield from filter(None, (when.zone, when.end_zone))


def _whens(event: CalendarEvent) -> Iterator[When]:
    yield event.when
    for exception in event.exceptions:
        if exception.replacement is not None:
            yield exception.replacement.when


def _years(event: CalendarEvent, now: datetime) -> tuple[int, int]:
    """Return the first and the last year anything in the event happens."""
    first = min(when.start.year for when in _whens(event))
    last = max(when.end.year for when in _whens(event))
    zone_name = event.when.zone if isinstance(event.when, Timed) else None
    for text in event.recurrence.rules if event.recurrence else ():
        until = rule_of(text, zone_name).until
        last = max(last, until.year if until else now.year + _YEARS_AHEAD)
    if event.recurrence is not None:
        last = max([last, *(extra.start.year for extra in event.recurrence.extra_dates)])
    return max(first, last - _MOST_YEARS), last


@lru_cache(maxsize=256)
def _block(name: str, first: int, last: int) -> Block:
    """Return a zone's block; for reading only, it is shared."""
    timezone = icalendar.Timezone.from_tzid(
        name, first_date=date(first - 1, 1, 1), last_date=date(last + 2, 1, 1)
    )
    timezone.pop("COMMENT", None)
    for observance in timezone.subcomponents:
        _set_back(observance)
    return block_of(timezone.content_lines())


def _set_back(observance: icalendar.TimezoneStandard | icalendar.TimezoneDaylight) -> None:
    """Write the onsets of a change forward in the offset before it."""
    gap: timedelta = observance.TZOFFSETTO - observance.TZOFFSETFROM
    if gap <= timedelta():
        return
    observance.DTSTART = observance.DTSTART - gap
    listed = observance.get("RDATE")
    if isinstance(listed, vDDDLists):
        onsets = [each.dt - gap for each in listed.dts if isinstance(each.dt, datetime)]
        observance["RDATE"] = vDDDLists(onsets)
