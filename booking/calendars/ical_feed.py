"""Calendars that others read: a feed of events, and published busy times (RFC 5545, 3.6.4).

Every value goes through the icalendar library. Leaves to others: what is published, and to whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import icalendar
from icalendar.prop import vCalAddress, vDuration, vPeriod, vText

from booking.calendars.ical_lines import Block, block_of, text_of
from booking.calendars.ical_write import PRODUCT, event_blocks
from booking.core.event import CalendarEvent
from booking.core.instants import Instant, from_instant
from booking.core.spans import Spans
from booking.core.text import clean_line


def render_feed(
    events: Sequence[tuple[CalendarEvent, datetime]], *, name: str, refresh: timedelta
) -> str:
    """Return a calendar of single events in UTC, each with the moment of its last change (UTC).

    The same events give the same text. In UTC no reader's idea of a zone can move an event.
    `refresh`: how often readers may ask (RFC 7986, 5.7).
    """
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("METHOD", "PUBLISH")
    calendar.add("NAME", clean_line(name))
    calendar.add("X-WR-CALNAME", clean_line(name))
    calendar.add("REFRESH-INTERVAL", vDuration(refresh), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(refresh))
    blocks = [
        block
        for event, changed_at in events
        for block in event_blocks(event, dtstamp=changed_at, silent=True)
    ]
    return _text(calendar, blocks)


def render_free_busy(
    busy: Spans, *, uid: str, start: Instant, end: Instant, owner: str, name: str, now: datetime
) -> str:
    """Return when somebody is busy in `[start, end)`, as a published VFREEBUSY.

    `owner` is the address that stands for them (any URI: RFC 5545, 3.3.3), `now` aware UTC.
    """
    component = icalendar.FreeBusy()
    component.add("UID", clean_line(uid))
    component.add("DTSTAMP", now)
    component.add("DTSTART", from_instant(start))
    component.add("DTEND", from_instant(end))
    organizer = vCalAddress(owner)
    organizer.params["CN"] = vText(clean_line(name))
    component.add("ORGANIZER", organizer, encode=False)
    component.add("URL", owner)
    for first, last in busy:
        period = vPeriod((from_instant(Instant(first)), from_instant(Instant(last))))
        period.params.clear()
        period.params["FBTYPE"] = "BUSY"
        component.add("FREEBUSY", period, encode=False)
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("METHOD", "PUBLISH")
    return _text(calendar, [block_of(component.content_lines())])


def _text(calendar: icalendar.Calendar, blocks: Iterable[Block]) -> str:
    whole = block_of(calendar.content_lines())
    whole.children = list(blocks)
    return text_of(whole)
