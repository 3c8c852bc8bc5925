"""VEVENT to CalendarEvent and back: the one place of the house that knows iCalendar.

`parse_object` for a CalDAV resource, `parse_feed` for a file of many, `render_event` for a new
body, `merge_into` for one that exists; `render_feed` and `render_free_busy` for others to read.
Everything read is a stranger's: each object is read by itself, within bounds, and a bad one is
quarantined with its reason while the rest counts.
The parts: `ical_lines` (text), `ical_zones` (TZID), `ical_times`, `ical_read`, `ical_timezones`,
`ical_write`, `ical_merge`, `ical_feed`. Leaves to others: fetching, storing, expanding series.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from booking.calendars.ical_feed import render_feed, render_free_busy
from booking.calendars.ical_lines import BadObject, Block, blocks_of, decoded
from booking.calendars.ical_merge import merge_into
from booking.calendars.ical_read import read_event, uid_of
from booking.calendars.ical_write import PRODUCT, render_event
from booking.calendars.ical_zones import Zones, by_name
from booking.core.event import CalendarEvent
from booking.core.text import clean_line

__all__ = [
    "PRODUCT",
    "BadObject",
    "FeedHeader",
    "ParsedObject",
    "decoded",
    "merge_into",
    "parse_feed",
    "parse_feed_header",
    "parse_object",
    "render_event",
    "render_feed",
    "render_free_busy",
]

MOST_OBJECTS = 50_000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedObject:
    """One object of a feed: an event, or why there is none.

    `digest`: a hash of the object's lines and the feed's zones, the same while both are, to the
    letter.
    """

    uid: str
    event: CalendarEvent | None
    quarantine: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHeader:
    """What a feed says of itself; "" or None where it does not."""

    name: str
    time_zone: str | None
    color: str


def parse_object(body: str | bytes, *, owner: frozenset[str] = frozenset()) -> CalendarEvent:
    """Return the event or series of a CalDAV resource.

    `owner`: the lower-case addresses of the calendar's owner, whose answer is looked up.
    Errors: BadObject for text that is no calendar, is cut off, holds no event or several, or
    cannot be understood where it matters.
    """
    calendar = _calendars(body)[0]
    events = calendar.named("VEVENT")
    if len({uid_of(block) for block in events}) != 1:
        raise BadObject("there is not one event in it" if events else "there is no event in it")
    return read_event(events, Zones(calendar.named("VTIMEZONE")), owner)


def parse_feed(
    body: str | bytes, *, owner: frozenset[str] = frozenset()
) -> tuple[ParsedObject, ...]:
    """Return every object of a calendar file, in order of appearance, each read by itself.

    Errors: BadObject where the file as a whole is no calendar, is cut off, or has more than
    50,000 events: then nothing of it counts, as an incomplete feed would read as deletions.
    """
    return tuple(parsed for calendar in _calendars(body) for parsed in _objects(calendar, owner))


def parse_feed_header(body: str | bytes) -> FeedHeader:
    """Return a calendar's name, zone and colour (RFC 7986, 5; before that X-WR-*). As above."""
    calendar = _calendars(body)[0]
    name = calendar.find_text("NAME") or calendar.find_text("X-WR-CALNAME")
    written = calendar.find_text("TIMEZONE-ID") or calendar.find_text("X-WR-TIMEZONE")
    named = by_name(written.strip()) if written.strip() else None
    color = calendar.find_text("COLOR") or calendar.find_text("X-APPLE-CALENDAR-COLOR")
    return FeedHeader(
        name=clean_line(name)[:_LONGEST_NAME],
        time_zone=named if isinstance(named, str) else None,
        color=clean_line(color)[:_LONGEST_NAME],
    )


def _calendars(body: str | bytes) -> list[Block]:
    return blocks_of(decoded(body) if isinstance(body, bytes) else body)


def _objects(calendar: Block, owner: frozenset[str]) -> list[ParsedObject]:
    zones = Zones(calendar.named("VTIMEZONE"))
    grouped: dict[str, list[Block]] = {}
    for number, block in enumerate(calendar.named("VEVENT")):
        if number >= MOST_OBJECTS:
            raise BadObject(f"the calendar has more than {MOST_OBJECTS} events")
        grouped.setdefault(_uid_or_stand_in(block), []).append(block)
    defined = _digest([part for zone in calendar.named("VTIMEZONE") for part in zone.children])
    return [_parsed(uid, blocks, zones, owner, defined) for uid, blocks in grouped.items()]


def _uid_or_stand_in(block: Block) -> str:
    try:
        return uid_of(block)
    except BadObject:
        return f"unreadable-{_digest([block])[:32]}"


def _parsed(
    uid: str, blocks: list[Block], zones: Zones, owner: frozenset[str], defined: str
) -> ParsedObject:
    try:
        event, reason = read_event(blocks, zones, owner), ""
    except BadObject as error:
        event, reason = None, str(error)
    return ParsedObject(uid=uid, event=event, quarantine=reason, digest=_digest(blocks, defined))


def _digest(blocks: list[Block], *more: str) -> str:
    lines = [line for block in blocks for line in block.lines]
    return hashlib.sha256("\n".join([*lines, *more]).encode("utf-8", "replace")).hexdigest()
